"""Sentences with marked names: every mark becomes a span, and broken files say what to type."""

from __future__ import annotations

import unicodedata

import pytest

from course_utils.datasets import DataError, Span, load_names, read_marked
from course_utils.datasets.names import bio, sentence_of_tags, tokens_of
from course_utils.foundation import assets, config

TALK = (
    "<DATE>Hôm nay</DATE> tôi đến <LOC>Trống Đồng Palace</LOC> để tham dự "
    "<ORG>Google IO <PROVINCE>Hà Nội</PROVINCE></ORG>."
)


def test_marks_become_tokens_tags_and_spans():
    found = read_marked(TALK, "news", "vi")
    assert found.text == "Hôm nay tôi đến Trống Đồng Palace để tham dự Google IO Hà Nội."
    assert found.words[:4] == ["Hôm", "nay", "tôi", "đến"]
    assert found.tags[:7] == ["B-DATE", "I-DATE", "O", "O", "B-LOC", "I-LOC", "I-LOC"]
    assert found.tags[10:] == ["B-ORG", "I-ORG", "I-ORG", "I-ORG", "O"]
    assert [found.surface(span) for span in found.spans] == [
        "Hôm nay", "Trống Đồng Palace", "Google IO Hà Nội", "Hà Nội",
    ]  # fmt: skip


def test_a_nested_name_makes_joint_tags():
    assert read_marked(TALK).joint_tags[10:14] == ["B-ORG", "I-ORG", "I-ORG|B-PROVINCE", "I-ORG|I-PROVINCE"]


def test_an_inner_name_may_begin_with_its_outer_one():
    found = read_marked("<ORG><LOC>Tamar Bridge</LOC> Committee</ORG>")
    assert found.joint_tags == ["B-ORG|B-LOC", "I-ORG|I-LOC", "I-ORG"]
    assert [span.depth for span in found.spans] == [0, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("£12.50 at 7:30, 03/04", ["£", "12.50", "at", "7:30", ",", "03/04"]),
        ("500k 8h15", ["500", "k", "8", "h", "15"]),
        ("Zelda's Ulm–Leipzig", ["Zelda", "'", "s", "Ulm", "–", "Leipzig"]),
        ("", []),
        ("a_b", ["a", "_", "b"]),
    ],
)
def test_tokens_are_numbers_with_their_marks_letters_and_single_signs(text, words):
    assert [token.text for token in tokens_of(text)] == words
    assert all(text[token.start : token.end] == token.text for token in tokens_of(text))


def test_decomposed_letters_are_composed_first():
    """In NFD the tone marks are signs of their own, and would cut each word."""
    assert read_marked(unicodedata.normalize("NFD", TALK)) == read_marked(TALK)
    assert len(tokens_of(unicodedata.normalize("NFD", "Hà Nội"))) > 2


def test_a_mark_inside_a_token_covers_the_token():
    assert read_marked("<PERSON>pat</PERSON>s at home").tags == ["B-PERSON", "O", "O"]


@pytest.mark.parametrize(
    ("marked", "why"),
    [
        ("<NAME>x</NAME>", "not one of"),
        ("<ORG>x", "not closed"),
        ("x</ORG>", "closes nothing"),
        ("<ORG>x</LOC>", "closes nothing"),
        ("<ORG><LOC><PERSON>x</PERSON></LOC></ORG>", "nested once"),
        ("a <ORG> </ORG> b", "marks nothing"),
    ],
)
def test_broken_marks_are_refused(marked, why):
    with pytest.raises(ValueError, match=why):
        read_marked(marked)


def test_two_names_side_by_side_stay_two():
    assert bio(3, [Span("LOC", 0, 1), Span("LOC", 1, 3)]) == ["B-LOC", "B-LOC", "I-LOC"]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["B-PER", "B-PER", "I-PER", "O"], [("PER", 0, 1), ("PER", 1, 3)]),
        (["I-LOC", "I-LOC", "O", "I-ORG"], [("LOC", 0, 2), ("ORG", 3, 4)]),
        (
            ["I-LOC", "I-ORG", "B-creative-work", "I-creative-work"],
            [("LOC", 0, 1), ("ORG", 1, 2), ("creative-work", 2, 4)],
        ),
    ],
)
def test_sets_with_bio_and_with_io_tags_are_read(tags, spans):
    found = sentence_of_tags(list("abcd"), tags)
    assert [(span.type, span.start, span.end) for span in found.spans] == spans


def test_bundled_is_all_three_languages():
    parts = [load_names(language) for language in ("vi", "en", "de")]
    assert len(load_names("bundled").sentences("Test")) == sum(len(part.test) for part in parts)
    assert {one.language for one in load_names("bundled").training} == {"vi", "en", "de"}


def test_a_wrong_split_or_set_is_refused_with_the_right_ones():
    with pytest.raises(DataError, match="wnut17"):
        load_names("fr")
    with pytest.raises(ValueError, match="Training and Test"):
        load_names("de").sentences("Validation")


@pytest.mark.parametrize("content", [b"news no tab\n", b"news\t<ORG>x\n", b"news\t\xff\n", None])
def test_a_damaged_file_says_how_to_get_it_back(content, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    folder = tmp_path / "data" / "names"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "vi-train.tsv").write_bytes(content)
        (folder / "vi-test.tsv").write_bytes(content)
    with pytest.raises(DataError, match="git checkout") as told:
        load_names("vi")
    if content == b"news no tab\n":
        said = ", line 1: no tab between register and sentence. Type: git checkout -- data/names"
        assert str(told.value).endswith(said)


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(tmp_path, "cache", "by the test"))
    return tmp_path


def test_wnut17_is_read_with_the_publishers_split(fetched):
    (fetched / "wnut17train.conll").write_text(
        "Ann\tB-person\nsang\tO\n\nin\tO\nUlm\tB-location\n\n", encoding="utf-8"
    )
    (fetched / "emerging.test.annotated").write_text('He\tO\n"\tO\n\n', encoding="utf-8")
    found = load_names("wnut17")
    assert [one.words for one in found.training] == [["Ann", "sang"], ["in", "Ulm"]]
    assert found.test[0].words == ["He", '"'] and found.types == ("location", "person")


def test_wikigold_is_cut_by_every_fifth_sentence(fetched):
    lines = "\n\n".join(f"w{number} I-PER" for number in range(10))
    (fetched / "wikigold.conll.txt").write_text(lines, encoding="utf-8")
    found = load_names("wikigold")
    assert [one.text for one in found.test] == ["w0", "w5"] and len(found.training) == 8


def test_what_is_not_fetched_says_what_to_type(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(tmp_path, "bundled", "not fetched"))
    with pytest.raises(DataError, match="course data fetch wnut17"):
        load_names("wnut17")


def test_a_damaged_real_set_says_how_to_look_at_it(fetched):
    with pytest.raises(DataError, match="course data verify wikigold"):
        load_names("wikigold")
