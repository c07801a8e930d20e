"""A single-stage detector without anchors: a heat map of centres for each kind, and a box at each place.

Like CenterNet it looks for centres, like FCOS it measures from there to the four sides. All numbers lie on a grid with
one cell per 4 x 4 pixels (`STRIDE`). `detector_net` builds the net, `targets` says what it should answer, `centre_loss` and
`box_loss` go to compile(), `decode` makes boxes of its answers, and `detect` does it all for one picture.
Sources: X. Zhou and others, "Objects as points", 2019; Z. Tian and others, "FCOS", ICCV 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .boxes import non_maximum_suppression
from .scoring import SIDES

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

STRIDE = 4
COARSEST = 16  # a side of a picture has to be a multiple of this many pixels
PRIOR = -3.5  # the first answer everywhere: a centre with a probability of 0.03
MOST = 100


def detector_net(kinds: Sequence[str], width: int = 64, prior: float = PRIOR) -> keras.Model:
    """A net for pictures (H, W, 3) of 0-255 with sides that are multiples of 16; 450,000 parameters at a `width` of 64.

    Outputs on a grid of H/4 x W/4: `centres`, one logit per kind, and `boxes`, distances to left, top, right and bottom
    before the softplus. `prior`: the bias of the centres before training.
    """
    import keras
    from keras import layers

    def block(x, filters, strides=1):
        x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    def side(x):  # a way across, from the way down to the way up
        return layers.Conv2D(width, 1)(x)

    inputs = keras.Input((None, None, 3))
    x = block(layers.Rescaling(1 / 255)(inputs), width * 3 // 8, 2)
    fine = block(block(x, width * 3 // 4, 2), width * 3 // 4)  # cells of 4 pixels
    middle = block(fine, width * 5 // 4, 2)  # cells of 8
    middle = layers.Add()([middle, block(middle, width * 5 // 4)])
    coarse = block(middle, width * 2, 2)  # cells of 16: what is this?
    coarse = layers.Add()([coarse, block(coarse, width * 2)])
    x = block(layers.Add()([layers.UpSampling2D()(side(coarse)), side(middle)]), width)
    x = block(layers.Add()([layers.UpSampling2D()(side(x)), side(fine)]), width)  # and where exactly?
    bias = keras.initializers.Constant(prior)
    centres = layers.Conv2D(len(kinds), 1, bias_initializer=bias, name="centres")(x)
    boxes = layers.Conv2D(4, 1, bias_initializer="ones", name="boxes")(x)
    net = keras.Model(inputs, [centres, boxes], name="detector")
    net.kinds = tuple(kinds)
    return net


def targets(
    boxes: np.ndarray, kinds: np.ndarray, count: int, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """What the net should answer for one picture: a heat map per kind, and a box at each cell near a centre.

    `boxes` (N, 4) in pixels, `kinds` (N,) numbers below `count`, `size` height and width of the picture.
    Returns float32 (H/4, W/4, count), 1 at each centre and falling like a bell around it, and (H/4, W/4, 5): the distances to
    left, top, right and bottom in cells, and how much this cell counts.
    """
    rows, columns = size[0] // STRIDE, size[1] // STRIDE
    centres = np.zeros((rows, columns, count), np.float32)
    wanted = np.zeros((rows, columns, 5), np.float32)
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4) / STRIDE
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    down, across = np.arange(rows) + 0.5, np.arange(columns) + 0.5
    for number in np.argsort(
        -areas, kind="stable"
    ):  # the smaller box is written last: it lies in front, or would be lost
        left, top, right, bottom = boxes[number]
        row = int(np.clip((top + bottom) / 2, 0, rows - 1))
        column = int(np.clip((left + right) / 2, 0, columns - 1))
        wide, high = max(0.7, (right - left) / 6), max(0.7, (bottom - top) / 6)
        bell = np.exp(
            -(((down - down[row]) / high) ** 2)[:, None] / 2
            - (((across - across[column]) / wide) ** 2)[None] / 2
        )
        kind = int(kinds[number])
        centres[..., kind] = np.maximum(centres[..., kind], bell)
        for r in range(max(0, row - 1), min(rows, row + 2)):
            for c in range(max(0, column - 1), min(columns, column + 2)):
                distances = (across[c] - left, down[r] - top, right - across[c], bottom - down[r])
                if min(distances) > 0:
                    wanted[r, c] = (*distances, bell[r, c])
    return centres, wanted


def centre_loss(true: object, logits: object) -> object:
    """Focal loss of the heat maps per true centre: sure and right costs little, so the many empty cells do not rule.

    `true` (B, H, W, kinds) as `targets` gives it. Near a centre, where the bell is high, a high answer costs less.
    Sources: T.-Y. Lin and others, "Focal loss for dense object detection", ICCV 2017; "Objects as points".
    """
    from keras import ops

    probability = ops.sigmoid(logits)
    centre = ops.cast(true > 0.999, logits.dtype)
    hit = centre * (1 - probability) ** 2 * ops.softplus(-logits)
    empty = (1 - centre) * (1 - true) ** 4 * probability**2 * ops.softplus(logits)
    return ops.sum(hit + empty) / ops.maximum(ops.sum(centre), 1.0)


def box_loss(true: object, raw: object) -> object:
    """1 - GIoU of the boxes at the cells near a centre; `true` (B, H, W, 5) as `targets` gives it, `raw` (B, H, W, 4).

    Both boxes contain the cell, so what they share is a product of two sums of smaller distances.
    """
    from keras import ops

    wanted, weight, found = true[..., :4], true[..., 4], ops.softplus(raw)

    def area(sides):
        return (sides[..., 0] + sides[..., 2]) * (sides[..., 1] + sides[..., 3])

    shared, around = area(ops.minimum(wanted, found)), area(ops.maximum(wanted, found)) + 1e-6
    union = area(wanted) + area(found) - shared + 1e-6
    giou = shared / union - (around - union) / around
    return ops.sum(weight * (1 - giou)) / ops.maximum(ops.sum(weight), 1.0)


def boxes_from(
    centres: np.ndarray, boxes: np.ndarray, threshold: float = 0.3, overlap: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes of one picture from the net's answers (rows, columns, kinds) and (rows, columns, 4), best score first.

    A peak is a cell that no neighbour surpasses. Of boxes of one kind that share more than `overlap` (IoU) the best stays.
    Returns left, top, right, bottom in pixels (N, 4), scores (N,) and numbers of the kinds (N,). It needs NumPy alone, so that
    a service can decode without Keras and pandas.
    """
    scores = 1 / (1 + np.exp(-np.clip(np.asarray(centres, np.float64), -60, 60)))
    rows, columns, kind = np.nonzero((scores >= _highest_around(scores)) & (scores >= threshold))
    values = scores[rows, columns, kind]
    best = np.argsort(-values, kind="stable")[:MOST]
    rows, columns, kind, values = rows[best], columns[best], kind[best], values[best]
    left, top, right, bottom = np.logaddexp(0, np.asarray(boxes, np.float64)[rows, columns]).T
    height, width = scores.shape[0], scores.shape[1]
    places = STRIDE * np.stack(
        [
            np.clip(columns + 0.5 - left, 0, width), np.clip(rows + 0.5 - top, 0, height),
            np.clip(columns + 0.5 + right, 0, width), np.clip(rows + 0.5 + bottom, 0, height),
        ],
        axis=1,
    )  # fmt: skip
    kept = non_maximum_suppression(places, values, overlap, kind)
    return places[kept], values[kept], kind[kept]


