"""From words to numbers and back: what a learner may rely on before a network sees a text."""

from __future__ import annotations

import logging
import math
import unicodedata
from collections import Counter

import numpy as np
import pytest

from course_utils.text import (
    PADDING,
    UNKNOWN,
    Vocabulary,
    dropped,
    look_over,
    mask,
    pad,
    unknown_share,
    word_spans,
    words,
)  # fmt: skip

TEXTS = ["The plums are ripe, the limes are not.", "Ripe plums!", "Not ripe? No limes."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't buy the PLUMS!", ["don't", "buy", "the", "plums", "!"]),
        ("don’t", ["don't"]),
        ("'quoted' words' ends", ["quoted", "words", "ends"]),
        ("rock'n'roll, o'clock", ["rock'n'roll", "o'clock"]),
        ("Really?! 3 kg for 4.50", ["really", "?", "!", "3", "kg", "for", "4", "50"]),
        ("crème brûlée — Äpfel", ["crème", "brûlée", "äpfel"]),
        ("snake_case well-known", ["snake", "case", "well", "known"]),
        (" \n ... ", []),
        ("", []),
    ],
)
def test_words_are_letters_digits_and_inner_apostrophes(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("Vietnamese", "Cà phê rất ngon, không đắng!", ["cà", "phê", "rất", "ngon", "không", "đắng", "!"]),
        ("Hindi", "यह जैम बहुत अच्छा है।", ["यह", "जैम", "बहुत", "अच्छा", "है"]),
        ("Telugu", "ఈ జామ్ చాలా బాగుంది", ["ఈ", "జామ్", "చాలా", "బాగుంది"]),
        ("Bangla", "এই জ্যাম খুব ভালো", ["এই", "জ্যাম", "খুব", "ভালো"]),
        ("Bangla with a joiner", "র\u200d্যাব ভালো", ["র\u200d্যাব", "ভালো"]),
        ("Tamil", "இந்த ஜாம் நன்று", ["இந்த", "ஜாம்", "நன்று"]),
        ("Thai, cut into words", "แยม นี้ อร่อย", ["แยม", "นี้", "อร่อย"]),
        ("pointed Hebrew", "שָׁלוֹם, עוֹלָם", ["שָׁלוֹם", "עוֹלָם"]),
        ("pointed Arabic", "مُرَبًّى لَذِيذٌ؟", ["مُرَبًّى", "لَذِيذٌ", "?"]),
        ("Persian with a joiner", "نمی‌خواهم", ["نمی‌خواهم"]),
        ("Turkish", "İyi reçel", ["iyi", "reçel"]),
        ("Greek", "ΣΟΦΟΣ λόγος", ["σοφος", "λόγος"]),
        ("Chinese, cut into words", "果酱 很 好！", ["果酱", "很", "好", "!"]),
        ("emoji", "Loved it 😍😍 1️⃣", ["loved", "it", "😍", "😍", "1\u20e3"]),
        ("emoji of several parts", "👍🏽👨‍👩‍👧🇩🇪🇫🇷", ["👍🏽", "👨‍👩‍👧", "🇩🇪", "🇫🇷"]),
        ("a soft hyphen", "straw\u00adberry", ["strawberry"]),
    ],
)
def test_words_of_other_languages_stay_whole(language, text, expected):
    expected = [unicodedata.normalize("NFC", word) for word in expected]
    assert words(text) == expected
    assert words(unicodedata.normalize("NFD", text)) == expected, "however its accents were typed"


def test_an_emoji_is_one_word_with_and_without_its_colour_sign():
    assert words("❤️") == words("❤")


def test_the_place_of_each_word_is_where_it_was_typed():
    text = "The cafe\u0301 isn’t\tBAD 😍 at all!"
    assert [text[start:end] for start, end in word_spans(text)] == [
        "The", "cafe\u0301", "isn’t", "BAD", "😍", "at", "all", "!",
    ]  # fmt: skip
    for one in (text, *TEXTS):
        assert [words(one[start:end]) for start, end in word_spans(one)] == [[word] for word in words(one)]


