"""What may go wrong when a model reads somebody's text: a look before it is asked, by words or by characters."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import NamedTuple

from .characters import ALPHABET, FRAMES, small_letters
from .vocabulary import Vocabulary, words

# A tag's name follows its < at once, so that "I <3 it" and "a < b" are left alone.
_HTML = re.compile(
    r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.DOTALL | re.IGNORECASE
)


class Look(NamedTuple):
    """What a look found: the text without HTML, the unknown share of what is read, whether to ask a model, and warnings."""

    text: str
    unknown: float
    readable: bool
    warnings: list[str]


class _Unit(NamedTuple):
    """What a model reads one by one, how warnings call it, and where they begin."""

    name: str
    needed: str  # without any of these an answer would mean nothing
    counted: str
    unknown: str
    few: int
    doubtful: float  # share of unknown ones: don't rely on the answer
    hopeless: float  # share of unknown ones: do not ask
    hint: str = ""


_WORDS = _Unit("words", "words", "Words", "unknown", 8, 0.2, 0.5, " Is it in another language?")
_CHARACTERS = _Unit("characters", "letters", "Letters and marks", "not in the alphabet", 20, 0.1, 0.4)


class _Read(NamedTuple):
    """A plain text as a model meets it: how long it is, and the words or characters that are read."""

    length: int
    seen: list[str]


def look_over(text: object, vocabulary: Vocabulary, length: int) -> Look:
    """What may go wrong if a model that knows `vocabulary` reads the last `length` words of somebody's text.

    HTML is taken out first. `readable` is False where an answer would mean nothing: no words, or more than half of
    them unknown. Each warning is a sentence. Raises nothing for whatever is given as a text.
    """

    def read(plain: str) -> _Read:
        found = words(plain)
        return _Read(len(found), found[-length:])

    return _judged(
        text, _WORDS, length, read, lambda word: word[0].isalnum(), lambda word: word in vocabulary
    )


def look_at_characters(text: object, frames: int = FRAMES) -> Look:
    """What may go wrong if a net reads the last `frames` characters of somebody's text.

    HTML is taken out first. `unknown` is the share of characters, spaces apart, that the alphabet lacks; `readable` is False where an
    answer would mean nothing: no letters, or more than two in five unknown. Raises nothing, whatever the text is.
    """

    def read(plain: str) -> _Read:
        return _Read(len(plain), list(re.sub(r"\s", "", small_letters(plain[-frames:]))))

    return _judged(text, _CHARACTERS, frames, read, str.isalpha, lambda character: character in ALPHABET)


def without_html(text: str) -> str:
    """The text without HTML's tags, its entities as characters, and with single spaces."""
    return " ".join(html.unescape(_HTML.sub(" ", text)).split())


def _judged(
    text: object,
    unit: _Unit,
    limit: int,
    read: Callable[[str], _Read],
    needed: Callable[[str], bool],
    known: Callable[[str], bool],
) -> Look:
    if not isinstance(text, str):
        said = f"Expected a text between quotation marks, got a {type(text).__name__}."
        return Look("", 1.0, False, [said])
    tags, text = len(_HTML.findall(text)), without_html(text)
    warnings = [f"HTML tags taken out: {tags}."] if tags else []
    length, seen = read(text)
    if not any(map(needed, seen)):
        none = f"There are no {unit.needed} in it. Type a sentence or two."
        return Look(text, 1.0, False, [*warnings, none])
    if length > limit:
        warnings.append(f"It has {length:,} {unit.name}; the model reads only the last {limit:,}.")
    if len(seen) < min(unit.few, limit):
        warnings.append(
            f"{unit.counted} in it: {len(seen)}. That is much shorter than the texts a model learns from."
        )
    unknown = sum(not known(one) for one in seen) / len(seen)
    share = f"{unknown:.0%} of its {unit.name} are {unit.unknown}"
    if unknown > unit.hopeless:
        warnings.append(f"{share}, so an answer would mean nothing.{unit.hint}")
    elif unknown > unit.doubtful:
        warnings.append(f"{share}: don't rely on the answer.")
    return Look(text, unknown, unknown <= unit.hopeless, warnings)
