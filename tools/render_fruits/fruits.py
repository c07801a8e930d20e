"""The sixteen fruits: each function grows one individual from a random generator.

z points to the stem. Sizes in `Fruit.size` are diameters relative to an orange (1.0), compressed a little.
`detail` scales the number of mesh rows and columns; `ripeness` is the part 0..1 of the class's colours to draw from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tools.render_fruits.meshes import (
    Array,
    Body,
    Fruit,
    Part,
    blade,
    joined,
    mix,
    normals,
    rgb,
    tube,
    turn,
)
from tools.render_fruits.noise import fractal, nearest, smooth, spiral_points

Random = np.random.Generator
Range = tuple[float, float]


def _seed(random: Random) -> int:
    return int(random.integers(1 << 30))


def _bump(x: Array, width: float) -> Array:
    return np.exp(-((x / width) ** 2))


def _round_body(
    random: Random,
    detail: float,
    height: float,
    *,
    rows: int = 130,
    columns: int = 190,
    top_dent: tuple[float, float] = (0.0, 0.3),
    bottom_dent: tuple[float, float] = (0.0, 0.3),
    top_neck: tuple[float, float] = (0.0, 0.3),
    bottom_neck: tuple[float, float] = (0.0, 0.3),
    taper: float = 0.0,
    square: float = 1.0,
    lumps: float = 0.02,
    ovalness: float = 0.03,
) -> Body:
    """A body of unit equator and the given height; dents and necks as (depth, width)."""

    def radius(t: Array) -> Array:
        return np.sin(t) ** square * (1 - taper * np.cos(t))

    def z(t: Array) -> Array:
        high = height * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** square
        high = high - top_dent[0] * _bump(t, top_dent[1]) + bottom_dent[0] * _bump(np.pi - t, bottom_dent[1])
        return high + top_neck[0] * _bump(t, top_neck[1]) - bottom_neck[0] * _bump(np.pi - t, bottom_neck[1])

    body = Body(int(rows * detail), int(columns * detail), radius, z)
    body.push(lumps * fractal(body.direction, 1.3, _seed(random), 2))
    body.points = body.points * np.array([1 + random.uniform(-ovalness, ovalness), 1, 1])
    return body


def _pores(body: Body, random: Random, count: int, depth: float) -> Array:
    """Push small dimples in; returns their depth pattern 0..1 (N,)."""
    distance, _, _ = nearest(body.direction, spiral_points(count, random, 0.35))
    pattern = smooth(distance, 0.75 * np.sqrt(4 * np.pi / count) / 2, 0.0)
    body.push(-depth * pattern + 0.35 * depth * fractal(body.direction, 14, _seed(random), 2))
    return pattern


def _speckle(body: Body, random: Random, amount: float) -> None:
    """Vary the brightness of each vertex a little, as a grainy skin does."""
    body.colours = body.colours * (1 + random.normal(scale=amount, size=(len(body.points), 1)))


def _button(random: Random, radius: float, height: float, colour: Array, star: bool = True) -> Part:
    """The small disc where the stalk was, with sepals; sits at z = height."""
    pieces = []
    points, faces, along, _ = tube(
        np.array([[0, 0, height - 0.05], [0, 0, height], [0, 0, height + 0.02], [0, 0, height + 0.025]]),
        np.array([0.6, 0.6, 0.45, 0.02]) * radius,
        10,
    )
    pieces.append((points, faces, colour * random.uniform(0.8, 1.1)))
    if star:
        count = int(random.integers(5, 7))
        for i in range(count):
            points, faces, _ = blade(radius * random.uniform(1.1, 1.7), radius * 0.9, -0.5, 0.15, 5)
            points = points @ turn("z", 2 * np.pi * i / count + random.normal(scale=0.1)).T
            pieces.append((points + [0, 0, height + 0.012], faces, colour * random.uniform(0.85, 1.15)))
    return joined(pieces, roughness=0.7)


def _suture(body: Body, depth: float, width: float) -> Array:
    """The groove of stone fruit from stem to tip at `around` = 0; returns its pattern (N,)."""
    line = _bump(body.around, width) * np.sin(body.polar) ** 0.5
    body.push(-depth * line + 0.35 * depth * _bump(body.around, width * 2.6) * np.sin(body.polar))
    return line


def _blemishes(body: Body, random: Random, colour: Array, amount: float, frequency: float = 3.0) -> None:
    """Scars and bruises: irregular patches of `colour`; amount 0..1 of the skin, roughly."""
    pattern = fractal(body.direction, frequency, _seed(random), 4)
    weight = smooth(pattern, 0.75 - 0.9 * amount, 0.95 - 0.9 * amount)
    body.colours = mix(body.colours, colour, 0.8 * weight)


def orange(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random, detail, random.uniform(0.93, 1.04), top_dent=(random.uniform(0.02, 0.06), 0.3), lumps=0.012
    )
    pattern = _pores(body, random, 1300, random.uniform(0.007, 0.012))
    ripe = random.uniform(0, 1)
    base = mix(rgb("ee942a"), rgb("e67c1c"), ripe)
    body.colours = mix(
        base, rgb("eda63a"), 0.6 * smooth(fractal(body.direction, 1.2, _seed(random)), -0.1, 0.8)
    )
    body.colours = mix(body.colours, base * 0.8, 0.5 * pattern)
    navel = random.uniform(0.03, 0.16)
    body.colours = mix(body.colours, rgb("6b4a1c"), 0.85 * _bump(np.pi - body.polar, navel))
    body.colours = mix(body.colours, rgb("a8a040"), 0.5 * _bump(body.polar, 0.22))
    _speckle(body, random, 0.02)
    top = body.points[:, 2][body.polar < 0.1].mean()
    stem = _button(random, random.uniform(0.06, 0.1), top, rgb("7c8a3c"))
    return Fruit([body.part(random.uniform(0.4, 0.55), 0.4), stem], size=random.uniform(0.92, 1.08))


def clementine(random: Random, detail: float = 1.0, ripeness: Range = (0.0, 1.0)) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(0.74, 0.88),
        top_dent=(random.uniform(0.03, 0.09), 0.35),
        bottom_dent=(random.uniform(0.02, 0.08), 0.35),
        lumps=0.025,
    )
    pattern = _pores(body, random, 1700, random.uniform(0.002, 0.006))
    ripe = random.uniform(*ripeness)
    base = mix(rgb("ff7220"), rgb("ff5610"), ripe)
    body.colours = mix(base, rgb("fd8a30"), 0.5 * smooth(fractal(body.direction, 1.4, _seed(random)), 0, 0.8))
    body.colours = mix(body.colours, base * 0.88, 0.4 * pattern)
    body.colours = mix(body.colours, rgb("d9a03a"), 0.55 * _bump(body.polar, 0.25))
    body.colours = mix(
        body.colours, rgb("7a4a1c"), 0.8 * _bump(np.pi - body.polar, random.uniform(0.03, 0.1))
    )
    top = body.points[:, 2][body.polar < 0.1].mean()
    stem = _button(random, random.uniform(0.05, 0.08), top, rgb("6d6a34"))
    return Fruit([body.part(random.uniform(0.28, 0.42), 0.36), stem], size=random.uniform(0.7, 0.82))


def mandarine(random: Random, detail: float = 1.0) -> Fruit:
    neck = random.uniform(0.0, 0.2)
    body = _round_body(
        random,
        detail,
        random.uniform(0.72, 0.87),
        top_neck=(neck, random.uniform(0.3, 0.5)),
        top_dent=(0.08, 0.14),
        bottom_dent=(random.uniform(0.06, 0.16), 0.4),
        lumps=0.045,
    )
    segments = int(random.integers(8, 12))
    crease = (
        0.5 + 0.5 * np.cos(segments * body.around + 1.2 * fractal(body.direction, 1.5, _seed(random)))
    ) ** 3
    poles = _bump(body.polar, 0.65) + _bump(np.pi - body.polar, 0.55)
    body.push(-random.uniform(0.02, 0.05) * crease * poles)
    body.push(random.uniform(0.016, 0.034) * fractal(body.direction, 5.5, _seed(random), 3))
    pattern = _pores(body, random, 1100, random.uniform(0.006, 0.013))
    ripe = random.uniform(0, 1)
    base = mix(rgb("f2a63a"), rgb("ee8a2c"), ripe)
    body.colours = mix(
        base, rgb("f2b548"), 0.6 * smooth(fractal(body.direction, 1.3, _seed(random)), -0.2, 0.8)
    )
    green = random.uniform(0, 0.9) * smooth(fractal(body.direction, 1.1, _seed(random)), 0.1, 0.7)
    body.colours = mix(body.colours, rgb("b9b24a"), green)
    body.colours = mix(body.colours, base * 0.8, 0.5 * pattern)
    body.colours = mix(body.colours, rgb("7a5a2c"), 0.8 * _bump(np.pi - body.polar, 0.05))
    _speckle(body, random, 0.02)
    top = body.points[:, 2][body.polar < 0.1].mean()
    stem = _button(random, random.uniform(0.05, 0.08), top, rgb("6d7a34"))
    return Fruit([body.part(random.uniform(0.36, 0.5), 0.45), stem], size=random.uniform(0.72, 0.88))


def apricot(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(0.95, 1.16),
        top_dent=(random.uniform(0.08, 0.16), 0.28),
        bottom_neck=(random.uniform(0.0, 0.05), 0.3),
        lumps=0.03,
        ovalness=0.08,
    )
    line = _suture(body, random.uniform(0.08, 0.17), random.uniform(0.1, 0.18))
    base = mix(rgb("e6842e"), rgb("d96c24"), random.uniform())
    body.colours = mix(base, rgb("ee9a40"), 0.5 * smooth(fractal(body.direction, 1.2, _seed(random)), 0, 0.8))
    side = body.direction @ _unit(random)
    blush = smooth(side + 0.5 * fractal(body.direction, 1.7, _seed(random)), 0.1, 1.1)
    body.colours = mix(body.colours, rgb("b62e1c"), random.uniform(0.5, 0.95) * blush)
    dots, _, _ = nearest(body.direction, spiral_points(240, random, 0.9))
    freckle = smooth(dots, 0.035, 0.01) * smooth(side, -0.2, 0.5)
    body.colours = mix(body.colours, rgb("a8441c"), random.uniform(0.2, 0.8) * freckle)
    body.colours = mix(body.colours, rgb("d06a20"), 0.35 * line)
    body.colours = mix(body.colours, rgb("5e3a1c"), 0.9 * _bump(body.polar, 0.07))
    _speckle(body, random, 0.012)
    return Fruit([body.part(random.uniform(0.5, 0.65), 0.25, 0.2)], size=random.uniform(0.6, 0.7))


def peach(random: Random, detail: float = 1.0, ripeness: Range = (0.0, 1.0)) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(0.84, 0.98),
        top_dent=(random.uniform(0.14, 0.26), random.uniform(0.25, 0.36)),
        bottom_dent=(random.uniform(0.0, 0.1), 0.25),
        bottom_neck=(random.uniform(0.0, 0.08), 0.3),
        lumps=0.05,
        ovalness=0.06,
    )
    line = _suture(body, random.uniform(0.02, 0.07), random.uniform(0.12, 0.22))
    body.colours = mix(
        rgb("e8a84c"), rgb("d98a38"), smooth(fractal(body.direction, 1.5, _seed(random)), -0.5, 0.6)
    )
    side = body.direction @ _unit(random)
    pattern = (
        0.8 * side + 0.8 * fractal(body.direction, 1.4, _seed(random), 3) + 0.7 * random.uniform(*ripeness)
    )
    streak = fractal(body.direction * [9, 9, 1.6], 1.0, _seed(random), 2)
    grain = random.normal(scale=0.1, size=len(body.points))
    body.colours = mix(body.colours, rgb("b03224"), smooth(pattern + 0.25 * streak + grain, -0.25, 0.85))
    body.colours = mix(body.colours, rgb("7c1c26"), 0.75 * smooth(pattern + 0.25 * streak + grain, 0.7, 1.6))
    body.colours = mix(body.colours, rgb("b85a30"), 0.3 * line)
    body.colours = mix(body.colours, rgb("d9b45c"), 0.8 * _bump(body.polar, 0.3))
    body.colours = mix(body.colours, rgb("3a2614"), 0.9 * _bump(body.polar, 0.09))
    _speckle(body, random, 0.03)
    return Fruit([body.part(random.uniform(0.6, 0.75), 0.25, 0.4)], size=random.uniform(0.88, 1.0))


def plum(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(0.94, 1.2),
        top_dent=(random.uniform(0.08, 0.16), 0.22),
        lumps=0.03,
        ovalness=0.05,
    )
    line = _suture(body, random.uniform(0.03, 0.09), 0.12)
    red = random.uniform(0, 1)
    base = mix(rgb("38182a"), rgb("64181f"), red)
    body.colours = mix(
        base, rgb("7a1f28"), 0.7 * smooth(fractal(body.direction, 1.3, _seed(random)), 0.0, 0.9)
    )
    wiped = fractal(body.direction * [2.2, 2.2, 5.0], 1.0, _seed(random), 4)
    bloom = smooth(wiped + 0.3 * fractal(body.direction, 9, _seed(random), 2), -0.05, 0.5)
    bloom *= random.uniform(0.3, 0.8)
    body.colours = mix(body.colours, rgb("776f8e"), bloom)
    dots, _, _ = nearest(body.direction, spiral_points(420, random, 0.8))
    body.colours = mix(body.colours, rgb("a07a80"), 0.5 * smooth(dots, 0.03, 0.008))
    body.colours = mix(body.colours, rgb("2a1018"), 0.5 * line)
    body.colours = mix(body.colours, rgb("6b5a3a"), 0.9 * _bump(body.polar, 0.08))
    parts = [body.part(random.uniform(0.28, 0.42), 0.5)]
    if random.uniform() < 0.35:
        top = body.points[:, 2][body.polar < 0.06].mean()
        parts.append(_stalk(random, top - 0.02, 0.22, 0.035, rgb("6a5a34")))
    return Fruit(parts, size=random.uniform(0.62, 0.76))


def _stalk(random: Random, height: float, length: float, radius: float, colour: Array) -> Part:
    s = np.linspace(0, 1, 6)
    lean = random.normal(scale=0.12, size=2)
    path = np.stack([lean[0] * s**2, lean[1] * s**2, height + length * s], axis=1)
    points, faces, _, _ = tube(path, radius * np.array([1.2, 1, 0.9, 0.9, 1.15, 0.05]), 8)
    return joined([(points, faces, colour)], roughness=0.7)


def _unit(random: Random) -> Array:
    vector = random.normal(size=3)
    return vector / np.linalg.norm(vector)


def lemon(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(1.1, 1.3),
        top_neck=(random.uniform(0.0, 0.1), 0.3),
        bottom_neck=(random.uniform(0.1, 0.22), random.uniform(0.24, 0.34)),
        lumps=0.035,
    )
    pattern = _pores(body, random, 1100, random.uniform(0.005, 0.013))
    dull = random.uniform(0, 0.8) * (random.uniform() < 0.4)
    base = mix(mix(rgb("f5c236"), rgb("eaae2c"), random.uniform()), rgb("b8924c"), dull)
    body.colours = mix(base, rgb("f2cc54"), 0.6 * smooth(fractal(body.direction, 1.3, _seed(random)), 0, 0.8))
    body.colours = mix(body.colours, rgb("c8c23c"), random.uniform(0, 0.7) * _bump(np.pi - body.polar, 0.35))
    body.colours = mix(body.colours, base * 0.84, 0.4 * pattern)
    if random.uniform() < 0.6:
        _blemishes(body, random, rgb("96703a"), random.uniform(0.05, 0.4))
    body.colours = mix(body.colours, rgb("7d6a2c"), 0.8 * _bump(np.pi - body.polar, 0.06))
    top = body.points[:, 2][body.polar < 0.1].mean()
    stem = _button(random, random.uniform(0.05, 0.09), top, rgb("8a8a40"), star=False)
    return Fruit([body.part(random.uniform(0.36, 0.5), 0.45), stem], size=random.uniform(0.76, 0.86))


def limes(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(0.94, 1.14),
        bottom_neck=(random.uniform(0.03, 0.12), 0.24),
        top_dent=(random.uniform(0.0, 0.05), 0.25),
        lumps=0.04,
    )
    pattern = _pores(body, random, 1000, random.uniform(0.006, 0.012))
    pale, dark = rgb("bcc264"), rgb("5f8c30")
    side = 0.9 * (body.direction @ _unit(random)) + 0.7 * fractal(body.direction, 1.2, _seed(random), 3)
    body.colours = mix(pale, dark, smooth(side + random.uniform(-0.3, 0.6), -0.5, 0.8))
    body.colours = mix(body.colours, body.colours * 0.8, 0.5 * pattern)
    _blemishes(body, random, rgb("b8a878"), random.uniform(0.0, 0.16), 4.0)
    body.colours = mix(body.colours, rgb("6b5a2c"), 0.8 * _bump(np.pi - body.polar, 0.06))
    _speckle(body, random, 0.025)
    top = body.points[:, 2][body.polar < 0.1].mean()
    stem = _button(random, random.uniform(0.08, 0.12), top, rgb("a89a68"), star=random.uniform() < 0.5)
    return Fruit([body.part(random.uniform(0.34, 0.5), 0.45), stem], size=random.uniform(0.66, 0.78))


def kiwi(random: Random, detail: float = 1.0, ripeness: Range = (0.0, 1.0)) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(1.08, 1.32),
        square=random.uniform(0.8, 0.92),
        top_neck=(random.uniform(0.0, 0.06), 0.2),
        lumps=0.035,
        ovalness=0.1,
    )
    wrinkle = fractal(body.direction * [5, 5, 1.6], 1.0, _seed(random), 3)
    body.push(0.014 * wrinkle)
    fuzz = random.normal(size=len(body.points))
    body.push(0.006 * fuzz)
    hair = fractal(body.direction * [26, 26, 7], 1.0, _seed(random), 2)
    base = mix(rgb("a8824e"), rgb("76583e"), random.uniform(*ripeness))
    shade = 1 + 0.16 * fuzz + 0.28 * hair
    body.colours = base * np.clip(shade, 0.4, 1.7)[:, None]
    body.colours = mix(
        body.colours, rgb("b59660"), 0.4 * smooth(fractal(body.direction, 2, _seed(random)), 0, 0.8)
    )
    _blemishes(body, random, rgb("6b4a2a"), random.uniform(0.0, 0.15))
    ring = _bump(body.polar - 0.2, 0.06)
    body.colours = mix(body.colours, rgb("5a3a20"), 0.7 * ring + 0.6 * _bump(body.polar, 0.1))
    body.colours = mix(
        body.colours, rgb("4a3018"), 0.9 * _bump(np.pi - body.polar, random.uniform(0.1, 0.18))
    )
    body.push(0.03 * ring + 0.05 * fuzz * _bump(np.pi - body.polar, 0.12))
    strands = _hairs(body, random, int(260 * detail), 0.05, 0.006, rgb("a88a58"), outward=0.9)
    return Fruit([body.part(0.85, 0.15, 0.8), strands], size=random.uniform(0.66, 0.76), notes={"frame": 1})


def _hairs(
    body: Body, random: Random, count: int, length: float, radius: float, colour: Array, outward: float
) -> Part:
    """Short three-sided strands standing on the skin, leaning along the fruit's axis."""
    normal = normals(body.points, body.faces)
    pieces = []
    for index in random.choice(len(body.points), count, replace=False):
        along = np.array([0, 0, 1.0]) - normal[index] * normal[index, 2]
        lean = along / max(np.linalg.norm(along), 1e-6) + random.normal(scale=0.5, size=3)
        heading = outward * normal[index] + (1 - outward) * lean
        heading /= max(np.linalg.norm(heading), 1e-6)
        s = np.linspace(0, 1, 4)[:, None] * length * random.uniform(0.5, 1.5)
        path = body.points[index] + s * heading + s**2 / length * 0.25 * random.normal(size=3)
        points, faces, _, _ = tube(path, radius * np.array([1, 0.9, 0.7, 0.1]), 3)
        pieces.append((points, faces, colour * random.uniform(0.7, 1.3)))
    return joined(pieces, roughness=0.8)


