"""A deck printed to PDF by Chromium: one page a slide, 16:9, without the notes or with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from . import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECONDS = 60


def print_deck(chromium: Browser, page_file: Path, target: Path, notes: bool = False) -> None:
    """Print a built deck; with `notes` each slide's notes follow on a page of their own."""
    context, _ = browser.offline_context(chromium)
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    query = "?print-pdf&light" + ("&showNotes=separate-page" if notes else "")
    page.goto(page_file.resolve().as_uri() + query)
    page.wait_for_function("window.courseReadyToPrint === true")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    page.pdf(path=part, prefer_css_page_size=True, print_background=True, tagged=True)
    part.replace(target)
    context.close()
