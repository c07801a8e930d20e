"""Commands for whoever gives the workshop: its public address, links for a hub, assignments, a stick."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer


def register(app: typer.Typer) -> None:
    """Add `repository`, `hub-link`, `export-assignment` and `pack` to the `course` command."""
    app.command()(repository)
    app.command("hub-link")(hub_link)
    app.command("export-assignment")(export_assignment)
    app.command()(pack)


def repository(
    address: Annotated[
        str | None, typer.Argument(metavar="OWNER/NAME", help="As in github.com/OWNER/NAME.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Take the address away, and all badges.")] = False,
) -> None:
    """Set the public address and write anew what carries it: badges, links, the notebooks' Colab cells."""
    from course_utils.foundation import config
    from course_utils.workshop.instructor import publication

    if address is None and not unset:
        _say(publication.repository() or f"No public address is set. Type: {publication.SET_IT}")
        return
    root = config.repository_root()
    try:
        changed = publication.set_repository(root / "course.toml", "" if unset else address)
    except publication.PublicationError as problem:
        _fail(problem)
    if not changed:
        _say("It was set already.")
    # In a process of its own: the generator reads course.toml afresh.
    code = subprocess.call([sys.executable, str(root / "tools" / "regenerate.py")], cwd=root)
    if code:
        _fail("The files that carry the address were not all written. Type: make regenerate")


def hub_link(
    hub: Annotated[str, typer.Argument(metavar="HUB_URL", help="Such as https://hub.example.org")],
    notebook: Annotated[str, typer.Argument(metavar="NOTEBOOK", help="Name or number, such as 05.")],
    branch: Annotated[
        str, typer.Option(help="Of a hub with another image: a branch that holds the working copies.")
    ] = "",
) -> None:
    """Print the link that opens a learner's copy of a notebook on a JupyterHub, for the board or a mail to the class."""
    from course_utils.foundation import config
    from course_utils.workshop.instructor import publication

    try:
        typer.echo(publication.hub_link(hub, notebook, branch))
    except (publication.PublicationError, config.ConfigurationError) as problem:
        _fail(problem)


def export_assignment(
    notebooks: Annotated[
        list[str], typer.Argument(metavar="NOTEBOOK...", help="Names or numbers, such as 05.")
    ],
    to: Annotated[Path, typer.Option(help="The folder of your nbgrader course.")] = Path("build/nbgrader"),
    points: Annotated[int, typer.Option(min=0, help="For each exercise.")] = 1,
    again: Annotated[bool, typer.Option("--again", help="Replace an assignment that is there.")] = False,
) -> None:
    """Write a notebook's exercises as an assignment for nbgrader, which hands out, collects and grades."""
    from course_utils.foundation import config
    from course_utils.workshop.instructor import assignment

    folder = to.expanduser().absolute()
    try:
        names = [config.notebook_path(name).stem for name in notebooks]
        for name in names:
            _say(f"✓ {assignment.export(name, folder, points, again)}")
    except (assignment.AssignmentError, config.ConfigurationError) as problem:
        _fail(problem)
    except OSError as problem:
        _fail(f"{folder} could not be written: {problem.strerror or problem}")
    _say(f"Next, in {folder}, with nbgrader installed: nbgrader generate_assignment {names[0]}")


def pack(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder, on the stick itself perhaps.")],
    data: Annotated[
        bool, typer.Option("--data/--no-data", help="Fetched data and weights from the cache.")
    ] = True,
    wheels: Annotated[
        bool, typer.Option("--wheels/--no-wheels", help="The packages, for this system.")
    ] = True,
    python: Annotated[
        list[str] | None,
        typer.Option(
            help="Wheels for this Python, such as python3.13; may be given again. Default: this one."
        ),
    ] = None,
    i_may_redistribute: Annotated[
        bool,
        typer.Option("--i-may-redistribute", help="Also sets that not everybody may pass on."),
    ] = False,
) -> None:
    """Make a stick from which a learner installs without a network: repository, data, weights, wheels."""
    from course_utils.foundation import assets, config
    from course_utils.workshop.instructor import packing

    try:
        store = assets.default_store()
        done = packing.pack(
            folder.expanduser(),
            config.repository_root(),
            store=store if data else None,
            may_redistribute=i_may_redistribute,
            wheels=wheels,
            pythons=python or (),
            say=_say,
        )
    except (packing.PackError, assets.RegistryError, config.ConfigurationError) as problem:
        _fail(problem)
    except OSError as problem:
        _fail(f"{folder} could not be written: {problem.strerror or problem}. Is the stick full?")
    for name, reason in done.left_out.items():
        _say(f"· left out: {name}: {reason}")
    for part, size in done.sizes.items():
        _say(f"✓ {part:<12} {size / 1e6:8.1f} MB")
    _say(f"Made in {done.seconds:.0f} s, {sum(done.sizes.values()) / 1e6:,.0f} MB: {folder}")
    _say("On a learner's machine: open README.md on the stick, or type there")
    _say(f"  {packing.LEARNERS_COMMAND}")


def _say(text: str) -> None:
    """One line on standard output, never wrapped: a person may copy the command in it."""
    from rich.console import Console

    Console().print(text, markup=False, highlight=False, soft_wrap=True)


def _fail(problem: object) -> NoReturn:
    from rich.console import Console

    Console(stderr=True).print(f"✗ {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
