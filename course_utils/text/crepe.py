"""Crepe: the character-level convolutional nets of Zhang, Zhao and LeCun (2015), and small ones of the same build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .characters import ALPHABET, FRAMES

if TYPE_CHECKING:
    import keras

KERNELS = (7, 7, 3, 3, 3, 3)
POOLED = (True, True, False, False, False, True)  # after which convolutions the best of three frames is kept


def crepe(
    classes: int,
    features: int = 256,
    units: int = 1024,
    frames: int = FRAMES,
    momentum: float | None = None,
    deviation: float | None = None,
) -> keras.Model:
    """Six convolutions, three poolings, two dense layers with dropout, one decision: not compiled.

    Ids of characters (N, frames) in, probabilities (N, classes) out. The paper's small net has 256 features and 1,024
    units, its large one 1,024 and 2,048. `momentum`: with BatchNormalization of that momentum after each convolution and dense
    layer; None: without, as published. `deviation`: of the normal distribution that weights start from (the
    paper: 0.05 small, 0.02 large); None: Keras's Glorot start.
    Raises ValueError for frames too few to pool three times.
    """
    import keras
    from keras import layers

    if frames_left(frames) < 1:
        raise ValueError(f"{frames} frames are used up by the convolutions; type frames=123 or more")
    start = "glorot_uniform" if deviation is None else keras.initializers.RandomNormal(stddev=deviation)

    def finished(x):
        if momentum is not None:
            x = layers.BatchNormalization(momentum=momentum)(x)
        return layers.Activation("relu")(x)

    inputs = keras.Input((frames,), dtype="uint8")
    x = keras.ops.one_hot(keras.ops.cast(inputs, "int32") - 1, len(ALPHABET))  # id 0 becomes a row of zeros
    for kernel, pooled in zip(KERNELS, POOLED, strict=True):
        x = finished(layers.Conv1D(features, kernel, kernel_initializer=start)(x))
        if pooled:
            x = layers.MaxPooling1D(3)(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(finished(layers.Dense(units, kernel_initializer=start)(x)))
    return keras.Model(
        inputs, layers.Dense(classes, activation="softmax", kernel_initializer=start)(x), name="crepe"
    )


def frames_left(frames: int) -> int:
    """Frames that reach the dense layers: 34 of 1,014."""
    for kernel, pooled in zip(KERNELS, POOLED, strict=True):
        frames = max(0, frames - kernel + 1) // (3 if pooled else 1)
    return frames