def cocos(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(1.04, 1.28),
        rows=150,
        columns=230,
        top_neck=(random.uniform(0.0, 0.1), 0.4),
        bottom_neck=(random.uniform(0.0, 0.08), 0.4),
        lumps=0.03,
        ovalness=0.05,
    )
    ridge = _bump(((body.around + np.pi / 3) % (2 * np.pi / 3)) - np.pi / 3, 0.12) * np.sin(body.polar)
    body.push(0.03 * ridge)
    warped = body.direction + 0.08 * np.stack([fractal(body.direction, 2, _seed(random), 2)] * 3, axis=1)
    fibre = fractal(warped * [15, 15, 2.2], 1.0, _seed(random), 4, 0.7)
    fine = fractal(warped * [42, 42, 5], 1.0, _seed(random), 2, 0.7)
    body.push(0.024 * fibre + 0.012 * fine)
    base = mix(rgb("7e5c50"), rgb("6e4e34"), random.uniform())
    body.colours = mix(base * 0.62, base * 1.35, smooth(fibre + 0.7 * fine, -0.8, 0.9))
    body.colours = mix(body.colours, rgb("a88a6c"), 0.8 * smooth(fine + 0.4 * fibre, 0.55, 1.0))
    body.colours = mix(
        body.colours, rgb("3a2620"), 0.5 * smooth(fractal(body.direction, 2, _seed(random)), 0.3, 0.8)
    )
    for turn_by in (0.0, 2.1, 4.2):
        eye = np.array([0.3 * np.cos(turn_by), 0.3 * np.sin(turn_by), 0.95])
        close = _bump(np.linalg.norm(body.direction - eye / np.linalg.norm(eye), axis=1), 0.1)
        body.push(-0.06 * close)
        body.colours = mix(body.colours, rgb("1e1410"), 0.9 * close)
    hairs = _hairs(body, random, int(170 * detail), 0.3, 0.006, rgb("9a7a60"), outward=0.22)
    wild = _hairs(body, random, int(60 * detail), 0.2, 0.005, rgb("a89078"), outward=0.6)
    return Fruit([body.part(0.85, 0.2), hairs, wild], size=random.uniform(1.3, 1.5), notes={"frame": 1})


