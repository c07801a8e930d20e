"""The instructor's schedules: they fit into their hours, leave time to breathe, and what they skip is not missed."""

from __future__ import annotations

import ast
import builtins
import json
import re

import pytest
from exercises_support import exercises_of, trains

from course_utils.foundation import config
from course_utils.workshop.instructor import lesson_notes, schedules
from course_utils.workshop.instructor.schedules import PAUSES, ScheduleError, clock
from course_utils.workshop.runner.execution import read_notebook

LONGEST_STRETCH = 110  # minutes without a pause
LEAST_IN_HAND = 10
CORE_MINUTES = 660
IPYTHON = {"display", "get_ipython"}
ALL = schedules.schedules()
DAYS = [
    pytest.param(day, id=f"{plan.name}-{number}")
    for plan in ALL
    for number, day in enumerate(plan.days, start=1)
]


# -------------------------------------------------------------------------------------------- the plans


def test_the_core_notebooks_take_eleven_hours_at_most() -> None:
    core = [name for name, table in config.course()["notebooks"].items() if table["track"] == "core"]
    cells = [json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"] for name in core]
    assert sum(lesson_notes.minutes_before(each)[-1] for each in cells) <= CORE_MINUTES


@pytest.mark.parametrize("name", config.notebook_names())
def test_the_minutes_of_a_notebook_are_those_that_its_cells_take(name: str) -> None:
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    planned, counted = config.course()["notebooks"][name]["minutes"], lesson_notes.minutes_before(cells)[-1]
    assert abs(planned - counted) <= planned / 10, (
        f"{planned} minutes are planned; its cells take {counted:.0f}"
    )


def test_no_core_notebook_takes_longer_than_ninety_minutes() -> None:
    tables = [table for table in config.course()["notebooks"].values() if table["track"] == "core"]
    assert len(tables) == 9 and max(table["minutes"] for table in tables) <= 90


def test_core_learners_solve_exercises_and_train_nets_anew() -> None:
    found = {}
    for name in config.notebook_names()[:9]:
        there = exercises_of(name)
        found[name] = len(there), sum(map(trains, there))
    assert sum(count for count, _ in found.values()) >= 36
    assert sum(anew for _, anew in found.values()) >= 9
    assert all(anew >= 1 for name, (_, anew) in found.items() if name[:2] >= "02"), found


# What a section holds if the line on the workflow sends learners there for that step.
WORKFLOW = {
    "question": r"\?(?:\s|\*|$)|\bThe question: ",
    "data": r"\bload_(?:fruits|reviews|digits)\(|\.(?:images|read|table)\(|\.iterdir\(",
    "baseline": r"(?i)\bbaselines?\b",
    "net": r"\bkeras\.|\blayers\.|\bload\(",
    "honest score": r"\bsession\.result\(|\breport\(",
    "where it fails": r"(?m)^#+ (?:\d+ · )?Where (?:it fails|they fail)\b",
    "use": r"(?m)^#+ .*\b(?:Use|[Yy]our own)\b|\bown_photographs\(",
}


def sections(cells: list) -> dict[int, str]:
    """Text and code of each numbered section of a notebook, without quiz, predictions, notes and solutions."""
    text = "\n\n".join(cell["source"] for cell in cells)
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    text = re.sub(r"^\*\*(?:\d\.|Predict first).*$", "", text, flags=re.MULTILINE)
    parts = re.split(r"^## (?=\d+ · )", text, flags=re.MULTILINE)[1:]
    return {int(part.partition(" · ")[0]): "## " + re.split(r"^## ", part, flags=re.M)[0] for part in parts}


def workflow(opening: str) -> dict[str, str]:
    """For each step that the opening of a notebook names: where it is, as numbers of sections or a link."""
    (line,) = re.findall(r"^\*\*Workflow, by section\*\*: (.+)\.$", opening, re.MULTILINE)
    places = {}
    for stage in line.split(" → "):
        names, place = re.fullmatch(r"(.+?) ([\d, –]+|in \[.+\))", stage).groups()
        places |= dict.fromkeys(re.split(r", | and ", names), place)
    return places


def numbers(place: str) -> list[int]:
    spans = [[int(one) for one in part.split("–")] for part in place.split(", ")]
    return [number for span in spans for number in range(span[0], span[-1] + 1)]


@pytest.mark.parametrize("name", config.notebook_names()[:9])
def test_a_core_notebook_goes_the_way_of_a_project(name: str) -> None:
    """Question, data, baseline, net, honest score, where it fails, use: docs/audience-and-design.md says why."""
    cells = read_notebook(config.notebook_path(name))["cells"]
    held, places = sections(cells), workflow(cells[0]["source"])
    assert [step for step in places if step in WORKFLOW] == list(WORKFLOW), "all steps, in this order"
    for step, place in places.items():
        if link := re.search(r"\]\((.+)\.ipynb\)", place):  # 01 has no net yet
            there = read_notebook(config.notebook_path(link[1]))["cells"][0]["source"]
            assert (name[:2], step) == ("01", "net") and numbers(workflow(there)[step])
            continue
        for number in numbers(place):
            assert re.search(WORKFLOW.get(step, ""), held[number]), f"section {number} has no {step}"
    text = "\n\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    questions = text.partition("**Questions**")[2].partition("**What you will be able to do**")[0]
    assert len(re.findall(r"^- .+\?$", questions, re.MULTILINE)) >= 2
    titles = [title.rpartition(" · ")[2] for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    assert any(re.search(r"\b(Use|[Yy]our own)\b", title) for title in titles), "the learner's own input"


def test_the_page_on_the_design_names_the_same_steps() -> None:
    page = (config.repository_root() / "docs" / "audience-and-design.md").read_text(encoding="utf-8")
    assert ", ".join(WORKFLOW) + ": the way of every core notebook" in page


def test_there_are_plans_for_half_a_day_one_day_and_two_days() -> None:
    days = {plan.name: len(plan.days) for plan in ALL}
    assert {"half-day": 1, "one-day": 1, "explanations": 1, "two-days": 2}.items() <= days.items()


@pytest.mark.parametrize("day", DAYS)
def test_a_day_fits_into_its_hours_with_time_in_hand(day: schedules.Day) -> None:
    used = sum(slot.minutes for slot in day.slots)
    assert used + LEAST_IN_HAND <= day.ends - day.begins, (
        f"{used} minutes planned between {clock(day.begins)} and {clock(day.ends)}: take something out of "
        "[schedules] in course.toml"
    )
    assert day.in_hand == day.ends - day.begins - used


@pytest.mark.parametrize("day", DAYS)
def test_nobody_works_for_two_hours_without_a_break(day: schedules.Day) -> None:
    stretch = 0
    for slot in day.slots:
        if slot.pause:
            least = 45 if slot.what.startswith("Lunch") else 15
            assert slot.minutes >= least, f"{slot.what} of {slot.minutes} minutes"
        stretch = 0 if slot.pause else stretch + slot.minutes
        assert stretch <= LONGEST_STRETCH, f"{stretch} minutes without a break at {clock(slot.begins)}"


@pytest.mark.parametrize("day", DAYS)
def test_a_day_longer_than_five_hours_has_a_lunch(day: schedules.Day) -> None:
    lunches = [slot for slot in day.slots if slot.what.startswith("Lunch")]
    assert len(lunches) == (day.ends - day.begins > 5 * 60)


def test_half_a_day_is_four_hours_at_most() -> None:
    (day,) = next(plan for plan in ALL if plan.name == "half-day").days
    assert day.ends - day.begins <= 4 * 60


@pytest.mark.parametrize(("track", "plan"), [("core", "two-days"), ("further", "further")])
def test_each_track_has_a_plan_with_all_of_its_notebooks(track: str, plan: str) -> None:
    names = [name for name, table in config.course()["notebooks"].items() if table["track"] == track]
    planned = [name for each in ALL if each.name == plan for name in each.notebooks]
    assert sorted(planned) == sorted(names), f"put it into a day of [schedules.{plan}] in course.toml"


def test_a_day_with_explanations_covers_transfer_memory_and_reasons() -> None:
    day = next(plan for plan in ALL if plan.name == "explanations")
    assert {"04-transfer-learning", "07-text-lstm", "08-lime"} <= set(day.notebooks)


@pytest.mark.parametrize("plan", ALL, ids=lambda plan: plan.name)
def test_no_notebook_comes_before_the_one_it_builds_on(plan: schedules.Schedule) -> None:
    for place, name in enumerate(plan.notebooks):
        needed = config.course()["notebooks"][name]["needs"].partition(",")[0]
        assert needed not in plan.notebooks[place:], f"{name} needs {needed}, which comes later"


def test_each_minute_of_the_clock_follows_from_the_minutes_before() -> None:
    for day in (day for plan in ALL for day in plan.days):
        assert day.slots[0].begins == day.begins
        for before, after in zip(day.slots, day.slots[1:], strict=False):
            assert after.begins == before.begins + before.minutes
    assert clock(545) == "09:05"


# -------------------------------------------------------------------------------------------- bad entries


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plan": ["05-fruit-cmn"]}, "expected a notebook"),
        ({"plan": ["0 Break"]}, "expected a notebook"),
        ({"start": "9:00"}, "expected 09:00"),
        ({"end": "25:00"}, "expected 09:00"),
    ],
)
def test_a_plan_with_a_mistake_is_refused_with_what_is_expected(change, message, monkeypatch) -> None:
    day = {"start": "09:00", "end": "13:00", "plan": ["15 Welcome"]} | change
    course = config.course() | {"schedules": {"short": {"title": "Short", "note": "", "days": [day]}}}
    monkeypatch.setattr(config, "course", lambda: course)
    with pytest.raises(ScheduleError, match=message):
        schedules.schedules()


