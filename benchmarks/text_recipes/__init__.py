"""What the benchmarks of text nets share: a recipe, its training against the clock, a baseline, the table.

A recipe says how reviews become numbers and how a net learns from them; `train` runs it with one seed.
Only the scripts beside this folder import it.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import itertools
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_utils.foundation import config, records
from course_utils.text import Vocabulary
from course_utils.training.evaluation import wilson_interval

PREDICTION_BATCH = 256
C_BY_LENGTH = {
    1: 3,
    2: 10,
}  # logistic regression's C for words and for words with pairs, chosen on IMDB's Training
PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Recipe:
    """A net and how to train it.

    build: () -> net without compile, ids (N, length) in, probabilities (N, 1) out. learning_rate: Adam's, the
    peak of a warm-up over the first tenth of the steps, which falls to zero along a cosine; None: `optimizer`
    as Keras has it. most_runs: a long recipe gets no more seeds than this.
    """

    build: Callable[[], object]
    vocabulary: int | None = 20_000
    length: int = 400
    pad: str = "front"
    cut: str = "front"
    batch: int = 128
    epochs: int = 2
    learning_rate: float | None = 6e-3
    clip: float | None = None  # the largest length of a step's gradient
    optimizer: str = "adam"
    most_runs: int | None = None


class Texts(NamedTuple):
    """Training and test texts with their labels (0 or 1)."""

    training: Sequence[str]
    y_training: np.ndarray
    test: Sequence[str]
    y_test: np.ndarray


class Ids(NamedTuple):
    """The texts as numbers, int32 (N, length), and what it took to make the training ones."""

    training: np.ndarray
    test: np.ndarray
    seconds: float
    words: int


@dataclass(frozen=True)
class Run:
    """What one training came to, on the test texts."""

    right: np.ndarray  # bool, one a test text
    parameters: int
    seconds: float  # wall clock of training alone, with the graph's compilation
    cpu_seconds: float  # of all threads
    ms_a_review: float | None = None  # of answering, from ids to probabilities
    seconds_preparing: float = 0.0

    @property
    def accuracy(self) -> float:
        """Share of test texts named rightly."""
        return float(self.right.mean())


def start_framework() -> None:
    """TensorFlow on the CPU, quiet and repeatable: the same seed gives the same figures on one machine."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_op_determinism()


def encode(recipe: Recipe, texts: Texts) -> Ids:
    """Vocabulary from the training texts only, then both splits as ids."""
    before = time.perf_counter()
    vocabulary = Vocabulary.fit(texts.training, size=recipe.vocabulary)
    options = {"length": recipe.length, "pad": recipe.pad, "cut": recipe.cut}
    training = vocabulary.encode_all(texts.training, **options)
    seconds = time.perf_counter() - before
    return Ids(training, vocabulary.encode_all(texts.test, **options), seconds, len(vocabulary))


def optimizer(recipe: Recipe, examples: int):
    """The recipe's optimizer, with its schedule for this number of training texts."""
    import keras

    if recipe.learning_rate is None:
        return keras.optimizers.get(recipe.optimizer)
    steps = recipe.epochs * math.ceil(examples / recipe.batch)
    warmup = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 10,
        max(1, steps - warmup),
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
    )
    return keras.optimizers.Adam(rate, global_clipnorm=recipe.clip)


