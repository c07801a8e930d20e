"""Commands that run notebooks: `course run`, `course notebooks --update`, `course bands`."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from course_utils.foundation import config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from course_utils.workshop.runner.execution import Run, Settings

# nbclient, nbformat and what they import are loaded inside the commands: `course --help` answers at once.


class Profile(StrEnum):
    """Size of a run."""

    smoke = "smoke"
    class_ = "class"
    full = "full"


class Data(StrEnum):
    """Data source of a run."""

    bundled = "bundled"
    real = "real"


class Backend(StrEnum):
    """Keras backend of a run."""

    tensorflow = "tensorflow"
    jax = "jax"
    torch = "torch"


def register(app: typer.Typer) -> None:
    """Add the commands to the `course` command."""
    app.command("run")(run)
    app.command("notebooks")(notebooks)
    app.command("bands")(bands)


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NOTEBOOK...", help="Name, number or file; none: all of them"),
    ] = None,
    profile: Annotated[Profile | None, typer.Option(help="Default: COURSE_PROFILE, else class")] = None,
    data: Annotated[Data | None, typer.Option(help="Default: COURSE_DATA, else what is there")] = None,
    backend: Annotated[Backend | None, typer.Option(help="Default: KERAS_BACKEND, else tensorflow")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Default: COURSE_SEED, else 2018")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the report to this file")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the executed notebooks in this folder")] = None,
    cell_seconds: Annotated[
        float | None, typer.Option(min=1, max=86400, help="Longest time of one cell")
    ] = None,
    require_gpu: Annotated[
        bool, typer.Option("--require-gpu", help="Refuse to run if the backend sees no GPU")
    ] = False,
    record_seconds: Annotated[
        bool,
        typer.Option(
            "--record-seconds",
            help="Keep the seconds in benchmarks/expected (maintainers; on the reference machine that it names, and quiet)",
        ),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(
            min=1, max=64, help="How many at a time; each needs about 2 GB and gets its share of the cores"
        ),
    ] = 1,
) -> None:
    """Execute notebooks in scratch folders and show seconds, cells and results with their bands.

    The source tree stays as it is, but for benchmarks/expected with --record-seconds. Exit status 1 when a cell fails, an
    expected result is missing or a result is outside of its band.
    """
    from course_utils.workshop.runner.execution import Settings

    if record_seconds and jobs > 1:
        raise typer.BadParameter(
            "Seconds are kept of notebooks that run alone. Leave --jobs out, or --record-seconds"
        )
    paths = _paths(names)
    settings = Settings(
        str(profile or _configured(config.profile)), data and str(data), backend and str(backend), seed,
        require_gpu=require_gpu,
    )  # fmt: skip
    if require_gpu:
        _need_gpu(settings.backend)
    console, done, began = Console(), {}, time.monotonic()
    for path, executed in _executed(console, paths, settings, min(jobs, len(paths)), cell_seconds):
        done[path] = executed
        if save:
            from course_utils.workshop.runner.normalising import write_notebook

            save.mkdir(parents=True, exist_ok=True)
            write_notebook(save / path.name, executed.notebook)
    runs = [done[path] for path in paths]
    _print_reports(console, runs)
    if len(runs) > 1:
        seconds = time.monotonic() - began
        console.print(f"{len(runs)} notebooks, {jobs} at a time, in {seconds:.0f} seconds", highlight=False)
    if json_file:
        from course_utils.workshop.runner.evidence import write_report

        write_report(json_file, [done.report for done in runs])
    if record_seconds:
        _record_seconds(console, [done.report for done in runs if done.ok])
    if not all(done.ok for done in runs):
        raise typer.Exit(1)


def _executed(
    console: Console, paths: list[Path], settings: Settings, jobs: int, cell_seconds: float | None
) -> Iterator[tuple[Path, Run]]:
    """Each notebook with its run: one after the other with a line that shows the cell, or several at a time."""
    from course_utils.workshop.runner.execution import run_notebook, run_side_by_side

    if jobs == 1:
        for path in paths:
            with _progress(console, path.stem) as on_cell:
                executed = run_notebook(path, settings, on_cell=on_cell, cell_seconds=cell_seconds)
            yield path, executed
        return
    with console.status(f"0 of {len(paths)} done") as status:
        for count, (path, executed) in enumerate(
            run_side_by_side(paths, settings, jobs, cell_seconds), start=1
        ):
            status.update(f"{count} of {len(paths)} done, the last one {path.stem}")
            yield path, executed


def _record_seconds(console: Console, reports: list[dict]) -> None:
    """Write how long each notebook took into benchmarks/expected, from which the doctor predicts."""
    from course_utils.workshop.runner import bands

    for report in reports:
        place = (report["notebook"], report["profile"], report["data"])
        bands.write_seconds(config.repository_root(), *place, report["seconds"])
    config.course.cache_clear()
    _remind_of_reference(console)


def notebooks(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NOTEBOOK...]", help="None: all of them")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Re-execute the notebooks in place")] = False,
) -> None:
    """List the notebooks, or re-execute them in place (--update): class profile, bundled data, CPU, TensorFlow.

    A second update on the same machine changes nothing. A notebook with a failing cell stays as it was.
    """
    if not update:
        _print_list(Console())
        return
    from course_utils.workshop.runner.execution import Settings, read_notebook, run_notebook
    from course_utils.workshop.runner.normalising import keep_volatile_outputs, normalise, write_notebook

    settings = Settings("class", "bundled", "tensorflow", config.DEFAULT_SEED, cpu_only=True)
    console, runs = Console(), []
    for path in _paths(names):
        with _progress(console, path.stem) as on_cell:
            done = run_notebook(path, settings, on_cell=on_cell)
        runs.append(done)
        if done.failure:
            console.print(f"{path.name}: left as it was", style="red", highlight=False)
            continue
        fresh, committed = normalise(done.notebook), normalise(read_notebook(path))
        keep_volatile_outputs(fresh, committed)
        written = write_notebook(path, fresh)
        console.print(f"{path.name}: {'rewritten' if written else 'unchanged'}", highlight=False)
    _print_reports(console, runs)
    if not all(done.ok for done in runs):
        raise typer.Exit(1)


def bands(
    name: Annotated[str, typer.Argument(metavar="NOTEBOOK")],
    profile: Annotated[Profile, typer.Option(help="Profile to measure")] = Profile.class_,
    data: Annotated[Data, typer.Option(help="Data source to measure")] = Data.bundled,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=1000, help="How many seeds; default 5, or 1 for a check")
    ] = None,
    backend: Annotated[Backend, typer.Option(help="Other backends only check the band")] = Backend.tensorflow,
    check: Annotated[
        bool, typer.Option("--check", help="Check the band with fresh seeds, change nothing")
    ] = False,
    as_band: Annotated[
        bool,
        typer.Option(
            "--as-band", help="Let another backend make the band (such as a GPU without TensorFlow)"
        ),
    ] = False,
    own: Annotated[
        list[str] | None,
        typer.Option(help="A result that gets a band of the backend's own; once for each of them"),
    ] = None,
) -> None:
    """Measure what is usual: repeat the cells that make results, store each run, keep the bands.

    Interrupted, it goes on where it stopped. Runs are kept in benchmarks/bands/NOTEBOOK.json.
    """
    from course_utils.workshop.runner import measuring
    from course_utils.workshop.runner.execution import Settings

    (path,) = _paths([name])
    checks_only = check or (backend is not Backend.tensorflow and not as_band and not own)
    if own and (check or as_band or backend is Backend.tensorflow):
        raise typer.BadParameter("--own goes with another --backend, without --check and --as-band")
    first = measuring.FIRST_CHECK_SEED if check else config.DEFAULT_SEED
    count = seeds or (1 if checks_only else 5)
    settings = Settings(str(profile), str(data), str(backend))
    console = Console()

    def tell(seed: int, record: dict, resumed: bool) -> None:
        values = " · ".join(f"{key} {entry['value']:.4g}" for key, entry in record["results"].items())
        source = "kept from before" if resumed else f"{record['seconds']:.0f} s"
        console.print(f"seed {seed} ({source}): {values}", highlight=False)

    with _progress(console, path.stem) as on_cell:
        wanted = list(range(first, first + count))
        role = "check" if checks_only else "own" if own else "band"
        runs, problems = measuring.measure(path, settings, wanted, role, on_run=tell, on_cell=on_cell)
    for problem in problems:
        console.print(problem, style="red", highlight=False, markup=False)
    if problems:
        raise typer.Exit(1)
    if checks_only:
        console.print(f"{len(runs)} checking run(s) within the bands of benchmarks/expected", highlight=False)
        return
    try:
        made = measuring.write(path, settings, runs, own or ())
    except ValueError as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(1) from None
    table = Table(title=f"{path.stem} · {profile} · {data}: bands written to benchmarks/expected")
    for heading in ("result", "low", "high", "mean", "sd", "runs", "n"):
        table.add_column(heading, justify="left" if heading == "result" else "right")
    for key, band in made.items():
        figures = (band.low, band.high, band.mean, band.sd, band.runs, band.n)
        table.add_row(key, *("" if figure is None else f"{figure:g}" for figure in figures))
    console.print(table)
    _remind_of_reference(console)


def _remind_of_reference(console: Console) -> None:
    """The seconds and the machine of reference.json belong together: the doctor predicts from both."""
    from course_utils.foundation import records

    machine = config.course().get("reference", {}).get("machine", "no machine")
    if machine != records.machine():
        console.print(
            f"These seconds are of {records.machine()}, the reference is {machine}. Predictions need both from one "
            "machine: course doctor --record-reference",
            style="yellow", highlight=False, markup=False,
        )  # fmt: skip


def _paths(names: list[str] | None) -> list[Path]:
    """Files of the notebooks asked for; ends with the names there are when one is unknown."""
    try:
        return [_path(name) for name in names or config.notebook_names()]
    except config.ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _path(name: str) -> Path:
    given = Path(name)
    path = given.resolve() if given.suffix == ".ipynb" and given.is_file() else config.notebook_path(name)
    if not path.is_file():
        raise config.ConfigurationError(
            f"{path} is not there, though course.toml lists it. `git checkout -- notebooks` gets it back"
        )
    return path


def _need_gpu(backend: str | None) -> None:
    """End with exit status 1 and what each backend sees, where the one in use sees no GPU."""
    from course_utils.workshop.doctor.devices import look_for_gpu

    for finding in look_for_gpu(backend=backend):
        typer.echo(f"{finding.subject}: {finding.text}", err=finding.level == "wrong")
        if finding.level == "wrong":
            typer.echo(f"Next: {finding.remedy}", err=True)
            raise typer.Exit(1)


def _configured(setting: Callable[[], str]) -> str:
    try:
        return setting()
    except config.ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


class _progress:
    """A line that shows which cell is running; nothing where no person looks."""

    def __init__(self, console: Console, name: str) -> None:
        self._status = console.status(f"{name}: starting the kernel")
        self._shown = console.is_terminal
        self._name = name

    def __enter__(self) -> Callable[[int, int, str], None]:
        if self._shown:
            self._status.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._status.stop()

    def _tell(self, number: int, total: int, label: str) -> None:
        from rich.text import Text

        if self._shown:
            self._status.update(Text(f"{self._name}: {number} of {total} · {label}"))


def _print_reports(console: Console, runs: list[Run]) -> None:
    """The results line by line, one row per notebook, and last whatever went wrong, with the cell's name."""
    from course_utils.workshop.runner.evidence import all_measured, describe_result

    # Consoles of older Windows cannot write the marks.
    unicode_fits = (console.encoding or "").lower().startswith("utf")
    check, cross = ("✓", "✗") if unicode_fits else ("ok", "NOT OK")
    table = Table()
    table.add_column("notebook", no_wrap=True)
    table.add_column("run with", overflow="fold")
    for heading in ("seconds", "cells", "MB", "in their bands"):
        table.add_column(heading, justify="right", no_wrap=True)
    for done in runs:
        report = done.report
        console.print(done.name, style="bold", highlight=False)
        for key, value in report["results"].items():
            console.print(f"  {describe_result(key, value, check, cross)}", highlight=False, markup=False)
        settings = [report[key] for key in ("profile", "data", "backend", "device") if report[key]]
        memory = f"{report['peak_mb'] or 0:.0f}"
        if report.get("peak_gpu_mb") is not None:
            memory += f"\nGPU {report['peak_gpu_mb']:.0f}"
        judged = [
            result.get("ok") for result in report["results"].values() if result.get("kind") != "seconds"
        ]
        figures = (
            f"{report['seconds']:.1f}",
            str(done.cells),
            memory,
            f"{judged.count(True)} of {len(judged)}",
        )
        # What has no band yet ran, which is less than right.
        mark = cross if not done.ok else check if all_measured(report["results"]) else "-"
        style = None if done.ok else "red"
        table.add_row(f"{mark} {done.name}", " ".join(settings), *figures, style=style)
    console.print(table)
    for done in runs:
        for problem in done.report["problems"]:
            console.print(
                f"{done.name}: {problem}", style="red", highlight=False, markup=False, soft_wrap=True
            )
        if done.traceback:
            from rich.text import Text

            console.print(Text.from_ansi(done.traceback), soft_wrap=True)


def _print_list(console: Console) -> None:
    """The notebooks of the course."""
    table = Table()
    for heading in ("notebook", "title", "minutes", "needs"):
        table.add_column(heading)
    for name, notebook in config.course()["notebooks"].items():
        table.add_row(name, notebook["title"], str(notebook["minutes"]), notebook.get("needs", ""))
    console.print(table)
