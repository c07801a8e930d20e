"""Reading the picture that is to be explained: what its values mean, and where lime would go wrong in silence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray

_RANGES = {(0, 1): 1, (0, 255): 255}


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """A picture whose values are understood.

    pixels: (H, W, 3) in the caller's values and type: what predict gets many of. unit: the same for cutting it into
    segments, uint8 or float in 0-1. largest: 255 or 1. grey: whether it came without colours.
    """

    pixels: Array
    unit: Array
    largest: int
    grey: bool


def read_picture(image: Array, value_range: tuple[int, int] | None = None) -> ReadPicture:
    """Understand a picture: uint8, float in 0-1 or float in 0-255; (H, W, 3), or grey (H, W) or (H, W, 1).

    `value_range`: (0, 1) or (0, 255) for a float picture; without it, a largest value up to 1 means 0-1, one above
    2 means 0-255. Raises ValueError, with what to type, for RGBA, for values in another range, for other types.
    """
    image = np.asarray(image)
    if image.ndim == 4 and len(image) == 1:
        raise ValueError(f"One picture is explained at a time; got shape {image.shape}. Type: image[0]")
    if image.ndim == 3 and image.shape[2] == 4:
        raise ValueError(
            "This picture has a fourth channel (RGBA, transparency), which a net for RGB does not know. "
            "Type: image[..., :3]  (or read the file with read_image, which puts it on white)"
        )
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3)) or not image.size:
        raise ValueError(f"A picture is (H, W, 3), or grey (H, W) or (H, W, 1); got shape {image.shape}")
    largest = _largest(image, value_range)
    if image.dtype == np.float16:
        image = image.astype(np.float32)
    grey = image.ndim == 2 or image.shape[2] == 1
    if grey:
        image = np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)
    # Quickshift on floats in 0-255 finds some 300 segments where there are 35, without a word.
    unit = image if image.dtype == np.uint8 or largest == 1 else image / 255
    return ReadPicture(np.ascontiguousarray(image), unit, largest, grey)


def _largest(image: Array, value_range: tuple[int, int] | None) -> int:
    if value_range is not None and tuple(value_range) not in _RANGES:
        raise ValueError(f"value_range is {value_range!r}; expected (0, 1) or (0, 255)")
    if image.dtype == np.uint8:
        if value_range is not None and tuple(value_range) != (0, 255):
            raise ValueError("A picture of bytes (uint8) has values of 0 to 255: leave value_range out")
        return 255
    if not np.issubdtype(image.dtype, np.floating):
        raise ValueError(
            f"The picture holds {image.dtype}; expected uint8 or floats. For whole numbers of 0 to 255 type: "
            'image.astype("uint8")'
        )
    if not np.isfinite(image).all():
        raise ValueError("The picture holds values that are not finite numbers (nan or inf)")
    low, high = float(image.min()), float(image.max())
    if low < 0:
        raise ValueError(
            f"The picture has values from {low:.3g} to {high:.3g}: it looks preprocessed. Pass the picture as it was "
            "before, and let predict do the rest: explain_image(lambda pictures: model.predict_on_batch("
            "preprocess(pictures)), image)"
        )
    if value_range is None:
        if 1 < high <= 2:
            raise ValueError(
                f"The largest value is {high:.3g}: a picture in 0-1 that was overshot, or a very dark one in 0-255? "
                "Type np.clip(image, 0, 1), or value_range=(0, 255)"
            )
        value_range = (0, 1) if high <= 1 else (0, 255)
    largest = _RANGES[tuple(value_range)]
    if high > largest:
        raise ValueError(f"The picture has values up to {high:.4g}, beyond its value_range {value_range}")
    return largest
