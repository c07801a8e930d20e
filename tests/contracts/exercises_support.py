"""Exercises of notebooks, as several tests ask about them."""

import re

from course_utils.foundation import config
from course_utils.workshop.runner.execution import read_notebook
from course_utils.workshop.runner.exercises import Exercise, exercises

TRAINS = re.compile(r"\.fit\(|\btrain\w*\(|\bfit_head\(")


def exercises_of(name: str) -> list[Exercise]:
    """The exercises of a notebook, in its order."""
    return exercises(read_notebook(config.notebook_path(name)))


def trains(exercise: Exercise) -> bool:
    """Whether the solution of an exercise trains a net."""
    return bool(TRAINS.search(exercise.solution_code))
