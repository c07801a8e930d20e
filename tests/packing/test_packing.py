"""A stick holds what a learner may get, verified; shown with a lock of two tiny packages and no index."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from course_utils.foundation import assets, config
from course_utils.foundation.assets import registry as registries
from course_utils.workshop.instructor import packing

ROOT = config.repository_root()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """One wheel, and one package that is published as source only."""
    folder = tmp_path_factory.mktemp("published")
    info = "tinyfruit-1.0.dist-info"
    with zipfile.ZipFile(folder / "tinyfruit-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinyfruit.py", "kiwi = 1\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinyfruit\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    files = {
        "setup.py": "from setuptools import setup\nsetup(name='lime', version='0.0.1', py_modules=['lime'])\n",
        "lime.py": "green = 1\n",
        "PKG-INFO": "Metadata-Version: 1.1\nName: lime\nVersion: 0.0.1\n",
    }
    with tarfile.open(folder / "lime-0.0.1.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"lime-0.0.1/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return folder


@pytest.fixture(scope="module")
def locks(published, tmp_path_factory) -> Path:
    """The locks of a course that needs these two packages."""
    folder = tmp_path_factory.mktemp("locks")
    wheel, source = (published / name for name in ("tinyfruit-1.0-py3-none-any.whl", "lime-0.0.1.tar.gz"))
    (folder / "build.txt").write_text("# nothing but this line\n", encoding="utf-8")
    (folder / "lab.txt").write_text(
        f"# What is installed\nlime==0.0.1 \\\n    --hash=sha256:{sha256(source)}\n"
        f"tinyfruit==1.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{sha256(wheel)}\n",
        encoding="utf-8",
    )
    return folder


def only(index: Path, monkeypatch) -> None:
    """Let pip reach this folder and nothing else."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))


@pytest.fixture
def index(published, tmp_path, monkeypatch) -> Path:
    """All that pip can reach, for one test to change."""
    folder = shutil.copytree(published, tmp_path / "index")
    only(folder, monkeypatch)
    return folder


@pytest.fixture
def requirements(locks, index, tmp_path) -> Path:
    """The locks, for one test to change."""
    return shutil.copytree(locks, tmp_path / "requirements")


@pytest.fixture(scope="module")
def packed(published, locks, tmp_path_factory) -> Path:
    """The wheels of these locks, packed once by pip."""
    folder = tmp_path_factory.mktemp("packed") / "wheels"
    with pytest.MonkeyPatch.context() as patch:
        only(published, patch)
        packing.pack_wheels(locks, folder, sys.executable)
    return folder


@pytest.fixture
def wheels(packed, index, tmp_path) -> Path:
    """The packed wheels, for one test to change; pip reaches nothing else."""
    return shutil.copytree(packed, tmp_path / "wheels")


