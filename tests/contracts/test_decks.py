"""The decks of the course: every placeholder has its answer, nothing is older than its source, the rules are kept."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from course_utils.foundation import config, records
from course_utils.workshop.slides import (
    beside,
    deck_names,
    figures,
    find_decks,
    manifest,
    problems,
    read_deck,
    rules,
    stale,
)

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


# Figures that may show a single run's results or intervals of test items side by side, each with its reason.
ONE_RUN_DRAWN = {
    "cue_found": "compares what explains one and the same net; the interval is that of the pictures it was asked about",
}


def results_of_one_run(text):
    """Results of single runs that stand side by side: (format, how many) for each unit with more than one."""
    units = Counter(re.findall(r"\{\{result \S+ \S+ ?(\w*)\}\}", text))
    return {unit: number for unit, number in units.items() if number > 1}


def test_results_side_by_side_are_noticed():
    one, other = (
        "{{result 05-fruit-cnn test_accuracy percent}}",
        "{{result 04-transfer-learning test_accuracy percent}}",
    )
    assert results_of_one_run(f"{one} and {other}") == {"percent": 2}
    assert results_of_one_run(f"{one} at AUC {{{{result 02-pretrained-vgg16 unknown_auc fixed2}}}}") == {}
    assert results_of_one_run(f"{one} and {other.replace('result', 'kept')}") == {}


@pytest.mark.parametrize("name", DECKS)
def test_a_slide_that_compares_scores_shows_means_of_kept_runs(decks, name):
    found = {
        slide.title: side_by_side
        for slide in decks[name].slides
        if (side_by_side := results_of_one_run(slide.body + slide.notes))
    }
    assert not found, "one run cannot compare: write {{kept ...}} instead of {{result ...}}"


def compares_single_runs(function):
    """A drawing function that reads several single runs, or draws the interval of test items that a record holds."""
    repeated = (ast.For, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)

    def is_result(node):
        return isinstance(node, ast.Call) and ast.unparse(node.func) == "read.result"

    calls = [node for node in ast.walk(function) if is_result(node)]
    in_loop = any(
        is_result(node)
        for loop in ast.walk(function)
        if isinstance(loop, repeated)
        for node in ast.walk(loop)
    )
    interval = any(
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "low"
        for node in ast.walk(function)
    )
    return len(calls) > 1 or in_loop or interval


def test_a_figure_that_compares_scores_shows_means_of_kept_runs():
    for source in (
        "def f(read):\n    return read.result('a', 'x'), read.result('b', 'x')",
        "def f(read):\n    return [read.result('a', key) for key in 'xy']",
        "def f(read):\n    row = read.recorded('t').iloc[0]\n    return row['low']",
    ):
        assert compares_single_runs(ast.parse(source).body[0])
    assert not compares_single_runs(ast.parse("def f(read):\n    return read.kept('a', 'x')").body[0])
    found = {
        function.name
        for path in sorted((ROOT / "slides" / "figures").glob("*.py"))
        for function in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(function, ast.FunctionDef) and compares_single_runs(function)
    }
    assert found == set(ONE_RUN_DRAWN), (
        "read.kept, or accuracy ± accuracy_sd of a record, instead of a single run"
    )


def test_nets_on_imdb_stand_beside_those_that_read_as_much_and_were_run_as_often(decks):
    rows = {
        row["option"]: row for name in ("imdb_cnn_2018", "imdb_recurrent") for row in records.load(name).rows
    }
    module = beside.module(beside.functions("figures")["cnn_against_lstm"][0])
    alt = module.cnn_against_lstm(figures.Reader()).alt
    for read, options in (
        (
            "the last 400 words",
            ("2018: CNN, 5,000 words", "today: CNN, 20,000 words", "CNN → LSTM, 400 words"),
        ),
        ("the last 200 words", ("SimpleRNN, 200 words", "LSTM, 200 words")),
    ):
        (group,) = re.findall(rf"of {read}: ([^;]+?)(?:;|\.$)", alt)
        assert group.count("(3 seeds)") == len(options)
        for option in options:
            row = rows[option]
            assert row["runs"] == 3
            assert f"{100 * row['accuracy']:.2f} ± {100 * row['accuracy_sd']:.2f} %" in group
    again = {row["option"]: row for row in records.load("imdb_counted").rows}
    (notes,) = [
        slide.notes for slide in decks["09-memory"].slides if slide.title.startswith("CNN against LSTM")
    ]
    assert "its lead lies within its spread" in " ".join(notes.split())
    simple, gated = again["SimpleRNN, 200 words"], again["LSTM, 200 words"]
    assert 0 < gated["accuracy"] - simple["accuracy"] < gated["accuracy_sd"]
