"""What notebook 15b says in words is what its code, its data and its kept runs say."""

from __future__ import annotations

import re

import pytest
from claims_support import Told

from course_utils.checks.expected import expected
from course_utils.checks.sequences import SMALL_EXACT, SMALL_PARAMETERS

NAME = "15b-sequences"
told = Told(NAME)
cells = told.cells


def kept_runs(profile: str) -> dict[str, dict]:
    found = expected(NAME, profile, "bundled")
    if not found:
        pytest.skip(f"the bands of {NAME} were not measured yet in {profile}")
    return found


@pytest.fixture(scope="module")
def kept() -> dict[str, dict]:
    return kept_runs("class")


def test_the_exercise_asks_for_what_its_check_asks_for() -> None:
    asked = cells()["exercise-3"]
    assert f"at most {SMALL_PARAMETERS:,} parameters" in asked and f"**{SMALL_EXACT:.2f}**" in asked


def test_a_century_of_days_is_what_is_guessed_among() -> None:
    from course_utils.further.sequences import dates

    assert f"36,525 days is right in {1 / dates._DAYS:.5f}" in cells()["rules-say"] + cells()["neighbour-say"]
    assert str(dates._FIRST.year) in cells()["own-say"]


def test_there_are_four_forms_per_language_and_one_kept_back() -> None:
    from course_utils.further.sequences.dates import FORMS

    assert {len(forms) - 1 for forms in FORMS.values()} == {4} and "four forms per language" in cells()[
        "dates-say"
    ]


@pytest.mark.parametrize("part", ["Test", "New forms"])
def test_the_rules_of_the_notebook_are_perfect_without_typos(part) -> None:
    from course_utils.further.sequences import date_pairs

    assert "The rules are perfect on known and on new forms" in cells()["baselines-saw"]
    found: dict = {}
    exec("import re\n" + cells()["rules"], found)  # noqa: S102 - the notebook's own cell
    for seed in range(5):
        for pair in date_pairs(part, 2_000, seed):
            assert found["rules"](pair.text) == pair.iso, pair


def test_typos_break_some_rules() -> None:
    from course_utils.further.sequences import date_pairs

    found: dict = {}
    exec("import re\n" + cells()["rules"], found)  # noqa: S102
    right = [found["rules"](pair.text) == pair.iso for pair in date_pairs("Typos", 2_000)]
    assert 0.5 < sum(right) / len(right) < 0.95


def test_the_tiny_world_shows_what_the_text_says() -> None:
    printed = "".join("".join(output.get("text", "")) for output in told.outputs("tiny"))
    if not printed:
        pytest.skip("the notebook was not executed yet")
    rows = {line[:12].strip(): line[12:].split() for line in printed.splitlines()}
    assert rows["greedy"][0][0] == "b" and rows["beam of 2"] == rows["every string"]


def test_guessing_a_sign_costs_what_the_text_says() -> None:
    from math import log2

    assert f"61 signs costs {log2(61):.2f} bits" in cells()["stack-saw"]
    dilations = re.search(r"dilations=\(([\d, ]+)\)", cells()["stack"])[1]
    assert 1 + sum(map(int, dilations.split(", "))) == 32 and "32 characters" in cells()["stack-saw"]


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_the_neighbour_is_never_right_and_the_rules_win_on_new_forms(profile) -> None:
    runs = kept_runs(profile)
    assert "The neighbour is never right" in cells()["baselines-saw"]
    assert runs["neighbour_exact"]["mean"] == runs["neighbour_exact_typos"]["mean"] == 0
    assert runs["rules_exact"]["mean"] == runs["rules_exact_new"]["mean"] == 1
    assert runs["rules_exact_new"]["mean"] >= runs["test_accuracy_new"]["mean"]


def test_attention_helps_on_the_forms_of_the_training(kept) -> None:
    gap = kept["test_accuracy"]["mean"] - kept["plain_exact"]["mean"]
    assert gap > max(kept["test_accuracy"]["sd"], kept["plain_exact"]["sd"])


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_the_dictionary_wins_on_known_words_by_far(profile) -> None:
    runs = kept_runs(profile)
    assert "On known words the dictionary wins by far" in cells()["spell-saw"]
    assert runs["dictionary_known"]["mean"] > runs["speller_known"]["mean"] + 0.2


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_a_dictionary_is_hardly_ever_right_on_new_words(profile) -> None:
    assert kept_runs(profile)["dictionary_new"]["mean"] < 0.05


