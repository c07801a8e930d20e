"""The bundled weights are what their card says, fit the stock nets, and earn their place."""

import hashlib
import re
from pathlib import Path

import pytest

from course_utils import pretrained
from course_utils.foundation import records

WEIGHTS = Path(__file__).parents[2] / "data" / "weights"
CARD = (WEIGHTS / "README.md").read_text(encoding="utf-8")
FILES = sorted(WEIGHTS.glob("*.npz"))
PARAMETERS = {"VGG16": 14_714_688, "Xception": 20_861_480}
CLASSES = 55  # of Fruits-360, none of them among the course's sixteen


def rows(net):
    found = {
        (row["data"], row["option"], row["a class"]): row["accuracy"] for row in records.load("transfer").rows
    }
    return lambda data, weights, shots: found[
        data, weights if weights == "from scratch" else f"{net}, {weights} weights, frozen", shots
    ]


def test_they_are_small_enough_to_travel_with_the_course():
    assert FILES
    assert sum(path.stat().st_size for path in FILES) <= 40e6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_card_names_the_bytes_that_are_here(path):
    content = path.read_bytes()
    assert f"| `{path.name}` | {len(content):,} |" in CARD
    assert hashlib.sha256(content).hexdigest() in CARD


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_they_fit_the_stock_net_and_name_55_fruits_that_are_none_of_the_courses(path):
    from course_utils.datasets import FRUIT_CLASSES

    without_top = pretrained.load(path.stem, weights="course")
    assert without_top.model.count_params() == PARAMETERS[path.stem]
    with_top = pretrained.load(path.stem, weights="course", top=True)
    assert len(with_top.class_names) == CLASSES
    assert not set(with_top.class_names) & set(FRUIT_CLASSES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("shots", [5, 20])
def test_with_few_labels_on_market_they_beat_random_weights_and_a_cnn_from_scratch(path, shots):
    accuracy = rows(path.stem)
    assert accuracy("market", "course", shots) >= accuracy("market", "random", shots) + 0.15
    assert accuracy("market", "course", shots) >= accuracy("market", "from scratch", shots) + 0.10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_cards_figures_are_those_on_record(path):
    accuracy = rows(path.stem)
    for data in ("market", "studio", "fruits-360"):
        for weights in ("course", "random"):
            five, twenty = (f"{accuracy(data, weights, shots):.3f}" for shots in (5, 20))
            line = rf"\| {data} \| {path.stem}, {weights} weights \| {five} \| {twenty} \|"
            assert re.search(line, CARD), line


def test_predicting_with_the_helper_costs_at_most_a_tenth_more_than_a_bare_loop():
    for row in records.load("pretrained_throughput").rows:
        assert row["ratio"] <= 1.10 and row["cpu_ratio"] <= 1.10, row["net"]


@pytest.mark.parametrize("net", sorted(PARAMETERS))
def test_on_photographs_of_their_own_kinds_they_are_far_above_chance(net):
    known = [row for row in records.load("named_fruits").rows if row["net"] == net and "top 1" in row]
    assert [row["asked"] for row in known] == ["the 55 kinds it knows"]
    (row,) = known
    assert row["low"] > 10 / CLASSES  # notebook 02 says so
    assert row["low"] <= row["top 1"] <= row["top 3"] and row["top 1"] <= row["high"]
    assert 1 / CLASSES < row["confidence"] < row["low"], "they are right more often than they sound"


def test_mobilenetv2_knows_photographs_better_than_rendered_fruits_and_sounds_as_sure_of_both():
    rows = [row for row in records.load("named_fruits").rows if row["net"] == "MobileNetV2"]
    photographed, rendered = sorted(rows, key=lambda row: row["shown"])
    assert rendered["high"] < photographed["low"]
    assert abs(rendered["confidence"] - photographed["confidence"]) < 0.05


@pytest.mark.parametrize("net", sorted(PARAMETERS))
def test_a_photographed_lemon_is_called_a_citrus_fruit_and_a_rendered_one_is_not(net):
    told = {
        (row["asked"], row["shown"]): row["most frequent answer"]
        for row in records.load("named_fruits").rows
        if row["net"] == net and "share" in row
    }
    assert told["Lemon", "photographed"] == "Grapefruit White"  # notebook 03 says so beside the table
    assert told["Lemon", "rendered"] == {"VGG16": "Cantaloupe 2", "Xception": "Apple Golden 1"}[net]
    assert told["Pineapple", "rendered"] == "Pineapple Mini"
    assert (told["Pineapple", "photographed"] == "Pineapple Mini") == (net == "Xception")
