"""Words beside boxes stand apart, inside the picture, and near the box that they name."""

import itertools

import numpy as np
import pytest
from contrast import LEAST_CONTRAST, contrast

from course_utils import plots
from course_utils.plots import labels

HIGH = 10.0


def overlaps(spots: np.ndarray, sizes: np.ndarray) -> int:
    """How many pairs of labels share more than a line."""
    pairs = itertools.combinations(range(len(spots)), 2)
    shared = (
        np.minimum(spots[a] + sizes[a], spots[b] + sizes[b]) - np.maximum(spots[a], spots[b])
        for a, b in pairs
    )
    return sum(bool((size > 0.01).all()) for size in shared)


def test_a_label_alone_stands_above_its_box() -> None:
    assert labels.places([[20, 30, 60, 70]], [[25, HIGH]], 100, 100).tolist() == [[20, 20]]


@pytest.mark.parametrize(
    "box", [[0, 0, 30, 30], [80, 0, 100, 20], [90, 95, 100, 100], [-20, -20, -5, -5], [0, 0, 100, 100]]
)
def test_a_label_stays_in_the_picture(box) -> None:
    (spot,) = labels.places([box], [[40, HIGH]], 100, 100)
    assert (spot >= 0).all() and (spot + (40, HIGH) <= 100).all()


@pytest.mark.parametrize("seed", range(5))
def test_no_two_labels_overlap_however_crowded_the_boxes_are(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.uniform(30, 60, (12, 2))  # twelve boxes on one heap
    boxes = np.hstack([corners, corners + random.uniform(10, 40, (12, 2))])
    sizes = np.column_stack([random.uniform(30, 60, 12), np.full(12, HIGH)])
    naive = np.column_stack([boxes[:, 0], boxes[:, 1] - HIGH])
    assert overlaps(naive, sizes) > 5, "the boxes are crowded"
    spots = labels.places(boxes, sizes, 200, 150)
    assert overlaps(spots, sizes) == 0
    assert (spots >= 0).all() and (spots + sizes <= (200, 150)).all()


def test_the_first_label_keeps_its_place() -> None:
    spots = labels.places([[20, 30, 60, 70]] * 3, [[25, HIGH]] * 3, 100, 100)
    assert spots[0].tolist() == [20, 20] and overlaps(spots, np.array([[25, HIGH]] * 3)) == 0


def test_without_room_for_all_each_label_still_has_a_place() -> None:
    spots = labels.places([[0, 0, 20, 20]] * 9, [[20, HIGH]] * 9, 20, 20)
    assert spots.shape == (9, 2) and (spots >= 0).all()
    assert labels.places([], [], 20, 20).shape == (0, 2)
    with pytest.raises(ValueError, match="one per box"):
        labels.places([[0, 0, 1, 1]], [], 20, 20)


def test_a_line_leads_only_to_a_box_that_is_away() -> None:
    box = [50, 50, 80, 80]
    assert labels.leader(box, (50, 40), (20, 10)) is None
    assert labels.leader(box, (10, 20), (20, 10)) == ((30, 30), (50, 50))
    (x, y), (to_x, to_y) = labels.leader(box, (60, 10), (10, 10))
    assert x == to_x == 65 and (y, to_y) == (20, 50)


def test_words_are_read_on_every_colour_of_the_course() -> None:
    for colour in plots.COLOURS:
        written = {"black": "#000000", "white": "#ffffff"}[labels.ink(colour)]
        assert contrast(written, colour) >= LEAST_CONTRAST, colour


@pytest.mark.parametrize(
    ("box", "spot"),
    [
        ([40, 40, 60, 60], (40, 30)), ([40, 4, 60, 24], (40, 0)), ([90, 40, 99, 60], (79, 30)), ([0, 0, 100, 95], (0, 0)),
        ([85, 0, 99, 94], (80, 0)), ([0, 2, 30, 98], (0, 0)),
    ],
)  # fmt: skip
def test_a_label_takes_the_first_edge_of_its_box_that_is_free(box, spot) -> None:
    assert labels.places([box], [[20, HIGH]], 100, 100).tolist() == [pytest.approx(spot, abs=1)]


def test_labels_on_one_box_go_round_its_edges_in_order() -> None:
    spots = labels.places([[40, 40, 60, 60]] * 6, [[10, HIGH]] * 6, 100, 100, gap=0)
    assert spots.tolist() == [[40, 30], [50, 30], [40, 60], [50, 60], [60, 40], [30, 40]]
    apart = labels.places([[40, 40, 60, 60]] * 2, [[10, HIGH]] * 2, 100, 100)
    assert apart.tolist() == [[40, 30], [40, 60]], (
        "with a pixel between them, the second does not fit beside the first"
    )


def test_what_covers_is_measured_with_a_rim() -> None:
    spots, placed = np.array([[0.0, 0, 10, 10]]), np.array([[10.0, 0, 20, 10], [5, 5, 15, 15]])
    assert labels._covered(spots, placed[:1], 0.0).tolist() == [0] and labels._covered(
        spots, placed[:1], 1.0
    ).tolist() == [11]
    assert labels._covered(spots, placed, 0.0).tolist() == [25]


@pytest.mark.parametrize(
    ("spot", "line"),
    [((85, 60), ((85, 65), (80, 65))), ((60, 85), ((65, 85), (65, 80))), ((30, 60), ((40, 65), (50, 65))), ((82.9, 60), None)]
    + [((83, 60), ((83, 65), (80, 65))), ((90, 90), ((90, 90), (80, 80))), ((60, 60), None)],
)  # fmt: skip
def test_a_line_is_the_shortest_one(spot, line) -> None:
    assert labels.leader([50, 50, 80, 80], spot, (10, 10)) == line


@pytest.mark.parametrize(
    ("colour", "written"),
    [("#000000", "white"), ("#FFFFFF", "black"), ("#767676", "black"), ("#757575", "white")],
)
def test_ink_is_the_colour_with_more_contrast(colour, written) -> None:
    assert labels.ink(colour) == written
