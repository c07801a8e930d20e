"""A notebook as its claims are tested: its cells by id, and whether one of them still says a sentence."""

from __future__ import annotations

import contextlib
import io
import json
from functools import cached_property

from course_utils.foundation import config

# What a learner may type in place of a text, and of which no net should make an answer.
NO_TEXTS = ("   ", "!!!", "<p><br></p>", 12, 0, None, [], ["The jam was sweet."])


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

    def printed(self, variable: str, value: object, known: dict, *cells: str) -> str:
        """What cells print, run one after the other, when a learner has put a value into an empty variable.

        `known` are the names that earlier cells have made; it gets those of these cells too. What is displayed is
        printed as SHOWN with its alt text.
        """
        code, found = "\n".join(self.cells()[cell] for cell in cells), io.StringIO()
        empty = f'{variable} = ""'
        assert code.count(empty) == 1, f"{', '.join(cells)}: no {empty} for a learner to fill"
        known["display"] = lambda shown: found.write(f"SHOWN {shown.alt}")
        with contextlib.redirect_stdout(found):
            exec(code.replace(empty, f"{variable} = {value!r}"), known)
        return found.getvalue()
