"""A sample of faults is the same for a seed, each fault meets the tests that visit it, and every survivor is judged."""

import json
import os
import time

import pytest

from tools.mutants import __main__ as command
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


@pytest.fixture
def rooms(monkeypatch):
    """Two rooms, one of them small, and a function that gives all places in them."""
    monkeypatch.setattr(sampling, "ROOMS", ("hall", "closet.py"))

    def places(hall=90, closet=10):
        counted = [("hall/rooms.py", line) for line in range(hall)] + [
            ("closet.py", line) for line in range(closet)
        ]
        return {
            (path, line, 0): [lambda path=path, line=line: mutant(line, line, path)] for path, line in counted
        }

    return places


def test_a_seed_draws_the_same_faults_each_at_another_place(rooms):
    places = rooms() | {("hall/rooms.py", 90, 0): [lambda: None]}
    drawn = sampling.draw(places, seed=1, size=20)
    assert drawn == sampling.draw(places, seed=1, size=20)
    assert len({found.where for found in drawn}) == 20
    assert drawn != sampling.draw(places, seed=2, size=20)


def test_every_room_gets_its_share_and_the_smallest_one_still_some(rooms):
    drawn = sampling.draw(rooms(), seed=1, size=20)
    assert [found.path for found in drawn] == ["closet.py"] * 5 + ["hall/rooms.py"] * 15
    with pytest.raises(ValueError, match="2 rooms with at least 5 mutants each need 10, not 9"):
        sampling.draw(rooms(), seed=1, size=9)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": 60, "b": 40}, {"a": 12, "b": 8}),
        ({"a": 590, "b": 410}, {"a": 12, "b": 8}),
        ({"a": 98, "b": 1, "c": 1}, {"a": 10, "b": 5, "c": 5}),
        ({"a": 80, "b": 26, "c": 1}, {"a": 10, "b": 5, "c": 5}),
    ],
    ids=["as many as their places", "rounded", "small ones", "small only after another one got more"],
)
def test_shares_follow_the_number_of_places(counts, expected):
    assert sampling.shares(counts, size=20) == expected


def test_a_place_without_a_mutant_is_left_out(rooms):
    places = rooms() | {("hall/rooms.py", line, 0): [lambda: None] for line in range(0, 90, 2)}
    drawn = [found for found in sampling.draw(places, seed=1, size=20) if found.path == "hall/rooms.py"]
    assert len(drawn) == 15, "another place is taken for it"
    assert all(found.line % 2 for found in drawn)


# Which tests it meets


def test_tests_that_visit_the_statement_come_first_and_then_the_others_of_their_files():
    assert VISITS.tests_of(mutant(7, 8)) == (["test_b.py::one"], ["test_b.py::two"])


def test_tests_that_read_the_sources_are_tried_with_every_fault():
    reading = f"{testing.READING}::words"
    known = Visits(VISITS.lines, VISITS.seconds | {reading: 1.0})
    assert known.tests_of(mutant(path="elsewhere.py")) == ([], [reading])
    assert (sampling.ROOT / testing.READING).is_file()


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


def test_a_run_that_was_stopped_goes_on_where_it_was(course, monkeypatch, capsys):
    monkeypatch.setattr(testing, "TRIED", course / "tried.jsonl")
    tried = []

    def play(mutant, known):
        tried.append(mutant.line)
        return Verdict(KILLED, "test", 1, 1.0)

    monkeypatch.setattr(testing, "try_mutant", play)
    mutants = [mutant(line) for line in (3, 5, 7)]
    stopped = command.try_all(mutants, VISITS, {}, minutes=-1)
    assert (stopped, tried) == ([], [])
    command.try_all(mutants[:2], VISITS, {})
    verdicts = command.try_all(mutants, VISITS, testing.remembered())
    assert tried == [3, 5, 7], "each once"
    assert [verdict.ended for verdict in verdicts] == [KILLED] * 3


