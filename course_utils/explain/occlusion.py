"""Occlusion: cover a patch of the picture, see how far the probability falls, move the patch on.

Source: M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", 2014.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np

from course_utils.foundation.assets import progress
from course_utils.foundation.config import someone_is_watching

from .inputs import read_picture
from .predictions import PictureClassifier, fill_up, picture_batch

Array = np.ndarray


def occlusion_map(
    predict: object,
    image: Array,
    class_index: int | None = None,
    *,
    patch: int | None = None,
    stride: int | None = None,
    fill: float | Sequence[float] | None = None,
    batch_size: int | None = None,
    maths: str = "float32",
    value_range: tuple[int, int] | None = None,
    output: str | int | None = None,
) -> Array:
    """How far the probability of a class falls when a place is covered: float32 (H, W), below 0 where it rises.

    `predict`, `image`, `batch_size`, `maths`, `value_range`, `output`: as in `explain_image`. `class_index`: None is the most
    probable class. `patch`: side of the square that covers, in pixels; a sixth of the shorter side by default.
    `stride`: how far it moves, half a patch by default. `fill`: its value or colour, in the picture's own values;
    None is the picture's mean colour. A pixel's value is the mean over the patches that covered it.
    Raises ValueError for sizes and classes that do not fit, and for pictures as in `explain_image`.
    """
    picture = read_picture(image, value_range)
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    patch = max(1, round(min(height, width) / 6)) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= patch <= min(height, width) or not 1 <= stride <= patch:
        raise ValueError(
            f"A patch of {patch} moved by {stride} pixels does not cover a picture of {height} by {width}: "
            "patch is 1 to the shorter side, stride 1 to patch"
        )
    classifier = PictureClassifier(predict, picture, maths, output)
    corners = [
        (top, left) for top in _starts(height, patch, stride) for left in _starts(width, patch, stride)
    ]
    colour = pixels.mean(axis=(0, 1)) if fill is None else fill
    size = picture_batch(len(corners) + 1, height, width, batch_size)
    whole = classifier(fill_up(pixels[None], size))[0]
    class_index = int(whole.argmax()) if class_index is None else class_index
    if not 0 <= class_index < len(whole):
        raise ValueError(
            f"The net tells {len(whole)} classes apart, 0 to {len(whole) - 1}; got class_index={class_index}"
        )
    falls, covered = np.zeros((height, width)), np.zeros((height, width))
    bar = progress.bar("occlusion", len(corners), shown=someone_is_watching(), unit=" patches")
    with contextlib.closing(bar):
        for first in range(0, len(corners), size):
            chosen = corners[first : first + size]
            changed = np.repeat(pixels[None], size, axis=0)
            for one, (top, left) in zip(changed, chosen, strict=False):
                one[top : top + patch, left : left + patch] = colour
            found = classifier(changed)[: len(chosen), class_index]
            for (top, left), probability in zip(chosen, found, strict=True):
                falls[top : top + patch, left : left + patch] += whole[class_index] - probability
                covered[top : top + patch, left : left + patch] += 1
            bar.update(len(chosen))
    return (falls / covered).astype(np.float32)


def _starts(length: int, patch: int, stride: int) -> list[int]:
    """Where patches begin; the last one ends at the border, so that each pixel is covered."""
    return sorted({*range(0, length - patch + 1, stride), length - patch})
