"""How accurate and how quick are the course's detector and a published one, YOLOX-nano?

    python benchmarks/detection.py            # about two minutes; needs: course data fetch yolox-nano
    python benchmarks/detection.py --record   # and keep the table

All test pictures of tables, through the same scoring. YOLOX-nano knows two of the eight kinds, banana and orange, and has
never seen a rendered picture; the course's net knows nothing else. Speed is that of the exported nets in ONNX Runtime, one
picture a call, taking turns; finished rows are kept, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from course_utils.datasets import load_tables
from course_utils.foundation import config, records
from course_utils.further.detection import average_precisions, find, load_detector, numbered
from course_utils.further.detection.scoring import COCO_OVERLAPS
from course_utils.further.serving import export
from course_utils.further.serving.runtime import onnx_runtime

log = logging.getLogger("detection")

NAME = "detection"
TITLE = "Accuracy and speed of two detectors on rendered tables"
NOTE = (
    "`map50`: mean over the eight kinds of the test part, IoU 0.5; `map`: mean over IoU 0.5 to 0.95. `frames_...`: pictures per "
    "second with one and with two threads, median of 60 calls, exported net without suppression. YOLOX-nano was not trained "
    "on rendered pictures, and has no name for six of the kinds."
)
SHARED = {"Banana": "banana", "Orange": "orange"}  # kinds that both nets know, and COCO's names
CALLS = 60


def test_part() -> tuple[np.ndarray, object]:
    """All test pictures uint8 (N, 128, 128, 3), and their boxes."""
    tables = load_tables()
    paths = list(tables.scenes("Test")["path"])
    return tables.read(paths), numbered(tables.fruits("Test"), paths)


def frames(path: Path, shape: tuple[int, ...], threads: int) -> float:
    """Pictures per second of an ONNX file at one picture a call."""
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    x = {session.get_inputs()[0].name: np.random.default_rng(0).uniform(0, 255, shape).astype("float32")}
    took = []
    for _ in range(CALLS):
        before = time.perf_counter()
        session.run(None, x)
        took.append(time.perf_counter() - before)
    return round(1 / float(np.median(took[5:])), 1)


def speeds(path: Path, shape: tuple[int, ...]) -> dict[str, float]:
    return {f"frames_{threads}": frames(path, shape, threads) for threads in (1, 2)}


def ours(side: int) -> dict:
    """The course's detector at pictures of `side` pixels; scores at the 128 pixels that it was trained for."""
    net = load_detector("fruit")
    row = {"net": "the course's, exported", "side": side, "parameters": net.count_params()}
    if side == 128:
        pictures, truth = test_part()
        found = find(net, pictures)
        at_half, over_all = (
            average_precisions(truth, found, overlaps) for overlaps in ((0.5,), COCO_OVERLAPS)
        )
        row |= {
            "map50": round(np.mean(list(at_half.values())), 4),
            "map": round(np.mean(list(over_all.values())), 4),
        }
        row |= {f"ap50_{name}": round(at_half[kind], 4) for kind, name in SHARED.items()}
    labels = {"centres": list(net.kinds), "boxes": ["left", "top", "right", "bottom"]}
    with tempfile.TemporaryDirectory(prefix="course-detection-") as folder:
        path = export(net, folder, name="detector", labels=labels, preprocessing={"kind": "numbers"})
        return row | speeds(path, (1, side, side, 3))


def theirs(side: int = 416) -> dict:
    """YOLOX-nano with its published weights."""
    import pandas as pd

    from course_utils.foundation import assets
    from course_utils.further.detection.yolox import ASSET, FILE, coco_detector, find_objects

    pictures, truth = test_part()
    net = coco_detector(side)
    tables = find_objects(net, pictures, score=0.05, kinds=list(SHARED.values()))
    found = pd.concat(
        [table.assign(picture=number) for number, table in enumerate(tables)], ignore_index=True
    )
    found["kind"] = found["kind"].map({name: kind for kind, name in SHARED.items()})
    at_half = average_precisions(truth, found, kinds=list(SHARED))
    row = {"net": "YOLOX-nano, published", "side": side, "parameters": net.count_params()}
    row |= {f"ap50_{name}": round(at_half[kind], 4) for kind, name in SHARED.items()}
    return row | speeds(assets.resolve(ASSET).path / FILE, (1, 3, side, side))


ROWS = {"ours-128": lambda: ours(128), "ours-192": lambda: ours(192), "yolox-416": theirs}


def digest() -> str:
    """sha256 over this script, what it measures, and the detector and the tables that it reads."""
    root = config.repository_root()
    room = Path(records.__file__).parents[1] / "further" / "detection"
    files = [Path(__file__), *(room / f"{part}.py" for part in ("boxes", "centres", "scoring", "yolox"))]
    state = hashlib.sha256("\n".join(map(records.code_of, files)).encode())
    for path in (root / "data" / "detectors" / "fruit.npz", root / "data" / "tables" / "manifest.json"):
        state.update(path.read_bytes())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    state = config.repository_root() / "build" / f"{NAME}-{digest()[:12]}.json"
    done = json.loads(state.read_text()) if state.is_file() else {}
    for name, measure in ROWS.items():
        if name not in done:
            done[name] = measure()
            state.parent.mkdir(exist_ok=True)
            state.write_text(json.dumps(done))
        log.info("%s", done[name])
    if options.record:
        versions = ("keras", "tensorflow", "onnx", "onnxruntime")
        path = records.write(NAME, TITLE, NOTE, list(done.values()), digest(), versions, load=busy)
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
