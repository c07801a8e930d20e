"""The controlled reviews, put together by a program, are what their data card says."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tools.controlled_reviews import bank_test, bank_train
from tools.controlled_reviews.__main__ import COLUMNS, csv_text
from tools.controlled_reviews.compose import NEAR, NearDuplicates, grams
from tools.controlled_reviews.goods import CATEGORIES
from tools.controlled_reviews.measure import single_words

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "data" / "reviews" / "controlled"
COUNTS = {"train": 4800, "test": 1200}


@cache
def rows(split: str) -> list[dict[str, str]]:
    with (REVIEWS / f"{split}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def texts(split: str) -> list[str]:
    return [row["text"] for row in rows(split)]


@pytest.mark.parametrize("split", COUNTS)
def test_writing_them_again_gives_the_same_bytes(split: str) -> None:
    # read_bytes keeps line ends; git may have turned LF into CRLF on Windows, which is not a difference to a reader
    there = (REVIEWS / f"{split}.csv").read_bytes().replace(b"\r\n", b"\n")
    assert csv_text(split).encode("utf-8") == there, "run `python -m tools.controlled_reviews`"


@pytest.mark.parametrize("split", COUNTS)
def test_sentiments_and_categories_come_in_equal_parts(split: str) -> None:
    assert list(rows(split)[0]) == COLUMNS
    assert Counter(row["sentiment"] for row in rows(split)) == dict.fromkeys(
        ("positive", "negative"), COUNTS[split] // 2
    )
    assert Counter(row["category"] for row in rows(split)) == dict.fromkeys(
        CATEGORIES, COUNTS[split] // len(CATEGORIES)
    )
    for category in CATEGORIES:
        positive = [row["sentiment"] == "positive" for row in rows(split) if row["category"] == category]
        assert 0.4 < np.mean(positive) < 0.6, f"the category {category} gives the sentiment away"


@pytest.mark.parametrize("split", COUNTS)
def test_rating_agrees_with_the_sentiment_and_no_review_has_three_stars(split: str) -> None:
    ratings = {"positive": {"4", "5"}, "negative": {"1", "2"}}
    for row in rows(split):
        assert row["rating"] in ratings[row["sentiment"]], row


@pytest.mark.parametrize("split", COUNTS)
def test_reviews_have_8_to_120_words_and_no_open_slot(split: str) -> None:
    for row in rows(split):
        assert 8 <= len(row["text"].split()) <= 120, row
        assert not re.search(r"[{}\[\]|\n]|  ", row["text"]), row


@pytest.mark.parametrize("split", COUNTS)
def test_the_article_fits_the_word_after_it(split: str) -> None:
    for text in texts(split):
        assert not re.search(r"\b[Aa] [aeiou](?!ni|se|ku)|\b[Aa]n [bcdfgjklmnpqrstvwxyz]", text), text


def test_ids_are_unique_over_both_splits() -> None:
    ids = [row["id"] for split in COUNTS for row in rows(split)]
    assert len(set(ids)) == len(ids) == sum(COUNTS.values())


def test_no_phrase_is_in_both_banks() -> None:
    def plain(phrase: str) -> str:
        return " ".join(re.findall(r"[a-z{}]+", phrase.lower()))

    trained = {plain(phrase) for phrase in bank_train.BANK.phrases()}
    assert not trained & {plain(phrase) for phrase in bank_test.BANK.phrases()}
    assert len(trained) > 300


def test_splits_share_hardly_a_run_of_ten_words() -> None:
    trained = frozenset().union(*(grams(text, 10) for text in texts("train")))
    shared = [bool(trained & grams(text, 10)) for text in texts("test")]
    assert np.mean(shared) < 0.02


def test_no_review_is_a_near_duplicate_of_another() -> None:
    seen = NearDuplicates()
    for text in (*texts("train"), *texts("test")):
        assert seen.closest(text) <= NEAR, text
        seen.add(text)


@pytest.mark.parametrize("split", COUNTS)
def test_no_single_word_leaks_the_label(split: str) -> None:
    labels = np.array([row["sentiment"] == "positive" for row in rows(split)], dtype=int)
    score, word, _ = single_words(texts(split), labels)[0]
    assert score < 0.62, f"'{word}' alone classifies {score:.3f} of the {split} reviews"


def test_the_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in REVIEWS.glob("*.csv")) < 2_000_000


def test_the_card_says_that_no_customer_wrote_them() -> None:
    card = (REVIEWS / "README.md").read_text(encoding="utf-8")
    assert "not by customers" in card and "CC BY 4.0" in card
