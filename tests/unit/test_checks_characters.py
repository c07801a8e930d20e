"""The checks of 12 · Reading letter by letter: right answers pass, however written; wrong ones get their hint."""

from __future__ import annotations

import numpy as np
import pytest
from checks_support import forwards, rows_of

from course_utils.checks import grade

NOTEBOOK = "12-characters"


def by_comparison(text, alphabet, frames):
    turned = text.lower()[::-1][:frames].ljust(frames, "\0")
    return np.array([[float(one == character) for one in alphabet] for character in turned])


def with_find(text, alphabet, frames):
    rows = np.zeros((frames, len(alphabet) + 1), dtype="float32")
    places = [alphabet.find(one) for one in text.lower()[::-1]][:frames]
    rows[np.arange(len(places)), places] = 1  # -1, not found, is the last column
    return rows[:, :-1] if places else np.zeros((frames, len(alphabet)))


@pytest.mark.parametrize("answer", [rows_of, by_comparison, with_find])
def test_one_hot_rows_are_right_however_they_are_made(answer):
    assert grade(NOTEBOOK, 1, answer) is None


def capitals_left_out(text, alphabet, frames):
    rows = np.zeros((frames, len(alphabet)))
    for frame, character in enumerate(text[::-1][:frames]):
        if character in alphabet:
            rows[frame, alphabet.index(character)] = 1
    return rows


def the_beginning(text, alphabet, frames):
    return rows_of(text[:frames], alphabet, frames)


def transposed(text, alphabet, frames):
    return rows_of(text, alphabet, frames).T


def unknown_is_the_last(text, alphabet, frames):
    rows = np.zeros((frames, len(alphabet)))
    for frame, character in enumerate(text.lower()[::-1][:frames]):
        rows[frame, alphabet.find(character)] = 1
    return rows


def padded_in_front(text, alphabet, frames):
    return np.roll(rows_of(text, alphabet, frames), max(0, frames - len(text)), axis=0)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda text, alphabet, frames: ..., "still there"),
        (forwards, "reverse the text"),
        (capitals_left_out, "text.lower()"),
        (the_beginning, "its end is lost"),
        (transposed, "returns shape"),
        (unknown_is_the_last, "rows are wrong"),
        (lambda text, alphabet, frames: np.ones((frames, len(alphabet))), "more than a single 1"),
        (padded_in_front, "at the end of the rows"),
    ],
)
def test_wrong_rows_get_the_hint_that_fits(answer, hint):
    assert hint in grade(NOTEBOOK, 1, answer)[0]


@pytest.mark.parametrize(
    "answer",
    [
        lambda frames, kernel, pool: (frames - kernel + 1) // pool,
        lambda frames, kernel, pool: int((frames - (kernel - 1)) / pool),
        lambda frames, kernel, pool: len(range(pool, frames - kernel + 2, pool)),
    ],
)
def test_frames_are_right_however_they_are_counted(answer):
    assert grade(NOTEBOOK, 2, answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda frames, kernel, pool: ..., "still there"),
        (lambda frames, kernel, pool: (frames - kernel) // pool, "expected"),
        (lambda frames, kernel, pool: -(-(frames - kernel + 1) // pool), "expected"),
        (lambda frames, kernel, pool: frames - kernel + 1, "pooling left out"),
        (lambda frames, kernel, pool: frames // pool, "convolution left out"),
        (lambda frames, kernel, pool: (frames - kernel + 1) / pool, "whole numbers"),
        (lambda frames, kernel, pool: [(frames - kernel + 1) // pool], "one number"),
    ],
)
def test_wrong_frames_get_a_hint(answer, hint):
    assert hint in grade(NOTEBOOK, 2, answer)[0]


FRAMES, CLASSES = 12, 3


def readable_texts(count):
    """Ids whose first frame says their class."""
    random = np.random.default_rng(1)
    ids = random.integers(0, 70, (count, FRAMES)).astype("uint8")
    labels = random.integers(0, CLASSES, count)
    ids[:, 0] = labels + 1
    return ids, labels


def reader(start=1.0, frames=FRAMES, classes=CLASSES):
    """A net that reads the class off its first frame, as well as `start` says."""
    keras = pytest.importorskip("keras")
    inputs = keras.Input((frames,), dtype="uint8")
    rows = keras.ops.one_hot(keras.ops.cast(inputs, "int32") - 1, 69)
    outputs = keras.layers.Dense(classes, activation="softmax")(keras.layers.Flatten()(rows))
    model = keras.Model(inputs, outputs)
    kernel = np.zeros(model.layers[-1].get_weights()[0].shape)
    kernel[:classes, :classes] = 5 * start * np.eye(classes)
    model.layers[-1].set_weights([kernel, np.zeros(classes)])
    return model


@pytest.fixture(scope="module")
def texts():
    return readable_texts(90)


@pytest.mark.parametrize("start", [0.2, 1, 3])
def test_a_net_that_beats_the_other_passes(texts, start):
    assert grade(NOTEBOOK, 3, reader(start), *texts, 0.8) is None


def test_wrong_nets_get_a_hint(texts):
    keras = pytest.importorskip("keras")
    cases = [
        (..., "Fill in"),
        (reader, "a function; expected a trained"),
        (keras.callbacks.History(), "the history"),
        (keras.Sequential([keras.layers.Dense(3)]), "does not know its input"),
        (reader(frames=10), "reads texts of 10 frames"),
        (reader(classes=2), "one probability for each of 3 classes"),
        (reader(0), "same answer"),
        (reader(-1), "beat it"),
    ]
    for model, hint in cases:
        assert hint in grade(NOTEBOOK, 3, model, *texts, 0.8)[0], hint


def test_as_good_as_the_other_is_not_better(texts):
    assert "beat it" in grade(NOTEBOOK, 3, reader(), *texts, 1.0)[0]