def test_a_plan_that_is_too_long_has_less_than_nothing_in_hand(monkeypatch) -> None:
    day = {"start": "09:00", "end": "10:00", "plan": ["45 Welcome", "15 Break", "05-fruit-cnn"]}
    course = config.course() | {"schedules": {"short": {"title": "Short", "note": "", "days": [day]}}}
    monkeypatch.setattr(config, "course", lambda: course)
    assert schedules.schedules()[0].days[0].in_hand == -course["notebooks"]["05-fruit-cnn"]["minutes"]


def test_a_section_that_no_notebook_has_is_refused(monkeypatch) -> None:
    course = {"notebooks": {"01-eda": {"late": [{"section": "no-such-cell", "minutes": 3}]}}}
    monkeypatch.setattr(config, "course", lambda: course)
    with pytest.raises(ScheduleError, match="a cell with a heading"):
        schedules.skips("01-eda")


# -------------------------------------------------------------------------------------------- the page


def test_the_page_has_every_clock_time_and_links_every_notebook() -> None:
    page = schedules.page()
    for plan in ALL:
        assert f"## {plan.title}\n" in page
        for day in plan.days:
            assert f"In hand for questions and delays: {day.in_hand} minutes." in page
            for slot in day.slots:
                assert f"| {clock(slot.begins)} | {slot.minutes} | " in page
    for name in config.notebook_names():
        assert f"(../notebooks/{name}.ipynb)" in page


