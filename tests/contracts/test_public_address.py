"""One setting holds the public address; while it is empty nothing pretends to have one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils.foundation import config
from course_utils.workshop.instructor import publication
from course_utils.workshop.runner import measuring
from course_utils.workshop.runner.evidence import code_cells

ROOT = config.repository_root()
STAND_IN = ROOT / "tests" / "colab" / "stand_in"
ADDRESS = "example/workshop"
CARRIERS = ("README.md", "CITATION.cff", *(f"notebooks/{name}.ipynb" for name in config.notebook_names()))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of all that carries the address, and of what writes it; its address is unset."""
    folder = tmp_path / "course"
    for part in ("notebooks", "docs", "tools", "instructor", "benchmarks", "slides"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "_build"))
    for name in ("course.toml", "README.md", "CITATION.cff", "pyproject.toml", "environment.yml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "data").mkdir()
    shutil.copy(ROOT / "data" / "registry.toml", folder / "data")
    if publication.repository():
        course(folder, "repository", "--unset")
    return folder


def course(folder: Path, *arguments: str, status: int = 0) -> str:
    """What a `course` command says, run in the copy."""
    environment = {**os.environ, "COURSE_ROOT": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.workshop", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def contents(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in CARRIERS}


def test_without_an_address_there_are_no_badges_and_no_invented_owner(copy):
    for name, text in contents(copy).items():
        assert publication.files_behind(text) == set(), name
        assert "colab-badge" not in text, name
        assert "repository-code" not in text, name


def test_an_address_reaches_all_that_carries_it_and_leads_to_files_that_exist(copy):
    course(copy, "repository", ADDRESS)
    for name, text in contents(copy).items():
        assert f"github.com/{ADDRESS}" in text or f"github/{ADDRESS}" in text, name
        behind = publication.files_behind(text.replace('\\"', '"'))
        if name.endswith(".ipynb"):
            assert behind == {name, "environment.yml"}, name
            title = "".join(json.loads(text)["cells"][0]["source"]).split("\n\n")
            assert title[1].startswith("[![Open this notebook in Google Colab]"), (
                "badges stand below the title"
            )
            assert title[1].count("](http") == 7, "four badges, three of them with a picture"
        for path in behind:
            assert (ROOT / path).is_file(), f"{name} has a badge that leads to {path}, which is not there"
    assert publication.files_behind(contents(copy)["README.md"])


@pytest.mark.parametrize("path", ["", "notebooks/05-fruit-cnn.ipynb"])
def test_every_badge_says_where_it_leads_and_leads_to_the_release(path, monkeypatch):
    with_address = {**config.course(), "repository": ADDRESS}
    monkeypatch.setattr(config, "course", lambda: with_address)
    assert len(publication.badges(path)) == (4 if path else 3)
    for text, _, target in publication.badges(path):
        assert len(text.split()) >= 4
        assert f"v{with_address['release']}" in target, "as the cell does"


def test_the_address_comes_and_goes_without_a_trace(copy):
    before = {**contents(copy), "course.toml": (copy / "course.toml").read_text(encoding="utf-8")}
    course(copy, "repository", ADDRESS)
    assert contents(copy) != contents(ROOT)
    course(copy, "repository", "another/name")
    assert not [name for name, text in contents(copy).items() if ADDRESS in text]
    course(copy, "repository", "--unset")
    after = {**contents(copy), "course.toml": (copy / "course.toml").read_text(encoding="utf-8")}
    assert after == before


@pytest.mark.parametrize(
    "wrong", ["workshop", "https://github.com/a/b", "a/b/c", "a b/c", '"/x', "-a/b", "a/b.git", "a/..", "a/."]
)
def test_what_is_no_address_is_refused_and_nothing_changes(copy, wrong):
    before = (copy / "course.toml").read_bytes()
    with pytest.raises(publication.PublicationError, match="OWNER/NAME"):
        publication.set_repository(copy / "course.toml", wrong)
    assert (copy / "course.toml").read_bytes() == before


def test_a_notebook_without_the_cell_or_with_another_one_is_stale(copy):
    regenerate = [sys.executable, str(copy / "tools" / "regenerate.py"), "--check"]
    environment = {**os.environ, "COURSE_ROOT": str(copy), "PYTHONPATH": str(ROOT)}

    def stale() -> str:
        return subprocess.run(regenerate, cwd=copy, env=environment, capture_output=True, text=True).stdout

    assert stale() == ""
    path = copy / "notebooks" / "05-fruit-cnn.ipynb"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace('\\"google.colab\\" in', "None is"), encoding="utf-8")
    assert "05-fruit-cnn.ipynb is stale" in stale()
    notebook = json.loads(whole)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != publication.CELL]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert "05-fruit-cnn.ipynb is stale" in stale()


