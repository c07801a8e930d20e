"""Names, sizes, commands and the words for what went wrong, on long lists of inputs: each is as it was approved."""

import errno
from pathlib import Path
from types import SimpleNamespace

import approvals
import pytest
import requests

from course_utils.foundation.assets import by_hand, download, errors, gitparts, store, unpack, web
from course_utils.foundation.assets.registry import RemoteFile

FILE = RemoteFile("set.zip", "https://example.org/set.zip", 1000, "ab" * 32)
OPEN = RemoteFile("set.zip", "https://example.org/set.zip")


class Holder:
    """Stands in for the growing file."""

    def __init__(self, position=0):
        self.position, self.restarted, self.written = position, 0, b""

    def restart(self):
        self.position, self.restarted = 0, self.restarted + 1

    def write(self, chunk):
        self.written += chunk


def failure(work):
    """What an attempt says, and whether it is worth another one."""
    try:
        work()
    except errors.Failure as found:
        return f"{found} retry {found.retry} restart {found.restart}"
    return "nothing"


def response(status=200, headers=None, body=b"x", reason="Odd"):
    found = requests.Response()
    found.status_code, found.reason, found.url = status, reason, "https://example.org/set.zip"
    found.headers.update(headers or {})
    found.iter_content = lambda size: iter([body])
    return found


ANSWERS = [
    (0, FILE, {"headers": {"Content-Length": "1000"}}), (0, FILE, {"headers": {"Content-Length": "900"}}), (400, FILE, {"headers": {"Content-Length": "600"}, "status": 206}),
    (400, FILE, {"headers": {"Content-Length": "600", "Content-Range": "bytes 400-999/1000"}, "status": 206}), (400, FILE, {"headers": {"Content-Range": "bytes 0-999/1000"}, "status": 206}),
    (400, FILE, {}), (0, FILE, {"headers": {"Content-Type": "text/html; charset=utf-8"}}), (0, FILE, {"headers": {"Content-Length": "50"}, "body": b"<!DOCTYPE html>"}), (0, OPEN, {"headers": {"Content-Length": "50"}}),
    (7, FILE, {"status": 416}), (0, FILE, {"status": 404}), (0, FILE, {"status": 500}), (0, FILE, {"status": 503}), (0, FILE, {"status": 403, "reason": ""}), (0, FILE, {"status": 511}), (0, FILE, {"status": 429}),
]  # fmt: skip
RAISED = [
    requests.exceptions.SSLError("x"), requests.exceptions.ProxyError("x"), requests.exceptions.ReadTimeout("Read timed out."), requests.exceptions.ConnectionError("reset"),
    requests.exceptions.ChunkedEncodingError("x"), requests.exceptions.InvalidURL("no host"), ValueError("odd host"), requests.exceptions.ConnectTimeout("x"),
]  # fmt: skip


def test_answers_of_a_server_are_judged_as_approved(monkeypatch):
    asked = []

    class Answer:
        def __init__(self, given):
            self.given = given

        def __enter__(self):
            if isinstance(self.given, Exception):
                raise self.given
            return self.given

        def __exit__(self, *_):
            return None

    for position, file, how in [*ANSWERS, *((place, FILE, error) for error in RAISED for place in (0, 500))]:
        given = how if isinstance(how, Exception) else response(**how)
        monkeypatch.setattr(
            web, "ask", lambda url, given=given, **options: asked.append((url, options)) or Answer(given)
        )
        sink = Holder(position)
        said = failure(
            lambda sink=sink, file=file: download._request(file.url, sink, file, download.Patience())
        )
        headers = {name: value for name, value in asked[-1][1]["headers"].items() if name != "User-Agent"}
        approvals.see(
            said=said,
            restarted=sink.restarted,
            written=sink.written,
            timeout=asked[-1][1]["timeout"],
            headers=headers,
        )
    asked.clear()
    download._request(FILE.url, Holder(1000), FILE, download.Patience())
    assert asked == []


def test_files_are_checked_as_approved(tmp_path):
    path = tmp_path / "set.zip"
    for content, file in (
        (b"", FILE), (b"<html>", FILE), (b"x" * 999, FILE), (b"x" * 1001, FILE), (b"x" * 1000, FILE), (b"x" * 5, RemoteFile("set.zip")), (b"PK\3\4", RemoteFile("set.zip")),
        (b"x", RemoteFile("a.png")), (b" <HEAD>", RemoteFile("page.html")), (b"x", RemoteFile("a.tar.gz")), (b"x", RemoteFile("a.txt", digest="0" * 32, algorithm="md5")),
    ):  # fmt: skip
        path.write_bytes(content)
        approvals.see(
            said=failure(lambda file=file: download.check_file(path, file, "https://example.org/set.zip"))
        )
    for file in (
        FILE,
        RemoteFile("other/set.zip"),
        RemoteFile("set.zip", bytes=4),
        RemoteFile("set.zip", digest="0" * 64),
    ):
        approvals.see(
            copied=failure(
                lambda file=file: download.copy(
                    tmp_path / file.name, tmp_path / "new.part", file, shown=False
                )
            )
        )


