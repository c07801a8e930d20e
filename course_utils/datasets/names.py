"""Sentences with the names in them marked: bundled in three languages, or real ones once they are fetched.

`load_names` gives a `Names`: two lists of `TaggedSentence`, each with its tokens and the spans of its names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from course_utils.foundation import config

from .common import DataError, need_split

LANGUAGES = ("vi", "en", "de")
ENTITY_TYPES = ("DATE", "TIME", "PERSON", "ORG", "LOC", "PROVINCE", "MONEY")
REAL_NAMES = ("wnut17", "wikigold")
NESTED = "|"  # between the tags of the outer and of the inner name: I-ORG|B-PROVINCE

# A number with its marks (12.50, 03/04, 7:30), a run of letters, or one other sign. `500k` is two tokens.
_TOKEN = re.compile(r"\d+(?:[.,:/']\d+)*|[^\W\d_]+|[^\w\s]|_")
_MARK = re.compile(r"<(/?)([A-Z]+)>")


class Token(NamedTuple):
    """A piece of a text and where it stands: text[start:end]."""

    text: str
    start: int
    end: int


class Span(NamedTuple):
    """A name: its type and the tokens [start, end) that belong to it; depth 1 for a name inside a name."""

    type: str
    start: int
    end: int
    depth: int = 0


@dataclass(frozen=True)
class TaggedSentence:
    """One sentence: its text (NFC), tokens, the spans of its names, its register and language."""

    text: str
    tokens: tuple[Token, ...] = field(repr=False)
    spans: tuple[Span, ...]
    register: str = ""
    language: str = ""

    @property
    def words(self) -> list[str]:
        """The tokens' texts."""
        return [token.text for token in self.tokens]

    @property
    def tags(self) -> list[str]:
        """One BIO tag per token, of the outer names."""
        return bio(len(self.tokens), (span for span in self.spans if span.depth == 0))

    @property
    def joint_tags(self) -> list[str]:
        """One tag per token for outer and inner names together: `I-ORG|B-PROVINCE` where one lies in another."""
        inner = bio(len(self.tokens), (span for span in self.spans if span.depth == 1))
        return [
            one if other == "O" else f"{one}{NESTED}{other}"
            for one, other in zip(self.tags, inner, strict=True)
        ]

    def surface(self, span: Span) -> str:
        """A name as it stands in the text."""
        return self.text[self.tokens[span.start].start : self.tokens[span.end - 1].end]


