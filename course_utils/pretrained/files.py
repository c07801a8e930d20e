"""Keras's official files of ImageNet weights: from the course's cache, from Keras's own folder, from the mirror.

Keras's folder is read and never written, and Keras is never asked to download: a notebook does not wait for
500 MB, and a file is compared with its digest before it is loaded.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from course_utils.foundation import assets
from course_utils.foundation.assets.digests import file_digest
from course_utils.foundation.assets.errors import fetch_command

from .nets import CLASS_INDEX, Net

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights that is whole, and a sentence on where it came from."""

    path: Path
    source: str
    verified: bool


def keras_folder() -> Path:
    """Where Keras keeps the files that it downloads: `$KERAS_HOME/models`, else `~/.keras/models`."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "models"


def imagenet_weights(net: Net, top: bool, download: bool = False) -> WeightsFile:
    """The net's official file of weights; raises AssetError with the command that fetches it.

    A damaged copy in the cache is fetched again, from the mirror or, with `download`, from Keras's address.
    """
    store = assets.default_store()
    found = store.resolve(net.asset, ("cache",))
    damaged = False
    if found.origin == "cache":
        if all(store.is_whole(net.asset, name) for name in _needed(net, top)):
            return WeightsFile(found.path / net.file(top), found.message, found.verified)
        log.warning("%s in %s is damaged and is fetched again", net.file(top), found.path)
        damaged = True
    if at_home := _in_keras_folder(store, net, top):
        return at_home
    try:
        if download:
            found = store.fetch(net.asset, again=damaged)
        else:
            found = store.hasty().fetch(net.asset, ("cache", "mirror"), again=damaged)
    except assets.AssetError as error:
        if damaged:
            reason = f"{store.registry[net.asset].title}: the copy in the cache is damaged ({error.reason})"
            raise assets.AssetError(reason, fetch_command(net.asset, "--again")) from error
        raise
    return WeightsFile(found.path / net.file(top), found.message, found.verified)


def imagenet_class_names(net: Net) -> tuple[str, ...]:
    """The 1,000 names in the order of the net's outputs, as a person reads them ('Egyptian cat').

    Raises AssetError when no file of names is on this machine or on the mirror.
    """
    store = assets.default_store()
    for asset in (store.registry[net.asset], *store.registry):
        path = store.folder(asset) / CLASS_INDEX
        if path.is_file() and store.is_whole(asset.name, CLASS_INDEX):
            return _read_class_index(path)
    path = keras_folder() / CLASS_INDEX
    if path.is_file() and _is_registered(store, net, path):
        return _read_class_index(path)
    found = store.hasty().fetch(net.asset, ("cache", "mirror"))
    return _read_class_index(found.path / CLASS_INDEX)


def _needed(net: Net, top: bool) -> tuple[str, ...]:
    return (net.file(top), CLASS_INDEX) if top else (net.file(top),)


def _in_keras_folder(store: assets.Store, net: Net, top: bool) -> WeightsFile | None:
    """A file that Keras downloaded for this learner earlier, if it is the official one."""
    path = keras_folder() / net.file(top)
    title = store.registry[net.asset].title
    if not path.is_file():
        return None
    if _is_registered(store, net, path):
        return WeightsFile(path, f"{title}: read from Keras's folder {path.parent}", True)
    publishers = [file.digest for file in _files(store, net, path.name, kinds=("http",))]
    if all(publishers) or not _is_whole_hdf5(path):
        log.warning("%s is damaged or not Keras's file; it is left alone and not used", path)
        return None
    source = f"{title}: read from Keras's folder {path.parent}, unverified: no digest is published"
    return WeightsFile(path, source, False)


def _files(store: assets.Store, net: Net, name: str, kinds: tuple[str, ...] = ("mirror", "http")):
    addresses = store.registry[net.asset].addresses
    return [f for address in addresses if address.kind in kinds for f in address.files if f.to == name]


def _is_registered(store: assets.Store, net: Net, path: Path) -> bool:
    """True when the file has a digest that the registry names for a file of that name."""
    known = {(file.algorithm, file.digest) for file in _files(store, net, path.name) if file.digest}
    return any(file_digest(path, algorithm) == digest for algorithm, digest in known)


def _is_whole_hdf5(path: Path) -> bool:
    """HDF5 notes its own length, so that a truncated file does not open."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return len(file) > 0
    except OSError:
        return False


def _read_class_index(path: Path) -> tuple[str, ...]:
    table = json.loads(path.read_text(encoding="utf-8"))
    return tuple(table[str(number)][1].replace("_", " ") for number in range(len(table)))
