"""Graders of the exercises in `08-lime`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished
from course_utils.text import words

MENDED_RECALL, MENDED_ACCURACY, MENDED_CALLED = 0.5, 0.75, 0.25  # exercise 3: at least, at least, at most

HINTS = {
    1: [
        "changed = picture.copy() first; np.isin(segments, hidden) is True where a pixel belongs to a hidden piece.",
        "changed[np.isin(segments, hidden)] = colour, then return changed.",
    ],
    2: [
        "np.argsort sorts from small to large, so the places of the k largest weights are the last k of np.argsort(weights).",
        "Make a set of these places for each of the two explanations. The number of places in both sets, divided by k, "
        "is the share.",
    ],
    3: [
        "The net must not be able to use the sticker. Either it is gone from every training picture, or it says "
        "nothing about the kind because the others wear one too.",
        "stick(x_shop, y_fruit != planted, seed) puts stickers on all other kinds. Train a new net on that.",
    ],
    4: [
        "Ask predict about four texts: the whole one, without(text, first), without(text, second) and "
        "without(text, first, second).",
        "The four answers come in the order of your list. Follow the formula: whole, minus each text without one word, "
        "plus the text without both.",
    ],
}

Case = tuple[str, object, dict[str, object]]
"""What a case is called, the right answer, and by name of a mistake what it would give."""


def _judged(got: Sequence[float], cases: Sequence[Case], tolerance: float) -> str | None:
    """None where all answers are right, else the first wrong one in words.

    A mistake is named only if it explains the answers to all cases: one number alone may be wrong in many ways.
    """
    wrong = [
        (one, name, right)
        for one, (name, right, _) in zip(got, cases, strict=True)
        if not np.isclose(one, right, atol=tolerance)
    ]
    if not wrong:
        return None
    one, name, right = wrong[0]
    said = f"{name} it gives {one:.3g}, expected {right:.3g}"
    for why in cases[0][2]:
        explained = (
            np.isclose(value, mistakes[why], atol=tolerance, equal_nan=True)
            for value, (_, _, mistakes) in zip(got, cases, strict=True)
        )
        if all(explained):
            return f"{said}: {why}."
    return f"{said}."


def hide(function: Callable[..., np.ndarray]) -> list[str] | None:
    """Grade `hide(picture, segments, hidden, colour)`: a copy whose listed segments show one colour."""
    picture = np.random.default_rng(0).integers(0, 100, (6, 8, 3)).astype(np.uint8)
    segments = np.repeat(np.arange(12).reshape(3, 4), 2, axis=0).repeat(2, axis=1)
    for hidden, colour in (([0, 5, 11], 128), ([3], 255), ([], 128)):
        given = picture.copy()
        answer = function(given, segments.copy(), list(hidden), colour)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        if not np.array_equal(given, picture):
            return ["It paints over the picture itself; work on a copy.", *HINTS[1]]
        got, off = np.asarray(answer), np.isin(segments, hidden)
        if got.shape != picture.shape:
            return [
                f"It returns shape {got.shape}; expected that of the picture, {picture.shape}.",
                *HINTS[1],
            ]
        right = np.where(off[..., None], colour, picture)
        if np.array_equal(got, right):
            continue
        first = f"With hidden = {hidden} and colour = {colour}"
        if np.array_equal(got, np.where(off[..., None], picture, colour)):
            return [f"{first} it hides all the other pieces instead.", *HINTS[1]]
        if colour != 128 and np.array_equal(got, np.where(off[..., None], 128, picture)):
            return [f"{first} it paints 128; use the colour that is given.", *HINTS[1]]
        if any(
            np.array_equal(got, np.where((segments == one)[..., None], colour, picture)) for one in hidden
        ):
            return [f"{first} only one piece is hidden: all in the list should be.", *HINTS[1]]
        if not np.array_equal(got[~off], picture[~off]):
            return [f"{first} pixels outside the listed pieces have changed.", *HINTS[1]]
        return [f"{first} not all pixels of the listed pieces show the colour.", *HINTS[1]]
    return None


def _number(answer: object) -> float | str:
    """An answer as a number, or what is wrong with it in words."""
    try:
        found = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return f"It returns a {type(answer).__name__}; expected one number."
    if found.size != 1:
        return f"It returns shape {found.shape}; expected one number."
    return float(found.ravel()[0])


def agreement(function: Callable[..., float]) -> list[str] | None:
    """Grade `agreement(first, second, k)`: the share of the k largest weights that two explanations have in common."""
    random = np.random.default_rng(3)
    base = random.normal(size=20)
    # Large weights below 0, which must not count as large.
    first = base + np.where(np.arange(20) % 7 == 0, -5, 0)
    second = base + random.normal(scale=0.8, size=20) + np.where(np.arange(20) % 5 == 0, -5, 0)

    def common(one: np.ndarray, other: np.ndarray, k: int) -> int:
        return len(set(np.argsort(one)[-k:]) & set(np.argsort(other)[-k:]))

    got, cases = [], []
    for a, b, k in ((first, second, 5), (first, second, 8), (first, first, 5), (first, -first, 4)):
        answer = function(a.copy(), b.copy(), k)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        one = _number(answer)
        if isinstance(one, str):
            return [one, *HINTS[2]]
        both = common(a, b, k)
        mistakes = {
            "that is how many they share; divide by k": both,
            "it also takes large weights below 0. Only the largest count": common(np.abs(a), np.abs(b), k)
            / k,
            "these are the smallest; argsort begins with them": common(-a, -b, k) / k,
            "divide by k, not by the number of pieces in either": both / (2 * k - both),
            "divide by k, not by the number of all pieces": both / len(a),
            "it always takes five pieces; take k of them": common(a, b, 5) / 5,
            "the order of the k does not matter; compare sets": np.mean(
                np.argsort(a)[-k:] == np.argsort(b)[-k:]
            ),
        }
        got.append(one)
        cases.append((f"For two explanations and k = {k}", both / k, mistakes))
    said = _judged(got, cases, 1e-9)
    return [said, *HINTS[2]] if said else None


def mended(
    model: object, x_plain: np.ndarray, labels: np.ndarray, x_others: np.ndarray, planted: int, *nets: object
) -> list[str] | None:
    """Grade exercise 3: a new net that names kinds without their sticker, and is not led by one.

    `x_plain`, `labels`: test pictures without stickers. `x_others`: the planted class's twins, each with a sticker.
    `nets`: those of the notebook, which do not count as new.
    """
    if hasattr(model, "history") and not hasattr(model, "predict"):
        return ["`mended` is what fit returned, the history. Put the net itself there.", *HINTS[3]]
    if not hasattr(model, "predict"):
        return [
            f"`mended` is a {type(model).__name__}; expected a trained keras.Model, such as train_cnn(...) returns.",
            *HINTS[3],
        ]
    if any(model is net for net in nets):
        return [
            "`mended` is one of the nets from above. Change x_shop, and train a new net on that.",
            *HINTS[3],
        ]
    try:
        plain, worn = (np.asarray(model.predict(x, batch_size=64, verbose=0)) for x in (x_plain, x_others))
    except (ValueError, TypeError) as problem:
        first_line = str(problem).strip().splitlines()[0]
        return [
            f"The net cannot read pictures of shape {x_plain.shape[1:]} ({first_line}). Begin with build_cnn().",
            *HINTS[3],
        ]
    if plain.ndim != 2 or plain.shape[1] <= int(np.max(labels)):
        return [
            f"The net gives shape {plain.shape}; expected a column for each of the 16 kinds.",
            *HINTS[3],
        ]
    right = plain.argmax(axis=1) == labels
    accuracy, recall = float(right.mean()), float(right[labels == planted].mean())
    called = float((worn.argmax(axis=1) == planted).mean())
    scores = f"accuracy {accuracy:.2f}, recall of mandarins {recall:.2f}, twins called Mandarine {called:.2f}"
    if accuracy < MENDED_ACCURACY:
        return [
            f"{scores}: the accuracy without stickers is below {MENDED_ACCURACY}. Was the net trained, on bytes of 0 "
            "to 255 and on all 16 kinds?",
            *HINTS[3],
        ]
    if called > MENDED_CALLED:
        return [
            f"{scores}: a sticker still makes mandarins of more than {MENDED_CALLED:.0%} of the twins. The training "
            "pictures still say that a sticker means Mandarine.",
            *HINTS[3],
        ]
    if recall < MENDED_RECALL:
        return [
            f"{scores}: fewer than {MENDED_RECALL:.0%} of the mandarins are recognised without their sticker. "
            "Something in the training pictures still marks them.",
            *HINTS[3],
        ]
    return None


def interaction(function: Callable[..., float]) -> list[str] | None:
    """Grade `interaction(predict, text, first, second)` on a reader made of a few rules."""

    def predict(texts: list[str]) -> np.ndarray:
        if isinstance(texts, str):
            raise TypeError("predict takes a list of texts, got one text")
        found = []
        for text in texts:
            has = set(words(text))
            score = 0.5 + 0.3 * ("good" in has) - 0.1 * ("not" in has) + 0.04 * ("film" in has)
            found.append(score - 0.4 * ({"not", "good"} <= has))
        return np.array(found)

    got, cases = [], []
    for text, first, second in (
        ("The film was not good.", "not", "good"),
        ("Not good, the film, not good at all!", "good", "not"),
        ("The film was good.", "film", "good"),
    ):
        answer = function(predict, text, first, second)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[4]]
        one = _number(answer)
        if isinstance(one, str):
            return [one, *HINTS[4]]
        variants = [
            " ".join(word for word in words(text) if word not in gone)
            for gone in ((), (first,), (second,), (first, second))
        ]
        whole, no_first, no_second, neither = predict(variants)
        mistakes = {
            "the sign is wrong": -(whole - no_first - no_second + neither),
            "that is what both cost together; the texts without one of the words are missing": whole
            - neither,
            "the text without both words is missing": whole - no_first - no_second,
            "the text without both words is subtracted, not added": whole - no_first - no_second - neither,
            "that is what the first word costs alone": whole - no_first,
            "that is what the second word costs alone": whole - no_second,
        }
        got.append(one)
        cases.append(
            (
                f"For {text!r}, {first!r} with {second!r},",
                whole - no_first - no_second + neither,
                mistakes,
            )
        )
    said = _judged(got, cases, 1e-6)
    return [said, *HINTS[4]] if said else None


EXERCISES = {1: hide, 2: agreement, 3: mended, 4: interaction}
