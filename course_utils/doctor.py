"""What may be wrong with this machine, environment or data, each with its remedy.

Starts fast: frameworks are only looked at in a process of their own, with a time limit.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from course_utils import config

Level = Literal["ok", "note", "wrong"]

BACKENDS = ("tensorflow", "jax", "torch")
DEVICE_SECONDS = 90.0  # a first import of a framework on a slow disk
DISK_GB = 2.0
MEMORY_GB = 4.0
LOCKS = ("build.txt", "lab.txt")

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
class Finding:
    """One thing looked at. `remedy` is the next command to type, empty when nothing is to do."""

    subject: str
    level: Level
    text: str
    remedy: str = ""


def examine(*, quick: bool = False, device_seconds: float = DEVICE_SECONDS) -> list[Finding]:
    """Look at everything; `quick` leaves out what takes more than a second (devices, data).

    A look that breaks becomes a finding itself: the doctor never raises.
    """
    looks: list[Callable[[], list[Finding]]] = [look_at_python, look_at_environment, look_at_packages]
    looks += [look_at_kernel, look_at_memory, look_at_disk, look_at_settings]
    if not quick:
        looks += [lambda: look_at_devices(device_seconds), look_at_data, look_at_copies]
    findings: list[Finding] = []
    for look in looks:
        try:
            findings += look()
        except Exception as problem:  # the report of a broken machine is what a doctor is for
            name = getattr(look, "__name__", "look").removeprefix("look_at_")
            findings.append(
                Finding(name, "note", f"could not be looked at: {type(problem).__name__}: {problem}")
            )
    return findings


def healthy(findings: list[Finding]) -> bool:
    """True when nothing necessary is wrong; notes don't count."""
    return all(finding.level != "wrong" for finding in findings)


def report(findings: list[Finding]) -> str:
    """The findings as plain text to copy into a question; the home folder's name is left out."""
    lines = [
        f"course {importlib.metadata.version('course-utils')} · {platform.platform()} · {platform.machine()}"
    ]
    for finding in findings:
        lines.append(f"{finding.level:<5} {finding.subject:<11} {finding.text}")
        if finding.remedy:
            lines.append(f"{'':<17} -> {finding.remedy}")
    return "\n".join(lines).replace(str(Path.home()), "~")


def look_at_python() -> list[Finding]:
    """Is this a Python the course is made for?"""
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return [Finding("Python", "ok", f"{version} at {sys.executable}")]
    return [
        Finding("Python", "wrong", f"{version}; expected 3.11, 3.12 or 3.13", "make lab PYTHON=python3.12")
    ]


def look_at_environment() -> list[Finding]:
    """Does the course's own environment run this, and is course_utils the one of this folder?"""
    own = config.repository_root() / ".venv"
    findings = []
    if own.exists() and Path(sys.prefix).resolve() != own.resolve():
        text = f"this is {sys.prefix}, not the workshop's {own}"
        remedy = f"{_interpreter(own)} -m course_utils doctor   (or start anew: make lab)"
        findings.append(Finding("environment", "note", text, remedy))
    else:
        findings.append(Finding("environment", "ok", sys.prefix))
    source = Path(__file__).resolve().parents[1]
    if source != config.repository_root():
        text = f"course_utils comes from {source}, the course is in {config.repository_root()}"
        findings.append(Finding("environment", "note", text, "make lab"))
    return findings


