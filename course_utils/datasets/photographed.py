"""Photographs with a box around each thing in them: fruit on tables, and people in the street.

Neither set is bundled, and neither publisher gives a digest: `course data fetch fruit-boxes --unverified` and
`course data fetch penn-fudan --unverified` get them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .common import DataError, fetched

if TYPE_CHECKING:
    from pandas import DataFrame

FRUIT_BOXES, PEOPLE_BOXES = "fruit-boxes", "penn-fudan"
FRUIT_KINDS = ("apple", "banana", "orange")
SIDES = ("left", "top", "right", "bottom")
_PERSON = re.compile(r"Bounding box for object \d+ .*?:\s*\((\d+),\s*(\d+)\)\s*-\s*\((\d+),\s*(\d+)\)")


@dataclass(frozen=True, eq=False)
class Photographed:
    """Photographs by path, and one row per box: picture (the place of its path), kind, and four sides in pixels."""

    name: str
    paths: tuple[Path, ...] = field(repr=False)
    boxes: DataFrame = field(repr=False)

    def picture(self, number: int) -> np.ndarray:
        """One photograph, uint8 (H, W, 3). Raises DataError for a file that is no picture."""
        from PIL import Image

        try:
            with Image.open(self.paths[number]) as image:
                return np.asarray(image.convert("RGB"))
        except OSError as problem:
            raise DataError(f"{self.paths[number]} is damaged ({problem}). {_again(self.name)}") from problem


def load_fruit_photographs(folder: str | Path | None = None) -> Photographed:
    """The 60 test photographs of *Fruit Images for Object Detection*: apples, bananas and oranges.

    `folder`: the one with test_zip/test; without one, what was fetched. Boxes are those of Pascal VOC's XML, whose first
    pixel is 1. Raises DataError when the set is not there or damaged, with the command to type.
    """
    place = _place(FRUIT_BOXES, folder, "test_zip/test")
    rows, paths = [], []
    for path in sorted(place.glob("*.xml")):
        paths.append(_beside(path, (".jpg", ".jpeg", ".png"), FRUIT_BOXES))
        rows += [(len(paths) - 1, kind, *sides) for kind, sides in _voc(path)]
    return _photographed(FRUIT_BOXES, place, paths, rows)


def load_people(folder: str | Path | None = None) -> Photographed:
    """The 170 photographs of the Penn-Fudan database with 345 people of at least 180 pixels.

    People who are small or mostly hidden have no box. `folder`: the one with PNGImages and Annotation; without one, what
    was fetched. Raises DataError when the set is not there or damaged, with the command to type.
    """
    place = _place(PEOPLE_BOXES, folder, "Annotation")
    rows, paths = [], []
    for path in sorted(place.glob("*.txt")):
        paths.append(_beside(place.parent / "PNGImages" / path.name, (".png",), PEOPLE_BOXES))
        text = path.read_text(encoding="utf-8", errors="replace")
        rows += [(len(paths) - 1, "person", *_sides(found)) for found in _PERSON.findall(text)]
    return _photographed(PEOPLE_BOXES, place, paths, rows)


def _place(asset: str, folder: str | Path | None, inside: str) -> Path:
    whole = Path(folder) if folder else fetched(asset)
    if whole is None or not (whole / inside).is_dir():
        raise DataError(f"{asset} is not on this machine. Type: course data fetch {asset} --unverified")
    return whole / inside


def _beside(path: Path, endings: tuple[str, ...], asset: str) -> Path:
    """The picture that belongs to a file of boxes."""
    for ending in endings:
        if (found := path.with_suffix(ending)).is_file():
            return found
    raise DataError(f"{path.with_suffix(endings[0])} is missing. {_again(asset)}")


def _voc(path: Path) -> list[tuple[str, tuple[float, ...]]]:
    """Kind and sides of each thing in a Pascal VOC file."""
    from xml.etree import ElementTree

    try:
        things = ElementTree.parse(path).getroot().findall("object")  # noqa: S314 - a data set that the reader fetched
        return [
            (
                thing.findtext("name").strip().lower(),
                _sides([thing.findtext(f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")]),
            )
            for thing in things
        ]
    except (ElementTree.ParseError, AttributeError, TypeError, ValueError) as problem:
        raise DataError(f"{path} is damaged ({problem}). {_again(FRUIT_BOXES)}") from problem


def _sides(corners: list[str] | tuple[str, ...]) -> tuple[float, ...]:
    """Left, top, right and bottom in pixels from the corner, of four numbers that count the first pixel as 1."""
    left, top, right, bottom = map(float, corners)
    return left - 1, top - 1, right, bottom


def _photographed(name: str, place: Path, paths: list[Path], rows: list[tuple]) -> Photographed:
    import pandas as pd

    if not rows:
        raise DataError(f"There are no boxes in {place}. {_again(name)}")
    boxes = pd.DataFrame(rows, columns=["picture", "kind", *SIDES])
    if unknown := sorted(set(boxes["kind"]) - {*FRUIT_KINDS, "person"}):
        raise DataError(f"{place} has boxes of an unknown kind, {unknown[0]!r}. {_again(name)}")
    return Photographed(name, tuple(paths), boxes)


def _again(asset: str) -> str:
    return f"Type: course data fetch {asset} --unverified --again"
