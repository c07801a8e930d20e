"""`fit`: Keras's `Model.fit` with quiet progress and the history as a table."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

from course_utils.foundation.config import someone_is_watching
from course_utils.training import progress as training_progress

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

log = logging.getLogger(__name__)


def fit(
    model: keras.Model,
    x=None,
    y=None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose="auto",
    callbacks=None,
    *more,
    progress: str = "auto",
    **options,
) -> DataFrame:
    """Train a compiled model as `Model.fit` does, and return its history as a table.

    After an interrupt `model.history` has the epochs that were finished: `history_table(model.history)`.

    Args:
        model: a compiled model.
        x, y, batch_size, epochs, verbose, callbacks, more, options: as `Model.fit` takes them.
        progress: bar, lines, none, or auto: a bar for a person and lines otherwise, unless `verbose` is given.

    Returns:
        A data frame with one row per epoch: epoch (from 1), loss, val_loss and the metrics, NaN for epochs that
        were not validated. Its `attrs["seconds"]` is the training time.

    Raises:
        ValueError: for an unknown progress, before any training. Otherwise what `Model.fit` raises.
    """
    import keras

    if progress not in ("auto", "bar", "lines", "none"):
        raise ValueError(f"progress is {progress!r}; expected auto, bar, lines or none")
    if verbose == "auto":
        if progress == "auto":
            progress = "bar" if someone_is_watching() else "lines"
        verbose = 1 if progress == "bar" else 0
    if not isinstance(callbacks, keras.callbacks.CallbackList):  # who makes her own list wants it as it is
        callbacks = keras.tree.flatten(callbacks or [])
        if progress == "lines":
            callbacks.append(training_progress.QuietProgress())
        callbacks.append(training_progress.TimedHistory())
    with warnings.catch_warnings():
        if "shuffle" not in options:  # Keras warns of its own default where data have an order of their own
            warnings.filterwarnings("ignore", message="`shuffle=True` was passed, but will be ignored")
        try:
            history = model.fit(x, y, batch_size, epochs, verbose, callbacks, *more, **options)
        except KeyboardInterrupt:
            log.info("Stopped. The epochs that were finished: history_table(model.history)")
            raise
    return training_progress.history_table(history, options.get("validation_freq", 1))
