"""Boxes of the market: of each picture's own fruit, computed from the masks, and of every fruit in view."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

COLUMNS = ["split", "class_name", "file", "left", "top", "right", "bottom"]
IN_VIEW_COLUMNS = ["split", "class_name", "file", "fruit", "left", "top", "right", "bottom", "seen"]


def box_of(mask_path: Path) -> list[int]:
    """left, top, right, bottom in pixels; right and bottom are exclusive."""
    with Image.open(mask_path) as picture:
        mask = np.asarray(picture)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def write(out: Path) -> Path:
    """Write market/boxes.csv from market/masks; returns its path."""
    path = out / "market" / "boxes.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for mask in sorted((out / "market" / "masks").glob("*/*/*.png")):
            split, class_name = mask.parts[-3:-1]
            writer.writerow([split, class_name, f"{mask.stem}.jpg", *box_of(mask)])
    return path


def write_in_view(out: Path, drawn: dict[tuple[str, str], list[list]]) -> Path:
    """Write market/fruits_in_view.csv; returns its path.

    `drawn`: rows by (split, class); those of other classes that the file already holds stay.
    """
    path = out / "market" / "fruits_in_view.csv"
    rows = [row for found in drawn.values() for row in found]
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows += [row for row in list(csv.reader(file))[1:] if (row[0], row[1]) not in drawn]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(IN_VIEW_COLUMNS)
        # By picture; within one the largest box first.
        writer.writerows(sorted(rows, key=lambda row: (*row[:3], -_area(row), *map(str, row[3:]))))
    return path


def _area(row: list) -> int:
    left, top, right, bottom = (int(value) for value in row[4:8])
    return (right - left) * (bottom - top)
