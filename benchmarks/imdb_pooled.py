"""Recurrent nets on IMDB that start from counts and read all their states, beside those of the recurrent benchmark.

    python benchmarks/imdb_pooled.py                # three seeds of each, about ten minutes on one core
    python benchmarks/imdb_pooled.py --validation   # on the last 5,000 of Training: Test is left alone
    python benchmarks/imdb_pooled.py --record       # and keep the table in benchmarks/recorded/

Needs IMDB (`course data fetch imdb`). The nets and their sources are in `text_recipes/recurrent.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import imdb_recurrent
import text_recipes
from text_recipes import Run, Texts, recurrent
from text_recipes.recurrent import Reading, encode, train

from course_utils.foundation import config, records

NAME = "imdb_pooled"
TITLE = "IMDB: recurrent nets that start from counts and read all their states"
NOTE = (
    "Accuracy on the 25,000 test reviews, mean of the seeds; low and high are Wilson's 95 % interval at that "
    "number. The references are the SimpleRNN and the LSTM of imdb_recurrent, which read the last state after 200 "
    "words. Ours read the mean and the largest value of each unit over all states, and the first number of a word's "
    "vector is its counted log-ratio between praise and complaint, times a factor. All learn from the 25,000 "
    "labelled training reviews alone. Settings were chosen on the last 5,000 training reviews, which are about other "
    "films; Test was met only here. Seconds are training with the graph's compilation, and for ours counting too; "
    "seconds_preparing is making numbers out of the training texts; ms_a_review is answering, for ours with the "
    "making of batches. Ratios are to the LSTM with 200 words in the same run."
)
LSTM = "LSTM, all states, started from counts"
RNN = "SimpleRNN, all states, started from counts"
READINGS = {
    LSTM: Reading("LSTM"),
    RNN: Reading("SimpleRNN", length=300, learning_rate=3e-3),
}


def measure(texts: Texts, seeds: Sequence[int]) -> dict[str, list[Run]]:
    """The baselines once, then all nets with each seed, taking turns."""
    references = {name: imdb_recurrent.RECIPES[name] for name in (imdb_recurrent.RNN, imdb_recurrent.LSTM)}
    runs = text_recipes.measure({}, texts, [])
    ids = {option: text_recipes.encode(recipe, texts) for option, recipe in references.items()}
    encoded = {option: encode(texts, reading) for option, reading in READINGS.items()}
    for seed in seeds:
        for option in (*references, *READINGS):
            if option in references:
                run = text_recipes.train(references[option], ids[option], texts, seed)
            else:
                run = train(encoded[option], texts, READINGS[option], seed)
            text_recipes.tell(seed, option, run)
            runs.setdefault(option, []).append(run)
    return runs


def digest() -> str:
    """Changes with this script, the nets, the references, what the text benchmarks share, and the data."""
    scripts = (__file__, recurrent.__file__, imdb_recurrent.__file__)
    parts = [text_recipes.digest(script, "imdb") for script in scripts]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


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
    rows = text_recipes.summarise(measure(texts, seeds), imdb_recurrent.LSTM)
    text_recipes.show(TITLE, rows)
    if chosen.record:
        data = {"name": "imdb", "training": len(texts.training), "test": len(texts.test)}
        path = records.write(NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=seeds)
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
