"""`course slides` says what it built, from what, in how long; without Chromium the HTML is built all the same."""

import importlib.util
import sys
from pathlib import Path

import pytest
from slides_support import DECK, write_course, write_notebook
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop.cli import app
from course_utils.workshop.slides import NpmMissing, ToolMissing, reveal

ROOT = Path(__file__).parents[2]

pytest.importorskip("pypandoc", reason="the slides need pandoc: python -m pip install pypandoc-binary")


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    library = write_course(tmp_path)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    monkeypatch.setenv("COURSE_CHROMIUM", str(tmp_path / "no-chromium-here"))
    monkeypatch.setattr(reveal, "ensure", lambda: (library, False))
    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


def course(*arguments):
    return CliRunner().invoke(app, ["slides", *arguments])


def test_without_chromium_the_html_is_built_and_one_is_told_what_to_install(root):
    done = course()
    assert done.exit_code == 0, done.output
    assert (root / "slides" / "_build" / "01-trial.html").is_file()
    assert not list((root / "slides" / "_build").glob("*.pdf"))
    assert "No PDF: There is no Chromium" in done.output
    assert "sudo apt install chromium" in done.output and "COURSE_CHROMIUM" in done.output


def test_a_chromium_that_does_not_start_costs_the_pdf_alone(root, monkeypatch):
    pytest.importorskip("playwright")
    monkeypatch.setenv("COURSE_CHROMIUM", sys.executable)  # it ends at once, complaining of the options
    done = course()
    assert done.exit_code == 0, done.output
    assert f"No PDF: {sys.executable} does not start" in done.output
    assert "manifest.json brought up to date" in done.output


def test_it_says_what_was_built_from_what_in_how_long(root):
    done = course("01", "--html-only")
    assert "01-trial" in done.output and "05-fruit-cnn" in done.output
    assert "manifest.json brought up to date: commit it" in done.output
    assert "1 deck(s) in " in done.output
    assert "manifest.json unchanged" in course("01", "--html-only").output


def test_a_file_where_the_slides_should_go_is_named_with_what_to_type(root):
    (root / "taken").write_text("theirs", encoding="utf-8")
    done = course("--html-only", "--out", str(root / "taken"))
    assert done.exit_code == 1 and "course slides --out FOLDER" in done.output


def test_check_names_what_is_stale_and_which_rules_are_broken(root):
    course("--html-only")
    write_notebook(root, accuracy=0.92)
    done = course("--check")
    assert done.exit_code == 1
    assert "was 94.7 % and is 92.0 %" in done.output
    assert "has 3 slides with its title" in done.output


def test_a_deck_that_cannot_be_filled_stops_with_its_line_and_leaves_the_manifest(root):
    course("--html-only")
    before = (root / "slides" / "manifest.json").read_bytes()
    (root / "slides" / "01-trial.md").write_text(DECK.replace("{{chance 05", "{{luck 05"), encoding="utf-8")
    done = course("--html-only")
    assert done.exit_code == 1
    assert (
        "slides/01-trial.md, line 10: {{luck 05-fruit-cnn test_accuracy percent}} is not known" in done.output
    )
    assert (root / "slides" / "manifest.json").read_bytes() == before


def test_an_unknown_deck_is_answered_with_those_there_are():
    done = course("09")
    assert done.exit_code == 1 and "There are: 01-trial" in done.output


@pytest.fixture
def start():
    spec = importlib.util.spec_from_file_location("start", ROOT / "tools" / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_exit_status_tells_make_slides_to_bring_an_npm(start, monkeypatch):
    def missing():
        raise NpmMissing("no npm")

    monkeypatch.setattr(reveal, "ensure", missing)
    assert course().exit_code == start.NPM_MISSING

    def broken():
        raise ToolMissing("no network")

    monkeypatch.setattr(reveal, "ensure", broken)
    assert course().exit_code == 1


def test_make_slides_installs_npm_only_where_it_is_missing(start, monkeypatch):
    orders, answers = [], [start.NPM_MISSING, 0]
    monkeypatch.setattr(start, "set_up", lambda kind: Path("python"))
    monkeypatch.setattr(start, "installer", lambda python: ["install"])
    monkeypatch.setattr(start, "run", lambda command: orders.append(command) or answers.pop(0))
    monkeypatch.setattr(start, "call", lambda command, purpose, total=0: orders.append(command))
    assert start.slides(["02"]) == 0
    assert orders[0] == orders[2] == ["python", "-m", "course_utils.workshop", "slides", "02"]
    assert orders[1][:2] == ["install", "--require-hashes"] and orders[1][-1].endswith("npm.txt")
    answers[:] = [0]
    orders.clear()
    assert start.slides([]) == 0
    assert len(orders) == 1
