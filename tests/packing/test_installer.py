"""The one command on the stick: unpacks the course, hands over to its start script, refuses what is damaged."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop.cli import app

ROOT = config.repository_root()
# Stands in for the start script: writes down what it was called with.
START = "import json, pathlib, sys\npathlib.Path('called.json').write_text(json.dumps(sys.argv[1:]))\n"


# One that waits as JupyterLab does, and takes its time when somebody presses Ctrl-C.
WAITING_START = """
import pathlib, time
pathlib.Path('waits').touch()
try:
    time.sleep(30)
except KeyboardInterrupt:
    time.sleep(1)
    pathlib.Path('ended-well').touch()
"""


def make_course(folder: Path, **files: str) -> None:
    """course.zip with these files, and the list that says that it is whole."""
    with zipfile.ZipFile(folder / "course.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(f"keras-workshop-0/{name}", text)
    digest = hashlib.sha256((folder / "course.zip").read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  course.zip\n", encoding="utf-8")


@pytest.fixture
def stick(tmp_path) -> Path:
    """A stick whose course is nothing but a start script."""
    folder = tmp_path / "stick"
    folder.mkdir()
    shutil.copy(ROOT / "tools" / "install_from_stick.py", folder / "install.py")
    make_course(folder, **{"tools/start.py": START})
    return folder


def install(stick: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [
        sys.executable,
        "-I",
        str(stick / "install.py"),
        "--into",
        str(stick.parent / "disk"),
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def called(stick: Path) -> list[str]:
    return json.loads(
        (stick.parent / "disk" / "keras-workshop-0" / "called.json").read_text(encoding="utf-8")
    )


def test_one_command_unpacks_the_course_and_opens_it_from_the_stick(stick):
    done = install(stick)
    assert done.returncode == 0, done.stderr
    assert called(stick) == ["lab", "--from-stick", str(stick)]


def test_it_may_only_install(stick):
    assert install(stick, "--only-install").returncode == 0
    assert called(stick)[0] == "install"


def test_a_course_that_is_there_already_is_kept(stick):
    install(stick)
    mine = stick.parent / "disk" / "keras-workshop-0" / "tools" / "start.py"
    mine.write_text(START + "# mine\n", encoding="utf-8")
    done = install(stick)
    assert "it stays as it is" in done.stdout
    assert mine.read_text(encoding="utf-8").endswith("# mine\n")


def test_an_unpacking_that_failed_half_way_is_done_again(stick):
    make_course(stick, **{"tools/start.py": START, "tools/z.py": "z = 1\n"})
    top = stick.parent / "disk" / "keras-workshop-0"
    (top / "tools" / "z.py").mkdir(parents=True)  # stands for whatever stops it: a full disk, Ctrl-C
    assert install(stick).returncode == 1
    (top / "tools" / "z.py").rmdir()
    assert install(stick).returncode == 0
    assert (top / "tools" / "z.py").is_file()


@pytest.mark.skipif(os.name == "nt", reason="sends Ctrl-C as Unix does")
def test_ctrl_c_is_left_to_jupyterlab_which_ends_in_its_own_time(stick):
    make_course(stick, **{"tools/start.py": WAITING_START})
    top = stick.parent / "disk" / "keras-workshop-0"
    command = [sys.executable, "-I", str(stick / "install.py"), "--into", str(top.parent)]
    # Under a shell's `&` Ctrl-C is ignored from the start, and whoever is started inherits that.
    listening = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, **listening
    )
    deadline = time.monotonic() + 30
    while not (top / "waits").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # the terminal sends it to both
    assert "Traceback" not in process.communicate(timeout=30)[1]
    assert process.returncode == 0 and (top / "ended-well").exists()


@pytest.mark.parametrize("damage", ["changed", "unfinished", "unreadable"])
def test_a_damaged_or_unfinished_stick_is_refused(stick, damage):
    if damage == "changed":
        with (stick / "course.zip").open("ab") as archive:
            archive.write(b"x")
    else:
        (stick / "SHA256SUMS").write_bytes(b"" if damage == "unfinished" else b"\xff\xfe\xff")
    done = install(stick)
    assert done.returncode == 1
    assert "another stick" in done.stderr
    assert not (stick.parent / "disk").exists()


def test_a_file_system_that_is_full_or_locked_ends_with_one_line(stick):
    (stick.parent / "disk").write_text("a file where the folder should be", encoding="utf-8")
    done = install(stick)
    assert done.returncode == 1
    assert "could not be unpacked" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_of_the_instructor_leaves_other_folders_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"beach")
    done = CliRunner().invoke(app, ["pack", str(tmp_path), "--no-wheels", "--no-data"])
    assert done.exit_code == 1
    assert "no stick of the course" in done.output


def test_a_stick_without_packages_says_so(tmp_path):
    done = CliRunner().invoke(app, ["pack", str(tmp_path / "stick"), "--no-wheels", "--no-data"])
    assert done.exit_code == 0, done.output
    assert "a network is needed once" in (tmp_path / "stick" / "README.md").read_text(encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "stick" / "course.zip") as archive:
        names = {name.split("/", 1)[1] for name in archive.namelist()}
    assert {"tools/start.py", "requirements/lab.txt", "course.toml"} <= names
