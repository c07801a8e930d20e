"""What the handlers of the service make of a net's numbers, its limits, and what its clients are told."""

import datetime as dt
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("fastapi")
from PIL import Image

from course_utils.further.serving import asking, contract, service
from course_utils.further.serving.handlers import (
    MAKERS,
    MOST_CHARACTERS,
    MOST_TEXT_BYTES,
    MOST_WORDS,
    checked_text,
)
from course_utils.further.serving.refusals import Refused

WORDS = ["", "[UNK]", "the", "jam", "is", "good"]
CONTRACTS = {
    "fruit": ({"fruit": ["plum", "kiwi"]}, {"kind": "picture", "size": 8}),
    "review": (
        {"category": ["bread", "jam"], "sentiment": ["positive"]},
        {"kind": "text", "length": 6, "pad": "back", "cut": "front", "vocabulary": WORDS},
    ),
    "detector": (
        {"centres": ["plum", "kiwi"], "boxes": ["left", "top", "right", "bottom"]},
        {"kind": "scene", "size": 32, "threshold": 0.3},
    ),
    "tags": (
        {"scores": ["O", "B-LOC", "I-LOC"]},
        {
            "kind": "tokens", "length": 6, "words": ["to"], "characters": ["a"], "lists": None,
            "moves": np.zeros((3, 3)).tolist(), "start": [0.0, 0.0, 0.0],
        },
    ),
}  # fmt: skip


def handler(task):
    labels, how = CONTRACTS[task]
    net = SimpleNamespace(contract=contract.Contract(task, task, labels, how), outputs=list(labels))
    return MAKERS[task](net)


def json_body(**fields):
    return json.dumps(fields).encode()


def test_a_fruit_is_named_with_the_share_of_each():
    fruit = handler("fruit")
    found = fruit.answer([np.array([0.12345678, 0.8765432])], None)
    assert found.model_dump() == {
        "fruit": "kiwi",
        "confidence": 0.8765,
        "fruits": {"plum": 0.1235, "kiwi": 0.8765},
    }
    assert fruit.answer([np.array([0.0, 1.00001])], None).confidence == 1.0
    body = io.BytesIO()
    Image.new("RGB", (16, 8), (200, 0, 0)).save(body, "PNG")
    picture, note = fruit.prepare(body.getvalue())
    assert (picture.shape, picture.dtype, note) == ((8, 8, 3), np.float32, None)
    assert (fruit.path, fruit.most_bytes, fruit.many, fruit.takes, fruit.counted) == (
        "/fruit",
        10_000_000,
        False,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("positive", "sentiment"),
    [(0.5, "negative"), (0.50004, "negative"), (0.5001, "positive"), (1.0, "positive")],
)
def test_a_review_praises_from_more_than_a_half_on(positive, sentiment):
    review = handler("review")
    found = review.answer([np.array([0.25, 0.75]), np.array([positive])], ["a warning"]).model_dump()
    assert found == {
        "category": "jam", "categories": {"bread": 0.25, "jam": 0.75}, "sentiment": sentiment,
        "positive": round(positive, 4), "warnings": ["a warning"],
    }  # fmt: skip
    row, warnings = review.prepare(json_body(text="<b>the</b> jam is good"))
    assert (
        row.tolist() == [2, 3, 4, 5, 0, 0] and warnings[0] == "HTML tags taken out: 2." and len(warnings) == 2
    )
    assert review.prepare(json_body(text="good jam the jam is good the"))[0].tolist() == [3, 2, 3, 4, 5, 2]
    assert (review.path, review.most_bytes) == ("/review", MOST_TEXT_BYTES)


def test_things_are_told_in_pixels_of_the_picture_that_was_sent():
    detect = handler("detector")
    body = io.BytesIO()
    Image.new("RGB", (64, 32), (200, 0, 0)).save(body, "PNG")
    picture, note = detect.prepare(body.getvalue())
    assert picture.shape == (16, 32, 3) and picture.dtype == np.float32
    heat = np.full((4, 8, 2), -20.0)
    heat[1, 2, 1] = np.log(0.75 / 0.25)
    sides = np.full((4, 8, 4), np.log(np.expm1(1.0)))
    found = detect.answer([heat, sides], note)
    box = {"left": 12.0, "top": 4.0, "right": 28.0, "bottom": 20.0}
    assert found.model_dump() == {
        "things": [{"label": "kiwi", "score": 0.75, "box": box}],
        "width": 64,
        "height": 32,
    }
    assert detect.counted(found) == ["kiwi"] and detect.counted(
        detect.answer([heat * 0 - 9, sides], note)
    ) == ["none"]
    assert (detect.path, detect.most_bytes) == ("/detect", 10_000_000)


