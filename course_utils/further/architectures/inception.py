"""Branches side by side: the Inception module and GoogLeNet (2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

GOOGLENET = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Filters of the nine modules: 1×1; 1×1 before 3×3, 3×3; 1×1 before 5×5, 5×5; 1×1 after the pooling."""


def inception(
    x: keras.KerasTensor, filters: Sequence[int], reduce: bool = True, name: str = "inception"
) -> keras.KerasTensor:
    """One Inception module: four branches on the same maps, their results side by side.

    `x`: (N, H, W, channels). `filters`: six numbers as in GOOGLENET. Gives (N, H, W, sum of the four branches).
    `reduce`: False is the module without 1×1 convolutions before 3×3 and 5×5 and after the pooling. The pooling then
    passes all channels on, so that the result grows with each module. Raises ValueError unless there are six numbers.
    Source: C. Szegedy and others (2015), Going deeper with convolutions, figure 2.
    """
    from keras import layers

    if len(filters) != 6:
        raise ValueError(
            f"An Inception module has six numbers of filters, as in GOOGLENET; got {len(filters)}"
        )
    one, before3, three, before5, five, after_pool = filters

    def convolution(x: keras.KerasTensor, count: int, side: int, part: str) -> keras.KerasTensor:
        return layers.Conv2D(count, side, padding="same", activation="relu", name=f"{name}_{part}")(x)

    pooled = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    if reduce:
        narrow3, narrow5 = (
            convolution(x, before3, 1, "reduce_3x3"),
            convolution(x, before5, 1, "reduce_5x5"),
        )
        pooled = convolution(pooled, after_pool, 1, "project")
    else:
        narrow3 = narrow5 = x
    branches = [
        convolution(x, one, 1, "1x1"),
        convolution(narrow3, three, 3, "3x3"),
        convolution(narrow5, five, 5, "5x5"),
        pooled,
    ]
    return layers.Concatenate(name=f"{name}_output")(branches)


def googlenet(classes: int = 1000) -> keras.Model:
    """GoogLeNet for pictures of (224, 224, 3): 6,998,552 parameters with 1,000 classes.

    Without the two auxiliary classifiers, which only training uses, and local response normalisation, which has no
    parameters. Source: C. Szegedy and others (2015), table 1.
    """
    import keras
    from keras import layers

    def convolution(x, count: int, side: int, name: str, strides: int = 1):  # noqa: ANN001, ANN202
        return layers.Conv2D(count, side, strides, padding="same", activation="relu", name=name)(x)

    def halved(x, name: str):  # noqa: ANN001, ANN202
        return layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)

    picture = keras.Input((224, 224, 3))
    x = halved(convolution(picture, 64, 7, "conv1", strides=2), "pool1")
    x = halved(convolution(convolution(x, 64, 1, "reduce2"), 192, 3, "conv2"), "pool2")
    for name, filters in GOOGLENET.items():
        x = inception(x, filters, name=f"inception_{name}")
        if name in ("3b", "4e"):
            x = halved(x, f"pool{name[0]}")
    x = layers.Dropout(0.4, name="dropout")(layers.GlobalAveragePooling2D(name="mean")(x))
    return keras.Model(picture, layers.Dense(classes, activation="softmax", name="classes")(x))
