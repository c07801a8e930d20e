"""Stands in for the mounting of a learner's Google Drive."""

mounted: list[str] = []


def mount(folder: str) -> None:
    """Remember what was asked for."""
    mounted.append(folder)
