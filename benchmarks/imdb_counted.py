"""Recurrent nets that read words with their counts, beside the same nets on words alone.

    python benchmarks/imdb_counted.py                # three seeds of each, about ten minutes on 2 cores
    python benchmarks/imdb_counted.py --validation   # on the last 5,000 of Training: Test is left alone
    python benchmarks/imdb_counted.py --record       # and keep the table in benchmarks/recorded/

Needs IMDB (`course data fetch imdb`). The nets and their sources are in `text_recipes/counted.py`.
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
from text_recipes import Run, Texts, counted
from text_recipes.counted import Counted, Reading, train

from course_utils.foundation import config, records

NAME = "imdb_counted"
TITLE = "IMDB: recurrent nets that read words with their counts"
NOTE = (
    "Accuracy on the 25,000 test reviews, mean of the seeds; low and high are Wilson's 95 % interval at that "
    "number. All nets learn from the 25,000 labelled training reviews alone. The nets on words are those of "
    "imdb_recurrent. Ours read, beside a vector of each word, the log-ratios of the windows of 1 to 3 words that end "
    "with it: how much more often they stand in praise than in complaint. A training review's ratios are counted "
    "without the tenth of Training that it stands in, so that neither its own label nor reviews of the same film are "
    "in them. Ten words at a time are averaged before the net reads the last 600 in both directions. Settings were "
    "chosen on the last 5,000 training reviews, which are about other films; Test was met only here. Seconds are "
    "training with the graph's compilation, and for ours counting too; seconds_preparing is making numbers out of the "
    "training texts. Ratios are to the LSTM on words in the same run."
)
LSTM, RNN = "LSTM, words and counts", "SimpleRNN, words and counts"
ON_WORDS = (imdb_recurrent.RNN, imdb_recurrent.LSTM)
READING = Reading()


def measure(texts: Texts, seeds: Sequence[int]) -> dict[str, list[Run]]:
    """The baselines once, then the nets on words and ours with each seed, taking turns."""
    from keras import layers

    on_words = {option: imdb_recurrent.RECIPES[option] for option in ON_WORDS}
    runs = text_recipes.measure({}, texts, [])
    known = Counted(texts.training, texts.y_training, READING)
    test = known.encode(texts.test)
    for seed in seeds:
        for option, layer in ((RNN, layers.SimpleRNN), (LSTM, layers.LSTM)):
            run = train(known, texts, test, layer, READING, seed)
            text_recipes.tell(seed, option, run)
            runs.setdefault(option, []).append(run)
        for option, more in text_recipes.measure(on_words, texts, [seed], baselines=False).items():
            runs.setdefault(option, []).extend(more)
    return runs


def digest() -> str:
    """Changes with this script, the nets, those on words, what the text benchmarks share, and the data."""
    scripts = (__file__, counted.__file__, imdb_recurrent.__file__)
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