def test_what_no_word_contains_is_said():
    assert dropped("The jam is GREAT :-) ... 3 €/kg") == [":-)", "...", "€/"]
    assert dropped("Not bad! 😍") == [] == dropped("")
    assert Counter(part for text in TEXTS for part in dropped(text)) == {".": 2, ",": 1}


def test_a_vietnamese_course_encodes_and_decodes():
    texts = ["Mứt này rất ngon!", "Mứt này không ngon."]
    vocabulary = Vocabulary.fit(texts)
    typed_otherwise = [unicodedata.normalize("NFD", text) for text in texts]
    assert unknown_share(vocabulary, typed_otherwise) == 0
    assert vocabulary.decode(vocabulary.encode(typed_otherwise[1])) == "mứt này không ngon"


@pytest.mark.parametrize(("text", "script"), [("แยมนี้อร่อย มากที่สุด", "THAI"), ("果酱很好。我喜欢", "CJK")])
def test_texts_without_blanks_are_told_to_be_cut_first(text, script, caplog):
    with caplog.at_level(logging.WARNING):
        Vocabulary.fit([text])
        assert script in caplog.text and "Cut them into words first" in caplog.text
        caplog.clear()
        Vocabulary.fit([*TEXTS, "Mứt này rất ngon!", text])
        assert not caplog.text


def test_an_empty_table_cell_is_named_with_what_to_type():
    with pytest.raises(TypeError, match="dropna"):
        words(math.nan)


def test_frequent_words_come_first_and_ties_go_by_the_alphabet():
    vocabulary = Vocabulary.fit(TEXTS)
    assert vocabulary.words[:6] == ["", "[UNK]", "ripe", "are", "limes", "not"]
    assert vocabulary.words == Vocabulary.fit(reversed(TEXTS)).words
    assert [vocabulary.index(word) for word in vocabulary.words[2:]] == list(range(2, len(vocabulary)))


def test_the_size_counts_padding_and_the_unknown_word():
    assert len(Vocabulary.fit(TEXTS, size=5)) == 5
    assert len(Vocabulary.fit(TEXTS, size=999)) == 2 + len({word for text in TEXTS for word in words(text)})


def test_rare_words_stay_unknown():
    vocabulary = Vocabulary.fit(TEXTS, least=3)
    assert vocabulary.words == ["", "[UNK]", "ripe"]
    assert "ripe" in vocabulary and "limes" not in vocabulary


def test_a_vocabulary_introduces_itself():
    assert repr(Vocabulary.fit(TEXTS)).startswith("Vocabulary of 11 words: ripe, are")


@pytest.mark.parametrize("word", ["", "[UNK]", "durian", "Ripe"])
def test_only_words_as_they_are_written_are_in_a_vocabulary(word):
    assert word not in Vocabulary.fit(TEXTS)


def test_a_word_never_seen_in_training_becomes_the_unknown_word():
    vocabulary = Vocabulary.fit(TEXTS)
    assert vocabulary.encode("ripe durian")[1] == UNKNOWN
    assert vocabulary.decode(vocabulary.encode("Ripe durian!")) == "ripe [UNK] !"


def test_decoding_gives_the_words_back_without_padding():
    vocabulary = Vocabulary.fit(TEXTS)
    table = vocabulary.encode_all(TEXTS, 12)
    for row, text in zip(table, TEXTS, strict=True):
        assert vocabulary.decode(row) == " ".join(words(text))


def test_ids_come_as_one_table_of_small_integers():
    table = Vocabulary.fit(TEXTS).encode_all(TEXTS, 4)
    assert table.shape == (3, 4)
    assert table.dtype == np.int32


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ({}, [[5, 6, 0], [2, 3, 4], [0, 0, 0]]),
        ({"pad": "front"}, [[0, 5, 6], [2, 3, 4], [0, 0, 0]]),
        ({"cut": "front"}, [[5, 6, 0], [7, 8, 9], [0, 0, 0]]),
        ({"pad": "front", "cut": "front"}, [[0, 5, 6], [7, 8, 9], [0, 0, 0]]),
    ],
)
def test_zeros_and_cuts_go_to_the_side_asked_for(sides, expected):
    assert pad([[5, 6], [2, 3, 4, 7, 8, 9], []], 3, **sides).tolist() == expected


