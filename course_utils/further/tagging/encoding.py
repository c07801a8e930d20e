"""From sentences to arrays: numbers of words, of their characters, flags of lists and shapes, and numbers of tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils.datasets.names import TaggedSentence

from .crf import PADDING
from .lists import NameLists

NOTHING, UNKNOWN = 0, 1  # numbers of padding and of what the training sentences did not have
WORD_LENGTH = 14  # characters read of a word: the first nine and the last five of a longer one
_HEAD = 9
SHAPES = (
    "capital",
    "capitals",
    "digit",
    "sign",
    "first",
)  # what a token looks like, and whether it is the first


@dataclass(frozen=True)
class Encoder:
    """What turns sentences into a net's inputs: known words, characters, tags and lists, and the greatest length.

    words are in small letters and characters as written, so capitals are seen by the characters alone.
    """

    words: tuple[str, ...]
    characters: tuple[str, ...]
    tags: tuple[str, ...]
    length: int
    lists: NameLists | None = field(default=None, repr=False)

    @classmethod
    def fit(
        cls,
        sentences: Sequence[TaggedSentence],
        length: int = 56,
        least: int = 2,
        lists: NameLists | None = None,
    ) -> Encoder:
        """The words seen at least `least` times, all characters and joint tags of the training sentences."""
        counts = Counter(word.lower() for one in sentences for word in one.words)
        words = sorted(word for word, count in counts.items() if count >= least)
        characters = sorted({sign for one in sentences for word in one.words for sign in word})
        tags = sorted({tag for one in sentences for tag in one.joint_tags} - {"O"})
        return cls(tuple(words), tuple(characters), ("O", *tags), length, lists)

    def __post_init__(self) -> None:
        numbers = {
            "_word": {word: place for place, word in enumerate(self.words, 2)},
            "_character": {sign: place for place, sign in enumerate(self.characters, 2)},
            "_tag": {tag: place for place, tag in enumerate(self.tags)},
        }
        for name, value in numbers.items():
            object.__setattr__(self, name, value)

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the flags: the lists, if there are any, and then the shapes."""
        return (*(self.lists.names if self.lists else ()), *SHAPES)

    def inputs(self, sentences: Sequence[TaggedSentence]) -> dict[str, np.ndarray]:
        """words (B, T), characters (B, T, C) and flags of lists and shapes (B, T, F); longer sentences are cut."""
        shape = (len(sentences), self.length)
        arrays = {
            "words": np.zeros(shape, dtype="int32"),
            "characters": np.zeros((*shape, WORD_LENGTH), dtype="int32"),
            "flags": np.zeros((*shape, len(self.flags)), dtype="float32"),
        }
        for row, sentence in enumerate(sentences):
            words = sentence.words[: self.length]
            arrays["words"][row, : len(words)] = [self._word.get(word.lower(), UNKNOWN) for word in words]
            for place, word in enumerate(words):
                signs = word if len(word) <= WORD_LENGTH else word[:_HEAD] + word[_HEAD - WORD_LENGTH :]
                numbers = [self._character.get(sign, UNKNOWN) for sign in signs]
                arrays["characters"][row, place, : len(numbers)] = numbers
            if self.lists:
                known = self.lists.flags(sentence.words)[: self.length]
                arrays["flags"][row, : len(words), : known.shape[1]] = known
            arrays["flags"][row, : len(words), -len(SHAPES) :] = shapes(words)
        return arrays

    def labels(self, sentences: Sequence[TaggedSentence]) -> np.ndarray:
        """Numbers of the joint tags (B, T), -1 after the end. A tag that training never had counts as its outer tag."""
        labels = np.full((len(sentences), self.length), PADDING, dtype="int32")
        for row, sentence in enumerate(sentences):
            tags = sentence.joint_tags[: self.length]
            labels[row, : len(tags)] = [
                self._tag.get(tag, self._tag.get(tag.partition("|")[0], 0)) for tag in tags
            ]
        return labels

    def unknown_share(self, sentences: Sequence[TaggedSentence]) -> float:
        """The share of tokens whose word is not known."""
        words = [word.lower() for one in sentences for word in one.words]
        return sum(word not in self._word for word in words) / max(1, len(words))


def shapes(words: Sequence[str]) -> list[list[bool]]:
    """The flags of SHAPES for each word."""
    return [
        [
            word[:1].isupper(),
            len(word) > 1 and word.isupper(),
            word[:1].isdigit(),
            not word[:1].isalnum(),
            not place,
        ]
        for place, word in enumerate(words)
    ]
