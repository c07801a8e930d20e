"""The command that builds the decks: `course slides`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

NPM_MISSING = 3  # tools/start.py knows this exit status and brings an npm


def register(app: typer.Typer) -> None:
    """Add `slides` to the `course` command."""
    app.command()(slides)


def slides(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[DECK...]", help="Name or number; none: all of them")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Build nothing; say what is stale or breaks a rule")
    ] = False,
    html_only: Annotated[bool, typer.Option("--html-only", help="Leave out the PDF")] = False,
    notes: Annotated[
        bool, typer.Option("--notes", help="Also sheets to print: each slide beside its speaker notes")
    ] = False,
    pptx: Annotated[bool, typer.Option("--pptx", help="Also PowerPoint files, to be edited there")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the files; default slides/_build")] = None,
) -> None:
    """Build the decks with today's numbers and figures: one HTML file each, and a PDF where Chromium is there.

    Brings slides/manifest.json up to date. Exit status 1 when a deck cannot be filled.
    """
    from course_utils.workshop import slides as decks

    console = Console()
    try:
        if check:
            raise typer.Exit(_check(names))
        with console.status("slides") as status:
            asked = {"pdf": not html_only, "notes": notes, "pptx": pptx}
            kinds = tuple(kind for kind, wanted in asked.items() if wanted)
            report = decks.build(names, out, kinds, on_step=lambda step: status.update(step))
    except (decks.SlideError, decks.ToolMissing) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NPM_MISSING if isinstance(error, decks.NpmMissing) else 1) from None
    except OSError as error:
        typer.echo(
            f"The decks could not be built: {error}. Another folder: course slides --out FOLDER", err=True
        )
        raise typer.Exit(1) from None
    _show(console, report)


def _check(names: list[str] | None) -> int:
    from course_utils.workshop import slides as decks

    read = [decks.read_deck(path) for path in decks.find_decks(names)]
    found = [problem for deck in read for problem in decks.problems(deck)] + decks.stale()
    pages = (decks.folder() / "_build" / f"{deck.name}.html" for deck in read)
    found += [line for page in pages if page.is_file() for line in decks.left_outside(page)]
    for problem in found:
        typer.echo(problem, err=True)
    if not found:
        typer.echo(f"{len(read)} deck(s): every rule kept, no number and no figure older than its source")
    return 1 if found else 0


def _told(sources: tuple[str, ...]) -> str:
    """Where a deck's numbers and figures come from, a line a kind; the manifest has each of them."""
    kinds: dict[str, list[str]] = {"notebooks": [], "recorded": [], "drawn by": [], "nets": [], "": []}
    pictures = 0
    for source in sources:
        folder, _, name = source.rpartition("/")
        stem = name.partition(".")[0]
        if folder.startswith("data"):
            pictures += 1
        elif folder in ("notebooks", "benchmarks/expected"):
            kinds["notebooks"].append(stem)
        elif folder == "benchmarks/recorded":
            kinds["recorded"].append(stem)
        elif folder == "slides/figures":
            kinds["drawn by"].append(name)
        elif folder in ("slides/nets", "keras.applications", ""):
            kinds["" if name.endswith(".toml") else "nets"].append(name)
        else:
            kinds[""].append(source)
    lines = [f"{kind} {', '.join(sorted(set(names)))}".strip() for kind, names in kinds.items() if names]
    return "\n".join(lines + ([f"{pictures} picture(s)"] if pictures else []))


def _show(console: Console, report) -> None:  # noqa: ANN001
    table = Table()
    table.add_column("deck", no_wrap=True)
    for heading in ("slides", "figures", "numbers"):
        table.add_column(heading, justify="right")
    table.add_column("from", overflow="fold")
    table.add_column("seconds", justify="right")
    for one in report.decks:
        counts = (str(one.slides), str(one.figures), str(one.numbers))
        table.add_row(one.deck, *counts, _told(one.sources), f"{one.seconds:.1f}")
    console.print(table)
    for remark in report.remarks:
        console.print(remark, highlight=False, markup=False, soft_wrap=True)
    for one in report.decks:
        files = [str(path) for path in (one.html, *one.beside)]
        console.print("  ".join(files), highlight=False, markup=False, soft_wrap=True)
    if report.no_pdf:
        console.print(f"No PDF: {report.no_pdf}", highlight=False, markup=False, soft_wrap=True)
    manifest = "brought up to date: commit it" if report.manifest_changed else "unchanged"
    console.print(f"slides/manifest.json {manifest}", highlight=False)
    console.print(f"{len(report.decks)} deck(s) in {report.seconds:.1f} s", highlight=False)
