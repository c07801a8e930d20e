"""Folders of git repositories at fixed commits: only those folders, and the same tree as the mirror's archive."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from assets_support import (
    FRUITS,
    fruit_table,
    left_behind,
    make_store,
    make_zip,
    raising,
    sha256,
)

from course_utils.foundation.assets import AssetError, gitparts
from course_utils.foundation.assets.files import pack

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def make_repository(folder: Path, files: dict[str, bytes]) -> tuple[str, str]:
    """A repository that serves partial clones; returns its address and the commit."""

    def git(*words: str) -> str:
        settings = [
            "-c",
            "user.name=tests",
            "-c",
            "user.email=tests@example.org",
            "-c",
            "commit.gpgsign=false",
        ]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        return subprocess.run(
            ["git", *settings, "-C", str(folder), *words],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout.strip()

    folder.mkdir()
    git("init", "--quiet")
    git("config", "uploadpack.allowFilter", "true")
    git("config", "uploadpack.allowAnySHA1InWant", "true")
    git("config", "core.autocrlf", "false")
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    commit = git("rev-parse", "HEAD")
    (folder / "later.txt").write_text("the course's commit is not the newest one")
    git("add", ".")
    git("commit", "--quiet", "-m", "second")
    return folder.as_uri(), commit


@pytest.fixture(scope="module")
def repositories(tmp_path_factory) -> list[dict]:
    """Training and the licence from one repository, Test/Banana from another, among what isn't wanted."""
    first = {f"data/fruits/{path}": data for path, data in FRUITS.items() if path.startswith("Training")}
    first |= {
        "data/fruits/LICENSE": b"MIT",
        "data/fruits/Training/Durian/1.jpg": b"no",
        "big.bin": bytes(5_000_000),
    }
    second = {"set/Test/Banana/9.jpg": FRUITS["Test/Banana/9.jpg"], "set/Test/Kiwi/1.jpg": b"no"}
    folder = tmp_path_factory.mktemp("repositories")
    one, at = make_repository(folder / "one", first)
    two, at_two = make_repository(folder / "two", second)
    only = ["Training/Banana", "Training/Kiwi"]
    return [
        {"repository": one, "commit": at, "folder": "data/fruits", "only": only},
        {"repository": two, "commit": at_two, "folder": "set/Test/Banana", "into": "Test/Banana"},
    ]


@pytest.fixture
def parts(repositories) -> list[dict]:
    """A copy for each test to spoil."""
    return [dict(part) for part in repositories]


def store_for(tmp_path, parts, *more_addresses):
    addresses = [*more_addresses, {"kind": "git", "parts": parts}]
    return make_store(tmp_path, fruits=fruit_table(addresses=addresses))


def test_the_parts_of_two_repositories_make_the_tree(tmp_path, parts):
    store = store_for(tmp_path, parts)
    found = store.fetch("fruits")
    there = {path.relative_to(found.path).as_posix() for path in found.path.rglob("*") if path.is_file()}
    assert there == {*FRUITS, "LICENSE", ".course-asset.json", ".course-asset.sha256"}
    assert found.origin == "address" and found.verified
    assert store.verify("fruits").status == "whole"


def test_only_the_wanted_folders_are_transferred(tmp_path, parts, monkeypatch):
    received = []
    monkeypatch.setattr(gitparts, "remove_tree", lambda clone: received.append(directory_size(clone)))
    store_for(tmp_path, parts).fetch("fruits")
    assert received and sum(received) < 1_000_000  # big.bin alone has five


def directory_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / ".git" / "objects").rglob("*") if path.is_file())


def test_what_came_from_git_is_kept_as_the_mirrors_archive_when_the_bytes_agree(tmp_path, parts):
    order = ["LICENSE", "Training/Banana/1.jpg", "Training/Kiwi/1.jpg", "Test/Banana/9.jpg"]
    source = tmp_path / "packed"
    for path in order:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(FRUITS.get(path, b"MIT"))
    pack(source, "fruits", order, tmp_path / "fruits.zip")
    packed = (tmp_path / "fruits.zip").read_bytes()
    file = {"name": "fruits.zip", "strip": "fruits", "bytes": len(packed), "sha256": sha256(packed)}
    store = store_for(tmp_path, parts, {"kind": "mirror", "files": [file]})
    store.fetch("fruits")
    assert (store.cache / "files" / "fruits.zip").read_bytes() == packed
    shutil.rmtree(store.folder(store.registry["fruits"]))
    assert store.resolve("fruits").origin == "cache"


def test_an_archive_of_other_bytes_is_not_kept(tmp_path, parts):
    other = make_zip(FRUITS)
    file = {"name": "fruits.zip", "bytes": len(other), "sha256": sha256(other)}
    store = store_for(tmp_path, parts, {"kind": "mirror", "files": [file]})
    store.fetch("fruits")
    assert not list((store.cache / "files").iterdir())


@pytest.mark.parametrize("fault", ["commit", "repository", "folder", "content"])
def test_a_repository_that_changed_is_one_line_and_leaves_nothing(tmp_path, parts, fault):
    if fault == "commit":
        parts[0]["commit"] = "1" * 40
    elif fault == "repository":
        parts[0]["repository"] = (tmp_path / "gone").as_uri()
    elif fault == "folder":
        parts[1]["folder"] = "set/Test/Cherry"
    else:
        parts[0]["only"] = ["Training/Banana"]
    store = store_for(tmp_path, parts)
    with pytest.raises(AssetError) as caught:
        store.fetch("fruits")
    assert "\n" not in str(caught.value) and caught.value.command == "course data fetch fruits"
    assert left_behind(store.cache) == []
    assert store.resolve("fruits", ("cache", "address")).origin == "bundled"


def test_without_git_the_message_says_so(tmp_path, parts, monkeypatch):
    store = store_for(tmp_path, parts)
    monkeypatch.setattr(gitparts.shutil, "which", lambda _: None)
    with pytest.raises(AssetError, match="git is not installed"):
        store.fetch("fruits")


def test_an_interrupted_clone_leaves_nothing_and_no_git_behind(tmp_path, parts, monkeypatch):
    store = store_for(tmp_path, parts)
    monkeypatch.setattr(gitparts.time, "sleep", raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        store.fetch("fruits")
    assert left_behind(store.cache) == []
