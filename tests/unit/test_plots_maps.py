"""Heat maps and layer maps: their alt texts say where it is hot, and what does not fit is refused."""

import numpy as np
import pytest

from course_utils import plots

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3)).astype("uint8")
HEATS = np.zeros((2, 12, 12))
HEATS[0, 1, 10] = HEATS[1, 6, 6] = 1
MASKS = np.zeros((2, 12, 12), bool)
MASKS[:, 5:8, 5:8] = True


def test_the_alt_text_of_heat_maps_says_where_it_is_hottest():
    alt = plots.heat_maps(PICTURES, HEATS, ["a fig", "a date"], title="Heat").alt
    assert "Heat: 2 pictures" in alt
    assert "a fig: hottest upper right" in alt and "a date: hottest in the middle" in alt


def test_with_masks_it_says_whether_that_is_on_the_object():
    alt = plots.heat_maps(PICTURES, HEATS, masks=MASKS).alt
    assert "picture 1: hottest upper right, beside the object" in alt
    assert "picture 2: hottest in the middle, on the object" in alt


def test_a_map_without_heat_is_called_that():
    assert "no heat anywhere" in plots.heat_maps(PICTURES[:1], HEATS[:1] * 0, masks=MASKS[:1]).alt


def test_a_hot_place_is_painted_brighter_than_a_cold_one():
    grey = np.full((1, 12, 12, 3), 128, "uint8")
    heat = np.zeros((1, 12, 12))
    heat[:, :, 6:] = 1
    axis = plots.heat_maps(grey, heat).figure.axes[1]
    assert [image.get_array().max() for image in axis.images] == [128, 1]
    assert axis.images[1].get_alpha() == 0.6


def test_the_maps_of_a_layer_begin_with_the_most_active_one():
    maps = np.zeros((4, 4, 5))
    maps[..., 3], maps[0, 0, 1] = 2, 1
    picture = plots.maps_through_depth({"early": np.ones((8, 8, 2)), "late": maps}, count=3)
    assert "early 8 by 8; late 4 by 4" in picture.alt
    late = picture.figure.axes[3:6]
    np.testing.assert_array_equal(late[0].images[0].get_array(), maps[..., 3])
    assert late[0].get_ylabel() == "late\n4×4, 5 maps"
    assert len(picture.figure.axes[2].images) == 0, "two maps fill two of three places"


def test_eight_maps_of_a_layer_fill_a_page_and_no_more():
    picture = plots.maps_through_depth({"early": np.ones((8, 8, 9)), "late": np.ones((4, 4, 9))})
    assert len(picture.figure.axes) == 2 * 8
    assert 8 < picture.figure.get_figwidth() <= 10


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.heat_maps(PICTURES, HEATS[:1]), "2 images but 1 heats"),
        (lambda: plots.heat_maps(PICTURES, HEATS, titles=["one"]), "2 images but 1 titles"),
        (lambda: plots.heat_maps(PICTURES, HEATS[:, :6]), "a mask of shape (12, 12)"),
        (lambda: plots.heat_maps([], []), "0 images"),
        (lambda: plots.maps_through_depth({}), "no maps"),
        (lambda: plots.maps_through_depth({"dense": np.zeros((4, 4))}), "expected (H, W, channels)"),
    ],
)
def test_what_cannot_be_drawn_is_explained(draw, said):
    with pytest.raises(ValueError) as problem:
        draw()
    assert said in str(problem.value)
