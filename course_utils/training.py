"""Training with a readable history.

`fit` wraps `Model.fit`: a progress bar for a person, quiet lines where nobody looks, and the history as a
pandas data frame.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame


def someone_is_watching() -> bool:
    """True in a notebook a person runs; False under nbval, `course run` and other automatic runs."""
    return os.environ.get("COURSE_AUTOMATIC", "") in ("", "0")


def fit(model: keras.Model, x, y=None, *, progress: str = "auto", **options) -> DataFrame:
    """Train a compiled model and return its history.

    `x`, `y`: arrays, or a `keras.utils.PyDataset` as x alone. `progress`: bar, lines, none, or auto (a bar for
    a person, lines otherwise). `options` go to `Model.fit` (epochs, validation_data, callbacks, ...).
    Returns a data frame with one row an epoch: epoch (from 1), loss, val_loss and the metrics.
    Raises ValueError for an unknown progress. Its `attrs["seconds"]` is the training time.
    """
    import pandas as pd

    if progress == "auto":
        progress = "bar" if someone_is_watching() else "lines"
    if progress not in ("bar", "lines", "none"):
        raise ValueError(f"progress is {progress!r}; expected auto, bar, lines or none")
    callbacks = list(options.pop("callbacks", ()))
    if y is None:
        options["shuffle"] = False  # a data set brings its own order; Keras warns when asked for another
    if progress == "lines":
        callbacks.append(_epoch_lines(options.get("epochs", 1)))
    start = time.perf_counter()
    history = model.fit(x, y, verbose=1 if progress == "bar" else 0, callbacks=callbacks, **options)
    seconds = time.perf_counter() - start
    table = pd.DataFrame(history.history)
    table.insert(0, "epoch", [epoch + 1 for epoch in history.epoch])
    table.attrs["seconds"] = seconds
    return table


def _epoch_lines(epochs: int) -> keras.callbacks.Callback:
    import sys

    import keras

    class EpochLines(keras.callbacks.Callback):
        """One short line for the first, the last and at most ten epochs in all; no timings, so outputs compare."""

        def on_epoch_end(self, epoch, logs=None):
            step = max(1, epochs // 10)
            if epoch == 0 or (epoch + 1) % step == 0 or epoch + 1 == epochs:
                shown = {key: value for key, value in (logs or {}).items() if key != "learning_rate"}
                values = " · ".join(f"{name} {value:.3f}" for name, value in shown.items())
                sys.stdout.write(f"epoch {epoch + 1}/{epochs} · {values}\n")

    return EpochLines()
