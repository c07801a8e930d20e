"""News, question titles and written reviews: a net that reads characters beside counting words and pieces of letters.

    python benchmarks/character_nets.py             # about six minutes of one core
    python benchmarks/character_nets.py --record    # and keep the table in benchmarks/recorded/
    python benchmarks/character_nets.py --full      # AG News with all 120,000 training rows; wants a GPU

Needs AG News and the titles (`course data fetch ag-news stackoverflow`), for --full also `ag-news-train`.
Source: X. Zhang, J. Zhao, Y. LeCun, "Character-level convolutional networks for text classification", 2015.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import text_recipes

from course_utils.datasets import Topics, load_topics
from course_utils.foundation import records
from course_utils.text import character_ids, crepe, misspell
from course_utils.training.evaluation import wilson_interval

NAME = "character_nets"
TITLE = "News, question titles, written reviews: words, pieces of letters, and a character net"
NOTE = (
    "Accuracy on test texts, and on the same texts with a slip in every word of five or more letters. AG News here is its 7,600 "
    "published test rows, 6,000 of them for training and 1,600 for testing, so its figures are not those of the paper, which "
    "learned from 120,000. Written: the bundled reviews that people could have written, by product, classes as frequent as they are. "
    "Chance: always the most frequent class of training. Counting: TF-IDF of words, or of pieces of two to five letters "
    "within a word, with logistic regression, C = 10. Net: the build of the paper with 32 filters, 64 units and "
    "BatchNormalization of momentum 0.9, Adam at 0.003, batches of 32, 8 epochs (titles: 4), about a minute of one core per "
    "training; longer training was not measured, and nothing was chosen on the test texts. low and high are "
    "Wilson's 95 % interval of the mean at the number of test texts."
)
SEEDS = (2015, 2016)


@dataclass(frozen=True)
class Task:
    """A data set and how the net reads it."""

    data: str
    frames: int
    epochs: int


TASKS = (Task("ag-news", 320, 8), Task("stackoverflow", 150, 4), Task("written", 400, 8))
ANALYZERS = {
    "words": {"analyzer": "word"},
    "pieces of letters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}
NET = "character net"


def slips(texts: Sequence[str]) -> list[str]:
    """The texts with one slip in every long word, the same in each run."""
    random = np.random.default_rng(2015)
    return [misspell(text, random) for text in texts]


def count(topics: Topics, how: dict) -> tuple[list[float], list[float], int, float]:
    """Accuracy on clean and on misspelt texts, parameters and seconds of TF-IDF with logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    begin = time.perf_counter()
    model = make_pipeline(
        TfidfVectorizer(min_df=2, sublinear_tf=True, **how), LogisticRegression(C=10, max_iter=300)
    ).fit(topics.training["text"], topics.training["label"])
    seconds = time.perf_counter() - begin
    clean = model.score(topics.test["text"], topics.test["label"])
    misspelt = model.score(slips(topics.test["text"]), topics.test["label"])
    return [clean], [misspelt], int(model[-1].coef_.size + len(topics.label_names)), seconds


def read(
    topics: Topics, task: Task, seeds: Sequence[int], features: int = 32, units: int = 64
) -> tuple[list[float], list[float], int, float]:
    """The same of the net, one figure per seed; seconds of one training."""
    import keras

    x = character_ids(topics.training["text"], task.frames)
    y, y_test = topics.training["label"].to_numpy(), topics.test["label"].to_numpy()
    tests = [character_ids(texts, task.frames) for texts in (topics.test["text"], slips(topics.test["text"]))]
    scores: list[list[float]] = [[], []]
    begin = time.perf_counter()
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model = crepe(len(topics.label_names), features, units, task.frames, momentum=0.9)
        model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=32, epochs=task.epochs, verbose=0)
        for kept, ids in zip(scores, tests, strict=True):
            kept.append(float(model.evaluate(ids, y_test, batch_size=128, verbose=0)[1]))
        logging.info("%s, seed %s: %.3f, misspelt %.3f", task.data, seed, scores[0][-1], scores[1][-1])
        parameters = model.count_params()
        keras.utils.clear_session()
    return scores[0], scores[1], parameters, (time.perf_counter() - begin) / len(seeds)


