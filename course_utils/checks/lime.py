"""Graders of the exercises in `08-lime`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished
from course_utils.text import words

HINTS = {
    1: [
        "changed = picture.copy() first; np.isin(segments, hidden) is True where a pixel belongs to a hidden piece.",
        "changed[np.isin(segments, hidden)] = colour, then return changed.",
    ],
    2: [
        "np.argsort(weights)[-k:] gives the places of the k largest weights.",
        "Make a set of each of the two lists; & gives what is in both. Divide their number by k.",
    ],
    3: [
        "np.maximum(heat, 0) keeps what speaks for the class; its sum is what you divide by.",
        "Above the line of the fraction: the sum of the same values where the mask is True, [mask].",
    ],
    4: [
        "Four texts: the whole one, without(text, first), without(text, second), without(text, first, second).",
        "predict takes all four as one list and gives four numbers: whole - without_first - without_second + neither.",
    ],
}


def hide(function: Callable[..., np.ndarray]) -> list[str] | None:
    """Grade `hide(picture, segments, hidden, colour)`: a copy whose listed segments show one colour."""
    picture = np.random.default_rng(0).integers(0, 100, (6, 8, 3)).astype(np.uint8)
    segments = np.repeat(np.arange(12).reshape(3, 4), 2, axis=0).repeat(2, axis=1)
    for hidden, colour in (([0, 5, 11], 128), ([3], 255), ([], 128)):
        given = picture.copy()
        answer = function(given, segments.copy(), hidden, colour)
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
            return [f"{first} it hides all the others: turned round.", *HINTS[1]]
        if colour != 128 and np.array_equal(got, np.where(off[..., None], 128, picture)):
            return [f"{first} it paints 128; use the colour that is given.", *HINTS[1]]
        if any(
            np.array_equal(got, np.where((segments == one)[..., None], colour, picture)) for one in hidden
        ):
            return [f"{first} only one piece is hidden: all in the list should be.", *HINTS[1]]
        if not np.array_equal(got[~off], picture[~off]):
            return [f"{first} pixels outside of the listed pieces have changed.", *HINTS[1]]
        return [f"{first} not all pixels of the listed pieces show the colour.", *HINTS[1]]
    return None


def agreement(function: Callable[..., float]) -> list[str] | None:
    """Grade `agreement(first, second, k)`: the share of the k largest weights that two explanations have in common."""
    random = np.random.default_rng(3)
    base = random.normal(size=20)
    # Large weights below 0, which must not count as large.
    first = base + np.where(np.arange(20) % 7 == 0, -5, 0)
    second = base + random.normal(scale=0.8, size=20) + np.where(np.arange(20) % 5 == 0, -5, 0)

    def common(one: np.ndarray, other: np.ndarray, k: int) -> int:
        return len(set(np.argsort(one)[-k:]) & set(np.argsort(other)[-k:]))

    for a, b, k in ((first, second, 5), (first, second, 8), (first, first, 5), (first, -first, 4)):
        got = function(a.copy(), b.copy(), k)
        if unfinished(got):
            return [UNFINISHED, *HINTS[2]]
        if np.ndim(got) != 0:
            return [f"It returns shape {np.shape(got)}; expected one number.", *HINTS[2]]
        both = common(a, b, k)
        right = both / k
        if np.isclose(got, right, atol=1e-9):
            continue
        said = f"For two explanations and k = {k} it gives {got:.3g}, expected {right:.3g}"
        if np.isclose(got, both):
            return [f"{said}: that is how many they share; divide by k.", *HINTS[2]]
        if np.isclose(got, common(np.abs(a), np.abs(b), k) / k):
            return [f"{said}: it takes large weights below 0 as well. Only the largest count.", *HINTS[2]]
        if np.isclose(got, common(-a, -b, k) / k):
            return [f"{said}: these are the smallest; argsort begins with them.", *HINTS[2]]
        if np.isclose(got, both / (2 * k - both)):
            return [f"{said}: divide by k, not by the number of pieces in either.", *HINTS[2]]
        return [f"{said}.", *HINTS[2]]
    return None


def share_on_object(function: Callable[[np.ndarray, np.ndarray], float]) -> list[str] | None:
    """Grade `share_on_object(heat, mask)`: of all heat above 0, the share on the object."""
    heat = np.random.default_rng(1).normal(size=(7, 9))
    mask = np.zeros((7, 9), dtype=bool)
    mask[1:5, 2:6] = True
    cases = {
        "a map with heat above and below 0": heat,
        "a map that is the same everywhere": np.ones((7, 9)),
        "a map with nothing above 0": -np.abs(heat),
    }
    for name, one in cases.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            given = one.copy()
            got = function(given, mask.copy())
        if unfinished(got):
            return [UNFINISHED, *HINTS[3]]
        if not np.array_equal(given, one):
            return ["It changes the map it was given; np.maximum makes a new one.", *HINTS[3]]
        if np.ndim(got) != 0:
            return [f"It returns shape {np.shape(got)}; expected one number.", *HINTS[3]]
        above = np.maximum(one, 0)
        right = above[mask].sum() / above.sum() if above.sum() > 0 else 0.0
        if np.isclose(got, right, atol=1e-6):
            continue
        said = f"For {name} it gives {got:.3g}, expected {right:.3g}"
        if above.sum() == 0:
            return [f"{said}: nothing speaks for the class, so there is nothing to divide by.", *HINTS[3]]
        wrongs = {
            "what is below 0 must not count, neither above nor below the line": one[mask].sum() / one.sum(),
            "divide by what is above 0, not by everything": above[mask].sum() / one.sum(),
            "divide by all heat above 0, not by its amount regardless of sign": above[mask].sum()
            / np.abs(one).sum(),
            "that counts pixels; add up their heat": (one > 0)[mask].sum() / (one > 0).sum(),
            "a share of the heat, not the mean on the object": above[mask].mean(),
            "that is the share beside the object": 1 - right,
        }
        for why, wrong in wrongs.items():
            if np.isclose(got, wrong, atol=1e-6):
                return [f"{said}: {why}.", *HINTS[3]]
        return [f"{said}.", *HINTS[3]]
    return None


def interaction(function: Callable[..., float]) -> list[str] | None:
    """Grade `interaction(predict, text, first, second)` on a reader made of a few rules."""

    def predict(texts: list[str]) -> np.ndarray:
        if isinstance(texts, str):
            raise TypeError("predict takes a list of texts, got one text")
        found = []
        for text in texts:
            has = set(words(text))
            score = 0.5 + 0.3 * ("fresh" in has) - 0.1 * ("not" in has) + 0.04 * ("jam" in has)
            found.append(score - 0.4 * ({"not", "fresh"} <= has))
        return np.array(found)

    for text, first, second in (
        ("The jam was not fresh.", "not", "fresh"),
        ("Not fresh, the jam, not fresh at all!", "fresh", "not"),
        ("The jam was fresh.", "jam", "fresh"),
    ):
        got = function(predict, text, first, second)
        if unfinished(got):
            return [UNFINISHED, *HINTS[4]]
        if np.size(got) != 1:
            return [f"It returns shape {np.shape(got)}; expected one number.", *HINTS[4]]
        got = float(np.ravel(got)[0])
        pieces = words(text)
        variants = [
            " ".join(word for word in pieces if word not in gone)
            for gone in ((), (first,), (second,), (first, second))
        ]
        whole, no_first, no_second, neither = predict(variants)
        right = whole - no_first - no_second + neither
        if np.isclose(got, right, atol=1e-6):
            continue
        said = f"For {text!r}, {first!r} with {second!r}, it gives {got:+.3f}, expected {right:+.3f}"
        if np.isclose(got, -right, atol=1e-6):
            return [f"{said}: the sign is turned round.", *HINTS[4]]
        if np.isclose(got, whole - neither, atol=1e-6):
            return [f"{said}: that is what both cost together; take off what each costs alone.", *HINTS[4]]
        if np.isclose(got, whole - no_first - no_second, atol=1e-6):
            return [f"{said}: the text without both words is missing.", *HINTS[4]]
        return [f"{said}.", *HINTS[4]]
    return None


EXERCISES = {1: hide, 2: agreement, 3: share_on_object, 4: interaction}
