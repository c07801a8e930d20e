"""One kernel that runs a notebook's cells one by one, for `course run` and for nbval alike.

nbclient speaks to the kernel. What is added here is what it leaves open: a shell line that fails is an error, errors
that a widget swallows are heard, a flood of outputs ends, and a limit that counts a cell's own work, so that a crowded
machine is not taken for a hanging notebook.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

STARTUP_SECONDS = 120
LOOK_SECONDS = 0.5
# How long a cell may take to end once it was interrupted.
GRACE_SECONDS = 15
# No cell of a course needs that many outputs; beyond, kernel and listener only exhaust the memory.
FLOOD_OUTPUTS = 50_000
FLOOD_BYTES = 30_000_000
# A kernel that used less than this share of one core since its cell began is waiting, not working.
IDLE_SHARE = 0.05

# A failed `!command` or %pip is an error: IPython 9 can say so itself, older ones are taught.
SHELL_LINES_MAY_FAIL = """
def _teach(shell):
    if hasattr(shell, "system_raise_on_error"):
        shell.system_raise_on_error = True
        return
    import subprocess
    plain = shell.system
    def system(command):
        plain(command)
        code = shell.user_ns.get("_exit_code")
        if code:
            raise subprocess.CalledProcessError(code, command)
    shell.system = system
_teach(get_ipython())
del _teach
"""


class KernelError(RuntimeError):
    """A kernel that did not start, or did not answer; the message says which."""


@dataclass
class CellRun:
    """What came of one cell. Its outputs are in the cell itself; `reply` is the kernel's answer, None without one."""

    reply: dict | None = None
    errors: list[dict] = field(default_factory=list)
    count: int = 0
    size: int = 0
    seconds: float = 0.0
    timed_out: bool = False
    died: str = ""
    last_words: str = ""

    @property
    def flooded(self) -> bool:
        """True when more was printed than a page can show; the kernel was stopped then."""
        return self.count > FLOOD_OUTPUTS or self.size > FLOOD_BYTES


class _Listener(NotebookClient):
    """nbclient, which also notes each error it hears, into a widget or not, and how much is printed."""

    heard: CellRun = CellRun()

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if msg["msg_type"] == "error":
            self.heard.errors.append(content)
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "error"):
            self.heard.count += 1
            self.heard.size += len(content.get("text", "")) + sum(
                map(_length, content.get("data", {}).values())
            )
            if self.heard.flooded:
                self.kill()
                return None
        return super().process_message(msg, cell, cell_index)

    def kill(self) -> None:
        """End the kernel's process at once: what is on its way already could take minutes to read."""
        with contextlib.suppress(psutil.Error, AttributeError):
            psutil.Process(self.km.provisioner.pid).kill()


