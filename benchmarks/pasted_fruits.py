"""Do detectors find photographed fruit as well as rendered fruit? Both cut out and laid on the same empty tables.

    python benchmarks/pasted_fruits.py            # two minutes; needs: course data fetch fruits-360 yolox-nano
    python benchmarks/pasted_fruits.py --record   # and keep the table

Photographs of several fruits with a box for each, of a licence that the course could pass on, were not at hand. So each
scene is one of the empty test tables with three fruits on it, cut out of their white ground. The rendered fruits are
those of *studio*, cut and laid in the same way at the same places: what differs is the fruit alone.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd

from course_utils.datasets import Fruits, load_fruits, load_tables, pick_per_class
from course_utils.foundation import config, records
from course_utils.further.detection import average_precisions, find, load_detector
from course_utils.further.detection.scoring import SIDES

log = logging.getLogger("pasted_fruits")

NAME = "pasted_fruits"
TITLE = "Two detectors on photographed and on rendered fruit, cut out and laid on the same tables"
NOTE = (
    "Scenes of 128 × 128 pixels: empty test tables with three fruits each, from Fruits-360 (photographed) or studio "
    "(rendered), Test parts, without shadows. `map50`: mean over the eight kinds, IoU 0.5; `ap50_...` of the two kinds that "
    "both nets name; `placed`: share of fruits with a box of any name, IoU at least 0.5 and score at least 0.3; `false`: "
    "boxes per scene with such a score that touch no fruit."
)
FRUIT = {"photographed": "real", "rendered": "studio"}
SHARED = {"Banana": "banana", "Orange": "orange"}  # kinds that both nets know, and COCO's names
SCENES, EACH, SURE, SEED = 120, 3, 0.3, 2018
WHITE = 40  # a pixel whose darkest channel is at most so far from 255 belongs to the ground
PACKAGES = ("keras", "tensorflow", "numpy", "pillow", "scipy")


def cut_out(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A fruit on white, uint8 (H, W, 3), as its own window and its mask: the largest patch that is not white, filled."""
    from scipy import ndimage

    patches, _ = ndimage.label(picture.min(axis=-1) < 255 - WHITE)
    sizes = np.bincount(patches.ravel())
    sizes[0] = 0
    mask = ndimage.binary_fill_holes(patches == sizes.argmax())
    mask = ndimage.binary_erosion(mask)  # the last rim is half white
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return picture[window], mask[window]


def laid(table: np.ndarray, fruit: np.ndarray, mask: np.ndarray, left: int, top: int) -> None:
    """Lay a fruit on a table, in place, with its upper left corner there."""
    part = table[top : top + fruit.shape[0], left : left + fruit.shape[1]]
    part[:] = (mask[..., None] * fruit + (1 - mask[..., None]) * part).round()


