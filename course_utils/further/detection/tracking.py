"""From boxes in frames to things that keep their number: motion, matching, memory; line counts; how good it is.

Boxes of a frame are rows of left, top, right, bottom, score, number of the kind, shape (N, 6). Tracks and truth are tables
with the columns frame, id, left, top, right, bottom. `Tracker` follows, `count_crossings` counts, `tracking_scores` judges.
Sources: A. Bewley and others, "Simple online and realtime tracking", ICIP 2016; Y. Zhang and others, "ByteTrack", ECCV 2022;
K. Bernardin and R. Stiefelhagen, "The CLEAR MOT metrics", 2008.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .boxes import iou
from .scoring import SIDES

if TYPE_CHECKING:
    from pandas import DataFrame

Line = tuple[tuple[float, float], tuple[float, float]]
# How much a steady motion changes from frame to frame, beside the error of a box, which is 1.
UNREST = 0.05
STEP = np.array([[1.0, 1.0], [0.0, 1.0]])


class Motion:
    """Where a box will be next: a Kalman filter with constant speed, the same for its centre, width and height.

    `state` (2, 4): position (x, y, width, height) and its change per frame. `doubt` (2, 2): the covariance, in units of the
    error of a measured box.
    """

    def __init__(self, box: np.ndarray) -> None:
        self.state = np.stack([_centred(box), np.zeros(4)])
        self.doubt = np.diag([1.0, 10.0])  # the speed is not known at first

    def predict(self) -> np.ndarray:
        """Go on by one frame; returns the expected box (4,)."""
        self.state = STEP @ self.state
        self.doubt = STEP @ self.doubt @ STEP.T + UNREST * np.array([[0.25, 0.5], [0.5, 1.0]])
        return self.box

    def correct(self, box: np.ndarray) -> None:
        """Move towards a measured box: a lot when in doubt, a little when sure."""
        gain = self.doubt[:, :1] / (self.doubt[0, 0] + 1.0)
        self.state = self.state + gain * (_centred(box) - self.state[0])
        self.doubt = self.doubt - gain @ self.doubt[:1]

    @property
    def box(self) -> np.ndarray:
        x, y, width, height = self.state[0]
        width, height = max(width, 1.0), max(height, 1.0)
        return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


class StandStill:
    """No motion: the next box is expected where the last one was."""

    def __init__(self, box: np.ndarray) -> None:
        self.box = np.array(box, dtype=float)

    def predict(self) -> np.ndarray:
        return self.box

    def correct(self, box: np.ndarray) -> None:
        self.box = np.array(box, dtype=float)


@dataclass
class Track:
    """One thing that is followed. `id` is 0 until the track is confirmed; `trail` holds (frame, box) of each sighting."""

    motion: Motion | StandStill
    trail: list[tuple[int, np.ndarray]] = field(default_factory=list)
    votes: dict[int, float] = field(default_factory=dict)
    id: int = 0
    missed: int = 0

    @property
    def label(self) -> int:
        """The kind with the largest sum of scores over all sightings."""
        return max(self.votes, key=self.votes.get)

    def see(self, frame: int, found: np.ndarray) -> None:
        """Take one row of boxes (6,) as this thing's place in this frame."""
        self.motion.correct(found[:4])
        self.trail.append((frame, found[:4].copy()))
        self.votes[int(found[5])] = self.votes.get(int(found[5]), 0.0) + float(found[4])
        self.missed = 0


