"""The service answers, and whatever is sent to it gets a sentence: never a 500, never a word about the house."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
uvicorn = pytest.importorskip("uvicorn")
hypothesis = pytest.importorskip("hypothesis")
import requests  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from PIL import Image  # noqa: E402
from serving_support import CATEGORIES, FRUITS, nets  # noqa: E402

from course_utils.datasets import read_image  # noqa: E402
from course_utils.further.serving import ServingError, load  # noqa: E402
from course_utils.further.serving import handlers as handlers_room  # noqa: E402
from course_utils.further.serving.handlers import Handler, TextBody, handlers_in, handles  # noqa: E402
from course_utils.further.serving.pictures import picture_of, scene_of  # noqa: E402
from course_utils.further.serving.refusals import Refused  # noqa: E402
from course_utils.further.serving.service import Limits, make_app  # noqa: E402

CASES = 500
PICTURE_PATHS = ("/fruit", "/detect")


class Running:
    """An application on a free port, in a thread of this process."""

    def __init__(self, app, **how) -> None:
        self.app, self.socket = app, socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", server_header=False, **how))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)
        self.session = requests.Session()

    def __enter__(self) -> Running:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_) -> None:
        self.session.close()
        self.server.should_exit = True
        self.thread.join(20)

    def send(self, method, path, body=None, kind=None):
        headers = {"Content-Type": kind} if kind else {}
        return self.session.request(method, self.address + path, data=body, headers=headers, timeout=60)

    def picture(self, body, kind="image/png", path="/fruit"):
        return self.send("POST", path, body, kind)

    def review(self, text):
        return self.send("POST", "/review", json.dumps({"text": text}), "application/json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return nets(tmp_path_factory.mktemp("nets"))


@pytest.fixture(scope="module")
def running(folder):
    with Running(make_app(folder)) as service:
        yield service


def png(width=40, height=30, mode="RGB", kind="PNG"):
    random = np.random.default_rng(width)
    picture = Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).convert(mode)
    picture.save(file := io.BytesIO(), kind)
    return file.getvalue()


def fruit_handler(folder):
    return next(one for one in handlers_in(folder) if one.path == "/fruit")


def problem(answer):
    """The sentence of a refusal: one, without a word about the house."""
    return sentence_in(answer.text)


def sentence_in(text):
    said = json.loads(text)
    assert set(said) == {"problem"} and said["problem"].endswith((".", "!"))
    assert not any(word in text for word in ("Traceback", ".py", "/root", "/home", "site-packages", "Error:"))
    return said["problem"]


def test_a_picture_gets_a_fruit(running):
    answer = running.picture(png())
    found = answer.json()
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    assert list(found["fruits"]) == FRUITS and found["confidence"] == max(found["fruits"].values())
    assert sum(found["fruits"].values()) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("kind", [None, "application/octet-stream", "image/jpeg", "image/anything; x=1"])
def test_a_picture_may_come_under_any_name_of_a_picture(running, kind):
    assert running.picture(png(kind="JPEG"), kind).status_code == 200


def test_it_says_what_the_net_says(running, folder):
    x = picture_of(png(), 16).astype(np.float32)
    (rows,) = load(folder / "fruit.onnx").predict(x[None])
    for share, told in zip(rows[0], running.picture(png()).json()["fruits"].values(), strict=True):
        assert told == pytest.approx(float(share), abs=1e-4)


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "PNG"), ("L", "PNG"), ("RGBA", "PNG"), ("P", "GIF"), ("RGB", "JPEG")]
)
@pytest.mark.parametrize("size", [(16, 16), (90, 40), (7, 33)])
def test_a_picture_is_prepared_as_a_training_picture(tmp_path, mode, kind, size):
    body = png(*size, mode, kind)
    (tmp_path / f"p.{kind.lower()}").write_bytes(body)
    np.testing.assert_array_equal(picture_of(body, 16), read_image(tmp_path / f"p.{kind.lower()}", 16))


def test_a_review_gets_category_and_sentiment(running):
    found = running.review("A very good film!").json()
    assert found["category"] in CATEGORIES and found["sentiment"] in ("positive", "negative")
    assert (found["positive"] > 0.5) == (found["sentiment"] == "positive")
    assert any("words" in one for one in found["warnings"])  # it is short


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b"", None, 400, "body is empty"),
        (b"hello", "image/png", 422, "not a picture"),
        (b"hello", "text/plain", 415, "Content-Type: image/jpeg"),
        (png()[:300], "image/png", 422, "damaged"),
        (b"\x89PNG\r\n\x1a\n", "image/png", 422, "picture"),
        (b"<svg onload=alert(1)>", "image/svg+xml", 422, "not a picture"),
        (bytes(50_000_000), "image/jpeg", 413, "larger than 10 MB"),
    ],
    ids=["empty", "text", "type", "half", "head only", "svg", "50 MB"],
)  # fmt: skip
@pytest.mark.parametrize("path", PICTURE_PATHS)
def test_what_is_no_picture_is_refused_with_a_sentence(running, path, body, kind, status, words):
    answer = running.picture(body, kind, path)
    assert answer.status_code == status and words in problem(answer)


def large_picture(width, height):
    """A PNG that is small as a file and promises many pixels."""
    import struct
    import zlib

    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")


@pytest.mark.parametrize("path", PICTURE_PATHS)
@pytest.mark.parametrize(("width", "height"), [(20_000, 10_000), (60_000, 60_000)])
def test_200_megapixels_are_refused_before_they_are_decoded(running, path, width, height):
    start = time.perf_counter()
    answer = running.picture(large_picture(width, height), path=path)
    assert answer.status_code == 413 and "megapixels" in problem(answer)
    assert time.perf_counter() - start < 15


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere ru_maxrss has another unit, or is missing"
)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its own peak")
def test_large_pictures_from_two_senders_fit_into_the_memory_of_a_container(tmp_path):
    """A file of 190 kB that unpacks to 49 megapixels with transparency, read twice at once; deploy/ gives a copy 512 MiB."""
    Image.new("RGBA", (7_000, 7_000)).save(tmp_path / "large.png")
    code = (
        "import re, sys, threading\n"
        "from course_utils.further.serving.pictures import picture_of, scene_of\n"
        "body = open(sys.argv[1], 'rb').read()\n"
        "found = []\n"
        "work = [lambda: found.append(picture_of(body, 32).shape), lambda: found.append(scene_of(body, 128)[1])]\n"
        "readers = [threading.Thread(target=one) for one in work]\n"
        "[one.start() for one in readers], [one.join() for one in readers]\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(sorted(found), int(peak) // 1024)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "large.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, _, mebibytes = done.stdout.strip().rpartition(" ")
    assert found == "[(32, 32, 3), (7000, 7000)]" and int(mebibytes) < 400


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "PNG"), ("P", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP")]
)
def test_a_large_picture_says_the_same_as_a_small_one_and_stays_upright(mode, kind):
    turned = Image.Exif()
    turned[0x0112] = 6
    whole = Image.new("RGB", (4_800, 3_000), "red")
    whole.paste("navy", (0, 0, 2_400, 1_500))
    whole = whole.convert(mode)
    sizes = []
    for picture in (whole, whole.resize((480, 300), Image.Resampling.NEAREST)):
        picture.save(file := io.BytesIO(), kind, exif=turned)
        sizes.append((picture_of(file.getvalue(), 32).astype(int), *scene_of(file.getvalue(), 128)))
    (large, points, sent), (small, _, sent_small) = sizes
    assert sent == (3_000, 4_800) and sent_small == (300, 480)
    assert points.size / 3 < 12e6 and points.shape[0] / points.shape[1] == pytest.approx(1.6)
    assert np.abs(large - small).mean() < 4


@pytest.mark.parametrize("path", PICTURE_PATHS)
def test_a_long_thin_picture_is_not_padded_to_gigapixels(running, path):
    Image.new("L", (30_000, 1)).save(file := io.BytesIO(), "PNG")
    assert running.picture(file.getvalue(), path=path).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        ("", "application/json", 400, "body is empty"),
        ('{"text": "good film"}', "text/plain", 415, "application/json"),
        ('{"text": "good film"}', None, 415, "application/json"),
        ("{", "application/json", 400, "not JSON"),
        (b'{"text": "\xff"}', "application/json", 400, "not JSON"),
        ("[]", "application/json", 422, "The body"),
        ('{"text": 7}', "application/json", 422, "text: "),
        ('{"text": ""}', "application/json", 422, "text: "),
        ('{"text": "... :-)"}', "application/json", 422, "no words"),
        ('{"text": "good", "admin": 1}', "application/json", 422, "A field: "),
        ('{"words": "good"}', "application/json", 422, "fields: text"),
        (json.dumps({"text": "a " * 9_000}), "application/json", 413, "9,000 words, and at most 2,000"),
        (json.dumps({"text": "a" * 30_000}), "application/json", 422, "text: "),
        (json.dumps({"text": "good " * 10_000}), "application/json", 422, "text: "),
        ("x" * 200_000, "application/json", 413, "larger than 0.1 MB"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_with_a_sentence(running, body, kind, status, words):
    answer = running.send("POST", "/review", body, kind)
    assert answer.status_code == status and words in problem(answer)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/fruit", 405), ("POST", "/", 405), ("GET", "/nothing/here", 404), ("GET", "/docs", 404)])  # fmt: skip
def test_another_path_or_method_gets_a_sentence_too(running, method, path, status):
    answer = running.send(method, path)
    assert answer.status_code == status and "openapi.json" in problem(answer)


def test_nothing_is_said_of_the_house(running):
    answer = running.send("GET", "/health")
    assert answer.json() == {"status": "ready", "nets": ["/detect", "/fruit", "/review", "/tags"]}
    assert "server" not in answer.headers


def test_the_page_and_the_description_name_each_path_and_load_nothing(running):
    page = running.send("GET", "/").text
    described = running.send("GET", "/openapi.json").json()
    assert set(described["paths"]) == {"/detect", "/fruit", "/review", "/tags", "/health", "/metrics"}
    for path in described["paths"]:
        assert path in page
    assert "src=" not in page and "@import" not in page
    assert page.count("curl ") == 4 and f'image/jpeg" {running.address}/fruit' in page
    body = described["paths"]["/review"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["text"]
    for path in PICTURE_PATHS:
        told = described["paths"][path]["post"]
        assert {"200", "400", "413", "415", "422", "503"} <= set(told["responses"])
        assert set(told["requestBody"]["content"]) == {"image/jpeg", "image/png", "image/webp"}


def test_the_page_says_what_to_type_for_the_nets_that_are_there(folder):
    with Running(make_app([fruit_handler(folder)])) as service:
        page = service.send("GET", "/").text
    assert page.count("curl ") == 1 and "/review" not in page


def test_a_text_gets_its_names_in_order_and_what_they_were_read_with(running):
    asked = {"text": "Hôm nay Ann in Huế.", "today": "2018-07-21", "language": "vi"}
    answer = running.send("POST", "/tags", json.dumps(asked), "application/json")
    found = answer.json()
    assert answer.status_code == 200 and (found["today"], found["language"]) == ("2018-07-21", "vi")
    assert found["tags"] and all(set(one) == {"entity", "surface", "value"} for one in found["tags"])
    places = [asked["text"].index(one["surface"]) for one in found["tags"]]
    assert places == sorted(places)


def test_without_a_day_and_a_language_it_says_what_it_took(running):
    found = running.send("POST", "/tags", json.dumps({"text": "Grüße aus Bonn"}), "application/json").json()
    assert found["language"] == "de" and found["today"] == dt.date.today().isoformat()


def test_a_long_text_is_read_in_pieces_and_each_of_them_is_tagged(running):
    def tagged(text):
        body = json.dumps({"text": text, "today": "2018-07-21", "language": "en"})
        return running.send("POST", "/tags", body, "application/json").json()["tags"]

    one = "Ann in Huế tomorrow ."
    assert tagged(" ".join([one] * 90)) == 90 * tagged(one) != []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"text": ""}, 422, "text: "),
        ({"text": " ... "}, 422, "no words"),
        ({"text": "Ann", "today": "tomorrow"}, 422, "today: "),
        ({"text": "Ann", "today": "2018-02-30"}, 422, "today: "),
        ({"text": "Ann", "today": 7}, 422, "today: "),
        ({"text": "Ann", "language": "fr"}, 422, "'vi', 'en' or 'de'"),
        ({"text": "Ann", "day": "2018-07-21"}, 422, "fields: text, today, language"),
        ({"text": "a " * 9_000}, 413, "9,000 words, and at most 2,000"),
        ({"text": "a" * 30_000}, 422, "text: "),
        ({"text": "x" * 200_000}, 413, "larger than 0.1 MB"),
        ("[]", 422, "The body"),
        ("{", 400, "not JSON"),
        ('{"text": "\\ud800"}', 400, "not JSON"),
    ],
)
def test_what_is_no_request_for_names_is_refused_with_a_sentence(running, body, status, words):
    body = body if isinstance(body, str) else json.dumps(body)
    answer = running.send("POST", "/tags", body, "application/json")
    assert answer.status_code == status and words in problem(answer)


@pytest.mark.parametrize("text", ["1" * 20_000, "1.1" * 1_500, "a" * 20_000, "'" * 999 + " x", "thứ 3 " * 999, "\0 a", "²"])  # fmt: skip
@pytest.mark.parametrize("today", ["0001-01-01", "9999-12-31"])
def test_an_odd_text_on_an_odd_day_is_no_mistake_of_ours(running, text, today):
    body = json.dumps({"text": text, "today": today})
    start = time.perf_counter()
    assert running.send("POST", "/tags", body, "application/json").status_code in (200, 413, 422)
    assert time.perf_counter() - start < 15


def test_the_names_in_texts_are_counted_by_type(folder):
    with Running(make_app(folder)) as own:
        body = json.dumps({"text": "Hôm nay Ann in Huế."})
        found = own.send("POST", "/tags", body, "application/json").json()["tags"]
        said = own.send("GET", "/metrics").text
    for entity in {one["entity"] for one in found}:
        count = sum(one["entity"] == entity for one in found)
        assert f'course_answers_total{{label="{entity}",path="/tags"}} {count}.0' in said
    assert 'course_confidence_count{path="/tags"}' not in said


def test_figures_for_prometheus_count_requests_batches_and_answers(folder):
    from prometheus_client.parser import text_string_to_metric_families

    with Running(make_app(folder)) as own:
        own.picture(png()), own.picture(b"hello"), own.review("a good film")
        said = own.send("GET", "/metrics")
        assert said.headers["content-type"].startswith("text/plain")
        found = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(said.text)
            for sample in family.samples
        }
    edges = {
        ("batch_size", "/review"): [2**power for power in range(7)],
        ("confidence", "/fruit"): [tenth / 10 for tenth in range(1, 11)],
        ("request_seconds", "/fruit"): [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    }
    for (name, path), expected in edges.items():
        buckets = re.findall(rf'course_{name}_bucket{{le="([\d.]+)",path="{path}"}}', said.text)
        assert [float(edge) for edge in buckets] == expected, name
    assert found["course_requests_total", "/fruit", "200"] == 1
    assert found["course_requests_total", "/fruit", "422"] == 1
    assert found["course_batch_size_count", "/review"] == 1
    assert found["course_confidence_count", "/fruit"] == 1
    assert (
        sum(value for key, value in found.items() if key[0] == "course_answers_total" and "/fruit" in key)
        == 1
    )
    assert found["course_waiting",] == 0


def test_requests_at_once_are_answered_in_batches_and_each_gets_its_own(folder):
    from concurrent.futures import ThreadPoolExecutor

    bodies = [png(20 + number) for number in range(40)]
    with Running(make_app(folder, deadline=0.2)) as own:
        with ThreadPoolExecutor(20) as clients:
            got = list(
                clients.map(
                    lambda body: requests.post(f"{own.address}/fruit", data=body, timeout=60).json(), bodies
                )
            )
        sizes = own.send("GET", "/metrics").text
    net = load(folder / "fruit.onnx")
    for body, answer in zip(bodies, got, strict=True):
        (rows,) = net.predict(picture_of(body, 16)[None])
        assert answer["fruits"][FRUITS[1]] == pytest.approx(float(rows[0, 1]), abs=1e-3)
    assert 'course_batch_size_count{path="/fruit"} 40.0' not in sizes


def test_too_many_at_once_are_told_to_come_again(folder):
    slow = threading.Event()
    one = fruit_handler(folder)

    def prepare(body):
        slow.wait(20)
        return one.prepare(body)

    busy = Handler(one.net, one.path, one.summary, one.takes, one.gives, prepare, one.answer, one.most_bytes)
    with Running(make_app([busy], Limits(at_once=1))) as own:
        first = threading.Thread(target=own.picture, args=(png(),))
        first.start()
        while "course_waiting 1.0" not in requests.get(f"{own.address}/metrics", timeout=20).text:
            time.sleep(0.02)
        answer = requests.post(f"{own.address}/fruit", data=png(), timeout=20)
        slow.set()
        first.join()
    assert (
        answer.status_code == 503 and answer.headers["retry-after"] == "1" and "Come again" in problem(answer)
    )


def test_what_takes_too_long_ends(folder):
    one = fruit_handler(folder)
    late = Handler(
        one.net, one.path, one.summary, None, one.gives, lambda body: time.sleep(2), one.answer, 10_000
    )
    with Running(make_app([late], Limits(answer_seconds=0.1))) as own:
        answer = own.picture(png())
        assert answer.status_code == 503 and "too long" in problem(answer)


def test_a_body_that_never_comes_is_not_waited_for(folder):
    with Running(make_app(folder, Limits(body_seconds=0.2))) as own:
        host, port = own.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(
                b"POST /fruit HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 99\r\n\r\nabc"
            )
            assert b" 408 " in line.recv(1000)


def test_a_mistake_of_ours_is_a_500_without_a_word_of_the_house(folder):
    one = fruit_handler(folder)

    def broken(body):
        raise RuntimeError("secret")

    wrong = Handler(one.net, one.path, one.summary, None, one.gives, broken, one.answer, 10_000)
    with Running(make_app([wrong])) as own:
        answer = own.picture(png())
        assert answer.status_code == 500 and "secret" not in answer.text and "our mistake" in problem(answer)


def test_a_new_task_takes_one_function(folder, monkeypatch):
    monkeypatch.setattr(handlers_room, "MAKERS", dict(handlers_room.MAKERS))

    @handles("fruit")
    def mood(net):
        def prepare(body):
            raise Refused(422, "Not today.")

        return Handler(net, "/mood", "Mood", TextBody, TextBody, prepare, lambda rows, note: None)

    assert [one.path for one in handlers_in(folder)] == ["/detect", "/mood", "/review", "/tags"]
    with Running(make_app(folder)) as own:
        answer = own.send("POST", "/mood", '{"text": "Ann"}', "application/json")
        assert answer.status_code == 422 and problem(answer) == "Not today."


def test_head_and_body_of_an_answer_leave_together(folder):
    """What is sent in two parts can be cut between them by a kill, and no balancer could ask another copy then."""
    from course_utils.further.serving.running import whole_answers

    sent = []

    class Noting(whole_answers()):
        def connection_made(self, transport):
            def write(data):
                sent.append(data)
                transport_write(data)

            transport_write, transport.write = transport.write, write
            super().connection_made(transport)

    with Running(make_app(folder), http=Noting) as own:
        for _ in range(3):
            assert own.review("a good film").status_code == 200
        assert own.send("GET", "/openapi.json").json()["paths"]
    assert len(sent) == 4 and all(one.startswith(b"HTTP/1.1 200") and one.endswith(b"}") for one in sent)


def test_a_folder_without_a_net_says_what_to_type(tmp_path):
    with pytest.raises(ServingError, match="course export fruit"):
        handlers_in(tmp_path)


FIELDS = {"today": st.dates().map(str), "language": st.sampled_from(["vi", "en", "de"])}


def bodies_for(operation):
    """Bodies of the described form, of a form nearby, and of no form at all."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )
    pictures = [png(), png(kind="JPEG"), png(mode="RGBA"), png(kind="GIF", mode="P")]

    def spoiled(picture, place, byte):
        place %= len(picture)
        return picture[:place] + bytes([byte]) + picture[place + 1 :]

    nearly = st.builds(spoiled, st.sampled_from(pictures), st.integers(0, 10**6), st.integers(0, 255))
    content = operation["requestBody"]["content"]
    if "application/json" in content:
        names = list(content["application/json"]["schema"]["properties"])
        known = st.fixed_dictionaries(
            {names[0]: st.text(max_size=300) | anything},
            optional={name: FIELDS.get(name, anything) | anything for name in names[1:]},
        )
        formed = (known | anything).map(lambda value: json.dumps(value).encode())
    else:
        formed = st.sampled_from(pictures)
    return st.tuples(
        formed | nearly | st.binary(max_size=300),
        st.sampled_from(
            [*content, *content, None, "text/plain", "application/json", "multipart/form-data", "x"]
        ),
    )


