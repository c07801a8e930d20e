"""The detector's parts fit each other: what the targets say is what decoding reads, and the losses know the difference."""

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets.common import DataError
from course_utils.further.detection import (
    decode,
    detect,
    detector_net,
    find,
    frame_detector,
    giou,
    load_detector,
    numbered,
    save_detector,
    single_windows,
    targets,
    training_batches,
)
from course_utils.further.detection.centres import PRIOR, STRIDE, boxes_from, fitted
from course_utils.further.detection.scoring import SIDES

keras = pytest.importorskip("keras")

KINDS = ("plum", "kiwi")
BOXES = np.array([[8, 12, 40, 36], [50, 50, 90, 86], [60, 20, 70, 30]], float)


def logits(heat):
    return np.log(np.clip(heat, 1e-4, 1 - 1e-4) / (1 - np.clip(heat, 1e-4, 1 - 1e-4)))


def before_softplus(distances):
    return np.log(np.expm1(np.maximum(distances, 1e-3)))


def test_decoding_reads_what_the_targets_say():
    centres, wanted = targets(BOXES, np.array([0, 1, 0]), 2, (96, 96))
    assert centres.shape == (24, 24, 2) and wanted.shape == (24, 24, 5) and centres.max() == 1
    found = decode(logits(centres), before_softplus(wanted[..., :4]), KINDS)
    assert sorted(found["kind"]) == ["kiwi", "plum", "plum"]
    for box in BOXES:
        assert np.abs(found[SIDES].to_numpy() - box).max(axis=1).min() < 0.1


def test_the_table_shows_the_boxes_of_numpy():
    random = np.random.default_rng(0)
    centres, boxes = random.normal(0, 1, (12, 16, 2)), random.normal(1, 1, (12, 16, 4))
    places, scores, kinds = boxes_from(centres, boxes, 0.6)
    table = decode(centres, boxes, KINDS, 0.6)
    assert len(table) == len(places) > 3
    assert np.array_equal(table[SIDES], places) and np.array_equal(table["score"], scores)
    assert list(table["kind"]) == [KINDS[number] for number in kinds]
    places, scores, kinds = boxes_from(np.full((4, 4, 2), -9.0), np.zeros((4, 4, 4)))
    assert places.shape == (0, 4) and len(scores) == len(kinds) == 0
    assert list(decode(np.full((4, 4, 2), -9.0), np.zeros((4, 4, 4)), KINDS).columns) == [
        "kind",
        "score",
        *SIDES,
    ]


def test_a_fitted_picture_leads_back_to_its_own_pixels():
    seen = fitted(np.full((50, 200, 3), 9, np.uint8), 128)
    assert seen.picture.shape == (32, 128, 3) and seen.inside == (32, 128)
    np.testing.assert_allclose(seen.enlarged(np.array([[0, 0, 500, 500]])), [[0, 0, 200, 50]])
    seen = fitted(np.full((100, 100, 3), 9, np.uint8), 40)
    assert (
        seen.picture.shape == (48, 48, 3)
        and (seen.picture[40:] == 127).all()
        and (seen.picture[:40, :40] == 9).all()
    )


def test_a_picture_without_boxes_asks_for_nothing():
    centres, wanted = targets(np.zeros((0, 4)), np.zeros(0, int), 2, (32, 64))
    assert centres.shape == (8, 16, 2) and not centres.any() and not wanted.any()


def test_the_smaller_box_keeps_its_cells():
    _, wanted = targets([[0, 0, 60, 60], [26, 26, 36, 36]], [0, 1], 2, (64, 64))
    assert wanted[7, 7, :4].max() < 10 / STRIDE


