"""What notebook 04 says in words holds in its kept runs, in size class on the bundled pictures."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from course_utils.checks.expected import expected
from course_utils.foundation import config, records

NAME = "04-transfer-learning"


@cache
def cells() -> dict[str, str]:
    notebook = json.loads(config.notebook_path(NAME).read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}


def said(cell: str, words_of_it: str) -> None:
    assert words_of_it in " ".join(cells()[cell].split()), f"{cell} no longer says {words_of_it!r}"


def lead(first: str, second: str) -> tuple[float, float]:
    """By how much the first result's mean leads, and the larger of the two spreads; skips what was not measured."""
    runs = expected(NAME, "class", "bundled")
    if not {first, second} <= set(runs):
        pytest.skip(f"{first} or {second} has no kept runs yet")
    return runs[first]["mean"] - runs[second]["mean"], max(runs[first]["sd"], runs[second]["sd"])


def clearly(first: str, second: str) -> bool:
    difference, spread = lead(first, second)
    return difference > 2 * spread


@pytest.mark.parametrize("other", ["random_accuracy", "plain_on_market"])
def test_pretrained_features_fitted_on_market_lead(other: str) -> None:
    said("busy-saw", "Training pictures like those to come help")
    assert clearly("frozen_accuracy", other)


def test_the_validation_of_a_leaky_split_flatters_and_its_head_is_as_good() -> None:
    said("leak-saw", "The two heads are equally good in the test")
    assert clearly("leaky_validation_accuracy", "leaky_test_accuracy")
    difference, spread = lead("leaky_test_accuracy", "clean_test_accuracy")
    assert abs(difference) <= 2 * spread
    difference, spread = lead("clean_validation_accuracy", "leaky_validation_accuracy")
    assert difference < -2 * spread


def test_at_the_same_rate_a_random_head_is_behind() -> None:
    said("two-by-two-saw", "the random head starts from nothing and is behind after as many steps")
    assert clearly("trained_head_low_rate_accuracy", "random_head_low_rate_accuracy")


def test_a_high_rate_costs_accuracy_whichever_the_head() -> None:
    assert clearly("trained_head_low_rate_accuracy", "trained_head_high_rate_accuracy")
    assert lead("random_head_low_rate_accuracy", "random_head_high_rate_accuracy")[0] > 0


def test_refusing_raises_the_accuracy_of_the_head_that_knows_market() -> None:
    said("threshold-saw", "For the head that knows *market*, refusing should raise it")
    assert lead("market_answered_accuracy", "frozen_accuracy")[0] > 0


def test_a_head_of_plain_pictures_is_far_less_often_right_on_market() -> None:
    said("busy-saw", "far less often on *market*")
    assert lead("easy_accuracy", "plain_on_market")[0] > 0.3


def test_fine_tuning_clearly_pays_in_one_recorded_case_and_not_in_all() -> None:
    said("pays-saw", "The rows marked *gains* are the cases where fine-tuning pays")
    rows = {(row["data"], row["option"], row["a class"]): row for row in records.load("transfer").rows}
    clear = []
    for (data, option, shots), row in rows.items():
        if data == "market" and option.endswith("fine-tuned"):
            frozen = rows[data, option.replace("fine-tuned", "frozen"), shots]
            gain = np.array(row["accuracy_runs"]) - np.array(frozen["accuracy_runs"])
            clear.append(gain.mean() > 2 * gain.std(ddof=1))
    assert any(clear) and not all(clear)


@pytest.mark.parametrize("way", ["frozen", "fine-tuned"])
def test_on_plain_pictures_nothing_is_left_to_gain(way: str) -> None:
    said("pays-saw", "On plain pictures the frozen net is near 1")
    for row in records.load("transfer").rows:
        if row["data"] != "market" and row["option"].endswith(f"weights, {way}") and row["a class"] == 20:
            assert "random" in row["option"] or row["accuracy"] > 0.97
