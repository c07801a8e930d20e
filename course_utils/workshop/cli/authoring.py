"""The command for whoever adds a notebook."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer


class Track(StrEnum):
    """The two tracks of the map."""

    core = "core"
    further = "further"


def register(app: typer.Typer) -> None:
    """Add `new` to the `course` command."""
    app.command()(new)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Number and words, such as 09-architectures.")],
    title: Annotated[str, typer.Option(help="Its title, without the number.")],
    track: Annotated[Track, typer.Option(help="Where the map shows it.")] = Track.further,
) -> None:
    """Begin a notebook: a draft that runs, its grader with a test, its table, its plan, its teaching notes."""
    from course_utils.foundation import config
    from course_utils.workshop import authoring

    root = config.repository_root()
    try:
        written = authoring.create(name, title, track.value)
    except authoring.NewNotebookError as problem:
        typer.echo(f"✗ {problem}", err=True)
        raise typer.Exit(1) from problem
    for path in dict.fromkeys(written.files):
        typer.echo(f"written: {path.relative_to(root).as_posix()}")
    # In processes of their own: each reads the course afresh.
    for step in (
        [sys.executable, "-m", "course_utils.workshop", "notebooks", "--update", name],
        [sys.executable, str(root / "tools" / "regenerate.py")],
    ):
        if code := subprocess.call(step, cwd=root):
            typer.echo(f"✗ This did not work: {' '.join(step[1:])}", err=True)
            raise typer.Exit(code)
    typer.echo(
        f"A draft. Write it in JupyterLab, then: course notebooks --update {name} · course bands {name} · "
        "take `draft = true` out of course.toml"
    )
