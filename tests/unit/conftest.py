"""What holds for every hint of an exercise's check, wherever a test asks for one."""

from __future__ import annotations

import ast
import re

import pytest

# It may begin with a name of the learner's code, and ends as a sentence or with code in brackets.
SENTENCE = re.compile(r"[^\s{}].*[.?!)\]]", re.DOTALL)


def is_code(hint: str) -> bool:
    """Whether a hint is a line of Python and nothing else, as the last one of an exercise may be."""
    try:
        ast.parse(hint)
    except SyntaxError:
        return False
    return True


@pytest.fixture(autouse=True)
def hints_are_whole_sentences(request, monkeypatch):
    """Every hint that a test of a check is given ends as a sentence, or is a line of code."""
    if not request.module.__name__.rpartition(".")[2].startswith("test_checks_"):
        return
    from course_utils import checks

    plain = checks.grade

    def grade(*arguments, **options):
        hints = plain(*arguments, **options)
        for hint in hints or ():
            if hint.startswith("Your code raised"):  # ends with the words of that exception
                continue
            assert SENTENCE.fullmatch(hint) or is_code(hint), f"a hint that isn't a sentence: {hint!r}"
            assert "  " not in hint, f"a hint with two blanks: {hint!r}"
        return hints

    monkeypatch.setattr(checks, "grade", grade)
    for name, value in list(vars(request.module).items()):
        if value is plain:
            monkeypatch.setattr(request.module, name, grade)
