"""Decks built from beginning to end: fill, convert, put together, print."""

from __future__ import annotations

import contextlib
import html
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.foundation import config

from . import browser, manifest, nets, page, pandoc, pdf, placeholders, reveal
from .decks import Deck, Slide, find_decks, read_deck
from .errors import SlideError, SourceError, ToolMissing
from .figures import Figure, draw_beside, figure, to_draw

WORTH_A_PROCESS = 8  # figures; loading Python and matplotlib again costs as much as a few of them


@dataclass
class Built:
    """What became of a deck: its files, how many slides, figures and numbers, from which sources, in how long."""

    deck: str
    html: Path
    slides: int
    figures: int
    numbers: int
    sources: tuple[str, ...]
    seconds: float
    pdf: Path | None = None
    entries: list[dict] = field(default_factory=list)


@dataclass
class Report:
    """A whole build: each deck, why there is no PDF (or nothing), what was fetched or computed on the way."""

    decks: list[Built]
    no_pdf: str
    remarks: list[str]
    manifest_changed: bool
    seconds: float


def build(
    names: list[str] | None = None,
    out: Path | None = None,
    with_pdf: bool = True,
    with_notes: bool = False,
    remember: bool = True,
    on_step: Callable[[str], None] = lambda step: None,
) -> Report:
    """Build decks into `out` (slides/_build), HTML first, then PDF, and bring the manifest up to date.

    `remember`: False leaves the manifest as it is.

    Without a Chromium the HTML is built and the report says what to install. Raises SlideError for a deck that
    cannot be filled, ToolMissing without pandoc or reveal.js.
    """
    began = time.perf_counter()
    out = out or config.repository_root() / "slides" / "_build"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SlideError(
            f"{out} can't be a folder for the slides ({error.strerror}). Type: course slides --out FOLDER"
        ) from None
    decks = [read_deck(path) for path in find_decks(names)]
    remarks = []
    on_step("reveal.js")
    library, fetched = reveal.ensure()
    if fetched:
        remarks.append(f"reveal.js {reveal.version()} fetched by npm and checked; it stays in {library}")
    with ThreadPoolExecutor(
        1
    ) as beside:  # a framework that loads and figures that are drawn: two cores' work
        start = time.perf_counter()
        computing = beside.submit(_prepare, [pair for deck in decks for pair in _nets_of(deck)])
        _draw_all(decks, on_step)
        on_step("tables of nets")
        if computed := computing.result():
            remarks.append(
                f"{computed} net(s) built to read their tables, {time.perf_counter() - start:.1f} s; kept"
            )
    built = []
    for deck in decks:
        on_step(f"{deck.name}: HTML")
        built.append(build_html(deck, out, library))
    no_pdf = _print_all(built, with_notes, on_step) if with_pdf else "not asked for"
    changed = remember and manifest.write({one.deck: one.entries for one in built})
    return Report(built, no_pdf, remarks, changed, time.perf_counter() - began)


def build_html(deck: Deck, out: Path, library: Path) -> Built:
    """One deck as one HTML file; raises SlideError naming deck and line where it cannot be filled."""
    began = time.perf_counter()
    filled = [fill_slide(deck, slide) for slide in deck.slides]
    entries, figures, alts, texts = [], [], [], []
    for one in filled:
        text = one.markdown
        for number, (found, alt) in enumerate(zip(one.figures, one.alts, strict=True)):
            text = text.replace(f"(course-figure-here-{number})", f"(course-figure-{len(figures)})")
            figures.append(found)
            alts.append(alt)
        texts.append(text)
        entries.extend(entry for entry in one.entries if entry not in entries)
    try:
        sections = pandoc.to_html("\n\n".join(texts))
    except ValueError as error:
        raise SlideError(f"slides/{deck.path.name}: {error}") from None
    whole = page.whole_page(deck, sections, figures, alts, library)
    target = out / f"{deck.name}.html"
    part = target.with_name(f"{target.name}.{os.getpid()}.part")  # two builds may do it at once
    part.write_text(whole, encoding="utf-8", newline="\n")
    part.replace(target)
    numbers = sum(entry["kind"] in ("number", "net") for entry in entries)
    sources = tuple(dict.fromkeys(entry["source"].partition("#")[0] for entry in entries))
    return Built(
        deck.name, target, len(deck.slides) + 1, len(figures), numbers, sources, time.perf_counter() - began,
        entries=entries,
    )  # fmt: skip


@dataclass(frozen=True)
class FilledSlide:
    """A slide as Markdown for pandoc, with the figures it shows and what it uses."""

    markdown: str
    figures: list[Figure]
    alts: list[str]
    entries: list[dict]


