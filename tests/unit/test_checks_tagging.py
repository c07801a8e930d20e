"""The checks of 13 · Names in text: right answers pass, however written; wrong ones get their hint."""

import numpy as np
import pytest

from course_utils.checks import grade
from course_utils.datasets import read_marked
from course_utils.further.tagging import all_paths, entities, small_letters, viterbi

NOTEBOOK = "13-tagging"


# Exercise 1


def by_walking(tags):
    found, start, kind = [], None, None
    for place, tag in enumerate([*tags, "O"]):
        if kind and tag != f"I-{kind}":
            found.append((kind, start, place))
            kind = None
        if tag.startswith("B-"):
            start, kind = place, tag[2:]
    return found


def by_beginnings(tags):
    found = []
    for start, tag in enumerate(tags):
        if tag[0] == "B":
            end = start + 1
            while end < len(tags) and tags[end] == "I" + tag[1:]:
                end += 1
            found.append([tag[2:], start, end])
    return found


def by_regular_expression(tags):
    import re

    line = " ".join(tags) + " "
    return {
        (one[1], line[: one.start()].count(" "), line[: one.end()].count(" "))
        for one in re.finditer(r"(?<!\S)B-(\S+) (?:I-\1 )*", line)
    }


@pytest.mark.parametrize("answer", [by_walking, by_beginnings, by_regular_expression, entities])
def test_names_are_found_however_it_is_written(answer):
    assert grade(NOTEBOOK, 1, answer) is None


def with_loose_beginnings(tags):
    """Almost right: an I- without a B- counts as a name, as in seqeval's default mode."""
    fixed = [
        tag if tag == "O" or (place and tags[place - 1][1:] == tag[1:]) or tag[0] == "B" else "B" + tag[1:]
        for place, tag in enumerate(tags)
    ]
    return entities(fixed)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda tags: ..., "still there"),
        (
            lambda tags: [(kind, start, end - 1) for kind, start, end in entities(tags)],
            "after the last token",
        ),
        (with_loose_beginnings, "expected"),
        (
            lambda tags: [(tag[2:], place, place + 1) for place, tag in enumerate(tags) if tag != "O"],
            "expected",
        ),
        (
            lambda tags: [(tag[2:], place, place + 1) for place, tag in enumerate(tags) if tag[0] == "B"],
            "expected",
        ),
        (lambda tags: len(entities(tags)), "a list of"),
        (lambda tags: [], "expected"),
    ],
)
def test_wrong_names_get_a_hint(answer, hint):
    assert hint in grade(NOTEBOOK, 1, answer)[0]


# Exercise 2


def by_brute_force(pairs):
    paths = all_paths(pairs)
    return max(paths, key=paths.get)


def by_recursion(pairs):
    if len(pairs) == 1:
        return [int(pairs[0, 0].argmax())]
    scores, back = pairs[0, 0], []
    for step in pairs[1:]:
        back.append(
            [
                max(range(len(scores)), key=lambda i, j=j, s=scores, p=step: s[i] + p[i, j])
                for j in range(len(scores))
            ]
        )
        scores = np.array([scores[i] + step[i, j] for j, i in enumerate(back[-1])])
    path = [int(np.argmax(scores))]
    for one in back[::-1]:
        path.insert(0, one[path[0]])
    return path


@pytest.mark.parametrize(
    "answer",
    [
        viterbi,
        lambda pairs: viterbi(pairs)[0],
        lambda pairs: np.array(viterbi(pairs)[0]),
        by_brute_force,
        by_recursion,
    ],
)
def test_the_best_path_is_right_however_it_is_found(answer):
    assert grade(NOTEBOOK, 2, answer) is None


def forward_only(pairs):
    """Almost right: the best tag at each token so far, and nothing is followed back."""
    scores, path = pairs[0, 0], [int(pairs[0, 0].argmax())]
    for step in pairs[1:]:
        scores = (scores[:, None] + step).max(axis=0)
        path.append(int(scores.argmax()))
    return path


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda pairs: ..., "still there"),
        (lambda pairs: viterbi(pairs)[0][::-1], "backwards"),
        (lambda pairs: pairs[:, 0].argmax(axis=-1), "of each token alone"),
        (forward_only, "scores"),
        (lambda pairs: viterbi(pairs)[1], "one tag number per token"),
        (lambda pairs: [one + 1 for one in viterbi(pairs)[0]], ""),
        (lambda pairs: viterbi(-pairs)[0], "scores"),
        (lambda pairs: [99] * len(pairs), "tag numbers run from 0 to"),
    ],
)
def test_a_wrong_path_gets_a_hint(answer, hint):
    assert hint in grade(NOTEBOOK, 2, answer)[0]


# Exercise 3

ORDINARY = [
    read_marked("<PERSON>Ann</PERSON> is in <LOC>Ulm</LOC>"),
    read_marked("see you <DATE>Monday</DATE>"),
]
SMALL = small_letters(ORDINARY)


class Reader:
    """A tagger that knows some sentences and finds nothing in others."""

    def __init__(self, *known):
        self.known = {one.text: one.tags for one in known}

    def tags(self, sentences):
        return [self.known.get(one.text, ["O"] * len(one.tokens)) for one in sentences]


def graded(better, bar=0.5, before=0.9):
    return grade(NOTEBOOK, 3, better, SMALL, ORDINARY, bar, before)


@pytest.mark.parametrize(
    "better",
    [Reader(*SMALL, *ORDINARY), Reader(SMALL[0], *ORDINARY), Reader(*SMALL, *ORDINARY, SMALL[0])],
)
def test_a_tagger_that_reads_both_passes(better):
    assert graded(better) is None


@pytest.mark.parametrize(
    ("better", "hint"),
    [
        (..., "Fill in"),
        (None, "Fill in"),
        (Reader(*ORDINARY), "small letters is 0.000"),
        (Reader(*SMALL), "fell from"),
        (Reader(*SMALL, ORDINARY[1]), "fell from"),
        (Reader(), "asked for"),
        (0.9, "expected what fit_tagger returns"),
    ],
)
def test_a_tagger_that_reads_one_of_them_gets_a_hint(better, hint):
    assert hint in graded(better)[0]
