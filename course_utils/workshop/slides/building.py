"""Decks built from beginning to end: filled, converted, put into one file, printed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.foundation import config

from . import addresses, beside, figures, manifest, nets, output, placeholders, reveal
from .decks import Deck, find_decks, read_deck
from .errors import SlideError, SourceError, ToolMissing
from .filling import Filled, fill

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
    entries: list[dict]
    beside: list[Path] = field(default_factory=list)


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
    kinds: tuple[str, ...] = ("pdf",),
    remember: bool = True,
    on_step: Callable[[str], None] = lambda step: None,
) -> Report:
    """Build decks into `out` (slides/_build), HTML first, and bring the manifest up to date.

    Args:
        names: decks by name or number; None for all of them.
        out: the folder; made where it isn't there.
        kinds: what to make besides: `pdf`, `notes` (sheets with slide and notes, to print), `pptx`.
        remember: False leaves the manifest as it is.
        on_step: told what is being done.

    Returns:
        What was built; without a Chromium the HTML alone, and what to install.

    Raises:
        SlideError: a deck that cannot be filled, or would load something from elsewhere.
        ToolMissing: no pandoc, no reveal.js, or no Chromium for the pictures of a PPTX.
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
    addresses.refuse([problem for deck in decks for problem in addresses.problems(deck)])
    on_step("reveal.js")
    library, fetched = reveal.ensure()
    remarks = []
    if fetched:
        remarks.append(f"reveal.js {reveal.version()} fetched by npm and checked; it stays in {library}")
    if computed := _draw_all(decks, on_step):
        remarks.append(f"{computed} net(s) built to read their tables; kept")
    built, filled = [], []
    for deck in decks:
        on_step(f"{deck.name}: HTML")
        filled.append(fill(deck))
        built.append(build_html(deck, out, library, filled[-1]))
    no_pdf = "" if kinds else "not asked for"
    if kinds:
        on_step(", ".join(kinds))
        try:
            with ThreadPoolExecutor(2) as two:
                list(two.map(lambda one, text: output.more(kinds, one, text, library), built, filled))
        except ToolMissing as error:
            no_pdf = str(error)
    changed = remember and manifest.write({one.deck: one.entries for one in built})
    return Report(built, no_pdf, remarks, changed, time.perf_counter() - began)


def build_html(deck: Deck, out: Path, library: Path, filled: Filled | None = None) -> Built:
    """One deck as one HTML file; raises SlideError naming deck and line where it cannot be filled."""
    began = time.perf_counter()
    filled = filled or fill(deck)
    page = out / f"{deck.name}.html"
    try:
        beside.write(page, output.html(filled, "page.html", library).encode())
    except ValueError as error:
        raise SlideError(f"slides/{deck.path.name}: {error}") from None
    addresses.refuse(addresses.left_outside(page))
    sources = tuple(dict.fromkeys(entry["source"].partition("#")[0] for entry in filled.entries))
    numbers = sum(entry["kind"] in ("number", "net") for entry in filled.entries)
    return Built(
        deck.name, page, len(deck.slides) + 1, len(deck.figures), numbers, sources,
        time.perf_counter() - began, filled.entries,
    )  # fmt: skip


def _draw_all(decks: list[Deck], on_step: Callable[[str], None]) -> int:
    """Draw what isn't kept from before, in processes beside this one, while nets are computed; how many of these.

    What cannot be drawn is said with deck and line when it is put in.
    """
    missing = figures.to_draw([name for deck in decks for _, name in deck.figures])
    read = manifest.nets_read([deck.name for deck in decks])
    asked = [pair for deck in decks for text in deck.lines for pair in placeholders.nets_asked(text)]
    asked += [pair for pair in read if nets.is_known(*pair)]
    waiting = set().union(*read.values())
    computed = 0
    with beside.processes(2) if len(missing) >= WORTH_A_PROCESS else contextlib.nullcontext() as pool:
        drawing = [pool.submit(figures.draw, name) for name in missing if name not in waiting] if pool else []
        on_step("tables of nets")
        with contextlib.suppress(
            SourceError
        ):  # said again, with deck and line, when the placeholder is filled
            computed = nets.prepare(asked)
        drawing += [pool.submit(figures.draw, name) for name in missing if name in waiting] if pool else []
        for number, one in enumerate(drawing, start=1):
            on_step(f"figures: {number} of {len(drawing)}")
            one.result()
    return computed
