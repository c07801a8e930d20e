"""A section that is skipped on a late day: what it made is gone, what it changed is named."""

import numpy as np
import pytest

from course_utils.workshop.runner import late


@pytest.fixture(autouse=True)
def nothing_made_yet():
    late._made.clear()


def test_new_names_go_and_old_ones_get_their_value_back():
    space = {"kept": 1, "changed": 2, "_": "history"}
    late.begin(space)
    exec("import math\nnew = 3\nchanged = 4", space)
    assert late.end(space) == []
    assert {name: space[name] for name in ("kept", "changed")} == {"kept": 1, "changed": 2}
    assert "new" not in space and "math" not in space


def test_a_section_may_use_what_those_made_that_are_skipped_after_it():
    space = {"number": 1}
    late.begin(space, place=1)  # skipped second
    exec("helper = number + 1", space)
    late.end(space, place=1)
    late.begin(space, place=0)  # skipped first: whoever has it has the other one too
    exec("more = helper + 1", space)
    late.end(space, place=0)
    assert "helper" not in space and "more" not in space


def test_but_not_what_those_made_that_are_skipped_before_it():
    space = {}
    late.begin(space, place=0)
    exec("helper = 1", space)
    late.end(space, place=0)
    late.begin(space, place=1)
    assert "helper" not in space


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ([1, 2], "value.append(3)"),
        ({"a": [1]}, "value['a'].append(2)"),
        (np.zeros(3), "value[0] = 1"),
        ({1, 2}, "value.add(3)"),
    ],
)
def test_what_is_changed_inside_is_named(value, change):
    space = {"value": value}
    late.begin(space, watched=["value", "elsewhere"])
    exec(change, space)
    assert late.end(space) == ["value"]


def test_a_net_that_is_trained_further_is_named_and_one_that_is_only_asked_is_not():
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x = np.ones((4, 2), dtype="float32")
    space = {"model": model, "x": x}
    late.begin(space, watched=["model", "x"])
    exec("model.predict(x, verbose=0)", space)
    assert late.end(space) == []
    late.begin(space, watched=["model", "x"])
    exec("model.fit(x, x[:, :1], verbose=0)", space)
    assert late.end(space) == ["model"]
