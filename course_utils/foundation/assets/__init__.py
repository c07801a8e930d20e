"""Data that arrives: what the course may fetch, from where, and how it is verified.

`resolve` is for notebooks (never raises, never asks the network beyond the instructor's mirror), `fetch` for
the command line. Both are driven by data/registry.toml.
"""

from __future__ import annotations

from collections.abc import Collection

from course_utils.foundation import config

from .errors import AssetError
from .registry import Registry, RegistryError, load_registry
from .store import Resolution, State, Store, Verification

__all__ = [
    "AssetError",
    "Verification",
    "Registry",
    "RegistryError",
    "Resolution",
    "State",
    "Store",
    "default_store",
    "fetch",
    "kind",
    "load_registry",
    "resolve",
    "summary",
]


def default_store() -> Store:
    """The store that the environment asks for: the course's registry, `COURSE_CACHE` and `COURSE_MIRROR`."""
    root = config.repository_root()
    return Store(load_registry(root / "data" / "registry.toml"), config.cache_dir(), config.mirror(), root)


def resolve(name: str, allow: Collection[str] = ("cache", "mirror")) -> Resolution:
    """The asset of that name, or its bundled stand-in; never raises.

    `allow` may name `cache`, `mirror` (of `COURSE_MIRROR`) and `address` (the publishers').
    """
    try:
        return default_store().resolve(name, allow)
    except Exception as error:  # noqa: BLE001 - a broken registry must not stop a notebook on bundled data
        return Resolution(None, "bundled", f"{name}: {error}", verified=False)


def kind(name: str) -> str:
    """What an asset is, `images`, `text` or `weights`; an empty string where the registry cannot tell."""
    try:
        return default_store().registry[name].kind
    except Exception:  # noqa: BLE001 - as in resolve
        return ""


def fetch(
    name: str,
    allow: Collection[str] = ("cache", "mirror", "address"),
    unverified: bool = False,
    progress: bool = True,
    again: bool = False,
) -> Resolution:
    """Bring an asset into the cache; raises AssetError (one line and the next command to type)."""
    return default_store().fetch(name, allow, unverified, progress, again)


def summary() -> list[State]:
    """(name, state, bytes) of every asset, for the doctor; reads the disk only."""
    return default_store().summary()
