"""What all sets share: the names of the splits, the one error they raise, and where a fetched set lies."""

from __future__ import annotations

from pathlib import Path

SPLITS = ("Training", "Test")


class DataError(RuntimeError):
    """Data that is not there or not as expected; the message says what to type next."""


def need_split(split: str) -> None:
    """Raise ValueError for a split that is neither Training nor Test."""
    if split not in SPLITS:
        raise ValueError(f"No split {split!r}; the splits are {' and '.join(SPLITS)}")


def fetched(asset: str) -> Path | None:
    """The folder of an asset that the cache or the mirror has; None where neither has it."""
    from course_utils.foundation import assets

    found = assets.resolve(asset)
    return None if found.origin == "bundled" else found.path
