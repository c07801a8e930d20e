"""The bundled reviews, written one by one, are what their data card says."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks_support import load

from course_utils import text

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "data" / "reviews"
RECORD = ROOT / "benchmarks" / "recorded" / "review_transfer.json"
LEAST = {"train": 4000, "test": 1000, "understated": 1000}
COLUMNS = ["id", "text", "stars", "category", "tone", "habit", "hard", "writer"]
CATEGORIES = {"film", "book", "meal", "market stall", "household", "clothing", "app", "trip"}
TONES = {"plain", "enthusiastic", "dry", "ironic", "angry", "mixed", "rambling", "terse"}
HARD = {"plain", "negation", "contrast", "irony", "comparison", "mixed praise"}


@cache
def rows(split: str) -> list[dict[str, str]]:
    with (REVIEWS / f"{split}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def sentences(review: str) -> set[str]:
    """The sentences of five words or more, as words."""
    found = (re.findall(r"[a-z0-9']+", part.lower()) for part in re.split(r"(?<=[.!?])\s+|\n", review))
    return {" ".join(words) for words in found if len(words) >= 5}


@pytest.mark.parametrize("split", LEAST)
def test_there_are_enough_reviews_each_with_all_its_fields(split: str) -> None:
    assert list(rows(split)[0]) == COLUMNS
    assert len(rows(split)) >= LEAST[split]
    for row in rows(split):
        assert row["stars"] in set("12345"), row
        assert row["category"] in CATEGORIES and row["tone"] in TONES and row["hard"] in HARD, row


def test_ids_are_unique_and_a_writer_writes_for_one_split_only() -> None:
    ids = [row["id"] for split in LEAST for row in rows(split)]
    assert len(set(ids)) == len(ids)
    writers = [{row["writer"] for row in rows(split)} for split in LEAST]
    assert len(set().union(*writers)) == sum(map(len, writers))


@pytest.mark.parametrize("split", LEAST)
def test_reviews_have_20_to_180_words(split: str) -> None:
    wrong = [row["id"] for row in rows(split) if not 20 <= len(row["text"].split()) <= 180]
    assert not wrong


def test_no_sentence_of_five_words_is_used_twice_anywhere() -> None:
    counts = Counter(
        sentence for split in LEAST for row in rows(split) for sentence in sentences(row["text"])
    )
    assert [sentence for sentence, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("split", LEAST)
def test_both_labels_are_about_equally_frequent_in_each_large_category(split: str) -> None:
    stars = Counter(int(row["stars"]) for row in rows(split))
    positive, negative = stars[4] + stars[5], stars[1] + stars[2]
    assert 0.45 < positive / (positive + negative) < 0.58
    assert 0.02 < stars[3] / len(rows(split)) < 0.2, "a mild middle"
    for category in ("film", "clothing", "book"):
        labels = [
            int(row["stars"]) > 3
            for row in rows(split)
            if row["category"] == category and row["stars"] != "3"
        ]
        assert 0.35 < sum(labels) / len(labels) < 0.65, f"{category} gives the label away"


def test_the_vocabulary_of_the_training_reviews_is_wide() -> None:
    assert len({word for row in rows("train") for word in text.words(row["text"])}) >= 14_000


BLOCK = 1000  # reviews whose likeness to all others is held at a time


@cache
def alike() -> list[tuple[int, str, str]]:
    """Each review like another one (its words agree to more than 0.6), with its split and the other's."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    of_split = np.array([split for split in LEAST for _ in rows(split)])
    found = TfidfVectorizer(dtype=np.float32).fit_transform(
        row["text"] for split in LEAST for row in rows(split)
    )
    pairs: list[tuple[int, int]] = []
    for start in range(0, found.shape[0], BLOCK):
        likeness = (found[start : start + BLOCK] @ found.T).tocoo()
        near = (likeness.data > 0.6) & (likeness.row + start != likeness.col)
        pairs += zip(likeness.row[near] + start, likeness.col[near], strict=True)
    return [(int(one), str(of_split[one]), str(of_split[other])) for one, other in pairs]


@pytest.mark.parametrize("splits", [("train",), ("test",), tuple(LEAST)])
def test_hardly_a_review_is_a_near_duplicate_of_another(splits: tuple[str, ...]) -> None:
    near = {one for one, split, other in alike() if split in splits and other in splits}
    assert len(near) <= 0.03 * sum(len(rows(split)) for split in splits)


def test_the_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in REVIEWS.glob("*.csv")) < 4_500_000


# What a model learns here has to hold elsewhere: benchmarks/review_transfer.py records it.


@cache
def transfer() -> dict[tuple[str, str], dict]:
    table = json.loads(RECORD.read_text(encoding="utf-8"))["rows"]
    return {(row["trained on"], row["tested on"]): row for row in table}


def accuracy(trained: str, tested: str) -> float:
    return transfer()[trained, tested]["accuracy"]


@pytest.mark.parametrize(("real", "least"), [("mr", 0.66), ("imdb", 0.74), ("clothing", 0.72)])
def test_what_they_teach_holds_for_real_reviews(real: str, least: float) -> None:
    assert accuracy("bundled", real) >= least


def test_what_real_reviews_teach_holds_for_them() -> None:
    assert accuracy("imdb", "bundled") >= 0.75


def test_a_bag_of_words_is_neither_helpless_nor_perfect() -> None:
    assert 0.80 <= accuracy("bundled", "bundled") <= 0.90


def test_the_controlled_set_is_no_sentiment_task() -> None:
    assert accuracy("controlled", "imdb") < 0.6


def test_the_card_says_who_wrote_them_and_how_far_they_carry() -> None:
    card = (REVIEWS / "README.md").read_text(encoding="utf-8")
    assert "not by customers" in card and "CC BY 4.0" in card
    for (trained, tested), row in transfer().items():
        if "bundled" in (trained, tested):
            assert f"{row['accuracy']:.2f}" in card, (trained, tested)


def test_what_is_hard_costs_accuracy() -> None:
    """Irony and contrast below plain reviews: the point, and the plain ones' point above the other's interval."""
    plain = transfer()["bundled", "bundled, hard: plain"]
    for tag in ("irony", "contrast"):
        row = transfer()["bundled", f"bundled, hard: {tag}"]
        assert row["high"] < plain["accuracy"], tag


def test_the_record_is_of_these_texts() -> None:
    assert json.loads(RECORD.read_text(encoding="utf-8"))["digest"] == load("review_transfer").digest()
