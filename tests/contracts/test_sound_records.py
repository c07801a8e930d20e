"""The recorded figures of notebook 15: what queues save, and what a shared speaker flatters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks_support import BENCHMARKS, load

from course_utils.foundation import records

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


def test_queues_beat_a_net_that_is_called_for_each_sample_by_far_and_a_compiled_one_clearly() -> None:
    rows = rows_of("queued_sound")
    assert rows["naive, called"]["ratio"] >= TIMES_BAR
    assert rows["naive, compiled"]["ratio"] >= 10
    for row in rows.values():
        assert row["ratio"] == pytest.approx(
            row["cpu_seconds"] / rows["queues"]["cpu_seconds"], rel=0.02, abs=0.1
        )


def test_shared_speakers_flatter_the_reader_of_digits() -> None:
    rows = rows_of("spoken_digits")
    assert list(rows) == list(load("spoken_digits").OPTIONS)
    for row in rows.values():
        assert row["runs"] == len(row["error_runs"]) >= 3
        assert math.isclose(row["error"], float(np.mean(row["error_runs"])), abs_tol=2e-4)
    apart, official = rows["people, speakers apart"], rows["people, official split"]
    assert min(apart["error_runs"]) > max(official["error_runs"])
    assert rows["synthetic, voices apart"]["error"] < official["error"]
