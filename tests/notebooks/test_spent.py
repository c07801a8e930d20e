"""A whole run tells what each track took, beside its budget."""

from collections import Counter
from types import SimpleNamespace

import pytest
import spent

from course_utils.foundation import config

NOTEBOOKS = {
    "00-convolutions": {"track": "core", "bundled": ["fruits"]},
    "10-detection": {"track": "further", "bundled": ["fruits", "road"]},
    "15b-sequences": {"track": "further", "bundled": []},
}
# Of two workers: 400 seconds in 200 by the clock.
SECONDS = Counter(
    {
        "notebooks/00-convolutions.ipynb": 100,
        "tests/unit/test_plots.py": 60,
        "notebooks/10-detection.ipynb": 120,
        "notebooks/15b-sequences.ipynb": 40,
        "tests/contracts/test_bundled_road.py": 30,
        "tests/unit/test_sound_waves.py": 30,
        "tests/unit/test_sequences_dates.py": 20,
    }
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "course_utils" / "further" / "sound").mkdir(parents=True)
    return tmp_path


def test_the_clock_is_shared_out_by_track_and_each_part_stands_beside_its_budget(root):
    assert spent.tracks(SECONDS, 200, NOTEBOOKS, root) == [
        "200 s by the clock, shared out by the seconds of all workers",
        "    80.0 s  within  420 s  core notebooks 50 s, tests 30 s",
        "   120.0 s  OVER     60 s  further notebooks 80 s, tests of further notebooks 40 s: "
        "60 s for each of 2, budget 30 s",
        "   200.0 s  within  480 s  all",
    ]


def test_too_slow_a_core_is_over_its_budget(root):
    _, core, further, whole = spent.tracks(SECONDS, 1100, NOTEBOOKS, root)
    assert "OVER    420 s" in core and "OVER     60 s" in further and "OVER    480 s" in whole


@pytest.mark.parametrize("left_out", ["notebooks/15b-sequences.ipynb", "tests/"])
def test_only_a_run_of_all_notebooks_and_of_tests_is_judged(root, left_out):
    some = Counter({file: each for file, each in SECONDS.items() if not file.startswith(left_out)})
    assert spent.tracks(some, 200, NOTEBOOKS, root) == []


def test_tests_are_told_apart_by_the_names_of_further_notebooks_their_rooms_and_their_data():
    notebooks, root = config.course()["notebooks"], config.repository_root()
    further = {name for name, table in notebooks.items() if table["track"] == "further"}
    names = spent.names_of(further, notebooks, root)
    groups = {
        file.relative_to(root).as_posix(): spent.group_of(file.name, further, names)
        for file in (root / "tests").rglob("test_*.py")
    }
    for theirs in (
        "unit/test_answering_pooling",
        "unit/test_checks_beyond_labels",
        "contracts/test_bundled_names",
    ):
        assert groups[f"tests/{theirs}.py"] == spent.THEIRS
    for other in ("unit/test_plots", "unit/test_checks_lime", "contracts/test_bundled_fruits"):
        assert groups[f"tests/{other}.py"] == spent.OTHER


def test_all_phases_of_a_test_count_and_it_counts_once():
    def report(when, duration, nodeid="tests/unit/test_plots.py::test_a"):
        return SimpleNamespace(when=when, duration=duration, nodeid=nodeid)

    phases = [report("setup", 1.0), report("call", 2.0), report("teardown", 0.5)]
    other = report("call", 0.25, "notebooks/00-convolutions.ipynb::Cell 1")
    seconds, tests = spent.by_file([*phases, other, SimpleNamespace(message="a warning")])
    assert (seconds["tests/unit/test_plots.py"], tests["tests/unit/test_plots.py"]) == (3.5, 1)
    assert spent.folders(seconds, tests) == [
        "     3.5 s      1 tests  tests/unit",
        "     0.2 s      1 tests  notebooks",
    ]
