"""What a filled deck is written as: a page with everything in it, sheets with the notes, a PDF, a PPTX."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.foundation import config

from . import beside, browser, pandoc
from .decks import folder
from .filling import Filled, for_powerpoint, with_sources

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECONDS = 60
_HTML = ("--mathml", "--slide-level=2", "--wrap=preserve", "--columns=1000", "--eol=lf", "--embed-resources")
_HEADING = re.compile(r"(<h2\b[^>]*?)(?:\s+data-background[\w-]*=\"[^\"]*\")+")


def html(filled: Filled, template: str, library: Path) -> str:
    """One self-contained HTML file, made by a template of slides/theme; `library`: the folder of reveal.js."""
    slides = folder()
    looked_in = os.pathsep.join(map(str, (slides, slides / "theme", library)))
    arguments = [*_HTML, f"--template={slides / 'theme' / template}", f"--resource-path={looked_in}"]
    shown = map(with_sources, filled.slides, filled.labels)
    meta = filled.meta() | {"course": config.course()["title"]}
    page = pandoc.write([block for slide in shown for block in slide], meta, "revealjs", arguments)
    # pandoc writes a slide's ground at its heading once more, has pictures wait until their slide is near, and calls
    # whatever it puts in a picture.
    page = re.sub(r'<(video|audio|source|track|iframe) role="img"', r"<\1", page)
    page = re.sub(r"<img\b[^>]*>", lambda tag: tag[0].replace(" data-src=", " src=", 1), page)
    return _HEADING.sub(r"\1", page)


def more(kinds: tuple[str, ...], built, filled: Filled, library: Path) -> None:  # noqa: ANN001
    """The other files of a deck beside its HTML, by name: `pdf`, `notes`, `pptx`. Raises ToolMissing without Chromium."""
    if "notes" in kinds:
        sheet = built.html.with_name(f"{built.deck}-notes.html")
        beside.write(sheet, html(filled, "sheet.html", library).encode())
        built.beside.append(sheet)
    with browser.opened() as chromium:
        for kind in kinds:
            target = built.html.with_name(f"{built.deck}{'-notes.pdf' if kind == 'notes' else f'.{kind}'}")
            if kind == "pptx":
                powerpoint(chromium, filled, target)
            elif kind == "notes":
                print_page(chromium, sheet, target, wait="document.body.dataset.ready === 'yes'")
            else:
                print_deck(chromium, built.html, target)
            built.beside.append(target)


def print_deck(chromium: Browser, page_file: Path, target: Path) -> None:
    """Print a built deck: one page per slide, 16:9."""
    print_page(chromium, page_file, target, "?print-pdf&light", "window.courseReadyToPrint === true")


def print_page(chromium: Browser, page_file: Path, target: Path, query: str = "", wait: str = "true") -> None:
    """Print a page to PDF, as it asks to be printed, as soon as what it waits for is true."""
    context, _ = browser.offline_context(chromium)
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(page_file.resolve().as_uri() + query)
    page.wait_for_function(wait)
    beside.write(target, page.pdf(prefer_css_page_size=True, print_background=True, tagged=True))
    context.close()


def powerpoint(chromium: Browser, filled: Filled, target: Path) -> None:
    """An editable PPTX: text, tables and formulas as PowerPoint's own, figures as pictures, notes as notes."""
    slides = folder()
    pictures = {}
    for figure in filled.figures:
        name = figure.file.relative_to(slides).as_posix()
        pictures[name] = (
            name if figure.file.suffix == ".png" else _as_png(chromium, figure).relative_to(slides).as_posix()
        )
    meta = {key: filled.meta()[key] for key in ("title", "subtitle")}
    shown = [
        for_powerpoint(slide, labels, pictures)
        for slide, labels in zip(filled.slides, filled.labels, strict=True)
    ]
    part = target.with_name(f"{target.stem}.{os.getpid()}.part.pptx")
    arguments = ["--slide-level=2", f"--resource-path={slides}", f"--output={part}"]
    pandoc.write([block for slide in shown for block in slide], meta, "pptx", arguments)
    part.replace(target)


def _as_png(chromium: Browser, figure) -> Path:  # noqa: ANN001
    """A figure's SVG as PNG with twice its pixels, or its WebP as PNG, kept beside what else is kept."""
    file = beside.kept_in() / f"{figure.file.stem}-{figure.uses[0].digest}.png"
    if not file.is_file() and figure.file.suffix == ".webp":
        from PIL import Image

        buffer = io.BytesIO()
        with Image.open(figure.file) as image:
            image.save(buffer, format="PNG", optimize=True)
        beside.write(file, buffer.getvalue())
    elif not file.is_file():
        context = chromium.new_context(device_scale_factor=2, offline=True)
        page = context.new_page()
        page.goto(figure.file.resolve().as_uri())
        beside.write(file, page.locator("svg").first.screenshot())
        context.close()
    return file
