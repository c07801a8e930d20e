"""Waves: read and write WAV files, play them in a notebook, store a sample in few bits."""

from __future__ import annotations

import base64
import html
import io
import wave
from math import gcd
from pathlib import Path

import numpy as np

RATE = 8_000  # samples per second: enough for speech, a telephone's
LOUDEST = 0.3  # of full scale: nobody is startled
FADE = 0.01  # seconds at both ends, so that nothing clicks
MOST_SECONDS = 60  # of a recording that is read


class SoundError(ValueError):
    """A sound cannot be used; the message says what was expected and what to do."""


def read_wave(source: str | Path | bytes, rate: int = RATE) -> np.ndarray:
    """A WAV file as one channel of samples between -1 and 1, float32 (samples,), at `rate` per second.

    `source`: a path, or the file's bytes. 8, 16, 24 and 32 bits, any number of channels; other rates are resampled.
    Raises SoundError for what is not such a file, for an empty one and for one longer than a minute.
    """
    try:
        with wave.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "rb") as file:
            channels, width, found = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = file.readframes(min(file.getnframes(), MOST_SECONDS * found + 1))
    except FileNotFoundError:
        raise SoundError(
            f"There is no file {source}. Put the WAV file beside the notebook, or type its whole path."
        ) from None
    except (wave.Error, EOFError, OSError) as problem:
        raise SoundError(
            f"This is not a WAV file of plain samples ({problem}). Save the recording as WAV (PCM, 16 bit), or "
            "convert it: ffmpeg -i recording.m4a recording.wav"
        ) from None
    if width not in (1, 2, 3, 4) or not found:
        raise SoundError(f"{8 * width} bits at {found} Hz cannot be read; save it as WAV with 16 bits.")
    samples = _as_floats(raw[: len(raw) // (width * channels) * width * channels], width)
    samples = samples.reshape(-1, channels).mean(axis=1)
    if not len(samples):
        raise SoundError("The file holds no samples: record again, and stop after a second or two.")
    if len(samples) > MOST_SECONDS * found:
        raise SoundError(f"The recording is longer than {MOST_SECONDS} seconds: cut out what is to be heard.")
    return resample(samples, found, rate).astype(np.float32)


def _as_floats(raw: bytes, width: int) -> np.ndarray:
    """Bytes of a WAV file as numbers between -1 and 1; 8 bits have no sign there, all others have."""
    if width == 1:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    if width == 3:
        # Each 24-bit number becomes the upper three bytes of a 32-bit one.
        padded = np.zeros((len(raw) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        raw, width = padded.tobytes(), 4
    return np.frombuffer(raw, f"<i{width}").astype(np.float64) / 2.0 ** (8 * width - 1)


def resample(samples: np.ndarray, found: int, rate: int) -> np.ndarray:
    """The same sound with `rate` instead of `found` samples per second; what does not fit is filtered out first."""
    if found == rate:
        return np.asarray(samples)
    from scipy.signal import resample_poly

    common = gcd(int(found), int(rate))
    return resample_poly(samples, rate // common, found // common)


def write_wave(samples: np.ndarray, path: str | Path | None = None, rate: int = RATE) -> bytes:
    """Samples between -1 and 1 as a WAV file of 16 bits and one channel: its bytes, also written to `path`.

    Samples beyond -1 and 1 are cut off. Raises SoundError for anything but one row of finite numbers.
    """
    samples = np.asarray(samples, dtype=np.float64)
    if samples.ndim != 1 or not len(samples) or not np.isfinite(samples).all():
        raise SoundError(f"A wave is one row of finite numbers; got shape {samples.shape}")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    if path is not None:
        Path(path).write_bytes(buffer.getvalue())
    return buffer.getvalue()


class Clip:
    """A sound to listen to in a notebook: a player with a text, quiet, and silent until somebody presses play.

    `samples`: (samples,) of any size; the loudest becomes 0.3, and both ends are faded. `alt`: a sentence that says
    what is heard. Raises SoundError for a wave that is not finite, ValueError for a text that says too little.
    """

    def __init__(self, samples: np.ndarray, alt: str, rate: int = RATE) -> None:
        if len(alt.split()) < 4:
            raise ValueError(f"{alt!r} says too little: describe in a sentence what is heard")
        self.alt, self.rate = " ".join(alt.split()), rate
        self.samples = _quiet(np.asarray(samples, dtype=np.float64), rate)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        data = base64.b64encode(write_wave(self.samples, rate=self.rate)).decode("ascii")
        alt = html.escape(self.alt, quote=True)
        player = (
            f'<figure style="margin:0"><audio controls preload="none" aria-label="{alt}" '
            f'src="data:audio/wav;base64,{data}"></audio><figcaption>{alt}</figcaption></figure>'
        )
        return {"text/html": player, "text/plain": f"[sound, {self.seconds:.1f} s: {self.alt}]"}


def _quiet(samples: np.ndarray, rate: int) -> np.ndarray:
    if samples.ndim != 1 or not len(samples) or not np.isfinite(samples).all():
        raise SoundError(f"A wave is one row of finite numbers; got shape {samples.shape}")
    peak = np.abs(samples).max()
    samples = samples * (LOUDEST / peak if peak > 1e-6 else 1.0)
    ramp = np.linspace(0, 1, min(int(FADE * rate), len(samples) // 2) + 1)[:-1]
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]
    return samples


def mu_law_encode(samples: np.ndarray, levels: int = 256) -> np.ndarray:
    """Samples between -1 and 1 as whole numbers from 0 to levels - 1, with fine steps near silence; int32.

    Source: the mu-law of ITU-T G.711, as used by van den Oord and others (2016), with mu = levels - 1.
    """
    mu = levels - 1
    samples = np.clip(np.asarray(samples, dtype=np.float64), -1, 1)
    squeezed = np.sign(samples) * np.log1p(mu * np.abs(samples)) / np.log1p(mu)
    return np.round((squeezed + 1) / 2 * mu).astype(np.int32)


def mu_law_decode(codes: np.ndarray, levels: int = 256) -> np.ndarray:
    """The middle of each step of `mu_law_encode`, as samples between -1 and 1; float32."""
    mu = levels - 1
    squeezed = 2 * np.asarray(codes, dtype=np.float64) / mu - 1
    return (np.sign(squeezed) * np.expm1(np.abs(squeezed) * np.log1p(mu)) / mu).astype(np.float32)