def avocado(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(1.3, 1.55),
        rows=140,
        columns=200,
        taper=random.uniform(0.12, 0.34),
        lumps=0.03,
    )
    bumps = fractal(body.direction * [9, 9, 11], 1.0, _seed(random), 3, 0.6)
    body.push(random.uniform(0.014, 0.026) * bumps)
    base = mix(rgb("44582a"), rgb("2f3c20"), random.uniform(0, 1))
    body.colours = mix(
        base, rgb("2a2a1e"), 0.7 * smooth(fractal(body.direction, 2.2, _seed(random)), 0.1, 0.8)
    )
    body.colours = mix(body.colours, rgb("66783c"), 0.5 * smooth(bumps, 0.0, 0.9))
    dots, _, _ = nearest(body.direction, spiral_points(700, random, 0.9))
    body.colours = mix(body.colours, rgb("8a9a58"), 0.5 * smooth(dots, 0.03, 0.008))
    _speckle(body, random, 0.08)
    top = body.points[:, 2][body.polar < 0.06].mean()
    stem = _button(random, random.uniform(0.1, 0.15), top, rgb("6a4a2c"), star=False)
    return Fruit([body.part(random.uniform(0.36, 0.5), 0.5), stem], size=random.uniform(0.72, 0.84))


def banana(random: Random, detail: float = 1.0) -> Fruit:
    bend = random.uniform(1.5, 2.3)
    rows, sides = int(150 * detail), int(60 * detail)
    s = np.linspace(0, 1, rows)
    angle = bend * (s - 0.5) + 0.35 * np.maximum(s - 0.82, 0) / 0.18
    step = 2.0 / rows
    path = np.stack(
        [np.cumsum(np.cos(angle)) * step, np.zeros(rows), np.cumsum(np.sin(angle)) * step], axis=1
    )
    path -= path.mean(axis=0)
    thick = random.uniform(0.135, 0.18)
    radius = thick * (
        smooth(s, -0.06, 0.2) * (1 - 0.74 * smooth(s, 0.76, 0.93)) * (1 + 0.12 * np.sin(np.pi * s))
        + 0.12 * _bump(s - 1.0, 0.03)
    )
    radius = np.maximum(radius, 0.03)
    radius[0] = radius[-1] = 0.002
    phase = random.uniform(0, 2 * np.pi)

    def section(a: Array) -> Array:
        return 1 + 0.045 * np.cos(5 * (a + phase))

    points, faces, along, around = tube(path, radius, sides, section)
    points = points + 0.012 * normals(points, faces) * fractal(points, 2.0, _seed(random), 2)[:, None]
    ripe = random.uniform(0, 1)
    colours = mix(rgb("dab43e"), rgb("d6a230"), ripe) * np.ones_like(points)
    green = random.uniform(0, 0.8) * (1 - ripe)
    colours = mix(colours, rgb("a8b048"), green * (smooth(along, 0.55, 0.85) + smooth(along, 0.25, 0.05)))
    ridge = smooth(np.cos(5 * (around + phase)), 0.86, 1.0)
    colours = mix(
        colours,
        rgb("a8882c"),
        (0.25 + 0.4 * ripe) * ridge * smooth(fractal(points, 5, _seed(random)), -0.4, 0.4),
    )
    spots = fractal(points * [5, 9, 9], 1.0, _seed(random), 3)
    colours = mix(colours, rgb("5a3c18"), smooth(spots, 0.95 - 0.45 * ripe, 1.1 - 0.45 * ripe) * 0.85)
    colours = mix(colours, rgb("8a7a34"), 0.6 * smooth(along, 0.86, 0.93))
    ragged = along + 0.012 * fractal(points, 9, _seed(random))
    colours = mix(colours, rgb("2c2018"), 0.95 * smooth(ragged, 0.955, 0.985))
    colours = mix(colours, rgb("2a1e14"), 0.95 * smooth(ragged, random.uniform(0.035, 0.07), 0.012))
    part = Part(points, faces, np.clip(colours, 0, 1), random.uniform(0.4, 0.55), 0.4)
    return Fruit([part], size=random.uniform(1.55, 1.8), lying_turn="crescent", notes={"spread": 1.25})


