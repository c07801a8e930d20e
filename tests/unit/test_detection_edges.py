"""Numbers of the detectors and of the tracker that a hand can work out, and edges where one more makes a difference."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from course_utils.further.detection import (
    boxes,
    centres,
    keeping,
    keypoints,
    masks,
    scenes,
    scoring,
    tracking,
    watching,
)
from course_utils.further.detection.scoring import SIDES

# ------------------------------------------------------------------------------------------- targets and decoding


def test_the_targets_of_one_box_are_a_bell_and_nine_cells():
    heat, wanted = centres.targets([[8, 12, 40, 36]], [1], 3, (64, 48))
    assert (
        heat.shape == (16, 12, 3) and wanted.shape == (16, 12, 5) and heat.dtype == wanted.dtype == np.float32
    )
    assert not heat[..., [0, 2]].any()
    # 2, 3, 10, 9 in cells: the middle is in row 6 and column 6; a sixth of the sides is 8/6 and 1.
    for row, column in ((6, 6), (7, 6), (6, 8), (3, 2)):
        expected = np.exp(-((row - 6) ** 2) / 2 - ((column - 6) * 6 / 8) ** 2 / 2)
        assert heat[row, column, 1] == pytest.approx(expected, rel=1e-5)
    assert wanted[6, 6] == pytest.approx([4.5, 3.5, 3.5, 2.5, 1])
    assert wanted[5, 7] == pytest.approx([5.5, 2.5, 2.5, 3.5, np.exp(-0.5 - 0.28125)])
    assert sorted(map(tuple, np.argwhere(wanted[..., 4]).tolist())) == [
        (r, c) for r in (5, 6, 7) for c in (5, 6, 7)
    ]


def test_a_small_box_has_a_bell_of_seven_tenths_and_the_cells_inside_only():
    heat, wanted = centres.targets([[9, 9, 11, 11]], [0], 1, (32, 32))
    assert heat[2, 2, 0] == 1 and heat[2, 3, 0] == pytest.approx(np.exp(-((1 / 0.7) ** 2) / 2), rel=1e-5)
    assert np.argwhere(wanted[..., 4]).tolist() == [[2, 2]]
    assert wanted[2, 2] == pytest.approx([0.25, 0.25, 0.25, 0.25, 1])


def test_boxes_over_the_edge_keep_their_centre_in_the_picture():
    heat, wanted = centres.targets([[-20, -20, 4, 4], [28, 28, 60, 60]], [0, 0], 1, (32, 32))
    assert heat[0, 0, 0] == heat[7, 7, 0] == 1 and wanted[0, 0, 4] == wanted[7, 7, 4] == 1


def test_the_focal_loss_is_that_of_the_paper():
    keras = pytest.importorskip("keras")
    true, logits = np.array([[[[1.0], [0.5]]]], "float32"), np.array([[[[0.5], [-1.0]]]], "float32")
    hit = (1 - 1 / (1 + np.exp(-0.5))) ** 2 * np.log1p(np.exp(-0.5))
    empty = 0.5**4 * (1 / (1 + np.exp(1.0))) ** 2 * np.log1p(np.exp(-1.0))
    assert float(keras.ops.convert_to_numpy(centres.centre_loss(true, logits))) == pytest.approx(
        hit + empty, rel=1e-5
    )
    nothing = np.array([[[[0.5], [0.5]]]], "float32")
    assert float(keras.ops.convert_to_numpy(centres.centre_loss(nothing, logits))) < 1, (
        "no centre, and no division by 0"
    )
    two = np.array([[[[1.0], [1.0]]]], "float32")
    other = (1 - 1 / (1 + np.exp(1.0))) ** 2 * np.log1p(np.exp(1.0))
    assert float(keras.ops.convert_to_numpy(centres.centre_loss(two, logits))) == pytest.approx(
        (hit + other) / 2, rel=1e-5
    )


def test_the_box_loss_is_the_mean_over_the_weights():
    keras = pytest.importorskip("keras")
    before = np.log(np.expm1(np.array([1.0, 1, 1, 1], "float32")))
    true = np.array([[[[1, 1, 1, 1, 1.0], [2, 2, 2, 2, 0.5]]]], "float32")
    raw = np.array([[[before, before]]], "float32")
    # The first is right. Of the second a quarter is shared, and the larger box is around both.
    expected = 0.5 * (1 - 4 / 16) / 1.5
    assert float(keras.ops.convert_to_numpy(centres.box_loss(true, raw))) == pytest.approx(expected, rel=1e-3)
    assert float(keras.ops.convert_to_numpy(centres.box_loss(0 * true, raw))) == 0


def answers(rows, columns, peaks):
    """Answers of a net with such peaks: row, column, kind, score; each with a box of one cell to each side."""
    heat = np.full((rows, columns, 2), -20.0)
    for row, column, kind, score in peaks:
        heat[row, column, kind] = np.log(score / (1 - score))
    return heat, np.full((rows, columns, 4), np.log(np.expm1(1.0)))


def test_a_peak_is_one_that_no_neighbour_surpasses_and_its_box_stays_in_the_picture():
    heat, sides = answers(
        8, 10, [(0, 0, 0, 0.9), (0, 1, 0, 0.8), (4, 4, 1, 0.6), (7, 9, 0, 0.7), (4, 6, 1, 0.25)]
    )
    places, scores, kinds = centres.boxes_from(heat, sides)
    assert scores == pytest.approx([0.9, 0.7, 0.6]) and kinds.tolist() == [0, 0, 1]
    assert places.tolist() == pytest.approx(np.array([[0, 0, 6, 6], [34, 26, 40, 32], [14, 14, 22, 22]]))
    assert len(centres.boxes_from(heat, sides, threshold=0.2)[0]) == 4
    assert len(centres.boxes_from(*answers(4, 4, [(1, 1, 0, 0.5)]), threshold=0.5)[0]) == 1, (
        "the threshold itself is enough"
    )
    edge = centres.boxes_from(
        *answers(30, 30, [(r, c, 0, 0.9) for r in range(0, 30, 2) for c in range(0, 30, 2)]), overlap=1.0
    )
    assert len(edge[0]) == centres.MOST == 100


def test_boxes_of_one_kind_that_share_more_than_half_are_one():
    sides = np.full((6, 6, 4), np.log(np.expm1(3.0)))
    heat, _ = answers(6, 6, [(2, 2, 0, 0.9), (2, 4, 0, 0.8), (4, 2, 1, 0.7)])
    # Of 6 by 6 cells (cut at the edge of the picture) the second shares more than a half with the first.
    assert len(centres.boxes_from(heat, sides, overlap=0.5)[0]) == 2
    assert len(centres.boxes_from(heat, sides, overlap=0.9)[0]) == 3


class Recorder:
    """A net that keeps what it is given, and finds one thing in each picture."""

    kinds = ("plum", "kiwi")

    def __init__(self):
        self.given = []

    def predict_on_batch(self, pictures):
        self.given.append(pictures)
        rows, columns = pictures.shape[1] // 4, pictures.shape[2] // 4
        heat, sides = answers(rows, columns, [(1, 1, 1, 0.5)])
        return np.stack([heat] * len(pictures)), np.stack([sides] * len(pictures))


def test_many_pictures_go_through_in_batches_of_one_size_with_their_numbers():
    net = Recorder()
    table = centres.find(net, np.ones((5, 32, 48, 3), np.uint8), batch_size=2)
    assert [one.shape for one in net.given] == [(2, 32, 48, 3)] * 3 and net.given[0].dtype == np.float32
    assert not net.given[-1][1].any() and net.given[-1][0].all(), "filled up with black"
    assert table["picture"].tolist() == [0, 1, 2, 3, 4] and table["kind"].unique().tolist() == ["kiwi"]
    assert list(table.columns) == ["picture", "kind", "score", *SIDES] and table[SIDES].iloc[
        0
    ].tolist() == pytest.approx([2, 2, 10, 10])
    assert len(centres.find(net, np.ones((1, 16, 16, 3)))) == 1 and net.given[-1].shape == (1, 16, 16, 3)
    assert len(centres.find(net, np.ones((1, 16, 16, 3)), threshold=0.6)) == 0
    for shape in ((16, 16, 3), (1, 24, 16, 3), (1, 16, 24, 3)):
        with pytest.raises(ValueError, match="find reads pictures"):
            centres.find(net, np.ones(shape))


def test_one_picture_is_seen_at_the_size_that_is_asked_for_and_told_in_its_own_pixels():
    net = Recorder()
    table = centres.detect(net, np.full((64, 128, 3), 9, np.uint8), size=64)
    assert net.given[0].shape == (1, 32, 64, 3) and table[SIDES].iloc[0].tolist() == pytest.approx(
        [4, 4, 20, 20]
    )
    assert list(table.columns) == ["kind", "score", *SIDES]
    centres.detect(net, np.full((64, 128, 3), 9, np.uint8))
    assert net.given[1].shape == (1, 64, 128, 3), "128 pixels unless told otherwise"
    boxes_in = keeping.frame_detector(net, size=32)
    assert boxes_in(np.full((64, 64, 3), 9, np.uint8)).tolist() == [pytest.approx([4, 4, 20, 20, 0.5, 1])]
    assert net.given[2].shape == (1, 32, 32, 3)
    assert keeping.frame_detector(net, threshold=0.6)(np.full((64, 64, 3), 9, np.uint8)).shape == (0, 6)
    assert net.given[3].shape == (1, 256, 256, 3)
    for picture in (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 3))):
        with pytest.raises(ValueError, match="uint8 array of shape"):
            centres.detect(net, picture)


@pytest.mark.parametrize(
    ("shape", "size", "padded", "inside", "scale"),
    [
        ((100, 50), 64, (64, 32), (64, 32), 0.64),
        ((30, 10), 64, (64, 32), (64, 21), 64 / 30),
        ((1, 200), 50, (16, 64), (1, 50), 0.25),
    ]
    + [((16, 16), 17, (32, 32), (17, 17), 17 / 16)],
)
def test_a_picture_is_fitted_with_sides_of_sixteens(shape, size, padded, inside, scale):
    seen = centres.fitted(np.full((*shape, 3), 200, np.uint8), size)
    assert (seen.picture.shape, seen.inside, seen.scale) == ((*padded, 3), inside, pytest.approx(scale))
    assert (seen.picture[: inside[0], : inside[1]] == 200).all()
    assert (seen.picture[inside[0] :] == 127).all() and (seen.picture[:, inside[1] :] == 127).all()


def test_a_smaller_picture_is_the_mean_and_a_larger_one_is_smooth():
    checks = np.indices((8, 8)).sum(axis=0) % 2 * 255
    assert set(
        centres.fitted(np.repeat(checks[..., None], 3, 2).astype(np.uint8), 4).picture[:4, :4].ravel()
    ) == {128}
    step = np.repeat(np.array([[0, 255]] * 2, np.uint8)[..., None], 3, 2)
    assert len(np.unique(centres.fitted(step, 16).picture[0])) > 3


# ------------------------------------------------------------------------------------------- boxes and scores


def test_a_box_that_shares_just_the_half_stays():
    pair = [[0, 0, 10, 10], [0, 0, 10, 5]]
    assert boxes.non_maximum_suppression(pair, [0.9, 0.8], overlap=0.5) == [0, 1]
    assert boxes.non_maximum_suppression(pair, [0.9, 0.8], overlap=0.49) == [0]
    assert boxes.non_maximum_suppression(pair, [0.5, 0.5]) == [0, 1], "of equals the first comes first"
    with pytest.raises(ValueError, match="2 boxes need as many scores and kinds; got 2 scores"):
        boxes.non_maximum_suppression(pair, [0.9, 0.8], kinds=[1])
    assert boxes.giou([[0, 0, 0, 0]], [[0, 0, 0, 0]]).tolist() == [[0.0]] and boxes.iou(
        [[0, 0, 0, 0]], [[0, 0, 0, 0]]
    ).tolist() == [[0.0]]


def test_a_found_box_takes_the_one_it_shares_most_with_if_it_is_free():
    truth = np.array([[0, 0, 10, 10], [0, 0, 10, 9]], float)
    found = np.array([[0, 0, 10, 9], [0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 5]], float)
    assert scoring.match(truth, found).tolist() == [1, 0, -1, -1]
    assert scoring.match(truth[:1], np.array([[0, 0, 10, 5]], float), 0.5).tolist() == [0], (
        "the half itself is enough"
    )
    assert scoring.match(truth[:1], truth[:1], 1.0).tolist() == [0]
    assert scoring.COCO_OVERLAPS == pytest.approx((0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95))
    assert len(scoring.RECALLS) == 101 and scoring.RECALLS[[0, 1, -1]] == pytest.approx([0, 0.01, 1])


def test_only_the_hundred_best_boxes_of_a_picture_count():
    truth = pd.DataFrame([(0, "plum", 0, 0, 10, 10)], columns=["picture", "kind", *SIDES])
    found = pd.DataFrame(
        [(0, "plum", 1 - n / 200, 50, 50, 60, 60) for n in range(100)] + [(0, "plum", 0.1, 0, 0, 10, 10)],
        columns=["picture", "kind", "score", *SIDES],
    )
    precision, recall, scores = scoring.precision_recall(truth, found)
    assert len(precision) == len(recall) == len(scores) == 100 and recall[-1] == 0
    precision, recall, scores = scoring.precision_recall(truth, found[1:])
    assert (precision[-1], recall[-1], scores[-1]) == (0.01, 1.0, 0.1)


def test_precision_and_recall_after_each_box():
    truth = pd.DataFrame([(0, 0, 0, 10, 10), (1, 0, 0, 10, 10)], columns=["picture", *SIDES])
    found = pd.DataFrame(
        [(1, 0.5, 0, 0, 10, 10), (2, 0.9, 0, 0, 10, 10), (0, 0.7, 0, 0, 10, 10)],
        columns=["picture", "score", *SIDES],
    )
    precision, recall, scores = scoring.precision_recall(truth, found)
    assert (
        precision.tolist() == pytest.approx([0, 1 / 2, 2 / 3])
        and recall.tolist() == [0, 0.5, 1]
        and scores.tolist() == [0.9, 0.7, 0.5]
    )
    assert [len(part) for part in scoring.precision_recall(truth, found[:0])] == [0, 0, 0]
    kinds = truth.assign(kind=["a", "b"]), found.assign(kind=["b", "a", "a"])
    assert list(scoring.average_precisions(*kinds)) == ["a", "b"]
    assert scoring.average_precisions(*kinds, kinds=["b", "c"])["b"] == 1.0
    assert np.isnan(scoring.average_precisions(*kinds, kinds=["c"])["c"])


# ------------------------------------------------------------------------------------------- windows and batches


def scene_of(*rows):
    return pd.DataFrame(rows, columns=["picture", "kind", *SIDES])


def test_pictures_are_numbered_by_their_path_and_others_fall_away():
    table = pd.DataFrame({"path": ["b", "x", "a", "b"], "kind": list("1234")}, index=[5, 6, 7, 8])
    found = scenes.numbered(table, ["a", "b"])
    assert (
        found["picture"].tolist() == [1, 0, 1]
        and found["kind"].tolist() == ["1", "3", "4"]
        and found.index.tolist() == [0, 1, 2]
    )
    assert "picture" not in table


def test_a_thing_as_large_as_the_window_has_one_place_and_a_larger_one_none():
    pictures = np.arange(40 * 40 * 3, dtype=np.uint32).reshape(1, 40, 40, 3).astype(np.uint8)
    cut, moved = scenes.single_windows(pictures, scene_of((0, "plum", 8, 4, 24, 20)), window=16)
    assert np.array_equal(cut[0], pictures[0, 4:20, 8:24]) and moved[SIDES].to_numpy().tolist() == [
        [0, 0, 16, 16]
    ]
    assert cut.dtype == np.uint8 and moved["kind"].tolist() == ["plum"]
    assert scenes.single_windows(pictures, scene_of((0, "plum", 8, 4, 25, 20)), window=16)[0].shape == (
        0,
        16,
        16,
        3,
    )
    corner = scenes.single_windows(
        pictures, scene_of((0, "plum", 0, 0, 8, 8), (0, "kiwi", 32, 32, 40, 40)), window=16, each=4
    )
    assert len(corner[0]) == 8 and corner[1]["kind"].tolist() == ["plum"] * 4 + ["kiwi"] * 4
    for (left, top, right, bottom), picture in zip(corner[1][SIDES].to_numpy(int), corner[0], strict=True):
        assert (
            0 <= left < right <= 16
            and 0 <= top < bottom <= 16
            and (right - left, bottom - top) == (8, 8)
            and picture.shape == (16, 16, 3)
        )


class Chance:
    """Stands in for the random generator: what is drawn is written down beforehand."""

    def __init__(self, places, turned, light):
        self.places, self.turned, self.light, self.asked = list(places), turned, list(light), []

    def integers(self, *range_):
        self.asked.append(range_)
        return self.places.pop(0)

    def random(self):
        return self.turned

    def uniform(self, *range_):
        self.asked.append(range_)
        return self.light.pop(0)


def example(turned, rows, light=(1.0, 0.0)):
    pictures = np.zeros((1, 64, 96, 3), np.uint8)
    pictures[0, 20:28, 40:48] = 200
    batches = scenes.training_batches(pictures, scene_of(*rows), ["plum", "kiwi"], window=32, batch_size=1)
    batches.random = Chance((8, 24), turned, light)
    return batches, batches.example(0)


def test_a_window_moves_its_boxes_and_turns_them_with_the_picture():
    rows = [(0, "kiwi", 40, 20, 48, 28)]
    batches, (x, heat, wanted) = example(0.5, rows)
    assert batches.random.asked == [(0, 33), (0, 65), (0.75, 1.25), (-15, 15)]
    assert x.shape == (32, 32, 3) and (x[12:20, 16:24] == 200).all() and x.sum() == 200 * 64 * 3
    assert np.argwhere(heat[..., 1] == 1).tolist() == [[4, 5]] and not heat[..., 0].any()
    assert wanted[4, 5] == pytest.approx([1.5, 1.5, 0.5, 0.5, 1])
    _, (x, heat, wanted) = example(0.49, rows)
    assert (x[12:20, 8:16] == 200).all() and np.argwhere(heat[..., 1] == 1).tolist() == [[4, 3]]
    assert wanted[4, 3] == pytest.approx([1.5, 1.5, 0.5, 0.5, 1])


def test_light_stays_within_0_and_255_and_boxes_mostly_outside_are_left_out():
    _, (x, heat, _) = example(0.9, [(0, "plum", 40, 20, 48, 28)], light=(1.25, 15.0))
    assert x.max() == 255 and x.min() == 15
    for right, seen in ((34, True), (33, False)):  # of ten pixels of width four, or three, are in the window
        _, (_, heat, _) = example(0.9, [(0, "plum", right - 10, 20, right - 0, 28)])
        assert heat.any() == (right - 24 >= 4 or seen)
    _, (_, heat, _) = example(0.9, [(0, "plum", 18, 20, 28, 28)])
    assert heat.any(), "four of ten pixels are seen"
    _, (_, heat, _) = example(0.9, [(0, "plum", 17, 20, 27, 28)])
    assert not heat.any(), "three of ten are too few"


def test_an_epoch_has_every_picture_once_in_another_order():
    pictures = np.zeros((5, 32, 32, 3), np.uint8)
    batches = scenes.training_batches(
        pictures, scene_of((4, "plum", 0, 0, 8, 8)), ["plum"], window=32, batch_size=2, seed=3
    )
    assert (
        len(batches) == 3
        and sorted(batches.order) == [0, 1, 2, 3, 4]
        and [len(batches[n][0]) for n in range(3)] == [2, 2, 1]
    )
    before = list(batches.order)
    batches.on_epoch_end()
    assert sorted(batches.order) == sorted(before) and list(batches.order) != before
    assert [len(rows) for rows in batches.rows] == [0, 0, 0, 0, 1]


# ------------------------------------------------------------------------------------------- points and masks


def test_a_bell_is_one_and_a_half_cells_wide():
    maps = keypoints.bells(np.array([[[11.0, 5.0]]]), side=16, stride=2)
    assert maps.shape == (1, 8, 8, 1) and maps.dtype == np.float32
    assert maps[0, 2, 5, 0] == pytest.approx(1.0) and maps[0, 2, 6, 0] == pytest.approx(
        np.exp(-1 / 1.5**2 / 2)
    )
    assert maps[0, 4, 5, 0] == pytest.approx(np.exp(-4 / 1.5**2 / 2))


def test_the_hottest_place_is_the_mean_of_nine_cells():
    maps = np.zeros((1, 6, 8, 1))
    maps[0, 2, 3], maps[0, 2, 4], maps[0, 1, 3] = 2, 1, 1
    assert keypoints.hottest(maps).tolist() == [
        [pytest.approx([(3.5 + 0.25) * 2, (2.5 - 0.25) * 2], abs=1e-6)]
    ]
    corner = np.zeros((1, 6, 8, 1))
    corner[0, 5, 7] = 1
    assert keypoints.hottest(corner, stride=1)[0, 0] == pytest.approx([7.5, 5.5], abs=1e-6)


def test_a_crop_is_in_the_middle_of_its_box():
    row = {
        "picture": 0,
        "left": 10,
        "top": 20,
        "right": 30,
        "bottom": 60,
        "stem_x": 20.0,
        "stem_y": 40.0,
        "stem_seen": 1,
    }
    _, points, lengths = keypoints.crops(
        np.zeros((1, 99, 99, 3), np.uint8), pd.DataFrame([row]), ("stem",), side=26
    )
    assert points.tolist() == [[[13, 13]]] and lengths.tolist() == [pytest.approx(20)]


def test_a_colour_is_one_of_512():
    shades = np.array(
        [[[[0, 0, 0], [31, 31, 31], [32, 0, 0], [0, 32, 0], [0, 0, 32], [255, 255, 255]]]], np.uint8
    )
    assert masks._colours(shades).ravel().tolist() == [0, 0, 64, 8, 1, 511]
    table = masks.ColourTable.fit(shades, np.array([[[0, 2, 1, 1, 2, 2]]]))
    assert table.kinds.shape == (512,) and table.kinds.dtype == np.uint8
    assert table.kinds_of(shades).ravel().tolist() == [0, 0, 1, 1, 2, 2]


def test_a_net_of_kinds_says_the_likeliest_of_each_pixel():
    asked = []
    net = SimpleNamespace(
        predict=lambda x, batch_size, verbose: (
            asked.append((x.dtype, batch_size, verbose)) or np.array([[[[0, 2, 1], [3, 0, 0]]]])
        )
    )
    assert masks.kinds_of(net, np.zeros((1, 1, 2, 3), np.uint8)).tolist() == [[[1, 0]]] and asked == [
        (np.float32, 32, 0)
    ]


def test_pieces_are_numbered_without_gaps_from_the_least_size_on():
    pieces = np.zeros((4, 12), int)
    pieces[:, :3], pieces[:2, 4:6], pieces[:, 7:10] = 1, 1, 1
    assert [int((masks.connected(pieces) == n).sum()) for n in (1, 2, 3)] == [12, 12, 0]
    assert masks.connected(pieces, least=4).max() == 3 and masks.connected(pieces, least=13).max() == 0
    kinds = np.zeros((20, 40), int)
    kinds[2:10, 2:10], kinds[2:10, 20:28] = 2, 1
    numbers = masks.by_kind(kinds)
    assert (numbers[5, 24], numbers[5, 5], numbers.max()) == (1, 2, 2)


def test_what_is_shared_by_just_a_half_is_not_found():
    true, found = np.zeros((2, 8), int), np.zeros((2, 8), int)
    true[:, :4], found[:, :2] = 1, 1
    assert masks.instance_matches(true, found) == (0, 1, 1)
    assert masks.instance_matches(true, found, overlap=0.49) == (1, 1, 1)


# ------------------------------------------------------------------------------------------- following


def test_motion_doubts_and_corrects_as_a_kalman_filter_does():
    motion = tracking.Motion(np.array([0.0, 0, 10, 20]))
    assert motion.state.tolist() == [[5, 10, 10, 20], [0, 0, 0, 0]] and motion.doubt.tolist() == [
        [1, 0],
        [0, 10],
    ]
    assert motion.predict().tolist() == [0, 0, 10, 20]
    assert motion.doubt == pytest.approx(np.array([[11.0125, 10.025], [10.025, 10.05]]))
    motion.correct(np.array([2.0, 0, 12, 20]))
    gain = np.array([11.0125, 10.025]) / 12.0125
    assert motion.state[:, 0] == pytest.approx([5 + 2 * gain[0], 2 * gain[1]])
    assert motion.doubt == pytest.approx(
        np.array([[11.0125, 10.025], [10.025, 10.05]]) - np.outer(gain, [11.0125, 10.025])
    )
    assert motion.predict()[0] == pytest.approx(2 * gain[0] + 2 * gain[1])
    motion.state[0, 2:] = -3, 0.5
    x, y = motion.state[0, :2]
    assert motion.box == pytest.approx([x - 0.5, y - 0.5, x + 0.5, y + 0.5]), "a box has at least a pixel"


def test_who_stands_still_is_expected_where_it_was():
    still = tracking.StandStill([1, 2, 3, 4])
    assert still.predict().tolist() == [1, 2, 3, 4]
    still.correct([5, 6, 7, 8])
    assert still.predict().tolist() == [5, 6, 7, 8] and still.box.dtype == float


def row(x, score=0.9, label=0, wide=10):
    return [x, 0, x + wide, 10, score, label]


def test_scores_at_the_edges_begin_and_continue_tracks():
    tracker = tracking.Tracker(minimum_age=1, low=0.1)
    assert len(tracker.update([row(0, 0.4), row(50, 0.39)])) == 1, "0.4 begins a track, and less does not"
    assert len(tracker.update([row(0, 0.1)])) == 1 and len(tracker.update([row(0, 0.09)])) == 0
    (track,) = tracker.tracks
    assert track.votes == {0: 0.5} and track.missed == 1 and [frame for frame, _ in track.trail] == [0, 1]
    assert (tracker.frame, tracker.confirmed, track.id) == (2, 1, 1)


def test_a_fifth_is_enough_to_continue_and_less_is_not():
    for shift, kept in ((6.6, 1), (6.7, 2)):  # 3.4 of 16.6 are shared, or 3.3 of 16.7
        tracker = tracking.Tracker(minimum_age=1, motion=False)
        tracker.update([row(0)])
        tracker.update([row(shift)])
        assert tracker.confirmed == kept


def test_the_kind_is_that_of_the_largest_sum():
    tracker = tracking.Tracker(minimum_age=1)
    for score, label in ((0.9, 2), (0.5, 1), (0.5, 1)):
        tracker.update([row(0, score, label)])
    table = tracker.table()
    assert table["label"].tolist() == [1, 1, 1] and list(table.columns) == ["frame", "id", *SIDES, "label"]
    assert table[SIDES].iloc[0].tolist() == [0, 0, 10, 10] and table["id"].dtype == int
    assert tracking.Tracker().table().empty


@pytest.mark.parametrize(
    ("line", "directions"),
    [
        (((50, 0), (50, 20)), ["right"]),
        (((50, 20), (50, 0)), ["right"]),
        (((40, 0), (60, 20)), ["right"]),
        (((60, 0), (40, 20)), ["right"]),
    ],
)
def test_right_is_right_of_a_line_seen_from_above(line, directions):
    tracks = pd.DataFrame(
        [(f, 3, 20 + 10 * f, 5, 30 + 10 * f, 15) for f in range(6)], columns=["frame", "id", *SIDES]
    )
    crossed = tracking.count_crossings(tracks, line)
    assert crossed["direction"].tolist() == directions and crossed["id"].tolist() == [3]
    back = tracks.assign(frame=5 - tracks["frame"])
    assert tracking.count_crossings(back, line)["direction"].tolist() == ["left"]


def test_a_line_that_lies_level_has_an_upper_and_a_lower_side():
    tracks = pd.DataFrame(
        [(f, 1, 0, 10 * f, 10, 10 * f + 10) for f in range(6)], columns=["frame", "id", *SIDES]
    )
    for line in (((-50, 30), (50, 30)), ((50, 30), (-50, 30)), ((-50, 20), (50, 40))):
        assert tracking.count_crossings(tracks, line)["direction"].tolist() == ["down"]
        assert tracking.count_crossings(tracks.assign(frame=5 - tracks["frame"]), line)[
            "direction"
        ].tolist() == ["up"]


def test_the_margin_is_two_pixels_and_the_ends_of_the_line_count():
    def crossings(xs, line=((50, 0), (50, 10))):
        tracks = pd.DataFrame(
            [(f, 1, x - 5, 0, x + 5, 10) for f, x in enumerate(xs)], columns=["frame", "id", *SIDES]
        )
        return len(tracking.count_crossings(tracks, line))

    assert crossings([47.9, 52.1]) == 1 and crossings([48, 52]) == 0 and crossings([47.9, 52]) == 0
    assert crossings([40, 60], ((50, 5), (50, 20))) == 1, "just at the end of the line"
    assert crossings([40, 60], ((50, 5.1), (50, 20))) == 0 and crossings([40, 60], ((50, -20), (50, 5))) == 1
    with pytest.raises(ValueError, match="two different ends"):
        crossings([40, 60], ((50, 5), (50, 5.9)))


def test_errors_per_true_box_and_none_where_there_is_none():
    assert tracking.TrackingScores(10, 1, 2, 3).mota == pytest.approx(0.4)
    assert tracking.TrackingScores(0, 0, 1, 0).mota == 0


# ------------------------------------------------------------------------------------------- films


def test_a_film_says_its_speed_and_who_was_counted():
    tracks = pd.DataFrame(
        [(0, 1, 0, 0, 4, 4, 0, "car"), (3, 2, 0, 0, 4, 4, 0, "van")],
        columns=["frame", "id", *SIDES, "label", "kind"],
    )
    crossings = pd.DataFrame(
        [(1, 1, "right", "car"), (2, 1, "left", "car"), (3, 2, "right", "van")],
        columns=["frame", "id", "direction", "kind"],
    )
    seen = watching.Watched(
        np.zeros((24, 16, 16, 3), np.uint8), tracks, crossings, ((8, 0), (8, 16)), 12.0, 0.5
    )
    assert seen.speed == 48 and watching.Watched(
        seen.frames, tracks, crossings, None, 12.0, 0.0
    ).speed == pytest.approx(24e9)
    assert seen.counts.to_dict() == {"left": {"car": 1, "van": 0}, "right": {"car": 1, "van": 1}}
    film = seen.film()
    assert film.alt == (
        "A film of 2 seconds, of which 24 frames are shown: a box with a number follows each of 2 things, and the count of "
        "crossings reaches 3."
    )
    assert (film.frames_per_second, film.width, film.frames.shape[1]) == (12.0, 512, 32 + 14)
    part = seen.film(part=slice(0, 3, 2), width=300)
    assert (
        part.frames_per_second == 6
        and part.width == 300
        and "2 frames are shown" in part.alt
        and "each of 1 things" in part.alt
    )
    assert part.alt.endswith("reaches 2.")
    assert seen.film("Two things cross a line.").alt == "Two things cross a line."
    assert watching.Watched(seen.frames, tracks, crossings, None, 12.0, 0.5).film().frames.shape[1] == 32, (
        "no line, no strip"
    )


def film_of(path, durations, size=(20, 10)):
    pictures = [Image.new("RGB", size, (10 * n, 0, 0)) for n in range(len(durations))]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=list(durations))
    return path


def test_the_speed_of_a_film_is_that_of_its_mean_frame(tmp_path):
    assert watching.read_film(film_of(tmp_path / "a.gif", [100, 300]))[1] == pytest.approx(5.0)
    Image.new("RGB", (20, 10)).save(tmp_path / "one.PNG")
    frames, speed = watching.read_film(tmp_path / "one.PNG")
    assert (frames.shape, speed) == ((1, 10, 20, 3), 12.0), "a picture says no speed"
    seen = watching.watch(film_of(tmp_path / "b.gif", [50, 50]), lambda frame: [])
    assert (
        seen.frames_per_second == pytest.approx(20)
        and seen.line is None
        and list(seen.crossings.columns) == ["frame", "id", "direction", "kind"]
    )
    assert (
        watching.watch(str(tmp_path / "b.gif"), lambda frame: [], frames_per_second=3).frames_per_second == 3
    )
    assert watching.watch(np.zeros((2, 8, 8, 3), np.uint8), lambda frame: []).frames_per_second == 12.0


def test_a_frame_as_wide_as_a_page_stays_and_a_wider_one_keeps_its_proportions():
    assert watching._small(Image.new("RGB", (640, 7))).shape == (7, 640, 3)
    assert watching._small(Image.new("RGB", (641, 99))).shape == (99, 640, 3)
    assert watching._small(Image.new("RGB", (1280, 51))).shape == (26, 640, 3)


def test_kinds_are_named_and_a_number_without_a_name_is_itself():
    def found(frame):
        return [row(0), row(40, label=7)]

    seen = watching.watch(np.zeros((4, 16, 64, 3), np.uint8), found, kinds=("car",), minimum_age=1)
    assert seen.tracks.groupby("id")["kind"].first().tolist() == ["car", "7"]


def test_a_detector_is_kept_in_half_precision(tmp_path):
    net = SimpleNamespace(
        kinds=("fig",), get_weights=lambda: [np.ones((3, 3), "float32"), np.zeros(3, "float32")]
    )
    keeping.save_detector(net, tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as stored:
        kept = {name: stored[name].dtype for name in stored.files}
        assert kept.pop("kinds").kind == "U" and kept == {"w000": np.float16, "w001": np.float16}