# ------------------------------------------------------------------------------------------- the cell


def notebook(*cells: dict) -> str:
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# 1 · Tiny\n", "\n", "Text"]}
    return json.dumps({"cells": [title, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def code(identifier: str, count: int | None) -> dict:
    output = {"output_type": "execute_result", "execution_count": count, "data": {}, "metadata": {}}
    return {
        "cell_type": "code",
        "id": identifier,
        "metadata": {},
        "execution_count": count,
        "outputs": [output] if count else [],
        "source": ["1 + 1"],
    }


def numbers(text: str) -> list[tuple[str, int | None]]:
    return [
        (cell["id"], cell["execution_count"])
        for cell in json.loads(text)["cells"]
        if cell["cell_type"] == "code"
    ]


def test_an_executed_notebook_stays_executed_when_the_cell_is_put_in():
    text = publication.notebook_text(notebook(code("set-up", 1), code("sum", 2)), "tiny")
    assert numbers(text) == [("colab", 1), ("set-up", 2), ("sum", 3)]
    assert json.loads(text)["cells"][-1]["outputs"][0]["execution_count"] == 3
    assert publication.notebook_text(text, "tiny") == text


def test_a_notebook_that_was_never_executed_is_not_made_to_look_so():
    text = publication.notebook_text(notebook(code("set-up", None), code("sum", None)), "tiny")
    assert numbers(text) == [("colab", None), ("set-up", None), ("sum", None)]
    half = publication.notebook_text(notebook(code("set-up", 1), code("sum", None)), "tiny")
    assert numbers(half) == [("colab", None), ("set-up", 1), ("sum", None)]


@pytest.mark.parametrize("cells", [[], [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": []}]])
def test_a_notebook_without_code_is_refused(cells):
    with pytest.raises(publication.PublicationError, match="no code cell"):
        publication.notebook_text(notebook(*cells), "tiny")


def test_bands_that_were_measured_without_the_cell_stay_valid():
    path = ROOT / "notebooks" / f"{config.notebook_names()[0]}.ipynb"
    whole = nbformat.read(path, as_version=4)
    without = nbformat.read(path, as_version=4)
    without["cells"] = [cell for cell in without["cells"] if cell["id"] != publication.CELL]
    assert len(code_cells(without)) == len(code_cells(whole)) - 1
    arguments = ("bundled", path.stem, "class")
    assert measuring.digest(whole, *arguments) == measuring.digest(without, *arguments)


def test_elsewhere_the_cell_does_nothing_and_prints_nothing(tmp_path):
    code = f"import os\nbefore = dict(os.environ)\n{publication.colab_source()}\nassert dict(os.environ) == before"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=["Colab", "Kaggle"])
def hosted(request, monkeypatch, tmp_path):
    """A runtime of Colab's, known by its kernel, and one of Kaggle's, known by its environment."""
    import IPython

    class Shell:
        """Kaggle's image has Colab's package and Colab's variables, but Jupyter's own shell."""

        def __repr__(self):
            return f"<{'google.colab._shell' if request.param == 'Colab' else 'ipykernel.zmqshell'}.Shell object>"

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    monkeypatch.delenv("KAGGLE_KERNEL_RUN_TYPE", raising=False)
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_20260801")
    if request.param == "Kaggle":
        monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.chdir(tmp_path)
    return request.param


def test_an_image_made_from_colabs_is_not_taken_for_colab(monkeypatch, tmp_path):
    """The package is there and the variable is set, but the kernel is Jupyter's own."""
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_20260801")
    monkeypatch.delenv("KAGGLE_KERNEL_RUN_TYPE", raising=False)
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.chdir(tmp_path)
    exec(publication.COLAB_CELL.format(repository="", release="v0.1.0"), {})  # noqa: S102
    assert list(tmp_path.iterdir()) == []


def test_the_cell_brings_the_course_to_where_the_session_keeps_it(hosted, monkeypatch, tmp_path):
    """On Kaggle not into the folder that is saved as the notebook's output."""
    clones = []
    monkeypatch.setattr(subprocess, "call", lambda command, **options: clones.append(command[-1]) or 1)
    with pytest.raises(RuntimeError):
        exec(publication.COLAB_CELL.format(repository=ADDRESS, release="v0.1.0"), {})  # noqa: S102
    folder = Path("/kaggle/temp").resolve() if hosted == "Kaggle" else tmp_path
    assert clones == [str(folder / "course-v0.1.0")]


def test_on_a_hosted_runtime_the_cell_of_a_copy_without_an_address_says_what_to_set(hosted):
    with (
        pytest.raises(RuntimeError, match="course repository OWNER/NAME"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        exec(publication.COLAB_CELL.format(repository="", release="v0.1.0"), {})  # noqa: S102


def test_the_cell_says_when_the_release_is_not_there(hosted, monkeypatch, tmp_path):
    # The error comes before anything is written, so /kaggle need not exist.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{(tmp_path / 'nowhere').as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"https://github.com/{ADDRESS}")
    with pytest.raises(RuntimeError, match=f"could not get v0.1.0 of https://github.com/{ADDRESS}"):
        exec(publication.COLAB_CELL.format(repository=ADDRESS, release="v0.1.0"), {})  # noqa: S102


# ------------------------------------------------------------------------------------------- links for a hub


def test_a_link_for_a_hub_opens_the_copy_without_results_that_its_image_makes(copy):
    link = course(copy, "hub-link", "https://hub.example.org/", "05").strip()
    assert link == "https://hub.example.org/hub/user-redirect/lab/tree/course/my-work/05-fruit-cnn.ipynb"
    start = (ROOT / "instructor/jupyterhub/start-course.sh").read_text(encoding="utf-8")
    assert 'mkdir -p "$COURSE_ROOT/my-work"' in start and "workshop prepare" in start
    values = (ROOT / "instructor/jupyterhub/values.yaml").read_text(encoding="utf-8")
    assert re.search(rf"COURSE_ROOT: \S+/{publication.FOLDER_ON_THE_HUB}$", values, re.MULTILINE)


def test_a_link_that_brings_a_branch_is_refused_while_there_is_no_address(copy):
    said = course(copy, "hub-link", "https://hub.example.org", "05", "--branch", "may", status=1)
    assert "course repository OWNER/NAME" in said


def test_a_link_that_brings_a_branch_opens_the_copy_in_it(copy):
    course(copy, "repository", ADDRESS)
    link = course(copy, "hub-link", "https://hub.example.org", "05", "--branch", "class-of-may").strip()
    assert link == (
        "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fexample%2Fworkshop"
        "&branch=class-of-may&urlpath=lab%2Ftree%2Fworkshop%2Fmy-work%2F05-fruit-cnn.ipynb"
    )


def test_the_page_says_how_to_make_a_branch_that_holds_the_copies():
    page = (ROOT / "instructor/jupyterhub/README.md").read_text(encoding="utf-8")
    for line in ("course prepare", "git add --force my-work", "--branch class-of-may"):
        assert line in page


@pytest.mark.parametrize(
    ("hub", "notebook", "said"),
    [
        ("hub.example.org", "05", "https://hub.example.org"),
        ("ftp://hub.example.org", "05", "https://hub.example.org"),
        ("https://hub.example.org?x=1", "05", "https://hub.example.org"),
        ("https://hub.example.org", "99", "No notebook called"),
    ],
)
def test_a_link_for_a_hub_or_notebook_that_is_none_is_refused(hub, notebook, said):
    with pytest.raises(ValueError, match=said):
        publication.hub_link(hub, notebook)
