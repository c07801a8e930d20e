"""How far is a count of fruit on a belt from the truth, when the detector misses some and makes up others?

    python benchmarks/belt_counts.py            # seconds of one core
    python benchmarks/belt_counts.py --record   # and keep the table in benchmarks/recorded/

No film and no net: boxes are drawn by chance, as a weak detector would find them on fruit that rides past a line. So the
truth is known, and each way of counting meets the same boxes.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.foundation import records
from course_utils.further.detection.tracking import count_crossings, follow

log = logging.getLogger(__name__)
NAME = "belt_counts"
TITLE = "Fruit on a belt, counted over a line from the boxes of a simulated weak detector"
NOTE = (
    "simulated boxes, 10 films of 53 fruits each, 240×120 pixels, 3 pixels of motion per frame. A fruit is missed in two "
    "frames of ten, mostly several in a row, and found twice in one of ten; sides of boxes are off by about 2 pixels, and "
    "every fifth frame has a box on nothing. Half of the missed fruits have a weak box, and in half of the frames nothing "
    "has one. counted: mean of the films; sd: between films; off: mean distance from 53."
)
FRUITS, FILMS, SPEED, WIDTH, HEIGHT = 53, 10, 3.0, 240, 120
LINE = ((120, 0), (120, HEIGHT))
NEAR = 6  # pixels between the line and the middle of a box that is counted without a tracker
JITTER, LOST, FOUND_AGAIN, TWICE, FALSE, WEAK = 2.0, 0.1, 0.4, 0.1, 0.2, 0.5
TRACKERS = {
    "no memory": {"patience": 0, "minimum_age": 1, "motion": False},
    "patience": {"minimum_age": 1, "motion": False},
    "patience, motion": {"minimum_age": 1},
    "patience, motion, minimum age": {},
    "the same and weak boxes": {"low": 0.15},
}


def film(seed: int) -> list[np.ndarray]:
    """The boxes (N, 6) of each frame: left, top, right, bottom, score, and 0 for the only kind."""
    random = np.random.default_rng(seed)
    starts = -40 - np.cumsum(random.uniform(20, 60, FRUITS))  # one behind another, some close together
    lanes, sizes = random.uniform(25, HEIGHT - 25, FRUITS), random.uniform(22, 34, FRUITS)
    seen = np.ones(FRUITS, bool)
    frames = []
    for frame in range(int((WIDTH - starts.min()) / SPEED) + 2):
        x = starts + SPEED * frame
        # Misses come in runs: what is not seen in one frame is hardly better seen in the next.
        seen = np.where(seen, random.uniform(size=FRUITS) > LOST, random.uniform(size=FRUITS) < FOUND_AGAIN)
        weak = ~seen & (random.uniform(size=FRUITS) < WEAK)
        here = (seen | weak) & (x > 0) & (x < WIDTH)
        scores = np.where(seen, random.uniform(0.4, 0.9, FRUITS), random.uniform(0.15, 0.4, FRUITS))
        boxes = [_boxes(random, x[here], lanes[here], sizes[here], scores[here])]
        twice = here & seen & (random.uniform(size=FRUITS) < TWICE)  # apart enough to outlive the suppression
        shift = random.choice((-0.5, 0.5), FRUITS)[twice] * sizes[twice]
        boxes.append(_boxes(random, x[twice] + shift, lanes[twice], sizes[twice], scores[twice]))
        for share, low, high in ((FALSE, 0.4, 0.7), (WEAK, 0.15, 0.4)):
            count = random.binomial(1, share)
            places = random.uniform(0, WIDTH, count), random.uniform(15, HEIGHT - 15, count)
            boxes.append(
                _boxes(random, *places, random.uniform(22, 34, count), random.uniform(low, high, count))
            )
        frames.append(np.concatenate(boxes))
    return frames


def _boxes(random, x: np.ndarray, y: np.ndarray, size: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Boxes around these middles, each side off by chance."""
    sides = np.column_stack([x - size / 2, y - size / 2, x + size / 2, y + size / 2])
    sides += random.normal(0, JITTER, sides.shape)
    return np.column_stack([sides, score, np.zeros(len(x))])


def counted(frames: Sequence[np.ndarray]) -> dict[str, int]:
    """How many fruits each way of counting sees cross the line."""
    strong = np.concatenate([boxes[boxes[:, 4] >= 0.4] for boxes in frames])
    middles = strong[:, [0, 2]].mean(axis=1)
    counts = {"boxes near the line": int((np.abs(middles - LINE[0][0]) < NEAR).sum())}
    for name, settings in TRACKERS.items():
        counts[name] = len(count_crossings(follow(frames, **settings), LINE))
    return counts


def measure(films: int = FILMS) -> list[dict]:
    """One row per way of counting."""
    runs = [counted(film(seed)) for seed in range(films)]
    rows = []
    for name in runs[0]:
        found = np.array([run[name] for run in runs])
        row = {"counted by": name, "fruits": FRUITS, "counted": round(float(found.mean()), 1)}
        row |= {
            "sd": round(float(found.std(ddof=1)), 1),
            "off": round(float(np.abs(found - FRUITS).mean()), 1),
        }
        rows.append(row)
        log.info("%s", row)
    return rows


def digest() -> str:
    """Changes with this script and with the tracker."""
    files = (Path(__file__), Path(records.__file__).parents[1] / "further" / "detection" / "tracking.py")
    return hashlib.sha256("\n".join(map(records.code_of, files)).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure()
    if chosen.record:
        log.info("recorded in %s", records.write(NAME, TITLE, NOTE, rows, digest(), ("numpy", "scipy")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
