"""A pytest plugin that makes nbval's word good: a green notebook really ran, and reported what it has to.

nbval 0.11 alone passes a cell that dies of a bad magic, waits out the whole time limit on a dead kernel, calls
a flood of outputs a time-out, goes on after a failure, and knows nothing of results and exercises. Here its
notebooks are run by the course's own kernel (`runner.kernel`) and its cells judged by the course's own judge
(`runner.judging`), as `course run` does; nbval collects the cells and compares their outputs. In addition a notebook

* stops at the first cell that fails and reports each later one as not run;
* needs a reason (`"skip-reason"` in the metadata) for a cell tagged `nbval-skip`;
* tries, in smoke, each exercise's folded solution in the kernel that has just run the notebook;
* runs, in smoke, without what its `late` sections made: after such a section all of that is taken away;
* gets one item `results`: every code cell ran, every expected result is there and in its band, no exercise stub
  passes its own check, and the whole took no more work than three times what it may;
* runs in a scratch folder, with this interpreter, in the `smoke` profile unless COURSE_PROFILE is set.

A table of notebooks ends the run; COURSE_REPORT names a file for it. Loaded by the conftest.py of the repository, so
`pytest --nbval-lax notebooks` is all one types.
"""

from __future__ import annotations

import ast
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import spent
from nbformat.v4 import new_code_cell
from nbval.cover import setup_coverage
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams

from course_utils.foundation import config
from course_utils.workshop.instructor import schedules
from course_utils.workshop.runner import evidence, exercises
from course_utils.workshop.runner.execution import CELL_SECONDS
from course_utils.workshop.runner.judging import Failure, failure_of, failure_of_check
from course_utils.workshop.runner.kernel import KernelError, NotebookKernel

NBVAL_CELL_SECONDS = 2000  # nbval's own default, told apart from a limit that somebody asked for
# What a notebook may take on two quiet cores; a hang is told by three times that in processor seconds.
NOTEBOOK_SECONDS = {"smoke": 60, "class": 300}
MOST_WORK = 3 * 2
PROPERTY = "course_notebook"
STARTED = pytest.StashKey[float]()
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LATE = "__import__('course_utils.workshop.runner.late', fromlist=['end'])"


def _asked(config: pytest.Config) -> bool:
    return bool(config.getoption("nbval", False) or config.getoption("nbval_lax", False))


def _profile() -> str:
    return os.environ.get("COURSE_PROFILE", "").strip().lower() or "smoke"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose nbval's settings for the course, where the command line leaves them open, and start the clock."""
    config.stash[STARTED] = time.monotonic()
    if not _asked(config):
        return
    if not config.option.nbval_kernel_name:
        config.option.nbval_current_env = True
    if config.option.nbval_cell_timeout == NBVAL_CELL_SECONDS:
        config.option.nbval_cell_timeout = CELL_SECONDS.get(_profile(), 300)
    spread = config.getoption("dist", "no")
    if spread not in ("no", "loadfile", "loadscope"):
        raise pytest.UsageError(
            f"--dist {spread} would tear the cells of a notebook apart. Add --dist loadfile, so that one process "
            "runs one notebook"
        )


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what the notebooks are run with."""
    if not _asked(config):
        return None
    data = os.environ.get("COURSE_DATA", "auto")
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    limit = config.option.nbval_cell_timeout
    return f"notebooks: profile {_profile()}, data {data}, backend {backend}, at most {limit:g} s a cell"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector):
    """Take nbval's notebooks over."""
    collected = yield
    return [
        CourseNotebook.from_parent(parent, path=file_path) if isinstance(node, IPyNbFile) else node
        for node in collected
    ]


# ---------------------------------------------------------------------------------------------- notebook


