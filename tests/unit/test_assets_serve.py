"""An instructor's laptop serves registered files, whole or in part, and nothing else."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from assets_support import ARCHIVE, FRUITS, fruit_table, make_store, make_zip, running, sha256

from course_utils.foundation.assets import serve
from course_utils.foundation.assets.download import Patience

PRIVATE = make_zip({"Training/Banana/1.jpg": b"not for everybody"})

# Thirty threads on two cores: a server that is slow is not a failure here.
SLOW_ROOM = Patience(connect=30.0, read=30.0)


def private_table() -> dict:
    file = {"name": "sub folder/private set.zip", "bytes": len(PRIVATE), "sha256": sha256(PRIVATE)}
    tree = {"files": 1, "bytes": 1, "sha256": "0" * 64}
    return fruit_table(addresses=[{"kind": "mirror", "files": [file]}], redistribute=False, tree=tree)


@pytest.fixture
def store(tmp_path):
    """A cache with both archives, a secret beside them and one that is not what it is called."""
    store = make_store(tmp_path, fruits=fruit_table(), private=private_table())
    files = store.cache / "files"
    (files / "sub folder").mkdir(parents=True)
    (files / "fruits.zip").write_bytes(ARCHIVE)
    (files / "sub folder" / "private set.zip").write_bytes(PRIVATE)
    (files / "secret.txt").write_text("secret")
    (store.cache / "secret.txt").write_text("secret")
    return store


@pytest.fixture
def server(store):
    offer = serve.offer(store.registry, [store.cache / "files"], may_redistribute=True)
    with running(serve.make_server(offer.files, "127.0.0.1")) as server:
        yield server


def ask(server, path: str, method: str = "GET", **headers: str) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    result = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return result


def test_a_registered_file_is_served_whole(server):
    status, headers, body = ask(server, "/fruits.zip")
    assert (status, body) == (200, ARCHIVE)
    assert headers["Content-Length"] == str(len(ARCHIVE)) and headers["Accept-Ranges"] == "bytes"
    assert "Python" not in headers.get("Server", "")


def test_names_with_spaces_and_folders_are_served(server):
    assert ask(server, "/sub%20folder/private%20set.zip")[2] == PRIVATE


def test_head_sends_the_size_only(server):
    status, headers, body = ask(server, "/fruits.zip", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(ARCHIVE)), b"")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=1000-", 1000, None),
        ("bytes=10-19", 10, 20),
        ("bytes=-7", -7, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_a_range_is_served_in_part(server, asked, first, last):
    status, headers, body = ask(server, "/fruits.zip", Range=asked)
    assert (status, body) == (206, ARCHIVE[first:last])
    start = first if first >= 0 else len(ARCHIVE) + first
    assert headers["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(ARCHIVE)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=9-5", "bytes=-0"])
def test_an_impossible_range_is_refused(server, asked):
    status, headers, _ = ask(server, "/fruits.zip", Range=asked)
    assert status == 416 and headers["Content-Range"] == f"bytes */{len(ARCHIVE)}"


def test_a_question_that_makes_no_sense_is_answered_all_the_same(server):
    many = "9" * 5000
    assert ask(server, "/fruits.zip", Range=f"bytes={many}-")[0] == 416
    assert ask(server, "/fruits.zip", Range=f"bytes=5-{many}")[2] == ARCHIVE[5:]
    assert ask(server, "/fruits.zip", Range=f"bytes=-{many}")[2] == ARCHIVE
    for method in ("GET", "HEAD"):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as laptop:
            laptop.sendall(f"{method} http://[/fruits.zip HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert laptop.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert ask(server, "/[fruits].zip")[0] == 404


def test_after_a_file_that_broke_off_nothing_more_is_answered_on_that_connection(server, monkeypatch):
    def breaks_off(self, *arguments):
        raise TimeoutError("the laptop takes nothing")

    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as laptop:
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "sendfile", breaks_off)
            laptop.sendall(b"GET /fruits.zip HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
            heard = b"".join(iter(lambda: laptop.recv(1000), b""))
    assert heard.count(b"HTTP/1.1 200 ") == 1


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b"])
def test_a_range_of_another_kind_gets_the_whole_file(server, asked):
    assert ask(server, "/fruits.zip", Range=asked)[2] == ARCHIVE


@pytest.mark.parametrize(
    "path",
    [
        "/", "/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//fruits.zip/", "/sub%20folder",
        "/sub folder/../fruits.zip".replace(" ", "%20"), "/FRUITS.ZIP", "/fruits.zip%00", "/..\\secret.txt",
        "/etc/passwd", "//etc/passwd",
    ],
)  # fmt: skip
def test_nothing_else_is_served(server, path):
    status, _, body = ask(server, path)
    assert status == 404 and b"secret\n" not in body and b"root:" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_read_only(server, method):
    assert ask(server, "/fruits.zip", method)[0] == 501


def test_several_questions_on_one_connection_are_answered(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    for path, status in (("/fruits.zip", 200), ("/nothing", 404), ("/fruits.zip", 200)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_what_may_not_be_passed_on_is_left_out_until_the_instructor_says_so(store):
    folders = [store.cache / "files"]
    careful = serve.offer(store.registry, folders)
    assert list(careful.files) == ["fruits.zip"] and "private" in careful.left_out
    sure = serve.offer(store.registry, folders, may_redistribute=True)
    assert list(sure.files) == ["fruits.zip", "sub folder/private set.zip"] and not sure.left_out
    assert sure.bytes == len(ARCHIVE) + len(PRIVATE)


def test_a_file_that_is_not_the_registered_one_is_left_out(store):
    (store.cache / "files" / "fruits.zip").write_bytes(bytes(len(ARCHIVE)))
    offer = serve.offer(store.registry, [store.cache / "files"])
    assert not offer.files and "is not the registered file" in offer.left_out["fruits.zip"]


def test_a_whole_file_in_a_second_folder_is_found(store, tmp_path):
    (store.cache / "files" / "fruits.zip").write_bytes(b"damaged")
    second = tmp_path / "stick"
    second.mkdir()
    (second / "fruits.zip").write_bytes(ARCHIVE)
    assert serve.offer(store.registry, [store.cache / "files", second]).files == {
        "fruits.zip": second / "fruits.zip"
    }


def test_what_is_put_there_after_the_start_is_not_served(store, server):
    (store.cache / "files" / "new.zip").write_bytes(ARCHIVE)
    assert ask(server, "/new.zip")[0] == 404


def test_what_was_deleted_after_the_start_is_not_found_and_the_instructor_is_told(store, server, caplog):
    (store.cache / "files" / "fruits.zip").unlink()
    assert ask(server, "/fruits.zip")[0] == 404
    assert "fruits.zip can't be read any more" in caplog.text


@pytest.mark.parametrize(("system", "shared"), [("nt", False), ("posix", True)])
def test_two_mirrors_never_share_a_port_on_windows(system, shared):
    assert serve._reuse_address(system) is shared


def test_a_learner_fetches_from_the_instructor(store, server, tmp_path):
    sent = []
    offer = serve.offer(store.registry, [store.cache / "files"])
    with running(
        serve.make_server(offer.files, "127.0.0.1", on_sent=lambda *what: sent.append(what))
    ) as mirror:
        learner = make_store(
            tmp_path / "learner", f"http://127.0.0.1:{mirror.server_port}", fruits=fruit_table()
        )
        found = learner.resolve("fruits")
        deadline = time.monotonic() + 5
        while not sent and time.monotonic() < deadline:
            time.sleep(0.01)
    assert found.origin == "mirror" and learner.verify("fruits").status == "whole"
    assert sent == [("127.0.0.1", "fruits.zip", len(ARCHIVE))]
    # and what she fetched, she can serve in turn
    assert list(serve.offer(learner.registry, [learner.cache / "files"]).files) == ["fruits.zip"]


def test_thirty_learners_fetch_at_once_and_none_gets_a_damaged_byte(store, server, tmp_path):
    address = f"http://127.0.0.1:{server.server_port}"
    learners = [
        make_store(tmp_path / f"learner-{number}", address, SLOW_ROOM, fruits=fruit_table())
        for number in range(30)
    ]
    together = threading.Barrier(len(learners))

    def fetch(learner):
        together.wait(timeout=60)
        return learner.fetch("fruits", ("mirror",), progress=False).origin

    with ThreadPoolExecutor(len(learners)) as room:
        origins = list(room.map(fetch, learners))
    assert origins == ["mirror"] * 30
    assert {learner.verify("fruits").status for learner in learners} == {"whole"}
    assert ask(server, "/../secret.txt")[0] == 404


def test_a_whole_class_may_knock_before_the_first_is_let_in():
    """Where the queue is full, a laptop is turned away and asks again after a second at the earliest."""
    waiting = []
    server = serve.make_server({}, "127.0.0.1")  # listens, and lets nobody in yet
    try:
        for _ in range(40):
            waiting.append(socket.create_connection(("127.0.0.1", server.server_port), timeout=0.9))
    finally:
        for connection in waiting:
            connection.close()
        server.server_close()


def test_a_learner_resumes_from_the_instructor(store, server, tmp_path):
    learner = make_store(tmp_path / "learner", f"http://127.0.0.1:{server.server_port}", fruits=fruit_table())
    part = learner.cache / "files" / "fruits.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(ARCHIVE[:50_000])
    assert learner.resolve("fruits").origin == "mirror"
    assert (learner.folder(learner.registry["fruits"]) / "Test/Banana/9.jpg").read_bytes() == FRUITS[
        "Test/Banana/9.jpg"
    ]


def test_the_mirror_says_what_it_has(store, server, tmp_path):
    learner = make_store(
        tmp_path / "learner",
        f"http://127.0.0.1:{server.server_port}",
        fruits=fruit_table(),
        private=private_table(),
    )
    assert learner.mirror_offers() == ({"fruits", "private"}, "")
    learner.mirror = str(store.cache / "files")
    assert learner.mirror_offers() == ({"fruits", "private"}, "")
    shutil.rmtree(store.cache)
    learner.mirror = "http://127.0.0.1:9"
    assert learner.mirror_offers() == (set(), "it does not answer")
    learner.mirror = str(tmp_path / "no-such-folder")
    assert learner.mirror_offers() == (set(), "there is no such folder")
