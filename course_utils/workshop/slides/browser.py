"""The Chromium that prints the slides and tries them out, opened so that it reaches no network."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ToolMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
REMEDY = (
    "Install Chromium or Chrome (Debian and Ubuntu: sudo apt install chromium), or name one: "
    "COURSE_CHROMIUM=/path/to/chromium"
)


def find() -> str | None:
    """Path of a Chromium, or of a browser made from it: `COURSE_CHROMIUM`, the search path, the usual places."""
    asked = os.environ.get("COURSE_CHROMIUM")
    if asked:
        return asked if Path(asked).exists() else None
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in (*found, *PLACES) if path and Path(path).exists()), None)


@contextlib.contextmanager
def opened() -> Iterator[Browser]:
    """A headless Chromium; raises ToolMissing saying what to install, or that what is there does not start."""
    path = find()
    if path is None:
        raise ToolMissing(f"There is no Chromium to print the slides with. {REMEDY}")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ToolMissing(
            "Printing the slides needs playwright. Type: python -m pip install playwright"
        ) from None
    with sync_playwright() as driver:
        # No sandbox: CI and containers run as root, where Chromium's own refuses; the pages are our own.
        try:
            chromium = driver.chromium.launch(executable_path=path, headless=True, args=["--no-sandbox"])
        except Error as error:
            raise ToolMissing(f"{path} does not start: {str(error).splitlines()[0]}. {REMEDY}") from error
        try:
            yield chromium
        finally:
            chromium.close()


def offline_context(browser: Browser, **options: object) -> tuple[BrowserContext, list[str]]:
    """A context without a network, the size of a slide, and the list of addresses it was asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True, **options)
    asked: list[str] = []

    def answer(route) -> None:  # noqa: ANN001
        if route.request.url.startswith(("file:", "data:", "blob:", "about:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", answer)
    return context, asked
