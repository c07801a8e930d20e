"""Exercises as an assignment for nbgrader: the stub fails its check there too, the solution passes it."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import re

import keras
import nbformat
import numpy as np
import pytest
from typer.testing import CliRunner

from course_utils import checks
from course_utils.foundation import config
from course_utils.workshop.cli import app
from course_utils.workshop.instructor import assignment
from course_utils.workshop.runner.execution import read_notebook
from course_utils.workshop.runner.exercises import exercises

NAMES = config.notebook_names()
NAME = "05-fruit-cnn"
# nbgrader's schema 3 of a cell's metadata: key, type; all but the last two are required.
SCHEMA = {
    "schema_version": int,
    "grade": bool,
    "locked": bool,
    "solution": bool,
    "task": bool,
    "grade_id": str,
    "points": int,
}


@functools.cache
def exported(name: str) -> nbformat.NotebookNode:
    text = json.dumps(
        assignment.assignment(json.loads(config.notebook_path(name).read_text(encoding="utf-8")), name)
    )
    return nbformat.reads(text, as_version=4)


def graded(notebook) -> dict[str, nbformat.NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def as_handed_out(source: str) -> str:
    """As nbgrader clears a solution, with the course's settings."""
    return re.sub(rf"{assignment.BEGIN}\n.*?{assignment.END}", "# YOUR CODE HERE", source, flags=re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_the_assignment_is_a_valid_notebook_with_valid_metadata(name):
    notebook = exported(name)
    nbformat.validate(notebook)
    cells = graded(notebook)
    count = len(exercises(read_notebook(config.notebook_path(name))))
    assert len(cells) == 2 * count > 0
    for identifier, cell in cells.items():
        metadata = cell.metadata.nbgrader
        assert re.fullmatch(r"[a-zA-Z0-9_\-]+", identifier)
        assert all(type(value) is SCHEMA[key] for key, value in metadata.items()), metadata
        assert set(SCHEMA) - set(metadata) <= {"points"}
        assert metadata.schema_version == 3
        assert ("points" in metadata) == metadata.grade == metadata.locked != metadata.solution


@pytest.mark.parametrize("name", NAMES)
def test_nothing_gives_a_solution_away(name):
    handed_out = "\n".join(as_handed_out(cell.source) for cell in exported(name).cells)
    for exercise in exercises(read_notebook(config.notebook_path(name))):
        assert exercise.solution_code not in handed_out
        assert exercise.stub["source"] in handed_out
    assert "### " not in "\n".join(line for line in handed_out.splitlines() if "SOLUTION" in line)
    assert all(not cell.get("outputs") for cell in exported(name).cells)


# Exercise 3 retrains a net on the notebook's pictures: nbval runs its stub, its solution and its check.
@pytest.mark.parametrize("number", ["1", "2", "4"])
@pytest.mark.parametrize("solved", [False, True], ids=["stub", "solution"])
def test_the_check_gives_points_for_the_solution_and_none_for_the_stub(number, solved):
    cells = graded(exported(NAME))
    room = {"checks": checks, "np": np, "keras": keras, "layers": keras.layers}
    source = cells[f"exercise-{number}"].source
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source if solved else as_handed_out(source), room)  # noqa: S102
        check = cells[f"exercise-{number}-check"].source
        if solved:
            exec(check, room)  # noqa: S102
        else:
            with pytest.raises(AssertionError, match=f"Exercise {number}"):
                exec(check, room)  # noqa: S102


def test_the_command_writes_the_layout_of_an_nbgrader_course(tmp_path):
    said = CliRunner().invoke(app, ["export-assignment", "05", "--to", str(tmp_path), "--points", "3"])
    assert said.exit_code == 0, said.output
    written = tmp_path / "source" / NAME / f"{NAME}.ipynb"
    points = [
        cell.metadata.nbgrader.get("points") for cell in graded(nbformat.read(written, as_version=4)).values()
    ]
    assert points == [None, 3] * 4
    assert "nbgrader generate_assignment 05-fruit-cnn" in said.output
    compile((tmp_path / "nbgrader_config.py").read_text(encoding="utf-8"), "nbgrader_config.py", "exec")


def test_an_assignment_that_is_there_and_settings_of_ones_own_are_kept(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("# mine")
    assignment.export("05", tmp_path)
    said = CliRunner().invoke(app, ["export-assignment", "05", "--to", str(tmp_path)])
    assert said.exit_code == 1 and "--again" in said.output
    assignment.export("05", tmp_path, again=True)
    assert (tmp_path / "nbgrader_config.py").read_text() == "# mine"


def test_a_notebook_without_exercises_is_refused():
    with pytest.raises(assignment.AssignmentError, match="no exercises"):
        assignment.assignment({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, "99-tiny")
