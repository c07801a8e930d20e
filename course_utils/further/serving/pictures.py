"""A picture out of a request: strangers' bytes, so nothing is decoded before its size is known."""

from __future__ import annotations

import contextlib
import io
import math
import threading
import warnings
from typing import TYPE_CHECKING

import numpy as np

from course_utils.further.serving.refusals import Refused

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

MOST_MEGAPIXELS = 50
LARGE_MEGAPIXELS = 12  # larger ones are decoded one at a time and thinned out at once: a container has 512 MB
LONGEST_SIDE = 4_000
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")


_one_large = threading.Lock()


def picture_of(body: bytes, size: int) -> np.ndarray:
    """A picture as uint8 (size, size, 3), prepared as `datasets.read_image` prepares a training picture.

    Upright by its EXIF mark, transparency on white, padded with white to a square, then resized. Raises Refused for
    what is no picture, is damaged, or has more than 50 megapixels.
    """
    from PIL import Image, ImageOps

    image, _ = _read(body, size)
    if image.size != (size, size):
        if max(image.size) > LONGEST_SIDE:  # 100,000 x 1 pixels would be padded to ten thousand megapixels
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        if image.width != image.height:
            image = ImageOps.pad(image, (max(image.size),) * 2, color="white")
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image)


def scene_of(body: bytes, size: int) -> tuple[np.ndarray, tuple[int, int]]:
    """A picture as uint8 (H, W, 3), upright and of its own proportions, and its width and height as it was sent.

    A large JPEG is decoded at a smaller scale, with no fewer than twice `size` pixels on its shorter side. Raises Refused as
    `picture_of` does.
    """
    image, sent = _read(body, 2 * size)
    return np.asarray(image), sent


def _read(body: bytes, size: int) -> tuple[PillowImage, tuple[int, int]]:
    """A picture in RGB, upright, transparency on white; and its width and height before a JPEG was decoded at a smaller scale.

    `size`: pixels that each side keeps. Raises Refused.
    """
    from PIL import Image, ImageOps

    if not body:
        raise Refused(400, "The body is empty. Send the bytes of a picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Image.open(io.BytesIO(body), formats=FORMATS)
            megapixels = opened.width * opened.height / 1e6
            if megapixels > MOST_MEGAPIXELS:
                raise Refused(
                    413,
                    f"The picture has {megapixels:,.0f} megapixels, and at most {MOST_MEGAPIXELS} are read.",
                )
            sent = opened.size
            opened.draft("RGB", (size, size))
            with _one_large if megapixels > LARGE_MEGAPIXELS else contextlib.nullcontext():
                opened.load()
                drawn = _thinned(opened)
            image = ImageOps.exif_transpose(drawn)
            if image.size != drawn.size:  # taken with the camera on its side
                sent = sent[::-1]
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = image.convert("RGB")
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused(
            413, f"The picture is too large: at most {MOST_MEGAPIXELS} megapixels are read."
        ) from None
    except Image.UnidentifiedImageError:
        raise Refused(
            422, f"The body is not a picture that can be read: send {', '.join(FORMATS)}."
        ) from None
    except Exception:  # noqa: BLE001 - decoders raise whatever they like on bytes that are made to break them
        raise Refused(
            422, "The picture is damaged: it begins like one, but it can't be read to its end."
        ) from None
    return image, sent


def _thinned(opened: PillowImage) -> PillowImage:
    """A decoded picture of at most 12 megapixels: of a larger one every second or third point, and its own is given back."""
    step = math.ceil(math.sqrt(opened.width * opened.height / 1e6 / LARGE_MEGAPIXELS))
    if step <= 1:
        return opened
    from PIL import Image

    size = (max(1, opened.width // step), max(1, opened.height // step))
    thin = opened.resize(size, Image.Resampling.NEAREST)
    opened.close()  # its points take up to 200 MB
    return thin
