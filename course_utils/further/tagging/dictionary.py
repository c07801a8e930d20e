"""The honest baseline: remember the names of the training sentences, and find them again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from course_utils.datasets.names import Span, TaggedSentence, bio

from .scores import EntityScore, entities, score_of_counts


class Dictionary:
    """Names and their most frequent type; the longest match from the left wins. Capitals count by default."""

    def __init__(self, names: dict[tuple[str, ...], str], capitals: bool = True) -> None:
        self.names = names
        self._capitals = capitals
        self._longest = max(map(len, names), default=0)

    @classmethod
    def fit(cls, sentences: Iterable[TaggedSentence], capitals: bool = True) -> Dictionary:
        """The outer names of some sentences."""
        counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            words = _written(sentence.words, capitals)
            for span in sentence.spans:
                if span.depth == 0:
                    counts[tuple(words[span.start : span.end])][span.type] += 1
        return cls({name: found.most_common(1)[0][0] for name, found in counts.items()}, capitals)

    def tags(self, words: Sequence[str]) -> list[str]:
        """BIO tags of the words of a sentence."""
        written, spans, start = _written(words, self._capitals), [], 0
        while start < len(written):
            for end in range(min(len(written), start + self._longest), start, -1):
                kind = self.names.get(tuple(written[start:end]))
                if kind:
                    spans.append(Span(kind, start, end))
                    start = end - 1
                    break
            start += 1
        return bio(len(written), spans)


def seen_and_unseen(
    known: Iterable[TaggedSentence], tested: Sequence[TaggedSentence], predicted: Sequence[Sequence[str]]
) -> dict[str, EntityScore]:
    """Recall apart for names that the known sentences have, and for names that they do not: `seen`, `unseen`.

    predicted: BIO tags per tested sentence. What was predicted and is no name counts in neither, so read `recall`.
    """
    names = {tuple(_written(one.words[span.start : span.end], False)) for one in known for span in one.spans}
    counts = {"seen": [0, 0], "unseen": [0, 0]}
    for sentence, tags in zip(tested, predicted, strict=True):
        said = set(entities(tags))
        for span in sentence.spans:
            if span.depth == 0:
                written = tuple(_written(sentence.words[span.start : span.end], False))
                side = counts["seen" if written in names else "unseen"]
                side[0] += 1
                side[1] += (span.type, span.start, span.end) in said
    return {side: score_of_counts(there, right, right) for side, (there, right) in counts.items()}


def _written(words: Sequence[str], capitals: bool) -> list[str]:
    return list(words) if capitals else [word.lower() for word in words]
