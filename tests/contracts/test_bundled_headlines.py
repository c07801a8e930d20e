"""The bundled headlines are what their card says: two papers that give the label away, and one that does not."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from course_utils.datasets.headlines import CONTROLLED_PAPER, STYLED_PAPERS, load_headlines
from course_utils.text import words

FOLDER = Path(__file__).resolve().parents[2] / "data" / "headlines"
DESKS = {"business", "culture", "home", "politics", "science", "sport", "town", "weather"}


@cache
def headlines():
    return load_headlines()


@cache
def card() -> str:
    return " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())


def test_there_are_enough_and_the_file_is_plain_text() -> None:
    text = (FOLDER / "headlines.tsv").read_bytes().decode("utf-8")
    assert unicodedata.normalize("NFC", text) == text and "\r" not in text and text.endswith("\n")
    assert len(headlines()) >= 1_000 and f"{len(headlines()):,} headlines" in card()
    assert set(headlines()["desk"]) == DESKS
    assert headlines()["text"].str.split().map(len).between(4, 18).all()


def test_the_card_gives_each_papers_share() -> None:
    for paper, part in headlines().groupby("paper"):
        assert f"| {paper} | {(part['label'] == 1).sum()} | {(part['label'] == 0).sum()} |" in card()


def test_two_papers_give_the_label_away_and_one_does_not() -> None:
    styled = headlines()[headlines()["paper"].isin(STYLED_PAPERS)]
    by_paper = (styled["label"] == (styled["paper"] == "The Thimble")).mean()
    assert f"right in {by_paper:.0%} of their".replace("%", " %") in card()
    kettle = headlines()[headlines()["paper"] == CONTROLLED_PAPER]
    assert kettle["label"].mean() == 0.5
    assert (kettle["text"] == kettle["text"].str.lower()).all()


def test_no_headline_and_no_run_of_five_words_stands_twice() -> None:
    runs: Counter = Counter()
    for text in headlines()["text"]:
        found = re.findall(r"[\w'£%.-]+", text.lower())
        runs.update({tuple(found[place : place + 5]) for place in range(len(found) - 4)})
    assert [run for run, count in runs.items() if count > 1] == []
    assert not headlines()["text"].map(lambda text: " ".join(words(text))).duplicated().any()


def test_both_labels_of_the_kettle_have_the_same_length_and_desks() -> None:
    kettle = headlines()[headlines()["paper"] == CONTROLLED_PAPER]
    plain, sarcastic = (kettle[kettle["label"] == label] for label in (0, 1))
    lengths = [part["text"].str.split().map(len).mean() for part in (plain, sarcastic)]
    assert abs(lengths[0] - lengths[1]) < 1
    shares = [part["desk"].value_counts(normalize=True) for part in (plain, sarcastic)]
    assert np.abs(shares[0] - shares[1]).max() < 0.06


def test_naive_bayes_learns_the_paper_and_not_the_joke() -> None:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    styled = headlines()[headlines()["paper"].isin(STYLED_PAPERS)]
    kettle = headlines()[headlines()["paper"] == CONTROLLED_PAPER]
    model = make_pipeline(CountVectorizer(), MultinomialNB())
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    at_home = cross_val_score(model, styled["text"], styled["label"], cv=folds).mean()
    away = model.fit(styled["text"], styled["label"]).score(kettle["text"], kettle["label"])
    assert at_home > away + 0.08
    assert f"{at_home:.0%}".replace("%", " %") in card() and f"{away:.0%}".replace("%", " %") in card()
