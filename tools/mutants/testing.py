"""Runs unit tests on a copy of the course, in processes that start with the framework imported.

The first run writes down which tests visit which line. A mutant's tests are those that visit its statement, the
quickest files first, then all others of the same files: a fixture that several tests share is visited by one only.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.mutants.sampling import ROOT, Mutant

COPY = ROOT / "build" / "mutants" / "course"
OUTPUT = ROOT / "build" / "mutants" / "output.txt"
VISITS = ROOT / "build" / "mutants" / "visits.json"
TRIED = ROOT / "build" / "mutants" / "tried.jsonl"
# The test files of the rooms, by the beginning of their names.
TESTED_BY = (
    "session datasets pretrained text training evaluation plots explain checks play assets "
    "answering architectures beyond detection sequences serving sound tagging rooms"
).split()
READING = "tests/unit/test_rooms.py"  # reads the rooms' sources, so that it visits no line of them: tried with each mutant
# Imported once, before the first process is forked; nothing of the course, and nothing is computed.
WARM = (
    "numpy pandas scipy.stats scipy.sparse matplotlib.pyplot PIL.Image sklearn.linear_model sklearn.metrics "
    "sklearn.feature_extraction.text skimage.segmentation tensorflow keras h5py IPython ipywidgets nbformat nbclient "
    "rich typer requests pytest coverage"
).split()
PATIENCE = 5.0  # a mutant may take this many times as long as its tests took without it, and
LEAST_SECONDS = 60.0  # at least so long: the clock is that of the processor
KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


@dataclass(frozen=True)
class Verdict:
    """How a mutant ended, the test that killed it, and how many tests were tried."""

    ended: str
    by: str
    tests: int
    seconds: float


@dataclass(frozen=True)
class Visits:
    """Which tests visit which line of which file, and each test's seconds of processor time, in the tests' order."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def tests_of(self, mutant: Mutant) -> tuple[list[str], list[str]]:
        """The tests that visit the mutant's statement, and the other tests of their files and those that read sources.

        A statement that only an import runs has none of its own: then those that visit its file are its tests.
        """
        visited = self.lines.get(mutant.path, {})
        lines = range(mutant.statement[0], mutant.statement[1] + 1)
        own = {test for line in lines for test in visited.get(line, ())}
        own = own or {test for tests in visited.values() for test in tests}
        paths = {test.split("::")[0] for test in own} | {READING}
        return self._quickest_first(own), self._quickest_first(
            {test for test in self.seconds if test.split("::")[0] in paths} - own
        )

    def cost(self, tests: Iterable[str]) -> float:
        return sum(self.seconds[test] for test in tests)

    def _quickest_first(self, tests: set[str]) -> list[str]:
        """Tests file by file, so that what a file prepares is prepared once; in a file as they stand there."""
        paths: dict[str, list[str]] = {}
        for test in self.seconds:
            if test in tests:
                paths.setdefault(test.split("::")[0], []).append(test)
        return [
            test for path in sorted(paths, key=lambda path: self.cost(paths[path])) for test in paths[path]
        ]


