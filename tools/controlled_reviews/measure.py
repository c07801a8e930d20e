"""How hard the bundled reviews are: `python -m tools.controlled_reviews.measure [--nets] [--record]`.

Prints the figures of the data card: single words, bags of words, and with --nets a small CNN and an LSTM on the
test reviews as they are and with the words of each shuffled.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np

from tools.controlled_reviews.compose import NearDuplicates

FOLDER = Path("data/reviews/controlled")
LENGTH = 120


def load(split: str, folder: Path = FOLDER) -> tuple[list[str], np.ndarray]:
    """Texts and labels (1 = positive) of a split."""
    with (folder / f"{split}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row["text"] for row in rows], np.array(
        [row["sentiment"] == "positive" for row in rows], dtype=int
    )


def tokens(text: str) -> list[str]:
    """Lower-cased words, and ! ? as words of their own."""
    return re.findall(r"[a-z0-9]+(?:'[a-z0-9]+)*|[!?]", text.lower())


def single_words(texts: list[str], labels: np.ndarray, least: int = 1) -> list[tuple[float, str, int]]:
    """For each word the accuracy of the rule 'the word is there' as a classifier, best first, with its count.

    On balanced labels that is a half plus half the difference of the word's shares in the two classes: it weighs
    how often the word occurs by itself.
    """
    in_class = (Counter(), Counter())
    for text, label in zip(texts, labels, strict=True):
        in_class[label].update(set(tokens(text)))
    of_class = np.bincount(labels, minlength=2)
    rows = []
    for word in in_class[0] | in_class[1]:
        count = in_class[0][word] + in_class[1][word]
        if count >= least:
            shares = in_class[0][word] / of_class[0], in_class[1][word] / of_class[1]
            rows.append((0.5 + abs(shares[0] - shares[1]) / 2, word, count))
    return sorted(rows, reverse=True)


def bags_of_words() -> dict[str, float]:
    """Test accuracy of logistic regression on counts, on TF-IDF, and on TF-IDF of 1- to 3-grams."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    (texts, labels), (test_texts, test_labels) = load("train"), load("test")
    kinds = {
        "counts": CountVectorizer(),
        "tfidf": TfidfVectorizer(),
        "tfidf_123_grams": TfidfVectorizer(ngram_range=(1, 3), min_df=2),
    }
    scores = {}
    for name, vectorizer in kinds.items():
        model = make_pipeline(vectorizer, LogisticRegression(max_iter=2000, C=1.0))
        scores[name] = float(model.fit(texts, labels).score(test_texts, test_labels))
    return scores


def nets(seed: int = 0, kinds: tuple[str, ...] = ("cnn", "lstm")) -> dict[str, float | int]:
    """Test accuracy of a Kim-style CNN and a bidirectional LSTM, as written and shuffled."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras import layers

    (texts, labels), (test_texts, test_labels) = load("train"), load("test")
    counts = Counter(word for text in texts for word in tokens(text))
    index = {word: n for n, (word, count) in enumerate(counts.most_common(), start=2) if count >= 2}
    shuffler = random.Random(seed)

    def encode(documents: list[list[str]]) -> np.ndarray:
        ids = np.zeros((len(documents), LENGTH), dtype="int32")
        for row, words in zip(ids, documents, strict=True):
            found = [index.get(word, 1) for word in words][:LENGTH]
            row[: len(found)] = found
        return ids

    train = encode([tokens(text) for text in texts])
    as_written = [tokens(text) for text in test_texts]
    shuffled = [shuffler.sample(words, len(words)) for words in as_written]
    tests = {"": encode(as_written), "_shuffled": encode(shuffled)}
    scores: dict[str, float | int] = {"vocabulary": len(index) + 2}
    for kind in kinds:
        keras.utils.set_random_seed(seed)
        inputs = layers.Input((LENGTH,), dtype="int32")
        x = layers.Embedding(len(index) + 2, 64, mask_zero=kind == "lstm")(inputs)
        if kind == "cnn":
            found = [layers.Conv1D(64, n, activation="relu", padding="same")(x) for n in (2, 3, 4, 5)]
            x = layers.Concatenate()([layers.GlobalMaxPooling1D()(one) for one in found])
        else:
            x = layers.Bidirectional(layers.LSTM(48))(x)
        outputs = layers.Dense(1, activation="sigmoid")(layers.Dropout(0.5)(x))
        model = keras.Model(inputs, outputs)
        model.compile(keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
        model.fit(train, labels, batch_size=64, epochs=8 if kind == "cnn" else 6, verbose=0)
        for name, ids in tests.items():
            scores[kind + name] = float(model.evaluate(ids, test_labels, verbose=0, batch_size=256)[1])
    return scores


def near_duplicates() -> dict[str, float]:
    """Largest Jaccard index of 5-grams within the training and test reviews and across them."""
    (texts, _), (test_texts, _) = load("train"), load("test")
    found = {}
    seen = NearDuplicates()
    for text in texts:
        found["within_train"] = max(found.get("within_train", 0.0), seen.closest(text))
        seen.add(text)
    found["across"] = max(seen.closest(text) for text in test_texts)
    seen = NearDuplicates()
    for text in test_texts:
        found["within_test"] = max(found.get("within_test", 0.0), seen.closest(text))
        seen.add(text)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.controlled_reviews.measure", description=__doc__)
    parser.add_argument("--nets", action="store_true", help="train the CNN and the LSTM too (minutes)")
    parser.add_argument("--only", choices=["cnn", "lstm"], help="one of the nets")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds of each net")
    options = parser.parse_args()
    for split in ("train", "test"):
        print(
            split, [(round(score, 3), word, count) for score, word, count in single_words(*load(split))[:6]]
        )
    print(json.dumps(near_duplicates() | bags_of_words(), indent=1))
    if options.nets:
        kinds = (options.only,) if options.only else ("cnn", "lstm")
        for seed in range(options.seeds):
            print(json.dumps({"seed": seed, **nets(seed, kinds)}))


if __name__ == "__main__":
    main()
