"""Which learning rate suits a dense net of the fruit CNN's size? Each rate with five seeds.

    python benchmarks/dense_rates.py             # three minutes of one core
    python benchmarks/dense_rates.py --record    # and keep the table in benchmarks/recorded/

Notebook 05 compares its first CNN with a dense net that has as many parameters. A rival that is trained badly proves
nothing, so its rate is chosen here: by the pictures on which the two are compared, which favours the rival. The CNN
keeps the rate at which it was written.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # fruit_realism also when a test loads this file

import fruit_realism

from course_utils.datasets import load_fruits
from course_utils.foundation import records

log = logging.getLogger("dense_rates")

NAME = "dense_rates"
TITLE = "A dense net of the fruit CNN's size with five learning rates"
NOTE = (
    "Notebook 05's dense net (two layers of 30 units, 93,616 parameters) on its training pictures of *studio*, 32 by 32 "
    "pixels, batches of 64, Adam, twice the steps of the first CNN in `class`. `accuracy`: on notebook 05's validation "
    "pictures, mean of five seeds; chance is 0.0625. `stuck`: how many seeds stay below half of the training pictures."
)
SEEDS = (2018, 2019, 2020, 2021, 2022)
RATES = (0.002, 0.001, 0.0005, 0.0002, 0.0001)
SIZE, BATCH, STEPS = 32, 64, 580
CLASSES = 16
STUCK = 0.5

Pictures = tuple[np.ndarray, np.ndarray]


def split() -> tuple[Pictures, Pictures]:
    """Training and validation pictures of notebook 05, uint8 (N, 32, 32, 3), each with labels: whole fruits apart."""
    studio = load_fruits("studio")
    table = studio.table("Training")
    pictures, labels = studio.read(table["path"], SIZE), table["label"].to_numpy()
    position = table.groupby("label").cumcount()
    class_size = table.groupby("label")["label"].transform("size")
    held_out = (position * 10 // class_size).isin([4, 9]).to_numpy()
    return (pictures[~held_out], labels[~held_out]), (pictures[held_out], labels[held_out])


def dense_net(rate: float):
    """Notebook 05's dense net, compiled with Adam at this rate."""
    import keras
    from keras import layers

    stack = [keras.Input((SIZE, SIZE, 3)), layers.Rescaling(1 / 255), layers.Flatten()]
    stack += [layers.Dense(30, activation="relu"), layers.Dense(30, activation="relu")]
    model = keras.Sequential([*stack, layers.Dense(CLASSES, activation="softmax")])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def accuracies(rate: float, seed: int, known: Pictures, held_out: Pictures, steps: int = STEPS) -> tuple:
    """Training and validation accuracy of one run."""
    import keras

    keras.utils.set_random_seed(seed)
    model = dense_net(rate)
    model.fit(*known, batch_size=BATCH, epochs=max(1, round(steps * BATCH / len(known[0]))), verbose=0)
    found = tuple(float(model.evaluate(*part, verbose=0)[1]) for part in (known, held_out))
    keras.backend.clear_session()
    return found


def row(rate: float, known: Pictures, held_out: Pictures) -> dict:
    """The line of one rate."""
    runs = [accuracies(rate, seed, known, held_out) for seed in SEEDS]
    learned, found = zip(*runs, strict=True)
    return {
        "rate": rate,
        "accuracy": round(float(np.mean(found)), 4),
        "accuracy_sd": round(float(np.std(found, ddof=1)), 4),
        "stuck": sum(one < STUCK for one in learned),
        "accuracy_runs": [round(one, 4) for one in found],
        "training_accuracy_runs": [round(one, 4) for one in learned],
    }


def digest() -> str:
    """sha256 over this script and the pictures of *studio*."""
    return hashlib.sha256(
        (records.code_of(Path(__file__)) + fruit_realism.data_digest("studio")).encode()
    ).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    state, (known, held_out), table = digest(), split(), []
    for rate in RATES:
        table.append(row(rate, known, held_out))
        log.info("%s", table[-1])
    if options.record:
        packages = ("keras", "tensorflow", "numpy")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, state, packages, seeds=list(SEEDS)))


if __name__ == "__main__":
    main()
