"""From scores of the next label to a whole string: greedy search, beam search, and every string there is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .letters import END, PAD, START

if TYPE_CHECKING:
    import keras

# What came so far, labels without the start -> log-probability of each label that may come next
Next = Callable[[tuple[int, ...]], np.ndarray]


class Found(NamedTuple):
    """A string of labels, without start and end, and its log-probability with the end."""

    labels: tuple[int, ...]
    score: float


def greedy(model: keras.Model, sources: np.ndarray, length: int) -> np.ndarray:
    """The likeliest label at each step, all sources side by side: int (N, length), padding after the end.

    `model`: takes sources (N, S) and what came before (N, length), gives probabilities (N, length, labels).
    """
    before = np.full((len(sources), length), PAD, np.int32)
    before[:, 0] = START
    made = np.full((len(sources), length), PAD, np.int32)
    done = np.zeros(len(sources), bool)
    for place in range(length):
        shares = model.predict([sources, before], batch_size=512, verbose=0)[:, place]
        made[:, place] = np.where(done, PAD, shares.argmax(axis=-1))
        done |= made[:, place] == END
        if done.all():
            break
        if place + 1 < length:
            before[:, place + 1] = np.where(done, PAD, made[:, place])
    return made


def next_label(model: keras.Model, source: np.ndarray, length: int) -> Next:
    """The function that a search asks: log-probabilities of the next label, given one source (S,)."""

    def scores(labels: tuple[int, ...]) -> np.ndarray:
        before = np.full((1, length), PAD, np.int32)
        before[0, : len(labels) + 1] = (START, *labels)
        shares = np.asarray(model.predict_on_batch([source[None], before]))[0, len(labels)]
        return np.log(np.maximum(shares, 1e-30))

    return scores


def beam_search(ask: Next, width: int, length: int, end: int = END) -> list[Found]:
    """The best finished strings that a beam of `width` meets, best first, each of at most `length` labels with its end.

    Raises ValueError for a width below 1.
    """
    if width < 1:
        raise ValueError(f"A beam keeps at least 1 string; got width {width}")
    open_ones, finished = [Found((), 0.0)], []
    for _ in range(length):
        grown = [
            Found((*labels, label), score + float(more))
            for labels, score in open_ones
            for label, more in enumerate(ask(labels))
            if label not in (PAD, START)
        ]
        kept = sorted(grown, key=lambda one: -one.score)[:width]
        finished += [Found(labels[:-1], score) for labels, score in kept if labels[-1] == end]
        open_ones = [one for one in kept if one.labels[-1] != end]
        if not open_ones:
            break
    return sorted(finished, key=lambda one: -one.score)


def every_string(ask: Next, labels: Sequence[int], length: int, end: int = END) -> list[Found]:
    """All strings of `labels` with an end within `length` steps, best first: brute force, for tiny cases only."""
    found = []
    for size in range(length):
        for string in itertools.product(labels, repeat=size):
            score = sum(float(ask(string[:place])[label]) for place, label in enumerate((*string, end)))
            found.append(Found(string, score))
    return sorted(found, key=lambda one: -one.score)
