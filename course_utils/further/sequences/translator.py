"""An encoder, a decoder and attention between them, in plain Keras.

Source of the attention: M.-T. Luong and others (2015), arXiv:1508.04025, with the dot product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

EMBEDDING = 32


def attention_translator(
    signs: Sequence[int], lengths: Sequence[int], units: int = 64, embedding: int = EMBEDDING, narrow: int = 0
) -> keras.Model:
    """A net for rows (N, S) and what came before (N, T), giving probabilities (N, T, signs).

    `signs`: how many different labels are read and written, padding among them. `lengths`: S and T. `narrow`: units of
    a layer before the last, which makes many signs affordable; 0 leaves it out, as notebook 15b does.
    """
    import keras
    from keras import layers

    read = keras.Input((lengths[0],), dtype="int32", name="read")
    before = keras.Input((lengths[1],), dtype="int32", name="before")
    x = layers.Embedding(signs[0], embedding, mask_zero=True)(read)
    encoded, state = layers.GRU(units, return_sequences=True, return_state=True, name="encoder")(x)
    y = layers.Embedding(signs[1], embedding, mask_zero=True)(before)
    hidden = layers.GRU(units, return_sequences=True, name="decoder")(y, initial_state=state)
    hidden = layers.Concatenate()([hidden, layers.Attention(name="look")([hidden, encoded])])
    if narrow:
        hidden = layers.Dense(narrow, activation="tanh", name="narrow")(hidden)
    return keras.Model([read, before], layers.Dense(signs[1], activation="softmax", name="write")(hidden))