def pomegranate(random: Random, detail: float = 1.0) -> Fruit:
    body = _round_body(
        random,
        detail,
        random.uniform(0.86, 0.98),
        top_neck=(random.uniform(0.04, 0.16), 0.26),
        bottom_dent=(0.03, 0.25),
        lumps=0.045,
    )
    sides = int(random.integers(5, 7))
    body.push(0.025 * np.cos(sides * body.around + random.uniform(0, 6)) * np.sin(body.polar) ** 2)
    base = mix(rgb("9a2024"), rgb("bc3c3c"), random.uniform())
    body.colours = mix(base, rgb("781620"), 0.7 * smooth(fractal(body.direction, 1.5, _seed(random)), 0, 0.8))
    pale = random.uniform(0.1, 0.7) * smooth(fractal(body.direction, 1.2, _seed(random), 3), 0.1, 0.8)
    body.colours = mix(body.colours, rgb("cc7a54"), pale)
    dots, _, _ = nearest(body.direction, spiral_points(500, random, 0.9))
    body.colours = mix(body.colours, rgb("c98a6c"), 0.12 * smooth(dots, 0.028, 0.008))
    _blemishes(body, random, rgb("6b4426"), random.uniform(0.0, 0.2))
    body.colours = mix(body.colours, rgb("5a3420"), 0.8 * _bump(np.pi - body.polar, 0.09))
    body.colours = mix(body.colours, rgb("3a1a14"), 0.9 * _bump(body.polar, 0.12))
    top = body.points[:, 2][body.polar < 0.12].mean()
    pieces = []
    long = random.uniform(0.12, 0.32)
    open_by = random.uniform(-0.35, 0.35)
    crown = mix(rgb("8a2c24"), rgb("5a3a24"), random.uniform())
    points, faces, _, _ = tube(
        np.array([[0, 0, top - 0.12], [0, 0, top], [0, 0, top + long * 0.35]]),
        np.array([0.24, 0.18, 0.19]),
        20,
    )
    pieces.append((points, faces, crown))
    count = int(random.integers(5, 8))
    for i in range(count):
        points, faces, along = blade(long, 0.24, 0.9 * open_by - 0.3, np.pi / 2 - 0.15 - open_by * 0.5, 7)
        points = points + [0.16, 0, 0]
        points = points @ turn("z", 2 * np.pi * i / count + random.normal(scale=0.08)).T
        pieces.append((points + [0, 0, top + long * 0.2], faces, mix(crown, rgb("3a2014"), 0.8 * along)))
    for _ in range(30):
        points, faces, _, _ = tube(
            np.array([[0, 0, 0], [0.02, 0, 0.1], [0.04, 0, 0.16]]), np.array([0.008, 0.008, 0.012]), 4
        )
        points = (points + [random.uniform(0.0, 0.12), 0, 0]) @ turn("z", random.uniform(0, 7)).T
        pieces.append((points + [0, 0, top], faces, rgb("b89a58")))
    crown_part = joined(pieces, roughness=0.7)
    return Fruit([body.part(random.uniform(0.32, 0.48), 0.5), crown_part], size=random.uniform(0.98, 1.12))


