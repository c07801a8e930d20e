"""What reviews teach about other reviews: each set as training against each as test.

    python benchmarks/review_transfer.py             # two minutes
    python benchmarks/review_transfer.py --record    # and keep the table in benchmarks/recorded/

Needs IMDB, MR and the clothing reviews (`course data fetch imdb mr womens-clothing`).

A bundled set is worth something when what a model learns from it holds for texts that other people wrote. The model
is the plainest there is, so that the table speaks of texts, not of nets: TF-IDF of single words and logistic
regression, scikit-learn's defaults. The clothing reviews, 82 % of them positive, are cut to equal parts of both labels;
in the other sets at most 55 % have the more frequent one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.foundation import config, records
from course_utils.training.evaluation import wilson_interval

log = logging.getLogger("review_transfer")
NAME = "review_transfer"
TITLE = "Reviews as teachers: trained on one set, tested on another"
NOTE = (
    "Accuracy of TF-IDF of single words with logistic regression (scikit-learn's defaults) on the test part of each "
    "set; chance is 0.50 to 0.55. Sets without a split of their own are split as the course splits them; MR, which has "
    "none, is tested as a whole by models that did not learn from it. The clothing reviews are cut to equal parts of "
    "both labels. 'bundled' are the reviews written for the course, 'understated' such as hardly say what they think "
    "(training texts of their own, a quarter of the bundled test), 'controlled' those put together by a program. By "
    "tag: the model that learned from the bundled training reviews, on the test reviews with that tag. Intervals are "
    "Wilson's at the number of test texts."
)
TRAINED_ON = ("bundled", "understated", "controlled", "imdb", "mr", "clothing")
TESTED_ON = ("bundled", "understated", "controlled", "imdb", "mr", "clothing")
PACKAGES = ("scikit-learn", "numpy")
SEED = 2018

Part = tuple[list[str], np.ndarray]


def balanced(texts: Sequence[str], labels: np.ndarray) -> Part:
    """As many texts of each label as there are of the rarer one, drawn with a seed, in their order."""
    few = min(np.bincount(labels, minlength=2))
    random = np.random.RandomState(SEED)
    kept = np.sort(
        np.concatenate([random.permutation(np.flatnonzero(labels == label))[:few] for label in (0, 1)])
    )
    return [texts[place] for place in kept], labels[kept]


def part(name: str, split: str) -> Part:
    """Texts and labels of a set's split; of the clothing reviews, 82 % of them positive, as many of each label."""
    from course_utils.datasets import load_reviews

    table = load_reviews(name).table(split)
    texts, labels = list(table["text"]), table["label"].to_numpy()
    return balanced(texts, labels) if name == "clothing" else (texts, labels)


def taught_by(name: str):
    """The model, fitted to a set's training texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, labels = part(name, "Training")
    return make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)).fit(texts, labels), len(texts)


def _row(answers: np.ndarray, labels: np.ndarray, **what) -> dict:
    accuracy = float(np.mean(answers == labels))
    low, high = wilson_interval(accuracy, len(labels))
    figures = {"accuracy": round(accuracy, 4), "low": round(low, 4), "high": round(high, 4)}
    return what | figures | {"test texts": len(labels)}


def measure() -> list[dict]:
    """One row for each pair of sets, then one for each tag of the bundled test reviews."""
    rows = []
    tests = {name: part(name, "Test") for name in TESTED_ON}
    whole_mr = [part("mr", split) for split in ("Training", "Test")]
    whole_mr = sum((texts for texts, _ in whole_mr), []), np.concatenate([labels for _, labels in whole_mr])
    models = {}
    for trained in TRAINED_ON:
        model, count = models[trained] = taught_by(trained)
        for tested in TESTED_ON:
            texts, labels = whole_mr if tested == "mr" != trained else tests[tested]
            names = {"trained on": trained, "tested on": tested, "training texts": count}
            rows.append(_row(model.predict(texts), labels, **names))
            log.info("%s", rows[-1])
    from course_utils.datasets import load_reviews

    model, count = models["bundled"]
    texts, labels = tests["mr"]
    names = {"trained on": "bundled", "tested on": "mr, its test part", "training texts": count}
    rows.append(_row(model.predict(texts), labels, **names))
    table = load_reviews("bundled").table("Test")
    right = model.predict(list(table["text"]))
    for column in ("hard", "tone", "category"):
        for value in sorted(table[column].unique()):
            chosen = (table[column] == value).to_numpy()
            names = {
                "trained on": "bundled",
                "tested on": f"bundled, {column}: {value}",
                "training texts": count,
            }
            rows.append(_row(right[chosen], table["label"].to_numpy()[chosen], **names))
            log.info("%s", rows[-1])
    return rows


def digest() -> str:
    """Changes with this script, with the loader and with the bundled texts."""
    root = config.repository_root()
    total = hashlib.sha256()
    for path in (Path(__file__), root / "course_utils" / "datasets" / "reviews.py"):
        total.update(records.code_of(path).encode())
    for path in sorted((root / "data" / "reviews").rglob("*.csv")):
        total.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure()
    if chosen.record:
        path = records.write(NAME, TITLE, NOTE, rows, digest(), PACKAGES, seeds=[SEED])
        log.info("%s", path)
    else:
        log.info("%s", json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
