"""What moves on a road: cars, vans, people on bicycles, people on foot. Metres; x is ahead, y up, z to the right hand."""

from __future__ import annotations

import numpy as np

from tools.render_fruits.meshes import Array, Part, joined, rgb, tube

Random = np.random.Generator
Piece = tuple[Array, Array, Array]
GLASS, TYRE, RIM = rgb("1c2630"), rgb("1a1a1c"), rgb("a8aaac")
PAINTS = ("c8ccd0", "f0f0ee", "24262a", "5a5e64", "b02a24", "1f4a8a", "2c6a4a", "d8a824", "7a2a3a", "6a92b8")
CLOTHES = ("b03a34", "2f5a8a", "3a6a4a", "d8a83c", "30323a", "8a4a6a", "d8d4cc", "5a4a3c", "d87a3c", "4aa0a0")
SKINS = ("e8bc9c", "c8906a", "8a5a3c", "5a3a28")


def prism(profile: Array, wide: float, colour: Array, top: float = 1.0) -> Piece:
    """A convex outline (N, 2) of x and y drawn out to `wide` metres; `top` narrows it towards its highest point."""
    low, high = profile[:, 1].min(), profile[:, 1].max()
    narrow = 1 - (1 - top) * (profile[:, 1] - low) / max(high - low, 1e-6)
    left = np.column_stack([profile, -wide / 2 * narrow])
    right = np.column_stack([profile, wide / 2 * narrow])
    count = len(profile)
    points, faces = [*left, *right], []
    for i in range(1, count - 1):
        faces += [[0, i + 1, i], [count, count + i, count + i + 1]]
    for i in range(count):
        j, start = (i + 1) % count, len(points)
        points += [left[i], left[j], right[j], right[i]]
        faces += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return np.array(points), np.array(faces), colour


def _wheel(x: float, z: float, radius: float, wide: float = 0.2) -> list[Piece]:
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shift = np.array([x, radius, z])
    tyre, rim = prism(ring * radius, wide, TYRE), prism(ring * radius * 0.55, wide * 1.08, RIM)
    return [(points + shift, faces, colour) for points, faces, colour in (tyre, rim)]


def _limb(points: list, radius: float, colour: Array, sides: int = 8) -> Piece:
    path = np.array(points, dtype=float)
    fine = np.stack(
        [np.interp(np.linspace(0, 1, 7), np.linspace(0, 1, len(path)), path[:, i]) for i in range(3)], 1
    )
    width = radius * np.array([0.05, 0.9, 1, 1, 1, 0.9, 0.05])
    found, faces, _, _ = tube(fine, width, sides)
    return found, faces, colour


def _ball(centre: list, radius: float, colour: Array, tall: float = 1.0) -> Piece:
    s = np.linspace(-1, 1, 11)
    path = np.array(centre) + np.stack([0 * s, radius * tall * s, 0 * s], axis=1)
    points, faces, _, _ = tube(path, radius * np.sqrt(np.maximum(1 - s**2, 1e-4)), 12)
    return points, faces, colour


def _paint(random: Random, names: tuple[str, ...]) -> Array:
    return np.clip(rgb(names[random.integers(len(names))]) * random.uniform(0.85, 1.12, size=3), 0, 1)


