"""Figures of texts read character by character: the rows that a net gets, errors by training rows, answers while typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .picture import COLOURS, Picture, canvas

if TYPE_CHECKING:
    from pandas import DataFrame

_STYLES = ("-", "--", "-.", ":")
_MARKERS = "osD^"


def character_rows(rows: np.ndarray, alphabet: str, title: str = "", alt: str = "") -> Picture:
    """One-hot rows of characters as a picture: frames from left to right, the alphabet from top to bottom.

    `rows`: (frames, characters). Raises ValueError when the alphabet has another length.
    """
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.shape[1] != len(alphabet):
        raise ValueError(f"Rows have shape {rows.shape}, and the alphabet has {len(alphabet)} characters")
    frames, places = np.nonzero(rows)
    with canvas(width=8, height=4.4) as (figure, axes):
        axis = axes[0, 0]
        axis.scatter(frames, places, marker="s", s=14, color=COLOURS[0])
        shown = [place for place in range(len(alphabet)) if place % 3 == 0]
        axis.set_yticks(
            shown, ["line break" if alphabet[one] == "\n" else alphabet[one] for one in shown], fontsize=7
        )
        axis.set(
            xlim=(-1, len(rows)),
            ylim=(len(alphabet), -1),
            xlabel="frame (0 is the end of the text)",
            title=title,
        )
        axis.set_ylabel("every third character of the alphabet")
    empty = len(rows) - len(set(frames.tolist()))
    summary = (
        f"{len(rows)} columns, one per character, and {len(alphabet)} lines, one per character of the alphabet: a mark in each "
        f"column says which character stands there. {empty} columns are empty: spaces, unknown characters or padding."
    )
    return Picture(figure, alt or summary)


def losses_by_epoch(
    histories: Mapping[str, Sequence[float]], chance: float, title: str = "", alt: str = ""
) -> Picture:
    """Training losses of several nets, with the loss of a net that gives each class the same probability."""
    with canvas(width=6.5, height=3.2) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, values) in enumerate(histories.items()):
            axis.plot(
                range(1, len(values) + 1), values, color=COLOURS[number], linestyle=_STYLES[number % 4],
                marker=_MARKERS[number % 4], markersize=4, label=name,
            )  # fmt: skip
        axis.axhline(chance, color="grey", linestyle=":", label=f"each class equally probable {chance:.3f}")
        axis.set(xlabel="epoch", ylabel="training loss", title=title, ylim=(0, None))
        axis.locator_params(axis="x", integer=True)
        axis.legend(fontsize=8, loc="lower left")
    told = "; ".join(f"{name} from {values[0]:.2f} to {values[-1]:.2f}" for name, values in histories.items())
    return Picture(figure, alt or f"Training loss by epoch: {told}; chance is {chance:.3f}.")


def gains_by_rows(errors: DataFrame, title: str = "", alt: str = "") -> Picture:
    """How many points fewer errors the best character net makes than the best counting, by training rows of the set.

    `errors`: one row per model and set, with family (counting, characters), data, training_rows and error in per cent.
    """
    best = errors.pivot_table(
        index=["training_rows", "data"], columns="family", values="error", aggfunc="min"
    )
    gains = (best["counting"] - best["characters"]).sort_index()
    with canvas(width=8, height=1.1 + 0.32 * len(gains)) as (figure, axes):
        axis = axes[0, 0]
        colours = [COLOURS[0] if gain > 0 else COLOURS[1] for gain in gains]
        drawn = axis.barh(range(len(gains)), gains, color=colours)
        axis.bar_label(drawn, [f"{gain:+.1f}" for gain in gains], padding=3, fontsize=8)
        axis.set_yticks(
            range(len(gains)), [f"{count:,} rows · {name}" for count, name in gains.index], fontsize=9
        )
        axis.invert_yaxis()
        axis.axvline(0, color="grey", linewidth=1)
        axis.margins(x=0.12)
        axis.set(xlabel="points of error that characters save (below 0: that counting saves)", title=title)
    told = ", ".join(f"{name} ({count:,} rows) {gain:+.2f}" for (count, name), gain in gains.items())
    return Picture(
        figure, alt or f"Points of error that the best character net saves over the best counting: {told}."
    )


def answers_while_typing(
    words: Sequence[str], probabilities: np.ndarray, names: Sequence[str], title: str = "", alt: str = ""
) -> Picture:
    """The probability of each class after each word of a text. `probabilities`: (words, classes)."""
    probabilities = np.asarray(probabilities)
    if probabilities.shape != (len(words), len(names)):
        raise ValueError(
            f"Probabilities have shape {probabilities.shape}, expected ({len(words)}, {len(names)})"
        )
    with canvas(width=8, height=3.4) as (figure, axes):
        axis = axes[0, 0]
        for number, name in enumerate(names):
            axis.plot(
                probabilities[:, number], color=COLOURS[number], linestyle=_STYLES[number % 4],
                marker=_MARKERS[number % 4], markersize=3, label=name,
            )  # fmt: skip
        axis.set_xticks(range(len(words)), words, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
        axis.set(ylim=(0, 1.02), ylabel="probability", title=title)
        axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    best = [names[place] for place in probabilities.argmax(axis=1)]
    turns = [
        f"{words[place]!r}: {best[place]}"
        for place in range(len(words))
        if not place or best[place] != best[place - 1]
    ]
    return Picture(
        figure,
        alt or f"Probabilities after each of {len(words)} words. First choice from {', then '.join(turns)}.",
    )
