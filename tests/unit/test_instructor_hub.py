"""A hub's sizes follow from what was measured, and data on a shared disk serve a whole class."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from assets_support import ARCHIVE, fruit_table, make_store

from course_utils.foundation import config
from course_utils.workshop.instructor import hub


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Two notebooks with recorded peaks, and a server of 200 MB."""
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(config, "notebook_names", lambda: ["01-small", "02-large", "03-not-measured"])
    (tmp_path / hub.FOLDER).mkdir(parents=True)
    (tmp_path / hub.MEASURED).write_text(json.dumps({"server_mb": 200}), encoding="utf-8")
    bands = tmp_path / "benchmarks" / "bands"
    bands.mkdir(parents=True)
    for name, peaks in {"01-small": [900, 1000], "02-large": [1750, 1600], "old-notebook": [9000]}.items():
        runs = [{"profile": "class", "peak_mb": peak} for peak in peaks]
        runs += [{"profile": "full", "peak_mb": 8000}, {"profile": "class", "peak_mb": None}]
        (bands / f"{name}.json").write_text(json.dumps({"runs": runs}), encoding="utf-8")
    return tmp_path


def test_the_peak_of_a_notebook_is_its_largest_run_in_class(measured):
    assert hub.peaks() == {"01-small": 1000, "02-large": 1750}


def test_a_learner_is_guaranteed_the_largest_notebook_and_her_server(measured):
    assert hub.guaranteed_gb() == 2.0
    assert hub.limit_gb() == 4.0, "and a second notebook may stay open beside it"


@pytest.mark.parametrize(("learners", "nodes"), [(29, 1), (30, 2), (300, 11)])
def test_nodes_are_as_many_as_memory_and_cores_allow(measured, learners, nodes):
    one = hub.size(learners)
    assert one.per_node == 29
    assert one.nodes == nodes
    assert one.nodes * one.per_node >= learners
    assert one.memory_gb == 2 * learners


def test_nothing_is_computed_from_nothing(measured):
    (measured / hub.MEASURED).unlink()
    with pytest.raises(hub.HubError, match="tools/measure_hub.py"):
        hub.measured()
    for path in (measured / "benchmarks" / "bands").iterdir():
        path.unlink()
    with pytest.raises(hub.HubError, match="course bands"):
        hub.peaks()


def test_the_values_get_the_memory_and_nothing_else(measured):
    values = "a: 1\nsingleuser:\n  memory:\n    guarantee: 1G\n    limit: 1G\nb: 2\n"
    assert hub.values_with_memory(values) == values.replace("e: 1G", "e: 2G").replace(
        "limit: 1G", "limit: 4G"
    )
    with pytest.raises(ValueError, match="needs memory"):
        hub.values_with_memory("a: 1\n")


def test_a_page_without_a_place_for_the_sizes_is_refused():
    with pytest.raises(ValueError, match="sizes"):
        hub.page_with_table("# A hub\n")


@pytest.mark.skipif(os.name == "nt", reason="hubs run on Linux")
def test_data_on_a_shared_disk_that_nobody_can_write_to_are_found(tmp_path):
    """As on the hub: the cache is the learner's own, its data folder a link to the shared disk."""
    mirror, shared = tmp_path / "mirror", tmp_path / "shared"
    mirror.mkdir()
    (mirror / "fruits.zip").write_bytes(ARCHIVE)
    filled = make_store(shared, str(mirror), fruits=fruit_table())
    filled.fetch("fruits", progress=False)
    learner = make_store(tmp_path / "home", None, fruits=fruit_table())
    learner.cache.mkdir(parents=True)
    (learner.cache / "data").symlink_to(filled.cache / "data")
    folders = [path for path in (filled.cache / "data").rglob("*") if path.is_dir()]
    try:
        for folder in folders:
            folder.chmod(stat.S_IREAD | stat.S_IEXEC)
        found = learner.resolve("fruits")
    finally:
        for folder in folders:
            folder.chmod(stat.S_IRWXU)
    assert found.origin == "cache"
    assert found.verified
    assert (Path(found.path) / "Training" / "Banana" / "1.jpg").is_file()
