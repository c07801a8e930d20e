"""More of what fruit lies on or stands before: stone, tiles, paper, straw and painted walls, as textures.

Every painter takes a random generator and gives linear light (PIXELS, PIXELS, 3); most repeat without a seam.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from tools.render_fruits import grounds
from tools.render_fruits.meshes import Array, linear, mix, rgb
from tools.render_fruits.noise import smooth

Random = np.random.Generator
PIXELS = 320


def any_colour(random: Random, grey: float = 0.35) -> Array:
    """A paint colour, sRGB: often near grey or cream, sometimes strong."""
    hue = random.uniform(0, 2 * np.pi)
    strength = random.uniform(0.0, 0.06) if random.uniform() < grey else random.uniform(0.06, 0.28)
    value = random.uniform(0.15, 0.95)
    wheel = np.cos(hue + np.array([0, 2.1, 4.2]))
    return np.clip(value + strength * wheel, 0.02, 0.98)


def _field(random: Random, along: float, across: float | None = None) -> Array:
    """Smooth noise of unit spread that repeats; sizes in texture pixels."""
    noise = gaussian_filter(random.normal(size=(PIXELS, PIXELS)), (along, across or along), mode="wrap")
    return noise / noise.std()


def _painted(colour: Array, shade: Array | float) -> Array:
    return np.ones((PIXELS, PIXELS, 3)) * colour * np.asarray(shade)[..., None]


def _mixed(first: Array, second: Array, weight: Array) -> Array:
    return first * (1 - weight[..., None]) + second * weight[..., None]


def _sketch(colour: Array) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("RGB", (PIXELS, PIXELS), _ink(colour))
    return canvas, ImageDraw.Draw(canvas)


def _ink(colour: Array) -> tuple[int, int, int]:
    red, green, blue = (np.clip(colour, 0, 1) * 255).astype(int)
    return int(red), int(green), int(blue)


def _of(canvas: Image.Image) -> Array:
    return np.asarray(canvas) / 255


def plain(random: Random) -> Array:
    """Paint, plaster or a worktop of one colour."""
    return linear(_painted(any_colour(random, 0.5), 1 + 0.03 * _field(random, 30) + 0.02 * _field(random, 1)))


def marble(random: Random) -> Array:
    pale = mix(rgb("efece6"), rgb(["c8c4bc", "e8dccb", "4a4846", "2c3430"][random.integers(4)]), 0.8)
    dark = mix(rgb("6a6a70"), rgb("8a7050"), random.uniform())
    if pale.mean() < 0.4:
        dark = rgb("d8d4cc")
    picture = _painted(pale, 1 + 0.04 * _field(random, 20))
    for size, strength in ((34, 0.7), (16, 0.35)):
        vein = np.exp(-((_field(random, size, size * 0.6) / random.uniform(0.04, 0.1)) ** 2))
        picture = _mixed(picture, dark, strength * vein * smooth(_field(random, 40), -0.6, 1.0))
    return linear(picture)


def granite(random: Random) -> Array:
    base, grain = any_colour(random, 0.8), any_colour(random, 0.8)
    picture = _painted(base, 1 + 0.1 * _field(random, 2))
    for _ in range(3):
        picture = _mixed(picture, grain, 0.8 * smooth(_field(random, random.uniform(0.8, 2.6)), 1.0, 1.4))
        grain = any_colour(random, 0.7)
    return linear(picture)


def tiles(random: Random) -> Array:
    """Glazed tiles with grout; square or laid like bricks."""
    colour, grout = any_colour(random, 0.5), mix(rgb("e0ddd6"), rgb("5a564e"), random.uniform())
    canvas, pen = _sketch(grout)
    count = int(random.integers(2, 6))
    brick = random.uniform() < 0.4
    second = any_colour(random) if random.uniform() < 0.3 else colour
    wide, high = PIXELS / count, PIXELS / count / (2 if brick else 1)
    gap = random.uniform(0.015, 0.04) * wide
    for row in range(round(PIXELS / high)):
        for column in range(-1, count + 1):
            left = (column + 0.5 * (row % 2) * brick) * wide
            tint = (second if (row + column) % 2 else colour) * random.uniform(0.92, 1.06)
            pen.rectangle(
                [left + gap, row * high + gap, left + wide - gap, (row + 1) * high - gap], _ink(tint)
            )
    return linear(_of(canvas) * (1 + 0.03 * _field(random, 24))[..., None])


def newsprint(random: Random) -> Array:
    paper = mix(rgb("d8d4c8"), rgb("c8b894"), random.uniform())
    canvas, pen = _sketch(paper)
    columns = int(random.integers(2, 5))
    wide, line = PIXELS / columns, random.uniform(4.0, 7.0)
    for column in range(columns):
        y = random.uniform(0, 30)
        while y < PIXELS:
            left, right = column * wide + 4, (column + 1) * wide - 4
            what = random.uniform()
            if what < 0.06:
                high = random.uniform(20, 60)
                pen.rectangle([left, y, right, y + high], _ink(any_colour(random, 0.7) * 0.8))
                y += high + 5
            elif what < 0.12:
                pen.rectangle([left, y, left + random.uniform(0.5, 1) * (right - left), y + 10], (40, 38, 36))
                y += 17
            else:
                x = left
                while x < right:
                    word = random.uniform(4, 18)
                    pen.rectangle([x, y, min(x + word, right), y + line * 0.45], (105, 102, 98))
                    x += word + 3
                y += line
    return linear(_of(canvas) * (1 + 0.07 * _field(random, 22))[..., None])


def cardboard(random: Random) -> Array:
    base = mix(rgb("b08a5c"), rgb("caa878"), random.uniform()) * random.uniform(0.75, 1.1)
    ribs = np.sin(np.arange(PIXELS) * 2 * np.pi * int(random.integers(12, 44)) / PIXELS)[None, :]
    shade = 1 + random.uniform(0.0, 0.1) * ribs + 0.04 * _field(random, 30) + 0.03 * _field(random, 1, 6)
    return linear(_painted(base, shade))


def straw(random: Random) -> Array:
    """Straw, or wood wool as packers use it."""
    canvas, pen = _sketch(rgb("5a4424"))
    light = mix(rgb("d8b868"), rgb("e0d0a0"), random.uniform())
    for _ in range(1500):
        x, y, angle = *random.uniform(-10, PIXELS + 10, 2), random.uniform(0, np.pi)
        long = random.uniform(15, 60)
        end = (x + long * np.cos(angle), y + long * np.sin(angle))
        pen.line([x, y, *end], _ink(light * random.uniform(0.5, 1.1)), int(random.integers(1, 4)))
    return linear(_of(canvas))


def burlap(random: Random) -> Array:
    """Sacking or linen: coarse threads over and under each other."""
    base = mix(rgb("a88a5c"), any_colour(random, 0.5), random.uniform(0, 0.8))
    pitch = int(random.choice([4, 5, 8]))
    x, y = np.meshgrid(np.arange(PIXELS), np.arange(PIXELS))
    over = (x // pitch + y // pitch) % 2
    thread = np.where(
        over, np.sin(np.pi * (x % pitch + 0.5) / pitch), np.sin(np.pi * (y % pitch + 0.5) / pitch)
    )
    shade = 0.6 + 0.45 * thread + 0.07 * _field(random, 1, 14) + 0.07 * _field(random, 14, 1)
    return linear(_painted(base, shade))


def printed_cloth(random: Random) -> Array:
    """A tablecloth with dots, flowers, leaves or diamonds."""
    canvas, pen = _sketch(any_colour(random, 0.4))
    inks = [_ink(any_colour(random, 0.1)) for _ in range(3)]
    kind, pitch = random.integers(4), PIXELS / int(random.integers(4, 10))
    for row in range(-1, int(PIXELS / pitch) + 1):
        for column in range(-1, int(PIXELS / pitch) + 1):
            x, y = (column + 0.5 + 0.5 * (row % 2)) * pitch, (row + 0.5) * pitch
            radius, ink = pitch * 0.3, inks[random.integers(3) if kind == 1 else 0]
            if kind == 0:
                pen.ellipse([x - radius, y - radius, x + radius, y + radius], ink)
            elif kind == 1:
                for angle in np.arange(5) * 1.257 + random.uniform(0, 2):
                    px, py = x + radius * 0.8 * np.cos(angle), y + radius * 0.8 * np.sin(angle)
                    pen.ellipse([px - radius / 2, py - radius / 2, px + radius / 2, py + radius / 2], ink)
                pen.ellipse([x - 3, y - 3, x + 3, y + 3], inks[2])
            elif kind == 2:
                pen.polygon(
                    [(x - pitch / 2, y), (x, y - pitch / 2), (x + pitch / 2, y), (x, y + pitch / 2)], ink
                )
                pen.ellipse([x - radius / 2, y - radius / 2, x + radius / 2, y + radius / 2], inks[1])
            else:
                pen.line([x - pitch, y - pitch, x + pitch, y + pitch], ink, max(2, int(pitch / 7)))
                pen.line([x - pitch, y + pitch, x + pitch, y - pitch], inks[1], max(1, int(pitch / 12)))
    return linear(_of(canvas) * (1 + 0.09 * _field(random, 26) + 0.03 * _field(random, 0.7))[..., None])


def wicker(random: Random) -> Array:
    base = mix(rgb("a8783c"), rgb("6a4424"), random.uniform())
    long, high = PIXELS // int(random.integers(6, 12)), PIXELS // int(random.integers(20, 34))
    x, y = np.meshgrid(np.arange(PIXELS), np.arange(PIXELS))
    shift = (y // high) % 2 * (long / 2)
    bulge = np.sin(np.pi * ((x + shift) % long) / long) * np.sin(np.pi * (y % high + 0.5) / high)
    return linear(_painted(base, 0.25 + bulge + 0.08 * _field(random, 1, 9)))


def turf(random: Random) -> Array:
    """Green plastic grass mats and lawns."""
    canvas, pen = _sketch(rgb("142c14"))
    light = mix(rgb("4a7a3c"), rgb("7a9450"), random.uniform())
    for _ in range(2600):
        x, y = random.uniform(-8, PIXELS + 8, 2)
        tip = (x + random.normal(scale=5), y + random.uniform(4, 16))
        pen.line([x, y, *tip], _ink(light * random.uniform(0.4, 1.25)), 2)
    return linear(_of(canvas))


def metal(random: Random) -> Array:
    base = mix(rgb("9a9c9e"), rgb("6a6c70"), random.uniform())
    return linear(_painted(base, 1 + 0.06 * _field(random, 0.6, 40) + 0.05 * _field(random, 40)))


def boards(random: Random) -> Array:
    """Planks of any wood, stained, painted or scrubbed."""
    stain = any_colour(random, 0.3) if random.uniform() < 0.35 else None
    tones = ["c49a6c", "8a6038", "d8b888", "5c3c26", "a87050", "e0cca8", "7a6a5a", "3a2a20", "b07c4a"]
    base = rgb(tones[random.integers(len(tones))])
    base = base if stain is None else mix(base, stain, 0.7)
    count = int(random.choice([2, 4, 5, 8]))
    rows = np.arange(PIXELS)
    plank = rows * count // PIXELS
    tone = random.uniform(0.82, 1.14, count)[plank]
    grain = 0.16 * _field(random, 1.2, 40) + 0.1 * _field(random, 4, 90)
    cathedral = np.sin(7 * _field(random, 22, 90) + 0.6 * _field(random, 2, 30))
    shade = (1 + random.uniform(0.5, 1) * grain + 0.07 * cathedral) * tone[:, None]
    joint = (rows * count % PIXELS) < 2.0 * count
    shade[joint] *= random.uniform(0.3, 0.8)
    return linear(_painted(base, shade))


def slats(random: Random) -> Array:
    """A perforated plastic crate's floor, or slats with dark gaps."""
    colour = any_colour(random, 0.2)
    pitch = PIXELS // int(random.integers(8, 18))
    x, y = np.meshgrid(np.arange(PIXELS), np.arange(PIXELS))
    hole = (x % pitch > 0.4 * pitch) & ((y % (2 * pitch) > 0.3 * pitch) | (random.uniform() < 0.4))
    return linear(_painted(colour, np.where(hole, 0.25, 1.0) + 0.03 * _field(random, 20)))


