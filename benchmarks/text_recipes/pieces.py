"""Pieces of sentences, windows of words and of letters, whose weights start from counts: any number of classes.

The weight of a piece for a class is a number that is counted times one that is learned from zero. Counted is how much
more often the piece stands in sentences of the class than in all others. Windows of letters let a word speak that no
training sentence holds: *breathtakingly* shares its pieces with *breathtaking*. Sources: S. Wang and C. D. Manning,
"Baselines and bigrams", 2012, for the counts; P. Bojanowski and others, "Enriching word vectors with subword
information", 2017, for windows of letters with marks at both ends of a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.text import words

from . import windows


@dataclass(frozen=True)
class Reading:
    """How sentences become pieces, and how the net learns from them.

    words, letters: the lengths of the windows. starts: also the first one, two and three words as pieces of their own,
    where a question says what it asks for. apart: the first word also with each of so many words after it, whatever is
    between them: "what ... city". decay: of the learned numbers. learning_rate: the peak of a warm-up over
    the first tenth of the steps, then a cosine.
    """

    words: tuple[int, ...] = (1, 2)
    letters: tuple[int, ...] = (3, 4, 5)
    starts: bool = False
    apart: int = 0
    batch: int = 64
    epochs: int = 10
    learning_rate: float = 0.1
    momentum: float = 0.9
    decay: float = 1e-3


def pieces(text: str, reading: Reading) -> set[str]:
    """The pieces of a sentence, every one once: "a dog" has "a", "dog", "a dog", "#<a>", "#<do", "#dog", ..."""
    found = words(text)
    kept = {
        " ".join(found[start : start + width])
        for width in reading.words
        for start in range(len(found) - width + 1)
    }
    for word in {f"<{word}>" for word in found}:
        for width in reading.letters:
            kept.update(f"#{word[start : start + width]}" for start in range(len(word) - width + 1))
    if reading.starts:
        kept.update("^" + " ".join(found[:width]) for width in (1, 2, 3))
    kept.update(f"{found[0]} ... {word}" for word in found[1 : 1 + reading.apart])
    return kept


class Pieces:
    """The pieces of the training sentences, numbered from 1. `training`: these sentences as numbers."""

    def __init__(self, texts: Sequence[str], reading: Reading) -> None:
        self._reading = reading
        found = [pieces(text, reading) for text in texts]
        self._number = {piece: number for number, piece in enumerate(sorted(set().union(*found)), 1)}
        self.length = max(map(len, found))
        self.training = self._numbered(found)

    def __len__(self) -> int:
        """How many pieces are known, and 0 for none."""
        return 1 + len(self._number)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Each sentence's known pieces, then zeros: int32 (N, length)."""
        return self._numbered([pieces(text, self._reading) for text in texts])

    def _numbered(self, found: list[set[str]]) -> np.ndarray:
        ids = np.zeros((len(found), self.length), dtype=np.int32)
        for row, of_text in zip(ids, found, strict=True):
            known = sorted(self._number[piece] for piece in of_text if piece in self._number)[: self.length]
            row[: len(known)] = known
        return ids


def log_ratios(ids: np.ndarray, labels: np.ndarray, count: int, classes: int) -> np.ndarray:
    """How much more often each piece stands in each class than in the others: float32 (count, classes)."""
    each = [windows.log_ratios(ids, labels == label, count) for label in range(classes)]
    return np.stack(each, axis=1)


def build(ratios: np.ndarray, length: int, reading: Reading):
    """ids (N, length) -> probabilities (N, classes): the weights of a sentence's pieces, added up for each class."""
    import keras
    from keras import layers

    count, classes = ratios.shape
    ids = keras.Input((length,), dtype="int32")
    counted = layers.Embedding(count, classes, trainable=False)
    learned = windows.learned_factors(count, classes, reading.decay)
    weights = layers.Multiply()([counted(ids), learned(ids)])
    model = keras.Model(ids, layers.Softmax()(windows.total(weights)))
    counted.set_weights([ratios])
    return model


def fit(ids: np.ndarray, labels: np.ndarray, count: int, classes: int, reading: Reading):
    """A trained net for `count` pieces: ids (N, length), labels (N,) from 0 to classes - 1."""
    model = build(log_ratios(ids, labels, count, classes), ids.shape[1], reading)
    return windows.learn(model, ids, labels, "sparse_categorical_crossentropy", reading)
