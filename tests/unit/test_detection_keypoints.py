"""Points: crops carry them along, heat maps give them back, and PCK counts what is near enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils.further.detection import keypoints


def boxes(**changes) -> pd.DataFrame:
    row = {
        "picture": 0, "left": 20, "top": 30, "right": 60, "bottom": 50,
        "stem_x": 20.0, "stem_y": 40.0, "stem_seen": 1, "tip_x": 60.0, "tip_y": 50.0, "tip_seen": 0,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def test_a_crop_carries_its_points_along_and_forgets_what_is_hidden() -> None:
    picture = np.zeros((1, 100, 100, 3), np.uint8)
    picture[0, 39:41, 19:21] = 255
    shown, points, lengths = keypoints.crops(picture, boxes())
    assert shown.shape == (1, 48, 48, 3) and points.shape == (1, 2, 2)
    scale = 48 / 52  # 40 pixels and 15 % on both sides
    assert points[0, 0] == pytest.approx([6 * scale, 26 * scale - 0], abs=1e-6)
    assert np.isnan(points[0, 1]).all() and lengths == pytest.approx([40 * scale])
    row, column = np.unravel_index(shown[0, ..., 0].argmax(), (48, 48))
    assert abs(column + 0.5 - points[0, 0, 0]) < 1.5 and abs(row + 0.5 - points[0, 0, 1]) < 1.5
    assert keypoints.crops(picture, boxes(), points=("stem",))[1].shape == (1, 1, 2)


def test_a_heat_map_gives_its_point_back_to_half_a_pixel() -> None:
    points = np.random.default_rng(0).uniform(4, 44, (50, 2, 2))
    assert np.abs(keypoints.hottest(keypoints.bells(points)) - points).max() < 1
    assert np.abs(keypoints.hottest(keypoints.bells(points)) - points).mean() < 0.5


def test_what_is_not_seen_has_a_cold_map() -> None:
    maps = keypoints.bells(np.array([[[np.nan, np.nan], [10.0, 20.0]]]))
    assert maps.shape == (1, 24, 24, 2) and (maps[..., 0] == 0).all()
    row, column = np.unravel_index(maps[0, ..., 1].argmax(), (24, 24))
    assert (column, row) in [(4, 9), (5, 9), (4, 10), (5, 10)]


def test_pck_counts_what_is_near_in_terms_of_the_box() -> None:
    true = np.array([[[10.0, 10.0]], [[10.0, 10.0]], [[np.nan, np.nan]]])
    found = np.array([[[13.0, 14.0]], [[10.0, 20.0]], [[0.0, 0.0]]])  # 5 and 10 pixels away
    assert keypoints.pck(true, found, np.array([30, 30, 30]), 0.2) == 0.5
    assert keypoints.pck(true, found, np.array([50, 50, 50]), 0.2) == 1
    assert keypoints.pck(true, found, np.array([30, 30, 30]), 0.1) == 0
    with pytest.raises(ValueError, match="nothing to compare"):
        keypoints.pck(true[2:], found[2:], np.array([30]))


def test_the_net_answers_with_one_map_per_point() -> None:
    net = keypoints.keypoint_net(2)
    assert net.output_shape == (None, 24, 24, 2) and net.count_params() <= 200_000


def test_eight_ways_to_lay_a_picture_take_its_points_along() -> None:
    picture = np.zeros((1, 48, 48, 3), np.uint8)
    picture[0, 7, 30] = 255  # row 7, column 30
    shown, points = keypoints.turned(picture, np.array([[[30.5, 7.5]]]))
    assert shown.shape == (8, 48, 48, 3) and len({one.tobytes() for one in shown}) == 8
    assert np.array_equal(shown[0], picture[0])
    for one, (x, y) in zip(shown, points[:, 0], strict=True):
        assert one[int(y), int(x)].tolist() == [255, 255, 255]
