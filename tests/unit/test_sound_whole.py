"""Waves, spectra, notes and strings of labels on fixed inputs: what comes out as a whole is what was approved."""

import io
import wave

import approvals
import numpy as np
import pytest

from course_utils.further.sound import ctc, dilated, notes, queued, recorder, spectra, waves


def sound(count=3000, rate=8000, seed=0):
    """Two tones and a little noise."""
    time = np.arange(count) / rate
    tones = np.sin(2 * np.pi * 440 * time) + 0.5 * np.sin(2 * np.pi * 1250 * time)
    return 0.3 * tones + 0.02 * np.random.default_rng(seed).normal(size=count)


def file_of(width, channels=1, rate=8000, count=50):
    """The bytes of a WAV file with numbers of `width` bytes."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(
            np.random.default_rng(width).integers(0, 256, width * channels * count).astype("uint8").tobytes()
        )
    return buffer.getvalue()  # fmt: skip


def test_waves_are_read_and_written_as_approved():
    for width in (1, 2, 3, 4):
        for channels, rate in ((1, 8000), (2, 8000), (1, 11025), (3, 4000)):
            read = waves.read_wave(file_of(width, channels, rate))
            approvals.see(**{f"{8 * width} bits, {channels} at {rate}": read})
    approvals.see(other_rate=waves.read_wave(file_of(2), rate=16_000), same=waves.resample([1, 2], 8, 8))
    approvals.see(
        written=waves.write_wave(sound(40) * 4)[:60].hex(), at=waves.write_wave(sound(5), rate=11025).hex()
    )


@pytest.mark.parametrize("levels", [8, 64, 256])
def test_mu_law_steps_are_as_approved(levels):
    samples = np.concatenate([np.linspace(-1.2, 1.2, 41), [0.001, -0.001]])
    codes = waves.mu_law_encode(samples, levels)
    approvals.see(codes=list(codes), back=list(waves.mu_law_decode(codes, levels)))
    if levels == 256:
        approvals.see(usual=waves.mu_law_encode(samples), back=waves.mu_law_decode(codes))


def test_players_and_recorders_are_as_approved():
    for samples, rate in ((sound(400), 8000), (np.zeros(30), 8000), (sound(10), 4000), (np.ones(3), 8000)):
        clip = waves.Clip(samples, 'A tone that "sounds" for\n a moment', rate)
        shown = clip._repr_mimebundle_()
        page = shown["text/html"]
        approvals.see(samples=clip.samples, plain=shown["text/plain"], seconds=clip.seconds)
        approvals.see(page=page[: page.index("base64,")] + page[page.index('"></audio>') :])
    shown = recorder.Recorder()._repr_mimebundle_()
    approvals.see(recorder=shown["text/html"].partition("<script>")[0], plain=shown["text/plain"])
    approvals.see(other=recorder.Recorder("my-voice_2.wav")._repr_mimebundle_()["text/html"])


def test_spectra_are_as_approved():
    tones = sound()
    seen = spectra.spectrogram(tones)
    approvals.see(spectrogram=seen, third=list(seen[3, :40]), small=spectra.spectrogram(tones, 64, 50))
    approvals.see(mel=list(spectra.mel_of(np.array([0, 60, 440, 1000, 4000]))))
    bands = spectra.mel_bands()
    approvals.see(
        bands=bands, tops=bands.argmax(axis=0).tolist(), some=[list(bands[:, k]) for k in (0, 9, 31)]
    )
    few = spectra.mel_bands(8, 64, 4000, 100.0)
    approvals.see(few=list(few.T), narrow=[row.tolist() for row in spectra.mel_bands(12, 32).T])
    approvals.see(log_mel=spectra.log_mel(tones), frame=list(spectra.log_mel(tones)[4]))
    approvals.see(other=spectra.log_mel(tones, 12, 128, 100, 16_000))
    approvals.see(
        peaks=spectra.peaks(tones), two=spectra.peaks(tones, 2), near=spectra.peaks(tones, 4, apart=3.0),
        slow=spectra.peaks(tones, 3, rate=4000), short=spectra.peaks(tones[:100], 6, apart=500.0), none=spectra.peaks(np.zeros(50)),
        long=spectra.peaks(sound(9000), 3),
    )  # fmt: skip


def test_melodies_are_as_approved():
    for options in ({}, {"seconds": 0.05}, {"seconds": 0.03, "rate": 8000, "phase": 1.0}):
        wave_made, numbers = notes.melody(["A", "-", "C", "B"], **options)
        approvals.see(wave=wave_made, start=list(wave_made[:30]), numbers=numbers)
    for options in ({}, {"levels": 16, "seed": 4}, {"rate": 2000, "seed": 2}):
        codes, numbers = notes.note_examples(6, 500, **options)
        approvals.see(
            codes=codes, numbers=numbers, first=codes[0, :40].tolist(), notes=numbers[:, ::50].tolist()
        )


def test_strings_and_their_edits_are_as_approved():
    random = np.random.default_rng(3)
    paths = random.integers(0, 4, (12, 9)).tolist()
    approvals.see(
        strings=[ctc.collapse(path) for path in paths], other=[ctc.collapse(path, 2) for path in paths]
    )
    scores = random.normal(size=(3, 12, 4))
    approvals.see(greedy=ctc.greedy_decode(scores), blank=ctc.greedy_decode(scores, 3))
    approvals.see(edits=[[ctc.edits(one, other) for other in paths] for one in paths[:5]])
    approvals.see(rate=ctc.error_rate(paths, paths[::-1]), empty=ctc.error_rate(paths, [[]] * 12))


@pytest.fixture(scope="module")
def stack():
    pytest.importorskip("keras")
    net = dilated.causal_stack(8, 3, channels=4, dilations=(1, 2, 4))
    random = np.random.default_rng(1)
    net.set_weights([random.normal(0, 0.8, one.shape) for one in net.get_weights()])
    return net


def test_a_stack_draws_the_samples_that_were_approved(stack):
    wanted = np.arange(60) // 20
    for options in (
        {},
        {"temperature": 0.0},
        {"temperature": 0.5, "seed": 3},
        {"start": np.array([1, 2, 3, 7])},
    ):
        approvals.see(samples=queued.generate(stack, wanted, **options).tolist())
    approvals.see(naively=queued.generate_naively(stack, wanted[:12], seed=2).tolist())
    many = queued.QueuedStack(stack, batch=2)
    for codes, numbers in (([1, 4], [0, 2]), ([7, 0], [1, 1]), ([3, 3], [2, 0])):
        approvals.see(logits=list(many.step(np.array(codes), np.array(numbers)).reshape(-1)))
    random = np.random.default_rng(5)
    approvals.see(
        drawn=[queued.choose(np.array([0.1, 2, 1.5, -1]), t, random) for t in (0, 0.3, 1, 2, 5) * 4]
    )
    approvals.see(
        fields=[dilated.receptive_field(one) for one in ((1,), (1, 2, 4), (3, 3))], wide=dilated.receptive_field((1, 2), 3),
        before=dilated.difference_before(stack, 10, 20, 8),
    )  # fmt: skip
