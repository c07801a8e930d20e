"""The command that writes the course as a static site: `course html`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add `html` to the `course` command."""
    app.command("html")(build)


def build(
    out: Annotated[Path | None, typer.Option(help="Folder for the pages; default site")] = None,
) -> None:
    """Write the course as web pages to read without Jupyter: notebooks with results, glossary, instructor's pages.

    Decks are copied in where `course slides` has built them. Exit status 1 when it can't be written.
    """
    from course_utils.workshop import site
    from course_utils.workshop.slides import ToolMissing

    console = Console()
    try:
        with console.status("site") as status:
            built = site.build(out, on_step=lambda step: status.update(step))
    except (site.SiteError, ToolMissing) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    except OSError as problem:
        typer.echo(
            f"The pages could not be written: {problem}. Another folder: course html --out FOLDER", err=True
        )
        raise typer.Exit(1) from None
    decks = f"{built.decks} deck(s)" if built.decks else "no deck (`make slides` builds them)"
    console.print(
        f"{built.notebooks} notebooks, {built.pages} other pages, {decks}: {built.size / 1e6:.1f} MB "
        f"in {built.seconds:.1f} s",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"Open {built.index}", highlight=False, markup=False, soft_wrap=True)
