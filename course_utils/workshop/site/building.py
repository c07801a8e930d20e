"""The whole site from beginning to end: which pages there are, their texts, the map in front."""

from __future__ import annotations

import html
import json
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_utils.foundation import config
from course_utils.further.serving.pages import TITLES
from course_utils.workshop import slides

from . import links, markdown, notebooks, pages

FOLDER = "site"
LIVE = "pages"
"""Where `course page` writes, in the repository and in the site."""
_MADE = ".made-by-course-html"  # lists what a build wrote, so that the next one takes away what is no longer there
_CELL = re.compile(r'(<a href="(?P<page>[^"#]+)">[^<]*</a>,\s+cell\s+)<code>(?P<cell>[\w-]+)</code>')


class SiteError(ValueError):
    """The site cannot be written there; the message says what to type."""


@dataclass(frozen=True)
class SiteBuilt:
    """What became of a build: its first page, how many notebooks, other pages and decks, bytes and seconds."""

    index: Path
    notebooks: int
    pages: int
    decks: int
    size: int
    seconds: float


def build(out: Path | None = None, on_step: Callable[[str], None] = lambda _: None) -> SiteBuilt:
    """Write the course as HTML pages into a folder (default: `site` in the repository's root).

    The paths are those of the repository, so that links between pages stay as they are. Raises SiteError when the
    folder holds something else, course_utils.workshop.slides.ToolMissing without pandoc.
    """
    began = time.perf_counter()
    root = config.repository_root()
    out = (out or root / FOLDER).resolve()
    made = _earlier(out)
    names = config.notebook_names()
    lessons = [config.notebook_path(name).relative_to(root).as_posix() for name in names]
    sources = _sources(lessons)
    known = {*lessons, *sources}
    always = [(links.page_of(source), words) for source, words in pages.ALWAYS if source in known]
    around = [
        pages.Neighbour(links.page_of(one), _title(name)) for one, name in zip(lessons, names, strict=True)
    ]
    written: dict[str, str] = {}
    for number, (source, name) in enumerate(zip(lessons, names, strict=True)):
        on_step(name)
        body = notebooks.body(json.loads((root / source).read_text(encoding="utf-8")))
        before, after = (around[at] if 0 <= at < len(around) else None for at in (number - 1, number + 1))
        page = links.page_of(source)
        written[page] = pages.whole(
            page, _title(name), links.rewritten(source, body, known), always, before, after
        )
    for source in sources:
        on_step(source)
        text = (root / source).read_text(encoding="utf-8")
        body = _with_cells(links.rewritten(source, markdown.to_html([text])[0], known))
        title = re.search(r"^# (.+)$", text, re.MULTILINE)
        page = links.page_of(source)
        written[page] = pages.whole(
            page, title[1] if title else source, f'<div class="cell text">{body}</div>', always
        )
    decks = [path for path in slides.find_decks() if (_built_deck(path)).is_file()]
    live = {name: words for name, words in TITLES.items() if (root / LIVE / f"{name}.html").is_file()}
    front = _map(always, decks, live)
    written["index.html"] = pages.whole("index.html", config.course()["title"], front, always)
    files = {page: text.encode("utf-8") for page, text in written.items()}
    try:
        _write(out, files, made, decks, list(live))
    except OSError as error:
        raise SiteError(
            f"{out} can't be written ({error}). Name another folder: course html --out FOLDER"
        ) from error
    return SiteBuilt(
        out / "index.html",
        len(lessons),
        len(sources),
        len(decks),
        sum(map(len, files.values())),
        time.perf_counter() - began,
    )


def _title(name: str) -> str:
    return f"{name.split('-')[0]} · {config.course()['notebooks'][name]['title']}"


