"""How sure a figure is: the interval around an accuracy, and whether one model really beats another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

Z_95 = 1.959963984540054  # 95 % of a normal distribution lie within ± this many standard deviations


class Comparison(NamedTuple):
    """Two models on the same test items: what only one of them got right, and how likely that is by luck."""

    only_first: int
    only_second: int
    p_value: float


def wilson_interval(share: float, n: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval of a share seen in `n` trials (accuracy, n test items), both ends within [0, 1].

    Raises ValueError for a share outside of [0, 1] or n below 1.
    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"A share lies between 0 and 1; got {share!r}")
    if n < 1:
        raise ValueError(f"A share needs at least one trial; got n = {n!r}")
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half_width = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half_width), min(1.0, centre + half_width)


def effective_number(right: Sequence[bool], clusters: Sequence) -> int:
    """How many independent test items would tell as much as these, which come in clusters.

    right: one bool per test item, True where the model was right. clusters: per item, what it shares with others: the
    individual fruit, the film of a turning one, the speaker. Views of one fruit are right or wrong together, all the
    way round (benchmarks/films_as_clusters.py), so 640 of them say less than 640 fruits. The number is n divided by the
    design effect, the variance of the share between clusters over that of independent items, which counts as at least
    1. If all items are right, or all wrong, nothing tells how alike the views are, and each cluster counts once.
    Raises ValueError for arguments of different length, no items or a single cluster.
    Source: L. Kish, "Survey Sampling", 1965.
    """
    if len(right) != len(clusters):
        raise ValueError(
            f"Each test item needs its cluster; got {len(right)} items, {len(clusters)} clusters"
        )
    sums: dict = {}
    share = sum(map(bool, right)) / len(right) if len(right) else 0.0
    for one, cluster in zip(right, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + bool(one) - share
    count = len(sums)
    if count < 2:
        raise ValueError(f"An interval over clusters needs at least two of them; got {count}")
    if share in (0.0, 1.0):
        return count
    between = count / (count - 1) * sum(total * total for total in sums.values()) / len(right)
    return max(1, round(len(right) / max(1.0, between / (share * (1 - share)))))


def cluster_interval(right: Sequence[bool], clusters: Sequence, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share whose test items come in clusters: Wilson's, with the effective number of items.

    Arguments and errors as for `effective_number`; both ends lie within [0, 1].
    """
    share = sum(map(bool, right)) / max(1, len(right))
    return wilson_interval(share, effective_number(right, clusters), z)


def compare(first_right: Sequence[bool], second_right: Sequence[bool]) -> Comparison:
    """McNemar's exact test: do two models differ on the same test items by more than luck?

    Both arguments: one bool per test item, True where the model was right. Only items that one model got right
    and the other wrong tell anything; if the models are equally good, each of them falls to either side like
    a tossed coin. p_value (two-sided): how often luck alone is that uneven; below 0.05 counts as a difference.
    Raises ValueError for arguments of different length.
    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947.
    """
    if len(first_right) != len(second_right):
        raise ValueError(
            f"Both models must answer the same test items; got {len(first_right)} and {len(second_right)}"
        )
    pairs = [(bool(first), bool(second)) for first, second in zip(first_right, second_right, strict=True)]
    only_first, only_second = pairs.count((True, False)), pairs.count((False, True))
    tosses = only_first + only_second
    if tosses == 0:
        return Comparison(0, 0, 1.0)
    from scipy.stats import binomtest

    return Comparison(only_first, only_second, float(binomtest(only_first, tosses, 0.5).pvalue))
