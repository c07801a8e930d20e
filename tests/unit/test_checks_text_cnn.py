"""Graders of notebook 06: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import text_cnn
from course_utils.text import words

NOTEBOOK = "06-text-cnn"
TEXTS = ["fine"] * 60 + ["poor"] * 40
LABELS = np.array([1] * 60 + [0] * 40)


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


@pytest.mark.parametrize("exercise", [1, 2, 3])
def test_an_untouched_stub_is_not_yet(exercise):
    assert "still there" in grade(exercise, lambda *arguments: ...)[0]


def test_an_untouched_classifier_is_not_yet():
    assert "still there" in grade(4, lambda texts: ..., TEXTS, LABELS)[0]


def test_every_exercise_has_hints():
    assert set(text_cnn.HINTS) == set(text_cnn.EXERCISES) == {1, 2, 3, 4}


def test_a_row_counts_each_word_of_the_list():
    def row(text, word_list):
        found = words(text)
        return [found.count(word) for word in word_list]

    assert grade(1, row) is None
    assert grade(1, lambda text, word_list: np.array(row(text, word_list))) is None


def test_a_row_of_yes_and_no_is_named():
    def which(text, word_list):
        return [int(word in words(text)) for word in word_list]

    assert "not how often" in grade(1, which)[0]


def test_a_row_with_a_column_for_each_word_of_the_text_is_named():
    assert "expected one number for each word" in grade(1, lambda text, word_list: [1] * 7)[0]


def test_capital_letters_are_words_too():
    def careless(text, word_list):
        return [
            text.replace(",", "").replace("!", "").replace("Good", "good").split().count(w) for w in word_list
        ]

    assert "GOOD? Not this jam." in grade(1, careless)[0]


def test_windows_and_parameters():
    assert grade(2, lambda length, width, i, o: (length - width + 1, (width * i + 1) * o)) is None
    assert "biases" in grade(2, lambda length, width, i, o: (length - width + 1, width * i * o))[0]
    assert "58" in grade(2, lambda length, width, i, o: (length, (width * i + 1) * o))[0]
    assert "two numbers" in grade(2, lambda length, width, i, o: length - width + 1)[0]
    assert "still there" in grade(2, lambda length, width, i, o: (..., ...))[0]


def test_plain_accuracy_is_not_balanced():
    assert "plain accuracy" in grade(3, lambda true, predicted: (true == predicted).mean())[0]


def test_balanced_accuracy_is_the_mean_recall():
    def right(true, predicted):
        return np.mean([(predicted == label)[true == label].mean() for label in np.unique(true)])

    assert grade(3, right) is None


def test_a_classifier_must_beat_the_majority():
    assert grade(4, lambda texts: [int(text == "fine") for text in texts], TEXTS, LABELS) is None
    assert "same label" in grade(4, lambda texts: [1] * len(texts), TEXTS, LABELS)[0]
    assert "0.600" in grade(4, lambda texts: [1] * 50 + [0] * 50, TEXTS, LABELS[::-1])[0]


def test_probabilities_are_no_labels():
    assert "round" in grade(4, lambda texts: [0.7] * len(texts), TEXTS, LABELS)[0]
    assert "one label for each text" in grade(4, lambda texts: [1], TEXTS, LABELS)[0]


def test_an_exception_in_the_answer_becomes_a_hint():
    assert "NameError" in grade(3, lambda true, predicted: undefined)[0]  # noqa: F821