def prepare() -> None:
    """Make the copy of the tracked files, and import what takes long."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, COPY / name)
    os.environ.update(
        COURSE_ROOT=str(COPY),
        MPLBACKEND="Agg",
        OMP_NUM_THREADS="1",
        PYTHONDONTWRITEBYTECODE="1",  # a mutant as long as its original would be taken for it
        PYTHONPATH=os.pathsep.join([str(COPY), str(COPY / "tests"), os.environ.get("PYTHONPATH", "")]),
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_NUM_INTEROP_THREADS="1",
        TF_NUM_INTRAOP_THREADS="1",
    )
    sys.dont_write_bytecode = True
    for name in WARM:
        importlib.import_module(name)
    loaded = [name for name in sys.modules if name.split(".")[0] == "course_utils"]
    if loaded:
        raise RuntimeError(f"the course is loaded already, and no mutant would be: {', '.join(loaded)}")


def visits(known: bool = False) -> Visits:
    """Run the rooms' unit tests once, unchanged; raises RuntimeError when one fails.

    With `known`, only files of tests that changed since the last run are run, and the others' visits kept.
    """
    paths = [
        path.relative_to(COPY).as_posix()
        for path in sorted((COPY / "tests" / "unit").glob("test_*.py"))
        if path.stem.removeprefix("test_").split("_")[0] in TESTED_BY
    ]
    digests = {path: hashlib.sha256((COPY / path).read_bytes()).hexdigest() for path in paths}
    before = json.loads(VISITS.read_text(encoding="utf-8")) if known else {"files": {}}
    changed_paths = [path for path in paths if before["files"].get(path) != digests[path]]
    if changed_paths:
        code = in_a_fork(lambda: _write_visits(changed_paths), seconds=3600)
        if code != 0:
            raise RuntimeError(f"tests fail without a mutant; see {OUTPUT}")
        content = json.loads(VISITS.read_text(encoding="utf-8"))
        if known:
            content = joined(before, content, set(paths) - set(changed_paths))
        VISITS.write_text(json.dumps({**content, "files": digests}), encoding="utf-8")
    return read_visits()


def joined(before: dict, now: dict, kept: set[str]) -> dict:
    """Visits of an earlier run, of the files `kept` only, and those of another one."""

    def stays(test: str) -> bool:
        return test.split("::")[0] in kept

    seconds = {test: each for test, each in before["seconds"].items() if stays(test)} | now["seconds"]
    lines = {path: {line: list(tests) for line, tests in of.items()} for path, of in now["lines"].items()}
    for path, of in before["lines"].items():
        for line, tests in of.items():
            if old := [test for test in tests if stays(test)]:
                lines.setdefault(path, {}).setdefault(line, []).extend(old)
    return {"lines": lines, "seconds": seconds}


def read_visits() -> Visits:
    """What the last unchanged run wrote down."""
    content = json.loads(VISITS.read_text(encoding="utf-8"))
    lines = {
        path: {int(line): tests for line, tests in visited.items()}
        for path, visited in content["lines"].items()
    }
    return Visits(lines, content["seconds"])


def try_mutant(mutant: Mutant, known: Visits) -> Verdict:
    """Put a fault into the copy, run its tests until one fails, and take the fault out again."""
    started = time.monotonic()
    tried = 0
    with changed(COPY / mutant.path, mutant.source):
        for tests in known.tests_of(mutant):
            if not tests:
                continue
            tried += len(tests)
            limit = max(LEAST_SECONDS, PATIENCE * known.cost(tests))
            code = in_a_fork(lambda tests=tests: _run_tests(tests), seconds=limit)
            seconds = time.monotonic() - started
            if code is None:
                return Verdict(TIMED_OUT, "", tried, seconds)
            if code != 0:
                return Verdict(
                    KILLED,
                    first_failure(OUTPUT.read_text(encoding="utf-8", errors="replace")),
                    tried,
                    seconds,
                )
    return Verdict(SURVIVED, "", tried, time.monotonic() - started)


def remember(mutant: Mutant, verdict: Verdict, path: Path | None = None) -> None:
    """Write down how one mutant ended, so that a run that is stopped can go on."""
    with (path or TRIED).open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps([mutant.where, mutant.was, mutant.became, asdict(verdict)]) + "\n")


def remembered(path: Path | None = None) -> dict[tuple[str, str, str], Verdict]:
    """How the mutants ended that earlier runs tried: by place, text before and text after."""
    path = path or TRIED
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rows = [json.loads(line) for line in lines]
    return {(where, was, became): Verdict(**verdict) for where, was, became, verdict in rows}


def first_failure(output: str) -> str:
    """The test that failed, as pytest's summary names it."""
    for line in output.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" ", 1)[1].split(" - ")[0]
    return "before the first test: the course no longer loads"


@contextlib.contextmanager
def changed(path: Path, source: str) -> Iterator[None]:
    """The file with another text, and at the end as it was."""
    before = path.read_bytes()
    path.write_text(source, encoding="utf-8", newline="\n")
    try:
        yield
    finally:
        path.write_bytes(before)


def in_a_fork(work: Callable[[], int], seconds: float) -> int | None:
    """Do work in a process of its own; its exit status, or None when it took more processor time than it may."""
    import resource  # not on Windows, where there is no fork either

    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.setsid()  # so that all it starts can be ended with it
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
            _behind_the_scenes()
            code = work()
        finally:
            os._exit(code)
    # A fault can also wait for ever, which costs no processor time.
    deadline = time.monotonic() + 6 * seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it left behind
    code = os.waitstatus_to_exitcode(status)
    return None if code == -signal.SIGXCPU else code


def _behind_the_scenes() -> None:
    """The child's output into a file, its folder and its modules those of the copy."""
    file = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(source, target)
    os.chdir(COPY)
    sys.path[:0] = [str(COPY), str(COPY / "tests")]
    for name in [name for name in sys.modules if name.split(".")[0] == "tools"]:
        del sys.modules[name]


def _run_tests(tests: list[str], *plugins: object) -> int:
    import pytest

    options = ["-q", "-x", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist", "-rfE", "--tb=no"]
    return int(pytest.main([*options, *tests], plugins=list(plugins)))


def _write_visits(paths: list[str]) -> int:
    """Run whole test files with every test as a context of the coverage, and keep what they visit."""
    import coverage
    import pytest

    measured = coverage.Coverage(data_file=None, source=[str(COPY / "course_utils")], config_file=False)
    seconds: dict[str, float] = {}

    class Watch:
        """Tells the coverage which test runs, and keeps its seconds of processor time."""

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(self, item):
            before = sum(os.times()[:4])
            measured.switch_context(item.nodeid)
            result = yield
            measured.switch_context("")
            seconds[item.nodeid] = sum(os.times()[:4]) - before
            return result

    measured.start()
    code = _run_tests(paths, Watch())
    measured.stop()
    data = measured.get_data()
    lines = {}
    for name in data.measured_files():
        by_line = {
            line: [test for test in tests if test] for line, tests in data.contexts_by_lineno(name).items()
        }
        lines[Path(name).relative_to(COPY).as_posix()] = {
            line: tests for line, tests in by_line.items() if tests
        }
    VISITS.write_text(json.dumps({"lines": lines, "seconds": seconds}), encoding="utf-8")
    return code