def car(random: Random, stride: float = 0.0) -> list[Part]:
    """A saloon or a hatchback, about 4.2 m long."""
    paint, long, high = _paint(random, PAINTS), random.uniform(0.94, 1.06), random.uniform(0.95, 1.08)
    hatch = random.uniform() < 0.5
    body = np.array([[-2.1, 0.3], [2.1, 0.3], [2.16, 0.68], [1.15, 0.9], [-1.95, 0.95], [-2.16, 0.75]])
    cabin = [[-1.95 if hatch else -1.55, 0.92], [1.05, 0.88], [0.4, 1.42], [-1.5 if hatch else -1.0, 1.45]]
    roof = [[-1.5 if hatch else -1.0, 1.4], [0.42, 1.37], [0.35, 1.47], [-1.4 if hatch else -0.95, 1.49]]
    scale = np.array([long, high])
    pieces = [prism(body * scale, 1.74, paint, 0.97), prism(np.array(roof) * scale, 1.36, paint, 0.98)]
    glass = [prism(np.array(cabin) * scale, 1.62, GLASS, 0.82)]
    pillar = np.array([[-0.35, 0.9], [-0.22, 0.9], [-0.22, 1.42], [-0.32, 1.42]]) * scale
    pieces.append(prism(pillar, 1.64, paint, 0.83))
    for x in (-1.3 * long, 1.32 * long):
        for z in (-0.78, 0.78):
            pieces += _wheel(x, z, 0.33)
    for z in (-0.6, 0.6):
        lamp = np.array([[2.0, 0.6], [2.18, 0.6], [2.17, 0.72], [1.95, 0.74]]) * scale
        points, faces, _ = prism(lamp, 0.3, rgb("f4f2e0"))
        pieces.append((points + [0, 0, z], faces, rgb("f4f2e0")))
        tail = np.array([[-2.19, 0.72], [-2.05, 0.72], [-2.05, 0.86], [-2.15, 0.86]]) * scale
        points, faces, _ = prism(tail, 0.3, rgb("b01818"))
        pieces.append((points + [0, 0, z], faces, rgb("b01818")))
    return [joined(pieces, roughness=0.35, specular=0.5), joined(glass, roughness=0.15, specular=0.6)]


def van(random: Random, stride: float = 0.0) -> list[Part]:
    """A delivery van, about 5.2 m long and 2.2 m high, often white, perhaps with a coloured side."""
    paint = rgb("eeeeec") * random.uniform(0.9, 1.0) if random.uniform() < 0.5 else _paint(random, PAINTS)
    high = random.uniform(0.95, 1.08)
    scale = np.array([random.uniform(0.95, 1.06), high])
    body = np.array([[-2.6, 0.38], [2.5, 0.38], [2.62, 1.0], [2.35, 1.15], [1.65, 2.1], [-2.6, 2.18]])
    pieces = [prism(body * scale, 1.9, paint, 0.92)]
    glass = [
        prism(np.array([[1.05, 1.2], [2.1, 1.18], [1.6, 1.88], [1.05, 1.88]]) * scale, 1.93, GLASS, 0.94),
        prism(np.array([[2.36, 1.2], [2.4, 1.2], [1.76, 2.0], [1.72, 2.0]]) * scale, 1.6, GLASS, 0.9),
    ]
    if random.uniform() < 0.6:
        sign = np.array([[-2.2, 1.1], [0.5, 1.1], [0.5, 1.75], [-2.2, 1.75]]) * scale
        pieces.append(prism(sign, 1.91, _paint(random, PAINTS), 0.965))
    for x in (-1.6 * scale[0], 1.65 * scale[0]):
        for z in (-0.84, 0.84):
            pieces += _wheel(x, z, 0.36)
    for z in (-0.75, 0.75):
        points, faces, _ = prism(
            np.array([[2.5, 0.8], [2.66, 0.8], [2.6, 1.0], [2.4, 1.05]]) * scale, 0.26, RIM
        )
        pieces.append((points + [0, 0, z], faces, rgb("f4f2e0")))
    return [joined(pieces, roughness=0.4, specular=0.5), joined(glass, roughness=0.15, specular=0.6)]


