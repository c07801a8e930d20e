"""Progress on anything longer than a second: tqdm, on standard output.

tqdm writes to standard error by default, which notebooks show as a red box.
"""

from __future__ import annotations

import sys
from typing import Protocol


class Bar(Protocol):
    """The part of tqdm that this room uses."""

    def update(self, n: int) -> object:
        """Move on by n."""

    def reset(self, total: int | None = None) -> None:
        """Back to the start."""

    def close(self) -> None:
        """Finish."""


class NoBar:
    """Stands in where nobody looks."""

    def update(self, n: int) -> None:
        """Do nothing."""

    def reset(self, total: int | None = None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def bar(title: str, total: int | None, *, shown: bool, unit: str = "B", initial: int = 0) -> Bar:
    """A progress bar that appears when the work takes longer than a second and leaves no line behind."""
    if not (shown and _somebody_looks()):
        return NoBar()
    from tqdm import tqdm

    return tqdm(
        total=total, initial=initial, desc=title, unit=unit, unit_scale=unit == "B", file=sys.stdout,
        delay=1, leave=False, ncols=88, mininterval=0.3,
    )  # fmt: skip


def _somebody_looks() -> bool:
    """True in a terminal and in a notebook; a log file gets no bars."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules
