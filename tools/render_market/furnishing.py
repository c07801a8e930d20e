"""What stands around fruit in shops and kitchens: crates, punnets, bowls, nets, labels, knives, clutter."""

from __future__ import annotations

import mitsuba as mi
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from tools.render_fruits.meshes import Array, Part, joined, linear, mix, rgb, tube, turn
from tools.render_fruits.noise import fractal
from tools.render_market.surfaces import any_colour

Random = np.random.Generator
Piece = tuple[Array, Array, Array]


def box(size: Array, centre: Array, colour: Array) -> Piece:
    """A box with sharp edges: every side has its own corners."""
    points, faces = [], []
    for axis in range(3):
        for side in (-0.5, 0.5):
            first, second = [i for i in range(3) if i != axis]
            corner = len(points)
            for a, b in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
                point = np.zeros(3)
                point[axis], point[first], point[second] = side, a, b
                points.append(point)
            faces += [[corner, corner + 1, corner + 2], [corner, corner + 2, corner + 3]]
    return np.array(points) * size + centre, np.array(faces), colour


def lathe(profile: Array, colour: Array, columns: int = 56) -> Piece:
    """A vessel: the polyline (N, 2) of radius and height turned about the y axis."""
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    points = np.stack(
        [
            profile[:, :1] * np.cos(angle),
            np.repeat(profile[:, 1:], columns, 1),
            profile[:, :1] * np.sin(angle),
        ],
        -1,
    ).reshape(-1, 3)
    rows, turns = np.arange(len(profile) - 1)[:, None], np.arange(columns)[None, :]
    a, b = rows * columns + turns, rows * columns + (turns + 1) % columns
    faces = np.concatenate(
        [
            np.stack([a, b, a + columns], -1).reshape(-1, 3),
            np.stack([b, b + columns, a + columns], -1).reshape(-1, 3),
        ]
    )
    tint = (
        np.broadcast_to(colour, (len(profile), 3))
        if np.ndim(colour) > 1
        else np.tile(colour, (len(profile), 1))
    )
    return points, faces, np.repeat(tint, columns, axis=0)


def _glaze(random: Random) -> Array:
    return rgb("f0eee8") * random.uniform(0.9, 1) if random.uniform() < 0.5 else any_colour(random, 0.3)


def plate(random: Random, reach: float) -> tuple[list[Part], float]:
    """A plate of radius `reach`; and the height of its floor."""
    s = np.array([0, 0.3, 0.62, 0.66, 0.7, 0.8, 0.97, 1.0, 1.0])
    high = np.array([0.03, 0.03, 0.03, 0.045, 0.07, 0.09, 0.13, 0.13, 0.11])
    base, band = _glaze(random), _glaze(random)
    colours = np.tile(base, (9, 1))
    if random.uniform() < 0.5:
        colours[5:] = band
    if random.uniform() < 0.3:
        colours[:3] = band * 0.9
    piece = lathe(np.stack([s, high], 1) * reach, colours)
    return [joined([piece], roughness=random.uniform(0.12, 0.5))], 0.03 * reach


def bowl(random: Random, reach: float) -> tuple[list[Part], float]:
    """A bowl of inner radius about `reach`; and the height of its floor."""
    t = np.linspace(0, np.pi / 2 * random.uniform(0.75, 1), 9)
    deep = random.uniform(0.45, 0.75)
    inside = np.stack([np.sin(t), deep * (1 - np.cos(t)) + 0.05], 1)
    outside = inside[::-1] * [1.05, 1.0] - [0, 0.05]
    first = _glaze(random)
    if random.uniform() < 0.3:
        first = mix(rgb("a8743c"), rgb("6a4424"), random.uniform())
    second = first if random.uniform() < 0.6 else _glaze(random)
    colours = np.concatenate([np.tile(first, (9, 1)), np.tile(second, (9, 1))])
    piece = lathe(np.concatenate([inside, outside]) * reach * 1.15, colours)
    return [joined([piece], roughness=random.uniform(0.12, 0.6))], 0.07 * reach


