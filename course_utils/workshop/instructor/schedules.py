"""Schedules of the room: which notebook at what time, with breaks, and what to skip when it gets late.

The plans stand in course.toml (`[schedules.*]`), the minutes and the sections to skip in each notebook's table
there; titles come from the notebooks themselves. `make regenerate` writes instructor/schedules.md from them.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass

from course_utils.foundation import config

PAUSES = ("Break", "Lunch")


_FRONT = re.compile(r"^(title|minutes|notebook): (.+)$", re.MULTILINE)


class ScheduleError(ValueError):
    """A plan in course.toml that cannot be read or kept; the message names the entry and what is expected."""


@dataclass(frozen=True)
class Slot:
    """One entry of a plan: when it begins (minutes after midnight), how long it is, and what it is.

    `notebook` is empty for anything but a notebook.
    """

    begins: int
    minutes: int
    what: str
    notebook: str = ""

    @property
    def pause(self) -> bool:
        """True for a break or lunch."""
        return self.what.startswith(PAUSES)


@dataclass(frozen=True)
class Day:
    """The plan of one day, from `begins` to `ends` (minutes after midnight)."""

    begins: int
    ends: int
    slots: tuple[Slot, ...]

    @property
    def in_hand(self) -> int:
        """Minutes between the last entry's end and the day's; below 0 the plan does not fit into its hours."""
        last = self.slots[-1]
        return self.ends - last.begins - last.minutes


@dataclass(frozen=True)
class Schedule:
    """A named plan of one day or more."""

    name: str
    title: str
    note: str
    days: tuple[Day, ...]

    @property
    def notebooks(self) -> list[str]:
        """The notebooks in it, in their order."""
        return [slot.notebook for day in self.days for slot in day.slots if slot.notebook]


@dataclass(frozen=True)
class Skip:
    """A section of a notebook that may be left out: the id of the cell with its heading, and what that saves.

    `cells` are the ids of all cells of the section. The minutes are planned, not measured.
    """

    cell: str
    heading: str
    minutes: int
    cells: tuple[str, ...]


def schedules() -> list[Schedule]:
    """All schedules of course.toml, shortest first as they stand there; raises ScheduleError for a bad entry."""
    return [
        Schedule(name, table["title"], table["note"], tuple(_day(name, day) for day in table["days"]))
        for name, table in config.course()["schedules"].items()
    ]


def skips(notebook: str) -> list[Skip]:
    """What to skip in a notebook when it gets late, the first to go first.

    Raises ScheduleError when course.toml names a cell that holds no heading.
    """
    return [
        _section(notebook, entry["section"], entry["minutes"])
        for entry in config.course()["notebooks"][notebook].get("late", [])
    ]


def clock(minutes: int) -> str:
    """Minutes after midnight as a clock shows them: 545 -> 09:05."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def page() -> str:
    """instructor/schedules.md as Markdown; links count from the folder `instructor/`."""
    parts = [
        "<!-- Written by tools/regenerate.py from course.toml; not edited by hand. -->",
        "# Schedules",
        "Minutes of a notebook are planned for explaining, running, exercises and quiz. *Computes* is how long the "
        "machine needs for all of its cells in the `class` profile on bundled data, measured on two processor cores; "
        "learners wait for it cell by cell. " + _most(),
        "Move the clock as you like: only the minutes count. A plan that does not fit into its hours fails a test.",
        *(_schedule_text(schedule) for schedule in schedules()),
        "## If you are late, skip these",
        "Start at the top: skip the first line of a notebook first. You can leave out each section without "
        "breaking what follows, because a test looks at every name that the later cells use. Learners can catch up at "
        "home. The minutes saved are planned, not measured.",
        _late_table(),
        "Do not skip the set-up cell, every *Predict first*, the comparison table or the key points. A section "
        "without its exercise is worth more than an exercise without its section.",
        "To change a plan, edit `[schedules]` or a notebook's `late` in [course.toml](../course.toml), then run "
        "`make regenerate`.",
    ]
    return "\n\n".join(parts) + "\n"


def _schedule_text(schedule: Schedule) -> str:
    course = config.course()["notebooks"]
    parts = [f"## {schedule.title}", schedule.note]
    for number, day in enumerate(schedule.days, start=1):
        hours = f"{clock(day.begins)} to {clock(day.ends)}"
        parts.append(f"**Day {number}, {hours}**" if len(schedule.days) > 1 else f"**{hours}**")
        rows = ["| Clock | Minutes | What | Computes |", "| --- | ---: | --- | ---: |"]
        for slot in day.slots:
            what = _link(slot.notebook) if slot.notebook else slot.what
            computes = _computes(slot.notebook) if slot.notebook else ""
            rows.append(f"| {clock(slot.begins)} | {slot.minutes} | {what} | {computes} |")
        parts.append("\n".join(rows))
        parts.append(f"In hand for questions and delays: {day.in_hand} minutes.")
    given = list(_given(schedule))
    if given:
        parts.append(
            "What learners should know beforehand, or hear from you in a few words:\n\n" + "\n".join(given)
        )
    if decks := _decks_for(schedule):
        parts.append("Decks that lead to these notebooks, whole or slide by slide:\n\n" + "\n".join(decks))
    left_out = [name for name in course if name not in schedule.notebooks]
    if left_out:
        parts.append(f"For another day: {', '.join(map(_link, left_out))}.")
    return "\n\n".join(parts)


