"""Decks as they lie in `slides/`: one Markdown file a deck, front matter, one slide a second-level heading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.foundation import config

from .errors import SlideError

FRONT_MATTER = ("title", "subtitle", "minutes", "notebook")
DECK_NAME = re.compile(r"\d\d-[a-z0-9-]+")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_NOTES = re.compile(r"^(:{3,})\s*(?:notes|\{\s*\.notes\s*\})\s*$")
_DIV_OPENS = re.compile(r"^:{3,}\s*\S")
_DIV_CLOSES = re.compile(r"^:{3,}\s*$")
_MINUTES = re.compile(r"\s*(\d+(?:\.5)?)\s*min(?:utes?)?\b")


@dataclass(frozen=True)
class Slide:
    """One slide: its heading, the line it starts at, what is shown and what is said.

    `body` and `notes` are Markdown; `body_lines` and `notes_lines` give the deck's line of each of their lines.
    """

    heading: str
    line: int
    body: tuple[str, ...]
    body_lines: tuple[int, ...]
    notes: tuple[str, ...]
    notes_lines: tuple[int, ...]

    @property
    def title(self) -> str:
        """The heading without its attributes."""
        return re.sub(r"\s*\{[^{}]*\}\s*$", "", self.heading)

    @property
    def classes(self) -> frozenset[str]:
        """The classes in the heading's attributes, such as `notebook` in `## Over to you {.notebook}`."""
        found = re.search(r"(?<!\{)\{([^{}]*)\}\s*$", self.heading)
        return frozenset(re.findall(r"\.([\w-]+)", found[1])) if found else frozenset()

    def lines(self) -> list[tuple[int, str]]:
        """Every line with its number in the deck: the heading, what is shown, what is said."""
        body = zip(self.body_lines, self.body, strict=True)
        return [(self.line, self.heading), *body, *zip(self.notes_lines, self.notes, strict=True)]

    @property
    def minutes(self) -> float | None:
        """Minutes the notes begin with, or None where they don't."""
        found = _MINUTES.match("\n".join(self.notes))
        return float(found[1]) if found else None


@dataclass(frozen=True)
class Deck:
    """A deck read from its file; the title slide is made of the front matter and is not in `slides`."""

    path: Path
    title: str
    subtitle: str
    minutes: int
    notebooks: tuple[str, ...]
    slides: tuple[Slide, ...]

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
    """Read a deck; raises SlideError naming the line and what to type where it isn't one."""
    lines = path.read_text(encoding="utf-8").splitlines()
    front, start = _front_matter(path, lines)
    if not front["minutes"].isdigit():
        raise SlideError(f"slides/{path.name}: minutes is {front['minutes']!r}; type a whole number")
    notebooks = tuple(part.strip() for part in front["notebook"].split(",") if part.strip())
    slides = _slides(path, lines, start)
    return Deck(path, front["title"], front["subtitle"], int(front["minutes"]), notebooks, slides)


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    """Values of the block between the first two `---`, and the index of the line after it."""
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if not lines or lines[0].strip() != "---" or end is None:
        raise SlideError(f"slides/{path.name}, line 1: begin with front matter between two lines ---")
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1:end], 2):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or name.strip() not in FRONT_MATTER or name.strip() in values:
            raise SlideError(
                f"slides/{path.name}, line {number}: the front matter has one line each of "
                f"{', '.join(f'{key}: ...' for key in FRONT_MATTER)}; got {line.strip()!r}"
            )
        values[name.strip()] = value.strip().strip("\"'")
    if missing := [name for name in FRONT_MATTER if not values.get(name)]:
        raise SlideError(f"slides/{path.name}: the front matter lacks `{missing[0]}: ...`")
    return values, end + 1


def _slides(path: Path, lines: list[str], start: int) -> tuple[Slide, ...]:
    slides: list[Slide] = []
    current: dict | None = None
    fence, depth_of_notes = "", 0

    def finish() -> None:
        if current is not None:
            slides.append(
                Slide(**{key: tuple(v) if isinstance(v, list) else v for key, v in current.items()})
            )

    for number, line in enumerate(lines[start:], start + 1):
        place = f"slides/{path.name}, line {number}"
        opens = _FENCE.match(line)
        if fence:
            if opens and opens[1].startswith(fence) and line.strip() == opens[1]:
                fence = ""
        elif opens:
            fence = opens[1]
        elif heading := _HEADING.match(line):
            if heading[1] == "#":
                raise SlideError(f"{place}: a slide begins with `## {heading[2]}`; `#` is not used in decks")
            if heading[1] == "##":
                if depth_of_notes:
                    raise SlideError(f"{place}: the notes above are not closed; type `:::` before this line")
                finish()
                current = {"heading": heading[2], "line": number}
                current |= {key: [] for key in ("body", "body_lines", "notes", "notes_lines")}
                continue
        if current is None:
            if line.strip():
                raise SlideError(f"{place}: text before the first slide; type `## Title` above it")
            continue
        part = "notes" if depth_of_notes else "body"
        if not fence and not opens:
            if not depth_of_notes and _NOTES.match(line):
                if current["notes"]:
                    raise SlideError(
                        f"{place}: this slide has notes already; put everything into one `::: notes`"
                    )
                depth_of_notes = 1
                continue
            if depth_of_notes and _DIV_CLOSES.match(line):
                depth_of_notes -= 1
                if not depth_of_notes:
                    continue
            elif depth_of_notes and _DIV_OPENS.match(line):
                depth_of_notes += 1
        current[part].append(line)
        current[f"{part}_lines"].append(number)
    if fence or depth_of_notes:
        what = "a code block" if fence else "the notes of the last slide"
        raise SlideError(f"slides/{path.name}: {what} is never closed; type `{fence or ':::'}` at its end")
    finish()
    return tuple(slides)
