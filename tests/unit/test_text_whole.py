"""Texts changed, read and looked at on long lists of inputs: each answer is the one that was approved."""

import approvals
import numpy as np
import pytest

from course_utils.text import characters, classifier, looking, vocabulary
from course_utils.text.changes import misspell, replace_synonyms
from course_utils.text.crepe import frames_left

TEXTS = (
    "The Quick brown fox isn't lazy!", "It's <b>good</b> &amp; cheap; 3 < 4?", "ÉTÉ à la plage, naïve café", "", "   ", "!?!", "a",
    "<script>alert(1)</script>Great <br/> jam <!-- note --> here", "Iİıi ſ ß", "don’t “quote” – or — dash", "12 345 6,7 o'clock 'tis",
    "Привет мир, это рынок", "ngày mai tôi đi chợ", "สวัสดีครับ", "很好吃 的 果酱", "👍 good 👍🏽 ❤️ x", "snake_case __init__ a_b", "a" * 40,
    "word " * 30, "zzz qqq xxx known words here are few", "line\nbreak\ttab", "<3 you & <a href='x'>me</a>", "co-operate re-enter",
)  # fmt: skip
WORDS = vocabulary.Vocabulary.fit(["the jam is good good", "the bread is not good", "known words here"])


def test_words_and_what_is_dropped_are_as_approved():
    for text in TEXTS:
        approvals.see(
            words=vocabulary.words(text), spans=vocabulary.word_spans(text), dropped=vocabulary.dropped(text)
        )


def test_looks_at_texts_are_as_approved():
    for text in (
        *TEXTS,
        None,
        3,
        "good " * 9,
        "good jam is the bread not known here",
        "qwx " * 5 + "good " * 5,
    ):
        for length in (6, 40):
            approvals.see(look=tuple(looking.look_over(text, WORDS, length)))
        for frames in ((), (12,)):
            approvals.see(characters=tuple(looking.look_at_characters(text, *frames)))


def test_characters_become_ids_and_back_as_approved():
    for backwards in (True, False):
        ids = characters.character_ids(TEXTS, 24, backwards)
        approvals.see(ids=ids.tolist()[:8], all=ids, hot=characters.one_hot(ids))
        approvals.see(readable=[characters.readable(row, backwards) for row in ids])
    approvals.see(
        small=[characters.small_letters(text) for text in TEXTS], usual=characters.character_ids(TEXTS[:2])
    )
    approvals.see(left=[frames_left(frames) for frames in (0, 50, 122, 123, 150, 1014)])


def test_vocabularies_are_as_approved():
    approvals.see(words=WORDS.words, said=repr(WORDS), five=vocabulary.Vocabulary.fit(TEXTS, size=5).words)
    approvals.see(
        often=vocabulary.Vocabulary.fit(TEXTS, least=2).words, all=vocabulary.Vocabulary.fit(TEXTS).words
    )
    given = ["the good jam", "unknown", "", "bread is not good is it good"]
    for pad in ("back", "front"):
        for cut in ("back", "front"):
            approvals.see(rows=WORDS.encode_all(given, 4, pad, cut).tolist())
    rows = WORDS.encode_all(given, 4)
    approvals.see(rows=rows.tolist(), back=[WORDS.decode(row) for row in rows], mask=vocabulary.mask(rows))
    approvals.see(
        unknown=[vocabulary.unknown_share(WORDS, [text]) for text in (*given, *TEXTS)],
        there=["jam" in WORDS, "x" in WORDS],
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_slips_and_synonyms_are_drawn_as_approved(seed):
    random = np.random.default_rng(seed)
    texts = [
        "The QUICK brown Foxes jumped over letters",
        "Aardvark bookkeeping Zoo pl,zzz qwerty",
        "été Strand MAYBE",
    ]
    for text in texts:
        approvals.see(slips=[misspell(text, random) for _ in range(8)], short=misspell(text, random, 3))
    synonyms = {"good": ["fine", "great", "nice"], "jam": ["jelly"], "bad": ["poor", "awful"], "none": []}
    text = "Good jam, bad BAD jam and good none Jam"
    for options in ({}, {"p": 0.9, "q": 0.9}, {"p": 0.2, "q": 0.7}):
        approvals.see(said=[replace_synonyms(text, synonyms, random, **options) for _ in range(10)])


class Net:
    """Stands in for a trained net."""

    output_shape, input_shape = (None, 3), (None, 60)

    def predict(self, ids, batch_size, verbose):
        assert (batch_size, verbose) == (128, 0)
        sums = np.stack([ids.sum(axis=1) % 7, ids[:, 0] % 5, (ids > 0).sum(axis=1) % 4], axis=1) + 0.5
        return sums / sums.sum(axis=1, keepdims=True)


def test_a_classifier_answers_as_approved():
    one = classifier.CharacterClassifier(Net(), ["bread", "jam", "tea"])
    approvals.see(probabilities=one.probabilities(TEXTS), frames=one.frames)
    for text in (*TEXTS, None, 7):
        approvals.see(answer=one.answer(text))
