"""What does a service get out of two cores, and does a request fail while a copy is killed?

    python benchmarks/serving.py                    # about eight minutes on 2 cores
    python benchmarks/serving.py --record           # and keep the table; wants Ray, nginx, openssl, and root on Linux
    python benchmarks/serving.py --pieces 4         # four pieces of it now, the others another time
    python benchmarks/serving.py --quick            # a try of each part with few requests

A piece that is finished is kept in build/serving/, so that a run that was stopped can go on; `--again` measures all anew.

The net is the fruit CNN, the request a JPEG of 100 x 100 pixels, the answer JSON. Each option is the same FastAPI
application around the same handler; only what runs the net differs: Keras's `predict` for each request, as many first
services are written, `predict_on_batch`, ONNX Runtime, and ONNX Runtime with requests collected into batches. Options
take turns, round by round, at 1, 8 and 64 clients.

The same handler on Ray Serve is part of each round, without batches and with those of Ray's own queue, `serve.batch`. That
queue works inside a replica of Ray only, so what it brings is told by Ray's two rows, and what the course's queue brings by
those of ONNX Runtime. Ray's processes are started after the other services have ended, since they take processor time
without a request too. Ray is in no lock: python -m pip install "course-utils[serve,ray]". Without it these rows are left out.

Then copies behind nginx with TLS: their throughput, and 10,000 requests while copies are killed, started again, and renewed
one after the other. Clients are coroutines in a process of their own, on the same machine: they and nginx need cores too, so
`cpu_ms`, the service's processor time for one request, is the steady figure, and throughputs are compared within a run only.
Do two copies answer twice as much as one? Each net call takes one thread. Rows with a core per copy hold each copy on one
core, and clients and nginx have no other; `cores_busy` says how many cores service, nginx and clients took together, and so
whether one was left. Rows with half a core per copy give each copy half of the first core, by a control group as a
container's limit does, and clients and nginx the second core: so nobody asks from the core of a copy. That takes the right to
make a control group: root on Linux.
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
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from course_utils.foundation import config, records
from course_utils.further.serving import asking, balancer, load, nets, running
from course_utils.further.serving.asking import Asked

log = logging.getLogger("serving")

NAME = "serving"
TITLE = "A service for the fruit CNN: what runs the net, and what stands in front"
NOTE = (
    "A JPEG of 100 x 100 pixels in, JSON out; service, clients and nginx on one machine, one thread for each call of a "
    "net. `answered_a_second` and `cpu_ms` (processor time of the service's processes for one request) are medians of the "
    "rounds, `p50_ms` and `p99_ms` the latency over all of them, `times_predict` the throughput as a multiple of "
    "`predict` at as many clients. `memory_mb` is the resident memory of all copies together after the run, on Ray Serve with "
    "that of Ray's own processes. `failed` "
    "counts all requests that got no answer with status 200. `cores_busy`: cores that service, nginx and clients kept busy; "
    "`front_cpu_ms` and `clients_cpu_ms` are nginx's and the clients' processor time for one request. `half a core per copy`: "
    "copies share one core by a control group, clients and nginx have the other."
)
OPTIONS = {
    "predict": "Keras, `predict` for each request",
    "predict_on_batch": "Keras, `predict_on_batch`",
    "onnx": "ONNX Runtime",
    "batching": "ONNX Runtime, batches",
    "ray": "Ray Serve, 1 replica",
    "ray_batching": "Ray Serve, 1 replica, Ray's batches",
}
ON_RAY = ("ray", "ray_batching")
CLIENTS = (1, 8, 64)
ROUNDS, SECONDS = 3, 3.0
FREE, HELD, HALF = "", ", a core per copy", ", half a core per copy"
COPIES = (
    (1, FREE),
    (2, FREE),
    (3, FREE),
    (1, HELD),
    (2, HELD),
    (1, HALF),
    (2, HALF),
)  # how many, and on what
PERIOD = 10_000  # microseconds in which a copy with half a core may work for half of them
FAILOVER = 10_000
BATCHES = 32


# The services


class KerasNet:
    """A Keras model where a handler expects an exported net."""

    def __init__(self, model: object, net: object, each: bool) -> None:
        self.model, self.each = model, each
        self.contract, self.outputs, self.input, self.dtype = net.contract, net.outputs, net.input, net.dtype

    def predict(self, batch: object) -> list:
        if self.each:
            return [self.model.predict(batch, verbose=0)]
        return [self.model.predict_on_batch(batch)]


def serve(option: str, folder: Path, port: int) -> None:
    """One option on a port, until a signal ends it."""
    import uvicorn

    from course_utils.further.serving.handlers import MAKERS
    from course_utils.further.serving.service import make_app

    net = load(folder / "fruit.onnx")
    if option.startswith("predict"):
        net = KerasNet(nets.trained("fruit").model, net, option == "predict")
    app = make_app([MAKERS["fruit"](net)], most=BATCHES if option == "batching" else 1)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def start(option: str, folder: Path) -> tuple[subprocess.Popen, int]:
    """A service of an option as a process, and its port."""
    port = running.free_port()
    command = [sys.executable, str(Path(__file__).resolve()), "--serve", option, str(folder), str(port)]
    if option in ON_RAY:
        batch = BATCHES if option == "ray_batching" else 1
        module = [sys.executable, "-m", "course_utils.further.serving.ray_serve", str(folder)]
        command = [*module, "--port", str(port), "--replicas", "1", "--batch", str(batch)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, **quiet), port


# The clients


def picture() -> bytes:
    """A bundled test picture as JPEG."""
    from PIL import Image

    from course_utils.datasets import load_fruits

    x, _ = load_fruits("studio").images("Test", 100)
    Image.fromarray(x[0].astype("uint8")).save(file := io.BytesIO(), "JPEG", quality=90)
    return file.getvalue()


def ask_on(address: str, clients: int, certificate: Path | None = None, **how: float) -> Asked:
    """What clients found who asked for a fruit."""
    return asking.ask(address, "/fruit", picture(), clients=clients, certificate=certificate, **how)


# The table


def used(processes: list[subprocess.Popen]) -> tuple[float, float]:
    """Processor seconds and resident megabytes of processes and their children, together."""
    import psutil

    times, memory = 0.0, 0.0
    for process in processes:
        for one in (found := psutil.Process(process.pid), *found.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # a helper of Ray's may just have ended
                spent = one.cpu_times()
                times += spent.user + spent.system
                memory += one.memory_info().rss / 1e6
    return times, memory


@dataclass(frozen=True)
class Round:
    """One round: what the clients found, the processor time that each side took, and the memory afterwards."""

    found: Asked
    cpu_ms: float
    front_cpu_ms: float
    clients_cpu_ms: float
    memory: float
    cores_busy: float


def measured(
    address: str, clients: int, services: list, fronts: list, seconds: float, certificate: Path | None = None
) -> Round:
    """One round of so many seconds."""
    starting = ask_on(
        address, clients, certificate, most=0
    ).cpu  # a process that asks nothing: no part of the load
    before, ahead = used(services)[0], used(fronts)[0]
    found = ask_on(address, clients, certificate, seconds=seconds)
    count = len(found.took)
    after, memory = used(services)
    front, asking_them = used(fronts)[0] - ahead, max(found.cpu - starting, 0.0)
    busy = (after - before + front + asking_them) / found.seconds
    each = (1e3 * part / count for part in (after - before, front, asking_them))
    return Round(found, *each, memory, busy)


def row(option: str, clients: int, found: list[Asked], **more: float) -> dict:
    """One line of the table out of the rounds of one option."""
    took = [one for each in found for one in each.took]
    together = Asked({}, {}, took, sum(each.seconds for each in found))
    return {
        "option": option,
        "clients": clients,
        "requests": len(took),
        "failed": sum(each.failed for each in found),
        "answered_a_second": round(statistics.median(each.a_second for each in found), 1),
        "p50_ms": round(together.milliseconds(50), 1),
        "p99_ms": round(together.milliseconds(99), 1),
        **more,
    }


def of_rounds(option: str, clients: int, rounds: list[Round]) -> dict:
    """The same, with processor time and memory."""
    found = [each.found for each in rounds]
    middle = {
        name: round(statistics.median(getattr(each, name) for each in rounds), 3)
        for name in ("cpu_ms", "clients_cpu_ms", "cores_busy")
    }
    return row(option, clients, found, memory_mb=round(rounds[-1].memory), **middle)


def missing() -> dict[str, str]:
    """What is not installed here, and how to get it."""
    how = {}
    if importlib.util.find_spec("ray") is None:
        how["Ray Serve"] = 'python -m pip install "course-utils[serve,ray]"'
    if not (shutil.which("nginx") and shutil.which("openssl")):
        how["nginx and openssl"] = "your system's packages of these names"
    if control_groups() is None:
        how["The right to make control groups"] = "run it as root on Linux"
    return how


def one_round(folder: Path, seconds: float, options: Sequence[str]) -> list[tuple[str, int, Round]]:
    """One round: each option at each number of clients; on Ray one after the other, and after all others."""
    found = side_by_side(folder, seconds, [option for option in options if option not in ON_RAY])
    for option in ON_RAY:
        if option in options:
            found += side_by_side(folder, seconds, [option])
    return found


def side_by_side(folder: Path, seconds: float, options: Sequence[str]) -> list[tuple[str, int, Round]]:
    """Options that run at the same time and are asked in turns, at each number of clients."""
    services = {option: start(option, folder) for option in options}
    found = []
    try:
        for process, port in services.values():
            with tempfile.TemporaryFile() as said:
                running.wait_until_ready(port, process, said)
            ask_on(f"http://127.0.0.1:{port}", 1, most=3)  # the first calls build what the others only use
        for clients in CLIENTS:
            for option, (process, port) in services.items():
                one = measured(f"http://127.0.0.1:{port}", clients, [process], [], seconds)
                found.append((option, clients, one))
                log.info("%d clients, %s: %.0f/s", clients, option, one.found.a_second)
    finally:
        for process, _ in services.values():
            running.stop(process)
    return found


def what_runs_the_net(rounds: list[list[tuple[str, int, Round]]]) -> list[dict]:
    """The options side by side: lines of the table out of all rounds."""
    found: dict[tuple[str, int], list[Round]] = {}
    for option, clients, one in (each for one_of_them in rounds for each in one_of_them):
        found.setdefault((option, clients), []).append(one)
    table = [of_rounds(OPTIONS[option], clients, each) for (option, clients), each in found.items()]
    slow = {one["clients"]: one["answered_a_second"] for one in table if one["option"] == OPTIONS["predict"]}
    for one in table:
        one["times_predict"] = round(one["answered_a_second"] / slow[one["clients"]], 1)
    return sorted(table, key=lambda one: (list(OPTIONS.values()).index(one["option"]), one["clients"]))


def hold(process: subprocess.Popen, core: int) -> None:
    """Let a process and all its threads run on one core only (Linux)."""
    for thread in Path(f"/proc/{process.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def control_groups() -> Path | None:
    """The folder in which this process may make a control group for processor time; None where it may not."""
    for place in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")):
        many = place / "cgroup.controllers"
        known = (
            "cpu" in many.read_text("utf-8").split() if many.is_file() else (place / "cpu.shares").is_file()
        )
        if known and os.access(place, os.W_OK):
            return place
    return None


@contextlib.contextmanager
def half_a_core_each(copies: list[subprocess.Popen]) -> Iterator[None]:
    """Copies on the first core, each at most half of the time; this process and what it starts on the others."""
    cores = sorted(os.sched_getaffinity(0))
    place, groups = control_groups(), []
    if (switch := place / "cgroup.subtree_control").is_file():
        switch.write_text("+cpu", "utf-8")
    try:
        for copy in copies:
            hold(copy, cores[0])
            groups.append(group := place / f"course-copy-{copy.pid}")
            group.mkdir()
            if (limit := group / "cpu.max").is_file():
                limit.write_text(f"{PERIOD // 2} {PERIOD}", "utf-8")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD), "utf-8")
                (group / "cpu.cfs_quota_us").write_text(str(PERIOD // 2), "utf-8")
            (group / "cgroup.procs").write_text(str(copy.pid), "utf-8")
        os.sched_setaffinity(0, set(cores[1:]))
        yield
    finally:
        os.sched_setaffinity(0, set(cores))
        for copy, group in zip(copies, groups, strict=False):
            (place / "cgroup.procs").write_text(str(copy.pid), "utf-8")
            group.rmdir()


def copies_behind_nginx(folder: Path, count: int, on: str, rounds: int, seconds: float) -> dict:
    """Throughput of some copies at 64 clients, on what FREE, HELD and HALF say."""
    with contextlib.ExitStack() as stack:
        fleet = stack.enter_context(balancer.fleet(folder, count, tls=True))
        if on == HELD:
            for copy, core in zip(fleet.copies, sorted(os.sched_getaffinity(0)), strict=False):
                hold(copy, core)
        if on == HALF:
            hold(fleet.front, sorted(os.sched_getaffinity(0))[1])
            stack.enter_context(half_a_core_each(fleet.copies))
        ask_on(fleet.address, 8, fleet.certificate, most=30)
        each = [
            measured(fleet.address, 64, fleet.copies, [fleet.front], seconds, fleet.certificate)
            for _ in range(rounds)
        ]
    words = f"{count} {'copy' if count == 1 else 'copies'} behind nginx, TLS"
    front = round(statistics.median(one.front_cpu_ms for one in each), 3)
    one = of_rounds(words + on, 64, each) | {"front_cpu_ms": front}
    log.info("%s", one)
    return one


def failover(folder: Path, most: int, seconds: float = 15.0) -> dict:
    """At least so many requests, while a copy is killed and started again and then all are renewed, one after the other.

    In turns of so many seconds, so that a fast machine is not done with its requests before the copies are.
    """
    answers: list[Asked] = []
    with balancer.fleet(folder, 3, tls=True) as fleet:
        ask_on(fleet.address, 8, fleet.certificate, most=30)
        how = {"clients": 64, "seconds": seconds, "certificate": fleet.certificate}
        while sum(len(one.took) for one in answers) < most:
            clients = asking.Clients(fleet.address, "/fruit", picture(), **how)
            time.sleep(2)  # until they are at it
            fleet.kill(len(answers) % 3)
            time.sleep(0.5)
            fleet.revive(len(answers) % 3)
            fleet.update()
            answers.append(clients.wait())
        memory = round(used(fleet.copies)[1])
    turns = len(answers)
    return row(
        "3 copies, killed and renewed", 64, answers, memory_mb=memory, killed=turns, rolling_updates=turns
    )


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int = ROUNDS
    seconds: float = SECONDS
    most: int = FAILOVER


def pieces(folder: Path, sizes: Sizes) -> dict[str, Callable[[], object]]:
    """The parts of the measurement by name, each of which takes less than two minutes on a quiet machine.

    What needs a program that isn't installed is left out, held copies where there are too few cores. A round without Ray
    has another name, so that it is not taken for a whole one later.
    """
    lacks = missing()
    options = [option for option in OPTIONS if option not in ON_RAY or "Ray Serve" not in lacks]
    parts: dict[str, Callable[[], object]] = {
        f"round {number + 1}, {len(options)} options": partial(one_round, folder, sizes.seconds, options)
        for number in range(sizes.rounds)
    }
    if "nginx and openssl" not in lacks:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        for count, on in COPIES:
            wanted = {FREE: 0, HELD: count, HALF: 2}[on]
            if wanted <= cores and (on != HALF or control_groups() is not None):
                how = (folder, count, on, sizes.rounds, sizes.seconds)
                parts[f"{count} copies{on}"] = partial(copies_behind_nginx, *how)
        parts["failover"] = partial(failover, folder, sizes.most)
    return parts


def measure(parts: dict[str, Callable[[], object]], kept: Path | None, most: int) -> dict[str, object]:
    """What each part found; at most so many are measured now, the others are taken from where they are kept."""
    found = {}
    for name, part in parts.items():
        place = kept and kept / f"{name.replace(', ', '-').replace(' ', '-')}.json"
        if place and place.is_file():
            content = json.loads(place.read_text(encoding="utf-8"))
            if content["digest"] == digest():
                found[name] = unpacked(content["found"])
                continue
        if most <= 0:
            continue
        most -= 1
        log.info("%s ...", name)
        found[name] = part()
        if place:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps({"digest": digest(), "found": found[name]}, default=vars), "utf-8")
    return found


def unpacked(found: list | dict) -> object:
    """Rounds out of what JSON holds of them; lines of the table stay as they are."""
    if isinstance(found, dict):
        return found
    return [
        (option, clients, Round(**(one | {"found": Asked(**one["found"])}))) for option, clients, one in found
    ]


def table_of(found: dict[str, object]) -> list[dict]:
    """The whole table."""
    rounds = [each for name, each in found.items() if name.startswith("round")]
    return what_runs_the_net(rounds) + [each for each in found.values() if isinstance(each, dict)]


def digest() -> str:
    """sha256 over this script and the service that it measures."""
    room = Path(records.__file__).parents[1] / "further" / "serving"
    parts = (
        "asking",
        "balancer",
        "batching",
        "handlers",
        "nets",
        "pictures",
        "ray_serve",
        "running",
        "runtime",
        "service",
    )
    files = (Path(__file__), *(room / f"{part}.py" for part in parts))
    return hashlib.sha256("\n".join(map(records.code_of, files)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a try with few requests, never recorded")
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    parser.add_argument("--pieces", type=int, default=99, help="measure at most so many pieces now")
    parser.add_argument("--again", action="store_true", help="measure pieces anew that are kept already")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve[0], Path(options.serve[1]), int(options.serve[2]))
        return
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for what, how in missing().items():
        log.info("%s isn't installed here, and its rows are left out. To get it: %s", what, how)
    if options.record and missing():
        parser.error("a record has all rows: install what is missing first")
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    kept = None if options.quick else config.repository_root() / "build" / "serving"
    if kept and options.again:
        shutil.rmtree(kept, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="course-serving-") as folder:
        nets.trained("fruit").export(folder, "fruit")
        parts = pieces(Path(folder), Sizes(1, 1.0, 300) if options.quick else Sizes())
        found = measure(parts, kept, options.pieces)
    if left := [name for name in parts if name not in found]:
        log.info("still to measure: %s. Type the same again", ", ".join(left))
        return
    table = table_of(found)
    for line in table:
        log.info("%s", line)
    if options.record and options.quick:
        log.info("A quick try is not recorded")
    elif options.record:
        packages = ("keras", "tensorflow", "onnxruntime", "fastapi", "uvicorn", "ray")
        path = records.write(
            NAME, TITLE, NOTE, table, digest(), packages, cores=os.cpu_count(), load=busy
        )  # fmt: skip
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
