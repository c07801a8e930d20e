"""A stick is packed, a learner's machine without any network installs from it, and all notebooks run there.

Takes minutes and some GB, so it runs only when asked for: make test-pack
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from course_utils.foundation import config
from course_utils.workshop.instructor import packing

ROOT = config.repository_root()
NOWHERE = "http://127.0.0.1:9"

pytestmark = pytest.mark.skipif(
    os.environ.get("COURSE_TEST_PACK", "") in ("", "0"), reason="takes minutes; make test-pack runs it"
)


@pytest.fixture(scope="module")
def stick(tmp_path_factory) -> Path:
    """A stick made by the command an instructor types."""
    folder = tmp_path_factory.mktemp("stick") / "keras-workshop"
    started = time.monotonic()
    command = [sys.executable, "-m", "course_utils.workshop", "pack", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    tell(f"{done.stdout}packed in {time.monotonic() - started:.0f} s")
    return folder


@pytest.fixture(scope="module")
def laptop(stick, tmp_path_factory) -> Path:
    """The course's folder on a machine without network, cache or settings, installed by the stick's own command."""
    home = tmp_path_factory.mktemp("home")
    started = time.monotonic()
    command = [sys.executable, str(stick / "install.py"), "--into", str(home), "--only-install"]
    done = subprocess.run(command, cwd=stick, env=offline(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    tell(f"installed in {time.monotonic() - started:.0f} s")
    return home / f"keras-workshop-{packing.__version__}"


def offline(home: Path) -> dict[str, str]:
    """A learner's environment: no index, no cache of earlier downloads, and every way out leads nowhere."""
    ours = ("PIP_", "UV_", "COURSE_", "PYTHON", "VIRTUAL_ENV")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    ways_out = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
    index = {"PIP_INDEX_URL": NOWHERE, "UV_DEFAULT_INDEX": NOWHERE, "PYTHON": sys.executable}
    return {**kept, **ways_out, **index, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}


def tell(text: str) -> None:
    """What a person who waits for minutes wants to see (pytest -s)."""
    sys.stdout.write(f"\n{text}\n")


def interpreter(laptop: Path) -> str:
    return str(laptop / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def test_the_locks_versions_are_installed(laptop):
    code = (
        "import importlib.metadata as m, json; "
        "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))"
    )
    answer = subprocess.run([interpreter(laptop), "-c", code], capture_output=True, text=True, check=True)
    there = {canonicalize_name(name): version for name, version in json.loads(answer.stdout).items()}
    assert there["lime"] == "0.2.0.1"
    for line in (ROOT / "requirements" / "lab.txt").read_text(encoding="utf-8").splitlines():
        if "==" in line and ";" not in line and not line.startswith((" ", "#")):
            name, version = line.rstrip("\\ ").split("==")
            assert there[canonicalize_name(name)] == version, name


def test_the_working_copies_are_there(laptop):
    copies = {path.stem for path in (laptop / "my-work").glob("*.ipynb")}
    assert copies == set(config.notebook_names())


def test_a_second_start_needs_no_stick(laptop):
    command = [sys.executable, str(laptop / "tools" / "start.py"), "install"]
    environment = offline(laptop.parent)
    done = subprocess.run(command, cwd=laptop, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Setting up" not in done.stdout


@pytest.mark.parametrize("name", config.notebook_names())
def test_each_notebook_runs_there(laptop, name):
    command = [interpreter(laptop), "-m", "course_utils.workshop", "run", name, "--profile", "smoke"]
    done = subprocess.run(
        command, cwd=laptop, env=offline(laptop.parent), capture_output=True, text=True, check=False
    )
    tell(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
