"""The thesaurus written for the bundled reviews is what its data card says."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "thesaurus"
COLUMNS = ["word", "part_of_speech", "synonyms", "note"]
PARTS = {"noun", "adjective", "verb", "adverb"}


@cache
def rows() -> list[dict[str, str]]:
    with (FOLDER / "thesaurus.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def card() -> str:
    return " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())


@cache
def tokens(split: str) -> list[str]:
    with (ROOT / "data" / "reviews" / f"{split}.csv").open(encoding="utf-8", newline="") as stream:
        return [word for row in csv.DictReader(stream) for word in re.findall(r"[a-z]+", row["text"].lower())]


def synonyms(row: dict[str, str]) -> list[str]:
    return row["synonyms"].split(", ")


def test_each_row_has_a_word_its_part_of_speech_and_two_to_five_synonyms() -> None:
    assert list(rows()[0]) == COLUMNS
    for row in rows():
        assert re.fullmatch("[a-z]+", row["word"]), row
        assert row["part_of_speech"] in PARTS and row["note"] in {"", "sense"}, row
        assert 2 <= len(synonyms(row)) <= 5, row
        for synonym in synonyms(row):
            assert re.fullmatch(r"[A-Za-z]+(?:[' -][A-Za-z]+)*", synonym), row


def test_no_word_stands_twice_or_among_its_own_synonyms() -> None:
    words = [row["word"] for row in rows()]
    assert len(set(words)) == len(words) and words == sorted(words)
    for row in rows():
        assert row["word"] not in synonyms(row) and len(set(synonyms(row))) == len(synonyms(row)), row


def test_every_word_occurs_in_a_training_review() -> None:
    assert {row["word"] for row in rows()} <= set(tokens("train"))


def test_the_card_counts_rightly() -> None:
    parts = Counter(row["part_of_speech"] for row in rows())
    told = [synonym for row in rows() for synonym in synonyms(row)]
    assert f"{len(rows())} words that occur" in card()
    assert ", ".join(f"{part} {parts[part]}" for part in ("noun", "adjective", "verb", "adverb")) in card()
    assert (
        f"{len(told):,} synonyms, {sum(' ' in one for one in told)} of them of more than one word" in card()
    )
    assert f"the {sum(row['note'] == 'sense' for row in rows())} words of which a synonym belongs" in card()
    assert "CC BY 4.0" in card() and "written by hand" in card()


@pytest.mark.parametrize("split", ["train", "understated", "test", "controlled/train"])
def test_the_card_says_how_far_it_reaches(split: str) -> None:
    known = {row["word"] for row in rows()}
    share = sum(word in known for word in tokens(split)) / len(tokens(split))
    assert f"| `{split}.csv` | {len(tokens(split)):,} | {100 * share:.0f} % |" in card()


def test_examples_of_the_card_stand_in_the_table() -> None:
    by_word = {row["word"]: row for row in rows()}
    assert (
        by_word["spring"]["synonyms"] == "springtime, coil, source" and by_word["spring"]["note"] == "sense"
    )
    assert synonyms(by_word["filmed"])[:2] == ["shot", "recorded"]
    assert "comes" in by_word and "chilly" in synonyms(by_word["cold"])


def test_the_file_stays_small() -> None:
    assert (FOLDER / "thesaurus.tsv").stat().st_size < 100_000
