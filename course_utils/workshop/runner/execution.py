"""Running one notebook from its first to its last cell, in a scratch folder, with this interpreter."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from course_utils.foundation import config
from course_utils.workshop.runner.evidence import (
    cell_label,
    code_cells,
    entry,
    judge,
    notebook_results,
    tags,
)

if TYPE_CHECKING:
    from nbclient import NotebookClient

CELL_SECONDS = {"smoke": 300, "class": 300, "full": 3600}
BACKENDS = ("tensorflow", "jax", "torch")
STARTUP_SECONDS = 120

log = logging.getLogger(__name__)


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
        # Not JSON, not UTF-8, another format (all ValueErrors), or JSON that is no notebook at all.
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
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    name = path.stem
    notebook = read_notebook(path)
    if prepare:
        prepare(notebook)
    for cell in code_cells(notebook):
        # Outputs of an earlier run must never pass for outputs of this one.
        cell["outputs"], cell["execution_count"] = [], None
    total = len(code_cells(notebook))
    position = {"number": 0, "done": 0}

    def began(cell: NotebookNode, cell_index: int) -> None:
        if cell["cell_type"] == "code":
            position["number"] += 1
            if on_cell:
                on_cell(position["number"], total, cell_label(cell, position["number"]))

    def finished(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        position["done"] += 1

    failure = traceback = None
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="course-run-", ignore_cleanup_errors=True) as scratch,
        tempfile.TemporaryFile() as last_words,
    ):
        client = NotebookClient(
            notebook,
            km=_kernel_manager(python),
            timeout=cell_seconds or CELL_SECONDS.get(settings.profile, 300),
            startup_timeout=STARTUP_SECONDS,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
            record_timing=False,
            resources={"metadata": {"path": scratch}},
            on_cell_start=began,
            on_cell_executed=finished,
        )
        # nbclient tells errors twice otherwise: once here, once as the exception.
        client.log.setLevel(logging.CRITICAL)
        try:
            environment = {**settings.environment(), "IPYTHONDIR": scratch, **(variables or {})}
            environment = {key: value for key, value in environment.items() if value is not None}
            # What cells print is an output; the process's own stderr matters only when it dies.
            asyncio.run(_execute(client, env=environment, stderr=last_words, cleanup_kc=True))
        except CellExecutionError as error:
            failure, traceback = f"{error.ename}: {error.evalue}", error.traceback
        except DeadKernelError:
            failure = "the kernel died; out of memory, or a crash in native code"
            last_words.seek(0)
            traceback = without_kernel_chatter(last_words.read().decode(errors="replace"))
        except CellTimeoutError:
            failure = f"took longer than {client.timeout:g} s"
        except RuntimeError as error:
            failure = f"the kernel did not start: {error}"
    seconds = time.perf_counter() - started

    cells = code_cells(notebook)
    if failure and position["number"]:
        failure = f"{cell_label(cells[position['number'] - 1], position['number'])} · {failure}"
    payload = notebook_results(notebook)
    if failure:
        results, _ = judge(payload, config.course(), name)
        problems = [failure]
    else:
        results, problems = judge(payload, config.course(), name, settings.profile, settings.data, cells)
        problems = never_run(notebook) + problems
    report = entry(name, payload, results, problems, seconds, position["done"], asked=settings.asked())
    return Run(notebook, name, seconds, position["done"], report, failure, traceback)


async def _execute(client: NotebookClient, **kernel_options: object) -> None:
    """Execute, and let Ctrl-C end the program.

    nbclient would catch the signal, kill the kernel and report that it died; the next notebook would begin.
    """
    from nbclient.exceptions import DeadKernelError

    def refuse(*_: object) -> None:
        raise RuntimeError("signals stay with the program")

    asyncio.get_running_loop().add_signal_handler = refuse
    try:
        await client.async_execute(**kernel_options)
    except DeadKernelError:
        if asyncio.current_task().cancelling():
            raise asyncio.CancelledError from None
        raise


def never_run(notebook: NotebookNode) -> list[str]:
    """One line for each code cell with source that has no execution count or raised though it had to, or not to."""
    lines = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        raised = any(output["output_type"] == "error" for output in cell["outputs"])
        if cell["source"].strip() and cell["execution_count"] is None:
            lines.append(f"{cell_label(cell, number)} · never ran")
        elif "raises-exception" in tags(cell) and not raised:
            lines.append(f"{cell_label(cell, number)} · is tagged raises-exception, but raised nothing")
    return lines


def without_kernel_chatter(text: str) -> str:
    """The last lines that a kernel's process wrote to stderr, without the kernel's own remarks about itself."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("[IPKernelApp]")]
    return "\n".join(lines[-20:])


def _kernel_manager(python: Path | None = None):
    """A manager whose kernel is this interpreter (or `python`), whatever kernels are registered on the machine."""
    import ipykernel.kernelspec
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class ThisInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            specification = ipykernel.kernelspec.get_kernel_dict()
            if python:
                specification["argv"][0] = str(python)
            return KernelSpec(resource_dir=ipykernel.kernelspec.RESOURCES, **specification)

    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisInterpreter())
