"""Reading picture files as they come: from a phone, a scanner, a microscope, a folder that was zipped on a Mac."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .common import DataError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

log = logging.getLogger(__name__)

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif")
MOST_MEGAPIXELS = 220
"""A JPEG's header may promise so many; phones make 200. Other formats have Pillow's own limit, 179."""

READERS = 4

_WHOLE_MEGAPIXELS = (
    89  # read in full size up to here: some 270 MB. What is larger is reduced while it is decoded
)
_BITS = (8, 10, 12, 14, 16)
_SYSTEM_FILES = ("thumbs.db", "desktop.ini", "__macosx")
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def is_hidden(path: Path) -> bool:
    """Whether an operating system made this file or folder for itself: `._x.jpg`, `.DS_Store`, `Thumbs.db`, ..."""
    name = Path(path).name
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def picture_files(folder: Path) -> list[Path]:
    """The picture files of a folder, by name; hidden ones, and files with other endings, are left out.

    A folder that is not there has none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not is_hidden(path) and path.is_file()
    )


def read_image(path: Path, size: int | None = None) -> np.ndarray:
    """One picture as uint8 (size, size, 3) in RGB, upright; `size` None keeps its own size.

    A picture that is not square is padded with white, so that the fruit keeps its shape; transparency
    becomes white. Numbers other than bytes (12 or 16 bits, int32, floats) are brought to 0-255 by the range that they
    use, and a log line says so where it had to be guessed. A JPEG of more than 89 megapixels is reduced on reading.
    Raises DataError for a file that is not there or no readable picture.
    """
    from PIL import Image, ImageOps

    path = Path(path)
    try:
        with _opened(path) as opened:
            if size is not None:
                opened.draft("RGB", (size, size))  # JPEG: decode at a smaller scale, several times faster
            _reduce(opened, path)
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith(("I", "F")):  # Pillow itself would cut at 255
                image = Image.fromarray(_bytes(np.asarray(image), path))
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                image = image.convert("RGBA")
                white = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(white, image)
            image = image.convert("RGB")
    except FileNotFoundError:
        raise DataError(
            f"There is no file {path.name} in {path.parent.resolve()}. Put your picture there, or correct "
            "its name (upper and lower case count), then rerun the cell"
        ) from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise DataError(_refusal(path, problem)) from problem
    if size is not None and image.size != (size, size):
        if image.width != image.height:
            image = ImageOps.pad(image, (max(image.size),) * 2, color="white")
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image)


def own_photographs(folder: Path | str, size: int, most: int = 8) -> dict[str, np.ndarray]:
    """The learner's own pictures in a folder, by file name: uint8 (size, size, 3) each, the first `most` of them.

    What cannot be read is left out, and a log line says why; another one names a folder without a picture. A folder that
    is not there has none.
    """
    paths, found = picture_files(Path(folder)), {}
    if Path(folder).is_dir() and not paths:
        log.warning("There is no picture in %s. Put files such as lemon.jpg or lemon.png there", folder)
    for path in paths[:most]:
        try:
            found[path.name] = read_image(path, size)
        except DataError as problem:
            log.warning("%s", problem)
    return found


def read_many(root: Path, paths: Sequence[str], size: int | None = None) -> np.ndarray:
    """The pictures at these paths (relative to `root`) as uint8 (N, size, size, 3); None keeps their size."""
    with ThreadPoolExecutor(READERS) as readers:  # Pillow decodes outside of Python's lock
        return np.stack(list(readers.map(lambda path: read_image(root / path, size), paths)))


def _opened(path: Path) -> PillowImage:
    """A picture file, opened. A JPEG is opened as such, for Pillow would refuse a phone's 200 megapixels unreduced."""
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

    with path.open("rb") as file:
        start = file.read(3)
    if start != b"\xff\xd8\xff":
        return Image.open(path)
    image = JpegImageFile(path)
    if _megapixels(image) > MOST_MEGAPIXELS:
        image.close()
        raise Image.DecompressionBombError(f"{_megapixels(image):,.0f} megapixels")
    return image


def _megapixels(image: PillowImage) -> float:
    return image.width * image.height / 1e6


def _reduce(opened: PillowImage, path: Path) -> None:
    """Have a very large JPEG decoded at a half, a quarter or an eighth of its size."""
    from PIL import Image

    if opened.format != "JPEG" or _megapixels(opened) <= _WHOLE_MEGAPIXELS:
        return
    whole = opened.size
    for factor in (2, 4, 8):
        opened.draft(opened.mode, (whole[0] // factor, whole[1] // factor))
        if _megapixels(opened) <= _WHOLE_MEGAPIXELS:
            log.info("%s: %d x %d pixels read as %d x %d", path.name, *whole, *opened.size)
            return
    raise Image.DecompressionBombError(f"{_megapixels(opened):,.0f} megapixels")


def _bytes(values: np.ndarray, path: Path) -> np.ndarray:
    """Grey values of any range as uint8. Raises ValueError where there is no finite number."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise ValueError("it holds no finite numbers")
    low, high = float(finite.min()), float(finite.max())
    values = np.nan_to_num(values.astype(float), nan=low, posinf=high, neginf=low)
    if np.issubdtype(finite.dtype, np.floating) and low >= 0 and high <= 1:
        return np.round(values * 255).astype(np.uint8)
    bits = next((bits for bits in _BITS if 0 <= low and high < 2**bits), None)
    if bits is not None:
        if bits not in (8, 16):
            log.warning(
                "%s: its largest value is %.0f, so it was read as %d bits per pixel", path.name, high, bits
            )
        return (values / 2 ** (bits - 8)).astype(np.uint8)
    log.warning(
        "%s: its values, %.4g to %.4g, were stretched to 0 to 255, black to white", path.name, low, high
    )
    return np.round((values - low) * (255 / ((high - low) or 1))).astype(np.uint8)


def _refusal(path: Path, problem: Exception) -> str:
    """Why a file was not read, and what to do."""
    from PIL import Image, UnidentifiedImageError

    if is_hidden(path):
        return (
            f"{path.name} is a hidden file of macOS or Windows, not a picture: leave it out. "
            "picture_files(folder) lists the pictures only"
        )
    if isinstance(problem, Image.DecompressionBombError):
        return (
            f"{path.name} has too many pixels to be read safely ({MOST_MEGAPIXELS} megapixels is the most for a JPEG, "
            "179 for other files). Export a smaller JPEG, then rerun the cell"
        )
    start = b""
    if path.is_file():
        with contextlib.suppress(OSError), path.open("rb") as file:
            start = file.read(12)
    if start[4:8] == b"ftyp" and start[8:12] in (*_HEIC, b"avif", b"avis"):
        kind = "HEIC" if start[8:12] in _HEIC else "AVIF"
        return (
            f"{path.name} is a {kind} picture, which cannot be read here. Export it as JPEG (on an iPhone: Settings, "
            "Camera, Formats, Most Compatible; or share it by mail), then rerun the cell"
        )
    # Pillow's own words name the whole path, which says nothing to a learner.
    unknown = isinstance(problem, (UnidentifiedImageError, SyntaxError))
    reason = "not an image file" if unknown else problem
    return (
        f"{path.name} cannot be read as a picture ({reason}). Expected a whole JPEG or PNG file: "
        "save it again from a picture viewer, then rerun the cell"
    )
