"""Graders of notebook 07: stubs are told what is missing, typical mistakes are named, solutions pass."""

import math

import numpy as np

from course_utils import checks

NOTEBOOK = "07-text-lstm"


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda inputs, units, blocks=1: ...)
    assert grade(2, lambda bias, share: ...)
    assert grade(3, lambda states, ids: ...)
    assert grade(4, ...)


def test_forgotten_biases_and_blocks_are_named():
    assert "biases" in grade(1, lambda inputs, units, blocks=1: blocks * (inputs + units) * units)[0]
    assert "one block" in grade(1, lambda inputs, units, blocks=1: (inputs + units + 1) * units)[0]
    assert grade(1, lambda inputs, units, blocks=1: blocks * (inputs + units + 1) * units) is None


def test_steps_are_counted_until_less_is_left():
    def counted(bias, share):
        left, steps = 1.0, 0
        while left >= share:
            left, steps = left / (1 + math.exp(-bias)), steps + 1
        return steps

    assert grade(2, counted) is None
    assert "whole" in grade(2, lambda bias, share: math.log(share) / math.log(1 / (1 + math.exp(-bias))))[0]
    assert "expected" in grade(2, lambda bias, share: 1)[0]


def test_the_state_after_the_padding_is_not_the_last_state():
    assert "after the padding" in grade(3, lambda states, ids: states[:, -1])[0]
    assert "off" in grade(3, lambda states, ids: states[np.arange(3), np.minimum((ids != 0).sum(1), 4)])[0]
    assert grade(3, lambda states, ids: states[np.arange(len(ids)), (ids != 0).sum(axis=1) - 1]) is None


def test_something_else_than_a_model_is_named():
    assert "str" in grade(4, "an LSTM")[0]
