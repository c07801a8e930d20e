"""What the picture sets and the text sets share: the names of the splits and the one error they raise."""

from __future__ import annotations

SPLITS = ("Training", "Test")


class DataError(RuntimeError):
    """Data that is not there or not as expected; the message says what to type next."""


def need_split(split: str) -> None:
    """Raise ValueError for a split that is neither Training nor Test."""
    if split not in SPLITS:
        raise ValueError(f"No split {split!r}; the splits are {' and '.join(SPLITS)}")
