"""Graders of notebook 06: right answers pass however they are written, typical mistakes are named."""

from collections import Counter
from operator import countOf

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import text_cnn
from course_utils.text import words

NOTEBOOK = "06-text-cnn"


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


@pytest.mark.parametrize("exercise", [1, 2, 3])
def test_an_untouched_stub_is_not_yet(exercise):
    assert "still there" in grade(exercise, lambda *arguments: ...)[0]


def test_an_untouched_net_is_not_yet():
    assert "marked ..." in grade(4, ..., np.zeros((2, 3)), [0, 1])[0]


def test_every_exercise_has_hints():
    assert set(text_cnn.HINTS) == set(text_cnn.EXERCISES) == {1, 2, 3, 4}


def test_an_exception_in_the_answer_becomes_a_hint():
    assert "NameError" in grade(3, lambda true, predicted: undefined)[0]  # noqa: F821


# ------------------------------------------------------------------------------------ 1, a row of the matrix


@pytest.mark.parametrize(
    "right",
    [
        lambda text, word_list: [words(text).count(word) for word in word_list],
        lambda text, word_list: np.array([countOf(words(text), word) for word in word_list]),
        lambda text, word_list: tuple(map(Counter(words(text)).__getitem__, word_list)),
    ],
)
def test_a_row_counts_each_word_of_the_list(right):
    assert grade(1, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda text, word_list: [int(word in words(text)) for word in word_list], "not how often"),
        (lambda text, word_list: [1] * 7, "expected one number for each word"),
        (lambda text, word_list: [text.lower().split().count(word) for word in word_list], "Good jam, good bread!"),
        (lambda text, word_list: [words(text).count(word) for word in sorted(set(words(text)))], "it gives shape"),
        # Almost right: only the capital letters are missing.
        (lambda text, word_list: [text.replace("Good", "good").replace(",", " ").replace("!", "").split().count(word) for word in word_list], "GOOD? Not this jam."),
        (lambda text, word_list: sum(words(text).count(word) for word in word_list), "it gives shape ()"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


# ------------------------------------------------------------------------------- 2, windows and parameters


def by_loop(length, width, channels_in, filters):
    windows = sum(1 for place in range(length) if place + width <= length)
    return windows, sum(width * channels_in + 1 for _ in range(filters))


@pytest.mark.parametrize(
    "right",
    [
        lambda length, width, i, o: (length - width + 1, (width * i + 1) * o),
        lambda length, width, i, o: [1 + length - width, o + o * i * width],
        by_loop,
    ],
)
def test_windows_and_parameters(right):
    assert grade(2, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda length, width, i, o: (length - width + 1, width * i * o), "biases"),
        (lambda length, width, i, o: (length, (width * i + 1) * o), "it counts 60 windows; there are 58"),
        # Almost right: one window too few.
        (lambda length, width, i, o: (length - width, (width * i + 1) * o), "it counts 57 windows; there are 58"),
        (lambda length, width, i, o: (length - width + 1, (width + 1) * i * o), "Keras counts 9,664"),
        (lambda length, width, i, o: (length - width + 1, width * i * o + 1), "Keras counts 9,664"),
        (lambda length, width, i, o: length - width + 1, "two numbers"),
        (lambda length, width, i, o: (..., ...), "still there"),
    ],
)  # fmt: skip
def test_wrong_windows_and_parameters_are_named(wrong, said):
    assert said in grade(2, wrong)[0]


# ---------------------------------------------------------------------------------- 3, balanced accuracy


def recalls(true, predicted, classes):
    return [(predicted == label)[true == label].mean() for label in classes]


def by_counting(true, predicted):
    found, there = Counter(), Counter(true.tolist())
    for label, answer in zip(true.tolist(), predicted.tolist(), strict=True):
        found[label] += label == answer
    return sum(found[label] / there[label] for label in there) / len(there)


def by_scikit_learn(true, predicted):
    from sklearn.metrics import recall_score

    return recall_score(true, predicted, labels=np.unique(true), average="macro")


@pytest.mark.parametrize(
    "right",
    [
        lambda true, predicted: np.mean(recalls(true, predicted, np.unique(true))),
        by_counting,
        by_scikit_learn,
    ],
)
def test_balanced_accuracy_is_the_mean_recall(right):
    assert grade(3, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda true, predicted: (true == predicted).mean(), " That is the plain accuracy."),
        (lambda true, predicted: np.mean(recalls(predicted, true, np.unique(predicted))), " That is the mean of the precisions: you divided by what was predicted, not by what is true."),
        (lambda true, predicted: np.sum(recalls(true, predicted, np.unique(true))), " That is the sum of the recalls."),
        (lambda true, predicted: (predicted[true == 1] == 1).mean(), " That is the recall of one class."),
        (lambda true, predicted: recalls(true, predicted, np.unique(true)), "expected one"),
        # Almost right: they hold as long as there are two classes, or all classes are predicted.
        (lambda true, predicted: np.mean(recalls(true, predicted, (0, 1))), "three classes"),
        (lambda true, predicted: np.mean(recalls(true, predicted, np.unique(predicted))), "always 1"),
    ],
)  # fmt: skip
def test_a_wrong_balanced_accuracy_is_named(wrong, said):
    assert said in grade(3, wrong)[0]


# -------------------------------------------------------------------------------------- 4, a smaller net

# Texts of six words out of 20. Positive: word 2 comes directly before word 3, as in 'not bad'. All others hold both
# words, too, so that only their order tells.
LENGTH, SIZE = 6, 20


@pytest.fixture(scope="module")
def texts():
    random = np.random.default_rng(7)
    x = random.integers(4, SIZE, (400, LENGTH)).astype("int32")
    labels = np.arange(400) % 2
    for row, label in zip(x, labels, strict=True):
        place = random.integers(0, LENGTH - 1)
        row[place : place + 2] = (2, 3) if label else (3, 2)
    return x, labels


def small(*middle, end=None, dimensions=2, length=LENGTH):
    """A net from word numbers to a probability, not trained yet."""
    import keras
    from keras import layers

    stack = [layers.Embedding(SIZE, dimensions), *middle, end or layers.Dense(1, activation="sigmoid")]
    return keras.Sequential([keras.Input((length,), dtype="int32"), *stack])


def phrases(width=2):
    from keras import layers

    return layers.Conv1D(1, width, activation="relu"), layers.GlobalMaxPooling1D()


TABLE = np.zeros((SIZE, 2))
TABLE[2], TABLE[3] = (1, 0), (0, 1)
FILTER = [np.eye(2)[..., None], np.array([-1.0])]  # 1 where word 2 comes directly before word 3, 0 elsewhere


def knowing(net, *decision):
    """The net with weights as a training could have found them."""
    net.set_weights([TABLE, *FILTER, *decision])
    return net


def functional():
    """Two widths side by side, as in the notebook; the wider one has nothing to say."""
    import keras
    from keras import layers

    inputs = keras.Input((LENGTH,), dtype="int32")
    vectors = layers.Embedding(SIZE, 2)(inputs)
    best = [
        layers.GlobalMaxPooling1D()(layers.Conv1D(1, width, activation="relu")(vectors)) for width in (2, 3)
    ]
    net = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Concatenate()(best)))
    wider = [np.zeros((3, 2, 1)), np.zeros(1)]
    net.set_weights([TABLE, *FILTER, *wider, np.array([[20.0], [20.0]]), np.array([-10.0])])
    return net


def test_a_small_net_passes_however_it_is_written(texts):
    from keras import layers

    two = small(*phrases(), end=layers.Dense(2, activation="softmax"))
    assert grade(4, knowing(small(*phrases()), np.array([[20.0]]), np.array([-10.0])), *texts) is None
    assert grade(4, knowing(two, np.array([[-20.0, 20.0]]), np.array([10.0, -10.0])), *texts) is None
    assert grade(4, functional(), *texts) is None


def test_a_net_that_reads_single_words_is_almost_right(texts):
    net = small(*phrases(width=1))
    seen = np.zeros((SIZE, 2))
    seen[9] = 1
    net.set_weights([seen, np.ones((1, 2, 1)), np.zeros(1), np.array([[20.0]]), np.array([-10.0])])
    (first, *_) = grade(4, net, *texts)
    assert "at least 0.88" in first and "same answer" not in first


def test_a_net_a_little_too_large_is_told_where_its_parameters_are(texts):
    (first, *_) = grade(4, small(*phrases(), dimensions=591), *texts)
    assert "at most 13,000" in first and "of them" in first


def test_a_net_that_was_not_trained_is_named(texts):
    from keras import initializers, layers

    lazy = small(
        *phrases(), end=layers.Dense(1, activation="sigmoid", bias_initializer=initializers.Constant(9))
    )
    assert "was it trained?" in grade(4, lazy, *texts)[0]


def test_other_things_than_a_fitting_net_are_named(texts):
    from keras import initializers, layers

    net = small(*phrases())
    net.compile(loss="binary_crossentropy")
    assert "the history" in grade(4, net.fit(*texts, verbose=0), *texts)[0]
    assert "expected a trained keras.Model" in grade(4, lambda: net, *texts)[0]
    assert "texts of 9 words; the controlled ones have 6" in grade(4, small(*phrases(), length=9), *texts)[0]
    scores = layers.Dense(1, bias_initializer=initializers.Constant(-3))
    assert "not probabilities" in grade(4, small(*phrases(), end=scores), *texts)[0]
    assert "one probability per review" in grade(4, small(phrases()[0]), *texts)[0]
