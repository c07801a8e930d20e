"""Settings of Keras that a machine may bring along, and that would change every net without a word.

They come from Keras's own file (`~/.keras/keras.json`, or the one in `KERAS_HOME`), from environment variables, and
from code that runs before a notebook's first cell. `session.start` puts them right, the doctor names them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

WANTED = {"image_data_format": "channels_last", "floatx": "float32", "epsilon": 1e-7}
# What Keras takes; anything else in the file and it can't be imported.
ACCEPTED = {
    "image_data_format": ("channels_last", "channels_first"),
    "floatx": ("float16", "float32", "float64"),
}
LIMITS = {"KERAS_MAX_EPOCHS": "max_epochs", "KERAS_MAX_STEPS_PER_EPOCH": "max_steps_per_epoch"}


def place() -> Path:
    """Keras's file of settings, found as Keras finds it; it need not be there."""
    home = Path.home()
    folder = os.environ.get("KERAS_HOME") or (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"  # noqa: S108
    return Path(folder).expanduser() / "keras.json"


def spoken_place() -> str:
    """The file as a person reads it in a banner that she may show to others: without the home folder's name."""
    path = place()
    return f"~/{path.relative_to(Path.home()).as_posix()}" if path.is_relative_to(Path.home()) else str(path)


def asked_for() -> dict:
    """What the file says; empty where there is none, or one that Keras passes over. Never raises."""
    try:
        said = json.loads(place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def problem() -> str:
    """Why Keras can't be imported with this file, as a sentence; empty where it can."""
    path = place()
    if not path.exists():
        return ""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return ""  # Keras goes on without it
    except OSError as error:
        return f"{spoken_place()} can't be read: {error.strerror}"
    if not isinstance(said, dict):
        return f"{spoken_place()} holds no settings, but {type(said).__name__}"
    for name, accepted in ACCEPTED.items():
        if said.get(name, accepted[0]) not in accepted:
            return f"{spoken_place()} says {name} is {said[name]!r}; Keras takes {' or '.join(accepted)}"
    if not isinstance(said.get("epsilon", 1e-7), float):
        return f"{spoken_place()} says epsilon is {said['epsilon']!r}; Keras takes a number such as 1e-07"
    return ""


def put_right() -> list[str]:
    """Give the imported Keras the settings that the course is written for.

    Returns a line for each that was another one, with where it came from; empty on most machines, and when it is
    called again.
    """
    import keras

    changed = []
    in_file = asked_for()
    for name, wanted in WANTED.items():
        found = getattr(keras.config, name)()
        if found != wanted:
            getattr(keras.config, f"set_{name}")(wanted)
            source = spoken_place() if in_file.get(name) == found else "set before this cell"
            changed.append(f"{name} {found} ({source}), here {wanted}")
    # Mixed precision: after float16 in the file it is not another setting and needs no line of its own.
    policy = keras.config.dtype_policy().name
    if policy != WANTED["floatx"]:
        keras.config.set_dtype_policy(WANTED["floatx"])
        if not any(line.startswith("floatx") for line in changed):
            changed.append(f"dtype policy {policy} (set before this cell), here {WANTED['floatx']}")
    for variable, name in LIMITS.items():
        limit = getattr(keras.config, name, lambda: None)()  # not in the oldest Keras that the course takes
        if limit is not None:
            getattr(keras.config, f"set_{name}")(None)
            source = variable if os.environ.get(variable) else "set before this cell"
            changed.append(f"{name} {limit} ({source}), here no limit")
    return changed + _of_backend(keras.config.backend())


def _of_backend(backend: str) -> list[str]:
    """Numbers twice as long as float32, where a framework was told to make them by itself."""
    if backend == "jax":
        import jax

        if jax.config.jax_enable_x64:
            jax.config.update("jax_enable_x64", False)
            source = "JAX_ENABLE_X64" if os.environ.get("JAX_ENABLE_X64") else "set before this cell"
            return [f"64-bit numbers of JAX ({source}), here 32-bit"]
    if backend == "torch":
        import torch

        found = torch.get_default_dtype()
        if found != torch.float32:
            torch.set_default_dtype(torch.float32)
            return [f"{found} as PyTorch's default (set before this cell), here torch.float32"]
    return []
