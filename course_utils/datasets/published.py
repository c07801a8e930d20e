"""Figures that others have published, for lessons that plot them beside our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_utils.foundation import config

from .common import DataError

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = ("model", "family", "data", "classes", "training_rows", "error")


def published_errors() -> DataFrame:
    """Test errors in per cent of 22 models on eight sets: model, family, data, classes, training_rows, error.

    Family: counting, words or characters. Raises DataError when the file is missing or damaged.
    Source: X. Zhang, J. Zhao, Y. LeCun, "Character-level convolutional networks for text classification", 2015, table 4.
    """
    import pandas as pd

    path = config.repository_root() / "data" / "published" / "zhang-2015.csv"
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as problem:
        raise DataError(
            f"{path.name} can't be read ({problem}). Type: git checkout -- data/published"
        ) from None
    if tuple(table.columns) != COLUMNS or table.isna().any(axis=None):
        raise DataError(f"{path.name} is damaged. Type: git checkout -- data/published")
    return table