def train(recipe: Recipe, ids: Ids, texts: Texts, seed: int) -> Run:
    """Train with one seed and answer the test texts once."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    model = recipe.build()
    model.compile(optimizer(recipe, len(ids.training)), "binary_crossentropy", metrics=["accuracy"])
    model.fit(ids.training, texts.y_training, batch_size=recipe.batch, epochs=recipe.epochs, verbose=0)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    model.predict(ids.test[:PREDICTION_BATCH], batch_size=PREDICTION_BATCH, verbose=0)  # compiles
    before = time.perf_counter()
    probabilities = model.predict(ids.test, batch_size=PREDICTION_BATCH, verbose=0)[:, 0]
    answering = time.perf_counter() - before
    run = Run(
        right=(probabilities > 0.5) == (texts.y_test == 1),
        parameters=model.count_params(),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        ms_a_review=1000 * answering / len(ids.test),
        seconds_preparing=ids.seconds,
    )
    keras.utils.clear_session()
    return run


def tfidf(texts: Texts, longest: int) -> Run:
    """TF-IDF of single words (longest=1) or also of pairs (2), then logistic regression: no seed in it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    before = time.perf_counter()
    vectorizer = TfidfVectorizer(ngram_range=(1, longest), min_df=2, sublinear_tf=True, dtype=np.float32)
    counts = vectorizer.fit_transform(texts.training)
    prepared, cpu_before = time.perf_counter(), time.process_time()
    model = LogisticRegression(C=C_BY_LENGTH[longest], max_iter=200).fit(counts, texts.y_training)
    trained, cpu_seconds = time.perf_counter(), time.process_time() - cpu_before
    right = model.predict(vectorizer.transform(texts.test)) == texts.y_test
    answering = time.perf_counter() - trained
    return Run(
        right=np.asarray(right),
        parameters=int(model.coef_.size + 1),
        seconds=trained - prepared,
        cpu_seconds=cpu_seconds,
        ms_a_review=1000 * answering / len(right),
        seconds_preparing=prepared - before,
    )


def warm_up() -> None:
    """The first use of the framework should be on nobody's bill."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    model = keras.Sequential([layers.Embedding(10, 4), layers.Conv1D(4, 3), layers.GlobalMaxPooling1D()])
    model.compile("adam", "mse")
    model.fit(np.zeros((8, 8), np.int32), np.zeros((8, 4)), verbose=0)
    keras.utils.clear_session()


def measure(recipes: dict[str, Recipe], texts: Texts, seeds: Sequence[int], baselines: bool = True):
    """Each recipe with each seed, taking turns; the baselines once. Returns {option: runs}."""
    runs: dict[str, list[Run]] = {}
    if baselines:
        for option, longest in (("TF-IDF of words", 1), ("TF-IDF of words and pairs", 2)):
            runs[f"{option}, logistic regression"] = [tfidf(texts, longest)]
            tell("-", option, runs[f"{option}, logistic regression"][-1])
    warm_up()
    ids = {option: encode(recipe, texts) for option, recipe in recipes.items()}
    for (number, seed), (option, recipe) in itertools.product(enumerate(seeds), recipes.items()):
        if recipe.most_runs is not None and number >= recipe.most_runs:
            continue
        run = train(recipe, ids[option], texts, seed)
        runs.setdefault(option, []).append(run)
        tell(seed, option, run)
    return runs


def tell(seed: object, option: str, run: Run) -> None:
    """One line about a run that has ended."""
    logging.info(
        "seed %s · %-40s · %.4f · %6.1f s · CPU %6.1f s",
        seed,
        option,
        run.accuracy,
        run.seconds,
        run.cpu_seconds,
    )


def summarise(runs: dict[str, list[Run]], reference: str | None = None) -> list[dict]:
    """One row an option: accuracy with spread and interval, seconds, ratio to the reference's seconds.

    low and high: Wilson's 95 % interval of the mean accuracy at the number of test texts.
    """
    rows = []
    for option, done in runs.items():
        accuracies = [run.accuracy for run in done]
        accuracy = float(np.mean(accuracies))
        low, high = wilson_interval(accuracy, len(done[0].right))
        row = {
            "option": option,
            "parameters": done[0].parameters,
            "runs": len(done),
            "accuracy": round(accuracy, 5),
            "accuracy_sd": round(float(np.std(accuracies, ddof=1)), 5) if len(done) > 1 else 0.0,
            "low": round(low, 4),
            "high": round(high, 4),
            "accuracy_runs": [round(value, 5) for value in accuracies],
            "seconds": round(float(np.mean([run.seconds for run in done])), 2),
            "seconds_runs": [round(run.seconds, 2) for run in done],
            "seconds_preparing": round(done[0].seconds_preparing, 1),
            "cpu_seconds": round(float(np.mean([run.cpu_seconds for run in done])), 1),
            "ms_a_review": round(float(np.mean([run.ms_a_review for run in done])), 3),
        }
        if reference is not None:
            row |= {
                "ratio": round(_mean_of(done, "seconds") / _mean_of(runs[reference], "seconds"), 3),
                "cpu_ratio": round(
                    _mean_of(done, "cpu_seconds") / _mean_of(runs[reference], "cpu_seconds"), 3
                ),
            }
        rows.append(row)
    return rows


def _mean_of(done: list[Run], name: str) -> float:
    return float(np.mean([getattr(run, name) for run in done]))


def show(title: str, rows: list[dict]) -> None:
    """The table for a person."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    for head in ("", "parameters", "accuracy", "95 % interval", "train s", "CPU s", "ratio", "ms a review"):
        table.add_column(head, justify="right" if head else "left")
    for row in rows:
        table.add_row(
            row["option"],
            f"{row['parameters']:,}",
            f"{row['accuracy']:.4f} ± {row['accuracy_sd']:.4f}",
            f"{row['low']:.3f}-{row['high']:.3f}",
            f"{row['seconds']:.1f}",
            f"{row['cpu_seconds']:.1f}",
            f"{row['ratio']:.2f}" if "ratio" in row else "",
            f"{row['ms_a_review']:.2f}",
        )
    Console(width=130).print(table)


