"""Residual sums, curves over the depth and named points: the drawn values are the data's, and the alt texts say them."""

import numpy as np
import pytest

from course_utils import plots

BEFORE = np.random.default_rng(0).normal(size=(4, 5, 6))
ADDED = np.zeros((4, 5, 6))
ADDED[..., 2], ADDED[0, 0, 4] = 0.5, 3


def test_a_residual_shows_the_channels_that_change_most_and_their_sum():
    picture = plots.residual_maps(BEFORE, ADDED, count=2)
    axes = np.array(picture.figure.axes).reshape(3, 2)
    drawn = [[np.asarray(axis.images[0].get_array()) for axis in row] for row in axes]
    for column, channel in enumerate((4, 2)):
        np.testing.assert_allclose(drawn[0][column], BEFORE[..., channel])
        np.testing.assert_allclose(drawn[1][column], ADDED[..., channel])
        np.testing.assert_allclose(drawn[2][column], (BEFORE + ADDED)[..., channel])
    assert "the 2 of 6 channels that change most" in picture.alt


def test_the_rows_of_a_residual_share_a_scale_around_zero():
    axes = np.array(plots.residual_maps(BEFORE, ADDED, count=3).figure.axes).reshape(3, 3)
    for column in axes.T:
        limits = {axis.images[0].get_clim() for axis in column}
        ((low, high),) = limits
        assert low == -high
        assert high == max(np.abs(axis.images[0].get_array()).max() for axis in column)


def test_the_alt_text_of_a_residual_says_how_much_is_added():
    assert "0.5 times as large" in plots.residual_maps(BEFORE, BEFORE / 2, title="One module").alt


def test_curves_by_depth_name_both_ends():
    picture = plots.curves_by_depth(
        {"plain": [1e-6, 1e-3, 1], "with shortcuts": [2, 1.5, 1]}, unit="gradient"
    )
    assert "plain: 1e-06 at the first module, 1 at the last" in picture.alt
    assert "with shortcuts: 2 at the first module" in picture.alt
    axis = picture.figure.axes[0]
    assert axis.get_yscale() == "log"
    np.testing.assert_array_equal(axis.lines[0].get_xdata(), [1, 2, 3])
    assert len({(line.get_color(), line.get_linestyle()) for line in axis.lines}) == 2
    assert all(float(tick).is_integer() for tick in axis.get_xticks()), "there is no module one and a half"


def test_points_carry_their_names_and_both_axes_begin_at_zero():
    picture = plots.named_points(["small", "large"], [2, 40], [10, 90], "millions", "ms", title="Two nets")
    axis = picture.figure.axes[0]
    assert [text.get_text() for text in axis.texts] == ["small", "large"]
    assert [text.get_ha() for text in axis.texts] == ["left", "left"]
    assert axis.get_xlim()[0] == axis.get_ylim()[0] == 0
    assert "small 2 and 10; large 40 and 90" in picture.alt


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.residual_maps(BEFORE, ADDED[:2]), "(2, 5, 6)"),
        (lambda: plots.residual_maps(BEFORE[0], ADDED[0]), "one (H, W, channels)"),
        (lambda: plots.curves_by_depth({}), "no curves"),
        (lambda: plots.curves_by_depth({"dead": [1, 0]}), "'dead'"),
        (lambda: plots.named_points(["one"], [1, 2], [1]), "1 names, 2 x, 1 y"),
        (lambda: plots.named_points([], [], []), "0 names"),
    ],
)
def test_what_cannot_be_drawn_is_explained(draw, said):
    with pytest.raises(ValueError) as problem:
        draw()
    assert said in str(problem.value)
