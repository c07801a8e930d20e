"""The square of moves between tags says in words what it shows."""

import numpy as np
import pytest

from course_utils import plots


def test_the_alt_text_names_the_highest_and_the_lowest_move():
    moves = np.array([[0.0, 1.0, -4.0], [0.5, 0.0, 3.0], [0.2, -0.1, 2.0]])
    alt = plots.tag_moves(moves, ["O", "B-LOC", "I-LOC"]).alt
    assert "highest from B-LOC to I-LOC at +3.0" in alt and "lowest from O to I-LOC at -4.0" in alt


def test_a_square_of_another_size_is_refused():
    with pytest.raises(ValueError, match="a row per tag"):
        plots.tag_moves(np.zeros((2, 3)), ["O", "B-LOC"])
