"""Scenes composed on the fly: a fruit to name among grounds, neighbours, leaves, shadows and changing light."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.pretrain_backbones.bank import PATCH, Bank

Array = np.ndarray
Random = np.random.Generator
PLAIN = 0.25
"""Share of plain pictures on (nearly) white ground."""


class Scenes:
    """Batches of composed pictures from a bank, without end, in seeded order."""

    def __init__(self, bank: Bank, seed: int = 2018, plain: float = PLAIN) -> None:
        self.bank, self.plain = bank, plain
        self.random = np.random.default_rng(seed)
        self._queue: list[int] = []
        # Pillow's images share the arrays' memory order; made once, as making them costs as much as turning them.
        self._grounds = [Image.fromarray(g) for g in bank.grounds]

    def batch(self, count: int, size: int) -> tuple[Array, Array]:
        """`count` pictures: float32 (count, size, size, 3) of 0..255 and their labels (count,)."""
        while len(self._queue) < count:
            self._queue += self.random.permutation(len(self.bank.labels)).tolist()
        chosen, self._queue = self._queue[:count], self._queue[count:]
        pictures = np.stack([self.picture(i, size) for i in chosen])
        return light(pictures, self.random) * 255, self.bank.labels[chosen]

    def picture(self, target: int, size: int) -> Array:
        """One scene around cut-out `target` before the light: float32 (size, size, 3) of 0..1."""
        random = self.random
        if random.uniform() < self.plain:
            canvas = np.full((size, size, 3), random.uniform(0.92, 1.0), np.float32)
            centre = 0.5 + random.uniform(-0.08, 0.08, size=2)
            return self._paste(
                canvas, target, centre, random.uniform(0.7, 1.15), random.normal(scale=0.2), None
            )
        canvas = self._ground(size)
        towards = random.uniform(0, 2 * np.pi)
        shade = random.uniform(0.03, 0.14) * np.array([np.cos(towards), np.sin(towards)])
        scale = random.uniform(0.35, 1.1)
        centre = 0.5 + random.uniform(-0.5, 0.5, size=2) * max(0.12, 0.85 - scale)
        for _ in range(random.choice(4, p=[0.35, 0.3, 0.25, 0.1])):
            self._neighbour(canvas, centre, scale, shade, nearness=0.7)
        self._paste(canvas, target, centre, scale, random.uniform(0, 2 * np.pi), shade)
        if random.uniform() < 0.3:
            self._neighbour(canvas, centre, scale, shade, nearness=0.95)
        for _ in range(random.choice(4, p=[0.6, 0.15, 0.15, 0.1])):
            _leaf(canvas, centre, scale, random)
        return canvas

    def _ground(self, size: int) -> Array:
        random = self.random
        ground = self._grounds[random.integers(len(self._grounds))]
        side = ground.width
        span = side * random.uniform(0.25, 0.7)
        turned = _affine(size, span / size, random.uniform(0, 2 * np.pi), np.full(2, 0.5), side)
        picture = np.asarray(ground.transform((size, size), Image.Transform.AFFINE, turned, 2), np.float32)
        return picture / 255

    def _neighbour(self, canvas: Array, centre: Array, scale: float, shade: Array, nearness: float) -> None:
        """Another fruit beside the target, near enough to touch it or to hide its edge."""
        random = self.random
        other = int(random.integers(len(self.bank.labels)))
        size = scale * random.uniform(0.5, 1.1)
        angle = random.uniform(0, 2 * np.pi)
        away = nearness * (scale + size) / 2 * random.uniform(0.85, 1.4)
        place = centre + away * np.array([np.cos(angle), np.sin(angle)])
        self._paste(canvas, other, place, size, random.uniform(0, 2 * np.pi), shade)

    def _paste(
        self, canvas: Array, index: int, centre: Array, scale: float, angle: float, shade: Array | None
    ) -> Array:
        """Lay cut-out `index` over `canvas` in place, `scale` of its width wide; `shade` is the shadow's way."""
        random, size = self.random, len(canvas)
        mirrored = random.uniform() < 0.5
        if shade is not None:
            shadow = Image.fromarray(self.bank.shadow[index])
            turned = _affine(size, 20 / (scale * size), angle, centre + shade, 20, mirrored)
            dark = np.asarray(shadow.transform((size, size), Image.Transform.AFFINE, turned, 2), np.float32)
            canvas *= 1 - (random.uniform(0.25, 0.7) / 255) * dark[..., None]
        patch = self.bank.large[index] if scale * size > 0.5 * PATCH else self.bank.small[index]
        side = len(patch)
        stretch = 1.0 if shade is None else np.exp(random.normal(scale=0.06))
        turned = _affine(size, side / (scale * size), angle, centre, side, mirrored, stretch)
        # The mode only names four bands: colours are premultiplied, and 'RGBX' keeps Pillow from undoing it.
        image = Image.frombuffer("RGBX", (side, side), np.ascontiguousarray(patch), "raw", "RGBX", 0, 1)
        laid = np.asarray(image.transform((size, size), Image.Transform.AFFINE, turned, 2), np.float32)
        laid = laid * np.float32(1 / 255)
        colours = laid[..., :3]
        if shade is not None:
            colours = colours * _ramp(size, centre, scale, shade, random)
        canvas *= 1 - laid[..., 3:]
        canvas += colours
        return canvas


