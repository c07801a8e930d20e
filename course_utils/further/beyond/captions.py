"""Captions of scenes: a small grammar, a net that learns to write it, greedy decoding, and a scorer.

The grammar has three forms:

    a plum left of a lemon on wood      the largest fruit, and the largest fruit of another kind
    a plum on wood                      one kind of fruit only
    nothing on wood                     no fruit

Two fruits are named from left to right. Where their middles are less than `NARROW` of the picture's width apart, *left of*
would be hard to see: then the nearer one, lower in the picture, comes first: *a plum in front of a lemon*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

KIND_WORDS = {"Limes": "lime"}
"""Kinds whose word is not their name in small letters."""
GROUND_WORDS = {
    "cardboard": "paper",
    "newspaper": "paper",
    "plastic": "paper",
    "marble": "stone",
    "tiles": "stone",
}
"""Grounds that share a word, because they look alike in a small picture: smooth sheets, and hard floors."""
NARROW = 0.12
HELD_PAIRS = tuple(
    frozenset(pair.split("+"))
    for pair in ("banana+kiwi", "lemon+plum", "lime+strawberry", "orange+pineapple")
)
"""Pairs of kinds whose captions no captioner of the notebook learns from; each kind is in one of them."""
SLOTS = ("first fruit", "relation", "second fruit", "ground")
NOTHING = "nothing"
START, STOP = "<start>", "<stop>"

Array = np.ndarray


class Thing(NamedTuple):
    """A fruit in view: its kind's word and its box, as shares of the picture's width and height."""

    word: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def kind_word(kind: str) -> str:
    """The word for a kind: `Limes` is *lime*."""
    return KIND_WORDS.get(kind, kind.lower())


def article(word: str) -> str:
    """*an* before a vowel, else *a*."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def describe(things: Iterable[Thing], ground: str) -> str:
    """The caption of a scene: what the grammar says about its fruits and its ground."""
    ordered = sorted(things, key=lambda thing: -thing.area)
    ground = GROUND_WORDS.get(ground, ground)
    if not ordered:
        return compose(NOTHING, "", "", ground)
    largest = ordered[0]
    other = next((thing for thing in ordered if thing.word != largest.word), None)
    if other is None:
        return compose(largest.word, "", "", ground)
    if abs(largest.middle[0] - other.middle[0]) >= NARROW:
        first, second = sorted((largest, other), key=lambda thing: thing.middle[0])
        return compose(first.word, "left of", second.word, ground)
    first, second = sorted((largest, other), key=lambda thing: -thing.middle[1])
    return compose(first.word, "in front of", second.word, ground)


def compose(first: str, relation: str, second: str, ground: str) -> str:
    """The caption of four slots, those of `SLOTS`; a relation and a second fruit, or an empty string for both."""
    front = first if first == NOTHING else article(first)
    return f"{front} {relation} {article(second)} on {ground}" if second else f"{front} on {ground}"


def slots(caption: str) -> tuple[str, str, str, str]:
    """First fruit, relation, second fruit and ground of a caption; an empty string where it has none."""
    front, _, ground = caption.partition(" on ")
    for relation in ("left of", "in front of"):
        if f" {relation} " in front:
            first, _, second = front.partition(f" {relation} ")
            return first.split()[-1], relation, second.split()[-1], ground.strip()
    return front.split()[-1] if front.split() else "", "", "", ground.strip()


def captions_of(fruits: DataFrame, scenes: DataFrame, size: int = 128) -> list[str]:
    """The captions of scenes, from the truth: the tables `fruits` and `scenes` of a split of *tables*."""
    things: dict[str, list[Thing]] = {}
    for row in fruits.itertuples():
        box = (value / size for value in (row.left, row.top, row.right, row.bottom))
        things.setdefault(row.path, []).append(Thing(kind_word(row.kind), *box))
    return [
        describe(things.get(path, ()), ground)
        for path, ground in zip(scenes["path"], scenes["ground_name"], strict=True)
    ]


def mirrored(fruits: DataFrame, size: int = 128) -> DataFrame:
    """The table of fruits of scenes that are mirrored left to right: *left of* changes its order."""
    return fruits.assign(left=size - fruits["right"], right=size - fruits["left"])


