"""Graders of the exercises in `05-fruit-cnn`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

SMALL_PARAMETERS, SMALL_ACCURACY = 20_000, 0.88  # exercise 3: at most so many, at least so much
HINTS = {
    1: [
        "A window of `kernel` pixels fits size - kernel + 1 times into a row when it moves one pixel at a time.",
        "With stride s only the first of these places and every s-th after it are used. With padding='same' zeros are "
        "added until the kernel no longer counts: size / stride, rounded up.",
    ],
    2: [
        "One filter has kernel x kernel weights for each input channel, and one bias.",
        "There are as many filters as output channels: multiply the whole bracket by them.",
    ],
    3: [
        "build_model takes the numbers of filters: try fewer, such as 16, 32 and 32. A wide Dense layer after Flatten "
        "would hold most of the parameters; average pooling has none.",
        "small_model = build_model(dropout=0, filters=(16, 32, 32)); then compile it as in `train`, and fit it for 30 "
        "epochs.",
    ],
    4: [
        "Recall of a class: its right answers divided by all pictures that truly belong to it.",
        "The rows are the true classes: divide the diagonal by the row sums, counts.sum(axis=1).",
    ],
}


def output_size(function: Callable[[int, int, int, str], int]) -> list[str] | None:
    """Grade `output_size(size, kernel, stride, padding)` against the rule of Keras' Conv2D."""
    cases = {
        (20, 3, 1, "same"): 20,
        (20, 3, 1, "valid"): 18,
        (20, 2, 2, "valid"): 10,
        (21, 2, 2, "valid"): 10,
        (20, 4, 3, "valid"): 6,
        (21, 3, 2, "same"): 11,
        (20, 4, 1, "same"): 20,
        (21, 2, 2, "same"): 11,
        (7, 7, 1, "valid"): 1,
    }
    for (size, kernel, stride, padding), right in cases.items():
        got = function(size, kernel, stride, padding)
        if unfinished(got):
            return [UNFINISHED, *HINTS[1]]
        if np.ndim(got) != 0:
            return [f"It returns {got!r}; expected one number, the pixels of one side.", *HINTS[1]]
        if got != right:
            what = f"size {size}, kernel {kernel}, stride {stride}, padding {padding!r}"
            return [f"For {what} it gives {got}; the layer's output has {right} pixels per side.", *HINTS[1]]
        if not isinstance(got, (int, np.integer)):
            return [f"For size {size} it gives {got!r}: right, but not a whole number. Use // or math.ceil."]
    return None


def conv_parameters(function: Callable[[int, int, int], int]) -> list[str] | None:
    """Grade `conv_parameters(kernel, channels_in, channels_out)`: weights and biases of a Conv2D layer."""
    cases = {(3, 3, 32): 896, (3, 32, 16): 4_624, (1, 64, 16): 1_040, (3, 256, 256): 590_080}
    for (kernel, channels_in, channels_out), right in cases.items():
        got = function(kernel, channels_in, channels_out)
        if unfinished(got):
            return [UNFINISHED, *HINTS[2]]
        if got != right:
            first = f"For a {kernel}x{kernel} layer from {channels_in} to {channels_out} channels it gives {got:,}"
            if got == right - channels_out:
                return [f"{first}: the weights are right, the {channels_out} biases are missing.", *HINTS[2]]
            return [f"{first}; Keras counts {right:,}.", *HINTS[2]]
    return None


def recall_per_class(function: Callable[[np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `recall_per_class(counts)` on a small confusion matrix."""
    counts = np.array([[8, 2, 0], [1, 5, 4], [0, 0, 20]])
    answer = function(counts)
    if unfinished(answer):
        return [UNFINISHED, *HINTS[4]]
    got = np.asarray(answer, dtype=float)
    right = np.array([0.8, 0.5, 1.0])
    if got.shape != (3,):
        return [f"It returns shape {got.shape}; expected one number per class, shape (3,).", *HINTS[4]]
    if np.allclose(got, np.diag(counts) / counts.sum(axis=0)):
        return [
            "That is the precision: you divided by the columns (predicted). Recall uses the rows.",
            *HINTS[4],
        ]
    if not np.allclose(got, right):
        return [
            f"For {counts.tolist()} it gives {got.round(3).tolist()}, expected {right.tolist()}.",
            *HINTS[4],
        ]
    return None


def small_model(model: object, x: np.ndarray, labels: np.ndarray) -> list[str] | None:
    """Grade a trained CNN of few parameters on `x`, uint8 (N, 32, 32, 3), and its labels, 0 to 15."""
    import keras

    if wrong := not_a_net(model, "small_model"):
        return [wrong, *HINTS[3]]
    if not model.built:
        return ["The model does not know its input yet: begin with keras.Input((32, 32, 3)).", *HINTS[3]]
    if tuple(model.input_shape) != (None, 32, 32, 3) or tuple(model.output_shape) != (None, 16):
        shapes = f"{tuple(model.input_shape)} to {tuple(model.output_shape)}"
        return [f"It goes from {shapes}; expected (None, 32, 32, 3) to (None, 16).", *HINTS[3]]
    kinds = (keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.DepthwiseConv2D)
    if not any(isinstance(layer, kinds) for layer in _layers(model)):
        return ["There is no convolution in it: a dense net on pixels does not count here.", *HINTS[3]]
    parameters = model.count_params()
    if parameters > SMALL_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {parameters:,} parameters; at most {SMALL_PARAMETERS:,} are allowed. "
            f"{most.name} has {most.count_params():,} of them.",
            *HINTS[3],
        ]
    outputs = np.asarray(model.predict(np.asarray(x), batch_size=256, verbose=0))
    if outputs.min() < 0 or not np.allclose(outputs.sum(axis=1), 1, atol=1e-3):
        return ["The outputs of a picture do not add up to 1: end with activation='softmax'.", *HINTS[3]]
    answers = outputs.argmax(axis=1)
    accuracy = float((answers == np.asarray(labels)).mean())
    if accuracy < SMALL_ACCURACY:
        same = " It gives every picture the same answer." if len(np.unique(answers)) == 1 else ""
        return [
            f"{parameters:,} parameters are few enough. Its validation accuracy is {accuracy:.3f}; at least "
            f"{SMALL_ACCURACY} is required.{same} Was it trained, and long enough?",
            *HINTS[3],
        ]
    return None


def _layers(model: object) -> Iterator[object]:
    """All layers of a model, those of models inside it too."""
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)


EXERCISES = {1: output_size, 2: conv_parameters, 3: small_model, 4: recall_per_class}
