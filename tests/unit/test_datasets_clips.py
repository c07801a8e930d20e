"""The reader of the clips: what it gives, and what it says when files are missing or damaged."""

import shutil

import numpy as np
import pytest

from course_utils.datasets import DataError, load_clips
from course_utils.datasets.clips import MOTIONS
from course_utils.foundation import config

FOLDER = config.repository_root() / "data" / "clips"


def test_parts_have_frames_labels_and_a_table():
    clips = load_clips()
    for split, number in (("Training", 416), ("Test", 160)):
        frames, labels, table = clips.part(split)
        assert frames.shape == (number, 8, 32, 32, 3) and frames.dtype == np.float32
        assert 0 <= frames.min() and 0.9 < frames.max() <= 1
        assert [MOTIONS[label] for label in labels] == table["motion"].tolist()
    with pytest.raises(ValueError, match="Training"):
        clips.part("Validation")


def test_neighbouring_frames_are_more_alike_than_frames_of_other_clips():
    frames, _, _ = load_clips().part("Test")
    next_one = np.abs(frames[:, 1:] - frames[:, :-1]).mean()
    another = np.abs(frames[1:] - frames[:-1]).mean()
    assert next_one < another / 3


@pytest.mark.parametrize("name", ["clips.csv", "training.webp", "test.webp"])
def test_a_missing_file_is_named_with_the_command(name, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "clips")
    (tmp_path / "clips" / name).unlink()
    with pytest.raises(DataError, match=rf"no {name}\). Type: git checkout -- data/clips"):
        load_clips(tmp_path / "clips")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "test.webp").write_bytes(b"not a picture"),
        lambda folder: shutil.copy(folder / "test.webp", folder / "training.webp"),
        lambda folder: (folder / "clips.csv").write_text("split,motion\nTest,flies\n"),
    ],
)
def test_damaged_files_are_named(damage, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "clips")
    damage(tmp_path / "clips")
    with pytest.raises(DataError, match="damaged"):
        load_clips(tmp_path / "clips")
