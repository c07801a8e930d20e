"""The cache folder and the ways into it: cache, then mirror, then addresses, then the bundled stand-in.

Layout of the cache:

    files/<mirror's file name>     what was transferred, kept so that an instructor can serve it to her class
    data/<asset>/                  the unpacked asset, with two small files that say what it is
    put-here/                      for files that a person downloads by hand
    locks/<asset>.lock             held while one process fetches

A folder gets its final name only when it is whole and its digest right; temporary names begin with a dot (or
end in `.part`) and are removed by whoever made them, or by the next fetch if that process was killed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import time
import traceback
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from course_utils.foundation import addresses

from . import by_hand, gitparts, progress, web
from .digests import file_digest, listing, parse_listing, tree_digest
from .download import Patience, copy, download
from .errors import AssetError, Failure, fetch_command, from_os_error, with_setting
from .files import link_or_copy, pack, put_in_place, remove_tree
from .registry import Address, Asset, Registry, RemoteFile
from .unpack import unpack

log = logging.getLogger(__name__)
MARKER = ".course-asset.json"
LISTING = ".course-asset.sha256"
# What is left free on the disk after a fetch.
SLACK = 20 << 20


@dataclass(frozen=True)
class Resolution:
    """Where an asset is: its folder, which way it came, and a sentence that says so.

    origin: `cache`, `mirror`, `address` (fetched just now from there) or `bundled`. path is None when there
    is not even a bundled stand-in. verified is False for bundled data and for files without a digest.
    """

    path: Path | None
    origin: str
    message: str
    verified: bool = True
    label: str = ""

    def __post_init__(self) -> None:
        # Notebooks show it in their first cell, and are committed; what an older version noted may hold a password.
        object.__setattr__(self, "message", addresses.shown(self.message))


@dataclass(frozen=True)
class State:
    """What `course data list` and the doctor show of an asset."""

    name: str
    state: str
    bytes: int


@dataclass(frozen=True)
class Verification:
    """The outcome of a full check of one asset: `status` is whole, unverified, damaged or absent."""

    name: str
    status: str
    problems: tuple[str, ...] = ()


@dataclass
class Store:
    """All assets of a registry, in one cache folder, with an optional mirror (a folder or an http address)."""

    registry: Registry
    cache: Path
    mirror: str | None = None
    root: Path = field(default_factory=Path.cwd)
    patience: Patience = field(default_factory=Patience)
    lock_wait: float = 900.0

    # What there is

    def resolve(self, name: str, allow: Collection[str] = ("cache", "mirror")) -> Resolution:
        """The asset, or its bundled stand-in; never raises."""
        try:
            asset = self.registry[name]
        except AssetError as error:
            return Resolution(None, "bundled", str(error), verified=False)
        try:
            hit = self._cached(asset) if "cache" in allow else None
            if hit:
                return hit
            reason = ""
            if next(self._candidates(asset, allow), None):
                return self.hasty().fetch(name, allow)
        except AssetError as error:
            reason = error.reason
        except Exception as error:  # resolve() stands in each notebook's first cell: it must go on
            log.warning("resolving %s: %s", name, addresses.shown(traceback.format_exc()))
            reason = f"{type(error).__name__}: {error}"
        return self._stand_in(asset, reason)

    def fetch(
        self,
        name: str,
        allow: Collection[str] = ("cache", "mirror", "address"),
        unverified: bool = False,
        progress: bool = True,
        again: bool = False,
    ) -> Resolution:
        """Bring an asset into the cache, or say in one line why not and what to type (AssetError).

        `unverified` accepts addresses for which no digest is known. `again` replaces a damaged copy.
        """
        asset = self.registry[name]
        hit = None if again or "cache" not in allow else self._cached(asset)
        if hit:
            return hit
        try:
            with self._lock(asset):
                # Another process may have brought it while this one waited.
                hit = None if again or "cache" not in allow else self._cached(asset)
                if again:
                    self._forget_unproven(asset)
                return hit or self._fetch(asset, allow, unverified, progress)
        except OSError as error:
            raise from_os_error(error, name, self.cache) from error

    def hasty(self) -> Store:
        """The same store for a notebook, which would rather go on with less than wait."""
        return replace(self, patience=self.patience.hasty(), lock_wait=min(self.lock_wait, 60.0))

    def folder(self, asset: Asset) -> Path:
        """Where the asset lies once fetched."""
        return self.cache / "data" / asset.name

    def file(self, file: RemoteFile) -> Path:
        """Where a transferred file is kept."""
        return self.cache.joinpath("files", *file.name.split("/"))

    def summary(self) -> list[State]:
        """(name, state, bytes) of each asset, from the disk alone: no digest is computed, no server asked."""
        return [State(asset.name, self._state(asset), asset.size) for asset in self.registry]

    def mirror_offers(self, timeout: float = 2.0) -> tuple[set[str], str]:
        """Names of the assets that the mirror has, and what is wrong with the mirror (or an empty string)."""
        if not self.mirror:
            return set(), ""
        if not self._mirror_is_http() and not Path(self.mirror).is_dir():
            return set(), "there is no such folder"
        offered = set()
        for asset in self.registry:
            for address in asset.addresses:
                if address.kind != "mirror":
                    continue
                try:
                    if all(self._mirror_has(file, timeout) for file in address.files):
                        offered.add(asset.name)
                except (
                    OSError,
                    ValueError,
                ):  # requests' errors are among the first, hosts that are none the second
                    return offered, "it does not answer"
        return offered, ""

    def is_unverified(self, name: str) -> bool:
        """True when the cached copy came from an address without a digest."""
        marker = self._marker(self.registry[name])
        return bool(marker) and not marker["verified"]

    def is_whole(self, name: str, path: str) -> bool:
        """True when one file of a cached asset (path relative to its folder) has the bytes that were fetched."""
        folder = self.folder(self.registry[name])
        try:
            recorded = parse_listing((folder / LISTING).read_text(encoding="utf-8"))
            return path in recorded and file_digest(folder / path) == recorded[path]
        except OSError:
            return False

    def verify(self, name: str, *, shown: bool = False) -> Verification:
        """Compare every byte of a cached asset, and of the files kept to serve it, with the registry."""
        asset = self.registry[name]
        problems = [
            f"{self.file(file)} has changed"
            for address in asset.addresses
            for file in address.files
            if address.kind == "mirror" and self.file(file).exists() and not self._kept(file)
        ]
        folder = self.folder(asset)
        marker = self._marker(asset)
        if not folder.exists():
            return Verification(name, "damaged" if problems else "absent", tuple(problems))
        if not marker:
            return Verification(name, "damaged", (*problems, f"{folder} has no {MARKER} of this version"))
        found = self._digests(asset, folder, shown=shown)
        expected = (
            parse_listing((folder / LISTING).read_text(encoding="utf-8"))
            if (folder / LISTING).is_file()
            else {}
        )
        problems += [f"missing: {path}" for path in sorted(expected.keys() - found.keys())]
        problems += [
            f"changed: {path}"
            for path in sorted(expected)
            if found.get(path, expected[path]) != expected[path]
        ]
        problems += [f"not part of it: {path}" for path in sorted(found.keys() - expected.keys())]
        if tree_digest(found) != marker["digest"] and not problems:
            problems.append("the digest of the folder differs from the registry's")
        status = "damaged" if problems else "whole" if marker["verified"] else "unverified"
        return Verification(name, status, tuple(problems))

    # How it comes

    def _fetch(self, asset: Asset, allow: Collection[str], unverified: bool, shown: bool) -> Resolution:
        self._sweep(asset)
        problems: list[str] = []
        tried = False
        command = fetch_command(asset.name)
        for origin, address in self._candidates(asset, allow):
            if address.unverified and not unverified:
                problems.append(f"{address.place} publishes no digest")
                command = fetch_command(asset.name, "--unverified")
                continue
            tried = True
            try:
                return self._bring(asset, origin, address, shown)
            except Failure as failure:
                problems.append(str(failure))
        if "mirror" in allow and "address" not in allow and not self.mirror:
            problems.append("COURSE_MIRROR is not set")
        if not problems:
            problems.append("no place to fetch it from is allowed or known")
            command = with_setting("COURSE_MIRROR", "folder-or-address", command)
        reasons = "; ".join(problems)
        if not tried:  # as where no mirror is set and a banner asks: nothing went wrong
            raise AssetError(f"{asset.name} has not been fetched: {reasons}", command)
        raise AssetError(f"{asset.name} could not be fetched: {reasons}", command)

    def _candidates(self, asset: Asset, allow: Collection[str]) -> Iterator[tuple[str, Address]]:
        """The addresses to try, in order, each with the origin it counts as."""
        mirrored = [address for address in asset.addresses if address.kind == "mirror"]
        others = [address for address in asset.addresses if address.kind != "mirror"]
        if "cache" in allow:
            for address in asset.addresses:
                if (
                    address.files
                    and address.kind in ("mirror", "http")
                    and all(map(self._kept, address.files))
                ):
                    yield "cache", address
        if "mirror" in allow and self.mirror:
            yield from (("mirror", address) for address in mirrored)
        if "address" in allow:
            yield from (("address", address) for address in others)

    def _bring(self, asset: Asset, origin: str, address: Address, shown: bool) -> Resolution:
        """One address, all the way to the final name."""
        new = self.folder(asset).with_name(f".new-{asset.name}")
        work = self.folder(asset).with_name(f".work-{asset.name}")
        try:
            self._check_space(asset, address)
            new.mkdir(parents=True)
            if address.kind == "git":
                work.mkdir()
                digests = gitparts.fetch(asset, address, new, work, shown=shown)
            elif address.kind == "manual":
                digests = by_hand.gather(self.cache / "put-here", asset, address, new, shown=shown)
            else:
                digests = self._from_files(asset, origin, address, new, shown)
            digest = tree_digest(digests)
            expected = asset.expected_digest(address)
            loose = address.files and not asset.tree and all(file.to for file in address.files)
            registered = self._in_the_registrys_words(new, address, digests) if loose else digest
            if expected and registered != expected:
                raise Failure(
                    f"what came from {self._place(origin, address)} is not the registered data: "
                    f"{len(digests):,} files, digest {registered[:12]}… instead of {expected[:12]}…"
                )
            if not digests:
                raise Failure(
                    f"nothing of {asset.name} was found in what came from {self._place(origin, address)}"
                )
            if address.kind == "git":
                self._keep_packed(asset, new, digests)
            self._write_marker(new, asset, origin, address, digests, digest, registered)
            put_in_place(new, self.folder(asset))
        except Failure:
            # What can't be used isn't kept either; after a full disk, say, a whole archive is. A file used as it
            # is stays if its digest is right: 500 MB need not come twice because the next file failed.
            for file in address.files:
                if file.archive or not (file.digest and self._kept(file)):
                    self.file(file).unlink(missing_ok=True)
            raise
        finally:
            for leftover in (new, work):
                if leftover.exists():
                    remove_tree(leftover)
        return self._resolution(asset, origin)

    def _from_files(
        self, asset: Asset, origin: str, address: Address, new: Path, shown: bool
    ) -> dict[str, str]:
        digests: dict[str, str] = {}
        for file in address.files:
            source = self._obtain(file, origin, shown)
            if not file.archive:
                target = new.joinpath(*(file.to or file.name).split("/"))
                link_or_copy(source, target)
                digests[file.to or file.name] = file_digest(target)
                continue
            count = asset.tree.files if asset.tree else None
            bar = progress.bar(f"unpack {asset.name}", count, shown=shown, unit=" files")
            try:
                digests |= unpack(source, file.archive, new, asset, file.strip, bar=bar)
            finally:
                bar.close()
        return digests

    def _obtain(self, file: RemoteFile, origin: str, shown: bool) -> Path:
        """The file in the cache's `files` folder, from wherever the origin says; raises Failure."""
        final = self.file(file)
        if self._kept(file):
            return final
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(f"{final.name}.part")
        if origin == "mirror" and not self._mirror_is_http():
            copy(Path(self.mirror, *file.name.split("/")), part, file, shown=shown)
        else:
            url = addresses.beneath(self.mirror, file.name) if origin == "mirror" else file.url
            download(url, part, file, self.patience, shown=shown)
        os.replace(part, final)
        return final

    def _kept(self, file: RemoteFile) -> bool:
        """True when the file is in the cache and is the registered one."""
        path = self.file(file)
        if not path.is_file() or file.bytes and path.stat().st_size != file.bytes:
            return False
        return not file.digest or file_digest(path, file.algorithm) == file.digest

    def _forget_unproven(self, asset: Asset) -> None:
        """Remove kept files without a digest, which can't show that they are still whole."""
        for address in asset.addresses:
            for file in address.files:
                if not file.digest and address.kind != "manual":
                    self.file(file).unlink(missing_ok=True)

    def _in_the_registrys_words(self, folder: Path, address: Address, digests: dict[str, str]) -> str:
        """The digest of an asset of loose files over each file's digest in the algorithm that the registry names."""
        return tree_digest(
            {
                file.to: digests[file.to]
                if file.algorithm == "sha256"
                else file_digest(folder / file.to, file.algorithm)
                for file in address.files
            }
        )

    def _keep_packed(self, asset: Asset, new: Path, digests: dict[str, str]) -> None:
        """Pack what came from git under the mirror's file name, so that it can be served to a class.

        Kept only when the bytes are exactly those the registry names for the mirror; fetching is not hurt
        when they are not.
        """
        for address in asset.addresses:
            if address.kind != "mirror" or [file.archive for file in address.files] != ["zip"]:
                continue
            file = address.files[0]
            if self._kept(file):
                continue
            extras = sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file())
            part = self.file(file).with_name(f"{Path(file.name).name}.part")
            try:
                part.parent.mkdir(parents=True, exist_ok=True)
                pack(new, file.strip, [*(path for path in extras if path not in digests), *digests], part)
                if file_digest(part) == file.digest:
                    os.replace(part, self.file(file))
            except OSError as error:
                log.info("%s is not kept for serving: %s", file.name, error)
            finally:
                part.unlink(missing_ok=True)

    def _check_space(self, asset: Asset, address: Address) -> None:
        """Raise AssetError before starting what can't fit."""
        data = self.cache / "data"
        data.mkdir(parents=True, exist_ok=True)
        missing = sum(file.bytes or 0 for file in address.files if not self._kept(file))
        needed = missing + asset.size + SLACK
        free = shutil.disk_usage(data).free
        if free < needed:
            raise AssetError(
                f"The disk with {self.cache} is full: {asset.name} needs {megabytes(needed)}, {megabytes(free)} are "
                "free; make room there or name another folder",
                with_setting("COURSE_CACHE", "another-folder", fetch_command(asset.name)),
            )

    def _sweep(self, asset: Asset) -> None:
        """Remove what a killed process left behind; a `.part` file stays, to be resumed by its download."""
        for prefix in (".new-", ".work-", ".old-"):
            leftover = self.folder(asset).with_name(f"{prefix}{asset.name}")
            if leftover.exists():
                remove_tree(leftover)

    @contextlib.contextmanager
    def _lock(self, asset: Asset) -> Iterator[None]:
        """One process at a time fetches an asset.

        The lock is the operating system's own on an open file (filelock): it ends with the process that
        holds it, however that ends, so that there are no stale locks to judge.
        """
        from filelock import FileLock, Timeout

        path = self.cache / "locks" / f"{asset.name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            try:
                lock.acquire(timeout=0.5)
            except Timeout:
                log.warning("%s is being fetched by another notebook or terminal; waiting for it", asset.name)
                lock.acquire(timeout=self.lock_wait)
        except Timeout:
            raise AssetError(
                f"{asset.name} is still being fetched by another notebook or terminal; let it finish",
                fetch_command(asset.name),
            ) from None
        try:
            yield
        finally:
            lock.release()

    # What the cache says

    def _marker(self, asset: Asset) -> dict | None:
        """The marker of a cached folder when it is one the registry accepts."""
        try:
            marker = json.loads((self.folder(asset) / MARKER).read_text(encoding="utf-8"))
            registered = marker["registered" if "registered" in marker else "digest"]
            if marker["verified"] and registered not in asset.accepted_digests():
                return None
            return marker
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write_marker(
        self,
        folder: Path,
        asset: Asset,
        origin: str,
        address: Address,
        digests: dict[str, str],
        digest: str,
        registered: str,
    ) -> None:
        (folder / LISTING).write_text(listing(digests), encoding="utf-8", newline="\n")
        marker = {
            "name": asset.name,
            "digest": digest,
            "registered": registered,
            "files": len(digests),
            "verified": not address.unverified,
            "from": self._place(origin, address),
            "label": address.label,
            "fetched": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        (folder / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8", newline="\n")

    def _digests(self, asset: Asset, folder: Path, *, shown: bool) -> dict[str, str]:
        """{relative path: sha256} of what lies in an unpacked folder and counts."""
        digests = {}
        bar = progress.bar(
            f"check {asset.name}", asset.tree.files if asset.tree else None, shown=shown, unit=" files"
        )
        for path in folder.rglob("*"):
            relative = path.relative_to(folder).as_posix()
            if path.is_file() and relative not in (MARKER, LISTING) and asset.wants(relative):
                digests[relative] = file_digest(path)
                bar.update(1)
        bar.close()
        return digests

    def _cached(self, asset: Asset) -> Resolution | None:
        return self._resolution(asset, "cache") if self._marker(asset) else None

    def _resolution(self, asset: Asset, origin: str) -> Resolution:
        marker = self._marker(asset)
        label = f", {marker['label']}" if marker["label"] else ""
        doubt = "" if marker["verified"] else ", unverified: no digest is published"
        how = {"cache": "in the cache", "mirror": "fetched from the mirror", "address": "fetched"}[origin]
        came = f" (from {marker['from']})" if origin != "mirror" else f" ({self.mirror})"
        return Resolution(
            self.folder(asset),
            origin,
            f"{asset.title}{label}: {how}{came}{doubt}",
            marker["verified"],
            marker["label"],
        )

    def _stand_in(self, asset: Asset, reason: str) -> Resolution:
        folder = self.root / asset.bundled if asset.bundled else None
        path = folder if folder and folder.exists() else None
        what = f"{asset.title}: bundled stand-in in {asset.bundled}" if path else f"{asset.title}: not here"
        why = f" ({reason})" if reason else ""
        size = size_in_words(max(address.bytes for address in asset.addresses) or asset.size)
        message = f"{what}{why}. The real one, {size}: {fetch_command(asset.name)}"
        return Resolution(path, "bundled", message, verified=False)

    def _state(self, asset: Asset) -> str:
        marker = self._marker(asset)
        if marker:
            return "in the cache" if marker["verified"] else "in the cache, unverified"
        if self.mirror and not self._mirror_is_http():
            for address in asset.addresses:
                if address.kind == "mirror" and all(
                    Path(self.mirror, file.name).is_file() for file in address.files
                ):
                    return "on the mirror"
        if asset.bundled and (self.root / asset.bundled).exists():
            return "bundled stand-in"
        return "not fetched"

    def _place(self, origin: str, address: Address) -> str:
        return addresses.shown(self.mirror if origin == "mirror" else address.place)

    def _mirror_has(self, file: RemoteFile, timeout: float = 2.0) -> bool:
        if not self._mirror_is_http():
            with contextlib.suppress(OSError):
                return Path(self.mirror, *file.name.split("/")).is_file()
            return False
        url = addresses.beneath(self.mirror, file.name)
        with web.ask(url, method="HEAD", timeout=timeout) as response:
            return response.status_code == 200

    def _mirror_is_http(self) -> bool:
        return bool(self.mirror) and self.mirror.startswith(("http://", "https://"))


def megabytes(count: int) -> str:
    """A number of bytes as a person reads it, in units of a million."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    return f"{count / 1_000_000:.0f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:.1f} GB"


def size_in_words(count: int) -> str:
    """An asset's size as a person reads it; 0 bytes are a size that nobody has said."""
    return megabytes(count) if count else "size not known"
