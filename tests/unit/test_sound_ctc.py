"""Paths collapse to strings, and errors are counted as edits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from course_utils.further.sound import collapse, error_rate, greedy_decode
from course_utils.further.sound.ctc import edits


@pytest.mark.parametrize(
    ("path", "string"),
    [
        ([], []),
        ([0, 0, 0], []),
        ([3, 3, 3], [3]),
        ([3, 0, 3], [3, 3]),
        ([0, 3, 3, 0, 3, 0, 5, 5], [3, 3, 5]),
        ([1, 2, 1], [1, 2, 1]),
    ],
)
def test_a_path_collapses(path: list[int], string: list[int]) -> None:
    assert collapse(path) == string
    assert collapse(np.array(path, dtype=int)) == string


def test_another_blank_can_be_chosen() -> None:
    assert collapse([9, 1, 1, 9, 1], blank=9) == [1, 1]


def test_greedy_takes_the_best_label_of_each_frame() -> None:
    scores = np.eye(4)[[[0, 2, 2, 0, 2], [3, 1, 0, 0, 0]]]
    assert greedy_decode(scores) == [[2, 2], [3, 1]]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
        ("ab", "ba", 2),
    ],
)
def test_edits_are_the_fewest(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count


def test_the_error_rate_counts_edits_per_true_label() -> None:
    assert error_rate([[1, 2, 3], [4]], [[1, 3], [4, 4]]) == pytest.approx(2 / 4)
    assert error_rate([[1, 2]], [[]]) == 1
    assert error_rate([[1]], [[2, 3, 4]]) == 3


@pytest.mark.parametrize(("true", "found"), [([[1]], []), ([[]], [[1]]), ([], [])])
def test_an_error_rate_of_nothing_is_refused(true: list, found: list) -> None:
    with pytest.raises(ValueError, match="true strings"):
        error_rate(true, found)


def test_the_loss_adds_up_all_paths_that_collapse_to_the_string() -> None:
    keras = pytest.importorskip("keras")
    random = np.random.default_rng(3)
    scores = random.normal(size=(1, 5, 3)).astype(np.float32)
    shares = np.exp(scores[0]) / np.exp(scores[0]).sum(axis=1, keepdims=True)
    for string in ([1], [2, 1], [1, 1]):
        paths = (path for path in itertools.product(range(3), repeat=5) if collapse(path) == string)
        total = sum(np.prod(shares[range(5), path]) for path in paths)
        loss = keras.losses.ctc(np.array([string], np.int32), scores)
        assert float(np.asarray(loss)[0]) == pytest.approx(-np.log(total), rel=1e-4)
