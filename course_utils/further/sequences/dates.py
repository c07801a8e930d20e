"""Pairs of a date in words and the same date as ISO 8601, made by a small program: `3. Mai 2019` -> `2019-05-03`.

Three languages, several forms each. Some forms are kept for testing, and no day of the test is a day of the training.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

PARTS = ("Training", "Test", "New forms", "Typos")
_ENGLISH = "January February March April May June July August September October November December".split()
_GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
_GERMAN_DAYS = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()
_FIRST, _DAYS = dt.date(1950, 1, 1), 36_525  # a century, up to 31 December 2049


class DatePair(NamedTuple):
    """A date as somebody wrote it, the same as ISO 8601, the language and the number of the form."""

    text: str
    iso: str
    language: str
    form: int


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


# language -> forms; the last one of each is kept for the part `New forms`
FORMS: dict[str, Sequence[Callable[[dt.date], str]]] = {
    "English": (
        lambda day: f"{day.day} {_ENGLISH[day.month - 1]} {day.year}",
        lambda day: f"{_ENGLISH[day.month - 1]} {day.day}, {day.year}",
        lambda day: f"{day.day} {_ENGLISH[day.month - 1][:3]} {day.year}",
        lambda day: f"the {_ordinal(day.day)} of {_ENGLISH[day.month - 1]} {day.year}",
        lambda day: f"{_ENGLISH[day.month - 1]} {_ordinal(day.day)}, {day.year}",
    ),
    "German": (
        lambda day: f"{day.day}. {_GERMAN[day.month - 1]} {day.year}",
        lambda day: f"{day.day:02}.{day.month:02}.{day.year}",
        lambda day: f"{day.day}.{day.month}.{day.year}",
        lambda day: f"am {day.day}. {_GERMAN[day.month - 1]} {day.year}",
        lambda day: f"{_GERMAN_DAYS[day.weekday()]}, {day.day}. {_GERMAN[day.month - 1]} {day.year}",
    ),
    "Vietnamese": (
        lambda day: f"ngày {day.day} tháng {day.month} năm {day.year}",
        lambda day: f"{day.day}/{day.month}/{day.year}",
        lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
        lambda day: f"{day.day} tháng {day.month} năm {day.year}",
        lambda day: f"ngày {day.day}/{day.month}/{day.year}",
    ),
}


def date_pairs(part: str, count: int, seed: int = 0) -> list[DatePair]:
    """So many pairs of a part, drawn again the same way for the same seed.

    `Training` and `Test` share forms and no day. `New forms` has days of the test in one form per language that the
    training does not have. `Typos` has forms of the training with one letter wrong. Raises ValueError for another part.
    """
    if part not in PARTS:
        raise ValueError(f"No part {part!r}; the parts are {', '.join(PARTS)}")
    random = np.random.default_rng([seed, PARTS.index(part)])
    found = []
    while len(found) < count:
        number = int(random.integers(_DAYS))
        if (number % 5 == 0) == (part == "Training"):  # every fifth day is a day of the test
            continue
        day = _FIRST + dt.timedelta(number)
        language = list(FORMS)[random.integers(len(FORMS))]
        forms = FORMS[language]
        form = len(forms) - 1 if part == "New forms" else int(random.integers(len(forms) - 1))
        text = forms[form](day)
        if part == "Typos":
            letters = [place for place, letter in enumerate(text) if letter.isalpha()]
            if not letters:
                continue
            text = with_typo(text, letters[random.integers(len(letters))], random)
        found.append(DatePair(text, day.isoformat(), language, form))
    return found


def with_typo(text: str, place: int, random: np.random.Generator) -> str:
    """The text with one slip at `place`: a letter left out, doubled, swapped with the next one, or replaced."""
    kind = random.integers(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[: place + 1] + text[place:]
    if kind == 2 and text[place + 1 : place + 2].isalpha() and text[place + 1] != text[place]:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    letters = [letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter != text[place].lower()]
    return text[:place] + letters[random.integers(25)] + text[place + 1 :]