def test_the_losses_know_right_from_wrong():
    from course_utils.further.detection import box_loss, centre_loss

    centres, wanted = (part[None] for part in targets(BOXES, np.array([0, 1, 0]), 2, (96, 96)))
    number = keras.ops.convert_to_numpy
    right = logits(centres).astype("float32")
    assert number(centre_loss(centres, right)) < 0.2 < number(centre_loss(centres, right[..., ::-1]))
    raw = before_softplus(wanted[..., :4]).astype("float32")
    assert number(box_loss(wanted, raw)) == pytest.approx(0, abs=1e-3)
    shifted = wanted[..., :4] + np.array([0.5, 0, -0.5, 0], np.float32)
    one = np.zeros_like(wanted)
    row, column = np.argwhere(wanted[0, ..., 4] == 1)[0]
    one[0, row, column] = wanted[0, row, column]
    left, top, right_, bottom, _ = one[0, row, column]
    expected = 1 - giou([[-left, -top, right_, bottom]], [[-left - 0.5, -top, right_ - 0.5, bottom]])[0, 0]
    raw = before_softplus(shifted).astype("float32")
    assert number(box_loss(one, raw)) == pytest.approx(expected, abs=1e-3)


def test_the_prior_keeps_the_first_loss_small():
    from course_utils.further.detection import centre_loss

    centres = targets(BOXES, np.array([0, 1, 0]), 2, (96, 96))[0][None]
    with_prior, without = (
        float(keras.ops.convert_to_numpy(centre_loss(centres, np.full(centres.shape, bias, "float32"))))
        for bias in (PRIOR, 0.0)
    )
    assert without > 5 * with_prior


@pytest.fixture(scope="module")
def net():
    keras.utils.set_random_seed(0)
    return detector_net(KINDS, width=16)


def test_the_net_is_small_and_takes_pictures_of_any_multiple_of_16(net):
    assert detector_net(("a",) * 8).count_params() < 500_000
    for height, width in ((96, 96), (32, 64)):
        centres, boxes = net.predict(np.zeros((1, height, width, 3)), verbose=0)
        assert centres.shape == (1, height // 4, width // 4, 2) and boxes.shape[-1] == 4
        assert centres.mean() == pytest.approx(PRIOR, abs=0.5)
    with pytest.raises(ValueError, match="multiples of 16"):
        find(net, np.zeros((1, 90, 90, 3), np.uint8))


def test_one_picture_of_any_size_is_read_in_its_own_pixels(net):
    picture = np.random.default_rng(0).integers(0, 256, (50, 200, 3), dtype=np.uint8)
    table = detect(net, picture, threshold=0.0)
    assert list(table.columns) == ["kind", "score", *SIDES] and table["score"].is_monotonic_decreasing
    assert (table[SIDES].to_numpy() <= np.array([200, 50, 200, 50])).all() and (table[SIDES] >= 0).all(
        axis=None
    )
    boxes = frame_detector(net, size=128, threshold=0.0)(picture)
    assert boxes.shape == (len(table), 6) and set(boxes[:, 5]) <= {0.0, 1.0}
    with pytest.raises(ValueError, match="uint8 array of shape"):
        detect(net, picture / 255)


def test_a_detector_is_kept_and_read_again(net, tmp_path):
    save_detector(net, tmp_path / "net.npz")
    again = load_detector(tmp_path / "net.npz")
    assert again.kinds == KINDS and again.count_params() == net.count_params()
    x = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3))
    assert np.abs(again.predict(x, verbose=0)[0] - net.predict(x, verbose=0)[0]).max() < 0.05
    (tmp_path / "broken.npz").write_bytes(b"no")
    for name in ("broken.npz", "missing.npz"):
        with pytest.raises(DataError, match="cannot be read"):
            load_detector(tmp_path / name)


@pytest.fixture
def scenes():
    random = np.random.default_rng(1)
    pictures = random.integers(0, 50, (6, 64, 64, 3)).astype(np.uint8)
    rows = []
    for number in range(5):  # the last one is empty
        left, top = random.integers(0, 40, 2)
        pictures[number, top : top + 20, left : left + 16] = 250
        rows.append((f"{number}.jpg", KINDS[number % 2], left, top, left + 16, top + 20))
    return pictures, numbered(
        pd.DataFrame(rows, columns=["path", "kind", *SIDES]), [f"{n}.jpg" for n in range(6)]
    )


