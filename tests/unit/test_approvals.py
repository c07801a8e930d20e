"""What is approved is compared as it should be: words exactly, numbers to their last places, files without leftovers."""

import ast
import json

import approvals
import numpy as np
import pytest

FILES = sorted(approvals.FOLDER.glob("*.json"))


@pytest.mark.parametrize(
    ("now", "once", "alike"),
    [
        ("a map of 3 by 4", "a map of 3 by 4", True), ("a map of 3 by 4", "a map of 3 by 5", False), ("A map", "a map", False),
        ("0.50001 of it", "0.5 of it", True), ("0.52 of it", "0.5 of it", False), ("about 7", "about #", False),
        ("about seven", "about #", False), ("whatever", "...", False), ("1.0 and 2.0", "1.0 and 2", True), ("1e-05", "1.001e-05", True),
    ],
)  # fmt: skip
def test_words_are_exact_and_numbers_nearly_so(now, once, alike):
    assert approvals.same(now, once) is alike


def test_a_difference_is_shown_beside_what_was_approved(tmp_path, monkeypatch):
    (tmp_path / "food.json").write_text(
        json.dumps({"test_jam": ["It is sweet.", "It is red."]}), encoding="utf-8"
    )
    monkeypatch.setattr(approvals, "FOLDER", tmp_path)
    monkeypatch.setattr(approvals, "CHANGED", set())
    monkeypatch.setattr(approvals, "APPROVING", False)
    approvals.compare("test_food", "test_jam", ["It is sweet.", "It is red."])
    with pytest.raises(
        AssertionError, match="number 1 is not as approved in food.json:\n  It is blue.\nbut once"
    ):
        approvals.compare("test_food", "test_jam", ["It is sweet.", "It is blue."])
    with pytest.raises(AssertionError, match="1 things seen, 2 approved"):
        approvals.compare("test_food", "test_jam", ["It is sweet."])
    approvals.compare("test_drink", "test_tea", ["Nobody has read this."])
    approvals.compare("test_food", "test_bread", ["Nor that."])
    monkeypatch.setattr(approvals, "APPROVING", True)
    approvals.compare("test_food", "test_jam", ["It is blue."])
    approvals.compare("test_food", "test_bread", [])
    approvals.write_down()
    assert json.loads((tmp_path / "food.json").read_text(encoding="utf-8")) == {"test_jam": ["It is blue."]}


def test_a_change_of_one_of_many_numbers_is_seen():
    many = np.arange(100.0)
    for place in (0, 50, 99):
        other = many.copy()
        other[place] += 20
        assert not approvals.same(approvals.numbers(other), approvals.numbers(many))
    assert not approvals.same(approvals.numbers(many[::-1]), approvals.numbers(many))
    assert approvals.numbers([1, 0.25]) == "[1.0 0.25]" and approvals.numbers(["a"]) == "['a']"


def test_values_are_told_in_words():
    told = approvals.told({"b": (1, 0.5), "a": {2, 1}, "none": None, "long": "x" * 1000})
    assert told.startswith("{'b': tuple(1, 0.5), 'a': {1, 2}, 'none': None, 'long': 'xxx") and len(told) < 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_approved_belongs_to_a_test(path):
    module = ast.parse((path.parents[1] / f"test_{path.stem}.py").read_text(encoding="utf-8"))
    there = {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    assert {
        test.partition("[")[0].rpartition("::")[2] for test in json.loads(path.read_text(encoding="utf-8"))
    } <= there
