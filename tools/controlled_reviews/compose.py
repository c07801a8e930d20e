"""Build whole reviews out of a bank, with a seed, and keep out near duplicates."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tools.controlled_reviews import bank_test, bank_train
from tools.controlled_reviews.bank import Bank
from tools.controlled_reviews.goods import ASPECTS, CATEGORIES, EXCLUSIVE, FITTING, PEOPLE, Quality, Subject
from tools.controlled_reviews.grammar import agreement, capitals, choose, fill
from tools.controlled_reviews.slips import with_slips

SEED = 2018
# split -> (bank, number of reviews, letter of the id)
SPLITS = {"train": (bank_train.BANK, 4800, "a"), "test": (bank_test.BANK, 1200, "b")}
SHORTEST, LONGEST = 8, 120
NEAR = 0.5  # two reviews with a larger Jaccard index of their 5-grams are near duplicates

# How often each kind of judgement is used. These weights set the difficulty: 'asserted' and 'denied' name one
# quality only (the first helps a bag of words, the second misleads it), 'both' and 'elsewhere' name the pair,
# so that only order tells.
WEIGHTS = {
    "asserted": 64,
    "denied": 8,
    "both": 10,
    "elsewhere": 7,
    "hearsay": 6,
    "concession": 10,
    "turn": 3,
    "verdicts": 10,
    "remarks": 21,
    "irony": 4,
}
JUDGEMENTS = ((1, 2, 3, 4, 5), (7, 25, 33, 26, 9))  # numbers of judgements in a review, weights
DIGRESSIONS = ((0, 1, 2, 3), (40, 38, 17, 5))


# Where 'it' or 'they' can stand for the thing named just before: as subject of the only clause about it.
_PRONOUN = re.compile(r"^(?!.*\{T\})(?!.*\{S\}.*\{S\})(?!.*\{it\})(?=.*\{S\} \{(was|is)\})")


@dataclass(frozen=True)
class Review:
    """One row of the table."""

    id: str
    text: str
    sentiment: str
    rating: int
    category: str

    def row(self) -> list[str]:
        return [self.id, self.text, self.sentiment, str(self.rating), self.category]


class _Writer:
    """What is already said in one review, so that it doesn't repeat or contradict itself."""

    def __init__(self, bank: Bank, category: str, positive: bool, generator: random.Random) -> None:
        self.bank, self.positive, self.generator = bank, positive, generator
        self.main = generator.choice(CATEGORIES[category])
        self.edible = category not in ("delivery", "service")
        self.aspects = list(FITTING[category])
        generator.shuffle(self.aspects)
        self.said: set[str] = set()
        self.used: set[str] = set()
        self.last: str = ""  # the thing the sentence before was about
        self.begun = False  # whether the main thing is judged already
        self.repeats = False  # whether a quality had to be named twice
        self.mixed = False  # whether something was conceded to the other side

    def phrase(self, kind: str) -> str | tuple[str, str]:
        """A phrase of the kind that this review hasn't used and whose slots can be filled."""
        fitting = [phrase for phrase in getattr(self.bank, kind) if self.suits(str(phrase))]
        phrase = self.generator.choice([one for one in fitting if str(one) not in self.used] or fitting)
        self.used.add(str(phrase))
        return phrase

    def suits(self, phrase: str) -> bool:
        """Whether the phrase makes sense in this category: {E} is food itself, {food} anything with food in it."""
        return (self.edible or "{E}" not in phrase) and (self.main.bare != "" or "{food}" not in phrase)

    def aspect(self) -> Subject:
        """Something beside the main thing that this review hasn't judged yet."""
        return self.generator.choice(ASPECTS[self.aspects.pop()])

    def quality(self, subject: Subject) -> Quality:
        """A quality of the thing that neither repeats nor excludes one already spoken of."""
        free = [pair for pair in subject.qualities if not self.said & set(pair)]
        self.repeats |= not free
        pair = self.generator.choice(free or list(subject.qualities))
        self.said.update(pair)
        for line in EXCLUSIVE:
            if pair in line:
                self.said.update(word for other in line for word in other)
        return pair

    def judgement(self, kind: str) -> str:
        """One judgement that speaks for the review's sentiment."""
        generator = self.generator
        phrase = self.phrase(kind)
        if isinstance(phrase, tuple):
            phrase = phrase[0 if self.positive else 1]
        about_main = "{E}" in phrase or not self.begun or generator.random() < 0.65 or len(self.aspects) < 2
        self.begun |= "{S}" in phrase or "{E}" in phrase
        subject = self.main if about_main else self.aspect()
        slots = agreement(subject.plural, subject.pronoun)
        good, bad = self.quality(subject) if "{A}" in phrase or "{D}" in phrase else ("", "")
        slots["A"], slots["D"] = (good, bad) if self.positive else (bad, good)
        again = (
            kind != "irony"
            and self.last == subject.name
            and bool(_PRONOUN.search(phrase))
            and generator.random() < 0.8
        )
        slots["S"] = slots["it"] if again else subject.name
        slots |= {"E": subject.name, "food": ""}
        slots["who"], slots["he"] = generator.choice(PEOPLE)
        if "{T}" in phrase:
            other = self.aspect()
            slots |= agreement(other.plural, other.pronoun, prefix="t") | {"T": other.name}
            slots["O"] = self.quality(other)[1 if self.positive else 0]
            self.mixed = True
        self.last = subject.name if "{S}" in phrase else ""
        return capitals(fill(choose(phrase, generator), slots))

    def aside(self, kind: str) -> str:
        """An opener, digression or closer: no judgement."""
        self.last = ""
        slots = agreement(self.main.plural, self.main.pronoun)
        plural = self.main.bare.endswith("s")
        slots |= {"x": self.main.bare, "portion": self.main.portion, "xthem": "them" if plural else "it"}
        return capitals(fill(choose(self.phrase(kind), self.generator), slots))


def _draft(bank: Bank, category: str, positive: bool, generator: random.Random) -> tuple[str, bool]:
    """One review and whether it concedes something to the other side; '' if it would repeat a quality."""
    writer = _Writer(bank, category, positive, generator)
    kinds = generator.choices(list(WEIGHTS), list(WEIGHTS.values()), k=generator.choices(*JUDGEMENTS)[0])
    kinds = [
        kind
        for n, kind in enumerate(kinds)
        if kind in ("asserted", "denied", "both", "remarks") or kind not in kinds[:n]
    ]
    sentences = [writer.judgement(kind) for kind in kinds]
    # Digressions between the judgements break the reference of 'it', so such sentences stay together in pairs.
    for _ in range(generator.choices(*DIGRESSIONS)[0]):
        places = [n for n in range(len(sentences) + 1) if n == len(sentences) or not _refers(sentences[n])]
        sentences.insert(generator.choice(places), writer.aside("digressions"))
    if generator.random() < 0.6 or not writer.begun or _refers(sentences[0]):
        sentences.insert(0, writer.aside("openers" if writer.main.bare else "service_openers"))
    if generator.random() < 0.4:
        sentences.append(writer.aside("closers"))
    return "" if writer.repeats else " ".join(sentences), writer.mixed


def _refers(sentence: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    return bool(re.search(r"\b([Ii]t|[Tt]hey|[Tt]hem|he|she|him|her)\b", sentence))


def grams(text: str, n: int = 5) -> frozenset[tuple[str, ...]]:
    """The n-grams of a text's lower-cased words."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    return frozenset(tuple(words[start : start + n]) for start in range(max(1, len(words) - n + 1)))


class NearDuplicates:
    """Finds, among the texts seen so far, one that shares more than `NEAR` of its 5-grams with a new text."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.holders: dict[tuple[str, ...], list[int]] = defaultdict(list)

    def closest(self, text: str) -> float:
        """The largest Jaccard index of the text's 5-grams with those of a text seen before; 0 for none."""
        found = grams(text)
        shared: Counter[int] = Counter()
        for gram in found & self.holders.keys():
            shared.update(self.holders[gram])
        return max((n / (len(found) + self.sizes[holder] - n) for holder, n in shared.items()), default=0.0)

    def add(self, text: str) -> None:
        found = grams(text)
        for gram in found:
            self.holders[gram].append(len(self.sizes))
        self.sizes.append(len(found))


def write(split: str, seed: int = SEED) -> Iterator[Review]:
    """The reviews of a split ('train' or 'test'), sentiments in equal parts and mixed order."""
    bank, count, letter = SPLITS[split]
    generator = random.Random(f"{seed} {split}")
    seen = NearDuplicates()
    sentiments = [True, False] * (count // 2)
    generator.shuffle(sentiments)
    categories = [list(CATEGORIES)[n % len(CATEGORIES)] for n in range(count)]
    generator.shuffle(categories)
    for number, (positive, category) in enumerate(zip(sentiments, categories, strict=True), start=1):
        while True:
            text, mixed = _draft(bank, category, positive, generator)
            text = with_slips(text, generator)
            if SHORTEST <= len(text.split()) <= LONGEST and seen.closest(text) <= NEAR:
                break
        seen.add(text)
        rating = (4 if mixed else 5) if positive else (2 if mixed else 1)
        sentiment = "positive" if positive else "negative"
        yield Review(f"{letter}{number:04d}", text, sentiment, rating, category)
