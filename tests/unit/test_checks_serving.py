"""The checks of 16 · From notebook to product: right answers pass, however written; wrong ones get their hint."""

import functools
import io
import json
import math

import numpy as np
import pytest
from PIL import Image

from course_utils.checks import grade, serving
from course_utils.foundation import config

NOTEBOOK = "16-serving"
MEASURED = {"model.predict for each": 9.95, "ONNX Runtime": 803.9, "ONNX Runtime, batches": 646.4}


def test_an_untouched_stub_is_not_yet():
    assert grade(NOTEBOOK, 1, lambda waiting, waited, most, deadline: ...)
    assert grade(NOTEBOOK, 2, ...)
    assert grade(NOTEBOOK, 3, ..., None, (), ())
    assert grade(NOTEBOOK, 4, lambda load, each, busy=0.6, gone=1: ..., MEASURED)


# Exercise 1


def by_steps(waiting, waited, most, deadline):
    if waiting < most and waited < deadline:
        return False
    return True


@pytest.mark.parametrize(
    "rule",
    [
        lambda waiting, waited, most, deadline: waiting >= most or waited >= deadline,
        lambda waiting, waited, most, deadline: waited > deadline or not waiting < most,
        lambda waiting, waited, most, deadline: max(waiting / most, waited / deadline) >= 1,
        by_steps,
    ],
)
def test_a_rule_with_both_reasons_passes(rule):
    assert grade(NOTEBOOK, 1, rule) is None


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (lambda waiting, waited, most, deadline: waiting >= most, "A lone request must go"),
        (lambda waiting, waited, most, deadline: waited >= deadline, "The batch is full"),
        (lambda waiting, waited, most, deadline: waiting >= most and waited >= deadline, "The batch is full"),
        (lambda waiting, waited, most, deadline: waiting == most or waited >= deadline, ">=, not with =="),
        (lambda waiting, waited, most, deadline: True, "wait for company"),
        (lambda waiting, waited, most, deadline: waiting < most or waited < deadline, "wait for company"),
        (lambda waiting, waited, most, deadline: waiting >= 32 or waited >= deadline, "use `most`"),
        (lambda waiting, waited, most, deadline: waiting >= most or waited >= 0.002, "use `deadline`"),
        (lambda waiting, waited, most, deadline: waiting > most or waited > deadline, "The batch is full"),
    ],
)
def test_a_rule_that_lacks_one_gets_a_hint(rule, hint):
    assert hint in grade(NOTEBOOK, 1, rule)[0]


def test_a_rule_that_stops_the_queue_is_found_out(monkeypatch):
    monkeypatch.setattr(serving.threading.Thread, "join", lambda self, seconds=None: None)
    monkeypatch.setattr(serving.threading.Thread, "start", lambda self: None)
    assert "is stuck" in serving._in_a_queue(lambda *_: False)


class Queue:
    """In the batcher's place: it reports these sizes of batches and gives these answers."""

    def __init__(self, run, on_batch, sizes=(8,) * 13, answer=lambda number: 2 * number, **_):
        self.on_batch, self.sizes, self.answer = on_batch, sizes, answer

    async def __aenter__(self):
        for size in self.sizes:
            self.on_batch(size)
        return self.ask

    async def __aexit__(self, *problem):
        return None

    async def ask(self, number):
        if number == -1:
            raise ValueError("a bad one")
        return self.answer(number)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, None),
        ({"answer": lambda number: 2 * number + (number == 7)}, "some got the answer of another one"),
        ({"sizes": (8, 9, 8)}, "A batch of 9 went out; 8 is the most."),
        ({"sizes": (1,) * 100}, "100 requests went out in 100 batches"),
    ],
)
def test_what_goes_wrong_in_a_queue_is_named(monkeypatch, wrong, said):
    batching = pytest.importorskip("course_utils.further.serving.batching")
    monkeypatch.setattr(batching, "Batcher", functools.partial(Queue, **wrong))
    found = serving._in_a_queue(lambda *_: True)
    assert found is None if said is None else said in found


def test_a_request_that_fails_must_not_be_answered_and_a_lone_one_must_not_wait(monkeypatch):
    batching = pytest.importorskip("course_utils.further.serving.batching")
    monkeypatch.setattr(batching, "Batcher", Queue)
    monkeypatch.setattr(serving, "LONE_SECONDS", -9)
    assert serving._in_a_queue(lambda *_: True) == "A lone request waited for more than a second."

    async def ask(self, number):
        return 2 * number

    monkeypatch.setattr(Queue, "ask", ask)
    assert serving._in_a_queue(lambda *_: True) == "The request that fails got an answer."


# Exercise 2


def saved(mode="RGB", size=(20, 20), kind="PNG", cut=None):
    Image.new(mode, size).save(file := io.BytesIO(), kind)
    return file.getvalue()[:cut]


RIGHT_BODIES = [
    saved("L"),
    saved("RGBA"),
    saved("P"),
    saved("1"),
    saved(size=(300, 300), kind="JPEG", cut=400),
    bytearray(saved("L")),
]


@pytest.mark.parametrize("body", RIGHT_BODIES)
def test_a_body_on_which_the_handler_fails_passes(body):
    assert grade(NOTEBOOK, 2, body) is None


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b"", "refused"),
        (b"hello", "refused"),
        (bytes(2_000_000), "too large"),
        (saved(), "It is answered"),
        (saved(size=(900, 3)), "It is answered"),
        ("hello", "A body is bytes"),
        (Image.new("L", (8, 8)), "io.BytesIO"),
    ],
)
def test_a_body_that_is_answered_or_refused_gets_a_hint(body, hint):
    assert hint in grade(NOTEBOOK, 2, body)[0]


