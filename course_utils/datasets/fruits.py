"""The picture sets of the course behind one interface, bundled or real.

`load_fruits` gives a `Fruits`: where it lies, its classes, its files as a table, its images as arrays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config

from .common import DataError, need_split
from .pictures import is_hidden, read_many

if TYPE_CHECKING:
    from pandas import DataFrame

FRUIT_CLASSES = (
    "Apricot", "Avocado", "Banana", "Clementine", "Cocos", "Kiwi", "Lemon", "Limes",
    "Mandarine", "Orange", "Peach", "Pineapple", "Plum", "Pomegranate", "Raspberry", "Strawberry",
)  # fmt: skip
BUNDLED_FRUITS = ("studio", "market")

_FRUITS_360_NAME = re.compile(r"(?P<axis>r\d*_)?(?P<angle>\d+)_100$")
_BUNDLED_NAME = re.compile(r"(?P<individual>[a-z]+\d+)_(?P<angle>\d+)$")


@dataclass(frozen=True)
class Fruits:
    """One fruit data set: the folders `<root>/{Training,Test}/<Class>/*.jpg` and how to read them."""

    name: str
    root: Path
    source: str
    class_names: tuple[str, ...] = FRUIT_CLASSES

    def table(self, split: str) -> DataFrame:
        """The files of a split, one row each.

        Columns: path (relative to root), class_name, label (0-15), individual (the turntable sequence a
        picture belongs to), angle (its place in that sequence). `split`: Training or Test.
        Raises DataError when the folder, or that of a class, is missing or empty.
        """
        import pandas as pd

        need_split(split)
        rows, missing = [], []
        for label, class_name in enumerate(self.class_names):
            before = len(rows)
            for path in sorted((self.root / split / class_name).glob("*.jpg")):
                if is_hidden(path):
                    continue
                individual, angle = _parse_name(path.stem)
                rows.append((path.relative_to(self.root).as_posix(), class_name, label, individual, angle))
            if len(rows) == before:
                missing.append(class_name)
        if missing:
            of = "" if len(missing) == len(self.class_names) else f" of {', '.join(missing)}"
            raise DataError(f"No pictures{of} in {self.root / split}. Type: {self._repair}")
        table = pd.DataFrame(rows, columns=["path", "class_name", "label", "individual", "angle"])
        # Turntable order, so that neighbouring rows are neighbouring pictures.
        return table.sort_values(["label", "individual", "angle", "path"], ignore_index=True)

    @property
    def _repair(self) -> str:
        """The command that brings back pictures that are missing."""
        return {
            "bundled": "git checkout -- data/fruits",
            "real": "course data fetch fruits-360 --again",
        }.get(self.source, "course data verify")

    def images(
        self, split: str, size: int = 32, per_class: int | None = None, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Pictures and labels of a split: uint8 (N, size, size, 3) and int64 (N,), in the order of `table`.

        `per_class` takes that many of each class, chosen at random with `seed`.
        """
        table = self.table(split)
        if per_class is not None:
            table = pick_per_class(table, per_class, seed)
        return self.read(table["path"], size), table["label"].to_numpy(np.int64)

    def read(self, paths: Sequence[str], size: int | None = None) -> np.ndarray:
        """The pictures at these paths (relative to root) as uint8 (N, size, size, 3); None keeps their size."""
        return read_many(self.root, paths, size)

    def boxes(self, split: str, every_fruit: bool = False) -> DataFrame:
        """Where the fruits of a split of *market* are, one row per box, in the order of `table`.

        Columns: path (relative to root), class_name (of the picture), fruit (of the box), left, top, right, bottom in
        pixels (right and bottom exclusive), seen (the share of the fruit inside of the picture that nothing
        hides). One box per picture, tight around the visible part of its own fruit; `every_fruit`: one for each fruit in
        view, of whatever kind, largest first. `seen` is left out of a picture's own boxes.
        Raises DataError for a set without boxes.
        """
        import pandas as pd

        need_split(split)
        place = self.root / ("fruits_in_view.csv" if every_fruit else "boxes.csv")
        if not place.is_file():
            raise DataError(f"{self.name} has no boxes; they come with market: load_fruits('market')")
        table = pd.read_csv(place).query("split == @split").drop(columns="split")
        table.insert(0, "path", split + "/" + table["class_name"] + "/" + table.pop("file"))
        if not every_fruit:
            table.insert(2, "fruit", table["class_name"])
        return table.reset_index(drop=True)

    def cameras(self, paths: Sequence[str]) -> np.ndarray:
        """Which camera took each of these pictures of *market* (paths relative to root): int (N,).

        A JPEG tells how strongly it was compressed, and each photographer of the set compresses in one way. Those who
        do it alike count as one. Raises DataError for another set.
        """
        from PIL import Image

        if self.name != "market":
            raise DataError(f"{self.name} does not tell its cameras; market does: load_fruits('market')")
        found = []
        for path in paths:
            with Image.open(self.root / path) as picture:
                found.append(sum(picture.quantization[0]))
        return np.array(found)

    def mask(self, path: str) -> np.ndarray:
        """Which pixels of a bundled picture show its own fruit: bool (H, W). Raises DataError where there is no mask."""
        from PIL import Image

        place = (self.root / "masks" / path).with_suffix(".png")
        if not place.is_file():
            raise DataError(
                f"{self.name} has no mask for {path}; masks come with studio Test and with market"
            )
        return np.asarray(Image.open(place).convert("L")) > 127


