"""A notebook as its claims are tested: its cells by id, and whether one of them still says a sentence."""

from __future__ import annotations

import json
from functools import cached_property

from course_utils.foundation import config


class Told:
    """What a committed notebook tells its readers."""

    def __init__(self, notebook: str) -> None:
        self.notebook = notebook

    @cached_property
    def whole(self) -> dict:
        """The notebook as it stands in its file, outputs and tags included."""
        return json.loads(config.notebook_path(self.notebook).read_text(encoding="utf-8"))

    def cells(self) -> dict[str, str]:
        """The text or code of each cell, by the cell's id."""
        return {cell["id"]: "".join(cell["source"]) for cell in self.whole["cells"]}

    def outputs(self, cell: str) -> list[dict]:
        """The committed outputs of a cell. Raises StopIteration where no cell has this id."""
        return next(one for one in self.whole["cells"] if one["id"] == cell)["outputs"]

    def said(self, cell: str, words_of_it: str) -> None:
        """Fail unless the cell still says these words, however its lines are broken."""
        assert words_of_it in " ".join(self.cells()[cell].split()), f"{cell} no longer says {words_of_it!r}"
