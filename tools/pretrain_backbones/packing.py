"""From a checkpoint to the packed file, with the checks that it must pass on the way."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np

from course_utils.pretrained import packed
from tools.pretrain_backbones import networks, storage

log = logging.getLogger("pretrain_backbones")
Array = np.ndarray

INPUT_SIZE = 96
"""Side in pixels at which the weights do best on *market* (`benchmarks/backbones.py`)."""


def checkpoint(net: str, folder: Path) -> dict[str, Array]:
    """All weights of a training run's last checkpoint, by `layer/variable`."""
    with np.load(folder / f"{net}.weights.npz", allow_pickle=False) as file:
        return dict(file)


def stock_model(net: str, weights: dict[str, Array]):
    """The stock `keras.applications` model that holds `weights`; raises ValueError if its topology differs."""
    model = networks.stock(net)
    if model.count_params() != networks.PARAMETERS[net]:
        raise ValueError(f"{net}: {model.count_params():,} parameters, not {networks.PARAMETERS[net]:,}.")
    packed.set_weights(model, weights)
    return model


def largest_difference(net: str, trained: dict[str, Array], model, size: int = 64) -> float:
    """Largest difference of the pooled features, relative to the largest feature, of training net and `model`."""
    import keras

    classes = trained[f"{packed.HEAD}/kernel"].shape[1]
    original = networks.training_model(net, classes)
    packed.set_weights(original, trained)
    until_pool = keras.Model(original.inputs[0], original.get_layer("pool").output)
    pictures = np.random.default_rng(0).uniform(0, 255, size=(4, size, size, 3))
    x = networks.preprocess(net, pictures)
    expected = np.asarray(keras.ops.convert_to_numpy(until_pool(x, training=False)))
    features = np.asarray(keras.ops.convert_to_numpy(model(x, training=False))).mean(axis=(1, 2))
    return float(np.abs(features - expected).max() / np.abs(expected).max())


def pack_net(net: str, folder: Path, bank: Path, target: Path) -> str:
    """Fold, check and store one net; gives one line of what came out. Raises ValueError on a failed check."""
    trained = checkpoint(net, folder)
    weights = networks.stock_weights(net, trained)
    folded = largest_difference(net, trained, stock_model(net, weights))
    if folded > 1e-3:
        raise ValueError(f"{net}: the stock model's features are off by {folded:.1e}, more than 1e-3.")
    head = {name: value for name, value in trained.items() if name.startswith(f"{packed.HEAD}/")}
    names = (bank / "classes.txt").read_text(encoding="utf-8").split("\n")[:-1]
    about = json.loads((folder / f"{net}.json").read_text(encoding="utf-8")) | {"input_size": INPUT_SIZE}
    path = storage.pack(target / f"{net}.npz", weights | head, names, about)
    decoded = packed.read(path).weights
    coarse = largest_difference(net, trained, stock_model(net, decoded))
    errors = [
        float(np.linalg.norm(decoded[n] - w) / np.linalg.norm(w)) for n, w in weights.items() if w.ndim > 1
    ]
    return (
        f"{path.name}: {path.stat().st_size / 1e6:.2f} MB · stock model against training model {folded:.1e} · "
        f"8-bit features {coarse:.1e} · relative error of kernels {np.mean(errors):.4f} (worst {max(errors):.4f})"
    )
