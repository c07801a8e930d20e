"""`course new` begins a notebook that belongs to the course from its first minute."""

import re
import shutil
import subprocess
import sys
import tomllib

import nbformat
import pytest

from course_utils.foundation import config
from course_utils.workshop import authoring
from course_utils.workshop.runner.exercises import exercises

FILES = (
    "course.toml",
    "course_utils/checks/__init__.py",
    "course_utils/checks/common.py",
    "instructor/teaching-notes.md",
    ".github/ISSUE_TEMPLATE/something-fails.yml",
)
HERE = config.repository_root()
# Of pytest's plugins none is needed, and loading them all takes seconds.
ALONE = {"PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The files of the course that name each notebook, in a folder of their own."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / name, tmp_path / name)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


def test_everything_that_names_each_notebook_names_the_new_one(root):
    written = authoring.create("90-clouds", "Clouds", root=root)
    assert written.notebook.is_file()
    table = config.read_course(root)["notebooks"]["90-clouds"]
    assert (table["title"], table["track"], table["draft"]) == ("Clouds", "further", True)
    assert len(table["late"]) == 2 and len(table["objectives"]) == 3
    assert '    "90-clouds": "clouds",\n' in (root / FILES[1]).read_text(encoding="utf-8")
    assert "## 90 · Clouds\n" in (root / FILES[3]).read_text(encoding="utf-8")
    assert "        - 90-clouds\n" in (root / FILES[4]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["04b-clouds", "15a-clouds", "90-clouds"])
def test_it_stands_in_the_order_of_numbers_wherever_notebooks_are_listed(root, name):
    authoring.create(name, "Clouds", root=root)
    heads = (
        r'^\[notebooks\."([^-]+)',
        r'^    "(\d\d[a-z]?)-',
        r"^## (\d\d[a-z]?) ·",
        r"^        - (\d\d[a-z]?)-",
    )
    for file, head in zip((FILES[0], FILES[1], *FILES[3:]), heads, strict=True):
        text = (root / file).read_text(encoding="utf-8")
        numbers = re.findall(head, text, re.MULTILINE)
        assert name.split("-")[0] in numbers and numbers == sorted(numbers), file
        assert file.endswith(".py") or "\n\n\n" not in text, file


def test_its_exercises_have_three_parts_and_their_grader_passes_its_test(root):
    written = authoring.create("90-clouds", "Clouds", root=root)
    found = exercises(nbformat.read(written.notebook, as_version=4))
    assert [exercise.number for exercise in found] == ["1", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_checks_clouds.py"],
        cwd=root, env={**ALONE, "PYTHONPATH": str(root), "HOME": str(root)}, capture_output=True, text=True,
    )  # fmt: skip
    # The copy's package holds the graders alone, which need nothing else of the course.
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_it_writes_is_formatted_as_lint_wants_it(root):
    pytest.importorskip("ruff")
    shutil.copy(HERE / "pyproject.toml", root / "pyproject.toml")
    authoring.create("90-clouds", "Clouds", root=root)
    command = [sys.executable, "-m", "ruff", "format", "--check", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_further_notebooks_fill_a_day_and_then_open_another(root):
    for number in range(90, 97):
        authoring.create(f"{number}-clouds", "Clouds", root=root)
    days = config.read_course(root)["schedules"]["further"]["days"]
    held = [[entry for entry in day["plan"] if " " not in entry] for day in days]
    assert len(days) >= 2 and sum(held, [])[-7:] == [f"{number}-clouds" for number in range(90, 97)]
    for day in days:
        assert day["plan"][0].startswith("20 Welcome") and day["plan"][-1].startswith("10 ")
        notebooks = [place for place, entry in enumerate(day["plan"]) if " " not in entry]
        assert all(later - earlier == 2 for earlier, later in zip(notebooks, notebooks[1:], strict=False))


@pytest.mark.parametrize(
    ("name", "title", "track", "said"),
    [
        ("clouds", "Clouds", "further", "two digits and words"),
        ("90_clouds", "Clouds", "further", "two digits and words"),
        ("05-clouds", "Clouds", "further", "05 is taken by 05-fruit-cnn"),
        ("90-clouds", " ", "further", "--title"),
        ("90-clouds", "Clouds", "aside", "core, further"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_changes_nothing(root, name, title, track, said):
    before = {name: (root / name).read_bytes() for name in FILES}
    with pytest.raises(authoring.NewNotebookError, match=said):
        authoring.create(name, title, track, root)
    assert before == {name: (root / name).read_bytes() for name in FILES}


def test_what_it_writes_into_course_toml_can_be_read_and_leaves_the_rest(root):
    before = tomllib.loads((root / "course.toml").read_text(encoding="utf-8"))
    authoring.create("90-clouds", "Clouds", root=root)
    after = tomllib.loads((root / "course.toml").read_text(encoding="utf-8"))
    del after["notebooks"]["90-clouds"]
    assert after["notebooks"] == before["notebooks"]
    assert {**after["schedules"], "further": None} == {**before["schedules"], "further": None}
