"""What Colab and Kaggle have in common: installing the course beside what is there, and what the machine has.

A hosted runtime brings its own TensorFlow or JAX, Keras and NumPy, and other packages are built against those: they
stay as they are. What the course needs and the runtime lacks, or has in too old a version, comes without its
dependencies, because they could pull other versions of them in. Of those dependencies only what the runtime doesn't have
in any version comes too.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PACKAGE = "course-utils"
# Never installed by the course on a hosted runtime: its own numerical base, the notebook server it replaces, and a
# widget that its page cannot show without a setting of its own (the pad of 00 has a grid of buttons as well).
LEFT_ALONE = frozenset(
    "tensorflow tensorflow-cpu tensorboard keras numpy jax torch ipykernel jupyterlab ipycanvas".split()
)
# Of those, what has to be new enough: an older runtime has to give way to a newer one.
NEEDED_AS_THEY_ARE = ("keras", "numpy")
# The extra that a notebook needs beside the package itself (16 serves nets), and which versions are too new for it there:
# they ask for a newer protobuf than the one that these runtimes' TensorFlow has.
EXTRA = "serve"
TOO_NEW = {"onnx": "<1.23"}
# How Google's TPUs call themselves on the machine's bus, as JAX looks for them: v2, v3, v4, v5e, v5p, v6e, 7x.
GOOGLE = "0x1ae0"
TPUS = frozenset("0x0027 0x0056 0x005e 0x0062 0x0063 0x006f 0x0076".split())
BUS = Path("/sys/bus/pci/devices")


class HostedError(RuntimeError):
    """The runtime could not be prepared; the message says what to click or type."""


def install(folder: Path, newer_runtime: str, start_again: str) -> None:
    """Install the course from its clone, and what it needs beside the runtime's own packages.

    `newer_runtime`, `start_again`: where to click for a newer runtime and for a new session. Raises HostedError.
    """
    os.environ["COURSE_ROOT"] = str(folder)
    if not is_installed_from(folder):
        pip_install("--editable", str(folder), start_again=start_again)
    for name, here, wanted in too_old():
        raise HostedError(
            f"This runtime has {name} {here}, and the course needs {name}{wanted}. {newer_runtime}; then run this "
            "cell again"
        )
    if wanted := missing():
        loaded = [name for name in map(_import_name, wanted) if name in sys.modules]
        while wanted:
            pip_install(*wanted, start_again=start_again)
            wanted = lacking(wanted)
        if loaded:
            say(f"{', '.join(loaded)} came in a newer version. {start_again}, then run all cells.")
    if keras := _without_keras():
        pip_install(keras, dependencies=True, start_again=start_again)
    if has_tpu():
        # There is no TensorFlow for it, or one that sees the processor only.
        os.environ.setdefault("KERAS_BACKEND", "jax")


def is_installed_from(folder: Path) -> bool:
    """True when the package is installed from this very clone."""
    importlib.invalidate_caches()
    try:
        origin = importlib.metadata.distribution(PACKAGE).read_text("direct_url.json") or ""
    except importlib.metadata.PackageNotFoundError:
        return False
    return f'"{folder.as_uri()}"' in origin


def missing() -> list[str]:
    """The requirements that this runtime lacks, or has in too old a version; but for what is left alone."""
    return [
        f"{requirement},{TOO_NEW[requirement.name]}" if requirement.name in TOO_NEW else str(requirement)
        for requirement in requirements()
        if requirement.name.lower() not in LEFT_ALONE and not _is_met(requirement)
    ]


def lacking(brought: list[str]) -> list[str]:
    """What packages that were just installed need, and this runtime doesn't have in any version."""
    from packaging.requirements import Requirement

    importlib.invalidate_caches()
    found = {}
    for package in brought:
        for requirement in map(Requirement, importlib.metadata.requires(Requirement(package).name) or []):
            asked_for = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if asked_for and requirement.name.lower() not in LEFT_ALONE and not version_of(requirement.name):
                requirement.marker = None
                found[requirement.name] = str(requirement)
    return sorted(found.values())


def too_old() -> list[tuple[str, str, str]]:
    """Name, version here and versions wanted of the runtime's own packages that are too old for the course."""
    return [
        (requirement.name, str(version_of(requirement.name)), str(requirement.specifier))
        for requirement in requirements()
        if requirement.name in NEEDED_AS_THEY_ARE
        and version_of(requirement.name)
        and not _is_met(requirement)
    ]


def requirements() -> Iterator[Requirement]:
    """What the package and its extra `serve` ask for on this machine, other extras left out."""
    from packaging.requirements import Requirement  # comes with every runtime that has matplotlib

    importlib.invalidate_caches()
    for line in importlib.metadata.requires(PACKAGE) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": EXTRA}):
            requirement.marker = None
            yield requirement


def version_of(name: str) -> str | None:
    """The installed version of a package; None where there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def pip_install(*what: str, start_again: str, dependencies: bool = False) -> None:
    """Install, without dependencies unless told otherwise; raises HostedError with pip's last lines."""
    command = [sys.executable, "-m", "pip", "install", "--quiet"]
    done = subprocess.run(
        [*command, *([] if dependencies else ["--no-deps"]), *what],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last_lines = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise HostedError(
            f"pip could not install {' '.join(what)}:\n{last_lines}\n"
            f"Run this cell again; if it fails again: {start_again}, then run all cells."
        )


def has_gpu() -> bool:
    """True where the runtime has an NVIDIA GPU; told without loading a framework."""
    return Path("/dev/nvidia0").exists()


def has_tpu() -> bool:
    """True where the runtime has one of Google's TPUs; told without loading a framework."""
    if os.environ.get("TPU_ACCELERATOR_TYPE") or Path("/dev/accel0").exists():
        return True
    for device in BUS.glob("*"):
        try:
            found = [(device / name).read_text(encoding="ascii").strip() for name in ("vendor", "device")]
        except (OSError, UnicodeDecodeError):
            continue
        if found[0] == GOOGLE and found[1] in TPUS:
            return True
    return False


def say_what_calculates(where_a_gpu_is: str) -> None:
    """One line on TPU, GPU or neither; `where_a_gpu_is`: where to click for one."""
    if has_tpu():
        say("A TPU is here. The notebooks run on it with JAX; sections marked 'TensorFlow' are skipped.")
    elif has_gpu():
        say(
            "A GPU is here. For the large runs, put this into a cell above the next one: %env COURSE_PROFILE=full"
        )
    else:
        say(f"No GPU here; it runs without. For one: {where_a_gpu_is}.")


def say(text: str) -> None:
    """One line of the cell's output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _is_met(requirement: Requirement) -> bool:
    here = version_of(requirement.name)
    return here is not None and requirement.specifier.contains(here, prereleases=True)


def _without_keras() -> str:
    """The requirement on Keras where a runtime has none, as one with JAX alone may; else empty."""
    return next((str(one) for one in requirements() if one.name == "keras" and not version_of("keras")), "")


def _import_name(requirement: str) -> str:
    from packaging.requirements import Requirement

    name = Requirement(requirement).name
    return {"scikit-learn": "sklearn", "scikit-image": "skimage", "pillow": "PIL"}.get(
        name, name.replace("-", "_")
    )
