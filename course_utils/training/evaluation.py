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
