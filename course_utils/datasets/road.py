"""A rendered film of traffic with its truth, and stills of other streets to train a detector on.

`load_road` gives a `Road`: frames, boxes and numbers of everyone in them, true crossings of a line, training stills.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config

from .common import DataError
from .pictures import read_many

if TYPE_CHECKING:
    from pandas import DataFrame

ROAD_KINDS = ("car", "van", "bicycle", "person")
_REPAIR = "git checkout -- data/road"


@dataclass(frozen=True)
class Road:
    """The road set: `<root>/film.webp` and `<root>/stills/*.jpg`, 256×144, with their tables."""

    root: Path
    kinds: tuple[str, ...] = ROAD_KINDS
    frames_per_second: float = 12.0

    def frames(self) -> np.ndarray:
        """The film, uint8 (N, 144, 256, 3), 12 frames per second. Raises DataError where it is not there or damaged."""
        from PIL import Image, ImageSequence

        place = self.root / "film.webp"
        try:
            with Image.open(place) as opened:
                return np.stack(
                    [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened)]
                )
        except (OSError, ValueError, SyntaxError) as problem:
            raise DataError(f"The film {place} is missing or damaged. Type: {_REPAIR}") from problem

    def truth(self) -> DataFrame:
        """Who is where in the film: frame, id, kind, label, left, top, right, bottom, seen (share of it in view).

        Boxes are tight around the visible part, right and bottom exclusive. Who has less than 0.25 in view is left out.
        """
        return self._labelled("truth.csv")

    def crossings(self) -> DataFrame:
        """True crossings of the line: frame (the first beyond it), id, kind, direction (right or left)."""
        return self._table("crossings.csv")

    @property
    def line(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The two ends of the line in pixels of the film, from the far to the near pavement."""
        first, second = self._table("line.csv").itertuples(index=False)
        return (float(first.x), float(first.y)), (float(second.x), float(second.y))

    def stills(self) -> DataFrame:
        """The training stills: path (relative to root) and scene (the street, with its light and camera: a cluster)."""
        table = self.boxes()[["path", "scene"]].drop_duplicates()
        found = sorted(path.name for path in (self.root / "stills").glob("*.jpg"))
        table = table.set_index("path").reindex([f"stills/{name}" for name in found])
        table["scene"] = [f"street-{path.split('/')[1][1:3]}" for path in table.index]
        return table.rename_axis("path").reset_index()

    def boxes(self) -> DataFrame:
        """Everyone in the stills: path, scene, kind, label, left, top, right, bottom, seen."""
        table = self._labelled("stills.csv")
        table.insert(0, "path", "stills/" + table.pop("file"))
        return table

    def read(self, paths: Sequence[str]) -> np.ndarray:
        """The stills at these paths (relative to root) as uint8 (N, 144, 256, 3)."""
        return read_many(self.root, paths)

    def _labelled(self, name: str) -> DataFrame:
        table = self._table(name)
        table.insert(list(table.columns).index("kind") + 1, "label", table["kind"].map(self.kinds.index))
        return table

    def _table(self, name: str) -> DataFrame:
        import pandas as pd

        place = self.root / name
        if not place.is_file():
            raise DataError(f"{name} is missing from {self.root}. Type: {_REPAIR}")
        return pd.read_csv(place)


def load_road(root: str | Path | None = None) -> Road:
    """The bundled traffic film and its training stills; `root`: another folder of the same layout.

    Raises DataError when the film is not there, with the command to type.
    """
    place = config.repository_root() / "data" / "road" if root is None else Path(root)
    if not (place / "film.webp").is_file():
        raise DataError(f"The film is missing from {place}. Type: {_REPAIR}")
    return Road(place)
