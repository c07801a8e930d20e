"""A password or a token of the mirror or the proxy is used, and never printed, logged, raised or written to the disk."""

from __future__ import annotations

import base64
import dataclasses
import importlib
import logging
import shutil
import traceback

import pytest
from assets_support import (
    ARCHIVE,
    QUICK,
    Behaviour,
    FaultyServer,
    broken,
    fruit_table,
    good,
    raising,
    running,
    sign_in_page,
    toml,
    truncated,
    write_registry,
)
from typer.testing import CliRunner

from course_utils.foundation import assets, config
from course_utils.foundation.assets import store as store_module
from course_utils.workshop import doctor

SECRET = "hunter2"
WITH_SECRET = {
    "password": ("http://me:hunter2@{host}", "/fruits.zip"),
    "name": ("http://hunter2@{host}/data", "/data/fruits.zip"),
    "token": ("http://{host}/data?sv=1&token=hunter2", "/data/fruits.zip?sv=1&token=hunter2"),
}
ANSWERS = {
    "good": [good()],
    "missing": [Behaviour(b"", 404)],
    "refused": [Behaviour(b"", 401)],
    "broken": [broken(500)],
    "odd": [broken(418)],
    "sign-in page": [sign_in_page()],
    "sign-in page by status": [sign_in_page(status=511)],
    "truncated": [truncated(sent=70_000), truncated(sent=0)],
    "short": [Behaviour(ARCHIVE[:900], announce=False, ranges=False)],
    "silent": [Behaviour(ARCHIVE, sent=0, stall=0.3)],
    "of another size": [good(ARCHIVE[:5000])],
    "forged": [good(ARCHIVE[:-30] + bytes(30))],
    "goes on elsewhere": [truncated(sent=70_000), Behaviour(ARCHIVE, 206, {"Content-Range": "bytes 0-9/10"}, ranges=False)],
    "cannot go on": [truncated(sent=70_000), Behaviour(b"", 416)],
    "sent elsewhere": [Behaviour(status=302, headers={"Location": "http://me:hunter2@[bad"})],
}  # fmt: skip


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one notebook with the tests' fruits, and a cache of its own."""
    text = '[notebooks."05-fruit-cnn"]\n' + "\n".join(
        f"{key} = {toml(value)}"
        for key, value in {
            "title": "Fruits",
            "minutes": 5,
            "objectives": ["See"],
            "needs": "",
            "data": ["fruits"],
        }.items()
    )
    (tmp_path / "course.toml").write_text(text + "\n", encoding="utf-8")
    write_registry(tmp_path / "data" / "registry.toml", fruits=fruit_table())
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(config, "course", lambda: config.read_course(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assets, "default_store", lambda: assets.Store(
        assets.load_registry(tmp_path / "data" / "registry.toml"), config.cache_dir(), config.mirror(), tmp_path, QUICK
    ))  # fmt: skip
    return tmp_path


@pytest.fixture
def told(caplog, capfd, course):
    """All that anybody could read: output, log lines, and the texts in the cache."""
    caplog.set_level(logging.INFO)
    heard = []

    def everything() -> str:
        printed = capfd.readouterr()
        files = [
            path.read_text(encoding="utf-8", errors="replace")
            for path in (course / "cache").rglob("*")
            if path.is_file()
        ]
        return "\n".join([*heard, printed.out, printed.err, caplog.text, *files])

    everything.hear = heard.append
    return everything


def use(hear) -> None:
    """What learners and instructors do with a mirror, whatever comes of it."""
    from course_utils import session
    from course_utils.workshop.cli import app

    hear(assets.resolve("fruits").message)
    hear(session._choose_data("05-fruit-cnn", "class")[1])
    try:
        hear(assets.fetch("fruits", progress=False).message)
    except assets.AssetError:
        hear(traceback.format_exc())
    store = assets.default_store()
    hear(repr([store.summary(), store.mirror_offers(), store.verify("fruits")]))
    for command in (
        ["data", "list"],
        ["data", "fetch", "fruits"],
        ["data", "verify"],
        ["data", "path", "fruits"],
    ):
        done = CliRunner().invoke(app, command)
        hear(done.output)
        if done.exc_info:
            hear("".join(traceback.format_exception(*done.exc_info)))
    looks = (doctor.look_at_settings, doctor.look_at_proxy, doctor.look_at_data)
    hear(doctor.report([finding for look in looks for finding in doctor._tried(look)]))


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("kind", WITH_SECRET)
def test_nothing_tells_the_secret_of_the_mirror(monkeypatch, told, kind, answer):
    address, path = WITH_SECRET[kind]
    if answer == "silent":  # waited for again and again
        monkeypatch.setitem(globals(), "QUICK", dataclasses.replace(QUICK, read=0.1))
    with running(FaultyServer()) as server:
        server.answers(path, *ANSWERS[answer])
        monkeypatch.setenv("COURSE_MIRROR", address.format(host=server.address.removeprefix("http://")))
        use(told.hear)
        asked = server.requests
    assert any(where == path for where, _ in asked), "the token is sent"
    everything = told()
    assert "127.0.0.1" in everything, "which server is meant can still be seen"
    assert SECRET not in everything


@pytest.mark.parametrize("kind", WITH_SECRET)
def test_a_mirror_that_is_gone_does_not_tell_the_secret(monkeypatch, told, kind):
    monkeypatch.setenv("COURSE_MIRROR", WITH_SECRET[kind][0].format(host="127.0.0.1:9"))
    use(told.hear)
    assert SECRET not in told()


@pytest.mark.parametrize(
    "value", ["http://me:hunter2@[bad", "ftp://me:hunter2@host", "http://me:hunter2/@host:8765"]
)
def test_a_mirror_that_is_not_an_address_does_not_tell_the_secret(monkeypatch, told, value):
    monkeypatch.setenv("COURSE_MIRROR", value)
    for attempt in (
        lambda: told.hear(assets.resolve("fruits").message),
        lambda: told.hear(doctor.report([f for look in doctor.QUICK_LOOKS for f in doctor._tried(look)])),
        lambda: config.mirror(),
    ):
        try:
            attempt()
        except config.ConfigurationError as problem:
            told.hear(str(problem))
    assert SECRET not in told()


def test_a_proxy_does_not_tell_its_password(monkeypatch, told):
    monkeypatch.setenv("http_proxy", "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("COURSE_MIRROR", "http://me:hunter2@mirror.example")
    use(told.hear)
    everything = told()
    assert "mirror.example was not asked: the proxy" in everything
    assert SECRET not in everything


def test_the_password_reaches_the_mirror(monkeypatch, course):
    seen = []
    with running(FaultyServer()) as server:
        server.answers("/fruits.zip", good())
        handler = server.RequestHandlerClass
        monkeypatch.setattr(
            handler, "log_message", lambda self, *_: seen.append(self.headers["Authorization"]), raising=True
        )
        monkeypatch.setenv("COURSE_MIRROR", f"http://me:{SECRET}@127.0.0.1:{server.server_port}")
        assert assets.fetch("fruits", progress=False).origin == "mirror"
    assert seen[-1] == "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()


def test_a_marker_of_an_older_course_does_not_tell_the_secret(monkeypatch, tmp_path, course, told):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "fruits.zip").write_bytes(ARCHIVE)
    monkeypatch.setenv("COURSE_MIRROR", str(mirror))
    marker = assets.fetch("fruits", progress=False).path / store_module.MARKER
    text = marker.read_text(encoding="utf-8")
    marker.write_text(text.replace(str(mirror), f"http://me:{SECRET}@host"), encoding="utf-8")
    assert SECRET not in assets.resolve("fruits").message
    shutil.rmtree(tmp_path / "cache")


def test_a_bug_that_names_the_address_does_not_tell_the_secret(monkeypatch, told):
    address = f"http://me:{SECRET}@127.0.0.1:9"
    monkeypatch.setenv("COURSE_MIRROR", address)
    monkeypatch.setattr(store_module, "download", raising(ZeroDivisionError(f"a bug at {address}")))
    told.hear(assets.resolve("fruits").message)
    everything = told()
    assert "a bug at http://…@127.0.0.1:9" in everything and SECRET not in everything


def test_the_link_to_a_hub_has_no_password():
    publication = importlib.import_module("course_utils.workshop.instructor.publication")
    for hub in (
        f"https://me:{SECRET}@hub.example.org",
        f"https://me:{SECRET}@[bad",
        f"ftp://me:{SECRET}@hub",
    ):
        with pytest.raises(publication.PublicationError) as caught:
            publication.hub_link(hub, "05-fruit-cnn")
        assert SECRET not in str(caught.value)
