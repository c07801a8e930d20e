"""Archives that can't leave their folder.

Only regular files are written, each under a name checked for every operating system; the sizes are those
the registry leads one to expect. Anything else refuses the whole archive, before or while it is unpacked
into a folder that the caller throws away.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import Failure
from .progress import Bar
from .registry import Asset, is_plain_path

CHUNK = 1 << 20
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)


class UnsafeArchive(Failure):
    """An archive that tries to write outside of its folder, or to fill the disk."""


def unpack(
    archive: Path, kind: str, folder: Path, asset: Asset, strip: str = "", *, bar: Bar
) -> dict[str, str]:
    """Unpack the asset's files from a zip or tar archive into a folder.

    Returns {relative path: sha256} of the files that count for the tree digest. Raises UnsafeArchive for a
    member that points elsewhere, is not a regular file, or is far larger than expected; Failure for a file that
    is not an archive; OSError as the file system does.
    """
    limit = Limit(asset)
    digests: dict[str, str] = {}
    members = _zip_members(archive) if kind == "zip" else _tar_members(archive)
    try:
        for name, size, stream in members:
            check_name(name)
            limit.count(name, size)
            path = name.removeprefix(f"{strip}/") if strip else name
            wanted = asset.wants(path)
            if strip and path == name or not (wanted or asset.tolerates(path)):
                continue
            digest = _write(stream(), folder, path, size)
            bar.update(1)
            if wanted:
                digests[path] = digest
    except UNREADABLE as error:
        raise Failure(f"{archive.name} is not a whole {kind} archive ({error})") from error
    except (RuntimeError, NotImplementedError) as error:
        raise Failure(
            f"{archive.name} is encrypted or packed in a way that is not supported ({error})"
        ) from error
    return digests


class Limit:
    """Refuses an archive whose members add up to far more than the registry says (a zip bomb)."""

    def __init__(self, asset: Asset) -> None:
        # Eight times: publishers' archives may hold parts that the course leaves packed.
        self.bytes = 8 * asset.size + (64 << 20)
        self.files = 8 * (asset.tree.files if asset.tree else 1) + 1000

    def count(self, name: str, size: int) -> None:
        """Take one member into account; raises UnsafeArchive beyond the limit."""
        self.bytes -= size
        self.files -= 1
        if self.bytes < 0 or self.files < 0:
            raise UnsafeArchive(f"the archive unpacks to far more than it should (stopped at {name!r})")


def check_name(name: str) -> None:
    """Raise UnsafeArchive for a name that means another folder, or something special, on some system."""
    if not is_plain_path(name):
        raise UnsafeArchive(f"the archive holds {name!r}, which points outside its folder")
    for part in name.split("/"):
        if part.split(".")[0].lower() in RESERVED or part[-1] in ". " or any(ord(c) < 32 for c in part):
            raise UnsafeArchive(f"the archive holds {name!r}, a name that Windows can't store")


def _zip_members(archive: Path) -> Iterator[tuple]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if info.is_dir():
                check_name(info.filename.rstrip("/"))
                continue
            # Archives made on Unix carry the file type in the upper half; 0 means that none was stored.
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise UnsafeArchive(f"the archive holds {info.filename!r}, which is a link or a device")
            # orig_filename: zipfile itself cuts names at a zero byte and turns backslashes.
            yield info.orig_filename, info.file_size, lambda info=info: file.open(info)


def _tar_members(archive: Path) -> Iterator[tuple]:
    with tarfile.open(archive, "r:*") as file:
        for info in file:
            if info.isdir():
                if info.name not in (".", "./"):
                    check_name(info.name.removeprefix("./").rstrip("/"))
                continue
            if not info.isreg() or info.issparse():
                raise UnsafeArchive(f"the archive holds {info.name!r}, which is a link or a device")
            yield info.name.removeprefix("./"), info.size, lambda info=info: file.extractfile(info)


def _write(stream: BinaryIO, folder: Path, path: str, size: int) -> str:
    target = folder.joinpath(*path.split("/"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UnsafeArchive(
            f"the archive holds a file that is a folder too, on the way to {path!r}"
        ) from None
    digest = hashlib.sha256()
    written = 0
    if target.is_dir():
        raise UnsafeArchive(f"the archive holds {path!r} as a file and as a folder")
    try:
        output = target.open("xb")
    except FileExistsError:
        raise UnsafeArchive(f"the archive holds {path!r} twice") from None
    with stream, output:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > size:
                raise UnsafeArchive(f"the archive's {path!r} is larger than it claims")
            digest.update(chunk)
            output.write(chunk)
    if written != size:
        raise Failure(f"the archive's {path!r} is cut short")
    return digest.hexdigest()
