"""What notebook 10 says of pixels, single fruits and key points holds for the bundled tables, in each size of a run."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.datasets import load_tables
from course_utils.further.detection import keypoints, masks, numbered

SMOKE = 96  # scenes


@pytest.fixture(scope="module")
def tables():
    return load_tables()


@pytest.fixture(scope="module")
def test_masks(tables):
    paths = tables.scenes("Test")["path"]
    return [np.stack(one)[:, 1::2, 1::2] for one in zip(*map(tables.mask, paths), strict=True)]


@pytest.mark.parametrize("scenes", [SMOKE, None])
def test_colour_alone_knows_oranges_better_than_brown_and_dark_fruit(tables, test_masks, scenes) -> None:
    paths = tables.scenes("Training")["path"][:scenes]
    kinds = np.stack([tables.mask(path)[0] for path in paths])[:, 1::2, 1::2]
    table = masks.ColourTable.fit(tables.read(paths, 64), kinds)
    looked = table.kinds_of(tables.read(tables.scenes("Test")["path"], 64))
    found = dict(zip(("ground", *tables.kinds), masks.iou_by_kind(test_masks[0], looked, 9), strict=True))
    brown = max(found[kind] for kind in ("Kiwi", "Pineapple", "Plum"))
    assert min(found["Orange"], found["Lemon"]) > brown + 0.1
    assert found["ground"] == max(found.values())


def test_most_pixels_are_ground(test_masks) -> None:
    assert 0.8 < (test_masks[0] == 0).mean() < 0.95


def test_a_watershed_finds_more_than_patches_and_most_within_kinds(test_masks) -> None:
    kinds, fruits = test_masks
    cuts = {
        "connected": [masks.connected(one > 0) for one in kinds],
        "watershed": [masks.instances(one > 0) for one in kinds],
        "within kinds": [masks.by_kind(one) for one in kinds],
    }
    shares = []
    for parts in cuts.values():
        hits, there, _ = np.sum(
            [masks.instance_matches(*pair) for pair in zip(fruits, parts, strict=True)], axis=0
        )
        shares.append(hits / there)
    assert shares[0] + 0.1 < shares[1] < shares[2] < 1


def test_the_mean_position_is_in_the_middle_where_no_banana_ends(tables) -> None:
    pictures = {split: list(tables.scenes(split)["path"]) for split in ("Training", "Test")}
    cut = {}
    for split, paths in pictures.items():
        boxes = numbered(tables.fruits(split), paths).query("kind == 'Banana' and seen > 0.7")
        cut[split] = keypoints.crops(tables.read(paths), boxes)
    mean = np.nanmean(keypoints.turned(*cut["Training"][:2])[1], axis=0)
    assert np.abs(mean - keypoints.SIDE / 2).max() < 0.5
    _, points, lengths = cut["Test"]
    assert keypoints.pck(points, np.broadcast_to(mean, points.shape), lengths) < 0.02