def swap_kinds(
    maps: Array, captions: Sequence[str], kinds: Sequence[str], random: np.random.Generator
) -> tuple[Array, list[str]]:
    """New true captions at no cost: in each scene the kinds change places, in the maps and in the words.

    maps: what `Encoder.see` gives, (N, H, W, C): the kinds with *none* first, other channels, then the kinds times x and
    times y. captions: one per scene. kinds: the words for kinds, in the order of the maps.
    """
    count = len(kinds) + 1
    order = np.stack([[0, *(1 + random.permutation(len(kinds)))] for _ in captions])
    made, texts = maps.copy(), []
    for block in (slice(0, count), slice(-2 * count, -count), slice(-count, None)):
        made[..., block] = np.take_along_axis(maps[..., block], order[:, None, None], axis=-1)
    for text, row in zip(captions, order, strict=True):
        now = {kinds[old - 1]: kinds[new - 1] for new, old in enumerate(row) if new}
        first, relation, second, ground = slots(text)
        texts.append(compose(now.get(first, first), relation, now.get(second, second), ground))
    return made, texts


def pair(caption: str) -> frozenset[str]:
    """The two fruits of a caption, in whatever order; fewer where it names fewer."""
    first, _, second, _ = slots(caption)
    return frozenset({first, second} - {"", NOTHING})


@dataclass(frozen=True)
class Words:
    """The vocabulary of captions: words by number; 0 is the stop, which also fills what follows it, 1 the start."""

    words: tuple[str, ...]
    length: int

    @classmethod
    def of(cls, captions: Sequence[str]) -> Words:
        """All words of some captions, and room for the longest with its stop."""
        known = sorted({word for caption in captions for word in caption.split()})
        return cls((STOP, START, *known), max(len(caption.split()) for caption in captions) + 1)

    def encode(self, captions: Sequence[str]) -> Array:
        """Captions as numbers, stop and padding at the end: int32 (N, length). Unknown words raise KeyError."""
        places = {word: number for number, word in enumerate(self.words)}
        numbers = np.zeros((len(captions), self.length), np.int32)
        for row, caption in zip(numbers, captions, strict=True):
            row[: len(caption.split())] = [places[word] for word in caption.split()]
        return numbers

    def decode(self, numbers: Array) -> list[str]:
        """Numbers (N, length) as captions, each up to its stop."""
        found = []
        for row in np.asarray(numbers):
            stop = np.flatnonzero(row == 0)
            found.append(" ".join(self.words[number] for number in row[: stop[0] if stop.size else None]))
        return found


def shifted(numbers: Array) -> Array:
    """The words that the net sees while it learns: the start, then all but the last: (N, length)."""
    return np.concatenate([np.ones_like(numbers[:, :1]), numbers[:, :-1]], axis=1)


def greedy(model: keras.Model, maps: Array, words: Words, batch_size: int = 128) -> list[str]:
    """Captions written word by word, always with the likeliest next word, for maps (N, H, W, C)."""
    said = np.zeros((len(maps), words.length), np.int32)
    for place in range(words.length):
        scores = model.predict([maps, shifted(said)], batch_size=batch_size, verbose=0)
        said[:, place] = scores[:, place].argmax(axis=-1)
    return words.decode(said)


@dataclass(frozen=True)
class CaptionScores:
    """Shares of captions that are right: whole and slot by slot; how many different ones were said.

    constant: one caption makes up more than half of the answers, although the truth has many.
    """

    whole: float
    slots: dict[str, float]
    different: int
    constant: bool

    def row(self) -> dict[str, float]:
        """All of it as one row of a table."""
        return {"whole caption": self.whole, **self.slots, "different captions": self.different}


def score_captions(said: Sequence[str], truth: Sequence[str]) -> CaptionScores:
    """Compare captions with the truth. Raises ValueError for lists of different lengths or none."""
    if len(said) != len(truth) or not truth:
        raise ValueError(f"Each caption needs its truth; got {len(said)} and {len(truth)}")
    rows = [(slots(one), slots(right)) for one, right in zip(said, truth, strict=True)]
    shares = {
        name: float(np.mean([one[place] == right[place] for one, right in rows]))
        for place, name in enumerate(SLOTS)
    }
    whole = float(np.mean([one == right for one, right in zip(said, truth, strict=True)]))
    most, most_true = (max(map(list(group).count, set(group))) for group in (said, truth))
    constant = most > len(said) / 2 and most > 2 * most_true
    return CaptionScores(whole, shares, len(set(said)), constant)
