"""What a machine brings along that nobody looks at: files and variables that change results or speed in silence."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Callable
from pathlib import Path

from course_utils.foundation import config, keras_settings
from course_utils.workshop.doctor.finding import Finding, some

SUBJECT = "surroundings"


def _is(*values: str) -> Callable[[str], bool]:
    return lambda value: value.strip().lower() in values


def _is_set(value: str) -> bool:
    return bool(value.strip())


# Variable, when it matters, what it does.
VARIABLES: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("KERAS_MAX_EPOCHS", _is_set, "Keras ends every training early; notebooks put it aside"),
    ("KERAS_MAX_STEPS_PER_EPOCH", _is_set, "Keras cuts every epoch short; notebooks put it aside"),
    ("KERAS_NNX_ENABLED", _is("1", "true"), "Keras keeps weights differently on JAX"),
    ("JAX_ENABLE_X64", _is("1", "true"), "JAX calculates with 64 bits; notebooks put it aside"),
    ("JAX_DEFAULT_MATMUL_PRECISION", _is_set, "JAX multiplies with another precision"),
    ("JAX_DISABLE_JIT", _is("1", "true"), "JAX compiles nothing: many times slower"),
    ("JAX_PLATFORMS", _is_set, "JAX sees only these devices"),
    ("XLA_FLAGS", _is_set, "XLA compiles differently: other last digits, or other devices"),
    ("TF_XLA_FLAGS", _is_set, "TensorFlow compiles differently: other last digits"),
    ("TF_ENABLE_ONEDNN_OPTS", _is("0", "false"), "TensorFlow calculates without oneDNN: slower, other last digits"),
    ("TF_NUM_INTRAOP_THREADS", _is("1"), "TensorFlow uses one processor core: slow"),
    ("OMP_NUM_THREADS", _is("1"), "PyTorch, NumPy and scikit-learn use one processor core: slow"),
    ("OPENBLAS_NUM_THREADS", _is("1"), "NumPy uses one processor core: slow"),
    ("NVIDIA_TF32_OVERRIDE", _is_set, "the GPU multiplies with another precision"),
    ("CUDA_VISIBLE_DEVICES", _is("", "-1"), "no framework sees a GPU"),
    ("PYTHONOPTIMIZE", lambda value: value.strip() not in ("", "0"), "Python leaves out every `assert`"),
    ("PYTHONSTARTUP", _is_set, "this file runs before the first cell of every notebook"),
)  # fmt: skip


def look_at_surroundings() -> list[Finding]:
    """Does anything outside of the course change its results or its speed without a word?"""
    findings = [*look_at_keras_file(), *look_at_variables(), *look_at_code_before(), *look_at_figures()]
    return findings or [Finding(SUBJECT, "ok", "nothing outside the course changes its results")]


def look_at_keras_file() -> list[Finding]:
    """Keras's file of settings: one that it can't take, and settings that the course is not written for."""
    place = keras_settings.place()
    if problem := keras_settings.problem():
        return [Finding(SUBJECT, "wrong", f"Keras can't be loaded: {problem}", f"delete {place}")]
    said = keras_settings.asked_for()
    other = [
        f"{name} {said[name]}"
        for name, wanted in keras_settings.WANTED.items()
        if said.get(name, wanted) != wanted
    ]
    findings = []
    if other:
        text = (
            f"{place} asks for {' and '.join(other)}: other nets, other results. Notebooks put it aside; "
            "programs of your own get it"
        )
        findings.append(Finding(SUBJECT, "note", text, f"delete {place}   (Keras writes a new one)"))
    backend = said.get("backend", "tensorflow")
    if backend != "tensorflow" and not os.environ.get("KERAS_BACKEND", "").strip():
        text = f"{place} names the backend {backend}. Notebooks don't go by it, programs of your own do"
        findings.append(Finding(SUBJECT, "note", text, f"KERAS_BACKEND={backend} make lab   (to work on it)"))
    return findings


def look_at_variables() -> list[Finding]:
    """Environment variables of Python and of the frameworks."""
    findings = [
        Finding(SUBJECT, "note", f"{name} is {os.environ[name]!r}: {what}", f"unset {name}, then: make lab")
        for name, matters, what in VARIABLES
        if name in os.environ and matters(os.environ[name])
    ]
    if "error" in os.environ.get("PYTHONWARNINGS", ""):
        text = "PYTHONWARNINGS turns warnings into errors: packages that warn can't be loaded"
        findings.append(Finding(SUBJECT, "wrong", text, "unset PYTHONWARNINGS"))
    return findings


def look_at_code_before() -> list[Finding]:
    """Code that Python and IPython run before anything of the course, and folders that come before its packages."""
    findings = []
    ipython = Path(os.environ.get("IPYTHONDIR") or Path.home() / ".ipython").expanduser() / "profile_default"
    files = sorted(path for path in (ipython / "startup").glob("*") if path.suffix in (".py", ".ipy"))
    if files:
        text = (
            f"{some([path.name for path in files])} in {ipython / 'startup'}: run before the first cell of every "
            "notebook"
        )
        remedy = "move them elsewhere if a notebook behaves oddly; its first cell puts Keras's settings right by itself"
        findings.append(Finding(SUBJECT, "note", text, remedy))
    folders = [Path(part) for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    strange = [str(folder) for folder in folders if folder.resolve() != config.repository_root()]
    if strange:
        text = f"PYTHONPATH puts {some(strange)} before the workshop's own packages"
        findings.append(Finding(SUBJECT, "note", text, "unset PYTHONPATH, then: make lab"))
    custom = {
        name: getattr(sys.modules.get(name), "__file__", None) for name in ("sitecustomize", "usercustomize")
    }
    homes = [
        *folders,
        *([Path(site.getusersitepackages())] if site.ENABLE_USER_SITE else []),
        Path(sys.prefix),
    ]
    for name, file in custom.items():
        # Those of a system's own Python are harmless: Debian's reports crashes.
        if file and any(Path(file).resolve().is_relative_to(folder.resolve()) for folder in homes):
            text = f"{file} runs whenever Python starts"
            findings.append(Finding(SUBJECT, "note", text, f"rename {name}.py if a notebook behaves oddly"))
    return findings


def look_at_figures() -> list[Finding]:
    """A style of matplotlib of this person's own; an unknown MPLBACKEND, with which it can't be loaded."""
    try:
        import matplotlib
    except Exception as problem:  # noqa: BLE001 - whatever a broken setting brings about
        text = f"matplotlib can't be loaded: {problem}"
        remedy = "unset MPLBACKEND" if "MPLBACKEND" in os.environ else "make lab"
        return [Finding(SUBJECT, "wrong", text, remedy)]
    own = Path(matplotlib.matplotlib_fname())
    if own.resolve().is_relative_to(Path(matplotlib.get_data_path()).resolve()):
        return []
    text = f"{own} sets the style of your own figures, not of the course's"
    return [
        Finding(
            SUBJECT, "note", text, f"rename {own} if your figures look different from those in the lesson"
        )
    ]
