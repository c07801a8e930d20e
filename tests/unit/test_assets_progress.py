"""The bar of a long transfer: on standard output, as text in a notebook, and gone when it is over."""

import ast
import sys
import time
from pathlib import Path

import pytest

import course_utils
from course_utils.foundation.assets import progress


@pytest.fixture
def notebook(monkeypatch, capsys):
    """What a kernel's standard output, which is not a terminal, was given; nothing may go to standard error."""
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setattr(progress, "DELAY", 0.0)

    def shown() -> str:
        told = capsys.readouterr()
        assert told.err == ""
        return told.out

    return shown


def test_a_notebook_shows_how_far_it_is_and_keeps_no_line(notebook):
    bar = progress.bar("fruits [16].zip", 1_000_000, shown=True)
    bar.update(250_000)
    time.sleep(0.5)
    bar.update(250_000)
    bar.close()
    shown = notebook()
    assert "fruits [16].zip" in shown and "0.5/1.0 MB" in shown
    assert "\x1b" not in shown and "\n" not in shown
    assert shown.split("\r")[-1] == "" and not shown.split("\r")[-2].strip()
    assert all(len(line) <= progress.WIDTH for line in shown.split("\r"))


@pytest.mark.parametrize(("total", "unit"), [(10, " files"), (None, "B")])
def test_files_are_counted_and_a_total_may_be_unknown(notebook, total, unit):
    bar = progress.bar("unpack", total, shown=True, unit=unit)
    bar.update(3)
    bar.reset()
    bar.update(4)
    bar.close()
    assert ("4/10 files" if total else "4/? bytes") in notebook()


def test_what_is_over_within_a_second_shows_nothing(notebook, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 60.0)
    bar = progress.bar("quick", 10, shown=True)
    bar.update(10)
    bar.close()
    assert notebook() == ""


def test_nobody_is_shown_a_bar_in_a_log_file(notebook, monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel")
    bar = progress.bar("fruits", 10, shown=True)
    bar.update(10)
    bar.close()
    assert notebook() == ""


def test_the_package_draws_bars_with_one_library():
    for path in Path(course_utils.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in ("tqdm", "pooch") for name in names), path