def raspberry(random: Random, detail: float = 1.0) -> Fruit:
    height = random.uniform(1.0, 1.25)
    body = _round_body(
        random,
        detail,
        height,
        rows=170,
        columns=250,
        taper=-random.uniform(0.08, 0.22),
        square=0.85,
        top_dent=(random.uniform(0.5, 0.8), random.uniform(0.34, 0.42)),
        lumps=0.05,
    )
    count = int(random.integers(85, 130))
    first, second, index = nearest(body.direction, spiral_points(count, random, 0.07))
    reach = 0.6 * np.sqrt(4 * np.pi / count)
    dome = np.sqrt(np.clip(1 - (first / reach) ** 2, 0, 1))
    hollow = smooth(body.polar, 0.34, 0.5)
    body.push(hollow * (0.14 * dome - 0.04) * random.uniform(0.85, 1.15, size=count)[index])
    base = mix(rgb("c02a4c"), rgb("9a50b4"), random.uniform() ** 1.2)
    tone = random.uniform(0.8, 1.2, size=(count, 1))[index]
    body.colours = mix(base * 0.5, base * tone, smooth(dome, 0.1, 0.6))
    body.colours = mix(body.colours, mix(base, rgb("f4d8f0"), 0.6), 0.5 * smooth(dome, 0.85, 1.0))
    body.colours = mix(body.colours, rgb("c86a80"), 0.6 * (1 - hollow))
    pieces = []
    normal = normals(body.points, body.faces)
    tips = np.flatnonzero(dome > 0.985)
    for at in random.choice(tips, min(len(tips), int(60 * detail)), replace=False):
        heading = normal[at] + random.normal(scale=0.4, size=3)
        path = body.points[at] + np.linspace(0, 0.13, 4)[:, None] * heading
        points, faces, _, _ = tube(path, np.array([0.008, 0.007, 0.006, 0.004]), 3)
        pieces.append((points, faces, rgb("c89a80")))
    return Fruit(
        [body.part(random.uniform(0.3, 0.42), 0.5), joined(pieces, roughness=0.6)],
        size=random.uniform(0.36, 0.44),
        notes={"frame": 1},
    )


