"""Training the tagger: names are exchanged, and some words forgotten, so that new names are no surprise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from course_utils.datasets.names import Span, TaggedSentence, Token

from .answering import Tagger
from .encoding import UNKNOWN, Encoder
from .nets import build_tagger

_EXCHANGED = ("PERSON", "ORG", "LOC", "PROVINCE")  # dates, hours and amounts fit their sentence


def with_new_names(
    sentences: Sequence[TaggedSentence], seed: int = 0, share: float = 0.7
) -> list[TaggedSentence]:
    """Copies of sentences, in which names of persons, places and organisations were exchanged among themselves.

    Each outer name without a name inside is replaced, with probability `share`, by one of the same type and language; a
    name in small letters stays in small letters. Source: Dai and Adel 2020, mention replacement.
    """
    random = np.random.default_rng(seed)
    stock: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for one in sentences:
        for span in _simple(one):
            stock[one.language, span.type].append(one.words[span.start : span.end])
    return [_exchanged(one, stock, random, share) for one in sentences]


def _exchanged(
    one: TaggedSentence, stock: dict[tuple[str, str], list[list[str]]], random: Any, share: float
) -> TaggedSentence:
    chosen = {span.start: span for span in _simple(one) if random.random() < share}
    words: list[str] = []
    spans: list[Span] = []
    moved: dict[int, int] = {}  # place of a token before -> after
    place = 0
    while place < len(one.tokens):
        moved[place] = len(words)
        span = chosen.get(place)
        if span is None:
            words.append(one.words[place])
            place += 1
            continue
        names = stock[one.language, span.type]
        new = names[random.integers(len(names))]
        if "".join(one.words[span.start : span.end]).islower():
            new = [word.lower() for word in new]
        spans.append(Span(span.type, len(words), len(words) + len(new)))
        words += new
        place = span.end
    moved[place] = len(words)
    gone = set(chosen.values())
    spans += [
        Span(span.type, moved[span.start], moved[span.end], span.depth)
        for span in one.spans
        if span not in gone
    ]
    return _sentence(words, spans, one)


def _simple(sentence: TaggedSentence) -> list[Span]:
    """Outer names that are exchanged: of the right type, and with no name inside."""
    inner = [span for span in sentence.spans if span.depth]
    return [
        span
        for span in sentence.spans
        if span.depth == 0
        and span.type in _EXCHANGED
        and not any(span.start <= one.start < span.end for one in inner)
    ]


def _sentence(words: Sequence[str], spans: Sequence[Span], like: TaggedSentence) -> TaggedSentence:
    text = " ".join(words)
    tokens, at = [], 0
    for word in words:
        tokens.append(Token(word, at, at + len(word)))
        at += len(word) + 1
    ordered = tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.depth)))
    return TaggedSentence(text, tuple(tokens), ordered, like.register, like.language)


def small_letters(sentences: Sequence[TaggedSentence]) -> list[TaggedSentence]:
    """Copies of sentences in small letters, as many write on a phone; the names stay where they are."""
    return [_sentence([word.lower() for word in one.words], one.spans, one) for one in sentences]


def forget_words(inputs: dict[str, np.ndarray], share: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Inputs in which a random share of the words became unknown; their characters stay."""
    words = inputs["words"].copy()
    forgotten = (np.random.default_rng(seed).random(words.shape) < share) & (words > UNKNOWN)
    words[forgotten] = UNKNOWN
    return inputs | {"words": words}


def fit_tagger(
    sentences: Sequence[TaggedSentence],
    seed: int = 0,
    epochs: int = 10,
    copies: int = 1,
    forget: float = 0.15,
    batch_size: int = 32,
    encoder: Encoder | None = None,
    **net: Any,
) -> Tagger:
    """A tagger trained on some sentences and on `copies` copies of them with exchanged names.

    The learning rate falls in a straight line to a tenth. `net`: options of build_tagger. Needs about 2 minutes per
    1,000 sentences on two cores with the settings of notebook 13.
    """
    import keras

    keras.utils.set_random_seed(seed)
    encoder = encoder or Encoder.fit(sentences)
    model = build_tagger(encoder, **net)
    sets = [list(sentences)] + [with_new_names(sentences, seed + number) for number in range(copies)]
    arrays = [
        forget_words(encoder.inputs(part), forget if number else forget / 2, seed + number)
        for number, part in enumerate(sets)
    ]
    inputs = {name: np.concatenate([part[name] for part in arrays]) for name in arrays[0]}
    labels = np.concatenate([encoder.labels(part) for part in sets])
    first = float(np.asarray(model.optimizer.learning_rate))
    falling = keras.callbacks.LearningRateScheduler(lambda epoch: first * (1 - 0.9 * epoch / epochs))
    model.fit(inputs, labels, epochs=epochs, batch_size=batch_size, verbose=0, callbacks=[falling])
    return Tagger(encoder, model)
