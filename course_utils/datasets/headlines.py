"""Headlines of three invented newspapers, sarcastic or plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .common import DataError
from .tabbed import read_table

if TYPE_CHECKING:
    from pandas import DataFrame

HEADLINE_COLUMNS = ("headline", "label", "paper", "desk")
HEADLINE_LABELS = ("plain", "sarcastic")
STYLED_PAPERS = ("The Thimble", "Harbour Post")  # each has mostly one label, so its style gives the label away
CONTROLLED_PAPER = "Sunday Kettle"  # half sarcastic, and one style for both


def load_headlines() -> DataFrame:
    """The headlines, one row each; columns text (str), label (0 plain, 1 sarcastic), paper and desk (str).

    Written for the course one by one by its authors; see data/headlines/README.md.
    Raises DataError where the table is missing or damaged, with the command to type.
    """
    table = read_table("headlines", "headlines.tsv", HEADLINE_COLUMNS).rename(columns={"headline": "text"})
    unknown = sorted(set(table["label"]) - set(HEADLINE_LABELS))
    if unknown:
        raise DataError(
            f"headlines.tsv has the label {unknown[0]!r}; expected {' or '.join(HEADLINE_LABELS)}. "
            "Type: git checkout -- data/headlines"
        )
    return table.assign(label=table["label"].map(HEADLINE_LABELS.index))