def _sources(lessons: list[str]) -> list[str]:
    """Markdown files that become pages: those of docs/ and instructor/, and all that pages of the site link to."""
    root = config.repository_root()
    begin = [*lessons, *(path.relative_to(root).as_posix() for path in sorted((root / "docs").glob("*.md")))]
    begin += [path.relative_to(root).as_posix() for path in sorted((root / "instructor").rglob("*.md"))]
    found: list[str] = []
    while begin:
        source = begin.pop(0)
        if source in found or not (root / source).is_file():
            continue
        found.append(source)
        text = (root / source).read_text(encoding="utf-8")
        if source in lessons:
            cells = json.loads(text)["cells"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        begin += sorted(links.targets(source, text))
    return [source for source in found if source not in lessons]


def _with_cells(body: str) -> str:
    """Where a page names a cell of a notebook, as the glossary does, the name leads to it."""
    return _CELL.sub(r'\1<a href="\g<page>#cell-\g<cell>"><code>\g<cell></code></a>', body)


def _built_deck(deck: Path) -> Path:
    return config.repository_root() / "slides" / "_build" / f"{deck.stem}.html"


def _map(always: list[tuple[str, str]], decks: list[Path], live: dict[str, str]) -> str:
    """The first page: what the course is, its notebooks from course.toml, its decks, live pages and pages."""
    course = config.course()
    parts = [
        f"<h1>{html.escape(course['title'])}</h1>",
        "<p>A hands-on workshop on convolutional networks for images and text, to read here without Jupyter: every "
        "notebook with the results of one run on the bundled data. To work with it, get the course and type "
        "<code>make lab</code>.</p>",
        '<h2 id="notebooks">Notebooks</h2>',
        '<ol class="map">',
    ]
    for name, table in course["notebooks"].items():
        can = "".join(f"<li>{html.escape(one)}</li>" for one in table["objectives"])
        parts.append(
            f'<li><h3><a href="notebooks/{name}.html">{html.escape(_title(name))}</a></h3>'
            f"<p><strong>{table['minutes']} minutes</strong> · needs: {html.escape(table['needs'])}</p>"
            f"<p>You will be able to</p><ul>{can}</ul></li>"
        )
    parts.append("</ol>")
    if decks:
        parts.append('<h2 id="slides">Slides</h2>\n<ul>')
        for path in decks:
            deck = slides.read_deck(path)
            pdf = _built_deck(path).with_suffix(".pdf")
            printed = (
                f' (<a href="slides/{pdf.name}">{html.escape(deck.title)} as PDF</a>)'
                if pdf.is_file()
                else ""
            )
            parts.append(f'<li><a href="slides/{path.stem}.html">{html.escape(deck.title)}</a>{printed}</li>')
        parts.append("</ul>")
    if live:
        listed = "".join(
            f'<li><a href="{LIVE}/{name}.html">{html.escape(words)}</a></li>' for name, words in live.items()
        )
        parts.append(
            '<h2 id="live">Live pages</h2>\n<p>A trained net inside of each: it answers while you type, draw or show it '
            f"a picture, in your browser alone.</p>\n<ul>{listed}</ul>"
        )
    listed = "".join(f'<li><a href="{page}">{html.escape(words)}</a></li>' for page, words in always)
    parts.append(f'<h2 id="more">More</h2>\n<ul>{listed}</ul>')
    return '<div class="cell text">' + "\n".join(parts) + "</div>"


def _earlier(out: Path) -> list[str]:
    """Files of the build before. Raises SiteError when the folder holds other things: they are nobody's to overwrite."""
    if out.exists() and not out.is_dir():
        raise SiteError(f"{out} is a file. Name a folder: course html --out FOLDER")
    if not out.exists() or not any(out.iterdir()):
        return []
    try:
        return (out / _MADE).read_text(encoding="utf-8").splitlines()
    except OSError:
        raise SiteError(
            f"{out} holds files that `course html` did not write. Name an empty folder: course html --out FOLDER"
        ) from None


def _write(out: Path, files: dict[str, bytes], made: list[str], decks: list[Path], live: list[str]) -> None:
    root = config.repository_root()
    copied = {
        f"slides/{one.name}": one
        for path in decks
        for one in (_built_deck(path), _built_deck(path).with_suffix(".pdf"))
        if one.is_file()
    }
    copied |= {f"{LIVE}/{name}.html": root / LIVE / f"{name}.html" for name in live}
    names = sorted([*files, *copied])
    out.mkdir(parents=True, exist_ok=True)
    (out / _MADE).write_text("\n".join(names) + "\n", encoding="utf-8")
    for name in set(made) - set(names):
        (out / name).unlink(missing_ok=True)
    for name, data in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    for name, path in copied.items():
        (out / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, out / name)
