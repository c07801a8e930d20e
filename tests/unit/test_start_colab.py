"""`make test-colab` runs on Colab's Python with Colab's versions, and brings nothing that Colab lacks."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSTRAINTS = (ROOT / "requirements" / "colab-constraints.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOUND = {"version": [3, 13, 0], "executable": "/opt/python3.13", "bits": 64, "venv": True}


@pytest.fixture
def start(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("start", ROOT / "tools" / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("COURSE_WHEELS", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return module


def names(lines):
    return {re.split(r"[<>=;\[ ]", line, maxsplit=1)[0].lower() for line in lines}


def test_the_versions_of_the_freeze_are_pinned_and_no_address_is_named():
    assert "tensorflow==2.20.0" in CONSTRAINTS
    assert "ipykernel==6.17.1" in CONSTRAINTS
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--hash", CONSTRAINTS)


def test_what_the_course_needs_is_there_but_for_what_colab_lacks(start):
    from course_utils.foundation.hosted import runtime

    needed = names(PROJECT["dependencies"])
    assert needed - set(start.COLAB_BRINGS) == {"lime", "jupyterlab", "ipycanvas"}
    assert {"jupyterlab", "ipycanvas"} <= set(runtime.LEFT_ALONE), "Colab has a page of its own"


def test_the_lower_bounds_of_the_package_let_colabs_versions_in():
    from packaging.requirements import Requirement

    pins = dict(line.split("==") for line in CONSTRAINTS.splitlines() if "==" in line)
    bounds = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["cpu"]]
    checked = 0
    for requirement in map(Requirement, bounds):
        if requirement.name in pins:
            assert requirement.specifier.contains(pins[requirement.name]), requirement
            checked += 1
    assert checked >= 8


def test_a_python_of_colabs_version_is_taken_from_the_path(start, monkeypatch):
    monkeypatch.setattr(start, "probe", lambda command: FOUND if command[0] == "python3.13" else None)
    assert start.find_colab_python() == FOUND


def test_or_from_pyenv(start, tmp_path, monkeypatch):
    python = tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python"
    python.parent.mkdir(parents=True)
    monkeypatch.setattr(start, "probe", lambda command: FOUND if command == [str(python)] else None)
    assert start.find_colab_python() == FOUND


@pytest.mark.parametrize("version", [[3, 12, 4], [3, 14, 0]])
def test_another_python_will_not_do(start, monkeypatch, version):
    monkeypatch.setattr(start, "probe", lambda command: {**FOUND, "version": version})
    with pytest.raises(start.SetupError, match="python3.13"):
        start.find_colab_python()


def test_the_environment_is_made_once_and_again_when_the_freeze_changes(start, tmp_path, monkeypatch):
    steps = []

    def call(command, purpose, **options):
        steps.append(command)
        python = start.python_of(tmp_path / ".venv-colab")
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text("")

    monkeypatch.setattr(start, "call", call)
    monkeypatch.setattr(start, "find_colab_python", lambda: FOUND)
    monkeypatch.setattr(start, "REQUIREMENTS", tmp_path)
    (tmp_path / "colab-constraints.txt").write_text("keras==3.13.2\n", encoding="utf-8")
    start.set_up_colab(tmp_path / ".venv-colab")
    assert len(steps) == 2
    assert {"-c", str(tmp_path / "colab-constraints.txt"), "tensorflow"} <= set(steps[1])
    assert not {"lime", "nbval", "jupyterlab"} & set(steps[1])
    start.set_up_colab(tmp_path / ".venv-colab")
    assert len(steps) == 2
    (tmp_path / "colab-constraints.txt").write_text("keras==3.14\n", encoding="utf-8")
    start.set_up_colab(tmp_path / ".venv-colab")
    assert len(steps) == 4


def test_the_run_gets_colabs_interpreter_and_the_notebooks_asked_for(start, monkeypatch):
    commands = []
    monkeypatch.setattr(start, "set_up", lambda kind: Path("runner"))
    monkeypatch.setattr(start, "set_up_colab", lambda environment: Path(environment.name, "python"))
    monkeypatch.setattr(start, "run", lambda command, **options: commands.append(command) or 0)
    assert start.main(["test-colab", "01", "05"]) == 0
    script = str(ROOT / "tools" / "run_on_colab.py")
    assert commands == [["runner", script, str(Path(".venv-colab", "python")), "01", "05"]]
