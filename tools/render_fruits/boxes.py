"""Boxes of the market fruit, computed from the masks."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

COLUMNS = ["split", "class_name", "file", "left", "top", "right", "bottom"]


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
