"""Lists of names as a feature: which tokens of a sentence stand in a list, alone or together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from course_utils.datasets.common import DataError
from course_utils.datasets.names import tokens_of
from course_utils.foundation import config


class NameLists:
    """Some lists of names; `flags` says of each token whether it belongs to a name of each list.

    lists: name of the list -> its names, cut into tokens as texts are. Capitals do not count.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self.names = tuple(lists)
        self.entries = {name: tuple(entries) for name, entries in lists.items()}
        self._known: dict[tuple[str, ...], set[int]] = {}
        for number, name in enumerate(self.names):
            for entry in lists[name]:
                self._known.setdefault(tuple(token.text.lower() for token in tokens_of(entry)), set()).add(
                    number
                )
        self._longest = max((len(words) for words in self._known), default=0)

    def flags(self, words: Sequence[str]) -> np.ndarray:
        """1 where a token belongs to a name of a list: shape (T, lists). Longer names come before shorter ones."""
        small = [word.lower() for word in words]
        flags = np.zeros((len(words), len(self.names)), dtype="float32")
        for start in range(len(small)):
            for end in range(start + 1, min(len(small), start + self._longest) + 1):
                for number in self._known.get(tuple(small[start:end]), ()):
                    flags[start:end, number] = 1
        return flags


def load_lists() -> NameLists:
    """The lists of data/names/lists: given and family names, countries, provinces, towns, and words that names are made with.

    They were written from memory, without the test sentences. A line is a name; the first line of a file says what it holds.
    Raises DataError where a list is not there.
    """
    folder = config.repository_root() / "data" / "names" / "lists"
    lists = {}
    for path in sorted(folder.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        lists[path.stem] = [line for line in lines if line and not line.startswith("#")]
    if not lists:
        raise DataError(f"There are no lists in {folder}. Type: git checkout -- data/names")
    return NameLists(lists)
