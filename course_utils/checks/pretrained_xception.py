"""Graders of the exercises in `03-pretrained-xception`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

if TYPE_CHECKING:
    import keras

HINTS = {
    1: [
        "Depthwise: one filter of side x side per input channel, whatever the number of output channels.",
        "Pointwise: 1x1, one weight for each pair of a channel in and a channel out. An ordinary convolution has "
        "side x side weights for each such pair. Return both numbers: separable, ordinary.",
    ],
    2: [
        "Most parameters are in the last convolutions: make them layers.SeparableConv2D, with as many filters as before.",
        "If it learns too slowly, put layers.BatchNormalization(momentum=0.9) between each convolution and its ReLU. "
        "With 0.9 its moving averages follow fast enough in a short training.",
    ],
    3: [
        "Keep the input, then do this three times: layers.Activation('relu'), layers.SeparableConv2D(channels, 3, "
        "padding='same', use_bias=False), layers.BatchNormalization().",
        "End with layers.Add()([the input, what the third BatchNormalization gives]), and nothing after it. "
        "channels = x.shape[-1].",
    ],
    4: [
        'net = load(name, weights="random") builds a net without its top; nothing has to be fetched.',
        "net.model.count_params(), net.input_size, and the last number of net.model.output_shape, in this order.",
    ],
}

MOST_PARAMETERS = 16_000

FACTS = {
    "VGG16": (14_714_688, 224, 512),
    "Xception": (20_861_480, 299, 2_048),
    "ResNet50": (23_587_712, 224, 2_048),
    "InceptionV3": (21_802_784, 299, 2_048),
    "MobileNetV2": (2_257_984, 224, 1_280),
}
"""Parameters without top, side of the pictures, channels of the last maps."""
WITH_TOP = {"ResNet50": 25_636_712, "MobileNetV2": 3_538_984}


def separable_parameters(function: Callable[[int, int, int], tuple[int, int]]) -> list[str] | None:
    """Grade `separable_parameters(side, inputs, outputs)`: weights of a separable and of an ordinary convolution."""
    for side, inputs, outputs in ((3, 728, 728), (3, 64, 128), (5, 3, 8), (1, 16, 4)):
        answer = function(side, inputs, outputs)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        case = f"For {side}x{side}, {inputs} channels in and {outputs} out"
        if np.shape(answer) != (2,):
            return [f"{case} it gives {answer}; expected two numbers, separable and ordinary.", *HINTS[1]]
        if any(map(unfinished, answer)):
            return [UNFINISHED, *HINTS[1]]
        depthwise, pointwise = side * side * inputs, inputs * outputs
        separable, ordinary = depthwise + pointwise, side * side * inputs * outputs
        got, other = answer
        if got != separable:
            first = f"{case} it gives {got:,} for the separable one"
            wrongs = {
                "that is the depthwise half alone.": depthwise,
                "that is the pointwise half alone.": pointwise,
                "that is the ordinary one; the separable one comes first.": ordinary,
                "the halves are added, not multiplied.": depthwise * pointwise,
                "the depthwise filters belong to the input channels.": side**2 * outputs + pointwise,
                f"we count without the {outputs} biases, as Xception has none.": separable + outputs,
            }
            said = next((text for text, wrong in wrongs.items() if got == wrong), None)
            return [f"{first}: {said}" if said else f"{first}; Keras counts {separable:,}.", *HINTS[1]]
        if other != ordinary:
            first = f"{case} it gives {other:,} for the ordinary one"
            if other == ordinary + outputs:
                return [f"{first}: we count without the {outputs} biases.", *HINTS[1]]
            return [f"{first}; Keras counts {ordinary:,}.", *HINTS[1]]
    return None


def slim_net(model: object, pictures: np.ndarray, labels: Sequence[int], goal: float) -> list[str] | None:
    """Grade a trained net of few parameters on test `pictures`, bytes (N, 32, 32, 3): accuracy `goal` or more."""

    if wrong := not_a_net(model, "slim"):
        return [wrong, *HINTS[2]]
    if not model.built:
        return ["The net does not know its input yet: begin with keras.Input((32, 32, 3)).", *HINTS[2]]
    parameters = model.count_params()
    if parameters > MOST_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {parameters:,} parameters; at most {MOST_PARAMETERS:,} are allowed. "
            f"The layer {most.name} has {most.count_params():,} of them.",
            *HINTS[2],
        ]
    shape, wanted = tuple(model.input_shape[1:]), tuple(np.shape(pictures)[1:])
    if len(shape) != 3 or any(got not in (None, side) for got, side in zip(shape, wanted, strict=True)):
        return [f"It reads {shape}; the pictures are {wanted}.", *HINTS[2]]
    outputs = np.asarray(model.predict(np.asarray(pictures), batch_size=64, verbose=0))
    if outputs.shape != (len(pictures), 16):
        return [
            f"Its output has shape {outputs.shape}; expected 16 numbers per picture, {(len(pictures), 16)}.",
            *HINTS[2],
        ]
    accuracy = float((outputs.argmax(axis=1) == np.asarray(labels)).mean())
    if accuracy < goal:
        same = " It gives every picture the same name." if len(set(outputs.argmax(axis=1))) == 1 else ""
        return [
            f"{parameters:,} parameters are few enough. Its test accuracy is {accuracy:.3f}; {goal} is required.{same}",
            *HINTS[2],
        ]
    return None


def middle_flow_module(function: Callable) -> list[str] | None:
    """Grade `middle_flow_module(x)`: three times ReLU, separable convolution, BatchNormalization; added to x."""
    import keras

    inputs = keras.Input((9, 9, 728))
    answer = function(inputs)
    if unfinished(answer):
        return [UNFINISHED, *HINTS[3]]
    if not isinstance(answer, keras.KerasTensor):
        return [
            f"It returns {type(answer).__name__}; expected what the last layer gives for x, maps like x.",
            *HINTS[3],
        ]
    if tuple(answer.shape) != tuple(inputs.shape):
        got, wanted = tuple(answer.shape[1:]), tuple(inputs.shape[1:])
        return [f"From maps {wanted} it makes {got}; a sum needs the same shape: padding='same'.", *HINTS[3]]
    model = keras.Model(inputs, answer)
    if wrong := _wrong_layers(model, 728):
        return [wrong, *HINTS[3]]
    if wrong := _wrong_sum(function):
        return [wrong, *HINTS[3]]
    return None


def _wrong_layers(model: keras.Model, channels: int) -> str | None:
    """What the layers of a module lack, told by their kinds and by their number of parameters."""
    import keras

    kinds = {"SeparableConv2D": 0, "BatchNormalization": 0, "Conv2D": 0}
    for layer in model.layers:
        kind = type(layer).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
    if kinds["Conv2D"]:
        return "It holds an ordinary Conv2D; here all three are SeparableConv2D."
    for kind in ("SeparableConv2D", "BatchNormalization"):
        if kinds[kind] != 3:
            return f"It holds {kinds[kind]} layer(s) {kind}; expected 3."
    if any(isinstance(layer, keras.layers.SeparableConv2D) and layer.use_bias for layer in model.layers):
        return (
            f"It has {model.count_params():,} parameters: the convolutions have biases. BatchNormalization brings "
            "its own, so Xception sets use_bias=False."
        )
    right = 3 * (9 * channels + channels * channels + 4 * channels)
    if model.count_params() != right:
        return f"It has {model.count_params():,} parameters; expected {right:,}. Are the filters 3x3?"
    return None


def _wrong_sum(function: Callable) -> str | None:
    """What a module does wrong with its maps, on a small one with random weights."""
    import keras

    random = np.random.default_rng(0)
    inputs, others = keras.Input((5, 5, 8)), keras.Input((5, 5, 8))
    model, right = keras.Model(inputs, function(inputs)), keras.Model(others, _module(others))
    # Of both signs, so that each ReLU matters; only variances are above zero.
    values = [random.normal(size=weight.shape) for weight in right.weights]
    values = [
        np.abs(value) + 0.5 if "variance" in weight.name else value
        for value, weight in zip(values, right.weights, strict=True)
    ]
    if [value.shape for value in values] != [weight.shape for weight in model.get_weights()]:
        return "The order is not three times ReLU, SeparableConv2D, BatchNormalization."
    x = random.normal(size=(2, 5, 5, 8)).astype("float32")

    def outputs(one: keras.Model, last_scale: float) -> np.ndarray:
        # The last BatchNormalization's gamma and beta at 0 silence the branch.
        silenced = [value * last_scale for value in values[-4:-2]]
        one.set_weights([*values[:-4], *silenced, *values[-2:]])
        return np.asarray(one.predict_on_batch(x))

    silent = outputs(model, 0.0)
    if np.allclose(silent, 0, atol=1e-4):
        return "With a branch that gives 0 nothing comes out: the input is not added."
    if np.allclose(silent, np.maximum(x, 0), atol=1e-4):
        return "With a branch that gives 0, what is negative in x is lost: add x itself, with no ReLU on its way."
    if not np.allclose(silent, x, atol=1e-4):
        return "With a branch that gives 0 the output is not the input: add x itself, once."
    if not np.allclose(outputs(model, 1.0), outputs(right, 1.0), rtol=1e-2, atol=1e-2):
        return (
            "The sum is right, but the branch is not: three times ReLU, SeparableConv2D, BatchNormalization."
        )
    return None


def _module(x: keras.KerasTensor) -> keras.KerasTensor:
    from keras import layers

    branch = x
    for _ in range(3):
        branch = layers.Activation("relu")(branch)
        branch = layers.SeparableConv2D(x.shape[-1], 3, padding="same", use_bias=False)(branch)
        branch = layers.BatchNormalization()(branch)
    return layers.Add()([x, branch])


def describe(function: Callable[[str], tuple[int, int, int]]) -> list[str] | None:
    """Grade `describe(name)`: parameters without top, side of the pictures, channels of the last maps."""
    for name in ("ResNet50", "MobileNetV2"):
        answer = function(name)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[4]]
        if not isinstance(answer, (tuple, list)) or len(answer) != 3 or any(np.ndim(one) for one in answer):
            return [f"For {name} it gives {answer}; expected three numbers.", *HINTS[4]]
        if any(map(unfinished, answer)):
            return [UNFINISHED, *HINTS[4]]
        if tuple(answer) == FACTS[name]:
            continue
        parameters, size, channels = FACTS[name]
        first = f"For {name} it gives {tuple(answer)}"
        if set(answer) == {parameters, size, channels}:
            return [f"{first}: the numbers are right, but in another order.", *HINTS[4]]
        if answer[0] == WITH_TOP[name]:
            return [f"{first}: these parameters include the top, 1,000 classes: say top=False.", *HINTS[4]]
        if answer[0] != parameters:
            return [f"{first}; Keras counts {parameters:,} parameters without the top.", *HINTS[4]]
        if answer[1] != size:
            return [f"{first}; it was made for pictures of {size}x{size}.", *HINTS[4]]
        return [
            f"{first}; its last maps have {channels:,} channels, the last number of their shape.",
            *HINTS[4],
        ]
    return None


EXERCISES = {1: separable_parameters, 2: slim_net, 3: middle_flow_module, 4: describe}
