"""Preparing a Colab runtime, called by the generated first cell of each notebook.

That cell is written by course_utils.workshop.instructor.publication. Standard library only: this runs from the clone before
anything of the course is installed. Colab brings its own TensorFlow, Keras and NumPy, and other packages are built
against those: they stay as they are. What the course needs and Colab lacks comes without its dependencies, because
they could pull other versions of them in.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = "course-utils"
# Never installed by the course on Colab: its own numerical base, and the notebook server it replaces.
LEFT_ALONE = frozenset(
    "tensorflow tensorflow-cpu tensorboard keras numpy jax torch ipykernel jupyterlab".split()
)
DRIVE = Path("/content/drive")
KEPT_IN_DRIVE = "MyDrive/keras-workshop"


class ColabError(RuntimeError):
    """The runtime could not be prepared; the message says what to click or type."""


def set_up(folder: Path, keep_in_drive: bool = False) -> None:
    """Install the course from its clone in `folder`, and say where to click for a GPU and for keeping one's work.

    With `keep_in_drive`, what is fetched (data, weights) is kept in the learner's Google Drive. Raises ColabError
    when the installation fails.
    """
    os.environ["COURSE_ROOT"] = str(folder)
    if not is_installed_from(folder):
        pip_install("--editable", str(folder))
    if wanted := missing():
        pip_install(*wanted)
    if keep_in_drive:
        os.environ["COURSE_CACHE"] = str(cache_in_drive())
    say(f"The course is in {folder}.")
    if has_gpu():
        say(
            "A GPU is here. For the large runs, put this into a cell above the next one: %env COURSE_PROFILE=full"
        )
    else:
        say("No GPU here; it runs without. For one: Runtime > Change runtime type > T4 GPU > Save.")
    say("Keep your work: File > Save a copy in Drive. Without it, all is lost when the runtime ends.")
    say("Go on with the next cell, or with Runtime > Run all.")


def is_installed_from(folder: Path) -> bool:
    """True when the package is installed from this very clone."""
    importlib.invalidate_caches()
    try:
        origin = importlib.metadata.distribution(PACKAGE).read_text("direct_url.json") or ""
    except importlib.metadata.PackageNotFoundError:
        return False
    return f'"{folder.as_uri()}"' in origin


def missing() -> list[str]:
    """The requirements of the package that this runtime lacks, but for what is left alone."""
    importlib.invalidate_caches()
    wanted = []
    for requirement in importlib.metadata.requires(PACKAGE) or []:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()
        if "extra ==" in requirement or name in LEFT_ALONE:
            continue
        try:
            importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            wanted.append(requirement)
    return wanted


def pip_install(*what: str) -> None:
    """Install without dependencies; raises ColabError with pip's last lines."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last_lines = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise ColabError(
            f"pip could not install {' '.join(what)}:\n{last_lines}\n"
            "Run this cell again; if it fails again: Runtime > Disconnect and delete runtime, then Run all."
        )


def cache_in_drive() -> Path:
    """The folder in the learner's Drive that keeps what is fetched; Colab asks her for permission first."""
    from google.colab import drive

    drive.mount(str(DRIVE))
    cache = DRIVE / KEPT_IN_DRIVE
    cache.mkdir(parents=True, exist_ok=True)
    say(f"What you fetch is kept in your Drive: {KEPT_IN_DRIVE}.")
    return cache


def has_gpu() -> bool:
    """True where the runtime has an NVIDIA GPU; told without loading a framework."""
    return Path("/dev/nvidia0").exists()


def say(text: str) -> None:
    """One line of the cell's output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
