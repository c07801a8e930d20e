"""The command that keeps what a run has shown: `course status`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Variant(StrEnum):
    """Which versions were installed."""

    lock = "lock"
    oldest = "oldest"
    latest = "latest"
    colab = "colab"


def register(app: typer.Typer) -> None:
    """Add the command to the `course` command."""
    app.command("status")(status)


def status(
    record: Annotated[
        list[Path] | None,
        typer.Option(help="Keep this report, of `course run --json FILE` or of COURSE_REPORT=FILE pytest"),
    ] = None,
    variant: Annotated[Variant, typer.Option(help="Which versions were installed for it")] = Variant.lock,
) -> None:
    """Show where each notebook is known to run, or keep reports (--record) and write docs/status.md anew."""
    from course_utils.foundation import config
    from course_utils.workshop.instructor import status as kept

    left_out = 0
    for path in record or ():
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            usable = [line for line in report if _says_where(line)]
            left_out += len(report) - len(usable)
            written = kept.keep(usable, str(variant))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            typer.echo(f"✗ {path}: {problem}", err=True)
            raise typer.Exit(1) from None
        for file in written:
            typer.echo(f"kept in {file.relative_to(config.repository_root()).as_posix()}")
    page = kept.page(config.course(), kept.recorded())
    if record:
        target = config.repository_root() / "docs" / "status.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8", newline="\n")
        typer.echo("docs/status.md written; docs/headline.md may have changed too: make regenerate")
    else:
        typer.echo(page, nl=False)
    if left_out:
        raise typer.Exit(1)


def _says_where(line: dict) -> bool:
    """Whether a line of a report can be kept; says why not where it can't. The others of the report are kept."""
    from course_utils.workshop.instructor import status as kept

    if not {"notebook", "results", "ok"} <= line.keys():
        raise ValueError("is not a report; `course run NOTEBOOK --json FILE` writes one")
    try:
        kept.platform_of(line)
    except kept.StatusError as problem:
        typer.echo(f"✗ {problem}", err=True)
        return False
    return True
