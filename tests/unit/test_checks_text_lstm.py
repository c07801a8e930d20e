"""Graders of notebook 07: right answers pass however they are written, typical mistakes are named."""

import math

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import text_lstm

NOTEBOOK = "07-text-lstm"


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


@pytest.mark.parametrize("exercise", [1, 3])
def test_an_untouched_stub_is_not_yet(exercise):
    assert "still there" in grade(exercise, lambda *arguments, **named: ...)[0]


def test_an_untouched_net_is_not_yet():
    assert "marked ..." in grade(2, ..., np.zeros((2, 9, 2)), [0, 1])[0]
    assert "marked ..." in grade(4, ..., np.zeros((2, 3)), [0, 1])[0]


def test_every_exercise_has_hints():
    assert set(text_lstm.HINTS) == set(text_lstm.EXERCISES) == {1, 2, 3, 4}


# ---------------------------------------------------------------------------------------------- 1, steps


def counted(bias, share):
    left, steps = 1.0, 0
    while left >= share:
        left, steps = left / (1 + math.exp(-bias)), steps + 1
    return steps


def one_by_one(bias, share):
    gate = 1 / (1 + math.exp(-bias))
    return next(steps for steps in range(10_000) if gate**steps < share)


@pytest.mark.parametrize(
    "right",
    [
        counted,
        one_by_one,
        lambda bias, share: math.floor(math.log(share) / math.log(1 / (1 + math.exp(-bias)))) + 1,
        lambda bias, share: int(np.log(share) // -np.log1p(np.exp(-bias))) + 1,
    ],
)
def test_steps_are_counted_until_less_is_left(right):
    assert grade(1, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda bias, share: math.log(share) / math.log(1 / (1 + math.exp(-bias))), "whole"),
        (lambda bias, share: 1, "expected"),
        # Almost right: one step too few.
        (lambda bias, share: counted(bias, share) - 1, "expected"),
        (lambda bias, share: counted(-bias, share), "expected"),
        (lambda bias, share: round(math.log(share) / math.log(bias or 0.5)), "expected"),
        (lambda bias, share: 1 / (1 + math.exp(-bias)), "expected"),
    ],
)
def test_wrong_steps_are_named(wrong, said):
    hints = grade(1, wrong)
    assert hints
    assert said in " ".join(hints) or "raised" in hints[0]


# ---------------------------------------------------------------------------------------- 3, last states


def by_loop(states, ids):
    return [states[row][len([one for one in ids[row] if one]) - 1] for row in range(len(ids))]


@pytest.mark.parametrize(
    "right",
    [
        lambda states, ids: states[np.arange(len(states)), (ids != 0).sum(axis=1) - 1],
        lambda states, ids: states[range(len(ids)), np.count_nonzero(ids, axis=1) - 1],
        lambda states, ids: np.take_along_axis(states, ((ids > 0).sum(1) - 1)[:, None, None], axis=1)[:, 0],
        by_loop,
    ],
)
def test_the_state_after_the_last_word(right):
    assert grade(3, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda states, ids: states[:, -1], "after the padding"),
        # Almost right: the place after the last word, which a full row does not have.
        (lambda states, ids: states[np.arange(3), (ids != 0).sum(1)], "places count from 0"),
        (lambda states, ids: states[np.arange(3), np.minimum((ids != 0).sum(1), 4)], "off"),
        (lambda states, ids: states[np.arange(3), (ids != 0).sum(1) - 2], "off"),
        (lambda states, ids: states[:, (ids != 0).sum(1) - 1], "expected one state per row"),
        (lambda states, ids: states[(ids != 0).sum(1) - 1], "place or a row that does not exist"),
        (lambda states, ids: states[:, 0], "not those at places"),
    ],
)
def test_another_state_is_named(wrong, said):
    hint = grade(3, wrong)[0]
    assert said in hint
    assert "IndexError" not in hint


# ---------------------------------------------------------------------------------------- 4, two floors

keras = pytest.importorskip("keras")
from keras import layers  # noqa: E402


