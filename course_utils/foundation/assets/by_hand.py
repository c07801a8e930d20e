"""Files that a person downloaded and put into the cache's put-here folder, under whatever name they arrived.

Kaggle calls every download archive.zip, a browser adds ` (1)` to the second, macOS unpacks by itself. So the name only
says where to look first: what counts is the digest.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import progress
from .digests import file_digest, tree_digest
from .errors import Failure
from .files import link_or_copy, remove_tree
from .registry import Address, Asset
from .unpack import UNREADABLE, unpack

ARCHIVES = {".zip": "zip", ".tar": "tar", ".tgz": "tar", ".gz": "tar", ".bz2": "tar", ".xz": "tar"}
# What systems leave beside a person's files, and what a browser calls a file that is still arriving.
LITTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
ARRIVING = (".crdownload", ".part", ".partial", ".download", ".opdownload")
# `x (1).json`, `x(1).json`, `x - Copy.json`, `x copy.json`, `x-2.json`
COPY = re.compile(r"( ?\(\d+\)| - Copy| copy( \d+)?|-\d)(?=(\.\w+)*$)")
MOST_FILES = 200_000
MOST_NAMED = 4


@dataclass(frozen=True)
class Candidate:
    """One thing in the folder that may be the asset: an archive, or files {relative path: where it lies}."""

    name: str
    archive: str = ""
    path: Path | None = None
    files: tuple[tuple[str, Path], ...] = ()


def gather(folder: Path, asset: Asset, address: Address, new: Path, *, shown: bool) -> dict[str, str]:
    """Find the asset in the put-here folder and bring it to `new`.

    Returns {relative path: sha256} of its files. Raises Failure that says what to download and where to put it, and of
    each thing that lies there why it is not the asset; OSError as the file system does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [file.to or file.name for file in address.files]
    ask = (
        f"its publisher asks for a login: download {', '.join(file.name for file in address.files)} at {address.page}, "
        f"put it in {folder}"
    )
    found, arriving = _listed(folder)
    refused: list[str] = []
    for candidate in sorted(_candidates(folder, found), key=lambda one: _distance(one, wanted)):
        try:
            digests = _taken(candidate, asset, address, new, shown=shown)
        except Failure as failure:
            refused.append(f"{candidate.name}: {failure}")
        else:
            if digests:
                return digests
        for leftover in new.iterdir():
            remove_tree(leftover)
    if arriving:
        ask += f"; {arriving[0].name} there is still being downloaded"
    if not found:
        raise Failure(f"{ask} (packed or unpacked, under any name); nothing is there yet")
    if not refused:
        names = sorted({path.relative_to(folder).parts[0] for path in found})
        refused = [f"{_some(names)}: nothing of it"]
    raise Failure(f"{ask}. The files there are not the right ones: {'; '.join(refused[:MOST_NAMED])}")


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files in the folder at any depth, and those that a browser is still writing; links are not followed."""
    found, arriving = [], []
    for path in sorted(folder.rglob("*"))[:MOST_FILES]:
        if path.is_symlink() or not path.is_file() or LITTER.search(path.relative_to(folder).as_posix()):
            continue
        (arriving if path.name.lower().endswith(ARRIVING) else found).append(path)
    return found, arriving


def _candidates(folder: Path, found: Iterable[Path]) -> Iterator[Candidate]:
    loose: dict[str, list[tuple[str, Path]]] = {}
    for path in found:
        relative = path.relative_to(folder)
        if kind := ARCHIVES.get(path.suffix.lower(), ""):
            yield Candidate(relative.as_posix(), kind, path)
        elif len(relative.parts) == 1:
            yield Candidate(path.name, path=path, files=((path.name, path),))
        else:
            top, *rest = relative.parts
            loose.setdefault(top, []).append(("/".join(rest), path))
    for top, files in loose.items():
        yield Candidate(f"{top}/", files=tuple(files))
    whole = tuple((path.relative_to(folder).as_posix(), path) for path in found)
    if len(whole) > 1:  # the folder itself: an archive that was unpacked right here
        yield Candidate(".", files=whole)


def _distance(candidate: Candidate, wanted: list[str]) -> int:
    """0 for the very name, 1 for a browser's copy of it or it in a zip, 2 for Kaggle's name, 3 for anything else."""
    name = candidate.name.rstrip("/")
    plain = COPY.sub("", name)
    plain = re.sub(r"\.zip$", "", plain, flags=re.IGNORECASE) if plain not in wanted else plain
    plain = COPY.sub("", plain)
    if name in wanted:
        return 0
    if plain in wanted or plain in [Path(one).stem for one in wanted]:
        return 1
    return 2 if plain == "archive" else 4 if name == "." else 3


def _taken(candidate: Candidate, asset: Asset, address: Address, new: Path, *, shown: bool) -> dict[str, str]:
    """The candidate's files in `new`, verified; nothing for what holds none of the asset's; Failure for what is wrong."""
    bar = progress.bar(f"look at {candidate.name}", None, shown=shown, unit=" files")
    try:
        if candidate.archive:
            digests = _from_archive(candidate, asset, new, bar)
        else:
            digests = _from_files(candidate, asset, address, new, bar)
    finally:
        bar.close()
    if not digests:
        return {}
    expected = asset.expected_digest(address)
    found = _in_the_registrys_words(digests, asset, address, new)
    if expected and found != expected:
        what = "digest" if len(digests) > 1 else f"{next(iter(digests))}, digest"
        many = f"{len(digests):,} files, " if len(digests) > 1 else ""
        raise Failure(f"not the registered data ({many}{what} {found[:12]}… instead of {expected[:12]}…)")
    return digests


def _from_archive(candidate: Candidate, asset: Asset, new: Path, bar: progress.Bar) -> dict[str, str]:
    try:
        if candidate.archive == "zip":
            with zipfile.ZipFile(candidate.path) as archive:
                names = [info.filename for info in archive.infolist() if not info.is_dir()]
        else:
            with tarfile.open(candidate.path) as archive:
                names = [info.name.removeprefix("./") for info in archive if info.isreg()]
    except UNREADABLE as error:
        raise Failure(_unreadable(candidate.path) or f"not a whole archive ({error})") from None
    prefix, count = _best_prefix(names, asset.wants)
    if not count:
        return {}
    return unpack(candidate.path, candidate.archive, new, asset, prefix, bar=bar)


def _from_files(
    candidate: Candidate, asset: Asset, address: Address, new: Path, bar: progress.Bar
) -> dict[str, str]:
    unpacked = asset.tree or address.unverified
    wants = asset.wants if unpacked else {file.to or file.name for file in address.files}.__contains__
    prefix, count = _best_prefix([name for name, _ in candidate.files], wants)
    start = f"{prefix}/" if prefix else ""
    chosen = {
        name.removeprefix(start): path
        for name, path in candidate.files
        if count and name.startswith(start) and wants(name.removeprefix(start))
    }
    single = [file.to or file.name for file in address.files if not file.archive]
    if (
        candidate.path
        and len(single) == 1
        and candidate.path.suffix.lower() == Path(single[0]).suffix.lower()
    ):
        chosen = {single[0]: candidate.path}  # whatever a browser called it
        if problem := _unreadable(candidate.path):
            raise Failure(problem)
    digests = {}
    for name, path in chosen.items():
        link_or_copy(path, new.joinpath(*name.split("/")))
        digests[name] = file_digest(path)
        bar.update(1)
    return digests


def _best_prefix(names: Iterable[str], wants: Callable[[str], bool]) -> tuple[str, int]:
    """The folder inside of an archive or a folder beneath which most files are the asset's, and how many those are."""
    names = [name for name in names if not LITTER.search(name)]
    prefixes = {""}
    for name in names:
        parts = name.split("/")[:-1]
        prefixes |= {"/".join(parts[:depth]) for depth in range(1, min(len(parts), 3) + 1)}
    best = ("", 0)
    for prefix in sorted(prefixes, key=lambda one: (one.count("/") + bool(one), one))[:200]:
        start = f"{prefix}/" if prefix else ""
        count = sum(name.startswith(start) and wants(name.removeprefix(start)) for name in names)
        best = max(best, (prefix, count), key=lambda one: one[1])
    return best


def _in_the_registrys_words(digests: dict[str, str], asset: Asset, address: Address, new: Path) -> str:
    algorithms = {} if asset.tree else {file.to: file.algorithm for file in address.files}
    return tree_digest(
        {
            name: digest
            if algorithms.get(name, "sha256") == "sha256"
            else file_digest(new / name, algorithms[name])
            for name, digest in digests.items()
        }
    )


def _unreadable(path: Path) -> str:
    """Why a file can't be what was downloaded, from its first bytes; empty when they tell nothing."""
    with path.open("rb") as stream:
        start = stream.read(512).lstrip().lower()
    if not start:
        return "empty"
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return "a web page, saved instead of the file: sign in first, then use the page's download button"
    return ""


def _some(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (
        f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    )
