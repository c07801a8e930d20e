"""The `course` command: one sub-module per subject, assembled here."""

from __future__ import annotations

import importlib
import sys

import typer

app = typer.Typer(
    name="course",
    help="Run, check and share the workshop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

# Each sub-module has a function register(app) that adds its commands.
SUBJECTS = ("data", "notebooks", "room", "slides", "site", "status", "instructor", "authoring")

for subject in SUBJECTS:
    importlib.import_module(f"course_utils.workshop.cli.{subject}").register(app)


def main() -> None:
    """Entry point of the `course` console script.

    Windows gives a file or a pipe (`course doctor > report.txt`) an encoding without marks such as a tick: what
    can't be written becomes a question mark there, not an error. A COURSE_ROOT that is none ends every command alike.
    """
    from course_utils.foundation import config

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except config.ConfigurationError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)