def _affine(
    size: int,
    step: float,
    angle: float,
    centre: Array,
    side: int,
    mirrored: bool = False,
    stretch: float = 1.0,
) -> tuple[float, ...]:
    """Pillow's six numbers that put a source of `side` pixels with its middle at `centre` (0..1) of the canvas."""
    cos, sin = np.cos(angle) * step, np.sin(angle) * step
    flip = -1.0 if mirrored else 1.0
    matrix = np.array([[flip * cos * stretch, flip * sin * stretch], [-sin / stretch, cos / stretch]])
    offset = side / 2 - matrix @ (np.asarray(centre) * size)
    return (matrix[0, 0], matrix[0, 1], offset[0], matrix[1, 0], matrix[1, 1], offset[1])


def _ramp(size: int, centre: Array, scale: float, shade: Array, random: Random) -> Array:
    """Light that falls off across a fruit towards its shadow, (size, size, 1)."""
    way = shade / np.linalg.norm(shade)
    grid = (np.arange(size, dtype=np.float32) + 0.5) / size
    along = (grid[None, :] - centre[0]) * way[0] + (grid[:, None] - centre[1]) * way[1]
    depth = random.uniform(0.0, 0.75)
    ramp = 1.05 - depth * np.clip(along / scale + 0.5, 0, 1) ** 1.5
    return ramp[..., None].astype(np.float32)


def _leaf(canvas: Array, centre: Array, scale: float, random: Random) -> None:
    """A green or brown leaf across a part of the target."""
    size = len(canvas)
    grid = (np.arange(size, dtype=np.float32) + 0.5) / size
    angle, turn = random.uniform(0, 2 * np.pi, size=2)
    place = centre + scale * random.uniform(0.2, 0.5) * np.array([np.cos(angle), np.sin(angle)])
    x, y = grid[None, :] - place[0], grid[:, None] - place[1]
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    long, wide = scale * random.uniform(0.15, 0.4), scale * random.uniform(0.06, 0.13)
    half = wide * (1 - (u / long) ** 2)
    cover = np.clip((half - np.abs(v)) * size, 0, 1)[..., None]
    colour = np.array([0.25, 0.45, 0.15]) * random.uniform(0.5, 1.4, size=3)
    shape = np.where(np.abs(v) < 0.012, 1.3, 0.8 + 0.3 * v / wide)[..., None]
    canvas *= 1 - cover
    canvas += (cover * np.clip(colour * shape, 0, 1)).astype(np.float32)


def light(pictures: Array, random: Random) -> Array:
    """Shadow edges, exposure, light colour, contrast, saturation, blur and grain over a batch (N, S, S, 3) of 0..1."""
    count, size = pictures.shape[:2]

    def draw(low: float, high: float, *shape: int) -> Array:
        return random.uniform(low, high, size=(count, *shape)).astype(np.float32)

    grid = np.linspace(-1, 1, size, dtype=np.float32)
    angle = draw(0, 2 * np.pi, 1, 1)
    along = grid[None, None, :] * np.cos(angle) + grid[None, :, None] * np.sin(angle) - draw(-0.9, 0.9, 1, 1)
    edge = 1 / (1 + np.exp(-along * draw(1.5, 14, 1, 1)))
    strength = draw(0, 0.65, 1, 1) * (draw(0, 1, 1, 1) < 0.6)
    out = pictures * (1 - strength * edge)[..., None]
    soft = random.uniform(size=count) < 0.35
    if soft.any():
        blurred = out[soft]
        for axis in (1, 2):
            blurred = 0.5 * blurred + 0.25 * (np.roll(blurred, 1, axis) + np.roll(blurred, -1, axis))
        out[soft] = blurred
    out = np.maximum(out, 0) ** np.exp(draw(-0.35, 0.35, 1, 1, 1))
    out *= np.exp(draw(-0.45, 0.3, 1, 1, 1)) * np.exp(random.normal(scale=0.08, size=(count, 1, 1, 3)))
    grey = out.mean(axis=3, keepdims=True)
    out = grey + (out - grey) * draw(0.65, 1.35, 1, 1, 1)
    middle = out.mean(axis=(1, 2), keepdims=True)
    out = middle + (out - middle) * draw(0.75, 1.25, 1, 1, 1)
    out += random.standard_normal(out.shape, dtype=np.float32) * draw(0, 0.03, 1, 1, 1)
    return np.clip(out, 0, 1).astype(np.float32)
