"""Misspelt words and captions: what is read of the files, and a sentence for each kind of damage."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from course_utils.datasets import DataError, load_captions, load_misspellings, pairs
from course_utils.foundation import assets

LIST = "baskxet->basket\ntzhe->the\nrzate->create, relate,\nTxusday->Tuesday\nab-ut->about\nwhzo->who\n"


@pytest.mark.parametrize("packed", [True, False])
def test_only_plain_words_with_one_correction_are_read(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("dictionary.txt.gz" if packed else "dictionary.txt")
    path.write_bytes(gzip.compress(LIST.encode()) if packed else LIST.encode())
    assert load_misspellings(path) == [("baskxet", "basket")]
    assert load_misspellings(path, shortest=3) == [
        ("baskxet", "basket"),
        ("tzhe", "the"),
        ("whzo", "who"),
    ]


@pytest.fixture
def nothing_fetched(monkeypatch) -> None:
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(None, "bundled", "not there"))


def test_what_was_fetched_comes_before_an_installed_codespell(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "dictionary.txt.gz").write_bytes(gzip.compress(LIST.encode()))
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(tmp_path, "cache", "there"))
    assert len(load_misspellings()) == 1


def test_an_installed_codespell_will_do(nothing_fetched) -> None:
    pytest.importorskip("codespell_lib")
    pairs_of_it = load_misspellings()
    assert len(pairs_of_it) > 10_000 and "address" in {right for _, right in pairs_of_it}


def test_a_list_that_is_not_there_or_damaged_says_what_to_do(
    nothing_fetched, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(pairs.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install codespell"):
        load_misspellings()
    for name, content in (("a.txt", b"no pairs in here\n"), ("b.txt.gz", b"not packed"), ("c.txt", b"\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match="damaged"):
            load_misspellings(tmp_path / name)


def captions(folder: Path, german: str = "Zwei Hunde.\nEin Ball.\n") -> None:
    for part in pairs.CAPTION_PARTS.values():
        (folder / f"{part}.en.gz").write_bytes(gzip.compress(b"Two dogs.\nA ball.\n"))
        (folder / f"{part}.de.gz").write_bytes(gzip.compress(german.encode()))


def test_captions_are_pairs_in_three_parts(nothing_fetched, tmp_path: Path) -> None:
    captions(tmp_path)
    found = load_captions(tmp_path)
    assert list(found) == ["Training", "Validation", "Test"]
    assert found["Test"] == [("Two dogs.", "Zwei Hunde."), ("A ball.", "Ein Ball.")]
    with pytest.raises(DataError, match="course data fetch multi30k"):
        load_captions()


def test_captions_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    captions(tmp_path, "Zwei Hunde.\n")
    with pytest.raises(DataError, match="2 English and 1 German"):
        load_captions(tmp_path)
