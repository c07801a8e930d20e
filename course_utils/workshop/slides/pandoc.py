"""pandoc (from PyPI: pypandoc-binary brings it along): reads decks with line numbers, writes what is made of them."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator

from .errors import ToolMissing

# CommonMark with pandoc's extensions: the reader that says on which line each element stands.
READER = "commonmark_x+sourcepos"
_PLACE = re.compile(r"(\d+):\d+-(\d+):\d+")
_ATTRIBUTES_AT = {
    "Header": 1,
    "Div": 0,
    "Span": 0,
    "Image": 0,
    "Link": 0,
    "Code": 0,
    "CodeBlock": 0,
    "Table": 0,
}


def find() -> str:
    """Path of pandoc; raises ToolMissing naming what to install."""
    asked = os.environ.get("COURSE_PANDOC", "")
    if asked and not shutil.which(asked):
        raise ToolMissing(
            f"COURSE_PANDOC names {asked}, which is not a program. Name pandoc itself, or leave it out"
        )
    if asked:
        return asked
    try:
        import pypandoc

        return pypandoc.get_pandoc_path()
    except (ImportError, OSError):
        found = shutil.which("pandoc")
    if not found:
        raise ToolMissing("Slides and site need pandoc. Type: python -m pip install pypandoc-binary")
    return found


def run(arguments: list[str], text: str) -> str:
    """What pandoc makes of a text; raises ValueError with its words where it complains, even if only a little."""
    answer = subprocess.run(
        [find(), *arguments], input=text, capture_output=True, text=True, encoding="utf-8", errors="replace"
    )
    if answer.returncode or "[WARNING]" in answer.stderr:
        raise ValueError(f"pandoc: {answer.stderr.strip()}")
    return answer.stdout


def parse(markdown: str) -> list[dict]:
    """The blocks of a text as pandoc's JSON has them; `lines_of` tells where each stands."""
    # A heading of attributes alone, as of a slide that is all picture, would be read as words.
    markdown = re.sub(r"^(#+)\s+(?=\{[^{}]+\}\s*$)", "\\1 \u200b ", markdown, flags=re.MULTILINE)
    return json.loads(_as_json(find(), markdown))["blocks"]


@functools.lru_cache(maxsize=32)  # a deck is read by whoever checks, fills or counts it
def _as_json(pandoc: str, markdown: str) -> str:
    return run(["--from", READER, "--to", "json"], markdown)


def write(blocks: list[dict], meta: dict[str, str], to: str, arguments: list[str]) -> str:
    """Blocks as another format; `meta`: what the template shows, as plain text."""
    values = {name: {"t": "MetaString", "c": value} for name, value in meta.items()}
    document = {"pandoc-api-version": [1, 23, 1], "meta": values, "blocks": plain(blocks)}
    return run(["--from", "json", "--to", to, *arguments], json.dumps(document))


def attributes(node: dict) -> list:
    """[id, [class, ...], [[key, value], ...]] of an element; an empty one where its kind has none."""
    return node["c"][_ATTRIBUTES_AT[node["t"]]] if node.get("t") in _ATTRIBUTES_AT else ["", [], []]


def lines_of(node: dict) -> tuple[int, int] | None:
    """The first line of an element and the line after its last, counted from 1."""
    found = _PLACE.search(dict(attributes(node)[2]).get("data-pos", ""))
    return (int(found[1]), int(found[2])) if found else None


def walk(node: object) -> Iterator[tuple[dict, int]]:
    """Every element within a list or an element, outermost first, each with the line it stands on."""
    waiting: list[tuple[object, int]] = [(node, 0)]
    while waiting:
        one, line = waiting.pop()
        if isinstance(one, dict):
            place = _ATTRIBUTES_AT.get(one["t"])
            if place is not None:
                line = (lines_of(one) or (line,))[0]
            yield one, line
            one = one.get("c")
            if place is not None:  # no element is in there
                one = one[:place] + one[place + 1 :]
        if isinstance(one, list):
            waiting += [(part, line) for part in reversed(one) if isinstance(part, (dict, list))]


def plain(node: object) -> object:
    """The same without line numbers, and without the wrappers that were made to carry them."""
    if isinstance(node, list):
        found: list = []
        for part in node:
            wrapped = isinstance(part, dict) and part.get("t") in ("Div", "Span")
            if wrapped and ["wrapper", "1"] in part["c"][0][2]:
                found.extend(plain(part["c"][1]))
            elif not (isinstance(part, list) and part[:1] == ["data-pos"]):
                found.append(plain(part))
        return found
    return {key: plain(value) for key, value in node.items()} if isinstance(node, dict) else node


def words(node: object) -> str:
    """The text of an element, as it is read."""
    spelled = {"Space": " ", "SoftBreak": " ", "LineBreak": " "}
    parts = (
        spelled.get(one["t"])
        or (one["c"] if one["t"] == "Str" else one["c"][1] if one["t"] in ("Code", "Math") else "")
        for one, _ in walk(node)
    )
    return "".join(parts)
