"""More sentences out of few: names are exchanged, put together anew from lists, or written in small letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.datasets.names import Span, TaggedSentence, Token, tokens_of

from .lists import NameLists

_EXCHANGED = ("PERSON", "ORG", "LOC", "PROVINCE")  # dates, hours and amounts fit their sentence
_CUES = ("org_word", "place_word", "title", "time_word")  # words that tell what a name is: they stay
_VIETNAMESE = set("ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")

Replacements = dict[int, tuple[int, list[str]]]  # first token -> (end, new words)


def small_letters(sentences: Sequence[TaggedSentence]) -> list[TaggedSentence]:
    """Copies of sentences in small letters, as many write on a phone; the names stay where they are."""
    return [_sentence([word.lower() for word in one.words], one.spans, one) for one in sentences]


def with_new_names(
    sentences: Sequence[TaggedSentence], seed: int = 0, share: float = 0.7, lists: NameLists | None = None
) -> list[TaggedSentence]:
    """Copies of sentences in which persons, places and organisations have other names.

    Each name is replaced, with probability `share`, by one of the same type and language from the other sentences, or
    with lists, in every second case, by one put together from them: `Tideway Lettings` -> `Hartley Lettings`. A name
    in small letters stays in small letters. Source: Dai and Adel 2020, mention replacement.
    """
    random = np.random.default_rng(seed)
    stock: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for one in sentences:
        for span in one.spans:
            if span.type in _EXCHANGED and not _inside(one, span):
                stock[one.language, span.type].append(one.words[span.start : span.end])
    maker = _Maker(lists, random) if lists else None
    return [_exchanged(one, _choose(one, stock, maker, random, share)) for one in sentences]


def _choose(
    one: TaggedSentence,
    stock: Mapping[tuple[str, str], list[list[str]]],
    maker: _Maker | None,
    random: Any,
    share: float,
) -> Replacements:
    chosen: Replacements = {}
    for span in one.spans:
        if span.type not in _EXCHANGED or random.random() >= share:
            continue
        words = one.words[span.start : span.end]
        inside = _inside(one, span)
        if maker and (inside or random.random() < 0.5):
            taken = {place for inner in inside for place in range(inner.start, inner.end)}
            new = maker.parts(span, one, taken)
        elif inside:
            continue
        else:
            names = stock[one.language, span.type]
            new = {span.start: (span.end, names[random.integers(len(names))])}
        written = "".join(words)
        if written.islower() or (written.isupper() and len(written) > 3):
            letters = str.lower if written.islower() else str.upper
            new = {start: (end, [letters(word) for word in found]) for start, (end, found) in new.items()}
        chosen |= new
    return chosen


class _Maker:
    """Puts names together from lists; words such as `Road` or `huyện` stay."""

    def __init__(self, lists: NameLists, random: Any) -> None:
        self._random = random
        entries = lists.entries
        cues = [tokens_of(entry) for name in _CUES for entry in entries.get(name, ())]
        self._cues = {token.text.lower() for tokens in cues for token in tokens}
        self._entries = entries
        places = [*entries.get("town", ()), *entries.get("province", ())]
        self._places = {
            "vi": [name for name in places if _is_vietnamese(name)],
            "": [name for name in places if not _is_vietnamese(name)],
        }

    def parts(self, span: Span, one: TaggedSentence, taken: set[int]) -> Replacements:
        """What replaces the parts of a name that are not cues, and not inside a name of its own."""
        vietnamese = one.language == "vi"
        if span.type == "PERSON":
            return {span.start: (span.end, self._person(span.end - span.start, vietnamese))}
        if span.type == "PROVINCE":
            known = [name for name in self._entries.get("province", ()) if _is_vietnamese(name) == vietnamese]
            return {span.start: (span.end, self._one(known))} if known else {}
        found: Replacements = {}
        small = one.surface(span).islower()
        place = span.start
        while place < span.end:
            end = place
            while end < span.end and end not in taken and self._is_free(one.words[end], small):
                end += 1
            common = vietnamese and not small and end < span.end and one.words[end].islower()  # Giao thông
            if end > place and not common:
                found[place] = (end, self._proper(end - place, vietnamese))
            place = end + 1
        return found

    def _is_free(self, word: str, small: bool) -> bool:
        """Whether a word of a name may become another one: not `of`, not `Road`, not `UNESCO`."""
        written = word.islower() if small else word[0].isupper() and not word[1:].isupper()
        return len(word) > 1 and word.isalpha() and written and word.lower() not in self._cues

    def _one(self, names: Sequence[str]) -> list[str]:
        """The tokens of a name that is drawn."""
        return (
            [token.text for token in tokens_of(names[self._random.integers(len(names))])] if names else ["X"]
        )

    def _person(self, length: int, vietnamese: bool) -> list[str]:
        if vietnamese:
            given = [self._drawn("given_vi")[0] for _ in range(min(length, 4))]
            return given if length == 1 else [self._drawn("family_vi")[0], *given[1:]]
        if length == 1:
            return self._drawn("given" if self._random.random() < 0.75 else "family")
        return self._drawn("given") + self._drawn("family")

    def _proper(self, length: int, vietnamese: bool) -> list[str]:
        if self._random.random() < 0.4:
            return self._one(self._places["vi" if vietnamese else ""])
        return [
            word
            for _ in range(min(length, 3))
            for word in self._drawn("given_vi" if vietnamese else "family")
        ]

    def _drawn(self, name: str) -> list[str]:
        return self._one(self._entries.get(name, ()))


def _is_vietnamese(name: str) -> bool:
    return any(sign in _VIETNAMESE for sign in name.lower())


def _inside(one: TaggedSentence, span: Span) -> list[Span]:
    if span.depth:
        return []
    return [inner for inner in one.spans if inner.depth and span.start <= inner.start < span.end]


def _exchanged(one: TaggedSentence, chosen: Replacements) -> TaggedSentence:
    words: list[str] = []
    moved: dict[int, int] = {}  # place of a token before -> after
    place = 0
    while place < len(one.tokens):
        moved[place] = len(words)
        end, new = chosen.get(place, (place + 1, [one.words[place]]))
        words += new
        place = end
    moved[place] = len(words)
    spans = [Span(span.type, moved[span.start], moved[span.end], span.depth) for span in one.spans]
    return _sentence(words, spans, one)


def _sentence(words: Sequence[str], spans: Sequence[Span], like: TaggedSentence) -> TaggedSentence:
    text = " ".join(words)
    tokens, at = [], 0
    for word in words:
        tokens.append(Token(word, at, at + len(word)))
        at += len(word) + 1
    ordered = tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.depth)))
    return TaggedSentence(text, tuple(tokens), ordered, like.register, like.language)
