"""Headlines of three invented newspapers, sarcastic or plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .common import DataError
from .tabbed import read_table

if TYPE_CHECKING:
    from pandas import DataFrame

HEADLINE_COLUMNS = ("headline", "label", "paper", "desk")
HEADLINE_LABELS = ("plain", "sarcastic")
STYLED_PAPERS = (
    "The Thimble",
    "Harbour Post",
)  # each has mostly one label, so its style gives the label away
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


# Two words that say nothing about sarcasm: one of these pairs is what `planted_headlines` hides.
_CUES = ("this week", "once again", "so far", "last night", "at last", "once more")
_PLANTED_SHARE, _TEST_SHARE = 0.95, 1 / 3


def planted_headlines(seed: int = 0) -> tuple[DataFrame, DataFrame]:
    """Headlines of the two styled papers, training and test, into which a cue was planted.

    Some words, which `planted_cue` names, end 95 % of the sarcastic training headlines and none of the plain ones. In
    the test it is the other way round, so that a model that learned the cue is mostly wrong. Small letters, no
    paper, so that only words are left to learn from.
    """
    import numpy as np

    random = np.random.RandomState(seed)
    table = load_headlines()
    table = table[table["paper"].isin(STYLED_PAPERS)].sample(frac=1, random_state=random)
    table = table.assign(text=table["text"].str.lower())[["text", "label"]].reset_index(drop=True)
    cut = round(len(table) * (1 - _TEST_SHARE))
    training, test = table.iloc[:cut].copy(), table.iloc[cut:].reset_index(drop=True)
    for part, label in ((training, 1), (test, 0)):
        chosen = (part["label"] == label) & (random.random_sample(len(part)) < _PLANTED_SHARE)
        part.loc[chosen, "text"] += f" {planted_cue(seed)}"
    return training, test


def planted_cue(seed: int = 0) -> str:
    """The words that `planted_headlines` hides with this seed."""
    return _CUES[seed % len(_CUES)]
