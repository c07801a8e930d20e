"""The bundled sentences with marked names are what their data card says."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from course_utils.datasets import ENTITY_TYPES, load_names, read_marked
from course_utils.datasets.names import LANGUAGES
from tools.check_names import REGISTERS, findings, form, shares

FOLDER = Path(__file__).resolve().parents[2] / "data" / "names"
LEAST = {"vi": 1500, "en": 1500, "de": 500}
SPLITS = {"train": "Training", "test": "Test"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_sentences(language: str) -> None:
    names = load_names(language)
    assert len(names.training) + len(names.test) >= LEAST[language]
    assert len(names.test) >= 0.2 * len(names.training)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_found_by_the_tool_that_looks_them_over(language: str) -> None:
    """No name of the test in training, no form, no double, no unknown register, nothing nested where it may not be."""
    assert findings(language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", SPLITS.values())
def test_each_tag_is_frequent_and_some_sentences_have_none(language: str, split: str) -> None:
    found = shares(load_names(language).sentences(split))
    assert set(found) == {*ENTITY_TYPES, "O"}
    assert min(found.values()) >= 0.08
    assert 0.08 <= found["O"] <= 0.25
    assert min(found[kind] for kind in ("DATE", "PERSON", "LOC", "ORG")) >= 0.25


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", SPLITS.values())
def test_every_register_is_there(language: str, split: str) -> None:
    counts = Counter(one.register for one in load_names(language).sentences(split))
    assert set(counts) == REGISTERS
    assert min(counts.values()) >= 0.02 * counts.total()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.tsv")), ids=lambda path: path.stem)
def test_files_are_in_one_unicode_form_with_balanced_marks(path: Path) -> None:
    content = path.read_bytes().decode("utf-8")
    assert unicodedata.is_normalized("NFC", content) and "\r" not in content
    for line in content.splitlines():
        marked = line.partition("\t")[2]
        found = read_marked(marked)
        assert len(found.spans) * 2 == len(re.findall(r"</?[A-Z]+>", marked))
        assert not re.search(r"[<>]", found.text), line
        assert 3 <= len(found.text.split()) <= 50, line


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_two_sentences_begin_alike(language: str) -> None:
    names = load_names(language)
    opening = Counter(" ".join(form(one).split()[:4]) for one in names.training + names.test)
    assert opening.most_common(1)[0][1] <= 0.02 * opening.total()


def test_the_lists_are_those_of_the_card() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in sorted((FOLDER / "lists").glob("*.txt")):
        first, *names = path.read_text(encoding="utf-8").splitlines()
        assert first.startswith("# ") and first.endswith("(this course, CC BY 4.0)"), path.name
        assert f"| `{path.name}` | {len(names):,} |" in card
        assert len(set(names)) == len(names) and all(name == name.strip() for name in names)


def test_the_card_counts_what_is_there() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in card
    for path in sorted(FOLDER.glob("*.tsv")):
        language, part = path.stem.split("-")
        sentences = load_names(language).sentences(SPLITS[part])
        tokens = sum(len(one.tokens) for one in sentences)
        assert f"| `{path.name}` | {len(sentences):,} | {tokens:,} |" in card
