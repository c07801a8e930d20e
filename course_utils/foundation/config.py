"""Where the course lives and what the environment asks of it.

Imported by everybody, importing nobody but the rooms that write addresses and read tables.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

from course_utils.foundation import addresses, tables
from course_utils.foundation.tables import ConfigurationError

PROFILES = ("smoke", "class", "full")
DATA_CHOICES = ("auto", "bundled", "real")
DEFAULT_SEED = 2018


@functools.cache
def repository_root() -> Path:
    """Folder that holds course.toml.

    Looked for in `COURSE_ROOT`, then upwards from the working directory, then beside this package (an
    editable install). Raises ConfigurationError when none of them has a course.toml.
    """
    override = os.environ.get("COURSE_ROOT")
    candidates = (
        [Path(override)] if override else [Path.cwd(), *Path.cwd().parents, Path(__file__).parents[2]]
    )
    for folder in candidates:
        if (folder / "course.toml").is_file():
            return folder.resolve()
    raise ConfigurationError(
        f"No course.toml in {candidates[0]} or above it. Start from a clone of the course, "
        "or name it: COURSE_ROOT=/path/to/the/course"
    )


@functools.cache
def course() -> dict:
    """What people write of the course (course.toml) with what was measured (benchmarks/expected) in its tables."""
    return read_course(repository_root())


def read_course(root: Path) -> dict:
    """The course in a folder: course.toml, and in each notebook's table its measured `expected` and `seconds`.

    `reference` is the machine on which the seconds were measured; it is missing where none was recorded.
    Raises ConfigurationError naming the file, the line and what was expected there.
    """
    written = tables.read_toml(root / "course.toml", "course")
    for name, table in written["notebooks"].items():
        table.update(_measured(measured_path(name, root), "expected"))
    if reference := _measured(measured_path("reference", root), "reference"):
        written["reference"] = reference
    return written


def measured_path(name: str, root: Path | None = None) -> Path:
    """The file that `course bands` and `course run --record-seconds` write for a notebook; nobody edits it."""
    return (root or repository_root()) / "benchmarks" / "expected" / f"{name}.json"


def _measured(path: Path, schema: str) -> dict:
    return tables.read_json(path, schema) if path.is_file() else {}


def notebook_names() -> list[str]:
    """Names of the notebooks in the order of the day, such as `05-fruit-cnn`."""
    return list(course()["notebooks"])


def notebook_path(name: str) -> Path:
    """Path of a notebook given by its name, its number or its path.

    Raises ConfigurationError naming the notebooks there are when none, or more than one, fits.
    """
    stem = Path(name).name.removesuffix(".ipynb")
    names = notebook_names()
    fitting = [stem] if stem in names else [known for known in names if known.startswith(stem)]
    if len(fitting) != 1 or not stem:
        raise ConfigurationError(f"No notebook called {name!r}. The course has: {', '.join(names)}")
    return repository_root() / "notebooks" / f"{fitting[0]}.ipynb"


def profile() -> str:
    """The profile asked for by `COURSE_PROFILE`: smoke, class (default) or full."""
    return _one_of("COURSE_PROFILE", PROFILES, "class")


def data_choice() -> str:
    """The data asked for by `COURSE_DATA`: auto (default), bundled or real."""
    return _one_of("COURSE_DATA", DATA_CHOICES, "auto")


def seed() -> int:
    """The random seed asked for by `COURSE_SEED` (default 2018)."""
    value = os.environ.get("COURSE_SEED", "").strip() or str(DEFAULT_SEED)
    # NumPy takes no larger seed; and Python reads no number of thousands of digits.
    if not re.fullmatch("[0-9]{1,10}", value) or int(value) >= 2**32:
        raise ConfigurationError(
            f"COURSE_SEED is {value!r}; expected a whole number below 2**32, such as {DEFAULT_SEED}"
        )
    return int(value)


def strict() -> bool:
    """True when `COURSE_STRICT` is set: a result outside of its band then raises, as in CI."""
    return os.environ.get("COURSE_STRICT", "") not in ("", "0")


def gpu_is_required() -> bool:
    """True when `COURSE_REQUIRE_GPU` is set: a notebook that finds only a CPU then ends in its first cell."""
    return os.environ.get("COURSE_REQUIRE_GPU", "") not in ("", "0")


def someone_is_watching() -> bool:
    """True in a notebook that a person runs; False under nbval, `course run` and other automatic runs."""
    return os.environ.get("COURSE_AUTOMATIC", "") in ("", "0")


def mirror() -> str | None:
    """The instructor's mirror from `COURSE_MIRROR`: an http address or an absolute folder, or None.

    A relative folder counts from the repository's root, not from the working directory, so that a
    notebook and the command line agree. `192.168.1.5:8765` is taken for the http address that it was copied from.
    Raises ConfigurationError for what looks like an address and is none. To show it, use `addresses.shown`.
    """
    value = os.environ.get("COURSE_MIRROR", "").strip()
    if not value:
        return None
    if re.fullmatch(
        r"([^\s/@]+@)?[\w.-]+:\d+/?", value
    ):  # not a folder: a drive has one letter and no number
        value = f"http://{value}"
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", value):
        if problem := addresses.problem_with(value):
            raise ConfigurationError(
                f"COURSE_MIRROR is {addresses.shown(value)!r}, which is {problem}; expected an address as "
                "`course serve-mirror` prints it, such as http://192.168.1.5:8765, or a folder"
            )
        return value.rstrip("/")
    return str((repository_root() / Path(value).expanduser()).resolve())


def cache_dir() -> Path:
    """Folder for fetched data and weights: `COURSE_CACHE`, else the platform's user cache folder."""
    value = os.environ.get("COURSE_CACHE", "").strip()
    if value:
        return (repository_root() / Path(value).expanduser()).resolve()
    from platformdirs import user_cache_path

    return user_cache_path("keras-workshop", appauthor=False)


def _one_of(variable: str, accepted: tuple[str, ...], default: str) -> str:
    value = os.environ.get(variable, "").strip().lower() or default
    if value not in accepted:
        raise ConfigurationError(f"{variable} is {value!r}; expected one of {', '.join(accepted)}")
    return value