def sized(fruit: np.ndarray, mask: np.ndarray, longer: int) -> tuple[np.ndarray, np.ndarray]:
    """Fruit and mask (0..1) with so many pixels on the longer side."""
    from PIL import Image

    scale = longer / max(mask.shape)
    size = tuple(max(1, round(side * scale)) for side in mask.shape[::-1])
    small = Image.fromarray(fruit).resize(size, Image.Resampling.BOX)
    soft = Image.fromarray((mask * 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)
    return np.asarray(small, float), np.asarray(soft, float) / 255


def scenes(fruits: Fruits) -> tuple[np.ndarray, pd.DataFrame]:
    """Pictures uint8 (SCENES, 128, 128, 3) and their boxes; kinds, places and sizes are the same for any fruits."""
    random, tables = np.random.default_rng(SEED), load_tables()
    empty = tables.scenes("Test").query("fruits == 0")["path"]
    grounds, boxes = tables.read(empty), tables.fruits("Training")
    sizes = {
        kind: np.maximum(rows["right"] - rows["left"], rows["bottom"] - rows["top"]).to_numpy()
        for kind, rows in boxes[boxes["seen"] > 0.9].groupby("kind")
    }
    order = np.tile(np.arange(len(tables.kinds)), SCENES * EACH // len(tables.kinds))
    random.shuffle(order)
    known = fruits.table("Test").query("class_name in @tables.kinds")
    chosen = pick_per_class(known, len(order) // len(tables.kinds), SEED)
    waiting = {kind: cycle(rows["path"]) for kind, rows in chosen.groupby("class_name")}
    pictures, rows = [], []
    for number, three in enumerate(order.reshape(SCENES, EACH)):
        table = np.array(grounds[number % len(grounds)])
        table = np.rot90(table[:, :: 1 - 2 * int(random.integers(2))], random.integers(4)).copy()
        corners = random.permutation([(0, 0), (0, 64), (64, 0), (64, 64)])[:EACH]
        for kind, corner in zip((tables.kinds[one] for one in three), corners, strict=True):
            longer, shift = int(np.clip(random.choice(sizes[kind]), 16, 60)), random.random(2)
            picture = fruits.read([next(waiting[kind])], 100)[0]
            fruit, mask = sized(*cut_out(picture), longer)
            high, wide = mask.shape
            top, left = (
                int(start + one * (64 - side))
                for start, one, side in zip(corner, shift, (high, wide), strict=True)
            )
            laid(table, fruit, mask, left, top)
            rows.append((number, kind, left, top, left + wide, top + high))
        pictures.append(table)
    return np.stack(pictures), pd.DataFrame(rows, columns=["picture", "kind", *SIDES])


def ours(pictures: np.ndarray) -> pd.DataFrame:
    return find(load_detector("fruit"), pictures)


def theirs(pictures: np.ndarray) -> pd.DataFrame:
    """What YOLOX-nano finds; the two shared kinds have our names, the others COCO's."""
    from course_utils.further.detection.yolox import coco_detector, find_objects

    found = [
        table.assign(picture=number)
        for number, table in enumerate(find_objects(coco_detector(), pictures, 0.05))
    ]
    names = {name: kind for kind, name in SHARED.items()}
    return pd.concat(found, ignore_index=True).replace({"kind": names})


NETS = {"the course's": ours, "YOLOX-nano, published": theirs}


def judged(truth: pd.DataFrame, found: pd.DataFrame) -> dict[str, float]:
    """Shares over all fruits: with a sure box of any name; and sure boxes per scene that touch nothing."""
    from course_utils.further.detection import iou

    placed, false = 0, 0
    sure = found[found["score"] >= SURE]
    for picture, true in truth.groupby("picture"):
        shared = iou(true[SIDES].to_numpy(float), sure.loc[sure["picture"] == picture, SIDES].to_numpy(float))
        placed += int((shared.max(axis=1, initial=0) >= 0.5).sum())
        false += int((shared.max(axis=0, initial=0) == 0).sum()) if shared.shape[1] else 0
    return {"placed": round(placed / len(truth), 4), "false": round(false / truth["picture"].nunique(), 4)}


def measure() -> Iterator[dict]:
    """One row per net and kind of fruit."""
    for name, data in FRUIT.items():
        pictures, truth = scenes(load_fruits(data))
        for net, look in NETS.items():
            found = look(pictures)
            precisions = average_precisions(truth, found)
            row = {"net": net, "fruit": name, "scenes": len(pictures), "fruits": len(truth)}
            if net == "the course's":
                row["map50"] = round(float(np.mean(list(precisions.values()))), 4)
            row |= {f"ap50_{shared}": round(precisions[kind], 4) for kind, shared in SHARED.items()}
            yield row | judged(truth, found)


def digest() -> str:
    """Changes with this script, with the detector, and with the tables that the fruits are laid on."""
    root = config.repository_root()
    state = hashlib.sha256(records.code_of(Path(__file__)).encode())
    for path in (root / "data" / "detectors" / "fruit.npz", root / "data" / "tables" / "manifest.json"):
        state.update(path.read_bytes())
    return state.hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rows = []
    for row in measure():
        log.info("%s", row)
        rows.append(row)
    if options.record:
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, rows, digest(), PACKAGES))


if __name__ == "__main__":
    main()
