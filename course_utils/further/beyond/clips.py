"""Nets for short clips: a CNN per frame, an LSTM over the frames, and the ways to lose the direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.datasets.clips import MIRRORED, REVERSED

if TYPE_CHECKING:
    import keras


FEW = 320
"""Clips seen in all epochs together, up to which no graph is built."""


def turned_round(clips: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four clips of each: as it is, backwards, in the mirror, and both; with the labels that are then right.

    clips: (N, frames, height, width, channels); labels: (N,) as in `datasets.clips`. Returns (4N, ...) and (4N,).
    """
    backwards, mirrored = np.array(REVERSED), np.array(MIRRORED)
    mirror = clips[:, :, :, ::-1]
    return (
        np.concatenate([clips, clips[:, ::-1], mirror, mirror[:, ::-1]]),
        np.concatenate([labels, backwards[labels], mirrored[labels], backwards[mirrored[labels]]]),
    )


def frame_net(keep_where: bool = True, filters: tuple[int, ...] = (16, 32, 32)) -> keras.Model:
    """A CNN for one frame (32, 32, 3) -> one row of numbers: flattened maps, or their averages without a place.

    Nothing is padded: a border of zeros would tell the place to the averages, too.
    """
    import keras
    from keras import layers

    net = keras.Sequential([keras.Input((32, 32, 3))], name="frame")
    for number in filters:
        net.add(layers.Conv2D(number, 3, strides=2, use_bias=False))
        net.add(layers.BatchNormalization(momentum=0.9))
        net.add(layers.Activation("relu"))
    net.add(layers.Flatten() if keep_where else layers.GlobalAveragePooling2D())
    return net


def clip_net(frame: keras.Model, frames: int = 8, motions: int = 4, units: int = 48) -> keras.Model:
    """The same CNN on every frame, an LSTM over what it says, one probability per motion; compiled."""
    import keras
    from keras import layers

    clip = keras.Input((frames, 32, 32, 3))
    x = layers.TimeDistributed(frame)(clip)
    x = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(x))
    x = layers.LSTM(units)(x)
    net = keras.Model(clip, layers.Dense(motions, activation="softmax")(x))
    net.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def shuffled_frames(clips: np.ndarray, seed: int = 0) -> np.ndarray:
    """Each clip with its frames in a random order, another one for each."""
    random = np.random.default_rng(seed)
    return np.stack([clip[random.permutation(len(clip))] for clip in clips])


def picture_net(motions: int = 4) -> keras.Model:
    """The CNN of `frame_net` with an answer of its own, for baselines that see one picture (32, 32, 3); compiled."""
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3))
    x = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(frame_net()(picture)))
    net = keras.Model(picture, layers.Dense(motions, activation="softmax")(x))
    net.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def fit_clips(net: keras.Model, pictures: np.ndarray, labels: np.ndarray, epochs: int) -> keras.Model:
    """Train a net on clips or pictures with their labels (N,), in ever smaller steps, with quiet progress; returns it."""
    import keras

    from course_utils.training import QuietProgress

    slower = keras.callbacks.LearningRateScheduler(lambda epoch: 0.002 * (1 - epoch / epochs))
    if epochs * len(pictures) <= FEW and keras.backend.backend() == "tensorflow":
        net.run_eagerly = True  # building the graph of a clip's net takes as long as thirty steps without it
    net.fit(pictures, labels, batch_size=32, epochs=epochs, verbose=0, callbacks=[slower, QuietProgress()])
    return net


def named(net: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """The likeliest label for each clip or picture, (N,)."""
    return net.predict(pictures, verbose=0).argmax(axis=1)
