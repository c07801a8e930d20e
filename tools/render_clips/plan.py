"""Which clips there are: motion, kind and individual of each, balanced and with individuals of their own per split."""

from __future__ import annotations

from dataclasses import dataclass

MOTIONS = ("rolls left", "rolls right", "rolls away", "rolls near")
KINDS = ("Apricot", "Avocado", "Banana", "Lemon", "Peach", "Pineapple", "Pomegranate", "Strawberry")
# split: individuals per kind; each shows every motion in CLIPS_EACH clips
INDIVIDUALS = {"Training": 13, "Test": 5}
CLIPS_EACH = {"Training": 1, "Test": 1}
FRAMES, SIZE = 8, 32


@dataclass(frozen=True)
class Shot:
    """One clip of the plan; `number` tells clips of one individual and motion apart."""

    split: str
    kind: str
    individual: str
    motion: str
    number: int

    @property
    def name(self) -> str:
        """The clip's name, from which its random numbers come too."""
        return f"{self.split}-{self.kind}-{self.individual}-{self.motion.replace(' ', '-')}-{self.number}"


def shots(split: str) -> list[Shot]:
    """All clips of a split in the order in which they are stored."""
    letter = {"Training": "c", "Test": "d"}[split]
    return [
        Shot(split, kind, f"{letter}{individual:02d}", motion, number)
        for kind in KINDS
        for individual in range(1, INDIVIDUALS[split] + 1)
        for motion in MOTIONS
        for number in range(1, CLIPS_EACH[split] + 1)
    ]
