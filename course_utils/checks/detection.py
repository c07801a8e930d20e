"""Graders of the exercises in `10-detection`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

if TYPE_CHECKING:
    from pandas import DataFrame

SMALL_PARAMETERS, SMALL_PRECISION = 100_000, 0.70  # exercise 3: at most so many, at least so much
HINTS = {
    1: [
        "What both share is a box as well: its left side is the larger of the two, its right side the smaller.",
        "If the shared box is turned inside out, nothing is shared: max(0, right - left). Union = both areas - shared.",
    ],
    2: [
        "Keep the last side of each id in a dictionary: side[id] = x > line. A crossing is a side that is not the last one.",
        "Skip rows whose id is below 1, before you look at the side: they are many things under one number.",
    ],
    3: [
        "detector_net(['fruit'], width=24) has few parameters; fruit_train has all boxes under one name.",
        "Twelve epochs on all pictures with fit_detector(small, x_train, fruit_train, 12, rate=0.004) are enough.",
    ],
}
BOXES = (
    ([0, 0, 10, 10], [0, 0, 10, 10], 1.0),
    ([0, 0, 10, 10], [5, 0, 15, 10], 1 / 3),
    ([0, 0, 10, 10], [2, 4, 6, 9], 0.2),
    ([3, 1, 9, 5], [5, 2, 12, 8], 12 / 54),
    ([0, 0, 10, 10], [20, 0, 30, 10], 0.0),
    ([0, 0, 10, 10], [20, 20, 30, 30], 0.0),
)
# Exercise 2: what it tests, rows of (frame, id, x), and the right answer for a line at x = 50.
FILMS = (
    ("one thing goes to the right", [(f, 1, 32 + 5 * f) for f in range(8)], (1, 0)),
    ("a thing that begins beyond the line stays there", [(f, 1, 60 + 3 * f) for f in range(5)], (0, 0)),
    ("one thing goes to the left", [(f, 4, 76 - 9 * f) for f in range(6)], (0, 1)),
    (
        "two things pass each other",
        [row for f in range(8) for row in ((f, 1, 32 + 5 * f), (f, 2, 79 - 6 * f))],
        (1, 1),
    ),
    (
        "a thing goes to the right and comes back",
        [(f, 3, x) for f, x in enumerate((41, 47, 56, 58, 46))],
        (1, 1),
    ),
    (
        "a thing waits before the line, then goes on",
        [(f, 3, x) for f, x in enumerate((30, 45, 48, 48, 48, 49, 63))],
        (1, 0),
    ),
    ("a thing is hidden while it crosses", [(0, 7, 20), (1, 7, 28), (7, 7, 76), (8, 7, 84)], (1, 0)),
    (
        "unconfirmed boxes share the id -1",
        [row for f in range(8) for row in ((f, -1, 20 + f), (f, 1, 32 + 5 * f), (f, -1, 80 - f))],
        (1, 0),
    ),
)


def overlap(function: Callable[[Sequence[float], Sequence[float]], float]) -> list[str] | None:
    """Grade `overlap(first, second)`: the intersection over union of two boxes (left, top, right, bottom)."""
    for first, second, right in BOXES:
        for a, b in ((first, second), (second, first)):
            answer = function(list(a), list(b))
            if unfinished(answer):
                return [UNFINISHED, *HINTS[1]]
            if np.ndim(answer) != 0:
                return [f"It returns {answer!r}; expected one number.", *HINTS[1]]
            if np.isclose(answer, right):
                continue
            return [
                f"For {a} and {b} it gives {float(answer):.3f}; it is {right:.3f}.{_why(a, b, answer)}",
                *HINTS[1],
            ]
    return None


def _why(a: Sequence[float], b: Sequence[float], answer: float) -> str:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    areas = [(one[2] - one[0]) * (one[3] - one[1]) for one in (a, b)]
    shared = max(0, wide) * max(0, high)
    if shared == 0:
        turned = " Two negative sides make a positive area." if wide < 0 and high < 0 else ""
        return f" These two do not touch.{turned}"
    if np.isclose(answer, shared / sum(areas)):
        return " What they share is counted twice in the union."
    if np.isclose(answer, shared):
        return " That is the area that they share. Divide it by the union."
    if any(np.isclose(answer, shared / area) for area in areas):
        return " That is the share of one of the boxes, not of the union."
    more = (wide + 1) * (high + 1)
    if np.isclose(
        answer, more / (sum((one[2] - one[0] + 1) * (one[3] - one[1] + 1) for one in (a, b)) - more)
    ):
        return " Right and bottom are exclusive here: no + 1."
    return ""


def fruit_finder(net: object, pictures: np.ndarray, truth: DataFrame) -> list[str] | None:
    """Grade a small detector of fruit, of whatever kind, on `pictures` (N, H, W, 3) with their true boxes."""

    from course_utils.further.detection import average_precision, find

    if wrong := not_a_net(net, "small"):
        return [wrong, *HINTS[3]]
    outputs = [tuple(output.shape) for output in net.outputs]
    if len(outputs) != 2 or outputs[0][-1] != 1 or outputs[1][-1] != 4:
        channels = ", ".join(str(shape[-1]) for shape in outputs)
        return [f"It has {channels} channels in its outputs; expected 1 (one kind) and 4 (a box).", *HINTS[3]]
    if net.count_params() > SMALL_PARAMETERS:
        return [
            f"It has {net.count_params():,} parameters; at most {SMALL_PARAMETERS:,} are allowed. "
            "A width of one half has about a quarter.",
            *HINTS[3],
        ]
    net.kinds = ("fruit",)
    found = find(net, pictures)
    precision = average_precision(truth, found)
    if precision < SMALL_PRECISION:
        none = (
            " It finds nothing at all: was it trained?"
            if found["score"].max() < 0.3 or not len(found)
            else ""
        )
        return [
            f"{net.count_params():,} parameters are few enough. On unseen tables its average precision is "
            f"{precision:.3f}; at least {SMALL_PRECISION:.2f} is asked for.{none}",
            *HINTS[3],
        ]
    return None


def line_counter(
    function: Callable[[Sequence[tuple[int, int, float]], float], tuple[int, int]],
) -> list[str] | None:
    """Grade `count_line(rows, line)`: crossings to the right and to the left, of rows (frame, id, x)."""
    for name, rows, right in FILMS:
        answer = function(list(rows), 50)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if np.shape(answer) != (2,):
            return [f"It returns {answer!r}; expected two numbers: to the right, to the left.", *HINTS[2]]
        found = tuple(int(number) for number in answer)
        if found != right:
            return [
                f"Where {name}, it counts {found}; right is {right}.{_miscounted(rows, found, right)}",
                *HINTS[2],
            ]
    return None


def _miscounted(
    rows: Sequence[tuple[int, int, float]], found: tuple[int, int], right: tuple[int, int]
) -> str:
    if found == right[::-1] and right[0] != right[1]:
        return " The two directions are swapped."
    if min(number for _, number, _ in rows) < 1:
        return " Many things share that id. Whoever has no id of their own yet is not counted."
    if right == (0, 0):
        return " To be beyond the line is not to cross it: compare with the side before."
    if sum(found) < sum(right):
        return " Somebody is not counted: is the side before kept for each id, however long ago?"
    if len({number for _, number, _ in rows}) > 1:
        return " Each id needs a side of its own."
    return " The same crossing is counted more than once."


EXERCISES = {1: overlap, 2: line_counter, 3: fruit_finder}
