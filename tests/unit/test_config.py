"""Settings: unknown values are named with the accepted ones, paths count from the repository."""

import os
import subprocess
import sys

import pytest

from course_utils.foundation import config


def test_profile_is_class_unless_asked_otherwise(monkeypatch):
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    assert config.profile() == "class"
    monkeypatch.setenv("COURSE_PROFILE", "Smoke")
    assert config.profile() == "smoke"


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("COURSE_PROFILE", "fast", config.profile),
        ("COURSE_DATA", "both", config.data_choice),
        ("COURSE_SEED", "lucky", config.seed),
        ("COURSE_SEED", "²", config.seed),
        ("COURSE_SEED", str(2**32), config.seed),
        ("COURSE_SEED", "9" * 5000, config.seed),
    ],
)
def test_an_unknown_value_is_refused_by_name(monkeypatch, variable, value, read):
    monkeypatch.setenv(variable, value)
    with pytest.raises(config.ConfigurationError, match=variable):
        read()


def test_an_empty_setting_is_none(monkeypatch):
    for variable, read, usual in (
        ("COURSE_SEED", config.seed, 2018),
        ("COURSE_PROFILE", config.profile, "class"),
        ("COURSE_MIRROR", config.mirror, None),
    ):
        monkeypatch.setenv(variable, " ")
        assert read() == usual


def test_a_mirrors_address_may_be_copied_without_its_http(monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", "192.168.1.5:8765/")
    assert config.mirror() == "http://192.168.1.5:8765"


def test_a_relative_mirror_counts_from_the_repository(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_MIRROR", "data")
    assert config.mirror() == str(config.repository_root() / "data")
    monkeypatch.setenv("COURSE_MIRROR", "http://127.0.0.1:8000/")
    assert config.mirror() == "http://127.0.0.1:8000"


def test_a_notebook_is_found_by_name_number_or_path():
    assert config.notebook_path("05-fruit-cnn").name == "05-fruit-cnn.ipynb"
    assert config.notebook_path("05").name == "05-fruit-cnn.ipynb"
    assert config.notebook_path("notebooks/05-fruit-cnn.ipynb").name == "05-fruit-cnn.ipynb"
    with pytest.raises(config.ConfigurationError, match="05-fruit-cnn"):
        config.notebook_path("99-nowhere")


def test_a_report_may_be_kept_in_a_file_where_files_know_no_tick():
    """Windows gives what is not a screen the encoding cp1252."""
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.workshop", "doctor", "--quick"],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"}, capture_output=True, encoding="cp1252", check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "? Python" in done.stdout


def test_a_root_that_is_none_ends_each_command_with_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.workshop", "data", "list"],
        env={**os.environ, "COURSE_ROOT": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "COURSE_ROOT=/path/to/the/course" in line


@pytest.mark.parametrize("command", ["html", "slides"])
def test_pages_that_cannot_be_written_end_with_one_line(tmp_path, monkeypatch, command):
    from typer.testing import CliRunner

    from course_utils.workshop import site, slides
    from course_utils.workshop.cli import app

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site, "build", full)
    monkeypatch.setattr(slides, "build", full)
    done = CliRunner().invoke(app, [command, "--out", str(tmp_path)])
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert "No space left" in done.output and f"course {command} --out" in done.output
