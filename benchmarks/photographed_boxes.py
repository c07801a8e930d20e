"""Does a detector of COCO's 80 kinds find fruit and people in photographs that it has never seen?

    python benchmarks/photographed_boxes.py            # two minutes of one core
    python benchmarks/photographed_boxes.py --record   # and keep the table in benchmarks/recorded/

Needs the weights (`course data fetch yolox-nano`) and two sets that their publishers give no digest of:
`course data fetch fruit-boxes --unverified` and `course data fetch penn-fudan --unverified`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.datasets import DataError, Photographed, load_fruit_photographs, load_people
from course_utils.foundation import assets, config, records
from course_utils.further.detection import average_precisions
from course_utils.further.detection.scoring import match
from course_utils.further.detection.yolox import ASSET, FILE, coco_detector, find_objects

if TYPE_CHECKING:
    import keras
    import pandas as pd

log = logging.getLogger(__name__)
NAME = "photographed_boxes"
TITLE = "YOLOX-nano on photographs of fruit and of people, without any training on them"
NOTE = (
    "ap50: area under precision over recall at an IoU of 0.5, from all boxes with a score of 0.01 or more. found: true boxes "
    "that a box of the right name with a score of 0.3 or more shares at least half with. fruit: the 60 test photographs of "
    "Fruit Images for Object Detection; a heap often has one box for all of it, which costs ap50 whoever finds each fruit. "
    "people: 170 photographs of Penn-Fudan; small and hidden people have no true box, so ap50 is a lower bound."
)
LEAST, SURE, SIDES = 0.01, 0.3, ["left", "top", "right", "bottom"]
SETS = {"fruit": load_fruit_photographs, "people": load_people}


def boxes_found(net: keras.Model, photographs: Photographed, kinds: Sequence[str]) -> pd.DataFrame:
    """All boxes of these kinds, with the number of their picture."""
    import pandas as pd

    tables = []
    for start in range(0, len(photographs.paths), 8):  # eight pictures in memory at a time
        numbers = range(start, min(start + 8, len(photographs.paths)))
        found = find_objects(net, [photographs.picture(one) for one in numbers], LEAST, kinds=kinds)
        tables += [table.assign(picture=number) for number, table in zip(numbers, found, strict=True)]
    return pd.concat(tables, ignore_index=True)


def share_found(truth: pd.DataFrame, found: pd.DataFrame) -> float:
    """The share of true boxes of one kind that a sure box is on."""
    hits = 0
    for picture, rows in truth.groupby("picture"):
        sure = found[(found["picture"] == picture) & (found["score"] >= SURE)]
        best_first = sure.sort_values("score", ascending=False, kind="stable")[SIDES].to_numpy(float)
        hits += int((match(rows[SIDES].to_numpy(float), best_first) >= 0).sum())
    return hits / len(truth)


def rows_of(part: str, photographs: Photographed, found: pd.DataFrame) -> list[dict]:
    """One row per kind, and their mean where there are several."""
    truth = photographs.boxes
    precisions = average_precisions(truth, found)
    rows = []
    for kind, precision in precisions.items():
        mine, theirs = truth[truth["kind"] == kind], found[found["kind"] == kind]
        row = {"part": part, "kind": kind, "photographs": mine["picture"].nunique(), "boxes": len(mine)}
        rows.append(row | {"found": round(share_found(mine, theirs), 3), "ap50": round(precision, 3)})
    if len(rows) > 1:
        mean = {name: round(float(np.mean([row[name] for row in rows])), 3) for name in ("found", "ap50")}
        row = {"part": part, "kind": "mean of the kinds", "photographs": len(photographs.paths)}
        rows.append(row | {"boxes": len(truth)} | mean)
    return rows


def measure() -> list[dict]:
    """The rows of all sets that are there; those that are not are named with the command that fetches them."""
    rows = []
    for part, load in SETS.items():
        try:
            photographs = load()
        except DataError as problem:
            log.info("%s", problem)
            continue
        found = boxes_found(coco_detector(), photographs, sorted(set(photographs.boxes["kind"])))
        rows += rows_of(part, photographs, found)
        log.info("%s", rows[-1])
    return rows


def digest() -> str:
    """Changes with this script, with what reads and scores the boxes, and with the weights."""
    package = Path(records.__file__).parents[1]
    room = package / "further" / "detection"
    files = [
        Path(__file__), package / "datasets" / "photographed.py", *(room / f"{part}.py" for part in ("scoring", "yolox")),
    ]  # fmt: skip
    state = hashlib.sha256("\n".join(map(records.code_of, files)).encode())
    asset = assets.load_registry(config.repository_root() / "data" / "registry.toml")[ASSET]
    state.update(next(one.digest for one in asset.addresses[0].files if one.to == FILE).encode())
    return state.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure()
    if chosen.record:
        if {row["part"] for row in rows} != set(SETS):
            raise SystemExit("A record needs both sets; fetch what is missing, see the top of this script")
        path = records.write(NAME, TITLE, NOTE, rows, digest(), ("keras", "tensorflow", "numpy", "pillow"))
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
