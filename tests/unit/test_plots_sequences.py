"""Figures of sequences: each has alt text with the figures one would read off, and refuses what does not fit."""

import numpy as np
import pytest

from course_utils import plots


def test_gradients_are_told_relative_to_the_last_step():
    picture = plots.gradient_by_step({"halving": 0.5 ** np.arange(10)[::-1]})
    assert "halving keeps 0.002 of it 9 steps back" in picture.alt
    with pytest.raises(ValueError, match="above 0"):
        plots.gradient_by_step({"dead": np.zeros(5)})
    with pytest.raises(ValueError, match="no curves"):
        plots.gradient_by_step({})


def test_a_line_of_answers_names_the_word_that_turned_it():
    picture = plots.word_by_word(["dull", "but", "lovely"], [0.2, 0.25, 0.9])
    assert "largest change at 'lovely' (0.25 to 0.90)" in picture.alt
    with pytest.raises(ValueError, match="3 words but 2"):
        plots.word_by_word(["a", "b", "c"], {"LSTM": [0.1, 0.2]})


def test_more_lines_than_colours_are_drawn_all_the_same():
    lines = {f"net {number}": [0.1, 0.9] for number in range(len(plots.COLOURS) + 1)}
    assert "net 8: 0.10 after 'not'" in plots.word_by_word(["not", "bad"], lines).alt
