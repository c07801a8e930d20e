"""How large, how quick and how accurate are the exported nets with 32 and with 8 bits?

    python benchmarks/serving_sizes.py            # under a minute, where the nets are trained already
    python benchmarks/serving_sizes.py --record   # and keep the table

The nets of the course's service, each exported, compared with Keras, and quantised on training inputs. Both take
turns at one input a call, on one thread. Of the detector the mean average precision at an IoU of 0.5 is its accuracy.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from course_utils.foundation import records
from course_utils.further.serving import load, nets
from course_utils.further.serving.quantising import quantise

log = logging.getLogger("serving_sizes")

NAME = "serving_sizes"
TITLE = "Exported nets with 32 and with 8 bits"
NOTE = (
    "`kilobytes`: of the ONNX file, which holds the labels and the vocabulary as well. `ms_for_one`: median of 300 calls with "
    "one input, one thread. `accuracy_...`: on the test part. `largest_difference`: to Keras, over 200 test inputs; of the "
    "detector it is one of logits and of distances in cells, not of probabilities."
)
WITH_EIGHT_BITS = (
    "fruit",
    "review",
    "digit",
    "detector",
)  # the tagger has several inputs, and is kept with 32 bits


def sizes(folder: Path) -> list[dict]:
    """Size, speed and accuracy of the exported nets with 32 and with 8 bits."""
    table = []
    for name in WITH_EIGHT_BITS:
        found = nets.trained(name)
        path = found.export(folder, name)
        both = {"32 bits": load(path), "8 bits": load(quantise(path, found.calibration()))}
        took: dict[str, list[float]] = {bits: [] for bits in both}
        far = {bits: found.compare(net).largest for bits, net in both.items()}
        one = found.x_test[:1]
        for _ in range(300):
            for bits, net in both.items():
                before = time.perf_counter()
                net.predict(one)
                took[bits].append(time.perf_counter() - before)
        for bits, net in both.items():
            table.append({
                "net": name, "bits": bits, "kilobytes": round(net.path.stat().st_size / 1e3),
                "ms_for_one": round(1e3 * float(np.median(took[bits])), 3),
                "largest_difference": float(f"{far[bits]:.1e}"),
                **{f"accuracy_{what}": round(share, 4) for what, share in found.accuracy(net).items()},
            })  # fmt: skip
    return table


def digest() -> str:
    """sha256 over this script and what it measures."""
    room = Path(records.__file__).parents[1] / "further" / "serving"
    parts = ("exporting", "nets", "quantising", "runtime", "steps", "writing")
    files = (Path(__file__), *(room / f"{part}.py" for part in parts))
    return hashlib.sha256("\n".join(map(records.code_of, files)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    with tempfile.TemporaryDirectory(prefix="course-sizes-") as folder:
        table = sizes(Path(folder))
    for line in table:
        log.info("%s", line)
    if options.record:
        path = records.write(
            NAME, TITLE, NOTE, table, digest(), ("keras", "tensorflow", "onnx", "onnxruntime"), load=busy
        )
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
