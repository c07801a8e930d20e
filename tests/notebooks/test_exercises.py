"""Every exercise can be solved: with its folded solution in the stub's place, its check passes.

That no stub passes its own check is proven by the run of the notebooks as they are (nbval_repairs).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import config
from course_utils.runner.evidence import notebook_verdicts
from course_utils.runner.execution import Settings, read_notebook, run_notebook
from course_utils.runner.exercises import exercises, put_solutions_in


def with_exercises() -> list[str]:
    """Notebooks that set exercises."""
    names = [name for name in config.notebook_names() if config.notebook_path(name).is_file()]
    return [name for name in names if exercises(read_notebook(config.notebook_path(name)))]


@pytest.mark.parametrize("name", with_exercises())
def test_every_solution_passes_its_check(name: str) -> None:
    path: Path = config.notebook_path(name)
    untouched = path.read_bytes()

    run = run_notebook(path, Settings("smoke", "bundled"), prepare=put_solutions_in)

    if run.failure:
        pytest.fail(f"{name} with its solutions: {run.failure}\n{run.traceback or ''}", pytrace=False)
    verdicts = notebook_verdicts(run.notebook)
    expected = {exercise.number: True for exercise in exercises(read_notebook(path))}
    assert verdicts == expected, f"{name}: solutions that do not pass: {verdicts}"
    assert run.ok, run.report["problems"]
    assert path.read_bytes() == untouched, "the notebook itself was changed"
