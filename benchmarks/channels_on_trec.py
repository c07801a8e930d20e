"""Does a second table of word vectors help on TREC's questions: from the questions themselves, or from IMDB's reviews?

    python benchmarks/channels_on_trec.py            # a quarter of an hour on one core
    python benchmarks/channels_on_trec.py --runs 1   # one seed: a trial
    python benchmarks/channels_on_trec.py --record   # and keep the table in benchmarks/recorded/

The net and its variants are those of notebook 14: Kim's CNN, several channels, more widths, the three best answers of
each filter. Tables are made by counting neighbours (PPMI and SVD). Needs `course data fetch sent-conv imdb`.
Source: W. Yin, H. Schütze, "Multichannel variable-size convolution for sentence classification", 2015.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # its neighbours, also when a test loads this file

import kim_small_sets
import text_recipes

from course_utils.datasets import load_reviews
from course_utils.foundation import records
from course_utils.further.answering import pooling, vectors
from course_utils.text import Vocabulary, words
from course_utils.training.evaluation import wilson_interval

log = logging.getLogger("channels_on_trec")

NAME = "channels_on_trec"
TITLE = "Channels of word vectors on TREC's questions"
NOTE = (
    "Accuracy on TREC's 500 test questions, mean and standard deviation of five seeds; low and high: Wilson's 95 % "
    "interval of the mean. Each seed sets another tenth of the training questions aside, on which it chooses its epoch. "
    "64 numbers for each word and table, 48 filters of each width, widths 3 to 5 (`wide`: 2 to 5), Adam at 0.004, at "
    "most 10 epochs in batches of 32. `random`: numbers that are learned from the start. `questions`, `reviews`: tables "
    "from the training questions and from IMDB's 25,000 training reviews, by PPMI and SVD, which are learned on from "
    "there. Where there are reviews, their 20,000 most frequent words are known to the net beside those of the "
    "questions. `three best`: k-max pooling with k = 3. All settings are those of notebook 14; none was chosen here."
)
SEEDS, SEED, EPOCHS, BATCH, RATE = 5, kim_small_sets.SEED, 10, 32, 0.004
NUMBERS, FILTERS, LENGTH, REVIEW_WORDS = 64, 48, 36, 20_000
RANDOM, QUESTIONS, REVIEWS = "random", "questions", "reviews"


@dataclass(frozen=True)
class Variant:
    """How each channel begins, the widths of the windows, and how many answers of a filter are kept."""

    channels: tuple[str, ...] = (RANDOM,)
    widths: tuple[int, ...] = (3, 4, 5)
    best: int = 1


WIDE = (2, 3, 4, 5)
VARIANTS = {
    "random": Variant(),
    "questions": Variant((QUESTIONS,)),
    "reviews": Variant((REVIEWS,)),
    "random and reviews": Variant((RANDOM, REVIEWS)),
    "random, questions and reviews": Variant((RANDOM, QUESTIONS, REVIEWS)),
    "... wide": Variant((RANDOM, QUESTIONS, REVIEWS), WIDE),
    "... wide, three best": Variant((RANDOM, QUESTIONS, REVIEWS), WIDE, 3),
}


@functools.cache
def of_reviews() -> tuple[Vocabulary, np.ndarray]:
    """IMDB's most frequent words and their table (words, NUMBERS)."""
    texts = load_reviews("imdb").table("Training")["text"]
    known = Vocabulary.fit(texts, size=REVIEW_WORDS)
    return known, vectors.word_vectors(texts, known, NUMBERS)


def table_of(start: str, texts: Sequence[str], known: Vocabulary) -> np.ndarray | None:
    """The numbers that a channel begins with, (words, NUMBERS); None for random ones."""
    if start == RANDOM:
        return None
    if start == QUESTIONS:
        return vectors.word_vectors(texts, known, NUMBERS)
    theirs, table = of_reviews()
    return np.stack([table[theirs.index(word)] for word in known.words])  # zeros for what reviews do not have