@pytest.fixture(scope="module")
def texts():
    """Rows of 16 words, some padded at the back: does number 2 or number 3 stand first?"""
    random = np.random.default_rng(0)
    x = random.integers(4, 12, (128, 16)).astype("int32")
    x[:, 0] = random.integers(2, 4, 128)
    for row, length in zip(x, random.integers(12, 17, 128), strict=True):
        row[length:] = 0
    return x, (x[:, 0] == 3).astype(int)


def net(*floors, mask=True, end="sigmoid", length=None):
    keras.utils.set_random_seed(1)
    embedding = layers.Embedding(12, 8, mask_zero=mask)
    model = keras.Sequential(
        [keras.Input((length,), dtype="int32"), embedding, *floors, layers.Dense(1, activation=end)]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return model


def two(kind=layers.GRU):
    return kind(6, return_sequences=True), kind(6)


@pytest.fixture(scope="module")
def trained(texts):
    """Weights of two floors that have learned to read them."""
    model = net(*two())
    model.fit(*texts, epochs=30, batch_size=32, verbose=0)
    return model.get_weights()


def with_a_mask_of_its_own():
    """The mask is handed on by name, and the sigmoid is a layer of its own."""
    keras.utils.set_random_seed(1)
    ids = keras.Input((None,), dtype="int32")
    there = keras.ops.not_equal(ids, 0)
    x = layers.Embedding(12, 8)(ids)
    x = layers.GRU(6, return_sequences=True)(x, mask=there)
    x = layers.GRU(6)(x, mask=there)
    model = keras.Model(ids, layers.Activation("sigmoid")(layers.Dense(1)(x)))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


def with_a_sigmoid_of_its_own():
    """The sigmoid is an operation and not a layer."""
    inner = net(*two(), end=None)
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.ops.sigmoid(inner(ids)))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


@pytest.mark.parametrize(
    "build",
    [
        lambda: net(*two()),
        lambda: net(layers.Bidirectional(layers.GRU(4, return_sequences=True)), layers.GRU(6)),
        with_a_mask_of_its_own,
        with_a_sigmoid_of_its_own,
    ],
)
def test_two_floors_pass_however_they_are_written(build, texts, trained):
    model = build()
    if [weights.shape for weights in model.get_weights()] == [weights.shape for weights in trained]:
        model.set_weights(trained)  # the same net, written in other words, learns the same
    else:
        model.fit(*texts, epochs=30, batch_size=32, verbose=0)
    assert grade(4, model, *texts) is None


def test_a_net_that_was_not_trained_is_named(texts):
    assert "was it trained?" in grade(4, net(*two()), *texts)[0]


def test_a_net_without_a_sigmoid_is_named_whatever_its_weights_are(texts):
    for seed in range(3):
        model = net(*two(layers.SimpleRNN), end=None)
        keras.utils.set_random_seed(seed)
        model.layers[-1].kernel.assign(keras.random.uniform((6, 1), 0, 0.01))
        model.layers[-1].bias.assign([0.5])
        assert "not probabilities" in grade(4, model, *texts)[0]


def test_a_net_built_otherwise_is_named(texts):
    assert "str" in grade(4, "an LSTM", *texts)[0]
    assert "history" in grade(4, keras.callbacks.History(), *texts)[0]
    assert "does not know its input yet" in grade(4, keras.Sequential([layers.GRU(6)]), *texts)[0]
    assert "end with activation='sigmoid'" in grade(4, net(*two(), end="tanh"), *texts)[0]
    assert "1 recurrent layer" in grade(4, net(layers.GRU(6)), *texts)[0]
    assert (
        "at most 100,000"
        in grade(4, net(*(layers.LSTM(100, return_sequences=True), layers.LSTM(100))), *texts)[0]
    )
    assert "expected (None, None) to (None, 1)" in grade(4, net(layers.GRU(6, return_sequences=True), layers.GRU(6, return_sequences=True)), *texts)[0]  # fmt: skip
    # Almost right: all as asked, but for one length.
    assert "texts of 16 words only" in grade(4, net(*two(), length=16), *texts)[0]


