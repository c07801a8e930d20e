"""Rendered scenes of several fruits on a table: pictures, a box and key points for every fruit, masks.

`load_tables` gives a `Tables`: scenes and fruits as tables of a split, pictures and masks as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config

from .common import DataError, need_split
from .pictures import read_many

if TYPE_CHECKING:
    from pandas import DataFrame

KINDS = ("Banana", "Kiwi", "Lemon", "Limes", "Orange", "Pineapple", "Plum", "Strawberry")
MOST_FRUITS = 6
_REPAIR = "git checkout -- data/tables"


@dataclass(frozen=True)
class Tables:
    """The tables set: `<root>/{Training,Test}/*.jpg`, 128×128, with its two CSV files and its masks."""

    root: Path
    kinds: tuple[str, ...] = KINDS

    def scenes(self, split: str) -> DataFrame:
        """The pictures of a split (Training or Test), one row each.

        Columns: path (relative to root), ground (its id), ground_name (one word for it), pattern, camera, elevation
        (of the camera, degrees), fruits (how many; 0 in some scenes). Training and Test share no ground and no camera.
        Raises DataError when the tables are not there.
        """
        return self._rows("scenes.csv", split)

    def fruits(self, split: str) -> DataFrame:
        """Every fruit of a split's scenes, one row each, scene by scene.

        Columns: path of the scene, instance (its number in the mask, from 1), kind, label (0-7), individual, left, top,
        right, bottom of its visible part in pixels (right and bottom exclusive), seen (the share of it that is in the picture
        and not hidden), across (left, middle or right third), depth (back, middle or front third), stem_x, stem_y, stem_seen
        (1: in view), tip_x, tip_y, tip_seen (bananas only; NaN for others).
        Raises DataError when the tables are not there.
        """
        table = self._rows("fruits.csv", split)
        table.insert(3, "label", table["kind"].map(self.kinds.index))
        return table

    def read(self, paths: Sequence[str], size: int | None = None) -> np.ndarray:
        """The pictures at these paths (relative to root) as uint8 (N, size, size, 3); None keeps their 128 pixels."""
        return read_many(self.root, paths, size)

    def mask(self, path: str) -> tuple[np.ndarray, np.ndarray]:
        """What each pixel of a scene shows: kinds and instances, both uint8 (128, 128), 0 where there is no fruit.

        kinds: label + 1; instances: the column of the same name. Raises DataError where there is no mask.
        """
        from PIL import Image

        place = (self.root / "masks" / path).with_suffix(".png")
        if not place.is_file():
            raise DataError(f"There is no mask for {path} in {self.root / 'masks'}. Type: {_REPAIR}")
        values = np.asarray(Image.open(place))
        instances = np.where(values > 0, (values - 1) % MOST_FRUITS + 1, 0)
        return ((values + MOST_FRUITS - 1) // MOST_FRUITS).astype(np.uint8), instances.astype(np.uint8)

    def _rows(self, name: str, split: str) -> DataFrame:
        import pandas as pd

        need_split(split)
        place = self.root / name
        if not place.is_file():
            raise DataError(f"{name} is missing from {self.root}. Type: {_REPAIR}")
        table = pd.read_csv(place).query("split == @split").drop(columns="split")
        table.insert(0, "path", split + "/" + table.pop("file"))
        return table.reset_index(drop=True)


def load_tables(root: str | Path | None = None) -> Tables:
    """The bundled scenes of fruits on tables; `root`: another folder of the same layout.

    Raises DataError when the pictures are not there, with the command to type.
    """
    place = config.repository_root() / "data" / "tables" if root is None else Path(root)
    if not (place / "Training").is_dir():
        raise DataError(f"The scenes are missing from {place}. Type: {_REPAIR}")
    return Tables(place)
