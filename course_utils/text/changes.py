"""Texts changed on purpose while their label stays: synonyms to learn from more, misspellings to be tested on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

_LETTERS = re.compile(r"[^\W\d_]+")
_LONG = 5  # letters of a word that is long enough to be misspelt
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def replace_synonyms(
    text: str,
    synonyms: Mapping[str, Sequence[str]],
    random: np.random.Generator,
    p: float = 0.5,
    q: float = 0.5,
) -> str:
    """A text in which some words became synonyms; how many, and which, is drawn from two geometric distributions.

    r of the words that `synonyms` knows (small letters, closest synonym first) are replaced, with a probability in
    proportion to p to the power r; each by its synonym number s, in proportion to q to the power s, both from 0. So half of
    the texts or more stay as they are. A capital stays a capital. Raises ValueError unless p and q lie between 0 and 1.
    Source: X. Zhang, J. Zhao, Y. LeCun, "Character-level convolutional networks for text classification", 2015.
    """
    if not (0 < p < 1 and 0 < q < 1):
        raise ValueError(f"p and q lie between 0 and 1; got p={p}, q={q}")
    found = [match for match in _LETTERS.finditer(text) if synonyms.get(match[0].lower())]
    count = _geometric(random, len(found) + 1, p)
    chosen = sorted(random.choice(len(found), count, replace=False)) if count else []
    for place in reversed(chosen):
        match = found[place]
        others = synonyms[match[0].lower()]
        other = others[_geometric(random, len(others), q)]
        text = text[: match.start()] + _written_like(match[0], other) + text[match.end() :]
    return text


def misspell(text: str, random: np.random.Generator, shortest: int = _LONG) -> str:
    """A text with one slip in each word of `shortest` letters or more; first and last letter stay.

    A slip is one of four, drawn anew for each word: two neighbours swapped, a letter left out, one doubled, or the next key hit.
    """
    return _LETTERS.sub(
        lambda match: _slip(match[0], random) if len(match[0]) >= max(shortest, 4) else match[0], text
    )


def _geometric(random: np.random.Generator, count: int, share: float) -> int:
    """0 to count - 1, each `share` times as likely as the one before."""
    weights = share ** np.arange(count)
    return int(random.choice(count, p=weights / weights.sum()))


def _written_like(word: str, other: str) -> str:
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other[0].upper() + other[1:] if word[0].isupper() else other


def _slip(word: str, random: np.random.Generator) -> str:
    kind, place = random.integers(4), int(random.integers(1, len(word) - 2))
    one, next_one = word[place], word[place + 1]
    if kind == 0 and one != next_one:
        return word[:place] + next_one + one + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    if kind == 2:
        return word[: place + 1] + word[place:]
    return word[:place] + _next_key(one) + word[place + 1 :]


def _next_key(letter: str) -> str:
    for row in _KEYBOARD:
        if letter.lower() in row:
            place = row.index(letter.lower())
            other = row[place + 1] if place + 1 < len(row) else row[place - 1]
            return other.upper() if letter.isupper() else other
    return "e"
