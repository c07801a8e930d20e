"""What learners read and see in a test, as a whole, beside what somebody once read and approved.

Most tests look for what matters: a name in a hint, a number in an alt text. While a test runs, every hint, every
error that it expects and every figure is written down here as a whole, and compared with tests/unit/approved/ at its
end. A sentence that lost its end, a title outside of its figure or a map with another range of colours is noticed
that way. After a change on purpose, COURSE_APPROVE=1 before a run of the file writes what is now: read the difference.

Approved files belong to the lock's versions on Linux and Python 3.11; with others the tests hold without them. Numbers
may differ in their last places. Where a net was trained, numbers don't count at all, since no two machines find the same ones.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_utils.foundation import config

from .figures import described
from .nets import layers_of as layers_of
from .values import COUNTED, NUMBER, plain, told
from .values import numbers as numbers

FOLDER = Path(__file__).parents[1] / "approved"
APPROVING = os.environ.get("COURSE_APPROVE", "") == "1"
OFF = os.environ.get("COURSE_APPROVE", "") == "0"  # to see what the tests notice without these files
ASKED_OF_THE_LOCK = ("keras", "matplotlib", "numpy")
# Files of tests whose sentences hold what a training found.
TRAINED = ("test_checks_text_lstm", "test_checks_transfer_learning", "test_training_fitting")
CHANGED: set[Path] = set()  # files in which something was approved
WATCHED: list[list[str]] = []  # what the test saw that is watched just now


@functools.cache
def comparable() -> bool:
    """Whether approved files hold here: on Linux and Python 3.11, with TensorFlow, in the lock's versions."""
    lock = (config.repository_root() / "requirements" / "lab.txt").read_text(encoding="utf-8")
    try:
        versions = [f"{name}=={importlib.metadata.version(name)} " for name in ASKED_OF_THE_LOCK]
    except importlib.metadata.PackageNotFoundError:
        return False
    return (
        not OFF
        and sys.platform == "linux"
        and sys.version_info[:2] == (3, 11)
        and os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow"
        and all(version in lock for version in versions)
    )


def path_of(module: str) -> Path:
    return FOLDER / f"{module.rpartition('.')[2].removeprefix('test_')}.json"


@functools.cache
def approved(path: Path) -> dict[str, list[str]]:
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {test: [COUNTED.sub(r"\1", line) for line in lines] for test, lines in content.items()}


def compare(module: str, test: str, seen: list[str]) -> None:
    """Raise AssertionError when a test saw something else than what is approved, or write it down when asked to."""
    path = path_of(module)
    if module.rpartition(".")[2] in TRAINED:
        seen = [NUMBER.sub("#", line) for line in seen]
    if APPROVING:
        _approve(path, test, seen)
    # A test without a list of its own is not compared.
    if APPROVING or test not in approved(path):
        return
    expected = approved(path)[test]
    for place, (now, once) in enumerate(zip(seen, expected, strict=False)):
        assert same(now, once), (
            f"number {place} is not as approved in {path.name}:\n  {now}\nbut once:\n  {once}"
        )
    assert len(seen) == len(expected), (
        f"{len(seen)} things seen, {len(expected)} approved; read {path.name}, or write it with COURSE_APPROVE=1"
    )


def same(now: str, once: str) -> bool:
    """Whether two lines say the same, but for the last places of their numbers."""
    if now == once:
        return True
    if NUMBER.sub("#", now) != NUMBER.sub("#", once):
        return False
    numbers_now, numbers_once = NUMBER.findall(now), NUMBER.findall(once)
    return len(numbers_now) == len(numbers_once) and all(map(close, numbers_now, numbers_once))


def close(one: str, other: str) -> bool:
    if one == other:
        return True
    if not set(".e") & set(one + other):
        return False  # whole numbers are exact
    try:
        return bool(np.isclose(float(one), float(other), rtol=2e-3, atol=2e-6))
    except ValueError:
        return False


def _approve(path: Path, test: str, seen: list[str]) -> None:
    content = approved(path)
    if not seen:
        content.pop(test, None)
        return
    content[test] = seen
    CHANGED.add(path)


def write_down() -> None:
    """Keep what was approved: at the end of a run, when no test has made a disk that nobody can write to."""
    for path in CHANGED:
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(approved(path), indent=0, ensure_ascii=False, sort_keys=True) + "\n"
        path.write_text(text, encoding="utf-8", newline="\n")
    CHANGED.clear()


@contextlib.contextmanager
def watching() -> Iterator[tuple[list[str], list]]:
    """A list that fills with what a learner would read while it is open, and one of the figures; drawn at its end."""
    import pytest

    from course_utils.plots import picture

    seen: list[str] = []
    figures: list[tuple[int, object]] = []
    plain_init, plain_raises, before = picture.Picture.__init__, pytest.raises, WATCHED[:]

    def remember(self, *arguments, **options):
        plain_init(self, *arguments, **options)
        figures.append((len(seen), self))
        seen.append("")

    def raises(*arguments, **options):
        context = plain_raises(*arguments, **options)
        return Remembered(context, seen) if hasattr(context, "__exit__") else context

    picture.Picture.__init__, pytest.raises, WATCHED[:] = remember, raises, [seen]
    try:
        yield seen, figures
    finally:
        picture.Picture.__init__, pytest.raises, WATCHED[:] = plain_init, plain_raises, before
    for place, one in reversed(figures):
        with picture._course_style():
            one.figure.draw_without_rendering()
        seen[place : place + 1] = described(one)


def note(hints: list[str] | None) -> None:
    """Write down the first hint of a check while a test is watched, and how many of the exercise's own follow."""
    if hints is not None:
        first, *more = hints or [""]
        write(f"hint: {first}{f' (+{len(more)})' if more else ''}")


def see(**values: object) -> None:
    """Write down values by name while a test is watched: from then on they are to be as approved."""
    for name, value in values.items():
        write(f"{name}: {told(value)}")


def write(line: str) -> None:
    """Write down a line of text while a test is watched."""
    for seen in WATCHED:
        seen.append(plain(line))


class Remembered:
    """A `pytest.raises` that keeps the words of what the course raised."""

    def __init__(self, context: object, seen: list[str]) -> None:
        self.context, self.seen = context, seen

    def __enter__(self) -> object:
        return self.context.__enter__()

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> bool:
        expected = self.context.__exit__(kind, problem, trace)
        if expected and isinstance(problem, Exception):
            said = error(problem)
            if said:
                self.seen.append(said)
        return expected


def error(problem: Exception) -> str:
    """The words of an error that the course raised itself, without those of another one that it quotes."""
    frames = list(traceback.walk_tb(problem.__traceback__))
    where = Path(frames[-1][0].f_code.co_filename) if frames else Path()
    if "course_utils" not in where.parts:
        return ""
    said = str(problem)
    for other in (problem.__cause__, problem.__context__):
        if other is not None and len(str(other)) > 3:
            said = said.replace(str(other), "<its words>")
    return plain(f"{type(problem).__name__}: {said}")
