"""Progress on anything longer than a second: rich, on standard output.

In a notebook the line is written as text, too: rich's own way there needs a widget, which a committed notebook, a
converted one and Colab each show in another way; and standard error is shown as a red box.
"""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

# What is over sooner needs no bar.
DELAY = 1.0
WIDTH = 88
CHANGES_A_SECOND = 3


class Bar(Protocol):
    """What this room uses of a progress bar."""

    def update(self, n: int) -> object:
        """Move on by n."""

    def reset(self) -> None:
        """Back to the start."""

    def close(self) -> None:
        """Finish."""


class NoBar:
    """Stands in where nobody looks."""

    def update(self, n: int) -> None:
        """Do nothing."""

    def reset(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class LateBar:
    """A bar that appears once the work has taken a second and leaves no line behind."""

    def __init__(self, title: str, total: int | None, unit: str, initial: int) -> None:
        self._title, self._total, self._unit, self._done = title, total, unit, initial
        self._begun = time.monotonic()
        self._progress: Progress | None = None

    def update(self, n: int) -> None:
        """Move on by n."""
        self._done += n
        if self._progress is None:
            if time.monotonic() - self._begun < DELAY:
                return
            self._progress = _progress(self._unit)
            self._task = self._progress.add_task(self._title, total=self._total)
            self._progress.start()
        self._progress.update(self._task, completed=self._done)

    def reset(self) -> None:
        """Back to the start."""
        self._done = 0
        self.update(0)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is None:
            return
        self._progress.stop()
        self._progress = None
        if not sys.stdout.isatty():  # a notebook knows no command that clears a line
            sys.stdout.write(f"\r{' ' * WIDTH}\r")
            sys.stdout.flush()


def bar(title: str, total: int | None, *, shown: bool, unit: str = "B", initial: int = 0) -> Bar:
    """A progress bar over `total` units (None where nobody knows), on standard output; none where nobody looks."""
    return LateBar(title, total, unit, initial) if shown and _somebody_looks() else NoBar()


def _progress(unit: str) -> Progress:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    in_a_terminal = sys.stdout.isatty()
    amount = DownloadColumn() if unit == "B" else MofNCompleteColumn()
    words = TextColumn("" if unit == "B" else unit.strip())
    # Outside of a terminal rich would print log lines above the bar by commands that a notebook does not know.
    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(24), amount, words, TimeRemainingColumn(compact=True),
        console=_console(in_a_terminal), transient=in_a_terminal, refresh_per_second=CHANGES_A_SECOND,
        redirect_stdout=in_a_terminal, redirect_stderr=in_a_terminal,
    )  # fmt: skip


def _console(in_a_terminal: bool) -> Console:
    from rich.console import Console

    if in_a_terminal:
        return Console(file=sys.stdout)
    return Console(
        file=OneLine(),
        width=WIDTH,
        force_terminal=True,
        force_jupyter=False,
        force_interactive=True,
        color_system=None,
    )


class OneLine:
    """Standard output of a notebook: one line written over itself, without a terminal's commands and line ends."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Write what a notebook can show of it."""
        sys.stdout.write(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\n", "", text))
        return len(text)

    def flush(self) -> None:
        """Show it now."""
        sys.stdout.flush()

    def isatty(self) -> bool:
        """It is not a terminal."""
        return False


def _somebody_looks() -> bool:
    """True in a terminal and in a notebook; a log file gets no bars."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules
