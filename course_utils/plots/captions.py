"""Figures of captions: where a net looked while it wrote each word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .picture import Picture, canvas


def looked_at(
    picture: np.ndarray, words: Sequence[str], weights: np.ndarray, title: str = "", alt: str = ""
) -> Picture:
    """The picture, then once more for each word, bright where the net looked.

    picture: bytes (H, W, 3). weights: (words, h, w), the attention of each word over the places.
    Raises ValueError when words and weights do not fit.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 3 or len(weights) != len(words):
        raise ValueError(f"{len(words)} words need weights (words, h, w); got {weights.shape}")
    columns = 5
    rows = -(-(len(words) + 1) // columns)
    height, width = picture.shape[:2]
    with canvas(rows, columns, width=1.45 * columns, height=1.75 * rows + 0.3) as (figure, axes):
        for axis in axes.flat:
            axis.set_axis_off()
        axes.flat[0].imshow(picture)
        axes.flat[0].set_title("the scene", fontsize=9, loc="center", weight="normal", pad=2)
        for axis, word, map_ in zip(axes.flat[1:], words, weights, strict=False):
            share = map_ / max(map_.max(), 1e-12)
            bright = np.kron(share, np.ones((height // share.shape[0], width // share.shape[1])))
            axis.imshow((picture * (0.2 + 0.8 * bright[..., None])).astype(np.uint8))
            axis.set_title(word, fontsize=9, loc="center", pad=2)
        figure.suptitle(
            title or "Where the net looks while it writes each word",
            fontsize=11,
            weight="bold",
            x=0.01,
            ha="left",
        )
    told = "; ".join(f"{word}: {_place(map_)}" for word, map_ in zip(words, weights, strict=True))
    return Picture(
        figure, alt or f"A scene, then the same scene lit where the net looks for each word. {told}."
    )


def _place(weights: np.ndarray) -> str:
    """Where most of the attention lies, in words."""
    y, x = np.unravel_index(weights.argmax(), weights.shape)
    across = ("left", "middle", "right")[3 * x // weights.shape[1]]
    down = ("top", "centre", "bottom")[3 * y // weights.shape[0]]
    return f"{down} {across}, {weights.max():.0%} at one place"
