"""Graders of the exercises in `06-text-cnn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

SMALL_PARAMETERS, SMALL_ACCURACY = 13_000, 0.88  # exercise 4: at most so many, at least so much
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
        "Take one class at a time: of the items that truly belong to it, what share was predicted as this class?",
        "true == label picks the items of a class. Average the shares over the classes in `true`, each counting once.",
    ],
    4: [
        "The embedding has vocabulary x dimensions parameters, so begin there: with 8 numbers per word it is an "
        "eighth of what it was. Then take fewer filters.",
        "A small net learns slowly. Try learning_rate=0.005 and up to 20 epochs with early stopping, and keep "
        "windows of three words or more: the order is what the controlled reviews are about.",
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
        what = f"{length} words, width {width}, {channels_in} numbers per word, {filters} filters"
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
    mostly_ones = np.array([1] * 8 + [0] * 2)
    cases = (
        ("6 of 8 ones and 1 of 2 zeros right", mostly_ones, np.array([1] * 6 + [0] * 2 + [0, 1]), 0.625),
        ("always 1, where 8 of 10 are 1", mostly_ones, np.ones(10, dtype=int), 0.5),
        ("all right", mostly_ones, mostly_ones.copy(), 1.0),
        ("three classes with recalls 1, 1/2, 0", np.array([0, 0, 1, 1, 2]), np.array([0, 0, 1, 2, 1]), 0.5),
        ("a class predicted that no item has", np.array([4, 4, 7, 7]), np.array([4, 4, 7, 9]), 0.75),
    )
    for what, labels, predicted, right in cases:
        answer = function(labels.copy(), predicted.copy())
        if unfinished(answer):
            return [UNFINISHED, *HINTS[3]]
        if np.ndim(answer) != 0:
            return [f"It returns {np.shape(answer)} numbers; expected one, their mean.", *HINTS[3]]
        if not np.isclose(answer, right):
            return [
                f"For '{what}' it gives {float(answer):.3g}, expected {right:.3g}.{_mistaken(answer, labels, predicted)}",
                *HINTS[3],
            ]
    return None


def _mistaken(answer: float, true: np.ndarray, predicted: np.ndarray) -> str:
    """What a wrong balanced accuracy is instead, where that can be told."""
    there, said = np.unique(true), np.unique(predicted)
    recall = {label: float((predicted == label)[true == label].mean()) for label in there}
    precision = [float((true == label)[predicted == label].mean()) for label in said]
    others = {
        "the plain accuracy": (true == predicted).mean(),
        "the mean of the precisions: you divided by what was predicted, not by what is true": np.mean(
            precision
        ),
        "the sum of the recalls": sum(recall.values()),
        "the recall of one class": recall.get(1, np.nan),
        "the mean over the classes that were predicted": np.mean([recall.get(label, 0.0) for label in said]),
    }
    return next((f" That is {name}." for name, value in others.items() if np.isclose(answer, value)), "")


def small_net(model: object, x: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained net of few parameters on `x`, int (N, length), and its labels, 0 or 1, which it has not met."""

    if wrong := not_a_net(model, "small"):
        return [wrong, *HINTS[4]]
    if not model.built:
        return [
            "The net does not know its input yet: begin with keras.Input((c_length,), dtype='int32').",
            *HINTS[4],
        ]
    parameters = model.count_params()
    if parameters > SMALL_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {parameters:,} parameters; at most {SMALL_PARAMETERS:,} are allowed. "
            f"The layer {most.name} has {most.count_params():,} of them.",
            *HINTS[4],
        ]
    x, labels = np.asarray(x), np.asarray(labels)
    if tuple(model.input_shape[1:]) not in ((None,), x.shape[1:]):
        return [
            f"It reads texts of {model.input_shape[1]} words; the controlled ones have {x.shape[1]}.",
            *HINTS[4],
        ]
    outputs = np.asarray(model.predict(x, batch_size=256, verbose=0))
    if outputs.shape not in ((len(x),), (len(x), 1), (len(x), 2)):
        return [
            f"Its output has shape {outputs.shape}; expected one probability per review (sigmoid), or two (softmax).",
            *HINTS[4],
        ]
    if outputs.min() < 0 or outputs.max() > 1:
        return ["Its outputs are not probabilities: end with activation='sigmoid'.", *HINTS[4]]
    answers = outputs.argmax(axis=1) if outputs.shape[1:] == (2,) else outputs.reshape(-1) > 0.5
    accuracy = float((answers == labels).mean())
    if accuracy < SMALL_ACCURACY:
        same = (
            " It gives every review the same answer: was it trained?" if len(np.unique(answers)) == 1 else ""
        )
        return [
            f"{parameters:,} parameters are few enough. Its test accuracy is {accuracy:.3f}; at least "
            f"{SMALL_ACCURACY} is required.{same}",
            *HINTS[4],
        ]
    return None


EXERCISES = {1: count_row, 2: conv1d_size, 3: balanced_accuracy, 4: small_net}
