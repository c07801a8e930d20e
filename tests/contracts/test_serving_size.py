"""What notebook 16 adds to everybody's installation: little to download, and as much on the disk as the pages say."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
import tomllib
import zlib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_utils.foundation import config

ROOT = config.repository_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MOST_TO_DOWNLOAD = 40e6
PLATFORM = sys.platform, platform.machine()
ONE_IN = 8  # of a large file, so much is packed to see what the whole would be
PIECE = 128 * 1024


def needed(requirements: list[str]) -> set[str]:
    """Names of all installed packages that these requirements bring."""
    left, known = [(Requirement(each), "") for each in requirements], set()
    while left:
        requirement, extra = left.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in known:
            continue
        known.add((name, frozenset(requirement.extras)))
        for each in importlib.metadata.requires(name) or []:
            left += [(Requirement(each), wanted) for wanted in ("", *requirement.extras)]
    return {name for name, _ in known}


def added() -> set[str]:
    """Packages that only the extra `serve` brings into what `make lab` installs."""
    extras = PROJECT["optional-dependencies"]
    without = PROJECT["dependencies"] + extras["cpu"]
    return needed(without + extras["serve"]) - needed(without)


def files(name: str) -> list[Path]:
    """The installed files of a package, without those that Python compiles by itself."""
    listed = importlib.metadata.files(name) or []
    return [
        path for path in (Path(each.locate()) for each in listed if each.suffix != ".pyc") if path.is_file()
    ]


def packed(path: Path) -> float:
    """Bytes of a file in a wheel; of a large one estimated from pieces of it."""
    if path.stat().st_size < ONE_IN * PIECE:
        return len(zlib.compress(path.read_bytes(), 6))
    before = after = 0
    with path.open("rb") as file:
        for start in range(0, path.stat().st_size, ONE_IN * PIECE):
            file.seek(start)
            piece = file.read(PIECE)
            before, after = before + len(piece), after + len(zlib.compress(piece, 6))
    return path.stat().st_size * after / before


@pytest.fixture(scope="module")
def sizes() -> dict[str, tuple[float, float]]:
    """For each added package the bytes to download and those on the disk."""
    return {
        name: (sum(map(packed, files(name))), sum(path.stat().st_size for path in files(name)))
        for name in added()
    }


def test_what_it_adds_is_the_runtime_the_file_format_and_small_things(sizes) -> None:
    large = {name for name, (_, disk) in sizes.items() if disk > 2e6}
    assert large == {"onnx", "onnxruntime"}
    assert not {"ray", "tf2onnx", "onnxscript", "sympy"} & set(sizes)


def test_it_adds_at_most_40_mb_to_what_is_downloaded(sizes) -> None:
    assert 15e6 < sum(download for download, _ in sizes.values()) <= MOST_TO_DOWNLOAD


def test_the_pages_say_what_it_adds_on_the_disk_which_is_more(sizes) -> None:
    text = " ".join((ROOT / "CHANGES.md").read_text(encoding="utf-8").split())
    told = re.search(r"\((\d+) MB to download and (\d+) MB on the disk, on Linux, (\d+) MB of these", text)
    download, disk, runtime = (1e6 * int(number) for number in told.groups())
    assert download <= MOST_TO_DOWNLOAD < runtime < disk
    comment = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert (
        f"On Linux they add {download / 1e6:.0f} MB to download and {disk / 1e6:.0f} MB on the disk"
        in comment
    )
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert (
        f"{download / 1e6:.0f} MB of its download and {disk / 1e6:.0f} MB of its 2 GB on the disk" in readme
    )
    if PLATFORM == ("linux", "x86_64"):
        assert sum(each for each, _ in sizes.values()) == pytest.approx(download, rel=0.05)
        assert sum(each for _, each in sizes.values()) == pytest.approx(disk, rel=0.05)
        assert sizes["onnxruntime"][1] == pytest.approx(runtime, rel=0.05)
