"""Decks as they lie in `slides/`: one Markdown file a deck, front matter, one slide per second-level heading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.foundation import config

from . import pandoc
from .errors import SlideError

FRONT_MATTER = ("title", "subtitle", "minutes", "notebook")
DECK_NAME = re.compile(r"\d\d-[a-z0-9-]+")
_MINUTES = re.compile(r"\s*(\d+(?:\.5)?)\s*min(?:utes?)?\b")
_FENCE = re.compile(r"\s*(```|~~~)")


@dataclass(frozen=True)
class Slide:
    """One slide: what it is called, its classes, its first line and the line after its last.

    `body`: what is shown, as it was typed; `notes`: what is said, `notes_lines` where that stands.
    """

    title: str
    classes: frozenset[str]
    line: int
    end: int
    body: str
    notes: str
    notes_lines: range

    @property
    def minutes(self) -> float | None:
        """Minutes the notes begin with, or None where they don't."""
        found = _MINUTES.match(self.notes)
        return float(found[1]) if found else None


@dataclass(frozen=True)
class Deck:
    """A deck read from its file; the title slide is made of the front matter and is not in `slides`.

    `lines`: the file's, the front matter left blank; `blocks`: pandoc's reading of them; `figures`: (line, name) of
    each `![](figure:NAME)`.
    """

    path: Path
    title: str
    subtitle: str
    minutes: int
    notebooks: tuple[str, ...]
    slides: tuple[Slide, ...]
    lines: tuple[str, ...]
    blocks: list[dict] = field(repr=False, compare=False)
    figures: tuple[tuple[int, str], ...]

    @property
    def name(self) -> str:
        """Name of the deck, such as `02-convolution`."""
        return self.path.stem

    def place(self, line: int) -> str:
        """Where something is, for messages: `slides/02-convolution.md, line 12`."""
        return f"slides/{self.path.name}, line {line}"


def folder() -> Path:
    """Where the decks lie."""
    return config.repository_root() / "slides"


def deck_names() -> list[str]:
    """Names of the decks in the order of the day."""
    return sorted(path.stem for path in folder().glob("*.md") if DECK_NAME.fullmatch(path.stem))


def find_decks(names: list[str] | None = None) -> list[Path]:
    """Files of the decks given by name, number or path; all of them where none is named.

    Raises SlideError naming the decks there are when none, or more than one, fits.
    """
    known = deck_names()
    found = []
    for name in names or known:
        stem = Path(name).name.removesuffix(".md")
        fitting = [stem] if stem in known else [one for one in known if stem and one.startswith(stem)]
        if len(fitting) != 1:
            raise SlideError(f"No deck called {name!r}. There are: {', '.join(known) or 'none'}")
        found.append(folder() / f"{fitting[0]}.md")
    return found


def read_deck(path: Path) -> Deck:
    """Read a deck; raises SlideError naming the line and what to type where it isn't one, ToolMissing without pandoc."""
    lines = path.read_text(encoding="utf-8").splitlines()
    front, start = _front_matter(path, lines)
    if not front["minutes"].isdigit():
        raise SlideError(f"slides/{path.name}: minutes is {front['minutes']!r}; type a whole number")
    notebooks = tuple(part.strip() for part in front["notebook"].split(",") if part.strip())
    lines = [""] * start + lines[start:]
    blocks = pandoc.parse("\n".join(lines) + "\n")
    targets = [(line, node["c"][2][0]) for node, line in pandoc.walk(blocks) if node["t"] == "Image"]
    figures = tuple((line, at.removeprefix("figure:")) for line, at in targets if at.startswith("figure:"))
    slides = tuple(_slides(f"slides/{path.name}", lines, blocks))
    return Deck(
        path, front["title"], front["subtitle"], int(front["minutes"]), notebooks, slides, tuple(lines), blocks, figures
    )  # fmt: skip


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    """Values of the block between the first two `---`, and the index of the line after it."""
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if not lines or lines[0].strip() != "---" or end is None:
        raise SlideError(f"slides/{path.name}, line 1: begin with front matter between two lines ---")
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1:end], 2):
        name, colon, value = line.partition(":")
        if line.strip() and (not colon or name.strip() not in FRONT_MATTER or name.strip() in values):
            raise SlideError(
                f"slides/{path.name}, line {number}: the front matter has one line each of "
                f"{', '.join(f'{key}: ...' for key in FRONT_MATTER)}; got {line.strip()!r}"
            )
        values[name.strip()] = value.strip().strip("\"'")
    if missing := [name for name in FRONT_MATTER if not values.get(name)]:
        raise SlideError(f"slides/{path.name}: the front matter lacks `{missing[0]}: ...`")
    return values, end + 1


def _slides(name: str, lines: list[str], blocks: list[dict]) -> list[Slide]:
    """The slides, each a heading of the second level that stands in no box; what cannot be one is named."""
    at_top = {id(block) for block in blocks}
    headings, notes = [], []
    for node, line in pandoc.walk(blocks):
        place = f"{name}, line {line}"
        if node["t"] == "Header" and node["c"][0] == 1:
            raise SlideError(
                f"{place}: a slide begins with `## {pandoc.words(node)}`; `#` is not used in decks"
            )
        if node["t"] == "Header" and node["c"][0] == 2:
            if id(node) not in at_top:
                raise SlideError(
                    f"{place}: the notes above are not closed, or a box; type `:::` before this line"
                )
            headings.append((line, node))
        elif node["t"] == "CodeBlock" and _FENCE.match(lines[line - 1]):
            last = min(pandoc.lines_of(node)[1], len(lines)) - 1
            if last == line - 1 or not any(
                _FENCE.match(one) for one in lines[max(line, last - 1) : last + 1]
            ):
                raise SlideError(f"{place}: a code block is never closed; type ``` at its end")
        elif node["t"] == "Div" and "notes" in pandoc.attributes(node)[1] and node["c"][1]:
            notes.append(pandoc.lines_of(node))
    first = headings[0][0] if headings else len(lines) + 1
    if lost := next((number for number, text in enumerate(lines[: first - 1], 1) if text.strip()), 0):
        raise SlideError(f"{name}, line {lost}: text before the first slide; type `## Title` above it")
    ends = [line for line, _ in headings[1:]] + [len(lines) + 1]
    return [
        _slide(name, lines, node, line, end, notes) for (line, node), end in zip(headings, ends, strict=True)
    ]


def _slide(
    name: str, lines: list[str], node: dict, line: int, end: int, notes: list[tuple[int, int]]
) -> Slide:
    mine = [pair for pair in notes if line < pair[0] < end]
    if len(mine) > 1:
        raise SlideError(
            f"{name}, line {mine[1][0]}: this slide has notes already; put everything into one `::: notes`"
        )
    begins, stops = mine[0] if mine else (end, end)
    said = [text for text in lines[begins : stops - 1] if text.strip(": ")]
    shown = lines[line : begins - 1] + lines[stops - 1 : end - 1]
    classes = frozenset(pandoc.attributes(node)[1])
    title = pandoc.words(node["c"][2])
    return Slide(title, classes, line, end, "\n".join(shown), "\n".join(said), range(begins, stops))
