"""How much a learner downloads: the course stays light enough for a class on one Wi-Fi."""

import subprocess

import pytest

from course_utils.foundation import config

ROOT = config.repository_root()
MOST_OF_A_CLONE = 95e6  # bytes that a shallow clone downloads

# What notebooks 09, 10 and 11 brought, in bytes together.
VISION, MOST_VISION = ("tables", "road", "detectors", "clips", "beyond"), 15_000_000


def test_the_sets_of_the_vision_notebooks_are_light_together():
    sizes = {name: sum(path.stat().st_size for path in (ROOT / "data" / name).rglob("*")) for name in VISION}
    assert all(sizes.values()) and sum(sizes.values()) <= MOST_VISION, sizes


def test_a_shallow_clone_is_light(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    clone = tmp_path / "clone"
    done = subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    size = sum(path.stat().st_size for path in (clone / ".git").rglob("*") if path.is_file())
    assert size <= MOST_OF_A_CLONE, f"{size / 1e6:.0f} MB"
