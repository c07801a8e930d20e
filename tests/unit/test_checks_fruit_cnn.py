"""Graders of notebook 05: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "05-fruit-cnn"


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda size, kernel, stride=1, padding="valid": ...)
    assert grade(2, lambda kernel, channels_in, channels_out: ...)
    assert grade(3, ...)
    assert grade(4, lambda counts: ...)


def test_output_size():
    def right(size, kernel, stride=1, padding="valid"):
        return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1

    assert grade(1, right) is None
    assert "padding 'valid'" in grade(1, lambda size, kernel, stride, padding: size)[0]
    assert "whole number" in grade(1, lambda *case: float(right(*case)))[0]


def test_forgotten_biases_are_named():
    hints = grade(2, lambda kernel, channels_in, channels_out: kernel**2 * channels_in * channels_out)
    assert "biases" in hints[0]
    assert grade(2, lambda kernel, i, o: (kernel**2 * i + 1) * o) is None


def test_precision_is_not_recall():
    assert "precision" in grade(4, lambda counts: np.diag(counts) / counts.sum(axis=0))[0]
    assert grade(4, lambda counts: np.diag(counts) / counts.sum(axis=1)) is None


def test_an_exception_in_the_answer_becomes_a_hint():
    def broken(counts):
        raise KeyError("oops")

    assert "KeyError" in grade(4, broken)[0]


@pytest.mark.parametrize("answer", [(27, 4), "many", np.array([864, 32])])
def test_an_answer_of_another_kind_is_not_called_an_error_of_the_learners_code(answer):
    said = grade(2, lambda kernel, channels_in, channels_out: answer)[0]
    assert said.startswith("Your answer could not be checked") and "one number" in said


def test_too_few_arguments_are_named():
    assert "takes 1 positional argument" in grade(2, lambda kernel: 1)[0]


def test_a_small_model_is_asked_for_its_probabilities():
    import keras

    def model(activation, filters=8):
        stack = [keras.Input((32, 32, 3)), keras.layers.Conv2D(filters, 3, strides=2)]
        stack += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(16, activation=activation)]
        return keras.Sequential(stack)

    assert grade(3, model("softmax")) is None
    assert "add up to 1" in grade(3, model("sigmoid"))[0]
    assert "at most 20,000" in grade(3, model("softmax", filters=900))[0]


def test_something_else_than_a_model_is_named():
    assert "int" in grade(3, 7)[0]


def test_each_attempt_shows_one_hint_more(capsys):
    checks._attempts.clear()
    shown = []
    for _ in range(3):
        checks.check(NOTEBOOK, 1, ...)
        shown.append(capsys.readouterr().out)
    assert len(shown[0]) < len(shown[1]) < len(shown[2])
    assert checks.verdicts[(NOTEBOOK, 1)] is False
