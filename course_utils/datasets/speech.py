"""Spoken sentences in five languages, and spoken digits: bundled synthetic voices, or people's digits once fetched.

`load_speech` gives two-second clips as log-mel frames, `load_digits` single digits as waves.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config
from course_utils.further.sound.waves import RATE, SoundError, mu_law_decode, read_wave

from .common import DataError, fetched

if TYPE_CHECKING:
    from pandas import DataFrame

LANGUAGES = {"de": "German", "en": "English", "es": "Spanish", "fr": "French", "vi": "Vietnamese"}
ACCENTS = {  # as espeak-ng calls them, and in words
    "de": "German",
    "en-gb": "English, Britain",
    "en-us": "English, United States",
    "es": "Spanish, Spain",
    "fr-fr": "French, France",
    "vi": "Vietnamese, north",
    "en-gb-scotland": "English, Scotland",
    "en-029": "English, Caribbean",
    "es-419": "Spanish, Latin America",
    "fr-be": "French, Belgium",
    "fr-ch": "French, Switzerland",
    "vi-vn-x-central": "Vietnamese, centre",
    "vi-vn-x-south": "Vietnamese, south",
}
LOUDEST_BAND = 31  # of the frames on disk: steps of 2.6 decibels: half the file of 8 bits
SPEECH_PARTS = ("Training", "Test", "Accents")
_OFFICIAL_TEST_TAKES = 5  # of the Free Spoken Digit Dataset: recordings 0 to 4 of each speaker and digit
_HELD_OUT_SPEAKERS = (
    "theo",
    "yweweler",
)  # of six: nobody hears them in training when speakers are kept apart


@dataclass(frozen=True, eq=False)
class Speech:
    """Clips of two seconds as log-mel frames, and who says what in them.

    frames: uint8 (clips, frames, bands), 31 the loudest band of a clip and 0 what is 80 dB below. clips: a table
    with the columns id, part, language, accent, voice, sentence. wave_folder: WAV files of a few training clips.
    """

    frames: np.ndarray = field(repr=False)
    clips: DataFrame = field(repr=False)
    wave_folder: Path
    languages: tuple[str, ...] = tuple(LANGUAGES)

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray, DataFrame]:
        """Frames as float32 from 0 to 1 (N, frames, bands), the language's number (N,), and the table of a part.

        `name`: Training; Test (other voices, other sentences); Accents (as Test, in other accents). The languages are
        mixed in an order that never changes. Raises ValueError for another name.
        """
        if name not in SPEECH_PARTS:
            raise ValueError(f"There is no part {name!r}; there are {', '.join(SPEECH_PARTS)}")
        rows = np.flatnonzero(self.clips["part"] == name)
        rows = np.random.RandomState(2018).permutation(rows)
        table = self.clips.iloc[rows].reset_index(drop=True)
        labels = table["language"].map(self.languages.index).to_numpy()
        return self.frames[rows].astype(np.float32) / LOUDEST_BAND, labels, table

    def playable(self) -> DataFrame:
        """The clips whose sound is there: their rows, with the column wave, a path."""
        found = {path.stem: path for path in sorted(self.wave_folder.glob("*.wav"))}
        table = self.clips[self.clips["id"].isin(found)].reset_index(drop=True)
        return table.assign(wave=table["id"].map(found))


@dataclass(frozen=True, eq=False)
class Digits:
    """Recordings of single digits, in training and test parts.

    waves: one float32 (samples,) at 8 kHz each. table: the columns digit, voice, take and part (Training or Test:
    voices disjoint); the real set has official too, the split of its makers, in which all voices are in both parts.
    """

    name: str
    source: str
    waves: tuple[np.ndarray, ...] = field(repr=False)
    table: DataFrame = field(repr=False)

    def strings(
        self, part: str, count: int, most: int = 5, seed: int = 0, column: str = "part"
    ) -> tuple[list[np.ndarray], list[list[int]], list[str]]:
        """Recordings put one after the other with short pauses: waves, their digits, and the voice of each.

        `part`: Training or Test, looked up in `column`. One voice per string, 1 to `most` digits, pauses of 0 to
        0.15 s, a little noise. Raises ValueError where the part or the column is not there.
        """
        if column not in self.table or part not in set(self.table[column]):
            raise ValueError(f"{self.name} has no {part!r} in a column {column!r}")
        random = np.random.default_rng(seed)
        rows = self.table[self.table[column] == part]
        by_voice = {voice: group.index.to_numpy() for voice, group in rows.groupby("voice")}
        waves, digits, voices = [], [], []
        for _ in range(count):
            voice = str(random.choice(list(by_voice)))
            chosen = random.choice(by_voice[voice], random.integers(1, most + 1))
            pieces = [np.zeros(int(random.uniform(0, 0.15) * RATE) + 1)]
            for row in chosen:
                pieces += [self.waves[row], np.zeros(int(random.uniform(0, 0.15) * RATE))]
            wave = np.concatenate(pieces)
            waves.append((wave + random.normal(0, 0.001, len(wave))).astype(np.float32))
            digits.append(self.table.loc[chosen, "digit"].tolist())
            voices.append(voice)
        return waves, digits, voices


def load_speech() -> Speech:
    """The bundled clips: German, English, Spanish, French and Vietnamese by synthetic voices (espeak-ng), not people.

    Raises DataError when the set is not there or damaged, with the command to type.
    """
    return _guarded("data/speech", _read_speech)


def load_digits(which: str = "bundled", path: str | Path | None = None) -> Digits:
    """Single spoken digits. `which`: `bundled` (English by espeak-ng's voices) or `real` (Free Spoken Digit Dataset).

    `path` of the real set: its folder of recordings, or a ZIP file with them; without one, what was fetched.
    Raises DataError when the set is not there or damaged.
    """
    if which == "bundled":
        return _guarded("data/speech", _read_bundled_digits)
    if which != "real":
        raise DataError(f"No digits called {which!r}; there are bundled and real")
    place = Path(path) if path else fetched("fsdd")
    if place is None or not place.exists():
        raise DataError("The Free Spoken Digit Dataset is not on this machine. Type: course data fetch fsdd")
    try:
        return _read_real_digits(place)
    except (OSError, ValueError, zipfile.BadZipFile) as problem:
        raise DataError(f"The recordings in {place} are damaged ({problem}). Get them anew.") from problem


def _guarded(folder: str, read: Callable[[Path], object]):
    place = config.repository_root() / folder
    try:
        return read(place)
    except FileNotFoundError as problem:
        missing = Path(problem.filename).name
        raise DataError(
            f"The bundled speech is missing from {place} (no {missing}). Type: git checkout -- {folder}"
        ) from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as problem:
        raise DataError(
            f"The bundled speech in {place} is damaged ({problem}). Type: git checkout -- {folder}"
        ) from problem


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read_speech(folder: Path) -> Speech:
    import pandas as pd

    with np.load(folder / "clips.npz", allow_pickle=False) as packed:
        frames = packed["frames"]
    clips = pd.DataFrame(_rows(folder / "clips.csv"))
    if len(clips) != len(frames) or frames.dtype != np.uint8:
        raise ValueError(f"{len(frames)} clips, but a table of {len(clips)}")
    return Speech(frames, clips, folder / "wav")


def _read_bundled_digits(folder: Path) -> Digits:
    import pandas as pd

    with np.load(folder / "digits.npz", allow_pickle=False) as packed:
        codes, ends = packed["codes"], packed["ends"]
    table = pd.DataFrame(_rows(folder / "digits.csv")).astype({"digit": int, "take": int})
    if len(table) != len(ends) or ends[-1] != len(codes):
        raise ValueError(f"{len(ends)} digits, but a table of {len(table)}")
    waves = mu_law_decode(codes)
    return Digits("bundled", "bundled", tuple(np.split(waves, ends[:-1])), table)


def _read_real_digits(place: Path) -> Digits:
    import pandas as pd

    rows, waves = [], []
    for name, content in _recordings(place):
        digit, voice, take = re.fullmatch(r"(\d)_(\w+)_(\d+)\.wav", name).groups()
        try:
            waves.append(read_wave(content))
        except SoundError as problem:
            raise ValueError(f"{name}: {problem}") from None
        official = "Test" if int(take) < _OFFICIAL_TEST_TAKES else "Training"
        part = "Test" if voice in _HELD_OUT_SPEAKERS else "Training"
        rows.append(
            {"digit": int(digit), "part": part, "voice": voice, "take": int(take), "official": official}
        )
    if not rows:
        raise ValueError("no recordings like 7_name_0.wav in it")
    return Digits("Free Spoken Digit Dataset", "real", tuple(waves), pd.DataFrame(rows))


def _recordings(place: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the recordings of a folder or a ZIP file, in the order of their names."""
    named = re.compile(r"\d_\w+_\d+\.wav")
    if place.is_dir():
        for path in sorted(place.rglob("*.wav")):
            if named.fullmatch(path.name):
                yield path.name, path.read_bytes()
        return
    with zipfile.ZipFile(io.BytesIO(place.read_bytes())) as packed:
        for member in sorted(packed.namelist()):
            if named.fullmatch(Path(member).name):
                yield Path(member).name, packed.read(member)
