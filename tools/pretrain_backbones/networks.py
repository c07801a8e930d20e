"""The nets as they are trained, and as the stock `keras.applications` models that they become."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

Array = np.ndarray
NETS = ("VGG16", "Xception")
PARAMETERS = {"VGG16": 14_714_688, "Xception": 20_861_480}
"""Parameters without top, as Keras counts them."""
VGG_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
CAFFE_MEAN = np.array([103.939, 116.779, 123.68], np.float32)
HEAD = "head"


def preprocess(net: str, pictures: Array) -> Array:
    """0..255 RGB to what `keras.applications`' own preprocessing of the net gives; float32."""
    pictures = np.asarray(pictures, np.float32)
    return pictures[..., ::-1] - CAFFE_MEAN if net == "VGG16" else pictures / 127.5 - 1


def training_model(net: str, classes: int) -> keras.Model:
    """The net with average pooling and a linear head `classes` wide, for any image size.

    VGG16 gets BatchNormalization behind each convolution, which `stock_weights` folds away afterwards.
    """
    import keras

    if net == "Xception":
        base = stock(net)
        inputs, x = base.inputs[0], base.outputs[0]
    else:
        inputs = x = keras.Input((None, None, 3))
        for block, (depth, width) in enumerate(VGG_BLOCKS, 1):
            for number in range(1, depth + 1):
                name = f"block{block}_conv{number}"
                x = keras.layers.Conv2D(
                    width, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
                )(x)
                x = keras.layers.BatchNormalization(name=f"{name}_bn", momentum=0.98)(x)
                x = keras.layers.ReLU(name=f"{name}_relu")(x)
            x = keras.layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool", dtype="float32")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, dtype="float32", name=HEAD)(x), name=net)


def stock(net: str) -> keras.Model:
    """`keras.applications`' model without top and with random weights, for any image size."""
    import keras

    return getattr(keras.applications, net)(weights=None, include_top=False, input_shape=(None, None, 3))


_COUNTED = re.compile(r"(conv2d|batch_normalization)(?:_(\d+))?")


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


def trained_weights(model: keras.Model) -> dict[str, Array]:
    """All weights by `layer/variable` (see `lasting_names`), float32."""
    lasting = lasting_names(layer.name for layer in model.layers)
    return {
        f"{lasting[layer.name]}/{variable.name}": np.asarray(variable.value, np.float32)
        for layer in model.layers
        for variable in layer.weights
    }


def stock_weights(net: str, trained: dict[str, Array]) -> dict[str, Array]:
    """The weights of the stock model by `layer/variable`, out of `trained_weights` of a training model."""
    if net == "VGG16":
        return fold(trained)
    return {name: value for name, value in trained.items() if not name.startswith(f"{HEAD}/")}


def fold(trained: dict[str, Array], epsilon: float = 1e-3) -> dict[str, Array]:
    """BatchNormalization (inference) behind each convolution, multiplied into its kernel and bias.

    gamma (k*x - mean) / sqrt(variance + epsilon) + beta  =  (scale k) * x + (beta - scale mean).
    """
    folded = {}
    for name, kernel in trained.items():
        layer, _, variable = name.partition("/")
        if variable != "kernel" or f"{layer}_bn/gamma" not in trained:
            continue
        gamma, beta, mean, variance = (
            trained[f"{layer}_bn/{part}"].astype(np.float64)
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + epsilon)
        folded[name] = (kernel * scale).astype(np.float32)
        folded[f"{layer}/bias"] = (beta - scale * mean).astype(np.float32)
    return folded


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
