"""Where fruit comes to rest: poses on the ground, heaps, rows. Lengths in radii of the picture's own fruit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tools.render_fruits.meshes import Array, Fruit, Part, turn

Random = np.random.Generator


@dataclass
class Item:
    """One fruit, or one piece of a fruit, in a scene."""

    kind: str
    parts: list[Part]
    centre: Array
    reach: float
    height: float
    own: bool = False
    notes: dict = field(default_factory=dict)

    def points(self) -> Array:
        return np.concatenate([part.points for part in self.parts])

    def moved(self, shift: Array, rotation: Array | None = None) -> Item:
        """A copy, turned about the origin and then shifted."""
        rotation = np.eye(3) if rotation is None else rotation
        parts = [part.moved(rotation, shift) for part in self.parts]
        return Item(
            self.kind, parts, rotation @ self.centre + shift, self.reach, self.height, self.own, self.notes
        )


def resting(
    kind: str, fruit: Fruit, random: Random, radius: float, pose: str = "any", heading: float | None = None
) -> Item:
    """The fruit on y = 0 at the origin, scaled to about `radius`.

    `pose`: any, standing (stem up), lying, or facing (a section up, or leaning towards +z). `heading`: its turn
    about the vertical, radians; any where it is None.
    """
    stand = turn("x", -np.pi / 2)
    if fruit.lying_turn == "section":
        lean = random.uniform(0.0, 0.25) if random.uniform() < 0.5 else random.uniform(0.5, 1.35)
        matrix = (
            turn("z", random.normal(scale=0.1)) @ turn("x", lean) @ turn("y", random.uniform(0, 6.3)) @ stand
        )
        heading = random.normal(scale=0.5) if heading is None else heading
    elif fruit.lying_turn == "crescent":
        if fruit.notes.get("bunch"):
            matrix = turn("x", random.choice([0.0, 0.4, -0.3, np.pi, np.pi / 2])) @ stand
        else:
            matrix = turn("x", random.choice([0.0, np.pi / 2, 1.2, -np.pi / 2])) @ stand
    elif pose == "standing":
        matrix = turn("z", random.normal(scale=0.12)) @ stand
    elif pose == "lying":
        matrix = (
            turn("x", random.normal(scale=0.1)) @ turn("z", np.pi / 2 + random.normal(scale=0.15)) @ stand
        )
        matrix = matrix @ turn("z", random.uniform(0, 6.3))
    else:
        matrix = turn("x", random.normal(scale=0.5)) @ turn("z", random.uniform(0, 2.4)) @ stand
        matrix = matrix @ turn("z", random.uniform(0, 6.3))
    matrix = turn("y", random.uniform(0, 2 * np.pi) if heading is None else heading) @ matrix
    framed = fruit.points(framed=True)
    scale = radius / (np.ptp(framed, axis=0).max() / 2)
    turned = framed @ matrix.T * scale
    middle = (turned.max(axis=0) + turned.min(axis=0)) / 2
    shift = np.array([-middle[0], -turned[:, 1].min(), -middle[2]])
    reach = float(np.linalg.norm((turned - middle)[:, [0, 2]], axis=1).max())
    high = float(np.ptp(turned[:, 1]))
    parts = [part.moved(matrix * scale, shift) for part in fruit.parts]
    return Item(kind, parts, np.array([0, high / 2, 0]), reach, high)


def beside(
    items: list[Item], item: Item, random: Random, near: float = 0.92, far: float = 1.3
) -> Item | None:
    """The item put next to the first one where nothing stands yet, or None."""
    first = items[0]
    for _ in range(10):
        angle = random.uniform(0, 2 * np.pi)
        away = (first.reach + item.reach) * random.uniform(near, far)
        spot = np.array([np.sin(angle) * away, 0, np.cos(angle) * away]) + first.centre * [1, 0, 1]
        free = all(
            np.linalg.norm((spot - other.centre)[[0, 2]]) > 0.9 * (item.reach + other.reach)
            for other in items[1:]
        )
        if free:
            return item.moved(spot)
    return None


def _fall(at: Array, radius: float, spots: Array, radii: Array, floor: float) -> Array:
    """Height of the centre of a ball let down at each of `at` (N, 2) on balls `spots` (M, 3)."""
    low = np.full(len(at), floor + radius)
    if len(spots):
        away = np.linalg.norm(at[:, None] - spots[None, :, [0, 2]], axis=2)
        touch = radii[None] + radius
        up = spots[None, :, 1] + np.sqrt(np.clip(touch**2 - away**2, 0, None))
        low = np.maximum(low, np.where(away < touch, up, -np.inf).max(axis=1))
    return low


def heap(
    makers,
    random: Random,
    count: int,
    half: tuple[float, float],
    floor: float = 0.0,
    crown: float = 1.0,
    tight: float = 0.86,
    limit: float = 9.0,
) -> list[Item]:
    """Fruit let down one after another, each where it comes to lie lowest, within a rectangle of half widths `half`.

    `makers`: a call gives the next item at rest on the ground; `crown` below 1 keeps the upper layers inside
    (1 fills to the walls); `tight` is the ball's radius in the item's mean radius; no centre above `limit`.
    """
    items: list[Item] = []
    spots, radii = np.zeros((0, 3)), np.zeros(0)
    for number in range(count):
        item = makers()
        radius = tight * (0.5 * item.reach + 0.25 * item.height)
        keep = 1.0 if crown >= 1 else 1.0 - (1 - crown) * number / count
        room = np.maximum(np.array(half) * keep - 0.8 * radius, 0.01)
        at = random.uniform(-1, 1, size=(26, 2)) * room
        low = _fall(at, radius, spots, radii, floor)
        best = int(np.argmin(low + random.uniform(0, 0.12 * radius, size=len(low))))
        if low[best] > floor + limit:
            break
        spot = np.array([at[best, 0], low[best], at[best, 1]])
        spots, radii = np.concatenate([spots, spot[None]]), np.append(radii, radius)
        items.append(item.moved(spot - item.centre))
    return items


def rows(
    makers,
    random: Random,
    count: tuple[int, int],
    layers: int,
    pitch: tuple[float, float],
    floor: float = 0.0,
) -> list[Item]:
    """Fruit laid in straggling rows, the upper layers in the hollows; pitch across and deep, in items' widths."""
    items = []
    for layer in range(layers):
        step = 0.5 * (layer % 2)
        for row in range(count[1] - layer):
            for column in range(count[0] - layer % 2):
                item = makers()
                x = (column + 0.5 * (row % 2) * (layers == 1) + step - (count[0] - 1) / 2) * pitch[0]
                z = (row + step - (count[1] - 1) / 2) * pitch[1]
                spot = np.array([x, floor + layer * 0.72 * item.height, z])
                items.append(item.moved(spot + random.normal(scale=0.05, size=3) * [pitch[0], 0.1, pitch[1]]))
    return items
