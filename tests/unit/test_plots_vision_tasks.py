"""Figures of six tasks, of masks and of points say in their alt text what one would see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils import plots
from course_utils.plots import vision_tasks

NAMES = ("Banana", "Kiwi", "Lemon")


def things() -> pd.DataFrame:
    nan = float("nan")
    rows = [
        (1, "Banana", 2, 2, 30, 20, 3.0, 4.0, 1, 29.0, 18.0, 1),
        (2, "Lemon", 32, 20, 44, 32, 33.0, 25.0, 1, nan, nan, nan),
        (3, "Lemon", 44, 20, 50, 30, 47.0, 25.0, 0, nan, nan, nan),
    ]
    points = [f"{name}_{what}" for name in ("stem", "tip") for what in ("x", "y", "seen")]
    return pd.DataFrame(rows, columns=["instance", "kind", "left", "top", "right", "bottom", *points])


def masks() -> tuple[np.ndarray, np.ndarray]:
    kinds, numbers = np.zeros((64, 64), int), np.zeros((64, 64), int)
    for row in things().itertuples():
        kinds[row.top : row.bottom, row.left : row.right] = NAMES.index(row.kind) + 1
        numbers[row.top : row.bottom, row.left : row.right] = row.instance
    return kinds, numbers


def test_six_tasks_tell_what_each_of_them_answers() -> None:
    kinds, numbers = masks()
    picture = vision_tasks.six_tasks(np.full((64, 64, 3), 90, np.uint8), things(), kinds, numbers, NAMES)
    assert "Classification says banana." in picture.alt
    assert "3 boxes (banana 1, lemon 2)" in picture.alt
    assert (
        f"{np.mean(kinds > 0):.0%} of the pixels in 2 colours" in picture.alt
        and "3 colours, one per" in picture.alt
    )
    assert "2 stem ends and 1 tips" in picture.alt
    with pytest.raises(ValueError, match="at least one thing"):
        vision_tasks.six_tasks(np.zeros((64, 64, 3), np.uint8), things()[:0], kinds, numbers, NAMES)


def test_a_painted_picture_keeps_its_ground_grey() -> None:
    painted = vision_tasks.coloured(np.full((1, 2, 3), 100, np.uint8), np.array([[0, 1]]))
    assert painted[0, 0].tolist() == [100, 100, 100]
    red, green, blue = (int(plots.COLOURS[0][place : place + 2], 16) for place in (1, 3, 5))
    assert painted[0, 1] == pytest.approx(
        np.array([red, green, blue]) * vision_tasks.COVER + 100 * (1 - vision_tasks.COVER), abs=1
    )


def test_maps_of_kinds_are_told_by_name_and_those_of_things_by_number() -> None:
    kinds, numbers = masks()
    pictures = [np.zeros((64, 64, 3), np.uint8)] * 2
    shown = vision_tasks.label_maps(pictures, {"truth": [kinds, 0 * kinds], "net": [0 * kinds, kinds]}, NAMES)
    assert "truth, Banana and Lemon / only ground; net, only ground / Banana and Lemon." in shown.alt
    assert [len(axis.images) for axis in shown.figure.axes] == [1] * 6, (
        "two pictures, each with two maps below"
    )
    counted = vision_tasks.label_maps(pictures, {"watershed": [numbers, 0 * numbers]}, title="Cut")
    assert counted.alt.startswith("Cut: 2 pictures") and "watershed, things per picture 3, 0." in counted.alt
    with pytest.raises(ValueError, match="2 pictures but 1 maps"):
        vision_tasks.label_maps(pictures, {"truth": [kinds]}, NAMES)
    with pytest.raises(ValueError, match="needs a map of shape"):
        vision_tasks.label_maps(pictures, {"truth": [kinds, kinds[:3]]}, NAMES)


def test_points_tell_how_far_they_are_off() -> None:
    true = np.array([[[10.0, 10.0], [np.nan, np.nan]], [[20.0, 20.0], [5.0, 5.0]]])
    found = true + [3.0, 4.0]
    found[0, 1] = 0
    picture = vision_tasks.points_on_things(
        [np.zeros((48, 48, 3), np.uint8)] * 2, true, found, ["stem", "tip"]
    )
    assert "stem: 5.0 pixels in the middle, 5.0 at most; tip: 5.0 pixels" in picture.alt
    with pytest.raises(ValueError, match=r"shape \(2, 2, 2\)"):
        vision_tasks.points_on_things([np.zeros((48, 48, 3), np.uint8)] * 2, true[:1], found, ["stem", "tip"])
