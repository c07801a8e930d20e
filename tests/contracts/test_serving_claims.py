"""What notebook 16 and its deck say in words holds in the recorded runs, in the kept runs and in the service."""

from __future__ import annotations

import inspect
import json
import math
from functools import cache

import pytest

from course_utils.checks.expected import expected
from course_utils.foundation import config, records
from course_utils.further.serving import balancer, batching, pages, runtime

NAME = "16-serving"
PREDICT, ON_BATCH, ONNX, BATCHES = (
    "Keras, `predict` for each request",
    "Keras, `predict_on_batch`",
    "ONNX Runtime",
    "ONNX Runtime, batches",
)


@cache
def cells() -> dict[str, str]:
    notebook = json.loads(config.notebook_path(NAME).read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}


def said(cell: str, words_of_it: str) -> None:
    assert words_of_it in " ".join(cells()[cell].split()), f"{cell} no longer says {words_of_it!r}"


# ------------------------------------------------------------------------------------------ recorded


@cache
def served() -> dict[tuple[str, int], dict]:
    return {(row["option"], row["clients"]): row for row in records.load("serving").rows}


def at(option: str, clients: int, figure: str) -> float:
    return served()[option, clients][figure]


def test_batches_answer_ten_times_as_many_as_predict_with_an_eighth_of_the_memory() -> None:
    said("recorded-saw", "answers more than ten times as many requests as `model.predict`")
    assert at(BATCHES, 64, "answered_a_second") > 10 * at(PREDICT, 64, "answered_a_second")
    said("recorded-saw", "with about an eighth of the memory")
    assert at(BATCHES, 64, "memory_mb") < at(PREDICT, 64, "memory_mb") / 6


def test_most_of_the_gain_comes_from_leaving_predict() -> None:
    said("batches-saw", "Most of the gain comes from leaving `model.predict`")
    whole = at(PREDICT, 64, "cpu_ms") - at(BATCHES, 64, "cpu_ms")
    assert at(PREDICT, 64, "cpu_ms") - at(ON_BATCH, 64, "cpu_ms") > 0.9 * whole


def test_decoding_costs_more_than_the_net_once_keras_is_gone() -> None:
    said("batches-saw", "decoding the picture costs more than the net")
    (one,) = (
        row["ms_for_one"]
        for row in records.load("serving_sizes").rows
        if (row["net"], row["bits"]) == ("fruit", "32 bits")
    )
    assert one < at(ONNX, 64, "cpu_ms") / 2


def test_a_lone_client_waits_for_company_that_never_comes() -> None:
    said("batches-saw", "the lone client waits for company that never comes")
    assert at(BATCHES, 1, "p50_ms") > at(ONNX, 1, "p50_ms") + 1e3 * batching.DEADLINE / 2


def test_throughput_of_predict_stays_and_latency_grows_with_the_clients() -> None:
    said("crowd-saw", "Throughput stays where it was")
    rates = [at(PREDICT, clients, "answered_a_second") for clients in (1, 8, 64)]
    assert max(rates) < 2.5 * min(rates)
    assert at(PREDICT, 8, "p50_ms") > 4 * at(PREDICT, 1, "p50_ms")


def test_no_request_of_ten_thousand_failed_while_copies_were_killed_and_renewed() -> None:
    said("fleet-saw", "10,000 requests met killed copies and rolling updates")
    row = served()["3 copies, killed and renewed", 64]
    assert row["requests"] >= 10_000 and row["failed"] == 0
    assert row["killed"] >= 3 and row["rolling_updates"] >= 1


def test_three_copies_on_one_machine_do_not_answer_three_times_as_many() -> None:
    said("fleet-saw", "they share two cores with their clients and the balancer")
    rates = [
        at(f"{n} behind nginx, TLS", 64, "answered_a_second") for n in ("1 copy", "2 copies", "3 copies")
    ]
    assert rates[2] < 3 * rates[0]
    content = json.loads(
        (config.repository_root() / "benchmarks/recorded/serving.json").read_text(encoding="utf-8")
    )
    assert content["cores"] == 2


def test_nothing_failed_but_what_the_slow_service_sent_away() -> None:
    said("recorded-saw", "the slow service tells those that waited for ten seconds to come again")
    assert {option for (option, _), row in served().items() if row["failed"]} <= {PREDICT}


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
    assert kept("scaled_twice_accuracy", profile)["mean"] < 0.2


@PROFILES
def test_eight_bits_are_about_as_accurate(profile: str) -> None:
    said("eight-saw", "about as accurate")
    whole, small = kept("test_accuracy", profile), kept("int8_accuracy", profile)
    assert abs(whole["mean"] - small["mean"]) < 0.03


@PROFILES
def test_the_market_is_where_it_fails_and_where_more_answers_are_unsure(profile: str) -> None:
    said("drift-saw", "on market pictures the net is wrong most of the time")
    assert kept("market_accuracy", profile)["mean"] < 0.5
    clearly("test_accuracy", "market_accuracy", profile)
    said("drift-saw", "is higher on the market than on the test pictures")
    assert kept("unsure_market", profile)["mean"] > kept("unsure_studio", profile)["mean"]


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


def test_telemetry_is_turned_off_by_the_name_that_the_text_says() -> None:
    said("privacy-say", f"`{runtime.TELEMETRY_OFF}=1`")


def test_a_hundred_requests_a_second_take_two_copies_and_many_of_predict() -> None:
    said("exercise-3-solution", "a hundred requests a second take one copy of ONNX Runtime and one to spare")
    assert math.ceil(100 * at(BATCHES, 64, "cpu_ms") / 1000 / 0.6) == 1
    assert math.ceil(100 * at(PREDICT, 64, "cpu_ms") / 1000 / 0.6) >= 8
