"""A further notebook can be read in an hour: its prose has 3,000 words at most."""

from __future__ import annotations

import json

import pytest

from course_utils.foundation import config

MOST_WORDS = 3_000
FURTHER = [name for name, table in config.course()["notebooks"].items() if table["track"] == "further"]
NOT_READ_BY_ALL = {"instructor", "exercise-solution"}  # folded, and left out of what everybody reads


def words(cells: list[dict]) -> int:
    """Words of the Markdown that every learner reads: text, exercises and the quiz with its answers."""
    texts = (
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "markdown" and not NOT_READ_BY_ALL & set(cell["metadata"].get("tags", []))
    )
    return sum(len(text.split()) for text in texts)


def test_the_further_notebooks_are_those_from_09_on() -> None:
    assert {"09", "10", "11", "12", "13", "14", "15", "15b", "16"} <= {name.split("-")[0] for name in FURTHER}


@pytest.mark.parametrize("name", FURTHER)
def test_its_prose_has_three_thousand_words_at_most(name: str) -> None:
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    assert 1_000 < words(cells) <= MOST_WORDS, f"{words(cells):,} words: say less"


def test_notes_solutions_and_code_do_not_count() -> None:
    def cell(kind: str, *tags: str) -> dict:
        return {"cell_type": kind, "source": ["two\n", "words"], "metadata": {"tags": list(tags)}}

    read = [cell("markdown"), {"cell_type": "markdown", "source": "three more words", "metadata": {}}]
    unread = [cell("markdown", "instructor"), cell("markdown", "exercise-solution"), cell("code")]
    assert words([*read, *unread]) == 5
