"""Notes made of a few sines: what a small WaveNet learns from, with the note of each sample known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .waves import mu_law_encode

NOTE_RATE = 4_000
# Name -> hertz: a scale in equal temperament, from A = 440 Hz. Number 0 is silence, the notes count from 1.
NOTES = {"C": 261.63, "D": 293.66, "E": 329.63, "F": 349.23, "G": 392.00, "A": 440.00, "B": 493.88}
OVERTONES = (1.0, 0.45, 0.2)  # strengths of the note's frequency, its double and its triple


def note_hertz(name: str) -> float:
    """The frequency of a note in hertz. Raises ValueError for a name that is not in NOTES."""
    if name not in NOTES:
        raise ValueError(f"No note is called {name}; there are {', '.join(NOTES)}")
    return NOTES[name]


def melody(
    names: Sequence[str], seconds: float = 0.25, rate: int = NOTE_RATE, phase: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Notes one after the other: the wave, float (samples,), and the number of the note at each sample, int32.

    `names`: of NOTES, or "-" for silence. Each note begins loud and fades. Raises ValueError for other names.
    """
    if unknown := set(names) - set(NOTES) - {"-"}:
        raise ValueError(
            f"No note is called {', '.join(sorted(unknown))}; there are {', '.join(NOTES)} and -"
        )
    count = round(seconds * rate)
    numbers = np.repeat([0 if name == "-" else 1 + list(NOTES).index(name) for name in names], count)
    hertz = np.array([0.0, *NOTES.values()])[numbers]
    turns = 2 * np.pi * np.cumsum(hertz) / rate + phase
    sound = sum(strength * np.sin((1 + over) * turns) for over, strength in enumerate(OVERTONES))
    fade = 0.55 * np.exp(-1.5 * (np.arange(len(numbers)) % count) / rate) * (numbers > 0)
    return (fade * sound / sum(OVERTONES) * 1.6).astype(np.float32), numbers.astype(np.int32)


def note_examples(
    count: int, length: int, levels: int = 64, seed: int = 0, rate: int = NOTE_RATE
) -> tuple[np.ndarray, np.ndarray]:
    """Random melodies as mu-law codes, int32 (count, length), and the note of each sample, int32 (count, length).

    Notes last between a tenth and three tenths of a second; one of eight is silence.
    """
    random = np.random.default_rng(seed)
    codes, numbers = np.empty((2, count, length), np.int32)
    names = ["-", *NOTES]
    for row in range(count):
        seconds = random.uniform(0.1, 0.3)
        chosen = random.choice(names, int(np.ceil(length / (seconds * rate))) + 1)
        wave, note = melody(list(chosen), seconds, rate, phase=random.uniform(0, 2 * np.pi))
        start = random.integers(0, len(wave) - length + 1)
        codes[row] = mu_law_encode(wave[start : start + length], levels)
        numbers[row] = note[start : start + length]
    return codes, numbers
