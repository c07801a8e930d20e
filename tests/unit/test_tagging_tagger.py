"""Answers for programs: the talk's sentence gives the talk's JSON, and no text is too odd."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter

import numpy as np
import pytest

from course_utils.datasets import DataError, Span, read_marked
from course_utils.datasets.names import tokens_of
from course_utils.foundation import config
from course_utils.further.tagging import (
    Dictionary,
    Encoder,
    NameLists,
    Tagger,
    as_in_the_talk,
    load_lists,
    seen_and_unseen,
    spans_of,
)
from course_utils.further.tagging.exchange import small_letters, with_new_names
from course_utils.further.tagging.tagger import language_of, pieces_of, value_of
from course_utils.further.tagging.training import forget

TODAY = dt.date(2018, 7, 21)
MARKED = (
    "<DATE>Hôm nay</DATE> tôi đến <LOC>Trống Đồng Palace</LOC> để tham dự "
    "<ORG>Google IO <PROVINCE>Hà Nội</PROVINCE></ORG>."
)
SENTENCE = read_marked(MARKED, "news", "vi")
OF_THE_TALK = [  # output.json on the slide
    {"entity": "DATE", "surface": "Hôm nay", "value": "2018-07-21"},
    {"entity": "ORG", "surface": "Google IO Hà Nội", "value": "Google IO Hà Nội"},
    {"entity": "PROVINCE", "surface": "Hà Nội", "value": {"province": "Hà Nội"}},
    {"entity": "loc", "surface": "Trống Đồng Palace", "value": "Trống Đồng Palace"},
]


class Knowing:
    """In the place of a net: scores of 1 for the right tags of sentences that it knows, and for O elsewhere."""

    def __init__(self, encoder, *sentences):
        self.encoder, self.known = encoder, {one.words[0]: one for one in sentences}

    def predict_on_batch(self, inputs):
        scores = np.zeros((*inputs["words"].shape, len(self.encoder.tags)), dtype="float32")
        scores[..., 0] = 0.5
        for row, words in enumerate(inputs["words"]):
            for one in self.known.values():
                if self.encoder.inputs([one])["words"][0].tolist() == words.tolist():
                    for place, tag in enumerate(one.joint_tags):
                        scores[row, place, self.encoder.tags.index(tag)] = 1
        return scores

    def predict(self, inputs, **options):
        return self.predict_on_batch(inputs)


@pytest.fixture
def tagger():
    encoder = Encoder.fit([SENTENCE], length=20, least=1)
    return Tagger(encoder, Knowing(encoder, SENTENCE))


def test_the_talks_sentence_gives_the_talks_json(tagger):
    assert as_in_the_talk(tagger.tag(SENTENCE.text, today=TODAY)) == OF_THE_TALK


def test_answers_come_in_the_order_of_the_text_an_inner_name_after_its_outer_one(tagger):
    found = tagger.tag(SENTENCE.text, today=TODAY)
    assert [one["entity"] for one in found] == ["DATE", "LOC", "ORG", "PROVINCE"]


def test_letters_in_pieces_are_put_together_first(tagger):
    assert tagger.tag(unicodedata.normalize("NFD", SENTENCE.text), TODAY) == tagger.tag(SENTENCE.text, TODAY)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "🙂", "...", "a" * 500, "x " * 500, "<b>Huế</b>", "\u200b"]
)
def test_no_text_is_too_odd(tagger, text):
    assert tagger.tag(text, today=TODAY) == []


def test_what_is_no_text_is_refused(tagger):
    with pytest.raises(TypeError, match="text is a str"):
        tagger.tag(None)


def test_a_long_text_is_read_in_pieces(tagger):
    assert len(tagger.tag(" ".join([SENTENCE.text] * 7), today=TODAY)) == 28


def test_pieces_end_with_a_sentence_where_they_can():
    pieces = pieces_of("a b c. d e f g. h i", 6)
    assert [" ".join(one.words) for one in pieces] == ["a b c .", "d e f g .", "h i"]
    assert [len(one.tokens) for one in pieces_of("a " * 9, 4)] == [4, 4, 1]


def test_spans_come_out_of_joint_tags():
    assert spans_of(SENTENCE.joint_tags) == list(SENTENCE.spans)
    assert spans_of(["B-ORG|B-LOC", "I-ORG|I-LOC", "I-ORG", "O"]) == [Span("ORG", 0, 3), Span("LOC", 0, 2, 1)]


@pytest.mark.parametrize(
    ("kind", "surface", "value"),
    [
        ("PERSON", "Ann", "Ann"), ("MONEY", "£5", "£5"), ("TIME", "7 pm", "19:00"), ("TIME", "evening", "evening"),
        ("DATE", "03/04", {"date": "2018-04-03", "or": "2018-03-04"}), ("DATE", "some day", None),
        ("PROVINCE", "sài gòn", {"province": "Hồ Chí Minh"}), ("PROVINCE", "Leeds", {"province": "Leeds"}),
    ],
)  # fmt: skip
def test_values(kind, surface, value):
    assert value_of(kind, surface, TODAY, "en") == value


def test_the_language_is_seen_by_its_letters():
    assert [language_of(one) for one in ("Hôm nay", "Im März", "In March")] == ["vi", "de", "en"]


# The dictionary


def test_the_dictionary_takes_the_longest_name():
    known = [read_marked("<LOC>Trống Đồng</LOC>"), read_marked("<LOC>Trống Đồng Palace</LOC>")]
    assert Dictionary.fit(known).tags(["ở", "Trống", "Đồng", "Palace"]) == ["O", "B-LOC", "I-LOC", "I-LOC"]


def test_the_dictionary_takes_the_most_frequent_type():
    known = [read_marked(f"<{kind}>Jordan</{kind}>") for kind in ("LOC", "PERSON", "PERSON")]
    assert Dictionary.fit(known).tags(["Jordan", "jordan"]) == ["B-PERSON", "O"]
    assert Dictionary.fit(known, capitals=False).tags(["jordan"]) == ["B-PERSON"]
    assert Dictionary.fit([]).tags(["x"]) == ["O"]


def test_it_knows_what_it_has_seen_and_nothing_else():
    known = [read_marked("<PERSON>Ann</PERSON> came")]
    tested = [read_marked("<PERSON>Ann</PERSON> met <PERSON>Bob</PERSON>")]
    found = seen_and_unseen(known, tested, [Dictionary.fit(known).tags(one.words) for one in tested])
    assert (found["seen"].recall, found["unseen"].recall) == (1, 0)
    assert (found["seen"].gold, found["unseen"].gold) == (1, 1)


# Arrays and exchanged names


def test_arrays_have_numbers_for_words_characters_and_tags():
    encoder = Encoder.fit([SENTENCE], length=20, least=1)
    inputs, labels = encoder.inputs([SENTENCE]), encoder.labels([SENTENCE])
    assert inputs["words"].shape == labels.shape == (1, 20)
    assert inputs["characters"].shape == (1, 20, 14)
    length = len(SENTENCE.tokens)
    assert (labels[0, length:] == -1).all() and (inputs["words"][0, length:] == 0).all()
    assert [encoder.tags[number] for number in labels[0, :length]] == SENTENCE.joint_tags


def test_an_unknown_word_keeps_its_characters():
    encoder = Encoder.fit([SENTENCE], length=4, least=1)
    new = read_marked("Hôm ẩm")
    inputs = encoder.inputs([new])
    assert inputs["words"][0].tolist()[1:] == [1, 0, 0] and inputs["characters"][0, 1, 1] > 1
    assert encoder.unknown_share([new]) == 0.5


def test_a_tag_that_training_never_had_counts_as_its_outer_one():
    encoder = Encoder.fit([read_marked("<ORG>x y</ORG>")], length=3, least=1)
    labels = encoder.labels([read_marked("<ORG><LOC>x</LOC> y</ORG>")])
    assert [encoder.tags[number] for number in labels[0, :2]] == ["B-ORG", "I-ORG"]


def test_a_long_sentence_is_cut_and_a_long_word_keeps_both_ends():
    encoder = Encoder.fit([read_marked("abcdefghijklmnopqrstuvwxyz")], length=2, least=1)
    inputs = encoder.inputs([read_marked("abcdefghijklmnopqrstuvwxyz b c d")])
    assert inputs["words"].shape == (1, 2)
    letters = [encoder.characters[number - 2] for number in inputs["characters"][0, 0]]
    assert "".join(letters) == "abcdefghivwxyz"


def test_lists_mark_whole_names_in_any_capitals():
    lists = NameLists({"province": ["Hà Nội", "Bà Rịa - Vũng Tàu"], "given": ["Ann"]})
    words = [token.text for token in tokens_of("ANN ở hà nội, Hà, bà rịa - vũng tàu")]
    assert lists.flags(words).tolist() == [
        [0, 1], [0, 0], [1, 0], [1, 0], [0, 0], [0, 0], [0, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0],
    ]  # fmt: skip


def test_the_lists_of_the_course_know_cities_countries_and_people():
    lists = load_lists()
    flags = lists.flags("Ann Miller flog von Ulm nach Hà Nội in Vietnam".split())
    known = {
        word: {lists.names[number] for number in row.nonzero()[0]}
        for word, row in zip("Ann Miller flog von Ulm nach Hà Nội in Vietnam".split(), flags, strict=True)
    }
    assert "given" in known["Ann"] and "family" in known["Miller"] and "province" in known["Ulm"]
    assert "province" in known["Hà"] & known["Nội"] and "country" in known["Vietnam"]
    assert not known["flog"] and not known["nach"]


def test_missing_lists_say_how_to_get_them_back(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    with pytest.raises(DataError, match="git checkout"):
        load_lists()


POOL = [
    read_marked("<PERSON>Ann Lee</PERSON> met <PERSON>bob</PERSON> in <LOC>Ulm</LOC> on <DATE>Monday</DATE>", "news", "en"),
    read_marked("the <ORG>Bank of <PROVINCE>Leeds</PROVINCE></ORG> and <PERSON>Zoe</PERSON>", "news", "en"),
    read_marked("<PERSON>Bình</PERSON> ơi", "message", "vi"),
]  # fmt: skip


def test_exchanged_names_keep_type_language_and_what_is_around():
    for seed in range(20):
        first, second, third = with_new_names(POOL, seed=seed, share=1.0)
        assert [span.type for span in first.spans] == ["PERSON", "PERSON", "LOC", "DATE"]
        assert first.surface(first.spans[-1]) == "Monday" and first.surface(first.spans[2]) == "Ulm"
        assert first.surface(first.spans[0]) in {"Ann Lee", "bob", "Zoe"}
        assert first.surface(first.spans[1]).islower()
        assert [second.surface(span) for span in second.spans][:2] == ["Bank of Leeds", "Leeds"]
        assert third.text == "Bình ơi"


def test_exchanging_is_seeded_and_can_be_left_out():
    assert with_new_names(POOL, seed=1) == with_new_names(POOL, seed=1)
    assert [one.text for one in with_new_names(POOL, share=0.0)] == [one.text for one in POOL]
    assert len(Counter(with_new_names(POOL, seed=seed)[0].text for seed in range(30))) > 3


def test_forgotten_words_become_unknown_and_padding_stays():
    lists = NameLists({"province": ["Hà Nội"], "given": ["Ann"]})
    encoder = Encoder.fit([SENTENCE], length=20, least=1, lists=lists)
    inputs = encoder.inputs([SENTENCE])
    forgotten = forget(inputs, share=1.0)
    assert forgotten["words"][0].tolist() == [1] * len(SENTENCE.tokens) + [0] * (20 - len(SENTENCE.tokens))
    assert inputs["flags"][..., :2].sum() == 2 and forgotten["flags"][..., :2].sum() == 0
    assert (forgotten["flags"][..., 2:] == inputs["flags"][..., 2:]).all(), "shapes are seen, not known"
    unchanged = forget(inputs, share=0.0)
    assert all((unchanged[name] == inputs[name]).all() for name in inputs)
    assert inputs["words"].max() > 1, "the original is left alone"


def test_flags_tell_lists_and_shapes():
    encoder = Encoder.fit([SENTENCE], length=5, lists=NameLists({"given": ["Ann"]}))
    assert encoder.flags == ("given", "capital", "capitals", "digit", "sign", "first")
    flags = encoder.inputs([read_marked("Ann met BBC 3.")])["flags"][0]
    assert flags.astype(int).tolist() == [
        [1, 1, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0],
    ]  # fmt: skip


LISTS = NameLists(
    {
        "given": ["Zoe"], "family": ["Hartley"], "given_vi": ["Bình"], "family_vi": ["Trần"],
        "town": ["Ulm", "Đà Lạt"], "province": ["Kent", "Nghệ An"], "org_word": ["Lettings"], "place_word": ["phố"],
    }
)  # fmt: skip


def test_names_are_put_together_from_lists_and_words_that_tell_their_type_stay():
    known = [
        read_marked(
            "<ORG>Tideway Lettings</ORG> and <ORG>Bank of <PROVINCE>Leeds</PROVINCE></ORG>", "news", "en"
        ),
        read_marked("<PERSON>Ann Lee</PERSON> in <PROVINCE>YORK CITY</PROVINCE>", "news", "en"),
        read_marked("<PERSON>Lê Văn An</PERSON> ở <LOC>phố Huế</LOC>", "news", "vi"),
    ]
    seen = set()
    for seed in range(60):
        for one in with_new_names(known, seed=seed, share=1.0, lists=LISTS):
            assert len(one.spans) in (2, 3)
            seen |= {(span.type, one.surface(span)) for span in one.spans}
    assert {
        ("ORG", "Hartley Lettings"),
        ("ORG", "Ulm Lettings"),
        ("PERSON", "Zoe Hartley"),
        ("PROVINCE", "KENT"),
    } <= seen
    assert {("PERSON", "Trần Bình Bình"), ("LOC", "phố Bình"), ("LOC", "phố Đà Lạt")} <= seen
    assert any(kind == "ORG" and name.endswith("of Kent") for kind, name in seen)


def test_small_letters_keep_the_names_where_they_are():
    for one, small in zip(POOL, small_letters(POOL), strict=True):
        assert small.words == [word.lower() for word in one.words] and small.tags == one.tags
        assert all(small.surface(span).islower() for span in small.spans)