def install(wheels: Path, target: Path) -> subprocess.CompletedProcess:
    """What the start script does with a stick, into a folder of its own."""
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(wheels)]
    command += [
        "--require-hashes",
        "--no-build-isolation",
        "--target",
        str(target),
        "-r",
        str(wheels / "lab.txt"),
    ]
    environment = {name: text for name, text in os.environ.items() if name != "PIP_FIND_LINKS"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_is_packed_installs_with_the_index_switched_off(wheels, tmp_path):
    target = tmp_path / "target"
    names = {path.name for path in wheels.iterdir()}
    assert {"lime-0.0.1-py3-none-any.whl", "tinyfruit-1.0-py3-none-any.whl", "lab.txt"} <= names
    assert not [name for name in names if name.endswith(".tar.gz")], "lime comes as a wheel, not as source"
    done = install(wheels, target)
    assert done.returncode == 0, done.stderr
    assert {"lime.py", "tinyfruit.py"} <= {path.name for path in target.iterdir()}


def test_the_lock_on_the_stick_keeps_every_hash_and_adds_the_one_of_what_was_built(requirements, wheels):
    ours = (requirements / "lab.txt").read_text(encoding="utf-8").split()
    theirs = (wheels / "lab.txt").read_text(encoding="utf-8").split()
    added = set(theirs) - set(ours)
    assert added == {f"--hash=sha256:{sha256(wheels / 'lime-0.0.1-py3-none-any.whl')}"}
    assert set(ours) <= set(theirs)


def test_a_changed_wheel_on_the_stick_is_refused(wheels, tmp_path):
    with (wheels / "tinyfruit-1.0-py3-none-any.whl").open("ab") as wheel:
        wheel.write(b"something else")
    done = install(wheels, tmp_path / "target")
    assert done.returncode != 0
    assert "hash" in done.stderr.lower()


def test_a_package_with_another_hash_than_the_locks_is_not_packed(requirements, index, tmp_path):
    with (index / "tinyfruit-1.0-py3-none-any.whl").open("ab") as wheel:
        wheel.write(b"something else")
    with pytest.raises(packing.PackError, match="Could not download the packages"):
        packing.pack_wheels(requirements, tmp_path / "wheels", sys.executable)


def test_a_second_python_is_added_to_the_first(requirements, wheels, monkeypatch):
    mine = packing.made_for(wheels)
    assert mine == [packing.describe(sys.executable)]
    other = {"system": "Darwin", "machine": "arm64", "python": "3.13"}
    monkeypatch.setattr(packing, "describe", lambda python: other)
    for _ in range(2):
        packing.pack_wheels(requirements, wheels, sys.executable)
    assert packing.made_for(wheels) == [*mine, other]


def test_a_python_that_does_not_run_is_refused(requirements, tmp_path):
    with pytest.raises(packing.PackError, match="--python python3.12"):
        packing.pack_wheels(requirements, tmp_path / "wheels", str(tmp_path / "no-python"))


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"beach")
    with pytest.raises(packing.PackError, match="no stick of the course"):
        packing.pack(tmp_path, ROOT, None, wheels=False)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_packing_that_failed_goes_on_with_the_same_command(course, requirements, index, tmp_path):
    stick, locks = tmp_path / "stick", requirements.rename(course / "requirements")
    wheel = index / "tinyfruit-1.0-py3-none-any.whl"
    wheel.rename(tmp_path / wheel.name)
    with pytest.raises(packing.PackError, match="type the same command"):
        packing.pack(stick, course, None)
    assert locks.is_dir() and not (stick / "SHA256SUMS").exists(), "nobody takes it for a finished stick"
    (tmp_path / wheel.name).rename(wheel)
    packing.pack(stick, course, None)
    assert (stick / "SHA256SUMS").is_file() and not list(stick.glob("*.part"))


def test_wheels_of_another_lock_make_room_for_those_of_this_one(requirements, wheels, tmp_path):
    other = {"system": "Darwin", "machine": "arm64", "python": "3.13"}
    (wheels / "made-for.json").write_text(json.dumps([other]), encoding="utf-8")
    older = (wheels / "lab.txt").read_text(encoding="utf-8").replace("lime==0.0.1", "lime==0.0.0")
    (wheels / "lab.txt").write_text(older, encoding="utf-8")
    (wheels / "lime-0.0.1-py3-none-any.whl").rename(wheels / "lime-0.0.0-py3-none-any.whl")
    packing.pack_wheels(requirements, wheels, sys.executable)
    assert packing.made_for(wheels) == [packing.describe(sys.executable)], "the other's wheels are too old"
    assert [path.name for path in wheels.glob("lime*")] == ["lime-0.0.1-py3-none-any.whl"]
    assert install(wheels, tmp_path / "target").returncode == 0


# The repository and the data


