"""The detector of COCO's kinds is the published net, and its rows become boxes in the picture's own pixels."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.foundation import assets, config
from course_utils.further.detection import yolox
from course_utils.further.detection.coco import KINDS

SIDE = 64


class Told:
    """A net that answers what a test wants: one object in a cell of the finest head."""

    input_shape = (None, SIDE, SIDE, 3)

    def __init__(self, *objects):
        self.objects, self.batches = objects, []

    def predict_on_batch(self, squares):
        self.batches.append(len(squares))
        rows = np.zeros((len(squares), 8 * 8 + 4 * 4 + 2 * 2, 85), np.float32)
        rows[..., 4] = 0.01
        for cell, (x, y, width, height), kind, score in self.objects:
            rows[:, cell, :4] = x, y, np.log(width), np.log(height)
            rows[:, cell, 4], rows[:, cell, 5 + KINDS.index(kind)] = score, 1
        return rows


def weights_file() -> Path:
    """The published file, from the cache or the mirror; the test is skipped where it is in neither."""
    mirror = os.environ.get("COURSE_MIRROR", "")
    places = [config.cache_dir() / "data" / yolox.ASSET / yolox.FILE, Path(mirror) / "vision" / yolox.FILE]
    found = [place for place in places if place.is_file()]
    if not found:
        pytest.skip("the weights of YOLOX-nano are not on this machine: course data fetch yolox-nano")
    return found[0]


@pytest.fixture(scope="module")
def net():
    return yolox.build_yolox(SIDE)


def test_the_names_are_cocos_80_in_their_order() -> None:
    assert len(KINDS) == len(set(KINDS)) == 80
    assert [KINDS[place] for place in (0, 2, 46, 47, 49, 79)] == [
        "person", "car", "banana", "apple", "orange", "toothbrush",
    ]  # fmt: skip
    assert all(name == " ".join(name.split()) and name for name in KINDS)


def test_the_net_has_the_published_number_of_parameters_and_one_row_per_cell(net) -> None:
    assert net.count_params() == 904_463
    assert net.output_shape == (None, 8 * 8 + 4 * 4 + 2 * 2, 85)
    with pytest.raises(yolox.DetectorError, match="multiple of 32"):
        yolox.build_yolox(100)


def test_weights_come_back_from_a_small_file_and_those_of_another_net_are_refused(net, tmp_path) -> None:
    place = yolox.save_weights(net, tmp_path / "own")
    again = yolox.load_yolox(place, SIDE)
    picture = np.random.default_rng(0).uniform(0, 255, (1, SIDE, SIDE, 3)).astype("float32")
    assert np.allclose(net.predict_on_batch(picture), again.predict_on_batch(picture), atol=0.02)
    assert place.suffix == ".npz" and place.stat().st_size < 2e6
    np.savez(tmp_path / "other.npz", a_kernel=np.zeros((1, 1, 3, 4)), a_bias=np.zeros(4))
    with pytest.raises(yolox.DetectorError, match="has 1 convolutions.*course data fetch yolox-nano"):
        yolox.load_yolox(tmp_path / "other.npz", SIDE)


def test_it_gives_the_numbers_of_the_published_file() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    place = weights_file()
    session = onnxruntime.InferenceSession(str(place), providers=["CPUExecutionProvider"])
    ours = yolox.load_yolox(place)
    noise = np.random.default_rng(1).uniform(0, 255, (yolox.SIDE, yolox.SIDE, 3)).astype("float32")
    picture = config.repository_root() / "data" / "fruits" / "market" / "Test" / "Banana" / "n01.jpg"
    for square in (noise, yolox.letterbox(Image.open(picture))[0]):
        (true,) = session.run(None, {"images": square.transpose(2, 0, 1)[None]})
        found = np.asarray(ours.predict_on_batch(square[None]))
        assert np.abs(found[..., 4:] - true[..., 4:]).max() < 1e-4
        assert np.allclose(found, true, rtol=1e-4, atol=1e-4)


def test_a_letterboxed_picture_is_bgr_from_the_upper_left_and_grey_below() -> None:
    red = np.zeros((10, 20, 3), np.uint8)
    red[..., 0] = 200
    square, scale = yolox.letterbox(red, SIDE)
    assert square.shape == (SIDE, SIDE, 3) and square.dtype == np.float32 and scale == SIDE / 20
    assert (square[:32] == (0, 0, 200)).all() and (square[32:] == yolox.GREY).all()
    assert np.array_equal(yolox.letterbox(Image.fromarray(red), SIDE)[0], square)


def test_a_row_says_where_from_its_own_cell() -> None:
    rows = np.zeros((1, 84, 85), np.float32)
    rows[0, 8 + 2] = [
        0.5,
        0.5,
        np.log(2),
        np.log(4),
        0.5,
        *[0.8] * 80,
    ]  # second line, third cell of the finest head
    rows[0, 64 + 5] = [0, 0, 0, 0, 1, *[0.3] * 80]  # second line, second cell of the next one
    boxes, scores = yolox.decode(rows, SIDE)
    assert np.allclose(boxes[0, 10], [20 - 8, 12 - 16, 20 + 8, 12 + 16])
    assert np.allclose(boxes[0, 69], [16 - 8, 16 - 8, 16 + 8, 16 + 8])
    assert np.allclose(scores[0, 10], 0.4) and np.allclose(scores[0, 69], 0.3)


def test_boxes_lie_in_the_pictures_own_pixels_and_doubles_are_gone() -> None:
    net = Told(
        (9, (0.5, 0.5, 2, 2), "banana", 0.9),
        (10, (-0.4, 0.5, 2, 2), "banana", 0.6),  # nearly the same box, from the cell beside
        (54, (0.5, 0.5, 2, 2), "car", 0.5),
        (55, (0.5, 0.5, 9, 9), "cat", 0.2),
    )
    picture = np.zeros((128, 128, 3), np.uint8)  # twice as large as the square
    (table,) = yolox.find_objects(net, [picture])
    assert table["kind"].tolist() == ["banana", "car"]
    assert table.loc[0, ["left", "top", "right", "bottom"]].tolist() == [8, 8, 40, 40]
    assert table["score"].tolist() == pytest.approx([0.9, 0.5])
    (cars,) = yolox.find_objects(net, [picture], kinds=["car"])
    assert cars["kind"].tolist() == ["car"]
    assert yolox.find_objects(net, [Image.fromarray(picture)], score=0.95)[0].empty
    with pytest.raises(yolox.DetectorError, match="COCO has no 'pineapple'"):
        yolox.find_objects(net, [picture], kinds=["pineapple"])


def test_pictures_go_through_in_batches_of_one_size() -> None:
    net = Told((9, (0.5, 0.5, 2, 2), "banana", 0.9))
    tables = yolox.find_objects(net, [np.zeros((64, 64, 3), np.uint8)] * 5, batch_size=2)
    assert len(tables) == 5 and net.batches == [2, 2, 2]
    assert len(yolox.find_objects(net, [np.zeros((64, 64, 3), np.uint8)])) == 1 and net.batches[-1] == 1
    assert yolox.find_objects(net, []) == []


def test_it_follows_and_counts_in_a_film_of_a_street(monkeypatch) -> None:
    from course_utils.further.detection import watch

    class Passing(Told):
        """A car that moves by a cell of 8 pixels from frame to frame, and a banana, which nobody asked for."""

        def predict_on_batch(self, squares):
            at = len(self.batches)
            self.objects = (8 + at, (0.5, 0.5, 2, 2), "car", 0.9), (40, (0.5, 0.5, 2, 2), "banana", 0.9)
            return super().predict_on_batch(squares)

    monkeypatch.setattr(yolox, "coco_detector", Passing)
    look = yolox.coco_frames(("bus", "car"))
    assert look(np.zeros((64, 64, 3), np.uint8)).tolist() == [[0, 4, 12, 20, pytest.approx(0.9), 1]]
    watched = watch(np.zeros((6, 64, 64, 3), np.uint8), look, ((30, 0), (30, 63)), ("bus", "car"))
    assert watched.counts.loc["car", "right"] == 1 and watched.tracks["kind"].unique().tolist() == ["car"]
    empty = Told()
    monkeypatch.setattr(yolox, "coco_detector", lambda: empty)
    assert yolox.coco_frames()(np.zeros((64, 64, 3), np.uint8)).shape == (0, 6)
    assert set(yolox.STREET) <= set(KINDS)


def test_without_the_weights_it_says_what_to_type(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("COURSE_MIRROR", "")
    yolox.coco_detector.cache_clear()
    with pytest.raises(assets.AssetError, match="course data fetch yolox-nano"):
        yolox.detect_coco(np.zeros((64, 64, 3), np.uint8))
