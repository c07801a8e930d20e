"""No password and no token leaves in a message, a report, a log or a banner; an address that is none is a sentence."""

from __future__ import annotations

import functools
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from assets_support import (
    ARCHIVE,
    QUICK,
    FaultyServer,
    broken,
    fruit_table,
    good,
    make_store,
    running,
    sign_in_page,
    truncated,
    web_address,
    write_registry,
)
from typer.testing import CliRunner

from course_utils.foundation import addresses, assets, config
from course_utils.foundation.assets import AssetError, store
from course_utils.workshop import doctor
from course_utils.workshop.cli import app
from course_utils.workshop.doctor import network, settings

SECRET = "s3cr3t"
SECRETS = (SECRET, "alice")

HIDING = {
    "http://alice:s3cr3t@192.168.1.5:8765": "http://…@192.168.1.5:8765",
    "http://alice:s3cr3t@ss/w?r#d@host/x": "http://…@host/x",
    "http:/alice:s3cr3t@host": "http:/…@host",
    "https://host/f.zip?sig=s3cr3t&download=1": "https://host/f.zip?sig=…&download=1",
    "https://host/f.zip?s3cr3t": "https://host/f.zip?…",
    "https://host/f.zip#s3cr3t": "https://host/f.zip#…",
    "git+https://alice@host/repo.git": "git+https://…@host/repo.git",
    "Max retries exceeded with url: /f.zip?token=s3cr3t (Caused by": (
        "Max retries exceeded with url: /f.zip?token=… (Caused by"
    ),
    "http://192.168.1.5:8765": "http://192.168.1.5:8765",
    "http://alice:s3cr3t/x": "http://…/x",
    "C:\\data and /home/me@work/data": "C:\\data and /home/me@work/data",
}


@pytest.mark.parametrize("text", HIDING)
def test_what_a_password_may_look_like_is_hidden(text):
    assert addresses.shown(text) == HIDING[text]
    assert addresses.shown(HIDING[text]) == HIDING[text], "and showing twice changes nothing"


def test_a_proxy_may_come_without_its_http():
    assert addresses.shown_proxy("alice:s3cr3t@proxy:3128") == "…@proxy:3128"
    assert addresses.shown_proxy("proxy:3128") == "proxy:3128"