def build(variant: Variant, tables: Sequence[np.ndarray | None], known: int, classes: int):
    """Notebook 14's net: ids (N, LENGTH) in, probabilities (N, classes) out."""
    import keras
    from keras import layers

    inputs = keras.Input((LENGTH,), dtype="int32")
    starts = ["uniform" if table is None else keras.initializers.Constant(table) for table in tables]
    channels = [layers.Embedding(known, NUMBERS, embeddings_initializer=start)(inputs) for start in starts]
    x = layers.Concatenate()(channels) if len(channels) > 1 else channels[0]
    found = []
    for width in variant.widths:
        answers = layers.Conv1D(FILTERS, width, padding="same", activation="relu")(x)
        pool = layers.GlobalMaxPooling1D() if variant.best == 1 else pooling.KMaxPooling(variant.best)
        found.append(layers.Flatten()(pool(answers)))
    x = layers.Dropout(0.5)(layers.Concatenate()(found))
    net = keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
    net.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def run(variant: Variant, part: kim_small_sets.Part, classes: int, seed: int, epochs: int = EPOCHS) -> float:
    """Train, keep the epoch that is best on the dev part; returns the accuracy on the test questions."""
    import keras

    keras.utils.set_random_seed(seed)
    texts = part.training[0]
    known = Vocabulary.fit(texts)
    if (
        REVIEWS in variant.channels
    ):  # beyond the training questions' words; rows of words that nobody asks about are left out
        asked = {word for some, _ in part for text in some for word in words(text) if word in of_reviews()[0]}
        known = Vocabulary(list(dict.fromkeys([*known.words, *sorted(asked)])))
    tables = [table_of(start, texts, known) for start in variant.channels]
    net = build(variant, tables, len(known), classes)
    best, kept = -1.0, None
    (x, y), dev, test = ((known.encode_all(some, LENGTH), labels) for some, labels in part)
    for _ in range(epochs):
        net.fit(x, y, batch_size=BATCH, verbose=0)
        accuracy = net.evaluate(*dev, batch_size=256, verbose=0)[1]
        if accuracy > best:  # the earlier one of equals
            best, kept = accuracy, net.get_weights()
    net.set_weights(kept)
    accuracy = net.evaluate(*test, batch_size=256, verbose=0)[1]
    keras.utils.clear_session()
    return float(accuracy)


def rows(runs: int = SEEDS) -> list[dict]:
    """A row for each variant."""
    classes = kim_small_sets.load_sentences("trec").classes
    parts = list(kim_small_sets.parts("trec"))[:runs]
    table = []
    for name, variant in VARIANTS.items():
        found = [run(variant, part, classes, SEED + number) for number, part in enumerate(parts)]
        tested, mean = len(parts[0].test[0]), float(np.mean(found))
        low, high = wilson_interval(mean, tested)
        row = {"option": name, "seeds": len(found), "accuracy": round(mean, 5)}
        row["accuracy_sd"] = round(float(np.std(found, ddof=1)), 5) if len(found) > 1 else 0.0
        row |= {"low": round(low, 4), "high": round(high, 4), "tested": tested}
        table.append(row | {"accuracy_runs": [round(one, 5) for one in found]})
        log.info("%s", table[-1])
    return table


def digest() -> str:
    """Changes with this script, the vectors, the pooling, what gives the parts, and the data."""
    parts = [kim_small_sets.digest(), text_recipes.digest(__file__, "imdb")]
    parts += [records.code_of(Path(module.__file__)) for module in (vectors, pooling)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=SEEDS, help=f"seeds of each variant (default {SEEDS})")
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    if options.record and options.runs != SEEDS:
        parser.error("--record takes all runs")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    text_recipes.start_framework()
    table = rows(options.runs)
    if options.record:
        seeds = [SEED + number for number in range(SEEDS)]
        path = records.write(NAME, TITLE, NOTE, table, digest(), text_recipes.PACKAGES, seeds=seeds)
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
