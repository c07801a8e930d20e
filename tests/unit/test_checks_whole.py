"""Answers that few learners give, and nets that nobody trained: their hints are those that were approved."""

import math

import numpy as np
import pytest
from checks_support import forwards, rows_of

from course_utils import checks

keras = pytest.importorskip("keras")
layers = keras.layers
rng = np.random.default_rng


def majority(labels):
    return max(map(list(labels).count, set(labels))) / len(labels)


def said(answers):
    """A function that gives one answer after the other, the last one for ever."""
    left = list(answers)
    return lambda *given, **named: left.pop(0) if len(left) > 1 else left[0]


def frames(length, kernel, pool):
    return (length - kernel + 1) // pool


def wrong_where(right, wrong, where):
    """A function that answers rightly but for some inputs."""
    return lambda *given: wrong(*given) if where(*given) else right(*given)


def block(x, filters, strides=1, shortcut=True, extra=False):
    """A bottleneck, or one that lacks or has too much."""
    y, came = x, x
    for count, side, step in ((filters, 1, strides), (filters, 3, 1), (4 * filters, 1, 1)):
        y = layers.BatchNormalization()(layers.Conv2D(count, side, step, padding="same")(y))
        y = layers.ReLU()(y) if count == filters else y
    if shortcut and (strides > 1 or x.shape[-1] != 4 * filters):
        came = layers.BatchNormalization()(layers.Conv2D(4 * filters, 1, strides)(x))
    elif came.shape != y.shape:
        came = layers.AveragePooling2D(strides)(x) if strides > 1 else x
        came = layers.Concatenate()([came] * (y.shape[-1] // came.shape[-1]))
    if extra:
        y = layers.BatchNormalization()(layers.Conv2D(4 * filters, 1)(y))
    return layers.ReLU()(layers.Add()([came, y]))


def overlap(a, b):
    """IoU that forgets that two negative sides make a positive area."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    one, other = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return wide * high / (one + other - wide * high)


def counted(bias, share):
    left, steps = 1.0, 0
    while left >= share:
        left, steps = left / (1 + math.exp(-bias)), steps + 1
    return steps


def reader(*stack, shape=(None,), end="sigmoid", size=30):
    """A net that reads words: an embedding, some layers, one answer; all weights are zero but the embedding's."""
    net = keras.Sequential(
        [
            keras.Input(shape, dtype="int32"),
            layers.Embedding(size, 3, mask_zero=True),
            *stack,
            layers.Dense(1, activation=end),
        ]
    )
    net.set_weights([0 * one for one in net.get_weights()])
    return net  # fmt: skip


def memory(*stack, shape=(9, 2), units=1):
    return keras.Sequential([keras.Input(shape), *stack, layers.Dense(units, activation="sigmoid")])


WORDS = np.tile(np.arange(1, 61), (40, 1)) % 29 + 1
HALF = np.arange(40) % 2
SERIES = rng(0).normal(size=(40, 9, 2))
ANSWERS = {
    "09-architectures": [
        (1, lambda side, channels, kernel, filters, stride=1, padding=0, groups=1: ((side + 2 * padding - kernel) + 1, 1, 1)),
        (2, lambda x, filters, strides=1: block(x, filters, strides, shortcut=False)),
        (2, lambda x, filters, strides=1: block(x, filters, strides, extra=True)),
        (2, lambda x, filters, strides=1: block(x, filters + 1, strides)),
        (2, lambda x, filters, strides=1: x if strides == 1 and x.shape[-1] == 4 * filters else layers.Conv2D(4 * filters, 1, strides)(x)),
        (2, block),
    ],
    "12-characters": [
        (1, forwards), (1, wrong_where(rows_of, lambda text, alphabet, count: rows_of(text, alphabet, count)[::-1], lambda text, *_: text == "abc")),
        (1, wrong_where(rows_of, lambda text, alphabet, count: np.ones((count, len(alphabet))), lambda text, *_: text == "")),
        (1, wrong_where(rows_of, lambda text, alphabet, count: rows_of(text, alphabet, count + 1), lambda text, *_: text == "")), (1, rows_of),
        (2, wrong_where(frames, lambda length, kernel, pool: (length - kernel + 1) / pool, lambda length, *_: length == 10)),
        (2, lambda length, kernel, pool: (length - kernel + 1) / pool), (2, wrong_where(frames, lambda *_: 7.5, lambda length, *_: length == 8)),
        (2, wrong_where(frames, lambda length, kernel, pool: length - kernel + 1, lambda length, *_: length == 12)), (2, frames),
    ],
    "10-detection": [(1, overlap), (1, lambda a, b: 0.5), (1, lambda a, b: (0, 1))],
    "01-eda": [
        (2, wrong_where(majority, lambda labels: 0.25, lambda labels: set(labels.tolist()) == {4, 9})), (2, wrong_where(majority, lambda labels: 3, lambda labels: set(labels.tolist()) == {4, 9})),
        (2, wrong_where(majority, lambda labels: 0.5, lambda labels: len(set(labels.tolist())) == 16)), (2, wrong_where(majority, lambda labels: 10, lambda labels: len(set(labels.tolist())) == 16)),
    ],
    "08-lime": [
        (4, lambda predict, text, first, second: 0.04), (4, lambda predict, text, first, second: predict([text])[0]), (4, lambda *_: "much"), (4, lambda *_: (1, 2)),
    ],
    "14-questions": [
        (2, lambda answered, right: 0.0), (2, lambda answered, right: 1.0), (2, lambda answered, right: [1.0]),
        (2, wrong_where(lambda answered, right: np.mean([bool(a) and a[0] in r for a, r in zip(answered, right, strict=True)]), lambda *_: 0.25, lambda answered, right: len(answered) == 4)),
    ],
    "15b-sequences": [
        (2, lambda beam, ask, width: [(beam[0][0] + letter, beam[0][1] + log) for letter, log in ask(beam[0][0]).items()][:width]),
        (2, lambda beam, ask, width: sorted(((text + letter, score + log) for text, score in beam for letter, log in ask(text).items()), key=lambda one: one[1])[-width:]),
        (2, lambda beam, ask, width: sorted(((text + letter, score + log) for text, score in beam for letter, log in ask(text).items()), key=lambda one: one[1])[:width]),
        (2, lambda beam, ask, width: [("zz", 0.0)] * width), (2, lambda beam, ask, width: 3), (2, lambda beam, ask, width: []),
        (2, lambda beam, ask, width: sorted(((text + letter, log) for text, score in beam for letter, log in ask(text).items()), key=lambda one: -one[1])[:width]),
    ],
    "16-serving": [
        (1, lambda waiting, waited, most, deadline: waiting >= most), (1, lambda waiting, waited, most, deadline: waited >= deadline), (1, lambda waiting, waited, most, deadline: waiting >= most or waited >= 0.0015),
        (1, lambda waiting, waited, most, deadline: waiting >= most or (waited >= deadline and waiting < 31)), (1, lambda waiting, waited, most, deadline: True),
        (1, lambda waiting, waited, most, deadline: waiting >= 32 or waited >= deadline), (1, lambda waiting, waited, most, deadline: waiting >= most or waited >= 0.002),
        (1, lambda waiting, waited, most, deadline: waiting == most or waited >= deadline),
    ],
    "07-text-lstm": [
        (1, lambda bias, share: counted(bias, share) - 1), (1, lambda bias, share: math.log(share) / math.log(1 / (1 + math.exp(-bias)))), (1, wrong_where(counted, lambda *_: 99, lambda bias, share: bias == 5)),
        (1, wrong_where(counted, lambda *_: 3, lambda bias, share: share == 0.4)), (1, counted),
        (3, lambda states, ids: states[:, -1]), (3, lambda states, ids: states[np.arange(3), (ids != 0).sum(1)]), (3, lambda states, ids: states[np.arange(3), (ids != 0).sum(1) - 2]),
        (3, lambda states, ids: states[np.arange(3), np.minimum((ids != 0).sum(1), 4)]), (3, lambda states, ids: states[:, (ids != 0).sum(1) - 1]), (3, lambda states, ids: states[:, 0]),
    ],
    "06-text-cnn": [
        (1, wrong_where(lambda text, words: [text.lower().count(word) for word in words], lambda *_: [1, 0, 0], lambda text, words: text.startswith("Nothing"))),
        (3, wrong_where(lambda true, predicted: np.mean([(predicted == one)[true == one].mean() for one in np.unique(true)]), lambda *_: 0.5, lambda true, predicted: (true == predicted).all())),
        (3, wrong_where(lambda true, predicted: np.mean([(predicted == one)[true == one].mean() for one in np.unique(true)]), lambda *_: 0.5, lambda true, predicted: 9 in predicted)),
        (3, lambda true, predicted: np.mean([(predicted == one)[true == one].mean() if (true == one).any() else 0.0 for one in np.unique(predicted)])),
    ],
}  # fmt: skip
CASES = [(notebook, number) for notebook, answers in ANSWERS.items() for number in range(len(answers))]


@pytest.mark.parametrize(("notebook", "number"), CASES, ids=str)
def test_an_answer_gets_the_hints_that_were_approved(notebook, number):
    exercise, answer = ANSWERS[notebook][number]
    checks.grade(notebook, exercise, answer)


NETS = {
    "memory, never built": lambda: (2, keras.Sequential([layers.GRU(2), layers.Dense(1)]), SERIES),
    "memory, no gru": lambda: (2, memory(layers.Flatten()), SERIES),
    "memory, shape": lambda: (2, memory(layers.GRU(2), shape=(9, 3)), SERIES),
    "memory, two answers": lambda: (2, memory(layers.GRU(2), units=2), SERIES),
    "memory, backwards": lambda: (2, memory(layers.GRU(2, go_backwards=True)), SERIES),
    "memory, other reader": lambda: (2, memory(layers.Conv1D(2, 3), layers.GRU(2)), SERIES),
    "memory, coin": lambda: (2, zeroed(memory(layers.GRU(2))), SERIES),
    "memory, scores": lambda: (2, zeroed(keras.Sequential([keras.Input((9, 2)), layers.GRU(2), layers.Dense(1)]), bias=3.0), SERIES),
    "reader, never built": lambda: (4, keras.Sequential([layers.Embedding(9, 2), layers.LSTM(2), layers.Dense(1)]), WORDS),
    "reader, two answers": lambda: (4, keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(30, 2), layers.LSTM(2), layers.Dense(2)]), WORDS),
    "reader, fixed": lambda: (4, reader(layers.LSTM(2, return_sequences=True), layers.LSTM(2), shape=(60,)), WORDS),
    "reader, one floor": lambda: (4, reader(layers.LSTM(2)), WORDS),
    "reader, large": lambda: (4, reader(layers.LSTM(64, return_sequences=True), layers.LSTM(64), size=3000), WORDS),
    "reader, linear": lambda: (4, reader(layers.LSTM(2, return_sequences=True), layers.LSTM(2), end="linear"), WORDS),
    "reader, coin": lambda: (4, reader(layers.LSTM(2, return_sequences=True), layers.LSTM(2)), WORDS),
    "reader, relu": lambda: (4, zeroed(reader(layers.LSTM(2, return_sequences=True), layers.LSTM(2), end="relu"), bias=3.0), WORDS),
}  # fmt: skip


