"""Jupyter's port and token, a proxy, certificates and the clock: each trouble is named with its remedy."""

import datetime
import json
import os
import socket
import sys

import pytest

from course_utils.foundation import config
from course_utils.workshop.doctor import jupyter, network


@pytest.fixture(autouse=True)
def a_clean_environment(monkeypatch):
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith(("JUPYTER_", "SSL_CERT")):
            monkeypatch.delenv(name)
    for name in (*network.CERTIFICATE_FILES, "COURSE_MIRROR"):
        monkeypatch.delenv(name, raising=False)


# Jupyter


def test_a_free_port_is_fine(monkeypatch):
    monkeypatch.setattr(jupyter, "is_taken", lambda port: False)
    (finding,) = jupyter.look_at_port(set())
    assert (finding.level, finding.text) == ("ok", "port 8888 is free")


@pytest.mark.parametrize(
    ("known", "whose"), [({8888}, "a running Jupyter server"), (set(), "another program")]
)
def test_a_taken_port_is_noted_with_another_one(monkeypatch, known, whose):
    monkeypatch.setattr(jupyter, "is_taken", lambda port: port == 8888)
    (finding,) = jupyter.look_at_port(known)
    assert finding.level == "note" and whose in finding.text
    assert finding.remedy == "make lab LAB_ARGS=--port=8988"


def test_the_port_that_the_environment_asks_for_is_looked_at(monkeypatch):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        monkeypatch.setenv("JUPYTER_PORT", str(port))
        assert f"port {port} is taken by another program" in jupyter.look_at_port(set())[0].text
    assert jupyter.look_at_port(set())[0].level == "ok"
    monkeypatch.setenv("JUPYTER_PORT", "many")
    assert jupyter.look_at_port(set())[0].level == "wrong"


def test_a_server_of_another_environment_is_noted(tmp_path):
    other = {"port": 8890, "root_dir": "/home/me", "environment": tmp_path / "anaconda3"}
    own = {"port": 8888, "root_dir": "/home/me", "environment": jupyter.Path(sys.prefix)}
    noted, fine = jupyter.look_at_servers([other, own])
    assert noted.level == "note" and "anaconda3" in noted.text
    assert noted.remedy.startswith("jupyter server stop 8890")
    assert fine.level == "ok"


def test_servers_are_found_by_the_files_they_leave_and_only_while_they_live(tmp_path, monkeypatch):
    import psutil

    for pid, port in ((1, 8888), (2, 8889), (3, 8890)):
        told = {"pid": pid, "port": port, "root_dir": "/home/me"}
        (tmp_path / f"jpserver-{pid}.json").write_text(json.dumps(told))
    (tmp_path / "jpserver-9.json").write_text("not json")
    commands = {1: ["/opt/env/bin/python", "/opt/env/bin/jupyter-lab"], 3: ["/usr/bin/vim"]}

    class Process:
        def __init__(self, pid):
            if pid not in commands:
                raise psutil.NoSuchProcess(pid)
            self.pid = pid

        def cmdline(self):
            return commands[self.pid]

    monkeypatch.setattr(psutil, "Process", Process)
    (server,) = jupyter.running_servers(tmp_path)
    assert server["port"] == 8888
    assert server["environment"] == jupyter.Path("/opt/env") or os.name == "nt"


def test_no_token_of_ones_own_is_nothing_to_speak_of():
    assert jupyter.look_at_token() == []


