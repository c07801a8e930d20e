"""Commands that bring a net out of the notebook: `course export`, `course serve`, `course page`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from course_utils.foundation import config

OUT = Annotated[
    Path | None, typer.Option(help="Folder of the exported nets; default: nets in the course's cache.")
]

SAVED = Annotated[
    Path | None,
    typer.Option("--from", help="Of characters: the folder in which notebook 12 saved a net of yours."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the `course` command."""
    app.command("export")(export)
    app.command("serve")(serve)
    app.command("page")(page)


def export(
    net: Annotated[str, typer.Argument(help="fruit, review, digit, characters, tags or detector.")],
    out: OUT = None,
    saved: SAVED = None,
    int8: Annotated[bool, typer.Option("--int8", help="Write a copy with 8 bits as well.")] = False,
) -> None:
    """Train a net of the course, or take the kept one, and write it as ONNX with labels and preprocessing inside.

    `characters` reads letter by letter. `tags` is the tagger of names and `detector` finds fruit on tables; both come
    with the course.
    """
    from course_utils.further.serving import ServingError, load, nets
    from course_utils.further.serving.quantising import quantise

    try:
        if not saved and net not in nets.COME_WITH_THE_COURSE:
            typer.echo(f"{net}: training takes a minute the first time ...", err=True)
        found = nets.saved(net, saved.expanduser()) if saved else nets.trained(net)
        path = found.export(folder_of(out), net)
        typer.echo(f"{path}  {path.stat().st_size / 1e3:,.0f} kB")
        typer.echo(f"Against Keras: {found.compare(load(path))}")
        typer.echo(f"{found.score}: {_scores(load(path), found)}")
        if int8:
            small = quantise(path, found.calibration())
            typer.echo(f"{small}  {small.stat().st_size / 1e3:,.0f} kB")
            typer.echo(f"{found.score} with 8 bits: {_scores(load(small), found)}")
    except ServingError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo("Next: course serve" if net in nets.SERVED else f"Next: course page {net}")


def _scores(net: object, found: object) -> str:
    return ", ".join(f"{name} {share:.3f}" for name, share in found.accuracy(net).items()) or "not measured"


def serve(
    nets: OUT = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default is this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    batch: Annotated[
        int | None, typer.Option(min=1, max=256, help="Largest batch; 1 turns batching off.")
    ] = None,
    replicas: Annotated[
        int, typer.Option(min=0, max=16, help="Copies behind nginx; 0 is one service without it.")
    ] = 0,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak https, with a certificate made for this run.")
    ] = False,
) -> None:
    """Serve the exported nets over HTTP until Ctrl+C; what is missing of fruit, review, tags and detector is exported first.

    `--replicas 3 --tls` starts three copies behind nginx; a copy that dies is started again.
    """
    from course_utils.further.serving import ServingError, balancer
    from course_utils.further.serving import nets as course_nets
    from course_utils.further.serving.running import LOOPBACK, run

    folder = folder_of(nets)
    try:
        if nets is None:
            for name in course_nets.SERVED:
                if not (folder / f"{name}.onnx").is_file():
                    typer.echo(f"{name}: exported first; one that is trained takes a minute ...", err=True)
                    course_nets.trained(name).export(folder, name)
        if host != LOOPBACK:
            typer.echo(f"! Everybody who reaches {host} can ask this service.", err=True)
        if replicas or tls:
            # As with Ctrl+C: the copies end with this command.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            with balancer.fleet(folder, max(replicas, 1), tls=tls, host=host, port=port) as found:
                typer.echo(f"{found.address}  Stop with Ctrl+C.")
                for number, one in enumerate(found.ports, 1):
                    typer.echo(f"  copy {number} on port {one}, process {found.copies[number - 1].pid}")
                if found.certificate:
                    typer.echo(f"  Ask it with: curl --cacert {found.certificate} {found.address}/health")
                found.wait()
            return
        typer.echo(f"http://{host}:{port}  Stop with Ctrl+C.")
        run(folder, host, port, batch)
    except ServingError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def page(
    name: Annotated[
        str, typer.Argument(help="review, digit, fruit, characters or detector; default: all.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the pages; default pages")] = None,
    saved: SAVED = None,
) -> None:
    """Write live pages: one HTML file each, with a trained net inside, that needs no server and no network."""
    from course_utils.further.serving import ServingError, nets
    from course_utils.further.serving import pages as live
    from course_utils.further.serving.steps import UnknownLayer, plan_of

    try:
        wanted = [name] if name else ["characters"] if saved else live.TITLES
        for one in wanted:
            if one not in live.TITLES:
                raise ServingError(
                    f"No page for {one!r}. Type: course page {' or course page '.join(live.TITLES)}"
                )
            found = nets.saved(one, saved.expanduser()) if saved else nets.trained(one)
            folder = out or config.repository_root() / "pages"
            path = live.write_page(one, plan_of(found.model), found.labels, found.preprocessing, folder)
            typer.echo(f"{path}  {path.stat().st_size / 1e3:,.0f} kB")
    except UnknownLayer as problem:
        typer.echo(f"A page can't compute this net: {problem}. Type: course export {one}", err=True)
        raise typer.Exit(1) from None
    except ServingError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def folder_of(asked: Path | None) -> Path:
    """Where exported nets lie."""
    return asked.expanduser() if asked else config.cache_dir() / "nets"
