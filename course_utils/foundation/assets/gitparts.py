"""Folders of git repositories at given commits, without the rest of the repository.

A partial clone (`--filter=blob:none`) of depth one with a sparse checkout transfers only the files asked
for. No hook, filter or prompt of git may run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import progress
from .digests import file_digest
from .errors import Failure
from .files import remove_tree
from .registry import Address, Asset, GitPart

SETTINGS = {
    "core.autocrlf": "false",
    "core.symlinks": "false",
    "core.longpaths": "true",
    "core.hooksPath": os.devnull,
    "filter.lfs.smudge": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "protocol.ext.allow": "never",
    "advice.detachedHead": "false",
    "gc.auto": "0",
}


def fetch(asset: Asset, address: Address, folder: Path, work: Path, *, shown: bool) -> dict[str, str]:
    """Bring the parts of a git address together in `folder`; clones live in `work`.

    Returns {relative path: sha256} in the order of the parts. Raises Failure with git's own last words.
    """
    if not shutil.which("git"):
        raise Failure("git is not installed (it fetches this data set from its repositories)")
    bar = progress.bar(asset.name, asset.size, shown=shown)
    digests: dict[str, str] = {}
    try:
        for number, part in enumerate(address.parts):
            clone = work / f"part-{number}"
            _clone(part, clone, bar)
            digests |= _collect(asset, part, clone, folder)
            remove_tree(clone)
    finally:
        bar.close()
    return digests


def _clone(part: GitPart, clone: Path, bar: progress.Bar) -> None:
    wanted = [f"/{part.folder}/{only}/" for only in part.only] or [f"/{part.folder}/"]
    if part.only:
        # The licence and the read-me lie beside the wanted folders; `!` leaves the others out.
        wanted = [f"/{part.folder}/*", f"!/{part.folder}/*/", *wanted]
    _git(["init", "--quiet", "--template=", str(clone)], None, bar)
    _git(["remote", "add", "origin", part.repository], clone, bar)
    # Written by hand: the options of `git sparse-checkout` differ between versions of git.
    _git(["config", "core.sparseCheckout", "true"], clone, bar)
    (clone / ".git" / "info").mkdir(exist_ok=True)
    (clone / ".git" / "info" / "sparse-checkout").write_text(
        "\n".join(wanted) + "\n", encoding="utf-8", newline="\n"
    )
    _git(
        ["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none", "origin", part.commit],
        clone,
        bar,
    )
    _git(["checkout", "--quiet", "FETCH_HEAD"], clone, bar)


def _collect(asset: Asset, part: GitPart, clone: Path, folder: Path) -> dict[str, str]:
    source = clone.joinpath(*part.folder.split("/"))
    if not source.is_dir():
        raise Failure(f"{part.repository} has no folder {part.folder} at {part.commit[:10]}")
    digests: dict[str, str] = {}
    for path in sorted(source.rglob("*"), key=lambda path: path.relative_to(source).as_posix()):
        relative = path.relative_to(source).as_posix()
        if part.into:
            relative = f"{part.into}/{relative}"
        wanted = asset.wants(relative)
        if path.is_dir() or not (wanted or asset.tolerates(relative)):
            continue
        if path.is_symlink() or not path.is_file():
            raise Failure(f"{part.repository} holds {relative!r}, which is not a regular file")
        target = folder.joinpath(*relative.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        if wanted:
            digests[relative] = file_digest(path)
        os.replace(path, target)
    return digests


def _git(arguments: list[str], clone: Path | None, bar: progress.Bar) -> None:
    settings = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
    # A notebook or a hook may run inside another repository's environment.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            ["git", *settings, *(["-C", str(clone)] if clone else []), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=environment,
        )  # fmt: skip
        seen = _size(clone)
        try:
            while process.poll() is None:
                time.sleep(0.02)
                now = _size(clone)
                bar.update(max(0, now - seen))
                seen = max(seen, now)
        except BaseException:
            process.kill()
            process.wait()
            raise
        errors.seek(0)
        words = errors.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode:
        raise Failure(f"git {arguments[0]} failed: {_explain(words)}")


def _size(clone: Path | None) -> int:
    """Bytes received so far: packs grow under a temporary name in the object store."""
    packs = clone / ".git" / "objects" / "pack" if clone else None
    if not packs or not packs.is_dir():
        return 0
    try:
        return sum(path.stat().st_size for path in packs.iterdir())
    except OSError:  # git renames a pack while we look
        return 0


def _explain(words: list[str]) -> str:
    text = "\n".join(words)
    if "Could not resolve host" in text or "unable to access" in text or "timed out" in text:
        return "its server can't be reached: no network, or it is down"
    if "not our ref" in text or "couldn't find remote ref" in text:
        return "the repository no longer has that commit"
    if "No space left" in text:
        return "the disk is full"
    return words[-1][:160] if words else "it said nothing"
