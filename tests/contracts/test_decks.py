"""The decks of the course: every placeholder has its answer, nothing is older than its source, the rules are kept."""

import re
from pathlib import Path

import pytest

from course_utils.foundation import config
from course_utils.workshop.slides import deck_names, find_decks, manifest, problems, read_deck, rules, stale

ROOT = Path(__file__).parents[2]
DECKS = deck_names()


@pytest.fixture(scope="module")
def decks():
    return {path.stem: read_deck(path) for path in find_decks()}


def test_there_are_decks():
    assert "02-convolution" in DECKS


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_keeps_the_rules_of_the_house(decks, name):
    assert problems(decks[name]) == []


def test_no_number_and_no_figure_is_older_than_its_source():
    assert stale() == []


@pytest.mark.parametrize("name", DECKS)
def test_each_hand_over_leads_to_a_notebook_of_the_course(decks, name):
    deck = decks[name]
    known = config.notebook_names()
    assert set(deck.notebooks) <= set(known)
    linked = {
        config.notebook_path(asked).stem
        for slide in deck.slides
        if "notebook" in slide.classes
        for asked in re.findall(r"\{\{notebook (\S+?)\s*\}\}", slide.body)
    }
    assert linked and linked <= set(known)
    assert all((ROOT / "notebooks" / f"{one}.ipynb").is_file() for one in linked)
    assert linked == set(deck.notebooks), "the title slide and the hand-overs name the same notebooks"


@pytest.mark.parametrize("name", DECKS)
def test_every_figure_of_a_deck_is_in_the_manifest_with_its_cell_or_function(decks, name):
    asked = {f"figure:{figure}" for _, figure in decks[name].figures}
    entries = {entry["asked"]: entry for entry in manifest.read()[name]}
    assert asked <= set(entries)
    assert all("#" in entries[one]["source"] and entries[one]["digest"] for one in asked)


def test_no_deck_is_full(decks):
    full = {name: len(deck.slides) + 1 for name, deck in decks.items() if len(deck.slides) + 1 >= rules.MOST}
    assert not full, "split a deck before it has no room for another idea"


def test_each_core_notebook_has_a_deck_that_leads_to_it(decks):
    led_to = {name for deck in decks.values() for name in deck.notebooks}
    assert {name for name in config.notebook_names() if name < "09"} <= led_to


def test_the_instructors_table_of_decks_says_what_the_decks_say(decks):
    page = (ROOT / "instructor" / "README.md").read_text(encoding="utf-8")
    for name, deck in decks.items():
        row = f"| {name} | {deck.title} | {len(deck.slides) + 1} | {deck.minutes} | {', '.join(deck.notebooks)} |"
        assert row in page, row


def test_decks_name_no_machine_and_no_address_that_could_vanish():
    for path in find_decks():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"://|/home/|/Users/", text), path.name


def test_ci_builds_the_slides_with_the_same_command_and_keeps_them():
    import yaml

    workflow = yaml.safe_load((ROOT / ".github/workflows/slides.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["build"]["steps"]
    assert any("python tools/start.py slides" in step.get("run", "") for step in steps)
    (kept,) = [step["with"]["path"] for step in steps if "upload-artifact" in step.get("uses", "")]
    assert "slides/_build/*.html" in kept and "slides/_build/*.pdf" in kept