def fill_slide(deck: Deck, slide: Slide) -> FilledSlide:
    """Numbers, tables and figures of one slide, and the line at its foot that says where they come from."""
    figures: list[Figure] = []
    alts: list[str] = []
    entries: list[dict] = []
    labels: list[str] = []

    def fill(text: str, number: int, shown: bool) -> str:
        place = deck.place(number)
        answer = placeholders.fill(text, place)
        entries.extend(use.record() for use in answer.uses)
        if shown:
            labels.extend(use.label for use in answer.uses if use.label)
        drawn = manifest.FIGURE.sub(lambda match: picture(match, place), answer.text)
        if "](figure:" in drawn:
            raise SlideError(f"{place}: {drawn.strip()!r} is no figure; its alt text may hold no [ or ]")
        return drawn

    def picture(match: re.Match, place: str) -> str:
        try:
            found = figure(match["name"])
        except SourceError as error:
            raise SlideError(f"{place}: figure:{match['name']}: {error}") from None
        alt = re.sub(r"\\(.)", r"\1", match["alt"]).strip() or found.alt
        if len(alt) < 20:
            raise SlideError(
                f"{place}: figure:{match['name']} has no alt text; type ![A sentence that says what is seen](...)"
            )
        figures.append(found)
        alts.append(alt)
        entries.extend(manifest.of_figure(match["name"], found.uses))
        labels.extend(use.label for use in found.uses if use.label)
        return f"![](course-figure-here-{len(figures) - 1})"

    heading = fill(slide.heading, slide.line, shown=True)
    body = [fill(text, line, shown=True) for text, line in zip(slide.body, slide.body_lines, strict=True)]
    notes = [fill(text, line, shown=False) for text, line in zip(slide.notes, slide.notes_lines, strict=True)]
    lines = [f"## {heading}", "", *body, ""]
    if labels:
        told = " · ".join(html.escape(label) for label in dict.fromkeys(labels))
        lines += ["```{=html}", f'<p class="sources">{told}</p>', "```", ""]
    lines += ["::::::::: notes", *notes, ":::::::::"]
    return FilledSlide("\n".join(lines), figures, alts, entries)


def _nets_of(deck: Deck) -> list[tuple[str, bool]]:
    """Nets that a deck's text asks for, and those its figures read when it was last built."""
    lines = [text for slide in deck.slides for _, text in slide.lines()]
    asked = [pair for text in lines for pair in placeholders.nets_asked(text)]
    return asked + [pair for pair in manifest.nets_read([deck.name]) if nets.is_known(*pair)]


def _prepare(asked: list[tuple[str, bool]]) -> int:
    try:
        return nets.prepare(asked)
    except SourceError:
        return 0  # said again, with deck and line, when the placeholder is filled


def _draw_all(decks: list[Deck], on_step: Callable[[str], None]) -> None:
    """Draw what isn't kept from before; what cannot be drawn is said with deck and line when it is put in.

    Half of it in a process beside this one; figures that read nets come last, when the nets are there.
    """
    on_step("figures")
    texts = ["\n".join(slide.body) for deck in decks for slide in deck.slides]
    missing = to_draw([match["name"] for text in texts for match in manifest.FIGURE.finditer(text)])
    waiting = set().union(*manifest.nets_read([deck.name for deck in decks]).values())
    ready = [name for name in missing if name not in waiting]
    beside = draw_beside(ready[1::2]) if len(ready) >= WORTH_A_PROCESS else None
    mine = ready[::2] if beside else ready
    for number, name in enumerate([*mine, *(name for name in missing if name in waiting)], start=1):
        on_step(f"figures: {number}, {name.removeprefix('drawn/')}")
        with contextlib.suppress(SourceError):
            figure(name)
    if beside:
        beside.wait()


def _print_all(built: list[Built], with_notes: bool, on_step: Callable[[str], None]) -> str:
    """Print each deck, two at a time; returns why not, or an empty text."""
    on_step("PDF")
    try:
        with ThreadPoolExecutor(2) as two:
            list(two.map(lambda decks: _print(decks, with_notes), (built[::2], built[1::2])))
    except ToolMissing as error:
        return str(error)
    return ""


def _print(decks: list[Built], with_notes: bool) -> None:
    """Print some decks with a Chromium of their own."""
    if not decks:
        return
    with browser.opened() as chromium:
        for one in decks:
            began = time.perf_counter()
            target = one.html.with_suffix(".pdf")
            pdf.print_deck(chromium, one.html, target)
            if with_notes:
                pdf.print_deck(chromium, one.html, target.with_name(f"{one.deck}-notes.pdf"), notes=True)
            one.pdf = target
            one.seconds += time.perf_counter() - began
