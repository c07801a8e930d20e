"""What a run of all tests took, by folder and by track, beside what each track may take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

# Seconds by the clock on a quiet machine with two cores, without the set-up.
CORE_BUDGET = 7 * 60
FURTHER_BUDGET = 30  # for each notebook
CORE, OTHER, FURTHER, THEIRS = "core notebooks", "tests", "further notebooks", "tests of further notebooks"


def by_file(reports: Iterable) -> tuple[Counter, Counter]:
    """Seconds and number of tests of each file, from pytest's reports of all phases."""
    seconds, tests = Counter(), Counter()
    for report in reports:
        if hasattr(report, "duration") and getattr(report, "nodeid", ""):
            file = report.nodeid.split("::")[0]
            seconds[file] += report.duration
            tests[file] += report.when == "call"
    return seconds, tests


def folders(seconds: Counter, tests: Counter) -> list[str]:
    """One line for each folder of tests: how long they took, and how many there were."""
    spent, counts = Counter(), Counter()
    for file in seconds:
        parts = file.split("/")
        folder = "/".join(parts[:2]) if parts[0] == "tests" else parts[0]
        spent[folder] += seconds[file]
        counts[folder] += tests[file]
    if len(spent) < 2:
        return []
    return [f"{each:8.1f} s  {counts[folder]:5} tests  {folder}" for folder, each in spent.most_common()]


def tracks(seconds: Counter, clock: float, notebooks: Mapping[str, Mapping], root: Path) -> list[str]:
    """The run's seconds by the clock, shared out to the two tracks, each beside its budget.

    Workers run side by side, so a group's part of the clock is its part of their seconds. No lines for a run that
    had not every notebook and tests as well.
    """
    further = {name for name, table in notebooks.items() if table.get("track") == "further"}
    ran = {Path(file).stem for file in seconds if file.endswith(".ipynb")}
    if not further or ran != set(notebooks) or len(ran) == len(seconds):
        return []
    names = names_of(further, notebooks, root)
    parts = Counter()
    for file, each in seconds.items():
        parts[group_of(file, further, names)] += each * clock / seconds.total()
    core, rest = parts[CORE] + parts[OTHER], parts[FURTHER] + parts[THEIRS]
    budget = FURTHER_BUDGET * len(further)
    return [
        f"{clock:.0f} s by the clock, shared out by the seconds of all workers",
        _line(core, CORE_BUDGET, f"{CORE} {parts[CORE]:.0f} s, {OTHER} {parts[OTHER]:.0f} s"),
        _line(
            rest,
            budget,
            f"{FURTHER} {parts[FURTHER]:.0f} s, {THEIRS} {parts[THEIRS]:.0f} s: "
            f"{rest / len(further):.0f} s for each of {len(further)}, budget {FURTHER_BUDGET} s",
        ),
        _line(clock, CORE_BUDGET + budget, "all"),
    ]


def names_of(further: set[str], notebooks: Mapping[str, Mapping], root: Path) -> set[str]:
    """Words that name the further notebooks' tests: the notebooks, their rooms, and data that no core one bundles."""
    stems = {re.sub(r"^\d+\w?-", "", name).replace("-", "_") for name in further}
    rooms = {room.name for room in root.glob("course_utils/further/[a-z]*") if room.is_dir()}
    bundled = {name: set(table.get("bundled", [])) for name, table in notebooks.items()}
    core = set().union(*(folders for name, folders in bundled.items() if name not in further))
    return stems | rooms | set().union(*(bundled[name] for name in further)) - core


def group_of(file: str, further: set[str], names: set[str]) -> str:
    """The group that a file's seconds belong to."""
    stem = Path(file).stem
    if file.endswith(".ipynb"):
        return FURTHER if stem in further else CORE
    return THEIRS if any(f"_{name}_" in f"_{stem}_" for name in names) else OTHER


def _line(seconds: float, budget: float, words: str) -> str:
    verdict = "within" if seconds <= budget else "OVER"
    return f"{seconds:8.1f} s  {verdict:6} {budget:4.0f} s  {words}"
