"""Recorded tables: what a benchmark measured once, with the digest of what it was measured with.

Long runs do not fit into a lesson. `benchmarks/` makes them and writes `benchmarks/recorded/<name>.json`; a
notebook shows such a table as 'recorded', and a test fails when the code behind it has changed since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    path = config.repository_root() / "benchmarks" / "recorded" / f"{name}.json"
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
