"""The figures of retrieval and captions say in words what they show."""

import numpy as np
import pytest

from course_utils import plots

PICTURE = np.full((32, 32, 3), 120, np.uint8)


def test_a_row_says_how_many_answers_are_right() -> None:
    figure = plots.found_pictures([PICTURE], [[PICTURE] * 3], ["Plum"], [["Plum", "Kiwi", "Plum"]])
    assert "2 of 3 answers to Plum are right" in figure.alt
    own = plots.found_pictures([PICTURE], [[PICTURE] * 2], [None], [["Plum", "Kiwi"]])
    assert "yours finds Plum, Kiwi" in own.alt
    with pytest.raises(ValueError, match="needs its name"):
        plots.found_pictures([PICTURE], [[PICTURE]], ["Plum", "Kiwi"], [["Plum"]])


def test_recall_and_time_stand_in_the_text() -> None:
    figure = plots.recall_against_time([0.1, 1.0], [0.4, 0.95], ["1 cell", "8 cells"], 2.5)
    assert "1 cell: recall 0.40 in 0.10 ms" in figure.alt and "Exact search takes 2.50 ms" in figure.alt
    both = plots.recall_against_time([0.1], [0.4], ["1 cell"], 2.5, {"a graph": ([0.7, 0.9], [0.02, 0.05])})
    assert "a graph: recall 0.70 in 0.02 ms; recall 0.90 in 0.05 ms. Exact" in both.alt


def test_the_place_of_the_attention_stands_in_the_text() -> None:
    weights = np.full((2, 4, 4), 0.01)
    weights[0, 0, 0], weights[1, 3, 3] = 0.85, 0.5
    figure = plots.looked_at(PICTURE, ["a", "plum"], weights)
    assert "a: top left, 85% at one place; plum: bottom right, 50%" in figure.alt
    with pytest.raises(ValueError, match="weights"):
        plots.looked_at(PICTURE, ["a"], weights)
