"""Graders of the exercises in `09-architectures`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

if TYPE_CHECKING:
    import keras

MOST_PARAMETERS, FEWEST_LAYERS, ACCURACY = 60_000, 32, 0.9  # exercise 3
HINTS = {
    1: [
        "The side: (side + 2 * padding - kernel) // stride + 1. The weights of one filter: kernel * kernel * the channels "
        "that it sees, and it sees channels // groups.",
        "Parameters: the weights of all filters, and one bias per filter. Multiply-adds: the weights, without biases, "
        "times all places of the output, side * side. Return the three in this order.",
    ],
    2: [
        "Keep `x`. The branch: Conv2D(filters, 1, strides), BatchNormalization, ReLU; Conv2D(filters, 3, padding='same'), "
        "BatchNormalization, ReLU; Conv2D(4 * filters, 1), BatchNormalization.",
        "The shortcut is x where x.shape[-1] == 4 * filters and strides == 1, else BatchNormalization of "
        "Conv2D(4 * filters, 1, strides)(x). At the end layers.ReLU()(layers.Add()([shortcut, branch])).",
    ],
    3: [
        "The parameters of a 3x3 convolution grow with the square of its filters: small_net takes `filters`.",
        "A plain stack of 32 layers hardly learns in eight epochs: residual=True, filters=10. The score jumps while the steps "
        "are large, so let them shrink: train(net, 6, rate=keras.optimizers.schedules.CosineDecay(0.005, 6 * 42)).",
    ],
}


def conv_facts(function: Callable[..., tuple[int, int, int]]) -> list[str] | None:
    """Grade `conv_facts(side, channels, kernel, filters, stride, padding, groups)`: side, parameters, multiply-adds."""
    cases = (
        ("C3 of LeNet-5", (14, 6, 5, 16), {}, (10, 2_416, 240_000)),
        ("AlexNet's first, stride 4", (227, 3, 11, 96), {"stride": 4}, (55, 34_944, 105_415_200)),
        ("VGG16's first, padding 1", (224, 3, 3, 64), {"padding": 1}, (224, 1_792, 86_704_128)),
        (
            "AlexNet's second, two groups",
            (27, 96, 5, 256),
            {"padding": 2, "groups": 2},
            (27, 307_456, 223_948_800),
        ),
    )
    for what, sizes, options, right in cases:
        answer = function(*sizes, **options)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        if isinstance(answer, (str, bytes)) or not hasattr(answer, "__len__") or len(answer) != 3:
            return [
                f"It returns {answer!r}; expected three numbers: side, parameters, multiply-adds.",
                *HINTS[1],
            ]
        if any(map(unfinished, answer)):
            return [UNFINISHED, *HINTS[1]]
        if wrong := _wrong_fact(what, sizes, options, [float(one) for one in answer], right):
            return [wrong, *HINTS[1]]
    return None


def _wrong_fact(what: str, sizes: tuple, options: dict, answer: Sequence[float], right: tuple) -> str | None:
    """What is wrong with three numbers of a convolution."""
    (side, parameters, work), filters, groups = right, sizes[3], options.get("groups", 1)
    if tuple(answer) == right:
        return None
    if answer[0] != side:
        return f"For {what} the side is {side}; it says {answer[0]:g}."
    said = f"For {what} it counts {answer[1]:,.0f} parameters"
    if answer[1] == parameters - filters:
        return f"{said}: the weights are right, the {filters} biases are missing."
    if groups > 1 and answer[1] == groups * (parameters - filters) + filters:
        return f"{said}; with {groups} groups each filter sees only {sizes[1] // groups} of the {sizes[1]} channels."
    if answer[1] != parameters:
        return f"{said}; Keras counts {parameters:,}."
    said = f"For {what} it counts {answer[2]:,.0f} multiply-adds"
    if answer[2] == parameters * side * side:
        return f"{said}: biases are added, nothing is multiplied by them. Leave them out here."
    if answer[2] == work * sizes[0] ** 2 / side**2:
        return f"{said}: each weight is used once per place of the output, {side} x {side}, not of the input."
    return f"{said}; there are {work:,}."


def bottleneck(function: Callable) -> list[str] | None:
    """Grade `bottleneck(x, filters, strides)`: compared with Keras's blocks by shape, parameters and values."""
    import keras

    for what, channels, filters, strides in (
        ("with equal shapes", 32, 8, 1),
        ("that widens", 8, 8, 1),
        ("with strides=2", 32, 8, 2),
    ):
        x = keras.Input((6, 6, channels))
        answer = function(x, filters, strides) if strides > 1 else function(x, filters)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if not isinstance(answer, keras.KerasTensor):
            return [f"It returns {type(answer).__name__}; expected what the last layer gives.", *HINTS[2]]
        side = 6 // strides
        if tuple(answer.shape[1:]) != (side, side, 4 * filters):
            return [
                f"A block {what}, filters={filters}: from maps {(6, 6, channels)} it makes {tuple(answer.shape[1:])}; "
                f"expected {(side, side, 4 * filters)}.",
                *HINTS[2],
            ]
        if wrong := _wrong_block(keras.Model(x, answer), channels, filters, strides):
            return [f"A block {what}: {wrong}", *HINTS[2]]
    return None


