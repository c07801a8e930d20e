"""Which path in Freebase answers a question? Columns of a net beside TF-IDF on WebQuestions.

    python benchmarks/webquestions_paths.py            # some minutes on one core
    python benchmarks/webquestions_paths.py --record   # and keep the table in benchmarks/recorded/

Needs WebQuestions with its paths (`course data fetch webquestions`).
Sources: J. Berant and others, "Semantic parsing on Freebase from question-answer pairs", 2013; L. Dong, F. Wei, M. Zhou,
K. Xu, "Question answering over Freebase with multi-column convolutional neural networks", 2015.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import text_recipes

from course_utils.datasets import load_webquestions
from course_utils.foundation import records
from course_utils.text import Vocabulary
from course_utils.training.evaluation import wilson_interval

NAME = "webquestions_paths"
TITLE = "WebQuestions: the path in Freebase that answers a question"
NOTE = (
    "hit@1 on the test questions that have a known path: the share for which the first path chosen leads to an answer. "
    "The candidates are all paths of the training questions. A question counts as missed where none of these is right: "
    "`most` is what remains possible. The facts themselves are not there, so no name is looked up and no column reads "
    "the answers' context. The columns compare the question with a path's relations and with the words in their names, "
    "the third one weighs the question's words and pairs (those that occur twice) by TF-IDF. All learn from the training questions, with each of "
    "a question's right paths sharing its weight; epoch and C are chosen on the validation questions; three seeds. The last "
    "option adds the probabilities of TF-IDF and of the two columns, with the share that is best on the validation "
    "questions. low and high are Wilson's 95 % interval at the number of test questions."
)
SEEDS = (2018, 2019, 2020)
WIDTHS, MAPS, EMBEDDING, LENGTH, DROPOUT = (1, 3), 128, 64, 16, 0.5
EPOCHS, PATIENCE, BATCH, RATE = 25, 3, 32, 2e-3
STRENGTHS = (10, 100)  # C of the logistic regression
BAG = "TF-IDF, one class per path"
COLUMNS = {
    "net, two columns": ("relations", "words"),
    "net, and a column that counts": ("relations", "words", "counted"),
}
TOGETHER = "TF-IDF and two columns together"
SHARES = (0.2, 0.3, 0.4, 0.5, 0.6)  # of the net in TOGETHER
Scores = dict[str, np.ndarray]  # probabilities (questions, candidates) of the validation and of the test part


class Task:
    """Questions as numbers, the candidate paths with their marks, and which candidates are right."""

    def __init__(self, found: dict) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.questions = {part: [text for text, _ in rows] for part, rows in found.items()}
        self.paths = sorted({path for _, paths in found["training"] for path in paths})
        place = {path: number for number, path in enumerate(self.paths)}
        self.right = {}
        for part, rows in found.items():
            self.right[part] = np.zeros((len(rows), len(self.paths)), dtype=np.float32)
            for row, (_, paths) in enumerate(rows):
                self.right[part][row, [place[path] for path in paths if path in place]] = 1
        self.marks = {
            "relations": _marks([list(path) for path in self.paths]),
            "words": _marks([re.findall(r"[a-z]+", " ".join(path)) for path in self.paths]),
            "counted": np.eye(len(self.paths), dtype=np.float32),
        }
        self.vocabulary = Vocabulary.fit(self.questions["training"])
        counts = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32)
        counts.fit(self.questions["training"])
        self.ids = {part: self.vocabulary.encode_all(asked, LENGTH) for part, asked in self.questions.items()}
        self.counts = {part: counts.transform(asked) for part, asked in self.questions.items()}

    def hit(self, part: str, scores: np.ndarray) -> float:
        """hit@1 of scores (questions, candidates)."""
        return float(self.right[part][np.arange(len(scores)), scores.argmax(axis=1)].mean())


def _marks(features: list[list[str]]) -> np.ndarray:
    """Zeros and ones, one row for each path and one column for each feature that any path has."""
    place = {name: number for number, name in enumerate(sorted({one for row in features for one in row}))}
    table = np.zeros((len(features), len(place)), dtype=np.float32)
    for row, names in enumerate(features):
        table[row, [place[name] for name in names]] = 1
    return table


def build(task: Task, columns: Sequence[str]):
    """A column reads the question with filters of its own and scores each mark; a path's score is the sum of its marks'."""
    import keras
    from keras import layers

    ids = keras.Input((LENGTH,), dtype="int32", name="ids")
    counted = keras.Input((task.counts["training"].shape[1],), name="counted")
    vectors = layers.Dropout(0.3)(layers.Embedding(len(task.vocabulary), EMBEDDING)(ids))
    scores = []
    for name in columns:
        found = counted
        if name != "counted":
            windows = [
                layers.Conv1D(MAPS, width, padding="same", activation="relu")(vectors) for width in WIDTHS
            ]
            found = layers.Concatenate()([layers.GlobalMaxPooling1D()(one) for one in windows])
            found = layers.Dense(EMBEDDING)(layers.Dropout(DROPOUT)(found))
        table = task.marks[name]
        asked = layers.Dense(table.shape[1], use_bias=name == "counted")(found)
        kept = keras.initializers.Constant(table.T)
        offered = layers.Dense(len(table), use_bias=False, kernel_initializer=kept, trainable=False)
        scores.append(offered(asked))
    total = layers.Add()(scores) if len(scores) > 1 else scores[0]
    net = keras.Model({"ids": ids, "counted": counted}, layers.Softmax()(total))
    net.compile(keras.optimizers.Adam(RATE), "categorical_crossentropy")
    return net


def run_net(task: Task, columns: Sequence[str], seed: int) -> Scores:
    """Train with one seed and keep the epoch with the best hit@1 on the validation part; what it answers there and on the test part."""
    import keras

    keras.utils.set_random_seed(seed)
    net = build(task, columns)
    x = {part: {"ids": task.ids[part], "counted": task.counts[part].toarray()} for part in task.ids}
    right = task.right["training"] / task.right["training"].sum(axis=1, keepdims=True)
    best, kept, since = -1.0, None, 0
    for _ in range(EPOCHS):
        net.fit(x["training"], right, batch_size=BATCH, epochs=1, verbose=0)
        hit = task.hit("validation", net.predict(x["validation"], batch_size=512, verbose=0))
        since += 1
        if hit > best:
            best, kept, since = hit, net.get_weights(), 0
        if since >= PATIENCE:
            break
    net.set_weights(kept)
    found = {part: net.predict(x[part], batch_size=512, verbose=0) for part in ("validation", "test")}
    keras.utils.clear_session()
    return found


def run_bag(task: Task) -> Scores:
    """TF-IDF with logistic regression, one row for each right path; what it answers on the validation and on the test part."""
    from sklearn.linear_model import LogisticRegression

    row, path = np.nonzero(task.right["training"])
    weight = 1 / task.right["training"].sum(axis=1)[row]
    answers = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=100)
        model.fit(task.counts["training"][row], path, sample_weight=weight)
        answers[strength] = {part: model.predict_proba(task.counts[part]) for part in ("validation", "test")}
    strength = max(answers, key=lambda one: task.hit("validation", answers[one]["validation"]))
    logging.info("C = %g", strength)
    return answers[strength]


def together(task: Task, bag: Scores, net: Scores) -> Scores:
    """The probabilities of both added, with the net's share that is best on the validation part (the smaller one of equals)."""
    mixed = {share: {part: (1 - share) * bag[part] + share * net[part] for part in net} for share in SHARES}
    return max(mixed.values(), key=lambda one: task.hit("validation", one["validation"]))


