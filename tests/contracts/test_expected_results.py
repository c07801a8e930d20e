"""What is called usual was measured: each band follows from the runs that are kept beside it."""

import dataclasses
import json
import re
from collections import defaultdict

import pytest

from course_utils.checks.expected import expected, own_source, source_of_bands
from course_utils.foundation import config
from course_utils.workshop.runner import measuring
from course_utils.workshop.runner.bands import within

NAMES = config.notebook_names()
CORE = [name for name, table in config.course()["notebooks"].items() if table["track"] == "core"]
REAL = re.compile(r"\b(real data|fruits-360), recorded")  # the head of a column
HOW = config.repository_root() / "CONTRIBUTING.md"
MEASURED = sorted((config.repository_root() / "benchmarks" / "expected").glob("*.json"))


def bands_of_kept_runs(name):
    """(profile, data source) → bands, worked out again from benchmarks/bands/<name>.json."""
    groups = defaultdict(list)
    for run in measuring.read_record(measuring.record_path(name)):
        if run["role"] == "band":
            groups[run["profile"], source_of_bands(run["data"], str(run["weights"]))].append(run)
    return {place: as_stated(measuring.bands_of(runs)) for place, runs in groups.items()}


def as_stated(bands):
    return {
        result: {key: value for key, value in dataclasses.asdict(band).items() if value is not None}
        for result, band in bands.items()
    }


def own_runs(name):
    """(profile, usual source, backend) → the runs kept for the bands that a backend has of its own."""
    groups = defaultdict(list)
    for run in measuring.read_record(measuring.record_path(name)):
        if run["role"] == "own":
            usual = source_of_bands(run["data"], str(run["weights"]))
            groups[run["profile"], usual, run["backend"]].append(run)
    return groups


def differences(expected, name):
    """One line for each band that the kept runs do not give."""
    made = bands_of_kept_runs(name)
    stated = {
        (profile, data): bands for profile, sources in expected.items() for data, bands in sources.items()
    }
    for (profile, usual, backend), runs in own_runs(name).items():
        place = profile, own_source(usual, backend)
        bands = as_stated(measuring.bands_of(runs))
        made[place] = {result: bands[result] for result in bands if result in stated.get(place, {})}
    return [
        f"{name}, {', '.join(place)}, {result}: {stated.get(place, {}).get(result)} is stated, the runs give "
        f"{made.get(place, {}).get(result)}. Type: course bands {name}"
        for place in sorted({*made, *stated})
        for result in sorted({*made.get(place, {}), *stated.get(place, {})})
        if made.get(place, {}).get(result) != stated.get(place, {}).get(result)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_band_is_what_its_kept_runs_give(name):
    assert differences(config.course()["notebooks"][name].get("expected", {}), name) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_band_of_a_backend_s_own_is_needed_and_explained_and_holds_for_its_runs(name):
    for (profile, usual, backend), runs in own_runs(name).items():
        tensorflow, bands = expected(name, profile, usual), expected(name, profile, usual, backend)
        own = {result for result in bands if bands[result] != tensorflow.get(result)}
        assert own, f"{name} has runs on {backend} for bands of its own, but no such band"
        for run in runs:
            assert not outside(run, bands), f"{name}, {backend}, seed {run['seed']}: name them with --own too"
        found = set().union(*(outside(run, tensorflow) for run in runs))
        assert own <= found, f"{name}: on {backend} the usual bands of {sorted(own - found)} do"
        for result in own:
            row = f"| {name} | {backend} | `{result}` |"
            assert row in HOW.read_text(encoding="utf-8"), f"{HOW.name} has no reason in a line '{row} ...'"


def outside(run, bands):
    return {
        result
        for result, one in run["results"].items()
        if result in bands and not within(one["value"], bands[result]["low"], bands[result]["high"])
    }


def test_a_band_edited_by_hand_is_found():
    name = "05-fruit-cnn"
    expected = json.loads(config.measured_path(name).read_text(encoding="utf-8"))["expected"]
    expected["class"]["bundled"]["test_accuracy"]["low"] = 0.01
    (line,) = differences(expected, name)
    assert "test_accuracy" in line and "0.01" in line


def test_a_band_without_runs_is_found():
    name = "05-fruit-cnn"
    expected = json.loads(config.measured_path(name).read_text(encoding="utf-8"))["expected"]
    expected["full"] = {"real": {"test_accuracy": {"low": 0.9, "high": 1.0}}}
    (line,) = differences(expected, name)
    assert "full, real" in line and "the runs give None" in line


def test_every_bundled_file_counts_in_the_digests_except_what_describes_it():
    described = {".md", ".json", ".toml"}
    data = config.repository_root() / "data"
    suffixes = {file.suffix for file in data.rglob("*") if file.is_file() and not file.name.startswith(".")}
    missing = suffixes - measuring.BUNDLED_SUFFIXES - {".tsv"} - described
    assert not missing, (
        f"add {', '.join(missing)} to measuring.BUNDLED_SUFFIXES: runs must notice such a file"
    )


def test_nothing_measured_stands_in_the_file_that_people_write():
    text = (config.repository_root() / "course.toml").read_text(encoding="utf-8")
    for measured in (".expected", ".seconds", "[reference]"):
        assert measured not in text, f"{measured} belongs to benchmarks/expected"


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: path.stem)
def test_each_measured_file_belongs_to_a_notebook_that_is_there(path):
    assert path.stem in [*NAMES, "reference"], f"{path.name} is of no notebook; delete it"


def closing_tables(name):
    """The stored tables in which a notebook compares what it measured: head → the texts below it, for each table."""
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    closing = [cell for cell in cells if cell["id"].startswith("comparison") and cell["cell_type"] == "code"]
    for output in (output.get("data", {}) for cell in closing for output in cell["outputs"]):
        rows = "".join(output.get("text/html", "")).partition("<table")[2].split("</tr>")
        heads, *rows = [re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
        yield {
            head: [row[place] for row in rows if len(row) == len(heads)] for place, head in enumerate(heads)
        }


@pytest.mark.parametrize("name", [name for name in CORE if name != "00-convolutions"])
def test_the_closing_table_has_a_column_of_recorded_real_data(name):
    """All but 00, whose digits are real data themselves."""
    tables = list(closing_tables(name))
    found = {head: texts for columns in tables for head, texts in columns.items() if REAL.search(head)}
    assert found, f"{name} closes with {[list(columns) for columns in tables]}; none is recorded real data"
    for head, texts in found.items():
        assert any(re.match(r"\d\.\d{2}", text) for text in texts), f"{head} has no number: {texts}"
