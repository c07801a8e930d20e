"""The doctor names what a machine brings along and what changes results or speed without a word."""

import json

import pytest

from course_utils.foundation import config
from course_utils.workshop import doctor
from course_utils.workshop.doctor import surroundings


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine that brings nothing along; gives its home."""
    for name, _, _ in surroundings.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in ("PYTHONPATH", "PYTHONWARNINGS", "MPLBACKEND", "MATPLOTLIBRC", "IPYTHONDIR", "KERAS_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / ".keras"))
    return tmp_path


def keras_json(home, **settings):
    (home / ".keras").mkdir()
    (home / ".keras" / "keras.json").write_text(json.dumps(settings), encoding="utf-8")


def test_a_bare_machine_is_fine(bare):
    assert [finding.level for finding in surroundings.look_at_surroundings()] == ["ok"]


@pytest.mark.parametrize(
    "settings", [{"image_data_format": "channels_first"}, {"floatx": "float16"}, {"epsilon": 1e-3}], ids=str
)
def test_a_keras_file_with_other_settings_is_a_finding(bare, settings):
    keras_json(bare, **settings)
    (finding,) = surroundings.look_at_surroundings()
    (value,) = settings.values()
    assert finding.level == "note" and str(value) in finding.text and "keras.json" in finding.remedy


def test_a_keras_file_that_stops_keras_is_wrong(bare):
    keras_json(bare, floatx="bfloat16")
    (finding,) = surroundings.look_at_surroundings()
    assert not doctor.healthy([finding]) and finding.remedy.startswith("delete ")


def test_a_backend_of_the_file_is_named_unless_the_variable_decides(bare, monkeypatch):
    keras_json(bare, backend="jax")
    (finding,) = surroundings.look_at_surroundings()
    assert "backend jax" in finding.text and finding.remedy.startswith("KERAS_BACKEND=jax")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert [one.level for one in surroundings.look_at_surroundings()] == ["ok"]


@pytest.mark.parametrize(
    ("name", "value", "harmless"),
    [
        ("KERAS_MAX_EPOCHS", "1", ""),
        ("JAX_ENABLE_X64", "1", "0"),
        ("TF_ENABLE_ONEDNN_OPTS", "0", "1"),
        ("OMP_NUM_THREADS", "1", "4"),
        ("CUDA_VISIBLE_DEVICES", "-1", "0"),
        ("PYTHONOPTIMIZE", "2", "0"),
        ("PYTHONSTARTUP", "~/.pythonrc.py", ""),
    ],
)
def test_a_variable_is_named_where_it_changes_something(bare, monkeypatch, name, value, harmless):
    monkeypatch.setenv(name, value)
    (finding,) = surroundings.look_at_surroundings()
    assert finding.level == "note" and name in finding.text and f"unset {name}" in finding.remedy
    monkeypatch.setenv(name, harmless)
    assert [one.level for one in surroundings.look_at_surroundings()] == ["ok"]


@pytest.mark.parametrize(
    ("name", "value"), [("PYTHONWARNINGS", "error"), ("PYTHONWARNINGS", "default,error::Warning")]
)
def test_warnings_made_errors_are_wrong(bare, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not doctor.healthy(surroundings.look_at_surroundings())


def test_files_that_run_before_each_notebook_are_named(bare):
    folder = bare / ".ipython" / "profile_default" / "startup"
    folder.mkdir(parents=True)
    (folder / "README").write_text("IPython puts this here itself")
    assert [one.level for one in surroundings.look_at_surroundings()] == ["ok"]
    (folder / "00-mine.py").write_text("import numpy as np")
    (finding,) = surroundings.look_at_surroundings()
    assert finding.level == "note" and "00-mine.py" in finding.text


def test_a_pythonpath_is_named_but_for_the_course_itself(bare, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(config.repository_root()))
    assert [one.level for one in surroundings.look_at_surroundings()] == ["ok"]
    monkeypatch.setenv("PYTHONPATH", str(bare / "old-project"))
    (finding,) = surroundings.look_at_surroundings()
    assert "old-project" in finding.text


def test_a_style_of_ones_own_for_figures_is_named(bare, monkeypatch):
    (bare / "matplotlibrc").write_text("image.origin: lower\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(bare / "matplotlibrc"))
    (finding,) = surroundings.look_at_surroundings()
    assert finding.level == "note" and "matplotlibrc" in finding.text


def test_every_finding_has_a_remedy(bare, monkeypatch):
    keras_json(bare, floatx="float16", backend="jax")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    assert all(finding.remedy for finding in surroundings.look_at_surroundings())
