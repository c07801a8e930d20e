"""Sequences in, sequences out: dates and slips to learn from, characters as numbers, and the search for an answer.

`dates` makes pairs of a date in words and its ISO form; `spelling` makes slips and corrects them by a dictionary;
`letters` numbers characters and shifts what a decoder is told; `translator` is a net with attention; `decoding`
searches: greedy, beam, and every string.
"""

from .dates import PARTS, DatePair, date_pairs, with_typo
from .decoding import Found, beam_search, every_string, greedy, next_label
from .letters import END, PAD, START, UNKNOWN, Letters, shifted
from .spelling import correct, misspelt, within_one_edit, word_counts
from .translator import attention_translator

__all__ = [
    "END",
    "PAD",
    "PARTS",
    "START",
    "UNKNOWN",
    "DatePair",
    "Found",
    "Letters",
    "attention_translator",
    "beam_search",
    "correct",
    "date_pairs",
    "every_string",
    "greedy",
    "misspelt",
    "next_label",
    "shifted",
    "with_typo",
    "within_one_edit",
    "word_counts",
]
