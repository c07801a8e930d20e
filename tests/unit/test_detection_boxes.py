"""Boxes: IoU and GIoU are what they are on paper, and suppression keeps one box per thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.further.detection import giou, iou, non_maximum_suppression
from course_utils.further.detection.boxes import box_areas

SIDE = st.integers(0, 30)


def box_of(numbers):
    left, top, width, height = numbers
    return [left, top, left + width, top + height]


BOX = st.tuples(SIDE, SIDE, st.integers(1, 20), st.integers(1, 20)).map(box_of)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ([0, 0, 10, 10], 1.0),
        ([5, 0, 15, 10], 50 / 150),
        ([5, 5, 15, 15], 25 / 175),
        ([0, 0, 5, 10], 0.5),
        ([10, 0, 20, 10], 0.0),
        ([3, 3, 3, 9], 0.0),
    ],
)
def test_iou_is_what_it_is_on_paper(other, expected):
    assert iou([[0, 0, 10, 10]], [other])[0, 0] == pytest.approx(expected)


@given(BOX, BOX)
def test_iou_counts_pixels(first, second):
    def pixels(box):
        return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}

    a, b = pixels(first), pixels(second)
    assert iou([first], [second])[0, 0] == pytest.approx(len(a & b) / len(a | b))


@given(BOX, BOX)
def test_giou_is_at_most_iou_and_says_how_far_apart(first, second):
    overlap, general = iou([first], [second])[0, 0], giou([first], [second])[0, 0]
    assert -1 <= general <= overlap + 1e-12
    assert giou([first], [first])[0, 0] == pytest.approx(1)


def test_giou_falls_with_the_distance_where_iou_is_silent():
    fixed, near, far = [[0, 0, 10, 10]], [[12, 0, 22, 10]], [[90, 0, 100, 10]]
    assert iou(fixed, near)[0, 0] == iou(fixed, far)[0, 0] == 0
    assert giou(fixed, near)[0, 0] == pytest.approx(-20 / 220)
    assert giou(fixed, far)[0, 0] == pytest.approx(-800 / 1000)


def test_many_boxes_give_a_table_and_none_gives_an_empty_one():
    assert iou(np.zeros((3, 4)), np.ones((2, 4))).shape == (3, 2)
    assert iou([], [[0, 0, 1, 1]]).shape == (0, 1)
    assert box_areas([[0, 0, 2, 3], [5, 5, 1, 1]]).tolist() == [6, 0]
    with pytest.raises(ValueError, match=r"shape \(N, 4\)"):
        iou([0, 0, 1, 1], [[0, 0, 1, 1]])


def test_suppression_keeps_the_best_of_those_that_overlap():
    boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [0, 1, 10, 11]]
    assert non_maximum_suppression(boxes, [0.8, 0.9, 0.3, 0.2]) == [1, 2]
    assert non_maximum_suppression(boxes, [0.8, 0.9, 0.3, 0.2], kinds=[0, 1, 0, 0]) == [1, 0, 2]
    assert non_maximum_suppression(boxes, [0.8, 0.9, 0.3, 0.2], overlap=0.9) == [1, 0, 2, 3]
    assert non_maximum_suppression([], []) == []
    with pytest.raises(ValueError, match="as many scores"):
        non_maximum_suppression(boxes, [0.5])


def test_a_removed_box_removes_nothing():
    """A chain: the first hides the second; the third overlaps only the second, so it stays."""
    chain = [[0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]]
    assert non_maximum_suppression(chain, [0.9, 0.8, 0.7]) == [0, 2]
