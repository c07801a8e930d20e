"""Recorded tables: what a benchmark measured once, with the digest of what it was measured with.

Long runs do not fit into a lesson. `benchmarks/` makes them and writes `benchmarks/recorded/<name>.json`; a
notebook shows such a table as 'recorded', and a test fails when the code behind it has changed since.
"""

from __future__ import annotations

import ast
import datetime
import io
import json
import os
import platform
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.foundation import config

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Record:
    """A recorded table: its title, the day and the machine it was made on, its rows and its digest."""

    title: str
    recorded: str
    machine: str
    rows: tuple[dict, ...]
    digest: str
    note: str = ""

    def table(self) -> DataFrame:
        """The rows as a data frame, one row per line, with the record's title as caption in `attrs`."""
        import pandas as pd

        table = pd.DataFrame(list(self.rows))
        table.attrs["title"] = f"{self.title} (recorded {self.recorded})"
        return table


def load(name: str) -> Record:
    """A recorded table by the name of its benchmark, such as `fruit_realism`.

    Raises FileNotFoundError naming the command that records it.
    """
    path = _place(name)
    if not path.is_file():
        raise FileNotFoundError(f"{name} was not recorded yet. Type: python benchmarks/{name}.py --record")
    content = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        title=content["title"],
        recorded=content["recorded"],
        machine=content["machine"],
        rows=tuple(content["rows"]),
        digest=content["digest"],
        note=content.get("note", ""),
    )


def write(
    name: str, title: str, note: str, rows: Sequence[dict], digest: str, packages: Iterable[str] = (), **more
) -> Path:
    """Keep a benchmark's table as benchmarks/recorded/<name>.json; returns the file.

    The day, the machine and the versions of Python and of `packages` are added; `more` goes in as it is
    (data, seeds, ...) and must be something JSON can hold.
    """
    content = {
        "title": title,
        "note": note,
        "recorded": datetime.date.today().isoformat(),
        "machine": machine(),
        **more,
        "versions": {"python": platform.python_version()}
        | {package: _version(package) for package in packages},
        "digest": digest,
        "rows": list(rows),
    }
    path = _place(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path


def machine() -> str:
    """This machine in words: its processor, how many cores, its operating system."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():  # Linux knows a better name than `platform` gives
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}"


def _place(name: str) -> Path:
    return config.repository_root() / "benchmarks" / "recorded" / f"{name}.json"


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):  # tensorflow without GPU support has a name of its own
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"


def code_of(path: Path) -> str:
    """A Python file as digests count it: `essential_code` of its text, the same with either kind of line end."""
    return essential_code(Path(path).read_text(encoding="utf-8"))


def essential_code(source: str) -> str:
    """Code without what changes no result: comments, docstrings, empty lines and where the course's helpers lie.

    Imports of `course_utils` are left out, so that moving a helper to another room makes nothing stale; a change of
    the helper itself has to be counted by whoever depends on it. Source that is not plain Python (a magic, a shell
    line) is given back as it is.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    data = [line.encode() for line in source.splitlines(keepends=True)]
    cuts = [
        ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
        for node in ast.walk(tree)
        if _is_import_of_the_course(node)
    ]
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            words = node.body[0]
            cuts.append(((words.lineno, words.col_offset), (words.end_lineno, words.end_col_offset)))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            (row, start), (_, end) = token.start, token.end
            line = source.splitlines()[row - 1]
            cuts.append(((row, len(line[:start].encode())), (row, len(line[:end].encode()))))
    for (row, start), (last, end) in sorted(cuts, reverse=True):
        data[row - 1 : last] = [data[row - 1][:start] + data[last - 1][end:]]
    lines = (line.rstrip() for line in b"".join(data).decode().splitlines())
    return "\n".join(line for line in lines if line)


def _is_import_of_the_course(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or (node.module or "").split(".")[0] == "course_utils"
    return isinstance(node, ast.Import) and all(a.name.split(".")[0] == "course_utils" for a in node.names)
