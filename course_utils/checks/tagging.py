"""Graders of the exercises in `13-tagging`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished
from course_utils.further.tagging import all_paths, entities, entity_score, viterbi

LOST = 0.15  # exercise 3: so much of the F1 on ordinary text may be given up
HINTS = {
    1: [
        "Walk along the tags and remember where a name began. A name ends before any tag that does not continue it.",
        "Only I- with the same type continues a name. B- always begins one, and an I- after O belongs to no name.",
    ],
    2: [
        "Start with pairs[0, 0], the scores of the first tags. Each later token needs "
        "(scores[:, None] + pairs[t]).max(axis=0), and its argmax to find the way back.",
        "At the end take scores.argmax(), then follow the kept argmax arrays from the last to the first; reverse it.",
    ],
    3: [
        "The net has never met names in small letters. small_letters(train) makes sentences in which it does.",
        "Train on both: fit_tagger(train + small_letters(train), ...). With small letters alone it forgets capitals.",
    ],
}
_TAGS = [
    "O B-LOC I-LOC I-LOC O",
    "B-LOC B-LOC I-LOC",
    "O I-LOC I-LOC O",
    "B-LOC I-ORG I-ORG",
    "O O B-PERSON",
    "B-ORG O I-ORG",
    "O O",
]


def find_names(function: Callable[[list[str]], Sequence[tuple[str, int, int]]]) -> list[str] | None:
    """Grade `find_names(tags)`: (type, start, end) of each name in BIO tags, strictly."""
    for case in _TAGS:
        tags = case.split()
        answer = function(list(tags))
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        if isinstance(answer, (str, bytes)) or not hasattr(answer, "__iter__"):
            return [f"It returns {answer!r}; expected a list of (type, start, end).", *HINTS[1]]
        found = [tuple(one) if isinstance(one, (list, tuple)) else one for one in answer]
        right = entities(tags)
        if sorted(map(str, found)) == sorted(map(str, right)):
            continue
        if found and all(isinstance(one, tuple) and len(one) == 3 for one in found):
            closed = [(kind, start, end - 1) for kind, start, end in right]
            if sorted(map(str, found)) == sorted(map(str, closed)):
                return ["`end` is the place after the last token, as in a slice: tags[start:end].", *HINTS[1]]
        return [f"In {case!r} it finds {found}; expected {right}.", *HINTS[1]]
    return None


def best_path(function: Callable[[np.ndarray], Sequence[int]]) -> list[str] | None:
    """Grade `best_path(pairs)`: the tag numbers of the best path through pair scores (T, K, K)."""
    for seed, (length, tags) in enumerate([(1, 3), (2, 3), (4, 3), (6, 4), (4, 2), (5, 3)]):
        random = np.random.default_rng(seed)
        pairs = random.normal(size=(length, 1, tags)) + 2 * random.normal(size=(tags, tags))
        pairs[0] = random.normal(size=tags)
        answer = function(pairs.copy())
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if (
            isinstance(answer, tuple)
            and len(answer) == 2
            and np.ndim(answer[1]) == 0
            and np.ndim(answer[0]) == 1
        ):
            answer = answer[0]
        path = np.asarray(answer)
        if path.shape != (length,):
            return [
                f"For {length} tokens it gives shape {path.shape}; expected one tag number per token.",
                *HINTS[2],
            ]
        right = viterbi(pairs)[0]
        if path.tolist() == right:
            continue
        if path.tolist() == right[::-1]:
            return ["The path runs backwards: reverse it at the end.", *HINTS[2]]
        greedy = pairs[:, 0].argmax(axis=-1).tolist()
        if path.tolist() == greedy:
            return ["It takes the best tag of each token alone, and the moves count for nothing.", *HINTS[2]]
        known = all_paths(pairs)
        if tuple(path.tolist()) not in known:
            return [f"It gives {path.tolist()}; tag numbers run from 0 to {tags - 1}.", *HINTS[2]]
        return [
            f"Its path {path.tolist()} scores {known[tuple(path.tolist())]:.2f}; the best, {right}, scores "
            f"{known[tuple(right)]:.2f}.",
            *HINTS[2],
        ]
    return None


def without_capitals(
    better: Any, small: Sequence[Any], ordinary: Sequence[Any], bar: float, before: float
) -> list[str] | None:
    """Grade `better`, a trained tagger: at least `bar` F1 on small letters, and not much less than `before` elsewhere."""
    if not hasattr(better, "tags"):
        return [
            f"`better` is a {type(better).__name__}; expected what fit_tagger returns.",
            *HINTS[3],
        ]
    scores = [
        entity_score([one.tags for one in sentences], better.tags(sentences)).f1
        for sentences in (small, ordinary)
    ]
    if scores[0] < bar:
        return [f"F1 in small letters is {scores[0]:.3f}; {bar:.3f} is asked for.", *HINTS[3]]
    if scores[1] < before - LOST:
        return [
            f"Small letters are read well ({scores[0]:.3f}), but on ordinary text F1 fell from {before:.3f} to "
            f"{scores[1]:.3f}.",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: find_names, 2: best_path, 3: without_capitals}
