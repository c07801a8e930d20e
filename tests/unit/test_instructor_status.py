"""What runs have shown is kept by platform, and the page says of the rest that nobody has measured it."""

import json

import pytest
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop.cli import app
from course_utils.workshop.instructor import status

COURSE = {"notebooks": {"01-eda": {}, "05-fruit-cnn": {}}}
LINUX = status.Platform("Linux", "3.11", "tensorflow", "cpu")


def line(**changes):
    """One line of a report, as `course run --json` writes it."""
    return {
        "notebook": "01-eda",
        "profile": "smoke",
        "data": "bundled",
        "weights": "none",
        "backend": "tensorflow",
        "device": "CPU",
        "seed": 2018,
        "seconds": 12.3,
        "cells": 30,
        "peak_mb": 900,
        "peak_gpu_mb": None,
        "date": "2026-11-21",
        "system": "Linux",
        "machine": "a laptop, 2 cores, Linux",
        "versions": {"python": "3.11.7", "course_utils": "0.1.0", "keras": "3.15.1", "tensorflow": "2.21.0"},
        "results": {
            "step": {"value": 17.0, "kind": "number", "chance": None, "ok": True},
            "own_test_accuracy": {"value": 0.786, "kind": "share", "chance": 0.0625, "ok": True},
        },
        "problems": [],
        "ok": True,
    } | changes


def test_a_platform_is_told_by_what_decides_whether_a_notebook_runs():
    assert status.platform_of(line()) == LINUX
    assert LINUX.key == "linux-py311-tensorflow-cpu-lock"
    other = status.platform_of(line(backend="jax", device="GPU (NVIDIA Big)", system="Darwin"), "latest")
    assert other.key == "darwin-py311-jax-gpu-latest"
    assert other.title == "macOS, Python 3.11, jax on GPU, latest versions"


def test_the_row_has_seconds_metric_chance_versions_and_day(tmp_path):
    (path,) = status.keep([line()], into=tmp_path)
    (row,) = status.read(path)
    assert row["metric"] == {"name": "own_test_accuracy", "value": 0.786, "chance": 0.0625, "ok": True}
    assert (row["seconds"], row["date"], row["versions"]["keras"]) == (12.3, "2026-11-21", "3.15.1")
    assert row["results"] == {"step": 17.0, "own_test_accuracy": 0.786}


def test_a_newer_run_takes_the_place_of_the_older_one_and_of_no_other(tmp_path):
    status.keep([line(), line(notebook="05-fruit-cnn"), line(profile="class")], into=tmp_path)
    status.keep([line(seconds=99.0, date="2026-12-01")], into=tmp_path)
    ((platform, rows),) = status.recorded(tmp_path).items()
    assert platform == LINUX
    assert [(row["notebook"], row["profile"], row["seconds"]) for row in rows] == [
        ("01-eda", "class", 12.3),
        ("01-eda", "smoke", 99.0),
        ("05-fruit-cnn", "smoke", 12.3),
    ]


def test_each_platform_has_a_file_of_its_own(tmp_path):
    paths = status.keep([line(), line(backend="jax")], into=tmp_path)
    assert [path.name for path in paths] == [
        "linux-py311-jax-cpu-lock.json",
        "linux-py311-tensorflow-cpu-lock.json",
    ]


