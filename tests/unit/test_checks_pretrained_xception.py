"""Graders of notebook 03: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import pretrained_xception

NOTEBOOK = "03-pretrained-xception"


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda side, inputs, outputs: ...)
    assert grade(1, lambda side, inputs, outputs: (..., ...))
    assert grade(2, lambda x: ...)
    assert grade(3, lambda pictures: ...)
    assert grade(4, lambda name: ...)


def test_both_convolutions_are_counted_without_biases():
    assert grade(1, lambda k, a, b: (k * k * a + a * b, k * k * a * b)) is None


def test_the_counts_are_those_of_keras():
    import keras

    def by_keras(k, a, b):
        kinds = keras.layers.SeparableConv2D, keras.layers.Conv2D
        built = [kind(b, k, use_bias=False) for kind in kinds]
        for layer in built:
            layer.build((None, 9, 9, a))
        return tuple(layer.count_params() for layer in built)

    assert grade(1, by_keras) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda k, a, b: (k * k * a, k * k * a * b), "depthwise half alone"),
        (lambda k, a, b: (a * b, k * k * a * b), "pointwise half alone"),
        (lambda k, a, b: (k * k * a * b, k * k * a + a * b), "comes first"),
        (lambda k, a, b: (k * k * a * a * b, 0), "not multiplied"),
        (lambda k, a, b: (k * k * a + a * b + b, 0), "728 biases"),
        (lambda k, a, b: (k * k * b + a * b, k * k * a * b), "that come in"),
        (lambda k, a, b: (k * k * a + a * b, k * k * a * b + b), "without the 728 biases"),
        (lambda k, a, b: (k * k * a + a * b, k * k * a), "Keras counts 4,769,856"),
        (lambda k, a, b: (1, 2), "Keras counts 536,536"),
        (lambda k, a, b: k * k * a + a * b, "two numbers"),
    ],
)
def test_each_wrong_count_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


def module(
    x,
    relu_first=True,
    bias=False,
    shortcut=True,
    relu_last=False,
    kind="SeparableConv2D",
    times=3,
    padding="same",
):
    from keras import layers

    branch, channels = x, x.shape[-1]
    for _ in range(times):
        if relu_first:
            branch = layers.Activation("relu")(branch)
        branch = getattr(layers, kind)(channels, 3, padding=padding, use_bias=bias)(branch)
        branch = layers.BatchNormalization()(branch)
        if not relu_first:
            branch = layers.Activation("relu")(branch)
    total = layers.Add()([x, branch]) if shortcut else branch
    return layers.Activation("relu")(total) if relu_last else total


def test_a_module_of_the_middle_flow_is_the_one_of_keras():
    import keras

    assert grade(2, module) is None
    net = keras.applications.Xception(weights=None, include_top=False, input_shape=(71, 71, 3))
    x = keras.Input((5, 5, 728))
    built = keras.Model(x, module(x))
    names = [layer.name for layer in net.layers if layer.name.startswith("block8_")]
    assert built.count_params() == sum(net.get_layer(name).count_params() for name in names)


def test_a_module_written_with_other_words_passes_too():
    import keras

    def other(x):
        y = x
        for _ in range(3):
            y = keras.layers.SeparableConv2D(x.shape[-1], (3, 3), padding="same", use_bias=False)(
                keras.ops.relu(y)
            )
            y = keras.layers.BatchNormalization()(y)
        return y + x

    assert grade(2, other) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"relu_first": False}, "three times ReLU"),
        ({"bias": True}, "use_bias=False"),
        ({"shortcut": False}, "not added"),
        ({"relu_last": True}, "what is negative in x is lost"),
        ({"kind": "Conv2D"}, "ordinary Conv2D"),
        ({"times": 2}, "2 layer(s) SeparableConv2D; expected 3"),
        ({"padding": "valid", "shortcut": False}, "padding='same'"),
    ],
)
def test_each_wrong_module_is_named(options, said):
    assert said in grade(2, lambda x: module(x, **options))[0]


def test_further_slips_of_a_module_are_named():
    from keras import layers

    def relu_once(x):
        y = layers.Activation("relu")(x)
        for _ in range(3):
            y = layers.SeparableConv2D(x.shape[-1], 3, padding="same", use_bias=False)(y)
            y = layers.BatchNormalization()(y)
        return layers.Add()([x, y])

    assert "the branch is not" in grade(2, relu_once)[0]
    assert "not the input" in grade(2, lambda x: layers.Add()([x, module(x)]))[0]
    assert "expected what the last layer gives" in grade(2, lambda x: 3)[0]


def test_a_right_preparation_is_the_one_of_keras():
    from keras.applications.xception import preprocess_input

    assert grade(3, lambda pictures: pictures / 127.5 - 1) is None
    assert grade(3, lambda pictures: preprocess_input(pictures.astype("float32"))) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda p: p / 255, "0 to 1"),
        (lambda p: p / 127.5, "0 to 2"),
        (lambda p: p / 255 - 0.5, "-0.5 to 0.5"),
        (lambda p: p - 127.5, "divide by 127.5 too"),
        (lambda p: p / 255 - 1, "-1 to 0"),
        (lambda p: (p / 127.5 - 1)[..., ::-1], "red first"),
        (lambda p: p[..., ::-1] - np.array([103.939, 116.779, 123.68]), "VGG16's"),
        (lambda p: (p / 127.5 - 1).astype("int8"), "int8"),
        (lambda p: (p / 127.5 - 1).mean(axis=-1), "returns shape"),
        (lambda p: p / 128.0 - 1, "differs from Keras"),
    ],
)
def test_each_wrong_preparation_is_named(wrong, said):
    assert said in grade(3, wrong)[0]


def test_changing_the_pictures_is_named():
    def careless(pictures):
        pictures[...] = 255 - pictures
        return pictures / 127.5 - 1

    assert "work on a copy" in grade(3, careless)[0]


def test_what_is_known_of_the_nets_is_what_keras_builds():
    import keras

    from course_utils.pretrained import NETS, load

    assert set(pretrained_xception.FACTS) == set(NETS)
    with keras.StatelessScope(initialize_variables=False):  # shapes are asked for, no weight needs a value
        for name, known in pretrained_xception.FACTS.items():
            net = load(name, weights="random")
            assert (net.model.count_params(), net.input_size, net.model.output_shape[-1]) == known
        for name, known in pretrained_xception.WITH_TOP.items():
            assert load(name, top=True, weights="random").model.count_params() == known


def test_a_description_has_three_numbers_in_their_order():
    facts = pretrained_xception.FACTS
    assert grade(4, lambda name: facts[name]) is None
    assert "another order" in grade(4, lambda name: facts[name][::-1])[0]
    assert "include the top" in grade(4, lambda name: (25_636_712, *facts[name][1:]))[0]
    assert "23,587,712 parameters" in grade(4, lambda name: (1, *facts[name][1:]))[0]
    assert "224x224" in grade(4, lambda name: (facts[name][0], 299, facts[name][2]))[0]
    assert "2,048 channels" in grade(4, lambda name: (*facts[name][:2], 7))[0]
    assert "three numbers" in grade(4, lambda name: facts[name][:2])[0]
    assert "three numbers" in grade(4, lambda name: (facts[name][0], (224, 224, 3), 2_048))[0]
    assert "For MobileNetV2" in grade(4, lambda name: facts["ResNet50"])[0]
