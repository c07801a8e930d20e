"""The scenes of the market set: what lies where, before the camera is set up.

Each function of SCENES fills a `Stage`. Lengths are in radii of the picture's own fruit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from tools.render_fruits import grounds
from tools.render_fruits.fruits import FRUITS
from tools.render_fruits.meshes import Array, Fruit, Part, turn
from tools.render_market import furnishing, hands, packing
from tools.render_market.cut import FLESH, bunch, piece
from tools.render_market.packing import Item
from tools.render_market.plan import COARSE, FINE, INDIVIDUALS, individual, seeded
from tools.render_market.varieties import dressed

Random = np.random.Generator
NEIGHBOURS = 5
LONG = ("Banana", "Pineapple")
SMALL = ("Raspberry", "Strawberry")
# What one meets in nets, in punnets, standing up in rows.
NETTED = ("Orange", "Clementine", "Mandarine", "Lemon", "Limes", "Avocado", "Kiwi", "Cocos")
BOXED = ("Raspberry", "Strawberry", "Apricot", "Plum", "Peach", "Kiwi", "Clementine", "Mandarine", "Limes")


@lru_cache(maxsize=1200)
def grown(class_name: str, split: str, number: int, detail: float) -> Fruit:
    """One individual of the market; `detail` tells the finely meshed from the coarse ones."""
    random = seeded(*individual(split, class_name, number, detail))
    extra = {"crown": number % 2 == 0} if class_name == "Pineapple" else {}
    return dressed(class_name, FRUITS[class_name](random, detail, **extra), random)


@dataclass
class Stage:
    """A scene being built; what a scene wants of the camera is in `span` and the fields below it."""

    class_name: str
    split: str
    random: Random
    items: list[Item] = field(default_factory=list)
    props: list[Part] = field(default_factory=list)
    cards: list[dict] = field(default_factory=list)
    span: tuple[float, float] = (1.2, 3.5)  # half the picture's width at the fruit
    elevation: tuple[float, float] = (12, 88)
    azimuth: float | None = None  # spread about the front, degrees; None is any side
    floor: str | None = None  # a surface, where the scene asks for one
    floor_height: float = 0.0
    wall: bool = True
    bright: bool = False
    film: bool = False
    aim: Array | None = None

    def fruit(self, kind: str | None = None, fine: bool = True, few: bool = False) -> Fruit:
        """A random individual; the other kinds have few, so that they need not be grown for one picture."""
        kind = kind or self.class_name
        count = INDIVIDUALS[self.split] if kind == self.class_name and not few else NEIGHBOURS
        number = int(self.random.integers(count))
        single = grown(kind, self.split, number, FINE if fine else COARSE)
        if kind == "Banana" and self.random.uniform() < 0.55:
            hand = [single] + [
                grown(kind, self.split, (number + i) % count, COARSE)
                for i in range(1, int(self.random.integers(2, 6)))
            ]
            return bunch(hand, self.random)
        return single

    def radius(self, fruit: Fruit, kind: str) -> float:
        """Its radius beside the picture's own kind."""
        own = grown(self.class_name, self.split, 0, COARSE).size
        spread = fruit.notes.get("spread", 1.0) if kind == self.class_name else 1.0
        if kind == self.class_name:
            return spread * self.random.uniform(0.88, 1.12)
        return float(np.clip(fruit.size / own, 0.35, 2.4)) * self.random.uniform(0.9, 1.1)

    def item(
        self, kind: str | None = None, fine: bool = True, pose: str = "any", heading: float | None = None
    ) -> Item:
        kind = kind or self.class_name
        fruit = self.fruit(kind, fine)
        return packing.resting(kind, fruit, self.random, self.radius(fruit, kind), pose, heading)

    def cut_item(self, kind: str | None = None, slice_only: bool = False) -> Item:
        kind = kind or self.class_name
        whole = grown(kind, self.split, int(self.random.integers(NEIGHBOURS)), FINE)
        part = piece(kind, whole, self.random, slice_only)
        scale = (
            part.size / whole.size
            if kind == self.class_name
            else part.size / grown(self.class_name, self.split, 0, COARSE).size
        )
        return packing.resting(kind, part, self.random, float(np.clip(scale, 0.25, 2.2)))

    def other(self) -> str:
        kinds = [name for name in FRUITS if name != self.class_name]
        return kinds[self.random.integers(len(kinds))]

    def company(self, most: int, fine: bool = False) -> None:
        """Up to `most` fruits of other kinds, or of the same, around the first item."""
        for _ in range(int(self.random.integers(0, most + 1))):
            kind = self.class_name if self.random.uniform() < 0.3 else self.other()
            placed = packing.beside(self.items, self.item(kind, fine), self.random)
            if placed is not None:
                self.items.append(placed)

    def pile(
        self, kind: str, half: tuple[float, float], layers: float, floor: float = 0.0, crown: float = 0.75
    ) -> list[Item]:
        """Fruit of one kind within a rectangle, as deep as `layers`; long kinds in rows."""
        ratio = 1.0 if kind == self.class_name else self.radius(grown(kind, self.split, 0, COARSE), kind)
        if kind in LONG:
            heading = self.random.choice([0.0, np.pi / 2]) + self.random.normal(scale=0.1)
            standing = kind == "Pineapple" and self.random.uniform() < 0.5
            pose = "standing" if standing else "lying"
            wide = 1.1 * ratio if standing else 2.0 * ratio
            thick = 1.1 * ratio if standing or kind == "Pineapple" else 0.8 * ratio
            across, deep = (thick, wide) if abs(np.cos(heading)) < 0.5 else (wide, thick)
            count = (max(1, round(2 * half[0] / across)), max(1, round(2 * half[1] / deep)))
            count = (min(count[0], 7), min(count[1], 7))
            layers_here = 1 if standing else min(2, max(1, round(layers)))
            return packing.rows(
                lambda: self.item(kind, False, pose, heading + self.random.normal(scale=0.12)),
                self.random,
                count,
                layers_here,
                (across, deep),
                floor,
            )
        count = int(np.clip(layers * 4 * half[0] * half[1] / (2.6 * ratio**2), 3, 60))
        limit = (0.2 + 1.35 * layers) * ratio
        return packing.heap(
            lambda: self.item(kind, False), self.random, count, half, floor, crown, limit=limit
        )

    def price(self, where: Array, chance: float = 0.5) -> None:
        if self.random.uniform() < chance:
            self.cards.append(
                furnishing.label(
                    self.random, where, self.random.uniform(0.4, 0.8), self.random.uniform(0.1, 0.7)
                )
            )


