"""One file over http, or from a folder, into a temporary file: whole and verified, or not there at all.

`requests` does the transfer; around it stands what it leaves to its caller: resuming with an http Range after a
broken connection, waiting longer each time, and telling a Wi-Fi's sign-in page from data.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from course_utils.foundation import addresses

from . import progress, web
from .digests import file_digest
from .errors import Failure
from .registry import RemoteFile

log = logging.getLogger(__name__)
# What was received of the last chunk is lost when a connection breaks.
CHUNK = 1 << 14
RETRIED_STATUS = (408, 425, 429, 500, 502, 503, 504)
MAGIC = {".zip": b"PK", ".gz": b"\x1f\x8b", ".tgz": b"\x1f\x8b", ".h5": b"\x89HDF", ".keras": b"PK"}
# A file of unknown size: no asset of the course comes near it.
LARGEST = 4 << 30


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server: seconds to connect, seconds without a byte, attempts without progress."""

    connect: float = 10.0
    read: float = 20.0
    attempts: int = 4
    wait: float = 1.0
    longest_wait: float = 8.0

    def hasty(self) -> Patience:
        """For a notebook's start, which would rather go on with bundled data than wait."""
        return replace(self, connect=min(self.connect, 3.0), read=min(self.read, 10.0), attempts=2)


def download(url: str, part: Path, file: RemoteFile, patience: Patience, *, shown: bool) -> None:
    """Fetch a file over http into `part`, resuming what an earlier, killed run left there.

    Raises Failure with the reason, after removing `part`; OSError as the file system does, likewise.
    """
    sink = Sink(part, file, shown=shown)
    idle = rounds = 0
    wrong = False
    try:
        while True:
            before = sink.position
            try:
                _request(url, sink, file, patience)
                sink.finish()
                check_file(part, file, url)
                return
            except Failure as failure:
                rounds += 1
                # A wrong digest is worth one fresh start: a resumed or damaged transfer, not a wrong file.
                again = failure.retry or (failure.restart and not wrong)
                wrong |= failure.restart and not failure.retry
                if failure.restart:
                    sink.restart()
                idle = 1 if sink.position > before else idle + 1
                if not again or idle >= patience.attempts or rounds >= 10 * patience.attempts:
                    raise
                pause = min(patience.wait * 2 ** (idle - 1), patience.longest_wait)
                log.info("%s; trying again in %.0f s", failure, pause)
                time.sleep(pause)
    except BaseException:
        sink.close()
        part.unlink(missing_ok=True)
        raise
    finally:
        sink.close()


def copy(source: Path, part: Path, file: RemoteFile, *, shown: bool) -> None:
    """Copy a file of a mirror folder into `part`; raises Failure (and leaves no `part`) if it is not the one."""
    digest = hashlib.new(file.algorithm)
    bar = progress.bar(file.name, file.bytes, shown=shown)
    try:
        with part.open("wb") as output:
            for chunk in _chunks(source, file):
                digest.update(chunk)
                output.write(chunk)
                bar.update(len(chunk))
        if file.digest and digest.hexdigest() != file.digest:
            raise Failure(_wrong_digest(source, file, digest.hexdigest()))
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        bar.close()


def _chunks(source: Path, file: RemoteFile) -> Iterator[bytes]:
    """A mirror folder's file in pieces; what goes wrong with reading is the mirror's fault, not the cache's."""
    try:
        if not source.is_file():
            raise Failure(f"there is no {file.name} in {source.parents[file.name.count('/')]}")
        if file.bytes and source.stat().st_size != file.bytes:
            raise Failure(f"{source} has {source.stat().st_size:,} bytes instead of {file.bytes:,}")
        with source.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                yield chunk
    except OSError as error:
        raise Failure(f"{source} can't be read: {error.strerror or error}") from error


