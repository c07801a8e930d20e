"""A film in, counted traffic out: read frames, find boxes, follow them, count over a line, show what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.datasets.common import DataError

from .tracking import Line, Tracker, count_crossings

if TYPE_CHECKING:
    from pandas import DataFrame

    from course_utils.plots.films import Film

PICTURE_FILMS = (".webp", ".gif", ".png")
VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")
MOST_FRAMES = 600
WIDEST = 640


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen in a film: its frames, the confirmed tracks, the crossings of the line, and how long it took.

    `frames` uint8 (N, H, W, 3). `tracks`: frame, id, left, top, right, bottom, label, kind. `crossings`: frame, id, direction,
    kind. `seconds`: time for finding and following, without reading.
    """

    frames: np.ndarray = field(repr=False)
    tracks: DataFrame = field(repr=False)
    crossings: DataFrame = field(repr=False)
    line: Line | None
    frames_per_second: float
    seconds: float

    @property
    def counts(self) -> DataFrame:
        """Crossings by kind (rows) and direction (columns)."""
        return (
            self.crossings.groupby(["kind", "direction"])
            .size()
            .unstack(fill_value=0)
            .rename_axis(columns=None)
        )

    @property
    def speed(self) -> float:
        """Frames that were found and followed per second of work."""
        return len(self.frames) / max(self.seconds, 1e-9)

    def film(self, alt: str = "", part: slice = slice(None), width: int = 512) -> Film:
        """The film with boxes, numbers, the line and the running count drawn in; shows itself in a notebook.

        `part`: which frames, such as slice(0, 120, 2) for each second one of the first 120; it plays at the same speed.
        """
        from course_utils import plots

        counted = self.crossings if self.line else None
        drawn = plots.annotated(self.frames, self.tracks, self.line, counted, part=part)
        shown = range(len(self.frames))[part]
        inside = self.tracks["frame"].isin(shown)
        past = (self.crossings["frame"] <= max(shown)).sum()
        told = alt or (
            f"A film of {len(self.frames) / self.frames_per_second:.0f} seconds, of which {len(shown)} frames are shown: a box "
            f"with a number follows each of {self.tracks[inside]['id'].nunique()} things, and the count of crossings "
            f"reaches {past}."
        )
        return plots.clip(drawn, told, self.frames_per_second / abs(shown.step), width)


def watch(
    source: str | Path | np.ndarray,
    detector: Callable[[np.ndarray], np.ndarray],
    line: Line | None = None,
    kinds: Sequence[str] = (),
    frames_per_second: float = 0.0,
    **settings: object,
) -> Watched:
    """Find, follow and count in a film: a file of your own, or frames uint8 (N, H, W, 3).

    `detector`: a function from a frame to boxes (N, 6), such as `frame_detector(net)`. `line`: two ends in pixels of the film;
    None: no counting. `kinds`: names of the detector's numbers. `frames_per_second`: 0 takes the file's own, or 12.
    `settings`: those of `Tracker`. Files: animated WebP, GIF or PNG; videos where the package av is installed.
    Raises DataError for a file that cannot be read, with what to do.
    """
    import pandas as pd

    if isinstance(source, str | Path):
        frames, own_speed = read_film(source)
    else:
        frames, own_speed = np.asarray(source), 12.0
    if frames.ndim != 4 or frames.shape[-1] != 3 or not len(frames):
        raise DataError(f"Expected frames uint8 (N, H, W, 3) or the name of a film; got shape {frames.shape}")
    started = time.perf_counter()
    tracker = Tracker(**settings)
    for frame in frames:
        tracker.update(detector(frame))
    tracks = tracker.table()
    crossings = count_crossings(tracks, line) if line else pd.DataFrame(columns=["frame", "id", "direction"])
    seconds = time.perf_counter() - started
    names = dict(enumerate(kinds))
    tracks["kind"] = [names.get(label, str(label)) for label in tracks["label"]]
    crossings["kind"] = crossings["id"].map(tracks.groupby("id")["kind"].first())
    return Watched(frames, tracks, crossings, line, frames_per_second or own_speed, seconds)


def read_film(path: str | Path, most: int = MOST_FRAMES) -> tuple[np.ndarray, float]:
    """The frames of a film, uint8 (N, H, W, 3), and how many belong to a second.

    Animated WebP, GIF and PNG need nothing else; MP4 and other videos need the package av. At most `most` frames are read;
    frames wider than 640 pixels are made smaller. Raises DataError for what cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(
            f"There is no film {path.name} in {path.parent.resolve()}. Put your film there, or correct its name"
        )
    suffix = path.suffix.lower()
    if suffix in PICTURE_FILMS:
        return _pictures(path, most)
    if suffix in VIDEOS:
        return _video(path, most)
    raise DataError(
        f"{path.name} is not a film that can be read: expected {', '.join(PICTURE_FILMS)}, or {', '.join(VIDEOS)} with the "
        "package av"
    )


def _pictures(path: Path, most: int) -> tuple[np.ndarray, float]:
    from PIL import Image, ImageSequence

    frames, times = [], []
    try:
        with Image.open(path) as opened:
            for frame in ImageSequence.Iterator(opened):
                frames.append(_small(frame.convert("RGB")))
                times.append(float(frame.info.get("duration") or 0))
                if len(frames) >= most:
                    break
    except (OSError, ValueError, SyntaxError) as problem:
        raise DataError(
            f"{path.name} cannot be read as a film: save it again as animated WebP or GIF"
        ) from problem
    mean = float(np.mean(times))
    return np.stack(frames), 1000 / mean if mean > 0 else 12.0


def _video(path: Path, most: int) -> tuple[np.ndarray, float]:
    try:
        import av
    except ImportError:
        raise DataError(
            f"{path.name} is a video, and the package that reads videos is not installed. Type: pip install av\n"
            "Or save the film as an animated WebP or GIF, which needs nothing more"
        ) from None
    frames = []
    try:
        with av.open(str(path)) as opened:
            stream = opened.streams.video[0]
            speed = float(stream.average_rate or 25)
            for frame in opened.decode(stream):
                frames.append(_small(frame.to_image()))
                if len(frames) >= most:
                    break
    except (OSError, ValueError, IndexError) as problem:  # av's own errors are OSErrors or ValueErrors too
        raise DataError(
            f"{path.name} cannot be read as a video. Play it first, and save it again as MP4"
        ) from problem
    if not frames:
        raise DataError(f"{path.name} holds no frames. Play it first, and save it again as MP4")
    return np.stack(frames), speed


def _small(image) -> np.ndarray:
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)))
    return np.asarray(image)
