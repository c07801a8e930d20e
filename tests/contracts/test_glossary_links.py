"""Notebooks lead to the glossary: each term once, where it is first used, in running text only."""

from __future__ import annotations

import json
import re

import pytest

from course_utils.foundation import config

ROOT = config.repository_root()
NAMES = config.notebook_names()
FEWEST, MOST = 10, 18  # more would make a notebook hard to read
LINK = re.compile(r"\[([^\]]+)\]\(\.\./docs/glossary\.md#([^)]+)\)")
# Parts of a text that are no running text: code, folded answers, formulas, headings, tables, other links.
APART = re.compile(
    r"```.*?```|<details>.*?</details>|`[^`\n]*`|\$[^$\n]+\$|^#+ [^\n]*$|^\|[^\n]*$|"
    r"!?\[[^\]]*\]\((?!\.\./docs/glossary\.md)[^)]*\)",
    re.DOTALL | re.MULTILINE,
)


def anchors() -> set[str]:
    """The glossary's terms as they stand in an address."""
    terms = re.findall(r"^### (.+)$", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", term.lower()).replace(" ", "-") for term in terms}


def test_every_term_has_an_anchor_for_jupyterlab_in_front_of_it() -> None:
    # GitHub makes `receptive-field` of a heading, JupyterLab makes `Receptive-field` of it: the anchor suits both.
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    in_front = re.findall(r'^<a id="([^"]+)"></a>\n\n### (.+)$', glossary, re.MULTILINE)
    assert {anchor for anchor, _ in in_front} == anchors()
    assert len(in_front) == len(anchors()) == glossary.count("<a id=") == glossary.count("\n### ")


def texts(name: str) -> list[dict]:
    """The Markdown cells of a notebook."""
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == "markdown"]


def running_text(cells: list[dict]) -> str:
    """What a learner reads from the second cell to the key points, without solutions and what stands apart."""
    parts = [
        cell["source"]
        for cell in cells[1:]
        if "exercise-solution" not in cell.get("metadata", {}).get("tags", [])
    ]
    read = re.split(r"^## Key points", "\n\n".join(parts), maxsplit=1, flags=re.MULTILINE)[0]
    return APART.sub(" ", read)


def faults(cells: list[dict]) -> list[str]:
    """What is wrong with the links of a notebook to the glossary."""
    everything = "\n\n".join(cell["source"] for cell in cells)
    running = running_text(cells)
    places = [found[2] for found in LINK.finditer(everything)]
    found = [f"{one} is linked twice" for one in sorted(set(places)) if places.count(one) > 1]
    found += [f"the glossary has no {one}" for one in sorted(set(places) - anchors())]
    if len(LINK.findall(running)) != len(places):
        found.append("a link stands in the title, a heading, a table, code, a solution or the quiz")
    for link in LINK.finditer(running):
        words = re.escape(re.sub(r"s$", "", link[1]))
        # LIME is not the package lime; other words count however they are written.
        used = re.compile(rf"(?<![\w-]){words}s?(?![\w-])", 0 if link[1].isupper() else re.IGNORECASE)
        if used.search(LINK.sub(" ", running[: link.start()])):
            found.append(f"{link[1]} is used before it is linked")
    return found


FINISHED = [name for name, table in config.course()["notebooks"].items() if not table.get("draft")]


@pytest.mark.parametrize("name", FINISHED)
def test_a_notebook_leads_to_the_terms_it_uses(name: str) -> None:
    assert FEWEST <= len(LINK.findall(running_text(texts(name)))) <= MOST


@pytest.mark.parametrize("name", NAMES)
def test_each_term_is_linked_once_where_it_is_first_used(name: str) -> None:
    assert faults(texts(name)) == []


def test_a_working_copy_reaches_the_glossary_by_the_same_path() -> None:
    from course_utils.workshop import workspace

    copy = workspace.folder() / f"{NAMES[0]}.ipynb"
    assert (copy.parent / "../docs/glossary.md").resolve() == (ROOT / "docs/glossary.md").resolve()


GOOD = "A [stride](../docs/glossary.md#stride) of 2."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD + " Another [stride](../docs/glossary.md#stride).", "stride is linked twice"),
        ("A [stroll](../docs/glossary.md#stroll).", "the glossary has no stroll"),
        (f"## {GOOD}", "a link stands in"),
        (f"| {GOOD} |", "a link stands in"),
        (f"<details><summary>Answer</summary>\n\n{GOOD}\n\n</details>", "a link stands in"),
        (f"## Key points\n\n{GOOD}", "a link stands in"),
        (f"Strides are steps. {GOOD}", "stride is used before it is linked"),
    ],
)
def test_a_link_in_the_wrong_place_is_noticed(text: str, fault: str) -> None:
    title = {"source": "# 01 · One", "metadata": {}}
    assert faults([title, {"source": GOOD, "metadata": {}}]) == []
    assert any(fault in one for one in faults([title, {"source": text, "metadata": {}}]))
