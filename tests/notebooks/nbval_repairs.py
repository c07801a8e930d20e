"""A pytest plugin that makes nbval's word good: a green notebook really ran, and reported what it has to.

nbval 0.11 alone passes a cell that dies of a bad magic, waits out the whole time limit on a dead kernel, calls
a flood of outputs a time-out, goes on after a failure, and knows nothing of results and exercises. Here its
notebooks, cells and kernel are replaced by descendants that

* listen to the kernel's shell and output channels together and notice a dead kernel within a second;
* fail on every error reply, with or without a traceback, and name the cell: its number as in `In [7]`, its id
  and its first line;
* stop at the first cell that fails and report each later one as not run;
* demand that a cell tagged `nbval-skip` says why (`"skip-reason"` in its metadata);
* add one item `results` a notebook: every code cell ran, every expected result of course.toml is there and in
  its band, no exercise stub passes its own check, the whole took no longer than three times what it may;
* run in a scratch folder, with this interpreter, in the `smoke` profile unless COURSE_PROFILE is set;
* end with a table of notebooks, and write it to the file named by COURSE_REPORT.

Loaded by the conftest.py of the repository, so `pytest --nbval-lax notebooks` is all one types.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

import psutil
import pytest
import zmq
from _pytest._code.code import ReprFileLocation, TerminalRepr
from nbformat import NotebookNode
from nbval.cover import setup_coverage
from nbval.kernel import RunningKernel, start_new_kernel
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams

from course_utils.foundation import config
from course_utils.workshop.runner import evidence
from course_utils.workshop.runner.execution import CELL_SECONDS, without_kernel_chatter

NBVAL_CELL_SECONDS = 2000  # nbval's own default, told apart from a limit that somebody asked for
# The most a notebook may take: three times its bar, so that a slow machine passes and a hang does not.
NOTEBOOK_SECONDS = {"smoke": 3 * 60, "class": 3 * 300}
POLL_SECONDS = 0.2
# How long to wait for the end of a cell's outputs once the kernel has replied, or was interrupted.
QUIET_SECONDS = 15
# No cell of a course needs that many outputs; beyond, the kernel and its listener only exhaust the memory.
FLOOD_OUTPUTS = 50_000
FLOOD_BYTES = 30_000_000
PROPERTY = "course_notebook"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


# ---------------------------------------------------------------------------------------------- settings


def _asked(config: pytest.Config) -> bool:
    return bool(config.getoption("nbval", False) or config.getoption("nbval_lax", False))


def _profile() -> str:
    return os.environ.get("COURSE_PROFILE", "").strip().lower() or "smoke"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose nbval's settings for the course, where the command line leaves them open."""
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


# ---------------------------------------------------------------------------------------------- failures


class CellFailure(Exception):
    """One cell's failure: `message` in one line, a traceback where there is one, and whether later cells run."""

    def __init__(self, message: str, traceback: str = "", stops: bool = True) -> None:
        super().__init__(message)
        self.message, self.traceback, self.stops = message, traceback, stops


class FailureReport(TerminalRepr):
    """How a failure is printed; `reprcrash` gives pytest the line of its short summary."""

    def __init__(self, path: Path, message: str, body: str) -> None:
        self.reprcrash = ReprFileLocation(str(path), 0, message)
        self.body = body

    def toterminal(self, tw) -> None:
        tw.line(self.body)

    def __str__(self) -> str:
        return self.body


# ---------------------------------------------------------------------------------------------- the kernel


@dataclass
class CellRun:
    """What came of one cell: its outputs, the kernel's reply, and what cut it short."""

    outputs: list[NotebookNode] = field(default_factory=list)
    reply: dict | None = None
    error: dict | None = None
    idle: bool = False
    timed_out: bool = False
    count: int = 0
    size: int = 0
    clear_next: bool = False

    @property
    def flooded(self) -> bool:
        return self.count > FLOOD_OUTPUTS or self.size > FLOOD_BYTES


class KernelDied(Exception):
    """The kernel's process ended while, or before, a cell ran; says how it ended and its last words."""