def row(topics: Topics, option: str, found: tuple[list[float], list[float], int, float]) -> dict:
    """One line of the table."""
    clean, misspelt, parameters, seconds = found
    low, high = wilson_interval(float(np.mean(clean)), len(topics.test))
    return {
        "data": topics.name,
        "option": option,
        "training rows": len(topics.training),
        "test rows": len(topics.test),
        "chance": round(float((topics.test["label"] == topics.training["label"].mode()[0]).mean()), 4),
        "parameters": parameters,
        "runs": len(clean),
        "accuracy": round(float(np.mean(clean)), 4),
        "accuracy_sd": round(float(np.std(clean, ddof=1)), 4) if len(clean) > 1 else None,
        "low": round(low, 4),
        "high": round(high, 4),
        "misspelt": round(float(np.mean(misspelt)), 4),
        "accuracy_runs": [round(value, 4) for value in clean],
        "misspelt_runs": [round(value, 4) for value in misspelt],
        "seconds": round(seconds, 1),
    }


def measure(tasks: Sequence[Task] = TASKS, seeds: Sequence[int] = SEEDS) -> list[dict]:
    """Each option on each set."""
    rows = []
    for task in tasks:
        topics = load_topics(task.data)
        for option, how in ANALYZERS.items():
            rows.append(row(topics, option, count(topics, how)))
        rows.append(row(topics, NET, read(topics, task, seeds)))
    return rows


def show(rows: Sequence[dict]) -> None:
    """The table for a person."""
    from rich.console import Console
    from rich.table import Table

    table = Table("data", "", "accuracy ± sd", "95 % interval", "misspelt", "train s", title=TITLE)
    for one in rows:
        spread = f" ± {one['accuracy_sd']:.3f}" if one["accuracy_sd"] is not None else ""
        table.add_row(
            f"{one['data']}, {one['training rows']:,} rows",
            one["option"],
            f"{one['accuracy']:.3f}{spread}",
            f"{one['low']:.3f}-{one['high']:.3f}",
            f"{one['misspelt']:.3f}",
            f"{one['seconds']:.0f}",
        )
    Console(width=120).print(table)


def full() -> list[dict]:
    """The paper's small net with normalisation on all training rows of AG News: 15.65 % error is the figure to beat."""
    topics = load_topics("ag-news")
    if len(topics.training) < 120_000:
        raise SystemExit("--full needs the training rows. Type: course data fetch ag-news-train")
    return [row(topics, f"{NET}, 256 filters", read(topics, Task("ag-news", 1014, 10), SEEDS[:1], 256, 1024))]


def digest() -> str:
    """Changes with this script, with the nets and readers that it uses, and with the data."""
    root = Path(__file__).resolve().parents[1]
    files = ("text/characters.py", "text/changes.py", "text/crepe.py", "datasets/topics.py")
    parts = [text_recipes.digest(__file__, task.data) for task in TASKS if task.data != "written"]
    parts += [records.code_of(root / "course_utils" / file) for file in files]
    total = hashlib.sha256("\n".join(parts).encode())
    for name in ("train.csv", "understated.csv", "test.csv"):
        total.update((root / "data" / "reviews" / name).read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument(
        "--full", action="store_true", help="all training rows of AG News; nothing is recorded"
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    text_recipes.start_framework()
    rows = full() if chosen.full else measure()
    show(rows)
    if chosen.record and not chosen.full:
        data = {task.data: {"frames": task.frames, "epochs": task.epochs} for task in TASKS}
        path = records.write(
            NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=list(SEEDS)
        )
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
