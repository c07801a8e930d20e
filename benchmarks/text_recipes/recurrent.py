"""Recurrent nets that start from counts, keep every state and read no padding: for the benchmarks on IMDB.

Three things a recurrent net need not learn from a few thousand steps. How praise and complaint differ word by word is
counted before: it is the first number of each word's vector. Where in a review the judgement stands is left open: the
mean and the largest value of every unit over all states are read, not the last state. And reviews of about the same
length share a batch, so hardly any step is spent on filling. Sources: S. Wang and C. D. Manning, "Baselines and
bigrams", 2012, for the counts; A. Conneau and others, "Supervised learning of universal sentence representations",
2017, for pooled states; B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by averaging",
1992, for the average of the last weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.text import Vocabulary
from course_utils.text.vocabulary import PADDING, pad

from . import Run, Texts

ANSWERED_TOGETHER = 500
JITTER = 20  # words: batches of like lengths are not the same ones in each epoch


@dataclass(frozen=True)
class Reading:
    """A recurrent layer and how it learns.

    cell: a layer of Keras. length: the last words of a review that are read. start: the factor of the counted
    log-ratios. doubt: a word that stands in so many texts keeps half of its log-ratio. left_out: the share of words whose vectors are zero in a step. learning_rate: Adam's, the peak of a
    warm-up over the first tenth of the steps, then a cosine. average: how much of the averaged weights a step keeps.
    """

    cell: str
    vocabulary: int = 20_000
    length: int = 400
    width: int = 32
    units: int = 32
    start: float = 0.5
    doubt: int = 100
    left_out: float = 0.2
    dropout: float = 0.3
    batch: int = 128
    epochs: int = 2
    learning_rate: float = 6e-3
    clip: float = 1.0
    average: float = 0.99


def log_ratios(ids: Sequence[Sequence[int]], labels: np.ndarray, count: int, doubt: float = 0) -> np.ndarray:
    """How much more often each word stands in praise than in complaint, natural logarithm: float32 (count,).

    The ratio of a rare word tells the labels of the few training texts that hold it, and a net learns to trust that.
    So a word in n texts keeps n / (n + doubt) of it.
    """
    shares, held = [], np.zeros(count)
    for label in (1, 0):
        texts = [np.unique(text) for text, its in zip(ids, labels, strict=True) if its == label]
        found = np.bincount(np.concatenate(texts).astype(int), minlength=count)
        held += found
        shares.append((found + 1) / len(texts))
    ratios = np.log(shares[0] / shares[1]) * held / np.maximum(held + doubt, 1)
    ratios[PADDING] = 0
    return ratios.astype(np.float32)


def by_length(ids: Sequence[Sequence[int]], size: int, random: np.random.Generator | None = None) -> list:
    """Places of the texts in batches of about the same length; with `random`, other ones each time and shuffled."""
    lengths = np.array([len(text) for text in ids], dtype=float)
    if random is not None:
        lengths += random.uniform(0, JITTER, len(lengths))
    order = np.argsort(lengths, kind="stable")
    batches = [order[first : first + size] for first in range(0, len(order), size)]
    if random is not None:
        random.shuffle(batches)
    return batches


def filled(ids: Sequence[Sequence[int]]) -> np.ndarray:
    """Some texts as one table, as wide as the longest, zeros in front: int32."""
    return pad(ids, max(1, *map(len, ids)), pad="front")


def batches_of(ids: Sequence[Sequence[int]], labels: np.ndarray, reading: Reading, seed: int):
    """What `fit` reads: in each epoch other batches of like lengths."""
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self._random = np.random.default_rng(seed)
            self.on_epoch_end()

        def __len__(self) -> int:
            return len(self._places)

        def __getitem__(self, number: int):
            places = self._places[number]
            return filled([ids[place] for place in places]), labels[places].astype(np.float32)

        def on_epoch_end(self) -> None:
            self._places = by_length(ids, reading.batch, self._random)

    return Batches()


def build(ratios: np.ndarray, reading: Reading, seed: int):
    """ids (N, any length) -> probability (N, 1)."""
    import keras
    from keras import layers

    table = np.random.default_rng(seed).uniform(-0.05, 0.05, (len(ratios), reading.width))
    table[:, 0] += reading.start * ratios
    table[PADDING] = 0
    ids = keras.Input((None,), dtype="int32")
    vectors = layers.Embedding(len(ratios), reading.width, weights=[table.astype(np.float32)])(ids)
    vectors = layers.Dropout(reading.left_out, noise_shape=(None, None, 1))(vectors)
    states = getattr(layers, reading.cell)(reading.units, return_sequences=True)(vectors)
    pooled = [layers.GlobalAveragePooling1D()(states), layers.GlobalMaxPooling1D()(states)]
    pooled = layers.Dropout(reading.dropout)(layers.Concatenate()(pooled))
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(pooled))


def fit(ids: Sequence[Sequence[int]], labels: np.ndarray, count: int, reading: Reading, seed: int):
    """A trained net for a vocabulary of `count` words: ids of N texts, labels (N,) 0 or 1."""
    import keras

    model = build(log_ratios(ids, labels, count, reading.doubt), reading, seed)
    steps = reading.epochs * math.ceil(len(ids) / reading.batch)
    warmup = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        reading.learning_rate / 10,
        max(1, steps - warmup),
        warmup_target=reading.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.Adam(
        rate, global_clipnorm=reading.clip, use_ema=True, ema_momentum=reading.average
    )
    model.compile(optimizer, "binary_crossentropy")
    # Which batches come in which order is the data's own affair.
    model.fit(batches_of(ids, labels, reading, seed), epochs=reading.epochs, shuffle=False, verbose=0)
    return model


def answer(model, ids: Sequence[Sequence[int]]) -> np.ndarray:
    """Probabilities of all texts, in their order: (N,)."""
    found = np.zeros(len(ids))
    for places in by_length(ids, ANSWERED_TOGETHER):
        found[places] = model.predict_on_batch(filled([ids[place] for place in places]))[:, 0]
    return found


@dataclass(frozen=True)
class Encoded:
    """The texts as lists of ids, how many words are known, and the seconds it took for the training texts."""

    training: list[list[int]]
    test: list[list[int]]
    words: int
    seconds: float


def encode(texts: Texts, reading: Reading) -> Encoded:
    """Vocabulary from the training texts only; of each text the last words."""
    before = time.perf_counter()
    vocabulary = Vocabulary.fit(texts.training, size=reading.vocabulary)
    training = [vocabulary.encode(text)[-reading.length :] for text in texts.training]
    seconds = time.perf_counter() - before
    test = [vocabulary.encode(text)[-reading.length :] for text in texts.test]
    return Encoded(training, test, len(vocabulary), seconds)


def train(encoded: Encoded, texts: Texts, reading: Reading, seed: int) -> Run:
    """Count, train with one seed, and answer the test texts once."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    model = fit(encoded.training, texts.y_training, encoded.words, reading, seed)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    answer(model, encoded.test[:1])  # compiles
    before = time.perf_counter()
    probabilities = answer(model, encoded.test)
    answering = time.perf_counter() - before
    run = Run(
        right=(probabilities > 0.5) == (texts.y_test == 1),
        parameters=model.count_params(),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        ms_a_review=1000 * answering / len(encoded.test),
        seconds_preparing=encoded.seconds,
    )
    keras.utils.clear_session()
    return run
