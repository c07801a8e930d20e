"""`make test-oldest` and `make test-latest` try the two ends of what pyproject.toml's lower bounds allow."""

import importlib.util
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def start(monkeypatch):
    spec = importlib.util.spec_from_file_location("start", ROOT / "tools" / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("COURSE_WHEELS", "")
    monkeypatch.setattr(module.shutil, "which", lambda name: "/opt/" + name)
    monkeypatch.setattr(module, "probe", a_python)
    return module


def a_python(command):
    version = [int(part) for part in command[0].removeprefix("python").split(".")] + [7]
    return {"version": version, "executable": "/opt/" + command[0], "bits": 64, "venv": True}


@pytest.fixture
def steps(start, tmp_path, monkeypatch):
    """The steps of a set-up, recorded in place of done; `versions` is what uv would resolve."""
    done = []
    monkeypatch.setattr(start, "versions", ["keras==3.8.0"], raising=False)

    def call(command, purpose, **options):
        done.append(command)
        if "compile" in command:
            Path(command[command.index("--output-file") + 1]).write_text("\n".join(start.versions) + "\n")
        if "venv" in command:
            python = start.python_of(Path(command[-1]))
            python.parent.mkdir(parents=True, exist_ok=True)
            python.write_text("")

    monkeypatch.setattr(start, "call", call)
    return done


@pytest.mark.parametrize(
    ("action", "how", "python"),
    [
        ("oldest", ["--resolution", "lowest-direct"], "3.11"),
        ("latest", ["--upgrade"], "3.13"),
    ],
)
def test_the_oldest_are_tried_on_the_oldest_python_and_the_latest_on_the_newest(
    start, steps, tmp_path, monkeypatch, action, how, python
):
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "notebook_of", lambda name: f"notebooks/{name}.ipynb")
    ran = []
    monkeypatch.setattr(start, "run", lambda command, *a, **variables: ran.append((command, variables)) or 0)
    assert start.main(["test-" + action]) == 0
    resolve, make, *installing = steps
    assert resolve[1:3] == ["pip", "compile"] and resolve[3 : 3 + len(how)] == how
    assert resolve[resolve.index("--python-version") + 1] == python
    assert "pyproject.toml" in resolve and {"cpu", "test"} <= set(resolve)
    assert make[0] == f"/opt/python{python}" and make[-1] == str(tmp_path / f".venv-{action}")
    assert "--no-deps" in installing[-1], "the course itself must not move a version"
    (tests, _), (lessons, variables) = ran
    assert all((ROOT / name).is_file() for name in tests[3:])
    assert lessons[-3:] == ["notebooks/01.ipynb", "notebooks/05.ipynb", "notebooks/06.ipynb"]
    assert variables["COURSE_PROFILE"] == "smoke"


def test_the_environment_is_built_anew_only_when_other_versions_come_out(start, steps, tmp_path):
    environment = tmp_path / ".venv-latest"
    start.set_up_versions(environment, ["--upgrade"])
    all_steps = len(steps)
    start.set_up_versions(environment, ["--upgrade"])
    assert len(steps) == all_steps + 1, "asked for the versions, and nothing else"
    start.versions = ["keras==3.99"]
    start.set_up_versions(environment, ["--upgrade"])
    assert len(steps) == 2 * all_steps + 1


def test_a_failing_unit_test_fails_the_whole_and_the_notebooks_still_run(start, monkeypatch):
    codes = [1, 0]
    monkeypatch.setattr(start, "set_up_versions", lambda environment, how: Path("python"))
    monkeypatch.setattr(start, "run", lambda *arguments, **variables: codes.pop(0))
    assert start.main(["test-oldest", "01"]) == 1
    assert codes == []


def test_without_uv_it_says_how_to_get_it(start, monkeypatch, capsys):
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert start.main(["test-latest"]) == 1
    assert "python -m pip install uv" in capsys.readouterr().err


def test_a_python_of_another_version_will_not_do(start, monkeypatch):
    monkeypatch.setattr(start, "probe", lambda command: {**a_python(["python3.12"])})
    with pytest.raises(start.SetupError, match="make test-oldest needs Python 3.11"):
        start.find_python_of((3, 11), "make test-oldest")


@pytest.mark.parametrize("name", ["05", "05-fruit-cnn", "05-fruit-cnn.ipynb"])
def test_a_notebook_goes_by_its_number_or_its_name(start, name):
    assert start.notebook_of(name) == "notebooks/05-fruit-cnn.ipynb"


@pytest.mark.parametrize("name", ["0", "99"])
def test_any_other_name_is_answered_with_those_there_are(start, name):
    with pytest.raises(start.SetupError, match="05-fruit-cnn"):
        start.notebook_of(name)


def test_every_requirement_has_a_lower_bound_that_the_lock_keeps(start):
    locked = dict(line.split(" ")[0].split("==") for line in start.locked_versions())
    extras = PROJECT["optional-dependencies"]
    checked = 0
    for requirement in map(Requirement, [*PROJECT["dependencies"], *extras["cpu"], *extras["test"]]):
        assert any(each.operator in (">=", "==") for each in requirement.specifier), requirement
        if requirement.name in locked:
            assert requirement.specifier.contains(locked[requirement.name]), requirement
            checked += 1
    assert checked >= 30