def decode(
    centres: np.ndarray, boxes: np.ndarray, kinds: Sequence[str], threshold: float = 0.3, overlap: float = 0.5
) -> DataFrame:
    """`boxes_from` as a table with the columns kind, score, left, top, right, bottom; `kinds` are the names."""
    return _table(*boxes_from(centres, boxes, threshold, overlap), kinds)


def _table(places: np.ndarray, scores: np.ndarray, numbers: np.ndarray, kinds: Sequence[str]) -> DataFrame:
    import pandas as pd

    table = pd.DataFrame(places, columns=SIDES)
    table.insert(0, "kind", [kinds[number] for number in numbers])
    table.insert(1, "score", scores)
    return table


def find(net: keras.Model, pictures: np.ndarray, threshold: float = 0.05, batch_size: int = 32) -> DataFrame:
    """Boxes in many pictures of one size (N, H, W, 3): the columns of `decode` after `picture`, the number of the picture.

    The low threshold is that of average precision, which looks at all scores. Raises ValueError for a size that does not fit.
    """
    pictures = np.asarray(pictures)
    if pictures.ndim != 4 or pictures.shape[1] % COARSEST or pictures.shape[2] % COARSEST:
        raise ValueError(
            f"find reads pictures (N, H, W, 3) with sides that are multiples of {COARSEST}; got shape {pictures.shape}. "
            "detect(net, picture) takes one picture of any size"
        )
    found = list(_answers(net, pictures, threshold, batch_size))
    table = _table(*(np.concatenate(part) for part in zip(*found, strict=True)), net.kinds)
    table.insert(0, "picture", np.repeat(np.arange(len(found)), [len(places) for places, _, _ in found]))
    return table


