"""slides/manifest.json: each number, table and figure of each deck, with a digest of what it was taken from.

Committed, and written by `course slides`. A test compares it with the sources: what changed since the slides
were built is named, so that no deck is older than its numbers.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from course_utils.foundation import config

from . import figures, nets, placeholders
from .decks import Deck, deck_names, find_decks, read_deck
from .errors import SlideError, SourceError
from .sources import Use

FIGURE = re.compile(r"!\[(?P<alt>(?:[^\[\]\\]|\\.)*)\]\(figure:(?P<name>[^\s)]+)\)")
REBUILD = "Type: make slides"


def place() -> Path:
    """The committed manifest."""
    return config.repository_root() / "slides" / "manifest.json"


def read() -> dict:
    """The committed manifest's decks: name -> its entries; empty where there is none yet."""
    path = place()
    return json.loads(path.read_text(encoding="utf-8"))["decks"] if path.is_file() else {}


def write(made: dict[str, list[dict]]) -> bool:
    """Put the entries of the decks just built into the manifest; True when that changed it.

    Decks that are gone are taken out; decks that were not built keep what they had.
    """
    decks = {name: entry for name, entry in {**read(), **made}.items() if name in deck_names()}
    content = {"schema": 1, "decks": dict(sorted(decks.items()))}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path = place()
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def nets_read(names: list[str]) -> dict[tuple[str, bool], set[str]]:
    """Nets that figures read when some decks were last built: (net, with its top) -> the figures' names."""
    found: dict[tuple[str, bool], set[str]] = {}
    for entry in (one for name in names for one in read().get(name, [])):
        words = entry["asked"].split()
        if entry["kind"] == "net" and words[0] == "net" and "for" in entry:
            pair = (words[1], nets.WITHOUT_TOP not in words)
            found.setdefault(pair, set()).add(entry["for"].removeprefix("figure:"))
    return found


def stale() -> list[str]:
    """What has changed since the slides were built, one line each; empty when the manifest is up to date.

    Raises SlideError for a deck that cannot be filled.
    """
    committed = read()
    found = [
        f"slides/{name}.md is gone, the manifest still has it. {REBUILD}"
        for name in set(committed) - set(deck_names())
    ]
    for path in find_decks():
        deck = read_deck(path)
        if deck.name not in committed:
            found.append(f"slides/{path.name} was never built. {REBUILD}")
            continue
        now = current(deck, committed[deck.name])
        if now == committed[deck.name]:
            continue
        for entry in now:
            old = [
                one
                for one in committed[deck.name]
                if (one["asked"], one["source"]) == (entry["asked"], entry["source"])
            ]
            if entry not in old:
                found.append(
                    f"slides/{path.name}: {_change(old, entry)} since the slides were built. {REBUILD}"
                )
        if not any(line.startswith(f"slides/{path.name}") for line in found):
            found.append(f"slides/{path.name}: what it uses has changed since it was built. {REBUILD}")
    return found


def _change(old: list[dict], new: dict) -> str:
    if not old:
        return f"{new['asked']} is new"
    if old[0].get("shown") != new.get("shown"):
        return f"{new['asked']} was {old[0].get('shown')} and is {new.get('shown')}"
    return f"{new['source']} ({new['asked']}) has changed"


def current(deck: Deck, remembered: list[dict]) -> list[dict]:
    """The entries a deck would have if it were built now; figures aren't drawn, nets aren't built for it."""
    uses: list[dict] = []
    for slide in deck.slides:
        for line, text in slide.lines():
            where = deck.place(line)
            try:
                for entry in _of_line(text, where, remembered):
                    if entry not in uses:
                        uses.append(entry)
            except SourceError as error:
                raise SlideError(f"{where}: {error}") from None
            except FileNotFoundError as error:
                raise SlideError(f"{where}: {error}") from None
    return uses


def _of_line(text: str, where: str, remembered: list[dict]) -> list[dict]:
    found = []
    for match in placeholders.PLACEHOLDER.finditer(text):
        asked = match[1].strip()
        if needed := placeholders.nets_asked(match[0]):
            found.extend(_net_entry(asked, net, top, remembered) for net, top in needed)
        else:
            found.extend(use.record() for use in placeholders.answer_to(asked, where).uses)
    for match in FIGURE.finditer(text):
        name = match["name"]
        first = next((i for i, one in enumerate(remembered) if one["asked"] == f"figure:{name}"), None)
        mine = [] if first is None else [remembered[first], *_reads(remembered, name)]
        found.extend(entry | _owner(entry, name) for entry in figures.current_uses(name, mine))
    return found


def _net_entry(asked: str, net: str, top: bool, remembered: list[dict]) -> dict:
    """An entry for a number of a net: the net unchanged, the number it gave is the one it gives."""
    use = replace(nets.use_of(net, top), asked=asked)
    known = [one for one in remembered if one["asked"] == asked and one["source"] == use.source]
    return replace(use, shown=known[0].get("shown", "") if known else "").record()


def _reads(remembered: list[dict], name: str) -> list[dict]:
    return [
        {k: v for k, v in one.items() if k != "for"}
        for one in remembered
        if one.get("for") == f"figure:{name}"
    ]


def _owner(entry: dict, name: str) -> dict:
    """What a drawing function read says which figure it is for."""
    return {} if entry["asked"] == f"figure:{name}" else {"for": f"figure:{name}"}


def of_figure(name: str, uses: tuple[Use, ...]) -> list[dict]:
    """The manifest's entries for a figure just made."""
    return [use.record() | _owner(use.record(), name) for use in uses]
