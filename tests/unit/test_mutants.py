"""A sample of faults is the same for a seed, each fault meets the tests that visit it, and every survivor is judged."""

import os
import time

import pytest

from tools.mutants import recording, sampling, testing
from tools.mutants.sampling import Mutant
from tools.mutants.testing import KILLED, SURVIVED, TIMED_OUT, Verdict, Visits

SOURCE = """
LIMIT = 3


@cache
def area(width, height=1):
    if (width < 0
            or height < 0):
        raise ValueError(
            "negative",
        )
    return width * height
"""
VISITS = Visits(
    lines={"rooms.py": {6: [], 7: ["test_b.py::one"], 11: ["test_a.py::slow", "test_b.py::one"]}},
    seconds={"test_a.py::slow": 9.0, "test_b.py::two": 0.5, "test_b.py::one": 1.0, "test_c.py::other": 0.1},
)

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes can't be forked here")


def mutant(first=7, last=None, path="rooms.py"):
    return Mutant(path, first, (first, last or first), "was", "became", "source")


# Where a fault can be put


def test_the_rooms_are_those_that_learners_import():
    names = {path.relative_to(sampling.ROOT).as_posix() for path in sampling.files()}
    assert {"course_utils/session.py", "course_utils/foundation/assets/store.py"} <= names
    assert not any("workshop" in name for name in names)
    assert all((sampling.ROOT / room).exists() for room in sampling.ROOMS)


@pytest.mark.parametrize(
    ("line", "lines"),
    [(2, (2, 2)), (6, (6, 12)), (8, (7, 8)), (10, (9, 11)), (12, (12, 12))],
    ids=["a constant", "the head of a function is all of it", "a condition", "inside of a call", "one line"],
)
def test_a_fault_belongs_to_the_innermost_statement_around_it(line, lines):
    assert sampling.statement(SOURCE, line) == lines


def test_a_mutant_says_what_changed():
    found = sampling.difference("rooms.py", 12, SOURCE, SOURCE.replace("width * height", "width / height"))
    assert (found.where, found.was, found.became) == (
        "rooms.py:12",
        "return width * height",
        "return width / height",
    )


@pytest.mark.parametrize("after", [SOURCE.replace("3", "(3)"), SOURCE.replace("return", "ret urn")])
def test_what_changes_nothing_or_is_no_python_is_no_mutant(after):
    assert sampling.difference("rooms.py", 2, SOURCE, after) is None


def test_a_seed_draws_the_same_faults_each_at_another_place():
    places = {("rooms.py", line, 0): [lambda line=line: mutant(line, line)] for line in range(50)}
    places["rooms.py", 50, 0] = [lambda: None]
    drawn = sampling.draw(places, seed=1, size=20)
    assert drawn == sampling.draw(places, seed=1, size=20)
    assert len({found.line for found in drawn}) == 20
    assert drawn != sampling.draw(places, seed=2, size=20)
    assert len(sampling.draw(places, seed=1, size=60)) == 50, "a place without a mutant is left out"


# Which tests it meets


def test_tests_that_visit_the_statement_come_first_and_then_the_others_of_their_files():
    assert VISITS.tests_of(mutant(7, 8)) == (["test_b.py::one"], ["test_b.py::two"])


def test_quick_files_come_before_slow_ones():
    own, others = VISITS.tests_of(mutant(11))
    assert own == ["test_b.py::one", "test_a.py::slow"]
    assert others == ["test_b.py::two"]


def test_what_only_an_import_runs_meets_all_tests_of_its_file():
    own, _ = VISITS.tests_of(mutant(2))
    assert own == ["test_b.py::one", "test_a.py::slow"]