def test_a_token_file_that_is_not_there_keeps_jupyterlab_from_starting(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_TOKEN_FILE", str(tmp_path / "token"))
    (finding,) = jupyter.look_at_token()
    assert finding.level == "wrong" and finding.remedy == "unset JUPYTER_TOKEN_FILE"


@pytest.mark.parametrize(("token", "level"), [("map", "note"), ("a-long-secret-word", "ok")])
def test_a_short_token_is_noted_and_none_is_ever_printed(monkeypatch, tmp_path, token, level):
    monkeypatch.setenv("JUPYTER_TOKEN", token)
    (finding,) = jupyter.look_at_token()
    assert finding.level == level and token not in finding.text.split() and "secret" not in str(finding)
    monkeypatch.delenv("JUPYTER_TOKEN")
    (tmp_path / "token").write_text(f"{token}\n")
    monkeypatch.setenv("JUPYTER_TOKEN_FILE", str(tmp_path / "token"))
    (finding,) = jupyter.look_at_token()
    assert finding.level == level and "JUPYTER_TOKEN_FILE" in finding.text


# Proxy


@pytest.fixture
def proxies(monkeypatch):
    """A system whose only proxies are those of the environment."""
    monkeypatch.setattr(network.urllib.request, "getproxies", network.urllib.request.getproxies_environment)
    monkeypatch.setattr(
        network.urllib.request, "proxy_bypass", network.urllib.request.proxy_bypass_environment
    )
    return monkeypatch


def test_no_proxy_is_fine(proxies):
    assert network.look_at_proxy() == [network.Finding("proxy", "ok", "none")]


@pytest.mark.parametrize("address", ["http://me:hunter2@", "http://me:p@hunter2@", "me:hunter2@"])
def test_a_proxy_that_would_be_asked_for_the_mirror_is_noted_without_its_password(proxies, address):
    proxies.setenv("http_proxy", f"{address}proxy.example:3128")
    proxies.setenv("no_proxy", "localhost,127.0.0.1")
    proxies.setenv("COURSE_MIRROR", "http://mirror.example.org:8765")
    (finding,) = network.look_at_proxy()
    assert finding.level == "note" and "asked for mirror.example.org" in finding.text
    assert finding.remedy == "export NO_PROXY=localhost,127.0.0.1,mirror.example.org"
    with proxies.context() as on_windows:
        on_windows.setattr(sys, "platform", "win32")
        assert network.look_at_proxy()[0].remedy.startswith("set NO_PROXY=localhost,")
    assert "hunter2" not in str(finding) and "proxy.example:3128" in finding.text
    proxies.setenv("no_proxy", "localhost,127.0.0.1,mirror.example.org")
    assert network.look_at_proxy()[0].level == "ok"
    proxies.setenv("no_proxy", "localhost,127.0.0.1")
    proxies.setenv("COURSE_MIRROR", "http://192.168.1.5:8765")
    assert network.look_at_proxy()[0].level == "ok", "fetching goes past the proxy to the local network"


def test_a_proxy_for_this_very_machine_is_noted(proxies):
    proxies.setenv("https_proxy", "http://proxy.example:3128")
    (finding,) = network.look_at_proxy()
    assert finding.level == "note" and "127.0.0.1" in finding.text


# Certificates


def test_certificates_are_fine_where_nobody_moved_them():
    assert [finding.level for finding in network.look_at_certificates()] == ["ok"]


@pytest.mark.parametrize("name", network.CERTIFICATE_FILES)
def test_a_variable_that_points_nowhere_is_named(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(tmp_path / "bundle.pem"))
    (finding,) = network.look_at_certificates()
    assert finding.level == "note" and name in finding.text and finding.remedy == f"unset {name}"


def test_a_bundle_without_certificates_is_noted(monkeypatch, tmp_path):
    (tmp_path / "bundle.pem").write_text("Welcome to the hotel's Wi-Fi\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bundle.pem"))
    (finding,) = network.look_at_certificates()
    assert "holds no certificate" in finding.text
    monkeypatch.setenv("SSL_CERT_FILE", str(network.certifi_bundle()))
    assert network.look_at_certificates()[0].level == "ok"


def test_a_folder_of_certificates_that_is_none_is_noted(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "certs"))
    (finding,) = network.look_at_certificates()
    assert finding.remedy == "unset SSL_CERT_DIR"


@pytest.mark.parametrize("where", [None, "gone.pem"])
def test_a_missing_list_of_certifi_is_noted(monkeypatch, tmp_path, where):
    monkeypatch.setattr(network, "certifi_bundle", lambda: where and tmp_path / where)
    (finding,) = network.look_at_certificates()
    assert "certifi" in finding.text and finding.remedy == "make lab"


# The clock


@pytest.fixture
def a_course_of(tmp_path, monkeypatch):
    """A course whose newest recorded table is of a day."""

    def of(day: str, written: str | None = None):
        folder = tmp_path / "benchmarks" / "recorded"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "old.json").write_text('{"recorded": "2019-01-01"}')
        (folder / "new.json").write_text(f'{{\n  "recorded": "{day}"\n}}')
        toml = tmp_path / "course.toml"
        toml.write_text("")
        moment = datetime.datetime.fromisoformat(written or day).timestamp()
        os.utime(toml, (moment, moment))

    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    return of


def at(monkeypatch, moment: str):
    seconds = datetime.datetime.fromisoformat(moment).timestamp()
    monkeypatch.setattr(network.time, "time", lambda: seconds)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-12-24", None),
        ("2026-11-20T20:00", None),  # the other side of the date line
        ("2019-12-31", "certificates seem not yet valid"),
        ("2031-01-01", "3 years and more after"),
    ],
)
def test_a_clock_far_from_the_days_in_the_course_is_noted(monkeypatch, a_course_of, now, said):
    a_course_of("2026-11-21", written="2019-01-01")
    at(monkeypatch, now)
    (finding,) = network.look_at_clock()
    assert finding.level == ("note" if said else "ok")
    assert (said or "") in finding.text
    assert bool(finding.remedy) == bool(said)


def test_a_clock_that_went_back_since_a_file_was_written_is_noted(monkeypatch, a_course_of):
    a_course_of("2026-11-21", written="2027-03-01")
    at(monkeypatch, "2026-12-24")
    (finding,) = network.look_at_clock()
    assert "course.toml was written later" in finding.text


def test_the_course_knows_the_day_of_its_newest_table():
    assert network.newest_day(config.repository_root()) >= datetime.date(2026, 11, 21)
