"""Digests of files and of folders.

A folder's digest is the sha256 of its list: one line `<sha256>  <path/with/slashes>` a file, sorted by
path. The same number comes out of `find . -type f | cut -c3- | LC_ALL=C sort | xargs -d '\\n' sha256sum |
sha256sum`, so that nobody has to trust this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def listing(digests: Mapping[str, str]) -> str:
    """The text a tree digest is taken over, in the format of sha256sum."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))


def tree_digest(digests: Mapping[str, str]) -> str:
    """Digest of a tree given as {relative path with slashes: sha256 of the file}."""
    return hashlib.sha256(listing(digests).encode("utf-8")).hexdigest()


def parse_listing(text: str) -> dict[str, str]:
    """The inverse of listing()."""
    return {path: digest for digest, _, path in (line.partition("  ") for line in text.splitlines())}
