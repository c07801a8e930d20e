"""Figures about tags: which tag likes to follow which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .picture import DIVERGING, Picture, canvas


def tag_moves(moves: np.ndarray, tags: Sequence[str], title: str = "", alt: str = "") -> Picture:
    """The scores of a CRF's moves as a square: from a tag (row) to a tag (column), with their numbers.

    moves: (K, K). Raises ValueError where it is not as large as there are tags.
    """
    moves = np.asarray(moves, dtype=float)
    if moves.shape != (len(tags), len(tags)):
        raise ValueError(
            f"moves have shape {moves.shape}; expected ({len(tags)}, {len(tags)}), a row per tag"
        )
    limit = max(float(np.abs(moves).max()), 1e-9)
    side = 1.3 + 0.52 * len(tags)
    with canvas(width=side + 0.9, height=side) as (figure, axes):
        axis = axes[0, 0]
        shown = axis.imshow(moves, cmap=DIVERGING, vmin=-limit, vmax=limit)
        for row, column in np.ndindex(*moves.shape):
            value = moves[row, column]
            colour = "white" if abs(value) > 0.65 * limit else "black"
            axis.text(column, row, f"{value:+.1f}", ha="center", va="center", fontsize=7, color=colour)
        axis.set_xticks(range(len(tags)), tags, rotation=60, ha="right")
        axis.set_yticks(range(len(tags)), tags)
        axis.set(xlabel="to", ylabel="from", title=title)
        axis.grid(visible=False)
        figure.colorbar(shown, ax=axis, label="score of the move", fraction=0.045)
    low, high = (np.unravel_index(place, moves.shape) for place in (moves.argmin(), moves.argmax()))
    summary = (
        f"Scores of the moves among {len(tags)} tags: highest from {tags[high[0]]} to {tags[high[1]]} "
        f"at {moves[high]:+.1f}, lowest from {tags[low[0]]} to {tags[low[1]]} at {moves[low]:+.1f}."
    )
    return Picture(figure, alt or summary)
