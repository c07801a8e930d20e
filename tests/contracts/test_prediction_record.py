"""The doctor's minutes came true where they were tried: recorded, and the arithmetic in small."""

import types

import pytest
from benchmarks_support import load

from course_utils.foundation import config, records
from course_utils.workshop.doctor import speed

FACTOR = 1.5
COURSE = {
    "reference": {"backend": "tensorflow", "processor_ms": 0.5, "convolution_ms": 10.0},
    "notebooks": {
        "01-eda": {"accelerator": "none", "seconds": {"smoke": {"bundled": 20}}},
        "06-text-cnn": {"accelerator": "optional"},
    },
}


@pytest.mark.skipif(
    not (config.repository_root() / "benchmarks" / "recorded" / "predicted_minutes.json").is_file(),
    reason="not recorded yet; on a machine that does nothing else: python benchmarks/predicted_minutes.py --record",
)
def test_predicted_seconds_are_within_half_of_the_measured_ones():
    rows = records.load("predicted_minutes").rows
    assert [row["notebook"] for row in rows] == config.notebook_names()
    for row in rows:
        assert row["ok"], row["notebook"]
        assert 1 / FACTOR <= row["ratio"] <= FACTOR, row
        assert row["ratio"] == pytest.approx(row["measured"] / row["predicted"], abs=0.02)


def test_a_load_that_comes_or_goes_counts_half(monkeypatch):
    monkeypatch.setattr(config, "course", lambda: COURSE)
    run = types.SimpleNamespace(seconds=40.0, ok=True)
    quiet = speed.Speed("tensorflow", 0.5, 10.0, busy=1.0, load=0.1)
    busy = speed.Speed("tensorflow", 0.5, 10.0, busy=4.0, load=3.0)
    row = load("predicted_minutes").row("01-eda", run, quiet, busy)
    assert (row["predicted"], row["ratio"], row["quiet"]) == (40.0, 1.0, 20.0)
    assert row["busy"] == [1.0, 4.0] and row["load"] == [0.1, 3.0]


def test_a_notebook_that_was_never_measured_is_an_error(monkeypatch):
    monkeypatch.setattr(config, "course", lambda: COURSE)
    with pytest.raises(speed.SpeedError, match="course bands 06-text-cnn"):
        load("predicted_minutes").predicted("06-text-cnn", speed.Speed("tensorflow", 0.5, 10.0))
