"""Does Ray Serve start a second copy under load, and end it again afterwards?

    python benchmarks/ray_replicas.py             # under four minutes; wants Ray on Linux or macOS
    python benchmarks/ray_replicas.py --record    # and keep the table

`serve run` starts `deploy/ray.yaml` on this machine, with three changes: another port and folder of nets, two copies at
most, and shorter waits, since Ray lets ten minutes pass before it ends a copy. One client asks, then 32 at once, then one
again, each for as long as it takes to see the number of copies change. Copies are counted twice: as processes of this
machine, and by the names that they sign their answers with.

Ray is in no lock: python -m pip install "course-utils[serve,ray]".
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import io
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from course_utils.foundation import config, records
from course_utils.further.serving import asking, nets, ray_serve, running
from course_utils.further.serving.asking import Asked
from course_utils.further.serving.contract import ServingError

log = logging.getLogger("ray_replicas")

NAME = "ray_replicas"
TITLE = "Copies that Ray Serve starts and ends by the load"
FEW, MANY = 1, 32  # clients; a copy shall have 16 requests in work
SLICE = 5.0  # seconds of a row
CALM, BOTH = 2, 2  # rows with one copy before the load, and with answers of two copies under it
MOST_SECONDS = 120.0  # until the number of copies has to have changed
WAITS = {"upscale_delay_s": 10, "downscale_delay_s": 15, "look_back_period_s": 10, "metrics_interval_s": 2}
RAYS_OWN = {
    "upscale_delay_s": 30,
    "downscale_delay_s": 600,
    "look_back_period_s": 30,
    "metrics_interval_s": 10,
}
SURROUNDINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # On a busy machine Ray would end its own entrance, which gets five seconds to be ready.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
}
NOTE = (
    "`deploy/ray.yaml` by `serve run`, two copies at most. `second`: from the first request to the end of the row. `copies`: "
    "processes of copies at the end of the row; `answering`: copies that answered during it. `failed` counts requests without "
    "an answer of status 200. Waits in seconds, Ray's own in brackets: "
    + ", ".join(f"{name} {WAITS[name]} ({RAYS_OWN[name]})" for name in WAITS)
    + ". Clients, Ray and copies share the cores."
)


def settings(nets_folder: Path, port: int) -> str:
    """`deploy/ray.yaml` for this machine: its own port and folder, two copies at most, and shorter waits.

    Raises ValueError where the file no longer has a line that is changed here.
    """
    text = (config.repository_root() / "deploy" / "ray.yaml").read_text(encoding="utf-8")
    most = f"max_replicas: {ray_serve.MORE}\n"
    waits = "".join(f"          {name}: {seconds}\n" for name, seconds in WAITS.items())
    changes = {
        "port: 8000": f"port: {port}",
        "nets: /nets": f"nets: {json.dumps(str(nets_folder))}",
        most: f"max_replicas: 2\n{waits}",
    }
    for old, new in changes.items():
        if text.count(old) != 1:
            raise ValueError(
                f"deploy/ray.yaml has {text.count(old)} lines with {old.strip()!r}; expected one"
            )
        text = text.replace(old, new)
    return text


def copies_of(process: subprocess.Popen) -> int:
    """How many copies run as processes below Ray's."""
    import psutil

    count = 0
    for one in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            count += " ".join(one.cmdline()).startswith("ray::ServeReplica:")
    return count


def watch(ask: Callable[[int], Asked], copies: Callable[[], int]) -> list[dict]:
    """Rows of the table: one client, then many until two copies answer, then one until a single copy is left."""
    began, table = time.monotonic(), []

    def rows(clients: int, enough: Callable[[list[dict]], bool]) -> None:
        since, mine = time.monotonic(), []
        while not enough(mine) and time.monotonic() - since < MOST_SECONDS:
            found = ask(clients)
            mine.append({
                "second": round(time.monotonic() - began), "clients": clients, "copies": copies(),
                "answering": len(found.copies), "answered_a_second": round(found.a_second, 1),
                "failed": found.failed,
            })  # fmt: skip
            log.info("%s", mine[-1])
        table.extend(mine)

    rows(FEW, lambda mine: len(mine) >= CALM)
    rows(MANY, lambda mine: sum(row["answering"] == 2 for row in mine) >= BOTH)
    rows(FEW, lambda mine: bool(mine) and mine[-1]["copies"] == mine[-1]["answering"] == 1)
    return table


def picture() -> bytes:
    """A bundled test picture as JPEG."""
    from PIL import Image

    from course_utils.datasets import load_fruits

    x, _ = load_fruits("studio").images("Test", 100)
    Image.fromarray(x[0].astype("uint8")).save(file := io.BytesIO(), "JPEG", quality=90)
    return file.getvalue()


def measure(folder: Path) -> list[dict]:
    """Start Ray with the nets of a folder, watch it, and end it."""
    port, body = running.free_port(), picture()
    file = folder / "ray.yaml"
    file.write_text(settings(folder, port), encoding="utf-8")
    command = [shutil.which("serve", path=Path(sys.executable).parent) or "serve", "run", str(file)]
    with tempfile.TemporaryFile() as said:
        environment = {**os.environ, **SURROUNDINGS}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment
        )
        try:
            wait_until_ready(port, process, said)
            address = f"http://{running.LOOPBACK}:{port}"

            def ask(clients: int) -> Asked:
                return asking.ask(address, "/fruit", body, clients=clients, seconds=SLICE)

            return watch(ask, lambda: copies_of(process))
        finally:
            process.send_signal(signal.SIGINT)  # as Ctrl+C does: Ray ends its copies, then itself
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            running.stop(process)


def wait_until_ready(port: int, process: subprocess.Popen, said: object) -> None:
    """Return as soon as the first copy answers; Ray gets twice the time of a service without it."""
    try:
        running.wait_until_ready(port, process, said)
    except ServingError:
        if process.poll() is not None:
            raise
        running.wait_until_ready(port, process, said)


def digest() -> str:
    """sha256 over this script, the file for Ray and what starts and asks the copies."""
    room = Path(records.__file__).parents[1] / "further" / "serving"
    files = (Path(__file__), *(room / f"{part}.py" for part in ("asking", "ray_serve", "running")))
    settings_of_ray = (config.repository_root() / "deploy" / "ray.yaml").read_text(encoding="utf-8")
    plain = "\n".join(line for line in settings_of_ray.splitlines() if not line.startswith("#"))
    return hashlib.sha256("\n".join([*map(records.code_of, files), plain]).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if importlib.util.find_spec("ray") is None:
        parser.error('Ray isn\'t installed. Type: python -m pip install "course-utils[serve,ray]"')
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="course-ray-") as folder:
        nets.trained("fruit").export(folder, "fruit")
        table = measure(Path(folder))
    if options.record:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        packages = ("onnxruntime", "fastapi", "ray")
        log.info(
            "kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, cores=cores, load=busy)
        )


if __name__ == "__main__":
    main()
