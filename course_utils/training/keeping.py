"""Training that need not be repeated: what was trained is kept in the course's cache and loaded the next time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import __version__
from course_utils.foundation import config
from course_utils.foundation.config import someone_is_watching
from course_utils.training.progress import history_table

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

log = logging.getLogger(__name__)
REGISTER = "@keras.saving.register_keras_serializable()"


def load_or_train(
    name: str,
    train: Callable[[], tuple[keras.Model, DataFrame]],
    settings: Mapping,
    folder: Path | str | None = None,
) -> tuple[keras.Model, DataFrame]:
    """The model and history that `train()` returns; kept, and loaded the next time if the settings are the same.

    Other settings and damaged files are trained anew, and a line in the log says so. So does a line about a net that
    can't be kept, a net with a Lambda layer for one: it is returned all the same. Automatic runs always train and
    keep nothing.

    Args:
        name: file name without ending.
        train: trains and returns a model and its history, as a table or as Keras's History.
        settings: all that the result depends on (data, weights, seed, epochs, ...), as values that JSON can hold.
        folder: where to keep it; the course's cache, `trained/`, if None.

    Raises:
        ValueError: for a name with a folder in it and for settings that JSON cannot hold, before any training.
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
        _keep(kept, wanted, found)
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
            log.info("%s was kept with other settings; it is trained again", kept.name)
            return None
        if about["sha256"] != hashlib.sha256(kept.read_bytes()).hexdigest():
            raise ValueError("its bytes have changed since it was written")
        history = pd.DataFrame(about["history"])
        history.attrs["seconds"] = trained_in = about["seconds"]
    except Exception as error:  # noqa: BLE001 - a note may hold anything
        log.warning("%s is damaged and is trained again (%s)", kept.name, error)
        return None
    try:
        model = keras.models.load_model(kept)
    except Exception as error:  # noqa: BLE001 - the file is whole: Keras has many words for what it doesn't load
        log.warning(
            "%s is whole, but it can't be loaded here: %s. It is trained again", kept.name, _why(error)
        )
        return None
    seconds = time.perf_counter() - start
    log.info(
        "%s loaded in %.1f s; training it took %.0f s. To train again, delete it", kept, seconds, trained_in
    )
    return model, history


def _keep(kept: Path, wanted: str, found: tuple[keras.Model, DataFrame]) -> None:
    """Write model and note, if the model can be loaded again. Raises nothing: the training is worth more.

    The note goes first and comes last, so that it never speaks of another model.
    """
    note, new = kept.with_suffix(".json"), kept.with_name(f".new-{os.getpid()}-{kept.name}")
    try:
        import keras

        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(f"train() returned a {type(found).__name__}; expected a model and its history")
        model, history = found
        if isinstance(history, keras.callbacks.History):
            history = history_table(history)
        kept.parent.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        model.save(new)
        keras.models.load_model(new)  # what Keras writes it does not always read: code, unknown classes
        about = {
            "settings": wanted,
            "sha256": hashlib.sha256(new.read_bytes()).hexdigest(),
            "seconds": history.attrs.get("seconds", 0.0),
            "history": history.to_dict("list"),
        }
        text = json.dumps(about, indent=1, default=float) + "\n"
        os.replace(new, kept)
        note.write_text(text, encoding="utf-8", newline="\n")
    except Exception as error:  # noqa: BLE001 - layers of a learner's own may raise anything while they are saved
        log.warning(
            "%s was trained but could not be kept, so the next time it is trained again: %s",
            kept.name,
            _why(error),
        )
        return
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
    log.info("trained, and kept as %s: the next time it is loaded", kept)


def _why(error: Exception) -> str:
    """Why a model can't be saved or loaded, and what to change in it, from Keras's long answer."""
    text = " ".join(str(error).split()) or type(error).__name__
    if "safe_mode" in text or "unsafe_deserialization" in text:
        return (
            "it holds Python code (a Lambda layer, or a lambda as its loss), which Keras refuses to load in safe mode. "
            f"Make it a class or function of its own with {REGISTER} above it"
        )
    if unknown := re.search(
        r"(?:Could not locate|Unknown) (?:class|layer|object|function)[^'\"]*['\"](\w+)", text
    ):
        return f"Keras does not know {unknown[1]}. Put {REGISTER} above it, and run that cell first"
    if "get_config" in text:
        return f"one of your layers lacks get_config, which Keras needs to record how it was made ({_short(text)})"
    return f"{type(error).__name__}: {_short(text)}"


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."