def test_a_net_that_reads_the_padding_is_named(texts):
    assert "Zeros after the last word change its answer" in grade(4, net(*two(), mask=False), *texts)[0]


# ---------------------------------------------------------------------------------- 2, a GRU that remembers


@pytest.fixture(scope="module")
def rows():
    """Rows of 12 symbols with a mark: is the marked one, the first or the second, a 1?"""
    random = np.random.default_rng(1)
    x = np.zeros((256, 12, 2), dtype="float32")
    x[..., 0] = random.choice([-1.0, 1.0], (256, 12))
    place = random.integers(0, 2, 256)
    x[np.arange(256), place, 1] = 1
    return x, (x[np.arange(256), place, 0] > 0).astype(int)


def gru(*after, before=(), end="sigmoid", **options):
    keras.utils.set_random_seed(3)
    options = {"units": 12} | options
    model = keras.Sequential(
        [keras.Input((12, 2)), *before, layers.GRU(**options), *after, layers.Dense(1, activation=end)]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return model


def opened(model, bias=2.5):
    """The model with update gates that hold for long from the start."""
    for layer in text_lstm._all_layers(model):
        if isinstance(layer, layers.GRU):
            kernel, recurrent, biases = layer.get_weights()
            biases[0, : layer.units] = bias
            layer.set_weights([kernel, recurrent, biases])
    return model


def functional_gru():
    """The model as a function, its sigmoid a layer of its own."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((None, 2))
    model = keras.Model(inputs, layers.Activation("sigmoid")(layers.Dense(1)(layers.GRU(12)(inputs))))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


def by_initializer():
    """Its gates are set where the layer is made."""

    def begin(shape, dtype=None):
        biases = np.zeros(shape, dtype="float32")
        biases[0, : shape[1] // 3] = 2.5
        return keras.ops.convert_to_tensor(biases)

    return gru(bias_initializer=begin)


@pytest.fixture(scope="module")
def knowing(rows):
    """Weights of a GRU that has learned to read the rows."""
    model = opened(gru())
    model.fit(*rows, epochs=25, batch_size=32, verbose=0)
    return model.get_weights()


@pytest.mark.parametrize(
    "build",
    [
        gru,
        functional_gru,
        by_initializer,
        lambda: keras.Sequential([keras.Input((12, 2)), gru()]),
    ],
)
def test_a_gru_that_remembers_passes_however_it_is_written(build, rows, knowing):
    model = build()
    model.set_weights(knowing)
    assert grade(2, model, *rows) is None


def test_a_gru_that_does_not_remember_is_named(rows, knowing):
    assert "was it trained" in grade(2, gru(), *rows)[0]
    # Almost right: it remembers, but not in every row.
    model = gru()
    model.set_weights(knowing)
    x, labels = rows
    turned = np.where(np.arange(len(labels)) % 8 == 0, 1 - labels, labels)
    assert "0.9 is required" in grade(2, model, x, turned)[0] and "coin" not in grade(2, model, x, turned)[0]


def test_what_is_not_a_gru_reading_from_front_to_back_is_named(rows):
    plain = keras.Sequential([keras.Input((12, 2)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    unbuilt = keras.Sequential([layers.GRU(4), layers.Dense(1)])
    both_ways = layers.Bidirectional(layers.GRU(4, return_sequences=True))
    scores = gru(end=None)
    scores.layers[-1].bias.assign([-3.0])
    for wrong, said in [
        (lambda: gru(), "is a function"),
        (keras.callbacks.History(), "Put the model itself there"),
        (unbuilt, "never trained"),
        (plain, "no GRU layer"),
        (gru(go_backwards=True), "reads backwards"),
        (gru(before=[both_ways]), "Bidirectional reads across the steps"),
        (gru(before=[layers.LSTM(4, return_sequences=True)]), "LSTM reads across the steps"),
        (gru(return_sequences=True), "expected (None, steps, 2) to (None, 1)"),
        (scores, "not probabilities"),
    ]:
        assert said in grade(2, wrong, *rows)[0], said
