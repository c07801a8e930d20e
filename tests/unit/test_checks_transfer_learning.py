"""Graders of notebook 04: stubs are told what is missing, typical mistakes are named, solutions pass."""

import math

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "04-transfer-learning"


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda model: ...)
    assert grade(4, lambda pictures, labels, shots, seed: ...)
    assert grade(3, lambda classes, size, weights: ...)
    assert grade(2, lambda net, rate: ...)


def test_numbers_that_training_changes_are_counted():
    assert grade(1, lambda model: sum(math.prod(w.shape) for w in model.trainable_weights)) is None
    assert "number of arrays" in grade(1, lambda model: len(model.trainable_weights))[0]
    assert "moving averages" in grade(1, lambda model: model.count_params())[0]
    assert "expected" in grade(1, lambda model: 7)[0]


def test_frozen_numbers_do_not_count():
    def by_layer(model):  # looks at the outermost layers only, and takes a frozen one for a free one
        return sum(math.prod(w.shape) for layer in model.layers for w in layer.weights)

    def all_but_moving(model):
        return sum(math.prod(w.shape) for w in model.weights if "moving" not in w.name)

    assert "moving averages" in grade(1, by_layer)[0]
    assert "its base frozen" in grade(1, all_but_moving)[0]


def split(pictures, labels, shots, seed, mirror=lambda x: x[:, :, ::-1]):
    random = np.random.default_rng(seed)
    orders = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    train = np.concatenate([order[:shots] for order in orders])
    rest = np.concatenate([order[shots:] for order in orders])
    x_train = np.concatenate([pictures[train], mirror(pictures[train])])
    return x_train, np.tile(labels[train], 2), pictures[rest], labels[rest]


def test_a_split_before_mirroring_passes():
    assert grade(4, split) is None

    def shuffled(*arguments):
        x, y, *validation = split(*arguments)
        order = np.random.default_rng(0).permutation(len(x))
        return x[order], y[order], *validation

    assert grade(4, shuffled) is None


def test_the_leak_is_named():
    def mirrored_first(pictures, labels, shots, seed):
        both, labels = np.concatenate([pictures, pictures[:, :, ::-1]]), np.tile(labels, 2)
        random = np.random.default_rng(seed)
        orders = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
        train = np.concatenate([order[: 2 * shots] for order in orders])
        rest = np.concatenate([order[2 * shots :] for order in orders])
        return both[train], labels[train], both[rest], labels[rest]

    assert "that is the leak" in grade(4, mirrored_first)[0]


def test_other_slips_at_splitting_are_named():
    def changed(change):
        return lambda *arguments: change(*split(*arguments))

    def upside_down(*arguments):
        return split(*arguments, mirror=lambda x: x[:, ::-1])

    def twice(*arguments):
        return split(*arguments, mirror=lambda x: x)

    assert "on their heads" in grade(4, upside_down)[0]
    assert "once mirrored" in grade(4, twice)[0]
    assert "mirrored copies in it" in grade(4, changed(lambda a, b, c, d: (a, b, c[:, :, ::-1], d)))[0]
    assert "as many labels" in grade(4, changed(lambda a, b, c, d: (a, b[: len(b) // 2], c, d)))[0]
    assert "do not belong" in grade(4, changed(lambda a, b, c, d: (a, (b + 1) % 3, c, d)))[0]
    assert "four arrays" in grade(4, changed(lambda a, b, c, d: (a, b)))[0]
    assert "neither" in grade(4, changed(lambda a, b, c, d: (a // 2, b, c, d)))[0]
    assert "left for validation" in grade(4, changed(lambda a, b, c, d: (a, b, c[1:], d[1:])))[0]
    assert "draws [2, 2, 2]" in grade(4, lambda p, y, shots, seed: split(p, y, shots - 1, seed))[0]
    assert "six seeds" in grade(4, lambda p, y, shots, seed: split(p, y, shots, 0))[0].lower()


@pytest.fixture
def small_resnet(monkeypatch):
    """In ResNet50's place a net of three layers with its 2,048 maps: the grader asks how it is used, not how deep it is.

    The notebook's own run grades the solution on the real one.
    """
    import keras
    from keras import layers

    def build(input_shape=None, **options):
        kept = [
            keras.Input(input_shape),
            layers.Conv2D(4, 16, strides=16),
            layers.BatchNormalization(),
            layers.Conv2D(2048, 1, activation="relu"),
        ]
        return keras.Sequential(kept, name="resnet50")

    monkeypatch.setattr(keras.applications, "ResNet50", build)


def resnet(classes, size, weights, prepared=True, frozen=True, activation="softmax", pool=True):
    import keras
    from keras import layers

    from course_utils.pretrained import load

    base = load("ResNet50", weights=weights, input_size=size).model
    base.trainable = not frozen
    pictures = keras.Input((size, size, 3))
    x = keras.applications.resnet50.preprocess_input(pictures) if prepared else pictures
    x = base(x)
    x = layers.GlobalAveragePooling2D()(x) if pool else layers.Flatten()(x)
    return keras.Model(pictures, layers.Dense(classes, activation=activation)(x))


def test_resnet50_with_a_new_head_passes(small_resnet):
    assert grade(3, resnet) is None


def test_typical_slips_with_resnet50_are_named(small_resnet):
    assert "does not preprocess" in grade(3, lambda c, s, w: resnet(c, s, w, prepared=False))[0]
    assert "inference mode" in grade(3, lambda c, s, w: resnet(c, s, w, frozen=False))[0]
    assert "add up to 1" in grade(3, lambda c, s, w: resnet(c, s, w, activation=None))[0]
    assert "(2048, 5)" in grade(3, lambda c, s, w: resnet(c, s, w, pool=False))[0]
    assert "for 5 classes and size 64" in grade(3, lambda c, s, w: resnet(16, s, w))[0]
    assert "expected a keras.Model" in grade(3, lambda c, s, w: "ResNet50")[0]

    def all_frozen(classes, size, weights):
        model = resnet(classes, size, weights)
        model.trainable = False
        return model

    assert "Nothing can learn" in grade(3, all_frozen)[0]


def unfrozen(net, rate, fits=lambda layer, net: layer.name.startswith("block5") or layer is net.layers[-1]):
    import keras

    net.trainable = True
    for layer in net.layers:
        layer.trainable = fits(layer, net)
    net.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return net


def test_block5_and_the_head_alone_are_set_free():
    assert grade(2, unfrozen) is None
    assert (
        "block5_conv1, block5_conv2; expected"
        in grade(2, lambda net, rate: unfrozen(net, rate, lambda layer, net: "block5" in layer.name))[0]
    )
    assert "changed block4_conv1" in grade(2, lambda net, rate: unfrozen(net, rate, lambda *_: True))[0]


def test_a_net_frozen_as_a_whole_needs_more_than_free_layers():
    import keras

    def leaves_the_net_frozen(net, rate):
        for layer in net.layers:
            layer.trainable = layer.name.startswith("block5") or layer is net.layers[-1]
        net.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return net

    assert "frozen as a whole: one training step changed nothing" in grade(2, leaves_the_net_frozen)[0]


def test_typical_slips_at_unfreezing_are_named():
    import keras

    def other_optimizer(net, rate):
        unfrozen(net, rate).compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
        return net

    assert "rate 0.001" in grade(2, lambda net, rate: unfrozen(net, 1e-3))[0]
    assert "SGD" in grade(2, other_optimizer)[0]
    assert "not compiled" in grade(2, lambda net, rate: net)[0]
    assert "nothing is returned" in grade(2, lambda net, rate: unfrozen(net, rate) and None)[0]
