"""What notebook 16 and its deck say in words holds in the recorded runs, in the kept runs and in the service."""

from __future__ import annotations

import inspect
import math

import pytest
from claims_support import Told

from course_utils.checks import serving
from course_utils.checks.expected import expected
from course_utils.foundation import records
from course_utils.further.serving import balancer, batching, handlers, nets, pages, runtime

NAME = "16-serving"
said = Told(NAME).said


# ------------------------------------------------------------------------------------------ recorded


def test_eight_bits_are_smaller_about_as_accurate_and_not_quicker() -> None:
    rows = {(row["net"], row["bits"]): row for row in records.load("serving_sizes").rows}
    said("eight-saw", "Less than four times smaller")
    said("eight-saw", "It is not quicker here")
    for net in ("fruit", "review", "digit"):
        whole, small = rows[net, "32 bits"], rows[net, "8 bits"]
        assert 1.5 < whole["kilobytes"] / small["kilobytes"] < 4
        assert small["ms_for_one"] > 0.9 * whole["ms_for_one"]
        for name in (one for one in whole if one.startswith("accuracy_")):
            assert abs(whole[name] - small[name]) < 0.01
        assert whole["largest_difference"] < 1e-5


# ------------------------------------------------------------------------------------------ kept runs


def kept(name: str, profile: str) -> dict:
    found = expected(NAME, profile, "bundled")
    if name not in found:
        pytest.skip(f"{name} is not measured yet. Type: course bands {NAME} --profile {profile}")
    return found[name]


def clearly(higher: str, lower: str, profile: str) -> None:
    one, other = kept(higher, profile), kept(lower, profile)
    assert one["mean"] - other["mean"] > 2 * math.hypot(one["sd"], other["sd"])


PROFILES = pytest.mark.parametrize("profile", ["smoke", "class"])


@PROFILES
def test_a_second_division_ruins_it_without_a_word(profile: str) -> None:
    said("twice-saw", "hardly more than one answer")
    clearly("test_accuracy", "scaled_twice_accuracy", profile)
    said("comparison-saw", "a wrong division leaves hardly more than chance, without a word")
    assert kept("scaled_twice_accuracy", profile)["mean"] < 2 / 16


@PROFILES
def test_another_kind_of_pictures_costs_most_of_the_accuracy(profile: str) -> None:
    said("comparison-saw", "A change of the pictures costs most of the accuracy too")
    assert kept("market_accuracy", profile)["mean"] < kept("test_accuracy", profile)["mean"] / 2


@PROFILES
def test_nets_of_other_seeds_differ(profile: str) -> None:
    said("comparison-saw", "A short training ends at another place with each seed")
    assert kept("test_accuracy", profile)["sd"] > 0


@PROFILES
def test_eight_bits_are_about_as_accurate(profile: str) -> None:
    said("eight-saw", "about as accurate")
    said("comparison-saw", "eight bits change next to nothing")
    whole, small = kept("test_accuracy", profile), kept("int8_accuracy", profile)
    assert abs(whole["mean"] - small["mean"]) < 0.02


@PROFILES
def test_the_market_is_where_it_fails_and_where_more_answers_are_unsure(profile: str) -> None:
    said("drift-saw", "on market pictures the net is wrong most of the time")
    assert kept("market_accuracy", profile)["mean"] < 0.5
    clearly("test_accuracy", "market_accuracy", profile)
    said("drift-saw", "is higher on the market than on the test pictures")
    market, studio = kept("unsure_market", profile), kept("unsure_studio", profile)
    assert market["mean"] - studio["mean"] > max(market["sd"], studio["sd"])


def test_photographs_on_white_are_a_smaller_drift() -> None:
    said("drift-cure", "On real *photographs* on white the drift is smaller")
    rows = {
        row["tested on"].split()[0]: row["accuracy"]
        for row in records.load("fruit_realism").rows
        if row["trained on"].startswith("studio")
    }
    assert rows["studio"] > rows["Fruits-360"] > rows["market"] + 0.2


# ------------------------------------------------------------------------------------------ in the code


def test_the_balancer_may_ask_again_and_the_page_holds_two_hundred_lines() -> None:
    said("fleet-saw", "`proxy_next_upstream ... non_idempotent`")
    assert "non_idempotent" in balancer.CONFIGURATION
    said("page-say", "some two hundred lines of JavaScript")
    lines = (pages.HERE / "forward.js").read_text(encoding="utf-8").splitlines()
    assert 150 <= len(lines) <= 250


def test_the_queue_of_the_notebook_waits_as_the_batcher_does() -> None:
    said("collect", "most=32, deadline=0.002")
    assert (batching.MOST, batching.DEADLINE) == (32, 0.002)
    assert list(inspect.signature(batching.full_or_late).parameters) == "waiting waited most deadline".split()


def test_the_exercise_asks_for_what_its_check_looks_at() -> None:
    said("exercise-3", f"at least **{serving.GAIN:.2f}** more often")
    said("exercise-3", f"at most {serving.LOSS:.2f} on the studio's")


def test_the_paths_of_the_text_are_those_of_the_service() -> None:
    said("service-say", "the paths `/fruit`, `/review` and `/tags`")
    assert set(handlers.MAKERS) == {"fruit", "review", "tags"} <= set(nets.NETS)


def test_telemetry_is_turned_off_by_the_name_that_the_text_says() -> None:
    said("privacy-say", f"`{runtime.TELEMETRY_OFF}=1`")
