"""Making sound sample by sample: naively, with everything computed again, and with queues, where nothing is.

Source of the queues: T. Le Paine and others (2016), Fast WaveNet generation algorithm, arXiv:1611.09482.
"""

from __future__ import annotations

from itertools import cycle
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

    # At this size NumPy's calls cost more than its sums, so a step makes five per layer and copies nothing: all
    # places are made once, each a column per melody, with a 1 below it where a bias is one more weight.

    def __init__(self, model: keras.Model, batch: int = 1) -> None:
        def weights(name: str) -> list[np.ndarray]:
            return [np.asarray(value, np.float32) for value in model.get_layer(name).get_weights()]

        def column(size: int) -> np.ndarray:
            return np.vstack([np.zeros((size, batch), np.float32), np.ones((1, batch), np.float32)])

        self.dilations = _dilations(model)
        self.sample, self.note = weights("sample")[0], weights("note")[0]
        self.levels, channels = self.sample.shape
        last = len(self.dilations) - 1
        heard = np.ones((last + 1, 2 * channels + 1, batch), np.float32)  # of each layer, for the skip paths
        skip, queues, self._layers = [], [], []
        for number, dilation in enumerate(self.dilations):
            look, bias = weights(f"look_{number}")
            queues.append(_queue(look, bias, [column(2 * channels) for _ in range(dilation)]))
            # s(x) = (1 + tanh(x / 2)) / 2 makes the gate a tanh too, and what passes (signal + signal * gate) / 2.
            onward, bias = weights(f"onward_{number}")
            onward = np.vstack([onward[0] / 2, onward[0] / 2, bias])
            skip.append(onward[:, :channels].T)
            both = heard[number, : 2 * channels]
            parts = (both, both[:channels], both[channels:], heard[number])
            self._layers.append((*parts, None if number == last else _rows(onward[:, channels:])))
        # A place is next again after its queue went round once, with the roles of its halves exchanged.
        self._places = zip(*map(cycle, queues), strict=True)
        self._more = np.empty((channels, batch), np.float32)
        self._head = [(_rows(np.hstack(skip).T), heard.reshape(-1, batch))]
        for name in ("mix", "scores"):
            matrix, bias = weights(name)
            self._head.append((_rows(np.vstack([matrix[0], bias])), column(channels)))
        self._logits = np.empty((self.levels, batch), np.float32)

    def step(self, codes: np.ndarray, notes: np.ndarray) -> np.ndarray:
        """The logits of the next sample, float32 (batch, levels), after one more sample: codes and notes, int (batch,)."""
        return self._step(self.sample[codes].T, self.note[notes].T).T.copy()

    def _step(self, x: np.ndarray, more: np.ndarray) -> np.ndarray:
        """`step` for vectors of the sample and of the note, (channels, batch); the logits' place is used again."""
        add, tanh, multiply = np.add, np.tanh, np.multiply
        places = zip(next(self._places), self._layers, strict=True)
        for (seen, now, look), (both, signal, gate, heard, onward) in places:
            add(x, more, now)
            look.dot(seen, both)
            tanh(both, both)
            multiply(signal, gate, gate)
            if onward is not None:
                x, more = now, onward.dot(heard, self._more)
        (skip, heard), (mix, mixed), (scores, scored) = self._head
        for matrix, column, out in ((skip, heard, mixed[:-1]), (mix, mixed, scored[:-1])):
            np.maximum(matrix.dot(column, out), 0, out=out)
        return scores.dot(scored, self._logits)


def _rows(matrix: np.ndarray) -> np.ndarray:
    """A matrix (ins, outs) as (outs, ins), to be multiplied by columns."""
    return np.ascontiguousarray(matrix.T)


def _queue(look: np.ndarray, bias: np.ndarray, columns: list[np.ndarray]) -> list[tuple[np.ndarray, ...]]:
    """The places of a layer's queue in turn, twice round: the whole column, where the input goes, and the weights.

    A column holds two inputs that lie one round apart, and a 1. What came in last round is the older one in the next,
    so nothing is moved. `look`: weights (2, channels, outs). Before the first sample a causal convolution sees zeros.
    """
    channels, outs = look.shape[1:]
    half = np.repeat(np.float32([1, 0.5]), outs // 2)  # the gate's argument is halved
    older, newer = look
    found = []
    for now, order in ((slice(channels, 2 * channels), (older, newer)), (slice(channels), (newer, older))):
        matrix = _rows(np.vstack([*order, bias]) * half)
        found += [(column, column[now], matrix) for column in columns]
    return found


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
    samples, wanted = stack.sample[..., None], stack.note[..., None]
    known = np.empty(0, np.int32) if start is None else np.asarray(start, np.int32)[: len(notes)]
    made, code = list(map(int, known)), stack.levels // 2  # silence
    for place, note in enumerate(np.asarray(notes).tolist()):
        logits = stack._step(samples[code], wanted[note])
        if place >= len(known):
            made.append(choose(logits[:, 0], temperature, random))
        code = made[place]
    return np.array(made, np.int32)


def choose(logits: np.ndarray, temperature: float, random: np.random.Generator) -> int:
    """A level drawn from softmax(logits / temperature); the likeliest one at temperature 0."""
    likeliest = logits.argmax()
    if temperature <= 0:
        return int(likeliest)
    shares = np.exp((logits - logits[likeliest]) / temperature).cumsum()
    return int(shares.searchsorted(random.random() * shares[-1]))


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
