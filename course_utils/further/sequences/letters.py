"""Texts as rows of numbers, one per character, and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

PAD, START, END, UNKNOWN = 0, 1, 2, 3
_SIGNS = ("", "<", ">", "�")  # how the four are shown


class Letters:
    """The characters of some texts, numbered: 0 is padding, 1 the start, 2 the end, 3 a character never seen.

    `length`: characters per row, the end included. Longer texts are cut. Raises ValueError without a single character.
    """

    def __init__(self, texts: Iterable[str], length: int) -> None:
        known = sorted(set("".join(map(_plain, texts))))
        if not known:
            raise ValueError("Letters got no text: pass the texts of the training part")
        self.signs = [*_SIGNS, *known]
        self.length = length
        self._numbers = {sign: number for number, sign in enumerate(self.signs) if number > UNKNOWN}

    def __len__(self) -> int:
        return len(self.signs)

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """Numbers (N, length): the characters, the end, then padding."""
        found = np.full((len(texts), self.length), PAD, np.int32)
        for row, text in zip(found, texts, strict=True):
            numbers = [self._numbers.get(sign, UNKNOWN) for sign in _plain(text)][: self.length - 1]
            row[: len(numbers) + 1] = [*numbers, END]
        return found

    def texts(self, rows: np.ndarray) -> list[str]:
        """The texts of rows of numbers, each up to its end."""
        return [self.text(row) for row in np.asarray(rows)]

    def text(self, row: Sequence[int]) -> str:
        """The text of one row, up to its end; start and padding are left out."""
        found = []
        for number in map(int, row):
            if number == END:
                break
            if number not in (PAD, START):
                found.append(self.signs[number])
        return "".join(found)


def shifted(rows: np.ndarray) -> np.ndarray:
    """What a decoder is told at each place: the start first, then the right character of the place before."""
    rows = np.asarray(rows)
    before = np.roll(rows, 1, axis=1)
    before[:, 0] = START
    before[before == END] = PAD  # after the end, nothing is asked any more
    return before


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text)