class Direct:
    """An application that is called without a network between: 500 requests in seconds, on a crowded machine too."""

    def __init__(self, app) -> None:
        self.app, self.loop = app, asyncio.Runner()
        self.life = app.router.lifespan_context(app)

    def __enter__(self) -> Direct:
        self.loop.run(self.life.__aenter__())
        return self

    def __exit__(self, *_) -> None:
        self.loop.run(self.life.__aexit__(None, None, None))
        self.loop.close()

    def post(self, path, body, kind):
        """Status and text of an answer; what nobody catches in the application is raised here."""
        headers = [(b"host", b"x"), *([(b"content-type", kind.encode())] if kind else [])]
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
                 "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers,
                 "server": ("x", 80), "client": ("x", 1)}  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        self.loop.run(self.app(scope, receive, send))
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:]).decode()


def test_no_request_in_500_gets_a_500(running, folder):
    """Over what the service says of itself: each answer has a status that is described there."""
    described = running.send("GET", "/openapi.json").json()["paths"]
    operations = {path: methods["post"] for path, methods in described.items() if "post" in methods}
    assert set(operations) == {"/detect", "/fruit", "/review", "/tags"}
    requests_made = st.sampled_from(sorted(operations)).flatmap(
        lambda path: st.tuples(st.just(path), bodies_for(operations[path]))
    )
    seen = []

    @hypothesis.settings(
        max_examples=CASES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(requests_made)
    def asked(made):
        path, (body, kind) = made
        status, text = direct.post(path, body, kind)
        seen.append((path, status))
        assert str(status) in operations[path]["responses"]
        if status != 200:
            sentence_in(text)

    with Direct(make_app(folder)) as direct:
        asked()
    statuses = {status for _, status in seen}
    assert len(seen) >= CASES * 0.9 and {200, 415, 422} <= statuses and max(statuses) < 500
    assert {path for path, status in seen if status == 200} == set(operations)