def walls(random: Random, half: tuple[float, float], high: float, kind: str) -> list[Part]:
    """Four sides and a floor: kind is plastic (openwork), carton, tray or wire."""
    colour = {
        "plastic": [rgb("2c6a3c"), rgb("26282c"), rgb("2c4a8a"), rgb("b03430"), rgb("d8d8d4"), rgb("5a8a3c")],
        "carton": [rgb("b08a5c"), rgb("c8a678"), rgb("e8e4dc"), rgb("4a7a3c"), rgb("3c5a8a"), rgb("b89060")],
        "tray": [rgb("1c1c1e"), rgb("f0f0ee"), rgb("3c6a4c"), rgb("6a5a4c"), rgb("c8b89c"), rgb("9ab8c8")],
        "wire": [rgb("8a8c90"), rgb("3a3a3c"), rgb("c8c8c4"), rgb("6a6c70"), rgb("d8d4c8"), rgb("4a4a4c")],
    }[kind][random.integers(6)] * random.uniform(0.85, 1.1)
    x, z = half
    thick = {"plastic": 0.1, "carton": 0.07, "tray": 0.05, "wire": 0.03}[kind] * min(1.0, high)
    pieces = [box(np.array([2 * x, 0.06, 2 * z]), np.array([0, -0.03, 0]), colour * 0.8)]
    levels = {"plastic": 5, "wire": 7}.get(kind, 1)
    for axis, (near, along) in enumerate(((z, x), (x, z))):
        for side in (-1, 1):
            low = high * (0.55 if axis == 0 and side > 0 else 1.0)
            for level in range(levels):
                tall = low / levels * (0.72 if kind == "plastic" else 0.25 if kind == "wire" else 1.0)
                at = low * (level + 0.5) / levels
                size = np.array([2 * along + thick, tall, thick])
                centre = np.array([0, at, side * near])
                if axis:
                    size, centre = size[[2, 1, 0]], centre[[2, 1, 0]]
                pieces.append(box(size, centre, colour * random.uniform(0.94, 1.05)))
            if levels > 1:
                for post in np.linspace(-1, 1, 6 if kind == "plastic" else 14):
                    size, centre = (
                        np.array([thick * 1.2, low, thick]),
                        np.array([post * along, low / 2, side * near]),
                    )
                    if axis:
                        size, centre = size[[2, 1, 0]], centre[[2, 1, 0]]
                    pieces.append(box(size, centre, colour))
    return [joined(pieces, roughness=0.35 if kind in ("plastic", "tray") else 0.75, specular=0.4)]


def net(items, random: Random) -> list[Part]:
    """The strings of a net drawn over a heap: they follow its surface, smoothed."""
    cells, pieces = 90, []
    low = np.min([item.centre - item.reach for item in items], axis=0)
    high = np.max([item.centre + item.reach for item in items], axis=0)
    xs, zs = np.linspace(low[0], high[0], cells), np.linspace(low[2], high[2], cells)
    x, z = np.meshgrid(xs, zs, indexing="ij")
    top = np.full(x.shape, 0.0)
    for item in items:
        radius = 0.5 * item.reach + 0.25 * item.height
        gone = (x - item.centre[0]) ** 2 + (z - item.centre[2]) ** 2
        top = np.maximum(
            top, np.where(gone < radius**2, item.centre[1] + np.sqrt(np.clip(radius**2 - gone, 0, None)), 0)
        )
    top = np.maximum(gaussian_filter(top, 1.2), 0) + 0.07
    colour = [rgb("d8402c"), rgb("e8882c"), rgb("e8d84c"), rgb("3c8a3c"), rgb("e8e4dc")][random.integers(5)]
    pitch = random.uniform(0.28, 0.45)
    reach = float(max(high - low)) * 0.75
    middle = (low + high) / 2
    for lean in (0.6, -0.6):
        for offset in np.arange(-reach, reach, pitch):
            along = np.linspace(-reach, reach, 110)
            line = np.stack(
                [
                    middle[0] + along * np.cos(lean) - offset * np.sin(lean),
                    middle[2] + along * np.sin(lean) + offset * np.cos(lean),
                ],
                1,
            )
            column = (line - [low[0], low[2]]) / ([high[0] - low[0], high[2] - low[2]]) * (cells - 1)
            inside = ((column > 0) & (column < cells - 1)).all(axis=1)
            if inside.sum() < 4:
                continue
            c = column[inside].astype(int)
            path = np.stack([line[inside, 0], top[c[:, 0], c[:, 1]], line[inside, 1]], 1)
            points, faces, _, _ = tube(path, np.full(len(path), 0.022), 4)
            pieces.append((points, faces, colour))
    return [joined(pieces, roughness=0.5)] if pieces else []