def test_batches_show_the_boxes_where_the_things_are(scenes):
    pictures, boxes = scenes
    batches = training_batches(pictures, boxes, KINDS, window=48, batch_size=4, seed=0)
    assert len(batches) == 2
    for index in range(2):
        x, (centres, wanted) = batches[index]
        for picture, heat, sides in zip(x, centres, wanted, strict=True):
            for row, column in np.argwhere(sides[..., 4] > 0.999):
                left, top, right, bottom = sides[row, column, :4] * STRIDE
                y, z = (row + 0.5) * STRIDE, (column + 0.5) * STRIDE
                inside = picture[round(y - top) : round(y + bottom), round(z - left) : round(z + right)]
                assert inside.min() > 150 and heat[row, column].max() > 0.999
    first, again = (training_batches(pictures, boxes, KINDS, window=48, seed=3)[0][0] for _ in range(2))
    assert np.array_equal(first, again)


def test_batches_refuse_what_does_not_fit(scenes):
    pictures, boxes = scenes
    with pytest.raises(ValueError, match="the net knows plum"):
        training_batches(pictures, boxes, ("plum",), window=48)
    with pytest.raises(ValueError, match="does not fit"):
        training_batches(pictures, boxes, KINDS, window=96)


def test_a_single_window_holds_one_whole_thing_and_nothing_of_another(scenes):
    pictures, boxes = scenes
    cut, moved = single_windows(pictures, boxes, window=32)
    assert len(cut) == len(moved) == 5
    for picture, (left, top, right, bottom) in zip(cut, moved[SIDES].to_numpy(int), strict=True):
        assert picture[top:bottom, left:right].min() == 250 and (picture == 250).sum() == 3 * 16 * 20
    assert len(single_windows(pictures, boxes, window=32, each=3)[0]) == 15
    pair = pd.DataFrame(
        {"picture": 0, "kind": "plum", "left": [2, 70], "top": [2, 70], "right": [12, 80], "bottom": [12, 80]}
    )
    apart = single_windows(np.zeros((1, 96, 96, 3), np.uint8), pair, window=32)[1]
    assert len(apart) == 2, "a thing far to the left or to the right of a window does not spoil it"
    near = pd.concat([boxes[:1], boxes[:1].assign(left=boxes["left"] + 1, right=boxes["right"] + 1)])
    assert len(single_windows(pictures, near.reset_index(drop=True), window=32)[0]) == 0


def test_a_few_steps_teach_the_net_where_the_bright_things_are(scenes):
    from course_utils.further.detection import box_loss, centre_loss

    pictures, boxes = scenes
    keras.utils.set_random_seed(0)
    small = detector_net(KINDS, width=16)
    small.compile(keras.optimizers.Adam(0.01), [centre_loss, box_loss], jit_compile=False)
    history = small.fit(training_batches(pictures, boxes, KINDS, window=48, seed=0), epochs=12, verbose=0)
    assert history.history["loss"][-1] < 0.6 * history.history["loss"][0]


def test_the_exported_net_answers_as_keras_does(net, tmp_path):
    pytest.importorskip("onnxruntime")
    from course_utils.further.serving import export, load

    labels = {"centres": list(KINDS), "boxes": ["left", "top", "right", "bottom"]}
    pictures = np.random.default_rng(0).uniform(0, 255, (2, 64, 96, 3)).astype("float32")
    path = export(
        net, tmp_path, name="detector", labels=labels, preprocessing={"kind": "numbers"}, check=pictures
    )
    answers = load(path).predict(pictures[:, :32])
    assert [one.shape for one in answers] == [(2, 8, 24, 2), (2, 8, 24, 4)]
