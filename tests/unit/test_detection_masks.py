"""Masks: a net's shape, what a colour alone says, scores by hand, and fruits that touch."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.further.detection import masks


def discs(*centres, radius: float = 8, side: int = 64) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    found = np.zeros((side, side), int)
    for number, (x, y) in enumerate(centres, 1):
        found[(columns - x) ** 2 + (rows - y) ** 2 <= radius**2] = number
    return found


def test_the_net_answers_for_each_pixel_and_stays_small() -> None:
    net = masks.unet(9)
    assert net.output_shape == (None, 64, 64, 9)
    assert net.count_params() <= 150_000
    assert masks.kinds_of(net, np.zeros((3, 64, 64, 3), np.uint8)).shape == (3, 64, 64)
    with pytest.raises(ValueError, match="multiple of 8"):
        masks.unet(9, side=60)


def test_a_table_of_colours_knows_what_it_counted() -> None:
    pictures = np.zeros((1, 2, 4, 3), np.uint8)
    pictures[0, :, 2:] = (250, 10, 10)
    true = np.array([[[0, 0, 2, 2], [0, 0, 2, 1]]])
    table = masks.ColourTable.fit(pictures, true)
    assert table.kinds_of(pictures).tolist() == [[[0, 0, 2, 2], [0, 0, 2, 2]]]
    assert (table.kinds_of(np.full((1, 1, 1, 3), 90, np.uint8)) == 0).all()


def test_iou_by_kind_is_what_one_counts_by_hand() -> None:
    true = np.array([[0, 0, 1, 1]])
    found = np.array([[0, 1, 1, 1]])
    assert masks.iou_by_kind(true, found, 3)[:2] == pytest.approx([1 / 2, 2 / 3])
    assert np.isnan(masks.iou_by_kind(true, found, 3)[2])
    assert masks.mean_iou(true, found, 3) == pytest.approx(7 / 12)
    assert masks.mean_iou(true, true, 3) == 1
    with pytest.raises(ValueError, match="pixel by pixel"):
        masks.mean_iou(true, found[:, :2], 3)


def test_two_fruits_that_touch_are_one_piece_and_two_instances() -> None:
    true = discs((20, 30), (34, 32), (52, 50))
    assert masks.connected(true > 0).max() == 2
    found = masks.instances(true > 0)
    assert found.max() == 3 and ((found > 0) == (true > 0)).all()
    assert masks.instance_matches(true, found) == (3, 3, 3)
    assert masks.instance_matches(true, masks.connected(true > 0)) == (
        2,
        3,
        2,
    )  # the last one alone, and half of a pair


def test_nothing_is_no_instance_and_specks_are_left_out() -> None:
    nothing = np.zeros((20, 20), bool)
    assert masks.instances(nothing).max() == masks.connected(nothing).max() == 0
    assert masks.instance_matches(nothing, nothing) == (0, 0, 0)
    speck = nothing.copy()
    speck[3:5, 3:5] = True
    assert masks.connected(speck).max() == 0 and masks.connected(speck, least=4).max() == 1


def test_a_fruit_at_the_edge_of_the_picture_is_not_cut() -> None:
    assert masks.instances(discs((1, 30)) > 0).max() == 1


def test_numbers_without_pixels_are_not_counted_as_things() -> None:
    true = np.array([[0, 1, 1, 3, 3]])  # 2 is hidden altogether
    assert masks.instance_matches(true, true) == (2, 2, 2)


def test_things_of_two_kinds_are_never_one_thing() -> None:
    kinds = (discs((20, 30), (25, 30)) > 0).astype(int)  # so near that there is one basin
    assert masks.instances(kinds > 0).max() == 1
    kinds[:, 23:] *= 2
    assert masks.by_kind(kinds).max() == 2 and ((masks.by_kind(kinds) > 0) == (kinds > 0)).all()
    assert masks.by_kind(0 * kinds).max() == 0
