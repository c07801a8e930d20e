"""Spoken sentences and digits are read, cut into parts, and missed with a sentence that helps."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_utils.datasets import DataError, load_digits, load_speech
from course_utils.datasets.speech import ACCENTS, LANGUAGES
from course_utils.foundation import assets, config
from course_utils.further.sound import write_wave

REAL = config.repository_root()


@pytest.fixture(scope="module")
def speech():
    return load_speech()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled set that a test may damage."""
    folder = tmp_path / "data" / "speech"
    shutil.copytree(REAL / "data" / "speech", folder)
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    return folder


def test_a_part_has_frames_numbers_of_languages_and_a_table(speech) -> None:
    frames, labels, table = speech.part("Test")
    assert frames.dtype == np.float32 and frames.shape == (len(table), 99, 32)
    assert frames.min() >= 0 and frames.max() == 1
    assert [speech.languages[label] for label in labels] == table["language"].tolist()
    assert set(labels[:40]) == set(range(len(LANGUAGES))), "mixed, so that a validation part may be cut off"
    assert (speech.part("Test")[0] == frames).all(), "always in the same order"


def test_only_there_are_these_parts(speech) -> None:
    with pytest.raises(ValueError, match="Training, Test, Accents"):
        speech.part("Validation")


def test_a_few_clips_can_be_heard(speech) -> None:
    from course_utils.further.sound import log_mel, read_wave

    heard = speech.playable()
    assert len(heard) == 10 and set(heard["language"]) == set(LANGUAGES)
    row = heard.iloc[3]
    kept = speech.frames[speech.clips.index[speech.clips["id"] == row["id"]][0]] / 31
    assert np.abs(log_mel(read_wave(row["wave"])) - kept).mean() < 0.01, "the frames are those of the sound"


def test_digits_are_short_waves_with_their_digit(speech) -> None:
    digits = load_digits()
    assert digits.source == "bundled" and len(digits.waves) == len(digits.table)
    for wave in digits.waves:
        assert 0.1 < len(wave) / 8000 < 1.2 and 0.5 < np.abs(wave).max() <= 1


def test_strings_are_recordings_of_one_voice_in_a_row() -> None:
    digits = load_digits()
    waves, strings, voices = digits.strings("Test", 30, most=4, seed=1)
    assert len(waves) == len(strings) == len(voices) == 30
    assert {len(string) for string in strings} == {1, 2, 3, 4}
    testing = digits.table[digits.table["part"] == "Test"]
    assert set(voices) <= set(testing["voice"])
    for wave, string in zip(waves, strings, strict=True):
        assert wave.dtype == np.float32 and len(wave) > 800 * len(string)
    again = digits.strings("Test", 30, most=4, seed=1)
    assert again[1] == strings and (again[0][7] == waves[7]).all()
    assert digits.strings("Test", 30, most=4, seed=2)[1] != strings


@pytest.mark.parametrize(("part", "column"), [("Validation", "part"), ("Test", "official")])
def test_strings_of_a_part_that_is_not_there_are_refused(part: str, column: str) -> None:
    with pytest.raises(ValueError, match="has no"):
        load_digits().strings(part, 3, column=column)


@pytest.mark.parametrize("name", ["clips.npz", "clips.csv"])
def test_a_missing_file_is_named_with_the_command_that_brings_it_back(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(DataError, match=rf"no {name}.*git checkout -- data/speech"):
        load_speech()


@pytest.mark.parametrize("name", ["digits.npz", "digits.csv"])
def test_a_missing_file_of_digits_too(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(DataError, match=rf"no {name}.*git checkout -- data/speech"):
        load_digits()


def test_a_damaged_file_is_noticed(copy: Path) -> None:
    (copy / "clips.npz").write_bytes((copy / "clips.npz").read_bytes()[:5000])
    (copy / "digits.csv").write_text("digit,part,voice,take\n1,Training,m1,0\n", encoding="utf-8")
    for read in (load_speech, load_digits):
        with pytest.raises(DataError, match="damaged"):
            read()


def recordings(folder: Path) -> None:
    for voice in ("jackson", "theo"):
        for digit in (0, 7):
            for take in (0, 9):
                write_wave(np.sin(np.arange(900 + digit)), folder / f"{digit}_{voice}_{take}.wav")
    (folder / "README.wav").write_bytes(b"not one of them")


@pytest.mark.parametrize("packed", [False, True])
def test_digits_of_people_are_read_from_a_folder_or_a_zip_file(tmp_path: Path, packed: bool) -> None:
    recordings(tmp_path)
    place = tmp_path
    if packed:
        place = tmp_path / "recordings.zip"
        with zipfile.ZipFile(place, "w") as file:
            for path in tmp_path.glob("*.wav"):
                file.write(path, f"recordings/{path.name}")
    digits = load_digits("real", place)
    table = digits.table
    assert digits.source == "real" and len(table) == len(digits.waves) == 8
    assert set(table[table["part"] == "Test"]["voice"]) == {"theo"}
    assert set(table[table["official"] == "Test"]["voice"]) == {"jackson", "theo"}, (
        "the official split shares speakers"
    )
    assert set(table[table["official"] == "Test"]["take"]) == {0}
    assert len(digits.waves[-1]) == 907 and table["digit"].iloc[-1] == 7


def test_digits_that_are_not_there_say_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(None, "bundled", "not there"))
    with pytest.raises(DataError, match="course data fetch fsdd"):
        load_digits("real")
    with pytest.raises(DataError, match="no recordings"):
        load_digits("real", tmp_path)
    with pytest.raises(DataError, match="bundled and real"):
        load_digits("fsdd")


def test_a_broken_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "3_theo_1.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"3_theo_1\.wav"):
        load_digits("real", tmp_path)


def test_every_accent_has_a_name_in_words_that_begins_with_its_language(speech) -> None:
    said = speech.clips[["language", "accent"]].drop_duplicates()
    assert set(said["accent"]) == set(ACCENTS)
    for row in said.itertuples():
        assert ACCENTS[row.accent].startswith(LANGUAGES[row.language])
