"""Thirty learners fetch from the instructor's laptop at once: does each get whole files, and how long does it take?

    COURSE_MIRROR=/path/to/mirror python benchmarks/serve_thirty.py            # about a minute on 2 cores
    COURSE_MIRROR=/path/to/mirror python benchmarks/serve_thirty.py --record   # and keep the table

`course serve-mirror` runs as a process of its own, and so does each learner: thirty processes wait for one signal,
then each fetches a real asset over http into a cache of its own, as `course data fetch` does, and verifies every byte.
Meanwhile somebody asks for files that are none of hers. All of them share this machine's cores and disk, which thirty
laptops don't; what a room adds is its Wi-Fi, which this cannot measure. One client alone, in the same run, is the
reference.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import json
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from course_utils.foundation import config, records

log = logging.getLogger("serve_thirty")

NAME = "serve_thirty"
TITLE = "Thirty learners fetch from the instructor's laptop at once"
NOTE = (
    "Server and clients are processes on one machine, over its loopback address. `seconds`: from the signal to the "
    "last client's last verified byte; `megabytes_a_second`: all clients together in that time; `ratio`: to one "
    "client alone, in the same run, its median of three fetches. `whole`: clients whose files all have the "
    "registry's digests; `failed`: those that got an error. `refused`: answers to requests for files outside of "
    "the registry, sent while the thirty were fetching."
)
ASSET = "mobilenetv2-imagenet"
CLIENTS, ALONE = 30, 3
PATIENCE = 600.0
FORBIDDEN = (
    "/../course.toml",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/models/../models/imagenet_class_index.json",
    "/etc/passwd",
    "/not-in-the-registry.zip",
    "/",
)
"""What a curious neighbour may ask for; each has to get 404."""


# One learner, in a process of her own


def client(asset: str) -> None:
    """Wait for a line on standard input, fetch from COURSE_MIRROR, verify, and print what came of it."""
    from course_utils.foundation import assets

    store = assets.default_store()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    before, processor = time.perf_counter(), time.process_time()
    told: dict[str, object] = {"error": ""}
    try:
        found = store.fetch(asset, allow=("mirror",), progress=False)
        told |= {"origin": found.origin, "status": store.verify(asset).status}
    except Exception as error:  # noqa: BLE001 - each failure is a figure of the table
        told["error"] = f"{type(error).__name__}: {error}"
    told |= {"seconds": time.perf_counter() - before, "cpu_seconds": time.process_time() - processor}
    folder = store.folder(store.registry[asset])
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    told["bytes"] = sum(path.stat().st_size for path in files)
    sys.stdout.write(json.dumps(told) + "\n")


# The room


def fetch_at_once(address: str, asset: str, count: int, folder: Path) -> tuple[list[dict], float]:
    """What each of `count` clients told, and the seconds from the signal to the last of them."""
    learners = []
    for number in range(count):
        environment = {
            **os.environ,
            "COURSE_MIRROR": address,
            "COURSE_CACHE": str(folder / f"learner-{number}"),
            "COURSE_ROOT": str(config.repository_root()),
        }
        command = [sys.executable, str(Path(__file__).resolve()), "--client", asset]
        learners.append(
            subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )  # fmt: skip
        )
    try:
        for learner in learners:
            if learner.stdout.readline() != "ready\n":
                raise RuntimeError("A client did not start; run it by hand: serve_thirty.py --client NAME")
        before = time.perf_counter()
        for learner in learners:
            learner.stdin.write("go\n")
            learner.stdin.flush()
        told = [json.loads(learner.communicate(timeout=PATIENCE)[0]) for learner in learners]
        return told, time.perf_counter() - before
    finally:
        for learner in learners:
            learner.kill()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """`course serve-mirror` on a free port of this machine; gives (host, port). Raises RuntimeError if it won't start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "course_utils.workshop", "serve-mirror", "--folder", str(folder)]
    environment = {**os.environ, "COURSE_ROOT": str(config.repository_root())}
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        else:
            server.kill()
            raise RuntimeError(f"course serve-mirror did not start: {server.communicate()[1]}")
        yield "127.0.0.1", port
    finally:
        server.kill()
        server.communicate()


def ask_forbidden(host: str, port: int) -> dict[str, int]:
    """HTTP status of each request that has to be refused, its path sent as it stands."""
    found = {}
    for path in FORBIDDEN:
        connection = http.client.HTTPConnection(host, port, timeout=60)
        connection.request("GET", path)
        found[path] = connection.getresponse().status
        connection.close()
    return found


def row(option: str, told: list[dict], seconds: float, refused: dict[str, int] | None = None) -> dict:
    """One line of the table."""
    alone = [one["seconds"] for one in told]
    size = sum(one["bytes"] for one in told) / 1e6
    return {
        "option": option,
        "clients": len(told),
        "megabytes": round(size, 1),
        "seconds": round(seconds, 2),
        "megabytes_a_second": round(size / seconds, 1),
        "seconds_median": round(statistics.median(alone), 2),
        "seconds_slowest": round(max(alone), 2),
        "cpu_seconds_a_client": round(statistics.fmean(one["cpu_seconds"] for one in told), 2),
        "whole": sum(one.get("status") == "whole" for one in told),
        "failed": sum(bool(one["error"]) for one in told),
        "errors": sorted({one["error"] for one in told if one["error"]}),
        **({"refused": refused} if refused is not None else {}),
    }


def measure(folder: Path, asset: str = ASSET, clients: int = CLIENTS, alone: int = ALONE) -> list[dict]:
    """The table: one client alone (median of `alone` fetches) and `clients` at once."""
    with serving(folder) as (host, port), tempfile.TemporaryDirectory(prefix="course-serve-") as scratch:
        address = f"http://{host}:{port}"
        single = []
        for number in range(alone):
            single.append(fetch_at_once(address, asset, 1, Path(scratch) / f"alone-{number}"))
            log.info("alone: %.2f s", single[-1][0][0]["seconds"])
        single.sort(key=lambda pair: pair[0][0]["seconds"])
        told, _ = single[len(single) // 2]
        first = row("one client", told, told[0]["seconds"])
        refused: dict[str, int] = {}
        curious = threading.Timer(0.5, lambda: refused.update(ask_forbidden(host, port)))
        curious.start()
        told, seconds = fetch_at_once(address, asset, clients, Path(scratch) / "room")
        curious.join()
        table = [first, row(f"{clients} clients at once", told, seconds, refused)]
    for line in table:
        line["ratio"] = round(line["megabytes_a_second"] / first["megabytes_a_second"], 2)
        log.info("%s", line)
    return table


def digest() -> str:
    """sha256 over this script, the server and the client's download."""
    package = Path(records.__file__).parent / "assets"
    files = (Path(__file__), package / "serve.py", package / "download.py")
    return hashlib.sha256("\n".join(map(records.code_of, files)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--client", metavar="ASSET", help=argparse.SUPPRESS)
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    if options.client:
        client(options.client)
        return
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    mirror = config.mirror()
    if not mirror or "://" in mirror:
        sys.exit(
            "Say where the files to serve are: COURSE_MIRROR=/path/to/mirror python benchmarks/serve_thirty.py"
        )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    table = measure(Path(mirror))
    if options.record:
        path = records.write(NAME, TITLE, NOTE, table, digest(), ("requests",), asset=ASSET, load=load)
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
