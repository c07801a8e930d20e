"""What notebook 04 says in words holds in its kept runs, in size class on the bundled pictures."""

from __future__ import annotations

import json
import re

import keras
import numpy as np
import pytest
from benchmarks_support import load
from claims_support import Told

from course_utils.checks.expected import expected
from course_utils.datasets import load_fruits
from course_utils.foundation import config, records

NAME = "04-transfer-learning"
told = Told(NAME)
said = told.said


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
    said("busy-saw", "What helps is training pictures like those to come")
    assert clearly("frozen_accuracy", other)


def test_the_validation_of_a_leaky_split_flatters_and_its_head_is_as_good() -> None:
    said("leak-saw", "The two heads are about equally good on the test part")
    assert clearly("leaky_validation_accuracy", "leaky_test_accuracy")
    difference, spread = lead("leaky_test_accuracy", "clean_test_accuracy")
    assert abs(difference) <= 2 * spread
    difference, spread = lead("clean_validation_accuracy", "leaky_validation_accuracy")
    assert difference < -2 * spread


def test_at_the_same_rate_a_random_head_is_behind() -> None:
    said("two-by-two-saw", "the random head starts from nothing and is behind after equally many steps")
    assert clearly("trained_head_low_rate_accuracy", "random_head_low_rate_accuracy")


def test_a_high_rate_costs_accuracy_whichever_the_head() -> None:
    assert clearly("trained_head_low_rate_accuracy", "trained_head_high_rate_accuracy")
    assert lead("random_head_low_rate_accuracy", "random_head_high_rate_accuracy")[0] > 0


def test_refusing_raises_the_accuracy_of_the_head_that_knows_market() -> None:
    said("threshold-saw", "For the head that knows *market*, refusing should raise it")
    assert lead("market_answered_accuracy", "frozen_accuracy")[0] > 0


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_the_head_of_plain_pictures_answers_more_of_the_market_than_of_its_own(profile: str) -> None:
    said("threshold-saw", "With bundled pictures it answers more of *market* than of its own")
    runs = expected(NAME, profile, "bundled")
    if "plain_answered" not in runs:
        pytest.skip(f"plain_answered has no kept runs yet in {profile}")
    assert runs["plain_answered"]["mean"] - 0.75 > 2 * runs["plain_answered"]["sd"]


def test_a_head_of_plain_pictures_is_far_less_often_right_on_market() -> None:
    said("busy-saw", "far less often on *market*")
    assert lead("easy_accuracy", "plain_on_market")[0] > 0.3


def test_fine_tuning_pays_with_many_pictures_and_steps_only() -> None:
    said("pays-saw", "It gains no more than luck could, or loses")
    rows = {(row["data"], row["option"], row["a class"]): row for row in records.load("transfer").rows}
    for (data, option, shots), row in rows.items():
        if data == "market" and option.endswith("fine-tuned"):
            frozen = rows[data, option.replace("fine-tuned", "frozen"), shots]
            gain = np.array(row["accuracy_runs"]) - np.array(frozen["accuracy_runs"])
            assert gain.mean() <= 2 * gain.std(ddof=1), (option, shots)
    said("pays-saw", "five times the steps, and *gains*")
    longer = {row["option"]: row for row in records.load("fine_tuning").rows}
    gain = np.array(longer["fine-tuned"]["accuracy_runs"]) - np.array(longer["frozen"]["accuracy_runs"])
    assert gain.mean() > 2 * gain.std(ddof=1)
    assert longer["fine-tuned"]["steps"] == 5 * 120


def test_in_each_kept_run_fine_tuning_lost_although_the_means_do_not_differ_clearly() -> None:
    """The teaching notes say so, too: both learn from one draw, so pairs see more than two means."""
    said(
        "fine-tune-saw",
        "the two means do not differ clearly. But in `class` fine-tuning lost in [each kept run]",
    )
    difference, spread = lead("test_accuracy", "frozen_accuracy")
    assert abs(difference) < 2 * spread
    path = config.repository_root() / "benchmarks" / "bands" / f"{NAME}.json"
    runs = [run for run in json.loads(path.read_text(encoding="utf-8"))["runs"] if run["role"] == "band"]
    results = [run["results"] for run in runs if (run["profile"], run["data"]) == ("class", "bundled")]
    assert all(run["test_accuracy"]["value"] < run["frozen_accuracy"]["value"] for run in results)


