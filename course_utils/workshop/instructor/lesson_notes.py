"""Notes to the instructor inside the lessons: folded Markdown cells tagged `instructor`, each with its minute.

They stand in the originals and on the site. Learners' working copies leave them out, so that a note may speak of what
comes next. The minute is what a class has used up to there if nothing is skipped, counted from the cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.workshop.workspace import is_instructors

FORM = re.compile(
    r"\A<details><summary>For the instructor · minute (?P<minute>\d+)(?P<rest> · break)?</summary>\n\n"
    r"(?P<text>.+?)\n\n</details>\Z",
    re.DOTALL,
)
WORDS_A_MINUTE, LINES_A_MINUTE, EXERCISE_MINUTES = 200, 12, 6
SLACK = 5  # minutes by which a note may be off before it is written anew: a sentence more changes no note


@dataclass(frozen=True)
class Note:
    """One note: id of its cell, the minute it names, the minute counted, whether it is a break, its text."""

    cell: str
    minute: int
    counted: float
    is_break: bool
    text: str


def minutes_before(cells: list[Mapping]) -> list[float]:
    """For each cell the minutes that a class has used before it, and as last entry the whole.

    200 words or 12 lines of code a minute, 6 minutes an exercise, 1 a prediction, 1 a question of the quiz. Notes and
    folded solutions take no time.
    """
    used, before = 0.0, []
    for cell in cells:
        before.append(used)
        used += _minutes(cell)
    return [*before, used]


def notes(notebook: Mapping) -> list[Note]:
    """The notes of a notebook in order. Raises ValueError for a cell that is tagged and not in their form."""
    cells = notebook["cells"]
    found = []
    for cell, counted in zip(cells, minutes_before(cells), strict=False):
        if not is_instructors(cell):
            continue
        note = FORM.match("".join(cell["source"]))
        if cell["cell_type"] != "markdown" or not note:
            raise ValueError(
                f"Cell {cell.get('id')} is tagged instructor; expected Markdown that begins with "
                "<details><summary>For the instructor · minute 30</summary> and ends with </details>"
            )
        found.append(Note(cell["id"], int(note["minute"]), counted, bool(note["rest"]), note["text"]))
    return found


def with_minutes(cells: list[dict]) -> None:
    """Write the minute of each note anew where it is off by more than five, in place."""
    for cell, counted in zip(cells, minutes_before(cells), strict=False):
        source = "".join(cell["source"])
        note = FORM.match(source) if is_instructors(cell) else None
        if note and abs(int(note["minute"]) - counted) > SLACK:
            written = source.replace(f"minute {note['minute']}", f"minute {round(counted)}", 1)
            cell["source"] = written.splitlines(keepends=True)


def _minutes(cell: Mapping) -> float:
    source, labels = "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])
    if cell["cell_type"] == "code":
        return sum(bool(line.strip()) for line in source.splitlines()) / LINES_A_MINUTE
    if is_instructors(cell) or "exercise-solution" in labels:
        return 0.0
    words = re.sub(r"```.*?```", "", source, flags=re.DOTALL).split()
    extra = len(re.findall(r"\*\*Predict first", source))
    extra += len(re.findall(r"^\*\*\d\.", source, re.MULTILINE)) if "## Quiz" in source else 0
    extra += EXERCISE_MINUTES * len(re.findall(r"^#+ Exercise \d", source, re.MULTILINE))
    return len(words) / WORDS_A_MINUTE + extra
