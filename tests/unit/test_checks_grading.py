"""What all checks share: who is asked, and what is shown."""

import pytest

from course_utils import checks


def test_an_unknown_notebook_or_exercise_is_told_which_there_are():
    with pytest.raises(KeyError) as told:
        checks.grade("99-nowhere", 1, 2)
    assert (
        told.value.args[0] == f"No exercises for '99-nowhere'; there are some for {', '.join(checks.GRADERS)}"
    )
    with pytest.raises(KeyError) as told:
        checks.grade("08-lime", 7, 2)
    assert told.value.args[0] == "08-lime has no exercise 7; it has 1, 2, 3, 4"


def test_a_verdict_is_shown_and_says_more_at_each_attempt(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    monkeypatch.setattr(checks, "_attempts", {})
    monkeypatch.setattr(checks, "verdicts", {})
    for _ in range(9):
        checks.check("01-eda", 2, ...)
    hints = checks.grade("01-eda", 2, ...)
    assert shown[0]["text/plain"] == (
        f"○ Exercise 2: not yet.\n  {hints[0]}\n  (Run this cell again for a further hint.)"
    )
    assert shown[-1]["text/plain"] == "\n  ".join(["○ Exercise 2: not yet.", *hints])
    checks.check("01-eda", 2, lambda labels: max(map(list(labels).count, set(labels))) / len(labels))
    assert shown[-1]["text/plain"] == "✓ Exercise 2: all checks passed."
    assert shown[-1][checks.CHECK_MIME] == {"exercise": "2", "passed": True}
    assert checks.verdicts == {("01-eda", 2): True}
