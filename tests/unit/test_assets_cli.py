"""What a person sees of `course data` and `course serve-mirror`, on a course of the tests' own."""

from __future__ import annotations

import pytest
import typer
from assets_support import ARCHIVE, FRUITS, fruit_table, sha256, write_registry
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop.cli import data, room

PRIVATE = {"kind": "mirror", "files": [{"name": "private.zip", "bytes": len(ARCHIVE), "sha256": sha256(ARCHIVE), "strip": "fruits"}]}  # fmt: skip


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with two assets, one used by a notebook, and a mirror folder that has both."""
    (tmp_path / "course.toml").write_text('[notebooks."01-a"]\ndata = ["fruits"]\n', encoding="utf-8")
    write_registry(
        tmp_path / "data" / "registry.toml",
        fruits=fruit_table(),
        private=fruit_table(
            title="Private fruits", addresses=[PRIVATE], redistribute=False, licence="ask first"
        ),
    )
    (tmp_path / "bundled" / "fruits").mkdir(parents=True)
    (tmp_path / "mirror").mkdir()
    for name in ("fruits.zip", "private.zip"):
        (tmp_path / "mirror" / name).write_bytes(ARCHIVE)
    for variable, value in {
        "COURSE_ROOT": str(tmp_path),
        "COURSE_CACHE": "cache",
        "COURSE_MIRROR": "mirror",
    }.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("COLUMNS", "100")
    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


def course_command(*words: str, status: int = 0):
    app = typer.Typer()
    data.register(app)
    room.register(app)
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == status, result.output
    return result


def test_the_list_shows_name_title_size_place_and_licence(course):
    lines = course_command("data", "list").output.splitlines()
    (line,) = [line for line in lines if line.startswith("fruits")]
    for word in ("Test fruits", "99 kB", "on the mirror", "CC0"):
        assert word in line
    course_command("data", "fetch")
    assert "in the cache" in course_command("data", "list").output


def test_fetch_without_a_name_brings_what_the_notebooks_use(course):
    result = course_command("data", "fetch")
    assert "✓ Test fruits: fetched from the mirror" in result.output
    assert (course / "cache/data/fruits/Test/Banana/9.jpg").read_bytes() == FRUITS["Test/Banana/9.jpg"]
    assert not (course / "cache/data/private").exists()
    course_command("data", "fetch", "--all")
    assert (course / "cache/data/private").exists()


def test_a_failed_fetch_is_one_line_with_the_next_command_and_status_1(course, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", "nowhere")
    result = course_command("data", "fetch", "fruits", status=1)
    assert result.output.count("\n") == 1
    assert result.output.startswith("✗ fruits could not be fetched: there is no fruits.zip in")
    assert "Next: course data fetch fruits" in result.output


def test_one_failure_does_not_stop_the_others(course):
    (course / "mirror" / "fruits.zip").unlink()
    result = course_command("data", "fetch", "fruits", "private", status=1)
    assert "✓ Private fruits" in result.output and "✗ fruits" in result.output


def test_verify_is_content_with_a_whole_cache(course):
    course_command("data", "fetch", "--all")
    result = course_command("data", "verify")
    assert "✓ fruits: whole" in result.output and "✓ private: whole" in result.output


def test_verify_names_the_damage_and_the_command_that_repairs_it(course):
    course_command("data", "fetch")
    picture = course / "cache/data/fruits/Training/Kiwi/1.jpg"
    picture.write_bytes(b"damaged")
    result = course_command("data", "verify", status=1)
    assert "✗ fruits: damaged. Next: course data fetch fruits --again" in result.output
    assert "changed: Training/Kiwi/1.jpg" in result.output
    course_command("data", "fetch", "fruits", "--again")
    assert picture.read_bytes() == FRUITS["Training/Kiwi/1.jpg"]
    course_command("data", "verify")


def test_verify_of_what_the_disk_does_not_give_goes_on_with_the_next(course, monkeypatch):
    from course_utils.foundation.assets import store

    def broken(self, asset, folder, *, shown):
        raise OSError(5, "Input/output error")

    course_command("data", "fetch", "fruits", "private")
    monkeypatch.setattr(store.Store, "_digests", broken)
    said = course_command("data", "verify", status=1).output
    assert "fruits: can't be read" in said and "Next: course data fetch fruits --again" in said
    assert "private: can't be read" in said


def test_verify_of_what_was_never_fetched_names_the_command(course):
    assert "Next: course data fetch fruits" in course_command("data", "verify", "fruits", status=1).output
    assert "not in the cache" in course_command("data", "verify").output


def test_path_prints_the_folder_and_nothing_else(course):
    course_command("data", "fetch")
    assert course_command("data", "path", "fruits").stdout.strip() == str(
        course / "cache" / "data" / "fruits"
    )


def test_path_announces_a_stand_in_beside_the_output(course):
    result = course_command("data", "path", "fruits")
    assert result.stdout.strip() == str(course / "bundled" / "fruits")
    assert "bundled stand-in" in result.stderr


def test_an_unknown_name_is_answered_with_the_known_ones(course):
    for words in (("fetch", "pears"), ("verify", "pears"), ("path", "pears")):
        assert "the course knows fruits, private" in course_command("data", *words, status=1).output


@pytest.fixture
def no_waiting(monkeypatch):
    """The server is built, announced and stopped at once."""
    from course_utils.foundation.assets import serve

    real = serve.make_server

    def make_server(*arguments, **options):
        server = real(*arguments, **options)
        server.serve_forever = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
        return server

    monkeypatch.setattr(serve, "make_server", make_server)


def test_serve_mirror_names_files_address_and_what_it_leaves_out(course, no_waiting):
    course_command("data", "fetch")
    result = course_command("serve-mirror", "--host", "127.0.0.1", "--port", "0")
    assert "✓ fruits.zip" in result.output and "COURSE_MIRROR=http://127.0.0.1:" in result.output
    assert "left out: private" in result.output and "--i-may-redistribute" in result.output
    assert "✓ private.zip" not in result.output
    assert "✓ private.zip" in course_command("serve-mirror", "--port", "0", "--i-may-redistribute").output


def test_serve_mirror_says_what_to_type_in_both_of_windows_terminals_and_how_much_each_laptop_gets(
    course, no_waiting
):
    course_command("data", "fetch")
    said = course_command("serve-mirror", "--host", "127.0.0.1", "--port", "0").output
    assert "set COURSE_MIRROR=http://127.0.0.1:" in said and "$env:COURSE_MIRROR='http://127.0.0.1:" in said
    assert f"up to {data.megabytes(len(ARCHIVE))} to each" in said


def test_a_laptop_takes_what_the_mirror_has_and_is_told_in_one_line_what_it_has_not(course):
    (course / "course.toml").write_text(
        '[notebooks."01-a"]\ndata = ["fruits", "private"]\n', encoding="utf-8"
    )
    (course / "mirror" / "private.zip").unlink()
    said = course_command("prepare", "--fetch").output
    assert said.splitlines() == [
        "Not on the mirror: private. The notebooks use what is bundled in their place.",
        "✓ fruits fetched from the mirror",
    ]
    assert (course / "cache/data/fruits").is_dir() and not (course / "cache/data/private").exists()
    assert "fetched" not in course_command("prepare", "--fetch").output


def test_a_mirror_that_does_not_answer_is_named_with_what_could_not_be_fetched(course, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(course / "nowhere"))
    said = course_command("prepare", "--fetch").output
    assert "! fruits: " in said and "nowhere" in said and "go on with bundled data" in said
    assert "Not on the mirror" not in said


def test_serve_mirror_with_nothing_to_serve_says_what_to_fetch(course, monkeypatch):
    monkeypatch.delenv("COURSE_MIRROR")
    result = course_command("serve-mirror", status=1)
    assert "nothing to serve" in result.output and "Next: course data fetch" in result.output


def test_serve_mirror_on_a_taken_port_names_another(course):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = course_command("serve-mirror", "--host", "127.0.0.1", "--port", str(port), status=1)
    assert f"Port {port} can't be used" in result.output and f"--port {port + 1}" in result.output


def test_serve_mirror_without_a_network_says_that_nobody_reaches_it(course, no_waiting, monkeypatch):
    from course_utils.foundation.assets import serve

    monkeypatch.setattr(serve, "room_address", lambda: "127.0.0.1")
    assert "--host ADDRESS" in course_command("serve-mirror", "--port", "0").output
    assert "--host ADDRESS" not in course_command("serve-mirror", "--host", "127.0.0.1", "--port", "0").output
    monkeypatch.setattr(serve, "room_address", lambda: "192.168.1.5")
    assert "--host ADDRESS" not in course_command("serve-mirror", "--port", "0").output


@pytest.mark.parametrize("port", [80, 65535])
def test_serve_mirror_names_a_port_that_a_person_may_take(course, monkeypatch, port):
    from course_utils.foundation.assets import serve

    def taken(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(serve, "make_server", taken)
    said = course_command("serve-mirror", "--port", str(port), status=1).output
    assert said.rstrip().endswith(f"--port {data.DEFAULT_PORT}")


def test_serve_mirror_refuses_a_port_and_an_address_that_cannot_be(course):
    assert "65535" in course_command("serve-mirror", "--port", "65536", status=2).output
    said = course_command("serve-mirror", "--host", "no such host", status=1).output
    assert "'no such host' is not an address to listen on" in said and "--port" not in said


def test_a_laptop_that_is_closed_is_one_line_on_the_instructors_screen(course, monkeypatch, capsys):
    import socket
    import struct
    import threading
    import time

    from course_utils.foundation.assets import serve

    real, servers = serve.make_server, []

    def make_server(*arguments, **options):
        server = real(*arguments, **options)
        servers.append(server)
        running = threading.Thread(target=server.serve_forever, daemon=True)
        running.start()
        server.serve_forever = knock
        return server

    def knock():
        with socket.create_connection(("127.0.0.1", servers[0].server_port)) as laptop:
            laptop.sendall(b"GET /fru")
            laptop.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes rudely
        deadline = time.monotonic() + 10
        while "ConnectionResetError" not in told and time.monotonic() < deadline:
            time.sleep(0.02)
        servers[0].shutdown()

    told = ""

    def say(text, style=""):
        nonlocal told
        told += f"{text}\n"

    monkeypatch.setattr(serve, "make_server", make_server)
    monkeypatch.setattr(data, "_say", say)
    course_command("serve-mirror", "--host", "127.0.0.1", "--port", "0")
    assert "127.0.0.1  ConnectionResetError" in told
    assert "Traceback" not in capsys.readouterr().err
