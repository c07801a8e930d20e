"""The record of small faults is whole: every room tried, every survivor judged, every real one noticed by now."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.mutants import recording, sampling

ROOT = Path(__file__).parents[2]
RECORD = recording.read()
SIZE = 120


def test_every_room_was_tried_and_every_real_survivor_is_noticed_by_now():
    assert RECORD["samples"], "nothing is recorded; run: make test-mutants TEST_ARGS=--record"
    assert [problem for problem in recording.problems(RECORD) if "real survivors" not in problem] == []
    for sample in RECORD["samples"]:
        assert sample["mutants"] >= SIZE
        assert set(sample["rooms"]) == set(sampling.ROOMS)
        assert recording.real_share(RECORD, sample["seed"], now=True) == 0


def test_at_most_one_in_twenty_faults_of_the_newest_sample_is_a_real_survivor():
    assert recording.problems(RECORD) == []
    assert recording.real_share(RECORD, RECORD["samples"][-1]["seed"]) <= recording.REAL_SHARE_BAR == 0.05


def test_a_survivor_is_a_line_that_its_fault_changes():
    for row in RECORD["rows"]:
        assert row["was"] != row["became"], row["where"]
        assert (ROOT / row["where"].rsplit(":", 1)[0]).is_file(), row["where"]


NOTICED = sorted({row["noticed_now_by"] for row in RECORD["rows"] if "::" in row["noticed_now_by"]})


@pytest.mark.parametrize("test", NOTICED)
def test_the_test_that_notices_a_survivor_now_exists(test: str) -> None:
    path, *names = test.split("::")
    functions = {
        node.name
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert names[-1].split("[")[0] in functions


def test_the_pages_say_what_the_record_holds():
    """The figures in CONTRIBUTING are those of the record."""
    sample = RECORD["samples"][-1]
    real = [row for row in RECORD["rows"] if row["seed"] == sample["seed"] and row["verdict"] == "real"]
    open_still = [row for row in real if not row["noticed_now_by"]]
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    said = (
        f"of {sample['mutants']} faults {sample['survived']} survived, {len(real)} of them real ones; "
        f"{len(open_still)} of those are still unnoticed."
    )
    page = " ".join(page.split())
    assert said in page
    for sample in RECORD["samples"]:
        share = 100 * recording.real_share(RECORD, sample["seed"])
        assert f"{share:.1f} % with seed {sample['seed']}" in page
