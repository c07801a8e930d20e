"""What is drawn for each split, and the seeds that keep Training and Test apart; needs no renderer."""

from __future__ import annotations

import zlib

import numpy as np

# market: letter in the file name and pictures a class; individuals, textures of each surface, photographers
PICTURES = {"Training": ("m", 120), "Test": ("n", 40)}
INDIVIDUALS = {"Training": 22, "Test": 11}
TEXTURES = {"Training": 9, "Test": 4}
PHOTOGRAPHERS = {"Training": 60, "Test": 24}
# Market fruit is meshed finely where it is large, coarsely in heaps: two individuals, not one twice.
FINE, COARSE = 0.5, 0.34


def seed(*names: str | int) -> int:
    """The seed that belongs to these names."""
    return zlib.crc32("/".join(map(str, names)).encode())


def seeded(*names: str | int) -> np.random.Generator:
    """A generator that depends on the names alone, not on what was drawn before."""
    return np.random.default_rng(seed(*names))


def individual(split: str, class_name: str, number: int, detail: float) -> tuple[str | int, ...]:
    """Names of the generator a market fruit grows from."""
    return "market", split, class_name, number, round(100 * detail)


def texture(split: str, surface: str, number: int) -> tuple[str | int, ...]:
    """Names of the generator a ground or wall is painted from."""
    return "surface", split, surface, number


def photographer(split: str, number: int) -> tuple[str | int, ...]:
    """Names of the generator a photographer's camera and habits are drawn from."""
    return "photographer", split, number
