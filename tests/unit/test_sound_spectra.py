"""Frequencies are found where they are."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.further.sound import SoundError, log_mel, mel_bands, mel_of, peaks, spectrogram
from course_utils.further.sound.waves import RATE


def tone(hertz: float, seconds: float = 0.5, strength: float = 0.5) -> np.ndarray:
    return strength * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def test_a_tone_is_loudest_in_the_column_of_its_frequency() -> None:
    found = spectrogram(tone(1000), 256, 128)
    assert found.shape == (1 + (4000 - 256) // 128, 129)
    assert set(found.argmax(axis=1)) == {1000 * 256 // RATE}


def test_a_spectrogram_is_the_fourier_sum_of_faded_windows() -> None:
    wave = np.random.default_rng(0).normal(size=40)
    angles = 2 * np.pi * np.outer(np.arange(9), np.arange(16)) / 16
    second = wave[8:24] * np.hanning(16)
    by_hand = np.hypot((second * np.cos(angles)).sum(axis=1), (second * np.sin(angles)).sum(axis=1))
    assert spectrogram(wave, 16, 8)[1] == pytest.approx(by_hand)


def test_a_change_of_tone_is_seen_where_it_happens() -> None:
    found = spectrogram(np.concatenate([tone(500), tone(2000)]), 256, 256).argmax(axis=1)
    assert found[0] == 16 and found[-1] == 64 and (np.diff(found) >= 0).all()


def test_a_wave_shorter_than_a_window_is_refused() -> None:
    with pytest.raises(SoundError, match="shorter than a window of 256"):
        spectrogram(np.zeros(255))


def test_mel_is_a_scale_that_grows_ever_more_slowly() -> None:
    assert mel_of(0) == 0 and mel_of(1000) == pytest.approx(1000, abs=1)
    steps = np.diff(mel_of(np.arange(0, 4000, 100)))
    assert (steps > 0).all() and (np.diff(steps) < 0).all()


def test_bands_are_triangles_side_by_side_and_none_is_empty() -> None:
    for bands in (8, 32, 64):
        triangles = mel_bands(bands)
        assert triangles.shape == (129, bands) and triangles.max() <= 1 and triangles.min() == 0
        assert (triangles.sum(axis=0) > 0).all()
        assert (np.diff(triangles.argmax(axis=0)) >= 0).all()


def test_log_mel_does_not_depend_on_how_loud_a_recording_is() -> None:
    one, other = log_mel(tone(700)), log_mel(20 * tone(700))
    assert one.dtype == np.float32 and one.max() == 1 and one.min() >= 0
    assert np.abs(one - other).max() < 1e-3


def test_80_decibels_are_kept_and_silence_is_no_trouble() -> None:
    # Half as strong is 6 decibels less: 6.02 of 80.
    found = log_mel(np.concatenate([tone(700), tone(700, strength=0.25)]))
    assert found[5].max() - found[-5].max() == pytest.approx(6.02 / 80, abs=1e-3)
    assert np.isfinite(log_mel(np.zeros(1000))).all()


def test_peaks_are_the_strongest_frequencies_of_a_wave() -> None:
    wave = tone(440) + tone(880, strength=0.3) + tone(1320, strength=0.1) + 3
    assert peaks(wave, 3) == pytest.approx([440, 880, 1320], abs=2)
    assert peaks(np.zeros(1000)) == []