@pytest.fixture
def course(tmp_path):
    """A course of four files, one of them nobody's business, with git's eyes on it."""
    folder = tmp_path / "course"
    for name in (
        "tools/install_from_stick.py",
        "notebooks/01.ipynb",
        "data/registry.toml",
        "my-work/secret.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    (folder / ".gitignore").write_text("my-work/\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize("with_git", [True, False])
def test_the_repository_is_packed_without_what_a_learner_added(course, tmp_path, with_git):
    if not with_git:
        packing.shutil.rmtree(course / ".git")
    packing.pack_repository(course, tmp_path / "course.zip")
    with zipfile.ZipFile(tmp_path / "course.zip") as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {f"keras-workshop-{packing.__version__}"}
    assert any(name.endswith("notebooks/01.ipynb") for name in names)
    assert not any("secret" in name or ".git/" in name for name in names)


def test_a_stick_made_in_the_courses_own_folder_does_not_hold_itself(course):
    packing.shutil.rmtree(course / ".git")
    for _ in range(2):
        packing.pack(course / "stick", course, None, wheels=False)
    with zipfile.ZipFile(course / "stick" / "course.zip") as archive:
        assert not [name for name in archive.namelist() if "stick/" in name]


@pytest.mark.parametrize("where", ["no git on this laptop", "inside of another repository"])
def test_a_release_is_packed_whatever_git_says(course, tmp_path, monkeypatch, where):
    packing.shutil.rmtree(course / ".git")
    if where.startswith("no git"):
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert course / "notebooks/01.ipynb" in packing.repository_files(course)


def asset(name: str, redistribute: bool, path: Path) -> registries.Asset:
    file = registries.RemoteFile(path.name, bytes=path.stat().st_size, digest=sha256(path), to=path.name)
    address = registries.Address("mirror", files=(file,))
    return registries.Asset(name, name, "images", "its own", "the tests", redistribute, (address,))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Three registered sets of a notebook: free, not to be passed on, and not fetched; and one of no notebook."""
    files = tmp_path / "cache" / "files"
    files.mkdir(parents=True)
    names = ("free", "private", "absent", "unused")
    for name in names:
        (files / f"{name}.bin").write_text(name, encoding="utf-8")
    made = {name: asset(name, name != "private", files / f"{name}.bin") for name in names}
    (files / "absent.bin").unlink()
    table = {"data": ["free", "private", "absent"], "title": "t", "minutes": 1}
    monkeypatch.setattr(config, "course", lambda: {"title": "Tiny", "notebooks": {"01": table}})
    return assets.Store(assets.Registry(made), tmp_path / "cache")


def test_data_that_may_not_be_passed_on_stays_here(store):
    offer = packing.data_for(store, may_redistribute=False)
    assert set(offer.files) == {"free.bin"}
    assert "not for everybody to pass on" in offer.left_out["private"]
    assert "course data fetch absent" in offer.left_out["absent"]


def test_an_instructor_who_may_pass_it_on_says_so(store):
    offer = packing.data_for(store, may_redistribute=True)
    assert set(offer.files) == {"free.bin", "private.bin"}


def test_what_was_passed_on_with_leave_is_taken_from_the_stick_without_it(course, store, tmp_path):
    stick = tmp_path / "stick"
    packing.pack(stick, course, store, may_redistribute=True, wheels=False)
    assert (stick / "data" / "private.bin").is_file()
    done = packing.pack(stick, course, store, wheels=False)
    assert "private" in done.left_out and not (stick / "data" / "private.bin").exists()
    assert "private" not in (stick / "SHA256SUMS").read_text(encoding="utf-8")
    assert (stick / "data" / "free.bin").is_file()


def test_damaged_data_stays_here(store):
    (store.cache / "files" / "free.bin").write_text("oops", encoding="utf-8")
    assert packing.data_for(store, may_redistribute=False).files == {}


def test_a_whole_stick_says_what_it_holds_and_can_be_checked(course, store, requirements, tmp_path):
    requirements.rename(course / "requirements")
    stick = tmp_path / "stick"
    done = packing.pack(stick, course, store, pythons=(sys.executable,))
    listed = dict(reversed(line.split("  ")) for line in (stick / "SHA256SUMS").read_text().splitlines())
    present = {path.relative_to(stick).as_posix() for path in stick.rglob("*") if path.is_file()}
    assert set(listed) == present - {"SHA256SUMS"}
    assert all(sha256(stick / name) == digest for name, digest in listed.items())
    assert {"README.md", "install.py", "course.zip", "data/free.bin"} <= present
    assert "data/private.bin" not in present
    assert set(done.left_out) == {"private", "absent"}
    assert set(done.sizes) == {"repository", "data", "wheels"}
    readme = (stick / "README.md").read_text(encoding="utf-8")
    here = packing.describe(sys.executable)
    assert f"{here['system']} ({here['machine']}) with Python {here['python']}" in readme
    assert packing.LEARNERS_COMMAND.split("  ")[0] in readme
    assert "free.bin" in readme and "private" not in readme
    packing.pack(stick, course, store, wheels=False)  # a stick may be packed again
    assert json.loads((stick / "wheels" / "made-for.json").read_text()) == [here]
