"""Decks: Markdown whose numbers and figures come from the course, built into HTML and PDF.

`decks` reads a deck (`pandoc` tells what stands where), `filling` puts in what `placeholders` and `figures` take from
`sources` and `nets`, `manifest` remembers from what, `addresses` refuses what would be loaded from elsewhere, `output`
writes one self-contained reveal.js file (`reveal` fetches that once), sheets, PDF and PPTX; `building` does all of it.
How to write a deck: slides/README.md.
"""

from __future__ import annotations

from .addresses import left_outside
from .building import Built, build
from .decks import Deck, Slide, deck_names, find_decks, folder, read_deck
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
    "folder",
    "left_outside",
    "problems",
    "read_deck",
    "stale",
]
