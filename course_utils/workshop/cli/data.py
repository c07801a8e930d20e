"""Commands about data: what there is, fetching, verifying, and serving it to a class."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from course_utils.foundation import addresses, assets, config
from course_utils.foundation.assets.errors import fetch_command
from course_utils.foundation.assets.store import megabytes, size_in_words

DEFAULT_PORT = 8765
Names = Annotated[list[str] | None, typer.Argument(help="Names as `course data list` shows them.")]

data = typer.Typer(
    name="data",
    help="List, fetch and verify data sets and weights.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the `course` command."""
    app.add_typer(data)
    app.command("serve-mirror")(serve_mirror)


@data.command("list")
def list_assets() -> None:
    """Show every data set and weight file: what it is, its size, where it is now, its licence."""
    from rich.table import Table

    store = _store()
    offered, trouble = store.mirror_offers()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Name", "What", "Size", "Where now", "Licence"):
        table.add_column(
            heading, justify="right" if heading == "Size" else "left", no_wrap=heading in ("Name", "Size")
        )
    for asset, state in zip(store.registry, store.summary(), strict=True):
        where = state.state
        if asset.name in offered and not where.startswith("in the cache"):
            where = "on the mirror"
        colour = {"in": "green", "on": "cyan"}.get(where.split()[0], "yellow")
        table.add_row(
            asset.name, asset.title, size_in_words(state.bytes), f"[{colour}]{where}[/]", asset.licence
        )
    _out().print(table)
    _out().print()
    _say(f"Cache   {store.cache}")
    _say(
        f"Mirror  {addresses.shown(store.mirror or 'none (COURSE_MIRROR is not set)')}{f': {trouble}' if trouble else ''}"
    )
    _say("Fetch one with: course data fetch NAME")


