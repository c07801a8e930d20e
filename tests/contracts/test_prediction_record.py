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


def recorded() -> bool:
    return (config.repository_root() / "benchmarks" / "recorded" / "predicted_minutes.json").is_file()


@pytest.mark.skipif(
    not recorded(),
    reason="not recorded yet; on a machine that does nothing else: python benchmarks/predicted_minutes.py --record",
)
def test_predicted_seconds_are_within_half_of_the_measured_ones():
    rows = records.load("predicted_minutes").rows
    assert unknown([row["notebook"] for row in rows], config.notebook_names()) == []
    for row in rows:
        assert row["ok"], row["notebook"]
        assert 1 / FACTOR <= row["ratio"] <= FACTOR, row
        assert row["ratio"] == pytest.approx(row["measured"] / row["predicted"], abs=0.02)


def unknown(recorded: list[str], names: list[str]) -> list[str]:
    """What is wrong with the notebooks of the record: measured twice, or gone from the course."""
    return [name for name in recorded if name not in names or recorded.count(name) > 1]


@pytest.mark.parametrize("name", config.notebook_names())
def test_a_notebook_is_in_the_record_or_is_said_not_to_be_measured(name):
    rows = records.load("predicted_minutes").rows if recorded() else []
    if name not in [row["notebook"] for row in rows]:
        # All notebooks are measured together on a quiet machine, so a new one is not: no reason to keep it out.
        pytest.skip(f"{name}: not measured; python benchmarks/predicted_minutes.py --record measures all")


def test_a_notebook_that_left_the_course_may_not_stay_in_the_record_nor_be_there_twice():
    assert unknown(["01-eda"], ["01-eda", "09-new"]) == []
    assert unknown(["01-eda", "02-gone", "01-eda"], ["01-eda"]) == ["01-eda", "02-gone", "01-eda"]


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
