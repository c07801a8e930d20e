"""Sessions of nox run what needs an environment of its own: all are listed, and none is skipped in silence."""

import re
import subprocess
import sys
from pathlib import Path

import nox
import pytest
from noxfile_support import ROOT, Ended, Session, noxfile


def test_the_list_has_every_session():
    command = [sys.executable, "-m", "nox", "--list"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^[-*] (\S+) -> \w", listed, re.MULTILINE)
    wide = ["backends(jax)", "backends(torch)", "colab", "oldest", "latest", "pack"]
    assert names == [*wide, "hub", "deploy", "image", "audit", "mutants"]


def test_a_python_that_is_missing_fails_its_session():
    assert nox.options.error_on_missing_interpreters is True


def test_nothing_runs_unless_it_is_asked_for():
    assert nox.options.sessions == []


def test_all_pythons_of_a_pyenv_are_looked_at_the_active_one_first(tmp_path):
    for version in ("2.7.18", "3.11.7", "3.13.0"):
        (tmp_path / "versions" / version).mkdir(parents=True)
    assert noxfile.pyenv_versions(tmp_path, "3.12.1") == "3.12.1:3.11.7:3.13.0"
    assert noxfile.pyenv_versions(tmp_path, "") == "3.11.7:3.13.0"


@pytest.mark.parametrize(("backend", "requirement"), [("jax", "jax[cpu]"), ("torch", "torch==")])
def test_another_backend_gets_the_locks_versions_without_tensorflow(tmp_path, backend, requirement):
    session = Session(tmp_path)
    noxfile.backends(session, backend=backend)
    tools, packages, tests, equal = session.steps
    assert tools[-2:] == ["setuptools", "wheel"], "with which course_utils and lime are built"
    assert "--no-build-isolation" in packages and packages[-1].startswith(requirement)
    assert packages[-2] == ".[serve,test]", "notebook 16 exports and serves its net"
    pinned = Path(packages[packages.index("-c") + 1]).read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("keras==") for line in pinned)
    assert not any(line.startswith("tensorflow") for line in pinned)
    assert tests[:5] == ["python", "-m", "pytest", "--nbval-lax", "notebooks"]
    assert session.variables[-2]["COURSE_PROFILE"] == "smoke"
    assert equal[3:] == ["tests/unit/test_tagging_crf.py", "tests/unit/test_detection_yolox.py"]
    assert [variables["KERAS_BACKEND"] for variables in session.variables[-2:]] == [backend] * 2


def test_each_backend_has_a_report_of_its_own(tmp_path, monkeypatch):
    session = Session(tmp_path)
    monkeypatch.setenv("COURSE_REPORT", "")
    noxfile.backends(session, backend="torch")
    monkeypatch.setenv("COURSE_REPORT", str(tmp_path / "report.json"))
    for backend in ("jax", "torch"):
        noxfile.backends(session, backend=backend)
    reports = [
        variables.get("COURSE_REPORT") for variables in session.variables if "COURSE_PROFILE" in variables
    ]
    assert reports == [None, str(tmp_path / "report-jax.json"), str(tmp_path / "report-torch.json")]


def test_the_stick_is_packed_by_the_environment_that_runs_nox(tmp_path):
    session = Session(tmp_path, "-x")
    noxfile.pack(session)
    (command,) = session.steps
    assert command[0] == sys.executable and command[-1] == "-x"
    assert (ROOT / command[-2]).is_file()
    assert session.variables[0]["COURSE_TEST_PACK"] == "1"


def test_what_is_told_to_the_image_goes_to_its_builder(tmp_path):
    session = Session(tmp_path, "--network=host", "-v", "a b:c")
    noxfile.image(session)
    (command,) = session.steps
    assert (ROOT / command[-1]).is_file()
    (variables,) = session.variables
    assert variables["COURSE_TEST_IMAGE"] == "1"
    assert variables["COURSE_IMAGE_OPTIONS"] == "--network=host -v 'a b:c'"


def test_what_a_session_runs_sees_no_other_course_and_no_other_kernel(tmp_path):
    session = Session(tmp_path)
    noxfile.pack(session)
    (variables,) = session.variables
    assert variables["PYTHONPATH"] is None
    assert variables["COURSE_ROOT"] == str(ROOT)
    assert variables["JUPYTER_PREFER_ENV_PATH"] == "1"


def test_mutants_are_tried_with_the_locks_versions(tmp_path):
    session = Session(tmp_path, "--seed", "7")
    noxfile.mutants(session)
    _, packages, command = session.steps
    pinned = Path(packages[packages.index("-c") + 1]).read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("tensorflow") for line in pinned)
    assert packages[-1] == ".[cpu,serve,test,mutants]"
    assert command == ["python", "-m", "tools.mutants", "--seed", "7"]


def test_windows_is_told_that_it_has_no_fork(tmp_path, monkeypatch):
    monkeypatch.delattr(noxfile.os, "fork", raising=False)
    with pytest.raises(Ended, match="WSL"):
        noxfile.mutants(Session(tmp_path))
