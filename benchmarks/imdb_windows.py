"""A convolution that starts from counts, beside the IMDB CNN of the 2018 workshop in the same run.

    python benchmarks/imdb_windows.py                # three seeds of each, about eight minutes on 2 cores
    python benchmarks/imdb_windows.py --validation   # on the last 5,000 of Training: Test is left alone
    python benchmarks/imdb_windows.py --record       # and keep the table in benchmarks/recorded/

Needs IMDB (`course data fetch imdb`). The net and its sources are in `text_recipes/windows.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import imdb_cnn_2018
import text_recipes
from text_recipes import Run, Texts, windows
from text_recipes.windows import Reading, Windows, train

from course_utils.foundation import config, records

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
READING = Reading()


def measure(texts: Texts, seeds: Sequence[int]) -> dict[str, list[Run]]:
    """The baselines once, then both nets with each seed, taking turns."""
    then = {imdb_cnn_2018.THEN: imdb_cnn_2018.RECIPES[imdb_cnn_2018.THEN]}
    runs = text_recipes.measure({}, texts, [])
    before = time.perf_counter()
    known = Windows(texts.training, READING)
    preparing = time.perf_counter() - before
    test = known.encode(texts.test)
    for seed in seeds:
        run = train(known, texts, test, READING, seed, preparing)
        text_recipes.tell(seed, OURS, run)
        runs.setdefault(OURS, []).append(run)
        for option, more in text_recipes.measure(then, texts, [seed], baselines=False).items():
            runs.setdefault(option, []).extend(more)
    return runs


def digest() -> str:
    """Changes with this script, the net, the recipe of 2018, what the text benchmarks share, and the data."""
    scripts = (__file__, windows.__file__, imdb_cnn_2018.__file__)
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
    rows = text_recipes.summarise(measure(texts, seeds), imdb_cnn_2018.THEN)
    text_recipes.show(TITLE, rows)
    if chosen.record:
        data = {"name": "imdb", "training": len(texts.training), "test": len(texts.test)}
        path = records.write(NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=seeds)
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
