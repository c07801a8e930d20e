"""Graders of the exercises in `06-text-cnn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

BETTER_THAN_MAJORITY = 0.15  # so far above the majority's share an answer must come in exercise 4
HINTS = {
    1: [
        "Cut the text into words with split_words, then count each word of the list: found.count(word).",
        "Words that are not in the list have no column and are left out; the row has len(word_list) numbers.",
    ],
    2: [
        "A window of `width` words fits length - width + 1 times into a text (padding='valid').",
        "One filter has width x channels_in weights and one bias; there are `filters` of them.",
    ],
    3: [
        "Recall of a class: the share of its own items that were answered rightly, "
        "(predicted == label)[true == label].mean().",
        "Balanced accuracy is the plain mean of these shares, one for each class in `true`.",
    ],
    4: [
        "A pipeline is enough: make_pipeline(TfidfVectorizer(analyzer=words), LogisticRegression()) fitted on "
        "task_texts and task_labels.",
        "predict_labels gets a list of texts and returns one label for each: return pipeline.predict(texts).",
    ],
}


def count_row(function: Callable[[str, list[str]], Sequence[int]]) -> list[str] | None:
    """Grade `count_row(text, word_list)`: one row of a document-term matrix."""
    cases = {
        "Good jam, good bread!": [2, 1, 0],
        "GOOD? Not this jam.": [1, 1, 1],
        "Nothing to report": [0, 0, 0],
    }
    word_list = ["good", "jam", "not"]
    for text, right in cases.items():
        answer = function(text, list(word_list))
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        got = np.asarray(answer)
        if got.shape != (len(word_list),):
            return [
                f"For {text!r} and {word_list} it gives shape {got.shape}; expected one number for each word "
                f"of the list, {len(word_list)} in all.",
                *HINTS[1],
            ]
        if got.tolist() == [min(count, 1) for count in right] and max(right) > 1:
            return [f"For {text!r} it says which words occur, not how often: expected {right}.", *HINTS[1]]
        if got.tolist() != right:
            hint = f"For {text!r} and {word_list} it gives {got.tolist()}, expected {right}."
            return [hint, *HINTS[1]]
    return None


def conv1d_size(function: Callable[[int, int, int, int], tuple[int, int]]) -> list[str] | None:
    """Grade `conv1d_size(length, width, channels_in, filters)`: windows of a text, parameters of the layer."""
    cases = {
        (60, 3, 50, 64): (58, 9_664),
        (200, 5, 64, 100): (196, 32_100),
        (10, 1, 8, 4): (10, 36),
        (7, 7, 16, 1): (1, 113),
    }
    for (length, width, channels_in, filters), (windows, parameters) in cases.items():
        answer = function(length, width, channels_in, filters)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if isinstance(answer, (str, bytes)) or not hasattr(answer, "__len__") or len(answer) != 2:
            return [f"It returns {answer!r}; expected two numbers: windows, parameters.", *HINTS[2]]
        if any(unfinished(value) for value in answer):
            return [UNFINISHED, *HINTS[2]]
        what = f"{length} words, width {width}, {channels_in} numbers a word, {filters} filters"
        if answer[0] != windows:
            return [f"For {what} it counts {answer[0]} windows; there are {windows}.", *HINTS[2]]
        if answer[1] == parameters - filters:
            return [
                f"For {what}: the weights are right, the {filters} biases are missing.",
                *HINTS[2],
            ]
        if answer[1] != parameters:
            return [f"For {what} it counts {answer[1]:,} parameters; Keras counts {parameters:,}.", *HINTS[2]]
    return None


def balanced_accuracy(function: Callable[[np.ndarray, np.ndarray], float]) -> list[str] | None:
    """Grade `balanced_accuracy(true, predicted)`: the mean of the recalls of all classes in `true`."""
    true = np.array([1] * 8 + [0] * 2)
    cases = (
        ("always 1, where 8 of 10 are 1", true, np.ones(10, dtype=int), 0.5),
        ("all right", true, true.copy(), 1.0),
        ("6 of 8 and 1 of 2 right", true, np.array([1] * 6 + [0] * 2 + [0, 1]), 0.625),
        (
            "three classes with recalls 1, 1/2, 0",
            np.array([0, 0, 1, 1, 2]),
            np.array([0, 0, 1, 2, 1]),
            0.5,
        ),
    )
    for what, labels, predicted, right in cases:
        answer = function(labels, predicted)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[3]]
        if np.ndim(answer) != 0:
            return [f"It returns {np.shape(answer)} numbers; expected one.", *HINTS[3]]
        plain = float((labels == predicted).mean())
        if np.isclose(answer, plain) and not np.isclose(plain, right):
            return [f"For '{what}' it gives {plain:.3g}: that is the plain accuracy.", *HINTS[3]]
        if not np.isclose(answer, right):
            return [f"For '{what}' it gives {float(answer):.3g}, expected {right:.3g}.", *HINTS[3]]
    return None


def predict_labels(
    function: Callable[[list[str]], Sequence[int]], texts: Sequence[str], labels: Sequence[int]
) -> list[str] | None:
    """Grade a classifier, `predict_labels(texts)`, on texts it has not seen: well above the majority's share."""
    texts, labels = list(texts), np.asarray(labels)
    answer = function(texts)
    if unfinished(answer):
        return [UNFINISHED, *HINTS[4]]
    got = np.asarray(answer)
    if got.shape != labels.shape:
        return [
            f"For {len(texts)} texts it returns shape {got.shape}; expected one label for each text, "
            f"shape {labels.shape}.",
            *HINTS[4],
        ]
    if not np.isin(got, labels).all():
        wrong = got[~np.isin(got, labels)][0]
        return [
            f"It answers {wrong!r}, which is not a label: round probabilities to whole numbers.",
            *HINTS[4],
        ]
    accuracy = float((got == labels).mean())
    majority = float(np.unique(labels, return_counts=True)[1].max() / len(labels))
    if len(np.unique(got)) == 1:
        return [
            f"It gives every text the same label, {got[0]}: {accuracy:.3f} right (most frequent label: {majority:.3f}).",
            *HINTS[4],
        ]
    if accuracy < majority + BETTER_THAN_MAJORITY:
        return [
            f"{accuracy:.3f} of the new texts are right; always giving the most frequent label reaches "
            f"{majority:.3f}. Come at least {BETTER_THAN_MAJORITY} above it.",
            *HINTS[4],
        ]
    return None


EXERCISES = {1: count_row, 2: conv1d_size, 3: balanced_accuracy, 4: predict_labels}
