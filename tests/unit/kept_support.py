"""What somebody has looked at and what tests compare with: figures in `drawn/`; hints, errors and log lines in `said/`.

A figure or a sentence that is not among those that are kept for its file of tests is a change. If it is meant, look at
it, let `KEEP=1 pytest tests/unit/test_NAME.py` write the file again, and read its diff.
"""

from __future__ import annotations

import difflib
import functools
import os
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

import numpy as np

from course_utils.foundation import config

FOLDER = Path(__file__).parent
BETWEEN = {"drawn": "\n\n", "said": "\n"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
COMPARABLE = sys.platform == "linux"  # others name files and their errors in their own way
# Figures of nets that a test trains differ between machines.
TRAINED = re.compile(r"accuracy|average precision|it reaches|[Ii]t reads|It gets|on average|F1")


def change(kind: str, module: ModuleType, text: str) -> str:
    """What is new in a text, as a diff with the nearest one that is kept; nothing when it is kept itself."""
    name = module.__name__.rpartition(".")[2]
    if kind == "said":
        text = text.replace("\n", " / ")
    before = kept(kind, name)
    if not before and not os.environ.get("KEEP"):
        return ""  # a file of tests of which nothing was kept yet
    if text in before or any(alike(text, one) for one in before):
        return ""
    if os.environ.get("KEEP"):
        together = [*before, text] if kind == "drawn" else sorted({*before, text})
        (FOLDER / kind).mkdir(exist_ok=True)
        path = FOLDER / kind / f"{name}.txt"
        path.write_text(BETWEEN[kind].join(together) + "\n", encoding="utf-8", newline="\n")
        kept.cache_clear()
        return ""
    lines = text.splitlines()
    nearest = max(
        before, key=lambda one: difflib.SequenceMatcher(None, one[:300], text[:300]).ratio(), default=""
    )
    return "\n".join(difflib.unified_diff(nearest.splitlines(), lines, "kept", "now", lineterm="", n=0))


@functools.cache
def kept(kind: str, name: str) -> tuple[str, ...]:
    path = FOLDER / kind / f"{name}.txt"
    return tuple(path.read_text(encoding="utf-8").rstrip("\n").split(BETWEEN[kind])) if path.is_file() else ()


def alike(one: str, other: str) -> bool:
    """Whether two texts have the same words and, but for rounding and training, the same numbers."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    first, second = NUMBER.findall(one), NUMBER.findall(other)
    more = 0.3 if TRAINED.search(one) else 0.0
    return all(near(a, b, more) for a, b in zip(first, second, strict=True))


def near(one: str, other: str, more: float) -> bool:
    """Two numbers as written: whole ones are equal, others may differ a little."""
    if "." not in one + other and "e" not in one + other:
        return one == other
    return bool(np.isclose(float(one), float(other), rtol=2e-3, atol=0.011 + more))


class Listener:
    """`pytest.raises` that also keeps the words of an error that a room raised itself."""

    def __init__(self, inner, heard: list[str]) -> None:
        self.inner, self.heard = inner, heard

    def __enter__(self):
        return self.inner.__enter__()

    def __exit__(self, kind, error, trace):
        expected = self.inner.__exit__(kind, error, trace)
        if expected and error is not None and in_a_room(traceback.extract_tb(trace)[-1].filename):
            self.heard.append(f"{kind.__name__}: {told(error)}")
        return expected


def in_a_room(path: str) -> bool:
    """Whether a file belongs to what learners import."""
    return "/course_utils/" in path and "/workshop/" not in path


def told(error: BaseException) -> str:
    """The words of an error, without those that it took over from an error of another package or of the system."""
    text, cause = str(error), error.__cause__ or error.__context__
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        if not (frames and in_a_room(frames[-1].filename)):
            reason = getattr(cause, "strerror", None) or ""
            for words in (str(cause), " ".join(str(cause).split()), str(reason)):
                text = text.replace(words, "<why>") if len(words) > 3 else text
        cause = cause.__cause__ or cause.__context__
    return text


def without_numbers(text: str) -> str:
    return re.sub(r"\d+(?:[.,]\d+)*", "#", told_anywhere(text))


def told_anywhere(text: str) -> str:
    """A sentence without what differs from run to run: temporary folders, ports, seconds, numbers that Keras counts."""
    for path, name in (
        (sys.executable, "<python>"),
        (str(config.repository_root()), "<course>"),
        (str(Path.home()), "<home>"),
    ):
        text = text.replace(path, name)
    text = re.sub(r"[\w/.-]*pytest-of-[^\s'\"),;]*", "<folder>", text)
    text = re.sub(r"/tmp/[^\s'\"),;]*", "<folder>", text)
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:<port>", text)
    text = re.sub(r"\b([Pp]ort) \d{4,5}\b", r"\1 <port>", text)
    text = re.sub(r"\bat [0-9a-f]{10}\b", "at <commit>", text)
    text = re.sub(r"0x[0-9a-f]{6,}", "<place>", text)
    text = re.sub(r"\b\d+(\.\d+)? s\b", "# s", text)
    return re.sub(r"\b([a-z]+[a-z0-9_]*)_\d+\b(?= has)", r"\1", text)
