"""Look over the sentences of data/names: `python -m tools.check_names`. Changes nothing; exit status 1 for a finding.

What it asks: are all marks read, is no sentence there twice, do training and test share a sentence form or a name of a
person, organisation or place (countries apart: there are not enough of them), and how often does each tag occur?
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

from course_utils.datasets.names import LANGUAGES, Names, Span, TaggedSentence, load_names

REGISTERS = frozenset(
    "news message invitation complaint travel announcement diary advert minutes question".split()
)
KEPT_APART = ("PERSON", "ORG", "LOC")
INNER = ("PROVINCE", "LOC", "PERSON", "DATE")
# Closed classes: both parts may name the same country.
COUNTRIES = frozenset(
    "england|jordan|kenya|norway|hà lan|hàn quốc|nhật bản|philippines|pháp|thái lan|việt nam|úc|ý|ấn độ".split(
        "|"
    )
)


def form(sentence: TaggedSentence) -> str:
    """A sentence in small letters with its outer names replaced by their types."""
    starts = {span.start: span for span in sentence.spans if span.depth == 0}
    words, place = [], 0
    while place < len(sentence.tokens):
        span = starts.get(place)
        words.append(span.type if span else sentence.tokens[place].text.lower())
        place = span.end if span else place + 1
    return " ".join(words)


def names_kept_apart(sentences: Iterable[TaggedSentence]) -> set[tuple[str, str]]:
    """(type, name in small letters) of all persons, organisations and places, inner ones too."""
    return {
        (span.type, one.surface(span).lower())
        for one in sentences
        for span in one.spans
        if span.type in KEPT_APART
    }


def shared_names(names: Names) -> set[tuple[str, str]]:
    """Names of persons, organisations and places that training and test have in common, countries apart."""
    both = names_kept_apart(names.training) & names_kept_apart(names.test)
    return {one for one in both if one[1] not in COUNTRIES}


def badly_nested(sentence: TaggedSentence) -> list[Span]:
    """Inner names of a type, or in an outer name of a type, that the card does not allow."""
    outer = [span for span in sentence.spans if span.depth == 0]
    found = []
    for span in sentence.spans:
        if span.depth == 1:
            around = next(one for one in outer if one.start <= span.start and span.end <= one.end)
            if span.type not in INNER or around.type not in ("ORG", "LOC"):
                found.append(span)
    return found


def shares(sentences: list[TaggedSentence]) -> dict[str, float]:
    """The share of the sentences that have at least one name of a type, and of those that have none (`O`)."""
    counts = Counter(kind for one in sentences for kind in {span.type for span in one.spans} or {"O"})
    return {kind: count / len(sentences) for kind, count in counts.items()}


def findings(language: str) -> list[str]:
    """What is wrong with the sentences of a language; an empty list is what the tests want."""
    names = load_names(language)
    both = names.training + names.test
    said = [f"shared name: {kind} {name}" for kind, name in sorted(shared_names(names))]
    known = {form(one) for one in names.training}
    said += [f"form of training: {one.text}" for one in names.test if form(one) in known]
    counts = Counter(one.text.lower() for one in both)
    said += [f"there twice: {text}" for text, count in counts.items() if count > 1]
    said += [f"unknown register {one.register}: {one.text}" for one in both if one.register not in REGISTERS]
    said += [f"{span.type} in the wrong place: {one.text}" for one in both for span in badly_nested(one)]
    return said


def main() -> int:
    """Print counts and findings of each language."""
    wrong = 0
    for language in LANGUAGES:
        names = load_names(language)
        for split, sentences in (("training", names.training), ("test", names.test)):
            tokens = sum(len(one.tokens) for one in sentences)
            parts = " ".join(f"{kind} {share:.2f}" for kind, share in sorted(shares(sentences).items()))
            print(f"{language} {split}: {len(sentences)} sentences, {tokens} tokens; share with {parts}")
        said = findings(language)
        wrong += len(said)
        print("\n".join(said) or f"{language}: nothing found")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
