"""Strings of spoken digits read with CTC: synthetic voices, and people with speakers apart and with shared speakers.

    python benchmarks/spoken_digits.py                       # some eight minutes of one core
    python benchmarks/spoken_digits.py --record              # and keep the table in benchmarks/recorded/
    python benchmarks/spoken_digits.py --recordings FOLDER   # the real recordings from elsewhere

Needs the Free Spoken Digit Dataset (`course data fetch fsdd`; CC BY-SA 4.0).
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets import Digits, load_digits
from course_utils.foundation import config, records
from course_utils.further.sound import error_rate, greedy_decode, log_mel

log = logging.getLogger(__name__)
NAME = "spoken_digits"
TITLE = "Strings of digits with CTC: error per digit"
NOTE = (
    "Insertions, deletions and replacements per true digit on strings of one to four digits of one speaker: mean and "
    "standard deviation of the seeds. Net and number of strings are those of notebook 15, trained for 20 epochs. speakers "
    "apart: two of six people (theo, yweweler) are in no training string; official split: takes 0 to 4 of each "
    "speaker and digit are the test, so that all six are in both parts. cpu_seconds are those of one training."
)
SEEDS = (1, 2, 3)
STRINGS, TEST_STRINGS, EPOCHS, LONGEST, FRAMES = 800, 200, 20, 4, 160
OPTIONS = {
    "synthetic, voices apart": ("bundled", "part"),
    "people, speakers apart": ("real", "part"),
    "people, official split": ("real", "official"),
}


def strings(digits: Digits, part: str, count: int, seed: int, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Frames (N, 160, 32) and labels padded with 0 (N, 4), as in the notebook."""
    waves, found, _ = digits.strings(part, count, most=LONGEST, seed=seed, column=column)
    x, y = np.zeros((count, FRAMES, 32), np.float32), np.zeros((count, LONGEST), np.int32)
    for row, (wave, string) in enumerate(zip(waves, found, strict=True)):
        frames = log_mel(wave)[:FRAMES]
        x[row, : len(frames)], y[row, : len(string)] = frames, np.array(string) + 1
    return x, y


def ctc_loss(true, scores):
    """Keras's CTC; the labels have to be whole numbers, which PyTorch insists on."""
    import keras

    return keras.losses.ctc(keras.ops.cast(true, "int32"), scores)


def digit_reader():
    """The notebook's net: scores of the blank and ten digits, every 40 milliseconds."""
    import keras
    from keras import layers

    stack = [layers.Conv1D(64, 5, strides=2, padding="same"), layers.BatchNormalization(momentum=0.9)]
    for dilation in (1, 2):
        look = {"padding": "same", "dilation_rate": dilation, "use_bias": False}
        stack += [layers.Activation("relu"), layers.Conv1D(96, 5, **look)]
        stack += [layers.BatchNormalization(momentum=0.9)]
    stack += [layers.Activation("relu"), layers.Dropout(0.2), layers.Dense(11)]
    net = keras.Sequential([keras.Input((FRAMES, 32)), *stack])
    net.compile(keras.optimizers.Adam(0.003), ctc_loss, jit_compile=False)
    return net


def run(
    digits: Digits, column: str, seed: int, epochs: int = EPOCHS, count: int = STRINGS
) -> dict[str, float]:
    """One training with one seed: the error per digit on the test strings, and the seconds."""
    import keras

    x, y = strings(digits, "Training", count, seed, column)
    x_test, y_test = strings(digits, "Test", TEST_STRINGS, 1000 + seed, column)
    keras.utils.set_random_seed(seed)
    before = time.process_time()
    net = digit_reader()
    net.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    seconds = time.process_time() - before
    said = [[int(label) for label in row if label] for row in y_test]
    error = error_rate(said, greedy_decode(net.predict(x_test, verbose=0)))
    keras.utils.clear_session()
    return {"error": error, "cpu_seconds": seconds}


def measure(recordings: str | None = None, seeds: Sequence[int] = SEEDS) -> list[dict]:
    """One row per option."""
    sets = {"bundled": load_digits(), "real": load_digits("real", recordings)}
    rows = []
    for option, (which, column) in OPTIONS.items():
        runs = []
        for seed in seeds:
            runs.append(run(sets[which], column, seed))
            log.info("%s, seed %d: %s", option, seed, runs[-1])
        errors = [one["error"] for one in runs]
        rows.append(
            {
                "option": option,
                "runs": len(runs),
                "error": round(float(np.mean(errors)), 4),
                "error_sd": round(float(np.std(errors, ddof=1)), 4) if len(errors) > 1 else 0.0,
                "error_runs": [round(error, 4) for error in errors],
                "strings": STRINGS,
                "cpu_seconds": round(float(np.mean([one["cpu_seconds"] for one in runs])), 1),
            }
        )
    return rows


def digest() -> str:
    """Changes with this script and with the bundled digits; the real ones are named by their commit."""
    code = records.essential_code(Path(__file__).read_text(encoding="utf-8"))
    folder = config.repository_root() / "data" / "speech"
    data = b"".join((folder / name).read_bytes() for name in ("digits.npz", "digits.csv"))
    return hashlib.sha256(code.encode() + data).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument("--recordings", help="folder or ZIP file of the real recordings")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure(chosen.recordings)
    if chosen.record:
        data = {"name": "free-spoken-digit-dataset", "commit": "26eb9aaf76e81b692f806f9140c2d2777410d7a1"}
        path = records.write(
            NAME, TITLE, NOTE, rows, digest(), ("keras", "numpy"), data=data, seeds=list(SEEDS)
        )
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
