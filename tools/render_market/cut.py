"""Cut fruit: halves and slices. The skin is clipped at a plane, and flesh is painted on the section."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tools.render_fruits.meshes import Array, Fruit, Part, joined, mix, rgb, turn
from tools.render_fruits.noise import fractal, nearest, smooth

Random = np.random.Generator
RINGS, SPOKES = 44, 120
# A painter gets u (0 centre .. 1 rim), the angle, and x, y in units of the section's mean radius; it gives
# colours (N, 3) and heights (N,) in the same unit.
Painter = Callable[[Array, Array, Array, Array, Random], tuple[Array, Array]]


def _grain(x: Array, y: Array, random: Random, frequency: float, octaves: int = 3) -> Array:
    points = np.stack([x, y, np.full_like(x, random.uniform(0, 50))], axis=1)
    return fractal(points, frequency, int(random.integers(1 << 30)), octaves)


def _speckled(centres: int, random: Random, x: Array, y: Array) -> tuple[Array, Array, Array]:
    spots = random.uniform(-1.1, 1.1, size=(centres, 2))
    return nearest(np.stack([x, y], axis=1), spots)


def _citrus(rind: str, flesh: tuple[str, str]) -> Painter:
    def paint(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
        count = int(random.integers(8, 12))
        base = mix(rgb(flesh[0]), rgb(flesh[1]), random.uniform())
        edge = random.uniform(0.84, 0.93)
        around = (angle * count / (2 * np.pi) + 0.12 * np.sin(angle * 2 + random.uniform(0, 6))) % 1.0
        wall = np.minimum(around, 1 - around) * u * 2 * np.pi / count
        vesicle = _grain(x * 1.0 + 0.6 * np.cos(angle), y + 0.6 * np.sin(angle), random, 7)
        colours = base * (1 + 0.22 * vesicle)[:, None]
        pith = mix(rgb("f4ecd0"), base, 0.25)
        colours = mix(colours, pith, 0.9 * smooth(wall, 0.03, 0.012))
        colours = mix(colours, pith, smooth(u, 0.12, random.uniform(0.05, 0.09)))
        colours = mix(colours, rgb("f6efd8"), smooth(u, edge - 0.015, edge))
        colours = mix(colours, rgb(rind), smooth(u, 0.965, 0.985))
        height = -0.015 * smooth(wall, 0.0, 0.06) * (u < edge)
        if random.uniform() < 0.4:
            near, _, _ = nearest(
                np.stack([x, y], axis=1), random.normal(scale=0.25, size=(int(random.integers(3, 9)), 2))
            )
            colours = mix(colours, rgb("e8dcb0"), 0.9 * smooth(near, 0.055, 0.035))
        return colours, height

    return paint


def _kiwi(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    green = mix(rgb("86a83a"), rgb("5f8a24"), random.uniform())
    if random.uniform() < 0.12:
        green = rgb("d8b83c")
    rays = fractal(
        np.stack([np.cos(angle) * 7, np.sin(angle) * 7, u * 0.7], 1), 1.0, int(random.integers(1 << 30)), 2
    )
    heart = random.uniform(0.18, 0.28)
    colours = mix(green * 1.0, mix(green, rgb("dfe6a0"), 0.6), smooth(rays, -0.1, 0.8) * smooth(u, 0.95, 0.4))
    colours = mix(colours, rgb("eeeac0"), smooth(u + 0.04 * rays, heart + 0.06, heart - 0.03))
    count = int(random.integers(30, 44))
    turns = np.arange(count) / count * 2 * np.pi + random.normal(scale=0.05, size=count)
    reach = (heart + random.uniform(0.07, 0.26, size=count))[:, None]
    seeds = reach * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    near, _, _ = nearest(np.stack([x, y], axis=1), seeds)
    colours = mix(colours, rgb("1c1810"), 0.95 * smooth(near, 0.05, 0.03))
    return mix(colours, rgb("6a5030"), smooth(u, 0.965, 0.985)), np.zeros_like(u)


def _avocado(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    yellow = mix(rgb("e2d878"), rgb("d8d48a"), random.uniform())
    colours = (
        mix(yellow, rgb("a8ba50"), smooth(u, 0.55, 0.93)) * (1 + 0.04 * _grain(x, y, random, 4))[:, None]
    )
    colours = mix(colours, rgb("6a8a2c"), smooth(u, 0.9, 0.965))
    colours = mix(colours, rgb("2c2a1c"), smooth(u, 0.965, 0.985))
    at = np.hypot(x, y) / random.uniform(0.48, 0.56)
    dome = np.sqrt(np.clip(1 - at**2, 0, 1))
    stone = random.uniform() < 0.7
    tint = mix(rgb("7a4a24"), rgb("a87038"), random.uniform()) if stone else rgb("c8b45a")
    colours = mix(colours, tint * 1.0, smooth(at, 1.03, 0.97))
    return colours, (0.4 if stone else -0.4) * dome


def _stone_fruit(flesh: tuple[str, str], heart: str, skin: str) -> Painter:
    def paint(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
        base = mix(rgb(flesh[0]), rgb(flesh[1]), random.uniform())
        colours = base * (1 + 0.1 * _grain(x, y, random, 3))[:, None]
        size = random.uniform(0.34, 0.46)
        at = np.hypot(x / 0.85, y) / size
        colours = mix(colours, rgb(heart), random.uniform(0.4, 0.9) * smooth(at, 1.7, 1.0))
        colours = mix(colours, rgb(skin), smooth(u, 0.955, 0.985))
        dome = np.sqrt(np.clip(1 - at**2, 0, 1))
        if random.uniform() < 0.55:
            rough = _grain(x, y, random, 9)
            colours = mix(
                colours, mix(rgb("8a5a34"), rgb("6a3c24"), random.uniform()), smooth(at, 1.02, 0.95)
            )
            colours *= (1 + 0.3 * rough * (at < 1))[:, None]
            return colours, 0.28 * dome + 0.03 * rough * (at < 1)
        colours = mix(colours, rgb(heart) * 0.8, 0.7 * smooth(at, 1.05, 0.9))
        return colours, -0.3 * dome

    return paint


def _cocos(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    inner = random.uniform(0.62, 0.74)
    colours = np.ones((len(u), 3)) * rgb("f4f2ea") * (1 + 0.03 * _grain(x, y, random, 3))[:, None]
    colours = mix(colours, rgb("4a3222"), smooth(u, 0.87, 0.89))
    colours = mix(colours, rgb("7a5a40"), smooth(u, 0.94, 0.97))
    return colours, -0.85 * np.sqrt(np.clip(1 - (u / inner) ** 2, 0, 1)) * inner


def _pomegranate(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    count = int(random.integers(90, 170))
    near, second, index = _speckled(count, random, x, y)
    base = mix(rgb("a01428"), rgb("c8303c"), random.uniform())
    tone = random.uniform(0.6, 1.25, size=(count, 1))[index]
    reach = 1.15 * 2.2 / np.sqrt(count) / 1.6
    dome = np.sqrt(np.clip(1 - (near / reach) ** 2, 0, 1))
    colours = mix(base * 0.4, base * tone, smooth(dome, 0.2, 0.7))
    colours = mix(colours, rgb("f0a0a0"), 0.35 * smooth(dome, 0.93, 1.0))
    walls = int(random.integers(5, 8))
    around = (angle * walls / (2 * np.pi) + 0.1 * np.sin(2 * angle)) % 1.0
    wall = np.minimum(around, 1 - around) * u * 2 * np.pi / walls
    cream = smooth(wall + 0.03 * _grain(x, y, random, 5), 0.08, 0.03)
    cream = np.maximum(cream, smooth(u + 0.03 * _grain(x, y, random, 4), 0.84, 0.9))
    cream = np.maximum(cream, smooth(u, 0.16, 0.06))
    colours = mix(colours, rgb("ecd8b4"), cream)
    colours = mix(colours, rgb("a83430"), smooth(u, 0.955, 0.98))
    return colours, 0.07 * dome * (1 - cream)


def _strawberry(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    rays = fractal(
        np.stack([np.cos(angle) * 5, np.sin(angle) * 5, u], 1), 1.0, int(random.integers(1 << 30)), 2
    )
    colours = mix(rgb("d8342c"), rgb("ee8470"), smooth(u + 0.15 * rays, 0.95, 0.45))
    colours = mix(colours, rgb("f8dcc8"), random.uniform(0.5, 1) * smooth(u + 0.12 * rays, 0.42, 0.15))
    return mix(colours, rgb("b81e1c"), smooth(u, 0.93, 0.98)), -0.06 * smooth(u, 0.2, 0.05)


def _banana(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    colours = (
        mix(rgb("f2e4b8"), rgb("ead394"), smooth(u, 0.2, 0.8)) * (1 + 0.04 * _grain(x, y, random, 5))[:, None]
    )
    star = (
        (0.5 + 0.5 * np.cos(3 * angle + random.uniform(0, 6))) * smooth(u, 0.45, 0.2) * smooth(u, 0.02, 0.1)
    )
    colours = mix(colours, rgb("c8a868"), 0.7 * star)
    colours = mix(colours, rgb("8a6a3c"), 0.7 * smooth(u, 0.09, 0.04))
    return mix(colours, rgb("e8c450"), smooth(u, 0.86, 0.9)), np.zeros_like(u)


def _pineapple(u: Array, angle: Array, x: Array, y: Array, random: Random) -> tuple[Array, Array]:
    rays = fractal(
        np.stack([np.cos(angle) * 9, np.sin(angle) * 9, u * 1.5], 1), 1.0, int(random.integers(1 << 30)), 3
    )
    base = mix(rgb("f0cc50"), rgb("e8b43c"), random.uniform())
    colours = base * (1 + 0.14 * rays)[:, None]
    colours = mix(colours, rgb("f4e2a0"), 0.8 * smooth(u + 0.03 * rays, 0.26, 0.18))
    colours = mix(colours, rgb("d8a83c"), smooth(u, 0.8, 0.88))
    return mix(colours, rgb("7a5a2c"), smooth(u + 0.03 * rays, 0.9, 0.94)), np.zeros_like(u)


ORANGE = ("f0992c", "ee7c18")
FLESH: dict[str, Painter] = {
    "Apricot": _stone_fruit(("eea03c", "e8882c"), "d8642c", "e08834"),
    "Avocado": _avocado,
    "Banana": _banana,
    "Clementine": _citrus("f07818", ("f08a24", "f07414")),
    "Cocos": _cocos,
    "Kiwi": _kiwi,
    "Lemon": _citrus("f0c830", ("eadc80", "e8d060")),
    "Limes": _citrus("6a9a30", ("cdd98c", "b0c860")),
    "Mandarine": _citrus("f09a30", ORANGE),
    "Orange": _citrus("ee8c20", ORANGE),
    "Peach": _stone_fruit(("f0c068", "f2d8a0"), "b8343c", "c85a3c"),
    "Pineapple": _pineapple,
    "Plum": _stone_fruit(("d8a850", "c87048"), "a83c34", "48202c"),
    "Pomegranate": _pomegranate,
    "Strawberry": _strawberry,
}
# Along the stem's axis one sees the stone; across it, segments and seeds.
LENGTHWISE = ("Apricot", "Avocado", "Peach", "Plum", "Strawberry")
SLICED = ("Banana", "Clementine", "Kiwi", "Lemon", "Limes", "Mandarine", "Orange", "Pineapple", "Strawberry")


def _outline(points: Array, count: int) -> tuple[Array, Array]:
    """Centre (2,) and radius at `count` angles of the outermost of `points` (N, 2)."""
    centre = (points.max(axis=0) + points.min(axis=0)) / 2
    away = points - centre
    bins = np.floor((np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) % 1.0) * count).astype(int) % count
    radius = np.zeros(count)
    np.maximum.at(radius, bins, np.hypot(*away.T))
    filled = np.flatnonzero(radius > 0)
    radius = np.interp(np.arange(count), filled, radius[filled], period=count)
    padded = np.concatenate([radius[-1:], radius, radius[:1]])
    return centre, 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]


def _section(skin: Array, level: float, band: float, paint: Painter, random: Random, up: bool) -> Part:
    """The painted section at z = level of a skin (N, 3)."""
    close = skin[np.abs(skin[:, 2] - level) < band]
    centre, outline = _outline(close[:, :2], 60)
    angle = np.linspace(0, 2 * np.pi, SPOKES, endpoint=False)
    rim = np.interp(angle / (2 * np.pi) * 60 - 0.5, np.arange(60), outline, period=60)
    size = rim.mean()
    u, around = (grid.ravel() for grid in np.meshgrid(np.linspace(0.004, 1, RINGS), angle, indexing="ij"))
    reach = u * np.tile(rim, RINGS)
    x, y = reach * np.cos(around), reach * np.sin(around)
    colours, height = paint(u, around, x / size, y / size, random)
    side = 1.0 if up else -1.0
    points = np.stack([x + centre[0], y + centre[1], level + side * (0.006 + height * size)], axis=1)
    rows, columns = np.arange(RINGS - 1)[:, None], np.arange(SPOKES)[None, :]
    a, b = rows * SPOKES + columns, rows * SPOKES + (columns + 1) % SPOKES
    faces = np.concatenate(
        [
            np.stack([a, a + SPOKES, b], -1).reshape(-1, 3),
            np.stack([b, a + SPOKES, b + SPOKES], -1).reshape(-1, 3),
        ]
    )
    return Part(points, faces, np.clip(colours, 0, 1), random.uniform(0.2, 0.45), 0.5)


def _clipped(part: Part, low: float, high: float) -> Part | None:
    """What of a part lies between two levels of z; faces across a level end on it."""
    z = part.points[:, 2][part.faces.astype(int)]
    keep = (z.min(axis=1) < high) & (z.max(axis=1) > low)
    if not keep.any():
        return None
    points = part.points.copy()
    points[:, 2] = np.clip(points[:, 2], low, high)
    return Part(points, part.faces[keep], part.colours, part.roughness, part.specular, part.sheen)


def piece(class_name: str, fruit: Fruit, random: Random, slice_only: bool = False) -> Fruit:
    """A half, or a slice, of a grown fruit; its section looks along +z."""
    paint = FLESH[class_name]
    stand = np.eye(3)
    if class_name in LENGTHWISE:
        stand = turn("x", np.pi / 2) @ turn("z", random.uniform(0, np.pi))
    elif class_name == "Banana":
        stand = turn("y", -np.pi / 2) @ turn("y", random.uniform(-0.2, 0.2))
    parts = [part.moved(stand) for part in fruit.parts]
    skin = parts[0].points
    low, high = skin[:, 2].min(), skin[:, 2].max()
    level = random.normal(scale=0.04) * (high - low) + (low + high) / 2
    thin = slice_only or (class_name in SLICED and random.uniform() < 0.35)
    under = level - random.uniform(0.1, 0.3) * (0.5 if class_name == "Banana" else 1.0) if thin else low - 1
    clipped = [_clipped(part, under, level) for part in parts]
    pieces = [part for part in clipped[:1] if part is not None]
    # Crowns and stalks stay with the half that has them; hairs would stick out of the cut.
    if not thin and class_name in ("Strawberry", "Pomegranate", "Pineapple"):
        pieces += [part for part in clipped[1:] if part is not None]
    band = 0.06 * (high - low) if class_name != "Banana" else 0.03
    pieces.insert(1, _section(skin, level, band, paint, random, up=True))
    if thin:
        pieces.append(_section(skin, under, band, paint, random, up=False))
    points = np.concatenate([part.points for part in pieces])
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    pieces = [part.moved(np.eye(3), -middle) for part in pieces]
    width = np.ptp(points, axis=0).max() / max(np.ptp(skin, axis=0).max(), 1e-6)
    return Fruit(pieces, size=fruit.size * width, lying_turn="section", notes={"thin": thin})


def bunch(bananas: list[Fruit], random: Random) -> Fruit:
    """Bananas grown together at their stalks; counts as one fruit."""
    parts, fan = [], random.uniform(0.2, 0.3)
    for i, banana in enumerate(bananas):
        part = banana.parts[0]
        tip = part.points[-len(part.points) // 12 :].mean(axis=0)
        rotation = turn("z", fan * (i - (len(bananas) - 1) / 2)) @ turn("y", random.normal(scale=0.06))
        parts.append(part.moved(rotation, -rotation @ tip))
    knob = np.array(
        [
            [0.04 * np.cos(a) + z, 0.1 * np.sin(a), 0.07 * np.cos(a)]
            for z in (-0.06, 0.0, 0.06)
            for a in np.arange(10) * 0.628
        ]
    )
    faces = np.array(
        [
            f
            for r in (0, 1)
            for s in range(10)
            for f in (
                [r * 10 + s, r * 10 + 10 + s, r * 10 + (s + 1) % 10],
                [r * 10 + (s + 1) % 10, r * 10 + 10 + s, r * 10 + 10 + (s + 1) % 10],
            )
        ]
    )
    parts.append(joined([(knob, faces, rgb("5a4a24"))], roughness=0.7))
    points = np.concatenate([part.points for part in parts])
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    return Fruit(
        [part.moved(np.eye(3), -middle) for part in parts],
        size=bananas[0].size * 1.1,
        lying_turn="crescent",
        notes={"spread": 1.3, "bunch": True},
    )
