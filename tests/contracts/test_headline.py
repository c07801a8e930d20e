"""The headline table: each figure of the talks beside ours, with its source; no figure of ours is typed in."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_utils.foundation import records
from course_utils.training import evaluation
from course_utils.workshop.instructor import status
from tools import headline

ROOT = Path(__file__).parents[2]
GPU = status.Platform("Linux", "3.12", "tensorflow", "gpu")
CPU = status.Platform("Linux", "3.12", "tensorflow", "cpu")


def row_of_a_run(**changes):
    return {
        "notebook": "05-fruit-cnn", "profile": "full", "data": "real", "seconds": 61.0, "device": "GPU (NVIDIA Big)",
        "date": "2026-12-01", "ok": True, "results": {"test_accuracy": 0.9987},
    } | changes  # fmt: skip


def cells(page):
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.split("## Figures")[0].splitlines()
        if line.startswith("| ")
    ]


def test_every_headline_has_a_value_a_source_and_a_device():
    header, *rows = cells(headline.page(known={}))
    assert header[:5] == ["what", "the talk", "source", "ours", "chance"]
    assert len(rows) == len(headline.HEADLINES)
    for row in rows:
        assert len(row) == len(header), "a bar in a cell would break the table"
        assert all(row[:6]) and row[7] and "`" in row[8]
        assert re.search(r"\d", row[3]), row


@pytest.mark.parametrize("figure", ["0.9959", "0.8800", "0.8226", "0.89", "0.761", "0.8284", "5 min 11 s"])
def test_the_figures_of_the_talks_are_there(figure):
    assert any(figure in row[1] for row in cells(headline.page(known={})))


def test_our_figures_are_those_of_the_recorded_tables(monkeypatch):
    whole = records.load("imdb_cnn_2018")
    changed = [
        {**row, "accuracy": 0.1234} if row["option"].startswith("today") else row for row in whole.rows
    ]
    found = records.load
    other = records.Record(whole.title, whole.recorded, whole.machine, tuple(changed), whole.digest)
    monkeypatch.setattr(
        headline.records, "load", lambda name: other if name == "imdb_cnn_2018" else found(name)
    )
    page = headline.page(known={})
    assert "0.1234" in page
    assert page != (ROOT / "docs" / "headline.md").read_text(encoding="utf-8"), (
        "a new record makes the page stale"
    )


def measured_by(cell):
    """Where a row comes from: (benchmark, its row), or (None, None) for a notebook."""
    found = re.match(r"`benchmarks/(\w+)\.py`, \*(.+)\*,", cell)
    if not found:
        return None, None
    name, option = found.groups()
    rows = [
        row
        for row in records.load(name).rows
        if row["option"] == option and row.get("net", "").endswith("224")
    ]
    rows = rows or [row for row in records.load(name).rows if row["option"] == option]
    return name, rows[0]


def test_a_row_with_several_runs_shows_their_spread_and_another_that_it_is_one_run():
    _, *rows = cells(headline.page(known={}))
    several = 0
    for row in rows:
        name, found = measured_by(row[8])
        if name is None:
            assert re.search(r"^0\.\d{4}; 0\.\d{4} ± 0\.\d{4} in \d+ kept runs$", row[3]), row
            continue
        shown = re.match(r"([\d.]+)(?: ± ([\d.]+))?(?: s)?, (one run|(\d+) (?:seeds|folds))", row[3])
        assert shown, row
        if found.get("runs", 1) == 1:
            assert shown[3] == "one run" and shown[2] is None, row
            continue
        several += 1
        (key,) = [
            key for key in found
            if re.fullmatch(r"accuracy(_\d+)?", key) and f"{found[key]:.4f}" == shown[1]
        ]  # fmt: skip
        assert int(shown[4]) == found["runs"] == len(found[f"{key}_runs"]), row
        assert shown[2] == f"{found[f'{key}_sd']:.4f}", row
    assert several >= 12


def test_a_row_over_views_of_turning_fruits_counts_each_film_once():
    _, *rows = cells(headline.page(known={}))
    of_views = [row for row in rows if row[5].startswith("Fruits-360")]
    assert len(of_views) >= 3
    for row in of_views:
        films = 2 * int(re.search(r"1[56](?= classes)", row[5])[0])
        low, high = evaluation.wilson_interval(float(row[3].split()[0]), films)
        assert row[3].endswith(
            f"95 % interval {low:.2f} to {high:.2f}, each of {films} films counted once"
        ), row
        assert re.search(r" \[\d\]$", row[0]), "the remark says what such a film is"
    assert "says nothing about other fruits" in headline.page(known={})


def test_films_that_are_not_shared_out_equally_are_an_error(monkeypatch):
    rows = [{"views": "films", "clusters": 33}]
    monkeypatch.setattr(headline.records, "load", lambda name: SimpleNamespace(rows=rows))
    with pytest.raises(ValueError, match="33 films are not equally many of each of 16 kinds"):
        headline._of_films(0.99, 16)


def test_a_row_that_no_table_holds_is_an_error_and_not_a_gap():
    look = headline.from_record("imdb_cnn_2018", "nobody ran this", "accuracy", 0.5, data="x")
    with pytest.raises(ValueError, match="nobody ran this"):
        look()
    with pytest.raises(ValueError, match="make notebooks"):
        headline.from_notebook("06-text-cnn", "no_such_result", "x")()


def full_profile(page):
    """The cells of the last column that are not empty."""
    return [row[-1] for row in cells(page)[1:] if row[-1]]


def test_what_nobody_has_run_in_the_full_profile_says_so():
    unknown = sum(one.full is not None for one in headline.HEADLINES)
    assert full_profile(headline.page(known={})) == [headline.NOT_RUN] * unknown
    smoke = {GPU: [row_of_a_run(profile="smoke")]}
    assert full_profile(headline.page(known=smoke)) == [headline.NOT_RUN] * unknown


def test_the_newest_run_in_the_full_profile_is_shown():
    rows = [
        row_of_a_run(),
        row_of_a_run(date="2026-12-24", seconds=59.0, results={"test_accuracy": 0.9991}),
        row_of_a_run(profile="smoke", date="2027-01-01", results={"test_accuracy": 0.5}),
    ]
    shown = full_profile(headline.page(known={GPU: rows}))
    assert "0.9991, real data, 59 s the notebook, GPU (NVIDIA Big), 2026-12-24" in shown
    assert not any(cell.startswith("0.5") for cell in shown)
    spread = headline.in_full(
        ("05-fruit-cnn", "test_accuracy"),
        {GPU: [row_of_a_run(results={"test_accuracy": 0.9987, "test_accuracy_sd": 0.0011})]},
    )
    assert spread.startswith("0.9987 ± 0.0011, real data")
    wrong = headline.in_full(("05-fruit-cnn", "test_accuracy"), {GPU: [row_of_a_run(ok=False)]})
    assert wrong.endswith("outside of its band")


def test_a_run_on_a_cpu_stands_in_until_there_is_one_on_a_gpu():
    looked_for = ("05-fruit-cnn", "test_accuracy")
    slow = row_of_a_run(device="CPU", machine="Some Processor, 2 cores", seconds=900.0, date="2027-01-01")
    alone = headline.in_full(looked_for, {CPU: [slow]})
    assert alone == "0.9987, real data, 900 s the notebook, CPU: Some Processor, 2 cores, 2027-01-01"
    assert "GPU (NVIDIA Big)" in headline.in_full(looked_for, {CPU: [slow], GPU: [row_of_a_run()]})


def test_the_page_says_what_it_leaves_out():
    page = headline.page(known={})
    for figure, source, why in headline.WITHOUT:
        assert figure in page and source in page and why in page
