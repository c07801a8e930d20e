"""A learned embedding: a small head whose 64 numbers put pictures of one kind near each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

NUMBERS = 64
SCALE = 16.0
"""Cosines end at 1, which is too little for a softmax that should be sure: they are multiplied by this."""


def build_embedding(features: int, kinds: int, dropout: float = 0.5) -> keras.Model:
    """A net from features (N, features) to scores of `kinds`, compiled; its layer `embedding` has length 1.

    Scores are cosines between the embedding and one vector per kind, times `SCALE`: the normalised softmax.
    Source: A. Zhai, H.-Y. Wu, "Classification is a strong baseline for deep metric learning", 2019.
    """
    import keras
    from keras import layers

    inputs = keras.Input((features,))
    x = layers.BatchNormalization(momentum=0.9)(inputs)
    x = layers.Dense(NUMBERS)(layers.Dropout(dropout)(x))
    x = layers.UnitNormalization(name="embedding")(x)
    one_per_kind = layers.Dense(kinds, use_bias=False, kernel_constraint=keras.constraints.UnitNorm(axis=0))
    model = keras.Model(inputs, layers.Rescaling(SCALE)(one_per_kind(x)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.002), loss)
    return model


def embed(model: keras.Model, vectors: np.ndarray) -> np.ndarray:
    """What the layer `embedding` of a net makes of features (N, D): float32 (N, 64), each of length 1."""
    import keras

    inner = keras.Model(model.inputs[0], model.get_layer("embedding").output)
    return inner.predict(np.asarray(vectors, np.float32), batch_size=256, verbose=0)
