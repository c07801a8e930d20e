"""How sure a figure is: intervals and comparisons agree with what the books say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.training.evaluation import cluster_interval, compare, effective_number, wilson_interval
from course_utils.workshop.runner import bands

# Known values: Wilson 95 % score intervals without continuity correction.
KNOWN = [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1.0)]


@pytest.mark.parametrize(("right", "n", "low", "high"), KNOWN)
def test_wilson_intervals_agree_with_known_values(right: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(right / n, n) == pytest.approx((low, high), abs=1e-4)


def test_a_wilson_interval_holds_its_share_and_shrinks_with_more_items() -> None:
    for share in (0.0, 0.01, 0.5, 0.97, 1.0):
        widths = []
        for n in (10, 100, 1000):
            low, high = wilson_interval(share, n)
            assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1
            widths.append(high - low)
        assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(("share", "n"), [(-0.1, 10), (1.1, 10), (math.nan, 10), (0.5, 0)])
def test_a_share_or_count_that_cannot_be_is_refused(share: float, n: int) -> None:
    with pytest.raises(ValueError, match="share"):
        wilson_interval(share, n)


def test_bands_and_notebooks_use_the_same_interval() -> None:
    assert bands.wilson_interval is wilson_interval


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [(1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (8, 2, 0.109375), (7, 7, 1.0)],
)
def test_mcnemars_test_is_that_of_a_tossed_coin(only_first: int, only_second: int, p_value: float) -> None:
    both = [True] * 20 + [False] * 10  # says nothing, however many there are
    first = both + [True] * only_first + [False] * only_second
    second = both + [False] * only_first + [True] * only_second
    found = compare(first, second)
    assert (found.only_first, found.only_second) == (only_first, only_second)
    assert found.p_value == pytest.approx(p_value)
    assert compare(second, first).p_value == pytest.approx(p_value)


def test_two_models_that_never_disagree_are_not_different() -> None:
    assert compare([True, False], [True, False]).p_value == 1.0


def test_a_comparison_takes_arrays_of_one_length() -> None:
    answers, labels = np.array([0, 1, 1]), np.array([0, 1, 0])
    assert compare(answers == labels, labels == labels) == (0, 1, 1.0)
    with pytest.raises(ValueError, match="3 and 2"):
        compare(answers == labels, [True, False])


def test_views_that_are_right_or_wrong_together_count_once_per_fruit() -> None:
    right = np.repeat([True, False] * 10, 8)
    assert effective_number(right, np.repeat(np.arange(20), 8)) == pytest.approx(20, abs=1)


def test_views_that_know_nothing_of_each_other_count_almost_all() -> None:
    random = np.random.default_rng(3)
    numbers = [effective_number(random.random(640) < 0.9, np.repeat(np.arange(128), 5)) for _ in range(20)]
    assert 500 < np.median(numbers) <= 640
    assert max(numbers) <= 640


def test_the_effective_number_is_the_share_s_variance_over_resampled_clusters() -> None:
    random = np.random.default_rng(7)
    clusters = np.repeat(np.arange(128), 5)
    right = random.random(640) < np.repeat(random.beta(3, 0.6, 128), 5)
    by_cluster = right.reshape(128, 5)
    drawn = by_cluster[random.integers(0, 128, (4000, 128))].mean(axis=(1, 2))
    share = right.mean()
    assert effective_number(right, clusters) == pytest.approx(share * (1 - share) / drawn.var(), rel=0.08)


def test_where_all_are_right_each_cluster_counts_once() -> None:
    assert effective_number([True] * 12, [0, 1, 2] * 4) == 3
    assert effective_number([False] * 12, ["a", "b"] * 6) == 2


def test_the_interval_over_clusters_is_wilson_s_with_the_effective_number() -> None:
    right, clusters = [True] * 30 + [False] * 10, np.repeat(np.arange(10), 4)
    wide = cluster_interval(right, clusters)
    assert wide == wilson_interval(0.75, effective_number(right, clusters))
    low, high = wilson_interval(0.75, 40)
    assert wide[0] < low and wide[1] > high


def test_clusters_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="40 items, 3 clusters"):
        effective_number([True] * 40, [1, 2, 3])
    with pytest.raises(ValueError, match="at least two"):
        cluster_interval([True, False], [1, 1])
    with pytest.raises(ValueError, match="at least two"):
        effective_number([], [])
