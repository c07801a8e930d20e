"""The tagger's net: characters by a CNN, words by an embedding, a BiLSTM over both, and pair scores for the CRF."""

from __future__ import annotations

from typing import Any

from .crf import crf_loss, drop_mask, masked_softmax_loss, pair_scores
from .encoding import NOTHING, WORD_LENGTH, Encoder


def build_tagger(
    encoder: Encoder,
    crf: bool = True,
    dimensions: int = 32,
    character_filters: int = 32,
    units: int = 48,
    dropout: float = 0.3,
    learning_rate: float = 0.005,
) -> Any:
    """A compiled Keras model that gives pair scores (B, T, K, K), or scores (B, T, K) without the CRF.

    Source: Ma and Hovy 2016 (characters by CNN), Lample and others 2016 (BiLSTM and CRF).
    """
    import keras
    from keras import layers

    words = keras.Input((encoder.length,), dtype="int32", name="words")
    characters = keras.Input((encoder.length, WORD_LENGTH), dtype="int32", name="characters")
    flags = keras.Input((encoder.length, len(encoder.flags)), name="flags")
    inputs = {"words": words, "characters": characters, "flags": flags}

    known = layers.Embedding(len(encoder.words) + 2, dimensions, name="word_vectors")(words)
    signs = layers.Embedding(len(encoder.characters) + 2, 24, name="character_vectors")(characters)
    # A width of 1 in the direction of the words: each word is read alone.
    spelling = layers.Conv2D(
        character_filters, (1, 3), padding="same", activation="relu", name="character_cnn"
    )(signs)
    spelling = keras.ops.max(spelling, axis=2)
    both = layers.Concatenate(name="word_spelling_flags")([known, spelling, flags])
    both = layers.Dropout(dropout)(both)
    # Not mask_zero=True: Concatenate keeps a mask only where all of its inputs have one, and says nothing.
    there = keras.ops.not_equal(words, NOTHING)
    context = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="bilstm")(both, mask=there)
    context = layers.Dropout(dropout)(context)
    scores = layers.Dense(len(encoder.tags), name="tag_scores")(context)
    scores = pair_scores(name="crf")(scores) if crf else drop_mask()(scores)
    model = keras.Model(inputs, scores, name="tagger")
    optimizer = keras.optimizers.Adam(learning_rate, clipnorm=5.0)
    model.compile(optimizer=optimizer, loss=crf_loss if crf else masked_softmax_loss)
    return model
