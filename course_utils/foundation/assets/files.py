"""Moving and removing folders so that a reader never sees half of one."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

PACKED_AT = (2018, 7, 1, 0, 0, 0)


def remove_tree(folder: Path) -> None:
    """Remove a folder, also one with write-protected files (git's objects, on Windows)."""
    if not folder.is_dir() or folder.is_symlink():
        folder.unlink(missing_ok=True)
        return

    def unlock(function, path, _):
        os.chmod(path, stat.S_IWRITE)
        function(path)

    handler = {"onexc": unlock} if sys.version_info >= (3, 12) else {"onerror": unlock}
    shutil.rmtree(folder, **handler)


def put_in_place(new: Path, final: Path) -> None:
    """Give a finished folder its final name, replacing what stood there; both are on one file system."""
    old = final.with_name(f".old-{final.name}")
    if old.exists():
        remove_tree(old)
    if final.exists():
        os.replace(final, old)
    try:
        os.replace(new, final)
    except OSError:
        if old.exists():
            os.replace(old, final)
        raise
    if old.exists():
        remove_tree(old)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name; copies where the file system has no hard links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def pack(folder: Path, top: str, paths: Iterable[str], archive: Path) -> None:
    """Write files of a folder into a zip whose bytes depend on nothing but names, order and contents.

    Stored, not deflated (jpeg gains nothing, and deflate differs between zlib versions), one fixed date.
    """
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for path in paths:
            info = zipfile.ZipInfo(f"{top}/{path}" if top else path, PACKED_AT)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            file.writestr(info, folder.joinpath(*path.split("/")).read_bytes())
