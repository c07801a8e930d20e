"""Short films in a notebook: animated WebP inside HTML, with alt text, and boxes drawn into frames."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np

from .picture import COLOURS

if TYPE_CHECKING:
    from pandas import DataFrame

QUALITY = 40
TRAIL = 14  # frames for which the way of a thing is drawn


class Film:
    """Frames with alt text; shows itself as an animated picture that needs no player.

    `frames` uint8 (N, H, W, 3), `alt`: sentences that say what a person would see happen. `width` of the shown film in pixels.
    Raises ValueError for no frames, another shape, or an alt text that is too short to say anything.
    """

    def __init__(
        self, frames: np.ndarray, alt: str, frames_per_second: float = 12.0, width: int = 512
    ) -> None:
        frames = np.asarray(frames)
        if frames.ndim != 4 or frames.shape[-1] != 3 or not len(frames):
            raise ValueError(f"A film is frames uint8 (N, H, W, 3), at least one; got shape {frames.shape}")
        if len(alt.strip()) < 20:
            raise ValueError(
                f"Alt text {alt!r} says too little: describe in a sentence what happens in the film"
            )
        if frames_per_second <= 0:
            raise ValueError(f"A film has more than 0 frames per second; got {frames_per_second}")
        self.frames, self.alt = frames.astype(np.uint8), " ".join(alt.split())
        self.frames_per_second, self.width = frames_per_second, width

    def webp(self, quality: int = QUALITY) -> bytes:
        """The film as an animated WebP that plays again and again; `quality` 0-100 as in Pillow."""
        from PIL import Image

        pictures = [Image.fromarray(frame) for frame in self.frames]
        buffer = io.BytesIO()
        pictures[0].save(
            buffer,
            "WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=round(1000 / self.frames_per_second),
            loop=0,
            quality=quality,
            method=2,
        )
        return buffer.getvalue()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        encoded = base64.b64encode(self.webp()).decode("ascii")
        alt = html.escape(self.alt, quote=True)
        image = f'<img alt="{alt}" width="{self.width}" src="data:image/webp;base64,{encoded}">'
        return {"text/html": image, "text/plain": f"[film: {self.alt}]"}


def clip(frames: np.ndarray, alt: str, frames_per_second: float = 12.0, width: int = 512) -> Film:
    """Frames uint8 (N, H, W, 3) as a film with alt text, shown as an animated picture."""
    return Film(frames, alt, frames_per_second, width)


def annotated(
    frames: np.ndarray,
    tracks: DataFrame,
    line: tuple | None = None,
    crossings: DataFrame | None = None,
    scale: int = 2,
) -> np.ndarray:
    """Frames with what was followed drawn in: uint8 (N, scale H, scale W, 3).

    `tracks`: frame, id, left, top, right, bottom, and where known kind. Each track has its own colour, its number and the way
    of its last frames. `line`: two ends in pixels. `crossings`: frame, id, direction; the running count stands below, at the left.
    """
    from PIL import Image, ImageDraw

    by_frame = dict(list(tracks.groupby("frame")))
    drawn = []
    for number, frame in enumerate(np.asarray(frames)):
        picture = Image.fromarray(frame).resize((frame.shape[1] * scale, frame.shape[0] * scale))
        pen = ImageDraw.Draw(picture)
        if line is not None:
            pen.line([value * scale for end in line for value in end], fill="white", width=2)
        for row in by_frame[number].itertuples() if number in by_frame else ():
            colour = COLOURS[row.id % len(COLOURS)]
            box = [scale * side for side in (row.left, row.top, row.right, row.bottom)]
            pen.rectangle(box, outline=colour, width=2)
            way = tracks[(tracks["id"] == row.id) & tracks["frame"].between(number - TRAIL, number)]
            middle = [
                ((a + c) / 2 * scale, (b + d) / 2 * scale)
                for a, b, c, d in zip(way.left, way.top, way.right, way.bottom, strict=True)
            ]
            if len(middle) > 1:
                pen.line(middle, fill=colour, width=1)
            _tag(pen, box[0], box[1], f"{row.id} {getattr(row, 'kind', '')}".strip(), colour)
        if crossings is not None:
            past = crossings[crossings["frame"] <= number]["direction"].value_counts()
            told = ", ".join(f"{name} {past[name]}" for name in sorted(past.index)) or "0"
            _tag(pen, 2, picture.height - 2, f"crossings: {told}", "#000000")
        drawn.append(np.asarray(picture))
    return np.stack(drawn)


def _tag(pen, left: float, bottom: float, text: str, colour: str) -> None:
    """White words on a coloured strip that ends at `bottom`, moved into the picture where it would stick out."""
    wide, bottom = pen.textlength(text), max(bottom, 11)
    left = max(0, min(left, pen.im.size[0] - wide - 4))
    pen.rectangle([left, bottom - 11, left + wide + 3, bottom], fill=colour)
    pen.text((left + 2, bottom - 12), text, fill="white")
