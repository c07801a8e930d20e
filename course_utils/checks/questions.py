"""Graders of the exercises in `14-questions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished
from course_utils.datasets.headlines import planted_cue, planted_headlines

WITHOUT_CUE = 0.62  # exercise 3: the accuracy to reach where the cue misleads
HINTS = {
    1: [
        "For each pair, divide its count times the total by its row's sum times its column's sum. counts.sum(axis=1, "
        "keepdims=True) gives the rows' sums.",
        "Take np.log2 of that, and 0 where it is negative. Where the count is 0 the logarithm is minus infinity, and "
        "np.maximum(0, ...) makes 0 of that too; np.errstate(divide='ignore') keeps it quiet.",
    ],
    2: [
        "Look at one question: it counts where the first name that was answered is among the right ones.",
        "A refusal is an empty answer: it is no hit, and the question still counts in the mean.",
    ],
    3: [
        "Which words would a bag of words weigh most? Fit TF-IDF with logistic regression on planted.text and sort its "
        "coefficients.",
        "Look at the last words of some sarcastic training headlines.",
        "Take the cue out of the training and of the test headlines, fit a new vocabulary and a new net, and answer "
        "the cleaned test headlines.",
    ],
}
_TABLES = {
    "the table of the lesson": [[0, 4, 1], [4, 0, 1], [1, 1, 2]],
    "a table that is not symmetric": [[3, 1, 0], [2, 2, 2], [0, 1, 5]],
    "a table of equal counts": [[2, 2, 2], [2, 2, 2], [2, 2, 2]],
}


def ppmi(function: Callable[[np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `ppmi_by_hand(counts)`: positive pointwise mutual information with logarithms of base 2."""
    for what, rows in _TABLES.items():
        counts = np.array(rows, dtype=float)
        with np.errstate(all="ignore"):
            answer = function(counts.copy())
            if unfinished(answer):
                return [UNFINISHED, *HINTS[1]]
            found = np.asarray(answer, dtype=float)
            shares = counts * counts.sum() / (counts.sum(axis=1, keepdims=True) * counts.sum(axis=0))
            logs = np.log2(shares)
        right = np.maximum(0, logs)
        if found.shape != counts.shape:
            return [f"For {what} it gives shape {found.shape}; expected {counts.shape}.", *HINTS[1]]
        if not np.allclose(found, right):
            place = np.unravel_index(np.argmax(~np.isclose(found, right)), right.shape)
            said = f"For {what}, row {place[0]}, column {place[1]}: {found[place]:.3g}, expected {right[place]:.3g}."
            return [said + _mistaken(found, logs, shares), *HINTS[1]]
    return None


def _mistaken(found: np.ndarray, logs: np.ndarray, shares: np.ndarray) -> str:
    """What a wrong table is instead, where that can be told."""
    if np.isnan(found).any():
        return " There is a NaN in it: a count of 0 needs care."
    if np.allclose(found, logs):
        return " Negative values have to become 0."
    if np.allclose(found, np.maximum(0, logs * np.log(2))):
        return " That is the natural logarithm; log2 is asked for."
    if np.allclose(found, shares):
        return " The logarithm is missing."
    return ""


def hit_at_1(
    function: Callable[[Sequence[Sequence[str]], Sequence[Sequence[str]]], float],
) -> list[str] | None:
    """Grade `hits(answered, right)`: the share of questions whose first answered name is right."""
    cases = (
        ("one right name of one", [["Rind"]], [("Rind",)], 1.0),
        ("the first name is right, the second is not", [["Rind", "Old Bones"]], [("Rind", "Nut House")], 1.0),
        ("only the second name is right", [["Old Bones", "Rind"]], [("Rind",)], 0.0),
        ("another of several right names comes first", [["Nut House"]], [("Rind", "Nut House")], 1.0),
        ("one hit and one refusal", [["Rind"], []], [("Rind",), ("Friday",)], 0.5),
        ("two wrong, two right", [["a"], ["b"], ["c", "d"], ["d", "c"]], [("b",), ("b", "c"), ("d",), ("c", "d")], 0.5),
    )  # fmt: skip
    for what, answered, right, expected in cases:
        answer = function([list(names) for names in answered], list(right))
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if np.ndim(answer) != 0:
            return [f"It returns {np.shape(answer)} values; expected one share, their mean.", *HINTS[2]]
        if not np.isclose(float(answer), expected):
            return [f"For '{what}' it gives {float(answer):.3g}, expected {expected:.3g}.", *HINTS[2]]
    return None


def cue(found: object, answers: Sequence[int], seed: int) -> list[str] | None:
    """Grade the cue's name and the answers, 0 or 1, to the planted test headlines of this seed."""
    hidden, test = planted_cue(seed), planted_headlines(seed)[1]
    if not isinstance(found, str):
        return [f"`cue` is a {type(found).__name__}; expected the words between quotation marks.", *HINTS[3]]
    said = " ".join(found.lower().split())
    if said != hidden:
        part = " That is only a part of it: look at the word beside it." if said and said in hidden else ""
        return [f"{found!r} is not the cue.{part}", *HINTS[3]]
    values = np.asarray(answers)
    if values.size != len(test):
        return [
            f"There are {values.size} answers; expected {len(test)}, one for each test headline.",
            *HINTS[3],
        ]
    values = values.reshape(-1)
    if not np.isin(values, (0, 1)).all():
        return [
            "The answers are 0 for plain and 1 for sarcastic: compare the probabilities with 0.5.",
            *HINTS[3],
        ]
    accuracy = float((values == test["label"]).mean())
    if accuracy < WITHOUT_CUE:
        worse = " It still follows the cue: was the net trained again?" if accuracy < 0.45 else ""
        return [
            f"That is the cue. The accuracy is {accuracy:.3f}; at least {WITHOUT_CUE} is asked for.{worse}",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: ppmi, 2: hit_at_1, 3: cue}
