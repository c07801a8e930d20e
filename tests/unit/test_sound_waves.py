"""Waves are read, written, played quietly, and quantised as the telephone does."""

from __future__ import annotations

import io
import re
import wave

import numpy as np
import pytest

from course_utils.further.sound import Clip, SoundError, mu_law_decode, mu_law_encode, read_wave, write_wave
from course_utils.further.sound.waves import LOUDEST, MOST_SECONDS, RATE


def tone(hertz: float = 440, seconds: float = 0.5, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def wav(samples: np.ndarray, width: int = 2, channels: int = 1, rate: int = RATE) -> bytes:
    """A WAV file written by hand, in another width or with more channels."""
    scaled = np.round(np.repeat(samples, channels) * (2.0 ** (8 * width - 1) - 1)).astype(np.int64)
    if width == 1:
        raw = (scaled + 128).astype(np.uint8).tobytes()
    else:
        raw = b"".join(int(value).to_bytes(width, "little", signed=True) for value in scaled)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)
    return buffer.getvalue()


def test_what_is_written_is_read_again(tmp_path) -> None:
    path = tmp_path / "tone.wav"
    content = write_wave(tone(), path)
    assert path.read_bytes() == content
    for source in (path, str(path), content):
        assert np.abs(read_wave(source) - tone()).max() < 1e-4


@pytest.mark.parametrize(("width", "near"), [(1, 0.01), (2, 1e-4), (3, 1e-6), (4, 1e-6)])
@pytest.mark.parametrize("channels", [1, 2])
def test_8_16_24_and_32_bits_and_both_ears_are_read(width: int, near: float, channels: int) -> None:
    assert np.abs(read_wave(wav(tone(), width, channels)) - tone()).max() < near


def test_another_rate_is_resampled_and_keeps_its_pitch() -> None:
    found = read_wave(wav(tone(rate=44_100), rate=44_100))
    assert len(found) == pytest.approx(len(tone()), abs=2) and found.dtype == np.float32
    assert np.abs(found[200:-200] - tone()[200 : len(found) - 200]).max() < 0.01


def test_what_does_not_fit_the_rate_is_filtered_out_instead_of_folded_back() -> None:
    assert np.abs(read_wave(wav(tone(6_000, rate=44_100), rate=44_100))[200:-200]).max() < 0.01


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ID3 this is an MP3", "Save the recording as WAV"),
        (b"", "Save the recording as WAV"),
        (wav(np.zeros(0)), "no samples"),
        (wav(np.zeros((MOST_SECONDS + 1) * RATE)), "longer than 60 seconds"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(SoundError, match=message):
        read_wave(content)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SoundError, match=r"no file .*nothing\.wav"):
        read_wave("nothing.wav")


def test_a_wave_that_is_none_is_refused() -> None:
    for samples in (np.zeros((2, 5)), np.zeros(0), np.array([0.0, np.nan])):
        with pytest.raises(SoundError, match="one row of finite numbers"):
            write_wave(samples)
        with pytest.raises(SoundError, match="one row of finite numbers"):
            Clip(samples, "This is heard, or is it")


def test_a_player_has_a_text_and_waits_for_a_click() -> None:
    shown = Clip(tone(), 'A "pure" tone of 440 hertz.')._repr_mimebundle_()
    assert "<audio controls preload=" in shown["text/html"] and "autoplay" not in shown["text/html"]
    assert shown["text/html"].count("A &quot;pure&quot; tone of 440 hertz.") == 2
    assert shown["text/plain"] == '[sound, 0.5 s: A "pure" tone of 440 hertz.]'
    assert re.search(r'src="data:audio/wav;base64,[A-Za-z0-9+/=]+"', shown["text/html"])


@pytest.mark.parametrize("louder", [0.001, 1, 100])
def test_a_player_is_never_loud_and_does_not_click(louder: float) -> None:
    samples = Clip(louder * np.cos(np.arange(4000)), "A tone, faded at both ends.").samples
    assert 0.9 * LOUDEST < np.abs(samples).max() <= LOUDEST
    assert samples[0] == samples[-1] == 0


def test_silence_stays_silence_and_the_samples_of_others_stay_as_they_are() -> None:
    mine = np.ones(100)
    assert not Clip(np.zeros(100), "Nothing at all is heard.").samples.any()
    Clip(mine, "A constant that is faded.")
    assert (mine == 1).all()


def test_a_player_without_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="says too little"):
        Clip(tone(), "tone")


@pytest.mark.parametrize("levels", [64, 256])
def test_mu_law_has_all_levels_in_order_and_keeps_each_of_them(levels: int) -> None:
    codes = np.arange(levels)
    samples = mu_law_decode(codes, levels)
    assert (np.diff(samples) > 0).all() and samples[0] == -1 and samples[-1] == 1
    assert (mu_law_encode(samples, levels) == codes).all()
    assert mu_law_encode(np.array([-2, 2]), levels).tolist() == [0, levels - 1]


def test_mu_law_is_finer_where_it_is_quiet() -> None:
    quiet, loud = (
        np.abs(mu_law_decode(mu_law_encode(x)) - x).max() for x in (np.linspace(0, 0.01), np.linspace(0.9, 1))
    )
    assert quiet < loud / 20
    assert quiet < 1 / 256 / 4, "than equal steps would be"


def test_mu_law_by_hand() -> None:
    # sign(x) ln(1 + 255 |x|) / ln 256 for x = 0.1: 0.591; (0.591 + 1) / 2 * 255 = 202.8
    assert mu_law_encode(np.array([0.1, 0.0, -0.1])).tolist() == [203, 128, 52]
