"""Train the detectors that come with the course: `python -m tools.train_detector fruit`, then `road`.

`fruit` learns from all training scenes of tables, `road` from the stills of the road. A run that is interrupted, or that
has used up `--seconds`, goes on from its last epoch when it
is started again; at the end it writes data/detectors/NAME.npz in float16. About ten minutes of one core each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.foundation import config

log = logging.getLogger("train_detector")
EPOCHS = {"fruit": 100, "road": 60}
WINDOW = {"fruit": 96, "road": 128}
PEAK_RATE = 0.002


def learning_rate(epoch: float, epochs: int) -> float:
    """One cycle: up over the first twentieth, then down along a cosine to a hundredth."""
    warm = max(1.0, epochs / 20)
    if epoch < warm:
        return PEAK_RATE * (0.1 + 0.9 * epoch / warm)
    share = (epoch - warm) / max(1.0, epochs - warm)
    return PEAK_RATE * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


def examples(name: str, root: Path | None = None) -> tuple[np.ndarray, object, tuple[str, ...]]:
    """Training pictures uint8 (N, H, W, 3), their boxes as a table, and the kinds."""
    from course_utils.further.detection import numbered

    if name == "road":
        from course_utils.datasets.road import ROAD_KINDS, load_road

        road = load_road(root) if root else load_road()
        paths = list(road.stills()["path"])
        return road.read(paths), numbered(road.boxes(), paths), tuple(ROAD_KINDS)
    from course_utils.datasets.tables import load_tables

    tables = load_tables(root) if root else load_tables()
    paths = list(tables.scenes("Training")["path"])
    return tables.read(paths), numbered(tables.fruits("Training"), paths), tuple(tables.kinds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, keep the state after each epoch, and write the file when the last epoch is done."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=EPOCHS)
    parser.add_argument("--epochs", type=int)
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="stop after so long; start again to go on"
    )
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--data", type=Path, help="a folder with the set, where it is not that of the course")
    parser.add_argument("--state", type=Path, help="folder of the unfinished run")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    import keras

    from course_utils.further.detection import (
        box_loss,
        centre_loss,
        detector_net,
        save_detector,
        training_batches,
    )

    begin, epochs = time.monotonic(), chosen.epochs or EPOCHS[chosen.name]
    pictures, boxes, kinds = examples(chosen.name, chosen.data)
    state = (chosen.state or Path("build")) / f"detector-{chosen.name}"
    state.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(chosen.seed)
    net = detector_net(kinds)
    net.compile(
        keras.optimizers.AdamW(PEAK_RATE, weight_decay=0.01), [centre_loss, box_loss], jit_compile=False
    )
    done = 0
    if (state / "state.json").is_file():
        done = json.loads((state / "state.json").read_text())["epochs"]
        net.load_weights(state / "net.weights.h5")
    log.info(
        "%s: %s pictures, %s boxes, epochs %s to %s", chosen.name, len(pictures), len(boxes), done + 1, epochs
    )
    batches = training_batches(pictures, boxes, kinds, WINDOW[chosen.name], seed=chosen.seed + done)
    while done < epochs and time.monotonic() - begin < chosen.seconds:
        net.optimizer.learning_rate = learning_rate(done, epochs)
        history = net.fit(batches, verbose=0)
        done += 1
        if done % 10 == 0 or done == epochs or time.monotonic() - begin > chosen.seconds:
            net.save_weights(state / "net.weights.h5")
            (state / "state.json").write_text(json.dumps({"epochs": done}))
            losses = ", ".join(f"{name} {values[-1]:.3f}" for name, values in history.history.items())
            log.info("epoch %s, %.0f s: %s", done, time.monotonic() - begin, losses)
    if done < epochs:
        log.info("not finished: start it again to go on")
        return 0
    path = config.repository_root() / "data" / "detectors" / f"{chosen.name}.npz"
    save_detector(net, path)
    content = path.read_bytes()
    log.info("%s: %s bytes, sha256 %s", path.name, f"{len(content):,}", hashlib.sha256(content).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
