"""Texts read character by character: the published alphabet, ids, one-hot rows, and what a person may type in."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.text import (
    ALPHABET,
    FRAMES,
    PUBLISHED_ALPHABET,
    character_ids,
    look_at_characters,
    one_hot,
    readable,
)


def test_the_published_alphabet_has_70_characters_and_repeats_the_hyphen() -> None:
    assert len(PUBLISHED_ALPHABET) == 70
    assert PUBLISHED_ALPHABET.count("-") == 2
    assert len(ALPHABET) == len(set(ALPHABET)) == 69
    assert set(ALPHABET) == set(PUBLISHED_ALPHABET)
    assert FRAMES == 1014


def test_ids_are_places_in_the_alphabet_from_the_end_of_the_text() -> None:
    (row,) = character_ids(["Jam!"], 6)
    assert [ALPHABET[number - 1] for number in row[:4]] == ["!", "m", "a", "j"]
    assert row[4:].tolist() == [0, 0]
    assert row.dtype == np.uint8


def test_forwards_keeps_the_beginning_and_backwards_the_end() -> None:
    text = "abc" * 10 + "xyz"
    assert readable(character_ids([text], 3)[0]) == "xyz"
    assert readable(character_ids([text], 3, backwards=False)[0], backwards=False) == "abc"


@pytest.mark.parametrize("character", [" ", "é", "ß", "今", "€", "🍓"])
def test_blanks_and_unknown_characters_have_id_0(character: str) -> None:
    assert character_ids([f"a{character}b"], 3).tolist() == [[2, 0, 1]]


@pytest.mark.parametrize(("typed", "plain"), [("’", "'"), ("“", '"'), ("–", "-"), ("Q", "q")])
def test_what_is_typed_otherwise_counts_as_the_plain_character(typed: str, plain: str) -> None:
    assert (character_ids([typed], 2) == character_ids([plain], 2)).all()


def test_a_letter_that_becomes_two_small_ones_stays_one_frame() -> None:
    assert readable(character_ids(["İa"], 4)[0]) == "··ia"


def test_one_hot_rows_hold_a_single_1_and_unknown_characters_none() -> None:
    rows = one_hot(character_ids(["a b"], 4))
    assert rows.shape == (1, 4, 69) and rows.dtype == np.float32
    assert rows.sum(axis=-1).tolist() == [[1, 0, 1, 0]]
    assert rows[0, 2, ALPHABET.index("a")] == 1


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(TypeError, match="put it into brackets"):
        character_ids("one text")
    with pytest.raises(TypeError, match="nan"):
        character_ids([float("nan")])
    with pytest.raises(ValueError, match="frames"):
        character_ids(["a"], 0)


@pytest.mark.parametrize(
    "text", [None, 12, "", "   ", "!!!", "<p></p>", "今天的电影很好看", "Сегодня хороший фильм"]
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: object) -> None:
    seen = look_at_characters(text)
    assert not seen.readable and seen.warnings


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("The zip of this coat broke after a week.", None),
        ("The <b>zip</b> of this coat broke after a week.", "HTML"),
        ("Nice zip.", "much shorter"),
        ("The zip of this coat broke. " * 60, "only the last 1,014"),
        ("Größe und Farbe passen, schöne Füße.", "not in the alphabet"),
    ],
)
def test_other_texts_are_read_with_a_warning_where_one_is_due(text: str, warning: str | None) -> None:
    seen = look_at_characters(text)
    assert seen.readable
    assert (warning is None and not seen.warnings) or any(warning in line for line in seen.warnings)
