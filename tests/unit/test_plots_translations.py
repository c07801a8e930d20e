"""Figures of translations: their alt text has the numbers, and what does not fit is refused."""

import numpy as np
import pytest

from course_utils import plots


def test_each_kind_of_net_is_told_with_its_numbers():
    picture = plots.one_and_many({"many to one": (4, 1, 3), "many to many (read first)": (3, 3, 2)})
    assert "many to one: 4 in, 4 steps, 1 out from step 4" in picture.alt
    assert "3 in, 5 steps, 3 out from step 3" in picture.alt
    with pytest.raises(ValueError, match="an output"):
        plots.one_and_many({"nothing": (1, 0, 0)})


def test_an_attention_map_tells_where_each_character_looks():
    weights = np.array([[0.1, 0.9, 0.0], [0.7, 0.2, 0.1]])
    picture = plots.attention_map(weights, "ab", "xy")
    assert "'x' (1) mostly at 'b' (2), 0.90; 'y' (2) mostly at 'a' (1), 0.70" in picture.alt
    with pytest.raises(ValueError, match="as many weights"):
        plots.attention_map(weights, "abcd", "xy")