def table(stage: Stage) -> None:
    """One fruit or a few on a ground."""
    stage.items.append(stage.item())
    stage.company(4)
    if stage.random.uniform() < 0.15:
        where = np.array([stage.random.normal(), 0, stage.random.uniform(0.9, 1.6)])
        stage.props.append(grounds.twig(stage.random, where, stage.random.uniform(0.5, 1.0)))
    stage.span = (1.15, 4.2)


def product(stage: Stage) -> None:
    """A shop's picture on white: one whole fruit, or with a half or slices before it."""
    stage.items.append(stage.item())
    draw = stage.random.uniform()
    if draw < 0.25:
        for _ in range(int(stage.random.integers(1, 3))):
            maker = stage.cut_item if stage.class_name in FLESH else stage.item
            placed = packing.beside(stage.items, maker(), stage.random, 0.85, 1.05)
            if placed is not None:
                stage.items.append(placed)
    elif draw < 0.38:
        stage.items = stage.pile(stage.class_name, (1.4, 1.0), 1.0)
    stage.floor, stage.wall, stage.bright = "white", True, True
    stage.span = (0.75, 1.2) if stage.class_name in LONG else (0.9, 1.4)
    stage.elevation = (5, 75)


def several(stage: Stage) -> None:
    """A few of the same kind lying about, perhaps a cut one among them."""
    stage.items.append(stage.item())
    for _ in range(int(stage.random.integers(2, 8))):
        cut = stage.class_name in FLESH and stage.random.uniform() < 0.15
        placed = packing.beside(
            stage.items, stage.cut_item() if cut else stage.item(fine=False), stage.random, 0.9, 2.4
        )
        if placed is not None:
            stage.items.append(placed)
    stage.span = (1.6, 4.5)


def heaped(stage: Stage) -> None:
    """The picture full of one kind."""
    stage.items = stage.pile(stage.class_name, (4.0, 3.6), 1.7, crown=0.95)
    stage.span, stage.elevation, stage.aim = (1.3, 3.2), (35, 89), np.zeros(3)
    stage.price(np.array([stage.random.normal(), 1.6, 1.5]), 0.2)


def crate(stage: Stage) -> None:
    """A box of wood, plastic, carton or wire, full of one kind."""
    half = (stage.random.uniform(2.2, 3.6), stage.random.uniform(1.9, 3.0))
    kind = str(stage.random.choice(["wood", "wood", "plastic", "carton", "wire"]))
    if kind == "wood":
        reach = max(half)
        half = (reach, reach)
        stage.props += grounds.crate(stage.random, reach)
    else:
        stage.props += furnishing.walls(stage.random, half, stage.random.uniform(0.9, 1.6), kind)
    stage.items = stage.pile(
        stage.class_name, (half[0] * 0.96, half[1] * 0.96), stage.random.uniform(0.9, 1.8), crown=0.8
    )
    stage.price(np.array([stage.random.uniform(-1, 1), 0.9, half[1] + 0.2]), 0.5)
    stage.floor_height = -0.11
    stage.span, stage.elevation, stage.azimuth, stage.aim = (2.0, 4.6), (25, 88), 40, np.zeros(3)


