"""Course weights: 8 bits per value and one scale per channel in one .npz; numpy only and nothing unpickled.

Keys: `layer/variable` (int8 with `layer/variable.scale`, or float32), `head/kernel` and `head/bias` of the head
over the pretraining classes, `class_names`, and `about`, a JSON object on the weights' origin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

Array = np.ndarray
SCALE = ".scale"
CLASS_NAMES = "class_names"
ABOUT = "about"
HEAD = "head"
"""Name of the dense layer over the pretraining classes."""

_COUNTED = re.compile(r"(conv2d|batch_normalization)(?:_(\d+))?")


@dataclass(frozen=True)
class Packed:
    """A file of course weights: float32 arrays by `layer/variable`, names of the head's classes, their origin."""

    weights: dict[str, Array] = field(repr=False)
    class_names: tuple[str, ...]
    about: dict


def read(path: Path) -> Packed:
    """Unpack a file of course weights. Raises ValueError for a file that is damaged or no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        weights = {
            name: values.astype(np.float32) * arrays.get(name + SCALE, np.float32(1))
            for name, values in arrays.items()
            if name not in (CLASS_NAMES, ABOUT) and not name.endswith(SCALE)
        }
        names = tuple(str(name) for name in arrays[CLASS_NAMES])
        return Packed(weights, names, json.loads(str(arrays[ABOUT])))
    except FileNotFoundError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and json each have their own word for a damaged file
        raise ValueError(f"{path} is not a complete file of course weights ({error})") from error


def lasting_names(names: Iterable[str]) -> dict[str, str]:
    """Layer names that are the same in every copy of a net.

    Xception's residual convolutions have no names of their own: Keras counts them through the whole process, so a
    second Xception's begin at conv2d_4. Here each net's count begins anew, in the order in which it was built.
    """
    lasting, counted = {}, {"conv2d": [], "batch_normalization": []}
    for name in names:
        lasting[name] = name
        if match := _COUNTED.fullmatch(name):
            counted[match[1]].append((int(match[2] or 0), name))
    for kind, found in counted.items():
        for number, (_, name) in enumerate(sorted(found)):
            lasting[name] = f"{kind}_{number}" if number else kind
    return lasting


def set_weights(model: keras.Model, weights: dict[str, Array]) -> None:
    """Put `weights` (by `layer/variable`) into `model`; raises ValueError if one lacks or doesn't fit."""
    lasting = lasting_names(layer.name for layer in model.layers)
    for layer in model.layers:
        for variable in layer.weights:
            name = f"{lasting[layer.name]}/{variable.name}"
            if name not in weights:
                raise ValueError(f"No weights for {name}; the file holds {len(weights)} others.")
            if tuple(variable.shape) != weights[name].shape:
                raise ValueError(
                    f"{name}: expected {tuple(variable.shape)}, the file has {weights[name].shape}."
                )
            variable.assign(weights[name])
