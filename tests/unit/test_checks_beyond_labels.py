"""The checks of 11 · Beyond labels: right answers pass, however written; wrong ones get their hint."""

import numpy as np
import pytest

from course_utils.checks import grade

NOTEBOOK = "11-beyond-labels"


def other_in_a_loop(likeness, fruit):
    answers = []
    for row, own in zip(likeness, fruit, strict=True):
        order = np.argsort(-row)
        answers.append(next(place for place in order if fruit[place] != own))
    return answers


def other_on_a_copy(likeness, fruit):
    copy = likeness.copy()
    for own in np.unique(fruit):
        copy[np.ix_(fruit == own, fruit == own)] = -10
    return copy.argmax(axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        other_in_a_loop,
        other_on_a_copy,
        lambda likeness, fruit: np.where(fruit[:, None] == fruit, -np.inf, likeness).argmax(axis=1),
    ],
)
def test_near_copies_are_kept_out_however_it_is_written(answer):
    assert grade(NOTEBOOK, 1, answer) is None


def only_itself(likeness, fruit):
    return np.where(np.eye(len(fruit), dtype=bool), -np.inf, likeness).argmax(axis=1)


def in_place(likeness, fruit):
    likeness[fruit[:, None] == fruit] = -1
    return likeness.argmax(axis=1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda likeness, fruit: ..., "still there"),
        (lambda likeness, fruit: likeness.argmax(axis=1), "finds itself"),
        (only_itself, "same fruit"),  # almost right: eleven near-copies are left
        (in_place, "changes the matrix"),
        (
            lambda likeness, fruit: np.where(fruit[:, None] == fruit, 9, likeness).argmin(axis=1),
            "least alike",
        ),
        (lambda likeness, fruit: np.where(fruit[:, None] == fruit, -9, likeness).max(axis=1), "likenesses"),
        (
            lambda likeness, fruit: np.argsort(np.where(fruit[:, None] == fruit, -9, likeness))[:, -2],
            "For the fruits [0, 0, 1, 1, 2] it gives",
        ),
        (
            lambda likeness, fruit: np.where(fruit[:, None] == fruit, -9, likeness).argmax(),
            "one answer per picture",
        ),
    ],
)
def test_a_near_copy_gets_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 1, answer)[0]


def written_out(next_scores, start, stop, most):
    words = [start]
    for _ in range(most):
        word = int(np.argmax(next_scores(words)))
        if word == stop:
            break
        words.append(word)
    return words[1:]


def endless_but_stopped(next_scores, start, stop, most):
    words = []
    while len(words) < most:
        best = np.asarray(next_scores([start, *words])).argmax()
        if best == stop:
            return words
        words.append(best)
    return words


def called_again(next_scores, start, stop, most, words=()):
    best = int(np.argmax(next_scores([start, *words])))
    if best == stop or len(words) == most:
        return np.array(words, dtype=int)
    return called_again(next_scores, start, stop, most, (*words, best))


@pytest.mark.parametrize("answer", [written_out, endless_but_stopped, called_again])
def test_greedy_decoding_is_right_however_it_is_written(answer):
    assert grade(NOTEBOOK, 2, answer) is None


def with_start(next_scores, start, stop, most):
    return [start, *written_out(next_scores, start, stop, most)]


def with_stop(next_scores, start, stop, most):
    words = [start]
    while words[-1] != stop and len(words) <= most:
        words.append(int(np.argmax(next_scores(words))))
    return words[1:]


def never_full(next_scores, start, stop, most):
    return written_out(next_scores, start, stop, 30)


def raises(next_scores, start, stop, most):
    raise RuntimeError("out of memory")


def last_word_only(next_scores, start, stop, most):
    words = [start]
    while len(words) <= most:
        word = int(np.argmax(next_scores(words[-1:])))
        if word == stop:
            break
        words.append(word)
    return words[1:]


def no_end(next_scores, start, stop, most):
    words = [start]
    while True:
        words.append(int(np.argmax(next_scores(words))))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda *given: ..., "still there"),
        (with_start, "start is not a word"),
        (with_stop, "stop is not a word"),
        (lambda next_scores, start, stop, most: [3], "became [3], expected [4, 7, 4, 5]."),
        (raises, "Your code raised RuntimeError: out of memory"),
        (never_full, "more than `most`"),  # almost right
        (last_word_only, "all words so far"),
        (no_end, "never ends"),
        (lambda *given: 4, "a list of word numbers"),
    ],
)
def test_wrong_decoding_gets_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 2, answer)[0]
