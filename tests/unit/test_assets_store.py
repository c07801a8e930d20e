"""The cache: the order of resolution, two fetches at once, full and read-only disks, damage and repair."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from assets_support import (
    ARCHIVE,
    FRUITS,
    Behaviour,
    FaultyServer,
    fruit_table,
    good,
    left_behind,
    make_store,
    raising,
    running,
    sha256,
    stalled,
    tree_of,
    web_address,
    write_registry,
)

from course_utils.foundation.assets import AssetError
from course_utils.foundation.assets import download as download_module
from course_utils.foundation.assets import store as store_module

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def server():
    with running(FaultyServer()) as server:
        yield server


@pytest.fixture
def mirror(tmp_path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "fruits.zip").write_bytes(ARCHIVE)
    return folder


def one_line(store, **options) -> str:
    with pytest.raises(AssetError) as caught:
        store.fetch("fruits", **options)
    assert "\n" not in str(caught.value) and "course data fetch fruits" in caught.value.command
    return str(caught.value)


# Where it comes from


def test_the_mirror_is_asked_first_then_the_cache_answers_then_the_address_is_not_needed(
    tmp_path, mirror, server
):
    table = fruit_table()
    table["addresses"].append(web_address(server.answers("/f", good())))
    store = make_store(tmp_path, str(mirror), fruits=table)
    assert store.resolve("fruits").origin == "mirror"
    assert store.resolve("fruits").origin == "cache"
    shutil.rmtree(mirror)
    assert store.fetch("fruits").origin == "cache"
    assert server.requests == []


def test_a_mirror_without_the_file_gives_way_to_the_address(tmp_path, mirror, server):
    (mirror / "fruits.zip").unlink()
    table = fruit_table()
    table["addresses"].append(web_address(server.answers("/f", good())))
    store = make_store(tmp_path, str(mirror), fruits=table)
    assert store.resolve("fruits").origin == "bundled"  # the network is not asked unless allowed
    assert server.requests == []
    assert store.fetch("fruits").origin == "address"


def test_an_http_mirror_serves_like_a_folder(tmp_path, server):
    server.answers("/fruits.zip", good())
    store = make_store(tmp_path, server.address, fruits=fruit_table())
    found = store.resolve("fruits")
    assert found.origin == "mirror" and server.address in found.message
    assert (found.path / "Test/Banana/9.jpg").read_bytes() == FRUITS["Test/Banana/9.jpg"]


def test_an_archive_that_nobody_has_a_digest_of_comes_with_consent(tmp_path, server):
    address = web_address(server.answers("/f", good()), bytes=None, sha256=None) | {"unverified": True}
    table = {key: value for key, value in fruit_table(addresses=[address]).items() if key != "tree"}
    store = make_store(tmp_path, fruits=table | {"bundled": ""})
    assert "size not known" in store.resolve("fruits").message
    with pytest.raises(AssetError, match="--unverified"):
        store.fetch("fruits")
    found = store.fetch("fruits", unverified=True)
    assert not found.verified and store.verify("fruits").status == "unverified"
    assert (found.path / "Test/Banana/9.jpg").read_bytes() == FRUITS["Test/Banana/9.jpg"]


def test_without_anything_the_stand_in_is_returned_and_says_how_to_get_the_real_one(tmp_path):
    store = make_store(tmp_path, fruits=fruit_table())
    found = store.resolve("fruits")
    assert (found.origin, found.path) == ("bundled", tmp_path / "bundled" / "fruits")
    assert "bundled stand-in" in found.message and "course data fetch fruits" in found.message
    assert not store.cache.exists()  # asking leaves nothing behind


def test_without_a_stand_in_there_is_no_path(tmp_path):
    found = make_store(tmp_path, fruits=fruit_table(bundled="")).resolve("fruits")
    assert (found.origin, found.path) == ("bundled", None) and "not here" in found.message


def test_where_nothing_was_tried_nothing_is_said_to_have_failed(tmp_path, mirror):
    """A notebook asks cache and mirror only; without a mirror no place is left to ask."""
    said = one_line(make_store(tmp_path, fruits=fruit_table()), allow=("cache", "mirror"))
    assert said.startswith("fruits has not been fetched: COURSE_MIRROR is not set")
    said = one_line(make_store(tmp_path, fruits=fruit_table()), allow=("cache",))
    assert said.startswith("fruits has not been fetched: no place to fetch it from is allowed or known. ")
    (mirror / "fruits.zip").unlink()
    said = one_line(make_store(tmp_path, str(mirror), fruits=fruit_table()), allow=("cache", "mirror"))
    assert said.startswith("fruits could not be fetched: ")


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    store = make_store(tmp_path, fruits=fruit_table())
    assert "fruits" in store.resolve("vegetables").message
    with pytest.raises(AssetError, match="course data list"):
        store.fetch("vegetables")


def test_resolve_goes_on_whatever_breaks(tmp_path, mirror, monkeypatch):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    monkeypatch.setattr(store_module, "unpack", raising(ZeroDivisionError("a bug")))
    found = store.resolve("fruits")
    assert found.origin == "bundled" and "a bug" in found.message
    assert [name for name in left_behind(store.cache) if name != "files/fruits.zip"] == []


def test_a_kept_file_is_unpacked_again_without_a_network(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    shutil.rmtree(store.fetch("fruits").path)
    store.mirror = None
    assert store.resolve("fruits").origin == "cache"
    assert store.verify("fruits").status == "whole"


def test_loose_files_arrive_under_the_names_their_readers_look_for(tmp_path, mirror):
    weights = {"weights/a.h5": b"\x89HDF\r\n" * 99, "weights/names.json": b"{}"}
    for name, data in weights.items():
        (mirror / name).parent.mkdir(exist_ok=True)
        (mirror / name).write_bytes(data)
    files = [
        {"name": name, "to": Path(name).name, "bytes": len(data), "sha256": sha256(data)}
        for name, data in weights.items()
    ]
    table = {key: fruit_table()[key] for key in ("title", "kind", "licence", "citation", "redistribute")}
    table["addresses"] = [{"kind": "mirror", "label": "converted from 8-bit", "files": files}]
    store = make_store(tmp_path, str(mirror), weights=table)
    found = store.fetch("weights")
    assert (found.path / "a.h5").read_bytes() == weights["weights/a.h5"]
    assert "converted from 8-bit" in found.message and found.label == "converted from 8-bit"
    assert store.resolve("weights").label == "converted from 8-bit"  # also when it comes from the cache
    assert store.verify("weights").status == "whole"


def test_a_set_behind_a_login_says_which_file_to_put_where(tmp_path):
    by_hand = {
        "kind": "manual",
        "page": "https://example.org/set",
        "files": [{"name": "fruits.zip", "strip": "fruits"}],
    }
    store = make_store(tmp_path, fruits=fruit_table(addresses=[by_hand]))
    folder = store.cache / "put-here"
    message = one_line(store)
    assert "https://example.org/set" in message and f"put it in {folder}" in message and folder.is_dir()
    (folder / "fruits.zip").write_bytes(ARCHIVE[:-100] + bytes(100))
    one_line(store)
    (folder / "fruits.zip").write_bytes(ARCHIVE)
    assert store.fetch("fruits").verified


# Disks


def test_a_disk_without_room_is_noticed_before_anything_is_fetched(tmp_path, mirror, monkeypatch):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    message = one_line(store)
    assert "is full" in message and "COURSE_CACHE=" in message
    assert left_behind(store.cache) == []
    assert store.resolve("fruits").origin == "bundled"


def test_room_is_asked_for_the_archive_and_for_the_set_and_no_more(tmp_path, mirror, monkeypatch):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    asset = store.registry["fruits"]
    (address, *_) = asset.addresses
    room = len(ARCHIVE) + sum(map(len, FRUITS.values())) + store_module.SLACK
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=room))
    store._check_space(asset, address)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=room - 1))
    with pytest.raises(AssetError, match="is full"):
        store._check_space(asset, address)


@pytest.mark.parametrize(
    "moment", ["while downloading", "while copying", "while unpacking", "while renaming"]
)
def test_a_disk_that_fills_up_leaves_nothing_half_written(tmp_path, mirror, server, monkeypatch, moment):
    server.answers("/fruits.zip", good())
    store = make_store(
        tmp_path, server.address if moment == "while downloading" else str(mirror), fruits=fruit_table()
    )
    real_open = Path.open

    class FullDisk:
        def __init__(self, stream):
            self.stream, self.room = stream, 40_000

        def write(self, data):
            self.room -= len(data)
            if self.room < 0:
                raise FULL
            return self.stream.write(data)

        def __getattr__(self, name):
            return getattr(self.stream, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

    def open_on_a_full_disk(self, mode="r", *rest, **options):
        stream = real_open(self, mode, *rest, **options)
        filling = self.suffix == ".part" if moment != "while unpacking" else ".new-fruits" in self.parts
        return FullDisk(stream) if filling and mode != "rb" else stream

    if moment == "while renaming":
        monkeypatch.setattr(store_module, "put_in_place", raising(FULL))
    else:
        monkeypatch.setattr(Path, "open", open_on_a_full_disk)
    message = one_line(store)
    assert "is full" in message and "COURSE_CACHE=" in message
    # A whole, verified file may stay: the next fetch needs it. Nothing else may.
    assert set(left_behind(store.cache)) <= {"files/fruits.zip"}
    assert ("files/fruits.zip" in left_behind(store.cache)) == (
        moment in ("while unpacking", "while renaming")
    )
    assert store.resolve("fruits").origin == "bundled"
    monkeypatch.undo()
    assert store.resolve("fruits").origin in ("cache", "mirror")


def test_a_cache_that_is_not_a_folder_is_one_line(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    store.cache.write_text("a file where the folder should be")
    message = one_line(store)
    assert "can't be written" in message and "COURSE_CACHE=" in message
    assert store.resolve("fruits").origin == "bundled"


def test_a_read_only_cache_is_one_line_and_the_notebook_goes_on(tmp_path, mirror, monkeypatch):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    monkeypatch.setattr(
        Path, "mkdir", raising(OSError(errno.EROFS, "Read-only file system", str(store.cache)))
    )
    message = one_line(store)
    assert "can't be written" in message and "Read-only file system" in message
    assert store.resolve("fruits").origin == "bundled"
    assert not store.cache.exists()


def test_a_write_protected_cache_folder_is_one_line(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    store.cache.mkdir()
    store.cache.chmod(0o500)
    if os.access(store.cache, os.W_OK):
        pytest.skip("permissions don't bind this user")
    try:
        assert "can't be written" in one_line(store)
        assert store.resolve("fruits").origin == "bundled"
    finally:
        store.cache.chmod(0o700)


def test_a_read_only_cache_that_holds_the_data_is_good_enough(tmp_path, mirror, monkeypatch):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    store.fetch("fruits")
    monkeypatch.setattr(Path, "mkdir", raising(OSError(errno.EROFS, "Read-only file system")))
    assert store.resolve("fruits").origin == "cache"
    assert store.fetch("fruits").origin == "cache"


# Mirror folders that aren't what they should be


@pytest.mark.parametrize("damage", ["truncated", "wrong", "missing"])
def test_a_damaged_mirror_folder_is_named(tmp_path, mirror, damage):
    file = mirror / "fruits.zip"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(ARCHIVE[:100] if damage == "truncated" else bytes(len(ARCHIVE)))
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    message = one_line(store)
    assert {"truncated": "has 100 bytes", "wrong": "not the registered file", "missing": "no fruits.zip"}[
        damage
    ] in message
    assert left_behind(store.cache) == []
    assert store.resolve("fruits").origin == "bundled"


def test_a_stick_pulled_out_while_copying_is_the_mirrors_fault(tmp_path, mirror, monkeypatch):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    real_open = Path.open

    def pulled_out(self, mode="r", *rest, **options):
        if self == mirror / "fruits.zip":
            return Pulled()
        return real_open(self, mode, *rest, **options)

    class Pulled:
        chunks = iter([ARCHIVE[:5000]])

        def read(self, _):
            for chunk in self.chunks:
                return chunk
            raise OSError(errno.EIO, "Input/output error")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(Path, "open", pulled_out)
    assert "can't be read: Input/output error" in one_line(store)
    assert left_behind(store.cache) == []


# Damage in the cache


def test_damage_is_found_named_and_repaired_without_a_network(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    folder = store.fetch("fruits").path
    (folder / "Training/Banana/1.jpg").write_bytes(b"changed")
    (folder / "Training/Kiwi/1.jpg").unlink()
    (folder / "Test/Banana/mine.jpg").write_bytes(b"added")
    found = store.verify("fruits")
    assert found.status == "damaged"
    assert found.problems == (
        "missing: Training/Kiwi/1.jpg",
        "changed: Training/Banana/1.jpg",
        "not part of it: Test/Banana/mine.jpg",
    )
    store.mirror = None
    store.fetch("fruits", again=True)
    assert store.verify("fruits").status == "whole"


def test_a_damaged_kept_file_is_found_and_fetched_again(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    store.fetch("fruits")
    (store.cache / "files" / "fruits.zip").write_bytes(b"damaged")
    assert store.verify("fruits").status == "damaged"
    store.fetch("fruits", again=True)
    assert store.verify("fruits").status == "whole"


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one_there(tmp_path, mirror, monkeypatch):
    """As on Windows, when another program has a file of it open."""
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    folder = store.fetch("fruits").path
    real = os.replace

    def replace(source, target):
        if Path(source).name == ".new-fruits":
            raise PermissionError(errno.EACCES, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    one_line(store, again=True)
    assert (folder / "Test/Banana/9.jpg").exists() and store.verify("fruits").status == "whole"


def test_of_several_files_those_that_arrived_need_not_come_again(tmp_path, mirror):
    parts = {"one.h5": b"\x89HDF\r\n" * 99, "two.h5": b"\x89HDF\r\n" * 98}
    files = [
        {"name": name, "to": name, "bytes": len(data), "sha256": sha256(data)} for name, data in parts.items()
    ]
    table = {key: fruit_table()[key] for key in ("title", "kind", "licence", "citation", "redistribute")}
    table["addresses"] = [{"kind": "mirror", "files": files}]
    store = make_store(tmp_path, str(mirror), fruits=table)
    (mirror / "one.h5").write_bytes(parts["one.h5"])
    assert "there is no two.h5" in one_line(store)
    (mirror / "one.h5").unlink()
    (mirror / "two.h5").write_bytes(parts["two.h5"])
    assert (store.fetch("fruits").path / "one.h5").read_bytes() == parts["one.h5"]


def test_a_failed_repair_leaves_the_old_copy_in_place(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    folder = store.fetch("fruits").path
    (store.cache / "files" / "fruits.zip").unlink()
    (mirror / "fruits.zip").unlink()
    one_line(store, again=True)
    assert (folder / "Test/Banana/9.jpg").exists() and store.verify("fruits").status == "whole"


@pytest.mark.parametrize("marker", ["", "{}", "[]", '{"verified": true, "digest": "0"}'])
def test_a_folder_without_a_valid_marker_is_not_used(tmp_path, marker):
    store = make_store(tmp_path, fruits=fruit_table())
    folder = store.cache / "data" / "fruits"
    folder.mkdir(parents=True)
    (folder / ".course-asset.json").write_text(marker)
    assert store.resolve("fruits").origin == "bundled"
    assert store.verify("fruits").status == "damaged"


def test_a_new_version_in_the_registry_replaces_the_old_copy(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    store.fetch("fruits")
    fewer = {path: data for path, data in FRUITS.items() if path.startswith("Training")}
    tree = {"files": 2, "bytes": sum(map(len, fewer.values())), "sha256": tree_of(fewer)}
    newer = make_store(tmp_path, str(mirror), fruits=fruit_table(tree=tree, include=["Training/*"]))
    assert newer.resolve("fruits").origin == "cache"  # from the kept file
    assert not (newer.cache / "data/fruits/Test").exists()


def test_the_summary_names_states_from_the_disk_alone(tmp_path, mirror):
    store = make_store(tmp_path, str(mirror), fruits=fruit_table(), other=fruit_table(bundled="", addresses=[
        {"kind": "mirror", "files": [{"name": "other.zip", "bytes": 1, "sha256": "0" * 64}]}]))  # fmt: skip
    assert [state.state for state in store.summary()] == ["on the mirror", "not fetched"]
    store.fetch("fruits")
    assert store.summary()[0].state == "in the cache"
    assert store.summary()[0].bytes == sum(map(len, FRUITS.values()))
    store.mirror = "http://192.0.2.1:9"  # an address that never answers: the summary must not ask it
    assert store.summary()[1].state == "not fetched"


# Two at once, and one that was killed

FETCH = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from course_utils.foundation.assets import Store, load_registry
    root = Path(sys.argv[1])
    print(Store(load_registry(root / "registry.toml"), root / "cache", None, root).fetch("fruits", progress=False).origin)
    """
)