def strawberry(random: Random, detail: float = 1.0) -> Fruit:
    height = random.uniform(1.15, 1.45)
    rows, columns = int(200 * detail), int(280 * detail)
    pointed = random.uniform(0.15, 0.42)

    def radius(t: Array) -> Array:
        return np.sin(t) ** 0.9 * (1 + pointed * np.cos(t)) / (1 + 0.35 * pointed)

    body = Body(rows, columns, radius, lambda t: height * np.cos(t) - 0.16 * _bump(t, 0.5))
    body.push(random.uniform(0.02, 0.08) * fractal(body.direction, 1.5, _seed(random), 2))
    count = int(random.integers(150, 210))
    first, _, _ = nearest(body.direction, spiral_points(count, random, 0.14))
    pit = smooth(first, 0.1, 0.03)
    body.push(-0.03 * pit)
    seed = smooth(np.sqrt(first**2), 0.048, 0.026)
    body.push(0.02 * seed)
    base = mix(rgb("b81e1c"), rgb("8f1518"), random.uniform())
    body.colours = mix(base, rgb("cf3a22"), 0.6 * smooth(fractal(body.direction, 1.5, _seed(random)), 0, 0.8))
    pale = random.uniform(0.15, 0.75)
    shoulder = smooth(body.polar + 0.2 * fractal(body.direction, 2, _seed(random)), pale + 0.45, pale)
    body.colours = mix(body.colours, rgb("e8cfa0"), 0.9 * shoulder)
    body.colours = mix(body.colours, body.colours * 0.66, 0.7 * pit)
    body.colours = mix(body.colours, mix(rgb("dcb04c"), rgb("a8642c"), random.uniform()), 0.9 * seed)
    top = body.points[:, 2][body.polar < 0.1].mean()
    pieces = []
    green = mix(rgb("5c7a34"), rgb("3c5a2c"), random.uniform())
    lift = random.uniform(-0.3, 0.7)
    for _ in range(int(random.integers(9, 14))):
        points, faces, along = blade(
            random.uniform(0.45, 0.75),
            random.uniform(0.2, 0.3),
            random.uniform(-1.2, 0.6),
            lift + random.normal(scale=0.2),
        )
        points = (points + [0.05, 0, 0]) @ turn("z", random.uniform(0, 2 * np.pi)).T
        pieces.append(
            (
                points + [0, 0, top + 0.05],
                faces,
                mix(green * random.uniform(0.8, 1.3), rgb("8a9a4c"), 0.4 * along),
            )
        )
    if random.uniform() < 0.6:
        stalk = _stalk(random, top, random.uniform(0.2, 0.6), 0.045, rgb("7a8a44"))
        pieces.append((stalk.points, stalk.faces, stalk.colours))
    return Fruit(
        [body.part(random.uniform(0.26, 0.4), 0.5), joined(pieces, roughness=0.6)],
        size=random.uniform(0.45, 0.58),
    )


