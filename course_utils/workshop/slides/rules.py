"""What the house asks of a deck beyond being readable: nothing left outside of it, length, notes with minutes, hand-over, credits."""

from __future__ import annotations

from . import addresses
from .decks import Deck

FEWEST, MOST = 15, 30  # slides, the title slide included


def problems(deck: Deck) -> list[str]:
    """Each rule the deck breaks, with the line and what to type; an empty list for a deck that keeps them."""
    found = addresses.problems(deck)
    count = len(deck.slides) + 1
    if not FEWEST <= count <= MOST:
        found.append(
            f"slides/{deck.path.name} has {count} slides with its title; a deck has {FEWEST} to {MOST}"
        )
    for slide in deck.slides:
        if slide.minutes is None:
            found.append(
                f"{deck.place(slide.line)}: the notes of '{slide.title}' don't begin with their minutes; "
                "type `::: notes`, then `2 min. What you say ...`"
            )
    total = sum(slide.minutes or 0 for slide in deck.slides)
    if total != deck.minutes:
        found.append(
            f"slides/{deck.path.name}: the notes add up to {total:g} minutes, the front matter says {deck.minutes}; "
            f"type `minutes: {total:g}`"
        )
    if not any("notebook" in slide.classes for slide in deck.slides):
        found.append(
            f"slides/{deck.path.name} has no hand-over; type `## Over to the notebook {{.notebook}}`"
        )
    for slide in deck.slides:
        if "notebook" in slide.classes and "{{notebook " not in slide.body:
            found.append(
                f"{deck.place(slide.line)}: a hand-over links its notebook; type `{{{{notebook 05-fruit-cnn}}}}`"
            )
    if not deck.slides or "credits" not in deck.slides[-1].classes:
        found.append(
            f"slides/{deck.path.name} ends without credits; type `## Credits {{.credits}}` as the last slide"
        )
    return found