def test_only_the_heads_of_xception_read_different_layers() -> None:
    said("pays-saw", "In Xception's rows the two heads also read different layers")
    transfer = load("transfer")
    frozen = {net: transfer.backbones.CHOSEN[net, weights][1] for net, weights in transfer.PRETRAINED.items()}
    assert [net for net, layers in frozen.items() if layers != transfer.TUNED[net]] == ["Xception"]


def test_the_row_of_our_case_gains_and_had_more_steps_larger_pictures_and_one_view_more() -> None:
    said(
        "pays-saw",
        "The second row is our case; its gain is above 0, though not clear. `class` has only 40 steps, smaller pictures and one view fewer",
    )
    rows = {(row["data"], row["option"], row["a class"]): row for row in records.load("transfer").rows}
    frozen, tuned = (rows["market", f"VGG16, course weights, {way}", 20] for way in ("frozen", "fine-tuned"))
    assert tuned["accuracy"] > frozen["accuracy"] and tuned["size"] > 80
    assert (
        "120 steps" in records.load("transfer").note
        and "its two mirror images" in records.load("transfer").note
    )


def test_the_net_from_scratch_is_not_fully_trained_in_class() -> None:
    said(
        "kept-saw",
        "The net from scratch is not fully trained in `class`: with more steps and 05's net, `benchmarks/transfer.py`",
    )
    said("kept-saw", "recorded 0.41")
    rows = {(row["data"], row["option"], row["a class"]): row for row in records.load("transfer").rows}
    recorded, kept = (
        rows["market", "from scratch", 20],
        expected(NAME, "class", "bundled")["scratch_accuracy"],
    )
    assert f"{recorded['accuracy']:.2f}" == "0.41"
    assert recorded["accuracy"] - kept["mean"] > 2 * kept["sd"]


def test_with_equally_many_pictures_a_small_net_reads_the_market_better_than_the_studio_taught_it() -> None:
    said("busy-saw", "with equally many, a small CNN reached 0.268 and 0.515")
    card = (config.repository_root() / "data" / "fruits" / "README.md").read_text(encoding="utf-8")
    assert "| net trained on *studio*, *market* Test | 0.268 " in card
    assert "| net trained on *market*, *market* Test | 0.515 " in card


@pytest.mark.parametrize("way", ["frozen", "fine-tuned"])
def test_on_plain_pictures_nothing_is_left_to_gain(way: str) -> None:
    said("comparison-saw", "On plain pictures")
    for row in records.load("transfer").rows:
        if row["data"] != "market" and row["option"].endswith(f"weights, {way}") and row["a class"] == 20:
            assert "random" in row["option"] or row["accuracy"] > 0.97


def test_a_picture_of_the_market_is_one_trial_as_its_card_says() -> None:
    """The figure itself is measured by `test_bundled_fruits`: fifteen classifiers, cameras as clusters."""
    said("kept-saw", "sharing a camera made their answers no more alike")
    card = (config.repository_root() / "data" / "fruits" / "README.md").read_text(encoding="utf-8")
    assert "mean design effect of fifteen simple classifiers is about 1" in " ".join(card.split())


def test_exercise_4_asks_for_what_its_check_asks_for() -> None:
    check = told.cells()["exercise-4-check"]
    for share, named, of in ((0.9, "nine tenths", "easy_accuracy"), (0.7, "seven tenths", "frozen_accuracy")):
        assert f'{share} * value["{of}"]' in check
        said("exercise-4", f"at least {named} of `{of}`")


def test_the_maps_and_features_have_the_shapes_that_the_text_says() -> None:
    side = int(re.search(r"picture_size, chance = (\d+),", told.cells()["settings"])[1])
    said("own-photo-say", f"{side}×{side} pixels")
    net = keras.applications.VGG16(weights=None, include_top=False, input_shape=(side, side, 3))
    _, places, _, fourth = net.get_layer("block4_pool").output.shape
    fifth = net.get_layer("block5_pool").output.shape[-1]
    said("once-say", f"`block4_pool` ({places}×{places} places, {fourth} channels)")
    said("features-say", f"{fourth} + {fifth} features per picture")
    said("features-say", f"each of the {fourth + fifth:,} features")


def test_fine_tuning_in_the_recorded_rows_made_two_passes() -> None:
    benchmark, pictures = load("transfer"), len(load_fruits("market").table("Training"))
    said(
        "pays-saw",
        f"has {benchmark.STEPS} steps of {benchmark.BATCH} pictures: two passes through all {pictures:,}",
    )
    assert benchmark.STEPS * benchmark.BATCH == 2 * pictures
