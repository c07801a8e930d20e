"""Short clips of one fruit that rolls over a table, seen from above: bundled, drawn for the course."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config

from .common import DataError, need_split

if TYPE_CHECKING:
    from pandas import DataFrame

MOTIONS = ("rolls left", "rolls right", "rolls away", "rolls near")
REVERSED = (1, 0, 3, 2)
"""The label of each motion when its clip is played backwards."""
MIRRORED = (1, 0, 2, 3)
"""The label of each motion in a mirror that swaps left and right."""
FRAMES, SIZE = 8, 32


@dataclass(frozen=True, eq=False)
class Clips:
    """Clips of eight frames: Training and Test, which share no fruit.

    frames: split -> uint8 (N, 8, 32, 32, 3). tables: split -> columns motion, kind, individual, label (0-3).
    """

    frames: dict[str, np.ndarray] = field(repr=False)
    tables: dict[str, DataFrame] = field(repr=False)
    motions: tuple[str, ...] = MOTIONS

    def part(self, split: str) -> tuple[np.ndarray, np.ndarray, DataFrame]:
        """Frames float32 0-1 (N, 8, 32, 32, 3), labels int64 (N,), and the table of a split: Training or Test."""
        need_split(split)
        table = self.tables[split]
        return self.frames[split].astype(np.float32) / 255, table["label"].to_numpy(np.int64), table


def load_clips(folder: Path | None = None) -> Clips:
    """The bundled clips of rolling fruits.

    `folder`: another one of the same form. Raises DataError when a file is missing or damaged, with the command to type.
    """
    place = folder or config.repository_root() / "data" / "clips"
    repair = "Type: git checkout -- data/clips"
    try:
        rows = _rows(place / "clips.csv")
        found = {split: _read(place, split, rows) for split in ("Training", "Test")}
    except FileNotFoundError as problem:
        missing = Path(problem.filename).name
        raise DataError(f"The bundled clips are missing from {place} (no {missing}). {repair}") from None
    except (OSError, ValueError, KeyError) as problem:
        raise DataError(f"The bundled clips in {place} are damaged ({problem}). {repair}") from problem
    return Clips({k: v[0] for k, v in found.items()}, {k: v[1] for k, v in found.items()})


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read(place: Path, split: str, rows: list[dict[str, str]]) -> tuple[np.ndarray, DataFrame]:
    """The sheet of a split, a clip per row of 32 pixels and its frames side by side; and its table."""
    import pandas as pd
    from PIL import Image

    table = pd.DataFrame([row for row in rows if row["split"] == split]).drop(columns="split")
    with Image.open(place / f"{split.lower()}.webp") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    if pixels.shape != (len(table) * SIZE, FRAMES * SIZE, 3):
        raise ValueError(f"{split}: a sheet of {pixels.shape[:2]} pixels for {len(table)} clips")
    clips = pixels.reshape(len(table), SIZE, FRAMES, SIZE, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(clips), table.assign(label=table["motion"].map(MOTIONS.index))
