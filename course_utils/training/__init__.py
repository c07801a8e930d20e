"""Training with a readable history, and training that need not be repeated.

`fit` is `Model.fit` with quiet progress and the history as a table. Its parts serve on their own:
`model.fit(..., verbose=0, callbacks=[QuietProgress()])`, then `history_table(history)`. `load_or_train` keeps what
was trained, so that the next time takes seconds. How sure a figure is: `course_utils.training.evaluation`.
"""

from __future__ import annotations

from course_utils.training import progress
from course_utils.training.fitting import fit
from course_utils.training.keeping import load_or_train
from course_utils.training.progress import history_table

__all__ = ["QuietProgress", "fit", "history_table", "load_or_train"]


def __getattr__(name: str) -> object:
    # A Keras callback is a subclass, and Keras is loaded by the notebook, not by importing this package.
    if name == "QuietProgress":
        return progress.QuietProgress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
