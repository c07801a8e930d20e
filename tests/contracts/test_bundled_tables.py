"""The bundled tables are what their data card says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import KINDS, load_tables

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "data" / "tables"
COUNTS = {"Training": 900, "Test": 240}


@pytest.fixture(scope="module")
def tables():
    return load_tables()


@pytest.mark.parametrize("split", COUNTS)
def test_every_scene_is_a_picture_of_128_pixels_with_a_mask(tables, split):
    scenes = tables.scenes(split)
    files = sorted(path.relative_to(TABLES).as_posix() for path in (TABLES / split).glob("*.jpg"))
    assert scenes["path"].tolist() == files and len(files) == COUNTS[split]
    for path in files:
        with Image.open(TABLES / path) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (128, 128)), path
        with Image.open((TABLES / "masks" / path).with_suffix(".png")) as mask:
            assert (mask.mode, mask.size) == ("P", (128, 128)), path


@pytest.mark.parametrize("split", COUNTS)
def test_boxes_are_tight_around_the_masks_and_hold_the_kind(tables, split):
    scenes, fruits = tables.scenes(split), tables.fruits(split)
    counted = fruits.groupby("path").size()
    assert (scenes.set_index("path")["fruits"] - counted.reindex(scenes["path"]).fillna(0) == 0).all()
    for path, rows in fruits.groupby("path"):
        kinds, instances = tables.mask(path)
        assert set(np.unique(instances)) - {0} == set(rows["instance"]), path
        for row in rows.itertuples():
            mine = instances == row.instance
            across, down = np.flatnonzero(mine.any(axis=0)), np.flatnonzero(mine.any(axis=1))
            assert (row.left, row.right) == (across[0], across[-1] + 1), path
            assert (row.top, row.bottom) == (down[0], down[-1] + 1), path
            assert (kinds[mine] == row.label + 1).all(), path


def test_key_points_in_view_lie_on_their_fruit(tables):
    fruits = tables.fruits("Test")
    for row in fruits[fruits["stem_seen"] == 1].itertuples():
        _, instances = tables.mask(row.path)
        around = instances[
            max(int(row.stem_y) - 2, 0) : int(row.stem_y) + 3,
            max(int(row.stem_x) - 2, 0) : int(row.stem_x) + 3,
        ]
        assert (around == row.instance).any(), row
    assert set(fruits[fruits["tip_x"].notna()]["kind"]) == {"Banana"}


def test_training_and_test_share_no_individual_no_ground_and_no_camera(tables):
    for table, column in (
        (tables.scenes, "ground"),
        (tables.scenes, "camera"),
        (tables.fruits, "individual"),
    ):
        assert set(table("Training")[column]).isdisjoint(table("Test")[column]), column
    assert tables.scenes("Training")["ground"].nunique() == 90
    assert tables.scenes("Test")["ground"].nunique() == 36


@pytest.mark.parametrize("split", COUNTS)
def test_kinds_counts_and_empty_scenes_are_mixed(tables, split):
    scenes, fruits = tables.scenes(split), tables.fruits(split)
    shares = fruits["kind"].value_counts(normalize=True)
    assert set(shares.index) == set(KINDS) and shares.min() > 0.08 and shares.max() < 0.18
    assert set(scenes["fruits"]) == set(range(7))
    assert 0.05 < (scenes["fruits"] == 0).mean() < 0.08
    assert (fruits["seen"] < 0.8).mean() > 0.05, "some fruits are partly hidden"
    assert fruits["seen"].min() >= 0.3


def test_the_manifest_matches_the_files():
    from tools.render_fruits.manifest import folder_digests

    recorded = json.loads((TABLES / "manifest.json").read_text(encoding="utf-8"))
    assert folder_digests(TABLES) == recorded, "run: python -m tools.render_tables"


def test_the_set_is_small():
    assert sum(path.stat().st_size for path in TABLES.rglob("*") if path.is_file()) < 9e6
