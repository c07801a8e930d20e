"""No box vanishes between two limits: what is strong enough to continue a track is strong enough to begin one."""

import json

import numpy as np
import pytest

from course_utils.foundation import config
from course_utils.further.detection import Tracker, count_crossings, follow

LINE = ((50, 0), (50, 100))


def box(x, y=50.0, score=0.9, size=10.0):
    """A row of boxes (6,) around a middle."""
    return [x - size / 2, y - size / 2, x + size / 2, y + size / 2, score, 0]


def test_boxes_of_all_scores_above_the_limit_begin_tracks():
    """roboflow/trackers#475: of scores 0.50, 0.65 and 0.80 that matched nothing, the middle one vanished."""
    frame = np.array([box(20.0 * place, score=score) for place, score in enumerate((0.50, 0.65, 0.80), 1)])
    seen = Tracker(minimum_age=1).update(frame)
    assert [track.id for track in seen] == [1, 2, 3]


@pytest.mark.parametrize("low", [None, 0.15])
def test_every_strong_box_belongs_to_one_track(low):
    random = np.random.default_rng(0)
    tracker = Tracker(minimum_age=1, low=low)
    for _ in range(30):
        frame = np.array(
            [box(x, y, score) for x, y, score in random.uniform((0, 0, 0), (300, 300, 1), (12, 3))]
        )
        places = [tuple(track.trail[-1][1]) for track in tracker.update(frame)]
        strong = {tuple(row[:4]) for row in frame if row[4] >= tracker.high}
        assert strong <= set(places) and len(places) == len(set(places))


@pytest.mark.parametrize("score", np.linspace(0.4, 1.0, 13))
def test_a_thing_is_counted_once_however_sure_its_boxes_are(score):
    tracks = follow([np.array([box(20 + 5 * frame, score=score)]) for frame in range(12)])
    assert tracks["id"].tolist() == [1] * 12
    assert count_crossings(tracks, LINE)["direction"].tolist() == ["right"]


def test_the_exercise_says_so():
    content = json.loads(config.notebook_path("10-detection").read_text(encoding="utf-8"))
    (asked,) = ("".join(cell["source"]) for cell in content["cells"] if cell["id"] == "exercise-2")
    assert "Our tracker has one limit: each box above it continues a track or begins one." in asked
