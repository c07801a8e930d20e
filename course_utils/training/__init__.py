"""Training with a readable history, and training that need not be repeated.

`fit` wraps `Model.fit`: a progress bar for a person, quiet lines where nobody looks, and the history as a
pandas data frame. `load_or_train` keeps what was trained, so that the next time takes seconds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import __version__
from course_utils.foundation import config
from course_utils.foundation.config import someone_is_watching

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

log = logging.getLogger(__name__)


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


def load_or_train(
    name: str,
    train: Callable[[], tuple[keras.Model, DataFrame]],
    settings: Mapping,
    folder: Path | str | None = None,
) -> tuple[keras.Model, DataFrame]:
    """The model and history that `train()` returns; kept, and loaded the next time if the settings are the same.

    `name`: file name without ending. `settings`: all that the result depends on (data, weights, seed, epochs, ...),
    as values that JSON can hold. `folder`: where to keep it; the course's cache, `trained/`, if None. Other settings
    and damaged files are trained anew, and a line in the log says so. Automatic runs always train and keep nothing.
    Raises ValueError for a name with a folder in it and for settings that JSON cannot hold.
    """
    if not name or Path(name).name != name:
        raise ValueError(f"name is {name!r}; expected a file name without folder or ending, such as 'my-net'")
    wanted = _digest_of(name, settings)
    if not someone_is_watching():
        return train()
    kept = Path(folder or config.cache_dir() / "trained") / f"{name}.keras"
    found = _load_kept(kept, wanted)
    if found is None:
        found = train()
        _keep(kept, wanted, *found)
    return found


def _digest_of(name: str, settings: Mapping) -> str:
    """What tells kept models apart; nothing of the backend goes in, as a .keras file loads on each of them."""
    try:
        facts = json.dumps([name, __version__, dict(settings)], sort_keys=True)
    except TypeError as error:
        raise ValueError(f"settings hold numbers, texts and lists of them, for JSON: {error}") from error
    return hashlib.sha256(facts.encode()).hexdigest()


def _load_kept(kept: Path, wanted: str) -> tuple[keras.Model, DataFrame] | None:
    """The kept model and history; None, with a line on the reason, if there is nothing to load."""
    note = kept.with_suffix(".json")
    if not kept.is_file() or not note.is_file():
        return None
    import keras
    import pandas as pd

    start = time.perf_counter()
    try:
        about = json.loads(note.read_text(encoding="utf-8"))
        if about["settings"] != wanted:
            log.info("%s was kept with other settings; it is trained anew", kept.name)
            return None
        if about["sha256"] != hashlib.sha256(kept.read_bytes()).hexdigest():
            raise ValueError("its bytes have changed since it was written")
        model, history = keras.models.load_model(kept), pd.DataFrame(about["history"])
        history.attrs["seconds"] = trained_in = about["seconds"]
    except Exception as error:  # noqa: BLE001 - zip, HDF5, JSON and Keras each have their own word for damage
        log.warning("%s is damaged and is trained anew (%s)", kept.name, error)
        return None
    seconds = time.perf_counter() - start
    log.info(
        "%s loaded in %.1f s; training it took %.0f s. To train again, delete it", kept, seconds, trained_in
    )
    return model, history


def _keep(kept: Path, wanted: str, model: keras.Model, history: DataFrame) -> None:
    """Write model and note. The note goes first and comes last, so that it never speaks of another model."""
    note, new = kept.with_suffix(".json"), kept.with_name(f".new-{os.getpid()}-{kept.name}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        model.save(new)
        about = {
            "settings": wanted,
            "sha256": hashlib.sha256(new.read_bytes()).hexdigest(),
            "seconds": history.attrs.get("seconds", 0.0),
            "history": history.to_dict("list"),
        }
        os.replace(new, kept)
        note.write_text(json.dumps(about, indent=1, default=float) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:  # a full disk costs the next learner some time, not this one the model
        log.warning("%s was trained but could not be kept: %s", kept.name, error)
        return
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
    log.info("trained, and kept as %s: the next time it is loaded", kept)
