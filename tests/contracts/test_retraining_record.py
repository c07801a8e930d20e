"""The exercises that retrain a net ask for what the course's own solution reaches with every seed, within a minute."""

import json
import re

import pytest
from benchmarks_support import load

from course_utils.foundation import config, records
from course_utils.workshop.runner.execution import read_notebook
from course_utils.workshop.runner.exercises import exercises

SEEDS, SECONDS = 5, 60
NOTEBOOKS = sorted((config.repository_root() / "notebooks").glob("0*.ipynb"))[:9]
TRAINS = re.compile(r"\.fit\(|\btrain\w*\(|\bfit_head\(")
ROWS = records.load("retraining").rows


def test_each_exercise_whose_solution_trains_a_net_is_measured():
    measured = {
        (name, number) for name, numbers in load("retraining").RETRAINED.items() for number in numbers
    }
    there = {
        (path.stem, exercise.number)
        for path in NOTEBOOKS
        for exercise in exercises(read_notebook(path))
        if TRAINS.search(exercise.solution_code)
    }
    assert measured == there
    assert {(row["notebook"], str(row["exercise"])) for row in ROWS} == measured


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['notebook']}-{row['exercise']}-{row['score']}")
def test_a_solution_passes_with_every_seed_within_a_minute(row):
    assert row["runs"] == len(row["scores"]) == SEEDS
    assert row["passed"] == SEEDS and min(row["scores"]) >= row["asked"], json.dumps(row)
    assert row["seconds"] <= SECONDS
