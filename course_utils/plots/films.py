"""Short films in a notebook: animated WebP inside HTML, with alt text, and boxes drawn into frames."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np

from .labels import ink, leader, places
from .picture import COLOURS

if TYPE_CHECKING:
    from pandas import DataFrame

QUALITY = 40
TRAIL = 14  # frames for which the way of a thing is drawn
TAG, CAPTION = 12, 14  # heights in pixels: a name beside a box, and the strip with the count


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
    part: slice = slice(None),
) -> np.ndarray:
    """Frames with what was followed drawn in: uint8 (n, scale H, scale W, 3), and a strip below for the running count.

    `tracks`: frame, id, left, top, right, bottom, and where known kind. Each track has its own colour, its number and the way
    of its last frames. `line`: two ends in pixels. `crossings`: frame, id, direction; their count so far stands in a strip
    of CAPTION pixels under the picture, where no box can cross it. `part`: which frames to draw; all if not said.
    """
    from PIL import Image, ImageDraw

    frames = np.asarray(frames)
    by_frame = dict(list(tracks.groupby("frame")))
    drawn = []
    for number in range(len(frames))[part]:
        frame = frames[number]
        high, wide = scale * frame.shape[0], scale * frame.shape[1]
        picture = Image.new("RGB", (wide, high + (CAPTION if crossings is not None else 0)))
        picture.paste(Image.fromarray(frame).resize((wide, high)))
        pen = ImageDraw.Draw(picture)
        if line is not None:
            pen.line([value * scale for end in line for value in end], fill="white", width=2)
        seen = list(by_frame[number].itertuples()) if number in by_frame else []
        boxes = [
            np.clip(
                np.multiply(scale, (row.left, row.top, row.right, row.bottom)), 0, [wide - 1, high - 1] * 2
            )
            for row in seen
        ]
        for row, box in zip(seen, boxes, strict=True):
            colour = COLOURS[row.id % len(COLOURS)]
            pen.rectangle([*box], outline=colour, width=2)
            way = tracks[(tracks["id"] == row.id) & tracks["frame"].between(number - TRAIL, number)]
            middle = [
                ((a + c) / 2 * scale, (b + d) / 2 * scale)
                for a, b, c, d in zip(way.left, way.top, way.right, way.bottom, strict=True)
            ]
            if len(middle) > 1:
                pen.line(middle, fill=colour, width=1)
        _name(pen, seen, boxes, wide, high)  # after all boxes, so that none crosses the words
        if crossings is not None:
            past = crossings[crossings["frame"] <= number]["direction"].value_counts()
            told = ", ".join(f"{name} {past[name]}" for name in sorted(past.index)) or "0"
            pen.rectangle([0, high, wide, high + CAPTION], fill="black")  # a long way may have gone below
            pen.text((4, high + 1), f"crossings: {told}", fill="white")
        drawn.append(np.asarray(picture))
    return np.stack(drawn)


def _name(pen, seen: list, boxes: list[np.ndarray], wide: int, high: int) -> None:
    """The number and kind of each track on a strip of its colour, beside its box and apart from the others."""
    words = [f"{row.id} {getattr(row, 'kind', '')}".strip() for row in seen]
    sizes = [(pen.textlength(text) + 4, TAG) for text in words]
    for row, text, box, size, (left, top) in zip(
        seen, words, boxes, sizes, places(boxes, sizes, wide, high), strict=True
    ):
        colour = COLOURS[row.id % len(COLOURS)]
        if (line := leader(box, (left, top), size)) is not None:
            pen.line(line, fill=colour, width=1)
        left, top = round(left), round(top)
        pen.rectangle([left, top, left + size[0] - 1, top + size[1] - 1], fill=colour)
        pen.text((left + 2, top), text, fill=ink(colour))