def _figure(random: Random, hip: Array, shoulder: Array, hands: list, knees: list, feet: list) -> list[Piece]:
    """Trunk, arms, legs and head of one person; hands, knees and feet are (left, right)."""
    coat, trousers, skin = _paint(random, CLOTHES), _paint(random, CLOTHES), rgb(SKINS[random.integers(4)])
    hair = rgb(("2a1e16", "5a3a20", "b89050", "8a8a88")[random.integers(4)])
    pieces = [_limb([hip, 0.5 * (hip + shoulder), shoulder], 0.2, coat, 10)]
    for side, sign in enumerate((-1, 1)):
        z = np.array([0, 0, 0.1 * sign])
        pieces.append(_limb([hip + z, knees[side] + z, feet[side] + z], 0.085, trousers))
        arm = shoulder + np.array([0, -0.06, 0.22 * sign])
        pieces.append(
            _limb([arm, 0.5 * (arm + hands[side]) + [0.02, -0.1, 0.03 * sign], hands[side]], 0.06, coat)
        )
        pieces.append(_ball((feet[side] + z + [0.06, 0.02, 0]).tolist(), 0.07, rgb("2a2624")))
    lean = (shoulder - hip) / np.linalg.norm(shoulder - hip)
    head = shoulder + 0.2 * lean + [0.03, 0.03, 0]
    pieces.append(_ball(head.tolist(), 0.11, skin, 1.2))
    pieces.append(_ball((head + [-0.03, 0.05, 0]).tolist(), 0.108, hair, 1.0))
    return pieces


def person(random: Random, stride: float = 0.0) -> list[Part]:
    """Someone walking; `stride` is the phase of the step in radians."""
    tall = random.uniform(0.94, 1.06)
    swing = np.sin(stride)
    hip, shoulder = np.array([0, 0.88, 0.0]), np.array([0.03, 1.38, 0.0])
    feet = [np.array([0.34 * s, 0.04 + 0.1 * max(0, -s * np.cos(stride)), 0]) for s in (swing, -swing)]
    knees = [0.5 * (hip + foot) + [0.06, 0.02, 0] for foot in feet]
    hands = [shoulder + [-0.26 * s, -0.58, 0.26 * sign] for s, sign in ((swing, -1), (-swing, 1))]
    pieces = _figure(random, hip, shoulder, hands, knees, feet)
    if random.uniform() < 0.4:
        points, faces, _ = prism(
            np.array([[-0.34, 0.95], [-0.16, 0.95], [-0.16, 1.38], [-0.3, 1.38]]), 0.32, RIM
        )
        pieces.append((points, faces, _paint(random, CLOTHES)))
    part = joined(pieces, roughness=0.8, specular=0.2)
    return [part.moved(np.eye(3) * tall)]


def bicycle(random: Random, stride: float = 0.0) -> list[Part]:
    """A bicycle and its rider; `stride` is the angle of the cranks in radians."""
    paint = _paint(random, CLOTHES)
    pieces: list[Piece] = []
    angle = np.linspace(0, 2 * np.pi, 25)
    for x in (-0.52, 0.54):
        rim = np.stack([x + 0.33 * np.cos(angle), 0.34 + 0.33 * np.sin(angle), 0 * angle], axis=1)
        points, faces, _, _ = tube(rim, np.full(len(rim), 0.028), 6)
        pieces.append((points, faces, TYRE))
    crank = np.array([-0.05, 0.3, 0])
    seat, bar = np.array([-0.22, 0.92, 0]), np.array([0.42, 0.98, 0])
    rear, front = np.array([-0.52, 0.34, 0]), np.array([0.54, 0.34, 0])
    for start, end in ((rear, crank), (rear, seat), (crank, seat), (crank, bar), (seat, bar), (bar, front)):
        pieces.append(_limb([start, end], 0.025, paint, 6))
    pieces.append(_limb([bar + [0, 0.06, -0.28], bar + [0, 0.06, 0.28]], 0.022, TYRE, 6))
    pedals = [crank + 0.17 * np.array([np.cos(stride + a), np.sin(stride + a), 0]) for a in (0, np.pi)]
    hip, shoulder = seat + [0, 0.08, 0], seat + [0.32, 0.55, 0]
    knees = [0.5 * (hip + pedal) + [0.22, 0.1, 0] for pedal in pedals]
    hands = [bar + [0, 0.08, 0.24 * sign] for sign in (-1, 1)]
    pieces += _figure(random, hip, shoulder, hands, knees, pedals)
    return [joined(pieces, roughness=0.7, specular=0.3)]


AGENTS = {"car": car, "van": van, "bicycle": bicycle, "person": person}
