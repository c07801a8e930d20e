"""The checks of 15 · Sound: right answers pass, however written; wrong ones get their hint."""

from itertools import groupby

import numpy as np
import pytest

from course_utils.checks import grade
from course_utils.checks.sound import SMALL_ACCURACY, SMALL_PARAMETERS

NOTEBOOK = "15-sound"


def step_by_step(dilations, width):
    field = 1
    for dilation in dilations:
        field += (width - 1) * dilation
    return field


@pytest.mark.parametrize(
    "answer",
    [
        step_by_step,
        lambda dilations, width: 1 + (width - 1) * sum(dilations),
        lambda dilations, width: int(np.sum(dilations) * (width - 1) + 1),
    ],
)
def test_a_receptive_field_is_right_however_it_is_counted(answer):
    assert grade(NOTEBOOK, 1, answer) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda dilations, width: ..., "still there"),
        (lambda dilations, width: sum(dilations) * (width - 1), "present sample is missing"),
        (lambda dilations, width: 1 + width * sum(dilations), "it is 16"),
        (lambda dilations, width: 1 + sum(dilations), "it is 7"),  # almost right: for a width of 2
        (lambda dilations, width: 2 ** len(dilations), "it is 7"),
        (lambda dilations, width: [1, 2], "one whole number"),
    ],
)
def test_a_wrong_receptive_field_gets_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 1, answer)[0]


def in_a_loop(path):
    found, before = [], None
    for label in path:
        if label != before and label != 0:
            found.append(label)
        before = label
    return found


@pytest.mark.parametrize(
    "answer",
    [
        in_a_loop,
        lambda path: [label for label, _ in groupby(path) if label],
        lambda path: np.array(
            [b for a, b in zip([0, *path], path, strict=False) if b not in (a, 0)], dtype=int
        ),
    ],
)
def test_a_path_is_collapsed_rightly_however_it_is_written(answer):
    assert grade(NOTEBOOK, 2, answer) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda path: ..., "still there"),
        (lambda path: [label for label, _ in groupby([one for one in path if one])], "blanks went first"),
        (lambda path: [label for label in path if label], "become one"),
        (lambda path: [label for label, _ in groupby(path)], "A blank is still"),
        (lambda path: sorted(set(path) - {0}), "expected [3, 3]"),
        (lambda path: "4", "a list of labels"),
        (lambda path: [9], "For the path [0, 4, 4, 0] it gives [9], expected [4]."),
    ],
)
def test_a_wrong_collapse_gets_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 2, answer)[0]


@pytest.fixture(scope="module")
def clips():
    """Clips that are easy to tell apart: each language is loud in a band of its own."""
    labels = np.arange(60) % 5
    frames = np.random.default_rng(0).uniform(0, 0.2, (60, 99, 32)).astype(np.float32)
    frames[np.arange(60), :, labels * 5] = 1
    return frames, labels


def trained(keras, clips, layers, epochs=30):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((99, 32)), *layers])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*clips, epochs=epochs, verbose=0)
    return model


@pytest.mark.parametrize("kind", ["average", "convolution", "flat maximum"])
def test_a_small_trained_net_passes_however_it_is_built(kind, clips):
    keras = pytest.importorskip("keras")
    layers = keras.layers
    builds = {
        "average": [layers.GlobalAveragePooling1D(), layers.Dense(5, activation="softmax")],
        "convolution": [
            layers.Conv1D(8, 3, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(5, activation="softmax"),
        ],
        "flat maximum": [layers.MaxPooling1D(33), layers.Flatten(), layers.Dense(5, activation="softmax")],
    }  # fmt: skip
    assert grade(NOTEBOOK, 3, trained(keras, clips, builds[kind]), *clips) is None


def test_wrong_nets_get_a_hint(clips):
    keras = pytest.importorskip("keras")
    layers = keras.layers

    def untrained(*stack, shape=(99, 32)):
        model = keras.Sequential([keras.Input(shape), *stack])
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    wrong = {
        "Fill in the place": ...,
        "the history": keras.callbacks.History(),
        "is a str": "small",
        "does not know its input": keras.Sequential([layers.Dense(5)]),
        f"at most {SMALL_PARAMETERS:,}": untrained(layers.Flatten(), layers.Dense(8), layers.Dense(5)),
        "cannot read clips": untrained(layers.GlobalAveragePooling1D(), layers.Dense(5), shape=(99, 40)),
        "5 numbers per clip": untrained(layers.GlobalAveragePooling1D(), layers.Dense(4)),
        # Almost right: small and well built, but nobody trained it.
        f"at least {SMALL_ACCURACY:.2f}": untrained(layers.GlobalAveragePooling1D(), layers.Dense(5)),
    }
    for said, model in wrong.items():
        assert said in grade(NOTEBOOK, 3, model, *clips)[0], said
