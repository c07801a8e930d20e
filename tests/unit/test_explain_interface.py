"""One answer of any method, and what of it is scored."""

import numpy as np

from course_utils.explain import hottest_share
from course_utils.explain.interface import Explanation


def test_what_speaks_against_the_class_is_no_heat_when_it_is_scored():
    heat = np.array([[2.0, -1.0], [0.0, -3.0]], dtype="float32")
    found = Explanation("lime", heat, class_index=0, probability=0.9)
    np.testing.assert_array_equal(found.positive(), [[2, 0], [0, 0]])
    assert found.heat.min() == -3, "the explanation itself keeps it"
    # Three pixels without heat tie for the second place: a third of one each.
    mask = np.array([[True, False], [True, False]])
    assert hottest_share(found.positive(), mask, most=0.5).share == (1 + 1 / 3) / 2
    assert hottest_share(found.heat, mask, most=0.5).share == 1
