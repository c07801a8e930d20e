"""What a training says while it runs, and its history as a table: a callback for `Model.fit` and a function."""

from __future__ import annotations

import functools
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

MOST_LINES = 10


def history_table(history: keras.callbacks.History, validation_freq: int | list[int] = 1) -> DataFrame:
    """The history that `Model.fit` returns, or that `model.history` holds after an interrupt, as a table.

    One row per epoch: epoch (from 1), loss, val_loss and the metrics, NaN where an epoch has no such value. Its
    `attrs["seconds"]` is the training time where it is known, after `course_utils.training.fit`.

    Args:
        history: a `keras.callbacks.History`.
        validation_freq: as in `Model.fit`, where it was given there; `fit` of this package knows it by itself.

    Raises:
        ValueError: when some values belong to fewer epochs than others and `validation_freq` doesn't say to which.
    """
    import pandas as pd

    epochs = [epoch + 1 for epoch in history.epoch]
    if hasattr(history, "rows"):
        columns = dict.fromkeys(name for row in history.rows for name in row)
        table = pd.DataFrame(history.rows, columns=["epoch", *columns], dtype=None if history.rows else float)
        table["epoch"] = epochs
        table.attrs["seconds"] = history.seconds
        return table
    if isinstance(validation_freq, int):
        validated = [epoch for epoch in epochs if epoch % validation_freq == 0]
    else:
        validated = [epoch for epoch in epochs if epoch in validation_freq]
    table = pd.DataFrame({"epoch": epochs})
    for name, values in history.history.items():
        seen = validated if name.startswith("val_") else epochs
        if len(values) != len(seen):
            raise ValueError(
                f"{name} has {len(values)} values for {len(epochs)} epochs, and history_table can't tell which "
                "epochs they belong to. Give the same validation_freq as to Model.fit: "
                "history_table(history, validation_freq=2)"
            )
        table[name] = pd.Series(values, index=[epochs.index(epoch) for epoch in seen])
    return table


def __getattr__(name: str) -> object:
    # Keras is imported when one of its callbacks is asked for, not before.
    if name == "QuietProgress":
        return _quiet_progress()
    if name == "TimedHistory":
        return _timed_history()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def _quiet_progress() -> type:
    import keras

    class QuietProgress(keras.callbacks.Callback):
        """A short line for the first epoch, the last one and about ten in all; no timings, so outputs compare.

        Use it with `verbose=0`: `model.fit(..., verbose=0, callbacks=[QuietProgress()])`.
        """

        def on_train_begin(self, logs: dict | None = None) -> None:
            """Forget an earlier training."""
            self._first, self._waiting = True, None

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            """Say the metrics, or keep them in case this epoch turns out to be the last."""
            epochs = self.params.get("epochs", epoch + 1)
            shown = {name: value for name, value in (logs or {}).items() if name != "learning_rate"}
            values = " · ".join(f"{name} {value:.3f}" for name, value in shown.items())
            self._waiting = f"epoch {epoch + 1}/{epochs} · {values}\n"
            if self._first or (epoch + 1) % max(1, epochs // MOST_LINES) == 0 or epoch + 1 == epochs:
                self._say()
            self._first = False

        def on_train_end(self, logs: dict | None = None) -> None:
            """Say the last epoch of a training that was stopped early."""
            self._say()

        def _say(self) -> None:
            if self._waiting:
                sys.stdout.write(self._waiting)
            self._waiting = None

    QuietProgress.__module__, QuietProgress.__qualname__ = __name__, "QuietProgress"
    return QuietProgress


@functools.cache
def _timed_history() -> type:
    import keras

    class TimedHistory(keras.callbacks.History):
        """Keras's History that knows besides which epoch each value belongs to, and how long the training took.

        Keras keeps a value that only some epochs have, such as `val_loss` with `validation_freq=2`, without the
        epoch it belongs to.
        """

        def __init__(self) -> None:
            super().__init__()
            self.rows: list[dict] = []
            self.seconds = 0.0
            self._begin = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            """Keep the epoch's values, as of now: a callback may change `logs` later."""
            super().on_epoch_end(epoch, logs)
            self.rows.append(dict(logs or {}))
            self.seconds = time.perf_counter() - self._begin

        def on_train_end(self, logs: dict | None = None) -> None:
            """Stop the watch."""
            self.seconds = time.perf_counter() - self._begin

    TimedHistory.__module__, TimedHistory.__qualname__ = __name__, "TimedHistory"
    return TimedHistory
