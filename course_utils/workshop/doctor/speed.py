"""How fast this machine is, and how many minutes each notebook takes on it.

benchmarks/expected holds each notebook's `seconds` on one machine, and in reference.json what the stopwatch showed there.
The same stopwatch here gives the ratio: half of a notebook's time is counted as training nets and half as plain
Python (all of it where the notebook has no net). The halves are a plain guess, not a fit: they decide only where a
machine is better at one than at the other, as with a GPU. Loading the framework goes with the plain half; timed once,
on a machine that does other things, it is too unsteady to be told apart.
"""

from __future__ import annotations

import datetime
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.foundation import config, records
from course_utils.workshop.doctor.finding import Finding
from course_utils.workshop.doctor.installation import backend_in_use

PATIENCE = 180.0
# What a profile promises for one notebook, in seconds; beyond twice that, a smaller profile is the better day.
PROMISED = {"smoke": 60, "class": 300}
SHARE_OF_NETS = 0.5
# One round of the stopwatch differs from the next by a quarter where others share the processor.
RECORD_ROUNDS = 7
BUSY = 1.5


class SpeedError(RuntimeError):
    """This machine's speed could not be measured; the message says why."""


@dataclass(frozen=True)
class Speed:
    """What the stopwatch showed: milliseconds of two pieces of work, at best.

    `busy`: how many times longer the work took on average; 1.0 to 1.2 where nothing else runs.
    """

    backend: str
    processor_ms: float
    convolution_ms: float
    busy: float = 1.0
    load: float | None = None


def measure(backend: str, seconds: float | None = None, patience: float = PATIENCE) -> Speed:
    """Run the stopwatch in a process of its own. Raises SpeedError when it fails or takes too long."""
    found = _run(backend, seconds, patience)
    figures = [float(found[key]) for key in ("processor_ms", "convolution_ms", "busy")]
    return Speed(str(found["backend"]), *figures, found.get("load"))


def reference(course: Mapping) -> Speed | None:
    """The speed of the machine on which the notebooks' seconds were measured, or None."""
    table = course.get("reference")
    if not table:
        return None
    keys = ("backend", "processor_ms", "convolution_ms")
    return Speed(*(table[key] for key in keys))


def predicted_seconds(seconds: float, nets: bool, then: Speed, now: Speed) -> float:
    """How long a notebook takes here, as busy as this machine is now, that took `seconds` on the reference machine.

    `nets`: it trains or asks nets (course.toml's `accelerator` is not "none").
    """
    share = SHARE_OF_NETS if nets else 0.0
    ratio = share * now.convolution_ms / then.convolution_ms
    ratio += (1 - share) * now.processor_ms / then.processor_ms
    return seconds * ratio * now.busy


def predictions(course: Mapping, profile: str, data: str, then: Speed, now: Speed) -> dict[str, float | None]:
    """Predicted seconds of each notebook in a profile and on a data source; None where it was never measured."""
    found: dict[str, float | None] = {}
    for name, table in course["notebooks"].items():
        measured = table.get("seconds", {}).get(profile, {})
        seconds = measured.get(data, measured.get("bundled"))
        nets = table.get("accelerator", "none") != "none"
        found[name] = None if seconds is None else predicted_seconds(seconds, nets, then, now)
    return found


