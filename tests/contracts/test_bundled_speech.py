"""The bundled speech is what its data card says: synthetic, disjoint, balanced and small."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEECH = ROOT / "data" / "speech"
LANGUAGES = {"de", "en", "es", "fr", "vi"}
CLIPS = {"Training": 1650, "Test": 750, "Accents": 400}


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (SPEECH / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def of_part(part: str, column: str) -> set[str]:
    return {row[column] for row in rows("clips") if row["part"] == part}


def test_there_are_160_sentences_per_language_and_none_is_there_twice() -> None:
    counts = Counter((row["language"], row["split"]) for row in rows("sentences"))
    assert counts == {
        (language, split): n for language in LANGUAGES for split, n in (("train", 110), ("test", 50))
    }
    assert len({row["sentence"].casefold() for row in rows("sentences")}) == 800
    assert len({row["id"] for row in rows("sentences")}) == 800


@pytest.mark.parametrize("part", CLIPS)
def test_each_part_has_its_clips_and_its_languages_are_equally_frequent(part: str) -> None:
    counts = Counter(row["language"] for row in rows("clips") if row["part"] == part)
    assert sum(counts.values()) == CLIPS[part] and len(set(counts.values())) == 1
    assert set(counts) == (LANGUAGES - {"de"} if part == "Accents" else LANGUAGES)


def test_voices_and_sentences_of_training_and_test_are_disjoint() -> None:
    for column in ("voice", "sentence"):
        for part in ("Test", "Accents"):
            assert not of_part("Training", column) & of_part(part, column), (part, column)


def test_accents_of_the_part_with_other_accents_are_heard_nowhere_else() -> None:
    assert not of_part("Accents", "accent") & (of_part("Training", "accent") | of_part("Test", "accent"))
    assert of_part("Training", "accent") == of_part("Test", "accent"), "one change at a time"


@pytest.mark.parametrize("part", CLIPS)
def test_a_voice_does_not_give_the_language_away(part: str) -> None:
    counts = Counter((row["voice"], row["language"]) for row in rows("clips") if row["part"] == part)
    voices, languages = of_part(part, "voice"), of_part(part, "language")
    assert set(counts) == {(voice, language) for voice in voices for language in languages}
    assert max(counts.values()) - min(counts.values()) <= 3


def test_frames_are_bytes_of_two_seconds_each() -> None:
    with np.load(SPEECH / "clips.npz", allow_pickle=False) as packed:
        frames = packed["frames"]
    assert frames.dtype == np.uint8 and frames.shape == (sum(CLIPS.values()), 99, 32)
    assert (frames.reshape(len(frames), -1).max(axis=1) == 31).all(), (
        "0 decibels are the loudest of each clip"
    )
    assert len(np.unique(frames.reshape(len(frames), -1), axis=0)) == len(frames)


def test_digits_have_disjoint_voices_and_all_ten_of_each_take() -> None:
    counts = Counter((row["part"], row["voice"], row["take"]) for row in rows("digits"))
    assert set(counts.values()) == {10}
    voices = {
        part: {row["voice"] for row in rows("digits") if row["part"] == part} for part in ("Training", "Test")
    }
    assert len(voices["Training"]) == 12 and len(voices["Test"]) == 8
    assert not voices["Training"] & voices["Test"]


def test_ten_clips_can_be_played_two_per_language() -> None:
    heard = [path.stem for path in (SPEECH / "wav").glob("*.wav")]
    assert Counter(name[:2] for name in heard) == dict.fromkeys(LANGUAGES, 2)
    assert set(heard) <= {row["id"] for row in rows("clips") if row["part"] == "Training"}


def test_everything_together_stays_below_7_megabytes() -> None:
    assert sum(path.stat().st_size for path in SPEECH.rglob("*") if path.is_file()) <= 6_500_000


def test_the_plan_of_the_maker_is_what_was_made() -> None:
    pytest.importorskip("tools.speak.voices")
    from tools.speak.__main__ import plan

    planned = [(part, row["id"], accent, voice.name) for part, row, accent, voice in plan(rows("sentences"))]
    made = [(row["part"], row["sentence"], row["accent"], row["voice"]) for row in rows("clips")]
    assert planned == made


def test_the_card_says_that_nobody_spoke_and_who_made_the_voices() -> None:
    card = (SPEECH / "README.md").read_text(encoding="utf-8")
    for said in (
        "synthetic voices, not people",
        "espeak-ng 1.51",
        "GPL",
        "CC BY 4.0",
        "What they can't stand in for",
    ):
        assert said in card, said
    for part, count in CLIPS.items():
        assert f"| {part} | {count:,} |" in card
