"""Learners' copies are cleared, stay theirs, and are easily made anew."""

import json
import os
import subprocess
import sys

import pytest

from course_utils.foundation import config
from course_utils.workshop import workspace

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# 1 · First\n", "Text"]},
        {
            "cell_type": "code",
            "execution_count": 3,
            "id": "sum",
            "metadata": {"tags": ["volatile"], "execution": {"iopub.status.busy": "2026-01-01"}},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}],
            "source": ["print(1 + 1)"],
        },
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
TABLE = """
[notebooks."{name}"]
title = "{title}"
minutes = 30
summary = "Read | write"
objectives = ["Read | write", "Count"]
needs = "nothing"
data = []
accelerator = "none"
"""


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A workshop of two notebooks, of which the second isn't written yet."""
    (tmp_path / "notebooks").mkdir()
    tables = [TABLE.format(name=name, title=name.upper()) for name in ("01-first", "02-second")]
    (tmp_path / "course.toml").write_text('title = "Two"\n' + "".join(tables), encoding="utf-8")
    write(tmp_path, NOTEBOOK)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    forget()
    yield tmp_path
    forget()


def forget():
    config.repository_root.cache_clear()
    config.course.cache_clear()


def write(root, notebook):
    (root / "notebooks" / "01-first.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def changed(text):
    other = json.loads(json.dumps(NOTEBOOK))
    other["cells"][1]["source"] = [text]
    return other


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_copy_has_the_cells_and_their_ids_but_no_results(workshop):
    assert workspace.prepare() == ["01-first"]
    copy = read(workshop / "my-work" / "01-first.ipynb")
    assert [cell["id"] for cell in copy["cells"]] == ["title", "sum"]
    code = copy["cells"][1]
    assert (code["outputs"], code["execution_count"]) == ([], None)
    assert code["metadata"] == {"tags": ["volatile"]}
    assert copy["metadata"]["kernelspec"]["name"] == "python3"


def test_an_update_of_the_course_never_overwrites_a_learners_work(workshop):
    workspace.prepare()
    mine = workshop / "my-work" / "01-first.ipynb"
    mine.write_text("my own thoughts", encoding="utf-8")
    write(workshop, changed("print(2 + 2)"))
    assert workspace.prepare() == []
    assert mine.read_text(encoding="utf-8") == "my own thoughts"


def test_the_map_says_when_a_newer_notebook_is_there(workshop):
    workspace.prepare()
    assert "Newer than your copy" not in workspace.index_text()
    write(workshop, changed("print(2 + 2)"))
    workspace.prepare()
    text = (workshop / "my-work" / "index.md").read_text(encoding="utf-8")
    assert "Newer than your copy" in text
    assert "course reset 01-first" in text
    assert [state.current for state in workspace.copies()] == [False, False]


def test_a_re_execution_is_no_newer_notebook(workshop):
    workspace.prepare()
    executed = json.loads(json.dumps(NOTEBOOK))
    executed["cells"][1]["outputs"] = []
    write(workshop, executed)
    assert workspace.copies()[0].current


def with_note():
    other = json.loads(json.dumps(NOTEBOOK))
    note = {"cell_type": "markdown", "id": "note", "metadata": {"tags": ["instructor"]}, "source": ["Break"]}
    other["cells"].insert(1, note)
    return other


def test_a_copy_leaves_out_the_notes_to_the_instructor(workshop):
    write(workshop, with_note())
    workspace.prepare()
    copy = read(workshop / "my-work" / "01-first.ipynb")
    assert [cell["id"] for cell in copy["cells"]] == ["title", "sum"]


def test_a_new_note_to_the_instructor_is_no_newer_notebook(workshop):
    workspace.prepare()
    write(workshop, with_note())
    assert workspace.copies()[0].current


def test_reset_makes_a_fresh_copy_and_keeps_the_old_one(workshop):
    workspace.prepare()
    mine = workshop / "my-work" / "01-first.ipynb"
    mine.write_text("my own thoughts", encoding="utf-8")
    copy, kept = workspace.reset("01")
    assert read(copy)["cells"][1]["outputs"] == []
    assert kept.read_text(encoding="utf-8") == "my own thoughts"
    copy.write_text("second thoughts", encoding="utf-8")
    _, second = workspace.reset("01-first")
    assert second != kept
    assert kept.read_text(encoding="utf-8") == "my own thoughts"


def test_reset_of_an_unknown_or_missing_notebook_names_what_there_is(workshop):
    with pytest.raises(config.ConfigurationError, match="01-first, 02-second"):
        workspace.reset("07")
    with pytest.raises(workspace.WorkspaceError, match=r"02-second\.ipynb is missing"):
        workspace.reset("02")


def test_a_notebook_that_is_not_written_yet_has_no_copy(workshop):
    workspace.prepare()
    assert not (workshop / "my-work" / "02-second.ipynb").exists()


@pytest.mark.parametrize("content", ["<<<<<<< mine", "", "[]", "{}"])
def test_a_broken_notebook_is_named_with_the_way_to_get_it_back(workshop, content):
    (workshop / "notebooks" / "01-first.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(workspace.WorkspaceError, match="git checkout -- notebooks"):
        workspace.prepare()


@pytest.mark.skipif(
    os.name == "nt", reason="Windows refuses to replace a file at the moment another one does"
)
def test_two_starts_at_once_do_not_take_each_others_files(workshop):
    program = (
        "from pathlib import Path; from course_utils.workshop import workspace\n"
        "for _ in range(300): workspace._write(Path('index.md'), 'x' * 5000)"
    )
    both = [subprocess.Popen([sys.executable, "-c", program], cwd=workshop) for _ in range(2)]
    assert [one.wait(timeout=60) for one in both] == [0, 0]


def test_a_map_that_an_editor_has_damaged_is_written_anew(workshop):
    workspace.prepare()
    index = workshop / "my-work" / "index.md"
    index.write_bytes(b"# \xe9\n")
    workspace.prepare()
    assert index.read_text(encoding="utf-8") == workspace.index_text()


def test_a_folder_that_cannot_be_written_is_told_and_leaves_nothing_half_done(workshop):
    (workshop / "my-work").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(workspace.WorkspaceError, match="course doctor"):
        workspace.prepare()
    assert not list(workshop.rglob("*.part"))


def test_titles_with_a_bar_do_not_break_the_table(workshop):
    row = workspace.map_table("notebooks/").splitlines()[4]
    assert "Read \\| write" in row
    assert "](notebooks/01-first.ipynb)" in row
    assert "* Read | write\n* Count" in workspace.objectives()
