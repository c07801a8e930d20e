"""Is it the right interpreter and kernel, and are the versions those of the lock?"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import sys
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop.doctor.finding import Finding, some

BACKENDS = ("tensorflow", "jax", "torch")
LOCKS = ("build.txt", "lab.txt")


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
        remedy = f"{_interpreter(own)} -m course_utils.workshop doctor   (or start again: make lab)"
        findings.append(Finding("environment", "note", text, remedy))
    else:
        findings.append(Finding("environment", "ok", sys.prefix))
    source = Path(__file__).resolve().parents[3]
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
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            # The build for a GPU has the plain name.
            if name != "tensorflow-cpu" or not distributed("tensorflow"):
                missing.append(name)
            continue
        if here.split("+")[0] != version:
            other.append(f"{name} {here} (lock: {version})")
    findings = []
    if not any(installed(backend) for backend in BACKENDS):
        text = "no TensorFlow, JAX or PyTorch: no notebook that trains can run"
        findings.append(Finding("packages", "wrong", text, "make lab"))
    frameworks = [name for name in missing if name.startswith("tensorflow")]
    if frameworks and any(installed(backend) for backend in ("jax", "torch")):
        # What only TensorFlow needs is then missing too, and rightly so.
        missing = [name for name in missing if name in _asked_for()]
        findings.append(
            Finding("packages", "note", "no TensorFlow here: its own sections are skipped", "make lab")
        )
    if missing:
        text = f"{len(missing)} of the lock's packages missing: {some(missing)}"
        findings.append(Finding("packages", "wrong", text, "make lab"))
    if other:
        text = f"{len(other)} of the lock's packages in another version: {some(other)}"
        findings.append(Finding("packages", "note", text, "make lab"))
    if not missing and not other:
        findings.append(Finding("packages", "ok", f"{len(locked)} as the lock says"))
    shown = ("keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "jupyterlab")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in shown if distributed(name)]
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
    remedy = "in the notebook: Kernel → Change Kernel → Python 3 (ipykernel); or start again with: make lab"
    return [Finding("kernel", "wrong", text, remedy)]


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


def installed(module: str) -> bool:
    """True when a module could be imported; it is not."""
    return importlib.util.find_spec(module) is not None


def backend_in_use() -> str | None:
    """The backend that a notebook would take: KERAS_BACKEND, else the first that is installed; None without any."""
    asked = os.environ.get("KERAS_BACKEND", "").strip().lower()
    return asked or next((backend for backend in BACKENDS if installed(backend)), None)


def distributed(name: str) -> bool:
    """True when a package of that name is installed."""
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
