"""What the course may fetch: data/registry.toml, read and checked.

An asset is a folder of files. Each of its addresses delivers the whole asset: a mirror's archive, the
publisher's own files over http, folders of git repositories at given commits, or a file that a person puts
in place by hand because the publisher asks for a login.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course_utils.foundation import tables

from .digests import tree_digest
from .errors import AssetError


class RegistryError(tables.ConfigurationError):
    """The registry itself is wrong: names the file, the asset and the field."""


@dataclass(frozen=True)
class RemoteFile:
    """One file of an address: what it is called here and there, its size in bytes and its digest."""

    name: str
    url: str = ""
    bytes: int | None = None
    digest: str = ""
    algorithm: str = "sha256"
    digest_source: str = ""
    strip: str = ""
    to: str = ""

    @property
    def archive(self) -> str:
        """`zip`, `tar`, or an empty string for a file that is used as it is."""
        if self.to:
            return ""
        if self.name.endswith(".zip"):
            return "zip"
        return "tar" if self.name.endswith((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")) else ""


@dataclass(frozen=True)
class GitPart:
    """A folder of a repository at one commit; `only` names the sub-folders wanted, `into` where they go."""

    repository: str
    commit: str
    folder: str
    only: tuple[str, ...] = ()
    into: str = ""


@dataclass(frozen=True)
class Address:
    """One way to the whole asset."""

    kind: str
    files: tuple[RemoteFile, ...] = ()
    parts: tuple[GitPart, ...] = ()
    label: str = ""
    unverified: bool = False
    page: str = ""

    @property
    def bytes(self) -> int:
        """Bytes to transfer as far as they are known."""
        return sum(file.bytes or 0 for file in self.files)

    @property
    def place(self) -> str:
        """Where it comes from, short enough for a message."""
        if self.kind == "mirror":
            return "mirror"
        if self.kind == "git":
            return self.parts[0].repository
        return self.page or self.files[0].url


@dataclass(frozen=True)
class Tree:
    """Number of files, bytes and digest of an unpacked asset."""

    files: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Asset:
    """One data set or set of weights."""

    name: str
    title: str
    kind: str
    licence: str
    citation: str
    redistribute: bool
    addresses: tuple[Address, ...]
    tree: Tree | None = None
    include: tuple[str, ...] = ("*",)
    extras: tuple[str, ...] = ()
    holder: str = ""
    bundled: str = ""
    note: str = ""

    def wants(self, path: str) -> bool:
        """True for a file that belongs to the asset (and counts in its tree digest)."""
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self.include)

    def tolerates(self, path: str) -> bool:
        """True for a file that is unpacked beside the asset, such as its licence, without being checked."""
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self.extras)

    def expected_digest(self, address: Address) -> str:
        """Tree digest the files of this address must have; empty where none is known."""
        if address.unverified:
            return ""
        if self.tree:
            return self.tree.sha256
        # Of the digests that the registry names: a publisher's md5 stands for itself.
        return tree_digest({file.to: file.digest for file in address.files})

    def accepted_digests(self) -> set[str]:
        """Tree digests under which a cached folder counts as verified."""
        return {digest for address in self.addresses if (digest := self.expected_digest(address))}

    @property
    def size(self) -> int:
        """Bytes on the disk once unpacked, or those to transfer; 0 where nobody has said how many."""
        return self.tree.bytes if self.tree else self.addresses[0].bytes


@dataclass(frozen=True)
class Registry:
    """All assets by name, in the order of the file."""

    assets: dict[str, Asset] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self.assets.values())

    def __getitem__(self, name: str) -> Asset:
        """The asset of that name; raises AssetError naming the known ones."""
        if name not in self.assets:
            raise AssetError(
                f"No data set or weights called {name!r}; the course knows {', '.join(self.assets)}",
                "course data list",
            )
        return self.assets[name]


def load_registry(path: Path) -> Registry:
    """Read and check a registry file; raises RegistryError naming the line and the entry that is wrong."""
    try:
        document = tables.read_toml(path, "registry")
    except tables.ConfigurationError as problem:
        raise RegistryError(str(problem)) from None
    return Registry({name: _asset(name, table) for name, table in document["assets"].items()})


def is_plain_path(path: str) -> bool:
    """True for a relative path with slashes that stays inside its folder on every operating system."""
    return bool(path) and not (
        path.startswith("/")
        or any(bad in path for bad in ("\\", ":", "\0"))
        or any(part in ("", ".", "..") for part in path.split("/"))
    )


def _asset(name: str, table: dict) -> Asset:
    if not is_plain_path(name) or "/" in name:
        raise RegistryError(f"registry: {name!r} can't be the name of a folder")
    table = dict(table)
    addresses = tuple(_address(name, address) for address in table.pop("addresses", ()))
    tree = table.pop("tree", None)
    for listed in ("include", "extras"):
        if listed in table:
            table[listed] = tuple(table[listed])
    asset = Asset(name=name, addresses=addresses, tree=Tree(**tree) if tree else None, **table)
    if not addresses:
        raise RegistryError(f"registry: {name} has no address")
    files = [(address, file) for address in addresses for file in address.files]
    if not asset.tree and any(not file.to for address, file in files if not address.unverified):
        raise RegistryError(
            f"registry: {name} unpacks an archive and needs a tree digest, or `unverified = true`"
        )
    if not asset.tree and any(
        file.algorithm != "sha256" and not file.digest_source
        for address, file in files
        if not address.unverified
    ):
        raise RegistryError(
            f"registry: {name}: files used as they are need a sha256, a publisher's md5 with its "
            "digest_source, or `unverified = true`"
        )
    return asset


def _address(name: str, table: dict) -> Address:
    table = dict(table)
    files = tuple(_file(name, file) for file in table.pop("files", ()))
    parts = tuple(
        GitPart(**{key: tuple(value) if key == "only" else value for key, value in part.items()})
        for part in table.pop("parts", ())
    )
    address = Address(files=files, parts=parts, **table)
    if address.kind == "git" and not parts or address.kind != "git" and not files:
        raise RegistryError(f"registry: {name}: an address of kind {address.kind} lists nothing to fetch")
    for file in files:
        if address.kind == "http" and not file.url.startswith(("http://", "https://")):
            raise RegistryError(f"registry: {name}: {file.name} needs an http address")
        if address.kind in ("mirror", "http") and not address.unverified and not (file.digest and file.bytes):
            raise RegistryError(
                f"registry: {name}: {file.name} needs bytes and a digest, or `unverified = true`"
            )
    return address


def _file(name: str, table: dict) -> RemoteFile:
    table = dict(table)
    for algorithm in ("md5", "sha256"):
        if algorithm in table:
            table |= {"algorithm": algorithm, "digest": table.pop(algorithm)}
    file = RemoteFile(**table)
    for path in filter(None, (file.name, file.strip, file.to)):
        if not is_plain_path(path) or str(PurePosixPath(path)) != path:
            raise RegistryError(f"registry: {name}: {path!r} must be a relative path with slashes")
    return file