def paper(random: Random) -> Array:
    """Crumpled tissue or wrapping paper."""
    colour = any_colour(random, 0.4)
    crease = np.abs(_field(random, 9)) - np.abs(_field(random, 14))
    return linear(_painted(colour, 1 + 0.09 * crease))


def gravel(random: Random) -> Array:
    """Soil, pebbles or asphalt."""
    first, second = mix(rgb("5a4630"), rgb("8a8680"), random.uniform()), rgb("302820")
    weight = smooth(_field(random, random.uniform(0.8, 2.5)), -1.2, 1.5)
    return linear(
        _mixed(np.ones((PIXELS, PIXELS, 3)) * second, first, weight)
        * (1 + 0.1 * _field(random, 1))[..., None]
    )


def white(random: Random) -> Array:
    """White paper or a white worktop."""
    shade = random.uniform(0.9, 1.0) * (1 + 0.01 * _field(random, 40))
    return linear(_painted(np.array([0.97, 0.97, 0.97]) + random.normal(scale=0.012, size=3), shade))


SURFACES: dict[str, Callable[[Random], Array]] = {
    "plain": plain,
    "marble": marble,
    "granite": granite,
    "tiles": tiles,
    "newsprint": newsprint,
    "cardboard": cardboard,
    "straw": straw,
    "burlap": burlap,
    "printed_cloth": printed_cloth,
    "wicker": wicker,
    "turf": turf,
    "metal": metal,
    "boards": boards,
    "slats": slats,
    "paper": paper,
    "gravel": gravel,
    "white": white,
    "wood": grounds.wood,
    "cloth": grounds.cloth,
    "leaves": grounds.leaves,
}
# Grounds by how often they are met under fruit.
OFTEN = {
    "plain": 4,
    "boards": 4,
    "wood": 2,
    "white": 3,
    "marble": 2,
    "tiles": 2,
    "cloth": 2,
    "printed_cloth": 1.5,
}
OFTEN |= {
    "cardboard": 1.5,
    "burlap": 1.5,
    "granite": 1,
    "metal": 1,
    "paper": 1.5,
    "newsprint": 0.8,
    "straw": 0.7,
}
OFTEN |= {"wicker": 0.7, "slats": 0.7, "gravel": 0.5, "leaves": 0.5, "turf": 0.5}
WALLS = (
    "plain",
    "plain",
    "plain",
    "tiles",
    "boards",
    "marble",
    "metal",
    "cloth",
    "leaves",
    "granite",
    "white",
)
# Made in any colour.
DYED = ("plain", "cloth", "printed_cloth", "tiles", "paper", "slats", "granite")
# Reflecting enough that a rough conductor's or a lacquer's highlight shows.
GLOSSY = ("marble", "granite", "tiles", "metal", "slats")
