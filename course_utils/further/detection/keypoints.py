"""Points on things: a heat map per point, its hottest place as the answer, and the share of answers that are near enough.

`crops` cuts things out by their boxes, `bells` draws what a net should answer, `keypoint_net` learns it, `hottest` reads
the places, and `pck` scores them. Source: J. Tompson and others, "Joint training of a convolutional network and a
graphical model for human pose estimation", NIPS 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

SIDE, STRIDE = 48, 2  # pixels of a crop, and pixels per cell of a heat map
MARGIN = 0.15  # how much of its longer side a box is widened by on each side: a tip lies on the edge of a box


def crops(
    pictures: np.ndarray, boxes: DataFrame, points: tuple[str, ...] = ("stem", "tip"), side: int = SIDE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Things cut out and shown at one size: uint8 (N, side, side, 3), their points (N, points, 2), and pixels per box.

    pictures: uint8 (M, H, W, 3). boxes: a table with the number of the `picture`, left, top, right, bottom, and for each
    point NAME the columns NAME_x, NAME_y and NAME_seen. Points are x and y in pixels of the crop, NaN where not seen.
    The last answer, (N,), is the longer side of each box in pixels of its crop, which `pck` measures by.
    """
    from PIL import Image

    shown, places, lengths = [], [], []
    for row in boxes.itertuples():
        longer = max(row.right - row.left, row.bottom - row.top)
        half = longer * (0.5 + MARGIN)
        left, top = (row.left + row.right) / 2 - half, (row.top + row.bottom) / 2 - half
        scale = side / (2 * half)
        image = Image.fromarray(pictures[row.picture])
        window = (left, top, left + 2 * half, top + 2 * half)
        transform = Image.Transform.EXTENT
        shown.append(image.transform((side, side), transform, window, Image.Resampling.BILINEAR))
        seen = [
            (getattr(row, f"{name}_x"), getattr(row, f"{name}_y"))
            if getattr(row, f"{name}_seen")
            else (np.nan, np.nan)
            for name in points
        ]
        places.append((np.array(seen, float) - (left, top)) * scale)
        lengths.append(longer * scale)
    return np.stack([np.asarray(one) for one in shown]), np.stack(places), np.array(lengths)


def turned(pictures: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Square pictures (N, side, side, 3) and their points (N, points, 2) in all eight ways to lay them: 8 N of each.

    A net that learns from them does not care where up is. The first N are those that were given.
    """
    shown, places = [pictures], [points]
    for axis in (0, 1):  # mirrored from left to right, then from top to bottom
        mirrored = np.concatenate(places).copy()
        mirrored[..., axis] = pictures.shape[1] - mirrored[..., axis]
        shown.append(np.flip(np.concatenate(shown), axis=2 - axis))
        places.append(mirrored)
    shown, places = np.concatenate(shown), np.concatenate(places)
    return np.concatenate([shown, shown.swapaxes(1, 2)]), np.concatenate([places, places[..., ::-1]])


def bells(points: np.ndarray, side: int = SIDE, stride: int = STRIDE, spread: float = 1.5) -> np.ndarray:
    """What the net should answer: one map per point with a bell of height 1 there, float32 (N, cells, cells, points).

    points: x and y in pixels (N, points, 2); NaN leaves a map empty. spread: standard deviation in cells.
    """
    middles = (np.arange(side // stride) + 0.5) * stride
    across, down = (((middles - points[..., axis, None]) / (spread * stride)) ** 2 / 2 for axis in (0, 1))
    maps = np.exp(-(down[..., :, None] + across[..., None, :]))
    return np.nan_to_num(np.moveaxis(maps, 1, -1)).astype(np.float32)


def hottest(maps: np.ndarray, stride: int = STRIDE) -> np.ndarray:
    """The hottest place of each map, as x and y in pixels (N, points, 2): the mean of the 3×3 cells around its top cell.

    maps: (N, cells, cells, points), not below 0.
    """
    count, rows, columns, points = maps.shape
    top = maps.reshape(count, rows * columns, points).argmax(axis=1)
    row, column = np.divmod(top, columns)
    around = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
    one, point = np.arange(count)[:, None], np.arange(points)[None]
    weights = np.stack(
        [around[one, row + r, column + c, point] for r in range(3) for c in range(3)], axis=-1
    ).clip(min=1e-9)
    shifts = np.array([(c - 1, r - 1) for r in range(3) for c in range(3)])
    mean = (weights[..., None] * shifts).sum(axis=-2) / weights.sum(axis=-1, keepdims=True)
    return (np.stack([column, row], axis=-1) + 0.5 + mean) * stride


def keypoint_net(points: int, width: int = 24, side: int = SIDE) -> keras.Model:
    """A net for crops (side, side, 3) of 0-255: logits of a heat map per point, two pixels per cell."""
    import keras
    from keras import layers

    def block(x, filters, strides=1):
        x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    inputs = keras.Input((side, side, 3))
    fine = block(block(layers.Rescaling(1 / 255)(inputs), width, 2), width)
    middle = block(fine, width * 2, 2)
    x = block(block(middle, width * 3, 2), width * 3)
    x = layers.Conv2DTranspose(width * 2, 2, strides=2, activation="relu")(x)
    x = block(layers.Concatenate()([x, middle]), width * 2)
    x = layers.Conv2DTranspose(width, 2, strides=2, activation="relu")(x)
    x = block(layers.Concatenate()([x, fine]), width)
    prior = keras.initializers.Constant(-3.5)
    return keras.Model(inputs, layers.Conv2D(points, 1, bias_initializer=prior)(x), name="keypoints")


def pck(true: np.ndarray, found: np.ndarray, lengths: np.ndarray, share: float = 0.2) -> float:
    """The share of points that lie within `share` of their box's longer side from the truth.

    true, found: x and y (N, points, 2); a true point of NaN does not count. lengths: longer sides (N,).
    Raises ValueError where no point can be seen. Source: Y. Yang and D. Ramanan, PAMI 2013.
    """
    far = np.linalg.norm(np.asarray(true) - np.asarray(found), axis=-1)
    counts = np.isfinite(far)
    if not counts.any():
        raise ValueError("No true point can be seen, so there is nothing to compare with.")
    return float((far <= share * np.asarray(lengths)[:, None])[counts].mean())
