"""Words and their synonyms: the thesaurus written for the bundled reviews, or a larger one in the MyThes format."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from course_utils.foundation import config

from .common import DataError

COLUMNS = ("word", "part_of_speech", "synonyms", "note")
OTHER_SENSE = "sense"  # a note: some synonym belongs to another meaning of the word
_COMMENT = re.compile(r"\s*\([^)]*\)$")  # (generic term), (antonym)


def thesaurus_rows() -> list[dict]:
    """The bundled thesaurus row by row: word, part_of_speech, synonyms (closest first) and note ('' or 'sense').

    Raises DataError when it is missing or damaged.
    """
    path = config.repository_root() / "data" / "thesaurus" / "thesaurus.tsv"
    repair = "Type: git checkout -- data/thesaurus"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise DataError(f"The thesaurus is missing from {path.parent}. {repair}") from None
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise DataError(f"{path.name} does not begin with its columns {', '.join(COLUMNS)}. {repair}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(COLUMNS) or not fields[0] or not fields[2]:
            raise DataError(f"{path.name} is damaged in line {number}. {repair}")
        rows.append(dict(zip(COLUMNS, fields, strict=True)) | {"synonyms": fields[2].split(", ")})
    return rows


def load_thesaurus(other_senses: bool = True) -> dict[str, list[str]]:
    """The bundled thesaurus: each word (small letters, as it stands in a text) with its synonyms, closest first.

    `other_senses` False leaves out the words of which a synonym belongs to another meaning.
    """
    return {
        row["word"]: row["synonyms"] for row in thesaurus_rows() if other_senses or row["note"] != OTHER_SENSE
    }


def read_mythes(path: Path | str) -> dict[str, list[str]]:
    """A thesaurus of LibreOffice (th_en_US_v2.dat, or packed as .gz): single words with their synonyms, meaning by meaning.

    Terms marked as generic, related, similar or antonyms are left out, as they mean something else.
    Raises DataError for a file of another kind. Source of such files: MyThes, made from WordNet.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"No thesaurus at {path}: give the path of a file such as th_en_US_v2.dat.gz")
    opened = gzip.open if path.suffix == ".gz" else open
    found: dict[str, list[str]] = {}
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            next(file)  # the encoding
            for line in file:
                word, meanings = line.rstrip("\n").rsplit("|", 1)
                rows = [next(file) for _ in range(int(meanings))]
                terms = [term for row in rows for term in row.rstrip("\n").split("|")[1:]]
                close = [term for term in dict.fromkeys(terms) if not _COMMENT.search(term) and term != word]
                if word.isalpha() and close:
                    found[word] = close
    except (ValueError, StopIteration, OSError) as problem:
        raise DataError(f"{path.name} is not a thesaurus in the MyThes format ({problem})") from problem
    return found
