"""What is drawn for each split, and the seeds that keep Training and Test apart; needs no renderer."""

from __future__ import annotations

from dataclasses import dataclass

from tools.render_market.plan import seeded

# Kinds that differ clearly in shape or colour, in the order of their labels.
KINDS = ("Banana", "Kiwi", "Lemon", "Limes", "Orange", "Pineapple", "Plum", "Strawberry")
# Half the length of each, in radii of an orange: small fruits are drawn a little larger than they grow.
SIZES = {
    "Banana": 1.6,
    "Kiwi": 0.85,
    "Lemon": 0.95,
    "Limes": 0.8,
    "Orange": 1.0,
    "Pineapple": 1.9,
    "Plum": 0.78,
    "Strawberry": 0.66,
}
# letter in the file name, scenes
SCENES = {"Training": ("t", 900), "Test": ("u", 240)}
INDIVIDUALS = {"Training": 24, "Test": 12}
CAMERAS = {"Training": 60, "Test": 24}
GROUNDS_OF_EACH = {"Training": 5, "Test": 2}
# How many fruits a scene is laid with, and how often.
COUNTS = {1: 0.22, 2: 0.28, 3: 0.2, 4: 0.14, 5: 0.09, 6: 0.07}
# Every so many scenes, one shows no fruit at all.
EMPTY_EVERY = 16
# A fruit is left out of the scene unless this share of it and this many pixels are seen.
LEAST_SEEN, LEAST_PIXELS = 0.3, 45


@dataclass(frozen=True)
class GroundKind:
    """A kind of ground: the painter's name, one word for a caption, and what its pattern is."""

    painter: str
    name: str
    pattern: str


GROUND_KINDS = (
    GroundKind("boards", "wood", "grain"),
    GroundKind("wood", "wood", "planks"),
    GroundKind("stripes", "cloth", "stripes"),
    GroundKind("checks", "cloth", "checks"),
    GroundKind("dots", "cloth", "dots"),
    GroundKind("printed_cloth", "cloth", "print"),
    GroundKind("burlap", "cloth", "weave"),
    GroundKind("tiles", "tiles", "tiles"),
    GroundKind("marble", "marble", "veins"),
    GroundKind("granite", "stone", "speckles"),
    GroundKind("paper", "paper", "creases"),
    GroundKind("newsprint", "newspaper", "print"),
    GroundKind("cardboard", "cardboard", "plain"),
    GroundKind("leaves", "leaves", "leaves"),
    GroundKind("straw", "straw", "stalks"),
    GroundKind("turf", "grass", "blades"),
    GroundKind("metal", "metal", "brushed"),
    GroundKind("plain", "plastic", "plain"),
)
# Patterns that a detector may take for fruit; scenes without fruit often lie on them.
MISLEADING = ("stripes", "checks", "dots", "print", "leaves")


@dataclass(frozen=True)
class Ground:
    """One ground; its name is the seed that it is painted from."""

    split: str
    kind: GroundKind
    number: int

    @property
    def id(self) -> str:
        return f"{self.kind.painter}-{self.split.lower()}-{self.number:02d}"


def grounds(split: str) -> list[Ground]:
    """All grounds of a split; no other split has one of them."""
    return [
        Ground(split, kind, number + 1) for number in range(GROUNDS_OF_EACH[split]) for kind in GROUND_KINDS
    ]


def name(split: str, number: int) -> str:
    """The file name of a scene, without its ending."""
    return f"{SCENES[split][0]}{number:04d}"


__all__ = ["KINDS", "GROUND_KINDS", "Ground", "GroundKind", "grounds", "name", "seeded"]
