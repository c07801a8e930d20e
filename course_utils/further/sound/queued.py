"""Making sound sample by sample: naively, with everything computed again, and with queues, where nothing is.

Source of the queues: T. Le Paine and others (2016), Fast WaveNet generation algorithm, arXiv:1611.09482.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .dilated import receptive_field

if TYPE_CHECKING:
    import keras


class QueuedStack:
    """A trained `causal_stack` in NumPy that takes one sample at a time and keeps what later samples need.

    Each layer has a queue as long as its dilation: what comes in now is needed again that many steps later.
    `model`: what `causal_stack` returned. `batch`: melodies made side by side.
    """

    def __init__(self, model: keras.Model, batch: int = 1) -> None:
        def weights(name: str) -> list[np.ndarray]:
            return [np.asarray(value, np.float32) for value in model.get_layer(name).get_weights()]

        self.dilations = _dilations(model)
        self.sample, self.note = weights("sample")[0], weights("note")[0]
        self.levels, channels = self.sample.shape
        self._looks, self._onwards = [], []
        for number in range(len(self.dilations)):
            look, bias = weights(f"look_{number}")
            # A gate is tanh too: s(x) = (1 + t(x / 2)) / 2. The bias is one more row, met by a 1 in what comes in.
            rows = np.vstack([look.reshape(2 * channels, 2 * channels), bias])
            rows[:, channels:] /= 2
            self._looks.append(rows)
            onward, bias = weights(f"onward_{number}")
            self._onwards.append((onward[0] / 2, bias))
        (mix, self._mix_bias), (scores, self._scores_bias) = weights("mix"), weights("scores")
        self._mix, self._scores = mix[0], scores[0]
        # Before the first sample a causal convolution sees zeros, and so do the queues.
        self._queues = [np.zeros((dilation, batch, channels), np.float32) for dilation in self.dilations]
        self._time = 0
        self._seen = np.ones((batch, 2 * channels + 1), np.float32)
        self._both = np.empty((batch, 2 * channels), np.float32)
        self._state = np.empty((batch, 2 * channels), np.float32)  # the skip paths' sum, then the signal

    def step(self, codes: np.ndarray, notes: np.ndarray) -> np.ndarray:
        """The logits of the next sample, float32 (batch, levels), after one more sample: codes and notes, int (batch,)."""
        seen, both, state, time = self._seen, self._both, self._state, self._time
        channels = self.sample.shape[1]
        skips, x = state[:, :channels], state[:, channels:]
        before, now = seen[:, :channels], seen[:, channels : 2 * channels]
        signal, gate = both[:, :channels], both[:, channels:]
        skips[:] = 0
        np.add(self.sample[codes], self.note[notes], out=x)
        for queue, look, (onward, bias) in zip(self._queues, self._looks, self._onwards, strict=True):
            place = time % len(queue)
            before[:], now[:] = queue[place], x
            queue[place] = x
            np.dot(seen, look, out=both)
            np.tanh(both, out=both)
            gate += 1
            gate *= signal
            out = np.dot(gate, onward)
            out += bias
            state[:, : out.shape[1]] += out
        self._time = time + 1
        mixed = np.maximum(np.maximum(skips, 0) @ self._mix + self._mix_bias, 0)
        return mixed @ self._scores + self._scores_bias


def _dilations(model: keras.Model) -> list[int]:
    """Those of a `causal_stack`, from the first layer on."""
    count = sum(layer.name.startswith("look_") for layer in model.layers)
    return [model.get_layer(f"look_{number}").dilation_rate[0] for number in range(count)]


def generate(
    model: keras.Model,
    notes: np.ndarray,
    temperature: float = 1.0,
    seed: int = 0,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """One sample per note number, int32 (samples,), drawn from what the net expects, with queues.

    `notes`: the note wanted at each sample, int (samples,). `temperature`: 1 draws as the net says, below 1 keeps to
    what is likely, 0 always takes the likeliest. `start`: codes to begin with, else silence.
    """
    return _draw(QueuedStack(model), notes, temperature, seed, start)


def _draw(
    stack: QueuedStack, notes: np.ndarray, temperature: float, seed: int, start: np.ndarray | None
) -> np.ndarray:
    random = np.random.default_rng(seed)
    notes = np.asarray(notes, np.int32)
    made = np.empty(len(notes) + 1, np.int32)
    made[0] = stack.levels // 2  # silence
    known = np.empty(0, np.int32) if start is None else np.asarray(start, np.int32)[: len(notes)]
    made[1 : 1 + len(known)] = known
    for place in range(len(notes)):
        logits = stack.step(made[place : place + 1], notes[place : place + 1])[0]
        if place >= len(known):
            made[place + 1] = choose(logits, temperature, random)
    return made[1:]


def choose(logits: np.ndarray, temperature: float, random: np.random.Generator) -> int:
    """A level drawn from softmax(logits / temperature); the likeliest one at temperature 0."""
    if temperature <= 0:
        return int(logits.argmax())
    shares = np.exp((logits - logits.max()) / temperature)
    return int(min(np.searchsorted(np.cumsum(shares), random.random() * shares.sum()), len(logits) - 1))


def generate_naively(
    model: keras.Model, notes: np.ndarray, temperature: float = 1.0, seed: int = 0
) -> np.ndarray:
    """What `generate` does, with the whole receptive field computed anew for each sample; int32 (samples,)."""
    random = np.random.default_rng(seed)
    field = receptive_field(_dilations(model))
    # Windows of one size, so that the net is compiled once; what stands after `place` cannot matter in a causal net.
    wanted = np.zeros(len(notes) + field, np.int32)
    wanted[: len(notes)] = notes
    made = np.zeros(len(notes) + 1 + field, np.int32)
    made[0] = model.output_shape[-1] // 2
    for place in range(len(notes)):
        first = max(0, place + 1 - field)
        window = slice(first, first + field)
        logits = model.predict_on_batch([made[None, window], wanted[None, window]])[0, place - first]
        made[place + 1] = choose(logits, temperature, random)
    return made[1 : len(notes) + 1]
