"""Recurrent nets that read, at each word, its vector and how much it speaks for praise by the counts of Training.

Three numbers stand beside each word: the log-ratios of the windows of one, two and three words that end with it, which
is how much more often a window stands in praise than in complaint. A training text's own label is in those counts, and
so are other reviews of its film; its numbers are therefore counted in the rest of Training, without the block of
neighbours that it stands in. Ten words at a time are averaged, so that the net takes sixty steps through six hundred
words. Source of the counts: S. Wang and C. D. Manning, "Baselines and bigrams", 2012.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.text import Vocabulary

from . import PREDICTION_BATCH, Run, Texts, optimizer


@dataclass(frozen=True)
class Reading:
    """How texts become numbers, and how the net learns from them.

    least: training texts that a window must stand in. blocks: neighbours in Training are counted without each other.
    length: the last words of a text that are read. step: words that are averaged. batch, epochs, learning_rate and clip
    are those of a Recipe.
    """

    vocabulary: int = 30_000
    widths: tuple[int, ...] = (1, 2, 3)
    least: int = 4
    blocks: int = 10
    length: int = 600
    step: int = 10
    vector: int = 16
    units: int = 32
    dropout: float = 0.5
    batch: int = 128
    epochs: int = 2
    learning_rate: float = 3e-3
    clip: float = 1.0


class Counted:
    """Training texts as word ids with the log-ratios of their windows, and the way to make the same of others.

    `ids`: int32 (N, length), zeros in front. `ratios`: float16 (N, length, widths), each row counted without its
    block. `seconds_preparing` went into ids, `seconds` into all that knows the labels.
    """

    def __init__(self, texts: Sequence[str], labels: np.ndarray, reading: Reading) -> None:
        before = time.perf_counter()
        self._reading = reading
        self._vocabulary = Vocabulary.fit(texts, size=reading.vocabulary)
        words = self._words(texts)
        self.ids = self._padded(words)
        self.seconds_preparing = time.perf_counter() - before
        before = time.perf_counter()
        block = np.arange(len(texts)) * reading.blocks // len(texts)
        self.ratios = np.zeros((len(texts), reading.length, len(reading.widths)), np.float16)
        self._tables = []
        for place, width in enumerate(reading.widths):
            keys = [window_keys(ids, width, reading.vocabulary) for ids in words]
            known, without = _count(keys, np.asarray(labels), block, reading)
            self._tables.append((known, without[-1]))
            for row, (found, part) in enumerate(zip(keys, block, strict=True)):
                _write(self.ratios[row, :, place], _look_up(found, known, without[part]))
        self.seconds = time.perf_counter() - before

    def encode(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Texts that are not in Training: ids (N, length) and ratios (N, length, widths), by all of Training."""
        words = self._words(texts)
        ratios = np.zeros((len(texts), self._reading.length, len(self._reading.widths)), np.float16)
        for place, (width, (known, table)) in enumerate(zip(self._reading.widths, self._tables, strict=True)):
            for row, ids in enumerate(words):
                found = window_keys(ids, width, self._reading.vocabulary)
                _write(ratios[row, :, place], _look_up(found, known, table))
        return self._padded(words), ratios

    def _words(self, texts: Sequence[str]) -> list[np.ndarray]:
        return [np.asarray(self._vocabulary.encode(text), dtype=np.int64) for text in texts]

    def _padded(self, words: list[np.ndarray]) -> np.ndarray:
        ids = np.zeros((len(words), self._reading.length), np.int32)
        for row, found in zip(ids, words, strict=True):
            _write(row, found)
        return ids


def window_keys(ids: np.ndarray, width: int, vocabulary: int) -> np.ndarray:
    """One number for the window of `width` words that ends at each place: int64 (len(ids),), -1 before the first."""
    keys = np.full(len(ids), -1, dtype=np.int64)
    if len(ids) >= width:
        keys[width - 1 :] = 0
        for offset in range(width):
            keys[width - 1 :] = keys[width - 1 :] * vocabulary + ids[offset : len(ids) - width + 1 + offset]
    return keys


