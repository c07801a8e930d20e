"""Grounds that a detector may take for fruit: stripes, checks and dots in the colours of fruit and others.

Every painter takes a random generator and gives linear light (PIXELS, PIXELS, 3) that repeats without a seam.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from tools.render_fruits.meshes import Array, linear, rgb
from tools.render_market.surfaces import PIXELS, any_colour

Random = np.random.Generator
DYES = ("b8242c", "e8c02c", "e8842c", "5a8a34", "4a2440", "7a5a38", "2f5a8a", "d88a9a", "3a7a7a", "24262c")
PALES = ("f0ece2", "e8dcc0", "d8d8d8", "f4f0f0", "d4e0e8")


def _dye(random: Random) -> Array:
    return rgb(DYES[random.integers(len(DYES))]) * random.uniform(0.8, 1.1)


def _pale(random: Random) -> Array:
    return rgb(PALES[random.integers(len(PALES))]) if random.uniform() < 0.7 else any_colour(random, 0.4)


def _woven(picture: Array, random: Random) -> Array:
    """Threads and soft folds over a painted cloth."""
    x, y = np.meshgrid(np.arange(PIXELS), np.arange(PIXELS))
    folds = gaussian_filter(random.normal(size=(PIXELS, PIXELS)), 26, mode="wrap")
    shade = 1 + 0.08 * np.sin(x * np.pi / 2) * np.sin(y * np.pi / 2) + 0.09 * folds / folds.std()
    return linear(np.clip(picture * shade[..., None], 0, 1))


def _bands(random: Random) -> Array:
    """A row of PIXELS colours: groups of stripes with a wide pale one between."""
    pale, inks = _pale(random), [_dye(random) for _ in range(2)]
    repeats = int(random.choice([2, 4, 5, 8]))
    period = PIXELS // repeats
    row = np.tile(pale, (period, 1))
    row[: int(period * random.uniform(0.25, 0.5))] = inks[0]
    if random.uniform() < 0.5:
        start = int(period * random.uniform(0.6, 0.75))
        row[start : start + max(2, int(period * random.uniform(0.06, 0.15)))] = inks[1]
    return np.tile(row, (repeats, 1))


def stripes(random: Random) -> Array:
    """Strong stripes on pale cloth."""
    return _woven(np.tile(_bands(random)[None], (PIXELS, 1, 1)), random)


def checks(random: Random) -> Array:
    """Stripes crossed with stripes, as on a kitchen towel."""
    row = _bands(random)
    return _woven(0.5 * (row[None] + row[:, None]), random)


def dots(random: Random) -> Array:
    """Round or oval dots of one or more dyes, from the size of a strawberry to that of an orange."""
    ground = _pale(random) if random.uniform() < 0.7 else _dye(random) * 0.7
    canvas = Image.new("RGB", (PIXELS, PIXELS), tuple((np.clip(ground, 0, 1) * 255).astype(int)))
    pen = ImageDraw.Draw(canvas)
    count, oval = int(random.choice([2, 4, 5])), random.uniform(1.0, 1.6)
    pitch = PIXELS / count
    inks = [tuple((np.clip(_dye(random), 0, 1) * 255).astype(int)) for _ in range(int(random.integers(1, 4)))]
    radius = pitch * random.uniform(0.18, 0.3)
    for row in range(count):
        for column in range(-1, count + 1):
            x, y = (column + 0.5 + 0.5 * (row % 2)) * pitch, (row + 0.5) * pitch
            ink = inks[(row + 2 * (column % count)) % len(inks)]
            pen.ellipse([x - radius * oval, y - radius, x + radius * oval, y + radius], ink)
    return _woven(np.asarray(canvas) / 255, random)
