"""Occlusion: what a covered place is worth, where that is known beforehand."""

import numpy as np
import pytest

from course_utils.explain import hottest_share, occlusion_map

SIDE = 20
IMAGE = np.full((SIDE, SIDE, 3), 90, np.uint8)
IMAGE[4:8, 12:16] = 250  # a bright spot


def sees_the_spot(pictures):
    """The probability of class 1 is the share of the spot that is bright."""
    share = (np.asarray(pictures)[:, 4:8, 12:16, 0] > 200).mean(axis=(1, 2))
    return np.stack([1 - share, share], axis=1)


def by_hand(patch, stride, class_index=1):
    """The same map, written as a loop over all places and patches."""
    falls = np.zeros((SIDE, SIDE))
    count = np.zeros((SIDE, SIDE))
    starts = sorted({*range(0, SIDE - patch + 1, stride), SIDE - patch})
    for top in starts:
        for left in starts:
            covered = IMAGE.copy()
            covered[top : top + patch, left : left + patch] = 0
            fall = sees_the_spot(IMAGE[None])[0, class_index] - sees_the_spot(covered[None])[0, class_index]
            falls[top : top + patch, left : left + patch] += fall
            count[top : top + patch, left : left + patch] += 1
    return falls / count


@pytest.mark.parametrize(("patch", "stride"), [(4, 4), (5, 2), (6, 6), (7, 3), (1, 1), (20, 20)])
def test_the_map_is_the_mean_fall_over_the_patches_that_cover_a_pixel(patch, stride):
    heat = occlusion_map(sees_the_spot, IMAGE, 1, patch=patch, stride=stride, fill=0, batch_size=7)
    assert heat.shape == (SIDE, SIDE) and heat.dtype == np.float32
    np.testing.assert_allclose(heat, by_hand(patch, stride), atol=1e-6)


def test_only_the_spot_counts_and_it_counts_fully_for_a_patch_that_fits():
    heat = occlusion_map(sees_the_spot, IMAGE, patch=4, stride=4, fill=0)
    assert heat[4:8, 12:16].min() == 1 and heat.sum() == pytest.approx(16)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[4:8, 12:16] = True
    assert hottest_share(heat, mask).share == 1


def test_without_a_class_it_asks_for_the_most_probable_one():
    np.testing.assert_array_equal(occlusion_map(sees_the_spot, IMAGE), occlusion_map(sees_the_spot, IMAGE, 1))
    np.testing.assert_allclose(
        occlusion_map(sees_the_spot, IMAGE, 0), -occlusion_map(sees_the_spot, IMAGE, 1), atol=1e-7
    )


def test_all_batches_have_one_shape_and_the_picture_stays_as_it_was():
    shapes, before = set(), IMAGE.copy()

    def watched(pictures):
        shapes.add(pictures.shape)
        return sees_the_spot(pictures)

    occlusion_map(watched, IMAGE, patch=5, stride=2, batch_size=12)
    assert shapes == {(12, SIDE, SIDE, 3)}
    np.testing.assert_array_equal(IMAGE, before)


@pytest.mark.parametrize("fill", [None, 250, (250, 250, 250)])
def test_the_fill_covers_with_a_colour(fill):
    seen = []

    def watched(pictures):
        seen.append(np.array(pictures))
        return sees_the_spot(pictures)

    heat = occlusion_map(watched, IMAGE, patch=4, stride=4, fill=fill)
    colour = IMAGE.mean(axis=(0, 1)).astype(np.uint8) if fill is None else np.broadcast_to(fill, 3)
    np.testing.assert_array_equal(seen[1][0, 0, 0], colour)
    assert heat.any() == (fill is None), "bright patches hide nothing of a bright spot"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"patch": 21}, "does not cover a picture of 20 by 20"),
        ({"patch": 4, "stride": 5}, "stride 1 to patch"),
        ({"patch": 4, "stride": 0}, "stride 1 to patch"),
        ({"class_index": 2}, "0 to 1; got class_index=2"),
    ],
)
def test_what_does_not_fit_is_explained(change, said):
    with pytest.raises(ValueError) as problem:
        occlusion_map(sees_the_spot, IMAGE, **change)
    assert said in str(problem.value)
