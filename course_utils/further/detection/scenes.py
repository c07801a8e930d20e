"""Pictures with boxes as training batches: a window at random, turned over and made lighter or darker at random."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .centres import targets
from .scoring import SIDES

if TYPE_CHECKING:
    from pandas import DataFrame

TRIES = 20  # places that are tried per window with a single thing
LEAST_LEFT = 0.4  # a box of which the window shows less than this share is left out


def numbered(boxes: DataFrame, paths: Sequence[str]) -> DataFrame:
    """The boxes of these pictures, with a column `picture`: the place of the picture in `paths`.

    `boxes`: a table with a column `path`, one row per box. Boxes of other pictures fall away.
    """
    places = {path: number for number, path in enumerate(paths)}
    chosen = boxes[boxes["path"].isin(places)].copy()
    chosen["picture"] = chosen["path"].map(places).astype(int)
    return chosen.reset_index(drop=True)


def single_windows(
    pictures: np.ndarray, boxes: DataFrame, window: int = 64, each: int = 1, seed: int = 0
) -> tuple[np.ndarray, DataFrame]:
    """Windows with one whole fruit and nothing of any other: uint8 (N, window, window, 3), and its box in each.

    Arguments as for `training_batches`. `each`: so many windows per fruit, at random places. A fruit that is larger than the
    window, or too near to others, has fewer or none.
    """
    random = np.random.default_rng(seed)
    sides, owner = boxes[SIDES].to_numpy(float), boxes["picture"].to_numpy(int)
    height, width = pictures.shape[1:3]
    cut, rows, moved = [], [], []
    for row, (left, top, right, bottom) in enumerate(sides):
        others = sides[(owner == owner[row]) & (np.arange(len(sides)) != row)]
        low = np.maximum(0, np.ceil([right - window, bottom - window])).astype(int)
        high = np.minimum([left, top], [width - window, height - window]).astype(int)
        if (low > high).any():
            continue
        places = random.integers(low, high + 1, (TRIES * each, 2))
        inside = np.clip(others[None] - np.tile(places, 2)[:, None], 0, window)
        seen = ((inside[..., 2] > inside[..., 0]) & (inside[..., 3] > inside[..., 1])).any(axis=1)
        for x, y in places[~seen][:each]:
            cut.append(pictures[owner[row], y : y + window, x : x + window])
            rows.append(row)
            moved.append([left - x, top - y, right - x, bottom - y])
    chosen = boxes.iloc[rows].reset_index(drop=True)
    chosen[SIDES] = np.array(moved, float).reshape(-1, 4)
    return np.array(cut, np.uint8).reshape(-1, window, window, 3), chosen


def training_batches(
    pictures: np.ndarray,
    boxes: DataFrame,
    kinds: Sequence[str],
    window: int = 96,
    batch_size: int = 32,
    seed: int = 0,
) -> object:
    """Batches for `Model.fit`, other ones in each epoch: `window` x `window` pixels, and what the net should answer.

    `pictures` uint8 (N, H, W, 3). `boxes`: a table with the number of the `picture`, `kind`, left, top, right, bottom.
    A picture without boxes is a negative: there is nothing to be found. Raises ValueError for a kind that is not in `kinds`
    or a window larger than the pictures.
    """
    return _batches()(pictures, boxes, kinds, window, batch_size, seed)


@functools.cache
def _batches() -> type:
    import keras

    class TrainingBatches(keras.utils.PyDataset):
        """See `training_batches`."""

        def __init__(self, pictures, boxes, kinds, window, batch_size, seed):
            super().__init__()
            unknown = sorted(set(boxes["kind"]) - set(kinds))
            if unknown:
                raise ValueError(f"There are boxes of {', '.join(unknown)}; the net knows {', '.join(kinds)}")
            if window > min(pictures.shape[1:3]):
                raise ValueError(
                    f"A window of {window} pixels does not fit into pictures of {pictures.shape[2]} x {pictures.shape[1]}"
                )
            self.pictures, self.window, self.batch_size = pictures, window, batch_size
            self.count = len(kinds)
            number = boxes["kind"].map({kind: n for n, kind in enumerate(kinds)}).to_numpy(int)
            sides, owner = boxes[SIDES].to_numpy(np.float32), boxes["picture"].to_numpy(int)
            order = np.argsort(owner, kind="stable")
            ends = np.searchsorted(owner[order], np.arange(len(pictures) + 1))
            self.rows = [order[ends[n] : ends[n + 1]] for n in range(len(pictures))]
            self.sides, self.number = sides, number
            self.random = np.random.default_rng(seed)
            self.order = self.random.permutation(len(pictures))

        def __len__(self):
            return -(-len(self.pictures) // self.batch_size)

        def on_epoch_end(self):
            self.order = self.random.permutation(len(self.pictures))

        def __getitem__(self, index):
            chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            made = [self.example(number) for number in chosen]
            x, centres, wanted = (np.stack(part) for part in zip(*made, strict=True))
            return x, (centres, wanted)

        def example(self, number):
            """One window, its heat maps and its boxes."""
            picture, window = self.pictures[number], self.window
            top, left = (self.random.integers(0, side - window + 1) for side in picture.shape[:2])
            x = picture[top : top + window, left : left + window].astype(np.float32)
            boxes, kinds = self.sides[self.rows[number]], self.number[self.rows[number]]
            moved = boxes - [left, top, left, top]
            cut = np.clip(moved, 0, window)
            area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
            shown = (cut[:, 2] - cut[:, 0]) * (cut[:, 3] - cut[:, 1]) >= LEAST_LEFT * area
            cut, kinds = cut[shown], kinds[shown]
            if self.random.random() < 0.5:
                x, cut = (
                    x[:, ::-1],
                    np.stack([window - cut[:, 2], cut[:, 1], window - cut[:, 0], cut[:, 3]], 1),
                )
            x = np.clip(x * self.random.uniform(0.75, 1.25) + self.random.uniform(-15, 15), 0, 255)
            return x, *targets(cut, kinds, self.count, (window, window))

    return TrainingBatches
