"""A registry, files and a badly behaved web server of the tests' own; nothing here asks the internet."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from course_utils.foundation.assets import Store, load_registry
from course_utils.foundation.assets.digests import tree_digest
from course_utils.foundation.assets.download import Patience

QUICK = Patience(connect=1.0, read=0.4, attempts=3, wait=0.01, longest_wait=0.02)
FRUITS = {
    "Training/Banana/1.jpg": b"yellow" * 2000,
    "Training/Kiwi/1.jpg": b"green" * 2000,
    "Test/Banana/9.jpg": bytes(range(256)) * 300,
}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tree_of(files: dict[str, bytes]) -> str:
    return tree_digest({path: sha256(data) for path, data in files.items()})


def make_zip(files: dict[str, bytes], top: str = "") -> bytes:
    """A zip with fixed dates, so that its digest is the same in each run."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"{top}/{path}" if top else path, (2018, 7, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def make_tar(files: dict[str, bytes], *members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for member in members:
            archive.addfile(member)
    return buffer.getvalue()


ARCHIVE = make_zip({"LICENSE": b"MIT", **FRUITS, "notes/other.txt": b"not wanted"}, "fruits")


def toml(value: object) -> str:
    """Enough TOML for a registry: JSON's strings, numbers and lists are TOML's too."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def fruit_table(**changes: object) -> dict:
    """The registry entry of the tests' fruits: one mirror address, one http address."""
    file = {"name": "fruits.zip", "strip": "fruits", "bytes": len(ARCHIVE), "sha256": sha256(ARCHIVE)}
    table = {
        "title": "Test fruits",
        "kind": "images",
        "licence": "CC0",
        "citation": "the tests",
        "redistribute": True,
        "bundled": "bundled/fruits",
        "include": ["Training/*", "Test/*"],
        "extras": ["LICENSE"],
        "tree": {"files": len(FRUITS), "bytes": sum(map(len, FRUITS.values())), "sha256": tree_of(FRUITS)},
        "addresses": [{"kind": "mirror", "files": [file]}],
    }
    return table | changes


def web_address(url: str, **changes: object) -> dict:
    """An http address for the fruits' archive."""
    file = {
        "name": "fruits.zip", "url": url, "strip": "fruits", "bytes": len(ARCHIVE), "sha256": sha256(ARCHIVE),
    }  # fmt: skip
    return {
        "kind": "http",
        "files": [{key: value for key, value in (file | changes).items() if value is not None}],
    }


def write_registry(path: Path, **assets: dict) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["[assets]", *(f"{json.dumps(name)} = {toml(table)}" for name, table in assets.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_store(folder: Path, mirror: str | None = None, patience: Patience = QUICK, **assets: dict) -> Store:
    """A store with its cache in `folder/cache` and a bundled stand-in for the fruits."""
    (folder / "bundled" / "fruits").mkdir(parents=True, exist_ok=True)
    registry = load_registry(write_registry(folder / "registry.toml", **assets))
    return Store(registry, folder / "cache", mirror, folder, patience)


def left_behind(cache: Path) -> list[str]:
    """What a failed fetch must not leave: anything but empty folders, locks and the put-here folder."""
    return sorted(
        path.relative_to(cache).as_posix()
        for path in (cache.rglob("*") if cache.is_dir() else ())
        if path.suffix != ".lock" and (path.is_file() or path.name.startswith("."))
    )


# A server that does what servers do to learners


@dataclass
class Behaviour:
    """One answer: status, headers, what is sent, and how it ends."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    sent: int | None = None  # bytes really sent of those that were announced
    stall: float = 0.0  # seconds of silence after them
    announce: bool = True


def good(data: bytes = ARCHIVE, **options) -> Behaviour:
    return Behaviour(data, **options)


def truncated(data: bytes = ARCHIVE, sent: int = 1000, **options) -> Behaviour:
    return Behaviour(data, sent=sent, **options)


def stalled(data: bytes = ARCHIVE, sent: int = 1000) -> Behaviour:
    return Behaviour(data, sent=sent, stall=1.0)


def broken(status: int = 500) -> Behaviour:
    return Behaviour(b"no", status=status, ranges=False)


def sign_in_page(**options) -> Behaviour:
    page = b"<!DOCTYPE html><html><body>Welcome to the hotel's Wi-Fi</body></html>"
    return Behaviour(
        page, ranges=False, **({"headers": {"Content-Type": "text/html; charset=utf-8"}} | options)
    )


class FaultyServer(ThreadingHTTPServer):
    """Serves a list of behaviours a path, one a request, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _FaultyHandler)
        self.plan: dict[str, list[Behaviour]] = {}
        self.requests: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answers(self, path: str, *behaviours: Behaviour) -> str:
        """Plan the answers for a path; returns its full address."""
        self.plan[path] = list(behaviours)
        return f"{self.address}{path}"

    def handle_error(self, request, client_address) -> None:
        """A client that leaves early is not an error here."""


class _FaultyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.requests.append((self.path, wanted))
        plan = self.server.plan.get(self.path, [Behaviour(b"", 404)])
        answer = plan.pop(0) if len(plan) > 1 else plan[0]
        body, status = answer.body, answer.status
        headers = {"Content-Type": "application/octet-stream", **answer.headers}
        if wanted and answer.ranges and status == 200:
            first = int(wanted.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
            body, status = body[first:], 206
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.announce:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body if answer.sent is None else body[: answer.sent])
        self.wfile.flush()
        time.sleep(answer.stall)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def raising(error: Exception) -> Callable:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail
