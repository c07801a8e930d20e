"""The recorded figures of notebook 15: what queues save, and what a shared speaker flatters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks_support import BENCHMARKS, load
from claims_support import Told

from course_utils.foundation import config, records

SECONDS_BAR, DIFFERENCE_BAR, TIMES_BAR = 2.0, 1e-4, 50


def rows_of(name: str) -> dict[str, dict]:
    if not (BENCHMARKS / "recorded" / f"{name}.json").exists():
        pytest.fail(f"{name} is not recorded; run: python benchmarks/{name}.py --record")
    return {row["option"]: row for row in records.load(name).rows}


@pytest.mark.parametrize("name", ["queued_sound", "spoken_digits"])
def test_the_note_on_record_is_the_one_the_script_writes(name: str) -> None:
    assert records.load(name).note == load(name).NOTE


def test_queues_make_the_same_sound_in_two_seconds_per_second() -> None:
    rows = rows_of("queued_sound")
    assert rows["queues"]["cpu_seconds"] <= SECONDS_BAR
    assert rows["queues"]["difference"] < DIFFERENCE_BAR


def test_queues_are_fifty_times_as_fast_as_each_naive_way() -> None:
    rows = rows_of("queued_sound")
    naive = [row for option, row in rows.items() if option.startswith("naive")]
    assert len(naive) == 4 and min(row["ratio"] for row in naive) >= TIMES_BAR
    for row in rows.values():
        assert row["ratio"] == pytest.approx(
            row["cpu_seconds"] / rows["queues"]["cpu_seconds"], rel=0.02, abs=0.1
        )


def test_the_notebook_says_of_the_naive_ways_what_is_on_record() -> None:
    said = Told("15-sound").cells()["listen-say"]
    rows = rows_of("queued_sound")
    compiled = rows["naive, compiled"]["cpu_seconds"]
    others = [rows[name]["cpu_seconds"] for name in ("naive, all so far", "naive, predict", "naive, called")]
    assert "more than 50 times as fast as the quickest of them" in said
    assert "costs about as much" in said and max(others) < 1.5 * min(others)
    assert "far less" in said and compiled < min(others) / 10


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
