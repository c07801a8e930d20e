"""Attention instead of convolution: a vision transformer (2020)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@cache
def _positions() -> type:
    """The layer that adds a learned vector to each place; made when it is asked for, as Keras is loaded late."""
    import keras

    @keras.saving.register_keras_serializable("course_utils")
    class AddPositions(keras.layers.Layer):
        """Adds a learned vector to each patch: without it, attention does not know where a patch was."""

        def build(self, shape):  # noqa: ANN001, ANN202
            self.position = self.add_weight(shape=shape[1:], initializer="random_normal", name="position")

        def call(self, x):  # noqa: ANN001, ANN202
            return x + self.position

    return AddPositions


def vit(
    side: int = 224,
    patch: int = 16,
    blocks: int = 12,
    width: int = 768,
    heads: int = 12,
    classes: int = 1000,
    channels: int = 3,
    dropout: float = 0.0,
) -> keras.Model:
    """A vision transformer for pictures of (side, side, channels): patches, attention, two dense layers, and again.

    The defaults are ViT-B/16. Its class token is replaced by the mean over the patches, so it has 86,566,120
    parameters: 2 * 768 fewer than with a token and the token's position. Raises ValueError where patches do not fill
    the picture or heads do not divide the width.
    Source: A. Dosovitskiy and others (2021), An image is worth 16x16 words.
    """
    import keras
    from keras import layers

    if side % patch:
        raise ValueError(f"Patches of {patch} pixels do not fill a side of {side}; choose a divisor")
    if width % heads:
        raise ValueError(f"{heads} heads do not divide a width of {width}; choose a divisor")
    picture = keras.Input((side, side, channels))
    x = layers.Conv2D(width, patch, strides=patch, name="patches")(picture)
    x = layers.Reshape(((side // patch) ** 2, width), name="in_a_row")(x)
    x = layers.Dropout(dropout)(_positions()(name="positions")(x))
    for number in range(1, blocks + 1):
        normal = layers.LayerNormalization(epsilon=1e-6, name=f"block{number}_norm1")(x)
        attention = layers.MultiHeadAttention(heads, width // heads, name=f"block{number}_attention")
        x = layers.Add(name=f"block{number}_add1")([x, attention(normal, normal)])
        normal = layers.LayerNormalization(epsilon=1e-6, name=f"block{number}_norm2")(x)
        wide = layers.Dense(4 * width, activation="gelu", name=f"block{number}_wide")(normal)
        narrow = layers.Dropout(dropout)(layers.Dense(width, name=f"block{number}_narrow")(wide))
        x = layers.Add(name=f"block{number}_add2")([x, narrow])
    x = layers.GlobalAveragePooling1D(name="mean")(layers.LayerNormalization(epsilon=1e-6, name="norm")(x))
    return keras.Model(picture, layers.Dense(classes, activation="softmax", name="classes")(x))
