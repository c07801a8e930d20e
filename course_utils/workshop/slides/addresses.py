"""What a deck or a page would load: its pictures, videos, frames and styles, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import pandoc
from .decks import Deck
from .errors import SlideError

# Attributes that load something; those pandoc can put into the page itself, and those it cannot.
_PUT_IN = (
    "src",
    "data-src",
    "poster",
    "data-background-image",
    "data-background-video",
    "data-background-iframe",
)
_LEFT_OUT = ("srcset", "data-srcset", "imagesrcset", "data", "xlink:href", "manifest")
_LOADING_HREF = ("link", "image", "use", "feimage", "base")
_PICTURE = re.compile(r"^(https?:|file:|//)|\.(svg|png|jpe?g|gif|bmp|webp)([?#\s]|$)", re.IGNORECASE)
_IN_STYLE = re.compile(r"url\(\s*['\"]?([^)'\"]*)|@import\s+['\"]([^'\"]*)", re.IGNORECASE)
_INSIDE = ("data:", "blob:", "about:", "#", "javascript:")


class _Loading(HTMLParser):
    """Collects (line, attribute, address) of what a piece of HTML loads, and pictures without a description."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str, str]] = []
        self.style = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        line = self.getpos()[0]
        self.style = tag == "style"
        for key, value in attrs:
            self.found.extend((line, *one) for one in of_attribute(tag, key, value or ""))
        if tag == "img" and not (dict(attrs).get("alt") or "").strip():
            self.found.append((line, "alt", ""))

    def handle_data(self, data: str) -> None:
        if self.style:
            self.found.extend((self.getpos()[0], "style", a or b) for a, b in _IN_STYLE.findall(data))


def of_attribute(tag: str, key: str, value: str) -> Iterator[tuple[str, str]]:
    """What an attribute loads, as (attribute, address): nothing, one, or all the addresses of a style."""
    if tag == "section" and key.startswith("background"):
        key = f"data-{key}"  # as pandoc writes it
    if key == "style":
        yield from (("style", a or b) for a, b in _IN_STYLE.findall(value))
    elif key == "data-background" and _PICTURE.search(value):
        yield "data-background-image", value
    elif key in _PUT_IN or key in _LEFT_OUT and (key != "data" or tag == "object"):
        yield key, value
    elif key == "href" and tag in _LOADING_HREF:
        yield key, value


def of_html(text: str) -> list[tuple[int, str, str]]:
    """(line, attribute, address) of everything a piece of HTML loads from outside of itself."""
    reader = _Loading()
    reader.feed(text)
    reader.close()
    return [one for one in reader.found if not one[2].strip().startswith(_INSIDE)]


def of_blocks(blocks: list[dict]) -> list[tuple[int, str, str]]:
    """The same of pandoc's blocks: pictures, attributes of headings and boxes, and HTML typed into the deck."""
    found: list[tuple[int, str, str]] = []
    for node, line in pandoc.walk(blocks):
        if node["t"] == "Image":
            found.append((line, "src", node["c"][2][0]))
            if not pandoc.words(node["c"][1]).strip() and not node["c"][2][0].startswith("figure:"):
                found.append((line, "alt", node["c"][2][0]))
        elif node["t"] in ("RawBlock", "RawInline") and node["c"][0] == "html":
            found.extend((line + below - 1, key, address) for below, key, address in of_html(node["c"][1]))
        for key, value in pandoc.attributes(node)[2]:
            found.extend((line, *one) for one in of_attribute("section", key, value))
    return [one for one in found if not one[2].strip().startswith(_INSIDE)]


def problems(deck: Deck, blocks: list[dict] | None = None, line_of: list[int] | None = None) -> list[str]:
    """What a deck would load and cannot take with it, with the line and what to type.

    `blocks`: the deck with its placeholders filled, `line_of` its lines as they are in the file.
    """
    found = of_blocks(deck.blocks if blocks is None else blocks)
    told = (
        (line_of[line - 1] if line_of else line, _refused(deck.path.parent, key, at))
        for line, key, at in found
    )
    return [f"{deck.place(line)}: {why}" for line, why in told if why]


def _refused(beside: Path, key: str, address: str) -> str:
    """Why an address cannot be put into the page, and what to type; empty where it can."""
    if key == "alt":
        return "a picture without a description; type ![A sentence that says what is seen](photo.jpg)"
    if address.startswith("figure:"):
        return ""
    parts = urlsplit(address)
    if parts.netloc or (parts.scheme and len(parts.scheme) > 1 and parts.scheme != "file"):
        return (
            f"{address} would be loaded from the network, and a deck is shown without one; save the file beside the "
            "deck and type its name, or make it a link: [words](address)"
        )
    if key in _LEFT_OUT or key == "style":
        return f"{key} with {address} cannot be put into the page; type ![...]({address}) or data-background-image"
    file = Path(unquote(parts.path))
    if parts.scheme == "file" or file.is_absolute() or len(parts.scheme) == 1:
        return f"{address} exists only on this machine; copy the file beside the deck and type its name"
    if not (beside / file).is_file():
        return f"{address} is not there; put the file at slides/{file.as_posix()} or type another name"
    return ""


def left_outside(page: Path) -> list[str]:
    """Each address that a built page would load, one line each; a deck that needs none gives an empty list."""
    found = of_html(page.read_text(encoding="utf-8"))
    return [
        f"{page.name}, line {line}: {key} would load {address}" for line, key, address in found if address
    ]


def refuse(found: list[str]) -> None:
    """Raise SlideError with all that was found, if anything was."""
    if found:
        raise SlideError("\n".join(found))
