"""Markdown of one deck to the HTML of its slides, by pandoc (from PyPI: pypandoc-binary brings it along)."""

from __future__ import annotations

import os
import shutil
import subprocess

from .errors import ToolMissing

# No implicit figures: the alt text of a picture alone in its paragraph would be printed as its caption.
READER = "markdown-implicit_figures-raw_tex-tex_math_single_backslash"
_OPTIONS = (
    "--to",
    "revealjs",
    "--mathml",
    "--slide-level=2",
    "--wrap=preserve",
    "--columns=1000",
    "--eol=lf",
)


def find() -> str:
    """Path of pandoc; raises ToolMissing naming what to install."""
    asked = os.environ.get("COURSE_PANDOC", "")
    if asked and not shutil.which(asked):
        raise ToolMissing(
            f"COURSE_PANDOC names {asked}, which is no program. Name pandoc itself, or leave it out"
        )
    if asked:
        return asked
    try:
        import pypandoc

        return pypandoc.get_pandoc_path()
    except (ImportError, OSError):
        found = shutil.which("pandoc")
    if not found:
        raise ToolMissing("Slides and site need pandoc. Type: python -m pip install pypandoc-binary")
    return found


def to_html(markdown: str) -> str:
    """The slides of a deck, one <section> each. Raises ToolMissing without pandoc, ValueError with its words."""
    answer = subprocess.run(
        [find(), "--from", READER, *_OPTIONS],
        input=markdown,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if answer.returncode or "[WARNING]" in answer.stderr:
        raise ValueError(f"pandoc: {answer.stderr.strip()}")
    return answer.stdout
