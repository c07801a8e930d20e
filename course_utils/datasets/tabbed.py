"""Reads the sets of the course that are kept as tables with tabs between their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_utils.foundation import config

from .common import DataError

if TYPE_CHECKING:
    from pandas import DataFrame


def read_table(folder: str, name: str, columns: Sequence[str]) -> DataFrame:
    """One table of `data/<folder>`: all columns as str, an empty field as "".

    Raises DataError where the file is missing, has other columns or a row of another length, with the command to type.
    """
    import pandas as pd

    path = config.repository_root() / "data" / folder / name
    again = f"Type: git checkout -- data/{folder}"
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except FileNotFoundError:
        raise DataError(f"{name} is missing from {path.parent}. {again}") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"{path} can't be read ({problem}). {again}") from problem
    head, *rows = (line.split("\t") for line in lines)
    if head != list(columns):
        raise DataError(f"{path} has the columns {head}; expected {list(columns)}. {again}")
    for number, row in enumerate(rows, 2):
        if len(row) != len(columns):
            raise DataError(
                f"{path}, line {number}: {len(row)} fields; expected {len(columns)} with tabs between. {again}"
            )
    return pd.DataFrame(rows, columns=list(columns))
