"""Running one notebook from its first to its last cell, in a scratch folder, with this interpreter."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.foundation import config
from course_utils.workshop.runner.evidence import (
    cell_label,
    code_cells,
    entry,
    judge,
    notebook_results,
)
from course_utils.workshop.runner.judging import Failure, failure_of
from course_utils.workshop.runner.kernel import KernelError, NotebookKernel

CELL_SECONDS = {"smoke": 300, "class": 300, "full": 3600}
BACKENDS = ("tensorflow", "jax", "torch")
# What tells the libraries below the frameworks how many cores to use.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")


class RunError(RuntimeError):
    """A notebook that cannot be run at all; the message names what is there and the next command."""


@dataclass(frozen=True)
class Settings:
    """What to run a notebook with; None leaves the choice to the environment."""

    profile: str = "class"
    data: str | None = None
    backend: str | None = None
    seed: int | None = None
    cpu_only: bool = False
    require_gpu: bool = False

    def environment(self) -> dict[str, str]:
        """The kernel's environment variables.

        Results outside of their bands do not stop the run (COURSE_STRICT off): the whole table is wanted.
        """
        chosen = dict(os.environ)
        chosen.update(
            COURSE_PROFILE=self.profile, COURSE_ROOT=str(config.repository_root()), COURSE_STRICT="0"
        )
        if self.data:
            chosen["COURSE_DATA"] = self.data
        if self.backend:
            chosen["KERAS_BACKEND"] = self.backend
        if self.seed is not None:
            chosen["COURSE_SEED"] = str(self.seed)
        if self.cpu_only:
            chosen.update(CUDA_VISIBLE_DEVICES="-1", JAX_PLATFORMS="cpu")
        if self.require_gpu:
            chosen["COURSE_REQUIRE_GPU"] = "1"
        # A relative mirror or cache counts from the repository; a debugger's nagging is not part of a notebook.
        chosen["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
        chosen["COURSE_AUTOMATIC"] = "1"  # nobody looks: quiet lines instead of progress bars
        return chosen

    def asked(self) -> dict[str, object]:
        """The settings under the names that the report uses."""
        return {"profile": self.profile, "data": self.data, "backend": self.backend, "seed": self.seed}


@dataclass
class Run:
    """An executed notebook: the notebook with its outputs, its line of the report and what went wrong."""

    notebook: NotebookNode
    name: str
    seconds: float
    cells: int
    report: dict = field(default_factory=dict)
    failure: str | None = None
    traceback: str | None = None

    @property
    def ok(self) -> bool:
        """True when every cell ran and every expected result is there and in its band."""
        return bool(self.report.get("ok"))


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook as nbformat 4. Raises RunError when it is not there or not a notebook."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise RunError(
            f"{path} is not there, though course.toml lists it. `git checkout -- notebooks` gets it back"
        ) from None
    except (nbformat.ValidationError, ValueError, AttributeError, KeyError, TypeError) as error:
        # Not JSON, not UTF-8, another format (all ValueErrors), or JSON that is not a notebook at all.
        raise RunError(
            f"{path} is not a readable notebook ({error.__class__.__name__}). Expected JSON of nbformat 4; "
            f'`git diff -- "{path}"` shows what changed'
        ) from error


def run_notebook(
    path: Path,
    settings: Settings,
    prepare: Callable[[NotebookNode], None] | None = None,
    on_cell: Callable[[int, int, str], None] | None = None,
    cell_seconds: float | None = None,
    python: Path | None = None,
    variables: Mapping[str, str | None] | None = None,
) -> Run:
    """Execute a notebook in a scratch folder and judge its results; the file itself is not touched.

    `prepare` may change the copy first (solutions in place of stubs, cells left out). `on_cell(number, total,
    label)` is told each cell as it begins. `cell_seconds` limits one cell. `python` is another interpreter to run it
    with, `variables` are set for its kernel or, where None, taken away. A failing cell, a dead kernel or a
    time-out ends the run and is described in the returned Run; only an unreadable file raises (RunError).
    """
    notebook = read_notebook(path)
    if prepare:
        prepare(notebook)
    cells = code_cells(notebook)
    for cell in cells:
        # Outputs of an earlier run must never pass for outputs of this one.
        cell["outputs"], cell["execution_count"] = [], None
    limit = cell_seconds or CELL_SECONDS.get(settings.profile, 300)
    environment = {**settings.environment(), **(variables or {})}
    environment = {key: value for key, value in environment.items() if value is not None}
    failures: list[Failure] = []
    started = time.perf_counter()
    try:
        with NotebookKernel(environment, python, limit) as kernel:
            for number, cell in enumerate(cells, start=1):
                label = cell_label(cell, number)
                if on_cell:
                    on_cell(number, len(cells), label)
                if failure := failure_of(cell, kernel.run(cell), limit):
                    failures.append(failure._replace(message=f"{label} · {failure.message}"))
                    if failure.stops:
                        break
    except KernelError as error:
        message, _, words = str(error).partition("\n")
        failures.append(Failure(message, words))
    return _judged(notebook, path.stem, settings, time.perf_counter() - started, failures)


def run_side_by_side(
    paths: Sequence[Path], settings: Settings, jobs: int, cell_seconds: float | None = None
) -> Iterator[tuple[Path, Run]]:
    """Execute notebooks, `jobs` at a time, and give each with its file as soon as it is done.

    Each run has a process of its own and its share of the cores, unless the environment says how many threads to use.
    Those that are known to take longest begin first. Raises RunError as `run_notebook` does.
    """
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    shares = {name: os.environ.get(name, threads) for name in THREADS}
    seconds = {path: _known_seconds(path.stem, settings) for path in paths}
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        running = {
            pool.submit(run_notebook, path, settings, cell_seconds=cell_seconds, variables=shares): path
            for path in sorted(paths, key=lambda path: -seconds[path])
        }
        for done in as_completed(running):
            yield running[done], done.result()


def _known_seconds(notebook: str, settings: Settings) -> float:
    """How long a notebook took when its seconds were kept; 0 if they never were."""
    kept = config.course()["notebooks"].get(notebook, {}).get("seconds", {}).get(settings.profile, {})
    return kept.get(settings.data or "bundled", 0)


def _judged(
    notebook: NotebookNode, name: str, settings: Settings, seconds: float, failures: list[Failure]
) -> Run:
    """The run with its line of the report, told by the first failure."""
    cells, payload = code_cells(notebook), notebook_results(notebook)
    done = sum(cell["execution_count"] is not None for cell in cells)
    if failures:
        results, _ = judge(payload, config.course(), name)
        problems = [failure.message for failure in failures]
    else:
        results, problems = judge(payload, config.course(), name, settings.profile, settings.data, cells)
        problems = never_run(notebook) + problems
    report = entry(name, payload, results, problems, seconds, done, asked=settings.asked())
    told = failures[0] if failures else Failure("")
    return Run(notebook, name, seconds, done, report, told.message or None, told.details or None)


def never_run(notebook: NotebookNode) -> list[str]:
    """One line for each code cell with source that has no execution count."""
    return [
        f"{cell_label(cell, number)} · never ran"
        for number, cell in enumerate(code_cells(notebook), start=1)
        if cell["source"].strip() and cell["execution_count"] is None
    ]
