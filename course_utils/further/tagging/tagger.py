"""The tagger as something to use: `tag(text, today=...)` gives a list of entity, surface and value."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.datasets.names import NESTED, Span, TaggedSentence, tokens_of

from .dates import date_value
from .decoding import viterbi
from .encoding import Encoder
from .provinces import province_of
from .scores import entities
from .times import time_value

_ENDS = ".!?…;\n"  # where a text longer than the net reads is cut
_VIETNAMESE = set("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
_GERMAN = set("äöüß")


@dataclass
class Tagger:
    """A trained net with the encoder of its inputs."""

    encoder: Encoder
    model: Any = field(repr=False)

    def joint_tags(self, sentences: Sequence[TaggedSentence], batch_size: int = 64) -> list[list[str]]:
        """One joint tag per token of each sentence: the best path of the CRF, or each token's best tag without one.

        Tokens beyond the net's length are O.
        """
        if not sentences:
            return []
        inputs = self.encoder.inputs(sentences)
        if len(sentences) <= 2:  # predict() would spend longer on its set-up than on the sentence
            scores = self.model.predict_on_batch(inputs)
        else:
            scores = self.model.predict(inputs, batch_size=batch_size, verbose=0)
        return [
            tags_of(one, len(sentence.tokens), self.encoder.tags)
            for sentence, one in zip(sentences, scores, strict=True)
        ]

    def tags(self, sentences: Sequence[TaggedSentence]) -> list[list[str]]:
        """One BIO tag per token of each sentence, of the outer names."""
        return [[tag.partition(NESTED)[0] for tag in tags] for tags in self.joint_tags(sentences)]

    def tag(
        self, text: str, today: dt.date | None = None, language: str | None = None
    ) -> list[dict[str, Any]]:
        """The names in a text of any length, in its order: a list of `{entity, surface, value}`.

        The value of a DATE is an ISO date seen from `today` (without it, the day of the call), of a TIME the hour, of a
        PROVINCE its name in the list of 63 as `{"province": name}`, else the surface. A name inside another follows it.
        `language` is `vi`, `en` or `de`; without it, what the letters of the text say. Raises TypeError for a text that
        is not a str.
        """
        if not isinstance(text, str):
            raise TypeError(f"text is a str; got {type(text).__name__}. Type: tag('Hôm nay tôi đến Huế.')")
        pieces = pieces_of(text, self.encoder.length)
        return answers_of(pieces, self.joint_tags(pieces), today, language)


def pieces_of(text: str, longest: int) -> list[TaggedSentence]:
    """A text (in NFC) as untagged sentences of at most `longest` tokens, cut after a full stop where one is in reach."""
    text = unicodedata.normalize("NFC", text)
    tokens, pieces = tokens_of(text), []
    while tokens:
        cut = len(tokens)
        if cut > longest:
            ends = [place for place in range(longest) if tokens[place].text in _ENDS]
            cut = ends[-1] + 1 if ends else longest
        pieces.append(TaggedSentence(text, tuple(tokens[:cut]), ()))
        tokens = tokens[cut:]
    return pieces


def pair_scores_of(scores: np.ndarray, moves: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Scores (T, K) of a sentence as pair scores (T, K, K), as the CRF's layer makes them: here without Keras.

    moves: (K, K), of each tag after each tag. start: (K,), of each tag at the first token.
    """
    pairs = scores[:, None, :] + moves
    pairs[:1] = scores[:1, None, :] + start
    return pairs


def tags_of(scores: np.ndarray, tokens: int, names: Sequence[str]) -> list[str]:
    """One joint tag per token of a sentence from a net's scores.

    scores: (T, K, K) of neighbours, and the best path counts; or (T, K), and each token's best tag does. Tokens beyond
    T are O. names: of the K tags.
    """
    scores = np.asarray(scores)[:tokens]
    if not len(scores):
        return ["O"] * tokens
    numbers = viterbi(scores)[0] if scores.ndim == 3 else scores.argmax(axis=-1)
    return [names[number] for number in numbers] + ["O"] * (tokens - len(scores))


def answers_of(
    pieces: Sequence[TaggedSentence],
    joint_tags: Sequence[Sequence[str]],
    today: dt.date | None = None,
    language: str | None = None,
) -> list[dict[str, Any]]:
    """Pieces of one text and their joint tags as the answers that Tagger.tag gives."""
    if not pieces:
        return []
    language, today = language or language_of(pieces[0].text), today or dt.date.today()
    return [
        {"entity": span.type, "surface": surface, "value": value_of(span.type, surface, today, language)}
        for piece, tags in zip(pieces, joint_tags, strict=True)
        for span in spans_of(tags)
        for surface in (piece.surface(span),)
    ]


def spans_of(joint_tags: Sequence[str]) -> list[Span]:
    """The names in joint tags, outer and inner, in the order of the text."""
    parts = [tag.partition(NESTED) for tag in joint_tags]
    outer = [Span(*one, 0) for one in entities([before for before, _, _ in parts])]
    inner = [Span(*one, 1) for one in entities([after or "O" for _, _, after in parts])]
    return sorted(outer + inner, key=lambda span: (span.start, span.depth))


def language_of(text: str) -> str:
    """`vi`, `de` or `en` by letters that only one of them has; a text without any is called English."""
    small = text.lower()
    if any(sign in _VIETNAMESE for sign in small):
        return "vi"
    return "de" if any(sign in _GERMAN for sign in small) else "en"


def value_of(kind: str, surface: str, today: dt.date, language: str) -> Any:
    """What a name means, for a program: see Tagger.tag."""
    if kind == "DATE":
        found = date_value(surface, today, language)
        return {"date": found.value, "or": found.also} if found.also else found.value
    if kind == "TIME":
        return time_value(surface) or surface
    if kind == "PROVINCE":
        return {"province": province_of(surface) or surface}
    return surface


def as_in_the_talk(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same answers as the talk prints them: sorted by entity, and LOC written small, which sorts it last."""
    small = [
        answer | {"entity": "loc" if answer["entity"] == "LOC" else answer["entity"]} for answer in answers
    ]
    return sorted(small, key=lambda answer: answer["entity"])
