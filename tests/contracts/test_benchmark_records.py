"""Recorded benchmark tables were made with the code and data that stand here, and they reach the bars."""

import hashlib
import json
import math
from pathlib import Path

import pytest
from benchmarks_support import BENCHMARKS, load, nothing_traced

from course_utils.datasets import FRUIT_CLASSES, Fruits
from course_utils.foundation import records

ROOT = Path(__file__).parents[2]
FAULTS = "mutants"  # kept by `make test-mutants`: a sample of one day, which later code does not make stale
RECORDED = sorted(path for path in (BENCHMARKS / "recorded").glob("*.json") if path.stem != FAULTS)
FLOOR_2018 = 0.9959  # validation accuracy the workshop of 2018 reported
TIME_SHARE = 0.5  # of the recipe of 2018, in the same run


def test_something_is_recorded():
    assert [path.stem for path in RECORDED], "benchmarks/recorded is empty; run: make bench"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_table_belongs_to_the_script_and_data_that_stand_here(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    again = f"{path.name} is stale; run: python benchmarks/{path.stem}.py --record"
    script = BENCHMARKS / f"{path.stem}.py"
    if "digest" in content:
        assert content["digest"] == load(path.stem).digest(), again
    else:
        assert content["code"] == hashlib.sha256(script.read_bytes()).hexdigest(), again


def test_the_page_lists_each_script_with_its_record():
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    recorded = {path.stem for path in RECORDED}
    scripts = [
        path.stem for path in BENCHMARKS.glob("*.py") if "--record" in path.read_text(encoding="utf-8")
    ]
    for script in sorted(scripts):
        rows = [line for line in page.splitlines() if line.startswith(f"| `{script}.py` |")]
        assert len(rows) == 1, f"{script}.py needs one row in benchmarks/README.md"
        assert (f"`recorded/{script}.json`" in rows[0]) == (script in recorded), rows[0]


@pytest.fixture(scope="module")
def fruit_rows():
    return {row["option"]: row for row in records.load("fruit_cnn_2018").rows}


def test_the_table_says_with_what_it_was_made():
    content = json.loads((BENCHMARKS / "recorded" / "fruit_cnn_2018.json").read_text(encoding="utf-8"))
    assert content["data"]["name"] == "fruits-360"
    assert {"python", "keras", "numpy", "pillow"} <= set(content["versions"])
    assert content["machine"] and content["recorded"] and content["note"]
    assert len(content["seeds"]) >= 5


@pytest.mark.parametrize("classes", [16, 15])
def test_todays_fruit_cnn_is_at_least_as_accurate_as_that_of_2018(fruit_rows, classes):
    key = f"accuracy_{classes}"
    then, today = fruit_rows["2018, as it ran"], fruit_rows["today"]
    assert today[key] >= FLOOR_2018
    assert today[key] >= then[key]
    assert len(today[f"{key}_runs"]) == len(then[f"{key}_runs"]) >= 5
    assert math.isclose(today[key], sum(today[f"{key}_runs"]) / len(today[f"{key}_runs"]), abs_tol=2e-5)


def test_todays_fruit_cnn_takes_at_most_half_the_time_of_2018(fruit_rows):
    then, today = fruit_rows["2018, as it ran"], fruit_rows["today"]
    assert today["seconds"] <= TIME_SHARE * then["seconds"]
    assert today["ratio"] == pytest.approx(today["seconds"] / then["seconds"], abs=0.01)


def test_the_net_of_2018_has_its_833504_parameters(fruit_rows):
    assert fruit_rows["2018, as it ran"]["parameters"] == 833_504


def test_both_recipes_run_from_files_to_probabilities(tmp_path, monkeypatch):
    pytest.importorskip("keras")
    from PIL import Image

    for split in ("Training", "Test"):
        for number, name in enumerate(FRUIT_CLASSES):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for angle in range(4):
                Image.new("RGB", (100, 100), (15 * number, 100, 40 * angle)).save(folder / f"{angle}_100.jpg")
    benchmark = load("fruit_cnn_2018")
    # From files to a table is the same way after one epoch as after four.
    for epochs in ("EPOCHS", "EPOCHS_2018"):
        monkeypatch.setattr(benchmark, epochs, 1)
    with nothing_traced():
        runs = benchmark.measure(Fruits("tiny", tmp_path, "made here"), [1], list(benchmark.OPTIONS))
    rows = benchmark.summarise(runs)
    assert [row["option"] for row in rows] == list(benchmark.OPTIONS)
    for row, (done,) in zip(rows, runs.values(), strict=True):
        assert done.probabilities.shape == (64, 16)
        assert done.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-3)
        assert done.seconds > 0 and 0 <= row["accuracy_15"] <= 1
    assert rows[0]["ratio"] == pytest.approx(1)
    assert rows[-1]["parameters"] < rows[0]["parameters"] / 30


def rows_of_the_page():
    """Name of the script, and what the page says of its record, row by row."""
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    table = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    return [(cells[0].strip().strip("`"), cells[-1].strip()) for cells in table]


def test_the_page_has_a_row_for_each_script_and_they_are_sorted():
    names = [name for name, _ in rows_of_the_page()]
    assert names == sorted(path.name for path in BENCHMARKS.glob("*.py"))


def test_the_page_says_of_each_script_whether_its_table_is_kept():
    kept = {f"`recorded/{path.name}`" for path in RECORDED}
    for name, said in rows_of_the_page():
        own = f"`recorded/{Path(name).stem}.json`"
        assert said == own if own in kept else said == "not recorded yet" or said.startswith("nothing: "), (
            name
        )
    assert kept <= {said for _, said in rows_of_the_page()}
