"""The page around the slides: title slide, theme, reveal.js and pictures, all in one file."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

from course_utils.foundation import config

from .decks import Deck, deck_names
from .figures import Figure

BAND = "#0b3954"  # ground of title and part slides, to the edges of a screen of any shape
_MARK = re.compile(r"%%([A-Z_]+)%%")


def whole_page(deck: Deck, slides: str, figures: list[Figure], alts: list[str], reveal: Path) -> str:
    """One self-contained HTML file. `slides`: pandoc's sections; `figures` and `alts` by their number in them."""
    theme = config.repository_root() / "slides" / "theme"
    values = {
        "TITLE": html.escape(deck.title),
        "COURSE": html.escape(config.course()["title"]),
        "RESET_CSS": _read(reveal / "dist" / "reset.css"),
        "REVEAL_CSS": _read(reveal / "dist" / "reveal.css"),
        "THEME_CSS": "\n".join(_read(path) for path in sorted(theme.glob("*.css"))),
        "REVEAL_JS": _script(_read(reveal / "dist" / "reveal.js")),
        "NOTES_JS": _script(_read(reveal / "plugin" / "notes" / "notes.js")),
        "START_JS": _script(_read(theme / "start.js")),
        "TITLE_SLIDE": title_slide(deck),
        "SLIDES": with_pictures(with_grounds(slides), figures, alts),
    }
    return _MARK.sub(lambda mark: values[mark[1]], _read(theme / "page.html"))


def title_slide(deck: Deck) -> str:
    """The first slide, made of the front matter."""
    course = html.escape(config.course()["title"])
    names = deck_names()
    number = f"Deck {names.index(deck.name) + 1} of {len(names)}" if deck.name in names else "Deck"
    leads = " and ".join(html.escape(name) for name in deck.notebooks)
    return (
        f'<section class="title-slide slide" id="title" data-background-color="{BAND}">\n'
        f'<p class="course">{course}</p>\n<h1>{html.escape(deck.title)}</h1>\n'
        f'<p class="subtitle">{html.escape(deck.subtitle)}</p>\n'
        f'<p class="facts">{number} · {deck.minutes} minutes · leads to {leads}</p>\n'
        f'<aside class="notes"><p>0 min. {html.escape(deck.title)}: {deck.minutes} minutes in all. S opens this view, '
        "D changes between light and dark, B makes the screen black, O shows all slides.</p></aside>\n</section>"
    )


def with_grounds(slides: str) -> str:
    """Give the slides that open a part their dark ground."""
    opening = re.compile(r'<section (?=[^>]*class="[^"]*\bpart\b)')
    return opening.sub(f'<section data-background-color="{BAND}" ', slides)


def with_pictures(slides: str, figures: list[Figure], alts: list[str]) -> str:
    """Put the pictures in: `src` as data, the alt text, and the width unless the deck gives a size."""

    def put(match: re.Match) -> str:
        number = int(match["number"])
        figure = figures[number]
        data = base64.b64encode(figure.data).decode("ascii")
        # pandoc writes the figure's alt text as it was in the deck: taken out, because the longer one goes in.
        rest = re.sub(r'\s*\b(?:data-)?(?:src|alt|role|aria-label)="[^"]*"', "", match["rest"]).rstrip(" /")
        sized = re.search(r"\b(?:width|height)(?:=|:)", rest)
        size = "" if sized or not figure.width else f' width="{figure.width}"'
        alt = html.escape(alts[number], quote=True)
        return f'<img src="data:{figure.mime};base64,{data}" alt="{alt}"{size}{rest}>'

    pattern = re.compile(r'<img\b(?P<rest>[^>]*?\b(?:data-)?src="course-figure-(?P<number>\d+)"[^>]*)>')
    return pattern.sub(put, slides)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _script(text: str) -> str:
    """A script that can stand inside of a page: no end tag of its own, no address of a map beside it."""
    return re.sub(r"//# sourceMappingURL=\S+", "", text).replace("</script", "<\\/script")
