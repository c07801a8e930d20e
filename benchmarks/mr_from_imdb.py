"""Movie-review sentences (MR) in ten folds by a convolution that starts from counts, in MR and in IMDB.

    python benchmarks/mr_from_imdb.py             # ten folds, about four minutes on 2 cores
    python benchmarks/mr_from_imdb.py --record    # and keep the table in benchmarks/recorded/

Needs MR and IMDB (`course data fetch mr imdb`). The folds are those of `mr_tenfold.py`; the net of one set and its
sources are in `text_recipes/windows.py`, and what it reaches from MR alone is in `mr_windows.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import imdb_windows
import mr_tenfold
import mr_windows
import text_recipes
from text_recipes import Run, Texts, windows
from text_recipes.windows import Reading, Windows, learn, learned_factors, log_ratios, total

from course_utils.foundation import records

NAME = "mr_from_imdb"
TITLE = "MR, ten folds: what IMDB's reviews add"
NOTE = (
    "Accuracy over ten folds of the 10,662 sentences, each tested once: mean and standard deviation of the folds; "
    "low and high are Wilson's 95 % interval at the number of sentences. Folds and seeds are those of mr_tenfold. Kim "
    "(2014) reports 81.5 for a CNN that starts from Google's vectors and trains them (non-static). IMDB's weights are "
    "those of imdb_windows, learned once from the 25,000 labelled training reviews: a number for each window of 1 to 3 "
    "words. Alone, untouched, they are added up. With MR's own counts beside them (the net of mr_windows), each gets a "
    "factor that starts at one and learns on MR. The step was compared with untouched weights on the dev parts of the "
    "first two folds, whose sentences other folds test. Seconds are one fold's training, with the graph's compilation; "
    "learning IMDB's weights comes before it, once (seconds_preparing)."
)
OURS = "counts of MR and of IMDB"
MR_ALONE, IMDB_ALONE = "counts of MR alone", "IMDB's weights, untouched"
NON_STATIC = 0.815  # Kim (2014), word2vec
PUBLISHED = "CNN-non-static as published (Kim, 2014)"
READING = mr_windows.READING
LENGTH = 170  # windows of the longest sentence


class Weights(NamedTuple):
    """What IMDB's net holds: the windows it knows, and a weight for each of them, float32 (windows,)."""

    known: Windows
    table: np.ndarray
    bias: float
    seconds: float


def learn_from_imdb(texts: Texts, reading: Reading = imdb_windows.READING) -> Weights:
    """Train the net of imdb_windows once, and read its weights off."""
    import keras

    keras.utils.set_random_seed(mr_tenfold.SEED)
    before = time.perf_counter()
    known = Windows(texts.training, reading)
    model = windows.fit(known.training, texts.y_training, len(known), reading)
    counted, factors, scale, bias = model.get_weights()
    table = counted[:, 0] * factors[:, 0] * scale[0, 0]
    return Weights(known, table, float(bias[0]), time.perf_counter() - before)


def build(ratios: np.ndarray, weights: Weights, reading: Reading):
    """Windows of MR (N, reading.length) and of IMDB (N, LENGTH) -> probability (N, 1)."""
    import keras
    from keras import layers

    own, borrowed = keras.Input((reading.length,), dtype="int32"), keras.Input((LENGTH,), dtype="int32")
    fixed = layers.Embedding(len(weights.table), 1, trainable=False)
    counted = layers.Embedding(len(ratios), 1, trainable=False)
    borrowed_factors = learned_factors(len(weights.table), 1, reading.decay)
    own_factors = learned_factors(len(ratios), 1, reading.decay)
    totals = [
        total(fixed(borrowed)),
        total(layers.Multiply()([fixed(borrowed), borrowed_factors(borrowed)])),
        total(layers.Multiply()([counted(own), own_factors(own)])),
    ]
    answer = layers.Dense(1, activation="sigmoid", kernel_initializer="ones")
    model = keras.Model([own, borrowed], answer(layers.Concatenate()(totals)))
    fixed.set_weights([weights.table[:, None]])
    counted.set_weights([ratios[:, None]])
    return model


def run_fold(part: Texts, weights: Weights, reading: Reading, seed: int) -> Run:
    """Count, train, and meet the test fold."""
    import keras

    keras.utils.set_random_seed(seed)
    known = Windows(part.training, reading)
    both = [known.training, weights.known.encode(part.training)[:, :LENGTH]]
    before, cpu_before = time.perf_counter(), time.process_time()
    model = build(log_ratios(known.training, part.y_training, len(known)), weights, reading)
    model = learn(model, both, part.y_training, "binary_crossentropy", reading)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    tested = [known.encode(part.test), weights.known.encode(part.test)[:, :LENGTH]]
    answers = model.predict(tested, verbose=0)[:, 0] > 0.5
    run = Run(
        answers == (part.y_test == 1), model.count_params(), seconds, cpu_seconds, None, weights.seconds
    )
    keras.utils.clear_session()
    return run


def untouched(part: Texts, weights: Weights) -> Run:
    """IMDB's net on a fold's test sentences, as it is."""
    totals = weights.table[weights.known.encode(part.test)].sum(axis=1) + weights.bias
    return Run((totals > 0) == (part.y_test == 1), len(weights.table), 0.0, 0.0, None, weights.seconds)


def measure(
    texts: list[str], labels: np.ndarray, weights: Weights, count: int = mr_tenfold.FOLDS
) -> dict[str, list[Run]]:
    """Each option on each fold."""
    text_recipes.warm_up()
    runs: dict[str, list[Run]] = {}
    for number, (part, _) in enumerate(mr_tenfold.parts(texts, labels, mr_tenfold.folds(labels, count))):
        seed, known = mr_tenfold.SEED + number, Windows(part.training, READING)
        done = {
            "TF-IDF of words, logistic regression": text_recipes.tfidf(part, 1),
            "TF-IDF of words and pairs, logistic regression": text_recipes.tfidf(part, 2),
            IMDB_ALONE: untouched(part, weights),
            MR_ALONE: windows.train(known, part, known.encode(part.test), READING, seed, 0.0),
            OURS: run_fold(part, weights, READING, seed),
        }
        for option, run in done.items():
            runs.setdefault(option, []).append(run)
            text_recipes.tell(f"of fold {number}", option, run)
    return runs


def summarise(runs: dict[str, list[Run]]) -> list[dict]:
    """One row an option, and Kim's published figure first."""
    published = {"option": PUBLISHED, "runs": mr_tenfold.FOLDS, "accuracy": NON_STATIC}
    return [published, *mr_tenfold.summarise(runs)[1:]]


def digest() -> str:
    """Changes with this script, the nets, the folds, what the text benchmarks share, and the data."""
    scripts = (__file__, windows.__file__, mr_tenfold.__file__, mr_windows.__file__)
    parts = [text_recipes.digest(script, "mr") for script in scripts]
    parts.append(text_recipes.digest(imdb_windows.__file__, "imdb"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    text_recipes.start_framework()
    weights = learn_from_imdb(text_recipes.imdb())
    texts, labels = mr_tenfold.sentences()
    rows = summarise(measure(texts, labels, weights))
    mr_tenfold.show(rows)
    if chosen.record:
        data = {"name": "mr", "sentences": len(texts), "folds": mr_tenfold.FOLDS}
        seeds = [mr_tenfold.SEED + number for number in range(mr_tenfold.FOLDS)]
        path = records.write(NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=seeds)
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
