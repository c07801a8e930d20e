"""Sound as numbers: waves, spectra, a causal net that makes sound, and reading strings without marks.

`waves` reads, writes, plays and quantises, `recorder` records in the browser; `spectra` sees frequencies; `dilated` and
`queued` are WaveNet and its quick generation; `notes` makes what it learns from; `ctc` collapses paths and counts errors.
"""

from .ctc import collapse, error_rate, greedy_decode
from .dilated import causal_stack, difference_before, receptive_field
from .notes import NOTES, melody, note_examples, note_hertz
from .queued import QueuedStack, generate, generate_naively
from .recorder import Recorder
from .spectra import log_mel, mel_bands, mel_of, peaks, spectrogram
from .waves import Clip, SoundError, mu_law_decode, mu_law_encode, read_wave, write_wave

__all__ = [
    "NOTES",
    "Clip",
    "QueuedStack",
    "Recorder",
    "SoundError",
    "causal_stack",
    "collapse",
    "difference_before",
    "error_rate",
    "generate",
    "generate_naively",
    "greedy_decode",
    "log_mel",
    "mel_bands",
    "mel_of",
    "melody",
    "mu_law_decode",
    "mu_law_encode",
    "note_examples",
    "note_hertz",
    "peaks",
    "read_wave",
    "receptive_field",
    "spectrogram",
    "write_wave",
]
