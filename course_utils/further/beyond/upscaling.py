"""Super-resolution: twice the pixels per side, how near the truth, and a checkerboard measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def enlarger(*grow: keras.layers.Layer) -> keras.Model:
    """A net from pictures (N, H, W, 3) to twice the width and height; compiled with the squared error.

    Two convolutions, then the layers `grow`, which end in three channels; what they give is added to a bilinear
    enlargement, so the net learns only what that lacks.
    """
    import keras
    from keras import layers

    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(24, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv2D(24, 3, padding="same", activation="relu")(x)
    for layer in grow:
        x = layer(x)
    smooth = layers.UpSampling2D(2, interpolation="bilinear")(inputs)
    net = keras.Model(inputs, layers.Add()([smooth, x]))
    net.compile(keras.optimizers.Adam(0.003), "mse")
    return net


def halved(pictures: np.ndarray) -> np.ndarray:
    """Pictures (N, H, W, C) at half the width and height: each pixel is the mean of four; (N, H/2, W/2, C).

    Raises ValueError for an odd width or height.
    """
    number, height, width, channels = np.shape(pictures)
    if height % 2 or width % 2:
        raise ValueError(
            f"Pictures of {height}×{width} pixels can't be halved: cut off the odd row or column"
        )
    return np.reshape(pictures, (number, height // 2, 2, width // 2, 2, channels)).mean(axis=(2, 4))


def bicubic(small: np.ndarray, times: int = 2) -> np.ndarray:
    """Pictures of 0-1 (N, H, W, 3) enlarged by Pillow's bicubic interpolation: no net, no training; float32."""
    from PIL import Image

    height, width = np.shape(small)[1] * times, np.shape(small)[2] * times
    large = np.empty((len(small), height, width, 3), np.float32)
    for number, picture in enumerate(np.asarray(small, np.float32)):
        for channel in range(
            3
        ):  # as floats, which Pillow takes one channel at a time: no rounding to 255 steps
            image = Image.fromarray(np.ascontiguousarray(picture[..., channel]))
            large[number, ..., channel] = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    return large.clip(0, 1)


def psnr(pictures: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels, pictures of 0-1, the mean over all pictures; more is nearer.

    Raises ValueError for different shapes, or where a picture equals the truth in each pixel.
    """
    pictures, truth = np.asarray(pictures, np.float64), np.asarray(truth, np.float64)
    if pictures.shape != truth.shape:
        raise ValueError(f"Pictures and truth must have one shape; got {pictures.shape} and {truth.shape}")
    errors = ((pictures.clip(0, 1) - truth) ** 2).mean(axis=(1, 2, 3))
    if not errors.all():
        raise ValueError("A picture equals the truth: its PSNR has no end")
    return float((-10 * np.log10(errors)).mean())


def flat_pictures(side: int = 32) -> np.ndarray:
    """27 pictures of one colour each, float32 (27, side, side, 3): whatever pattern comes out of a net is its own."""
    levels = (0.25, 0.5, 0.75)
    colours = np.array([(r, g, b) for r in levels for g in levels for b in levels], np.float32)
    return np.broadcast_to(colours[:, None, None], (27, side, side, 3)).copy()


def ripple(pictures: np.ndarray, period: int = 2, margin: int = 8) -> float:
    """How strong a pattern repeats every `period` pixels, in steps of 255: its energy at the grid's frequencies, as a root.

    pictures: (N, H, W, C) of 0-1; `margin` pixels at each border are left out, where padding shows. All pixels with the
    same place within a period are averaged; what is left of their differences is the checkerboard.
    """
    inner = np.asarray(pictures, np.float64)[:, margin:-margin, margin:-margin]
    size = inner.shape[1] // period * period, inner.shape[2] // period * period
    inner = inner[:, : size[0], : size[1]]
    parts = inner.reshape(len(inner), size[0] // period, period, size[1] // period, period, -1).mean(
        axis=(1, 3)
    )
    parts = parts - parts.mean(axis=(1, 2), keepdims=True)
    return float(255 * np.sqrt((parts**2).mean()))


def other_with_the_same_half(pictures: np.ndarray, strength: float = 0.15) -> np.ndarray:
    """Other pictures that look the same when halved: fine stripes whose mean over four pixels is zero are added."""
    pictures = np.asarray(pictures, np.float32)
    stripes = np.where(np.arange(pictures.shape[2]) % 2, -1.0, 1.0).astype(np.float32)[None, None, :, None]
    lows = np.minimum(pictures[:, :, 0::2], pictures[:, :, 1::2])
    highs = np.maximum(pictures[:, :, 0::2], pictures[:, :, 1::2])
    room = np.minimum(strength, np.minimum(lows, 1 - highs))  # nobody leaves 0-1, so the mean stays exact
    return pictures + stripes * np.repeat(room, 2, axis=2)
