"""Preparing a Colab runtime: the package, what is missing without its dependencies, and where to click."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.foundation import colab

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests" / "colab" / "stand_in"


@pytest.fixture
def runtime(monkeypatch, tmp_path):
    """A runtime on which pip's calls are kept instead of made; everything the course needs is there."""
    installed = []
    monkeypatch.setattr(colab, "pip_install", lambda *what: installed.append(what))
    monkeypatch.setattr(colab, "missing", lambda: [])
    monkeypatch.setattr(colab, "has_gpu", lambda: False)
    monkeypatch.setattr(colab, "is_installed_from", lambda folder: False)
    monkeypatch.setenv("COURSE_ROOT", "")
    monkeypatch.setenv("COURSE_CACHE", "")
    return installed


def requirements(monkeypatch, lines, there):
    """A package with these requirements, on a runtime that has only the distributions named."""

    def distribution(name):
        if name not in there:
            raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", lambda package: lines)
    monkeypatch.setattr(importlib.metadata, "distribution", distribution)


def test_what_is_missing_is_installed_and_what_is_there_is_left(monkeypatch):
    requirements(monkeypatch, ["lime>=0.2.0.1", "pandas>=2.2", "tomlkit>=0.13"], ["pandas"])
    assert colab.missing() == ["lime>=0.2.0.1", "tomlkit>=0.13"]


def test_the_frameworks_numpy_and_the_notebook_server_are_never_touched(monkeypatch):
    lines = [
        "keras>=3.8",
        "numpy>=1.26",
        "ipykernel>=6.17",
        "jupyterlab>=4.3",
        'tensorflow-cpu; extra == "cpu"',
    ]
    requirements(monkeypatch, lines, [])
    assert colab.missing() == []


def test_every_extra_is_left_out(monkeypatch):
    requirements(monkeypatch, ['nbval==0.11.0; extra == "test"', "lime>=0.2"], [])
    assert colab.missing() == ["lime>=0.2"]


def test_pip_is_told_to_bring_no_dependencies(monkeypatch):
    calls = []

    def run(command, **options):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    colab.pip_install("lime>=0.2.0.1")
    assert calls == [[sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "lime>=0.2.0.1"]]


def test_a_failing_installation_says_why_and_where_to_click(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: no such thing\n")
    monkeypatch.setattr(subprocess, "run", lambda command, **options: failed)
    with pytest.raises(colab.ColabError, match=r"(?s)no such thing.*Runtime > Disconnect"):
        colab.pip_install("nothing")


def test_the_course_is_installed_from_its_clone_and_finds_its_data_there(
    runtime, tmp_path, monkeypatch, capsys
):
    colab.set_up(tmp_path)
    assert runtime == [("--editable", str(tmp_path))]
    assert colab.os.environ["COURSE_ROOT"] == str(tmp_path)
    said = capsys.readouterr().out
    assert "Runtime > Change runtime type" in said
    assert "File > Save a copy in Drive" in said


def test_a_second_run_of_the_cell_installs_nothing(runtime, tmp_path, monkeypatch):
    monkeypatch.setattr(colab, "is_installed_from", lambda folder: True)
    colab.set_up(tmp_path)
    assert runtime == []


def test_with_a_gpu_nobody_is_sent_for_one(runtime, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(colab, "has_gpu", lambda: True)
    colab.set_up(tmp_path)
    said = capsys.readouterr().out
    assert "Change runtime type" not in said
    assert "COURSE_PROFILE=full" in said, "the large runs are hers to choose"


def test_drive_is_asked_for_only_when_the_learner_ticks_it(runtime, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setattr(colab, "DRIVE", tmp_path / "drive")
    from google.colab import drive

    drive.mounted.clear()
    colab.set_up(tmp_path)
    assert drive.mounted == []
    colab.set_up(tmp_path, keep_in_drive=True)
    assert drive.mounted == [str(tmp_path / "drive")]
    assert colab.os.environ["COURSE_CACHE"] == str(tmp_path / "drive" / "MyDrive" / "keras-workshop")


@pytest.mark.parametrize(("origin", "same"), [("here", True), ("elsewhere", False)])
def test_another_clones_installation_is_replaced(tmp_path, monkeypatch, origin, same):
    class Distribution:
        def read_text(self, name):
            return json.dumps({"url": (tmp_path / origin).as_uri(), "dir_info": {"editable": True}})

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())
    assert colab.is_installed_from(tmp_path / "here") is same


def test_it_runs_before_anything_is_installed():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import course_utils.foundation.colab"
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], check=True)
