"""Graders of notebook 04: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "04-transfer-learning"


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


def test_an_untouched_stub_is_not_yet():
    part = np.zeros((4, 3)), np.zeros(4, int), 0.5
    assert grade(4, ..., part, part)
    assert grade(3, lambda pictures, labels, shots, seed: ...)
    assert grade(2, lambda classes, size, weights: ...)
    assert grade(1, lambda net, rate: ...)


# ------------------------------------------------------------------------- 4, a head for two kinds of pictures


def some_pictures(seed):
    """Features of 200 pictures of four kinds: the kind is the place of the largest of the first four numbers."""
    x = np.random.default_rng(seed).normal(size=(200, 6)).astype("float32")
    return x, x[:, :4].argmax(axis=1)


PLAIN, MARKET = some_pictures(3), some_pictures(4)
PLAIN[0][:, 4], MARKET[0][:, 4] = 0, 1  # tells the two apart
KNOWN = [np.eye(6, 4), np.zeros(4)]  # weights of a dense layer as a training could have found them


def bars(plain=0.9, market=0.9):
    return (*PLAIN, plain), (*MARKET, market)


def dense(*before, activation="softmax", kinds=4, features=6):
    import keras
    from keras import layers

    last = layers.Dense(kinds, activation=activation)
    return keras.Sequential([keras.Input((features,)), *before, last])


def knowing(net, plain_only=False):
    kernel, bias = (array.copy() for array in KNOWN)
    if plain_only:
        kernel[4, 2] = 99  # every market picture is called the third kind
    net.set_weights([*net.get_weights()[:-2], kernel, bias])
    return net


def test_a_head_passes_however_it_is_written():
    import keras
    from keras import layers

    inputs = keras.Input((6,))
    functional = keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.Dropout(0.5)(inputs)))
    scores = dense(layers.GaussianNoise(0.1), activation=None)
    normalised = dense(layers.Normalization(mean=0.0, variance=1.0), layers.Dropout(0.5))
    for net in (dense(), functional, scores, normalised):
        assert grade(4, knowing(net), *bars()) is None


def test_a_head_at_home_on_plain_pictures_only_is_almost_right():
    (first, *_) = grade(4, knowing(dense(), plain_only=True), *bars())
    assert first.startswith("On market test pictures") and "plain" not in first
    assert grade(4, knowing(dense(), plain_only=True), *bars(market=0.1)) is None


def test_a_head_that_was_not_trained_is_named():
    net = dense()
    net.set_weights([np.zeros((6, 4)), np.array([0.0, 1, 0, 0])])
    (first, *_) = grade(4, net, *bars())
    assert "was it trained?" in first and "On plain" in first and "On market" in first


def test_other_things_than_a_head_are_named():
    import keras
    from keras import layers

    net = dense()
    net.compile(loss="sparse_categorical_crossentropy")
    assert "the history" in grade(4, net.fit(*PLAIN, verbose=0), *bars())[0]
    assert "expected a trained keras.Model" in grade(4, lambda: net, *bars())[0]
    assert "keras.Input((6,))" in grade(4, keras.Sequential([layers.Dense(4)]), *bars())[0]
    assert "features are 6 numbers" in grade(4, dense(features=9), *bars())[0]
    assert "each of 4 kinds" in grade(4, dense(kinds=2), *bars())[0]
    astray = dense(activation=None)
    astray.set_weights([np.full((6, 4), np.nan), np.zeros(4)])
    assert "Lower the rate" in grade(4, astray, *bars())[0]


# ------------------------------------------------------------------------------------ 3, split, then mirror


def split(pictures, labels, shots, seed, mirror=lambda x: x[:, :, ::-1]):
    random = np.random.default_rng(seed)
    orders = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    train = np.concatenate([order[:shots] for order in orders])
    rest = np.concatenate([order[shots:] for order in orders])
    x_train = np.concatenate([pictures[train], mirror(pictures[train])])
    return x_train, np.tile(labels[train], 2), pictures[rest], labels[rest]


def test_a_split_before_mirroring_passes():
    assert grade(3, split) is None

    def shuffled(*arguments):
        x, y, *validation = split(*arguments)
        order = np.random.default_rng(0).permutation(len(x))
        return x[order], y[order], *validation

    assert grade(3, shuffled) is None


def by_pandas(pictures, labels, shots, seed):
    import pandas as pd

    places = pd.Series(labels).groupby(labels).sample(shots, random_state=seed).index.to_numpy()
    rest = np.setdiff1d(np.arange(len(labels)), places)
    both = [view for place in places for view in (pictures[place], np.fliplr(pictures[place]))]
    return np.stack(both), np.repeat(labels[places], 2), pictures[rest], labels[rest]


def by_scikit_learn(pictures, labels, shots, seed):
    from sklearn.model_selection import train_test_split

    x, rest, y, y_rest = train_test_split(
        pictures, labels, train_size=shots * len(set(labels)), random_state=seed, stratify=labels
    )
    return [np.concatenate([np.flip(x, axis=2), x]), np.concatenate([y, y]), rest, y_rest]


def by_loops(pictures, labels, shots, seed):
    taken, parts = {}, ([], [], [], [])
    for place in np.random.RandomState(seed).permutation(len(labels)):
        label = labels[place]
        taken[label] = taken.get(label, 0) + 1
        if taken[label] <= shots:
            parts[0].extend([pictures[place], pictures[place][:, ::-1]])
            parts[1].extend([label, label])
        else:
            parts[2].append(pictures[place])
            parts[3].append(label)
    return tuple(map(np.array, parts))


@pytest.mark.parametrize("right", [by_pandas, by_scikit_learn, by_loops])
def test_a_split_passes_however_it_is_written(right):
    assert grade(3, right) is None


def test_only_the_validation_part_mirrored_is_almost_right():
    def almost(*arguments):
        x, y, rest, y_rest = split(*arguments)
        return x, y, np.concatenate([rest, rest[:, :, ::-1]]), np.tile(y_rest, 2)

    assert "mirrored copies in it" in grade(3, almost)[0]


def test_the_leak_is_named():
    def mirrored_first(pictures, labels, shots, seed):
        both, labels = np.concatenate([pictures, pictures[:, :, ::-1]]), np.tile(labels, 2)
        random = np.random.default_rng(seed)
        orders = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
        train = np.concatenate([order[: 2 * shots] for order in orders])
        rest = np.concatenate([order[2 * shots :] for order in orders])
        return both[train], labels[train], both[rest], labels[rest]

    assert "that is the leak" in grade(3, mirrored_first)[0]


def test_other_slips_at_splitting_are_named():
    def changed(change):
        return lambda *arguments: change(*split(*arguments))

    def upside_down(*arguments):
        return split(*arguments, mirror=lambda x: x[:, ::-1])

    def twice(*arguments):
        return split(*arguments, mirror=lambda x: x)

    assert "upside down" in grade(3, upside_down)[0]
    assert "once mirrored" in grade(3, twice)[0]
    assert "mirrored copies in it" in grade(3, changed(lambda a, b, c, d: (a, b, c[:, :, ::-1], d)))[0]
    assert "as many labels" in grade(3, changed(lambda a, b, c, d: (a, b[: len(b) // 2], c, d)))[0]
    assert "do not belong" in grade(3, changed(lambda a, b, c, d: (a, (b + 1) % 3, c, d)))[0]
    assert "four arrays" in grade(3, changed(lambda a, b, c, d: (a, b)))[0]
    assert "neither" in grade(3, changed(lambda a, b, c, d: (a // 2, b, c, d)))[0]
    assert "left for validation" in grade(3, changed(lambda a, b, c, d: (a, b, c[1:], d[1:])))[0]
    assert "draws [2, 2, 2]" in grade(3, lambda p, y, shots, seed: split(p, y, shots - 1, seed))[0]
    assert "six seeds" in grade(3, lambda p, y, shots, seed: split(p, y, shots, 0))[0].lower()
    unseeded = iter(range(99))
    assert "The same seed" in grade(3, lambda p, y, shots, seed: split(p, y, shots, next(unseeded)))[0]


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


def resnet(
    classes, size, weights, prepared=True, frozen=True, activation="softmax", pool="GlobalAveragePooling2D"
):
    import keras
    from keras import layers

    from course_utils.pretrained import load

    base = load("ResNet50", weights=weights, input_size=size).model
    base.trainable = not frozen
    pictures = keras.Input((size, size, 3))
    x = keras.applications.resnet50.preprocess_input(pictures) if prepared else pictures
    x = base(x)
    x = getattr(layers, pool)()(x)
    return keras.Model(pictures, layers.Dense(classes, activation=activation)(x))


def test_resnet50_with_a_new_head_passes(small_resnet):
    assert grade(2, resnet) is None


def resnet_otherwise(classes, size, weights, training=None, apart=False):
    """The same in other words: layers frozen one by one, the mean by an operation, the softmax on its own."""
    import keras
    from keras import layers

    from course_utils.pretrained import load

    base = load("ResNet50", weights=weights, input_size=size).model
    for layer in base.layers:
        layer.trainable = False
    pictures = keras.Input((size, size, 3))
    maps = base(keras.applications.resnet50.preprocess_input(pictures), training=training)
    scores = layers.Dense(classes, activation=None if apart else "softmax")(keras.ops.mean(maps, axis=(1, 2)))
    return keras.Model(pictures, layers.Activation("softmax")(scores) if apart else scores)


def test_a_head_on_resnet50_passes_however_it_is_written(small_resnet):
    assert grade(2, resnet_otherwise) is None
    assert grade(2, lambda c, s, w: resnet_otherwise(c, s, w, training=False)) is None
    assert grade(2, lambda c, s, w: resnet_otherwise(c, s, w, apart=True)) is None


def test_typical_slips_with_resnet50_are_named(small_resnet):
    assert "does not preprocess" in grade(2, lambda c, s, w: resnet(c, s, w, prepared=False))[0]
    assert "inference mode" in grade(2, lambda c, s, w: resnet(c, s, w, frozen=False))[0]
    assert "add up to 1" in grade(2, lambda c, s, w: resnet(c, s, w, activation=None))[0]
    assert "(2048, 5)" in grade(2, lambda c, s, w: resnet(c, s, w, pool="Flatten"))[0]
    largest = "GlobalMaxPooling2D"
    assert "does not read the averages" in grade(2, lambda c, s, w: resnet(c, s, w, pool=largest))[0]
    assert "for 5 classes and size 64" in grade(2, lambda c, s, w: resnet(16, s, w))[0]
    assert "expected a keras.Model" in grade(2, lambda c, s, w: "ResNet50")[0]

    def all_frozen(classes, size, weights):  # almost right: the head is frozen with the rest
        model = resnet(classes, size, weights)
        model.trainable = False
        return model

    assert "Nothing can learn" in grade(2, all_frozen)[0]


def unfrozen(net, rate, fits=lambda layer, net: layer.name.startswith("block5") or layer is net.layers[-1]):
    import keras

    net.trainable = True
    for layer in net.layers:
        layer.trainable = fits(layer, net)
    net.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return net


def test_block5_and_the_head_alone_are_set_free():
    assert grade(1, unfrozen) is None
    assert (
        "block5_conv1, block5_conv2; expected"
        in grade(1, lambda net, rate: unfrozen(net, rate, lambda layer, net: "block5" in layer.name))[0]
    )
    assert "changed block4_conv1" in grade(1, lambda net, rate: unfrozen(net, rate, lambda *_: True))[0]


def test_block5_is_set_free_however_it_is_written():
    import keras

    def by_name(net, rate):
        net.trainable = True
        for layer in net.layers:
            layer.trainable = False
        for layer in [one for one in net.layers if one.name[:6] == "block5"] + [net.layers[-1]]:
            layer.trainable = True
        net.compile(
            optimizer=keras.optimizers.Adam(learning_rate=rate), loss="sparse_categorical_crossentropy"
        )
        return net

    def with_loss_object(net, rate):
        net = unfrozen(net, 1.0)
        net.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy())
        return net

    def by_copy(net, rate):
        copy = keras.models.clone_model(net)
        copy.set_weights(net.get_weights())
        return unfrozen(copy, rate)

    for right in (by_name, with_loss_object, by_copy):
        assert grade(1, right) is None


def test_a_net_frozen_as_a_whole_needs_more_than_free_layers():
    import keras

    def leaves_the_net_frozen(net, rate):  # almost right: one line is missing
        for layer in net.layers:
            layer.trainable = layer.name.startswith("block5") or layer is net.layers[-1]
        net.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return net

    assert "frozen as a whole: one training step changed nothing" in grade(1, leaves_the_net_frozen)[0]


def test_typical_slips_at_unfreezing_are_named():
    import keras

    def other_optimizer(net, rate):
        unfrozen(net, rate).compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
        return net

    assert "rate 0.001" in grade(1, lambda net, rate: unfrozen(net, 1e-3))[0]
    assert "SGD" in grade(1, other_optimizer)[0]
    assert "not compiled" in grade(1, lambda net, rate: net)[0]
    assert "nothing is returned" in grade(1, lambda net, rate: unfrozen(net, rate) and None)[0]
