"""The dilated stack looks back only, as far as its receptive field, and queues give what the net gives."""

from __future__ import annotations

import time

import numpy as np
import pytest

from course_utils.further.sound import (
    QueuedStack,
    causal_stack,
    difference_before,
    generate,
    generate_naively,
    receptive_field,
)
from course_utils.further.sound.queued import choose

LEVELS, NOTES, DILATIONS = 16, 3, (1, 2, 4)


@pytest.fixture(scope="module")
def net():
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    model = causal_stack(LEVELS, NOTES, 8, DILATIONS)
    for layer in model.layers:  # biases begin at 0, where an error in them would not be seen
        if hasattr(layer, "bias") and layer.bias is not None:
            layer.bias.assign(np.random.default_rng(2).normal(size=layer.bias.shape))
    return model


@pytest.mark.parametrize(
    ("dilations", "width", "field"), [((), 2, 1), ((1,), 2, 2), ((1, 2, 4, 8), 2, 16), ((1, 1), 3, 5)]
)
def test_the_receptive_field_by_hand(dilations: tuple, width: int, field: int) -> None:
    assert receptive_field(dilations, width) == field


def test_a_changed_future_changes_nothing_before_it(net) -> None:
    for place in (1, 20, 39):
        assert difference_before(net, place, 40, LEVELS) == 0


def test_with_same_padding_the_net_looks_ahead() -> None:
    pytest.importorskip("keras")
    assert difference_before(causal_stack(LEVELS, NOTES, 8, DILATIONS, padding="same"), 20, 40, LEVELS) > 1e-3


def test_an_output_depends_on_the_whole_receptive_field_and_no_further(net) -> None:
    field = receptive_field(DILATIONS)
    codes = np.random.default_rng(0).integers(0, LEVELS, (1, 30)).astype(np.int32)
    notes = np.zeros_like(codes)
    last = net.predict([codes, notes], verbose=0)[0, -1]
    for back, matters in ((field - 1, True), (field, False)):
        changed = codes.copy()
        changed[0, -1 - back] = (changed[0, -1 - back] + 1) % LEVELS
        moved = np.abs(net.predict([changed, notes], verbose=0)[0, -1] - last).max()
        assert (moved > 1e-6) == matters, back


def test_queues_give_the_logits_of_the_net(net) -> None:
    random = np.random.default_rng(5)
    codes = random.integers(0, LEVELS, (3, 50)).astype(np.int32)
    notes = random.integers(0, NOTES, (3, 50)).astype(np.int32)
    stack = QueuedStack(net, batch=3)
    quick = np.stack([stack.step(codes[:, t], notes[:, t]) for t in range(50)], axis=1)
    assert np.abs(quick - net.predict([codes, notes], verbose=0)).max() < 1e-4


def test_both_ways_draw_the_same_samples(net) -> None:
    notes = np.repeat([0, 1, 2], 8)
    for temperature in (0, 0.7, 1.0):
        quick, slow = (make(net, notes, temperature, seed=4) for make in (generate, generate_naively))
        assert (quick == slow).all() and quick.shape == (24,) and quick.max() < LEVELS


def test_a_start_is_kept_and_a_seed_comes_again(net) -> None:
    notes = np.zeros(20, int)
    start = np.arange(10) % LEVELS
    made = generate(net, notes, seed=1, start=start)
    assert (made[:10] == start).all()
    assert (generate(net, notes, seed=1, start=start) == made).all()
    assert (generate(net, notes, seed=2, start=start) != made).any()


def test_temperature_sharpens_the_choice() -> None:
    logits = np.array([0.0, 1.0, 3.0])
    random = np.random.default_rng(0)
    draws = {
        t: np.bincount([choose(logits, t, random) for _ in range(2000)], minlength=3) for t in (0, 0.5, 1)
    }
    shares = np.exp(logits) / np.exp(logits).sum()
    assert draws[0].tolist() == [0, 0, 2000]
    assert draws[1] / 2000 == pytest.approx(shares, abs=0.04)
    assert draws[0.5][2] > draws[1][2]


def test_a_second_of_sound_takes_no_eternity() -> None:
    # The bar, two seconds, is recorded in benchmarks/; here only what would be a hang.
    pytest.importorskip("keras")
    stack = causal_stack(64, 8, 32)
    before = time.perf_counter()
    generate(stack, np.zeros(1000, int))
    assert time.perf_counter() - before < 15
