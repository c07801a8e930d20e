"""Figures of made pictures say in their alt text what one would see, and refuse what does not fit."""

import numpy as np
import pytest

from course_utils import plots


def test_picture_rows_name_rows_and_columns():
    some = np.random.default_rng(0).uniform(-0.2, 1.2, (3, 8, 8, 3))
    picture = plots.picture_rows(
        {"made": some, "nearest in\ntraining": some}, ["a", "b", "c"], title="Copies?"
    )
    assert picture.alt == (
        "Copies?: 2 rows of 3 small pictures: made; nearest in training. Above the columns: a, b, c."
    )
    assert picture.holds_pictures
    with pytest.raises(ValueError, match="one length"):
        plots.picture_rows({"made": some, "other": some[:2]})
    with pytest.raises(ValueError, match="one length"):
        plots.picture_rows({})
    with pytest.raises(ValueError, match="3 columns but 2 titles"):
        plots.picture_rows({"made": some}, ["a", "b"])


def test_a_grid_on_plain_colours_tells_its_strength():
    patch = np.full((32, 32, 3), 0.5)
    patch[::2] += 0.01
    picture = plots.grid_on_plain_colours(
        {"transposed": patch, "resized": patch}, {"transposed": 1.28, "resized": 0}
    )
    assert "20 times larger" in picture.alt
    assert "transposed, 1.3 of 255; resized, 0.0 of 255." in picture.alt
    with pytest.raises(ValueError, match="needs its ripple"):
        plots.grid_on_plain_colours({"transposed": patch}, {})
    with pytest.raises(ValueError, match="24 are needed"):
        plots.grid_on_plain_colours({"small": patch[:20]}, {"small": 1})
