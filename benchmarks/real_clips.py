"""Do nets that learned from drawn, rolling fruits tell which way a real thing moves? Cars, filmed from above.

    python benchmarks/real_clips.py             # three minutes on one core
    python benchmarks/real_clips.py --record    # and keep the table in benchmarks/recorded/

Needs the film in `vision/` of COURSE_MIRROR, and the package av.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets.clips import MOTIONS, REVERSED, load_clips
from course_utils.foundation import config, records
from course_utils.further.beyond import clips

log = logging.getLogger("real_clips")
NAME = "real_clips"
TITLE = "Which way? Nets of rolling fruits on real cars, filmed from above"
NOTE = (
    "Nets of notebook 11, trained on the bundled clips as in its class profile; means over seeds. fruits: the test clips. "
    "cars: windows of eight neighbouring frames of a film from above (intel-iot-devkit/sample-videos, car-detection.mp4, "
    "CC BY 4.0), as it is and turned by 90, 180 and 270 degrees, which gives all four motions. All windows come from "
    "four cars, so 0.25 more or less is one car. The motions were named by people who watched the film."
)
FILM, FILM_SHA256 = "car-detection.mp4", "d31e0ebf194cc16e50eea784e7c3b0b1bb7976a4fb9b3fec26cb92a6704cca34"
# first and last start of a window, its left edge in pixels of the film, and the motion that people saw
CARS = (
    (60, 98, 144, "rolls away"),
    (184, 186, 0, "rolls near"),
    (192, 228, 288, "rolls away"),
    (318, 340, 0, "rolls near"),
)
TURNED = (
    "rolls away",
    "rolls left",
    "rolls near",
    "rolls right",
)  # each a quarter turn to the left of the one before
SIDE, STEP, EPOCHS, SEEDS = 432, 2, 8, (2018, 2019, 2020)
PACKAGES = ("keras", "tensorflow", "numpy", "av")


def windows(film: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clips float32 0-1 (N, 8, 32, 32, 3) of the film's cars, their labels (N,) and the car of each (N,)."""
    import av

    with av.open(str(film)) as opened:
        frames = [np.asarray(frame.to_image()) for frame in opened.decode(video=0)]
    cut, labels, cars = [], [], []
    for car, (first, last, left, motion) in enumerate(CARS):
        for start in range(first, last + 1, STEP):
            eight = np.stack([_small(frame[:, left : left + SIDE]) for frame in frames[start : start + 8]])
            for turns in range(4):
                cut.append(np.rot90(eight, turns, axes=(1, 2)))
                labels.append(MOTIONS.index(TURNED[(TURNED.index(motion) + turns) % 4]))
                cars.append(car)
    return np.stack(cut).astype(np.float32) / 255, np.array(labels), np.array(cars)


def _small(square: np.ndarray) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(square).resize((32, 32), Image.Resampling.BOX))


def measure(film: Path) -> list[dict]:
    """One row per net."""
    import keras

    bundled = load_clips()
    x_clips, y_clips = clips.turned_round(*bundled.part("Training")[:2])
    x_fruits, y_fruits, _ = bundled.part("Test")
    x_cars, y_cars, cars = windows(film)
    log.info("%d windows of %d cars", len(x_cars), len(set(cars)))

    def middle(many: np.ndarray) -> np.ndarray:
        return many[:, 4]

    def whole(many: np.ndarray) -> np.ndarray:
        return many

    nets = {
        "one frame": (middle, clips.picture_net),
        "LSTM, place averaged": (whole, lambda: clips.clip_net(clips.frame_net(keep_where=False))),
        "LSTM, place kept": (whole, lambda: clips.clip_net(clips.frame_net(keep_where=True))),
    }
    rows = []
    for name, (seen, build) in nets.items():
        found = []
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            net = clips.fit_clips(build(), seen(x_clips), y_clips, EPOCHS)
            right = clips.named(net, seen(x_cars)) == y_cars
            back = clips.named(net, seen(x_cars[:, ::-1])) == np.array(REVERSED)[y_cars]
            fruits = clips.named(net, seen(x_fruits)) == y_fruits
            found.append(
                [fruits.mean(), right.mean(), back.mean(), *(right[cars == car].mean() for car in range(4))]
            )
            log.info("%s, seed %d: %s", name, seed, np.round(found[-1], 3))
        mean = np.mean(found, axis=0).round(3).tolist()
        names = ("fruits", "cars", "cars, backwards", *(f"car {car}" for car in range(1, 5)))
        rows.append({"option": name} | dict(zip(names, mean, strict=True)))
    return rows


def digest() -> str:
    """Changes with this script, with the nets and with the clips that they learn from."""
    root = config.repository_root()
    total = hashlib.sha256()
    for path in (Path(__file__), root / "course_utils" / "further" / "beyond" / "clips.py"):
        total.update(records.code_of(path).encode())
    for name in ("training.webp", "test.webp", "clips.csv"):
        total.update((root / "data" / "clips" / name).read_bytes())
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    film = Path(config.mirror() or "") / "vision" / FILM
    if not film.is_file():
        log.error("There is no vision/%s in COURSE_MIRROR", FILM)
        return 2
    if hashlib.sha256(film.read_bytes()).hexdigest() != FILM_SHA256:
        log.error("%s is another film than the one whose motions are known", film)
        return 2
    rows = measure(film)
    if chosen.record:
        log.info("%s", records.write(NAME, TITLE, NOTE, rows, digest(), PACKAGES, seeds=list(SEEDS)))
    else:
        log.info("%s", json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
