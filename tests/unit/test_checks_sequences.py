"""The checks of 15b · One to many, many to many: right answers pass, however written; wrong ones get their hint."""

import heapq

import numpy as np
import pytest

from course_utils.checks import grade
from course_utils.checks.sequences import SMALL_EXACT, SMALL_PARAMETERS

NOTEBOOK = "15b-sequences"


def rolled(rows):
    before = np.roll(rows, 1, axis=1)
    before[:, 0] = 1
    return before


@pytest.mark.parametrize(
    "answer",
    [
        rolled,
        lambda rows: np.concatenate([np.ones((len(rows), 1), int), rows[:, :-1]], axis=1),
        lambda rows: [[1, *row[:-1]] for row in rows.tolist()],
        lambda rows: np.pad(rows, ((0, 0), (1, 0)), constant_values=1)[:, :-1],
    ],
)
def test_rows_are_shifted_rightly_however_it_is_written(answer):
    assert grade(NOTEBOOK, 1, answer) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: ..., "still there"),
        (lambda rows: rows, "Nothing was shifted"),
        (lambda rows: np.roll(rows, -1, axis=1), "told the future"),
        (lambda rows: np.roll(rows, 1, axis=1), "expected the start"),  # almost right
        (lambda rows: np.pad(rows, ((0, 0), (1, 0)))[:, :-1], "expected the start"),
        (lambda rows: np.pad(rows, ((0, 0), (1, 0)), constant_values=1), "shape has to stay"),
        (lambda rows: np.ones_like(rows), "became"),
    ],
)
def test_rows_shifted_wrongly_get_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 1, answer)[0]


def step_by_step(beam, ask, width):
    grown = []
    for text, score in beam:
        for letter, more in ask(text).items():
            grown.append((text + letter, score + more))
    grown.sort(key=lambda one: one[1], reverse=True)
    return grown[:width]


def pairs(beam, ask):
    return [(text + letter, score + log) for text, score in beam for letter, log in ask(text).items()]


@pytest.mark.parametrize(
    "answer",
    [
        step_by_step,
        lambda beam, ask, width: sorted(pairs(beam, ask), key=lambda one: -one[1])[:width],
        lambda beam, ask, width: heapq.nlargest(width, pairs(beam, ask), key=lambda one: one[1]),
    ],
)
def test_a_beam_grows_rightly_however_it_is_written(answer):
    assert grade(NOTEBOOK, 2, answer) is None


def best_of_each(beam, ask, width):
    return [
        (text + max(ask(text), key=ask(text).get), score + max(ask(text).values())) for text, score in beam
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda beam, ask, width: ..., "still there"),
        (best_of_each, "gives 1 texts; expected 2"),
        (lambda beam, ask, width: pairs(beam, ask), "the best is not the first"),
        (
            lambda beam, ask, width: sorted(pairs(beam, ask), key=lambda one: -one[1]),
            "gives 2 texts; expected 1",
        ),
        (lambda beam, ask, width: pairs(beam, ask)[:width], "first"),
        (lambda beam, ask, width: sorted(pairs(beam, ask), key=lambda one: one[1])[:width], "first"),
        (
            lambda beam, ask, width: [(text, score) for text, score in step_by_step(beam, ask, width)][::-1],
            "the best is not the first",
        ),
        (
            lambda beam, ask, width: step_by_step(
                beam, lambda text: {k: np.exp(v) for k, v in ask(text).items()}, width
            ),
            "logarithms add up",
        ),
        (lambda beam, ask, width: [text for text, _ in step_by_step(beam, ask, width)], "pairs"),
        (
            lambda beam, ask, width: [("zz", 0.0)] * len(step_by_step(beam, ask, width)),
            "gives 'zz', which is not a text of the beam",
        ),
        # Almost right: the new score alone, the old one forgotten. Only the second step shows it.
        (
            lambda beam, ask, width: step_by_step([(text, 0.0) for text, _ in beam], ask, width),
            "logarithms add up",
        ),
    ],
)
def test_a_beam_grown_wrongly_gets_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 2, answer)[0]


@pytest.fixture(scope="module")
def copies():
    """Sources of three numbers whose answer is the same three and the end."""
    random = np.random.default_rng(0)
    sources = random.integers(4, 7, (200, 3)).astype(np.int32)
    return sources, np.concatenate([sources, np.full((200, 1), 2, np.int32)], axis=1)


def built(keras, kind, told=True, labels=7):
    layers = keras.layers
    source, before = (keras.Input((size,), dtype="int32") for size in (3, 4))
    x, y = (layers.Embedding(7, 12)(one) for one in (source, before))
    if kind == "flat":
        known = layers.RepeatVector(4)(layers.Flatten()(x))
        hidden = layers.GRU(24, return_sequences=True)(layers.Concatenate()([known, y]) if told else y)
    else:
        encoded, state = layers.GRU(24, return_sequences=True, return_state=True)(x)
        hidden = layers.GRU(24, return_sequences=True)(y, initial_state=state if told else None)
        if kind == "attention":
            hidden = layers.Concatenate()([hidden, layers.Attention()([hidden, encoded])])
    model = keras.Model([source, before], layers.Dense(labels, activation="softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("kind", ["flat", "state", "attention"])
def test_a_small_trained_translator_passes_however_it_is_built(kind, copies):
    keras = pytest.importorskip("keras")
    from course_utils.further.sequences import shifted

    keras.utils.set_random_seed(0)
    model = built(keras, kind)
    model.fit([copies[0], shifted(copies[1])], copies[1], epochs=25, verbose=0)
    assert grade(NOTEBOOK, 3, model, *copies) is None


def test_wrong_translators_get_a_hint(copies):
    keras = pytest.importorskip("keras")
    layers = keras.layers
    large = keras.Input((3,), dtype="int32"), keras.Input((4,), dtype="int32")
    big = layers.GRU(80, return_sequences=True)(layers.Embedding(7, 12)(large[1]))
    wrong = {
        "Fill in the place": ...,
        "the history": keras.callbacks.History(),
        "is a str": "small",
        "two inputs": keras.Sequential([keras.Input((3,)), layers.Dense(5)]),
        f"at most {SMALL_PARAMETERS:,}": keras.Model(list(large), layers.Dense(7)(big)),
        # Almost right: small and well built, but nobody trained it.
        f"at least {SMALL_EXACT:.2f}": built(keras, "state"),
        "cannot read sources": built(keras, "state"),
    }
    for said, model in wrong.items():
        sources = copies[0] if said != "cannot read sources" else np.zeros((200, 3, 5), np.int32)
        assert said in grade(NOTEBOOK, 3, model, sources, copies[1])[0], said


def test_a_decoder_that_ignores_the_source_is_named(copies):
    keras = pytest.importorskip("keras")
    from course_utils.further.sequences import shifted

    model = built(keras, "state", told=False)
    model.fit([copies[0], shifted(copies[1])], copies[1], epochs=3, verbose=0)
    assert "same answer" in grade(NOTEBOOK, 3, model, *copies)[0]
