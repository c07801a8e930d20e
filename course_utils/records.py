"""Recorded tables: what a benchmark measured once, with the digest of what it was measured with.

Long runs do not fit into a lesson. `benchmarks/` makes them and writes `benchmarks/recorded/<name>.json`; a
notebook shows such a table as 'recorded', and a test fails when the code behind it has changed since.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import config

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
        """The rows as a data frame, one row a line, with the record's title as caption in `attrs`."""
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
