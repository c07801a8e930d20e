"""Notes are what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.further.sound import NOTES, melody, mu_law_decode, note_examples, note_hertz, peaks
from course_utils.further.sound.notes import NOTE_RATE


@pytest.mark.parametrize("name", NOTES)
def test_a_note_has_its_frequency_and_its_overtones(name: str) -> None:
    wave, numbers = melody([name], 0.5)
    assert peaks(wave, 3, NOTE_RATE) == pytest.approx([NOTES[name] * k for k in (1, 2, 3)], abs=3)
    assert set(numbers) == {1 + list(NOTES).index(name)} and len(wave) == len(numbers) == 2000
    assert 0.3 < np.abs(wave).max() < 1


def test_a_note_knows_its_frequency() -> None:
    assert note_hertz("A") == 440
    with pytest.raises(ValueError, match="No note is called H"):
        note_hertz("H")


def test_silence_is_silent_and_has_number_0() -> None:
    wave, numbers = melody(["C", "-"], 0.1)
    assert not wave[400:].any() and not numbers[400:].any() and wave[:400].any()


def test_an_unknown_note_is_named() -> None:
    with pytest.raises(ValueError, match="No note is called H"):
        melody(["C", "H"])


def test_examples_come_again_from_their_seed_and_fit_their_notes() -> None:
    codes, numbers = note_examples(20, 512, levels=64, seed=3)
    assert codes.shape == numbers.shape == (20, 512) and codes.dtype == numbers.dtype == np.int32
    assert codes.min() >= 0 and codes.max() < 64 and 0 <= numbers.min() and numbers.max() <= len(NOTES)
    assert (note_examples(20, 512, levels=64, seed=3)[0] == codes).all()
    assert (note_examples(20, 512, levels=64, seed=4)[0] != codes).any()
    assert np.abs(mu_law_decode(codes[numbers == 0], 64)).max() < 0.02
