"""Whatever a command cannot work with ends in one line and an exit status, never in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")


def course(*words: str, stdout=subprocess.PIPE, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course_utils.workshop", *words],
        env={**os.environ, **variables}, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize(
    "command", [["--help"], ["data", "list"], ["doctor", "--quick", "--report"]], ids=" ".join
)
def test_output_to_a_full_disk_ends_with_one_line(command):
    with FULL.open("w") as full:
        done = course(*command, stdout=full)
    (line,) = done.stderr.strip().splitlines()
    assert done.returncode == 1 and "The output can't be written: No space left on device" in line


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
def test_a_report_of_a_run_to_a_full_disk_ends_with_one_line(tmp_path):
    from course_utils.workshop import cli

    with pytest.raises(SystemExit) as ended:
        _main_with(cli, OSError(28, "No space left on device"))
    assert ended.value.code == 1


def _main_with(cli, problem: Exception) -> None:
    def broken() -> None:
        raise problem

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "app", broken)
        patch.setattr(cli, "_give_up_output", lambda _: None)
        cli.main()


def test_an_error_of_a_named_file_is_not_taken_for_one_of_the_output():
    from course_utils.workshop import cli

    with pytest.raises(PermissionError):
        _main_with(cli, PermissionError(13, "Permission denied", "some-file"))


@pytest.mark.parametrize(
    "command", [["data", "list"], ["data", "fetch"], ["data", "verify"], ["data", "path", "x"], ["prepare"], ["serve-mirror"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("slip", ["registry", "course", "mirror"])
def test_a_broken_file_or_setting_ends_each_command_with_one_line(
    tmp_path, monkeypatch, capsys, command, slip
):
    from course_utils.foundation import config
    from course_utils.workshop import cli

    (tmp_path / "data").mkdir()
    title = "3" if slip == "course" else '"A"'
    fields = (
        f'title = {title}\nminutes = 5\nobjectives = []\nneeds = ""\ndata = ["x"]\naccelerator = "none"\n'
    )
    (tmp_path / "course.toml").write_text(f'title = "A"\n[notebooks."01-a"]\n{fields}')
    (tmp_path / "data" / "registry.toml").write_text("assets = 3\n" if slip == "registry" else "[assets]\n")
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    if slip == "mirror":
        monkeypatch.setenv("COURSE_MIRROR", "http://[bad")
    config.repository_root.cache_clear()
    config.course.cache_clear()
    monkeypatch.setattr(sys, "argv", ["course", *command])
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        config.repository_root.cache_clear()
        config.course.cache_clear()
    said = capsys.readouterr()
    expected = {"registry": "registry.toml", "course": "course.toml", "mirror": "COURSE_MIRROR"}[slip]
    if slip == "course" and command[-1] not in ("fetch", "prepare"):
        return  # this command does not look into course.toml
    # `make lab` goes on with bundled data; all others have nothing to do.
    goes_on = command == ["prepare"] and slip != "course"
    assert ended.value.code in ((0, None) if goes_on else (1, 2)), said
    assert expected in said.out + said.err, said
    assert "Traceback" not in said.out + said.err


@pytest.mark.parametrize(
    "words",
    [
        ["bands", "05", "--seeds", "9" * 23],
        ["run", "05", "--seed", "9" * 23],
        ["run", "05", "--cell-seconds", "1e300"],
        ["doctor", "--seconds", "1e300"],
        ["doctor", "--seconds", "-1"],
        ["serve-mirror", "--port", "9" * 23],
    ],
    ids=" ".join,
)
def test_a_number_out_of_all_bounds_is_answered_with_the_bounds(words):
    from typer.testing import CliRunner

    from course_utils.workshop.cli import app

    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit)
    assert words[-2] in done.output
