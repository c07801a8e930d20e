"""The kept features and nets of notebook 11 are the files that their card names, and small."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "data" / "beyond"
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")
FILES = ("encoder.npz", "features.npz", "flow.npz")


@pytest.mark.parametrize("name", FILES)
def test_the_card_names_the_bytes_that_are_here(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    assert f"| `{name}` | {len(content):,} |" in CARD
    assert f"sha256 of `{name}`: `{hashlib.sha256(content).hexdigest()}`" in CARD


def test_nothing_else_is_here_and_all_of_it_stays_below_4_megabytes() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == ["README.md", *FILES]
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 4_000_000


@pytest.mark.parametrize("name", FILES)
def test_no_file_needs_unpickling(name: str) -> None:
    with np.load(FOLDER / name, allow_pickle=False) as kept:
        assert all(kept[key].dtype != object for key in kept.files)


def test_the_card_knows_how_many_words_there_are_for_the_ground() -> None:
    from course_utils.further.beyond.captions import GROUND_WORDS

    with np.load(FOLDER / "encoder.npz", allow_pickle=False) as kept:
        grounds = {str(word) for word in kept["grounds"]}
    assert len(grounds) == 10 and "with ten words for the ground" in CARD
    assert len({GROUND_WORDS.get(word, word) for word in grounds}) == 8 and "The captions have eight" in CARD
    assert re.search(r"with seed 2018", CARD)
