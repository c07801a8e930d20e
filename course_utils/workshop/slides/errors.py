"""What can be wrong with a deck, said with its name, its line and what to type."""

from __future__ import annotations


class SlideError(ValueError):
    """A deck that cannot be built; the message names the deck, the line and the remedy."""


class SourceError(ValueError):
    """A number, table or figure that its source does not have; the message lists what there is."""


class ToolMissing(RuntimeError):
    """A program the slides need is not there; the message says how to get it."""


class NpmMissing(ToolMissing):
    """reveal.js has to be fetched, and there is nothing to fetch it with; `make slides` mends that."""
