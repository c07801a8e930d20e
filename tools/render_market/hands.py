"""A hand that holds, offers or reaches for fruit: tubes and a flattened ball with skin's colours."""

from __future__ import annotations

import numpy as np

from tools.render_fruits.meshes import Array, Part, joined, mix, rgb, tube, turn
from tools.render_fruits.noise import fractal

Random = np.random.Generator
SKINS = ("f0c8a8", "e4b08c", "d09a74", "b07a54", "8a5a3c", "5c3c28", "f4d4bc")


def _finger(
    start: Array, heading: Array, bend: Array, length: float, curl: float, thick: float
) -> tuple[Array, Array, Array]:
    """A tube from `start` that turns from `heading` towards `bend` by `curl` radians, knuckles a little thicker."""
    s = np.linspace(0, 1, 22)
    turned = curl * s**0.9
    step = np.cos(turned)[:, None] * heading + np.sin(turned)[:, None] * bend
    path = start + np.cumsum(step, axis=0) * length / len(s)
    radius = (
        thick
        * (1 - 0.22 * s)
        * (1 + 0.07 * np.cos(2 * np.pi * s * 2.6))
        * np.sqrt(np.clip(1.02 - s**9, 0.02, 1))
    )
    return tube(path, radius, 14)[:3]


def hand(random: Random, wide: float) -> tuple[list[Part], float]:
    """An open or half closed hand under a fruit of radius 1 that rests on y = 0; and its half width.

    `wide` is half the palm's width in the fruit's radii; the arm comes from +x, below the camera's right.
    """
    skin = rgb(SKINS[random.integers(len(SKINS))]) * random.uniform(0.92, 1.05)
    rosy = mix(skin, rgb("c86a5a"), 0.25)
    closed = random.uniform(0.9, 1.5) if wide < 1.4 else random.uniform(0.25, 0.8)
    pieces = []
    for i in range(4):
        z = wide * (-0.75 + 0.5 * i)
        start = np.array([-0.45 * wide, -0.24 * wide, z])
        points, faces, along = _finger(
            start,
            np.array([-1.0, 0.05, random.normal(scale=0.08)]),
            np.array([0.0, 1.0, 0.0]),
            wide * [1.5, 1.75, 1.7, 1.35][i],
            closed * random.uniform(0.85, 1.15),
            0.27 * wide,
        )
        tip = np.clip((along - 0.72) / 0.2, 0, 1)
        pieces.append((points, faces, mix(skin, rosy, 0.9 * tip)))
    thumb, faces, along = _finger(
        np.array([0.45 * wide, -0.2 * wide, 0.75 * wide]),
        np.array([-0.35, 0.25, 0.9]),
        np.array([-0.5, 0.75, -0.45]),
        wide * 1.35,
        closed,
        0.3 * wide,
    )
    pieces.append((thumb, faces, mix(skin, rosy, 0.8 * np.clip((along - 0.7) / 0.2, 0, 1))))
    polar, around = np.meshgrid(
        np.linspace(0.01, np.pi - 0.01, 26), np.linspace(0, 2 * np.pi, 40, endpoint=False), indexing="ij"
    )
    ball = np.stack(
        [np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], -1
    ).reshape(-1, 3)
    ball = ball * wide * [1.05, 0.34, 1.02] + [0.2 * wide, -0.32 * wide, 0]
    r, c = np.arange(25)[:, None], np.arange(40)[None, :]
    a, b = r * 40 + c, r * 40 + (c + 1) % 40
    faces = np.concatenate(
        [np.stack([a, b, a + 40], -1).reshape(-1, 3), np.stack([b, b + 40, a + 40], -1).reshape(-1, 3)]
    )
    pieces.append((ball, faces, mix(skin, rosy, 0.2)))
    path = np.array([[0.7, -0.38, 0.1], [1.6, -0.5, 0.25], [3.0, -0.7, 0.5], [9.0, -1.8, 1.6]]) * wide
    points, faces, _, _ = tube(path, np.array([0.7, 0.56, 0.66, 0.95]) * wide, 26)
    pieces.append((points, faces, skin))
    if random.uniform() < 0.5:
        path = np.array([[2.6, -0.64, 0.43], [3.2, -0.74, 0.54], [9.0, -1.8, 1.6]]) * wide
        points, faces, _, _ = tube(path, np.array([0.78, 0.86, 1.2]) * wide, 26)
        pieces.append((points, faces, np.clip(random.uniform(0.05, 0.9, size=3), 0, 1)))
    grained = [(p, f, c * (1 + 0.05 * fractal(p, 3.0, 7, 2))[:, None]) for p, f, c in pieces]
    side = random.choice([-1.0, 1.0])
    rotation = turn("y", random.normal(scale=0.35) + (0 if side > 0 else np.pi))
    return [joined(grained, roughness=0.5, specular=0.4).moved(rotation)], wide