def stall(stage: Stage) -> None:
    """Blocks of several kinds side by side, as on a stall or in a shop's display."""
    wide, deep = stage.random.uniform(1.6, 2.4), stage.random.uniform(1.5, 2.4)
    walled = str(stage.random.choice(["plastic", "carton", "wire", "none", "none"]))
    tilt = stage.random.uniform(0, 0.45)
    rotation = turn("x", tilt)
    for column in (-1, 0, 1):
        for row in (-1, 0) if stage.random.uniform() < 0.4 else (0,):
            kind = stage.class_name if column == 0 and row == 0 else stage.other()
            shift = rotation @ np.array([column * 2.05 * wide, 0, row * 2.05 * deep])
            block = stage.pile(kind, (wide * 0.95, deep * 0.95), 1.0, crown=0.8)
            block = block[:14] if kind != stage.class_name else block
            stage.items += [item.moved(shift, rotation) for item in block]
            if walled != "none":
                for part in furnishing.walls(stage.random, (wide, deep), 0.7, walled):
                    stage.props.append(part.moved(rotation, shift))
            stage.price(rotation @ np.array([column * 2.05 * wide, 0.6, row * 2.05 * deep + deep]), 0.55)
    stage.floor_height = -0.2 - 3.2 * deep * np.sin(tilt)
    stage.span, stage.elevation, stage.azimuth, stage.aim = (2.0, 5.0), (20, 75), 30, np.zeros(3)


def punnet(stage: Stage) -> None:
    """A small box or tray of fruit, alone or beside others of its sort."""
    small = stage.class_name in SMALL
    half = (stage.random.uniform(1.7, 2.6), stage.random.uniform(1.5, 2.1))
    kind = str(stage.random.choice(["tray", "carton", "tray", "plastic"]))
    count = int(stage.random.integers(1, 3))
    for i in range(count):
        shift = np.array([(i - 0.5 * (count - 1)) * 2.2 * half[0], 0, 0])
        filling = stage.class_name if i == 0 or stage.random.uniform() < 0.6 else stage.other()
        block = stage.pile(filling, half, 1.3 if small else 0.9, 0.05, 0.85)
        stage.items += [item.moved(shift) for item in block]
        stage.props += [
            part.moved(np.eye(3), shift)
            for part in furnishing.walls(stage.random, half, stage.random.uniform(0.6, 1.1), kind)
        ]
    stage.film = stage.random.uniform() < 0.4
    stage.price(np.array([0, 0.9, half[1] + 0.1]), 0.3)
    stage.floor_height = -0.08
    stage.span, stage.azimuth, stage.elevation = (1.8, 3.8), 60, (25, 88)


def netted(stage: Stage) -> None:
    """Fruit in a net, or in a clear plastic bag."""
    stage.items = stage.pile(
        stage.class_name, (stage.random.uniform(1.5, 2.2), stage.random.uniform(1.2, 1.8)), 0.9, crown=0.6
    )
    if stage.class_name in NETTED and stage.random.uniform() < 0.75:
        stage.props += furnishing.net(stage.items, stage.random)
    else:
        stage.film = True
    stage.span, stage.elevation = (1.6, 3.4), (15, 85)


def plated(stage: Stage) -> None:
    """On a plate: whole fruit, halves or slices, a few kinds at times."""
    reach = stage.random.uniform(2.0, 3.0)
    parts, floor = furnishing.plate(stage.random, reach)
    stage.props += parts
    cut = stage.class_name in FLESH and stage.random.uniform() < 0.5
    first = stage.cut_item() if cut else stage.item()
    stage.items.append(first)
    for _ in range(int(stage.random.integers(0, 6))):
        kind = stage.class_name if stage.random.uniform() < 0.7 else stage.other()
        more = (
            stage.cut_item(kind)
            if kind in FLESH and stage.random.uniform() < 0.5
            else stage.item(kind, False)
        )
        placed = packing.beside(stage.items, more, stage.random, 0.9, 1.3)
        if placed is not None and np.linalg.norm(placed.centre[[0, 2]]) < reach:
            stage.items.append(placed)
    stage.items = [item.moved(np.array([0, floor + 0.01, 0])) for item in stage.items]
    stage.span, stage.elevation = (1.6, 3.6), (20, 89)


