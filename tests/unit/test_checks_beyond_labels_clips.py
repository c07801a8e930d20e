"""Exercise 3 of 11 · Beyond labels: small nets for clips pass, however they are built; wrong ones get their hint."""

import numpy as np
import pytest

from course_utils.checks import grade
from course_utils.checks.beyond_labels import CLIP_ACCURACY, CLIP_PARAMETERS

NOTEBOOK = "11-beyond-labels"


@pytest.fixture(scope="module")
def films():
    """Clips that are easy to tell apart: a bright square that goes left, right, up or down."""
    labels = np.arange(48) % 4
    clips = np.random.default_rng(0).uniform(0, 0.1, (48, 8, 32, 32, 3)).astype(np.float32)
    for clip, label in zip(clips, labels, strict=True):
        for number in range(8):
            place = 4 * (number if label % 2 else 7 - number)
            rows, columns = (
                (slice(12, 20), slice(place, place + 4))
                if label < 2
                else (slice(place, place + 4), slice(12, 20))
            )
            clip[number, rows, columns] = 1
    return clips, labels


def trained_on_films(keras, films, per_frame, reader, epochs=40):
    layers = keras.layers
    keras.utils.set_random_seed(0)
    stack = [layers.TimeDistributed(layers.AveragePooling2D(4)), layers.TimeDistributed(per_frame), *reader]
    model = keras.Sequential([keras.Input((8, 32, 32, 3)), *stack, layers.Dense(4, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(*films, epochs=epochs, verbose=0)
    return model


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "dense over time"])
def test_a_small_trained_clip_net_passes_however_it_is_built(kind, films):
    keras = pytest.importorskip("keras")
    layers = keras.layers
    readers = {
        "LSTM": [layers.LSTM(16)],
        "GRU": [layers.GRU(16)],
        "dense over time": [layers.Dense(4), layers.Flatten(), layers.Dense(16, activation="relu")],
    }
    assert grade(NOTEBOOK, 3, trained_on_films(keras, films, layers.Flatten(), readers[kind]), *films) is None


def test_wrong_clip_nets_get_a_hint(films):
    keras = pytest.importorskip("keras")
    layers = keras.layers

    def untrained(*stack, shape=(8, 32, 32, 3)):
        model = keras.Sequential([keras.Input(shape), *stack])
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    pooled = layers.TimeDistributed(layers.GlobalAveragePooling2D())
    wrong = {
        "Fill in the place": ...,
        "the history": keras.callbacks.History(),
        "is a list": [1, 2],
        "does not know its input": keras.Sequential([layers.Dense(4)]),
        f"at most {CLIP_PARAMETERS:,}": untrained(layers.Flatten(), layers.Dense(4)),
        "cannot read clips": untrained(layers.Flatten(), layers.Dense(4), shape=(8, 8, 8, 3)),
        "4 numbers per clip": untrained(pooled, layers.LSTM(5)),
        # Almost right: small, trained, but the place is gone.
        f"at least {CLIP_ACCURACY:.2f}": trained_on_films(
            keras, films, layers.GlobalAveragePooling2D(), [layers.LSTM(8)], epochs=5
        ),
    }
    for said, model in wrong.items():
        assert said in grade(NOTEBOOK, 3, model, *films)[0], said