@pytest.fixture
def server():
    with running(FaultyServer()) as server:
        yield server


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one asset, with a cache of its own."""
    (tmp_path / "course.toml").write_text('[notebooks."01-a"]\ndata = ["fruits"]\n', encoding="utf-8")
    write_registry(tmp_path / "data" / "registry.toml", fruits=fruit_table())
    (tmp_path / "bundled" / "fruits").mkdir(parents=True)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", "cache")
    for cached in (config.repository_root, config.course):
        cached.cache_clear()
    yield tmp_path
    for cached in (config.repository_root, config.course):
        cached.cache_clear()


def told(error: BaseException) -> str:
    """All that a traceback would print of an error, causes and all."""
    import traceback

    return "".join(traceback.format_exception(error))


def mirrors(server) -> dict[str, str]:
    host = server.address.removeprefix("http://")
    return {
        "right": f"http://alice:{SECRET}@{host}",
        "with a token": f"http://{host}/?token={SECRET}",
        "without its http": f"alice:{SECRET}@{host}",
        "nobody there": f"http://alice:{SECRET}@127.0.0.1:9/?token={SECRET}",
        "no such host": f"http://alice:{SECRET}@no-such-host.invalid:8765",
        "not an address": f"http://alice:{SECRET}@[bad",
        "no port": f"http://alice:{SECRET}/x",
        "a slash too few": f"http:/alice:{SECRET}@{host}",
        "another scheme": f"ftp://alice:{SECRET}@{host}",
        "a host of dots": f"http://alice:{SECRET}@..",
    }


ANSWERS = {
    "good": good(),
    "failing": broken(500),
    "missing": broken(404),
    "signing in": sign_in_page(),
    "cut short": truncated(sent=0),
    "another file": good(ARCHIVE[:-30] + bytes(30)),
    "too short": good(ARCHIVE[:500]),
}
NAMES = list(mirrors(type("Nobody", (), {"address": "http://127.0.0.1:1"})))


@pytest.mark.parametrize(
    ("which", "answer"),
    [
        *((which, "good") for which in NAMES),
        *((which, answer) for which in ("right", "with a token") for answer in ANSWERS if answer != "good"),
    ],
)
def test_nothing_printed_logged_or_raised_holds_the_mirrors_password(
    course, server, monkeypatch, caplog, which, answer
):
    monkeypatch.setattr(assets, "Store", functools.partial(store.Store, patience=QUICK))
    monkeypatch.setenv("COURSE_MIRROR", mirrors(server)[which])
    for path in ("/fruits.zip", f"/fruits.zip?token={SECRET}"):
        server.answers(path, ANSWERS[answer])
    caplog.set_level(logging.DEBUG, logger="course_utils")
    said = [
        CliRunner().invoke(app, words).output
        for words in (
            ["data", "list"],
            ["prepare", "--fetch"],
            ["data", "fetch", "fruits"],
            ["data", "verify"],
        )
    ]
    found = assets.resolve("fruits")
    said.append(repr(found))
    said.append(doctor.report([*settings.look_at_settings(), *network.look_at_proxy()]))
    try:
        said.append(repr(assets.fetch("fruits", again=True, allow=("mirror",))))
    except (AssetError, config.ConfigurationError) as error:
        said += [told(error), repr(error)]
    said += [caplog.text]
    said += [path.read_text(encoding="utf-8") for path in (course / "cache").rglob(".course-asset.json")]
    for text in said:
        assert "Traceback" not in text or "error" in text.lower()
        for secret in SECRETS:
            assert secret not in text
    assert found.verified == (answer == "good" and which in ("right", "with a token", "without its http"))


def test_an_address_of_the_registry_keeps_its_token_to_itself(tmp_path, server, caplog):
    url = server.answers(f"/f?token={SECRET}", broken(403))
    one = make_store(tmp_path, fruits=fruit_table(addresses=[web_address(url)]))
    caplog.set_level(logging.DEBUG, logger="course_utils")
    with pytest.raises(AssetError) as caught:
        one.fetch("fruits")
    assert SECRET not in told(caught.value) + caplog.text
    server.answers(f"/f?token={SECRET}", good())
    assert SECRET not in one.fetch("fruits").message


def test_a_note_of_an_older_version_is_hidden_too(tmp_path):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "fruits.zip").write_bytes(ARCHIVE)
    one = make_store(tmp_path, str(mirror), fruits=fruit_table())
    marker = one.fetch("fruits").path / ".course-asset.json"
    text = marker.read_text(encoding="utf-8").replace(str(mirror), f"http://alice:{SECRET}@host")
    marker.write_text(text, encoding="utf-8")
    assert SECRET in text and SECRET not in one.resolve("fruits").message


def test_the_doctors_report_hides_the_proxys_password(monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://alice:{SECRET}@proxy:3128")
    monkeypatch.setenv("https_proxy", f"alice:{SECRET}@proxy:3128")
    report = doctor.report(network.look_at_proxy())
    assert "proxy:3128" in report and not any(secret in report for secret in SECRETS)


# An address that is none


@pytest.mark.parametrize(
    "value",
    [
        "http://[bad",
        "http://",
        "http://host:99999",
        "http://host:port",
        "https:/host",
        "ftp://host",
        "http://a b",
    ],
)
def test_a_mirror_address_that_is_none_is_a_sentence_and_notebooks_go_on(course, monkeypatch, value):
    monkeypatch.setenv("COURSE_MIRROR", value)
    with pytest.raises(config.ConfigurationError, match="COURSE_MIRROR is .*expected an address"):
        config.mirror()
    found = assets.resolve("fruits")
    assert found.origin == "bundled" and "COURSE_MIRROR is" in found.message
    listed = CliRunner().invoke(app, ["data", "list"])
    assert listed.exit_code == 1 and listed.output.startswith("✗ COURSE_MIRROR is")
    brought = CliRunner().invoke(app, ["prepare", "--fetch"])
    assert brought.exit_code == 0 and "go on with bundled data" in brought.output
    assert "proxy" in {one.subject for one in network.look_at_proxy()}
    (finding,) = [one for one in settings.look_at_settings() if "COURSE_MIRROR is" in one.text]
    assert finding.remedy


@pytest.mark.parametrize(
    "value", ["http://host", "https://192.168.1.5:8765/a/", "http://[::1]:8765", "http://a_b.local"]
)
def test_addresses_are_accepted(monkeypatch, value):
    monkeypatch.setenv("COURSE_MIRROR", value)
    assert config.mirror() == value.rstrip("/")


# Proxies


@pytest.mark.parametrize(
    "host", ["192.168.1.5", "10.0.0.7", "127.0.0.1", "localhost", "laptop.local", "::1", "fe80::1%eth0"]
)
def test_the_local_network_is_nearby(host):
    assert addresses.is_nearby(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "example.org", "notlocal", "local.example.org", ""])
def test_the_rest_of_the_world_is_not(host):
    assert not addresses.is_nearby(host)


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that answers everything with 502, and counts what it was asked for."""
    asked = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(502)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield asked
    server.shutdown()
    server.server_close()


def test_a_mirror_in_the_room_is_not_asked_for_through_a_proxy(tmp_path, server, proxy):
    server.answers("/fruits.zip", good())
    one = make_store(tmp_path, server.address, fruits=fruit_table())
    assert one.mirror_offers()[1] == ""
    assert one.fetch("fruits").origin == "mirror"
    assert proxy == []


def test_a_public_address_is_asked_for_through_the_proxy(tmp_path, proxy):
    one = make_store(tmp_path, fruits=fruit_table(addresses=[web_address("http://example.org/f.zip")]))
    with pytest.raises(AssetError, match="502"):
        one.fetch("fruits")
    assert proxy and proxy[0] == "http://example.org/f.zip"