def _wrong_block(model: keras.Model, channels: int, filters: int, strides: int) -> str | None:
    """What is wrong with a block, told by its layers and by what it does with maps."""
    import keras

    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    changes = channels != 4 * filters or strides > 1
    if len(convolutions) != 3 + changes:
        where = "three in the branch and one on the shortcut" if changes else "three, all in the branch"
        return f"it has {len(convolutions)} convolutions; expected {3 + changes}: {where}."
    if len(norms) != len(convolutions):
        return f"it has {len(norms)} BatchNormalization; expected one after each of the {len(convolutions)} convolutions."
    if sorted(layer.kernel_size[0] for layer in convolutions) != [1] * (2 + changes) + [3]:
        return "its kernels are not 1x1, 3x3, 1x1."
    right = channels * filters + 9 * filters**2 + 4 * filters**2 + changes * 4 * filters * channels
    weights = sum(int(np.prod(layer.kernel.shape)) for layer in convolutions)
    if weights != right:
        return (
            f"its kernels hold {weights:,} weights; expected {right:,}. The 3x3 works on `filters` channels."
        )
    x = np.random.default_rng(0).normal(size=(2, 6, 6, channels)).astype("float32")
    if not changes:
        for layer in norms:  # silence the branch
            gamma, beta, *moving = layer.get_weights()
            layer.set_weights([0 * gamma, 0 * beta, *moving])
        found = np.asarray(model.predict_on_batch(x))
        if np.allclose(found, 0):
            return "with a branch that gives 0 nothing comes out: what came in is not added."
        if np.allclose(found, x, atol=1e-4):
            return "what comes out has negative numbers: the ReLU after the sum is missing."
        if not np.allclose(found, np.maximum(x, 0), atol=1e-4):
            return "with a branch that gives 0 the output is not ReLU(x): add x itself, once, then ReLU."
    elif np.asarray(model.predict_on_batch(x)).min() < 0:
        return "what comes out has negative numbers: the ReLU after the sum is missing."
    relus = sum(_bends(layer) for layer in model.layers) + sum(
        "relu" in one.name.lower() for one in _plain_operations(model)
    )
    if relus != 3:
        return f"it has {relus} ReLU; expected 3: after the first two BatchNormalization, and after the sum."
    return None


def _bends(layer: keras.layers.Layer) -> bool:
    """Whether a layer is a ReLU or has one as its activation."""
    import keras

    activation = getattr(layer, "activation", None)
    return isinstance(layer, keras.layers.ReLU) or getattr(activation, "__name__", "") == "relu"


def _plain_operations(model: keras.Model) -> list:
    """The functions of keras.ops that a net uses beside its layers."""
    import keras

    return [one for one in getattr(model, "operations", []) if not isinstance(one, keras.layers.Layer)]


def deep_and_small(model: object, x: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained deep net of few parameters on pictures (N, 8, 8, 1) and labels that it has not met."""

    if wrong := not_a_net(model, "deep_and_small"):
        return [wrong, *HINTS[3]]
    if not model.built:
        return ["The net does not know its input yet: begin with keras.Input((8, 8, 1)).", *HINTS[3]]
    parameters, deep = model.count_params(), _layers_with_weights(model)
    if parameters > MOST_PARAMETERS:
        return [f"It has {parameters:,} parameters; at most {MOST_PARAMETERS:,} are allowed.", *HINTS[3]]
    if deep < FEWEST_LAYERS:
        return [f"It has {deep} layers with weights; at least {FEWEST_LAYERS} are asked for.", *HINTS[3]]
    x, labels = np.asarray(x), np.asarray(labels)
    if tuple(model.input_shape[1:]) not in (x.shape[1:], (None, None, 1)):
        return [f"It reads {tuple(model.input_shape[1:])}; the digits are {x.shape[1:]}.", *HINTS[3]]
    outputs = np.asarray(model.predict(x, batch_size=256, verbose=0))
    if outputs.shape != (len(x), 10):
        return [f"Its output has shape {outputs.shape}; expected 10 numbers per picture.", *HINTS[3]]
    accuracy = float((outputs.argmax(axis=1) == labels).mean())
    if accuracy < ACCURACY:
        same = (
            " It gives every picture the same answer: was it trained?"
            if len(set(outputs.argmax(axis=1))) == 1
            else ""
        )
        return [
            f"{deep} layers, {parameters:,} parameters: both fit. Its test accuracy is {accuracy:.3f}; {ACCURACY} is "
            f"asked for.{same}",
            *HINTS[3],
        ]
    return None


def _layers_with_weights(model: keras.Model) -> int:
    """Convolutions and dense layers of a net, those of nets within it too; a separable convolution counts once."""
    import keras

    kinds = (
        keras.layers.Conv2D,
        keras.layers.Dense,
        keras.layers.DepthwiseConv2D,
        keras.layers.SeparableConv2D,
    )
    found = 0
    for layer in model.layers:
        found += _layers_with_weights(layer) if hasattr(layer, "layers") else isinstance(layer, kinds)
    return found


EXERCISES = {1: conv_facts, 2: bottleneck, 3: deep_and_small}
