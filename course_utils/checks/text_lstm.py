"""Graders of the exercises in `07-text-lstm`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

STACKED_PARAMETERS, STACKED_ACCURACY = 100_000, 0.85  # exercise 4: at most so many, at least so much
MEMORY_ACCURACY = 0.9  # exercise 2: at least so much on the rows of the memory test
_READ_STEPS = {
    *(
        "LSTM",
        "SimpleRNN",
        "RNN",
        "Bidirectional",
        "Conv1D",
        "SeparableConv1D",
        "Flatten",
        "Reshape",
        "Permute",
    ),
    *(
        "Attention",
        "MultiHeadAttention",
        "GlobalAveragePooling1D",
        "GlobalMaxPooling1D",
        "Lambda",
        "Cropping1D",
    ),
}  # layers other than a GRU that bring numbers of several steps together
_FEW = 12  # words of a text that the check pads
HINTS = {
    1: [
        "After t steps sigmoid(bias) ** t of the content is left; sigmoid(b) = 1 / (1 + exp(-b)).",
        "Solve f ** t < share with logarithms, or multiply in a while loop and count.",
    ],
    2: [
        "With which bias does a gate hold its content for about s steps? ln s, as in spread_lstm.",
        "layer = layers.GRU(32), then layer.build((None, settings.span, 2)) and layer.get_weights(). The biases have two "
        "rows; bias[0, :32] belongs to the update gate: the logarithms of 32 spans between 1 and settings.span.",
        "Train it like the three nets above: Adam(0.01, clipnorm=1.0), 8 epochs, batches of 64.",
    ],
    3: [
        "How many words does each row have? (ids != 0).sum(axis=1). Places count from 0, so the last word is at that "
        "number minus 1.",
        "states[np.arange(len(states)), last] takes one state from each row; last is the number of words minus 1.",
    ],
    4: [
        "The lower recurrent layer needs return_sequences=True, the upper one returns its last state, and "
        "Dense(1, activation='sigmoid') decides. Embedding(..., mask_zero=True) makes the mask.",
        "GRUs of 16 units learn this quickly: four epochs in batches of 128, with Adam(0.01) and SpatialDropout1D(0.3) "
        "after the embedding.",
    ],
}


def steps_remembered(function: Callable[[float, float], int]) -> list[str] | None:
    """Grade `steps_remembered(bias, share)`: steps until less than `share` of a cell's content is left."""
    for bias, share in ((0.0, 0.01), (1.0, 0.01), (1.0, 0.4), (3.0, 0.1), (5.0, 0.01)):
        got = function(bias, share)
        if unfinished(got):
            return [UNFINISHED, *HINTS[1]]
        gate = 1 / (1 + math.exp(-bias))
        right = math.floor(math.log(share) / math.log(gate)) + 1
        if got != right:
            first = f"For bias {bias:g} and share {share:g} it gives {got}"
            if isinstance(got, float) and math.ceil(got) == right:
                return [f"{first}: right, but steps are whole. Round up with math.ceil."]
            left = f"after {right} steps {gate**right:.4f} is left, after {right - 1} it was {gate ** (right - 1):.4f}"
            return [f"{first}; expected {right}: {left}.", *HINTS[1]]
    return None