class CourseNotebook(IPyNbFile):
    """One notebook: its cells, its exercises' solutions, then one item `results` that judges it as a whole."""

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.root = _course_root(self.path)
        self.stopped_at: str | None = None
        self.ran: set[int] = set()
        self.skipped: dict[int, str] = {}
        self.payload: dict | None = None
        self.problems: list[str] = []
        self.seconds = 0.0

    def collect(self) -> Iterator[pytest.Item]:
        """The code cells in order; solutions behind the late section they stand in, else at the end; `results`."""
        cells = list(super().collect())
        self.code_cells = [cell.cell for cell in cells]
        rehearsed = _profile() == "smoke" and self.root is not None
        sections = self.late = self._late_sections() if rehearsed else []
        solutions = exercises.exercises(self.nb) if rehearsed else []
        for cell in cells:
            number, identifier = cell.cell_num + 1, cell.cell.get("id", "")
            begins = [section for section in sections if section[0] == identifier]
            yield CourseCell.from_parent(
                self,
                name=f"Cell {number} {identifier}".strip(),
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=cell.options,
                begins=begins[0] if begins else (),
            )
            for section in sections:
                if section[-1] == identifier:
                    inside = [each for each in solutions if each.check.get("id") in section]
                    solutions = [each for each in solutions if each not in inside]
                    yield from map(self._solution, inside)
                    yield LateSection.from_parent(self, name=f"without {section[0]}", section=section)
        yield from map(self._solution, solutions)
        if self.root:
            yield NotebookResults.from_parent(self, name="results")

    def _solution(self, exercise: exercises.Exercise) -> Solution:
        return Solution.from_parent(self, name=f"solution {exercise.number}", exercise=exercise)

    def _late_sections(self) -> list[tuple[str, ...]]:
        """The ids of the code cells of each section that course.toml calls late, the first to be skipped first."""
        listed = self.course().get("notebooks", {}).get(self.path.stem, {})
        if not listed.get("late") or self.root != config.repository_root():
            return []
        code = [cell.get("id") for cell in self.code_cells]
        sections = [tuple(id for id in code if id in skip.cells) for skip in schedules.skips(self.path.stem)]
        return [section for section in sections if section]

    def setup(self) -> None:
        """Start the kernel, in a scratch folder: notebooks have to leave the source tree alone."""
        environment = {
            **os.environ,
            "COURSE_PROFILE": _profile(),
            "COURSE_STRICT": os.environ.get("COURSE_STRICT", "1"),
            "COURSE_AUTOMATIC": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        if self.root:
            environment["COURSE_ROOT"] = str(self.root)
        self.kernel = NotebookKernel(environment, cell_seconds=self.config.option.nbval_cell_timeout).start()
        self.setup_sanitize_files()
        if getattr(self.config.option, "cov_source", None):
            setup_coverage(self.config, self.kernel.client, getattr(self, "fspath", None))

    def teardown(self) -> None:
        """Stop the kernel and remove the scratch folder."""
        if self.kernel is not None:
            self.kernel.stop()

    def course(self) -> dict:
        """The course that lists this notebook."""
        return config.read_course(self.root) if self.root else {}

    def later_names(self, identifier: str) -> set[str]:
        """Names that the code after a cell mentions."""
        ids = [cell.get("id") for cell in self.code_cells]
        return set().union(*(_names(cell.source) for cell in self.code_cells[ids.index(identifier) + 1 :]))


class NotebookItem(pytest.Item):
    """Something that happens in a notebook's kernel; it fails in words, not in a traceback of the plugin."""

    def need_a_sound_kernel(self) -> None:
        """Fail when an earlier cell ended the notebook."""
        if self.parent.stopped_at:
            pytest.fail(f"not run: the notebook stopped at {self.parent.stopped_at}", pytrace=False)

    def give_up(self, label: str, failure: Failure, source: str = "") -> None:
        """Note a failure for the report of the notebook and end this item with it."""
        self.parent.problems.append(f"{label} · {failure.message}")
        if failure.stops:
            self.parent.stopped_at = label
        lines = [f"{label} · {failure.message}", *(f"    {line}" for line in source.splitlines())]
        coloured = self.config.get_terminal_writer().hasmarkup
        details = failure.details if coloured else COLOURS.sub("", failure.details)
        pytest.fail("\n".join([*lines, *([details] if details else [])]), pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> object:
        """As pytest says it: nbval has words of its own for its own errors only."""
        return pytest.Item.repr_failure(self, excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says this item is."""
        return self.path, 0, f"{self.path.name}::{self.name}"


class CourseCell(NotebookItem, IPyNbCell):
    """One code cell."""

    def __init__(self, name, parent, cell_num, cell, options, begins=()) -> None:
        super().__init__(name=name, parent=parent, cell_num=cell_num, cell=cell, options=options)
        self.begins = begins

    def setup(self) -> None:
        """Nothing: nbval would turn cells after a time-out into expected failures here."""

    @property
    def label(self) -> str:
        """The cell's number as in `In [7]`, its id and its first line."""
        return evidence.cell_label(self.cell, self.cell_num + 1)

    def runtest(self) -> None:
        """Run the cell in the notebook's kernel and compare what is to be compared."""
        self.need_a_sound_kernel()
        notebook: CourseNotebook = self.parent
        if self.options["skip"]:
            self._skip()
        if self.begins:
            inside = set().union(
                *(_names(cell.source) for cell in notebook.code_cells if cell.get("id") in self.begins)
            )
            watched = sorted(inside & notebook.later_names(self.begins[-1]))
            place = notebook.late.index(self.begins)
            notebook.kernel.execute(f"{LATE}.begin(globals(), {place}, {watched!r})")
        cell = new_code_cell(self.cell.source, metadata=self.cell.metadata)
        run = notebook.kernel.run(cell)
        notebook.seconds += run.seconds
        failure = failure_of(cell, run, notebook.kernel.cell_seconds)
        if not failure or not failure.stops:
            notebook.ran.add(self.cell_num + 1)
        self.test_outputs = coalesce_streams(cell.outputs)
        notebook.payload = evidence.results_payload(cell.outputs) or notebook.payload
        failure = failure or failure_of_check(cell) or self._difference()
        if failure:
            self.give_up(self.label, failure, self.cell.source)

    def _skip(self) -> None:
        reason = self.cell.metadata.get("skip-reason")
        if not reason:
            without = "is skipped by a tag, so it never ran. Remove the tag, or say why in its metadata: "
            self.give_up(self.label, Failure(without + '"skip-reason": "…"', stops=False))
        self.parent.skipped[self.cell_num + 1] = reason
        pytest.skip(str(reason))

    def _difference(self) -> Failure | None:
        """How the outputs differ from those in the file, where they are to be compared."""
        update = "`course notebooks --update`"
        if self.cell.execution_count is None:
            if self.cell.outputs:
                return Failure(f"has outputs but was never run in the file: {update}", stops=False)
            if "nbval-check-output" in evidence.tags(self.cell):
                return Failure(f"has nothing to compare with in the file: {update}", stops=False)
        elif self.options["check"]:
            if not self.compare_outputs(self.test_outputs, coalesce_streams(self.cell.outputs)):
                return Failure(
                    "prints something else than the file says", "\n".join(self.comparison_traceback), False
                )
        return None


class Solution(NotebookItem):
    """An exercise's folded solution, run in the stub's place: its check has to pass."""

    def __init__(self, exercise: exercises.Exercise, **keywords) -> None:
        super().__init__(**keywords)
        self.exercise = exercise

    def runtest(self) -> None:
        """Run solution and check in the kernel that has just run the notebook."""
        self.need_a_sound_kernel()
        notebook: CourseNotebook = self.parent
        label = f"the solution of exercise {self.exercise.number}"
        for source in (self.exercise.solution_code, self.exercise.check["source"]):
            cell = new_code_cell(source)
            run = notebook.kernel.run(cell)
            notebook.seconds += run.seconds
            if failure := failure_of(cell, run, notebook.kernel.cell_seconds):
                self.give_up(label, failure._replace(stops=bool(run.died)), source)
        passed = [verdict.get("passed") for verdict in evidence.verdicts(cell.outputs)]
        if passed != [True]:
            said = "\n".join(str(output.get("text", output.get("data", ""))) for output in cell.outputs)
            self.give_up(label, Failure("does not pass its check", said, stops=False), source)


class LateSection(NotebookItem):
    """A section that may be skipped: what it made is taken away, so that the rest runs without it."""

    def __init__(self, section: tuple[str, ...], **keywords) -> None:
        super().__init__(**keywords)
        self.section = section

    def runtest(self) -> None:
        """Take it away, and fail where it changed the inside of something that is used later."""
        self.need_a_sound_kernel()
        try:
            changed = self.parent.kernel.ask(f"{LATE}.end(globals(), {self.parent.late.index(self.section)})")
        except KernelError as error:
            self.give_up(self.name, Failure(f"could not be taken away: {error}", stops=False))
        if changed:
            self.give_up(
                f"the late section of {self.section[0]}",
                Failure(f"changes {', '.join(changed)}, used after it: work on a copy there", stops=False),
            )


class NotebookResults(NotebookItem):
    """The notebook as a whole."""

    def runtest(self) -> None:
        """Judge results, exercises, completeness and time; the line of the report travels with this item."""
        notebook: CourseNotebook = self.parent
        name, course = notebook.path.stem, notebook.course()
        problems = list(notebook.problems)
        results: dict = {}
        notes = []
        if not notebook.stopped_at:
            if name not in course.get("notebooks", {}):
                problems.append(
                    f"is not listed in course.toml; it has {', '.join(course.get('notebooks', {}))}"
                )
            asked = os.environ.get("COURSE_DATA", "").strip().lower() or None
            results, wrong = evidence.judge(
                notebook.payload, course, name, _profile(), asked, notebook.code_cells
            )
            problems += wrong + self._never_run(notebook)
            too_much, notes = _judge_time(notebook.seconds, notebook.kernel.cpu_seconds, _profile())
            problems += too_much
        elif notebook.payload:
            results, _ = evidence.judge(notebook.payload, course, name)
        peak = round(notebook.kernel.peak_bytes / 1e6) or None
        asked_for = {"profile": _profile(), "backend": os.environ.get("KERAS_BACKEND")}
        line = evidence.entry(
            name, notebook.payload, results, problems, notebook.seconds, len(notebook.ran), peak, asked_for
        )
        line |= {"code_cells": len(notebook.code_cells), "skipped": list(notebook.skipped.values())}
        line |= {"notes": notes}
        self.user_properties.append((PROPERTY, json.dumps(line)))
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)

    def _never_run(self, notebook: CourseNotebook) -> list[str]:
        # A failed cell did run and has a line of its own; one that was deselected did not and has none.
        told = "\n".join(notebook.problems)
        labels = [
            evidence.cell_label(cell, number)
            for number, cell in enumerate(notebook.code_cells, start=1)
            if number not in notebook.ran | set(notebook.skipped)
        ]
        return [f"{label} · never ran" for label in labels if label not in told]


def _judge_time(seconds: float, worked: float, profile: str) -> tuple[list[str], list[str]]:
    """(problems, notes): too much work is the notebook's fault, a long wait for little work the machine's."""
    bar = NOTEBOOK_SECONDS.get(profile)
    if bar is None:
        return [], []
    if worked > MOST_WORK * bar:
        return [
            f"took {worked:.0f} s of processor time; {bar} s on two cores are what a notebook may take in {profile}"
        ], []
    if seconds > 3 * bar:
        return [], [
            f"took {seconds:.0f} s for {worked:.0f} s of work: this machine is slow or busy; the notebook is sound"
        ]
    return [], []


def _course_root(path: Path) -> Path | None:
    """The folder with course.toml that holds this notebook, or None."""
    return next((folder for folder in path.parents if (folder / "course.toml").is_file()), None)


def _names(source: str) -> set[str]:
    """Names that a cell's code mentions; magics and shell lines mention none."""
    lines = ["pass" if re.match(r"\s*[%!]", line) else line for line in source.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


# ---------------------------------------------------------------------------------------------- report


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """What took how long, and a table of the notebooks; the same as JSON where COURSE_REPORT names a file."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    _tell_seconds(terminalreporter, reports, config.rootpath, time.monotonic() - config.stash[STARTED])
    lines = [
        json.loads(value)
        for report in reports
        if getattr(report, "when", None) == "call"
        for key, value in report.user_properties
        if key == PROPERTY
    ]
    if not _asked(config) or not lines:
        return
    terminalreporter.section("notebooks")
    for line in lines:
        seconds, peak = f"{line['seconds']:.1f} s", f"{line['peak_mb'] or 0:.0f} MB"
        if line["peak_gpu_mb"] is not None:
            peak += f", GPU {line['peak_gpu_mb']:.0f} MB"
        cells = f"{line['cells']} of {line['code_cells']} cells"
        settings = ", ".join(line[key] for key in ("profile", "data", "backend", "device") if line[key])
        measured = evidence.all_measured(line["results"])
        mark = "FAILED" if not line["ok"] else "ok    " if measured else "ran   "
        terminalreporter.line(f"{mark} {line['notebook']} · {settings} · {cells}, {seconds}, peak {peak}")
        for name, result in line["results"].items():
            terminalreporter.line(f"       {evidence.describe_result(name, result, 'ok', 'OUTSIDE')}")
        for text in [*(f"skipped a cell: {reason}" for reason in line["skipped"]), *line["notes"]]:
            terminalreporter.line(f"       {text}")
        for problem in line["problems"]:
            terminalreporter.line(f"       {problem}")
    if target := os.environ.get("COURSE_REPORT"):
        evidence.write_report(Path(target), lines)


def _tell_seconds(terminalreporter, reports: list, root: Path, clock: float) -> None:
    """What took how long: each folder of tests, and the two tracks beside their budgets."""
    seconds, tests = spent.by_file(reports)
    if lines := spent.folders(seconds, tests):
        listed = config.read_course(root)["notebooks"] if (root / "course.toml").is_file() else {}
        terminalreporter.section("what took how long")
        for line in [*lines, *spent.tracks(seconds, clock, listed, root)]:
            terminalreporter.line(line)
