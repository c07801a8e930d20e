"""A convolution over one-hot words that starts from counts: what the benchmarks on IMDB and MR share.

Over one-hot words a filter is a table: each window of words has a weight of its own, so the net looks weights up
instead of multiplying by ones and zeros. A window's first weight is how much more often it stands in praise than in
complaint. Sources: S. Wang and C. D. Manning, "Baselines and bigrams", 2012, for the counts; R. Johnson and T. Zhang,
"Effective use of word order for text categorization with convolutional neural networks", 2015, for the convolution.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.text import Vocabulary

from . import PREDICTION_BATCH, Run, Texts


@dataclass(frozen=True)
class Reading:
    """How texts become windows, and how the net learns from them.

    least: training texts that a window must stand in. length: known windows that are kept of a text. decay: of the
    learned factors. learning_rate: the peak of a warm-up over the first tenth of the steps, then a cosine.
    """

    vocabulary: int = 30_000
    widths: tuple[int, ...] = (1, 2, 3)
    least: int = 4
    length: int = 1200
    batch: int = 256
    epochs: int = 6
    learning_rate: float = 0.03
    momentum: float = 0.9
    decay: float = 8e-4


class Windows:
    """The windows of words that enough training texts hold, numbered from 1.

    `training`: the training texts as numbers, as `encode` gives them.
    """

    def __init__(self, texts: Sequence[str], reading: Reading) -> None:
        self._reading = reading
        self._vocabulary = Vocabulary.fit(texts, size=reading.vocabulary)
        found = [self._all_of(text) for text in texts]
        self._known = []
        for place in range(len(reading.widths)):
            keys, count = np.unique(np.concatenate([widths[place] for widths in found]), return_counts=True)
            self._known.append(keys[count >= reading.least])
        self.training = self._numbered(found)

    def __len__(self) -> int:
        """How many windows are known, and 0 for none."""
        return 1 + sum(map(len, self._known))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Each text's known windows, every one once, then zeros: int32 (N, length)."""
        return self._numbered([self._all_of(text) for text in texts])

    def _all_of(self, text: str) -> list[np.ndarray]:
        """A key for each window of a text, by width: the ids of its words as one number."""
        ids = np.asarray(self._vocabulary.encode(text), dtype=np.int64)
        found = []
        for width in self._reading.widths:
            keys = np.zeros(max(0, len(ids) - width + 1), dtype=np.int64)
            for offset in range(width):
                keys = keys * self._reading.vocabulary + ids[offset : offset + len(keys)]
            found.append(np.unique(keys))
        return found

    def _numbered(self, found: list[list[np.ndarray]]) -> np.ndarray:
        ids = np.zeros((len(found), self._reading.length), dtype=np.int32)
        for row, widths in zip(ids, found, strict=True):
            numbers, first = [], 1
            for keys, known in zip(widths, self._known, strict=True):
                places = np.searchsorted(known, keys)
                inside = places < len(known)
                places = places[inside]
                numbers.append(first + places[known[places] == keys[inside]])
                first += len(known)
            numbers = np.concatenate(numbers)[: len(row)]
            row[: len(numbers)] = numbers
        return ids


def log_ratios(ids: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """How much more often each window stands in texts labelled 1, say praise, than in those labelled 0.

    Returns float32 (count,), natural logarithms.
    """
    shares = []
    for label in (1, 0):
        rows = ids[labels == label]
        shares.append((np.bincount(rows.ravel(), minlength=count) + 1) / len(rows))
    ratios = np.log(shares[0] / shares[1])
    ratios[0] = 0  # the filling
    return ratios.astype(np.float32)


def build(ratios: np.ndarray, reading: Reading):
    """ids (N, length) -> probability (N, 1): the weights of all windows, added up."""
    import keras
    from keras import layers

    ids = keras.Input((reading.length,), dtype="int32")
    counted = layers.Embedding(len(ratios), 1, trainable=False)
    weights = layers.Multiply()([counted(ids), learned_factors(len(ratios), 1, reading.decay)(ids)])
    answer = layers.Dense(1, activation="sigmoid", kernel_initializer="ones")
    model = keras.Model(ids, answer(total(weights)))
    counted.set_weights([ratios[:, None]])
    return model


def learned_factors(count: int, columns: int, decay: float):
    """A layer that looks up numbers which are learned from zero and kept small: ids (N, k) -> (N, k, columns)."""
    from keras import layers, regularizers

    return layers.Embedding(
        count, columns, embeddings_initializer="zeros", embeddings_regularizer=regularizers.L2(decay)
    )


def total(numbers):
    """(N, windows, columns) -> (N, columns): the numbers of all windows, added up."""
    from keras import layers

    return layers.Rescaling(numbers.shape[1])(layers.GlobalAveragePooling1D()(numbers))


def fit(ids: np.ndarray, labels: np.ndarray, count: int, reading: Reading):
    """A trained net for `count` windows: ids (N, length), labels (N,) 0 or 1."""
    return learn(build(log_ratios(ids, labels, count), reading), ids, labels, "binary_crossentropy", reading)


def learn(model, x, labels: np.ndarray, loss: str, reading):
    """Train a net and return it; of `reading` are batch, epochs, learning_rate and momentum."""
    import keras

    steps = reading.epochs * math.ceil(len(labels) / reading.batch)
    warmup = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        reading.learning_rate / 10,
        max(1, steps - warmup),
        warmup_target=reading.learning_rate,
        warmup_steps=warmup,
    )
    model.compile(keras.optimizers.SGD(rate, momentum=reading.momentum, nesterov=True), loss)
    model.fit(x, labels, batch_size=reading.batch, epochs=reading.epochs, verbose=0)
    return model


def train(windows: Windows, texts: Texts, test: np.ndarray, reading: Reading, seed: int, preparing: float):
    """Count, train with one seed, and answer the test texts, given as windows, once. Returns a Run."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    model = fit(windows.training, texts.y_training, len(windows), reading)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    model.predict(test[:PREDICTION_BATCH], batch_size=PREDICTION_BATCH, verbose=0)  # compiles
    before = time.perf_counter()
    answers = model.predict(test, batch_size=PREDICTION_BATCH, verbose=0)[:, 0] > 0.5
    answering = time.perf_counter() - before
    run = Run(
        right=answers == (texts.y_test == 1),
        parameters=model.count_params(),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        ms_a_review=1000 * answering / len(test),
        seconds_preparing=preparing,
    )
    keras.utils.clear_session()
    return run