def test_a_file_that_no_test_visits_has_no_tests():
    assert VISITS.tests_of(mutant(path="elsewhere.py")) == ([], [])


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of the course with one file and no tests; runs are played."""
    monkeypatch.setattr(testing, "COPY", tmp_path)
    monkeypatch.setattr(testing, "OUTPUT", tmp_path / "output.txt")
    (tmp_path / "rooms.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "output.txt").write_text(
        "x\nFAILED tests/test_b.py::one - AssertionError\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("codes", "ended", "tests"),
    [([0, 0], SURVIVED, 2), ([1], KILLED, 1), ([0, 1], KILLED, 2), ([None], TIMED_OUT, 1)],
)
def test_a_fault_is_noticed_by_a_test_that_fails_or_never_ends(course, monkeypatch, codes, ended, tests):
    seen = []

    def play(work, seconds):
        seen.append((course / "rooms.py").read_text(encoding="utf-8"))
        return codes[len(seen) - 1]

    monkeypatch.setattr(testing, "in_a_fork", play)
    verdict = testing.try_mutant(mutant(7, 8), VISITS)
    assert (verdict.ended, verdict.tests) == (ended, tests)
    assert seen == ["source"] * len(codes)
    assert (course / "rooms.py").read_text(encoding="utf-8") == SOURCE, "the fault is taken out again"
    assert verdict.by == ("tests/test_b.py::one" if ended == KILLED else "")


@needs_fork
def test_a_process_gives_its_status_and_one_that_works_for_ever_gives_none(course):
    assert testing.in_a_fork(lambda: 3, seconds=30) == 3
    started = time.monotonic()
    assert testing.in_a_fork(work_for_ever, seconds=1) is None
    assert time.monotonic() - started < 60


@needs_fork
def test_so_does_one_that_waits_for_ever(course):
    assert testing.in_a_fork(lambda: time.sleep(600), seconds=0.5) is None


@needs_fork
def test_an_error_in_the_process_is_not_a_success(course):
    assert testing.in_a_fork(lambda: 1 // 0, seconds=30) != 0


def work_for_ever():
    while True:
        pass


# The record


def record(*rows, **sample):
    counts = {"seed": 1, "mutants": 20, "killed": 18, "timed_out": 0, "survived": len(rows)} | sample
    return {**recording.read(), "samples": [counts], "rows": list(rows)}


def row(verdict="real", reason="a test should notice it", **more):
    return {
        "seed": 1,
        "where": "rooms.py:7",
        "verdict": verdict,
        "reason": reason,
        "noticed_now_by": "",
    } | more


def test_survivors_are_open_until_somebody_judges_them_and_judgements_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "read", lambda: {"title": "", "note": "", "samples": [], "rows": []})
    verdicts = [(mutant(), Verdict(SURVIVED, "", 2, 1.0)), (mutant(9), Verdict(KILLED, "test", 1, 1.0))]
    content = recording.add_sample(recording.read(), 1, 99, 2.0, verdicts)
    (survivor,) = content["rows"]
    assert (survivor["where"], survivor["verdict"]) == ("rooms.py:7", "open")
    (sample,) = content["samples"]
    assert (sample["killed"], sample["survived"], sample["mutants"]) == (1, 1, 2)
    survivor.update(verdict="real", reason="because of this")
    content = recording.add_sample(content, 1, 99, 2.0, verdicts)
    assert [each["verdict"] for each in content["rows"]] == ["real"]
    assert len(content["samples"]) == 1, "the same seed takes its place"


def test_a_record_that_holds_has_no_problems():
    assert recording.problems(record(row(), row("equivalent"))) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (record(row("open"), row()), "judge it"),
        (record(row(reason="well"), row()), "say why"),
        (record(row(), row(), killed=3), "do not add up"),
        (record(row(), survived=2), "1 survivors are listed of 2"),
        (record(row(), row()), "10.0% real survivors"),
    ],
)
def test_a_record_that_does_not_hold_is_told_why(content, said):
    assert said in "\n".join(recording.problems(content))


def test_what_a_test_notices_now_no_longer_counts_as_missed_today():
    content = record(row(noticed_now_by="tests/test_b.py::one"), row())
    assert recording.real_share(content, 1) == 0.1
    assert recording.real_share(content, 1, now=True) == 0.05
