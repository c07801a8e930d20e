"""The nets as they are trained, and as the stock `keras.applications` models that they become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.pretrained import NETS as STOCK_NETS
from course_utils.pretrained.packed import HEAD, lasting_names

if TYPE_CHECKING:
    import keras

Array = np.ndarray
NETS = ("VGG16", "Xception")
PARAMETERS = {"VGG16": 14_714_688, "Xception": 20_861_480}
"""Parameters without top, as Keras counts them."""
VGG_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


def preprocess(net: str, pictures: Array) -> Array:
    """0..255 RGB to what `keras.applications`' own preprocessing of the net gives; float32."""
    return STOCK_NETS[net].preprocess(np.array(pictures, np.float32))


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
    return STOCK_NETS[net].build(weights=None, include_top=False, input_shape=(None, None, 3))


def trained_weights(model: keras.Model) -> dict[str, Array]:
    """All weights by `layer/variable` (see `packed.lasting_names`), float32."""
    import keras

    lasting = lasting_names(layer.name for layer in model.layers)
    return {
        f"{lasting[layer.name]}/{variable.name}": keras.ops.convert_to_numpy(variable.value).astype("float32")
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
