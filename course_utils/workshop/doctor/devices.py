"""Which processors each framework sees, asked in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from course_utils.workshop.doctor.finding import Finding
from course_utils.workshop.doctor.installation import BACKENDS, backend_in_use, installed

DEVICE_SECONDS = 90.0  # a first import of a framework on a slow disk

# One script a backend, run by this interpreter: the devices it sees, as a JSON list.
DEVICE_SCRIPTS = {
    "tensorflow": "import tensorflow as t; d = [x.name.removeprefix('/physical_device:') "
    "for x in t.config.list_physical_devices()]",
    "jax": "import jax; d = [f'{x.platform.upper()}:{x.id}' + (f' {x.device_kind}' if x.platform != 'cpu' else '') "
    "for x in jax.devices()]",
    "torch": "import torch as t; d = ['CPU:0'] + [f'CUDA:{i} {t.cuda.get_device_name(i)}' "
    "for i in range(t.cuda.device_count())] + (['MPS:0'] if t.backends.mps.is_available() else [])",
}


@dataclass(frozen=True)
class Sight:
    """What one framework sees, or why it doesn't say. `late`: it gave no answer in time."""

    backend: str
    devices: tuple[str, ...] = ()
    problem: str = ""
    late: bool = False

    @property
    def sees_gpu(self) -> bool:
        """True when there is more than processors: a GPU under any of its names."""
        return any(not device.upper().startswith("CPU") for device in self.devices)

    def __str__(self) -> str:
        return f"{self.backend}: {', '.join(self.devices)}" if self.devices else self.problem


def sight(backend: str, seconds: float = DEVICE_SECONDS) -> Sight:
    """Ask an installed framework for its devices; never raises."""
    program = f"{DEVICE_SCRIPTS[backend]}\nimport json; print('\\n' + json.dumps(d))"
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ}
    try:
        answer = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, timeout=seconds, env=quiet, text=True,
            encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Sight(backend, problem=f"{backend} gave no answer within {seconds:.0f} s", late=True)
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or [f"exit status {answer.returncode}"])[-1]
        return Sight(backend, problem=f"{backend} fails: {last}")
    # A framework may say goodbye after the list.
    listed = [line for line in answer.stdout.splitlines() if line.startswith("[")]
    try:
        return Sight(backend, tuple(json.loads(listed[-1])))
    except (IndexError, ValueError):
        return Sight(backend, problem=f"{backend} does not say what it sees")


def look_at_devices(seconds: float = DEVICE_SECONDS) -> list[Finding]:
    """Which processors each installed framework sees."""
    findings = []
    for seen in (sight(backend, seconds) for backend in BACKENDS if installed(backend)):
        if not seen.problem:
            findings.append(Finding("devices", "ok", str(seen)))
        elif seen.late:
            remedy = "try again; it is often the disk on a first start"
            findings.append(Finding("devices", "note", seen.problem, remedy))
        else:
            level = "wrong" if seen.backend == backend_in_use() else "note"
            findings.append(Finding("devices", level, seen.problem, "make lab"))
    return findings


def look_for_gpu(seconds: float = DEVICE_SECONDS, backend: str | None = None) -> list[Finding]:
    """Is there a GPU for the backend in use? Where there is none, what each installed framework sees."""
    used = backend or backend_in_use()
    seen = {name: sight(name, seconds) for name in BACKENDS if installed(name) and name == used}
    if used in seen and seen[used].sees_gpu:
        return [Finding("GPU", "ok", str(seen[used]))]
    seen |= {name: sight(name, seconds) for name in BACKENDS if installed(name) and name != used}
    others = [name for name, what in seen.items() if what.sees_gpu]
    told = "; ".join(str(what) for what in seen.values()) or "no framework is installed"
    text = f"a GPU is required, and {used or 'no backend'} sees none. {told}"
    remedy = (
        f"KERAS_BACKEND={others[0]} and the same command again"
        if others
        else "nvidia-smi shows whether the driver sees one; pip install -e '.[gpu]' installs TensorFlow for it"
    )
    return [Finding("GPU", "wrong", text, remedy)]
