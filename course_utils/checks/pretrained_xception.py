"""Graders of the exercises in `03-pretrained-xception`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

if TYPE_CHECKING:
    import keras

HINTS = {
    1: [
        "Depthwise: one filter of side x side for each channel that comes in. No more, whatever comes out.",
        "Pointwise: 1x1, each channel that comes in with each that goes out. An ordinary convolution has "
        "side x side weights for each such pair. Return both numbers: separable, ordinary.",
    ],
    2: [
        "Keep what came in, then three times: layers.Activation('relu'), layers.SeparableConv2D(channels, 3, "
        "padding='same', use_bias=False), layers.BatchNormalization().",
        "At the end layers.Add()([what came in, what the third BatchNormalization gives]), and nothing behind it. "
        "channels = x.shape[-1].",
    ],
    3: [
        "pictures.astype('float32') first: bytes can hold neither -1 nor anything between 0 and 1.",
        "0 becomes -1, 255 becomes 1, and half of 255 becomes 0: divide by 127.5, then subtract 1.",
    ],
    4: [
        'net = load(name, weights="random") builds a net without its top; nothing has to be fetched.',
        "net.model.count_params(), net.input_size, and the last number of net.model.output_shape, in this order.",
    ],
}

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
                "the depthwise filters belong to the channels that come in.": side**2 * outputs + pointwise,
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


def middle_flow_module(function: Callable) -> list[str] | None:
    """Grade `middle_flow_module(x)`: three times ReLU, separable convolution, BatchNormalization; added to x."""
    import keras

    inputs = keras.Input((9, 9, 728))
    answer = function(inputs)
    if unfinished(answer):
        return [UNFINISHED, *HINTS[2]]
    if not isinstance(answer, keras.KerasTensor):
        return [
            f"It returns {type(answer).__name__}; expected what the last layer gives for x, maps like x.",
            *HINTS[2],
        ]
    if tuple(answer.shape) != tuple(inputs.shape):
        got, wanted = tuple(answer.shape[1:]), tuple(inputs.shape[1:])
        return [f"From maps {wanted} it makes {got}; a sum needs the same shape. padding='same'?", *HINTS[2]]
    model = keras.Model(inputs, answer)
    if wrong := _wrong_layers(model, 728):
        return [wrong, *HINTS[2]]
    if wrong := _wrong_sum(function):
        return [wrong, *HINTS[2]]
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
        return "With a branch that gives 0 nothing comes out: what came in is not added."
    if np.allclose(silent, np.maximum(x, 0), atol=1e-4):
        return "With a branch that gives 0, what is negative in x is lost: add x itself, with no ReLU on its way."
    if not np.allclose(silent, x, atol=1e-4):
        return "With a branch that gives 0 the output is not the input: add x itself, once."
    if not np.allclose(outputs(model, 1.0), outputs(right, 1.0), rtol=1e-2, atol=1e-2):
        return "The sum is right, the branch is not: three times ReLU, SeparableConv2D, BatchNormalization."
    return None


def _module(x: keras.KerasTensor) -> keras.KerasTensor:
    from keras import layers

    branch = x
    for _ in range(3):
        branch = layers.Activation("relu")(branch)
        branch = layers.SeparableConv2D(x.shape[-1], 3, padding="same", use_bias=False)(branch)
        branch = layers.BatchNormalization()(branch)
    return layers.Add()([x, branch])


def prepare(function: Callable[[np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `prepare(pictures)`: bytes to floating-point numbers from -1 to 1."""
    pictures = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    given = pictures.copy()
    answer = function(given)
    if unfinished(answer):
        return [UNFINISHED, *HINTS[3]]
    if not np.array_equal(given, pictures):
        return ["It changes the pictures it was given; work on a copy.", *HINTS[3]]
    got, values = np.asarray(answer), pictures.astype(np.float64)
    right = values / 127.5 - 1
    if got.shape != right.shape:
        return [
            f"It returns shape {got.shape}; expected the shape of the pictures, {right.shape}.",
            *HINTS[3],
        ]
    if not np.issubdtype(got.dtype, np.floating):
        return [f"It returns {got.dtype}, which holds whole numbers only.", *HINTS[3]]
    wrongs = {
        "That is 0 to 1: black must become -1.": values / 255,
        "That is 0 to 2: subtract 1.": values / 127.5,
        "That is -0.5 to 0.5: twice as much is needed.": values / 255 - 0.5,
        "That is -127.5 to 127.5: divide by 127.5 too.": values - 127.5,
        "That is -1 to 0: divide by 127.5, which is half of 255.": values / 255 - 1,
        "The channels are turned round; this net wants red first.": right[..., ::-1],
        "That is VGG16's preparation: mean colour subtracted, blue first.": values[..., ::-1]
        - np.array([103.939, 116.779, 123.68]),
    }
    for said, wrong in wrongs.items():
        if np.allclose(got, wrong, atol=1e-4):
            return [said, *HINTS[3]]
    if not np.allclose(got, right, atol=1e-4):
        return ["On two small pictures it differs from Keras' preprocess_input.", *HINTS[3]]
    return None


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
            return [f"{first}: the right numbers in another order.", *HINTS[4]]
        if answer[0] == WITH_TOP[name]:
            return [f"{first}: these parameters include the top, 1,000 classes. top=False", *HINTS[4]]
        if answer[0] != parameters:
            return [f"{first}; Keras counts {parameters:,} parameters without the top.", *HINTS[4]]
        if answer[1] != size:
            return [f"{first}; it was made for pictures of {size}x{size}.", *HINTS[4]]
        return [
            f"{first}; its last maps have {channels:,} channels, the last number of their shape.",
            *HINTS[4],
        ]
    return None


EXERCISES = {1: separable_parameters, 2: middle_flow_module, 3: prepare, 4: describe}