def test_words_of_git_become_a_sentence_as_approved():
    for words in (
        [], ["fatal: Could not resolve host: example.org"], ["x", "fatal: unable to access 'y'"], ["connection timed out"], ["fatal: remote error: upload-pack: not our ref 1234"],
        ["fatal: couldn't find remote ref z"], ["error: No space left on device"], ["first", "the last word " * 30],
    ):  # fmt: skip
        approvals.see(said=gitparts._explain(words))


def test_errors_of_a_disk_become_a_sentence_as_approved():
    for number in (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.EIO,
    ):
        for name in (None, "/cache/file"):
            found = errors.from_os_error(OSError(number, "words", name), "fruits", Path("/cache"))
            approvals.see(reason=found.reason, command=found.command, said=str(found))
    approvals.see(
        commands=[
            errors.fetch_command("fruits"),
            errors.fetch_command("fruits", "--again", "--unverified"),
            errors.with_setting("A", "b", "c"),
        ]
    )
    approvals.see(
        tidy=str(errors.AssetError(" two  blanks\n and a stop. ", "course x")),
        failure=str(errors.Failure(" a\n b ")),
    )


NAMES = (
    "a.txt", "a/b.txt", "../a", "/a", "a//b", "a/./b", "a/../b", "c:/a", "a\\b", "con", "CON.txt", "a/Nul", "lpt1.x", "com9", "com0", "aux", "a.", "a ", "a/b. /c", "a\x01b", "", "ü/é.png", "a:b",
)  # fmt: skip


def test_names_in_archives_are_judged_as_approved():
    for name in NAMES:
        approvals.see(**{name or "nothing": failure(lambda name=name: unpack.check_name(name))})
    for tree in (None, SimpleNamespace(files=2)):
        limit = unpack.Limit(SimpleNamespace(size=100, tree=tree))
        approvals.see(
            limit=(limit.bytes, limit.files),
            said=failure(lambda limit=limit: limit.count("large", limit.bytes + 1)),
        )
        other = unpack.Limit(SimpleNamespace(size=100, tree=tree))
        approvals.see(all=failure(lambda other=other: other.count("whole", other.bytes)))


def test_downloads_are_told_apart_by_their_names_as_approved():
    wanted = ["IMDB Dataset.csv", "set.zip"]
    for name in (
        "IMDB Dataset.csv", "IMDB Dataset (1).csv", "IMDB Dataset.csv.zip", "IMDB Dataset.csv (2).zip", "archive.zip", "archive (3).zip", "archive-2.zip", "set.zip", "set(1).zip", "set - Copy.zip", "set copy 2.zip",
        "set", "other.zip", ".", "folder/", "IMDB Dataset", "SET.ZIP",
    ):  # fmt: skip
        approvals.see(**{name: by_hand._distance(by_hand.Candidate(name), wanted)})
    names = ["a/b/1.jpg", "a/b/2.jpg", "a/notes.txt", "b/1.jpg", "__MACOSX/a/b/1.jpg"]
    for wants in ({"1.jpg", "2.jpg"}, {"b/1.jpg"}, {"x"}, set()):
        approvals.see(prefix=by_hand._best_prefix(names, wants.__contains__))
    approvals.see(
        some=[by_hand._some([f"n{number}" for number in range(count)]) for count in (0, 1, 4, 5, 9)]
    )


@pytest.mark.parametrize("content", [b"", b"  <!DOCTYPE html>", b"<HTML>", b"plain"], ids=range(4))
def test_a_file_that_cannot_be_it_is_told_as_approved(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    approvals.see(why=by_hand._unreadable(tmp_path / "file"))


def test_sizes_are_read_as_approved():
    counts = (
        0,
        1,
        499,
        999,
        1000,
        1500,
        999_499,
        999_999,
        1_000_000,
        1_500_000,
        999_999_999,
        1_000_000_000,
        1_250_000_000,
    )
    approvals.see(
        sizes=[store.megabytes(count) for count in counts],
        words=[store.size_in_words(count) for count in counts],
    )
