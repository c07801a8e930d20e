"""Learners' working copies: cleared notebooks in `my-work/`, and a map whose links open them.

The executed originals stay in `notebooks/`; a learner predicts first and runs the copy. A copy is made once
and never overwritten by an update of the course; `reset` makes a fresh one and keeps the old under another name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from course_utils.foundation import config

FOLDER = "my-work"
INDEX = "index.md"
INSTRUCTOR = "instructor"  # tag of a note that is not for learners
TRACKS = {
    "core": "Core: pictures, texts and explanations",
    "further": "Further: systems to build on what you know",
}


class WorkspaceError(OSError):
    """A working copy can't be read or written; the message says which and what to do."""


@dataclass(frozen=True)
class WorkingCopy:
    """One notebook in `my-work/`: is it there, and is it made from today's version of the course?"""

    name: str
    path: Path
    exists: bool
    current: bool


def folder() -> Path:
    """The learners' folder, `my-work/` in the repository's root."""
    return config.repository_root() / FOLDER


def prepare() -> list[str]:
    """Make the working copies that are missing, write the map, and give the names of the copies made.

    Raises WorkspaceError when a notebook is unreadable or the folder can't be written.
    """
    made = []
    for name in config.notebook_names():
        original = config.notebook_path(name)
        if original.is_file() and not (folder() / original.name).exists():
            _write(folder() / original.name, cleared(_read(original)))
            made.append(name)
    text = index_text()
    index = folder() / INDEX
    # Bytes: whatever a learner's editor has made of it, it is written anew.
    if not index.is_file() or index.read_bytes() != text.encode("utf-8"):
        _write(index, text)
    return made


def reset(name: str) -> tuple[Path, Path | None]:
    """Make a fresh working copy; gives its path and where the old one was kept (None when there was none).

    Raises course_utils.foundation.config.ConfigurationError for an unknown notebook, WorkspaceError when it can't be
    read or written.
    """
    original = config.notebook_path(name)
    text = cleared(_read(original))
    copy, kept = folder() / original.name, None
    if copy.exists():
        kept = _unused(folder() / f"{original.stem}.kept-{datetime.now():%Y-%m-%d-%H%M}.ipynb")
        try:
            copy.rename(kept)
        except OSError as problem:
            raise WorkspaceError(
                f"{copy} could not be set aside ({problem}). Close it, then try again"
            ) from problem
    _write(copy, text)
    _write(folder() / INDEX, index_text())
    return copy, kept


def copies() -> list[WorkingCopy]:
    """The state of each notebook's working copy, in the order of the day."""
    states = []
    for name in config.notebook_names():
        original = config.notebook_path(name)
        copy = folder() / original.name
        current = copy.exists() and original.is_file() and _made_from(copy) in ("", _digest(_read(original)))
        states.append(WorkingCopy(name, copy, copy.exists(), current))
    return states