def fetch_in_another_process(root: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, str(root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_processes_that_fetch_at_once_fetch_once(tmp_path, server):
    url = server.answers("/f", good())
    write_registry(tmp_path / "registry.toml", fruits=fruit_table(addresses=[web_address(url)]))
    processes = [fetch_in_another_process(tmp_path) for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert sorted(out.strip() for out, _ in answers) == ["address", "cache"]
    assert len(server.requests) == 1


def test_what_a_killed_process_left_is_resumed_and_its_lock_is_free(tmp_path, server):
    url = server.answers("/f", Behaviour(ARCHIVE, sent=60_000, stall=20.0), good())
    write_registry(tmp_path / "registry.toml", fruits=fruit_table(addresses=[web_address(url)]))
    process = fetch_in_another_process(tmp_path)
    part = tmp_path / "cache" / "files" / "fruits.zip.part"
    deadline = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert 0 < part.stat().st_size < len(ARCHIVE)
    stale = tmp_path / "cache" / "data" / ".new-fruits" / "Training"
    stale.mkdir(parents=True)
    store = make_store(tmp_path, fruits=fruit_table(addresses=[web_address(url)]))
    assert store.fetch("fruits").origin == "address"
    assert server.requests[1][1].startswith("bytes=") and server.requests[1][1] != "bytes=0-"
    assert store.verify("fruits").status == "whole"
    assert not part.exists() and not stale.exists()


def test_a_lock_held_too_long_is_one_line(tmp_path, mirror):
    filelock = pytest.importorskip("filelock")
    store = make_store(tmp_path, str(mirror), fruits=fruit_table())
    store.lock_wait = 0.05
    lock = store.cache / "locks" / "fruits.lock"
    lock.parent.mkdir(parents=True)
    with filelock.FileLock(lock):
        assert "still being fetched by another" in one_line(store)
        assert store.resolve("fruits").origin == "bundled"
    assert store.resolve("fruits").origin == "mirror"


def test_an_interrupted_fetch_leaves_nothing(tmp_path, server, monkeypatch):
    store = make_store(tmp_path, fruits=fruit_table(addresses=[web_address(server.answers("/f", stalled()))]))
    monkeypatch.setattr(download_module, "time", SimpleNamespace(sleep=raising(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        store.fetch("fruits")
    assert left_behind(store.cache) == []
