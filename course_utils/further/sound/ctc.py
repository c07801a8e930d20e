"""Connectionist temporal classification: from one label per frame to a string, and how wrong a string is.

Label 0 is the blank, which stands for 'nothing new'. Source: A. Graves and others (2006).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

BLANK = 0


def collapse(path: Iterable[int], blank: int = BLANK) -> list[int]:
    """The string that a path of labels stands for: equal neighbours become one, then blanks go."""
    found, before = [], None
    for label in path:
        if label != before and label != blank:
            found.append(int(label))
        before = label
    return found


def greedy_decode(scores: np.ndarray, blank: int = BLANK) -> list[list[int]]:
    """The collapsed best label per frame of each item. `scores`: (items, frames, labels), probabilities or logits."""
    return [collapse(path, blank) for path in np.asarray(scores).argmax(axis=-1)]


def edits(one: Sequence[int], other: Sequence[int]) -> int:
    """The fewest insertions, deletions and replacements that turn one string into the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, right in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


def error_rate(true: Sequence[Sequence[int]], found: Sequence[Sequence[int]]) -> float:
    """Edits per true label over all strings: 0 is perfect, 1 is what an empty answer gives; it can exceed 1.

    Raises ValueError where the numbers of strings differ or no label is there.
    """
    total = sum(map(len, true))
    if len(true) != len(found) or not total:
        raise ValueError(f"{len(true)} true strings with {total} labels, but {len(found)} answers")
    return sum(edits(one, other) for one, other in zip(true, found, strict=True)) / total
