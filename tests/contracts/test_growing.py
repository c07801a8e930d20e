"""The page on growing work says what the table says, and keeps measured and computed apart."""

import re
import xml.etree.ElementTree as tree

import pytest

from course_utils.foundation import records
from tools import growing


def row(work, cores, amount, seconds):
    more = {
        "seconds_waited": 2.5,
        "ms_each": 1000 * seconds / amount,
        "seconds_starting": 2.5,
        "mb_before": 700.0,
        "peak_mb": 900,
    }
    return {"kind": "measured", "work": work, "cores": cores, "amount": amount, "seconds": seconds} | more


ROWS = (
    row("training, pictures", 1, 1000, 0.7), row("training, pictures", 1, 100_000, 61.0),
    row("training, pictures", 2, 100_000, 40.0), row("training, texts", 1, 1000, 0.2),
    row("training, texts", 1, 100_000, 20.0), row("explaining, texts", 1, 10, 3.0),
    {"kind": "measured", "work": "mirrored", "cores": 1, "amount": 1024, "devices": 8.0, "difference": 1e-7, "peak_mb": 800},
    {
        "kind": "computed", "net": "fruit CNN", "parameters": 25_730, "link": "PCIe 5.0 x16", "gpus": 8,
        "travelling_ms": 0.0029, "least_ms_a_step": 0.0114, "cores_feeding": 31.4,
    },
)  # fmt: skip


@pytest.fixture
def record():
    return records.Record("title", "2026-12-01", "a machine, 2 cores", ROWS, "digest")


def test_measured_and_computed_rows_stand_in_tables_of_their_own(record):
    before, after = growing.page(record).split("## Computed, not measured")
    assert "| training, pictures | 1 | 100,000 | 61 | 2.5 | 0.61 | 2.5 | 700 | 900 |" in before
    assert "fruit CNN" in after and "fruit CNN" not in before
    assert "training, pictures" not in after and "31.4" in after
    assert "No GPU was used" in after and "the largest difference is 1e-07" in before


def test_the_drawings_words_hold_its_numbers(record):
    said = growing.told(ROWS[:6])
    assert "pictures on 2 cores: 100,000 in 40 s" in said and "texts on 1 core: 1,000 in 0.2 s" in said
    assert said in growing.page(record)


def test_each_training_row_is_a_point_of_the_drawing_and_more_seconds_lie_higher(record):
    drawn = tree.fromstring(growing.drawing(record))
    circles = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 5
    heights = {float(one.get("cy")) for one in circles}
    slowest = min(heights)  # y runs downwards
    assert (
        next(one for one in circles if float(one.get("cy")) == slowest).get("fill")
        == growing.COLOURS["pictures"]
    )


def test_names_do_not_lie_on_one_another(record):
    text = growing.drawing(record)
    places = [float(found) for found in re.findall(r'<text x="[\d.]+" y="([\d.]+)" fill', text)]
    assert len(places) == 3 and min(b - a for a, b in zip(places, places[1:], strict=False)) >= 20
