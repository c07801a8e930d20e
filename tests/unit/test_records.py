"""A recorded table comes back as it was written, with the day and the machine beside it."""

import pytest

from course_utils.foundation import config, records


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    return tmp_path


def test_what_was_written_is_loaded(repository):
    rows = [{"option": "größer", "accuracy": 0.9}, {"option": "smaller", "accuracy": 0.8}]
    path = records.write("nets", "Two nets", "On little data.", rows, "abc", ["numpy"], seeds=[1, 2])
    assert path == repository / "benchmarks" / "recorded" / "nets.json"
    found = records.load("nets")
    assert list(found.rows) == rows
    assert (found.title, found.note, found.digest) == ("Two nets", "On little data.", "abc")
    assert found.machine == records.machine()
    assert found.recorded in found.table().attrs["title"]
    assert "größer" in path.read_text(encoding="utf-8")


def test_a_package_that_is_not_installed_has_an_unknown_version(repository):
    path = records.write("nets", "Two nets", "", [], "abc", ["no-such-package"])
    assert '"no-such-package": "unknown"' in path.read_text(encoding="utf-8")


def test_the_machine_is_named_with_its_cores():
    assert " cores, " in records.machine()


def test_a_missing_table_names_the_command_that_records_it():
    with pytest.raises(FileNotFoundError, match=r"Type: python benchmarks/nets\.py --record"):
        records.load("nets")
