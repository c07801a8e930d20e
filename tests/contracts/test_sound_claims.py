"""What notebook 15 says in words is what its code, its data and its kept runs say."""

from __future__ import annotations

import re

import pytest
from claims_support import Told

from course_utils.checks.expected import expected
from course_utils.checks.sound import SMALL_ACCURACY, SMALL_PARAMETERS
from course_utils.further.sound.spectra import BANDS, HOP, WINDOW
from course_utils.further.sound.waves import RATE

NAME = "15-sound"
cells = Told(NAME).cells


@pytest.fixture(scope="module")
def kept() -> dict[str, dict]:
    found = expected(NAME, "class", "bundled")
    if not found:
        pytest.skip("the bands of 15-sound were not measured yet")
    return found


def test_the_exercise_asks_for_what_its_check_asks_for() -> None:
    asked = cells()["exercise-3"]
    assert f"at most {SMALL_PARAMETERS:,} parameters" in asked and f"**{SMALL_ACCURACY:.2f}**" in asked


def test_the_sizes_of_a_spectrogram_are_those_of_the_package() -> None:
    assert f"window, hop, rate = {WINDOW}, {HOP}, {RATE:_}" in cells()["spectrogram"]
    frames = 1 + (2 * RATE - WINDOW) // HOP
    assert f"{frames * BANDS:,} numbers for two seconds" in cells()["mel-saw"]
    assert f"{WINDOW // 2 + 1} frequencies into {BANDS} bands" in cells()["spectrogram-saw"]


def test_the_counts_of_voices_and_clips_are_those_of_the_set() -> None:
    from course_utils.datasets import load_speech

    speech = load_speech()
    test = speech.part("Test")[2]
    assert test["voice"].nunique() == 8 and f"{len(test)} clips and only eight voices" in cells()["score-say"]
    assert len(set(speech.clips["voice"])) == 20 and "twenty **synthetic voices**" in cells()["hear-say"]
    held_back = set(re.findall(r'isin\(\["(\w+)", "(\w+)"\]', cells()["language-data"])[0])
    assert held_back <= set(speech.part("Training")[2]["voice"])


def test_at_most_ten_sounds_are_played_and_none_by_itself() -> None:
    assert sum(source.count("Clip(") for source in cells().values()) <= 10
    assert not any("autoplay" in source for source in cells().values())


@pytest.mark.parametrize("net", ["test_accuracy", "lstm_accuracy"])
def test_unseen_voices_are_told_apart(kept, net) -> None:
    assert kept["test_accuracy"]["runs"] >= 5
    assert max(kept["test_accuracy"]["mean"], kept["lstm_accuracy"]["mean"]) >= 0.85
    assert kept[net]["mean"] > 0.7


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_the_lstm_did_not_help_and_the_text_says_so(profile) -> None:
    runs = expected(NAME, profile, "bundled")
    if not runs:
        pytest.skip(f"the bands of 15-sound were not measured yet in {profile}")
    assert "the LSTM did not help" in cells()["kept-saw"]
    gap = runs["test_accuracy"]["mean"] - runs["lstm_accuracy"]["mean"]
    assert gap > max(runs["test_accuracy"]["sd"], runs["lstm_accuracy"]["sd"])


def test_counting_wins_after_a_very_short_training() -> None:
    runs = expected(NAME, "smoke", "bundled")
    if not runs:
        pytest.skip("the bands of 15-sound were not measured yet in smoke")
    assert "counting still wins" in cells()["bits-saw"]
    assert runs["counted_bits"]["mean"] < runs["wavenet_bits"]["mean"]


def test_other_accents_cost_accuracy_and_the_cue_flatters(kept) -> None:
    assert kept["accents_accuracy"]["mean"] < kept["test_accuracy"]["mean"] - 0.05
    assert kept["planted_accuracy"]["mean"] > kept["planted_honest_accuracy"]["mean"] + 0.15


def test_some_clips_that_were_kept_out_repeat_a_sentence_of_the_training() -> None:
    import numpy as np

    from course_utils.datasets import load_speech

    _, languages, clips = load_speech().part("Training")
    source = cells()["planted"]
    found = {"np": np, "clips": clips, "languages": languages}
    exec(source[: source.index("keras.utils")], found)
    spoken = [set(clips["sentence"].iloc[found["learned"]]), clips["sentence"].iloc[found["kept_out"]]]
    assert "Three in ten of its clips repeat a sentence of the training" in cells()["planted-saw"]
    assert spoken[1].isin(spoken[0]).mean() == pytest.approx(0.3, abs=0.03)


def test_momentum_makes_the_difference_that_the_text_names(kept) -> None:
    assert kept["momentum_090"]["mean"] > kept["momentum_099"]["mean"] + 0.1


def test_the_wavenet_beats_counting_which_beats_guessing(kept) -> None:
    assert kept["wavenet_bits"]["mean"] < kept["counted_bits"]["mean"] < 6
    assert kept["notes_right"]["mean"] >= 0.75
    assert f"{round(20 * kept['notes_right']['mean'])} of 20 are" in cells()["spectrum-saw"]
    assert kept["notes_right"]["runs"] == 5


def test_digits_of_unseen_voices_are_read(kept) -> None:
    assert kept["digit_error"]["mean"] < 0.3