def look_at_speed() -> list[Finding]:
    """How long one small convolution takes here, and the minutes of each notebook that follow from it."""
    backend = backend_in_use()
    if backend is None:
        return []  # said elsewhere: no framework, no notebook
    try:
        now = measure(backend)
    except SpeedError as problem:
        return [
            Finding(
                "speed", "note", str(problem), "course doctor   (tries again; best when nothing else runs)"
            )
        ]
    text = (
        f"{backend}: one small convolution forward and backward takes "
        f"{now.convolution_ms:.1f} ms, a piece of plain Python {now.processor_ms:.1f} ms"
    )
    findings = [Finding("speed", "ok", text)]
    if now.busy > BUSY:
        text = f"the machine is busy with other things: everything takes {now.busy:.1f} times as long as it could"
        findings.append(Finding("speed", "note", text, "close other programs and other notebooks' kernels"))
    then = reference(config.course())
    if then is None:
        text = "benchmarks/expected has no reference.json to compare this machine with, so no minutes can be predicted"
        return [*findings, Finding("minutes", "note", text, "course doctor --record-reference")]
    profile, data = config.profile(), config.data_choice()
    if data == "auto":
        # As a notebook chooses; the bundled data's time stands in where the real data's was not measured.
        data = "bundled" if profile == "smoke" else "real" if _real_is_there() else "bundled"
    return [
        *findings,
        *look_at_minutes(predictions(config.course(), profile, data, then, now), profile, data),
    ]


def look_at_minutes(expected: Mapping[str, float | None], profile: str, data: str) -> list[Finding]:
    """The prediction in words; a note when a notebook takes more than twice what its profile promises."""
    known = {name: seconds for name, seconds in expected.items() if seconds is not None}
    parts = [
        f"{name} {'not measured' if seconds is None else f'{seconds / 60:.1f}'}"
        for name, seconds in expected.items()
    ]
    together = sum(known.values()) / 60
    text = f"{profile}, {data}: {' · '.join(parts)} · together {together:.0f}"
    slow = [name for name, seconds in known.items() if seconds > 2 * PROMISED.get(profile, float("inf"))]
    if slow:
        text += f" (slow here: {', '.join(slow)})"
        remedy = "COURSE_PROFILE=smoke make lab, and close other programs; or work on a machine with a GPU"
        return [Finding("minutes", "note", text, remedy)]
    return [Finding("minutes", "ok", text)]


def usual(rounds: list[Speed]) -> Speed:
    """The median of several rounds of the stopwatch, figure by figure."""
    loads = [one.load for one in rounds if one.load is not None]
    names = ("processor_ms", "convolution_ms", "busy")
    figures = [statistics.median(getattr(one, name) for one in rounds) for name in names]
    return Speed(rounds[0].backend, *figures, statistics.median(loads) if loads else None)


def record_reference(backend: str, rounds: int = RECORD_ROUNDS) -> dict:
    """Measure this machine and keep it as benchmarks/expected/reference.json; returns what was written.

    To be done in the hour in which the seconds were measured (`course run --record-seconds`), on the same machine,
    with nothing else running. Raises SpeedError as `measure` does.
    """
    now = usual([measure(backend) for _ in range(rounds)])
    values = {
        "machine": records.machine(),
        "backend": now.backend,
        "recorded": datetime.date.today().isoformat(),
        "processor_ms": round(now.processor_ms, 2),
        "convolution_ms": round(now.convolution_ms, 2),
    }
    path = config.measured_path("reference")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8", newline="\n")
    config.course.cache_clear()
    return {**values, "busy": now.busy, "load": now.load}


def _run(backend: str, seconds: float | None, patience: float) -> dict:
    """What the stopwatch printed."""
    arguments = [] if seconds is None else [str(seconds)]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ}
    environment["KERAS_BACKEND"] = backend
    if backend == "torch":
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as session.start does
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "course_utils.workshop.doctor.stopwatch", *arguments], capture_output=True, text=True,
            timeout=patience, env=environment, encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SpeedError(f"one convolution on {backend} was not timed within {patience:.0f} s") from None
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or [f"exit status {answer.returncode}"])[-1]
        raise SpeedError(f"one convolution on {backend} could not be timed: {last}")
    return json.loads(answer.stdout.strip().splitlines()[-1])


def _real_is_there() -> bool:
    from course_utils.foundation import assets

    names = {name for table in config.course()["notebooks"].values() for name in table.get("data", [])}
    return all(assets.resolve(name, allow=("cache",)).origin == "cache" for name in names)
