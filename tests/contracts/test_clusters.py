"""Which views of a turning fruit count as one test item, in every notebook: those of one fruit, or of one film."""

import re

import pytest
from claims_support import Told

from course_utils.foundation import config, records

ROWS = records.load("films_as_clusters").rows


@pytest.mark.parametrize("name", sorted({row["option"] for row in ROWS}))
def test_answers_are_alike_beyond_forty_views_of_a_film(name: str) -> None:
    """So a block of 40 neighbouring views says less than an item of its own, and the film is the cluster."""
    worth = {row["views"]: row["worth"] for row in ROWS if row["option"] == name}
    assert worth["films"] < 0.6 * worth[40] < worth[40] < worth[20] < worth[10]


@pytest.mark.parametrize("name", config.notebook_names())
def test_no_notebook_cuts_a_film_into_blocks_for_its_intervals(name: str) -> None:
    code = "\n".join(Told(name).cells().values())
    assert not re.search(r'"angle"\]\s*//', code)
