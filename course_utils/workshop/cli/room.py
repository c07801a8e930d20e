"""Commands about the room: this machine, and the learner's working copies."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `doctor`, `reset` and `prepare` to the `course` command."""
    app.command()(doctor)
    app.command()(reset)
    app.command(hidden=True)(prepare)


def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out what takes long: devices, data, speed.")
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="A block to paste into an issue form.")] = False,
    seconds: Annotated[
        float, typer.Option(min=1, max=3600, help="Longest wait for each framework's answer.")
    ] = 90.0,
    require_gpu: Annotated[
        bool, typer.Option("--require-gpu", help="A backend that sees no GPU is wrong.")
    ] = False,
    record_reference: Annotated[
        bool,
        typer.Option(
            "--record-reference",
            help="Maintainers: time this machine and keep its speed in benchmarks/expected, right after the "
            "notebooks' seconds were measured on it (course run --record-seconds).",
        ),
    ] = False,
) -> None:
    """Look at this machine, the installation, devices, Jupyter, network, disk and data; predict each notebook's minutes.

    Exit status 1 when something is wrong.
    """
    from course_utils.workshop import doctor as examination

    if record_reference:
        _record_reference()
        return
    waiting = _console(stderr=True).status("Looking at this machine")
    with waiting:  # shown to a person only
        findings = examination.examine(
            quick=quick,
            device_seconds=seconds,
            require_gpu=require_gpu,
            on_look=lambda subject: waiting.update(f"Looking at {subject}"),
        )
    if report:
        typer.echo(examination.issue_block(findings))
    else:
        _show(findings)
        if not examination.healthy(findings):
            _console().print("To ask for help, copy what this prints:  course doctor --report")
    raise typer.Exit(0 if examination.healthy(findings) else 1)


def _record_reference() -> None:
    """Keep this machine's speed in benchmarks/expected, and say what was written."""
    from course_utils.workshop.doctor import installation, speed

    try:
        written = speed.record_reference(installation.backend_in_use() or "tensorflow")
    except speed.SpeedError as problem:
        _console(stderr=True).print(f"[red]✗[/] {_escaped(problem)}", soft_wrap=True)
        raise typer.Exit(1) from problem
    for name, value in written.items():
        _console().print(f"{name:<15} {_escaped(value)}", soft_wrap=True)
    _console().print(_escaped("Written to benchmarks/expected/reference.json."), soft_wrap=True)


def reset(
    notebooks: Annotated[list[str], typer.Argument(help="Names or numbers, such as 05-fruit-cnn or 05.")],
) -> None:
    """Make fresh working copies in my-work/; what was there is kept under another name."""
    from course_utils.foundation import config
    from course_utils.workshop import workspace

    for name in notebooks:
        try:
            copy, kept = workspace.reset(name)
        except (config.ConfigurationError, workspace.WorkspaceError) as problem:
            _console(stderr=True).print(f"[red]✗[/] {_escaped(problem)}", soft_wrap=True)
            raise typer.Exit(1) from problem
        _console().print(f"Fresh copy: {_escaped(_short(copy))}", soft_wrap=True)
        if kept is not None:
            _console().print(f"Yours is kept as {_escaped(_short(kept))}", soft_wrap=True)


def prepare(
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the notebooks' data from COURSE_MIRROR only.")
    ] = False,
) -> None:
    """What `make lab` does before JupyterLab opens: copies, a quick look at the machine, where data stands."""
    from course_utils.foundation import config
    from course_utils.workshop import doctor as examination
    from course_utils.workshop import workspace

    console = _console()
    if fetch:
        _fetch_from_mirror()
        return
    try:
        made = workspace.prepare()
    except (config.ConfigurationError, workspace.WorkspaceError) as problem:
        _console(stderr=True).print(f"[red]✗[/] {_escaped(problem)}", soft_wrap=True)
        raise typer.Exit(1) from problem
    if made:
        console.print(f"Working copies made in {workspace.FOLDER}/: {', '.join(made)}", soft_wrap=True)
    findings = examination.examine(quick=True)
    _show([finding for finding in findings if finding.level != "ok"])
    if all(finding.level == "ok" for finding in findings):
        console.print("[green]✓[/] This machine is fit for the workshop.")
    try:
        if config.mirror() is None:
            _show_cost_of_real_data()
    except config.ConfigurationError as problem:  # the notebooks go on with bundled data
        console.print(f"[yellow]![/] {_escaped(problem)}", soft_wrap=True)