def digest(script: str, data: str) -> str:
    """sha256 over a benchmark's script, this module and the data's digest in the registry.

    What a script *says* about itself, its docstring and NOTE, is left out: a better wording measures nothing anew.
    """
    from course_utils.foundation import assets

    registry = assets.load_registry(config.repository_root() / "data" / "registry.toml")
    sources = [Path(file).read_text(encoding="utf-8") for file in (script, __file__)]
    code = [records.essential_code(without_words(source)) for source in sources]
    return hashlib.sha256("\n".join([*code, registry[data].tree.sha256]).encode()).hexdigest()


def without_words(source: str) -> str:
    """A script's source without the lines of its docstring and of NOTE."""
    tree = ast.parse(source)
    words = [
        node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NOTE"
    ]
    if ast.get_docstring(tree) is not None:
        words.append(tree.body[0])
    left_out = {line for node in words for line in range(node.lineno, node.end_lineno + 1)}
    return "\n".join(line for number, line in enumerate(source.splitlines(), 1) if number not in left_out)


def imdb(held_out: int = 0) -> Texts:
    """IMDB in its publisher's split; `held_out`: the last ones of Training take the place of Test.

    The reviews of a film stand together, and Test has other films than Training: so has a part cut off at the
    end, but not a random one, which would flatter.
    """
    from course_utils.datasets import load_reviews

    reviews = load_reviews("imdb")
    training, test = reviews.table("Training"), reviews.table("Test")
    if held_out:
        training, test = training[:-held_out], training[-held_out:]
    return Texts(
        list(training["text"]), training["label"].to_numpy(), list(test["text"]), test["label"].to_numpy()
    )


def main(
    arguments: Sequence[str] | None,
    *,
    name: str,
    title: str,
    note: str,
    recipes: dict[str, Recipe],
    digest: Callable[[], str],
    reference: str | None = None,
) -> int:
    """The command line of a benchmark on IMDB: measure, show, with --record also keep the table."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds an option (default 3)")
    parser.add_argument("--option", action="append", choices=list(recipes), help="only this; may be repeated")
    parser.add_argument(
        "--validation", action="store_true", help="hold 5,000 training reviews out and leave Test alone"
    )
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    if chosen.record and (chosen.option or chosen.validation or chosen.seeds < 3):
        parser.error("--record takes the Test split, all options and at least 3 seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    start_framework()
    texts = imdb(held_out=5_000 if chosen.validation else 0)
    seeds = [config.DEFAULT_SEED + number for number in range(chosen.seeds)]
    picked = {option: recipes[option] for option in chosen.option or recipes}
    runs = measure(picked, texts, seeds, baselines=not chosen.option)
    rows = summarise(runs, reference if reference in picked else None)
    show(title, rows)
    if chosen.record:
        data = {"name": "imdb", "training": len(texts.training), "test": len(texts.test)}
        path = records.write(name, title, note, rows, digest(), PACKAGES, data=data, seeds=seeds)
        logging.info("recorded in %s", path)
    return 0
