"""From a stick the start script installs what was packed, for this machine, and asks nobody else."""

import importlib.util
import json
import os
import platform
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = {"version": [3, 12, 4], "executable": "/opt/python3.12", "bits": 64, "venv": True}
SYSTEM = {"system": platform.system(), "machine": platform.machine()}


@pytest.fixture
def start(tmp_path, monkeypatch):
    """The script as a module, in an empty environment of its own; its steps are kept, not done."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "tools" / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    for name in ("PYTHON", "COURSE_INSTALLER", "COURSE_WHEELS", "COURSE_MIRROR"):
        monkeypatch.setenv(name, "")
    return module


@pytest.fixture
def stick(tmp_path, start):
    """A stick with the locks of this copy of the course, for this machine with Python 3.12."""
    wheels = tmp_path / "stick" / "wheels"
    wheels.mkdir(parents=True)
    (tmp_path / "stick" / "data").mkdir()
    (wheels / "made-for.json").write_text(json.dumps([{**SYSTEM, "python": "3.12"}]), encoding="utf-8")
    for name in ("build.txt", "lab.txt"):
        (wheels / name).write_text((start.REQUIREMENTS / name).read_text(encoding="utf-8"), encoding="utf-8")
    return wheels.parent


def test_the_stick_is_read_out_of_the_arguments_and_brings_its_data_too(start, stick):
    assert start.sources.take_stick(["--from-stick", str(stick), "--no-browser"]) == ["--no-browser"]
    assert start.sources.stick() == stick / "wheels"
    assert os.environ["COURSE_MIRROR"] == str(stick / "data")


def test_another_mirror_that_was_asked_for_stays(start, stick, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", "http://192.0.2.1:8765")
    start.sources.take_stick(["--from-stick", str(stick)])
    assert os.environ["COURSE_MIRROR"] == "http://192.0.2.1:8765"


def test_without_a_folder_the_stick_is_looked_for_where_the_course_is(start, stick, monkeypatch):
    monkeypatch.setattr(start.sources, "ROOT", stick / "keras-workshop")
    assert start.sources.take_stick(["--from-stick", "--no-browser"]) == ["--no-browser"]
    assert start.sources.stick() == stick / "wheels"


def test_what_is_no_stick_is_refused_with_what_to_type(start, tmp_path):
    with pytest.raises(start.SetupError, match="--from-stick /path"):
        start.sources.take_stick(["--from-stick", str(tmp_path)])


def test_without_a_stick_nothing_changes(start):
    assert start.sources.take_stick(["--no-browser"]) == ["--no-browser"]
    assert start.sources.stick() is None
    assert start.lock_file("lab.txt") == start.REQUIREMENTS / "lab.txt"


def test_only_a_python_with_wheels_on_the_stick_is_taken(start, stick):
    start.sources.take_stick(["--from-stick", str(stick)])
    assert start.sources.refusal(PYTHON) is None
    assert "no wheels" in start.sources.refusal({**PYTHON, "version": [3, 13, 0]})


def test_a_machine_that_the_stick_was_not_made_for_is_told_what_it_has(start, stick, monkeypatch):
    other = [{"system": "Solaris", "machine": "sparc", "python": "3.12"}]
    (stick / "wheels" / "made-for.json").write_text(json.dumps(other), encoding="utf-8")
    start.sources.take_stick(["--from-stick", str(stick)])
    monkeypatch.setattr(start.sources, "probe", lambda command: PYTHON)
    with pytest.raises(start.SetupError, match=r"(?s)no wheels for it.*Python 3.12 on Solaris \(sparc\)"):
        start.sources.find_python()


def test_the_packages_come_from_the_stick_with_their_hashes_and_no_index(start, stick, monkeypatch):
    commands = []
    monkeypatch.setattr(start, "call", lambda command, purpose, **options: commands.append(command))
    start.sources.take_stick(["--from-stick", str(stick)])
    monkeypatch.setenv("COURSE_INSTALLER", "pip")
    start.install_locked(Path("python"), "lab")
    assert len(commands) == 2
    for command in commands:
        assert {"--require-hashes", "--no-index"} <= set(command)
        assert command[command.index("--find-links") + 1] == str(stick / "wheels")
        assert Path(command[-1]).parent == stick / "wheels"


def test_every_way_to_an_index_is_taken_from_the_installer(start, stick, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example.org")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example.org")
    seen = {}
    monkeypatch.setattr(start.subprocess, "call", lambda command, **options: seen.update(options["env"]) or 0)
    start.sources.take_stick(["--from-stick", str(stick)])
    start.call(["installer"], "install")
    assert not [name for name, text in seen.items() if "index.example.org" in text]
    assert (seen["PIP_NO_INDEX"], seen["UV_OFFLINE"]) == ("1", "1")


def test_a_stick_with_the_hash_of_the_wheel_it_built_is_accepted(start, stick):
    path = stick / "wheels" / "lab.txt"
    lock = path.read_text(encoding="utf-8")
    path.write_text(
        lock.replace("lime==0.2.0.1 \\\n", "lime==0.2.0.1 \\\n    --hash=sha256:abc \\\n"), "utf-8"
    )
    start.sources.take_stick(["--from-stick", str(stick)])
    assert start.sources.stick_lock("lab.txt") == path


@pytest.mark.parametrize(
    "change",
    [
        lambda lock: lock.replace("keras==", "keras==9."),
        lambda lock: lock + "evil==1.0 \\\n    --hash=sha256:abc\n",
        lambda lock: lock.replace("--hash=sha256:", "--hash=sha256:0", 2),
        lambda lock: lock.replace(
            "    --hash", "    --hash=sha256:abc \\\n    --hash=sha256:def \\\n    --hash", 1
        ),
    ],
    ids=["another version", "another package", "other hashes", "more hashes than that of the wheel it built"],
)
def test_a_stick_of_another_version_of_the_course_is_refused(start, stick, change):
    path = stick / "wheels" / "lab.txt"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    start.sources.take_stick(["--from-stick", str(stick)])
    with pytest.raises(start.SetupError, match="another version of the course"):
        start.sources.stick_lock("lab.txt")


def test_the_tests_packages_are_not_on_the_stick(start, stick):
    start.sources.take_stick(["--from-stick", str(stick)])
    with pytest.raises(start.SetupError, match="only what `make lab` needs"):
        start.sources.stick_lock("test.txt")
