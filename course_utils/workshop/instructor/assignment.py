"""A notebook's exercises as an assignment for nbgrader, which hands them out, collects them and gives points.

nbgrader rather than otter: it keeps all it needs in the cells' metadata, its student version is the notebook itself,
and it belongs to JupyterHub, for which the course has values. Otter wants raw cells around each question and a package
of its own in the student's notebook. Source of the format: nbgrader's documentation, cell metadata schema 3.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop import workspace
from course_utils.workshop.runner.exercises import exercises

SCHEMA = 3
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CONFIG = "nbgrader_config.py"
# A cell of the course's notebooks may train for minutes; nbgrader gives each 30 seconds.
CELL_SECONDS = 600
CONFIGURATION = f'''"""nbgrader's settings for assignments made by `course export-assignment`."""

import os

c = get_config()

# The stub above the solution stays: it runs without an error, so that the notebook works for who skips an exercise.
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE"}}
c.ExecutePreprocessor.timeout = {CELL_SECONDS}
# Each submission is run from the top: with the smallest nets and the data that come with the course.
os.environ.setdefault("COURSE_PROFILE", "smoke")
os.environ.setdefault("COURSE_DATA", "bundled")
os.environ.setdefault("COURSE_AUTOMATIC", "1")
'''


class AssignmentError(ValueError):
    """A notebook that can't be exported; the message says what to type."""


def export(name: str, folder: Path, points: int = 1, again: bool = False) -> Path:
    """Write the instructor's version of a notebook to nbgrader's `source` folder below `folder`; gives the file.

    Beside it nbgrader's settings, unless there are some. The student's version is nbgrader's to make, from the
    solutions between their marks.

    Args:
        name: a notebook's name or number.
        folder: the folder of an nbgrader course.
        points: for each exercise.
        again: replace an assignment that is there.

    Raises:
        AssignmentError: for a notebook without exercises, and an assignment that is there.
        course_utils.foundation.config.ConfigurationError: for an unknown notebook.
    """
    path = config.notebook_path(name)
    target = folder / "source" / path.stem / path.name
    if target.exists() and not again:
        raise AssignmentError(f"{target} is there already. To write it anew: the same command with --again")
    notebook = assignment(json.loads(path.read_text(encoding="utf-8")), path.stem, points)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )
    settings = folder / CONFIG
    if not settings.exists():
        settings.write_text(CONFIGURATION, encoding="utf-8", newline="\n")
    return target


def assignment(notebook: Mapping, name: str, points: int = 1) -> dict:
    """The notebook with each exercise as nbgrader wants it, cleared of outputs and folded solutions.

    Raises AssignmentError for a notebook without exercises.
    """
    made = json.loads(workspace.cleared(copy.deepcopy(dict(notebook))))
    for cell in made["cells"]:
        cell["source"] = "".join(cell["source"])
    found = exercises(made)
    if not found:
        raise AssignmentError(f"{name} has no exercises")
    for exercise in found:
        identifier = f"exercise-{exercise.number}"
        solution = exercise.solution_code
        exercise.stub["source"] = f"{exercise.stub['source']}\n\n\n{BEGIN}\n{solution}\n{END}"
        exercise.stub["metadata"]["nbgrader"] = _cell(identifier, solution=True)
        exercise.check["source"] = (
            f"{exercise.check['source']}\n"
            f'assert checks.verdicts["{name}", {exercise.number}], "Exercise {exercise.number}: see the hint above"'
        )
        exercise.check["metadata"]["nbgrader"] = {
            **_cell(f"{identifier}-check", grade=True, locked=True),
            "points": points,
        }
    given_away = {exercise.solution["id"] for exercise in found}
    made["cells"] = [cell for cell in made["cells"] if cell["id"] not in given_away]
    for cell in made["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    made["metadata"].pop("course", None)
    return made


def _cell(identifier: str, *, solution: bool = False, grade: bool = False, locked: bool = False) -> dict:
    """What nbgrader keeps of a cell: whether it holds a solution, gives points, may be edited."""
    return {
        "schema_version": SCHEMA,
        "grade_id": identifier,
        "solution": solution,
        "grade": grade,
        "locked": locked,
        "task": False,
    }
