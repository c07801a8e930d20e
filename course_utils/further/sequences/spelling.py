"""Slips of the finger in words, and the classical cure: the most frequent known word within one edit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from .dates import with_typo

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word_counts(texts: Iterable[str], shortest: int = 4, least: int = 1) -> Counter[str]:
    """How often each word of plain letters occurs, lower case; short and rare ones are left out."""
    counts = Counter(word for text in texts for word in re.findall(r"[a-z]+", text.lower()))
    return Counter({word: n for word, n in counts.items() if len(word) >= shortest and n >= least})


def misspelt(word: str, random: np.random.Generator, slips: int = 1) -> str:
    """The word with so many slips: letters left out, doubled, swapped or replaced. It always differs from the word."""
    while True:
        wrong = word
        for _ in range(slips):
            wrong = with_typo(wrong, int(random.integers(len(wrong))), random)
        if wrong != word:
            return wrong


def within_one_edit(word: str) -> set[str]:
    """The word itself and all strings one insertion, deletion, replacement or swap of neighbours away."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return (
        {word}
        | {left + right[1:] for left, right in cuts if right}
        | {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
        | {left + letter + right[1:] for left, right in cuts if right for letter in LETTERS}
        | {left + letter + right for left, right in cuts for letter in LETTERS}
    )


def correct(word: str, counts: Mapping[str, int]) -> str:
    """The known word itself, or the most frequent known word within one edit; else the word as it is."""
    if word in counts:
        return word
    return max(sorted(within_one_edit(word) & counts.keys()), key=counts.get, default=word)