def _data_of_the_notebooks() -> list[str]:
    """Names of the data sets the notebooks use, each once, in the order of the day."""
    from course_utils.foundation import config

    return list(
        dict.fromkeys(name for table in config.course()["notebooks"].values() for name in table["data"])
    )


def _fetch_from_mirror() -> None:
    """Bring what the mirror has of the notebooks' data and weights to the cache.

    A failure is a line, never an exit status. What the mirror never had is not a failure, and one line for all of it:
    thirty people read it, and none of them is to fetch 600 MB because of it.
    """
    from course_utils.foundation import assets, config
    from course_utils.workshop import workspace

    console = _console(stderr=True)
    notebooks = config.course()["notebooks"].values()
    names = dict.fromkeys(name for table in notebooks for name in workspace.assets_of(table))
    missing = [name for name in names if assets.resolve(name, allow=("cache",)).origin != "cache"]
    try:
        offered, trouble = assets.default_store().mirror_offers(timeout=10)
    except (config.ConfigurationError, assets.RegistryError) as problem:
        console.print(f"[yellow]![/] {_escaped(problem)}", soft_wrap=True)
        console.print("  The notebooks go on with bundled data.", soft_wrap=True)
        return
    absent = [] if trouble else [name for name in missing if name not in offered]
    if absent:
        console.print(
            f"Not on the mirror: {', '.join(absent)}. The notebooks use what is bundled in their place.",
            soft_wrap=True,
        )
    for name in missing:
        if name in absent:
            continue
        try:
            assets.fetch(name, allow=("cache", "mirror"), progress=True)
            console.print(f"[green]✓[/] {name} fetched from the mirror", soft_wrap=True)
        except (
            Exception
        ) as problem:  # whatever goes wrong with a mirror, the workshop goes on with bundled data
            console.print(f"[yellow]![/] {name}: {_escaped(problem)}", soft_wrap=True)
            console.print("  The notebooks go on with bundled data.", soft_wrap=True)


def _show_cost_of_real_data() -> None:
    """Say which real data isn't here, what it would cost, and the command that gets it."""
    from course_utils.foundation import assets

    missing = [n for n in _data_of_the_notebooks() if assets.resolve(n, allow=("cache",)).origin != "cache"]
    if missing:
        registry = assets.default_store().registry
        size = sum(registry[name].size for name in missing) / 1e6
        _console().print(
            f"The notebooks use bundled data. The real sets ({', '.join(missing)}) are about {size:.0f} MB: "
            "make data",
            soft_wrap=True,
        )


def _show(findings: list) -> None:
    signs = {"ok": "[green]✓[/]", "note": "[yellow]![/]", "wrong": "[red]✗[/]"}
    for finding in findings:
        console = _console()
        console.print(
            f"{signs[finding.level]} {finding.subject:<12} {_escaped(finding.text)}", soft_wrap=True
        )
        if finding.remedy:
            console.print(f"  {'':<12} → {_escaped(finding.remedy)}", soft_wrap=True)


def _short(path: object) -> str:
    from course_utils.foundation import config

    return str(path).replace(str(config.repository_root()), "").lstrip("/\\")


def _escaped(text: object) -> str:
    from rich.markup import escape

    from course_utils.foundation.addresses import shown

    return escape(shown(text))


def _console(*, stderr: bool = False):
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)
