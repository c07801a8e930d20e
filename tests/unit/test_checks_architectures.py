"""Graders of notebook 09: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "09-architectures"


def grade(exercise, answer, *more):
    return checks.grade(NOTEBOOK, exercise, answer, *more)


def facts(side, channels, kernel, filters, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    weights = kernel * kernel * (channels // groups) * filters
    return out, weights + filters, weights * out * out


def facts_of_keras(side, channels, kernel, filters, stride=1, padding=0, groups=1):
    from keras import layers

    layer = layers.Conv2D(filters, kernel, stride, groups=groups)
    layer.build((None, side, side, channels))
    out = 1 + (side - kernel + 2 * padding) // stride
    return np.array([out, layer.count_params(), out**2 * np.prod(layer.kernel.shape)])


def facts_per_group(side, channels, kernel, filters, stride=1, padding=0, groups=1):
    out = len(range(0, side + 2 * padding - kernel + 1, stride))
    each = kernel**2 * channels / groups * filters / groups
    return [out, int(groups * each + filters), int(groups * each * out * out)]


@pytest.mark.parametrize("right", [facts, facts_of_keras, facts_per_group])
def test_a_convolution_is_counted_however_it_is_written(right):
    assert grade(1, right) is None


def changed(place, change):
    """`facts` with one of its three numbers changed."""

    def wrong(side, channels, kernel, filters, stride=1, padding=0, groups=1):
        found = list(facts(side, channels, kernel, filters, stride, padding, groups))
        found[place] = change(found, side, channels, kernel, filters, stride, padding, groups)
        return tuple(found)

    return wrong


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda *_, **__: ..., "The `...` is still there"),
        (lambda *_, **__: (..., ..., ...), "The `...` is still there"),
        (lambda *_, **__: 3, "expected three numbers"),
        (lambda *sizes, **more: facts(*sizes, **more)[:2], "expected three numbers"),
        (changed(0, lambda found, side, *_: side), "the side is 10"),
        (changed(0, lambda found, n, c, k, f, s, p, g: (n - k) // s + 1), "padding 1 the side is 224"),
        (changed(1, lambda found, *_: found[1] + 1), "; Keras counts "),
        (changed(1, lambda found, n, c, k, f, *_: found[1] - f), "the 16 biases are missing"),
        (changed(1, lambda found, n, c, k, f, *_: k * k * c * f + f), "sees only 48 of the 96 channels"),
        (changed(2, lambda found, *_: found[1] * found[0] ** 2), "nothing is multiplied by them"),
        (changed(2, lambda found, n, c, k, f, *_: k * k * c * f * n * n), "not of the input"),
        (changed(2, lambda found, *_: 2 * found[2]), "there are 240,000"),  # almost right: additions apart
    ],
)
def test_each_wrong_count_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


def block(
    x,
    filters,
    strides=1,
    add=True,
    relu_last=True,
    relu_inside=True,
    normalise=True,
    kernel=3,
    project=None,
    narrow=None,
    twice=False,
):
    from keras import layers

    def step(x, count, side, strides=1):
        x = layers.Conv2D(count, side, strides, padding="same")(x)
        return layers.BatchNormalization()(x) if normalise else x

    def bend(x):
        return layers.ReLU()(x) if relu_inside else x

    changes = x.shape[-1] != 4 * filters or strides > 1
    shortcut = step(x, 4 * filters, 1, strides) if (changes if project is None else project) else x
    branch = bend(step(bend(step(x, filters, 1, strides)), narrow or filters, kernel))
    branch = step(branch, 4 * filters, 1)
    total = layers.Add()([shortcut, branch, *[shortcut] * twice]) if add else branch
    return layers.ReLU()(total) if relu_last else total


def block_of_the_room(x, filters, strides=1):
    from course_utils.further.architectures import bottleneck_block

    return bottleneck_block(x, filters, strides)


def block_in_other_words(x, filters, strides=1):
    import keras
    from keras import layers

    branch = x
    for count, side, step in ((filters, 1, strides), (filters, 3, 1), (4 * filters, 1, 1)):
        branch = layers.Conv2D(count, side, strides=step, padding="same", use_bias=False)(branch)
        branch = layers.BatchNormalization(momentum=0.9)(branch)
        if count == filters:
            branch = layers.Activation("relu")(branch)
    if branch.shape != x.shape:
        x = layers.BatchNormalization()(layers.Conv2D(4 * filters, 1, strides, use_bias=False)(x))
    return keras.ops.relu(x + branch)


@pytest.mark.parametrize("right", [block, block_of_the_room, block_in_other_words])
def test_a_bottleneck_passes_however_it_is_written(right):
    assert grade(2, right) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"add": False}, "what came in is not added"),
        ({"relu_last": False}, "the ReLU after the sum is missing"),
        ({"relu_inside": False}, "it has 1 ReLU; expected 3"),
        ({"normalise": False}, "it has 0 BatchNormalization"),
        ({"kernel": 1}, "not 1x1, 3x3, 1x1"),
        ({"narrow": 4}, "The 3x3 works on `filters` channels"),
        ({"twice": True}, "add x itself, once, then ReLU"),
        (
            {"project": True},
            "it has 4 convolutions; expected 3",
        ),  # almost right: a shortcut with weights everywhere
    ],
)
def test_each_wrong_block_is_named(options, said):
    assert said in grade(2, lambda x, filters, strides=1: block(x, filters, strides, **options))[0]


def test_a_block_that_makes_other_maps_is_told_which_are_expected():
    from keras import layers

    assert grade(2, lambda x, filters, strides=1: ...)[0].startswith("The `...`")
    assert "expected what the last layer gives" in grade(2, lambda x, filters, strides=1: 3)[0]
    assert "expected (6, 6, 32)" in grade(2, lambda x, filters, strides=1: layers.Conv2D(filters, 1)(x))[0]
    assert "expected (3, 3, 32)" in grade(2, lambda x, filters, strides=1: block(x, filters))[0]


X = np.zeros((40, 8, 8, 1), "float32")
LABELS = np.arange(40) % 10
X[np.arange(40), 0, LABELS % 8, 0] = 1 + 9 * (LABELS > 7)


def deep(layers_before=31, filters=2, outputs=10, side=8, knows=True):
    """A net that names the marked pictures of X, behind convolutions that pass everything on; nothing is trained."""
    import keras
    from keras import layers

    inputs = keras.Input((side, side, 1))
    x = inputs
    for _ in range(layers_before):
        one = layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones" if knows else "zeros")
        x = one(x)
    wide = layers.Conv2D(filters, 1)(inputs)
    last = layers.Dense(outputs, activation="softmax")
    out = last(layers.Concatenate()([layers.Flatten()(x), 0 * layers.GlobalAveragePooling2D()(wide)]))
    weights, bias = last.get_weights()
    weights[:] = 0
    for label in range(min(outputs, 10)):
        weights[label % 8, label] = 20 if label < 8 else 40
        bias[label] = 0 if label < 8 else -150
    last.set_weights([weights, bias])
    return keras.Model(inputs, out)


def test_a_deep_and_small_net_passes_by_its_score_however_it_is_written():
    import keras

    assert grade(3, deep(), X, LABELS) is None
    assert grade(3, deep(40), X, LABELS) is None
    nested = keras.Sequential([keras.Input((8, 8, 1)), deep()])
    assert grade(3, nested, X, LABELS) is None


def test_what_a_deep_and_small_net_lacks_is_named():
    import keras
    from keras import layers

    def told(model):
        return grade(3, model, X, LABELS)[0]

    assert "Fill in the place" in told(...)
    assert "history" in told(keras.callbacks.History())
    assert "is a str" in told("my net")
    assert "does not know its input" in told(keras.Sequential([layers.Flatten()]))
    assert "at most 60,000" in told(deep(filters=6_000))
    assert "at least 32 are asked for" in told(deep(29))  # almost right: two layers too few
    assert "10 numbers per picture" in told(deep(outputs=11))
    assert "the digits are (8, 8, 1)" in told(deep(side=9))
    assert "0.9 is asked for. It gives every picture the same answer" in told(deep(knows=False))
