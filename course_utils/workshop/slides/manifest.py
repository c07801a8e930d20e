"""slides/manifest.json: each number, table and figure of each deck, with a digest of what it was taken from.

Committed, and written by `course slides`. A test compares it with the sources: what changed since the slides
were built is named, so that no deck is older than its numbers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from course_utils.foundation import config

from . import beside, figures, nets, placeholders
from .decks import Deck, deck_names, find_decks, read_deck
from .errors import SlideError, SourceError
from .sources import Use

REBUILD = "Type: make slides"


def place() -> Path:
    """The committed manifest."""
    return config.repository_root() / "slides" / "manifest.json"


def read() -> dict[str, list[dict]]:
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
    beside.write(path, text.encode())
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
    gone = set(committed) - set(deck_names())
    found = [f"slides/{name}.md is gone, the manifest still has it. {REBUILD}" for name in gone]
    for path in find_decks():
        deck = read_deck(path)
        if deck.name not in committed:
            found.append(f"slides/{path.name} was never built. {REBUILD}")
            continue
        before = {(one["asked"], one["source"], one.get("for")): one for one in committed[deck.name]}
        now = current(deck, committed[deck.name])
        changes = [
            f"{_change(before.get((one['asked'], one['source'], one.get('for'))), one)} since the slides were built"
            for one in now
            if one not in committed[deck.name]
        ]
        if not changes and now != committed[deck.name]:
            changes = ["what it uses has changed since it was built"]
        found += [f"slides/{path.name}: {change}. {REBUILD}" for change in changes]
    return found


def _change(old: dict | None, new: dict) -> str:
    if not old:
        return f"{new['asked']} is new"
    if old.get("shown") != new.get("shown"):
        return f"{new['asked']} was {old.get('shown')} and is {new.get('shown')}"
    return f"{new['source']} ({new['asked']}) has changed"


def current(deck: Deck, remembered: list[dict]) -> list[dict]:
    """The entries a deck would have if it were built now; figures aren't drawn, nets aren't built for it."""
    found: list[tuple[int, list[dict]]] = []
    for line, text in enumerate(deck.lines, 1):
        for match in placeholders.PLACEHOLDER.finditer(text):
            asked = match[1].strip()
            if needed := placeholders.nets_asked(match[0]):
                found.append((line, [_net_entry(asked, net, top, remembered) for net, top in needed]))
            else:
                uses = placeholders.answer_to(asked, deck.place(line)).uses
                found.append((line, [use.record() for use in uses]))
    for line, name in deck.figures:
        mine = [one for one in remembered if one["asked"] == f"figure:{name}"][:1]
        mine += [one for one in remembered if one.get("for") == f"figure:{name}"] if mine else []
        try:
            found.append((line, _owned(name, figures.current_uses(name, mine))))
        except (SourceError, FileNotFoundError) as error:
            raise SlideError(f"{deck.place(line)}: {error}") from None
    return in_order(found)


def in_order(found: list[tuple[int, list[dict]]]) -> list[dict]:
    """Entries by their line in the deck, each once."""
    entries: list[dict] = []
    for _, some in sorted(found, key=lambda pair: pair[0]):
        entries.extend(one for one in some if one not in entries)
    return entries


def _net_entry(asked: str, net: str, top: bool, remembered: list[dict]) -> dict:
    """An entry for a number of a net: the net unchanged, the number it gave is the one it gives."""
    use = replace(nets.use_of(net, top), asked=asked)
    known = [one for one in remembered if one["asked"] == asked and one["source"] == use.source]
    return replace(use, shown=known[0].get("shown", "") if known else "").record()


def of_figure(name: str, uses: tuple[Use, ...]) -> list[dict]:
    """The manifest's entries for a figure just made."""
    return _owned(name, [use.record() for use in uses])


def _owned(name: str, entries: list[dict]) -> list[dict]:
    """What a drawing function read says which figure it is for."""
    return [one if one["asked"] == f"figure:{name}" else {**one, "for": f"figure:{name}"} for one in entries]
