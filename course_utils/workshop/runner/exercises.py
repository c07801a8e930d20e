"""Exercises in a notebook: a stub, its check, and a solution folded into the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.workshop.runner.evidence import tags

STUB, CHECK, SOLUTION = "exercise-stub", "exercise-check", "exercise-solution"
CODE_BLOCK = re.compile(r"^```python[ \t]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)


class ExerciseError(ValueError):
    """An exercise whose three parts do not fit together; the message names the notebook's cell to mend."""


@dataclass(frozen=True)
class Exercise:
    """The three cells of one exercise."""

    number: str
    stub: Mapping
    check: Mapping
    solution: Mapping

    @property
    def solution_code(self) -> str:
        """The code of the folded solution. Raises ExerciseError when there is not exactly one code block."""
        blocks = CODE_BLOCK.findall(self.solution["source"])
        if len(blocks) != 1:
            raise ExerciseError(
                f"The solution of exercise {self.number} has {len(blocks)} ```python blocks; expected one, "
                "inside <details><summary>Solution</summary>"
            )
        return blocks[0].rstrip("\n")


def exercises(notebook: Mapping) -> list[Exercise]:
    """The exercises of a notebook in order.

    Raises ExerciseError when a stub, check or solution is missing, doubled or without a number.
    """
    parts: dict[str, dict[str, Mapping]] = {}
    for cell in notebook["cells"]:
        for role in {STUB, CHECK, SOLUTION} & set(tags(cell)):
            number = cell["metadata"].get("exercise")
            if not number:
                raise ExerciseError(
                    f"Cell {cell.get('id')} is tagged {role}, but its metadata has no 'exercise'"
                )
            if role in parts.setdefault(str(number), {}):
                raise ExerciseError(f"Exercise {number} has two cells tagged {role}; expected one")
            parts[str(number)][role] = cell
    for number, found in parts.items():
        if missing := [role for role in (STUB, CHECK, SOLUTION) if role not in found]:
            raise ExerciseError(f"Exercise {number} has no cell tagged {' and none tagged '.join(missing)}")
    return [Exercise(number, found[STUB], found[CHECK], found[SOLUTION]) for number, found in parts.items()]


def put_solutions_in(notebook: Mapping) -> None:
    """Replace the code of every stub by its solution, in place."""
    for exercise in exercises(notebook):
        exercise.stub["source"] = exercise.solution_code
