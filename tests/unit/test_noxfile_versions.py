"""`make test-oldest` and `make test-latest` try the two ends of what pyproject.toml's lower bounds allow."""

import tomllib
from pathlib import Path

import pytest
from noxfile_support import Ended, Session, noxfile
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def uv(monkeypatch):
    monkeypatch.setattr(noxfile.shutil, "which", lambda name: "/opt/" + name)


@pytest.mark.parametrize(
    ("name", "how", "python"),
    [
        ("oldest", ["--resolution", "lowest-direct"], "3.11"),
        ("latest", ["--upgrade"], "3.13"),
    ],
)
def test_the_oldest_are_tried_on_the_oldest_python_and_the_latest_on_the_newest(
    uv, tmp_path, name, how, python
):
    tried = getattr(noxfile, name)
    assert tried.python == python
    session = Session(tmp_path, python=python)
    tried(session)
    resolve, install, course, tests = session.steps
    assert resolve[1 : 3 + len(how)] == ["pip", "compile", *how]
    assert resolve[resolve.index("--python-version") + 1] == python
    assert "pyproject.toml" in resolve and {"cpu", "serve", "test"} <= set(resolve)
    assert install == ["uv", "pip", "sync", resolve[-1]], "what was resolved, and nothing besides"
    assert "--no-deps" in course, "the course itself must not move a version"
    assert all((ROOT / path).is_file() for path in tests[4:])
    assert [path[:12] for path in tests[-3:]] == ["notebooks/01", "notebooks/05", "notebooks/06"]
    assert session.variables[-1]["COURSE_PROFILE"] == "smoke"


def test_versions_of_an_earlier_run_are_not_kept(uv, tmp_path):
    (tmp_path / "requirements.txt").write_text("keras==3.8.0\n", encoding="utf-8")
    noxfile.latest(Session(tmp_path, python="3.13"))
    assert not (tmp_path / "requirements.txt").exists(), "uv prefers what stands in its output file"


def test_other_notebooks_can_be_asked_for(uv, tmp_path):
    session = Session(tmp_path, "08", python="3.13")
    noxfile.latest(session)
    assert [path for path in session.steps[-1] if path.startswith("notebooks/")] == [
        "notebooks/08-lime.ipynb"
    ]


def test_without_uv_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(noxfile.shutil, "which", lambda name: None)
    with pytest.raises(Ended, match="python -m pip install uv"):
        noxfile.latest(Session(tmp_path, python="3.13"))


@pytest.mark.parametrize("name", ["05", "05-fruit-cnn", "05-fruit-cnn.ipynb"])
def test_a_notebook_goes_by_its_number_or_its_name(tmp_path, name):
    assert noxfile.notebook_of(Session(tmp_path), name) == "notebooks/05-fruit-cnn.ipynb"


@pytest.mark.parametrize("name", ["0", "99"])
def test_any_other_name_is_answered_with_those_there_are(tmp_path, name):
    with pytest.raises(Ended, match="05-fruit-cnn"):
        noxfile.notebook_of(Session(tmp_path), name)


def test_every_requirement_has_a_lower_bound_that_the_lock_keeps():
    locked = dict(line.split(" ")[0].split("==") for line in noxfile.start.locked_versions())
    extras = PROJECT["optional-dependencies"]
    checked = 0
    for requirement in map(
        Requirement, [*PROJECT["dependencies"], *extras["cpu"], *extras["serve"], *extras["test"]]
    ):
        assert any(each.operator in (">=", "==") for each in requirement.specifier), requirement
        if requirement.name in locked:
            assert requirement.specifier.contains(locked[requirement.name]), requirement
            checked += 1
    assert checked >= 30
