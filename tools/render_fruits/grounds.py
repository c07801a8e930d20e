"""What market fruit lies on: painted textures (linear light) and the crate's boards."""

from __future__ import annotations

import numpy as np

from tools.render_fruits.meshes import Array, Part, blade, joined, linear, mix, rgb, turn
from tools.render_fruits.noise import fractal, smooth

Random = np.random.Generator
PIXELS = 256


def _plane(random: Random, stretch: tuple[float, float], octaves: int = 4) -> Array:
    """Fractal noise over the texture, (PIXELS, PIXELS), about -1..1."""
    x, y = np.meshgrid(np.linspace(0, stretch[0], PIXELS), np.linspace(0, stretch[1], PIXELS))
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, random.uniform(0, 90))], axis=1)
    return fractal(points, 1.0, int(random.integers(1 << 30)), octaves).reshape(x.shape)


def _blend(first: Array, second: Array, weight: Array) -> Array:
    return first * (1 - weight[..., None]) + second * weight[..., None]


def _wood_colours(random: Random) -> tuple[Array, Array]:
    pairs = [
        ("a87844", "6b4424"),
        ("8a5a34", "4a2c18"),
        ("cfae7c", "9a784c"),
        ("8a8078", "5c544c"),
        ("6a4632", "33211a"),
    ]
    light, dark = pairs[random.integers(len(pairs))]
    return rgb(light), rgb(dark)


def wood(random: Random) -> Array:
    """Planks with grain, joints and a few knots."""
    light, dark = _wood_colours(random)
    count = int(random.integers(4, 9))
    column = np.arange(PIXELS)
    plank = column * count // PIXELS
    tone = random.uniform(0.8, 1.15, size=count)[plank]
    picture = np.zeros((PIXELS, PIXELS, 3))
    grain = _plane(random, (60, 4)) + 0.5 * np.roll(_plane(random, (20, 2)), 40, axis=0)
    picture = _blend(light, dark, smooth(grain, -0.7, 0.9)) * tone[None, :, None]
    joint = np.minimum(column * count % PIXELS, PIXELS - column * count % PIXELS) < 1.2 * count
    picture[:, joint] *= 0.35
    return linear(picture)


