"""The recorded figures of the COCO detector in notebook 10: photographs, a road, and rendered fruit."""

from __future__ import annotations

import pytest
from benchmarks_support import BENCHMARKS, load

from course_utils.datasets import load_tables
from course_utils.foundation import records

NAME = "coco_detector"


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict]]:
    if not (BENCHMARKS / "recorded" / f"{NAME}.json").exists():
        pytest.fail(f"{NAME} is not recorded; run: python benchmarks/{NAME}.py --record")
    found: dict[str, list[dict]] = {}
    for row in records.load(NAME).rows:
        found.setdefault(row["part"], []).append(row)
    return found


def test_the_note_on_record_is_the_one_the_script_writes() -> None:
    assert records.load(NAME).note == load(NAME).NOTE


def test_most_photographs_are_named_as_people_name_them(rows) -> None:
    assert [row["item"] for row in rows["photograph"]] == list(load(NAME).PHOTOGRAPHS)
    assert sum(row["right"] for row in rows["photograph"]) >= 7


def test_the_cars_of_the_road_are_counted(rows) -> None:
    row, _ = rows["road"]
    assert abs(int(row["found"]) - int(row["seen"])) <= 0.05 * int(row["seen"])


def test_rendered_fruit_has_names_only_where_coco_has_them(rows) -> None:
    kinds = load_tables().kinds
    assert [row["item"] for row in rows["rendered"]] == list(kinds)
    for row in rows["rendered"]:
        assert int(row["found"]) <= int(row["seen"])
        assert (row["named"] is not None) == (row["item"] in load(NAME).NAMED)


def test_it_is_quick_enough_for_a_page(rows) -> None:
    assert all(row["frames per cpu second"] >= 8 for row in rows["speed"])