def test_the_handler_of_the_check_is_that_of_the_notebook():
    cells = json.loads(config.notebook_path(NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    (source,) = ("".join(cell["source"]) for cell in cells if cell["id"] == "careless")
    names: dict = {}
    exec(
        "import io\nimport numpy as np\nfrom PIL import Image\nclass Refused(Exception): ...\n" + source,
        names,
    )
    for body in [*RIGHT_BODIES, b"", b"hello", bytes(2_000_000), saved(), saved(kind="JPEG")]:
        seen = []
        for handler, refusal in ((names["careless"], names["Refused"]), (serving.careless, serving.Refusal)):
            try:
                seen.append(handler(bytes(body)).shape)
            except refusal:
                seen.append("refused")
            except Exception:  # noqa: BLE001
                seen.append("failed")
        assert seen[0] == seen[1]


# Exercise 3


@pytest.fixture(scope="module")
def places():
    """Pictures that are easy to tell apart: each kind is bright in two rows, red in the studio and blue on the market."""
    labels = np.arange(160) % 16
    found = []
    for channel in (0, 2):
        pictures = np.random.default_rng(channel).uniform(0, 40, (160, 32, 32, 3)).astype(np.float32)
        for row in (0, 1):
            pictures[np.arange(160), 2 * labels + row, :, channel] = 255
        found.append((pictures, labels))
    return found


def dense(keras, *, convolution=False, classes=16, scale=1 / 255):
    layers = keras.layers
    keras.utils.set_random_seed(1)
    stack = [layers.Conv2D(6, 3, padding="same", activation="relu")] if convolution else []
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Rescaling(scale),
            *stack,
            layers.AveragePooling2D((2, 32)),
            layers.Flatten(),
            layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    return model


def fitted(model, *parts, epochs=30):
    x, y = (np.concatenate(each) for each in zip(*parts, strict=True))
    model.fit(x, y, epochs=epochs, verbose=0)
    return model


@pytest.fixture(scope="module")
def service(places):
    keras = pytest.importorskip("keras")
    return fitted(dense(keras), places[0])


@pytest.mark.parametrize("how", ["a new net", "a copy", "another net", "the market more often"])
def test_a_net_that_has_seen_both_passes_however_it_was_trained(how, places, service):
    import keras

    if how == "a copy":
        better = keras.models.clone_model(service)
        better.set_weights(service.get_weights())
        better.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    else:
        better = dense(keras, convolution=how == "another net")
    parts = [*places, places[1]] if how == "the market more often" else places
    assert grade(NOTEBOOK, 3, fitted(better, *parts), service, *places) is None


def test_nets_that_are_no_better_get_a_hint(places, service):
    import keras

    studio, market = places
    shuffled = market[0], np.roll(market[1], 5)
    wrong = {
        "Fill in the place": ...,
        "the history": keras.callbacks.History(),
        "is a list": ["better"],
        "the very net of the service": service,
        "It takes other pictures": keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]),
        "expected one per kind": dense(keras, classes=10),
        "forgotten the studio": fitted(dense(keras), market),
        "at least 0.10 more": dense(keras),
        "Did it see the market": fitted(dense(keras), studio),
        "with the right labels": fitted(dense(keras), studio, shuffled),
    }
    for said, model in wrong.items():
        assert said in grade(NOTEBOOK, 3, model, service, studio, market)[0], said


# Exercise 4


def counted(load, each, busy=0.6, gone=1):
    number = 0
    while number * busy * each < load:
        number += 1
    return number + gone


@pytest.mark.parametrize(
    "rule",
    [
        lambda load, each, busy=0.6, gone=1: math.ceil(load / (busy * each)) + gone,
        lambda load, each, busy=0.6, gone=1: gone - int(-load // (each * busy)),
        lambda load, each, busy=0.6, gone=1: np.ceil(load / each / busy) + gone,
        counted,
    ],
)
def test_copies_that_carry_the_load_when_some_are_gone_pass(rule):
    assert grade(NOTEBOOK, 4, rule, MEASURED) is None


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (lambda load, each, busy, gone: math.ceil(load / each) + gone, "answers half as many"),
        (lambda load, each, busy, gone: math.ceil(load / each * busy) + gone, "answers half as many"),
        (lambda load, each, busy, gone: round(load / (busy * each)) + gone, "round up"),
        (lambda load, each, busy, gone: math.ceil(load / (busy * each)), "the others have to carry it all"),
        (lambda load, each, busy, gone: math.ceil(load / (busy * each)) + 1, "one fewer would do"),
        (lambda load, each, busy, gone: int(load / (busy * each)) + 1 + gone, "one fewer would do"),
        (lambda load, each, busy, gone: max(math.ceil(load / (busy * each)), 2 * gone), "the others have"),
        (lambda load, each, busy, gone: math.ceil(load / (busy * each)) + min(gone, 1), "Use `gone`"),
        (lambda load, each, busy, gone: math.ceil(load / (busy * 50)) + gone, "Use `each`"),
        (lambda load, each, busy, gone: math.ceil(load / (min(busy, 0.5) * each)) + gone, "one fewer"),
        (lambda load, each, busy, gone: load / (busy * each) + gone, "a whole number"),
        (lambda load, each, busy, gone: str(gone), "a whole number"),
    ],
)
def test_a_number_of_copies_that_is_too_small_or_too_large_gets_a_hint(rule, hint):
    assert hint in grade(NOTEBOOK, 4, rule, MEASURED)[0]


def test_the_measured_figures_are_asked_for_too():
    def without_the_slow_one(load, each, busy=0.6, gone=1):
        return math.ceil(load / (busy * max(each, 20))) + gone

    assert "These are the figures of model.predict" in grade(NOTEBOOK, 4, without_the_slow_one, MEASURED)[0]
