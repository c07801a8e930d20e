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

        count = sum(layer.name.startswith("signal_") for layer in model.layers)
        self.sample, self.note = weights("sample")[0], weights("note")[0]
        self.levels, channels = self.sample.shape
        self.dilations = [model.get_layer(f"signal_{n}").dilation_rate[0] for n in range(count)]
        self._looks, self._passes = [], []
        for number in range(count):
            (signal, signal_bias), (gate, gate_bias) = weights(f"signal_{number}"), weights(f"gate_{number}")
            # Both look at the same two samples: one product instead of four. A gate is tanh too: s(x) = (1 + t(x/2)) / 2.
            both = np.concatenate([signal, gate / 2], axis=2).reshape(2 * channels, 2 * channels)
            self._looks.append((both, np.concatenate([signal_bias, gate_bias / 2])))
            (skip, skip_bias), (residual, residual_bias) = (
                weights(f"skip_{number}"),
                weights(f"residual_{number}"),
            )
            onward = np.concatenate([residual[0], skip[0]], axis=1) / 2
            self._passes.append((onward, np.concatenate([residual_bias, skip_bias])))
        (mix, self._mix_bias), (scores, self._scores_bias) = weights("mix"), weights("scores")
        self._mix, self._scores = mix[0], scores[0]
        # Before the first sample a causal convolution sees zeros, and so do the queues.
        self._queues = [np.zeros((dilation, batch, channels), np.float32) for dilation in self.dilations]
        self._places = [0] * count
        self._seen = np.zeros((batch, 2 * channels), np.float32)

    def step(self, codes: np.ndarray, notes: np.ndarray) -> np.ndarray:
        """The logits of the next sample, float32 (batch, levels), after one more sample: codes and notes, int (batch,)."""
        x = self.sample[codes] + self.note[notes]
        channels, seen, skips = x.shape[1], self._seen, 0.0
        for number, queue in enumerate(self._queues):
            place = self._places[number]
            seen[:, :channels], seen[:, channels:] = queue[place], x
            queue[place] = x
            self._places[number] = (place + 1) % len(queue)
            (look, look_bias), (onward, onward_bias) = self._looks[number], self._passes[number]
            both = np.tanh(seen @ look + look_bias)
            out = (both[:, :channels] * (1 + both[:, channels:])) @ onward + onward_bias
            x = x + out[:, :channels]
            skips = skips + out[:, channels:]
        mixed = np.maximum(np.maximum(skips, 0) @ self._mix + self._mix_bias, 0)
        return mixed @ self._scores + self._scores_bias


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
    import keras

    random = np.random.default_rng(seed)
    levels = model.output_shape[-1]
    count = sum(layer.name.startswith("signal_") for layer in model.layers)
    field = receptive_field([model.get_layer(f"signal_{n}").dilation_rate[0] for n in range(count)])
    # Windows of one size, so that JAX compiles once; what stands after `place` cannot matter in a causal net.
    wanted = np.zeros(len(notes) + field, np.int32)
    wanted[: len(notes)] = notes
    made = np.zeros(len(notes) + 1 + field, np.int32)
    made[0] = levels // 2
    for place in range(len(notes)):
        first = max(0, place + 1 - field)
        window = slice(first, first + field)
        scores = model([made[None, window], wanted[None, window]], training=False)
        logits = keras.ops.convert_to_numpy(scores)[0, place - first]
        made[place + 1] = choose(logits, temperature, random)
    return made[1 : len(notes) + 1]
