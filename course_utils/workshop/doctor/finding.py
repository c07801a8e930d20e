"""What the doctor says: one finding per thing looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from course_utils.foundation.addresses import shown

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `remedy` is the next command to type, empty when nothing is to do.

    `wrong` is what keeps the notebooks from running; `note` is everything else that a person should know.
    """

    subject: str
    level: Level
    text: str
    remedy: str = ""

    def __post_init__(self) -> None:
        # The report is pasted into questions: no address in it tells a password.
        for name in ("text", "remedy"):
            object.__setattr__(self, name, shown(getattr(self, name)))


def some(names: list[str], most: int = 6) -> str:
    """The first names of a list, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
