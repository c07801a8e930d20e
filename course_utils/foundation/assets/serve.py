"""The instructor's laptop as the mirror of a class: read-only, registered files only.

What may be asked for is a fixed table of names made at the start, so that no request can reach another file.
"""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .digests import file_digest
from .registry import Registry

log = logging.getLogger(__name__)
RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


@dataclass(frozen=True)
class Offer:
    """What a mirror may serve and what it leaves out: {file name: path}, and reasons by asset or file."""

    files: dict[str, Path]
    left_out: dict[str, str]

    @property
    def bytes(self) -> int:
        """Size of everything offered."""
        return sum(path.stat().st_size for path in self.files.values())


def offer(registry: Registry, folders: Iterable[Path], *, may_redistribute: bool = False) -> Offer:
    """Find the registered mirror files in the folders; each is compared with its digest once, now."""
    folders = list(folders)
    files: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    for asset in registry:
        for address in asset.addresses:
            if address.kind != "mirror":
                continue
            for file in address.files:
                paths = [path for folder in folders if (path := folder / file.name).is_file()]
                whole = [path for path in paths if _is_registered(path, file)]
                if not paths:
                    continue
                if not whole:
                    left_out[file.name] = f"{paths[0]} is not the registered file"
                elif not (asset.redistribute or may_redistribute):
                    left_out[asset.name] = f"not for everybody to pass on (licence: {asset.licence})"
                else:
                    files[file.name] = whole[0]
    return Offer(files, left_out)


def make_server(
    files: dict[str, Path],
    host: str = "",
    port: int = 0,
    on_sent: Callable[[str, str, int], None] = lambda client, name, count: None,
) -> ThreadingHTTPServer:
    """A server for these files, bound and not yet running; port 0 takes a free one.

    `on_sent(client address, file name, bytes)` is called after each transfer. Raises OSError when the port
    is taken.
    """
    handler = type("MirrorHandler", (_Handler,), {"files": dict(files), "on_sent": staticmethod(on_sent)})
    return _RoomServer((host, port), handler)


def room_address() -> str:
    """This machine's address in the local network, as the class sees it (no packet is sent)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def _reuse_address(system: str = os.name) -> bool:
    """Start again at once on the same port? Not on Windows: there a second mirror would take it beside the first."""
    return system != "nt"


class _RoomServer(ThreadingHTTPServer):
    """One thread a laptop."""

    daemon_threads = True
    allow_reuse_address = _reuse_address()
    # A whole class asks within the same second. The default queue of 5 turns the others away, and each of those
    # asks again a second later, then three, then seven.
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD for a fixed table of files, with single byte ranges."""

    files: dict[str, Path]
    on_sent: Callable[[str, str, int], None]
    protocol_version = "HTTP/1.1"
    server_version = "course-mirror"
    sys_version = ""
    # A laptop that was closed in the middle must not hold a thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        """Send a file, or the part of it that was asked for."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send the headers only."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        try:
            name = unquote(urlsplit(self.path).path).removeprefix("/")
        except ValueError:  # a bracket where a host would stand
            self._refuse(HTTPStatus.BAD_REQUEST, with_body)
            return
        path = self.files.get(name)
        try:
            stream = path and path.open("rb")
        except OSError as error:  # deleted, or its disk pulled out, since the start
            log.warning("%s can't be read any more: %s", name, error)
            stream = None
        if stream is None:
            self._refuse(HTTPStatus.NOT_FOUND, with_body)
            return
        with stream:
            size = os.fstat(stream.fileno()).st_size
            span = _span(self.headers.get("Range"), size)
            if span is None:
                self._refuse(
                    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                    with_body,
                    ("Content-Range", f"bytes */{size}"),
                )
                return
            first, last = span
            partial = (first, last) != (0, size - 1)
            self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(last - first + 1))
            self.send_header("Accept-Ranges", "bytes")
            if partial:
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.end_headers()
            if not with_body or last < first:
                return
            try:
                sent = self.connection.sendfile(stream, first, last - first + 1)
            except (OSError, TimeoutError) as error:
                log.info("%s left: %s", self.client_address[0], error)
                self.close_connection = True
                return
        self.on_sent(self.client_address[0], name, sent)

    def _refuse(self, status: HTTPStatus, with_body: bool, *headers: tuple[str, str]) -> None:
        body = b"Only the registered files of the course are here. Type: course data list\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Through logging instead of standard error."""
        log.debug("%s %s", self.client_address[0], format % args)


def _number(digits: str, size: int) -> int:
    """A number of a range; of those beyond the file's size one is as good as another (Python reads no 5,000 digits)."""
    return int(digits.lstrip("0") or 0) if len(digits.lstrip("0")) <= len(str(size)) else size + 1


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte to send; the whole file for no (or a composite) range, None for an impossible one."""
    match = RANGE.fullmatch(header.strip()) if header else None
    if not match or match.groups() == ("", ""):
        return 0, size - 1
    first, last = match.groups()
    if not first:
        wanted = _number(last, size)
        return (max(0, size - wanted), size - 1) if wanted else None
    start, end = _number(first, size), min(_number(last, size), size - 1) if last else size - 1
    return (start, end) if start <= end else None


def _is_registered(path: Path, file) -> bool:
    return path.stat().st_size == file.bytes and file_digest(path, file.algorithm) == file.digest
