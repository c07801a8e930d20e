"""Movie-review sentences (MR) in ten folds by a convolution that starts from counts, beside TF-IDF.

    python benchmarks/mr_windows.py             # ten folds, about two minutes on 2 cores
    python benchmarks/mr_windows.py --record    # and keep the table in benchmarks/recorded/

Needs MR (`course data fetch mr`). The folds are those of `mr_tenfold.py`, where Kim's CNN-rand stands; the net and its
sources are in `text_recipes/windows.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import mr_tenfold
import text_recipes
from text_recipes import Run, windows
from text_recipes.windows import Reading, Windows, train

from course_utils.foundation import records

NAME = "mr_windows"
TITLE = "MR, ten folds: a convolution that starts from counts"
NOTE = (
    "Accuracy over ten folds of the 10,662 sentences, each tested once: mean and standard deviation of the folds; "
    "low and high are Wilson's 95 % interval at the number of sentences. Folds and seeds are those of mr_tenfold. "
    "Kim (2014) reports 76.1 for CNN-rand, which learns its word vectors from the sentences alone, as ours does. One "
    "filter over one-hot words in widths 1 to 3; each window of the training folds has a weight, which is its count's "
    "log-ratio times a factor that is learned from zero. Settings were compared on the dev parts of the first two "
    "folds, whose sentences other folds test. Seconds are one fold's training, with the graph's compilation."
)
OURS = "windows of 1 to 3 words, started from counts"
READING = Reading(least=1, length=160, batch=64, epochs=10, learning_rate=0.1, decay=1e-3)


def measure(texts: list[str], labels: np.ndarray, count: int = mr_tenfold.FOLDS) -> dict[str, list[Run]]:
    """Each option on each fold."""
    text_recipes.warm_up()
    runs: dict[str, list[Run]] = {}
    for number, (part, _) in enumerate(mr_tenfold.parts(texts, labels, mr_tenfold.folds(labels, count))):
        before = time.perf_counter()
        known = Windows(part.training, READING)
        preparing = time.perf_counter() - before
        done = {
            "TF-IDF of words, logistic regression": text_recipes.tfidf(part, 1),
            "TF-IDF of words and pairs, logistic regression": text_recipes.tfidf(part, 2),
            OURS: train(known, part, known.encode(part.test), READING, mr_tenfold.SEED + number, preparing),
        }
        for option, run in done.items():
            runs.setdefault(option, []).append(run)
            text_recipes.tell(f"of fold {number}", option, run)
    return runs


def digest() -> str:
    """Changes with this script, the net, the folds, what the text benchmarks share, and the data."""
    scripts = (__file__, windows.__file__, mr_tenfold.__file__)
    parts = [text_recipes.digest(script, "mr") for script in scripts]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    text_recipes.start_framework()
    texts, labels = mr_tenfold.sentences()
    rows = mr_tenfold.summarise(measure(texts, labels))
    mr_tenfold.show(rows)
    if chosen.record:
        data = {"name": "mr", "sentences": len(texts), "folds": mr_tenfold.FOLDS}
        seeds = [mr_tenfold.SEED + number for number in range(mr_tenfold.FOLDS)]
        path = records.write(NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=seeds)
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
