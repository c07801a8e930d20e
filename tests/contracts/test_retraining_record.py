"""The exercises that retrain a net ask for what the course's own solution reaches with every seed, within a minute."""

import json

import pytest
from benchmarks_support import load
from exercises_support import exercises_of, trains

from course_utils.foundation import config, records

SEEDS, SECONDS = 5, 60
ROWS = records.load("retraining").rows


def test_each_exercise_whose_solution_trains_a_net_is_measured():
    measured = {
        (name, number) for name, numbers in load("retraining").RETRAINED.items() for number in numbers
    }
    there = {
        (name, exercise.number)
        for name in config.notebook_names()[:9]
        for exercise in exercises_of(name)
        if trains(exercise)
    }
    assert measured == there
    assert {(row["notebook"], str(row["exercise"])) for row in ROWS} == measured


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['notebook']}-{row['exercise']}-{row['score']}")
def test_a_solution_passes_with_every_seed_within_a_minute(row):
    assert row["runs"] == len(row["scores"]) == SEEDS
    assert row["passed"] == SEEDS and min(row["scores"]) >= row["asked"], json.dumps(row)
    assert row["seconds"] <= SECONDS
