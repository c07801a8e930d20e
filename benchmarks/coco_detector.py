"""A detector of COCO's 80 kinds: what it names on photographs, what it counts on a road, and how fast it is.

    COURSE_MIRROR=... python benchmarks/coco_detector.py            # two minutes of one core
    COURSE_MIRROR=... python benchmarks/coco_detector.py --record   # and keep the table in benchmarks/recorded/

Needs the weights (`course data fetch yolox-nano`), the photographs and the film of the mirror in `photos/` and `vision/`,
and the package av, which reads films (`pip install av`).
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets import load_tables
from course_utils.foundation import assets, config, records
from course_utils.further.detection import iou
from course_utils.further.detection.scoring import SIDES
from course_utils.further.detection.tracking import count_crossings, follow
from course_utils.further.detection.yolox import (
    ASSET,
    FILE,
    coco_detector,
    find_objects,
    letterbox,
    load_yolox,
    save_weights,
)

log = logging.getLogger(__name__)
NAME = "coco_detector"
TITLE = "YOLOX-nano in plain Keras: photographs, rendered fruit, a road, and its speed"
NOTE = (
    "photograph: the names of all boxes with a score of 0.3 or more, beside what a person sees; right where every thing "
    "seen is among them as often as it is there. rendered: true boxes of the bundled tables' Test part that a box of the "
    "right name shares at least half with (IoU); for kinds without a name in COCO, the names of boxes that lie there. road: "
    "cars, buses and trucks across a line in a film of 38 seconds, every second frame, beside the cars counted by eye; the "
    "film's origin is not known, so it is measured and not shown. speed: frames per second of processor time, net and "
    "boxes, reading left out. float16: the same photographs with weights kept as float16."
)
PHOTOGRAPHS = {
    "Banana_wiki.jpg": ["banana"],
    "astronaut.png": ["person"],
    "chelsea.png": ["cat"],
    "coffee.png": ["cup", "spoon", "dining table"],
    "hot_dog.jpg": ["hot dog"],
    "owl.jpg": ["bird"],
    "parrot.jpg": ["bird"],
    "pets.jpg": ["dog", "dog"],
    "rocket.jpg": [],
}
NAMED = {"Banana": "banana", "Orange": "orange"}  # our kinds that COCO has
FILM, FILM_SHA256 = "road-640x352.mp4", "87d003d524c98d463213b543544aad1a1f7c34f4e72a8c996a04fc38b0779dc6"
CARS_BY_EYE, EVERY = 8, 2
LINE = ((225, 215), (470, 215))  # across the lanes, in pixels of the film
VEHICLES = ("car", "bus", "truck")


def photographs(net, folder: Path) -> list[dict]:
    """One row per photograph."""
    from PIL import Image

    rows = []
    for name, seen in PHOTOGRAPHS.items():
        found = find_objects(net, [Image.open(folder / name)])[0]
        counts = Counter(found["kind"])
        rows.append(
            {
                "part": "photograph",
                "item": name,
                "seen": ", ".join(seen) or "none of the 80",
                "found": ", ".join(f"{kind} {score:.2f}" for kind, score in zip(found["kind"], found["score"], strict=True)),
                "right": bool(all(counts[kind] == count for kind, count in Counter(seen).items()) and (seen or not counts)),
            }
        )  # fmt: skip
        log.info("%s: %s", name, rows[-1]["found"])
    return rows


def rendered(net) -> list[dict]:
    """One row per kind of the bundled tables: how many of its true boxes are found, by name or by any other."""
    tables = load_tables()
    paths = tables.scenes("Test")["path"].tolist()
    truth = tables.fruits("Test")
    found = find_objects(net, list(tables.read(paths)))
    rows = []
    for kind in tables.kinds:
        named, placed, called = 0, 0, Counter()
        mine = truth[truth["kind"] == kind]
        for path, boxes in mine.groupby("path"):
            table = found[paths.index(path)]
            shared = iou(boxes[SIDES].to_numpy(), table[SIDES].to_numpy()) >= 0.5
            placed += int(shared.any(axis=1).sum())
            called.update(table["kind"][column] for _, column in np.argwhere(shared))
            right = (table["kind"] == NAMED.get(kind)).to_numpy()
            named += int((shared & right).any(axis=1).sum())
        rows.append(
            {
                "part": "rendered",
                "item": kind,
                "seen": str(len(mine)),
                "found": str(placed),
                "named": named if kind in NAMED else None,
                "called": ", ".join(f"{name} {count}" for name, count in called.most_common(3)),
            }
        )
        log.info("%s", rows[-1])
    return rows


def frames(film: Path) -> Iterator[np.ndarray]:
    """Every second frame, uint8 (H, W, 3)."""
    import av

    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % EVERY == 0:
                yield frame.to_ndarray(format="rgb24")


def road(net, film: Path) -> tuple[list[dict], float]:
    """The rows of the road, and the frames per second of processor time."""
    boxes, seconds = [], 0.0
    shown = list(frames(film))
    for start in range(0, len(shown), 8):
        before = time.process_time()
        tables = find_objects(net, shown[start : start + 8], score=0.1, kinds=VEHICLES)
        seconds += time.process_time() - before
        rows = (table[[*SIDES, "score"]].to_numpy(float) for table in tables)
        boxes += [np.column_stack([one, np.zeros(len(one))]) for one in rows]
    rows = []
    for item, low in (("cars across the line", None), ("the same with weak boxes, as ByteTrack", 0.1)):
        counted = len(count_crossings(follow(boxes, low=low), LINE))
        row = {"part": "road", "item": item, "seen": str(CARS_BY_EYE), "found": str(counted)}
        rows.append(row | {"right": counted == CARS_BY_EYE})
    return rows, len(shown) / seconds


def measure(mirror: Path) -> list[dict]:
    """All rows."""
    net = coco_detector()
    rows = photographs(net, mirror / "photos")
    with tempfile.TemporaryDirectory() as folder:
        light = load_yolox(save_weights(net, Path(folder) / "light"))
        again = photographs(light, mirror / "photos")
        same = sum(
            [word.rsplit(" ", 1)[0] for word in one["found"].split(", ")]
            == [word.rsplit(" ", 1)[0] for word in other["found"].split(", ")]
            for one, other in zip(rows, again, strict=True)
        )
    rows.append(
        {
            "part": "float16",
            "item": "photographs with the same names",
            "seen": str(len(again)),
            "found": str(same),
        }
    )
    rows += rendered(net)
    film = mirror / "vision" / FILM
    if hashlib.sha256(film.read_bytes()).hexdigest() != FILM_SHA256:
        raise SystemExit(f"{film} is another film than the one whose cars were counted by eye")
    found, speed = road(net, film)
    square = letterbox(np.zeros((352, 640, 3), np.uint8))[0][None]
    net.predict_on_batch(square)
    before = time.process_time()
    for _ in range(20):
        net.predict_on_batch(square)
    alone = 20 / (time.process_time() - before)
    rows += found
    rows += [
        {"part": "speed", "item": "the net alone, one frame at a time", "frames per cpu second": round(alone, 1)},
        {"part": "speed", "item": "the road, eight frames at a time, with boxes", "frames per cpu second": round(speed, 1)},
    ]  # fmt: skip
    log.info("%s, %s", rows[-3:], speed)
    return rows


def digest() -> str:
    """Changes with this script, with the bundled tables and with the weights."""
    root = config.repository_root()
    code = records.essential_code(Path(__file__).read_text(encoding="utf-8"))
    data = b"".join((root / "data" / "tables" / name).read_bytes() for name in ("scenes.csv", "fruits.csv"))
    asset = assets.load_registry(root / "data" / "registry.toml")[ASSET]
    weights = next(one.digest for address in asset.addresses for one in address.files if one.to == FILE)
    return hashlib.sha256(code.encode() + data + weights.encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    if not (mirror := Path(config.mirror() or "")).joinpath("photos").is_dir():
        raise SystemExit(
            "COURSE_MIRROR has to be a folder with photos/ and vision/, see the top of this script"
        )
    rows = measure(mirror)
    if chosen.record:
        path = records.write(NAME, TITLE, NOTE, rows, digest(), ("keras", "tensorflow", "numpy", "pillow"))
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
