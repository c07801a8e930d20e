"""Figures of sound say in their alt text what one would see, and refuse what does not fit."""

import numpy as np
import pytest

from course_utils import plots


def test_a_spectrogram_tells_how_long_it_is_and_where_it_is_loudest():
    strengths = np.zeros((50, 4))
    strengths[:, 2] = 1
    picture = plots.spectrograms({"tone": strengths, "same": strengths}, 0.02, [100, 200, 400, 800])
    assert "tone, 1.00 s, on average loudest near 400 Hz; same" in picture.alt
    with pytest.raises(ValueError, match=r"expected \(frames, 3\)"):
        plots.spectrograms({"tone": strengths}, 0.02, [100, 200, 400])
    with pytest.raises(ValueError, match="no maps"):
        plots.spectrograms({}, 0.02, [])


def test_a_line_spectrum_names_the_strongest_frequency_and_the_marks():
    hertz = np.arange(0, 1000, 10)
    strengths = np.exp(-(((hertz - 440) / 20) ** 2))
    picture = plots.line_spectrum({"made": (hertz, strengths)}, {"A": 440})
    assert "made is strongest at 440 Hz. Marked: A at 440 Hz." in picture.alt
    with pytest.raises(ValueError, match="all zero|are zero"):
        plots.line_spectrum({"silence": (hertz, 0 * hertz)})
    with pytest.raises(ValueError, match="no lines"):
        plots.line_spectrum({})


def test_a_stack_tells_its_receptive_field():
    assert "dilations 1, 2, 4, 8 it depends on the last 16 samples" in plots.dilated_stack([1, 2, 4, 8]).alt
    assert "the last 5 samples" in plots.dilated_stack([1, 1], width=3).alt
    for dilations in ([], [128]):
        with pytest.raises(ValueError, match="2 to 64 inputs"):
            plots.dilated_stack(dilations)


def test_labels_over_time_name_their_peaks_in_order():
    shares = np.full((10, 3), 0.02)
    shares[:, 0] = 0.96
    shares[3], shares[7] = [0.1, 0.05, 0.85], [0.1, 0.8, 0.1]
    picture = plots.labels_over_time(shares, ["blank", "four", "two"], 0.1)
    assert (
        "blank is the likeliest in 80% of the frames; peaks of the others: two at 0.30 s, four at 0.70 s"
        in picture.alt
    )
    with pytest.raises(ValueError, match=r"expected \(frames, 2\)"):
        plots.labels_over_time(shares, ["blank", "four"], 0.1)
    assert "none" in plots.labels_over_time(np.eye(3)[[0, 0]], ["blank", "a", "b"], 0.1).alt
