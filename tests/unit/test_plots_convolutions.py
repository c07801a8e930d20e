"""Figures of a convolution's arithmetic: they draw the numbers they are given, and the alt texts say them."""

import numpy as np
import pytest

from course_utils import plots

IMAGE = np.array([[2, 2, 1], [3, 1, -1], [4, 3, 2]])
KERNEL = np.array([[1, -1], [-1, 0]])
OUTPUT = np.array([[-1, 2], [0, 1]])
GREY = np.full((12, 12), 100.0)
SUM_ONE, SUM_ZERO = np.eye(3) / 3, np.array([[1, 0, -1]] * 3)
MAPS = {"early": np.ones((8, 8, 3)), "late": np.zeros((4, 4, 10))}


def texts(picture):
    return [text.get_text() for axis in picture.figure.axes for text in axis.texts]


def frames(picture):
    """Corner and size of each marked cell or window, in cells."""
    found = [patch for axis in picture.figure.axes for patch in axis.patches if not patch.get_fill()]
    return [(patch.get_xy(), patch.get_width(), patch.get_height()) for patch in found]


def test_a_grid_shows_every_number_with_a_real_minus_and_none_before_a_zero():
    shown = texts(plots.number_grids({"a": IMAGE, "b": [[-0.0, 0.5]]}, signs=("→",)))
    assert shown.count("−1") == 1 and shown.count("2") == 3
    assert "0" in shown and "−0" not in shown and "0.5" in shown and "→" in shown


def test_grids_without_signs_have_none_between_them():
    bare = texts(plots.number_grids({"a": [[1]], "b": [[2]], "c": [[3]]}, signs=("=",)))
    assert sorted(text for text in bare if text) == ["1", "2", "3", "=", "a", "b", "c"]


def test_the_alt_text_of_grids_reads_the_rows_and_the_frame():
    picture = plots.number_grids({"a": IMAGE}, {"a": [(1, 0, 2, 2)]}, title="Numbers")
    assert picture.alt.startswith("Numbers: Grids of numbers. a: 2 2 1 / 3 1 -1 / 4 3 2.")
    assert "in a a frame around 2 by 2 cells at row 1, column 0" in picture.alt
    assert frames(picture) == [((0.0, 1.0), 2, 2)]


def test_a_step_of_a_convolution_shows_its_sum():
    picture = plots.sliding_window(IMAGE, KERNEL, OUTPUT, row=1, column=1, bias=2)
    assert "1·1 + -1·(-1) + 3·(-1) + 2·0 + 2 = 1" in picture.alt
    (window, *_), (value, *_) = frames(picture)
    assert window == (1.0, 1.0)
    assert value[1] == 0.5 + 1, "second row of an output that is one row smaller, so half a cell lower"


def test_stride_moves_the_window_and_dilation_takes_it_apart():
    image, kernel = np.arange(49).reshape(7, 7), np.ones((2, 2))
    wide = plots.sliding_window(image, kernel, np.zeros((3, 3)), row=1, column=2, stride=2)
    assert frames(wide)[0] == ((4.0, 2.0), 2, 2)
    spread = frames(plots.sliding_window(image, kernel, np.zeros((5, 5)), row=0, column=1, dilation=2))
    assert [corner for corner, width, height in spread[:4] if (width, height) == (1, 1)] == [
        (1.0, 0.0),
        (3.0, 0.0),
        (1.0, 2.0),
        (3.0, 2.0),
    ]


def test_filters_that_add_up_to_zero_are_drawn_around_zero_on_one_scale():
    faint, strong = GREY - 101, GREY - 90
    picture = plots.filter_responses(
        GREY,
        {"grey": SUM_ONE, "edge": SUM_ZERO, "other": SUM_ZERO.T},
        {"grey": GREY, "edge": faint, "other": strong},
    )
    grey, edge, other = (axis.images[0] for axis in picture.figure.axes[5:8])
    assert grey.get_clim() == (0, 255)
    assert edge.get_clim() == other.get_clim() == (-10, 10)
    assert (
        "edge (1 0 -1 / 1 0 -1 / 1 0 -1) answers from -1 to -1, with 0% of its values near zero"
        in picture.alt
    )
    assert "grey (0.333 0 0 / 0 0.333 0 / 0 0 0.333) answers from 100 to 100;" in picture.alt


