"""A deck with everything in it: placeholders answered, figures in their places, the line that names the sources."""

from __future__ import annotations

import copy
import html
from dataclasses import dataclass

from . import addresses, figures, manifest, pandoc, placeholders
from .decks import Deck, deck_names, folder
from .errors import SlideError, SourceError

BAND = "#0b3954"  # ground of title and part slides, to the edges of a screen of any shape
LEAST_ALT = 20  # letters


@dataclass(frozen=True)
class Filled:
    """A deck ready to be written: each slide's blocks, its figures, where its numbers come from, the manifest's entries."""

    deck: Deck
    slides: list[list[dict]]
    figures: list[figures.Figure]
    labels: list[list[str]]
    entries: list[dict]

    def meta(self) -> dict[str, str]:
        """What the title slide shows, as plain text."""
        deck, names = self.deck, deck_names()
        number = f"Deck {names.index(deck.name) + 1} of {len(names)}" if deck.name in names else "Deck"
        return {
            "title": deck.title,
            "subtitle": deck.subtitle,
            "minutes": str(deck.minutes),
            "facts": f"{number} · {deck.minutes} minutes · leads to {' and '.join(deck.notebooks)}",
            "band": BAND,
        }


def fill(deck: Deck) -> Filled:
    """Numbers, tables and figures put in; raises SlideError naming deck and line where there is no answer."""
    lines, line_of, told = [], [], []
    entries: list[tuple[int, list[dict]]] = []
    for number, text in enumerate(deck.lines, 1):
        answer = placeholders.fill(text, deck.place(number))
        lines += (new := answer.text.split("\n"))
        line_of += [number] * len(new)
        entries.append((number, [use.record() for use in answer.uses]))
        told += [(number, use.label) for use in answer.uses if use.label]
    blocks = pandoc.parse("\n".join(lines) + "\n")
    addresses.refuse(addresses.problems(deck, blocks, line_of))
    found: list[figures.Figure] = []
    for node, line in pandoc.walk(blocks):
        if node["t"] == "Image" and node["c"][2][0].startswith("figure:"):
            name, place = node["c"][2][0].removeprefix("figure:"), line_of[line - 1]
            found.append(one := _figure(node, name, deck.place(place)))
            entries.append((place, manifest.of_figure(name, one.uses)))
            told += [(place, use.label) for use in one.uses if use.label]
    slides: list[list[dict]] = []
    for block in blocks:
        if block["t"] == "Header" and block["c"][0] == 2:
            slides.append([])
        slides[-1].append(block)
    for slide in slides:
        _ground(slide)
    labels = [
        list(
            dict.fromkeys(
                label for line, label in sorted(told, key=lambda pair: pair[0]) if _shown(one, line)
            )
        )
        for one in deck.slides
    ]
    return Filled(deck, slides, found, labels, manifest.in_order(entries))


def _shown(slide, line: int) -> bool:  # noqa: ANN001
    return slide.line <= line < slide.end and line not in slide.notes_lines


def _figure(image: dict, name: str, place: str) -> figures.Figure:
    """Put a figure into its image: file, alt text, and its width unless the deck gives a size."""
    try:
        found = figures.figure(name)
    except SourceError as error:
        raise SlideError(f"{place}: figure:{name}: {error}") from None
    attributes = image["c"][0]
    alt = pandoc.words(image["c"][1]).strip() or found.alt
    if len(alt) < LEAST_ALT:
        raise SlideError(
            f"{place}: figure:{name} has no alt text; type ![A sentence that says what is seen](...)"
        )
    if found.width and not {"width", "height"} & {key for key, _ in attributes[2]}:
        attributes[2].append(["width", f"{found.width}px"])
    if found.themed:
        attributes[1].append("inline-svg")
    image["c"][1] = [{"t": "Str", "c": alt}]
    image["c"][2] = [found.file.relative_to(folder()).as_posix(), ""]
    return found


def _ground(slide: list[dict]) -> None:
    """What a heading says of the slide's ground, in words that pandoc puts into the page."""
    attributes = pandoc.attributes(slide[0])
    if "part" in attributes[1]:
        attributes[2].append(["data-background-color", BAND])
    for pair in list(attributes[2]):
        key, value = pair
        shown = next(iter(addresses.of_attribute("section", key, value)), (key, value))[0]
        if shown in ("data-background-video", "data-background-iframe"):
            tag, more = ("video", " autoplay loop muted") if shown.endswith("video") else ("iframe", "")
            attributes[2].remove(pair)
            ground = f'<{tag} class="ground" src="{html.escape(value)}"{more} aria-hidden="true"></{tag}>'
            slide.insert(1, {"t": "RawBlock", "c": ["html", ground]})
        else:
            pair[0] = shown


def with_sources(slide: list[dict], labels: list[str]) -> list[dict]:
    """A slide's blocks with the line at its foot that says where numbers and figures come from."""
    if not labels:
        return slide
    told = " · ".join(html.escape(label) for label in labels)
    foot = {"t": "RawBlock", "c": ["html", f'<p class="sources">{told}</p>']}
    at = next((number for number, block in enumerate(slide) if is_notes(block)), len(slide))
    return [*slide[:at], foot, *slide[at:]]


def is_notes(block: dict) -> bool:
    """True for the part of a slide that is said, not shown."""
    return block["t"] == "Div" and "notes" in pandoc.attributes(block)[1]


def for_powerpoint(slide: list[dict], labels: list[str], picture: dict[str, str]) -> list[dict]:
    """A slide as PowerPoint can have it: text first, then pictures and tables, the sources among the notes.

    `picture`: the file that stands for each figure. pandoc begins another slide for text after a picture.
    """
    slide = copy.deepcopy(slide)
    for node, _ in pandoc.walk(slide):
        if node["t"] == "Image":
            # As its title: what stands between the brackets would be printed below the picture.
            target, said = node["c"][2][0], pandoc.words(node["c"][1])
            node["c"] = [["", [], []], [], [picture.get(target, target), said]]
    notes = [block for block in slide if is_notes(block)]
    if notes and labels:
        notes[0]["c"][1].append({"t": "Para", "c": [{"t": "Str", "c": " · ".join(labels)}]})
    shown = [block for block in slide[1:] if not is_notes(block)]
    shown.sort(key=lambda block: any(node["t"] in ("Image", "Table") for node, _ in pandoc.walk(block)))
    return [slide[0], *shown, *notes]