def remembering_gru(model: object, x: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained net in which a GRU reads the memory test: `x`, float (N, steps, 2), and the marked symbols."""
    wrong = _not_a_gru(model)
    if wrong:
        return [wrong, *HINTS[2]]
    outputs = np.asarray(model.predict(np.asarray(x), batch_size=250, verbose=0)).reshape(-1)
    if outputs.min() < 0 or outputs.max() > 1:
        return ["Its answers are not probabilities: end with activation='sigmoid'.", *HINTS[2]]
    accuracy = float(((outputs > 0.5) == np.asarray(labels)).mean())
    if not accuracy >= MEMORY_ACCURACY:
        coin = (
            " It is no better than a coin: was it trained, and does its gate hold long enough?"
            if accuracy < 0.6
            else ""
        )
        return [f"Its accuracy is {accuracy:.3f}; at least {MEMORY_ACCURACY} is required.{coin}", *HINTS[2]]
    return None


def _not_a_gru(model: object) -> str:
    """What is wrong with the build of a model for exercise 2, or nothing."""
    import keras

    if wrong := not_a_net(model, "own_gru"):
        return wrong
    if not model.built:
        return "The model was never trained: compile it and call fit."
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 3 or shape[2] != 2 or model.output_shape != (None, 1):
        return f"It goes from {shape} to {model.output_shape}; expected (None, steps, 2) to (None, 1)."
    found = list(_all_layers(model))
    readers = [layer for layer in found if isinstance(layer, keras.layers.GRU)]
    if not readers:
        return "It has no GRU layer."
    if any(layer.go_backwards for layer in readers):
        return "Its GRU reads backwards, so the mark comes last and need not be remembered. Read from front to back."
    others = [type(layer).__name__ for layer in found if type(layer).__name__ in _READ_STEPS]
    if others:
        return f"Its layer {others[0]} reads across the steps too; leave that to the GRU alone."
    return ""


def last_states(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `last_states(states, ids)`: the state after the last word of each row, padding at the back."""
    ids = np.array([[5, 7, 9, 0, 0], [4, 0, 0, 0, 0], [2, 3, 4, 5, 6]])
    states = np.random.default_rng(0).normal(size=(3, 5, 4))
    try:
        answer = function(states.copy(), ids.copy())
    except IndexError:
        return [
            "It asks for a place or a row that does not exist. A row without padding has as many words as places, "
            "and places count from 0: its last word is at length - 1.",
            *HINTS[3],
        ]
    if unfinished(answer):
        return [UNFINISHED, *HINTS[3]]
    got, right = np.asarray(answer), states[[0, 1, 2], [2, 0, 4]]
    if got.shape != right.shape:
        return [f"It returns shape {got.shape}; expected one state per row, shape {right.shape}.", *HINTS[3]]
    if np.allclose(got, states[:, -1]):
        return ["That is the state after the padding: take the one after the last word.", *HINTS[3]]
    if any(np.allclose(got, states[[0, 1, 2], places]) for places in ([3, 1, 4], [1, -1, 3], [1, 0, 3])):
        return ["It is one place off: places count from 0.", *HINTS[3]]
    if not np.allclose(got, right):
        return ["The states are not those at places 2, 0 and 4 of the three rows of a small test.", *HINTS[3]]
    return None


def stacked_reader(model: object, x: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained net of two recurrent layers on `x`, int (N, length) with zeros at the back, and its labels."""
    import keras

    wrong = _not_a_reader(model)
    if wrong:
        return [wrong, *HINTS[4]]
    words = np.asarray(x)
    short = words[(words != 0).sum(axis=1) >= _FEW][:8, :_FEW]  # no zeros in it
    padded = np.pad(short, ((0, 0), (0, 40)))
    first, second = (
        keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(ids), training=False))
        for ids in (short, padded)
    )
    if not np.allclose(first, second, atol=1e-3):
        return [
            "Zeros after the last word change its answer: the mask does not reach the end. Embedding(..., mask_zero=True) "
            "makes one, and layers such as Conv1D lose it.",
            *HINTS[4],
        ]
    outputs = np.asarray(model.predict(words, batch_size=256, verbose=0)).reshape(-1)
    if outputs.min() < 0 or outputs.max() > 1:
        return ["Its answers are not probabilities: end with activation='sigmoid'.", *HINTS[4]]
    accuracy = float(((outputs > 0.5) == np.asarray(labels)).mean())
    if accuracy < STACKED_ACCURACY:
        untrained = " It is no better than a coin: was it trained?" if accuracy < 0.6 else ""
        return [
            f"It is built as asked. Its test accuracy is {accuracy:.3f}; at least {STACKED_ACCURACY} is required."
            f"{untrained}",
            *HINTS[4],
        ]
    return None


def _not_a_reader(model: object) -> str:
    """What is wrong with the build of a model for exercise 4, or nothing."""
    import keras

    if wrong := not_a_net(model, "reader"):
        return wrong
    if not model.built:
        return "The model does not know its input yet: begin with keras.Input((None,), dtype='int32')."
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 2 or model.output_shape != (None, 1):
        return f"It goes from {shape} to {model.output_shape}; expected (None, None) to (None, 1)."
    if shape[1] is not None:
        return f"It reads texts of {shape[1]} words only. It must read any length: keras.Input((None,), dtype='int32')."
    found = list(_all_layers(model))
    floors = [layer for layer in found if isinstance(layer, (keras.layers.RNN, keras.layers.Bidirectional))]
    if len(floors) < 2 or not any(layer.return_sequences for layer in floors):
        return f"It has {len(floors)} recurrent layer(s); put two on top of each other, such as LSTM on LSTM."
    if model.count_params() > STACKED_PARAMETERS:
        return f"It has {model.count_params():,} parameters; at most {STACKED_PARAMETERS:,} are allowed."
    last = _last_step(model)
    if isinstance(last, keras.layers.Dense) and last.activation is keras.activations.linear:
        return "Its last layer has no activation, so its answers are not probabilities: activation='sigmoid'."
    return ""


def _last_step(model: object) -> object:
    """What gives a model its answer: a layer, or an operation such as keras.ops.sigmoid, which is not among layers."""
    import keras

    step = model.outputs[0]._keras_history.operation
    return _last_step(step) if isinstance(step, keras.Model) else step


def _all_layers(model: object) -> Iterator[object]:
    """The layers of a model, those of models within it too."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)
        else:
            yield layer


EXERCISES = {1: steps_remembered, 2: remembering_gru, 3: last_states, 4: stacked_reader}