class NotebookKernel:
    """A kernel in a scratch folder of its own; `with` it, or call `start` and `stop`.

    Args:
        environment: the kernel's environment variables.
        python: the interpreter to run it with; this one if None.
        cell_seconds: how long a cell may work, or wait without working.

    Raises KernelError when the kernel does not start.
    """

    def __init__(
        self, environment: Mapping[str, str], python: Path | None = None, cell_seconds: float = 300
    ) -> None:
        self.environment, self.python, self.cell_seconds = dict(environment), python, cell_seconds
        self.peak_bytes = 0
        self.cpu_seconds = 0.0
        self._running = contextlib.ExitStack()

    def __enter__(self) -> NotebookKernel:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> NotebookKernel:
        """Start the kernel and teach it that failed shell lines are errors."""
        folder = tempfile.TemporaryDirectory(prefix="course-run-", ignore_cleanup_errors=True)
        self.scratch = Path(self._running.enter_context(folder))
        self._stderr = self._running.enter_context(tempfile.TemporaryFile())
        self._loop = self._running.enter_context(asyncio.Runner())
        self.client = _Listener(
            new_notebook(cells=[new_code_cell()]),
            km=_manager(self.python),
            timeout=None,
            startup_timeout=STARTUP_SECONDS,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
            record_timing=False,
            resources={"metadata": {"path": str(self.scratch)}},
        )
        # nbclient tells errors twice otherwise: once here, once as the exception.
        self.client.log.setLevel(logging.CRITICAL)
        # What cells print is an output; the process's own stderr matters only when it dies.
        environment = dict(self.environment)
        # A person's own start-up files are not part of a notebook. A folder that the caller chose is.
        if environment.get("IPYTHONDIR") == os.environ.get("IPYTHONDIR"):
            environment["IPYTHONDIR"] = str(self.scratch / ".ipython")
        self._running.callback(self._shut_down)
        try:
            self._loop.run(self._begin(environment))
        except RuntimeError as error:
            words = self._last_words()
            self.stop()
            raise KernelError(f"the kernel did not start: {error}\n{words}".strip()) from error
        self._process = psutil.Process(self.client.km.provisioner.pid)
        return self

    def stop(self) -> None:
        """Stop the kernel, whichever state it is in, and remove its scratch folder."""
        self._running.close()

    def run(self, cell: NotebookNode) -> CellRun:
        """Run one cell to its end and put its outputs and its count into it.

        A cell that neither ends nor works, or works longer than it may, is interrupted, and killed if it won't
        listen.
        """
        run = self.client.heard = CellRun()
        started = time.monotonic()
        if not self._alive():
            run.died = "before this cell began"
            return run
        cell["outputs"], cell["execution_count"] = [], None
        try:
            run.reply = self._loop.run(self._watched(cell, run))
        except CellExecutionError:
            pass  # heard already, and in `errors`; only its reply is missing
        except DeadKernelError:
            run.died = f"while this cell ran{self._how_it_ended()}; peak {self.peak_bytes / 1e6:.0f} MB"
            run.last_words = self._last_words()
        run.seconds = time.monotonic() - started
        return run

    def ask(self, expression: str) -> object:
        """The value of a Python expression in the kernel, if it is made of literals; leaves no trace there.

        Raises KernelError with the kernel's own error.
        """
        return self._loop.run(self._asked(expression))

    def execute(self, code: str) -> None:
        """Run code in the kernel without a trace in its history; raises KernelError with the kernel's own error."""
        self._loop.run(self._silent(code))

    async def _begin(self, environment: dict[str, str]) -> None:
        await self.client.async_start_new_kernel(env=environment, stderr=self._stderr)
        await self.client.async_start_new_kernel_client()
        await self._silent(SHELL_LINES_MAY_FAIL)

    async def _watched(self, cell: NotebookNode, run: CellRun) -> dict | None:
        replies: list[dict] = []
        self.client.on_cell_executed = lambda cell, cell_index, execute_reply: replies.append(execute_reply)
        running = asyncio.ensure_future(self.client.async_execute_cell(cell, 0))
        began, worked = time.monotonic(), self._work()
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=LOOK_SECONDS)
                self._look_at_memory()
                if run.timed_out:
                    if time.monotonic() > began + GRACE_SECONDS:
                        self.client.kill()
                elif self._hangs(time.monotonic() - began, self._work() - worked):
                    run.timed_out, began = True, time.monotonic()
                    await self.client.km.interrupt_kernel()
            self.cpu_seconds += max(0.0, self._work() - worked)
            await running
        except CellExecutionError:
            pass
        finally:
            running.cancel()
        return replies[0]["content"] if replies and replies[0] else None

    def _hangs(self, seconds: float, worked: float) -> bool:
        """Does a cell work longer than it may, or wait longer than it may without working?"""
        if seconds < self.cell_seconds:
            return False
        return worked < IDLE_SHARE * seconds or worked > self.cell_seconds * (psutil.cpu_count() or 1)

    async def _silent(self, code: str, **expressions: str) -> dict:
        message = self.client.kc.execute(code, silent=True, store_history=False, user_expressions=expressions)
        while True:
            reply = await self.client.kc.get_shell_msg(timeout=600)
            if reply["parent_header"].get("msg_id") == message:
                break
        content = reply["content"]
        if content["status"] != "ok":
            raise KernelError(f"{content.get('ename')}: {content.get('evalue')}")
        return content

    async def _asked(self, expression: str) -> object:
        answer = (await self._silent("", answer=expression))["user_expressions"]["answer"]
        if answer["status"] != "ok":
            raise KernelError(f"{answer.get('ename')}: {answer.get('evalue')}")
        return ast.literal_eval(answer["data"]["text/plain"])

    def _alive(self) -> bool:
        return bool(self._loop.run(self.client.km.is_alive()))

    def _work(self) -> float:
        """Seconds of processor time that the kernel and its children have used."""
        total = 0.0
        with contextlib.suppress(psutil.Error):
            for process in (self._process, *self._process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    used = process.cpu_times()
                    total += used.user + used.system
        return total

    def _how_it_ended(self) -> str:
        """The signal or the exit status of the kernel's process, where the system tells."""
        with contextlib.suppress(Exception):
            code = self.client.km.provisioner.process.poll()
            if code is not None:
                return f" (killed by signal {-code})" if code < 0 else f" (exit status {code})"
        return ""

    def _look_at_memory(self) -> None:
        with contextlib.suppress(psutil.Error):
            self.peak_bytes = max(self.peak_bytes, self._process.memory_info().rss)

    def _last_words(self) -> str:
        """The last lines of the kernel's stderr, without the kernel's remarks about itself."""
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return "\n".join([line for line in lines if not line.startswith("[IPKernelApp]")][-20:])

    def _shut_down(self) -> None:
        with contextlib.suppress(Exception):
            self._loop.run(self._end())

    async def _end(self) -> None:
        self.client.kc.stop_channels()
        await self.client.km.shutdown_kernel(now=True)


def _length(part: object) -> int:
    return len(part) if isinstance(part, str) else len(str(part))


def _manager(python: Path | None = None):
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
