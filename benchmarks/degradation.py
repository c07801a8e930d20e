"""Do deeper nets learn their own training pictures worse? Plain and residual stacks of 8 to 56 layers, over seeds.

    python benchmarks/degradation.py --seeds 1          # a trial; finished runs wait in build/degradation/
    python benchmarks/degradation.py --record           # five seeds and depths: about ten minutes of one core

The pictures are scikit-learn's digits, 8×8 pixels. What is compared is the error on the *training* pictures, after training and
with BatchNormalization in inference mode: a higher one cannot be overfitting. With and without BatchNormalization,
with and without the sum, so that each of them changes alone.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import logging
import time
from pathlib import Path

import numpy as np

from course_utils.foundation import config, records
from course_utils.further import architectures
from course_utils.further.architectures import small_net

log = logging.getLogger("degradation")

NAME = "degradation"
TITLE = "Training error of plain and residual nets by depth, on digits"
NOTE = (
    "scikit-learn's digits, the first 1,344, which fill 42 batches, for training and the last 453 for the test. Stacks of 3x3 convolutions of 16 "
    "filters, BatchNormalization momentum 0.9, Adam at 0.001, batches of 32, 8 epochs; the same for all. `error` and "
    "`test_error`: mean of the runs in inference mode, after training; `error_runs`: each of them. Chance is an error of "
    "0.9. `seconds`: processor seconds of a run, building included."
)
TRAINING = 1_344
SEEDS = (1, 2, 3, 4, 5)
EPOCHS, BATCH, RATE = 8, 32, 0.001
BARE_DEPTHS = (8, 32)
"""Depths that are trained without BatchNormalization, too."""
DEPTHS = (8, 20, 32, 56)
KINDS = {"plain": False, "residual": True}


def digits() -> tuple[np.ndarray, ...]:
    """Training pictures, their labels, test pictures, their labels: float32 (N, 8, 8, 1) in 0-1."""
    from sklearn.datasets import load_digits

    found = load_digits()
    x = (found.images[..., None] / 16).astype("float32")
    return x[:TRAINING], found.target[:TRAINING], x[TRAINING:], found.target[TRAINING:]


def run(depth: int, kind: str, normalise: bool, seed: int) -> dict:
    """One net trained: its errors on training and test pictures, its parameters, processor seconds."""
    import keras

    x_train, y_train, x_test, y_test = digits()
    started = time.process_time()
    keras.utils.set_random_seed(seed)
    net = small_net(depth, KINDS[kind], normalise)
    net.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(x_train, y_train, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    seconds = time.process_time() - started
    errors = [
        1 - net.evaluate(x, y, batch_size=len(x), verbose=0)[1]
        for x, y in ((x_train, y_train), (x_test, y_test))
    ]
    parameters = net.count_params()
    keras.backend.clear_session()
    return {"error": errors[0], "test_error": errors[1], "parameters": parameters, "seconds": seconds}


def options() -> list[tuple[int, str, bool]]:
    """Depth, kind and with or without BatchNormalization of all nets, the shallow ones first."""
    found = itertools.product(DEPTHS, KINDS, (True, False))
    return [one for one in found if one[2] or one[0] in BARE_DEPTHS]


def kept(depth: int, kind: str, normalise: bool, seed: int) -> dict:
    """The run, from build/degradation/ where this code has made it before."""
    what = f"{depth}-{kind}-{'normalised' if normalise else 'bare'}-{seed}"
    place = config.repository_root() / "build" / NAME / f"{what}-{digest()[:12]}.json"
    if not place.is_file():
        found = run(depth, kind, normalise, seed)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(found) + "\n", encoding="utf-8")
    found = json.loads(place.read_text(encoding="utf-8"))
    log.info("%s: training error %.3f, %.0f s", what, found["error"], found["seconds"])
    return found


def summarise(runs: dict[tuple[int, str, bool], list[dict]]) -> list[dict]:
    """One row per net: means over the seeds, and each run's error."""
    return [
        {
            "depth": depth,
            "kind": kind,
            "normalised": normalise,
            "parameters": found[0]["parameters"],
            "error": round(float(np.mean([one["error"] for one in found])), 4),
            "error_runs": [round(one["error"], 4) for one in found],
            "test_error": round(float(np.mean([one["test_error"] for one in found])), 4),
            "seconds": round(float(np.mean([one["seconds"] for one in found])), 1),
        }
        for (depth, kind, normalise), found in runs.items()
    ]


def digest() -> str:
    """sha256 over this script and the builder of the nets."""
    state = hashlib.sha256(records.code_of(Path(__file__)).encode())
    state.update(records.code_of(Path(architectures.__file__).parent / "residual.py").encode())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seeds", type=int, default=len(SEEDS), help=f"how many seeds (default {len(SEEDS)})"
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}; needs all seeds")
    chosen = parser.parse_args()
    if chosen.record and chosen.seeds < len(SEEDS):
        parser.error(f"--record needs {len(SEEDS)} seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    runs = {one: [] for one in options()}
    for seed, one in itertools.product(SEEDS[: chosen.seeds], runs):
        runs[one].append(kept(*one, seed))
    table = summarise(runs)
    for row in table:
        log.info("%s", row)
    if chosen.record:
        packages = ("keras", "tensorflow", "numpy", "scikit-learn")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, seeds=list(SEEDS)))


if __name__ == "__main__":
    main()
