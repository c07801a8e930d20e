"""Command line: `python -m tools.speak --out data/speech` writes clips.npz, digits.npz, their tables and the WAV files.

Needs espeak-ng (`sudo apt install espeak-ng`) and data/speech/sentences.csv. About five minutes of one core.
"""

from __future__ import annotations

import argparse
import csv
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_utils.datasets.speech import LOUDEST_BAND
from course_utils.further.sound.spectra import log_mel
from course_utils.further.sound.waves import RATE, mu_law_encode, write_wave
from tools.speak import speaking
from tools.speak.voices import OTHER_ACCENTS, TEST_VOICES, TRAINING_ACCENTS, TRAINING_VOICES, Voice

log = logging.getLogger("speak")
SECONDS = 2  # of each clip
VOICES_PER_SENTENCE = {"Training": 3, "Test": 3, "Accents": 2}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PLAYABLE = 2  # clips per language in WAV files
COLUMNS = ["id", "part", "language", "accent", "voice", "sentence"]


def sentences(folder: Path) -> list[dict[str, str]]:
    """The rows of sentences.csv."""
    with (folder / "sentences.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plan(rows: list[dict[str, str]]) -> Iterator[tuple[str, dict[str, str], str, Voice]]:
    """Each clip to be made: its part, its sentence, accent and voice. Voices take turns, so that all speak equally often."""
    for part, split, voices, accents in (
        ("Training", "train", TRAINING_VOICES, TRAINING_ACCENTS),
        ("Test", "test", TEST_VOICES, TRAINING_ACCENTS),
        ("Accents", "test", TEST_VOICES, OTHER_ACCENTS),
    ):
        for language, kinds in accents.items():
            mine = [row for row in rows if (row["language"], row["split"]) == (language, split)]
            turn = 0
            for row in mine:
                for _ in range(VOICES_PER_SENTENCE[part]):
                    # One step more per round: a sentence meets other voices than the one that many rows before.
                    voice = voices[(turn + turn // len(voices)) % len(voices)]
                    yield part, row, kinds[turn % len(kinds)], voice
                    turn += 1


def two_seconds(samples: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A stretch of the sentence, from a random place; a short sentence is followed by silence."""
    wanted = SECONDS * RATE
    if len(samples) <= wanted:
        return np.pad(samples, (0, wanted - len(samples)))
    start = random.integers(0, len(samples) - wanted + 1)
    return samples[start : start + wanted]


def make_clips(folder: Path) -> None:
    """clips.npz (frames, uint8), clips.csv and a few WAV files."""
    frames, table, kept = [], [], {}
    (folder / "wav").mkdir(exist_ok=True)
    for number, (part, row, accent, voice) in enumerate(plan(sentences(folder))):
        random = np.random.default_rng([2018, number])
        samples = two_seconds(speaking.speak(row["sentence"], accent, voice), random)
        frames.append(np.round(log_mel(samples) * LOUDEST_BAND).astype(np.uint8))
        clip = f"{row['language']}-{number:04d}"
        table.append([clip, part, row["language"], accent, voice.name, row["id"]])
        key = part, row["language"]
        if part == "Training" and number % 5 == 0 and kept.get(key, 0) < PLAYABLE:
            kept[key] = kept.get(key, 0) + 1
            write_wave(samples, folder / "wav" / f"{clip}.wav")
        if number % 200 == 0:
            log.info("%d clips", number)
    np.savez_compressed(folder / "clips.npz", frames=np.stack(frames))
    write_table(folder / "clips.csv", COLUMNS, table)
    log.info("%d clips", len(frames))


def make_digits(folder: Path) -> None:
    """digits.npz (mu-law codes of all recordings, one after the other, and where each ends) and digits.csv."""
    codes, table = [], []
    for part, voices in (("Training", TRAINING_VOICES), ("Test", TEST_VOICES)):
        for voice in voices:
            for take, (accent, faster) in enumerate((("en-gb", 0.95), ("en-us", 1.1))):
                for digit, word in enumerate(DIGITS):
                    samples = speaking.speak(word, accent, voice, faster)
                    codes.append(mu_law_encode(samples).astype(np.uint8))
                    table.append([digit, part, voice.name, take])
    ends = np.cumsum([len(one) for one in codes]).astype(np.int32)
    np.savez_compressed(folder / "digits.npz", codes=np.concatenate(codes), ends=ends)
    write_table(folder / "digits.csv", ["digit", "part", "voice", "take"], table)
    log.info("%d digits", len(codes))


def write_table(path: Path, columns: list[str], rows: list[list]) -> None:
    """Rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.speak", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/speech"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if (found := speaking.version()) != speaking.VERSION:
        log.warning(
            "espeak-ng %s: the bundled set was made with %s and may come out otherwise",
            found,
            speaking.VERSION,
        )
    make_digits(options.out)
    make_clips(options.out)


if __name__ == "__main__":
    main()
