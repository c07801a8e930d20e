"""`course new`: a draft of a notebook that runs, with everything that belongs to a notebook of this course.

The draft is complete enough for every contract test; what a finished notebook needs beyond (links to the glossary,
bands) is asked for once `draft = true` is taken out of its table in course.toml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.foundation import config
from course_utils.workshop.instructor import publication
from course_utils.workshop.runner.normalising import write_notebook

NUMBER = r"(\d\d[a-z]?)"
NAME = re.compile(rf"{NUMBER}-([a-z0-9]+(?:-[a-z0-9]+)*)")
MARK = re.compile(r"^<!-- (cell|code) (\S+)((?: \S+)*) -->\n", re.MULTILINE)
SKELETON = Path(__file__).with_name("skeleton.txt")
MINUTES = 60
PLAN_OF_TRACK = {"core": "two-days", "further": "further"}
LONGEST_DAY = 6 * 60  # minutes of a day of the further plan that notebooks and breaks may fill


class NewNotebookError(ValueError):
    """A notebook that cannot be begun; the message says what is expected."""


@dataclass
class Written:
    """What was written: the notebook, and every file that was made or changed for it."""

    notebook: Path
    files: list[Path] = field(default_factory=list)


def create(name: str, title: str, track: str = "further", root: Path | None = None) -> Written:
    """Write a notebook's draft, its grader with a test, and its lines in the files that name every notebook.

    Raises NewNotebookError for a name that is not `09-architectures`-like or that is taken, an empty title, or an
    unknown track; nothing is written then.
    """
    root = root or config.repository_root()
    number, module = _parts(name, title, track, root)
    place = root / "notebooks" / f"{name}.ipynb"
    done = Written(place)

    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        done.files.append(path)

    listed = root / "course.toml"
    write(listed, with_table(listed.read_text(encoding="utf-8"), name, title, track))
    _forget_the_course()
    place.parent.mkdir(parents=True, exist_ok=True)
    write_notebook(place, skeleton(name, number, title))
    done.files.append(place)
    write(root / "course_utils" / "checks" / f"{module}.py", GRADER.format(number=number, title=title))
    write(
        root / "tests" / "unit" / f"test_checks_{module}.py",
        GRADER_TEST.format(number=number, title=title, name=name),
    )
    for path, change in (
        (root / "course_utils" / "checks" / "__init__.py", lambda text: with_grader(text, name, module)),
        (root / "instructor" / "teaching-notes.md", lambda text: with_notes(text, name, number, title)),
        (root / ".github" / "ISSUE_TEMPLATE" / "something-fails.yml", lambda text: with_choice(text, name)),
    ):
        write(path, change(path.read_text(encoding="utf-8")))
    return done


def skeleton(name: str, number: str, title: str) -> nbformat.NotebookNode:
    """The draft as a notebook that was not executed yet."""
    text = SKELETON.read_text(encoding="utf-8")
    for word, value in (
        ("NUMBER", number),
        ("TITLE", title),
        ("MINUTES", str(MINUTES)),
        ("NAME", name),
        ("QUIZ", _quiz()),
    ):
        text = text.replace(word, value)
    parts = MARK.split(text)[1:]
    cells = []
    for kind, identifier, words, source in zip(*(parts[n::4] for n in range(4)), strict=True):
        labels = words.split()
        metadata: dict = {"exercise": labels.pop()} if labels and labels[-1].isdigit() else {}
        metadata |= {"tags": labels} if labels else {}
        make = new_code_cell if kind == "code" else new_markdown_cell
        cells.append(make(source.strip("\n"), id=identifier, metadata=metadata))
    colab = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["volatile", "bands-skip"]}
    cells.insert(1, new_code_cell(publication.colab_source(), id=publication.CELL, metadata=colab))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def with_table(text: str, name: str, title: str, track: str) -> str:
    """course.toml with the notebook's table in the order of numbers, and its place in the plan of its track."""
    text = _with_place(text, PLAN_OF_TRACK[track], name)
    table = TABLE.format(name=name, title=title, track=track, minutes=MINUTES)
    return _in_order(text, rf'^\[notebooks\."{NUMBER}-', table, name)


def with_grader(text: str, name: str, module: str) -> str:
    """checks/__init__.py with the notebook's module in GRADERS."""
    return _in_order(text, rf'^    "{NUMBER}-[\w-]+": "\w+",\n', f'    "{name}": "{module}",\n', name)


