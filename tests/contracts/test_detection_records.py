"""The recorded figures of notebook 10: photographs, a road, rendered fruit, and photographed fruit on rendered tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks_support import BENCHMARKS, load

from course_utils.datasets import DataError, Photographed, load_tables
from course_utils.foundation import records
from course_utils.further.detection.scoring import SIDES

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


# ------------------------------------------------------------------ photographs with boxes, which a person fetches by hand


def boxed(*rows: tuple) -> Photographed:
    """Two photographs, and true boxes (picture, kind, left)."""
    table = pd.DataFrame(
        [(picture, kind, left, 0.0, left + 10.0, 10.0) for picture, kind, left in rows],
        columns=["picture", "kind", *SIDES],
    )
    return Photographed("fruit-boxes", (Path("a.jpg"), Path("b.jpg")), table)


def test_photographed_boxes_are_scored_kind_by_kind() -> None:
    script = load("photographed_boxes")
    photographs = boxed((0, "apple", 0.0), (0, "apple", 50.0), (1, "banana", 0.0))
    found = photographs.boxes.assign(score=[0.9, 0.2, 0.8]).iloc[::-1]
    doubled = found.assign(left=found["left"] + 1, score=0.1)  # a second box on each thing is wrong
    rows = script.rows_of("fruit", photographs, pd.concat([found, doubled], ignore_index=True))
    assert [row["kind"] for row in rows] == ["apple", "banana", "mean of the kinds"]
    assert [row["found"] for row in rows] == [0.5, 1.0, 0.75]  # the second apple is not sure enough
    assert [row["ap50"] for row in rows] == [1.0, 1.0, 1.0]
    assert [(row["photographs"], row["boxes"]) for row in rows] == [(1, 2), (1, 1), (2, 3)]
    rows = script.rows_of("fruit", photographs, found.assign(left=found["left"] + 8))
    assert [row["found"] for row in rows] == [0.0, 0.0, 0.0] and rows[-1]["ap50"] == 0.0


def test_photographs_are_looked_at_eight_at_a_time(monkeypatch) -> None:
    script, seen = load("photographed_boxes"), []
    photographs = Photographed("fruit-boxes", tuple(Path(f"{n}.jpg") for n in range(11)), boxed().boxes)
    monkeypatch.setattr(Photographed, "picture", lambda self, number: np.full((4, 4, 3), number, np.uint8))

    def find_objects(net, pictures, least, kinds):
        seen.append(len(pictures))
        return [pd.DataFrame({"left": [float(picture[0, 0, 0])]}) for picture in pictures]

    monkeypatch.setattr(script, "find_objects", find_objects)
    found = script.boxes_found(None, photographs, ["apple"])
    assert seen == [8, 3] and (found["left"] == found["picture"]).all()


def test_a_set_that_is_not_there_is_named_and_keeps_no_record(monkeypatch, caplog) -> None:
    script = load("photographed_boxes")

    def missing():
        raise DataError("Type: course data fetch fruit-boxes --unverified")

    monkeypatch.setattr(script, "SETS", {"fruit": missing, "people": missing})
    with caplog.at_level("INFO"):
        assert script.measure() == []
    assert "course data fetch fruit-boxes" in caplog.text
    with pytest.raises(SystemExit, match="both sets"):
        script.main(["--record"])


# ------------------------------------------------------------------------------------------------ a belt, simulated


def test_memory_motion_and_age_bring_the_count_of_a_belt_to_the_truth() -> None:
    script, rows = load("belt_counts"), records.load("belt_counts").rows
    assert records.load("belt_counts").note == script.NOTE
    off = {row["counted by"]: row["off"] for row in rows}
    counted = {row["counted by"]: row["counted"] for row in rows}
    assert list(off) == ["boxes near the line", *script.TRACKERS]
    assert counted["boxes near the line"] > 2 * script.FRUITS
    assert off["no memory"] > 10 * off["patience, motion, minimum age"]
    assert off["patience, motion"] > 2 and counted["patience, motion"] > script.FRUITS
    assert off["patience, motion, minimum age"] <= 0.05 * script.FRUITS


def test_a_belt_with_a_perfect_detector_is_counted_right(monkeypatch) -> None:
    script = load("belt_counts")
    for share in ("LOST", "TWICE", "FALSE", "WEAK", "JITTER"):
        monkeypatch.setattr(script, share, 0.0)
    monkeypatch.setattr(script, "FRUITS", 6)
    counts = script.counted(script.film(1))
    assert counts.pop("boxes near the line") > 6
    assert set(counts.values()) == {6}
