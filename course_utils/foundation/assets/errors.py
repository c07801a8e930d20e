"""The two exceptions of this room, and how an error of the operating system reads to a learner."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from course_utils.foundation.addresses import shown


class AssetError(RuntimeError):
    """Data that did not arrive: one line that says what happened and the next command to type.

    `reason` and `command` hold the two halves for callers that show them apart. Addresses in it keep their passwords.
    """

    def __init__(self, reason: str, command: str) -> None:
        self.reason = shown(" ".join(reason.split()).rstrip("."))
        self.command = command
        super().__init__(f"{self.reason}. Next: {command}")


class Failure(Exception):
    """One address did not work out; another one may.

    `retry`: the same request may succeed later. `restart`: what arrived so far is of no use.
    """

    def __init__(self, reason: str, *, retry: bool = False, restart: bool = False) -> None:
        super().__init__(shown(" ".join(reason.split())))
        self.retry = retry
        self.restart = restart


def fetch_command(name: str, *options: str) -> str:
    """The command that fetches one asset, as a person types it."""
    return " ".join(["course data fetch", name, *options])


def with_setting(variable: str, value: str, command: str) -> str:
    """The command with an environment variable set for it, in the spelling of this operating system."""
    if sys.platform == "win32":
        return f"set {variable}={value}&& {command}"
    return f"{variable}={value} {command}"


def from_os_error(error: OSError, name: str, cache: Path) -> AssetError:
    """Translate a full disk, a read-only cache and their relatives into one line for a person."""
    elsewhere = with_setting("COURSE_CACHE", "another-folder", fetch_command(name))
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return AssetError(f"The disk with {cache} is full; make room there or name another folder", elsewhere)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        where = f" ({error.filename})" if error.filename else ""
        return AssetError(
            f"The cache folder {cache} can't be written{where}: {error.strerror}; name another folder",
            elsewhere,
        )
    return AssetError(f"{name} could not be stored in {cache}: {error}", fetch_command(name))