def zeroed(net, bias=0.0):
    """The net with weights of zero and one bias at its end."""
    values = [0 * one for one in net.get_weights()]
    values[-1] = values[-1] + bias
    net.set_weights(values)
    return net


@pytest.mark.parametrize("name", NETS)
def test_a_net_gets_the_hints_that_were_approved(name):
    exercise, net, x = NETS[name]()
    checks.grade("07-text-lstm", exercise, net, x, HALF)


def test_a_small_net_of_words_gets_the_hints_that_were_approved():
    for net in (
        keras.Sequential([layers.Embedding(9, 2), layers.GlobalMaxPooling1D(), layers.Dense(1)]), reader(layers.GlobalAveragePooling1D()),
        zeroed(reader(layers.GlobalAveragePooling1D(), end="linear"), bias=-2.0), reader(layers.GlobalAveragePooling1D(), shape=(9,)), reader(layers.GlobalAveragePooling1D(), size=9000), reader(),
    ):  # fmt: skip
        checks.grade("06-text-cnn", 4, net, WORDS, HALF)


def test_a_small_net_of_pictures_gets_the_hints_that_were_approved():
    net = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(2, 3),
            layers.GlobalMaxPooling2D(),
            layers.Dense(16, activation="softmax"),
        ]
    )
    pictures, labels = np.zeros((32, 32, 32, 3), "float32"), np.arange(32) % 16
    checks.grade("05-fruit-cnn", 3, zeroed(net), pictures, labels)
    checks.grade("03-pretrained-xception", 2, zeroed(net), pictures, labels, 0.5)


def test_an_answer_about_a_cue_gets_the_hints_that_were_approved():
    from course_utils.checks.questions import planted_cue, planted_headlines

    hidden, test = planted_cue(3), planted_headlines(3)[1]
    for found, answers in (
        (3, []), ("no such words", []), (hidden.split()[0], []), (hidden.upper(), [0, 1]), (hidden, np.full(len(test), 2)), (hidden, 1 - test["label"]),
        (hidden, np.arange(len(test)) % 2), (hidden, test["label"]),
    ):  # fmt: skip
        checks.grade("14-questions", 3, found, answers, 3)
