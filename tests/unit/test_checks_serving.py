"""The checks of 16 · From notebook to product: right answers pass, however written; wrong ones get their hint."""

import io
import json
import math

import pytest
from PIL import Image

from course_utils.checks import grade, serving
from course_utils.foundation import config

NOTEBOOK = "16-serving"


def test_an_untouched_stub_is_not_yet():
    assert grade(NOTEBOOK, 1, lambda waiting, waited, most, deadline: ...)
    assert grade(NOTEBOOK, 2, ...)
    assert grade(NOTEBOOK, 3, lambda load, cpu_ms, busy: ...)


# Exercise 1


def by_steps(waiting, waited, most, deadline):
    if waiting < most and waited < deadline:
        return False
    return True


@pytest.mark.parametrize(
    "rule",
    [
        lambda waiting, waited, most, deadline: waiting >= most or waited >= deadline,
        lambda waiting, waited, most, deadline: waited > deadline or not waiting < most,
        lambda waiting, waited, most, deadline: max(waiting / most, waited / deadline) >= 1,
        by_steps,
    ],
)
def test_a_rule_with_both_reasons_passes(rule):
    assert grade(NOTEBOOK, 1, rule) is None


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (lambda waiting, waited, most, deadline: waiting >= most, "A lone request must go"),
        (lambda waiting, waited, most, deadline: waited >= deadline, "The batch is full"),
        (lambda waiting, waited, most, deadline: waiting >= most and waited >= deadline, "The batch is full"),
        (lambda waiting, waited, most, deadline: waiting == most or waited >= deadline, ">=, not with =="),
        (lambda waiting, waited, most, deadline: True, "wait for company"),
        (lambda waiting, waited, most, deadline: waiting < most or waited < deadline, "wait for company"),
        (lambda waiting, waited, most, deadline: waiting >= 32 or waited >= deadline, "use `most`"),
        (lambda waiting, waited, most, deadline: waiting >= most or waited >= 0.002, "use `deadline`"),
        (lambda waiting, waited, most, deadline: waiting > most or waited > deadline, "The batch is full"),
    ],
)
def test_a_rule_that_lacks_one_gets_a_hint(rule, hint):
    assert hint in grade(NOTEBOOK, 1, rule)[0]


def test_a_rule_that_stops_the_queue_is_found_out(monkeypatch):
    monkeypatch.setattr(serving.threading.Thread, "join", lambda self, seconds=None: None)
    monkeypatch.setattr(serving.threading.Thread, "start", lambda self: None)
    assert "stands still" in serving._in_a_queue(lambda *_: False)


# Exercise 2


def saved(mode="RGB", size=(20, 20), kind="PNG", cut=None):
    Image.new(mode, size).save(file := io.BytesIO(), kind)
    return file.getvalue()[:cut]


RIGHT_BODIES = [
    saved("L"),
    saved("RGBA"),
    saved("P"),
    saved("1"),
    saved(size=(300, 300), kind="JPEG", cut=400),
    bytearray(saved("L")),
]


@pytest.mark.parametrize("body", RIGHT_BODIES)
def test_a_body_on_which_the_handler_fails_passes(body):
    assert grade(NOTEBOOK, 2, body) is None


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b"", "refused"),
        (b"hello", "refused"),
        (bytes(2_000_000), "too large"),
        (saved(), "It is answered"),
        (saved(size=(900, 3)), "It is answered"),
        ("hello", "A body is bytes"),
        (Image.new("L", (8, 8)), "io.BytesIO"),
    ],
)
def test_a_body_that_is_answered_or_refused_gets_a_hint(body, hint):
    assert hint in grade(NOTEBOOK, 2, body)[0]


def test_the_handler_of_the_check_is_that_of_the_notebook():
    cells = json.loads(config.notebook_path(NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    (source,) = ("".join(cell["source"]) for cell in cells if cell["id"] == "careless")
    names: dict = {}
    exec(
        "import io\nimport numpy as np\nfrom PIL import Image\nclass Refused(Exception): ...\n" + source,
        names,
    )
    for body in [*RIGHT_BODIES, b"", b"hello", bytes(2_000_000), saved(), saved(kind="JPEG")]:
        seen = []
        for handler, refusal in ((names["careless"], names["Refused"]), (serving.careless, serving.Refusal)):
            try:
                seen.append(handler(bytes(body)).shape)
            except refusal:
                seen.append("refused")
            except Exception:  # noqa: BLE001
                seen.append("failed")
        assert seen[0] == seen[1]


# Exercise 3


@pytest.mark.parametrize(
    "function",
    [
        lambda load, cpu_ms, busy: math.ceil(load * cpu_ms / 1000 / busy) + 1,
        lambda load, cpu_ms, busy: 1 - int(-load * cpu_ms / (1000 * busy) // 1),
        lambda load, cpu_ms, busy: float(math.ceil(load / (1000 * busy / cpu_ms)) + 1),
    ],
)
def test_enough_copies_and_one_more_pass(function):
    assert grade(NOTEBOOK, 3, function) is None


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (lambda load, cpu_ms, busy: math.ceil(load * cpu_ms / 1000 / busy), "no copy is gone"),
        (lambda load, cpu_ms, busy: math.ceil(load * cpu_ms / busy) + 1, "milliseconds"),
        (lambda load, cpu_ms, busy: math.ceil(load * cpu_ms / 1000) + 1, "busy all the time"),
        (lambda load, cpu_ms, busy: math.ceil(load * cpu_ms / 1000 * busy) + 1, "divide by `busy`"),
        (lambda load, cpu_ms, busy: int(200 * 60 / 500) + 0 * load, "expected"),
        (lambda load, cpu_ms, busy: load * cpu_ms / 1000 / busy + 1, "expected"),
        (lambda load, cpu_ms, busy: "three", "whole number"),
        (lambda load, cpu_ms, busy: [3, 4], "whole number"),
    ],
)
def test_too_few_or_too_many_get_a_hint(function, hint):
    assert hint in grade(NOTEBOOK, 3, function)[0]