@data.command()
def fetch(
    names: Names = None,
    unverified: Annotated[
        bool, typer.Option(help="Accept publishers' files for which no digest is known.")
    ] = False,
    mirror_only: Annotated[bool, typer.Option(help="Ask only COURSE_MIRROR.")] = False,
    again: Annotated[
        bool, typer.Option(help="Replace the copy in the cache: repairs a damaged one.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="All that is registered, not only what notebooks use.")
    ] = False,
) -> None:
    """Bring data into the cache: the sets named, or all that the notebooks use."""
    store = _store()
    logging.getLogger("course_utils.foundation.assets").addHandler(_Log(logging.INFO))
    logging.getLogger("course_utils.foundation.assets").setLevel(logging.INFO)
    allow = ("cache", "mirror") if mirror_only else ("cache", "mirror", "address")
    failed = 0
    for name in names or (list(store.registry.assets) if everything else _used_by_notebooks(store)):
        try:
            found = store.fetch(name, allow, unverified=unverified, again=again)
        except assets.AssetError as error:
            _complain(f"✗ {error}")
            failed += 1
            continue
        except KeyboardInterrupt:
            _complain(f"✗ Stopped; nothing half-fetched is left. Next: {fetch_command(name)}")
            raise typer.Exit(130) from None
        _say(f"✓ {found.message}", style="green" if found.verified else "yellow")
        _say(f"  {found.path}", style="dim")
    if failed:
        raise typer.Exit(1)


@data.command()
def verify(names: Names = None) -> None:
    """Compare every byte in the cache with the registry; exit status 1 when something is damaged."""
    store = _store()
    damaged = 0
    for name in names or list(store.registry.assets):
        try:
            result = store.verify(name, shown=True)
        except assets.AssetError as error:
            _fail(error)
        except OSError as error:  # a disk that was pulled out, or that fails
            damaged += 1
            _complain(f"✗ {name}: can't be read: {error}. Next: {fetch_command(name, '--again')}")
            continue
        if result.status == "damaged":
            damaged += 1
            _complain(f"✗ {name}: damaged. Next: {_repair_command(store, name)}")
            for problem in result.problems[:5]:
                _complain(f"    {problem}")
            if len(result.problems) > 5:
                _complain(f"    and {len(result.problems) - 5:,} more")
        elif result.status == "absent":
            _say(f"· {name}: not in the cache. Next: {fetch_command(name)}", style="dim")
            damaged += bool(names)
        else:
            note = "whole" if result.status == "whole" else "unchanged since it was fetched, but unverified"
            _say(f"✓ {name}: {note}", style="green" if result.status == "whole" else "yellow")
    if damaged:
        raise typer.Exit(1)


@data.command()
def path(name: Annotated[str, typer.Argument(help="A name as `course data list` shows it.")]) -> None:
    """Print the folder an asset is in (and nothing else), for scripts; a bundled stand-in is announced."""
    found = _store().resolve(name, ("cache",))
    if found.origin == "bundled":
        _complain(found.message, style="yellow")
    if not found.path:
        raise typer.Exit(1)
    typer.echo(found.path)


def serve_mirror(
    folder: Annotated[
        Path | None, typer.Option(help="Serve from here instead of the cache and COURSE_MIRROR.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is all of them.")] = "0.0.0.0",  # noqa: S104
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = DEFAULT_PORT,
    i_may_redistribute: Annotated[
        bool,
        typer.Option("--i-may-redistribute", help="Also serve sets that not everybody may pass on."),
    ] = False,
) -> None:
    """Serve your fetched files to the room, read-only, over http."""
    from course_utils.foundation.assets import serve

    store = _store()
    folders = [folder.expanduser()] if folder else _served_folders(store)
    offer = serve.offer(store.registry, folders, may_redistribute=i_may_redistribute)
    for name, reason in offer.left_out.items():
        hint = "; if you may, add --i-may-redistribute" if name in store.registry.assets else ""
        _say(f"· left out: {name}: {reason}{hint}", style="yellow")
    if not offer.files:
        places = " or ".join(map(str, folders))
        _fail(assets.AssetError(f"There is nothing to serve in {places}", fetch_command("fruits-360")))

    def sent(client: str, name: str, count: int) -> None:
        _say(f"  {client}  {name}  {megabytes(count)}", style="dim")

    try:
        server = serve.make_server(offer.files, host, port, sent)
    except socket.gaierror as error:
        reason = f"{host!r} is not an address to listen on: {error.strerror}"
        _fail(assets.AssetError(reason, "course serve-mirror"))
    except OSError as error:
        # Below 1024 ports belong to the system, and there is none above 65535.
        other = port + 1 if 1024 <= port < 65535 else DEFAULT_PORT
        command = f"course serve-mirror --port {other}"
        _fail(assets.AssetError(f"Port {port} can't be used: {error.strerror}", command))

    def lost(_request: object, client: tuple) -> None:
        # A laptop that was closed, a file deleted since: one line here, in place of socketserver's traceback.
        _say(f"  {client[0]}  {type(sys.exception()).__name__}: {sys.exception()}", style="dim")

    server.handle_error = lost
    address = f"http://{serve.room_address() if host == '0.0.0.0' else host}:{server.server_port}"  # noqa: S104
    for name, path in offer.files.items():
        _say(f"✓ {name}  {megabytes(path.stat().st_size)}", style="green")
    _say("")
    if host == "0.0.0.0" and serve.room_address().startswith("127."):  # noqa: S104
        _say("! No network was found: no other laptop reaches the address below.", style="yellow")
        _say(
            "  Connect this machine, or name its address: course serve-mirror --host ADDRESS", style="yellow"
        )
    _say("On each laptop of the class:")
    _say(f"  COURSE_MIRROR={address} make lab", style="bold")
    _say(f"  set COURSE_MIRROR={address}&& py tools\\start.py lab         (Windows, Command Prompt)")
    _say(f"  $env:COURSE_MIRROR='{address}'; py tools\\start.py lab      (Windows, PowerShell)")
    _say(f"It brings up to {megabytes(offer.bytes)} to each of them.")
    _say("Stop with Ctrl+C.", style="dim")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        _say("Stopped.")
    finally:
        server.server_close()


class _Log(logging.Handler):
    """Shows a person why it takes so long: retries, and another process that is fetching the same."""

    def emit(self, record: logging.LogRecord) -> None:
        """One yellow line on standard error."""
        _complain(f"· {record.getMessage()}", style="yellow")


def _served_folders(store: assets.Store) -> list[Path]:
    folders = [store.cache / "files"]
    if store.mirror and "://" not in store.mirror:
        folders.append(Path(store.mirror))
    return folders


def _used_by_notebooks(store: assets.Store) -> list[str]:
    """Assets named in course.toml, in the registry's order."""
    used = {
        name
        for notebook in config.course().get("notebooks", {}).values()
        for name in notebook.get("data", ())
    }
    return [asset.name for asset in store.registry if asset.name in used]


def _repair_command(store: assets.Store, name: str) -> str:
    unverified = "--unverified" if store.is_unverified(name) else ""
    return fetch_command(name, "--again", *filter(None, [unverified]))


def _store() -> assets.Store:
    config.repository_root()  # a root that is none ends every command alike, in main
    try:
        return assets.default_store()
    except config.ConfigurationError as error:  # the registry's errors are among them
        _complain(f"✗ {error}")
        raise typer.Exit(1) from None


def _fail(error: assets.AssetError) -> NoReturn:
    _complain(f"✗ {error}")
    raise typer.Exit(1)


def _say(text: str, style: str = "") -> None:
    """One line on standard output, never wrapped: a person may copy the command in it."""
    _out().print(addresses.shown(text), style=style, markup=False, highlight=False, soft_wrap=True)


def _complain(text: str, style: str = "red") -> None:
    from rich.console import Console

    Console(stderr=True).print(
        addresses.shown(text), style=style, markup=False, highlight=False, soft_wrap=True
    )


def _out():
    from rich.console import Console

    return Console()