@pytest.mark.parametrize("missing", ["versions", "system", "device"])
def test_a_report_that_does_not_say_where_it_ran_is_refused(tmp_path, missing):
    with pytest.raises(status.StatusError, match="01-eda.*course run"):
        status.keep([line(**{missing: None})], into=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_variant_is_refused(tmp_path):
    with pytest.raises(status.StatusError, match="lock, oldest, latest, colab"):
        status.keep([line()], "newest", tmp_path)


def test_the_page_says_of_what_nobody_ran_that_there_is_no_report(tmp_path):
    text = status.page(COURSE, {})
    for number in range(1, len(status.PROMISED) + 1):
        assert f"**P{number}**" in text
    assert text.count("(never measured)") == len(status.PROMISED)
    assert f"| 05-fruit-cnn |{' no report |' * len(status.PROMISED)}" in text
    assert "✓ smoke" not in text


def test_the_page_shows_what_was_kept_and_marks_failures(tmp_path):
    failed = line(
        notebook="05-fruit-cnn", ok=False, problems=["Cell 3 (fit): model.fit(x | y) · ValueError: no"]
    )
    status.keep([line(), failed], into=tmp_path)
    text = status.page(COURSE, status.recorded(tmp_path))
    assert "| 01-eda | ✓ smoke |" in text and "| 05-fruit-cnn | ✗ smoke |" in text
    assert "own_test_accuracy 0.786 (0.0625)" in text
    assert "python 3.11.7, keras 3.15.1, tensorflow 2.21.0" in text
    assert "✗ Cell 3 (fit): model.fit(x / y) · ValueError: no |" in text, "a bar would break the table"
    assert text.count("(never measured)") == len(status.PROMISED) - 1


def test_a_platform_nobody_promised_is_shown_too(tmp_path):
    status.keep([line(backend="jax", device="GPU (NVIDIA Big)", peak_gpu_mb=2500)], into=tmp_path)
    text = status.page(COURSE, status.recorded(tmp_path))
    assert f"## P{len(status.PROMISED) + 1} · Linux, Python 3.11, jax on GPU" in text and "| 2500 |" in text


def test_a_result_without_a_band_is_no_success_on_the_page(tmp_path):
    found = {"test_accuracy": {"value": 0.9, "kind": "share", "chance": 0.5, "ok": None}}
    status.keep([line(results=found)], into=tmp_path)
    assert "test_accuracy 0.9 (0.5), no band yet" in status.page(COURSE, status.recorded(tmp_path))


@pytest.fixture
def a_course(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(config, "course", lambda: COURSE)
    (tmp_path / "report.json").write_text(json.dumps([line()]))
    return tmp_path


def test_the_command_keeps_a_report_and_writes_the_page(a_course):
    said = CliRunner().invoke(
        app, ["status", "--record", str(a_course / "report.json"), "--variant", "colab"]
    )
    assert said.exit_code == 0, said.output
    assert "kept in benchmarks/status/linux-py311-tensorflow-cpu-colab.json" in said.output
    page = (a_course / "docs" / "status.md").read_text(encoding="utf-8")
    assert "Colab's versions of August 2026" in page and "✓ smoke" in page


def test_a_notebook_that_ended_early_costs_the_others_nothing(a_course):
    ended = line(notebook="05-fruit-cnn", versions={}, device=None, ok=False)
    (a_course / "report.json").write_text(json.dumps([ended, line()]))
    said = CliRunner().invoke(app, ["status", "--record", str(a_course / "report.json")])
    assert said.exit_code == 1 and "05-fruit-cnn: the report does not say where it ran" in said.output
    ((_, rows),) = status.recorded().items()
    assert [row["notebook"] for row in rows] == ["01-eda"]
    assert "✓ smoke" in (a_course / "docs" / "status.md").read_text(encoding="utf-8")


def test_the_command_alone_shows_the_page_and_writes_nothing(a_course):
    said = CliRunner().invoke(app, ["status"])
    assert said.exit_code == 0 and "# Where the notebooks run" in said.output
    assert not (a_course / "docs").exists()


def test_a_report_without_results_is_called_no_report(a_course):
    bare = {key: value for key, value in line().items() if key != "results"}
    (a_course / "report.json").write_text(json.dumps([bare]))
    said = CliRunner().invoke(app, ["status", "--record", str(a_course / "report.json")])
    assert (
        said.exit_code == 1 and "is not a report; `course run NOTEBOOK --json FILE` writes one" in said.output
    )


@pytest.mark.parametrize("content", ["not json", "[{}]", None])
def test_a_file_that_is_no_report_ends_with_its_name(a_course, content):
    path = a_course / "other.json"
    if content is not None:
        path.write_text(content)
    said = CliRunner().invoke(app, ["status", "--record", str(path)])
    assert said.exit_code == 1 and "other.json" in said.output