def test_encode_all_pads_as_pad_does():
    vocabulary = Vocabulary.fit(TEXTS)
    ids = [vocabulary.encode(text) for text in TEXTS]
    assert np.array_equal(vocabulary.encode_all(TEXTS, 3, "front", "front"), pad(ids, 3, "front", "front"))


def test_no_texts_make_an_empty_table():
    assert pad([], 3).shape == (0, 3)


def test_the_mask_is_true_where_there_is_a_word():
    assert mask(np.array([[5, UNKNOWN, PADDING]])).tolist() == [[True, True, False]]


def test_the_share_of_unknown_words_counts_words_not_texts():
    vocabulary = Vocabulary.fit(TEXTS)
    assert unknown_share(vocabulary, TEXTS) == 0
    assert unknown_share(vocabulary, ["ripe plums", "a durian"]) == 0.5
    assert unknown_share(vocabulary, ["..."]) == 0


@pytest.mark.parametrize("act", [Vocabulary.fit, lambda text: Vocabulary.fit(TEXTS).encode_all(text, 5)])
def test_one_text_in_place_of_a_list_is_told_to_wear_brackets(act):
    with pytest.raises(TypeError, match=r"\[text\]"):
        act("ripe plums")


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: pad([[1]], 3, pad="left"), '"front" or "back"'),
        (lambda: pad([[1]], 3, cut="post"), '"front" or "back"'),
        (lambda: pad([[1]], 0), "1 or more"),
        (lambda: Vocabulary.fit(TEXTS, size=2), "size=3"),
        (lambda: Vocabulary.fit([]), "training texts"),
        (lambda: Vocabulary.fit(TEXTS, least=100), "least=1"),
        (lambda: Vocabulary(["ripe", "plums"]), "begins with"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_type(act, told):
    with pytest.raises(ValueError, match=told):
        act()


# ----------------------------------------------------------------------------------- a text of the learner's own

KNOWN = Vocabulary.fit(["i like this good film a lot , and the plums were not bad at all !"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no words"),
        (" \n\t ", "no words"),
        ("?! ... 😀 !!", "no words"),
        ("<p></p>", "no words"),
        (None, "NoneType"),
        (3.5, "float"),
        ("Der Film hat mir gut gefallen, und die Musik war auch nicht schlecht.", "another language"),
        ("zygomorphic flibbertigibbets cavort", "100% of its words are unknown"),
        ("这部电影非常好看", "100% of its words are unknown"),
    ],
)
def test_a_text_that_no_model_can_judge_is_not_asked_about(text, said):
    seen = look_over(text, KNOWN, 50)
    assert not seen.readable
    assert any(said in warning for warning in seen.warnings)


def test_a_plain_text_is_read_without_a_warning():
    text = "I like this good film a lot and the plums were not bad!"
    assert look_over(text, KNOWN, 50) == (text, 0.0, True, [])


@pytest.mark.parametrize(
    ("text", "said", "read"),
    [
        ("<b>I like</b> this<br/>good film &amp; the plums<script>x = 1</script>", "HTML tags taken out: 4", "I like this good film & the plums"),
        ("I like this film " * 30, "120 words; the model reads only the last 50", None),
        ("good film", "Words in it: 2", "good film"),
        ("I like this quixotic film a lot, and the zany plums, perhaps", "25% of its words are unknown", None),
    ],
)  # fmt: skip
def test_a_text_to_be_read_with_care_says_why(text, said, read):
    seen = look_over(text, KNOWN, 50)
    assert seen.readable
    assert any(said in warning for warning in seen.warnings)
    assert read is None or seen.text == read


def test_a_heart_and_a_comparison_are_not_html():
    text = "I <3 this film, a < the plums > a lot, and not bad at all!"
    assert look_over(text, KNOWN, 50)[::3] == (text, [])


def test_the_unknown_share_is_that_of_the_words_which_are_read():
    assert look_over("zany " * 100 + "i like this good film a lot and the plums", KNOWN, 10).unknown == 0
