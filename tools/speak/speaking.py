"""One sentence of one voice as samples at 8 kHz, without the silence at its ends."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from course_utils.further.sound.waves import RATE, read_wave
from tools.speak.voices import Voice

PROGRAM = "espeak-ng"
VERSION = "1.51"
QUIET = 0.02  # of the loudest sample


def version() -> str:
    """The version of espeak-ng on this machine. Raises RuntimeError with the command that installs it."""
    try:
        told = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise RuntimeError(f"{PROGRAM} is not there. Type: sudo apt install espeak-ng") from None
    return told.split(":", 1)[1].split()[0]


def speak(text: str, accent: str, voice: Voice, faster: float = 1.0) -> np.ndarray:
    """A text read aloud: float32 (samples,) at 8 kHz, the loudest sample 0.9."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        command = [PROGRAM, "-v", f"{accent}+{voice.name}", "-p", str(voice.pitch)]
        command += ["-s", str(round(voice.speed * faster)), "-w", str(path), "--", text]
        subprocess.run(command, check=True, capture_output=True)
        samples = read_wave(path, RATE)
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.abs(samples).max())
    samples = samples[max(0, loud[0] - 80) : loud[-1] + 80]
    return (samples * 0.9 / np.abs(samples).max()).astype(np.float32)
