"""A kind for each pixel (segmentation) and a number for each thing (instances).

`unet` builds the net, `ColourTable` is the baseline that sees one pixel at a time, `mean_iou` scores both, and `instances`
cuts what is fruit into single fruits by a watershed.
Sources: O. Ronneberger and others, "U-Net", MICCAI 2015; S. Beucher and C. Lantuéjoul, "Use of watersheds in contour
detection", 1979.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

SIDE = 64  # pixels of the pictures that the U-Net sees


def unet(kinds: int, width: int = 16, side: int = SIDE) -> keras.Model:
    """A small U-Net for pictures (side, side, 3) of 0-255: one logit per kind and pixel, ground included.

    The way down halves the picture three times; the way up doubles it with transposed convolutions and gets at each size
    what the way down saw there. 115,000 parameters at a `width` of 16. `side`: a multiple of 8.
    Raises ValueError for another side.
    """
    import keras
    from keras import layers

    if side % 8:
        raise ValueError(f"The net halves a picture three times; {side} is not a multiple of 8.")

    def block(x, filters):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    def up(x, beside, filters):
        x = layers.Conv2DTranspose(filters, 2, strides=2, activation="relu")(x)
        return block(layers.Concatenate()([x, beside]), filters)

    inputs = keras.Input((side, side, 3))
    first = block(layers.Rescaling(1 / 255)(inputs), width)
    second = block(layers.MaxPooling2D()(first), width * 3 // 2)
    third = block(layers.MaxPooling2D()(second), width * 2)
    x = block(block(layers.MaxPooling2D()(third), width * 4), width * 4)
    for beside, filters in ((third, width * 2), (second, width * 3 // 2), (first, width)):
        x = up(x, beside, filters)
    return keras.Model(inputs, layers.Conv2D(kinds, 1)(x), name="unet")


def kinds_of(net: keras.Model, pictures: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """The likeliest kind of each pixel, uint8 (N, H, W), for pictures (N, H, W, 3)."""
    logits = net.predict(np.asarray(pictures, np.float32), batch_size=batch_size, verbose=0)
    return logits.argmax(axis=-1).astype(np.uint8)


@dataclass(frozen=True)
class ColourTable:
    """The baseline: the commonest kind of each colour, with 8 levels of red, green and blue. It sees one pixel at a time."""

    kinds: np.ndarray  # (512,)

    @classmethod
    def fit(cls, pictures: np.ndarray, masks: np.ndarray) -> ColourTable:
        """Count the kinds of each colour in pictures (N, H, W, 3) with masks (N, H, W); a colour never seen is ground."""
        counts = np.zeros((512, int(np.max(masks)) + 1), np.int64)
        np.add.at(counts, (_colours(pictures).ravel(), np.asarray(masks).ravel()), 1)
        return cls(counts.argmax(axis=1).astype(np.uint8))

    def kinds_of(self, pictures: np.ndarray) -> np.ndarray:
        """The kind of each pixel, uint8 (N, H, W)."""
        return self.kinds[_colours(pictures)]


def _colours(pictures: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(np.asarray(pictures, np.uint8) >> 5, -1, 0).astype(np.int64)
    return red * 64 + green * 8 + blue


def iou_by_kind(true: np.ndarray, found: np.ndarray, kinds: int) -> np.ndarray:
    """Intersection over union of each kind over all pixels, (kinds,); NaN for a kind that is in neither.

    true, found: numbers of kinds, of the same shape. Raises ValueError for shapes that differ.
    """
    true, found = np.asarray(true), np.asarray(found)
    if true.shape != found.shape:
        raise ValueError(f"Masks are compared pixel by pixel; got shapes {true.shape} and {found.shape}.")
    table = np.bincount(true.ravel().astype(np.int64) * kinds + found.ravel(), minlength=kinds * kinds)
    table = table.reshape(kinds, kinds)
    both = np.diag(table)
    either = table.sum(axis=0) + table.sum(axis=1) - both
    return np.where(either > 0, both / np.maximum(either, 1), np.nan)


def mean_iou(true: np.ndarray, found: np.ndarray, kinds: int) -> float:
    """The mean of `iou_by_kind` over kinds that occur, ground included, as is usual."""
    return float(np.nanmean(iou_by_kind(true, found, kinds)))


def instances(mask: np.ndarray, least: int = 12, smooth: float = 1.0, depth: float = 0.5) -> np.ndarray:
    """Single things in a mask of all of them: int (H, W), 0 for ground, then 1, 2, ...

    Turn the mask into a landscape: the farther a pixel is from the ground, the deeper. Water that rises from each basin
    meets where two things touch. `smooth`: standard deviation, in pixels, of the smoothing; `depth`: a basin that is less
    deep than this, in pixels, is no thing of its own; `least`: things of fewer pixels are left out.
    """
    from scipy import ndimage
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    mask = np.asarray(mask, bool)
    if not mask.any():
        return np.zeros(mask.shape, int)
    far = ndimage.distance_transform_edt(np.pad(mask, 1, constant_values=False))[1:-1, 1:-1]
    far = ndimage.gaussian_filter(far, smooth) * mask
    basins, _ = ndimage.label(h_maxima(far, depth), structure=np.ones((3, 3)))
    return _numbered(watershed(-far, basins, mask=mask), least)


def connected(mask: np.ndarray, least: int = 12) -> np.ndarray:
    """The baseline of `instances`: pieces of a mask that hang together, int (H, W). Fruits that touch are one piece."""
    from scipy import ndimage

    return _numbered(ndimage.label(np.asarray(mask, bool))[0], least)


def by_kind(kinds: np.ndarray) -> np.ndarray:
    """Single things as `instances` cuts them, but within each kind: int (H, W) from the kind of each pixel, 0 for ground."""
    numbers = np.zeros(np.shape(kinds), int)
    for kind in np.unique(kinds[kinds > 0]):
        found = instances(kinds == kind)
        numbers = np.where(found > 0, found + numbers.max(), numbers)
    return numbers


def _numbered(parts: np.ndarray, least: int) -> np.ndarray:
    """Numbers 1, 2, ... without gaps, and without parts of fewer than `least` pixels."""
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    kept = np.flatnonzero(sizes >= least)
    numbers = np.zeros(len(sizes), int)
    numbers[kept] = np.arange(1, len(kept) + 1)
    return numbers[parts]


def instance_matches(true: np.ndarray, found: np.ndarray, overlap: float = 0.5) -> tuple[int, int, int]:
    """How many true things were found, how many there are, and how many were claimed, in one picture.

    A thing is found if a claimed one shares more than `overlap` (IoU) with it; above 0.5 there is at most one such.
    true, found: numbers of things (H, W), 0 for ground.
    """
    true, found = np.asarray(true, np.int64), np.asarray(found, np.int64)
    shared = np.zeros((true.max() + 1, found.max() + 1), np.int64)
    np.add.at(shared, (true.ravel(), found.ravel()), 1)
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    hits = (shared / np.maximum(union, 1))[1:, 1:] > overlap
    there = int((shared.sum(axis=1)[1:] > 0).sum())
    return int(hits.any(axis=1).sum()), there, int((shared.sum(axis=0)[1:] > 0).sum())