def test_the_frame_goes_around_all_pixels_with_influence():
    one = np.zeros((9, 9))
    one[2, 3], one[6, 4] = 0.1, -2
    picture = plots.influence_maps({"a stack": one, "nothing": one * 0})
    assert "a stack: 2 pixels within 5 by 2, of 9 by 9; nothing: no pixel" in picture.alt
    assert frames(picture) == [((2.5, 1.5), 2, 5)]


def test_steps_that_leave_the_picture_are_counted_as_such():
    picture = plots.descents(
        lambda weight: (weight - 2) ** 2, {"calm": [-1, 1, 1.8, 2], "wild": [-1, 5, -7, 17]}
    )
    assert "minimum near 2" in picture.alt
    assert (
        "calm: from -1 to 2 in 3 steps; wild: from -1 to 17 in 3 steps, out of the picture after 1"
        in picture.alt
    )
    assert "leaves the picture" in texts(picture)
    calm, wild = (axis.lines[1].get_xdata() for axis in picture.figure.axes)
    assert list(calm) == [-1, 1, 1.8, 2] and list(wild) == [-1, 5]


def test_the_layers_of_a_net_light_up_beside_its_answer():
    picture = plots.lit_layers(np.eye(8), MAPS, [0.1, 0.7, 0.2], ["0", "1", "2"], title="A one")
    assert "early 3 maps of 8 by 8, 100% of the values lit; late 10 maps of 4 by 4, 0%" in picture.alt
    assert "Answers: 1 0.70 and 2 0.20." in picture.alt
    drawn = [axis.images[0].get_array().shape for axis in picture.figure.axes[1].child_axes]
    assert drawn == [(8, 71), (9, 39)], "eight maps in a row, the ninth and tenth below them"
    assert picture.figure.axes[2].get_title() == "answer: 1"


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.number_grids({"a": [1, 2]}), "expected (H, W)"),
        (lambda: plots.number_grids({"a": np.ones((13, 2))}), "at most 12 by 12"),
        (lambda: plots.number_grids({"a": IMAGE}, {"b": [(0, 0, 1, 1)]}), "Frames for ['b']"),
        (lambda: plots.number_grids({}), "the grids are []"),
        (lambda: plots.sliding_window(IMAGE, KERNEL, OUTPUT, row=2, column=0), "Place (2, 0) is not in"),
        (lambda: plots.filter_responses(GREY, {"a": KERNEL}, {"b": GREY}), "use the same names"),
        (lambda: plots.influence_maps({}), "no maps"),
        (lambda: plots.descents(abs, {}), "no paths"),
        (lambda: plots.lit_layers(GREY, MAPS, [0.5, 0.5], ["0"]), "2 probabilities but 1 names"),
        (lambda: plots.lit_layers(GREY, {}, [1.0], ["0"]), "no maps"),
        (lambda: plots.lit_layers(GREY, {"dense": np.ones(4)}, [1.0], ["0"]), "expected (H, W, channels)"),
    ],
)
def test_what_cannot_be_drawn_is_explained(draw, said):
    with pytest.raises(ValueError) as problem:
        draw()
    assert said in str(problem.value)


def test_figures_of_numbers_stay_small_and_are_the_same_each_time():
    picture = plots.sliding_window(IMAGE, KERNEL, OUTPUT, row=0, column=0).png()
    assert picture == plots.sliding_window(IMAGE, KERNEL, OUTPUT, row=0, column=0).png()
    assert len(picture) < 30_000
