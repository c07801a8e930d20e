"""The bundled road is what its data card says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils.datasets import ROAD_KINDS, load_road
from course_utils.further.detection import count_crossings, tracking_scores

ROOT = Path(__file__).resolve().parents[2]
ROAD = ROOT / "data" / "road"


@pytest.fixture(scope="module")
def road():
    return load_road()


def test_the_film_has_180_frames(road):
    assert road.frames().shape == (180, 144, 256, 3)


def test_there_are_fifty_streets_with_five_stills_each(road):
    stills = road.stills()
    assert len(stills) == 250 and set(stills.groupby("scene").size()) == {5}
    assert stills["scene"].nunique() == 50
    assert road.read(stills["path"][:3]).shape == (3, 144, 256, 3)


@pytest.mark.parametrize("name", ["truth", "boxes"])
def test_boxes_lie_in_the_picture_and_every_kind_is_met(road, name):
    boxes = getattr(road, name)()
    assert (
        (boxes["left"] >= 0).all()
        and (boxes["right"] <= 256).all()
        and (boxes["left"] < boxes["right"]).all()
    )
    assert (
        (boxes["top"] >= 0).all()
        and (boxes["bottom"] <= 144).all()
        and (boxes["top"] < boxes["bottom"]).all()
    )
    assert set(boxes["kind"]) == set(ROAD_KINDS)
    assert boxes["seen"].between(0.25, 1).all()


def test_twenty_cross_the_line_and_each_once(road):
    crossings = road.crossings()
    assert len(crossings) == 20 and crossings["id"].is_unique
    assert set(crossings["direction"]) == {"left", "right"}


def test_counting_the_true_boxes_gives_the_true_crossings(road):
    counted = count_crossings(road.truth(), road.line)
    both = counted.merge(road.crossings(), on=["id", "direction"], suffixes=("", "_true"))
    assert len(counted) == len(both) == 20
    assert (both["frame"] - both["frame_true"]).abs().max() <= 8


def test_some_are_hidden_and_come_back(road):
    truth = road.truth()
    gaps = truth.groupby("id")["frame"].agg(lambda frames: int(frames.diff().max()))
    assert (gaps > 2).sum() >= 3, "numbers that are not seen for some frames"
    assert tracking_scores(truth, truth).mota == 1.0


def test_a_van_stops_before_the_line(road):
    van = road.truth().query("id == 2 and 40 <= frame <= 70")
    middle = (van["left"] + van["right"]) / 2
    assert middle.max() - middle.min() < 4 and (van["right"] < road.line[0][0] + 12).all()


def test_the_manifest_matches_the_files():
    from tools.render_fruits.manifest import folder_digests

    recorded = json.loads((ROAD / "manifest.json").read_text(encoding="utf-8"))
    assert folder_digests(ROAD) == recorded, "run: python -m tools.render_road"


def test_the_set_is_small():
    assert (ROAD / "film.webp").stat().st_size < 2.5e6
    assert sum(path.stat().st_size for path in ROAD.rglob("*") if path.is_file()) < 4.5e6
