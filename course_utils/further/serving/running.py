"""Starting a service: in this process, or in one of its own that a notebook or a test ends again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from course_utils.further.serving.contract import INSTALL, ServingError

LOOPBACK = "127.0.0.1"
START_SECONDS = 120.0  # a hang, not a slow machine
STOP_SECONDS = 15.0


def free_port(host: str = LOOPBACK) -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind((host, 0))
        return free.getsockname()[1]


def run(folder: Path | str, host: str = LOOPBACK, port: int = 8000, batch: int | None = None) -> None:
    """Serve the nets of a folder until Ctrl+C or a signal to end; requests in work are answered first.

    Raises ServingError if a package is missing, there is no net, or the port is taken.
    """
    try:
        import uvicorn

        from course_utils.further.serving.service import make_app
    except ImportError as missing:
        raise ServingError(f"The service needs {missing.name}, which isn't installed. {INSTALL}") from None
    app = make_app(folder, **({} if batch is None else {"most": batch}))
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((host, port))
        except OSError as error:
            raise ServingError(
                f"Port {port} of {host} can't be used: {error.strerror}. Type: course serve --port {port + 1}"
            ) from None
        config = uvicorn.Config(
            app, http=whole_answers(), log_level="warning", server_header=False, date_header=False, timeout_keep_alive=65,
            timeout_graceful_shutdown=10, limit_concurrency=1024, backlog=512,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[taken])


class _Whole:
    """A transport that sends what is written in one step of the loop with one call of the system."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop, self._parts = transport, loop, []

    def write(self, part: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(part)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        whole = b"".join(self._parts)
        self._parts.clear()
        if whole:
            self._transport.write(whole)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


def whole_answers() -> type:
    """uvicorn's protocol, but for one thing: head and body of an answer leave together.

    It writes them one after the other. A copy that is killed between the two leaves a head without a body, which no
    balancer can take back any more; with one write an answer is sent or it is not, and then another copy is asked.
    """
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    class WholeAnswers(AutoHTTPProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(_Whole(transport, self.loop))

    return WholeAnswers


@contextlib.contextmanager
def in_thread(app: object) -> Iterator[str]:
    """The address of an application that runs in a thread of this process, on a free port, until the block ends.

    Good for a notebook that wants to see what its application does; `service` has a process of its own.
    Raises ServingError if a package is missing or the application does not start.
    """
    try:
        import uvicorn
    except ImportError as missing:
        raise ServingError(f"The service needs {missing.name}, which isn't installed. {INSTALL}") from None
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        config = uvicorn.Config(app, log_level="critical", server_header=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)

        def work() -> None:
            with contextlib.suppress(SystemExit):  # how uvicorn says that the application did not start
                server.run(sockets=[taken])

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise ServingError("The application did not start; run it with uvicorn to see why")
                time.sleep(0.01)
            yield f"http://{LOOPBACK}:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(STOP_SECONDS)


@contextlib.contextmanager
def service(folder: Path | str, *, batch: int | None = None, name: str | None = None) -> Iterator[str]:
    """The address of a service in a process of its own on a free port, which ends with the `with` block.

    Raises ServingError with the service's last lines if it doesn't start.
    """
    port = free_port()
    process, log = start(folder, port, batch=batch, name=name)
    try:
        wait_until_ready(port, process, log)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        stop(process)
        log.close()


def start(
    folder: Path | str, port: int, *, batch: int | None = None, name: str | None = None
) -> tuple[subprocess.Popen, object]:
    """A service as a process, and the file that it logs to; see `wait_until_ready` and `stop`."""
    command = [sys.executable, "-m", "course_utils.further.serving", str(folder), "--port", str(port)]
    command += [] if batch is None else ["--batch", str(batch)]
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
    if name:
        environment["COURSE_REPLICA"] = name
    log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment), log


def wait_until_ready(port: int, process: subprocess.Popen, log: object) -> None:
    """Return as soon as /health answers. Raises ServingError when the process ends, or after two minutes."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError):
            with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health", timeout=5):
                return
        time.sleep(0.05)
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines()
    raise ServingError("The service did not start: " + (" ".join(said[-3:]) or "it said nothing"))


def stop(process: subprocess.Popen, kill: bool = False) -> None:
    """End a service: politely, so that requests in work are answered, or at once."""
    if process.poll() is None:
        process.kill() if kill else process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