def _decks_for(schedule: Schedule) -> list[str]:
    """One line for each deck that leads to a notebook of the plan, in the plan's order.

    A deck is shown before its first notebook; one that looks back on several closes the plan.
    """
    lines = []
    for path in sorted((config.repository_root() / "slides").glob("[0-9][0-9]-*.md")):
        front = dict(_FRONT.findall(path.read_text(encoding="utf-8").split("---")[1]))
        first, *others = [name.strip() for name in front["notebook"].split(",")]
        if first in schedule.notebooks:
            closes = len(others) > 1
            place = len(schedule.notebooks) if closes else schedule.notebooks.index(first)
            when = "at the end" if closes else f"before {_link(first)}"
            # Named, not linked: the site shows decks as they are built, not their Markdown.
            name = f"{path.stem[:2]} · {front['title']} (`slides/{path.name}`)"
            lines.append((place, path.stem, f"* {name}, {front['minutes']} minutes, {when}"))
    return [line for *_, line in sorted(lines)]


def _given(schedule: Schedule):
    """One line for each notebook that needs an earlier one which the plan doesn't hold before it."""
    course = config.course()["notebooks"]
    for place, name in enumerate(schedule.notebooks):
        first, _, rest = course[name]["needs"].partition(", or ")
        if first not in course:
            yield f"* {_link(name)}: {course[name]['needs']}"
        elif first not in schedule.notebooks[:place]:
            yield f"* {_link(name)}: {rest}"


def _late_table() -> str:
    rows = ["| Notebook | Section or exercise | Saves about |", "| --- | --- | ---: |"]
    for name in config.notebook_names():
        for skip in skips(name):
            saved = "1 minute" if skip.minutes == 1 else f"{skip.minutes} minutes"
            rows.append(f"| {_link(name)} | {skip.heading.replace('|', '&#124;')} | {saved} |")
    return "\n".join(rows)


def _link(name: str) -> str:
    return (
        f"[{name.split('-')[0]} · {config.course()['notebooks'][name]['title']}](../notebooks/{name}.ipynb)"
    )


def _computes(name: str) -> str:
    seconds = config.course()["notebooks"][name].get("seconds", {}).get("class", {}).get("bundled")
    return "not measured" if seconds is None else f"{seconds} s"


def _most() -> str:
    """The longest time and the largest memory that a notebook took, of those measured."""
    seconds, peaks = [], []
    for name, table in config.course()["notebooks"].items():
        measured = table.get("seconds", {}).get("class", {}).get("bundled")
        seconds += [] if measured is None else [measured]
        runs = config.repository_root() / "benchmarks" / "bands" / f"{name}.json"
        for run in json.loads(runs.read_text(encoding="utf-8"))["runs"] if runs.is_file() else []:
            if (run["profile"], run["data"], run["backend"]) == ("class", "bundled", "tensorflow"):
                peaks.append(run["peak_mb"])
    return (
        f"No notebook measured so far needed more than {max(seconds)} seconds, or more than {max(peaks) / 1000:.1f} GB "
        "of memory."
    )


def _day(schedule: str, table: dict) -> Day:
    begins, ends = (_minutes(schedule, table[key]) for key in ("start", "end"))
    now, slots = begins, []
    for entry in table["plan"]:
        slots.append(_slot(schedule, entry, now))
        now += slots[-1].minutes
    return Day(begins, ends, tuple(slots))


def _slot(schedule: str, entry: str, begins: int) -> Slot:
    notebooks = config.course()["notebooks"]
    if entry in notebooks:
        return Slot(begins, notebooks[entry]["minutes"], notebooks[entry]["title"], entry)
    if found := re.fullmatch(r"([1-9]\d*) (.+)", entry):
        return Slot(begins, int(found[1]), found[2])
    raise ScheduleError(
        f"[schedules.{schedule}] of course.toml holds {entry!r}; expected a notebook ({', '.join(notebooks)}) or "
        "minutes and what they are for, such as '15 Break'"
    )


def _minutes(schedule: str, text: str) -> int:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ScheduleError(
            f"[schedules.{schedule}] of course.toml holds the time {text!r}; expected 09:00, say"
        )
    return int(text[:2]) * 60 + int(text[3:])


def _section(notebook: str, cell_id: str, minutes: int) -> Skip:
    """The section that begins in a cell: up to the next heading of its level or above."""
    cells = _cells(notebook)
    ids = [cell["id"] for cell in cells]
    levels = [_headings(cell) for cell in cells]
    if cell_id not in ids or not levels[ids.index(cell_id)]:
        raise ScheduleError(
            f"[notebooks.{notebook!r}] of course.toml skips {cell_id!r}; expected the id of a cell with a heading: "
            + ", ".join(one for one, found in zip(ids, levels, strict=True) if found)
        )
    begins = ids.index(cell_id)
    level, heading = levels[begins][-1]
    inside = [cell_id]
    for one, found in list(zip(ids, levels, strict=True))[begins + 1 :]:
        if any(other <= level for other, _ in found):
            break
        inside.append(one)
    return Skip(cell_id, heading, minutes, tuple(inside))


def _headings(cell: dict) -> list[tuple[int, str]]:
    """Level and text of a cell's headings, code blocks left aside."""
    if cell["cell_type"] != "markdown":
        return []
    text = re.sub(r"^```.*?^```", "", "".join(cell["source"]), flags=re.DOTALL | re.MULTILINE)
    return [(len(marks), title.strip()) for marks, title in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)]


@functools.cache
def _cells(notebook: str) -> list[dict]:
    return json.loads(config.notebook_path(notebook).read_text(encoding="utf-8"))["cells"]
