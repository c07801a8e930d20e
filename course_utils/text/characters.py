"""Texts read character by character: one row per character, a 1 at the character's place in an alphabet.

"Jam!"  ->  "!", "m", "a", "j"  ->  [41, 13, 1, 10, 0, ...]  ->  rows of 69 numbers with a single 1 each
              backwards                character_ids                one_hot

Source: X. Zhang, J. Zhao, Y. LeCun, "Character-level convolutional networks for text classification", 2015.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

# The paper's 70 characters: letters, digits, 33 other marks and the line break. The hyphen stands there twice.
PUBLISHED_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+-=<>()[]{}\n"
ALPHABET = "".join(dict.fromkeys(PUBLISHED_ALPHABET))  # each character once: 69
FRAMES = 1014  # characters that the published nets read

NOTHING = 0  # the id of a space, of padding and of every character outside the alphabet
_ID = {character: place for place, character in enumerate(ALPHABET, start=1)}
_WRITTEN_OTHERWISE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


def character_ids(texts: Iterable[str], frames: int = FRAMES, backwards: bool = True) -> np.ndarray:
    """Texts as places in the alphabet, uint8 (N, frames): 1 to 69, and 0 for spaces, unknown characters and padding.

    Capitals count as small letters, curly quotation marks and long dashes as plain ones. With `backwards` the last character comes first,
    so that the end of each text stands at the front of its row; a longer text then loses its beginning.
    Raises TypeError for one text instead of a list, or for what is not a string; ValueError for frames below 1.
    """
    if isinstance(texts, str):
        raise TypeError("Expected a list of texts, got one text: put it into brackets, [text]")
    if frames < 1:
        raise ValueError(f"frames is the number of characters to read, 1 or more; got {frames}")
    texts = list(texts)
    table = np.full((len(texts), frames), NOTHING, dtype=np.uint8)
    for row, text in zip(table, texts, strict=True):
        if not isinstance(text, str):
            raise TypeError(f"A text is a string; got {text!r} ({type(text).__name__})")
        kept = text[-frames:][::-1] if backwards else text[:frames]
        ids = [_ID.get(character, NOTHING) for character in small_letters(kept)]
        row[: len(ids)] = ids[:frames]
    return table


def one_hot(ids: np.ndarray) -> np.ndarray:
    """Ids of characters as rows with a single 1, float32 (..., 69); the row of id 0 holds zeros only."""
    table = np.vstack([np.zeros(len(ALPHABET)), np.eye(len(ALPHABET))]).astype(np.float32)
    return table[np.asarray(ids)]


def readable(ids: np.ndarray, backwards: bool = True) -> str:
    """One row of ids as the net sees it, in reading order; a middle dot stands for everything that it does not see."""
    seen = "".join("·" if number == NOTHING else ALPHABET[number - 1] for number in np.asarray(ids))
    return seen[::-1] if backwards else seen


def small_letters(text: str) -> str:
    """Small letters and plain marks, each still one character: İ would become two."""
    lowered = (character.lower() for character in text.translate(_WRITTEN_OTHERWISE))
    return "".join(low if len(low) == 1 else low[0] for low in lowered)