@pytest.mark.parametrize("plan", ALL, ids=lambda plan: plan.name)
def test_each_plan_names_the_decks_that_lead_to_its_notebooks(plan: schedules.Schedule) -> None:
    part = schedules.page().split(f"## {plan.title}\n")[1].split("\n## ")[0]
    assert "(`slides/" in part or plan.name == "further"
    for deck in (config.repository_root() / "slides").glob("[0-9][0-9]-*.md"):
        leads_to = deck.read_text(encoding="utf-8").split("notebook: ")[1].split("\n")[0].split(",")[0]
        assert (f"(`slides/{deck.name}`)" in part) == (leads_to in plan.notebooks), deck.name


def test_seconds_that_nobody_measured_are_called_that() -> None:
    page = schedules.page()
    for name, table in config.course()["notebooks"].items():
        seconds = table.get("seconds", {}).get("class", {}).get("bundled")
        shown = "not measured" if seconds is None else f"{seconds} s"
        assert f"../notebooks/{name}.ipynb) | {shown} |" in page


def test_the_most_seconds_and_memory_are_those_measured(tmp_path, monkeypatch) -> None:
    runs = [("class", "bundled", "tensorflow", 1234), ("class", "real", "tensorflow", 9999)]
    keys = ("profile", "data", "backend", "peak_mb")
    bands = tmp_path / "benchmarks" / "bands"
    bands.mkdir(parents=True)
    content = {"runs": [dict(zip(keys, run, strict=True)) for run in runs]}
    (bands / "one.json").write_text(json.dumps(content), encoding="utf-8")
    course = {"notebooks": {"one": {"seconds": {"class": {"bundled": 77, "real": 88}}}, "two": {}}}
    monkeypatch.setattr(config, "course", lambda: course)
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    assert "more than 77 seconds, or more than 1.2 GB of memory" in schedules._most()


