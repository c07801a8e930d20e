"""Checks of a learner's work: exercises that tell what is missing, and results beside what is usual.

`check` runs the grader of one exercise, shows its verdict and never raises. The graders of a notebook stand
in the module of its name (`eda`, `fruit_cnn`); one is a function that returns None when all is well and
otherwise a list of hints, the gentlest first: each further attempt shows one hint more.
"""

from __future__ import annotations

import importlib
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path

from course_utils.checks.common import unfinished

GRADERS = {
    "00-convolutions": "convolutions",
    "01-eda": "eda",
    "02-pretrained-vgg16": "pretrained_vgg16",
    "03-pretrained-xception": "pretrained_xception",
    "04-transfer-learning": "transfer_learning",
    "05-fruit-cnn": "fruit_cnn",
    "06-text-cnn": "text_cnn",
    "07-text-lstm": "text_lstm",
    "08-lime": "lime",
    "09-architectures": "architectures",
    "10-detection": "detection",
    "11-beyond-labels": "beyond_labels",
    "12-characters": "characters",
    "13-tagging": "tagging",
    "14-questions": "questions",
    "15-sound": "sound",
    "15b-sequences": "sequences",
    "16-serving": "serving",
}
CHECK_MIME = "application/vnd.course.check+json"

Grader = Callable[..., "list[str] | None"]

# How often each exercise was checked without success, and the verdicts so far, in this kernel.
_attempts: dict[tuple[str, int], int] = {}
verdicts: dict[tuple[str, int], bool] = {}


def check(notebook: str, exercise: int, *answers: object) -> None:
    """Check the answers to an exercise and show what was found.

    `answers`: what the learner made, a function or values; `...` or None count as 'not yet begun'.
    Displays one verdict; an exception in the learner's code becomes part of the verdict.
    """
    from IPython.display import display

    key = (notebook, exercise)
    hints = grade(notebook, exercise, *answers)
    verdicts[key] = hints is None
    if hints is None:
        text = f"✓ Exercise {exercise}: all checks passed."
    else:
        attempt = _attempts.get(key, 0)
        _attempts[key] = attempt + 1
        shown = hints[: attempt + 1]
        text = f"○ Exercise {exercise}: not yet.\n" + "\n".join(f"  {line}" for line in shown)
        if len(shown) < len(hints):
            text += "\n  (Run this cell again for a further hint.)"
    display({"text/plain": text, CHECK_MIME: {"exercise": str(exercise), "passed": hints is None}}, raw=True)


def grade(notebook: str, exercise: int, *answers: object) -> list[str] | None:
    """Hints for an exercise's answers, or None when they pass.

    Raises KeyError for a notebook or an exercise without grader.
    """
    if notebook not in GRADERS:
        raise KeyError(f"No exercises for {notebook!r}; there are some for {', '.join(GRADERS)}")
    module = importlib.import_module(f"course_utils.checks.{GRADERS[notebook]}")
    graders: dict[int, Grader] = module.EXERCISES
    if exercise not in graders:
        raise KeyError(f"{notebook} has no exercise {exercise}; it has {', '.join(map(str, graders))}")
    if any(map(unfinished, answers)):
        return [
            "Fill in the place marked ... in the cell above, run it, then run this cell again.",
            *_first_hints(module, exercise),
        ]
    try:
        return graders[exercise](*answers)
    except Exception as problem:  # noqa: BLE001 - a learner's code may raise anything, and none of it may stop the class
        return [_said_of(problem), *_first_hints(module, exercise)]


def _said_of(problem: Exception) -> str:
    """Whose exception it was: the learner's code, or the grader stumbling over an answer of another kind."""
    ours = (
        Path(__file__).parent,
        *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
    )
    files = [Path(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(problem.__traceback__)]
    if any(not any(file.is_relative_to(place) for place in ours) for file in files):
        return f"Your code raised {type(problem).__name__}: {problem}"
    return (
        f"Your answer could not be checked ({type(problem).__name__}: {problem}). Give what the exercise asks for, "
        "such as one number. A function must take the arguments of its stub."
    )


def _first_hints(module: object, exercise: int) -> list[str]:
    return list(getattr(module, "HINTS", {}).get(exercise, ()))