def test_every_net_that_writes_bits_beats_guessing(kept) -> None:
    assert max(kept["stack_bits"]["mean"], kept["pairs_bits"]["mean"]) < 5.93
    assert kept["triples_bits"]["mean"] < kept["pairs_bits"]["mean"]


def test_rules_win_on_new_forms_and_the_net_wins_on_typos(kept) -> None:
    said = cells()["kept-saw"]
    assert "The rules win on new forms" in said and "The net wins on typos" in said
    assert (
        kept["rules_exact_new"]["mean"] > kept["test_accuracy_new"]["mean"] + kept["test_accuracy_new"]["sd"]
    )
    assert kept["test_accuracy_typos"]["mean"] > kept["rules_exact_typos"]["mean"] + 0.1


def test_the_state_alone_is_right_in_less_than_one_case_in_ten(kept) -> None:
    assert "less than one case in ten" in cells()["kept-saw"] and kept["plain_exact"]["mean"] < 0.1


def test_the_speller_is_nearly_as_good_on_new_words(kept) -> None:
    assert "nearly as often as known ones" in cells()["spell-saw"]
    assert abs(kept["speller_known"]["mean"] - kept["speller_new"]["mean"]) < 0.15


def test_counting_triples_wins_in_short_runs_and_the_stack_in_long_ones(kept) -> None:
    assert "The order is reversed" in cells()["stack-saw"]
    assert kept["stack_bits"]["mean"] < kept["triples_bits"]["mean"]
    short = kept_runs("smoke")
    assert short["stack_bits"]["mean"] > short["triples_bits"]["mean"]


@pytest.mark.parametrize(
    ("cell", "said", "results"),
    [
        ("kept-saw", "{} of *Test* is right", ["test_accuracy"]),
        ("kept-saw", "new forms, {} to {}", ["rules_exact_new", "test_accuracy_new"]),
        ("kept-saw", "typos, {} to {}", ["test_accuracy_typos", "rules_exact_typos"]),
        ("spell-saw", "{} and {}", ["speller_new", "speller_known"]),
        ("stack-saw", "{} bits beat {}", ["stack_bits", "triples_bits"]),
    ],
)
def test_the_figures_in_the_text_are_those_of_the_kept_class_runs(cell, said, results, kept) -> None:
    assert said.format(*(f"{kept[result]['mean']:.2f}" for result in results)) in cells()[cell]


def test_no_day_of_a_test_is_a_day_of_the_training() -> None:
    from course_utils.further.sequences import PARTS, date_pairs

    known = {pair.iso for pair in date_pairs("Training", 5_000)}
    assert all(pair.iso not in known for part in PARTS[1:] for pair in date_pairs(part, 500))


def test_july_is_missing_from_the_beam_that_is_shown() -> None:
    printed = "".join("".join(output.get("text", "")) for output in told.outputs("beam"))
    if not printed:
        pytest.skip("the notebook was not executed yet")
    assert "July is missing" in cells()["beam-saw"] and "-07-" not in printed and "-06-" in printed


def test_the_steps_of_the_language_model_are_those_in_the_text() -> None:
    sizes = dict(re.findall(r"(smoke|class)_?=.*?\"pieces\": ([\d_]+)", cells()["settings"]))
    steps = {profile: int(pieces) // 32 for profile, pieces in sizes.items()}
    assert steps == {"smoke": 10, "class": 200}
    assert "with ten steps" in cells()["stack-saw"] and "with 200" in cells()["stack-saw"]


def test_the_cured_net_says_how_many_different_dates_were_asked_and_not_how_many_are_right() -> None:
    printed = "".join("".join(output.get("text", "")) for output in told.outputs("cured"))
    if not printed:
        pytest.skip("the notebook was not executed yet")
    assert re.fullmatch(r"1 answer before, \d+ with the state, for \d+ different dates\n", printed)
