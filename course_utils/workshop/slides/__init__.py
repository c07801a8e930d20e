"""Decks: Markdown whose numbers and figures come from the course, built into HTML and PDF.

`decks` reads a deck, `placeholders` and `figures` fill it from `sources` and `nets`, `manifest` remembers from
what, `pandoc` and `page` make one self-contained reveal.js file of it (`reveal` fetches that once), `pdf` prints
it, `building` does all of it. How to write a deck: slides/README.md.
"""

from __future__ import annotations

from .building import Built, build
from .decks import Deck, Slide, deck_names, find_decks, read_deck
from .errors import NpmMissing, SlideError, ToolMissing
from .manifest import stale
from .rules import problems

__all__ = [
    "Built",
    "Deck",
    "NpmMissing",
    "Slide",
    "SlideError",
    "ToolMissing",
    "build",
    "deck_names",
    "find_decks",
    "problems",
    "read_deck",
    "stale",
]