class ReliableKernel(RunningKernel):
    """nbval's kernel, listening to both channels at once."""

    def __init__(
        self, kernel_name: str, cwd: str, environment: dict[str, str], startup_timeout: float
    ) -> None:
        self._last_words = tempfile.TemporaryFile()
        self.km, self.kc = start_new_kernel(
            startup_timeout=startup_timeout,
            kernel_name=kernel_name,
            stderr=self._last_words,
            cwd=cwd,
            env=environment,
        )
        self._ensure_iopub_up()
        self.peak_bytes = 0
        self._next_look = 0.0
        with contextlib.suppress(Exception):
            self._process = psutil.Process(self.km.provisioner.pid)

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        """Send code as Jupyter does: with history, so that `_`, `Out[1]` and a trailing `;` mean the same."""
        return self.kc.execute(
            cell_input, silent=False, store_history=True, allow_stdin=bool(allow_stdin), stop_on_error=False
        )

    def run_cell(self, source: str, limit: float) -> CellRun:
        """Run code until the kernel has both replied and fallen idle.

        Past `limit` seconds the kernel is interrupted, and killed if it won't listen; in a flood of outputs it is
        killed at once, because what is already on its way could take minutes to read. Raises KernelDied.
        """
        self._need_life("before this cell began")
        message_id = self.execute_cell_input(source)
        run = CellRun()
        deadline, give_up = time.monotonic() + limit, None
        heard = time.monotonic()
        while not (run.reply and run.idle):
            for channel, message in self._messages():
                if message["parent_header"].get("msg_id") == message_id:
                    heard = time.monotonic()
                    self._take(run, channel, message)
                if run.flooded:
                    self.km.shutdown_kernel(now=True)
                    return run
            now = time.monotonic()
            if now >= self._next_look:
                self._look_at_memory()
                self._need_life("while this cell ran")
                self._next_look = now + 0.5
            if give_up is None and now > deadline:
                run.timed_out = True
                self.interrupt()
                give_up = now + QUIET_SECONDS
            if give_up and now > give_up:
                self.km.shutdown_kernel(now=True)
                break
            if run.reply and now > heard + QUIET_SECONDS:
                break
        return run

    def _messages(self) -> Iterator[tuple[str, dict]]:
        """What has arrived on either channel; waits a moment for the first message."""
        channels = {"shell": self.kc.shell_channel, "iopub": self.kc.iopub_channel}
        poller = zmq.Poller()
        for channel in channels.values():
            poller.register(channel.socket, zmq.POLLIN)
        ready = dict(poller.poll(POLL_SECONDS * 1000))
        for name, channel in channels.items():
            # A helping, so that a torrent on one channel leaves time to look at clock and kernel.
            served = time.monotonic() + POLL_SECONDS
            while channel.socket in ready and time.monotonic() < served:
                try:
                    yield name, self.get_message(name, timeout=0)
                except Empty:
                    break

    def _take(self, run: CellRun, channel: str, message: dict) -> None:
        kind, content = message["msg_type"], message["content"]
        if channel == "shell":
            run.reply = content if kind == "execute_reply" else run.reply
        elif kind == "status":
            run.idle = run.idle or content["execution_state"] == "idle"
        elif kind == "clear_output":
            run.clear_next = content.get("wait", False)
            if not run.clear_next:
                run.outputs.clear()
        elif kind == "update_display_data":
            shown = content.get("transient", {}).get("display_id")
            for output in run.outputs:
                if shown and output.get("display_id") == shown:
                    output["data"] = NotebookNode(content["data"])
        elif kind in ("stream", "display_data", "execute_result", "error"):
            self._take_output(run, kind, content)

    def _take_output(self, run: CellRun, kind: str, content: dict) -> None:
        if run.clear_next:
            run.outputs.clear()
            run.clear_next = False
        run.count += 1
        run.size += len(content.get("text", "")) + sum(
            len(str(part)) for part in content.get("data", {}).values()
        )
        if run.flooded:
            return
        output = NotebookNode(output_type=kind)
        if kind == "stream":
            output.update(name=content["name"], text=content["text"])
        elif kind == "error":
            run.error = content
            output.update({key: content[key] for key in ("ename", "evalue", "traceback")})
        else:
            output.update(metadata=content["metadata"], data=NotebookNode(content["data"]))
            if shown := content.get("transient", {}).get("display_id"):
                output["display_id"] = shown
            if kind == "execute_result":
                output["execution_count"] = content["execution_count"]
        run.outputs.append(output)

    def _need_life(self, when: str) -> None:
        if self.is_alive():
            return
        code = getattr(getattr(self.km.provisioner, "process", None), "returncode", None)
        ended = (
            "" if code is None else f" (killed by signal {-code})" if code < 0 else f" (exit status {code})"
        )
        with contextlib.suppress(OSError, ValueError):
            self._last_words.seek(0)
            words = without_kernel_chatter(self._last_words.read().decode(errors="replace"))
            raise KernelDied(f"the kernel died {when}{ended}; peak {self.peak_bytes / 1e6:.0f} MB", words)
        raise KernelDied(f"the kernel died {when}{ended}", "")

    def _look_at_memory(self) -> None:
        with contextlib.suppress(psutil.Error, AttributeError):
            self.peak_bytes = max(self.peak_bytes, self._process.memory_info().rss)

    def stop(self) -> None:
        """Stop channels and kernel, whichever state they are in."""
        with contextlib.suppress(Exception):
            super().stop()
        self._last_words.close()


