"""The `course` command: one sub-module per subject, assembled here."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys

import typer

app = typer.Typer(
    name="course",
    help="Run, check and share the workshop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

# Each sub-module has a function register(app) that adds its commands.
SUBJECTS = ("data", "notebooks", "room", "slides", "site", "status", "instructor", "authoring", "serving")

for subject in SUBJECTS:
    importlib.import_module(f"course_utils.workshop.cli.{subject}").register(app)


def main() -> None:
    """Entry point of the `course` console script.

    Windows gives a file or a pipe (`course doctor > report.txt`) an encoding without marks such as a tick: what
    can't be written becomes a question mark there, not an error. What the course cannot work with (a setting, a file
    of tables) and output that cannot be written end every command alike: one line, and an exit status.
    """
    from course_utils.foundation import config

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except config.ConfigurationError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)
    except OSError as problem:
        if problem.filename is not None:  # of a file that the command should have known about
            raise
        _give_up_output(problem)
        sys.exit(1)


def _give_up_output(problem: OSError) -> None:
    """Say that the output went nowhere, and keep Python from trying again at its end."""
    with contextlib.suppress(OSError):
        typer.echo(
            f"The output can't be written: {problem.strerror or problem}. Perhaps its disk is full. Make room, "
            "or write it elsewhere, then type the command again",
            err=True,
        )
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, AttributeError, ValueError):
            stream.flush()
            continue
        with contextlib.suppress(OSError, AttributeError, ValueError):
            os.dup2(nowhere, stream.fileno())
