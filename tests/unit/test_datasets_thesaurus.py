"""The bundled thesaurus and files in the MyThes format."""

from __future__ import annotations

import gzip

import pytest

from course_utils.datasets import DataError, load_thesaurus, read_mythes, thesaurus, thesaurus_rows

MYTHES = """UTF-8
jam|2
(noun)|fix|kettle of fish|difficulty (generic term)
(noun)|preserve|conserve (generic term)
.22|1
(noun)|twenty-two
good|1
(adj)|fine|bad (antonym)
lonely|1
(adj)|alone (similar term)
"""


def test_words_have_their_synonyms_closest_first() -> None:
    synonyms = load_thesaurus()
    assert synonyms["good"][0] == "fine"
    assert synonyms["film"] == ["movie", "picture", "flick", "feature"]


def test_words_of_two_meanings_can_be_left_out() -> None:
    assert "spring" in load_thesaurus() and "spring" not in load_thesaurus(other_senses=False)
    assert {row["note"] for row in thesaurus_rows()} == {"", "sense"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_mythes_file_gives_single_words_with_close_terms_of_all_meanings(tmp_path, packed: bool) -> None:
    path = tmp_path / ("th.dat.gz" if packed else "th.dat")
    path.write_bytes(gzip.compress(MYTHES.encode()) if packed else MYTHES.encode())
    assert read_mythes(path) == {"jam": ["fix", "kettle of fish", "preserve"], "good": ["fine"]}


@pytest.mark.parametrize("content", ["UTF-8\nword without number\n", "UTF-8\njam|2\n(noun)|fix\n"])
def test_another_file_is_refused(tmp_path, content: str) -> None:
    path = tmp_path / "th.dat"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="MyThes"):
        read_mythes(path)
    with pytest.raises(DataError, match="No thesaurus"):
        read_mythes(tmp_path / "missing.dat")


@pytest.mark.parametrize(
    "content", [None, "", "word\tsynonyms\n", "word\tpart_of_speech\tsynonyms\tnote\ngood\tadjective\n"]
)
def test_a_missing_or_damaged_thesaurus_is_named_with_the_command(tmp_path, monkeypatch, content) -> None:
    folder = tmp_path / "data" / "thesaurus"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "thesaurus.tsv").write_text(content, encoding="utf-8")
    monkeypatch.setattr(thesaurus.config, "repository_root", lambda: tmp_path)
    with pytest.raises(DataError, match="git checkout -- data/thesaurus"):
        thesaurus_rows()
