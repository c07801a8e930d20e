"""What notebook 01 says in words and numbers holds in the data and in its kept runs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from claims_support import Told
from PIL import Image

from course_utils.checks.expected import expected
from course_utils.datasets import load_fruits

NAME = "01-eda"
said = Told(NAME).said


def test_the_folders_hold_what_the_text_says() -> None:
    studio = load_fruits("studio")
    train, test = studio.table("Training"), studio.table("Test")
    said("classes-saw", "There are sixteen classes, so a blind guess is right once in 16 times")
    assert train["label"].nunique() == 16 and 1 / 16 == 0.0625
    said("classes-saw", "About a quarter of the pictures are set aside as *Test*")
    assert len(test) / (len(train) + len(test)) == 0.25
    said("helper-saw", "A class consists of a few sequences, not of hundreds of different fruits")
    assert (train.groupby("class_name")["individual"].nunique() == 10).all()


def test_eight_bits_run_over() -> None:
    said("overflow-saw", "so 300 becomes 300 − 256 = 44")
    with np.errstate(over="ignore"):
        assert (np.array([200], "uint8") + np.array([100], "uint8"))[0] == 44


def test_one_class_of_sixteen_gives_the_mean_recall_of_the_lazy_answer() -> None:
    said("balance-saw", "1 for bananas and 0 for the 15 others give a mean of 1/16")
    assert np.mean([1] + [0] * 15) == 1 / 16


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_only_the_split_by_individual_comes_close_to_the_test(profile: str) -> None:
    runs = {name.removesuffix("_accuracy"): one for name, one in expected(NAME, profile, "bundled").items()}
    said("split-bars-saw", "With a random split or blocks the classifier looks almost perfect")
    assert min(runs[f"{name}_split"]["mean"] for name in ("random", "block")) > 0.95
    said("split-bars-saw", "only the split by individual comes close to the test score")
    away = {name: abs(runs[f"{name}_split"]["mean"] - runs["own_test"]["mean"]) for name in ("random", "block", "individual")}  # fmt: skip
    assert away["individual"] < 0.05 < 0.15 < min(away["random"], away["block"])


def test_the_scores_of_fruits_360_are_those_of_known_films() -> None:
    runs = expected(NAME, "class", "real")
    assert runs["block_split_accuracy"]["mean"] > 0.95 < runs["own_test_accuracy"]["mean"]
    said(
        "comparison-saw",
        "on real photographs an *individual* is a film of the fruit turning about another axis",
    )
    assert runs["individual_split_accuracy"]["mean"] < 0.5


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_pictures_are_worth_fewer_than_they_are(profile: str) -> None:
    said("clusters-interval-saw", "says how many times larger the variance of the score is")
    assert expected(NAME, profile, "bundled")["design_effect"]["low"] > 2


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_the_mean_colour_beats_guessing_and_fails_on_the_market(profile: str) -> None:
    runs = expected(NAME, profile, "bundled")
    said("colour-model-saw", "That is many times the chance level")
    assert runs["mean_colour_accuracy"]["low"] > 10 / 16
    said("market-saw", "Most of both scores is gone")
    assert runs["market_mean_colour_accuracy"]["high"] < runs["mean_colour_accuracy"]["low"] / 2
    assert runs["market_nearest_accuracy"]["high"] < runs["own_test_accuracy"]["low"] / 2


def test_the_market_differs_as_the_table_says() -> None:
    said(
        "market-table-saw",
        "In the studio the background is white. In the market it changes from picture to picture",
    )
    ground, covered = {}, {}
    for name in ("studio", "market"):
        fruits = load_fruits(name)
        paths = fruits.table("Test")["path"][::7]
        ground[name] = fruits.read(paths)[:, [0, -1]].mean(axis=(1, 2, 3))
        covered[name] = np.median([fruits.mask(path).mean() for path in paths])
    assert ground["studio"].mean() > 245 and ground["studio"].std() < 10 < 40 < ground["market"].std()
    said("market-table-saw", "and one fruit fills less of the picture")
    assert covered["market"] < covered["studio"] / 2


@pytest.mark.parametrize(
    ("name", "said_then"),
    [
        ("plum.jpg", "SHOWN your picture, colour: Plum, nearest: Plum"),
        ("notes.jpg", "cannot be read"),
        ("none.jpg", "no file"),
    ],
)
def test_a_picture_of_ones_own_is_answered_and_what_is_none_gets_a_sentence(
    name: str, said_then: str, tmp_path, capsys
) -> None:
    Image.new("RGB", (60, 40), (60, 20, 70)).save(tmp_path / "plum.jpg")
    (tmp_path / "notes.jpg").write_text("plums, limes", encoding="utf-8")
    source = Told(NAME).cells()["own-picture"]
    path = (tmp_path / name).as_posix()
    assert 'own_path = ""' in source
    namespace = {
        "market": None,
        "market_test": None,
        "settings": SimpleNamespace(size=32),
        "names": ["Lemon", "Plum"],
        "colour_model": SimpleNamespace(predict=lambda colours: np.ones(len(colours), dtype=int)),
        "nearest": lambda known, new: np.zeros(len(new), dtype=int),
        "x_train": None,
        "y_train": np.array([1]),
        "plots": SimpleNamespace(image_grid=lambda pictures, told, **how: f"SHOWN {', '.join(told)}"),
        "display": print,
    }
    exec(source.replace('own_path = ""', f"own_path = {path!r}"), namespace)
    assert said_then in capsys.readouterr().out
