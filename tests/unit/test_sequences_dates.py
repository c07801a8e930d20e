"""Pairs of dates: right, drawn again the same way, and kept apart by day and by form."""

import datetime as dt

import numpy as np
import pytest

from course_utils.further.sequences import PARTS, date_pairs, with_typo
from course_utils.further.tagging.dates import date_value

CODES = {"English": "en", "German": "de", "Vietnamese": "vi"}


@pytest.mark.parametrize("part", ["Training", "Test", "New forms"])
def test_the_grammar_of_another_room_reads_the_same_day(part):
    for pair in date_pairs(part, 300, seed=3):
        assert date_value(pair.text, dt.date(2020, 1, 1), CODES[pair.language]).value == pair.iso, pair


def test_no_day_of_a_test_is_a_day_of_the_training():
    days = {part: {pair.iso for pair in date_pairs(part, 2_000)} for part in PARTS}
    assert not days["Training"] & (days["Test"] | days["New forms"] | days["Typos"])


def test_new_forms_are_in_no_training_pair():
    forms = {part: {(pair.language, pair.form) for pair in date_pairs(part, 1_000)} for part in PARTS}
    assert forms["Test"] <= forms["Training"] and not forms["New forms"] & forms["Training"]
    assert len(forms["New forms"]) == 3 and forms["Typos"] <= forms["Training"]


def test_the_same_seed_draws_the_same_pairs_and_an_unknown_part_is_refused():
    assert date_pairs("Test", 20, 1) == date_pairs("Test", 20, 1) != date_pairs("Test", 20, 2)
    with pytest.raises(ValueError, match="Training, Test, New forms, Typos"):
        date_pairs("test", 1)


def test_a_typo_changes_letters_only_and_fits_into_a_row():
    pairs = date_pairs("Typos", 500)
    for pair in pairs:
        assert [sign for sign in pair.text if sign.isdigit()] != [] and len(pair.text) <= 33
    assert {len(with_typo("mai", 1, np.random.default_rng(n))) for n in range(30)} == {2, 3, 4}
