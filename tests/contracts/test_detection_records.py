"""The recorded figures of notebook 10: photographs, a road, rendered fruit, and photographed fruit on rendered tables."""

from __future__ import annotations

import numpy as np
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


# ------------------------------------------------------------------ photographed and rendered fruit, cut out and laid


def test_photographed_fruit_lies_where_rendered_fruit_lies() -> None:
    script, (first, second) = load("pasted_fruits"), ("rendered", "photographed")
    rows = records.load("pasted_fruits").rows
    assert records.load("pasted_fruits").note == script.NOTE
    assert {(row["net"], row["fruit"]) for row in rows} == {
        (net, one) for net in script.NETS for one in (first, second)
    }
    assert {(row["scenes"], row["fruits"]) for row in rows} == {(script.SCENES, script.SCENES * script.EACH)}


def test_the_courses_detector_knows_photographed_fruit_nearly_as_well_as_rendered() -> None:
    by = {(row["net"], row["fruit"]): row for row in records.load("pasted_fruits").rows}
    ours, theirs = ("the course's", "YOLOX-nano, published")
    assert by[ours, "photographed"]["map50"] >= 0.75
    assert by[ours, "rendered"]["map50"] - by[ours, "photographed"]["map50"] < 0.1
    for kind in ("banana", "orange"):  # a net of photographs does better on photographs
        assert by[theirs, "photographed"][f"ap50_{kind}"] > by[theirs, "rendered"][f"ap50_{kind}"]


def test_a_fruit_is_cut_out_of_its_white_ground_and_laid_where_it_belongs() -> None:
    script = load("pasted_fruits")
    picture = np.full((100, 100, 3), 255, np.uint8)
    picture[20:60, 30:90] = (200, 40, 40)
    picture[35:40, 50:60] = 255  # a light spot inside belongs to the fruit
    picture[90:93, 5:8] = 0  # and a speck beside it does not
    fruit, mask = script.cut_out(picture)
    assert fruit.shape == (38, 58, 3) and mask.all()
    fruit, mask = script.sized(fruit, mask, 29)
    assert mask.shape == (19, 29)
    table = np.zeros((64, 64, 3), np.uint8)
    script.laid(table, fruit, mask, 10, 20)
    rows, columns = np.nonzero(table.any(axis=-1))
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (20, 39, 10, 39)
