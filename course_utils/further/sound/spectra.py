"""Which frequencies a sound has, and when: the spectrogram, mel bands, and the strongest frequencies."""

from __future__ import annotations

from functools import cache

import numpy as np

from .waves import RATE, SoundError

WINDOW, HOP, BANDS = 256, 160, 32  # 32 ms are looked at, every 20 ms, in 32 bands
DEPTH = 80.0  # decibels below the loudest band that still count


def spectrogram(samples: np.ndarray, window: int = WINDOW, hop: int = HOP) -> np.ndarray:
    """The strength of each frequency in short windows of a wave, float (frames, window // 2 + 1).

    Windows of `window` samples, one every `hop`, faded at both ends (Hann); column k has the frequency
    k * rate / window. Raises SoundError for a wave shorter than one window.
    """
    samples = np.asarray(samples, dtype=np.float64)
    if samples.ndim != 1 or len(samples) < window:
        raise SoundError(f"A wave of {np.shape(samples)} samples is shorter than a window of {window}.")
    frames = np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]
    return np.abs(np.fft.rfft(frames * np.hanning(window), axis=1))


def mel_of(frequency: np.ndarray | float) -> np.ndarray | float:
    """A frequency in hertz on the mel scale, where equal steps sound about equally large.

    Source: O'Shaughnessy (1987), 2595 * log10(1 + f / 700).
    """
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


@cache
def mel_bands(bands: int = BANDS, window: int = WINDOW, rate: int = RATE, low: float = 60.0) -> np.ndarray:
    """Triangles that gather the columns of a spectrogram into bands, float (window // 2 + 1, bands).

    Their tops lie at equal distances in mel between `low` and half the rate. `spectrogram(wave) ** 2 @ mel_bands()`
    gives the power per band.
    """
    edges = np.linspace(mel_of(low), mel_of(rate / 2), bands + 2)
    columns = mel_of(np.arange(window // 2 + 1) * rate / window)[:, None]
    left, top, right = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((columns - left) / (top - left), (right - columns) / (right - top)).clip(min=0)
    empty = triangles.sum(axis=0) == 0  # a narrow band between two columns takes the nearest one
    triangles[np.abs(columns - top).argmin(axis=0)[empty], np.flatnonzero(empty)] = 1
    triangles.flags.writeable = False
    return triangles


def log_mel(
    samples: np.ndarray, bands: int = BANDS, window: int = WINDOW, hop: int = HOP, rate: int = RATE
) -> np.ndarray:
    """Mel bands of a wave in decibels, from 0 (80 dB below the loudest) to 1 (the loudest); float32 (frames, bands).

    Louder and quieter recordings of the same sound give the same numbers. Raises SoundError for a short wave.
    """
    power = spectrogram(samples, window, hop) ** 2 @ mel_bands(bands, window, rate)
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    return np.clip((decibels - decibels.max()) / DEPTH + 1, 0, 1).astype(np.float32)


def peaks(samples: np.ndarray, count: int = 3, rate: int = RATE, apart: float = 30.0) -> list[float]:
    """The `count` strongest frequencies of a whole wave in hertz, the strongest first.

    Peaks are at least `apart` hertz from each other. Padding with zeros gives steps finer than a hertz or two.
    """
    samples = np.asarray(samples, dtype=np.float64)
    size = 1 << max(13, int(np.ceil(np.log2(len(samples)))) + 1)
    strength = np.abs(np.fft.rfft((samples - samples.mean()) * np.hanning(len(samples)), size))
    frequencies = np.arange(len(strength)) * rate / size
    found: list[float] = []
    while len(found) < count and strength.max() > 0:
        found.append(float(frequencies[strength.argmax()]))
        strength[np.abs(frequencies - found[-1]) < apart] = 0
    return found
