"""What the helper `Pretrained.predict` costs over a bare compiled loop on the same batches.

    python benchmarks/pretrained_throughput.py            # about two minutes on 2 cores
    python benchmarks/pretrained_throughput.py --record   # and keep the table in benchmarks/recorded/

Both preprocess, both run the net's compiled prediction, batch by batch; the helper adds checks, padding of the last
batch and a progress bar. They take turns, round by round, so that whatever else the machine does hits both alike.
The weights are random: what a net has learned does not change its speed.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course_utils import pretrained
from course_utils.foundation import records

log = logging.getLogger("pretrained_throughput")

NAME = "pretrained_throughput"
TITLE = "Prediction with a pretrained net: the course's helper against a bare compiled loop"
NOTE = (
    "Fastest of the rounds, which take turns; CPU seconds count all threads. `ratio` is the helper's to the bare "
    "loop's, in the same run. Both preprocess the pictures, which arrive as numbers of 0 to 255."
)
CASES = (("VGG16", 96, 96), ("MobileNetV2", 224, 64))
"""Net, picture size and number of pictures."""
BATCH, ROUNDS = 32, 7


def bare(net: pretrained.Pretrained, pictures: np.ndarray) -> np.ndarray:
    """The loop that one would write by hand."""
    starts = range(0, len(pictures), BATCH)
    return np.concatenate(
        [net.model.predict_on_batch(net.preprocess(pictures[start : start + BATCH])) for start in starts]
    )


def helper(net: pretrained.Pretrained, pictures: np.ndarray) -> np.ndarray:
    """The course's way."""
    return net.predict(pictures, BATCH)


OPTIONS: dict[str, Callable[[pretrained.Pretrained, np.ndarray], np.ndarray]] = {
    "helper": helper,
    "bare": bare,
}


def fastest(net: pretrained.Pretrained, pictures: np.ndarray) -> dict[str, tuple[float, float]]:
    """(wall seconds, CPU seconds) of each option's fastest round; raises ValueError where their answers differ."""
    answers = [option(net, pictures) for option in OPTIONS.values()]  # the first call compiles
    if not all(np.allclose(answer, answers[0], atol=1e-5) for answer in answers):
        raise ValueError("The helper's answers are not those of the bare loop")
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in OPTIONS}
    for number in range(ROUNDS):
        names = list(OPTIONS)
        for name in names if number % 2 else names[::-1]:
            wall, cpu = time.perf_counter(), time.process_time()
            OPTIONS[name](net, pictures)
            found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {name: tuple(min(column) for column in zip(*runs, strict=True)) for name, runs in found.items()}


def rows() -> list[dict]:
    """One row a net."""
    import keras

    table = []
    for name, size, count in CASES:
        keras.utils.set_random_seed(2018)
        net = pretrained.load(name, weights="random", input_size=size)
        pictures = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
        seconds = fastest(net, pictures)
        (wall, cpu), (bare_wall, bare_cpu) = seconds["helper"], seconds["bare"]
        row = {"net": name, "backend": keras.backend.backend(), "size": size, "pictures": count}
        row |= {
            "seconds": round(wall, 3),
            "bare_seconds": round(bare_wall, 3),
            "ratio": round(wall / bare_wall, 3),
        }
        row |= {"cpu_seconds": round(cpu, 3), "bare_cpu_seconds": round(bare_cpu, 3)}
        row |= {"cpu_ratio": round(cpu / bare_cpu, 3)}
        log.info("%s", row)
        table.append(row)
    return table


def digest() -> str:
    """sha256 over this script and the module with the helper."""
    files = (Path(__file__), Path(pretrained.__file__).parent / "model.py")
    return hashlib.sha256("\n".join(map(records.code_of, files)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = rows()
    if options.record:
        path = records.write(
            NAME, TITLE, NOTE, table, digest(), ("keras", "tensorflow", "numpy"), rounds=ROUNDS
        )
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