def with_choice(text: str, name: str) -> str:
    """The form for failures with the notebook among its choices."""
    return _in_order(text, rf"^        - {NUMBER}-[\w-]+\n", f"        - {name}\n", name)


def with_notes(text: str, name: str, number: str, title: str) -> str:
    """The teaching notes with a section for the notebook, in the order of numbers."""
    return _in_order(text, rf"^## {NUMBER} · ", NOTES.format(name=name, number=number, title=title), name)


def _parts(name: str, title: str, track: str, root: Path) -> tuple[str, str]:
    found = NAME.fullmatch(name)
    if not found:
        raise NewNotebookError(
            f"{name!r} is not a notebook's name: two digits and words, as in 09-architectures"
        )
    if not title.strip() or "\n" in title:
        raise NewNotebookError(
            'A notebook needs a title of one line: course new 09-architectures --title "..."'
        )
    if track not in PLAN_OF_TRACK:
        raise NewNotebookError(f"{track!r} is not a track: {', '.join(PLAN_OF_TRACK)}")
    taken = [known for known in config.read_course(root)["notebooks"] if known.split("-")[0] == found[1]]
    if taken or (root / "notebooks" / f"{name}.ipynb").exists():
        raise NewNotebookError(f"{found[1]} is taken by {taken[0] if taken else name}; choose another number")
    return found[1], found[2].replace("-", "_")


def _with_place(text: str, plan: str, name: str) -> str:
    """The plan with the notebook on its last day, or on a day of its own when that day is full."""
    if f"[schedules.{plan}]" not in text:
        first = re.search(r"^\[notebooks\.", text, re.MULTILINE).start()
        return text[:first] + FURTHER + DAY.format(plan=plan, name=name) + "\n" + text[first:]
    days = list(re.finditer(rf"^\[\[schedules\.{plan}\.days\]\]\n.*?^\]\n", text, re.MULTILINE | re.DOTALL))
    last = days[-1]
    entries = re.findall(r'^  "(.*)",$', last[0], re.MULTILINE)
    used = sum(int(entry.split()[0]) if entry[0].isdigit() and " " in entry else MINUTES for entry in entries)
    if used + MINUTES > LONGEST_DAY:
        return text[: last.end()] + "\n" + DAY.format(plan=plan, name=name) + text[last.end() :]
    # Two notebooks fill a morning; a third one makes it a day with a lunch.
    lunch = sum(" " not in entry for entry in entries) == 2
    closing = last[0].rindex('  "10 ')
    added = f'  "{"60 Lunch" if lunch else "15 Break"}",\n  "{name}",\n'
    day = last[0][:closing] + added + last[0][closing:]
    if lunch:
        day = day.replace('end = "13:00"', 'end = "17:00"')
    return text[: last.start()] + day + text[last.end() :]


def _in_order(text: str, entry: str, added: str, name: str) -> str:
    """The text with an entry before the first one of a later number, or after the last one.

    `entry` finds the head of each entry, with its number as the only group. An entry of several lines ends with the
    text, and a blank line parts it from the next one.
    """
    places = list(re.finditer(entry, text, re.MULTILINE))
    if not places:
        raise NewNotebookError(f"No line like {entry!r} to put {added.strip()!r} beside")
    later = next((place for place in places if place[1] > name.split("-")[0]), None)
    if added.count("\n") == 1:
        at = later.start() if later else places[-1].end()
        return text[:at] + added + text[at:]
    if later:
        return text[: later.start()] + added.strip("\n") + "\n\n" + text[later.start() :]
    return text.rstrip("\n") + "\n\n" + added.strip("\n") + "\n"


def _forget_the_course() -> None:
    config.course.cache_clear()


def _quiz() -> str:
    return "\n".join(QUESTION.format(number=number) for number in range(1, 6))


QUESTION = """**{number}.** Write a question about what the learner has just seen.

- a) the right answer
- b) an answer that shows one misunderstanding
- c) an answer that shows another one

<details><summary>Answer</summary>

**a.** Say why it is right. *b*: say what somebody who chose it took for granted. *c*: say the same of this one.

</details>
"""

