"""Entity F1: a name counts only if its type, its first and its last token are all right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class EntityScore(NamedTuple):
    """precision, recall and f1 of names, and how many there were: gold, predicted, right."""

    precision: float
    recall: float
    f1: float
    gold: int
    predicted: int
    right: int


def entities(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The names in BIO tags as (type, start, end), strictly: a name begins with B-.

    An I- that continues nothing, or another type, belongs to no name. seqeval counts so with `mode="strict",
    scheme=IOB2`.
    """
    found, start, kind = [], 0, None
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, this = tag.partition("-")
        if kind is not None and not (prefix == "I" and this == kind):
            found.append((kind, start, place))
            kind = None
        if prefix == "B":
            start, kind = place, this
    return found


def entity_score(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], kinds: Sequence[str] | None = None
) -> EntityScore:
    """Precision, recall and F1 over all names of all sentences (micro average), or over those of some types.

    Raises ValueError where a sentence has another number of tags than its gold. Source: Tjong Kim Sang, De Meulder 2003.
    """
    counts = [0, 0, 0]
    for number, (true, guess) in enumerate(zip(gold, predicted, strict=True)):
        if len(true) != len(guess):
            raise ValueError(f"sentence {number} has {len(true)} gold tags and {len(guess)} predicted ones")
        there, said = (
            {one for one in entities(tags) if kinds is None or one[0] in kinds} for tags in (true, guess)
        )
        counts[0] += len(there)
        counts[1] += len(said)
        counts[2] += len(there & said)
    return score_of_counts(*counts)


def score_of_counts(gold: int, predicted: int, right: int) -> EntityScore:
    """The score from three counts; 0 where there is nothing to divide by."""
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    f1 = 2 * right / (gold + predicted) if gold + predicted else 0.0
    return EntityScore(precision, recall, f1, gold, predicted, right)


def broken_steps(tags: Sequence[str]) -> int:
    """How many I- tags continue nothing of their type: sequences that BIO does not allow."""
    before, count = "O", 0
    for tag in tags:
        prefix, _, kind = tag.partition("-")
        if prefix == "I" and before.partition("-")[2] != kind:
            count += 1
        before = tag
    return count


def token_accuracy(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """The share of tokens with the right tag: high for who answers O everywhere, so no measure of names."""
    pairs = [
        pair for one, other in zip(gold, predicted, strict=True) for pair in zip(one, other, strict=True)
    ]
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else 0.0
