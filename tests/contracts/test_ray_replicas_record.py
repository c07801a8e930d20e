"""Ray Serve's copies by the load: what was recorded, and how the benchmark watches."""

from pathlib import Path

import pytest
from benchmarks_support import load
from claims_support import Told

from course_utils.foundation import config, records
from course_utils.further.serving.asking import Asked

FOUR_MINUTES = 240


@pytest.fixture(scope="module")
def rows():
    try:
        return records.load("ray_replicas").rows
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


def test_a_second_copy_came_under_load_and_went_afterwards(rows):
    few, many = load("ray_replicas").FEW, load("ray_replicas").MANY
    clients = [row["clients"] for row in rows]
    loaded = [number for number, each in enumerate(clients) if each == many]
    before, load_, after = rows[: loaded[0]], rows[loaded[0] : loaded[-1] + 1], rows[loaded[-1] + 1 :]
    assert {row["clients"] for row in (*before, *after)} == {few} and {row["clients"] for row in load_} == {
        many
    }
    assert all(row["copies"] == row["answering"] == 1 for row in before) and len(before) >= 2
    assert load_[0]["answering"] == 1, "it began with one copy"
    assert sum(row["answering"] == 2 for row in load_) >= 2, "two copies answered"
    assert after[0]["copies"] == 2 and after[-1]["copies"] == after[-1]["answering"] == 1
    assert max(row["copies"] for row in rows) == 2
    assert rows[-1]["second"] < FOUR_MINUTES


def test_no_request_failed_while_copies_came_and_went(rows):
    assert sum(row["failed"] for row in rows) == 0


def test_the_pages_tell_what_was_recorded(rows):
    root = config.repository_root()
    loaded = [row for row in rows if row["clients"] == 32]
    began = next(row["second"] for row in reversed(rows[: rows.index(loaded[0])]))
    rose = next(row["second"] for row in loaded if row["answering"] == 2) - began
    fell = rows[-1]["second"] - loaded[-1]["second"]
    text = " ".join((root / "deploy" / "README.md").read_text(encoding="utf-8").split())
    assert f"a second copy answered within {rose} seconds" in text
    assert f"{fell} seconds after the load had ended one copy was left" in text
    assert "two while 32 clients asked" in (root / "slides" / "16-serving.md").read_text(encoding="utf-8")
    Told("16-serving").said("fleet-saw", "a second copy came while 32 clients asked, and went afterwards")


def test_the_file_of_the_cluster_is_what_runs_with_other_waits(tmp_path):
    pytest.importorskip("yaml")
    import yaml

    module = load("ray_replicas")
    ours = yaml.safe_load(module.settings(tmp_path, 9001))
    assert ours["http_options"]["port"] == 9001 and ours["applications"][0]["args"]["nets"] == str(tmp_path)
    kept = yaml.safe_load((config.repository_root() / "deploy" / "ray.yaml").read_text(encoding="utf-8"))
    for one in (ours, kept):
        one["http_options"].pop("port")
        one["applications"][0]["args"].pop("nets")
    scaling = ours["applications"][0]["deployments"][0]["autoscaling_config"]
    for name in module.WAITS:
        assert scaling.pop(name) < module.RAYS_OWN[name]
    assert scaling.pop("max_replicas") == 2
    kept["applications"][0]["deployments"][0]["autoscaling_config"].pop("max_replicas")
    assert ours == kept


def stand_in(module, monkeypatch, copies_at):
    """Clients and copies that need no Ray: the number of copies follows from the number of requests so far."""
    clock = iter(range(0, 10**6, 5))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    asked = []

    def ask(clients):
        asked.append(clients)
        copies = {f"copy-{number}": 10 for number in range(copies_at(asked))}
        return Asked({"200": 10 * len(copies)}, copies, [0.1] * 10 * len(copies), 5.0)

    return module.watch(ask, lambda: copies_at(asked))


def test_it_asks_until_a_copy_came_and_went(monkeypatch):
    def two_from_the_third_busy_row(asked):
        busy = asked.count(32)
        return 2 if busy >= 3 and asked[-3:] != [1, 1, 1] else 1

    table = stand_in(load("ray_replicas"), monkeypatch, two_from_the_third_busy_row)
    assert [row["clients"] for row in table] == [1, 1, 32, 32, 32, 32, 1, 1, 1]
    assert [row["copies"] for row in table] == [1, 1, 1, 1, 2, 2, 2, 2, 1]


def test_it_gives_up_where_no_copy_comes(monkeypatch):
    module = load("ray_replicas")
    table = stand_in(module, monkeypatch, lambda asked: 1)
    busy = [row for row in table if row["clients"] == 32]
    assert 2 < len(busy) <= module.MOST_SECONDS / 5 and all(row["answering"] == 1 for row in busy)


def test_the_record_names_ray_and_its_cores(rows):
    import json

    path = Path(config.repository_root()) / "benchmarks" / "recorded" / "ray_replicas.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["versions"]["ray"] != "unknown" and content["cores"] >= 1