def _answers(
    net: keras.Model, pictures: np.ndarray, threshold: float, batch_size: int = 32
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What `boxes_from` makes of the net's answers, picture by picture, for pictures (N, H, W, 3) that fit the net."""
    for start in range(0, len(pictures), batch_size):
        part = pictures[start : start + batch_size].astype("float32")
        # Filled up after the first batch, so that the net is compiled for one size only.
        missing = batch_size - len(part) if start else 0
        filled = np.concatenate([part, np.zeros((missing, *part.shape[1:]), "float32")])
        said = [np.asarray(one)[: len(part)] for one in net.predict_on_batch(filled)]
        for one in zip(*said, strict=True):
            yield boxes_from(*one, threshold)


def detect(net: keras.Model, picture: np.ndarray, threshold: float = 0.3, size: int = 128) -> DataFrame:
    """Boxes in one picture (H, W, 3) of any size, uint8, in its own pixels, best score first; see `decode`.

    The net sees it with `size` pixels on the longer side: choose it so that things are as large as in training.
    Raises ValueError for what is not a picture in colour.
    """
    return _table(*boxes_in(net, picture, threshold, size), net.kinds)


def boxes_in(
    net: keras.Model, picture: np.ndarray, threshold: float, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`detect` as arrays: boxes (N, 4), scores (N,) and numbers of the kinds (N,)."""
    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(
            f"A picture is a uint8 array of shape (H, W, 3); got {picture.dtype} of shape {picture.shape}"
        )
    seen = fitted(picture, size)
    ((places, scores, kinds),) = _answers(net, seen.picture[None], threshold)
    return seen.enlarged(places), scores, kinds


@dataclass(frozen=True, eq=False)
class Fitted:
    """A picture as the net sees it: uint8 (H, W, 3) with sides that are multiples of 16, padded with grey.

    `inside`: height and width of what is no padding. `scale`: pixels here for one of the original.
    """

    picture: np.ndarray
    inside: tuple[int, int]
    scale: float

    def enlarged(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes (N, 4) in pixels of the original, none of them over what is there."""
        height, width = self.inside
        return np.minimum(boxes, [width, height, width, height]) / self.scale


def fitted(picture: np.ndarray, size: int) -> Fitted:
    """A picture uint8 (H, W, 3), resized to `size` pixels on the longer side and padded."""
    from PIL import Image

    scale = size / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    small = np.asarray(
        Image.fromarray(picture).resize(
            (width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        )
    )
    padded = np.full((-(-height // COARSEST) * COARSEST, -(-width // COARSEST) * COARSEST, 3), 127, np.uint8)
    padded[:height, :width] = small
    return Fitted(padded, (height, width), scale)


def _highest_around(scores: np.ndarray) -> np.ndarray:
    """The largest value of each cell and its eight neighbours, for each kind."""
    padded = np.pad(scores, ((1, 1), (1, 1), (0, 0)), constant_values=-1)
    rows, columns = scores.shape[:2]
    return np.max([padded[r : r + rows, c : c + columns] for r in range(3) for c in range(3)], axis=0)
