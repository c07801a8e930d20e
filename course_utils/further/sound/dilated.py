"""WaveNet in plain Keras: a stack of dilated causal convolutions with gates, residual and skip paths.

Source: A. van den Oord and others (2016), arXiv:1609.03499.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

WIDTH = 2  # samples that one convolution looks at


def receptive_field(dilations: Sequence[int], width: int = WIDTH) -> int:
    """How many samples, the present one included, an output of the stack depends on."""
    return 1 + sum((width - 1) * dilation for dilation in dilations)


def causal_stack(
    levels: int, notes: int, channels: int = 32, dilations: Sequence[int] = (1, 2, 4, 8, 16, 32, 64, 128),
    padding: str = "causal",
) -> keras.Model:  # fmt: skip
    """A net that scores the next sample: inputs codes and notes, int (N, T); output logits (N, T, levels).

    `codes`: mu-law levels up to now. `notes`: which note is wanted for the sample to come, 0 to `notes` - 1.
    `padding`: "causal", or "same" to see what goes wrong when a net looks ahead.
    """
    import keras
    from keras import layers, ops

    codes = keras.Input((None,), dtype="int32", name="codes")
    wanted = keras.Input((None,), dtype="int32", name="notes")
    x = layers.Embedding(levels, channels, name="sample")(codes)
    x = layers.Add()([x, layers.Embedding(notes, channels, name="note")(wanted)])
    skips = []
    for number, dilation in enumerate(dilations):
        # One convolution for signal and gate, and one for both ways out: half as many layers to build and to run.
        both = layers.Conv1D(
            2 * channels, WIDTH, dilation_rate=dilation, padding=padding, name=f"look_{number}"
        )(x)
        passed = layers.Multiply()([ops.tanh(both[..., :channels]), ops.sigmoid(both[..., channels:])])
        last = number == len(dilations) - 1  # above the last layer nobody reads the residual path
        onward = layers.Conv1D(channels if last else 2 * channels, 1, name=f"onward_{number}")(passed)
        skips.append(onward if last else onward[..., :channels])
        if not last:
            x = layers.Add()([x, onward[..., channels:]])
    x = layers.Activation("relu")(layers.Add()(skips) if len(skips) > 1 else skips[0])
    x = layers.Conv1D(channels, 1, activation="relu", name="mix")(x)
    return keras.Model([codes, wanted], layers.Conv1D(levels, 1, name="scores")(x))


def difference_before(model: keras.Model, place: int, length: int, levels: int, seed: int = 0) -> float:
    """How much the outputs before `place` change when all samples from `place` on change: 0 where a net is causal.

    The largest difference of any logit; the notes stay as they are.
    """
    random = np.random.default_rng(seed)
    codes = random.integers(0, levels, (1, length)).astype(np.int32)
    changed = codes.copy()
    changed[:, place:] = (levels - 1) - changed[:, place:]
    notes = np.zeros((1, length), np.int32)
    one, other = (model.predict([x, notes], verbose=0)[:, :place] for x in (codes, changed))
    return float(np.abs(one - other).max())