def look_at_packages() -> list[Finding]:
    """Do the installed versions agree with the lock?"""
    locked = locked_versions(config.repository_root() / "requirements")
    missing, other = [], []
    for name, version in locked.items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if installed.split("+")[0] != version:
            other.append(f"{name} {installed} (lock: {version})")
    findings = []
    if not any(_installed(backend) for backend in BACKENDS):
        text = "no TensorFlow, JAX or PyTorch: no notebook that trains can run"
        findings.append(Finding("packages", "wrong", text, "make lab"))
    frameworks = [name for name in missing if name.startswith("tensorflow")]
    if frameworks and any(_installed(backend) for backend in ("jax", "torch")):
        # What only TensorFlow needs is then missing too, and rightly so.
        missing = [name for name in missing if name in _asked_for()]
        findings.append(
            Finding("packages", "note", "no TensorFlow here: its own sections are skipped", "make lab")
        )
    if missing:
        text = f"{len(missing)} of the lock missing: {_some(missing)}"
        findings.append(Finding("packages", "wrong", text, "make lab"))
    if other:
        text = f"{len(other)} of the lock in another version: {_some(other)}"
        findings.append(Finding("packages", "note", text, "make lab"))
    if not missing and not other:
        findings.append(Finding("packages", "ok", f"{len(locked)} as the lock says"))
    shown = ("keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "jupyterlab")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in shown if _distributed(name)]
    findings.append(Finding("packages", "ok", ", ".join(versions)))
    return findings


def look_at_kernel() -> list[Finding]:
    """Does the kernel `python3` start this interpreter?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return [Finding("kernel", "wrong", "there is no kernel 'python3'", "make lab")]
    program = spec.argv[0]
    # 'python' without a path is replaced by Jupyter with the interpreter Jupyter itself runs on.
    same = program in ("python", "python3") or _same_program(Path(program), Path(sys.executable))
    if same:
        return [Finding("kernel", "ok", f"python3 starts {program}")]
    text = f"'python3' of {spec.resource_dir} starts {program}, not {sys.executable}"
    remedy = "in the notebook: Kernel → Change Kernel → Python 3 (ipykernel); or start anew with: make lab"
    return [Finding("kernel", "wrong", text, remedy)]


def look_at_memory() -> list[Finding]:
    """Is there memory for a training run?"""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available / 1e9, memory.total / 1e9
    text = f"{free:.1f} GB of {total:.1f} GB free, {os.cpu_count()} processor cores"
    if free < MEMORY_GB / 2:
        return [Finding("memory", "note", text, "close other programs and other notebooks' kernels")]
    return [Finding("memory", "ok", text)]


def look_at_disk() -> list[Finding]:
    """Is there room for data and weights, and may they be written?"""
    findings = []
    places = {"work": config.repository_root(), "cache": config.cache_dir()}
    for name, place in places.items():
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(there).free / 1e9
        text = f"{name} {place}: {free:.1f} GB free"
        if not os.access(there, os.W_OK):
            remedy = (
                "COURSE_CACHE=/a/folder/of/yours make lab"
                if name == "cache"
                else "copy the course to a folder of yours"
            )
            findings.append(
                Finding("disk", "note" if name == "cache" else "wrong", f"{text}, read-only", remedy)
            )
        elif free < DISK_GB:
            remedy = f"make room (real data and weights want about {DISK_GB:.0f} GB)"
            findings.append(Finding("disk", "note", text, remedy))
        else:
            findings.append(Finding("disk", "ok", text))
    return findings


def look_at_settings() -> list[Finding]:
    """Are the course's environment variables values it knows?"""
    try:
        text = f"profile {config.profile()}, data {config.data_choice()}, seed {config.seed()}"
    except config.ConfigurationError as problem:
        return [Finding("settings", "wrong", str(problem), "unset it, or give it one of these values")]
    mirror = config.mirror()
    findings = [Finding("settings", "ok", f"{text}, mirror {mirror or 'none'}")]
    if mirror and not mirror.startswith("http") and not Path(mirror).is_dir():
        text = f"COURSE_MIRROR names {mirror}, which is no folder"
        findings.append(
            Finding("settings", "note", text, "correct COURSE_MIRROR, or unset it to work with bundled data")
        )
    return findings


def look_at_devices(seconds: float = DEVICE_SECONDS) -> list[Finding]:
    """Which processors each installed framework sees, asked in processes of their own."""
    findings = []
    for backend in BACKENDS:
        if not _installed(backend):
            continue
        program = f"{DEVICE_SCRIPTS[backend]}\nimport json; print('\\n' + json.dumps(d))"
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
        try:
            answer = subprocess.run(
                [sys.executable, "-c", program], capture_output=True, timeout=seconds, env=quiet, text=True,
                encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            text = f"{backend} gave no answer within {seconds:.0f} s"
            findings.append(
                Finding("devices", "note", text, "try again; it is often the disk on a first start")
            )
            continue
        if answer.returncode == 0:
            devices = ", ".join(json.loads(answer.stdout.strip().splitlines()[-1]))
            findings.append(Finding("devices", "ok", f"{backend}: {devices}"))
        else:
            last = (answer.stderr.strip().splitlines() or [f"exit status {answer.returncode}"])[-1]
            necessary = backend == os.environ.get("KERAS_BACKEND", "tensorflow")
            findings.append(
                Finding("devices", "wrong" if necessary else "note", f"{backend} fails: {last}", "make lab")
            )
    return findings


def look_at_data() -> list[Finding]:
    """Which data and weights are here, and from where."""
    from course_utils import assets

    states = assets.summary()
    return [
        Finding("data", "ok", f"{state.name}: {state.state}, {state.bytes / 1e6:.0f} MB") for state in states
    ]


def look_at_copies() -> list[Finding]:
    """Are the learner's copies there, and of today's version?"""
    from course_utils import workspace

    states = workspace.copies()
    old = [state.name for state in states if state.exists and not state.current]
    there = sum(state.exists for state in states)
    findings = [
        Finding("my-work", "ok", f"{there} of {len(states)} notebooks copied to {workspace.folder()}")
    ]
    if old:
        text = f"changed since the copy was made: {_some(old)}"
        findings.append(Finding("my-work", "note", text, f"course reset {old[0]}   (yours is kept)"))
    return findings


def locked_versions(requirements: Path) -> dict[str, str]:
    """Name and version of what the lock installs on this machine, its environment markers applied."""
    from packaging.requirements import Requirement

    versions = {}
    for name in LOCKS:
        for line in (requirements / name).read_text(encoding="utf-8").splitlines():
            if re.match(r"[A-Za-z0-9]", line):
                requirement = Requirement(line.rstrip("\\ "))
                if requirement.marker is None or requirement.marker.evaluate():
                    versions[requirement.name] = str(requirement.specifier).removeprefix("==")
    return versions


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _distributed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _asked_for() -> set[str]:
    """Names of the packages course_utils itself asks for."""
    lines = importlib.metadata.requires("course-utils") or []
    return {re.split(r"[<>=;\[ ]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line}


def _interpreter(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _same_program(one: Path, other: Path) -> bool:
    """Same file in the same environment: two environments' interpreters link to one file of the system."""
    return one.name.split(".")[0].rstrip("0123456789") == other.name.split(".")[0].rstrip("0123456789") and (
        os.path.normcase(one.parent.resolve()) == os.path.normcase(other.parent.resolve())
    )


def _some(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
