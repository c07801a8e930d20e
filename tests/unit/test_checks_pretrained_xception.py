"""Graders of notebook 03: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import pretrained_xception

NOTEBOOK = "03-pretrained-xception"


COLOURS = np.random.default_rng(0).uniform(0, 255, (16, 3))
LABELS = np.arange(32) % 16
PICTURES = (np.ones((32, 32, 32, 3)) * COLOURS[LABELS][:, None, None]).astype("uint8")


def grade(exercise, answer, *more):
    return checks.grade(NOTEBOOK, exercise, answer, *more)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda side, inputs, outputs: ...)
    assert grade(1, lambda side, inputs, outputs: (..., ...))
    assert grade(2, ..., PICTURES, LABELS, 0.9)
    assert grade(2, None, PICTURES, LABELS, 0.9)
    assert grade(3, lambda x: ...)
    assert grade(4, lambda name: ...)
    assert "still there" in grade(4, lambda name: (..., ..., ...))[0]


def test_both_convolutions_are_counted_without_biases():
    assert grade(1, lambda k, a, b: (k * k * a + a * b, k * k * a * b)) is None
    assert grade(1, lambda k, a, b: [a * (k**2 + b), k**2 * a * b]) is None
    assert grade(1, lambda k, a, b: np.array([sum([k * k, b]) * a, np.prod([k, k, a, b])])) is None


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
        (lambda k, a, b: (k * k * a + a * b + b, 0), "728 biases"),  # almost right: Keras's default has them
        (lambda k, a, b: (k * k * b + a * b, k * k * a * b), "belong to the input channels"),
        (lambda k, a, b: (k * k * a + a * b, k * k * a * b + b), "without the 728 biases"),
        (lambda k, a, b: (k * k * a + a * b, k * k * a), "Keras counts 4,769,856"),
        (lambda k, a, b: (1, 2), "Keras counts 536,536"),
        (lambda k, a, b: k * k * a + a * b, "two numbers"),
    ],
)
def test_each_wrong_count_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


def by_colour(side=32, outputs=16, softmax=True, extra=()):
    """A net that names plain pictures rightly: the nearest of 16 colours, from the mean over all places."""
    import keras
    from keras import layers

    last = layers.Dense(16, "softmax" if softmax else None)
    inputs = keras.Input((side, side, 3))
    x = layers.Rescaling(1.0)(inputs)
    for layer in extra:
        x = layer(x)
    x = last(layers.GlobalAveragePooling2D()(x))
    if not extra:
        last.set_weights([COLOURS.T / 100, -(COLOURS**2).sum(axis=1) / 200])
    return keras.Model(inputs, x[:, :outputs] if outputs < 16 else x)


def test_a_slim_net_passes_by_its_score_however_it_is_written():
    import keras

    assert grade(2, by_colour(), PICTURES, LABELS, 0.9) is None
    assert grade(2, by_colour(softmax=False), PICTURES, LABELS, 0.9) is None  # scores name the same kinds
    assert grade(2, by_colour(side=None), PICTURES, LABELS, 0.9) is None
    nested = keras.Sequential([keras.Input((32, 32, 3)), by_colour()])
    assert grade(2, nested, PICTURES, LABELS, 0.9) is None


def test_what_a_slim_net_lacks_is_named():
    import keras
    from keras import layers

    def told(model, goal=0.9):
        return grade(2, model, PICTURES, LABELS, goal)[0]

    assert "at most 16,000" in told(by_colour(extra=[layers.Conv2D(256, 3), layers.Conv2D(16, 3)]))
    assert "history" in told(keras.callbacks.History())
    assert "is a str" in told("my net")
    assert "does not know its input" in told(keras.Sequential([layers.Flatten()]))
    assert "16 numbers per picture" in told(by_colour(outputs=12))
    assert "the pictures are (32, 32, 3)" in told(by_colour(side=20))
    # Almost right: small enough and never trained, and one that is just below the goal.
    assert "is required" in told(by_colour(extra=[layers.SeparableConv2D(8, 3)]))
    labels = np.where(np.arange(32) < 4, 15 - LABELS, LABELS)
    assert "0.875; 0.9 is required" in grade(2, by_colour(), PICTURES, labels, 0.9)[0]


def module(
    x,
    relu_first=True,
    bias=False,
    shortcut=True,
    relu_last=False,
    kind="SeparableConv2D",
    times=3,
    padding="same",
    kernel=3,
):
    from keras import layers

    branch, channels = x, x.shape[-1]
    for _ in range(times):
        if relu_first:
            branch = layers.Activation("relu")(branch)
        branch = getattr(layers, kind)(channels, kernel, padding=padding, use_bias=bias)(branch)
        branch = layers.BatchNormalization()(branch)
        if not relu_first:
            branch = layers.Activation("relu")(branch)
    total = layers.Add()([x, branch]) if shortcut else branch
    return layers.Activation("relu")(total) if relu_last else total


def test_a_module_of_the_middle_flow_is_the_one_of_keras():
    import keras

    assert grade(3, module) is None
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

    def by_layers_in_a_list(x):
        part = [
            keras.layers.ReLU(),
            keras.layers.SeparableConv2D(x.shape[-1], 3, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
        ]
        y = x
        for layer in part:
            y = layer(y)
        for _ in range(2):
            for layer in part:
                y = layer.__class__.from_config(layer.get_config() | {"name": None})(y)
        return keras.layers.add([y, x])

    assert grade(3, other) is None
    assert grade(3, by_layers_in_a_list) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"relu_first": False}, "three times ReLU"),
        ({"bias": True}, "use_bias=False"),
        ({"shortcut": False}, "not added"),
        ({"relu_last": True}, "what is negative in x is lost"),  # almost right: as ResNet50 does it
        ({"kind": "Conv2D"}, "ordinary Conv2D"),
        ({"kernel": 5}, "Are the filters 3x3?"),
        ({"times": 2}, "2 layer(s) SeparableConv2D; expected 3"),
        ({"padding": "valid", "shortcut": False}, "padding='same'"),
    ],
)
def test_each_wrong_module_is_named(options, said):
    assert said in grade(3, lambda x: module(x, **options))[0]


def test_further_slips_of_a_module_are_named():
    from keras import layers

    def relu_once(x):
        y = layers.Activation("relu")(x)
        for _ in range(3):
            y = layers.SeparableConv2D(x.shape[-1], 3, padding="same", use_bias=False)(y)
            y = layers.BatchNormalization()(y)
        return layers.Add()([x, y])

    def normalised_first(x):
        y = x
        for _ in range(3):
            y = layers.BatchNormalization()(layers.Activation("relu")(y))
            y = layers.SeparableConv2D(x.shape[-1], 3, padding="same", use_bias=False)(y)
        return layers.Add()([x, y])

    assert "the branch is not" in grade(3, relu_once)[0]
    assert "The order is not three times ReLU" in grade(3, normalised_first)[0]
    assert "not the input" in grade(3, lambda x: layers.Add()([x, module(x)]))[0]
    assert "expected what the last layer gives" in grade(3, lambda x: 3)[0]


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
    assert grade(4, lambda name: list(facts[name])) is None
    assert grade(4, lambda name: tuple(np.int64(number) for number in facts[name])) is None
    assert "another order" in grade(4, lambda name: facts[name][::-1])[0]
    # Almost right: the parameters of the whole net.
    assert "include the top" in grade(4, lambda name: (25_636_712, *facts[name][1:]))[0]
    assert "23,587,712 parameters" in grade(4, lambda name: (1, *facts[name][1:]))[0]
    assert "224x224" in grade(4, lambda name: (facts[name][0], 299, facts[name][2]))[0]
    assert "2,048 channels" in grade(4, lambda name: (*facts[name][:2], 7))[0]
    assert "three numbers" in grade(4, lambda name: facts[name][:2])[0]
    assert "three numbers" in grade(4, lambda name: (facts[name][0], (224, 224, 3), 2_048))[0]
    assert "For MobileNetV2" in grade(4, lambda name: facts["ResNet50"])[0]
