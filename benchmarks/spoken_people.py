"""What a reader of digits needs for people it has never heard: each voice set to the same mean and spread.

    python benchmarks/spoken_people.py                       # some five minutes of one core
    python benchmarks/spoken_people.py --validation          # a training speaker is left out: the test is left alone
    python benchmarks/spoken_people.py --record              # and keep the table in benchmarks/recorded/
    python benchmarks/spoken_people.py --recordings FOLDER   # the recordings from elsewhere

Needs the Free Spoken Digit Dataset (`course data fetch fsdd`; CC BY-SA 4.0).
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # spoken_digits also when a test loads this file

import spoken_digits
from spoken_digits import FRAMES, LONGEST, STRINGS, TEST_STRINGS, ctc_loss, digit_reader

from course_utils.datasets import Digits, load_digits
from course_utils.foundation import records
from course_utils.further.sound import error_rate, greedy_decode, log_mel

log = logging.getLogger(__name__)
NAME = "spoken_people"
TITLE = "Strings of digits by people, with CTC and voices set alike: error per digit"
NOTE = (
    "Net, strings, epochs and splits are those of spoken_digits: mean and standard deviation of the seeds. All recordings "
    "are equally loud, and the learning rate falls to zero along a cosine. voices set alike: each voice's mean is taken "
    "from its log-mel frames, band by band, and the rest is divided by its standard deviation. Both come from the sounded "
    "frames of all the voice's recordings, without their labels, also for the voices of the test: the net has to hear some "
    "of a person before it reads them. That was chosen on the training speakers, each left out in turn, with single digits "
    "and a support vector machine; the speakers of the test were met only here. cpu_seconds are those of one training."
)
SEEDS = (1, 2, 3)
EPOCHS, RATE, BATCH = 20, 0.003, 32
LOUDEST, SOUNDED = (
    0.9,
    0.45,
)  # a recording's peak; frames so far below its loudest band are silence (of 80 decibels)
OPTIONS = {
    "speakers apart, voices as they are": ("part", False),
    "speakers apart, voices set alike": ("part", True),
    "official split, voices set alike": ("official", True),
}
Voices = Mapping[str, tuple[np.ndarray, np.ndarray]]


def equally_loud(digits: Digits) -> Digits:
    """The same recordings with the same peak."""
    return replace(digits, waves=tuple(wave * (LOUDEST / np.abs(wave).max()) for wave in digits.waves))


def voices(digits: Digits) -> Voices:
    """Mean and standard deviation (bands,) of each voice's sounded frames."""
    found = {}
    for voice, rows in digits.table.groupby("voice"):
        frames = [log_mel(digits.waves[row]) for row in rows.index]
        sounded = np.concatenate([one[one.max(axis=1) > one.max() - SOUNDED] for one in frames])
        found[str(voice)] = sounded.mean(axis=0), sounded.std(axis=0)
    return found


def strings(
    digits: Digits, part: str, count: int, seed: int, column: str, known: Voices | None
) -> tuple[np.ndarray, np.ndarray]:
    """Frames (N, 160, 32) and labels padded with 0 (N, 4); with `known`, each voice's frames are set alike."""
    waves, found, whose = digits.strings(part, count, most=LONGEST, seed=seed, column=column)
    x, y = np.zeros((count, FRAMES, 32), np.float32), np.zeros((count, LONGEST), np.int32)
    for row, (wave, string, voice) in enumerate(zip(waves, found, whose, strict=True)):
        frames = log_mel(wave)[:FRAMES]
        if known:
            mean, spread = known[voice]
            frames = ((frames - mean) / spread).clip(-3, 3)
        x[row, : len(frames)], y[row, : len(string)] = frames, np.array(string) + 1
    return x, y


def run(
    digits: Digits, known: Voices | None, column: str, seed: int, epochs: int = EPOCHS, count: int = STRINGS
) -> dict[str, float]:
    """One training with one seed: the error per digit on the test strings, and the seconds."""
    import keras

    x, y = strings(digits, "Training", count, seed, column, known)
    x_test, y_test = strings(digits, "Test", TEST_STRINGS, 1000 + seed, column, known)
    keras.utils.set_random_seed(seed)
    before = time.process_time()
    net = digit_reader()
    falling = keras.optimizers.schedules.CosineDecay(RATE, epochs * -(-count // BATCH))
    net.compile(keras.optimizers.Adam(falling), ctc_loss, jit_compile=False)
    net.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)
    seconds = time.process_time() - before
    said = [[int(label) for label in row if label] for row in y_test]
    error = error_rate(said, greedy_decode(net.predict(x_test, verbose=0)))
    keras.utils.clear_session()
    return {"error": error, "cpu_seconds": seconds}


def left_out(digits: Digits) -> dict[str, Digits]:
    """For each training speaker, the recordings of the training speakers with that one as the test."""
    table = digits.table
    training = table[table["part"] == "Training"]
    return {
        str(voice): replace(
            digits,
            waves=tuple(digits.waves[row] for row in training.index),
            table=training.assign(part=np.where(training["voice"] == voice, "Test", "Training")).reset_index(
                drop=True
            ),
        )
        for voice in sorted(set(training["voice"]))
    }


def validate(recordings: str | None = None, seeds: Sequence[int] = SEEDS[:1]) -> None:
    """Log the error on each training speaker while the net learns from the others."""
    for voice, digits in left_out(equally_loud(load_digits("real", recordings))).items():
        for name, known in (("as they are", None), ("set alike", voices(digits))):
            for seed in seeds:
                log.info(
                    "%s left out, voices %s, seed %d: %s", voice, name, seed, run(digits, known, "part", seed)
                )


def measure(recordings: str | None = None, seeds: Sequence[int] = SEEDS) -> list[dict]:
    """One row per option."""
    digits = equally_loud(load_digits("real", recordings))
    known = voices(digits)
    rows = []
    for option, (column, alike) in OPTIONS.items():
        runs = []
        for seed in seeds:
            runs.append(run(digits, known if alike else None, column, seed))
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
    """Changes with this script and with the one that it shares the net and the strings with."""
    code = [records.code_of(Path(place)) for place in (__file__, spoken_digits.__file__)]
    return hashlib.sha256("".join(code).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument("--validation", action="store_true", help="on training speakers left out in turn")
    parser.add_argument("--recordings", help="folder or ZIP file of the real recordings")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    if chosen.validation:
        validate(chosen.recordings)
        return 0
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
