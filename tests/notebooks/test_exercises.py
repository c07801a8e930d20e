"""One more run of each notebook, as on a day when it gets late and everyone has solved the exercises.

Every exercise can be solved: with its folded solution in the stub's place, its check passes. And the sections that
course.toml calls `late` can be left out: nothing after them breaks, no result leaves its band. Sections with an
exercise of their own stay in this run, or nobody would try its solution; that nothing after *them* breaks is looked
up by names (tests/contracts/test_schedules.py). That no stub passes its own check is proven by the run of the
notebooks as they are (nbval_repairs).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from course_utils.foundation import config
from course_utils.workshop.instructor import schedules
from course_utils.workshop.runner.evidence import notebook_verdicts, tags
from course_utils.workshop.runner.execution import Settings, read_notebook, run_notebook
from course_utils.workshop.runner.exercises import CHECK, SOLUTION, STUB, exercises, put_solutions_in

A_RESULT = re.compile(r"session\.result\(\s*\"(\w+)\"")


def with_exercises() -> list[str]:
    """Notebooks that set exercises."""
    names = [name for name in config.notebook_names() if config.notebook_path(name).is_file()]
    return [name for name in names if exercises(read_notebook(config.notebook_path(name)))]


def left_out_when_late(name: str, notebook: Mapping) -> list[Mapping]:
    """The cells of the late sections that hold no exercise."""
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    sections = [[cells[cell] for cell in skip.cells] for skip in schedules.skips(name)]
    parts = {STUB, CHECK, SOLUTION}
    return [
        cell
        for section in sections
        if not any(parts & set(tags(each)) for each in section)
        for cell in section
    ]


@pytest.mark.parametrize("name", with_exercises())
def test_every_solution_passes_its_check_and_late_sections_are_not_missed(name: str) -> None:
    path: Path = config.notebook_path(name)
    untouched = path.read_bytes()
    late = left_out_when_late(name, read_notebook(path))
    assert any(cell["cell_type"] == "code" for cell in late), "no late section with code is left out"
    skipped = {cell["id"] for cell in late}

    def as_on_a_late_day(notebook: Mapping) -> None:
        put_solutions_in(notebook)
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in skipped]

    run = run_notebook(path, Settings("smoke", "bundled"), prepare=as_on_a_late_day)

    if run.failure:
        pytest.fail(
            f"{name} with its solutions, without {', '.join(sorted(skipped))}: {run.failure}\n{run.traceback or ''}",
            pytrace=False,
        )
    verdicts = notebook_verdicts(run.notebook)
    expected = {exercise.number: True for exercise in exercises(read_notebook(path))}
    assert verdicts == expected, f"{name}: solutions that do not pass: {verdicts}"
    gone = {result for cell in late for result in A_RESULT.findall(cell["source"])}
    problems = [problem for problem in run.report["problems"] if not says_that_it_is_gone(problem, gone)]
    assert problems == []
    assert path.read_bytes() == untouched, "the notebook itself was changed"


def says_that_it_is_gone(problem: str, results: set[str]) -> bool:
    """Is this the report's complaint that a result of a section that was left out is missing?"""
    return any(problem.startswith(f"{result} is expected") for result in results)