def cleared(notebook: dict[str, Any]) -> str:
    """The notebook as JSON text without outputs, counts, traces of the run and notes to the instructor; ids are kept.

    What it was made from is remembered in its metadata, so that the map can say that a newer version is there.
    """
    fresh = json.loads(json.dumps(notebook))
    fresh.setdefault("metadata", {}).pop("widgets", None)
    fresh["metadata"]["course"] = {"made_from": _digest(notebook)}
    fresh["cells"] = [cell for cell in fresh.get("cells", []) if not is_instructors(cell)]
    for cell in fresh["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        for key in ("execution", "ExecuteTime", "collapsed", "scrolled"):
            cell.get("metadata", {}).pop(key, None)
    return json.dumps(fresh, indent=1, ensure_ascii=False) + "\n"


def is_instructors(cell: Mapping) -> bool:
    """Is this cell a note to the instructor?"""
    return INSTRUCTOR in cell.get("metadata", {}).get("tags", [])


def assets_of(table: Mapping) -> list[str]:
    """What a notebook can use of the registry, by its table in course.toml: data, and its nets' ImageNet weights."""
    from course_utils.pretrained import NETS

    return [*table["data"], *(NETS[net].asset for net in table.get("weights", []))]


def map_table(notebooks_from: str, originals_from: str | None = None) -> str:
    """The map of the workshop as Markdown: a table for each track, one line per notebook.

    `notebooks_from` is put before each file name to make its link (`notebooks/` or nothing); with
    `originals_from` a column links the executed original as well.
    """
    listed = config.course()["notebooks"]
    parts = []
    for track, title in TRACKS.items():
        names = [name for name, table in listed.items() if table.get("track", "core") == track]
        if names:
            parts += [f"**{title}**", _track_table(names, notebooks_from, originals_from)]
    return "\n\n".join(parts)


def _track_table(names: list[str], notebooks_from: str, originals_from: str | None) -> str:
    head, rule = ["Notebook", "Minutes", "What it is about", "GPU"], ["---", "---:", "---", "---"]
    if originals_from is not None:
        head, rule = [*head, "With results"], [*rule, "---"]
    lines = [head, rule]
    for name in names:
        table = config.course()["notebooks"][name]
        draft = " (draft)" if table.get("draft") else ""
        gpu = {"none": "no", "optional": "helps", "required": "yes"}
        row = [
            f"[{name.split('-')[0]} · {table['title']}]({notebooks_from}{name}.ipynb){draft}",
            str(table["minutes"]),
            table.get("summary", ""),
            gpu.get(table["accelerator"], table["accelerator"]),
        ]
        lines.append(row if originals_from is None else [*row, f"[open]({originals_from}{name}.ipynb)"])
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def objectives() -> str:
    """What one will be able to do after each notebook, what it builds on and which data it can use, as Markdown."""
    parts = ["## What you will be able to do"]
    for name, table in config.course()["notebooks"].items():
        fetched = assets_of(table)
        parts += [
            f"### {name.split('-')[0]} · {table['title']}",
            f"Before it: {table['needs']}. Data: {', '.join(fetched) + ' or bundled' if fetched else 'bundled'}.",
            "\n".join(f"* {objective}" for objective in table["objectives"]),
        ]
    return "\n\n".join(parts)


def index_text() -> str:
    """The page JupyterLab opens on: the map, with links to the working copies beside it."""
    course = config.course()
    newer = [state for state in copies() if state.exists and not state.current]
    parts = [
        f"# {course['title']}",
        "Click a notebook: it is your own copy, without results. Predict first, then run it cell by cell "
        "(Shift+Enter). Nothing you do here is overwritten by an update of the course.",
        map_table("", "../notebooks/"),
    ]
    if newer:
        parts.append("## Newer than your copy")
        parts += [
            f"* **{state.name}** has changed since your copy was made. Your copy stays as it is; to get a fresh "
            f"one beside it: `course reset {state.name}`"
            for state in newer
        ]
    parts += [
        "## Good to know",
        "* Nets to play with, in a page of their own: `course page`, then open `pages/review.html` (it reads while you "
        "type), `pages/characters.html` (it does so letter by letter), `pages/digit.html` (it sees what you draw), "
        "`pages/fruit.html` (it looks at a picture) or `pages/detector.html` (it says where fruit lies).\n"
        "* **With results** opens the original as we ran it: compare, but don't work there.\n"
        "* To get a fresh copy and keep yours under another name: `course reset 05`\n"
        "* If something fails, type `course doctor`. Its report is made to be copied into a question.\n"
        "* The first cell's output says which data are in use. The real pictures: `course data fetch`\n"
        "* Type commands into a terminal (*File → New → Terminal*).",
        objectives(),
        "More: [README](../README.md)",
    ]
    return "\n\n".join(parts) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
            raise ValueError("it has no cells")
        return notebook
    except FileNotFoundError as problem:
        raise WorkspaceError(f"{path} is missing. Get it back: git checkout -- notebooks") from problem
    except (OSError, ValueError) as problem:
        raise WorkspaceError(
            f"{path} can't be read as a notebook ({problem}). Get it back: git checkout -- notebooks"
        ) from problem


def _write(path: Path, text: str) -> None:
    """Write under a temporary name first: a full disk never leaves half a notebook, nor do two starts at once."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise WorkspaceError(
            f"{path} can't be written ({problem.strerror or problem}). Is the disk full or the folder read-only? "
            "Try: course doctor"
        ) from problem


def _digest(notebook: dict[str, Any]) -> str:
    """Digest over what a learner reads and runs, so that a re-execution isn't a new version."""
    read = [cell for cell in notebook.get("cells", []) if not is_instructors(cell)]
    content = [[cell["cell_type"], "".join(cell["source"])] for cell in read]
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()[:16]


def _made_from(copy: Path) -> str:
    """The digest remembered in a copy; empty when the learner's file doesn't say or isn't readable."""
    try:
        return str(json.loads(copy.read_text(encoding="utf-8"))["metadata"]["course"]["made_from"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _unused(path: Path) -> Path:
    """The path itself, or with the first number that is free."""
    base, number = re.sub(r"\.ipynb$", "", path.name), 2
    while path.exists():
        path = path.with_name(f"{base}-{number}.ipynb")
        number += 1
    return path
