"""Thirty learners at once: what was recorded, and the same in small."""

import sys
from pathlib import Path

import pytest
from benchmarks_support import load

from course_utils.foundation import config, records

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from assets_support import ARCHIVE, fruit_table, write_registry  # noqa: E402


@pytest.fixture(scope="module")
def recorded():
    return {row["option"]: row for row in records.load("serve_thirty").rows}


def test_thirty_learners_got_whole_files(recorded):
    room = recorded["30 clients at once"]
    assert room["clients"] == room["whole"] == 30
    assert room["failed"] == 0 and room["errors"] == []
    assert room["megabytes"] == pytest.approx(30 * recorded["one client"]["megabytes"], rel=1e-3)
    assert room["megabytes"] > 500, "a real asset, not a toy"


def test_what_is_outside_of_the_registry_was_refused_while_they_fetched(recorded):
    refused = recorded["30 clients at once"]["refused"]
    assert set(refused.values()) == {404}
    assert set(refused) == set(load("serve_thirty").FORBIDDEN)
    assert any(".." in path for path in refused)


def test_throughput_is_reported_beside_that_of_one_client(recorded):
    one, room = recorded["one client"], recorded["30 clients at once"]
    assert one["ratio"] == 1
    assert room["ratio"] == pytest.approx(room["megabytes_a_second"] / one["megabytes_a_second"], abs=0.01)
    assert room["megabytes_a_second"] == pytest.approx(room["megabytes"] / room["seconds"], rel=0.01)
    # Thirty clients, server and whatever else ran shared two cores; a quarter leaves that room, a hang does not.
    assert room["ratio"] > 0.25
    assert room["seconds_slowest"] < 3 * 60


def test_the_benchmark_really_serves_fetches_and_counts(tmp_path, monkeypatch):
    (tmp_path / "course.toml").write_text("[notebooks]\n")
    write_registry(tmp_path / "data" / "registry.toml", fruits=fruit_table())
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "fruits.zip").write_bytes(ARCHIVE)
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    one, room = load("serve_thirty").measure(mirror, "fruits", clients=3, alone=1)
    assert (one["clients"], room["clients"], room["whole"], room["failed"]) == (1, 3, 3, 0)
    assert room["megabytes"] == pytest.approx(3 * one["megabytes"], abs=0.1)
    assert set(room["refused"].values()) == {404}


def test_a_client_that_fails_is_counted_with_its_error():
    told = [
        {"error": "", "status": "whole", "seconds": 1.0, "cpu_seconds": 0.5, "bytes": 2_000_000},
        {"error": "AssetError: no", "seconds": 3.0, "cpu_seconds": 0.5, "bytes": 0},
        {"error": "", "status": "damaged", "seconds": 2.0, "cpu_seconds": 0.5, "bytes": 2_000_000},
    ]
    row = load("serve_thirty").row("three", told, 4.0)
    assert (row["whole"], row["failed"], row["errors"]) == (1, 1, ["AssetError: no"])
    assert (row["megabytes_a_second"], row["seconds_median"], row["seconds_slowest"]) == (1.0, 2.0, 3.0)
