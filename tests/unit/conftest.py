"""What holds for every hint of an exercise's check, wherever a test asks for one."""

from __future__ import annotations

import ast
import functools
import importlib
import json
import re

import approvals
import pytest

from course_utils.foundation import config

# It may begin with a name of the learner's code, and ends as a sentence or with code in brackets.
SENTENCE = re.compile(r"[^\s{}].*[.?!)\]]", re.DOTALL)


def is_code(hint: str) -> bool:
    """Whether a hint is a line of Python and nothing else, as the last one of an exercise may be."""
    try:
        ast.parse(hint)
    except SyntaxError:
        return False
    return True


@functools.cache
def words_of(notebook: str) -> frozenset[str]:
    """The words that stand anywhere in a notebook, its code included."""
    text = (config.repository_root() / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    return frozenset(re.findall(r"[A-Za-z_]\w*", "\n".join("".join(cell["source"]) for cell in cells)))


@pytest.fixture(autouse=True)
def hints_are_whole_sentences_of_their_exercise(request, monkeypatch):
    """Every hint that a test of a check is given ends as a sentence, or is a line of code.

    What is wrong with the answer comes first, then the exercise's own hints, if any, down to the plainest. A name in
    backticks is one that the notebook has.
    """
    if not request.module.__name__.rpartition(".")[2].startswith("test_checks_"):
        return
    keras = pytest.importorskip("keras")
    from course_utils import checks

    keras.utils.set_random_seed(2018)  # what a hint says of an untrained net hangs on its weights
    plain = checks.grade

    def grade(*arguments, **options):
        hints = plain(*arguments, **options)
        approvals.note(hints)
        for hint in hints or ():
            if hint.startswith("Your code raised"):  # ends with the words of that exception
                continue
            assert SENTENCE.fullmatch(hint) or is_code(hint), f"a hint that isn't a sentence: {hint!r}"
            assert "  " not in hint, f"a hint with two blanks: {hint!r}"
            named = set(re.findall(r"`([A-Za-z_]\w*)`", hint))
            assert named <= words_of(arguments[0]), f"a name that {arguments[0]} doesn't have: {hint!r}"
        if hints is not None:
            notebook, exercise, *_ = arguments
            own = importlib.import_module(f"course_utils.checks.{checks.GRADERS[notebook]}").HINTS[exercise]
            rest = list(hints[1:])
            assert rest == list(own)[len(own) - len(rest) :], f"not the hints of exercise {exercise}: {hints}"
        return hints

    monkeypatch.setattr(checks, "grade", grade)
    for name, value in list(vars(request.module).items()):
        if value is plain:
            monkeypatch.setattr(request.module, name, grade)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Read what is approved before a test puts something else in the place of files and folders."""
    if approvals.comparable():
        approvals.approved(approvals.path_of(item.module.__name__))


def pytest_sessionfinish():
    approvals.write_down()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """What a test saw is as approved; figures can be drawn, are no wider than a page, and have their texts inside."""
    with approvals.watching() as (seen, figures):
        result = yield
    if pyfuncitem.module.__name__.rpartition(".")[2].startswith("test_plots"):
        for _, one in figures:
            assert texts_outside(one.figure) == []
            assert one.figure.get_figwidth() <= 10.5
    if approvals.comparable():
        approvals.compare(pyfuncitem.module.__name__, pyfuncitem.nodeid.partition("::")[2], seen)
    return result


def texts_outside(figure) -> list[str]:
    """Titles, names of axes and notes of a drawn figure that begin or end beyond its edge."""
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    edge = figure.bbox.padded(3)
    return [
        text.get_text()
        for text in texts
        if text.get_visible() and text.get_text().strip() and not within(text.get_window_extent(), edge)
    ]


def within(box, edge) -> bool:
    return box.x0 >= edge.x0 and box.x1 <= edge.x1 and box.y0 >= edge.y0 and box.y1 <= edge.y1
