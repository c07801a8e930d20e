"""Pairs of a text and what it should become: misspelt words with their corrections, and captions in two languages.

Neither set is bundled: `course data fetch codespell` and `course data fetch multi30k` get them.
"""

from __future__ import annotations

import gzip
import re
from importlib import util
from pathlib import Path

from .common import DataError, fetched

CAPTION_PARTS = {"Training": "train", "Validation": "val", "Test": "test_2016_flickr"}
_PLAIN = re.compile(r"[a-z]+")


def load_misspellings(
    path: str | Path | None = None, shortest: int = 5, longest: int = 18
) -> list[tuple[str, str]]:
    """Pairs (misspelt, right) of codespell's list: plain lower-case letters, so many in each, one correction.

    `path`: its dictionary.txt, packed with gzip or not; without one, what was fetched, or an installed codespell's.
    Licence of the list: CC BY-SA 3.0. Raises DataError when it is not there or damaged, with the command to type.
    """
    folder = None if path else fetched("codespell")
    place = Path(path) if path else folder / "dictionary.txt.gz" if folder else _installed()
    if place is None or not place.is_file():
        raise DataError("codespell's list is not on this machine. Type: pip install codespell")
    pairs = [
        (wrong, right)
        for wrong, _, right in (line.partition("->") for line in _lines(place))
        if all(_PLAIN.fullmatch(word) and shortest <= len(word) <= longest for word in (wrong, right))
    ]
    if not pairs:
        raise DataError(f"The list in {place} is damaged (no line like teh->the). Get it anew.")
    return pairs


def load_captions(folder: str | Path | None = None) -> dict[str, list[tuple[str, str]]]:
    """Multi30K: {Training, Validation, Test: [(English caption, German caption)]}; 29,000, 1,014 and 1,000 pairs.

    `folder`: the one with train.en.gz and so on; without one, what was fetched. The texts may be used and cited, and
    not passed on.
    Raises DataError when the set is not there or damaged, with the command to type.
    """
    place = Path(folder) if folder else fetched("multi30k")
    if place is None or not (place / "train.en.gz").is_file():
        raise DataError("Multi30K is not on this machine. Type: course data fetch multi30k")
    found = {}
    for part, name in CAPTION_PARTS.items():
        english, german = (_lines(place / f"{name}.{language}.gz") for language in ("en", "de"))
        if len(english) != len(german) or not english:
            raise DataError(
                f"{name} in {place} is damaged ({len(english)} English and {len(german)} German captions). Get it anew."
            )
        found[part] = list(zip(english, german, strict=True))
    return found


def _installed() -> Path | None:
    """The list of a codespell that is installed beside the course."""
    package = util.find_spec("codespell_lib")
    return Path(package.origin).parent / "data" / "dictionary.txt" if package and package.origin else None


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except (OSError, EOFError, ValueError) as problem:
        raise DataError(f"{path} is damaged ({problem}). Get it anew.") from problem
    return [line.strip() for line in text.rstrip("\n").split("\n")]