class Tracker:
    """Follows boxes from frame to frame.

    `high`: score from which a box may begin a track. `low`: score from which a weak box may continue one (ByteTrack's second
    pass); None for no second pass. `overlap`: least IoU of a box with the expected place. `patience`: frames without a box
    after which a track ends. `minimum_age`: sightings in a row after which a track is confirmed and gets its number.
    `motion`: expect things to go on as they went. Raises ValueError for settings that cannot work.
    """

    def __init__(
        self,
        high: float = 0.4,
        low: float | None = None,
        overlap: float = 0.2,
        patience: int = 12,
        minimum_age: int = 3,
        motion: bool = True,
    ) -> None:
        if not 0 < overlap <= 1 or patience < 0 or minimum_age < 1 or (low is not None and low >= high):
            raise ValueError(
                f"Expected 0 < overlap <= 1, patience >= 0, minimum_age >= 1 and low < high; got overlap {overlap}, "
                f"patience {patience}, minimum_age {minimum_age}, low {low}, high {high}"
            )
        self.high, self.low, self.overlap = high, low, overlap
        self.patience, self.minimum_age = patience, minimum_age
        self.motion = Motion if motion else StandStill
        self.tracks: list[Track] = []
        self.ended: list[Track] = []
        self.frame, self.confirmed = -1, 0

    def update(self, found: np.ndarray) -> list[Track]:
        """Take the boxes (N, 6) of the next frame; returns the confirmed tracks that are seen in it.

        Call it for each frame, also for one without a box. Raises ValueError for another shape.
        """
        found = _rows_of_six(found)
        self.frame += 1
        for track in self.tracks:
            track.motion.predict()
        strong = found[found[:, 4] >= self.high]
        waiting, left = self._match(self.tracks, strong)
        if self.low is not None:
            weak = found[(found[:, 4] < self.high) & (found[:, 4] >= self.low)]
            lately = [
                track for track in waiting if track.missed == 0
            ]  # a lost one is not woken by a weak box
            still, _ = self._match(lately, weak)
            waiting = [track for track in waiting if track.missed > 0 or track in still]
        for track in waiting:
            track.missed += 1
        for row in left:
            track = Track(self.motion(row[:4]))
            track.see(self.frame, row)
            self.tracks.append(track)
        self._confirm()
        return [track for track in self.tracks if track.id and track.missed == 0]

    def _match(self, tracks: list[Track], found: np.ndarray) -> tuple[list[Track], np.ndarray]:
        """Give boxes to tracks so that the sum of the IoUs is largest; returns the tracks and boxes that are left."""
        from scipy.optimize import linear_sum_assignment

        if not tracks or not len(found):
            return list(tracks), found
        shared = iou(np.stack([track.motion.box for track in tracks]), found[:, :4])
        shared[shared < self.overlap] = 0.0
        seen, used = set(), set()
        for row, column in zip(*linear_sum_assignment(-shared), strict=True):
            if shared[row, column] > 0:
                tracks[row].see(self.frame, found[column])
                seen.add(row)
                used.add(column)
        waiting = [track for number, track in enumerate(tracks) if number not in seen]
        return waiting, found[[number for number in range(len(found)) if number not in used]]

    def _confirm(self) -> None:
        """Number the tracks that are old enough, drop what was only a flicker, end what is lost for too long."""
        going = []
        for track in self.tracks:
            if not track.id and track.missed == 0 and len(track.trail) >= self.minimum_age:
                self.confirmed += 1
                track.id = self.confirmed
            if track.missed == 0 or (track.id and track.missed <= self.patience):
                going.append(track)
            elif track.id:
                self.ended.append(track)
        self.tracks = going

    def table(self) -> DataFrame:
        """All confirmed tracks: frame, id, left, top, right, bottom, label; by frame and id, first sightings included."""
        import pandas as pd

        rows = [
            (frame, track.id, *box, track.label)
            for track in self.ended + self.tracks
            if track.id
            for frame, box in track.trail
        ]
        table = pd.DataFrame(rows, columns=["frame", "id", *SIDES, "label"])
        whole = table.astype({"frame": int, "id": int, "label": int})
        return whole.sort_values(["frame", "id"], ignore_index=True)


def follow(frames: Iterable[np.ndarray], **settings: object) -> DataFrame:
    """The confirmed tracks of a whole film, as `Tracker.table`.

    `frames`: the boxes (N, 6) of each frame. `settings`: those of `Tracker`.
    """
    tracker = Tracker(**settings)
    for found in frames:
        tracker.update(found)
    return tracker.table()