def bowled(stage: Stage) -> None:
    """A bowl or basket of fruit: one kind, or mixed."""
    reach = stage.random.uniform(1.9, 2.8)
    parts, floor = furnishing.bowl(stage.random, reach)
    stage.props += parts
    inner = (0.72 * reach, 0.72 * reach)
    if stage.random.uniform() < 0.5 or stage.class_name in LONG:
        kinds = [stage.class_name, stage.class_name, stage.other(), stage.other()]
        count = int(stage.random.integers(4, 9))
        order = iter([stage.class_name] + [str(kinds[stage.random.integers(4)]) for _ in range(count - 1)])
        stage.items = packing.heap(
            lambda: stage.item(next(order), False), stage.random, count, inner, floor, 0.8, limit=0.62 * reach
        )
    else:
        stage.items = packing.heap(
            lambda: stage.item(fine=False),
            stage.random,
            int(stage.random.integers(5, 16)),
            inner,
            floor,
            0.7,
            limit=0.62 * reach,
        )
    stage.span, stage.elevation = (1.8, 3.6), (18, 80)


def cut_open(stage: Stage) -> None:
    """Halves and slices on a board or a table, with a whole fruit, perhaps a knife."""
    pieces = stage.class_name in FLESH
    stage.items.append(stage.cut_item() if pieces else stage.item())
    for _ in range(int(stage.random.integers(1, 7))):
        whole = not pieces or stage.random.uniform() < 0.3
        placed = packing.beside(
            stage.items, stage.item(fine=False) if whole else stage.cut_item(), stage.random, 0.85, 1.6
        )
        if placed is not None:
            stage.items.append(placed)
    if stage.random.uniform() < 0.55:
        stage.props += furnishing.board(
            stage.random, (stage.random.uniform(3, 4.5), stage.random.uniform(2.2, 3.2))
        )
        stage.floor_height = -0.21
    if stage.random.uniform() < 0.35:
        stage.props.append(
            furnishing.knife(
                stage.random, np.array([stage.random.uniform(-2, 2), 0.0, stage.random.uniform(1.4, 2.2)])
            )
        )
    stage.span, stage.elevation = (1.2, 3.0), (22, 89)


def close_cut(stage: Stage) -> None:
    """One half or slice that fills the picture; where nobody cuts the fruit, one of it from near."""
    stage.items.append(stage.cut_item() if stage.class_name in FLESH else stage.item())
    stage.company(2)
    stage.span, stage.elevation, stage.azimuth = (0.85, 1.7), (30, 89), 50


def sliced(stage: Stage) -> None:
    """Slices scattered over a ground or a plate."""
    if stage.class_name not in FLESH:
        heaped(stage)
        return
    stage.items.append(stage.cut_item(slice_only=stage.class_name not in ("Cocos", "Avocado", "Pomegranate")))
    for _ in range(int(stage.random.integers(3, 12))):
        thin = stage.class_name not in ("Cocos", "Avocado", "Pomegranate")
        placed = packing.beside(stage.items, stage.cut_item(slice_only=thin), stage.random, 0.85, 2.6)
        if placed is not None:
            stage.items.append(placed)
    stage.span, stage.elevation = (1.4, 3.2), (35, 89)


def held(stage: Stage) -> None:
    """In a hand: one fruit, or a few small ones."""
    own = grown(stage.class_name, stage.split, 0, COARSE).size
    parts, wide = hands.hand(stage.random, float(np.clip(1.05 / own, 0.75, 2.6)))
    stage.props += parts
    stage.items.append(
        stage.cut_item() if stage.class_name in FLESH and stage.random.uniform() < 0.2 else stage.item()
    )
    if own < 0.65:
        for _ in range(int(stage.random.integers(0, 6))):
            placed = packing.beside(stage.items, stage.item(fine=False), stage.random)
            if placed is not None and np.linalg.norm(placed.centre) < 1.1 * wide:
                stage.items.append(placed)
    stage.floor_height = -stage.random.uniform(3, 8)
    stage.span, stage.elevation, stage.azimuth = (1.5, 3.0), (5, 60), 30


def in_leaves(stage: Stage) -> None:
    """Among leaves and twigs, as picked or just before."""
    table(stage)
    stage.floor = "leaves" if stage.random.uniform() < 0.5 else "turf"
    for _ in range(int(stage.random.integers(2, 6))):
        spot = stage.random.normal(scale=1.6, size=2)
        if np.linalg.norm(spot) > 0.9:
            stage.props.append(
                grounds.twig(stage.random, np.array([spot[0], 0, spot[1]]), stage.random.uniform(0.6, 1.2))
            )


SCENES: tuple[Callable[[Stage], None], ...] = (
    table, heaped, cut_open, product, stall,
    several, crate, bowled, close_cut, punnet,
    table, netted, plated, held, product,
    product, crate, cut_open, several, stall,
    in_leaves, sliced, product, bowled,
)  # fmt: skip
