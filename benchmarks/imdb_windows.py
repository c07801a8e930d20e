"""A convolution that starts from counts, beside the IMDB CNN of the 2018 workshop in the same run.

    python benchmarks/imdb_windows.py                # three seeds of each, about eight minutes on 2 cores
    python benchmarks/imdb_windows.py --validation   # on the last 5,000 of Training: Test is left alone
    python benchmarks/imdb_windows.py --record       # and keep the table in benchmarks/recorded/

Needs IMDB (`course data fetch imdb`). One filter slides over one-hot words, with widths 1, 2 and 3. Over one-hot
words a filter is a table: each window of words has a weight of its own, so the net looks weights up instead of
multiplying by ones and zeros. A window's first weight is how much more often it stands in praise than in complaint.
Sources: S. Wang and C. D. Manning, "Baselines and bigrams", 2012, for the counts; R. Johnson and T. Zhang, "Effective
use of word order for text categorization with convolutional neural networks", 2015, for one-hot convolution.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import imdb_cnn_2018
import text_recipes
from text_recipes import Run, Texts

from course_utils.foundation import config, records
from course_utils.text import Vocabulary

NAME = "imdb_windows"
TITLE = "IMDB: a convolution that starts from counts, and the CNN of 2018"
NOTE = (
    "Accuracy on the 25,000 test reviews, mean of the seeds; low and high are Wilson's 95 % interval at that "
    "number. Both nets learn from the 25,000 labelled training reviews alone. The recipe of 2018 is the one of "
    "imdb_cnn_2018. Ours has one filter over one-hot words in widths 1 to 3; each window that stands in at least "
    "four training reviews has a weight, which is its count's log-ratio times a factor that is learned from zero, "
    "and counts once in a review. Settings were chosen on the last 5,000 training reviews, which are about other "
    "films; Test was met only here. Seconds are training with the graph's compilation, and for ours counting too; "
    "seconds_preparing is making numbers out of the training texts. Ratios are to the recipe of 2018 in the same "
    "run. The seed of ours decides only the order of the reviews, so its runs hardly differ."
)
OURS = "windows of 1 to 3 words, started from counts"
VOCABULARY, WIDTHS, LEAST, LENGTH = 30_000, (1, 2, 3), 4, 1200
BATCH, EPOCHS, LEARNING_RATE, MOMENTUM, DECAY = 256, 6, 0.03, 0.9, 8e-4


class Windows:
    """The windows of 1, 2 and 3 words that at least LEAST training reviews hold, numbered from 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vocabulary = Vocabulary.fit(texts, size=VOCABULARY)
        found = [self._all_of(text) for text in texts]
        self._known = []
        for place in range(len(WIDTHS)):
            keys, count = np.unique(np.concatenate([widths[place] for widths in found]), return_counts=True)
            self._known.append(keys[count >= LEAST])
        self.training = self._numbered(found)

    def __len__(self) -> int:
        """How many windows are known, and 0 for none."""
        return 1 + sum(map(len, self._known))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Each text's known windows, every one once, and zeros: int32 (N, LENGTH)."""
        return self._numbered([self._all_of(text) for text in texts])

    def _all_of(self, text: str) -> list[np.ndarray]:
        ids = np.asarray(self._vocabulary.encode(text), dtype=np.int64)
        found = []
        for width in WIDTHS:
            keys = np.zeros(max(0, len(ids) - width + 1), dtype=np.int64)
            for offset in range(width):
                keys = keys * VOCABULARY + ids[offset : offset + len(keys)]
            found.append(np.unique(keys))
        return found

    def _numbered(self, found: list[list[np.ndarray]]) -> np.ndarray:
        ids = np.zeros((len(found), LENGTH), dtype=np.int32)
        for row, widths in zip(ids, found, strict=True):
            numbers, first = [], 1
            for keys, known in zip(widths, self._known, strict=True):
                places = np.searchsorted(known, keys)
                inside = places < len(known)
                places = places[inside]
                numbers.append(first + places[known[places] == keys[inside]])
                first += len(known)
            numbers = np.concatenate(numbers)[:LENGTH]
            row[: len(numbers)] = numbers
        return ids


