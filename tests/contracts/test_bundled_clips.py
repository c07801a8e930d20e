"""The bundled clips are what their card says: balanced, small, and with fruits of their own in each split."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / "data" / "clips"
CARD = (CLIPS / "README.md").read_text(encoding="utf-8")
COUNTS = {"Training": 416, "Test": 160}


def rows() -> list[dict[str, str]]:
    with (CLIPS / "clips.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("split", COUNTS)
def test_motions_and_kinds_are_equally_frequent(split: str) -> None:
    mine = [row for row in rows() if row["split"] == split]
    assert len(mine) == COUNTS[split] and f"| {split} | {COUNTS[split]} |" in CARD
    counts = Counter((row["motion"], row["kind"]) for row in mine)
    assert len(counts) == 4 * 8 and len(set(counts.values())) == 1


def test_each_fruit_shows_every_motion_once_and_stays_in_its_split() -> None:
    counts = Counter((row["split"], row["kind"], row["individual"], row["motion"]) for row in rows())
    assert set(counts.values()) == {1}
    individuals = {
        split: {(row["kind"], row["individual"]) for row in rows() if row["split"] == split}
        for split in COUNTS
    }
    assert not individuals["Training"] & individuals["Test"]
    assert {split: len(found) for split, found in individuals.items()} == {"Training": 104, "Test": 40}


def test_the_plan_of_the_tool_is_what_is_here() -> None:
    from tools.render_clips.plan import shots

    planned = [
        (shot.split, shot.motion, shot.kind, shot.individual) for split in COUNTS for shot in shots(split)
    ]
    assert planned == [(row["split"], row["motion"], row["kind"], row["individual"]) for row in rows()]


def test_half_way_no_place_tells_the_motion_and_the_first_frame_tells_less_than_half() -> None:
    """What the place alone gives away: the best guess of the motion from where a fruit is, over many drawn clips."""
    from tools.render_clips.plan import MOTIONS, Shot
    from tools.render_clips.rolling import path

    random = np.random.default_rng(0)
    found = {
        motion: np.stack([path(Shot("Test", "Plum", "d01", motion, 1), random)[1] for _ in range(4_000)])
        for motion in MOTIONS
    }
    edges = np.linspace(-0.6, 0.6, 9)

    def best_guess(frame: int) -> float:
        counts = [np.histogram2d(*places[:, frame].T, bins=(edges, edges))[0] for places in found.values()]
        return float(np.max(counts, axis=0).sum() / np.sum(counts))

    assert best_guess(3) < 0.30 and best_guess(4) < 0.30  # chance is 0.25
    assert best_guess(0) < 0.50 and best_guess(7) < 0.50
    for motion, places in found.items():
        sideways, upwards = (places[:, -1] - places[:, 0]).T
        moved, still = (sideways, upwards) if motion in ("rolls left", "rolls right") else (upwards, sideways)
        assert not still.any() and np.abs(moved).min() > 0.2
        assert set(np.sign(moved)) == {1.0 if motion in ("rolls right", "rolls away") else -1.0}


@pytest.mark.parametrize("name", ["training.webp", "test.webp"])
def test_the_card_names_the_bytes_that_are_here(name: str) -> None:
    content = (CLIPS / name).read_bytes()
    assert f"| `{name}` | {len(content):,} |" in CARD
    assert hashlib.sha256(content).hexdigest() in CARD


def test_together_they_stay_below_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in CLIPS.iterdir()) <= 2_000_000