def label(random: Random, where: Array, high: float, lean: float) -> dict:
    """A price card: a textured rectangle standing at `where`, leaning back by `lean` radians."""
    paper = [rgb("f4f2ea"), rgb("f8e04c"), rgb("2c2c2c"), rgb("d83430"), rgb("fafafa"), rgb("4a9a4c")][
        random.integers(6)
    ]
    ink = (20, 20, 24) if paper.mean() > 0.5 else (245, 245, 240)
    card = Image.new("RGB", (96, 64), tuple(int(c * 255) for c in paper))
    pen = ImageDraw.Draw(card)
    words = ["kg", "stk", "bio", "1 kg", "je", "neu", "class I", "fresh"]
    price = f"{random.integers(0, 9)}.{random.integers(10, 99)}"
    pen.text(
        (6, 24), price, fill=ink if random.uniform() < 0.6 else (200, 30, 30), font=ImageFont.load_default(34)
    )
    pen.text((6, 4), words[random.integers(len(words))], fill=ink, font=ImageFont.load_default(14))
    pen.rectangle([1, 1, 94, 62], outline=ink, width=int(random.integers(0, 3)))
    picture = linear(np.asarray(card)[::-1] / 255).astype(np.float32)
    to_world = (
        mi.ScalarTransform4f()
        .translate(where.tolist())
        .rotate([0, 1, 0], float(random.normal(scale=14)))
        .rotate([1, 0, 0], float(-np.degrees(lean)))
        .translate([0, high, 0])
        .scale([1.5 * high, high, 1])
    )
    bitmap = {"type": "bitmap", "bitmap": mi.Bitmap(picture), "raw": True}
    return {
        "type": "rectangle",
        "to_world": to_world,
        "material": {"type": "twosided", "inside": {"type": "diffuse", "reflectance": bitmap}},
    }


def knife(random: Random, where: Array) -> Part:
    blade = box(np.array([3.2, 0.03, 0.5]), np.array([0, 0.05, 0]), rgb("b8babc"))
    handle = box(np.array([2.0, 0.2, 0.34]), np.array([2.5, 0.1, 0.05]), any_colour(random, 0.5) * 0.6)
    return joined([blade, handle], roughness=0.25).moved(turn("y", random.uniform(0, 6.3)), where)


def board(random: Random, half: tuple[float, float]) -> list[Part]:
    """A chopping board; its upper side is y = 0."""
    colour = (
        any_colour(random, 0.4)
        if random.uniform() < 0.3
        else mix(rgb("c89a64"), rgb("7a5030"), random.uniform())
    )
    steps = 60
    x, z = np.meshgrid(
        np.linspace(-1, 1, steps) * half[0], np.linspace(-1, 1, steps) * half[1], indexing="ij"
    )
    top = np.stack([x.ravel(), np.zeros(x.size), z.ravel()], 1)
    r, c = np.arange(steps - 1)[:, None], np.arange(steps - 1)[None, :]
    a = r * steps + c
    faces = np.concatenate(
        [
            np.stack([a, a + 1, a + steps], -1).reshape(-1, 3),
            np.stack([a + 1, a + steps + 1, a + steps], -1).reshape(-1, 3),
        ]
    )
    grain = fractal(top * [0.5, 1, 6], 1.0, int(random.integers(1 << 30)), 3)
    pieces = [(top, faces, np.clip(colour * (1 + 0.2 * grain[:, None]), 0, 1))]
    pieces.append(box(np.array([2 * half[0], 0.2, 2 * half[1]]), np.array([0, -0.102, 0]), colour * 0.85))
    return [joined(pieces, roughness=0.6)]


def clutter(random: Random, count: int, nearest: float, spread: float, ahead: Array) -> list[Part]:
    """Bottles, jars, packets and balls behind the fruit: away from the camera along `ahead` (unit, level)."""
    parts = []
    across = np.array([ahead[2], 0, -ahead[0]])
    for _ in range(count):
        size = random.uniform(0.6, 2.2)
        spot = ahead * (nearest + random.uniform(0, 9)) + across * random.uniform(-spread, spread)
        colour, kind = any_colour(random, 0.3), random.integers(4)
        if kind == 0:
            profile = np.array(
                [[0, 0], [0.5, 0], [0.5, 1.6], [0.42, 1.9], [0.18, 2.3], [0.18, 2.8], [0, 2.8]]
            )
            piece = lathe(profile * size, np.stack([colour] * 3 + [any_colour(random)] * 4), 24)
        elif kind == 1:
            piece = box(
                np.array([1, random.uniform(0.8, 2.4), 0.6]) * size, np.array([0, 0.8 * size, 0]), colour
            )
        elif kind == 2:
            profile = np.array([[0, 0], [0.7, 0], [0.75, 1], [0.75, 1.1], [0, 1.1]])
            piece = lathe(profile * size, np.stack([colour] * 3 + [any_colour(random)] * 2), 24)
        else:
            t = np.linspace(0, np.pi, 14)
            piece = lathe(np.stack([np.sin(t), 1 - np.cos(t)], 1) * 0.7 * size, colour, 24)
        finish = {"roughness": random.uniform(0.15, 0.7)}
        parts.append(joined([piece], **finish).moved(turn("y", random.uniform(0, 6.3)), spot))
    return parts