TABLE = """[notebooks."{name}"]
title = "{title}"
track = "{track}"
summary = "Say in one line what this notebook is about"
draft = true             # taken out when it is finished: then its glossary links and bands are asked for
minutes = {minutes}
objectives = [
  "Name the first thing a learner can do afterwards",
  "Measure the second one",
  "Judge the third one",
]
needs = "knowing what an array is"
data = ["fruits-360"]
accelerator = "none"
late = [
  {{section = "aside-say", minutes = 2}},
  {{section = "second-aside-say", minutes = 2}},
]
"""

FURTHER = """[schedules.further]
title = "Further days"
note = "One system per notebook, for those who know the core: take them in any order."

"""

DAY = """[[schedules.{plan}.days]]
start = "09:00"
end = "13:00"
plan = [
  "20 Welcome: everyone runs a set-up cell and reads the banner",
  "{name}",
  "10 Key points of the day, feedback form",
]
"""

GRADER = '''"""Exercises of {number} · {title}."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished


def mean_brightness(answer: Callable[[np.ndarray], float]) -> list[str] | None:
    """Exercise 1: the mean of all values of a picture, whatever its shape."""
    image = np.arange(24.0).reshape(2, 4, 3) ** 2
    found = answer(image)
    if unfinished(found):
        return [UNFINISHED]
    if np.shape(found):
        return ["One number is asked for, and an array came back.", "`np.mean(image)` goes over all axes."]
    if not np.isclose(found, image.mean()):
        return [f"A picture with a mean of {{image.mean()}} was given {{found}}.", "Add up, divide by how many."]
    return None


def brightest(answer: Callable[[Sequence[np.ndarray]], int]) -> list[str] | None:
    """Exercise 2: the index of the brightest picture."""
    images = np.stack([np.full((2, 2, 3), value) for value in (0.2, 0.9, 0.5)])
    found = answer(images)
    if unfinished(found):
        return [UNFINISHED]
    if found != 1:
        return [f"Of three pictures the second is the brightest, index 1; got {{found}}.", "`np.argmax` helps."]
    return None


EXERCISES = {{1: mean_brightness, 2: brightest}}
'''

GRADER_TEST = '''"""The checks of {number} · {title}: right answers pass, however written; wrong ones get their hint."""

import numpy as np
import pytest

from course_utils.checks import grade

NOTEBOOK = "{name}"


@pytest.mark.parametrize(
    "answer",
    [np.mean, lambda image: image.sum() / image.size, lambda image: float(np.average(image.ravel()))],
)
def test_the_mean_is_right_however_it_is_computed(answer):
    assert grade(NOTEBOOK, 1, answer) is None


@pytest.mark.parametrize(
    "answer", [lambda image: ..., lambda image: image.mean(axis=0), np.max, np.median, np.sum]
)
def test_a_wrong_mean_gets_a_hint(answer):
    assert grade(NOTEBOOK, 1, answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda images: int(np.argmax([image.mean() for image in images])),
        lambda images: max(range(len(images)), key=lambda place: images[place].sum()),
        lambda images: images.reshape(len(images), -1).mean(axis=1).argmax(),
    ],
)
def test_the_brightest_is_right_however_it_is_found(answer):
    assert grade(NOTEBOOK, 2, answer) is None


@pytest.mark.parametrize(
    "answer",
    [lambda images: ..., lambda images: 0, lambda images: 2, np.argmin, lambda images: images[1].mean()],
)
def test_a_wrong_place_gets_a_hint(answer):
    assert grade(NOTEBOOK, 2, answer)
'''

NOTES = """## {number} · {title}

[The notebook](../notebooks/{name}.ipynb). The theme: say in one sentence what it is about.

### How to open it

Write here how to open this notebook in the room: the question to ask first, what to draw on the board, what to let
them guess, and which cell to run together before everybody works alone.

### Common mistakes

* Exercise 1: write here the mistake that most learners make first, how to recognise it on their screen, and the
  question that helps them to find it themselves.
* Exercise 2: write here the mistake that you saw most often, and what it tells about their picture of the matter.

### Questions that learners ask

* *Write a question that came up.* Answer it in two or three sentences, with the figure or the cell to point at, so
  that a colleague who teaches this for the first time can give the same answer.

### If time is short

Say which sections stay and which may go, in this order, and what to tell instead of them: the sections named as `late`
in course.toml go first, and nothing later uses them.
"""
