"""The recorded figures of notebook 15: what queues save, and what a shared speaker flatters."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from benchmarks_support import BENCHMARKS, load
from claims_support import Told

from course_utils.datasets import Digits
from course_utils.foundation import config, records

SECONDS_BAR, DIFFERENCE_BAR, TIMES_BAR = 2.0, 1e-4, 50


def rows_of(name: str) -> dict[str, dict]:
    if not (BENCHMARKS / "recorded" / f"{name}.json").exists():
        pytest.fail(f"{name} is not recorded; run: python benchmarks/{name}.py --record")
    return {row["option"]: row for row in records.load(name).rows}


@pytest.mark.parametrize("name", ["queued_sound", "spoken_digits", "spoken_people"])
def test_the_note_on_record_is_the_one_the_script_writes(name: str) -> None:
    assert records.load(name).note == load(name).NOTE


def test_queues_make_the_same_sound_in_two_seconds_per_second() -> None:
    rows = rows_of("queued_sound")
    assert rows["queues"]["cpu_seconds"] <= SECONDS_BAR
    assert rows["queues"]["difference"] < DIFFERENCE_BAR


def test_queues_are_fifty_times_as_fast_as_the_naive_ways() -> None:
    """Fifty times as fast as `predict` and as a called net; forty times as fast as a net that is compiled once."""
    rows = rows_of("queued_sound")
    naive = {option: row["ratio"] for option, row in rows.items() if option.startswith("naive")}
    compiled = naive.pop("naive, compiled")
    assert len(naive) == 3 and min(naive.values()) >= TIMES_BAR
    assert compiled >= 40
    for row in rows.values():
        assert row["ratio"] == pytest.approx(
            row["cpu_seconds"] / rows["queues"]["cpu_seconds"], rel=0.02, abs=0.1
        )


def test_the_notebook_says_of_the_naive_ways_what_is_on_record() -> None:
    said = Told("15-sound").cells()["listen-say"]
    rows = rows_of("queued_sound")
    compiled = rows["naive, compiled"]["cpu_seconds"]
    others = [rows[name]["cpu_seconds"] for name in ("naive, all so far", "naive, predict", "naive, called")]
    assert "more than 40 times as fast as the quickest of them" in said
    assert "costs about as much" in said and max(others) < 1.5 * min(others)
    assert "far less" in said and compiled < min(others) / 10


@pytest.fixture
def two_voices() -> Digits:
    """The same three noises twice: as they are, and quieter with weak high frequencies."""
    random, rows, waves = np.random.default_rng(0), [], []
    for digit in range(3):
        noise = random.normal(0, 0.2, 6_000) * np.repeat(random.uniform(0.3, 1, 12), 500)
        for voice, wave in (("bright", noise), ("dull", 0.05 * np.convolve(noise, np.ones(4) / 4, "same"))):
            waves.append(wave.astype(np.float32))
            rows.append({"digit": digit, "voice": voice, "take": 0, "part": "Training"})
    return Digits("two", "real", tuple(waves), pd.DataFrame(rows))


def test_voices_are_set_alike(two_voices: Digits) -> None:
    script = load("spoken_people")
    loud = script.equally_loud(two_voices)
    assert [np.abs(wave).max() for wave in loud.waves] == pytest.approx([script.LOUDEST] * 6)
    _, _, whose = loud.strings("Training", 40, most=4, seed=1)
    apart = {}
    for known in (None, script.voices(loud)):
        x, y = script.strings(loud, "Training", 40, 1, "part", known)
        assert x.shape == (40, 160, 32) and y.min() == 0 and y.max() <= 3
        means = [x[[who == voice for who in whose], :30].mean(axis=(0, 1)) for voice in ("bright", "dull")]
        apart[bool(known)] = np.abs(means[0] - means[1]).max() / x[:, :30].std()
    assert apart[False] > 1 and apart[True] < apart[False] / 3


def test_a_training_speaker_left_out_is_the_whole_test(two_voices: Digits) -> None:
    parts = load("spoken_people").left_out(two_voices)
    assert list(parts) == ["bright", "dull"]
    for voice, digits in parts.items():
        assert set(digits.table.loc[digits.table["part"] == "Test", "voice"]) == {voice}
        assert set(digits.table.loc[digits.table["part"] == "Training", "voice"]) == {"bright", "dull"} - {
            voice
        }
        assert len(digits.waves) == len(digits.table)


def test_shared_speakers_flatter_the_reader_of_digits() -> None:
    rows = rows_of("spoken_digits")
    assert list(rows) == list(load("spoken_digits").OPTIONS)
    for row in rows.values():
        assert row["runs"] == len(row["error_runs"]) >= 3
        assert math.isclose(row["error"], float(np.mean(row["error_runs"])), abs_tol=2e-4)
    card = " ".join(
        (config.repository_root() / "data" / "speech" / "README.md").read_text(encoding="utf-8").split()
    )
    bundled, people = (rows[name]["error"] for name in ("synthetic, voices apart", "people, speakers apart"))
    assert f"{bundled:.2f} errors per digit with these voices and {people:.2f} with people" in card
    apart, official = rows["people, speakers apart"], rows["people, official split"]
    assert min(apart["error_runs"]) > max(official["error_runs"])
    assert apart["error"] > 2 * official["error"], "the notebook says more than twice as many"
    assert rows["synthetic, voices apart"]["error"] < official["error"]


def test_voices_set_alike_reach_the_bars() -> None:
    """At most 0.182 errors per digit with speakers apart, 0.083 with the official split."""
    rows = rows_of("spoken_people")
    assert list(rows) == list(load("spoken_people").OPTIONS)
    as_they_are, alike, official = rows.values()
    for row in rows.values():
        assert row["runs"] == len(row["error_runs"]) >= 3
        assert math.isclose(row["error"], float(np.mean(row["error_runs"])), abs_tol=2e-4)
    assert alike["error"] <= 0.182 and official["error"] <= 0.083
    assert max(alike["error_runs"]) < min(as_they_are["error_runs"])
    said = Told("15-sound").cells()["real-saw"]
    assert "leaves little more than half of the errors" in said
    assert 0.5 < alike["error"] / as_they_are["error"] < 0.6
