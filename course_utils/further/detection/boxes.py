"""Boxes as arrays: how much two of them share (IoU and GIoU), and one box per thing (non-maximum suppression).

A box is left, top, right, bottom in pixels; right and bottom are exclusive, so a box of no size has left = right.
"""

from __future__ import annotations

import numpy as np


def box_areas(boxes: np.ndarray) -> np.ndarray:
    """Areas (N,) of boxes (N, 4) in square pixels; a box that is turned inside out has none."""
    boxes = _boxes(boxes)
    return np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)


def iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of each box of `first` (N, 4) with each of `second` (M, 4): (N, M) in 0-1.

    Raises ValueError for arrays that do not hold four numbers per box.
    """
    first, second = _boxes(first), _boxes(second)
    shared = _intersections(first, second)
    union = box_areas(first)[:, None] + box_areas(second)[None] - shared
    return shared / np.where(union > 0, union, 1)


def giou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Generalised IoU (N, M), from -1 to 1: IoU minus the empty share of the smallest box around both.

    Where two boxes do not touch, IoU is 0 however far they are apart; GIoU falls with the distance.
    Raises ValueError for arrays that do not hold four numbers per box.
    Source: H. Rezatofighi and others, "Generalized intersection over union", CVPR 2019.
    """
    first, second = _boxes(first), _boxes(second)
    shared = _intersections(first, second)
    union = box_areas(first)[:, None] + box_areas(second)[None] - shared
    size = np.maximum(first[:, None, 2:], second[None, :, 2:]) - np.minimum(
        first[:, None, :2], second[None, :, :2]
    )
    around = np.maximum(size, 0).prod(axis=-1)
    overlap = shared / np.where(union > 0, union, 1)
    return overlap - (around - union) / np.where(around > 0, around, 1)


def non_maximum_suppression(
    boxes: np.ndarray, scores: np.ndarray, overlap: float = 0.5, kinds: np.ndarray | None = None
) -> list[int]:
    """Indices of the boxes that stay, best score first: each removes those that share more than `overlap` with it.

    `boxes` (N, 4), `scores` (N,). `overlap`: an IoU. `kinds` (N,): a box removes only boxes of its own kind.
    Raises ValueError where the lengths differ.
    """
    boxes, scores = _boxes(boxes), np.asarray(scores, dtype=float)
    if len(boxes) != len(scores) or (kinds is not None and len(kinds) != len(boxes)):
        raise ValueError(f"{len(boxes)} boxes need as many scores and kinds; got {len(scores)} scores")
    kinds = np.zeros(len(boxes), int) if kinds is None else np.asarray(kinds)
    overlaps = iou(boxes, boxes)
    waiting, kept = list(np.argsort(-scores, kind="stable")), []
    while waiting:
        best = waiting.pop(0)
        kept.append(int(best))
        waiting = [one for one in waiting if overlaps[best, one] <= overlap or kinds[one] != kinds[best]]
    return kept


def _intersections(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    size = np.minimum(first[:, None, 2:], second[None, :, 2:]) - np.maximum(
        first[:, None, :2], second[None, :, :2]
    )
    return np.maximum(size, 0).prod(axis=-1)


def _boxes(boxes: np.ndarray) -> np.ndarray:
    boxes = np.asarray(boxes, dtype=float)
    if boxes.size == 0:
        return boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"Boxes are rows of left, top, right, bottom, shape (N, 4); got shape {boxes.shape}")
    return boxes