def load_fruits(which: str = "bundled") -> Fruits:
    """A fruit data set by name.

    `which`: `studio` or `market` (bundled with the course), `fruits-360` (real photographs, once fetched);
    `bundled` is studio and `real` is fruits-360, so `load_fruits(session.data)` follows the session.
    Raises DataError when the real set is not there, with the command that fetches it.
    """
    name = {"bundled": "studio", "real": "fruits-360"}.get(which, which)
    if name in BUNDLED_FRUITS:
        root = config.repository_root() / "data" / "fruits" / name
        if not (root / "Training").is_dir():
            raise DataError(
                f"The bundled pictures are missing from {root}. Type: git checkout -- data/fruits"
            )
        return Fruits(name, root, "bundled")
    if name != "fruits-360":
        known = ", ".join((*BUNDLED_FRUITS, "fruits-360"))
        raise DataError(f"No fruit data set called {which!r}; there are {known}")
    from course_utils.foundation import assets

    found = assets.resolve("fruits-360")
    if found.origin == "bundled":
        raise DataError(
            f"Fruits-360 is not on this machine. Type: course data fetch fruits-360 ({found.message})"
        )
    root = found.path if (found.path / "Training").is_dir() else found.path / "fruits-360"
    return Fruits(name, root, "real")


def pick_per_class(table: DataFrame, per_class: int, seed: int = 0) -> DataFrame:
    """`per_class` random rows of each class of a table, in table order; all of a class that has fewer.

    Raises ValueError for less than one.
    """
    if per_class < 1:
        raise ValueError(f"per_class is the number of pictures of each class, 1 or more; got {per_class}")
    random = np.random.default_rng(seed)
    chosen = []
    for _, rows in table.groupby("label", sort=True):
        count = min(per_class, len(rows))
        chosen.append(np.sort(random.choice(rows.index.to_numpy(), count, replace=False)))
    return table.loc[np.concatenate(chosen)].reset_index(drop=True)


def _parse_name(stem: str) -> tuple[str, int]:
    if match := _BUNDLED_NAME.match(stem):
        return match["individual"], int(match["angle"])
    if match := _FRUITS_360_NAME.match(stem):
        return (match["axis"] or "0").rstrip("_"), int(match["angle"])
    return stem, 0
