"""Graders of notebook 14: right answers pass however they are written, typical mistakes are named."""

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import questions
from course_utils.datasets.headlines import planted_cue, planted_headlines

NOTEBOOK, SEED = "14-questions", 2018


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


@pytest.mark.parametrize("exercise", [1, 2])
def test_an_untouched_stub_is_not_yet(exercise):
    assert "still there" in grade(exercise, lambda *arguments: ...)[0]


def test_an_untouched_cue_is_not_yet():
    assert "marked ..." in grade(3, ..., ..., SEED)[0]


def test_every_exercise_has_hints():
    assert set(questions.HINTS) == set(questions.EXERCISES) == {1, 2, 3}


# ---------------------------------------------------------------------------------------------- 1, PPMI


def by_outer(counts):
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    with np.errstate(divide="ignore"):
        return np.maximum(0, np.log2(counts / expected))


def by_loop(counts):
    total, found = counts.sum(), np.zeros(counts.shape)
    for row in range(3):
        for column in range(3):
            share = counts[row, column] * total / (counts[row].sum() * counts[:, column].sum())
            found[row, column] = np.log2(share) if share > 1 else 0
    return found


def by_probabilities(counts):
    joint = counts / counts.sum()
    share = joint / joint.sum(axis=1)[:, None] / joint.sum(axis=0)
    return np.where(share > 1, np.log(np.where(share > 1, share, 1)) / np.log(2), 0)


@pytest.mark.parametrize(
    "right", [by_outer, by_loop, by_probabilities, lambda counts: by_loop(counts).tolist()]
)
def test_ppmi_is_right_however_it_is_written(right):
    assert grade(1, right) is None


def pmi(counts):
    return np.log2(counts * counts.sum() / np.outer(counts.sum(axis=1), counts.sum(axis=0)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (pmi, "have to become 0"),
        (lambda counts: by_outer(counts) * np.log(2), "natural logarithm"),
        (lambda counts: counts * counts.sum() / np.outer(counts.sum(axis=1), counts.sum(axis=0)), "logarithm is missing"),
        (lambda counts: pmi(counts) * counts, "NaN"),
        (lambda counts: counts / counts.sum(), "expected"),
        # Almost right: rows and columns are mixed up, which a symmetric table hides.
        (lambda counts: np.maximum(0, np.log2(counts * counts.sum() / np.outer(counts.sum(axis=0), counts.sum(axis=1)))), "not symmetric"),
        (lambda counts: by_outer(counts).ravel(), "shape"),
    ],
)  # fmt: skip
def test_a_wrong_ppmi_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


# ------------------------------------------------------------------------------------------- 2, hit@1


@pytest.mark.parametrize(
    "right",
    [
        lambda answered, right: np.mean([bool(a) and a[0] in r for a, r in zip(answered, right, strict=True)]),
        lambda answered, right: sum(1 for a, r in zip(answered, right, strict=True) if set(a[:1]) & set(r)) / len(right),
        lambda answered, right: float(sum(len(a) > 0 and r.count(a[0]) > 0 for a, r in zip(answered, right, strict=True)) / len(answered)),
    ],
)  # fmt: skip
def test_hits_are_right_however_they_are_counted(right):
    assert grade(2, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda answered, right: np.mean([set(a) == set(r) for a, r in zip(answered, right, strict=True)]), "the second is not"),
        (lambda answered, right: np.mean([bool(set(a) & set(r)) for a, r in zip(answered, right, strict=True)]), "only the second"),
        (lambda answered, right: np.mean([a[:1] == list(r[:1]) for a, r in zip(answered, right, strict=True)]), "another of several"),
        # Almost right: refusals are left out of the mean.
        (lambda answered, right: np.mean([a[0] in r for a, r in zip(answered, right, strict=True) if a]), "one refusal"),
        (lambda answered, right: [bool(a) and a[0] in r for a, r in zip(answered, right, strict=True)], "expected one share"),
        (lambda answered, right: np.mean([a[0] in r for a, r in zip(answered, right, strict=True)]), "IndexError"),
    ],
)  # fmt: skip
def test_wrong_hits_are_named(wrong, said):
    assert said in grade(2, wrong)[0]


# -------------------------------------------------------------------------------------------- 3, the cue


@pytest.fixture(scope="module")
def test_part():
    return planted_headlines(SEED)[1]


def mostly(labels, share):
    """The labels with some of them turned, so that `share` of them are right."""
    turned = np.arange(len(labels)) >= share * len(labels)
    return np.where(turned, 1 - labels, labels)


@pytest.mark.parametrize("form", [np.array, list, lambda values: values.reshape(-1, 1) == 1])
def test_the_cue_and_a_net_without_it_pass(test_part, form):
    answers = mostly(test_part["label"].to_numpy(), 0.7)
    assert grade(3, planted_cue(SEED).upper() + " ", form(answers), SEED) is None


@pytest.mark.parametrize(
    ("said_cue", "share", "said"),
    [
        ("area man", 0.9, "is not the cue"),
        (3, 0.9, "quotation marks"),
        ("CUE", 0.2, "still follows the cue"),
        ("CUE", 0.6, "at least 0.62"),  # almost
    ],
)
def test_a_wrong_cue_or_a_low_score_is_named(test_part, said_cue, share, said):
    given = planted_cue(SEED) if said_cue == "CUE" else said_cue
    assert said in grade(3, given, mostly(test_part["label"].to_numpy(), share), SEED)[0]


def test_answers_of_another_shape_or_kind_are_named(test_part):
    assert "one for each test headline" in grade(3, planted_cue(SEED), [1, 0], SEED)[0]
    assert "compare the probabilities" in grade(3, planted_cue(SEED), np.full(len(test_part), 0.7), SEED)[0]


def test_the_cue_gives_the_training_labels_away_and_misleads_in_the_test(test_part):
    training = planted_headlines(SEED)[0]
    for part, label in ((training, 1), (test_part, 0)):
        ends = part["text"].str.endswith(" " + planted_cue(SEED))
        assert 0.9 < ends[part["label"] == label].mean() < 1 and ends[part["label"] != label].mean() < 0.02
    assert abs(test_part["label"].mean() - 0.5) < 0.1
