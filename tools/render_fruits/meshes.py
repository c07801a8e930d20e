"""Triangle meshes with a colour at each vertex: bodies of revolution, tubes, blades."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray


def linear(colour: Array) -> Array:
    """sRGB 0..1 to linear light, which is what the renderer computes in."""
    colour = np.clip(colour, 0.0, 1.0)
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def rgb(text: str) -> Array:
    """'e08020' to an array of three floats 0..1 (sRGB)."""
    return np.array([int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)])


def mix(first: Array, second: Array, weight: Array | float) -> Array:
    """Blend two colours; `weight` (N,) or a number: 0 gives the first."""
    weight = np.asarray(weight, dtype=float)
    if weight.ndim == 1:
        weight = weight[:, None]
    return first * (1 - weight) + second * weight


@dataclass
class Part:
    """One mesh with one surface finish; colours are sRGB 0..1, one a vertex."""

    points: Array
    faces: Array
    colours: Array
    roughness: float = 0.5
    specular: float = 0.5
    sheen: float = 0.0
    normals: Array | None = None

    def __post_init__(self) -> None:
        if self.normals is None:
            self.normals = normals(self.points, self.faces)

    def moved(self, matrix: Array, shift: Array | float = 0.0) -> Part:
        """A copy with points multiplied by `matrix` (3, 3; a rotation and one scale) and shifted."""
        turned = self.normals @ matrix.T
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
        finish = (self.roughness, self.specular, self.sheen)
        return Part(self.points @ matrix.T + shift, self.faces, self.colours, *finish, normals=turned)


@dataclass
class Fruit:
    """A whole fruit: its parts, its size beside others, and how it lies (crescent) or stands.

    `notes`: "frame" is how many parts should fill the frame (without hairs and bracts); "spread" is how much
    wider than others a long or crowned fruit is shown on the market.
    """

    parts: list[Part]
    size: float = 1.0
    lying_turn: str = "pole"
    notes: dict = field(default_factory=dict)

    def points(self, framed: bool = False) -> Array:
        """All vertices; with `framed` only those that should fill the frame, without hairs and bracts."""
        parts = self.parts[: self.notes.get("frame")] if framed else self.parts
        return np.concatenate([part.points for part in parts])


def normals(points: Array, faces: Array) -> Array:
    """Area-weighted unit normals at the vertices (N, 3)."""
    a, b, c = (points[faces[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(points)
    for i in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, i], weights=face[:, axis], minlength=len(points))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def _grid_faces(rows: int, columns: int, wrap: bool) -> Array:
    r = np.arange(rows - 1)[:, None]
    c = np.arange(columns if wrap else columns - 1)[None, :]
    right = (c + 1) % columns
    a, b = r * columns + c, r * columns + right
    d, e = (r + 1) * columns + c, (r + 1) * columns + right
    return np.concatenate(
        [np.stack([a, d, b], -1).reshape(-1, 3), np.stack([b, d, e], -1).reshape(-1, 3)]
    ).astype(np.uint32)


class Body:
    """A closed body of revolution about z that can be pushed in and out along its normals.

    `polar` runs from 0 (top, the stem) to pi; `around` from -pi to pi; `direction` are unit vectors.
    """

    def __init__(self, rows: int, columns: int, radius, height):
        polar = np.linspace(1e-4, np.pi - 1e-4, rows)
        around = np.linspace(-np.pi, np.pi, columns, endpoint=False)
        self.polar, self.around = (g.ravel() for g in np.meshgrid(polar, around, indexing="ij"))
        self.direction = np.stack(
            [
                np.sin(self.polar) * np.cos(self.around),
                np.sin(self.polar) * np.sin(self.around),
                np.cos(self.polar),
            ],
            axis=1,
        )
        rho, z = radius(self.polar), height(self.polar)
        self.points = np.stack([rho * np.cos(self.around), rho * np.sin(self.around), z], axis=1)
        self.faces = _grid_faces(rows, columns, wrap=True)
        self.colours = np.ones_like(self.points)

    def push(self, amount: Array) -> None:
        """Move each vertex along its normal by `amount` (N,); positive is outwards."""
        self.points = self.points + normals(self.points, self.faces) * np.asarray(amount)[:, None]

    def part(self, roughness: float, specular: float = 0.5, sheen: float = 0.0) -> Part:
        return Part(self.points, self.faces, np.clip(self.colours, 0, 1), roughness, specular, sheen)


def tube(path: Array, radius: Array, sides: int = 12, section=None) -> tuple[Array, Array, Array, Array]:
    """Sweep a circle (or `section(angle)` times it) along `path` (n, 3).

    Returns points, faces, position along the path 0..1 and angle, the last two one a vertex.
    """
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    start = np.array([0.0, 1.0, 0.0]) if abs(tangent[0, 1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = []
    for direction in tangent:
        start = start - direction * (start @ direction)
        start = start / np.linalg.norm(start)
        side.append(start)
    side = np.array(side)
    up = np.cross(tangent, side)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    scale = np.ones(sides) if section is None else section(angle)
    ring = (
        np.cos(angle)[None, :, None] * side[:, None, :] + np.sin(angle)[None, :, None] * up[:, None, :]
    ) * scale[None, :, None]
    points = (path[:, None, :] + ring * np.asarray(radius)[:, None, None]).reshape(-1, 3)
    along = np.repeat(np.linspace(0, 1, len(path)), sides)
    return points, _grid_faces(len(path), sides, wrap=True)[:, ::-1], along, np.tile(angle, len(path))


def blade(length: float, width: float, curl: float, rise: float, rows: int = 9) -> tuple[Array, Array, Array]:
    """A pointed leaf that starts at the origin, leaves along x, bends by `curl` radians from angle `rise`.

    Returns points (3 columns across, slightly folded), faces and position along the leaf 0..1.
    """
    s = np.linspace(0, 1, rows)
    angle = rise + curl * s
    step = length / (rows - 1)
    x = np.concatenate([[0], np.cumsum(np.cos(angle[:-1]) * step)])
    z = np.concatenate([[0], np.cumsum(np.sin(angle[:-1]) * step)])
    half = width / 2 * np.sqrt(np.clip(1 - s, 0, 1)) * (0.55 + 0.45 * np.sin(np.pi * np.minimum(s + 0.25, 1)))
    rows_points = []
    for i in range(rows):
        for across in (-1, 0, 1):
            rows_points.append([x[i], across * half[i], z[i] + 0.18 * half[i] * abs(across)])
    return np.array(rows_points), _grid_faces(rows, 3, wrap=False), np.repeat(s, 3)


def turn(axis: str, angle: float) -> Array:
    """Rotation matrix (3, 3) about 'x', 'y' or 'z' by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    if axis == "x":
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if axis == "y":
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def joined(pieces: list[tuple[Array, Array, Array]], **finish: float) -> Part:
    """One Part of several (points, faces, colours)."""
    points, faces, colours, offset = [], [], [], 0
    for piece_points, piece_faces, piece_colours in pieces:
        points.append(piece_points)
        faces.append(piece_faces.astype(np.int64) + offset)
        colours.append(np.broadcast_to(piece_colours, piece_points.shape))
        offset += len(piece_points)
    return Part(np.concatenate(points), np.concatenate(faces), np.concatenate(colours), **finish)