def check_file(path: Path, file: RemoteFile, where: object) -> None:
    """Raise Failure unless the file has the size, the beginning and the digest that the registry names."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(512)
    if _is_web_page(start) and not file.name.endswith((".html", ".htm")):
        raise Failure(_sign_in_page(str(where)))
    if file.bytes and size != file.bytes:
        raise Failure(
            f"{where} ended after {size:,} of {file.bytes:,} bytes",
            retry=size < file.bytes,
            restart=size > file.bytes,
        )
    if file.digest and (digest := file_digest(path, file.algorithm)) != file.digest:
        raise Failure(_wrong_digest(where, file, digest), restart=True)
    if not start.startswith(MAGIC.get(Path(file.name).suffix, b"")):
        raise Failure(f"{where} is not a {Path(file.name).suffix} file")


class Sink:
    """The growing file, which knows how far it is."""

    def __init__(self, part: Path, file: RemoteFile, *, shown: bool) -> None:
        self.stream = part.open("ab")
        self.position = self.stream.tell()
        self.most = file.bytes or LARGEST
        self.bar = progress.bar(Path(file.name).name, file.bytes, shown=shown, initial=self.position)
        if self.position > self.most:
            self.restart()

    def write(self, chunk: bytes) -> None:
        """Append; raises Failure when more arrives than the file may have."""
        if self.position + len(chunk) > self.most:
            raise Failure(f"more than the expected {self.most:,} bytes arrived", restart=True)
        self.stream.write(chunk)
        self.position += len(chunk)
        self.bar.update(len(chunk))

    def finish(self) -> None:
        """Put everything on the disk, so that the file can be checked."""
        self.stream.flush()

    def restart(self) -> None:
        """Throw away what arrived."""
        self.stream.seek(0)
        self.stream.truncate()
        self.position = 0
        self.bar.reset()

    def close(self) -> None:
        """Close the file and the bar."""
        self.stream.close()
        self.bar.close()


def _request(url: str, sink: Sink, file: RemoteFile, patience: Patience) -> None:
    """One request, from where the sink stands to the end.

    Causes are left out of what is raised: the words of `requests` hold the whole address, with a token that it may have.
    """
    import requests

    from course_utils import __version__

    if file.bytes is not None and sink.position >= file.bytes:
        return
    host = addresses.host_of(url)
    # identity: a server that compresses on the way would change the bytes and their number.
    headers = {"Accept-Encoding": "identity", "User-Agent": f"course-utils/{__version__}"}
    if sink.position:
        headers["Range"] = f"bytes={sink.position}-"
    try:
        with web.ask(url, timeout=(patience.connect, patience.read), headers=headers) as response:
            _check_response(response, sink, file)
            response.raise_for_status()
            for chunk in response.iter_content(CHUNK):
                sink.write(chunk)
    except requests.exceptions.HTTPError as error:
        status = error.response.status_code
        if status == 404:
            raise Failure(f"{host} has no {file.name}") from None
        if status == 511:
            raise Failure(_sign_in_page(url)) from None
        reason = f"{host} answered {status} {error.response.reason or ''}".strip()
        raise Failure(reason, retry=status in RETRIED_STATUS) from None
    except requests.exceptions.SSLError:
        raise Failure(
            f"{host} shows a certificate that is not its own: a Wi-Fi's sign-in page or a proxy"
        ) from None
    except requests.exceptions.ProxyError:
        reason = "the proxy that HTTP_PROXY or HTTPS_PROXY names can't be reached, or refuses"
        raise Failure(f"{host} was not asked: {reason} (course doctor)", retry=True) from None
    except (requests.exceptions.Timeout, requests.exceptions.ConnectionError) as error:
        if "timed out" in str(error):
            raise Failure(f"{host} sent nothing for {patience.read:g} s", retry=True) from None
        if sink.position:
            raise Failure(_broken(host, sink, file), retry=True) from None
        raise Failure(f"{host} can't be reached: no network, or the server is down", retry=True) from None
    except requests.exceptions.ChunkedEncodingError:
        raise Failure(_broken(host, sink, file), retry=True) from None
    except requests.exceptions.RequestException as error:
        raise Failure(f"{url}: {error}") from None
    except (ValueError, UnicodeError) as error:  # http.client and idna, on hosts that are none
        raise Failure(f"{url}: {error}") from None


def _check_response(response, sink: Sink, file: RemoteFile) -> None:
    """Look at the headers before a byte is stored; raises Failure for what can't be the file."""
    if response.status_code >= 400:
        if response.status_code == 416:
            raise Failure(f"{response.url} can't go on at byte {sink.position:,}", retry=True, restart=True)
        return
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise Failure(_sign_in_page(response.url))
    if response.status_code == 206:
        wanted = f"bytes {sink.position}-"
        if not response.headers.get("Content-Range", "").startswith(wanted):
            raise Failure(f"{response.url} went on at another byte", retry=True, restart=True)
    elif sink.position:
        sink.restart()
    length = response.headers.get("Content-Length", "")
    if file.bytes and length.isdigit() and sink.position + int(length) != file.bytes:
        if _is_web_page(next(response.iter_content(512), b"")):
            raise Failure(_sign_in_page(response.url))
        raise Failure(f"{response.url} has {sink.position + int(length):,} bytes instead of {file.bytes:,}")


def _is_web_page(start: bytes) -> bool:
    return start.lstrip().lower().startswith((b"<!doctype html", b"<html", b"<head"))


def _sign_in_page(where: str) -> str:
    return (
        f"a web page came instead of the file from {where}: probably the Wi-Fi's sign-in page "
        "(open any page in a browser and sign in first)"
    )


def _broken(host: str, sink: Sink, file: RemoteFile) -> str:
    of = f" of {file.bytes:,}" if file.bytes else ""
    return f"the connection to {host} broke off after {sink.position:,}{of} bytes"


def _wrong_digest(where: object, file: RemoteFile, digest: str) -> str:
    return (
        f"{where} is not the registered file: {file.algorithm} {digest[:12]}… instead of {file.digest[:12]}…"
    )