@dataclass(frozen=True, eq=False)
class Names:
    """One set of sentences with marked names. source: `bundled` or `real`; types: those that it marks."""

    name: str
    source: str
    training: list[TaggedSentence] = field(repr=False)
    test: list[TaggedSentence] = field(repr=False)
    types: tuple[str, ...] = ENTITY_TYPES

    def sentences(self, split: str) -> list[TaggedSentence]:
        """The sentences of a split, `Training` or `Test`, in the order of the file."""
        need_split(split)
        return list(self.training if split == "Training" else self.test)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text: numbers with their marks, runs of letters, single other signs."""
    return [Token(found.group(), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def bio(length: int, spans: Iterable[Span]) -> list[str]:
    """BIO tags of `length` tokens: B- where a name begins, I- where it goes on, O elsewhere."""
    tags = ["O"] * length
    for span in spans:
        tags[span.start : span.end] = [f"B-{span.type}"] + [f"I-{span.type}"] * (span.end - span.start - 1)
    return tags


def read_marked(marked: str, register: str = "", language: str = "") -> TaggedSentence:
    """A sentence whose names are marked inline: `<ORG>Google IO <PROVINCE>Hà Nội</PROVINCE></ORG>`.

    The text is brought into Unicode form NFC. A mark inside a token covers the whole token. Raises ValueError for
    a mark that is unknown, unbalanced, empty, or nested twice.
    """
    marked = unicodedata.normalize("NFC", marked)
    pieces: list[str] = []
    length, last, stack, found = 0, 0, [], []
    for mark in _MARK.finditer(marked):
        pieces.append(marked[last : mark.start()])
        length += len(pieces[-1])
        last = mark.end()
        closing, kind = mark.groups()
        if kind not in ENTITY_TYPES:
            raise ValueError(f"<{kind}> is not one of {', '.join(ENTITY_TYPES)}: {marked}")
        if not closing:
            stack.append((kind, length))
            if len(stack) > 2:
                raise ValueError(f"names are nested once at most: {marked}")
        elif not stack or stack[-1][0] != kind:
            raise ValueError(f"</{kind}> closes nothing: {marked}")
        else:
            _, start = stack.pop()
            found.append((kind, start, length, len(stack)))
    if stack:
        raise ValueError(f"<{stack[-1][0]}> is not closed: {marked}")
    text = "".join([*pieces, marked[last:]])
    tokens = tokens_of(text)
    spans = [_on_tokens(text, tokens, *one) for one in found]
    return TaggedSentence(
        text,
        tuple(tokens),
        tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.depth))),
        register,
        language,
    )


def _on_tokens(text: str, tokens: list[Token], kind: str, start: int, end: int, depth: int) -> Span:
    inside = [place for place, token in enumerate(tokens) if token.start < end and token.end > start]
    if not inside:
        raise ValueError(f"<{kind}></{kind}> marks nothing in {text!r}")
    return Span(kind, inside[0], inside[-1] + 1, depth)


def load_names(which: str = "vi") -> Names:
    """A set of sentences with marked names, by name.

    With the course: `vi`, `en`, `de` (written by the authors), and `bundled`, which is all three. Once fetched:
    `wnut17` (messages with new names, the publisher's training and test parts) and `wikigold`
    (Wikipedia; every fifth sentence is Test).
    Raises DataError when the set is not there or damaged, with the command to type.
    """
    if which == "bundled":
        parts = [load_names(language) for language in LANGUAGES]
        return Names(
            "bundled",
            "bundled",
            [one for part in parts for one in part.training],
            [one for part in parts for one in part.test],
        )
    if which in LANGUAGES:
        folder = config.repository_root() / "data" / "names"
        training, test = (_marked_file(folder / f"{which}-{part}.tsv", which) for part in ("train", "test"))
        return Names(which, "bundled", training, test)
    if which not in _REAL_READERS:
        known = ("bundled", *LANGUAGES, *REAL_NAMES)
        raise DataError(f"No set of names called {which!r}; there are {', '.join(known)}")
    from course_utils.foundation import assets

    found = assets.resolve(which)
    if found.origin == "bundled":
        raise DataError(f"{which} is not on this machine. Type: course data fetch {which} ({found.message})")
    try:
        return _REAL_READERS[which](found.path)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{which} in {found.path} is damaged ({error}). Type: course data verify {which}"
        ) from error


def _marked_file(path: Path, language: str) -> list[TaggedSentence]:
    """One sentence a line: register, tab, marked sentence."""
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}). Type: git checkout -- data/names") from error
    sentences = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        register, tab, marked = line.partition("\t")
        try:
            if not tab:
                raise ValueError("no tab between register and sentence")
            sentences.append(read_marked(marked, register, language))
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error}. Type: git checkout -- data/names") from error
    return sentences


def sentence_of_tags(words: Iterable[str], tags: Iterable[str], language: str = "en") -> TaggedSentence:
    """A sentence of a set that comes as words and tags (BIO, or IO, where equal neighbours are one name)."""
    words, tags = list(words), list(tags)
    tokens, at = [], 0
    for word in words:
        tokens.append(Token(word, at, at + len(word)))
        at += len(word) + 1
    spans, open_at, kind = [], 0, None
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, this = tag.partition("-")
        this = None if tag == "O" else this
        if kind is not None and (this != kind or prefix == "B"):
            spans.append(Span(kind, open_at, place))
        if this is not None and (this != kind or prefix == "B"):
            open_at = place
        kind = this
    return TaggedSentence(" ".join(words), tuple(tokens), tuple(spans), "", language)


def _conll(path: Path, separator: str) -> Iterator[TaggedSentence]:
    """One word and its tag a line, an empty line between sentences."""
    words: list[str] = []
    tags: list[str] = []
    for line in [*path.read_bytes().decode("utf-8").splitlines(), ""]:
        word, _, tag = line.strip().rpartition(separator)
        if word and not word.startswith("-DOCSTART-"):
            words.append(word)
            tags.append(tag)
        elif words and not line.strip():
            yield sentence_of_tags(words, tags)
            words, tags = [], []


def _types(*parts: list[TaggedSentence]) -> tuple[str, ...]:
    return tuple(sorted({span.type for part in parts for one in part for span in one.spans}))


def _read_wnut17(folder: Path) -> Names:
    training, test = (
        list(_conll(folder / name, "\t")) for name in ("wnut17train.conll", "emerging.test.annotated")
    )
    return Names("wnut17", "real", training, test, _types(training, test))


def _read_wikigold(folder: Path) -> Names:
    sentences = list(_conll(folder / "wikigold.conll.txt", " "))
    training = [one for number, one in enumerate(sentences) if number % 5]
    return Names("wikigold", "real", training, sentences[::5], _types(sentences))


_REAL_READERS = {"wnut17": _read_wnut17, "wikigold": _read_wikigold}
