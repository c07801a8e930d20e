"""Notes to the instructor: their form, and the minute that they name."""

from __future__ import annotations

import pytest

from course_utils.workshop.instructor import lesson_notes


def text(source: str, *tags: str, name: str = "text") -> dict:
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": list(tags)}, "source": [source]}


def note(minute: int, rest: str = "") -> dict:
    summary = f"For the instructor · minute {minute}{rest}"
    return text(
        f"<details><summary>{summary}</summary>\n\nStop.\n\n</details>", "instructor", name="instructor-stop"
    )


def test_minutes_come_from_words_lines_exercises_predictions_and_questions() -> None:
    code = {"cell_type": "code", "id": "code", "metadata": {}, "source": "a = 1\n\n" * 12}
    cells = [text("word " * 400), code, text("### Exercise 1 · One"), text("**Predict first.**")]
    cells += [text("## Quiz\n\n**1. One?**\n\n**2. Two?**"), text("word " * 400, "exercise-solution")]
    before = lesson_notes.minutes_before(cells)
    assert before[:3] == [0, 2, 3]
    assert before[3] == pytest.approx(9, abs=0.05)
    assert before[4] == pytest.approx(10, abs=0.05)
    assert before[5] == before[6] == pytest.approx(12, abs=0.1)


def test_a_note_takes_no_time_and_says_whether_it_is_a_break() -> None:
    cells = [text("word " * 2000), note(10, " · break"), note(10)]
    first, second = lesson_notes.notes({"cells": cells})
    assert (first.is_break, second.is_break) == (True, False)
    assert first.counted == second.counted == 10


@pytest.mark.parametrize("source", ["Stop here.", "<details><summary>Note</summary>\n\nStop.\n\n</details>"])
def test_a_note_in_another_form_is_named(source: str) -> None:
    with pytest.raises(ValueError, match="instructor-odd is tagged instructor; expected"):
        lesson_notes.notes({"cells": [text(source, "instructor", name="instructor-odd")]})


def test_a_minute_is_written_anew_only_where_it_is_far_off() -> None:
    cells = [text("word " * 4000), note(24), note(30)]
    lesson_notes.with_minutes(cells)
    assert [one.minute for one in lesson_notes.notes({"cells": cells})] == [24, 20]