# ---------------------------------------------------------------------------------------------- notebook


class CourseNotebook(IPyNbFile):
    """One notebook: its cells, then one item `results` that judges it as a whole."""

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.root = _course_root(self.path)
        self.stopped_at: str | None = None
        self.ran: dict[int, CourseCell] = {}
        self.skipped: dict[int, str] = {}
        self.payload: dict | None = None
        self.problems: list[str] = []
        self.seconds = 0.0
        self.scratch: Path | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """The code cells in order, and `results` where the notebook belongs to a course."""
        self.code_cells: list = []
        for cell in super().collect():
            number = cell.cell_num + 1
            self.code_cells.append(cell.cell)
            name = f"Cell {number} {cell.cell.get('id', '')}".strip()
            yield CourseCell.from_parent(
                self, name=name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )
        if self.root:
            yield NotebookResults.from_parent(self, name="results")

    def setup(self) -> None:
        """Start the kernel, in a scratch folder: notebooks have to leave the source tree alone."""
        started = time.perf_counter()
        self.scratch = Path(tempfile.mkdtemp(prefix="course-nbval-"))
        option = self.config.option
        current = option.nbval_current_env or not option.nbval_kernel_name
        environment = {
            **os.environ,
            "COURSE_PROFILE": _profile(),
            "COURSE_STRICT": os.environ.get("COURSE_STRICT", "1"),
            "COURSE_AUTOMATIC": "1",
            "IPYTHONDIR": str(self.scratch / ".ipython"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        if self.root:
            environment["COURSE_ROOT"] = str(self.root)
        self.kernel = ReliableKernel(
            ":nbval-parent-env" if current else option.nbval_kernel_name,
            cwd=str(self.scratch),
            environment=environment,
            startup_timeout=option.nbval_kernel_startup_timeout,
        )
        self.setup_sanitize_files()
        if getattr(option, "cov_source", None):
            setup_coverage(self.config, self.kernel, getattr(self, "fspath", None))
        self.seconds += time.perf_counter() - started

    def teardown(self) -> None:
        """Stop the kernel and remove the scratch folder."""
        super().teardown()
        if self.kernel is not None:
            self.kernel.stop()
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def course(self) -> dict:
        """The parsed course.toml that lists this notebook."""
        return config.read_course(self.root) if self.root else {}


class CourseCell(IPyNbCell):
    """One code cell."""

    def setup(self) -> None:
        """Nothing: nbval would turn cells after a time-out into expected failures here."""

    @property
    def number(self) -> int:
        """The cell's number as in `In [7]`."""
        return self.cell_num + 1

    @property
    def label(self) -> str:
        """The cell's number, id and first line."""
        return evidence.cell_label(self.cell, self.number)

    def runtest(self) -> None:
        """Run the cell in the notebook's kernel and compare what is to be compared."""
        notebook: CourseNotebook = self.parent
        if notebook.stopped_at:
            raise CellFailure(f"not run: the notebook stopped at {notebook.stopped_at}")
        if self.options["skip"]:
            self._skip()
        started = time.perf_counter()
        try:
            self._run(notebook)
        except CellFailure as failure:
            notebook.problems.append(f"{self.label} · {failure.message}")
            if failure.stops:
                notebook.stopped_at = self.label
            raise
        finally:
            notebook.seconds += time.perf_counter() - started

    def _skip(self) -> None:
        reason = self.cell.metadata.get("skip-reason")
        if not reason:
            failure = CellFailure(
                "is skipped by a tag, so it never ran. Remove the tag, or say why in its metadata: "
                '"skip-reason": "…"'
            )
            self.parent.problems.append(f"{self.label} · {failure.message}")
            raise failure
        self.parent.skipped[self.number] = reason
        pytest.skip(str(reason))

    def _run(self, notebook: CourseNotebook) -> None:
        limit = self.config.option.nbval_cell_timeout
        try:
            run = notebook.kernel.run_cell(self.cell.source, limit)
        except KernelDied as death:
            message, words = death.args
            raise CellFailure(message, words) from None
        self.test_outputs = run.outputs[:] = coalesce_streams(run.outputs)
        trace = "\n".join((run.error or {}).get("traceback", []))
        if run.flooded:
            raise CellFailure(
                f"flood of output: more than {FLOOD_OUTPUTS} outputs or {FLOOD_BYTES // 1_000_000} MB "
                f"({run.count} outputs, {run.size / 1e6:.0f} MB until it was stopped). Print less, or at the end"
            )
        if run.timed_out:
            raise CellFailure(f"took longer than {limit:g} s (--nbval-cell-timeout)", trace)
        if not run.reply or run.reply["status"] == "aborted":
            raise CellFailure("was aborted by the kernel, so it never ran", trace)
        if not run.idle:
            raise CellFailure(
                f"the end of its output never arrived: {run.count} outputs came, then {QUIET_SECONDS} s of "
                "silence. That many outputs at once overrun the channel; print less"
            )
        notebook.ran[self.number] = self
        self._judge_status(run, trace)
        if self.cell.source.strip() and not run.reply.get("execution_count"):
            raise CellFailure("never ran: the kernel counted no execution")
        notebook.payload = evidence.results_payload(run.outputs) or notebook.payload
        self._judge_exercise(run)
        self._compare(run)

    def _judge_status(self, run: CellRun, trace: str) -> None:
        failed = run.error is not None or run.reply["status"] == "error"
        if self.options["check_exception"]:
            if not failed:
                raise CellFailure("is tagged raises-exception, but raised nothing", stops=False)
        elif run.error:
            raise CellFailure(f"{run.error['ename']}: {run.error['evalue']}".split("\n")[0], trace)
        elif failed:
            # A magic that is not found, say: an error reply, and only a line on stderr.
            printed = "".join(out["text"] for out in run.outputs if out.get("name") == "stderr").strip()
            named = f"{run.reply.get('ename', 'error')}: {run.reply.get('evalue', '')}"
            raise CellFailure(f"failed without a traceback: {printed or named}".split("\n")[0], printed)

    def _judge_exercise(self, run: CellRun) -> None:
        verdicts = evidence.verdicts(run.outputs)
        for verdict in verdicts:
            if verdict.get("passed") is not False:
                raise CellFailure(
                    f"the stub of exercise {verdict.get('exercise')} passes its own check; a check has to say "
                    "'not yet' until the exercise is solved",
                    stops=False,
                )
        if "exercise-check" in evidence.tags(self.cell) and not verdicts:
            raise CellFailure(
                "is tagged exercise-check, but gave no verdict: call checks.check(...)", stops=False
            )

    def _compare(self, run: CellRun) -> None:
        if self.cell.execution_count is None:
            if self.cell.outputs:
                raise CellFailure(
                    "has outputs but was never run in the file: `course notebooks --update`", "", False
                )
            if self.options["check"] and "nbval-check-output" in evidence.tags(self.cell):
                raise CellFailure(
                    "has nothing to compare with in the file: `course notebooks --update`", "", False
                )
        elif self.options["check"]:
            for output in run.outputs:
                output.pop("display_id", None)
            if not self.compare_outputs(run.outputs, coalesce_streams(self.cell.outputs)):
                difference = "\n".join(self.comparison_traceback)
                raise CellFailure("prints something else than the file says", difference, stops=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> object:
        """One line for the summary; label, code and traceback for the report."""
        failure = excinfo.value
        if not isinstance(failure, CellFailure):
            return super(IPyNbCell, self).repr_failure(excinfo)
        body = [f"{self.path.name} · {self.label}", f"  {failure.message}"]
        if not failure.message.startswith("not run"):
            body += ["", *(f"    {line}" for line in self.cell.source.splitlines())]
        if failure.traceback:
            coloured = self.config.get_terminal_writer().hasmarkup
            body += ["", failure.traceback if coloured else COLOURS.sub("", failure.traceback)]
        return FailureReport(self.path, f"{self.label} · {failure.message}", "\n".join(body))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says this item is."""
        return self.path, 0, f"{self.path.name}::{self.name}"


class NotebookResults(pytest.Item):
    """The notebook as a whole."""

    def runtest(self) -> None:
        """Judge results, exercises, completeness and time; the line of the report travels with this item."""
        notebook: CourseNotebook = self.parent
        name, course = notebook.path.stem, notebook.course()
        problems = list(notebook.problems)
        results: dict = {}
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
            limit = NOTEBOOK_SECONDS.get(_profile())
            if limit and notebook.seconds > limit:
                problems.append(
                    f"took {notebook.seconds:.0f} s, three times more than a notebook may ({limit} s)"
                )
        elif notebook.payload:
            results, _ = evidence.judge(notebook.payload, course, name)
        peak = round(notebook.kernel.peak_bytes / 1e6) or None
        asked_for = {"profile": _profile(), "backend": os.environ.get("KERAS_BACKEND")}
        line = evidence.entry(
            name, notebook.payload, results, problems, notebook.seconds, len(notebook.ran), peak, asked_for
        )
        line |= {"code_cells": len(notebook.code_cells), "skipped": list(notebook.skipped.values())}
        self.user_properties.append((PROPERTY, json.dumps(line)))
        if problems:
            raise CellFailure("; ".join(problems))

    def _never_run(self, notebook: CourseNotebook) -> list[str]:
        # A failed cell did run and has a line of its own; one that was deselected did not and has none.
        told = "\n".join(notebook.problems)
        accounted = set(notebook.ran) | set(notebook.skipped)
        labels = [
            evidence.cell_label(cell, number)
            for number, cell in enumerate(notebook.code_cells, start=1)
            if number not in accounted
        ]
        return [f"{label} · never ran" for label in labels if label not in told]

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> object:
        """One line a problem."""
        failure = excinfo.value
        if not isinstance(failure, CellFailure):
            return super().repr_failure(excinfo)
        lines = [f"{self.path.name} · results", *(f"  {line}" for line in failure.message.split("; "))]
        return FailureReport(self.path, failure.message, "\n".join(lines))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says this item is."""
        return self.path, 0, f"{self.path.name}::results"


def _course_root(path: Path) -> Path | None:
    """The folder with course.toml that holds this notebook, or None."""
    return next((folder for folder in path.parents if (folder / "course.toml").is_file()), None)


# ---------------------------------------------------------------------------------------------- report


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """A table of the notebooks; the same as JSON where COURSE_REPORT names a file."""
    lines = [
        json.loads(value)
        for reports in terminalreporter.stats.values()
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
        for reason in line["skipped"]:
            terminalreporter.line(f"       skipped a cell: {reason}")
        for problem in line["problems"]:
            terminalreporter.line(f"       {problem}")
    if target := os.environ.get("COURSE_REPORT"):
        evidence.write_report(Path(target), lines)