def log_ratios(ids: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """How much more often each window stands in praise than in complaint: float32 (count,), natural logarithm."""
    shares = []
    for label in (1, 0):
        rows = ids[labels == label]
        shares.append((np.bincount(rows.ravel(), minlength=count) + 1) / len(rows))
    ratios = np.log(shares[0] / shares[1])
    ratios[0] = 0  # the filling
    return ratios.astype(np.float32)


def build(ratios: np.ndarray):
    """ids (N, LENGTH) -> probability (N, 1): the weights of all windows, added up."""
    import keras
    from keras import layers

    ids = keras.Input((LENGTH,), dtype="int32")
    counted = layers.Embedding(len(ratios), 1, trainable=False)
    learned = layers.Embedding(
        len(ratios), 1, embeddings_initializer="zeros", embeddings_regularizer=keras.regularizers.L2(DECAY)
    )
    weights = layers.Multiply()([counted(ids), learned(ids)])
    total = layers.Rescaling(LENGTH)(layers.GlobalAveragePooling1D()(weights))
    model = keras.Model(ids, layers.Dense(1, activation="sigmoid", kernel_initializer="ones")(total))
    counted.set_weights([ratios[:, None]])
    return model


def train(windows: Windows, texts: Texts, test: np.ndarray, seed: int, preparing: float) -> Run:
    """Count, train with one seed, and answer the test texts once."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    model = build(log_ratios(windows.training, texts.y_training, len(windows)))
    steps = EPOCHS * math.ceil(len(texts.training) / BATCH)
    warmup = steps // 10
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 10, steps - warmup, warmup_target=LEARNING_RATE, warmup_steps=warmup
    )
    model.compile(keras.optimizers.SGD(rate, momentum=MOMENTUM, nesterov=True), "binary_crossentropy")
    model.fit(windows.training, texts.y_training, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    model.predict(test[: text_recipes.PREDICTION_BATCH], verbose=0)  # compiles
    before = time.perf_counter()
    answers = model.predict(test, batch_size=text_recipes.PREDICTION_BATCH, verbose=0)[:, 0] > 0.5
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


def measure(texts: Texts, seeds: Sequence[int]) -> dict[str, list[Run]]:
    """The baselines once, then both nets with each seed, taking turns."""
    then = {imdb_cnn_2018.THEN: imdb_cnn_2018.RECIPES[imdb_cnn_2018.THEN]}
    runs = text_recipes.measure({}, texts, [])
    before = time.perf_counter()
    windows = Windows(texts.training)
    preparing = time.perf_counter() - before
    test = windows.encode(texts.test)
    for seed in seeds:
        run = train(windows, texts, test, seed, preparing)
        text_recipes.tell(seed, OURS, run)
        runs.setdefault(OURS, []).append(run)
        for option, more in text_recipes.measure(then, texts, [seed], baselines=False).items():
            runs.setdefault(option, []).extend(more)
    return runs


def digest() -> str:
    """Changes with this script, with the recipe of 2018, with what the text benchmarks share, and with the data."""
    both = (text_recipes.digest(script, "imdb") for script in (__file__, imdb_cnn_2018.__file__))
    return hashlib.sha256("\n".join(both).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds an option (default 3)")
    parser.add_argument(
        "--validation", action="store_true", help="hold 5,000 training reviews out and leave Test alone"
    )
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    if chosen.record and (chosen.validation or chosen.seeds < 3):
        parser.error("--record takes the Test split and at least 3 seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    text_recipes.start_framework()
    texts = text_recipes.imdb(held_out=5_000 if chosen.validation else 0)
    seeds = [config.DEFAULT_SEED + number for number in range(chosen.seeds)]
    rows = text_recipes.summarise(measure(texts, seeds), imdb_cnn_2018.THEN)
    text_recipes.show(TITLE, rows)
    if chosen.record:
        data = {"name": "imdb", "training": len(texts.training), "test": len(texts.test)}
        path = records.write(NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=seeds)
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