def test_names_come_with_the_day_and_the_language_they_were_read_with():
    tags = handler("tags")
    rows, note = tags.prepare(json_body(text="to Bad Ems", today="2018-07-21", language="de"))
    assert (
        len(rows) == 1
        and note[1:] == (dt.date(2018, 7, 21), "de")
        and set(rows[0]) == {"words", "characters", "flags"}
    )
    scores = np.zeros((6, 3), np.float32)
    scores[0, 0], scores[1, 1], scores[2, 2] = 3, 3, 3
    found = tags.answer([[scores]], note)
    assert found.model_dump(mode="json") == {
        "tags": [{"entity": "LOC", "surface": "Bad Ems", "value": "Bad Ems"}], "today": "2018-07-21", "language": "de",
    }  # fmt: skip
    assert tags.counted(found) == ["LOC"] and tags.counted(tags.answer([[0 * scores]], note)) == ["none"]
    _, (_, today, language) = tags.prepare(json_body(text="đến Huế"))
    assert language == "vi" and abs((today - dt.date.today()).days) <= 1
    long = tags.prepare(json_body(text="a b c d e f g"))[0]
    assert len(long) == 2 and tags.many


def test_a_text_may_have_two_thousand_words_and_no_more():
    assert checked_text("a " * MOST_WORDS) and MOST_CHARACTERS == 20_000
    with pytest.raises(Refused) as refused:
        checked_text("a " * (MOST_WORDS + 1))
    assert (refused.value.status, refused.value.sentence[:58]) == (
        413,
        "The text has 2,001 words, and at most 2,000 are read. Send",
    )


def test_items_of_one_shape_go_together():
    small, large = np.zeros((2, 2)), np.zeros((3, 2))
    assert service.alike([small, large, small]) == [[0, 2], [1]] and service.alike([{"a": 1}, {"a": 2}]) == [
        [0, 1]
    ]
    assert service.stacked([small, small]).shape == (2, 2, 2)
    both = service.stacked([{"a": small, "b": large}, {"a": small, "b": large}])
    assert {name: array.shape for name, array in both.items()} == {"a": (2, 2, 2), "b": (2, 3, 2)}


def test_limits_are_those_that_the_pages_name():
    limits = service.Limits()
    assert (limits.at_once, limits.body_seconds, limits.answer_seconds, limits.readers) == (
        256,
        10.0,
        10.0,
        2,
    )
    assert (service.REPLICA, service.DRAINED) == ("COURSE_REPLICA", 64_000_000)


# ------------------------------------------------------------------------------------------- the balancer and its clients


@pytest.mark.parametrize(("percent", "milliseconds"), [(1, 1), (50, 2), (51, 3), (75, 3), (99, 4), (100, 4)])
def test_the_latency_of_a_share_is_that_of_one_request(percent, milliseconds):
    found = asking.Asked({"200": 3, "503": 1}, {}, [0.004, 0.001, 0.003, 0.002], 1.5)
    assert found.milliseconds(percent) == pytest.approx(milliseconds)
    assert (found.failed, found.a_second, found.cpu) == (1, 2.0, 0.0)
    assert asking.Asked({}, {}, [0.1], 2.0).failed == 1 and asking.Asked({}, {}, [0.1], 2.0).a_second == 0


def test_the_head_of_an_answer_is_its_status_and_its_headers():
    status, headers = asking._head(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nReplica:  Copy-1 \r\n\r\n")
    assert (status, headers) == ("200", {"content-length": "3", "replica": "copy-1"})


def test_clients_are_told_what_to_ask(monkeypatch):
    written = []
    stdin = SimpleNamespace(write=written.append, flush=lambda: written.append("flushed"))
    started = []
    monkeypatch.setattr(
        asking.subprocess,
        "Popen",
        lambda command, **how: (
            started.append((command, how)) or SimpleNamespace(stdin=stdin, poll=lambda: None)
        ),
    )
    one = asking.Clients("http://here:1", "/fruit", b"abc", clients=3, certificate=Path("/c.pem"))
    order = {
        "address": "http://here:1",
        "path": "/fruit",
        "body": "YWJj",
        "kind": "image/jpeg",
        "clients": 3,
        "most": 10**9,
        "seconds": 3600.0,
        "certificate": "/c.pem",
    }
    assert (
        json.loads(written[0]) == order
        and written[0].endswith("\n")
        and written[1] == "flushed"
        and one.working
    )
    pipe = asking.subprocess.PIPE
    assert started == [
        (
            [sys.executable, "-m", "course_utils.further.serving.asking"],
            {"stdin": pipe, "stdout": pipe, "stderr": pipe, "text": True},
        )
    ]
    one.process = SimpleNamespace(communicate=lambda: ("", "Traceback\nOSError: no\n"), returncode=1)
    with pytest.raises(contract.ServingError, match="^The clients did not start: OSError: no$"):
        one.wait()


# ------------------------------------------------------------------------------------------- the contract


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "a/b"}, "got 'a/b'"),
        ({"name": ""}, "got ''"),
        ({"preprocessing": {}}, "one of picture, scene, text, characters, tokens, numbers; got {}"),
    ],
)
def test_a_contract_that_cannot_be_kept_is_refused(change, said):
    right = {"name": "my-net_2", "task": "fruit", "labels": {}, "preprocessing": {"kind": "numbers"}}
    assert contract.Contract(**right).version == 1
    with pytest.raises(contract.ServingError) as problem:
        contract.Contract(**(right | change))
    assert said in str(problem.value)