def measure(seeds: Sequence[int] = SEEDS) -> list[dict]:
    """One row for the baseline and one for each set of columns."""
    task = Task(load_webquestions())
    bag = run_bag(task)
    runs = {BAG: [_hits(task, bag)]}
    logging.info("%s · validation %.4f, test %.4f", BAG, *runs[BAG][0])
    for seed in seeds:
        nets = {option: run_net(task, columns, seed) for option, columns in COLUMNS.items()}
        nets[TOGETHER] = together(task, bag, next(iter(nets.values())))
        for option, scores in nets.items():
            runs.setdefault(option, []).append(_hits(task, scores))
            logging.info("seed %d · %s · validation %.4f, test %.4f", seed, option, *runs[option][-1])
    return [_row(option, done, task) for option, done in runs.items()]


def _hits(task: Task, scores: Scores) -> tuple[float, float]:
    """hit@1 on the validation and on the test part."""
    return task.hit("validation", scores["validation"]), task.hit("test", scores["test"])


def _row(option: str, done: list[tuple[float, float]], task: Task) -> dict:
    validation, test = (np.array(values) for values in zip(*done, strict=True))
    low, high = wilson_interval(float(test.mean()), len(task.right["test"]))
    return {
        "option": option,
        "runs": len(done),
        "hit_at_1": round(float(test.mean()), 5),
        "hit_at_1_sd": round(float(test.std(ddof=1)), 5) if len(done) > 1 else 0.0,
        "low": round(low, 4),
        "high": round(high, 4),
        "hit_at_1_runs": [round(float(value), 5) for value in test],
        "validation": round(float(validation.mean()), 5),
        "candidates": len(task.paths),
        "tested": len(task.right["test"]),
        "most": round(float(task.right["test"].any(axis=1).mean()), 4),
    }


def digest() -> str:
    """Changes with this script, with what the text benchmarks share, and with the data."""
    return text_recipes.digest(__file__, "webquestions")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    text_recipes.start_framework()
    rows = measure()
    for row in rows:
        logging.info("%-32s %.4f ± %.4f", row["option"], row["hit_at_1"], row["hit_at_1_sd"])
    if chosen.record:
        data = {"name": "webquestions", "candidates": rows[0]["candidates"], "tested": rows[0]["tested"]}
        path = records.write(
            NAME, TITLE, NOTE, rows, digest(), text_recipes.PACKAGES, data=data, seeds=list(SEEDS)
        )
        logging.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
