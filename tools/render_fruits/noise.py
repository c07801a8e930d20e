"""Seeded noise and spot patterns on surfaces; arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

Array = np.ndarray
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def smooth(x: Array, low: float, high: float) -> Array:
    """Smoothstep: 0 below `low`, 1 above `high` (or the reverse where low > high)."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def gradient_noise(points: Array, seed: int) -> Array:
    """Perlin gradient noise at `points` (N, 3), about -1..1, one lattice cell a unit."""
    random = np.random.default_rng(seed)
    gradients = random.normal(size=(256, 3))
    gradients /= np.linalg.norm(gradients, axis=1, keepdims=True)
    cell = np.floor(points).astype(np.int64)
    inside = points - cell
    fade = inside**3 * (inside * (inside * 6 - 15) + 10)
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        offset = np.array(corner)
        at = cell + offset
        key = (at[:, 0] * 73856093) ^ (at[:, 1] * 19349663) ^ (at[:, 2] * 83492791)
        key = ((key ^ (key >> 13)) * 1274126177) & 255
        slope = np.einsum("ij,ij->i", gradients[key], inside - offset)
        weight = np.prod(np.where(offset, fade, 1 - fade), axis=1)
        total += weight * slope
    return 1.6 * total


def fractal(points: Array, frequency: float, seed: int, octaves: int = 4, gain: float = 0.5) -> Array:
    """Sum of octaves of gradient noise, about -1..1."""
    total, amplitude, norm = np.zeros(len(points)), 1.0, 0.0
    for octave in range(octaves):
        total += amplitude * gradient_noise(points * frequency * 2.0**octave + 17.3 * octave, seed + octave)
        norm += amplitude
        amplitude *= gain
    return total / norm * 1.3


def spiral_points(count: int, random: np.random.Generator | None = None, jitter: float = 0.0) -> Array:
    """`count` evenly spread unit vectors in a golden spiral, as leaves and drupelets grow; (count, 3)."""
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    around = index * GOLDEN_ANGLE
    rho = np.sqrt(1 - z * z)
    points = np.stack([rho * np.cos(around), rho * np.sin(around), z], axis=1)
    if random is not None and jitter:
        points += random.normal(scale=jitter * np.sqrt(4 * np.pi / count), size=points.shape)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points


def nearest(points: Array, centres: Array) -> tuple[Array, Array, Array]:
    """Distance to the nearest and second nearest centre, and the nearest one's index; each (N,)."""
    distance, index = cKDTree(centres).query(points, k=2)
    return distance[:, 0], distance[:, 1], index[:, 0]
