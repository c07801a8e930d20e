"""Facts about an invented market hall, and questions whose answers follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .common import need_split
from .tabbed import read_table

if TYPE_CHECKING:
    from pandas import DataFrame

FACT_COLUMNS = ("subject", "relation", "object")
RELATION_COLUMNS = ("relation", "subject_type", "answer_type", "explanation")
QUESTION_COLUMNS = ("question", "subject", "path", "answers")
UNANSWERABLE = "none"  # the path of a question that the facts do not answer
BETWEEN_ANSWERS = "|"


@dataclass(frozen=True, eq=False)
class Questions:
    """A knowledge base and questions about it.

    facts: one row each, subject, relation, object. relations: what each relation means, and the types of its two ends.
    """

    facts: DataFrame = field(repr=False)
    relations: DataFrame = field(repr=False)
    training: DataFrame = field(repr=False)
    test: DataFrame = field(repr=False)

    def table(self, split: str) -> DataFrame:
        """The questions of a split, one row each. `split`: Training or Test.

        Columns: question; subject, the name that the question starts from, or ""; path, the hops from there to the
        answers with "/" between them and "^" before a relation that is followed backwards, or `none`; answers, a
        tuple of names, empty where the facts hold no answer. The test table has two columns more, bool: new_path and
        new_subject, for questions whose path or subject no training question has (False where there is no answer).
        """
        need_split(split)
        table = (self.training if split == "Training" else self.test).copy()
        if split == "Test":
            answerable = table["path"] != UNANSWERABLE
            table["new_path"] = answerable & ~table["path"].isin(self.training["path"])
            table["new_subject"] = answerable & ~table["subject"].isin(self.training["subject"])
        return table


def load_questions() -> Questions:
    """The questions about Sluice Hall, an invented market hall, with the facts that answer them.

    Written for the course one by one by its authors; see data/questions/README.md.
    Raises DataError where a table is missing or damaged, with the command to type.
    """
    parts = []
    for name in ("train.tsv", "test.tsv"):
        table = read_table("questions", name, QUESTION_COLUMNS)
        found = table["answers"].map(lambda text: tuple(text.split(BETWEEN_ANSWERS)) if text else ())
        parts.append(table.assign(answers=found))
    return Questions(
        read_table("questions", "facts.tsv", FACT_COLUMNS),
        read_table("questions", "relations.tsv", RELATION_COLUMNS),
        *parts,
    )