def count_crossings(tracks: DataFrame, line: Line, margin: float = 2.0) -> DataFrame:
    """Who crosses a line, and when: one row per crossing with frame, id and direction.

    `tracks`: frame, id, left, top, right, bottom. `line`: its two ends in pixels. A track crosses when the middle of its box
    goes from one side to the other between the ends. Within `margin` pixels of the line it is on neither side, so a thing that
    stops there is not counted again and again. `direction`: right or left, seen along the line from above to below; for a level
    line, up or down. Rows with an id of 0 or less, which other trackers give to what they have not confirmed, are left out.
    Raises ValueError for a line without length.
    """
    import pandas as pd

    start, along, names = _line(line)
    length = float(np.hypot(*along))
    rows = []
    for number, trail in tracks[tracks["id"] > 0].sort_values("frame").groupby("id"):
        sides = trail[SIDES].to_numpy(float)
        away = (sides[:, :2] + sides[:, 2:]) / 2 - start
        beside = (along[1] * away[:, 0] - along[0] * away[:, 1]) / length  # pixels right of the line
        beyond = away @ along / length**2  # 0 at its start, 1 at its end
        last = None
        for frame, distance, place in zip(trail["frame"], beside, beyond, strict=True):
            if abs(distance) <= margin:
                continue
            side = distance > 0
            if last is not None and side != last[0]:
                part = abs(last[1]) / (abs(last[1]) + abs(distance))
                if 0 <= last[2] + part * (place - last[2]) <= 1:
                    rows.append((int(frame), int(number), names[0] if side else names[1]))
            last = (side, distance, place)
    crossings = pd.DataFrame(rows, columns=["frame", "id", "direction"])
    return crossings.sort_values(["frame", "id"], ignore_index=True)


@dataclass(frozen=True)
class TrackingScores:
    """What a tracker did with `boxes` true boxes: how many it missed, made up, and gave another number than before."""

    boxes: int
    misses: int
    false_boxes: int
    switches: int

    @property
    def mota(self) -> float:
        """Multiple object tracking accuracy: 1 minus all errors per true box. 1 is perfect; it can fall below 0."""
        return 1 - (self.misses + self.false_boxes + self.switches) / max(self.boxes, 1)


def tracking_scores(truth: DataFrame, tracks: DataFrame, overlap: float = 0.5) -> TrackingScores:
    """Misses, false boxes and ID switches of a film, as the CLEAR MOT metrics define them; kinds do not matter.

    `truth`, `tracks`: frame, id, left, top, right, bottom. `overlap`: least IoU of a pair. A pair of the frame before stays a
    pair while it can; the rest is matched for the largest sum of IoUs. A switch is a true thing with another track than the last
    that it had.
    """
    from scipy.optimize import linear_sum_assignment

    last: dict[int, int] = {}
    misses = false_boxes = switches = 0
    found = dict(list(tracks.groupby("frame")))
    for frame in sorted(set(truth["frame"]) | set(found)):
        real = truth[truth["frame"] == frame]
        mine = found.get(frame, tracks[:0])
        shared = iou(real[SIDES].to_numpy(float), mine[SIDES].to_numpy(float))
        shared[shared < overlap] = 0.0
        real_ids, ids = real["id"].tolist(), mine["id"].tolist()
        pairs = []
        for row, thing in enumerate(real_ids):
            if last.get(thing) in ids:
                column = ids.index(last[thing])
                if shared[row, column] > 0:
                    pairs.append((row, column))
                    shared[row], shared[:, column] = 0.0, 0.0  # nobody else may have either of them
        for row, column in zip(*linear_sum_assignment(-shared), strict=True):
            if shared[row, column] > 0:
                pairs.append((row, column))
        for row, column in pairs:
            switches += last.get(real_ids[row], ids[column]) != ids[column]
            last[real_ids[row]] = ids[column]
        misses += len(real) - len(pairs)
        false_boxes += len(mine) - len(pairs)
    return TrackingScores(len(truth), misses, false_boxes, switches)


def _centred(box: np.ndarray) -> np.ndarray:
    left, top, right, bottom = np.asarray(box, dtype=float)[:4]
    return np.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])


def _rows_of_six(found: Sequence) -> np.ndarray:
    found = np.asarray(found, dtype=float)
    if found.size == 0:
        return np.zeros((0, 6))
    if found.ndim != 2 or found.shape[1] != 6:
        raise ValueError(
            "Boxes of a frame are rows of left, top, right, bottom, score, number of the kind, shape (N, 6); "
            f"got shape {found.shape}"
        )
    return found


def _line(line: Line) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """Start and direction of a line, from above to below, or from left to right where it lies level; names of its sides."""
    first, second = (np.asarray(end, dtype=float) for end in line)
    if np.hypot(*(second - first)) < 1:
        raise ValueError(f"A line needs two different ends, ((x, y), (x, y)) in pixels; got {line}")
    steep = abs(second[1] - first[1]) >= abs(second[0] - first[0])
    if (second[1] < first[1]) if steep else (second[0] < first[0]):
        first, second = second, first
    return first, second - first, ("right", "left") if steep else ("up", "down")
