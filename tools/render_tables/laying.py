"""Fruits laid on a table: which individual, how it rests, where it finds room. Lengths in radii of an orange."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from tools.render_fruits import grounds as twigs
from tools.render_fruits.fruits import FRUITS
from tools.render_fruits.meshes import Array, Fruit, Part
from tools.render_market import packing
from tools.render_market.varieties import dressed
from tools.render_tables import plan

Random = np.random.Generator
DETAIL = 0.4
APART = 0.07
# Skins that are met on a table; rare varieties that look like another kind are left out.
SKINS = {
    "Banana": [(0.4, "ecc83c"), (0.12, "ccc44c"), (0.14, "deb440"), (0.14, "f0d868")],
    "Kiwi": [(0.25, "7c6236"), (0.15, "94784a")],
    "Lemon": [(0.6, "f8da3c"), (0.25, "f4dc64")],
    "Limes": [(0.45, "5c8a2a"), (0.3, "447020")],
    "Orange": [(0.4, "f09020"), (0.15, "ec8424")],
    "Pineapple": [(0.2, "c0883c"), (0.16, "7c7a3c"), (0.1, "a89048"), (0.3, "74604c")],
    "Plum": [(0.2, "3a2440"), (0.15, "5c2c3c"), (0.15, "4c3a66")],
    "Strawberry": [(0.45, "d82420"), (0.2, "b81c1c")],
}


@lru_cache(maxsize=400)
def grown(kind: str, split: str, number: int) -> Fruit:
    """One individual of the tables; Training and Test have none in common."""
    random = plan.seeded("tables", split, kind, number)
    extra = {"crown": number % 4 != 0} if kind == "Pineapple" else {}
    return dressed(kind, FRUITS[kind](random, DETAIL, **extra), random, skins=SKINS)


@dataclass
class Laid:
    """A fruit on the table: its individual, its meshes, the two ends of its axis in space, and its footprint."""

    kind: str
    individual: str
    item: packing.Item
    footprint: Array = field(repr=False)

    @property
    def stem(self) -> Array:
        """Where the stalk was; on a pineapple the foot of its crown."""
        points = self.item.parts[0].points
        return (points[-8:] if self.kind == "Banana" else points[:8]).mean(axis=0)

    @property
    def tip(self) -> Array | None:
        """The other end of a banana; None for other kinds."""
        return self.item.parts[0].points[:8].mean(axis=0) if self.kind == "Banana" else None

    def moved(self, shift: Array) -> Laid:
        return Laid(self.kind, self.individual, self.item.moved(shift), self.footprint + shift[[0, 2]])


def _pose(kind: str, random: Random) -> str:
    if kind == "Pineapple":
        return "standing" if random.uniform() < 0.35 else "lying"
    if kind == "Strawberry":
        return "lying" if random.uniform() < 0.6 else "any"
    return "lying" if random.uniform() < 0.35 else "any"


def resting(kind: str, split: str, random: Random) -> Laid:
    """A random individual of a kind, at rest at the origin."""
    number = int(random.integers(plan.INDIVIDUALS[split]))
    fruit = grown(kind, split, number)
    short = 0.75 if kind == "Pineapple" and number % 4 == 0 else 1.0
    radius = plan.SIZES[kind] * short * random.uniform(0.9, 1.1)
    item = packing.resting(kind, fruit, random, radius, _pose(kind, random))
    points = item.points()[:, [0, 2]]
    keep = random.choice(len(points), min(400, len(points)), replace=False)
    individual = f"{kind.lower()}-{split.lower()}-{number + 1:02d}"
    return Laid(kind, individual, item, points[keep])


def _free(laid: Laid, others: list[Laid]) -> bool:
    return all(cKDTree(other.footprint).query(laid.footprint)[0].min() > APART for other in others)


def lay(split: str, count: int, random: Random, half: float) -> list[Laid]:
    """Up to `count` fruits within a square of half width `half`; some touch, so that one may hide another."""
    laid: list[Laid] = []
    for _ in range(count):
        kind = str(random.choice(plan.KINDS))
        if laid and random.uniform() < 0.2:
            kind = laid[-1].kind
        if kind == "Pineapple" and any(other.kind == "Pineapple" for other in laid):
            kind = str(random.choice([name for name in plan.KINDS if name != "Pineapple"]))
        fresh = resting(kind, split, random)
        beside = laid and random.uniform() < 0.6
        for attempt in range(24):
            if beside and attempt < 12:
                first = laid[random.integers(len(laid))]
                angle = random.uniform(0, 2 * np.pi)
                away = (first.item.reach + fresh.item.reach) * random.uniform(0.55, 1.05)
                spot = first.item.centre + away * np.array([np.sin(angle), 0, np.cos(angle)])
            else:
                spot = np.array([random.uniform(-half, half), 0, random.uniform(-half, half)])
            if np.abs(spot[[0, 2]]).max() > half:
                continue
            placed = fresh.moved(spot * [1, 0, 1])
            if _free(placed, laid):
                laid.append(placed)
                break
    return laid


def props(laid: list[Laid], random: Random, half: float) -> list[Part]:
    """A few leaves that may hide a part of a fruit."""
    if random.uniform() > 0.22:
        return []
    spot = random.uniform(-half, half, size=2)
    if laid:
        near = laid[random.integers(len(laid))].item
        spot = near.centre[[0, 2]] + [random.normal(scale=0.5), near.reach * random.uniform(0.8, 1.2)]
    return [twigs.twig(random, np.array([spot[0], 0.0, spot[1]]), random.uniform(0.5, 0.9))]
