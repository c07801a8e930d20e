"""Figures of architectures: the drawn values are the data's, and the alt texts say them."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.further.architectures import FAMOUS, history

RUNS = {"plain": {8: [0.01, 0.03], 32: [0.4, 0.6]}, "residual": {8: [0.02], 32: [0.05, 0.03]}}


def test_errors_are_drawn_by_depth_with_this_run_as_a_star():
    picture = plots.errors_by_depth(RUNS, {"plain": {32: 0.55}}, reference=0.9, title="Deeper")
    axis = picture.figure.axes[0]
    lines = [line for line in axis.lines if len(line.get_xdata()) == 2 and line.get_linestyle() != "None"]
    assert [0.02, 0.5] in [pytest.approx(list(line.get_ydata())) for line in lines[:1]]
    assert "plain: 0.020 at 8 layers, 0.500 at 32 layers" in picture.alt
    assert "plain just now: 0.550 at 32 layers" in picture.alt
    assert list(axis.get_xticks()) == [8, 32] and -0.1 < axis.get_ylim()[0] < 0


def test_the_field_has_its_square_and_the_alt_text_says_how_much_the_middle_counts():
    counts = np.zeros((21, 21))
    counts[6:15, 6:15] = 1.0
    counts[10, 10] = 200.0
    picture = plots.seen_field({"a net": counts}, {"a net": 9})
    (square,) = picture.figure.axes[0].patches
    assert (square.get_width(), square.get_x()) == (9, 10 - 4.5)
    assert "can see 9 by 9 of 21 by 21" in picture.alt and "in the middle 1 by 1" in picture.alt


def test_the_timeline_names_each_net_and_no_two_names_of_a_year_lie_on_each_other():
    known = history().dropna(subset="ImageNet top 1")
    picture = plots.timeline(
        list(known.index), list(known["year"]), list(known["ImageNet top 1"]), list(known["parameters"] / 1e6)
    )
    axis = picture.figure.axes[0]
    assert [text.get_text().split(",")[0] for text in axis.texts] == list(known.index)
    assert "VGG16 2014, 0.713 with 138 million parameters" in picture.alt
    assert len(FAMOUS) == len(known) + 1  # LeNet-5 has never met ImageNet


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.errors_by_depth({}), "at least one run"),
        (lambda: plots.errors_by_depth({"plain": {8: []}}), "at least one run"),
        (lambda: plots.seen_field({"a": np.ones((3, 3))}, {}), "one side for each name"),
        (lambda: plots.timeline(["a"], [2000, 2001], [1], [1]), "one of each"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, said):
    with pytest.raises(ValueError, match=said):
        draw()