def _write(row: np.ndarray, values: np.ndarray) -> None:
    """Put the last values at the row's end."""
    kept = values[-len(row) :]
    row[len(row) - len(kept) :] = kept


def _look_up(keys: np.ndarray, known: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Each key's value, 0 for one that is not known."""
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[places] == keys, table[places], 0)


def _count(
    keys: list[np.ndarray], labels: np.ndarray, block: np.ndarray, reading: Reading
) -> tuple[np.ndarray, np.ndarray]:
    """The known windows in order, and their log-ratios without each block, then with all: float32 (blocks + 1, known)."""
    once = [np.unique(found[found >= 0]) for found in keys]
    text = np.repeat(np.arange(len(keys)), [len(found) for found in once])
    windows, number, count = np.unique(np.concatenate(once), return_inverse=True, return_counts=True)
    often = count >= reading.least
    kept = often[number]
    number, text = (np.cumsum(often) - 1)[number[kept]], text[kept]
    logs = []
    for label in (1, 0):
        here = labels[text] == label
        by_block = np.stack(
            [
                np.bincount(number[here & (block[text] == part)], minlength=often.sum())
                for part in range(reading.blocks)
            ]
        )
        texts = np.bincount(block[labels == label], minlength=reading.blocks)
        without = np.vstack([by_block.sum(0) - by_block, by_block.sum(0)])
        of = np.append(texts.sum() - texts, texts.sum())
        logs.append(np.log((without + 1) / of[:, None]))
    return windows[often], (logs[0] - logs[1]).astype(np.float32)


def build(layer: Callable, reading: Reading):
    """ids (N, length) and ratios (N, length, widths) -> probability (N, 1); `layer(units, ...)` reads both ways."""
    import keras
    from keras import layers

    ids = keras.Input((reading.length,), dtype="int32")
    ratios = keras.Input((reading.length, len(reading.widths)))
    vectors = layers.Embedding(reading.vocabulary, reading.vector)(ids)
    x = layers.Concatenate()([ratios, layers.SpatialDropout1D(reading.dropout)(vectors)])
    x = layers.Rescaling(math.sqrt(reading.step))(layers.AveragePooling1D(reading.step)(x))
    x = layers.Bidirectional(layer(reading.units, return_sequences=True))(x)
    x = layers.Dropout(reading.dropout)(layers.GlobalAveragePooling1D()(x))
    return keras.Model([ids, ratios], layers.Dense(1, activation="sigmoid")(x))


def train(counted: Counted, texts: Texts, test: tuple, layer: Callable, reading: Reading, seed: int) -> Run:
    """Train with one seed and answer the test texts, given as `encode` makes them, once. Counting is on the bill."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    model = build(layer, reading)
    model.compile(optimizer(reading, len(counted.ids)), "binary_crossentropy")
    options = {"batch_size": reading.batch, "epochs": reading.epochs, "verbose": 0}
    model.fit([counted.ids, counted.ratios.astype("float32")], texts.y_training, **options)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    test = [test[0], test[1].astype("float32")]
    model.predict(
        [part[:PREDICTION_BATCH] for part in test], batch_size=PREDICTION_BATCH, verbose=0
    )  # compiles
    before = time.perf_counter()
    answers = model.predict(test, batch_size=PREDICTION_BATCH, verbose=0)[:, 0] > 0.5
    answering = time.perf_counter() - before
    run = Run(
        right=answers == (texts.y_test == 1),
        parameters=model.count_params(),
        seconds=counted.seconds + seconds,
        cpu_seconds=counted.seconds + cpu_seconds,  # counting takes one thread
        ms_a_review=1000 * answering / len(answers),
        seconds_preparing=counted.seconds_preparing,
    )
    keras.utils.clear_session()
    return run
