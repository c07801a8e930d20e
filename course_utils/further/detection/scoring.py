"""How good a detector is: precision and recall over all thresholds, average precision, and its mean over kinds.

Truth and findings are tables with one row per box: `picture`, `kind`, `left`, `top`, `right`, `bottom`, and for findings
`score`. The figures are those of COCO's evaluation: 101 recall levels, at most 100 boxes per picture and kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .boxes import iou

if TYPE_CHECKING:
    from pandas import DataFrame

SIDES = ["left", "top", "right", "bottom"]
COCO_OVERLAPS = tuple(np.linspace(0.5, 0.95, 10))
RECALLS = np.linspace(0, 1, 101)
MOST_BOXES = 100


def match(truth: np.ndarray, found: np.ndarray, overlap: float = 0.5) -> np.ndarray:
    """Which truth each found box is: (N,) indices, -1 for a false box.

    `found` (N, 4) lies with the best score first. Each takes the free true box (M, 4) that it shares most with, if that
    is at least `overlap`; a true box is taken once, so a second box on the same fruit is false.
    """
    overlaps = iou(found, truth)
    taken = np.full(len(found), -1)
    for row in range(len(found)):
        best, least = -1, min(overlap, 1 - 1e-10)
        for column in range(overlaps.shape[1]):
            if column not in taken[:row] and overlaps[row, column] >= least:
                best, least = column, overlaps[row, column]
        taken[row] = best
    return taken


def precision_recall(
    truth: DataFrame, found: DataFrame, overlap: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and score after each box of one kind, best score first: three arrays of the same length.

    Raises ValueError when a column is missing.
    """
    _need(truth, ["picture", *SIDES])
    _need(found, ["picture", "score", *SIDES])
    places = {picture: rows[SIDES].to_numpy(float) for picture, rows in truth.groupby("picture")}
    scores, right = [np.zeros(0)], [np.zeros(0, bool)]
    for picture, rows in found.groupby("picture"):
        order = np.argsort(-rows["score"].to_numpy(float), kind="stable")[:MOST_BOXES]
        boxes = rows[SIDES].to_numpy(float)[order]
        scores.append(rows["score"].to_numpy(float)[order])
        right.append(match(places.get(picture, np.zeros((0, 4))), boxes, overlap) >= 0)
    scores, right = np.concatenate(scores), np.concatenate(right)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    return hits / np.arange(1, len(hits) + 1), hits / max(1, len(truth)), scores[order]


def average_precision(truth: DataFrame, found: DataFrame, overlap: float = 0.5) -> float:
    """Area under the precision of one kind over its recall, read at 101 levels of recall; NaN without truth.

    At each level counts the best precision that is reached at this recall or beyond it.
    Raises ValueError when a column is missing. Source: T.-Y. Lin and others, "Microsoft COCO", 2014, and its evaluation.
    """
    precision, recall, _ = precision_recall(truth, found, overlap)
    if not len(truth):
        return float("nan")
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALLS, side="left")
    return float(np.append(best, 0.0)[np.minimum(places, len(best))].mean())


def average_precisions(
    truth: DataFrame, found: DataFrame, overlaps: Sequence[float] = (0.5,), kinds: Sequence[str] | None = None
) -> dict[str, float]:
    """Average precision of each kind of the truth, or of `kinds`: the mean over `overlaps`."""
    _need(truth, ["kind"])
    kinds = sorted(set(truth["kind"])) if kinds is None else kinds
    return {
        kind: float(
            np.mean(
                [
                    average_precision(truth[truth["kind"] == kind], found[found["kind"] == kind], overlap)
                    for overlap in overlaps
                ]
            )
        )
        for kind in kinds
    }


def mean_average_precision(truth: DataFrame, found: DataFrame, overlaps: Sequence[float] = (0.5,)) -> float:
    """mAP: the mean of the average precisions over the kinds that the truth has; `overlaps` of COCO: COCO_OVERLAPS.

    Raises ValueError when a column or all truth is missing.
    """
    if not len(truth):
        raise ValueError(
            "There is no true box, so there is nothing to be precise about; pass the truth first"
        )
    return float(np.mean(list(average_precisions(truth, found, overlaps).values())))


def _need(table: DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(
            f"The table of boxes lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}"
        )