# -------------------------------------------------------------------------------------------- skipping


@pytest.mark.parametrize("name", config.notebook_names())
def test_each_notebook_says_what_to_skip_first_and_keeps_most_of_itself(name: str) -> None:
    skips = schedules.skips(name)
    assert len(skips) >= 2, (
        f"give [notebooks.{name!r}] of course.toml a `late`: cells whose sections may be skipped"
    )
    assert all(skip.minutes >= 1 for skip in skips)
    assert sum(skip.minutes for skip in skips) <= config.course()["notebooks"][name]["minutes"] / 2
    kept = [cell["id"] for cell in code_cells(name) if cell["id"] not in set_of(skips)]
    assert kept[0] == code_cells(name)[0]["id"] and kept[-1] == code_cells(name)[-1]["id"]


@pytest.mark.parametrize("name", config.notebook_names())
def test_a_section_that_may_be_skipped_holds_code_that_the_run_takes_away(name: str) -> None:
    code = {cell["id"] for cell in code_cells(name)}
    assert any(code & set(skip.cells) for skip in schedules.skips(name)), "nothing would be taken away"


@pytest.mark.parametrize("name", config.notebook_names())
def test_what_is_skipped_is_not_missed_later(name: str) -> None:
    skips = schedules.skips(name)
    for count in range(1, len(skips) + 1):
        missed = missing_without(code_cells(name), set_of(skips[:count]))
        assert missed == {}, f"without {', '.join(skip.cell for skip in skips[:count])}"


def test_a_skipped_definition_or_result_would_be_noticed() -> None:
    cells = [
        {"id": "one", "source": "import numpy as np\nscore, *rest = 1, 2\nsession.result('found', score)"},
        {"id": "two", "source": "print(np.sum([score for score in rest]))"},
        {"id": "three", "source": "session.results['found'].value"},
        {"id": "four", "source": "%time\nprint(max(1, 2))"},
    ]
    assert missing_without(cells, {"one"}) == {"two": {"np", "rest"}, "three": {"result found"}}
    assert missing_without(cells, {"two"}) == {}


def set_of(skips: list[schedules.Skip]) -> set[str]:
    return {cell for skip in skips for cell in skip.cells}


def code_cells(name: str) -> list[dict]:
    cells = schedules._cells(name)
    return [
        {"id": cell["id"], "source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == "code"
    ]


def missing_without(cells: list[dict], skipped: set[str]) -> dict[str, set[str]]:
    """For each cell that is run: the names and results it uses that only a skipped cell has made."""
    made_by_skipped, made, missed = set(), IPYTHON | set(dir(builtins)), {}
    for cell in cells:
        makes, uses = makes_and_uses(cell["source"])
        if cell["id"] in skipped:
            made_by_skipped |= makes
            continue
        if lacking := (uses & made_by_skipped) - made - makes:
            missed[cell["id"]] = lacking
        made |= makes
    return missed


def makes_and_uses(source: str) -> tuple[set[str], set[str]]:
    """Names that a cell binds, and names that it reads; results of the session count as `result NAME`."""
    lines = ("pass" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    makes, uses = set(), set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                uses.add(name)
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                makes.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                makes |= {(alias.asname or alias.name).split(".")[0] for alias in names}
            case ast.Call(func=ast.Attribute(attr="result"), args=[ast.Constant(value=str(name)), *_]):
                makes.add(f"result {name}")
            case ast.Subscript(value=ast.Attribute(attr="results"), slice=ast.Constant(value=name)):
                uses.add(f"result {name}")
    return makes, uses


def test_pauses_are_known_by_their_first_word() -> None:
    kinds = {slot.what.split()[0] for plan in ALL for day in plan.days for slot in day.slots if slot.pause}
    assert kinds == set(PAUSES)