def cloth(random: Random) -> Array:
    """A woven cloth: plain, striped or checked."""
    hues = [
        "c8ccd0",
        "b03a34",
        "2f5a8a",
        "e0d4b8",
        "3a6a4a",
        "d8a83c",
        "8a4a6a",
        "4a4a52",
        "d88a9a",
        "9ab0c8",
    ]
    first, second = (rgb(hues[i]) for i in random.choice(len(hues), 2, replace=False))
    x, y = np.meshgrid(np.arange(PIXELS), np.arange(PIXELS))
    picture = np.ones((PIXELS, PIXELS, 3)) * first
    kind = random.integers(3)
    width = int(random.integers(10, 34))
    if kind:
        stripe = ((x // width) % 2).astype(float)
        if kind == 2:
            stripe = 0.5 * stripe + 0.5 * ((y // width) % 2)
        picture = _blend(picture, second, stripe)
    weave = 1 + 0.1 * np.sin(x * 2.1) * np.sin(y * 2.1)
    folds = 1 + 0.22 * _plane(random, (5, 3), 2)
    return linear(picture * (weave * folds)[..., None])


def leaves(random: Random) -> Array:
    """Overlapping painted leaves on dark earth."""
    picture = _blend(rgb("3a2c1e"), rgb("1e2414"), smooth(_plane(random, (12, 12)), -0.5, 0.5))
    x, y = np.meshgrid(np.arange(PIXELS), np.arange(PIXELS))
    greens = ["4a7a34", "2f5a28", "6b8a3c", "88964a", "a8843c", "3c6a44"]
    autumn = random.uniform() < 0.25
    for _ in range(170):
        colour = rgb(greens[random.integers(len(greens))]) * random.uniform(0.7, 1.2)
        if autumn and random.uniform() < 0.6:
            colour = rgb(["a8622c", "8a3c24", "c08a34"][random.integers(3)])
        centre, angle = random.uniform(0, PIXELS, size=2), random.uniform(0, 2 * np.pi)
        long, wide = random.uniform(14, 30), random.uniform(5, 11)
        u = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
        v = -(x - centre[0]) * np.sin(angle) + (y - centre[1]) * np.cos(angle)
        half = wide * np.cos(np.clip(u / long, -1, 1) * np.pi / 2) ** 0.8
        inside = (np.abs(v) < half) & (np.abs(u) < long)
        shade = 0.75 + 0.25 * v / np.maximum(half, 1) + 0.12 * (np.abs(np.abs(v) % 4 - 0.6 * u % 4) < 0.7)
        shade = np.where(np.abs(v) < 0.8, 1.35, shade)
        shadow = (np.abs(v - 2) < half + 1) & (np.abs(u - 1) < long)
        picture[shadow & ~inside] *= 0.72
        picture[inside] = colour * shade[inside][:, None]
    return linear(picture)


def earth_between_boards(random: Random) -> Array:
    """The dark paper or straw seen between a crate's boards."""
    base = [rgb("2a221c"), rgb("4a5a8a"), rgb("b8b0a0"), rgb("5a3a6a")][random.integers(4)]
    return linear(base * (1 + 0.3 * _plane(random, (30, 30)))[..., None])


def _board(size: Array, centre: Array, colour: Array, random: Random) -> tuple[Array, Array, Array]:
    """A box cut into a grid along its length so that the grain can be seen."""
    steps = 24
    x = np.linspace(-0.5, 0.5, steps)
    ring = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    # Each edge is doubled so that the corners stay sharp under smooth normals.
    ring = np.concatenate(
        [
            np.stack([ring[i] * 0.98 + ring[i - 1] * 0.02, ring[i] * 0.98 + ring[(i + 1) % 4] * 0.02])
            for i in range(4)
        ]
    )
    points = np.array([[at, *corner] for at in x for corner in ring])
    sides = len(ring)
    faces = []
    for row in range(steps - 1):
        for side in range(sides):
            a, b = row * sides + side, row * sides + (side + 1) % sides
            faces += [[a, b, a + sides], [b, b + sides, a + sides]]
    for row in (0, steps - 1):
        faces += [[row * sides, row * sides + i, row * sides + i + 1] for i in range(1, sides - 1)]
    points = points * size + centre
    grain = fractal(points * [1.5, 9, 9], 1.0, int(random.integers(1 << 30)), 3)
    return points, np.array(faces), colour * (1 + 0.3 * grain[:, None])


def crate(random: Random, reach: float) -> list[Part]:
    """Boards of a fruit crate round the origin; `reach` is its half width. Floor slats and four low walls."""
    light, dark = _wood_colours(random)
    colour = mix(light, dark, random.uniform(0, 0.5))
    pieces = []
    slats = int(random.integers(4, 7))
    pitch = 2 * reach / slats
    for i in range(slats):
        z = -reach + pitch * (i + 0.5)
        tone = random.uniform(0.8, 1.15)
        pieces.append(
            _board(np.array([2 * reach, 0.1, pitch * 0.82]), np.array([0, -0.05, z]), colour * tone, random)
        )
    for angle in (0, np.pi / 2, np.pi, 3 * np.pi / 2):
        low = angle == 0
        for level in range(1 if low else 3):
            points, faces, tint = _board(
                np.array([2 * reach, 0.5, 0.1]),
                np.array([0, 0.3 + 0.62 * level, reach]),
                colour * random.uniform(0.8, 1.15),
                random,
            )
            pieces.append((points @ turn("y", angle).T, faces, tint))
    return [joined(pieces, roughness=0.7, specular=0.3)]


def twig(random: Random, where: Array, size: float) -> Part:
    """A few green leaves standing at `where`, to hide a part of what is behind them."""
    pieces = []
    green = mix(rgb("4a7a34"), rgb("7a8a3c"), random.uniform())
    for _ in range(int(random.integers(3, 7))):
        points, faces, along = blade(
            size * random.uniform(0.7, 1.2), 0.4 * size, random.uniform(-1.4, 0.3), random.uniform(0.3, 1.3)
        )
        points = points @ turn("z", random.uniform(0, 2 * np.pi)).T
        points = points @ turn("x", -np.pi / 2).T + where
        pieces.append((points, faces, green * random.uniform(0.7, 1.25) * (1 - 0.2 * along[:, None])))
    return joined(pieces, roughness=0.5)
