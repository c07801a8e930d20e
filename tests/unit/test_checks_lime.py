"""Graders of notebook 08: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks
from course_utils.text import words

NOTEBOOK = "08-lime"


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda picture, segments, hidden, colour=128: ...)
    assert grade(2, lambda first, second, k=5: ...)
    assert grade(3, lambda heat, mask: ...)
    assert grade(4, lambda predict, text, first, second: ...)


def hide(picture, segments, hidden, colour=128):
    changed = picture.copy()
    changed[np.isin(segments, hidden)] = colour
    return changed


def test_pieces_are_hidden_in_a_copy():
    assert grade(1, hide) is None
    assert grade(1, lambda p, s, h, c=128: np.where(np.isin(s, h)[..., None], c, p)) is None


def on_the_original(picture, segments, hidden, colour=128):
    picture[np.isin(segments, hidden)] = colour
    return picture


def only_the_last(picture, segments, hidden, colour=128):
    changed = picture.copy()
    for one in hidden:
        changed = picture.copy()
        changed[segments == one] = colour
    return changed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (on_the_original, "paints over"),
        (only_the_last, "only one piece"),
        (lambda p, s, h, c=128: np.where(np.isin(s, h)[..., None], p, c), "turned round"),
        (lambda p, s, h, c=128: hide(p, s, h), "paints 128"),
        (lambda p, s, h, c=128: hide(p, s, h, c)[..., 0], "returns shape"),
        (lambda p, s, h, c=128: hide(p, s, [*h, 7], c), "outside of the listed"),
        (lambda p, s, h, c=128: hide(p, s, h[:-1], c), "not all pixels"),
    ],
)
def test_each_wrong_way_to_hide_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


def agreement(first, second, k=5):
    return len(set(np.argsort(first)[-k:]) & set(np.argsort(second)[-k:])) / k


def jaccard(first, second, k=5):
    shared = agreement(first, second, k) * k
    return shared / (2 * k - shared)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda a, b, k=5: agreement(a, b, k) * k, "divide by k"),
        (lambda a, b, k=5: agreement(np.abs(a), np.abs(b), k), "below 0"),
        (lambda a, b, k=5: agreement(-a, -b, k), "smallest"),
        (jaccard, "in either"),
        (lambda a, b, k=5: agreement(a, b, 5), "expected"),
        (lambda a, b, k=5: np.ones(k), "one number"),
    ],
)
def test_each_wrong_agreement_is_named(wrong, said):
    assert grade(2, agreement) is None
    assert said in grade(2, wrong)[0]


def share(heat, mask):
    above = np.maximum(heat, 0)
    return above[mask].sum() / above.sum() if above.sum() > 0 else 0.0


def without_guard(heat, mask):
    above = np.maximum(heat, 0)
    return above[mask].sum() / above.sum()


def changes_the_map(heat, mask):
    heat[heat < 0] = 0
    return share(heat, mask)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda heat, mask: heat[mask].sum() / heat.sum(), "below 0 must not count"),
        (lambda heat, mask: np.maximum(heat, 0)[mask].sum() / heat.sum(), "not by everything"),
        (lambda heat, mask: np.maximum(heat, 0)[mask].sum() / np.abs(heat).sum(), "regardless of sign"),
        (lambda heat, mask: (heat > 0)[mask].sum() / (heat > 0).sum(), "counts pixels"),
        (lambda heat, mask: np.maximum(heat, 0)[mask].mean(), "not the mean"),
        (lambda heat, mask: 1 - share(heat, mask), "beside the object"),
        (without_guard, "nothing to divide by"),
        (changes_the_map, "changes the map"),
        (lambda heat, mask: np.maximum(heat, 0) * mask, "one number"),
    ],
)
def test_each_wrong_share_is_named(wrong, said):
    assert grade(3, share) is None
    assert said in grade(3, wrong)[0]


def without(text, *gone):
    return " ".join(word for word in words(text) if word not in gone)


def four(predict, text, first, second):
    return predict([text, without(text, first), without(text, second), without(text, first, second)])


def interaction(predict, text, first, second):
    whole, no_first, no_second, neither = four(predict, text, first, second)
    return float(whole - no_first - no_second + neither)


def together(predict, text, first, second):
    whole, _, _, neither = four(predict, text, first, second)
    return whole - neither


def three_only(predict, text, first, second):
    whole, no_first, no_second, _ = four(predict, text, first, second)
    return whole - no_first - no_second


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda *given: -interaction(*given), "sign"),
        (together, "together"),
        (three_only, "without both"),
        (four, "one number"),
        (lambda predict, text, first, second: predict(text), "list of texts"),
        (lambda *given: interaction(*given) + 0.01, "expected"),
    ],
)
def test_each_wrong_interaction_is_named(wrong, said):
    assert grade(4, interaction) is None
    assert said in grade(4, wrong)[0]
