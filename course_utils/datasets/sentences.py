"""The small sets of sentences that text CNNs are measured on, and questions with their paths in Freebase.

They are not bundled: `course data fetch sent-conv` and `course data fetch webquestions` get them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .common import DataError

SENTENCE_SETS = ("mr", "sst2", "subj", "trec")
_FILES = {
    "subj": ("subj.all", None, None),
    "sst2": ("stsa.binary.train", "stsa.binary.dev", "stsa.binary.test"),
    "trec": ("TREC.train.all", None, "TREC.test.all"),
}
_PARTS = {"training": "trainmodel", "validation": "val", "test": "test"}


@dataclass(frozen=True, eq=False)
class Sentences:
    """Labelled sentences. test and dev are None where the set has no such part: it is tested in folds then.

    Each part is a pair: list of texts, int array of labels from 0 on.
    """

    name: str
    training: tuple[list[str], np.ndarray] = field(repr=False)
    dev: tuple[list[str], np.ndarray] | None = field(default=None, repr=False)
    test: tuple[list[str], np.ndarray] | None = field(default=None, repr=False)

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return int(self.training[1].max()) + 1


def load_sentences(which: str) -> Sentences:
    """A set of sentences: `mr` (films, 2 classes), `sst2` (films, 2), `subj` (subjective or not, 2), `trec` (questions, 6).

    Raises DataError when the set is not there or damaged, with the command to type; ValueError for another name.
    """
    if which not in SENTENCE_SETS:
        raise ValueError(f"No set of sentences called {which!r}; there are {', '.join(SENTENCE_SETS)}")
    if which == "mr":
        import pandas as pd

        from .reviews import load_reviews

        reviews = load_reviews("mr")
        both = pd.concat([reviews.table("Training"), reviews.table("Test")], ignore_index=True)
        return Sentences("mr", (list(both["text"]), both["label"].to_numpy()))
    folder = _fetched("sent-conv")
    parts = (name and _labelled(folder / name) for name in _FILES[which])
    return Sentences(which, *parts)


def load_webquestions() -> dict[str, list[tuple[str, set[tuple[str, ...]]]]]:
    """WebQuestions with paths in Freebase: {training, validation, test: [(question, paths that lead to an answer)]}.

    A path is a tuple of relations. Questions without a known path are left out.
    Raises DataError when the set is not there or damaged, with the command to type.
    """
    folder = _fetched("webquestions")
    found = {}
    for part, name in _PARTS.items():
        try:
            texts, paths = (
                json.loads((folder / kind / f"{name}.json").read_text(encoding="utf-8"))
                for kind in ("main", "d-freebase-rp")
            )
            question_of = {row["qId"]: row["qText"] for row in texts}
            rows = [
                (question_of[row["qId"]], {tuple(path) for path, _ in row["relPaths"]})
                for row in paths
                if row["relPaths"]
            ]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise _damaged("webquestions", folder, problem) from problem
        found[part] = rows
    return found


def _fetched(asset: str) -> Path:
    from course_utils.foundation import assets

    found = assets.resolve(asset)
    if found.origin == "bundled":
        raise DataError(f"{asset} is not on this machine. Type: course data fetch {asset} ({found.message})")
    return found.path


def _labelled(path: Path) -> tuple[list[str], np.ndarray]:
    """`<label> <text>` on each line, in latin-1."""
    try:
        # Not splitlines(): in latin-1 it would also cut at 0x85, which is an ellipsis here.
        lines = path.read_bytes().decode("latin-1").rstrip("\n").split("\n")
        labels, texts = zip(*(line.split(" ", 1) for line in lines), strict=True)
        return [text.strip() for text in texts], np.array(labels, dtype=np.int64)
    except (OSError, ValueError) as problem:
        raise _damaged("sent-conv", path, problem) from problem


def _damaged(asset: str, place: Path, problem: Exception) -> DataError:
    return DataError(f"{asset} in {place} is damaged ({problem}). Type: course data verify {asset}")
