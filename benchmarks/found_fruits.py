"""Find pictures like this one on real photographs: colours and frozen features, with near-copies and without.

    python benchmarks/found_fruits.py             # a minute on one core
    python benchmarks/found_fruits.py --record    # and keep the table in benchmarks/recorded/

Needs Fruits-360 (`course data fetch fruits-360`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from course_utils.datasets import load_fruits, pick_per_class
from course_utils.foundation import config, records
from course_utils.further.beyond import retrieval
from course_utils.pretrained import load

log = logging.getLogger("found_fruits")
NAME = "found_fruits"
TITLE = "Pictures like this one, on real photographs"
NOTE = (
    "Precision at 1 on Fruits-360, cut to the 16 kinds: test pictures ask, training pictures answer. near-copies: all "
    "training pictures may answer, and both parts show the same fruits from neighbouring sides. kept out: only "
    "pictures of another turntable sequence may answer; kinds with a single sequence are left out of the questions. "
    "Frozen features are means of the maps of VGG16's block4_pool and block5_pool with course weights, at 80 pixels."
)
PER_KIND = {"Training": 60, "Test": 20}
PACKAGES = ("keras", "tensorflow", "numpy")


def measure(seed: int = 2018) -> list[dict]:
    """One row per space of features."""
    fruits, net = (
        load_fruits("real"),
        retrieval.Frozen(load("VGG16", input_size=retrieval.FEATURE_SIZE, weights="course")),
    )
    tables = {split: pick_per_class(fruits.table(split), count, seed) for split, count in PER_KIND.items()}
    pictures = {split: fruits.read(table["path"], retrieval.FEATURE_SIZE) for split, table in tables.items()}
    spaces = {
        "colours": {split: retrieval.colour_histogram(many) for split, many in pictures.items()},
        "frozen features": {split: retrieval.unit(net(many)) for split, many in pictures.items()},
    }
    label = {split: table["label"].to_numpy() for split, table in tables.items()}
    sequence = {
        split: (table["class_name"] + table["individual"]).to_numpy() for split, table in tables.items()
    }
    same = sequence["Test"][:, None] == sequence["Training"][None, :]
    other = (label["Test"][:, None] == label["Training"][None, :]) & ~same
    answerable = other.any(axis=1)
    rows = []
    for name, space in spaces.items():
        near = retrieval.nearest(space["Test"], space["Training"])[:, 0]
        far = retrieval.nearest(space["Test"], space["Training"], 1, left_out=same)[:, 0]
        rows.append(
            {
                "option": name,
                "near-copies": round(retrieval.precision_at_1(label["Test"], label["Training"][near]), 4),
                "kept out": round(
                    retrieval.precision_at_1(label["Test"][answerable], label["Training"][far][answerable]), 4
                ),
                "questions": len(near),
                "answerable": int(answerable.sum()),
            }
        )
    return rows


def digest() -> str:
    """Changes with this script and with the functions that it measures."""
    root = config.repository_root()
    total = hashlib.sha256()
    for path in (Path(__file__), root / "course_utils" / "further" / "beyond" / "retrieval.py"):
        total.update(records.code_of(path).encode())
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure()
    if chosen.record:
        log.info("%s", records.write(NAME, TITLE, NOTE, rows, digest(), PACKAGES))
    else:
        log.info("%s", json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