def test_only_files_of_tests_that_changed_are_run_again_for_their_visits(course, monkeypatch):
    folder = course / "tests" / "unit"
    folder.mkdir(parents=True)
    for name in ("plots", "text", "doctor"):
        (folder / f"test_{name}.py").write_text(name, encoding="utf-8")
    monkeypatch.setattr(testing, "VISITS", course / "visits.json")
    asked = []

    def play(work, seconds):
        asked.append(work.__closure__[0].cell_contents)
        tests = [f"{path}::one" for path in asked[-1]]
        content = {"lines": {"rooms.py": {"7": tests}}, "seconds": dict.fromkeys(tests, 1.0)}
        testing.VISITS.write_text(json.dumps(content), encoding="utf-8")
        return 0

    monkeypatch.setattr(testing, "in_a_fork", play)
    paths = ["tests/unit/test_plots.py", "tests/unit/test_text.py"]
    assert set(testing.visits().seconds) == {f"{path}::one" for path in paths}
    testing.visits(known=True)
    (folder / "test_text.py").write_text("changed", encoding="utf-8")
    known = testing.visits(known=True)
    assert asked == [paths, paths[1:]], "the rooms' tests only, and nothing when nothing changed"
    assert sorted(known.lines["rooms.py"][7]) == sorted(known.seconds) == [f"{path}::one" for path in paths]


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


def record(*rows, rooms=None, **sample):
    """A record of one sample with five mutants in each room; its survivors are rows of the first one."""
    size = 5 * len(sampling.ROOMS)
    made = {room: {"places": 9, "mutants": 5, "survived": 0} for room in sampling.ROOMS}
    made[sampling.ROOMS[0]]["survived"] = len(rows)
    counts = {
        "seed": 1,
        "mutants": size,
        "killed": size - len(rows),
        "timed_out": 0,
        "survived": len(rows),
        "rooms": made | (rooms or {}),
    }
    return {**recording.read(), "samples": [counts | sample], "rows": list(rows)}


def row(verdict="real", reason="a test should notice it", **more):
    return {
        "seed": 1,
        "where": f"{sampling.ROOMS[0]}:7",
        "verdict": verdict,
        "reason": reason,
        "noticed_now_by": "",
    } | more


def test_survivors_are_open_until_somebody_judges_them_and_judgements_stay(rooms):
    empty = {"title": "", "note": "", "samples": [], "rows": []}
    hall, closet = mutant(path="hall/rooms.py"), mutant(path="closet.py")
    verdicts = [(hall, Verdict(SURVIVED, "", 2, 90.0)), (closet, Verdict(KILLED, "test", 1, 30.0))]
    content = recording.add_sample(empty, 1, rooms(), "abc", verdicts)
    (survivor,) = content["rows"]
    assert (survivor["where"], survivor["verdict"]) == ("hall/rooms.py:7", "open")
    (sample,) = content["samples"]
    assert (sample["killed"], sample["survived"], sample["mutants"]) == (1, 1, 2)
    assert (sample["commit"], sample["minutes"]) == ("abc", 2.0)
    assert sample["rooms"] == {
        "closet.py": {"places": 10, "mutants": 1, "survived": 0},
        "hall": {"places": 90, "mutants": 1, "survived": 1},
    }
    survivor.update(verdict="real", reason="because of this")
    content = recording.add_sample(content, 1, rooms(), "def", verdicts)
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
        (record(*[row()] * 3), "5.5% real survivors"),
        (
            record(rooms={sampling.ROOMS[1]: {"mutants": 4, "survived": 0}}),
            f"4 mutants in {sampling.ROOMS[1]}",
        ),
        (record(rooms={sampling.ROOMS[1]: {"mutants": 6, "survived": 0}}), "rooms' mutants do not add up"),
        (record(row(where=f"{sampling.ROOMS[1]}:7")), f"0 survivors of {sampling.ROOMS[0]} are listed of 1"),
    ],
)
def test_a_record_that_does_not_hold_is_told_why(content, said):
    assert said in "\n".join(recording.problems(content))


def test_what_a_test_notices_now_was_still_missed_by_the_first_run():
    content = record(row(noticed_now_by="tests/test_b.py::one"), row(), row())
    assert recording.real_share(content, 1) == 3 / 55
    assert recording.real_share(content, 1, now=True) == 2 / 55
    assert recording.problems(content) == ["seed 1: 5.5% real survivors, more than 5%"]


def test_an_older_sample_that_missed_the_bar_is_kept_and_the_newest_one_counts():
    missed = record(*[row()] * 3)
    newer = {**record()["samples"][0], "seed": 2}
    assert recording.problems({**missed, "samples": [*missed["samples"], newer]}) == []
    assert "5.5% real survivors" in recording.problems({**missed, "samples": [newer, *missed["samples"]]})[0]
