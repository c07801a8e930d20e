"""Graders of the exercises in `07-text-lstm`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

HINTS = {
    1: [
        "One block sees the input and the old state: (inputs + units) weights for each unit, and one bias.",
        "An LSTM has four such blocks: three gates and the candidate. Multiply by `blocks`.",
    ],
    2: [
        "After t steps sigmoid(bias) ** t of the content is left; sigmoid(b) = 1 / (1 + exp(-b)).",
        "Solve f ** t < share with logarithms, or multiply in a while loop and count.",
    ],
    3: [
        "How many words has each row? (ids != 0).sum(axis=1); the last one stands one place before.",
        "states[np.arange(len(states)), last] takes one state from each row.",
    ],
    4: [
        "Embedding(..., mask_zero=True) makes the mask; the first recurrent layer needs return_sequences=True.",
        "The last recurrent layer returns one state, and Dense(1, activation='sigmoid') decides.",
    ],
}


def recurrent_parameters(function: Callable[[int, int, int], int]) -> list[str] | None:
    """Grade `recurrent_parameters(inputs, units, blocks)` against Keras' SimpleRNN and LSTM."""
    cases = {(32, 32, 1): 2_080, (3, 2, 4): 48, (32, 32, 4): 8_320, (100, 64, 4): 42_240, (16, 8, 1): 200}
    for (inputs, units, blocks), right in cases.items():
        got = function(inputs, units, blocks)
        if unfinished(got):
            return [UNFINISHED, *HINTS[1]]
        if got != right:
            first = f"For {inputs} inputs, {units} units, {blocks} block(s) it gives {got:,}"
            if got == right - blocks * units:
                return [
                    f"{first}: the weights are right, the {blocks * units} biases are missing.",
                    *HINTS[1],
                ]
            if blocks > 1 and got == right // blocks:
                return [f"{first}: that is one block; the layer has {blocks}.", *HINTS[1]]
            return [f"{first}; Keras counts {right:,}.", *HINTS[1]]
    return None


def steps_remembered(function: Callable[[float, float], int]) -> list[str] | None:
    """Grade `steps_remembered(bias, share)`: steps until less than `share` of a cell's content is left."""
    for bias, share in ((0.0, 0.01), (1.0, 0.01), (1.0, 0.4), (3.0, 0.1), (5.0, 0.01)):
        got = function(bias, share)
        if unfinished(got):
            return [UNFINISHED, *HINTS[2]]
        gate = 1 / (1 + math.exp(-bias))
        right = math.floor(math.log(share) / math.log(gate)) + 1
        if got != right:
            first = f"For bias {bias:g} and share {share:g} it gives {got}"
            if isinstance(got, float) and math.ceil(got) == right:
                return [f"{first}: right, but steps are whole. Round up with math.ceil."]
            left = f"after {right} steps {gate**right:.4f} is left, after {right - 1} it was {gate ** (right - 1):.4f}"
            return [f"{first}; expected {right}: {left}.", *HINTS[2]]
    return None


def last_states(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `last_states(states, ids)`: the state after the last word of each row, padding at the back."""
    ids = np.array([[5, 7, 9, 0, 0], [4, 0, 0, 0, 0], [2, 3, 4, 5, 6]])
    states = np.random.default_rng(0).normal(size=(3, 5, 4))
    answer = function(states.copy(), ids.copy())
    if unfinished(answer):
        return [UNFINISHED, *HINTS[3]]
    got, right = np.asarray(answer), states[[0, 1, 2], [2, 0, 4]]
    if got.shape != right.shape:
        return [f"It returns shape {got.shape}; expected one state per row, shape {right.shape}.", *HINTS[3]]
    if np.allclose(got, states[:, -1]):
        return ["That is the state after the padding: take the one after the last word.", *HINTS[3]]
    if np.allclose(got, states[[0, 1, 2], [3, 1, 4]]) or np.allclose(got, states[[0, 1, 2], [1, 0, 3]]):
        return ["One place off: places count from 0.", *HINTS[3]]
    if not np.allclose(got, right):
        return ["The states are not those at places 2, 0 and 4 of the three rows of a small test.", *HINTS[3]]
    return None


def stacked_reader(model: object) -> list[str] | None:
    """Grade a model of two stacked recurrent layers from ids to one probability that ignores padding."""
    import keras

    if not isinstance(model, keras.Model):
        return [
            f"`reader` is a {type(model).__name__}; expected a keras.Sequential or keras.Model.",
            *HINTS[4],
        ]
    if not model.built:
        return ["The model does not know its input yet: begin with keras.Input((None,)).", *HINTS[4]]
    if len(model.input_shape) != 2 or tuple(model.output_shape) != (None, 1):
        shapes = f"{tuple(model.input_shape)} to {tuple(model.output_shape)}"
        return [f"It goes from {shapes}; expected (None, None) to (None, 1).", *HINTS[4]]
    recurrent = (keras.layers.RNN, keras.layers.Bidirectional)
    count = sum(isinstance(layer, recurrent) for layer in model.layers)
    if count < 2:
        return [f"It has {count} recurrent layer(s); stack two, such as LSTM on LSTM.", *HINTS[4]]
    if model.count_params() > 500_000:
        return [f"It has {model.count_params():,} parameters; at most 500,000 are allowed.", *HINTS[4]]
    length = model.input_shape[1] or 12
    ids = np.zeros((2, length), "int32")
    ids[:, :4] = [[2, 3, 4, 5], [5, 4, 3, 2]]
    longer = np.pad(ids, ((0, 0), (0, 0 if model.input_shape[1] else 8)))
    embeddings = [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
    if not embeddings or not embeddings[0].mask_zero:
        return ["The padding is not masked: the Embedding needs mask_zero=True.", *HINTS[4]]
    first, second = (keras.ops.convert_to_numpy(model(one, training=False)) for one in (ids, longer))
    if not np.allclose(first, second, atol=1e-4):
        return ["Eight more zeros at the back change its answer: the mask does not reach the end.", *HINTS[4]]
    if first.min() < 0 or first.max() > 1:
        return ["Its answers are no probabilities: end with activation='sigmoid'.", *HINTS[4]]
    return None


EXERCISES = {1: recurrent_parameters, 2: steps_remembered, 3: last_states, 4: stacked_reader}