def pineapple(random: Random, detail: float = 1.0, crown: bool | None = None) -> Fruit:
    height = random.uniform(1.2, 1.6)
    body = _round_body(
        random,
        detail,
        height,
        rows=190,
        columns=230,
        square=random.uniform(0.6, 0.75),
        taper=random.uniform(-0.02, 0.08),
        lumps=0.02,
    )
    count = int(random.integers(95, 135))
    centres = spiral_points(count, random, 0.05)
    first, second, index = nearest(body.direction, centres)
    edge = smooth(second - first, 0.0, 0.11)
    dome = np.clip(1 - first / 0.2, 0, 1)
    body.push(0.1 * edge * (0.5 + 0.5 * dome) - 0.03)
    ripe = random.uniform(0, 1)
    base = mix(rgb("6e543c"), rgb("a4703c"), ripe)
    tone = random.uniform(0.75, 1.25, size=(count, 1))[index]
    grain = 1 + 0.3 * fractal(body.direction, 14, _seed(random), 2)[:, None]
    body.colours = mix(rgb("2c2018"), base * tone * grain, edge)
    inner = smooth(first, 0.12, 0.04)
    body.colours = mix(
        body.colours,
        mix(rgb("6e5a3c"), rgb("5c6238"), random.uniform(0, 1 - 0.6 * ripe)) * grain,
        0.75 * inner,
    )
    lower = body.direction - centres[index]
    rim = smooth(lower[:, 2], -0.02, -0.1) * edge * smooth(first, 0.18, 0.1)
    body.colours = mix(body.colours, rgb("d09a50"), 0.6 * rim)
    body.colours = mix(body.colours, rgb("c8b08c"), 0.8 * _bump(np.pi - body.polar, 0.25))
    normal = normals(body.points, body.faces)
    pieces = []
    for eye in range(count):
        mine = np.flatnonzero(index == eye)
        if len(mine) == 0:
            continue
        at = mine[np.argmin(first[mine])]
        up = np.array([0, 0, 1.0]) - normal[at] * normal[at, 2]
        up = up / max(np.linalg.norm(up), 1e-3)
        side = np.cross(up, normal[at])
        points, faces, along = blade(random.uniform(0.18, 0.3), 0.13, 0.5, 0.35, 5)
        frame = np.stack([up, side, normal[at]], axis=1)
        shift = body.points[at] - 0.08 * up
        tint = mix(rgb("86705a"), rgb("d0bca8"), random.uniform(0, 1))
        pieces.append((points @ frame.T + shift, faces, mix(tint, rgb("5a3a24"), 0.7 * along)))
    if crown is None:
        crown = random.uniform() < 0.25
    if crown:
        green = mix(rgb("5f7a48"), rgb("48663c"), random.uniform())
        long = random.uniform(0.7, 1.2)
        for i in range(46):
            inward = i / 46
            points, faces, along = blade(
                long * (0.45 + 0.75 * inward),
                0.17,
                random.uniform(-0.9, -0.1) * (1.1 - inward),
                0.35 + 1.1 * inward,
                9,
            )
            points = (points + [0.12 * (1 - inward), 0, 0]) @ turn("z", i * 2.4).T
            shade = mix(green * random.uniform(0.75, 1.25), rgb("9aa878"), 0.35 * along)
            pieces.append((points + [0, 0, height * 0.92 + 0.2 * inward], faces, shade))
    return Fruit(
        [body.part(0.55, 0.4), joined(pieces, roughness=0.6)],
        size=random.uniform(1.5, 1.75) * (1.35 if crown else 1.0),
        notes={"spread": 1.35} if crown else {"frame": 1},
    )


FRUITS: dict[str, Callable[..., Fruit]] = {
    "Apricot": apricot,
    "Avocado": avocado,
    "Banana": banana,
    "Clementine": clementine,
    "Cocos": cocos,
    "Kiwi": kiwi,
    "Lemon": lemon,
    "Limes": limes,
    "Mandarine": mandarine,
    "Orange": orange,
    "Peach": peach,
    "Pineapple": pineapple,
    "Plum": plum,
    "Pomegranate": pomegranate,
    "Raspberry": raspberry,
    "Strawberry": strawberry,
}
