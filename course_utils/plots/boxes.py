"""Figures of detection: boxes on pictures, and precision over recall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .labels import ink, set_apart
from .picture import COLOURS, Picture, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from pandas import DataFrame

TRUE = "white"
PAD = 0.8  # points between words and the edge of their ground


def boxes_on(
    pictures: Sequence[np.ndarray],
    found: Sequence[DataFrame],
    truth: Sequence[DataFrame] | None = None,
    titles: Sequence[str] | None = None,
    columns: int = 4,
    title: str = "",
    alt: str = "",
    size: float = 1.9,
) -> Picture:
    """Pictures with boxes: those that were found in colour with their kind and score, true ones dashed in white.

    `pictures`: N arrays uint8 (H, W, 3). `found`, `truth`: a table per picture with left, top, right, bottom in pixels, and
    where known `kind` and `score`. Raises ValueError when the numbers do not match.
    """
    for name, others in (
        ("tables of found boxes", found),
        ("tables of true boxes", truth),
        ("titles", titles),
    ):
        if others is not None and (not len(pictures) or len(others) != len(pictures)):
            raise ValueError(f"{len(pictures)} pictures but {len(others)} {name}; pass one per picture")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    kinds, known = (
        {kind for table in tables if "kind" in table for kind in table["kind"]}
        for tables in (found, truth or ())
    )
    if kinds & known:  # so that a kind keeps its colour in the next figure of these pictures
        kinds |= known
    colours = {kind: COLOURS[number % 6] for number, kind in enumerate(sorted(kinds))}
    tall = max(np.shape(one)[0] / np.shape(one)[1] for one in pictures)
    height = rows * (size * tall + 0.25) + (0.35 if title else 0.05)
    told, words = [], []
    with canvas(rows, columns, width=columns * size, height=height) as (figure, axes):
        for number, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if number >= len(pictures):
                continue
            axis.imshow(pictures[number])
            if truth is not None:
                for row in truth[number].itertuples():
                    _frame(axis, row, TRUE, linestyle=(0, (2, 2)))
            axis.set_autoscale_on(False)
            for row in found[number].itertuples():
                _frame(axis, row, colours.get(getattr(row, "kind", None), COLOURS[1]))
            words.append((axis, *_words(axis, found[number], colours)))
            if titles is not None:
                axis.set_title(titles[number], fontsize=8, loc="center", weight="normal", pad=2)
            told.append(
                _told(titles[number] if titles is not None else f"picture {number + 1}", found[number])
            )
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
        figure.draw_without_rendering()  # where the axes come to lie decides where words have room
        for axis, texts, boxes in words:
            set_apart(figure, axis, texts, boxes, pad=PAD)
    dashed = " True boxes are dashed." if truth is not None else ""
    return Picture(
        figure, alt or f"{title + ': ' if title else ''}boxes on pictures. {'; '.join(told)}.{dashed}"
    )


def _words(axis: Axes, table: DataFrame, colours: Mapping[str, str]) -> tuple[list[Text], list[list[float]]]:
    """Kind and score of each box where they are known, above its left corner at first; and the boxes as they are drawn."""
    texts, boxes = [], []
    for row in table.itertuples():
        kind = getattr(row, "kind", None)
        said = [str(kind)] if kind is not None else []
        said += [f"{row.score:.2f}"] if hasattr(row, "score") else []
        if not said:
            continue
        colour = colours.get(kind, COLOURS[1])
        text = axis.text(
            row.left, row.top, " ".join(said), fontsize=6, color=ink(colour), va="bottom", clip_on=True,
            bbox={"facecolor": colour, "edgecolor": "none", "pad": PAD},
        )  # fmt: skip
        text.set_in_layout(False)
        texts.append(text)
        boxes.append([side - 0.5 for side in (row.left, row.top, row.right, row.bottom)])
    return texts, boxes


def _frame(axis: object, row: object, colour: str, linestyle: object = "-") -> None:
    from matplotlib.patches import Rectangle

    for width, edge in ((2.6, "black"), (1.5, colour)):
        axis.add_patch(
            Rectangle(
                (row.left - 0.5, row.top - 0.5),
                row.right - row.left,
                row.bottom - row.top,
                fill=False,
                linewidth=width,
                edgecolor=edge,
                linestyle=linestyle,
            )  # fmt: skip
        )


def _told(name: str, table: DataFrame) -> str:
    if not len(table):
        return f"{name}: no box"
    if "kind" not in table:
        return f"{name}: {len(table)} box{'es' * (len(table) > 1)}"
    counts = Counter(table["kind"])
    return f"{name}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def precision_over_recall(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], title: str = "", alt: str = ""
) -> Picture:
    """One line per name: how many of the boxes are right, against how many of the true things they have found.

    `curves`: name -> precision and recall, best score first. Raises ValueError without curves.
    """
    if not curves:
        raise ValueError(
            "precision_over_recall got no curves; pass a dictionary of name: (precision, recall)"
        )
    told = []
    with canvas(width=6.4, height=3.3) as (figure, axes):
        axis = axes[0, 0]
        styles = ("-", "--", ":", "-.")
        for number, (name, (precision, recall)) in enumerate(curves.items()):
            precision, recall = np.asarray(precision, float), np.asarray(recall, float)
            axis.plot(
                recall, precision, label=name, color=COLOURS[number % len(COLOURS)],
                linestyle=styles[number // len(COLOURS) % 4],
            )  # fmt: skip
            half = precision[recall >= 0.5]
            at = f"precision {half.max():.2f} at recall 0.50" if len(half) else "never reaches recall 0.50"
            told.append(f"{name}: {at}, recall {recall.max() if len(recall) else 0:.2f} in the end")
        axis.set(
            xlabel="recall: share of the true fruits that are found", ylabel="precision: share of right boxes",
            xlim=(0, 1.01), ylim=(0, 1.03),
        )  # fmt: skip
        axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8)
        if title:
            axis.set_title(title)
    return Picture(figure, alt or f"Lines of precision over recall. {'; '.join(told)}.")
