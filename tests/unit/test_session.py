"""The first cell of a notebook: what it reports, what it refuses, what it keeps from the learner's eyes."""

import inspect
import logging
import os
import re
import subprocess
import sys
import warnings

import pytest
from started import started

from course_utils import plots, session
from course_utils.checks.expected import UnexpectedResult
from course_utils.foundation import config
from course_utils.training.evaluation import wilson_interval


@pytest.fixture
def tiny(monkeypatch):
    bands = {"expected": {"class": {"bundled": {"test_accuracy": {"low": 0.9, "high": 1.0}}}}}
    monkeypatch.setattr(
        config, "course", lambda: {"notebooks": {"99-tiny": {"title": "Tiny", "data": [], **bands}}}
    )
    return session.Session("99-tiny", "class", "bundled", "made by the test", "tensorflow", "CPU", 1)


def test_a_result_is_shown_and_kept(tiny, capsys):
    tiny.result("test_accuracy", 0.95, n=100, chance=0.0625)
    assert "usual 0.900–1.000" in capsys.readouterr().out
    kept = tiny.record()["results"]["test_accuracy"]
    assert kept["ok"] is True and kept["n"] == 100 and kept["chance"] == 0.0625


def test_a_learner_is_told_and_ci_is_stopped(tiny, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    tiny.result("test_accuracy", 0.5)
    assert "✗" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(UnexpectedResult, match="test_accuracy 0.500"):
        tiny.result("test_accuracy", 0.5)


def test_a_result_stands_beside_mean_and_spread_of_the_kept_runs_of_its_source(tiny, monkeypatch, capsys):
    bands = {"test_accuracy": {"low": 0.9, "high": 1.0, "mean": 0.94321, "sd": 0.01051, "runs": 6}}
    real = {"test_accuracy": {"low": 0.9, "high": 1.0, "mean": 0.5, "sd": 0.0, "runs": 5}}
    imagenet = {"test_accuracy": {"low": 0.9, "high": 1.0, "mean": 0.7, "sd": 0.1, "runs": 5}}
    kept = {
        "smoke": {"bundled": real},
        "class": {"bundled": bands, "real": real, "bundled-imagenet": imagenet},
    }
    monkeypatch.setattr(config, "course", lambda: {"notebooks": {"99-tiny": {"expected": kept}}})
    assert tiny.kept("test_accuracy") == "0.943 ± 0.011"
    assert (
        tiny.kept("test_accuracy", "real", "class")
        == tiny.kept("test_accuracy", profile="smoke")
        == "0.500 ± 0.000"
    )
    assert tiny.kept("another") == "not measured"
    tiny.result("test_accuracy", 0.95)
    tiny.result("another", 0.5)
    table = tiny.beside_kept({"net": "test_accuracy", "never measured": "another"})
    assert table.to_dict("index") == {
        "net": {"this run": "0.950", "kept runs": "0.943 ± 0.011 (6 runs)"},
        "never measured": {"this run": "0.500", "kept runs": "not measured"},
    }
    tiny.weights = "imagenet"
    assert tiny.kept("test_accuracy") == "0.700 ± 0.100"


def test_shares_of_this_run_get_intervals_and_the_mean_and_spread_of_their_kept_runs(tiny, monkeypatch):
    bands = {"test_accuracy": {"low": 0.9, "high": 1.0, "mean": 0.943, "sd": 0.011, "runs": 6}}
    monkeypatch.setattr(
        config, "course", lambda: {"notebooks": {"99-tiny": {"expected": {"class": {"bundled": bands}}}}}
    )
    tiny.result("test_accuracy", 0.95, n=100)
    tiny.result("another", 0.5, n=40)
    found = tiny.intervals({"net": "test_accuracy", "never measured": "another"})
    assert found["names"] == ["net", "never measured"] and found["values"] == [0.95, 0.5]
    ends = list(zip(found["lows"], found["highs"], strict=True))
    assert ends == [wilson_interval(0.95, 100), wilson_interval(0.5, 40)]
    assert found["kept"] == [(0.943, 0.011), None]
    inspect.signature(plots.intervals).bind(**found)  # made for it


def test_settings_show_all_profiles_and_give_the_chosen_one(tiny):
    assert tiny.settings(smoke={"epochs": 1}, class_={"epochs": 3}, full={"epochs": 9}).epochs == 3
    with pytest.raises(ValueError, match="same parameters"):
        tiny.settings(smoke={"epochs": 1}, class_={"epochs": 3}, full={})


def test_the_table_of_settings_marks_the_column_of_this_run(tiny, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda table: shown.append(table.data))
    tiny.settings(smoke={"epochs": 1}, class_={"epochs": 3}, full={"epochs": 9})
    (table,) = shown
    heads = re.findall(r"<th>([^<]*)</th>", table)
    assert heads == ["parameter", "smoke", "class (this run)", "full"]
    assert re.findall(r"<b>([^<]*)</b>", table) == ["3"]


def test_an_unknown_backend_is_refused(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(session.SessionError, match="tensorflow, jax or torch"):
        session._choose_backend()


@pytest.mark.parametrize("asked, used", [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_of_pytorch_sleep_while_they_wait_unless_told_otherwise(monkeypatch, asked, used):
    monkeypatch.setenv("OMP_WAIT_POLICY", asked or "")
    if asked is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    fake = type(sys)("keras")
    fake.backend = type(sys)("keras.backend")
    fake.backend.backend = lambda: "torch"
    monkeypatch.setitem(sys.modules, "keras", fake)
    monkeypatch.setitem(session._DEVICES, "torch", lambda: os.environ["OMP_WAIT_POLICY"])
    assert session._load_backend("torch") == used, "read when torch is loaded, so set before"


@pytest.mark.parametrize(("backend", "expected"), [("tensorflow", False), ("jax", "auto"), ("torch", "auto")])
def test_small_nets_go_without_xla_on_tensorflow_only(backend, expected):
    assert session.Session("99-tiny", "class", "bundled", "made up", backend, "CPU", 1).jit == expected


def test_a_net_loaded_again_is_not_said_to_be_uncompiled_and_other_warnings_are_heard():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        session._quiet_about_compiling()
        warnings.warn(
            "Model doesn't support `jit_compile=True`. Proceeding with `jit_compile=False`.", stacklevel=1
        )
        warnings.warn("Layers were not built.", stacklevel=1)
    assert [str(one.message) for one in heard] == ["Layers were not built."]


@pytest.mark.parametrize(
    ("platform", "kind", "shown"),
    [
        ("tpu", "TPU v5 lite", "TPU (v5 lite)"),
        ("gpu", "NVIDIA H200", "GPU (NVIDIA H200)"),
        ("cpu", "cpu", "CPU"),
    ],
)
def test_jax_names_its_device_in_the_banner(monkeypatch, platform, kind, shown):
    from types import SimpleNamespace

    fake = SimpleNamespace(devices=lambda: [SimpleNamespace(platform=platform, device_kind=kind)])
    monkeypatch.setitem(sys.modules, "jax", fake)
    assert session._jax_device() == shown


def test_a_kernel_without_keras_names_the_menu_to_click(monkeypatch):
    monkeypatch.setattr(session.importlib.util, "find_spec", lambda name: None)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    with pytest.raises(session.SessionError, match="Change Kernel"):
        session._choose_backend()


def test_the_greeting_of_a_framework_is_held_back_unless_it_fails():
    code = (
        "import os, sys\n"
        "from course_utils.session import quiet_stderr\n"
        "with quiet_stderr(): os.write(2, b'hello from C++')\n"
        "sys.stderr.write('kept')\n"
        "try:\n"
        "    with quiet_stderr():\n"
        "        os.write(2, b'the reason')\n"
        "        raise ImportError\n"
        "except ImportError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "hello" not in done.stderr
    assert "kept" in done.stderr and "the reason" in done.stderr


@pytest.mark.parametrize(
    ("profile", "choice", "found", "expected"),
    [
        ("smoke", "auto", True, "bundled"),
        ("smoke", "real", True, "real"),
        ("class", "auto", True, "real"),
        ("class", "auto", False, "bundled"),
        ("class", "bundled", True, "bundled"),
        ("class", "real", False, "bundled"),
    ],
)
def test_real_data_are_used_as_soon_as_they_are_there(
    monkeypatch, tmp_path, profile, choice, found, expected
):
    from course_utils.foundation import assets

    answer = assets.Resolution(tmp_path if found else None, "cache" if found else "bundled", "why not")
    monkeypatch.setattr(assets, "resolve", lambda name: answer)
    monkeypatch.setenv("COURSE_DATA", choice)
    data, why = session._choose_data("05-fruit-cnn", profile)
    assert data == expected
    assert why


@pytest.mark.parametrize(
    ("profile", "choice", "found", "expected"),
    [
        ("smoke", "auto", True, "course"),
        ("class", "auto", True, "imagenet"),
        ("class", "auto", False, "course"),
        ("class", "bundled", True, "course"),
    ],
)
def test_imagenet_weights_are_used_as_soon_as_they_are_there(monkeypatch, profile, choice, found, expected):
    from course_utils import pretrained
    from course_utils.foundation import assets

    def find(net):
        if not found:
            raise assets.AssetError(f"no {net} here", "course data fetch")
        return f"{net} from the cache"

    monkeypatch.setattr(pretrained, "find", find)
    monkeypatch.setattr(
        session.config, "course", lambda: {"notebooks": {"02-pretrained-vgg16": {"weights": ["VGG16"]}}}
    )
    monkeypatch.setenv("COURSE_DATA", choice)
    weights, why = session._choose_weights("02-pretrained-vgg16", profile)
    assert weights == expected
    assert why


def test_a_figure_with_imagenet_weights_is_not_held_against_the_band_of_course_weights(monkeypatch):
    band = {"class": {"bundled": {"accuracy": {"low": 0.5, "high": 0.6}}}}
    monkeypatch.setattr(config, "course", lambda: {"notebooks": {"99-tiny": {"expected": band}}})
    found = {}
    for weights in ("course", "imagenet"):
        one = session.Session("99-tiny", "class", "bundled", "made up", "tensorflow", "CPU", 1, weights)
        one.result("accuracy", 0.9)
        found[weights] = one.results["accuracy"].ok
    assert found == {"course": False, "imagenet": None}


def test_a_notebook_without_pretrained_nets_speaks_of_no_weights():
    assert session._choose_weights("05-fruit-cnn", "class") == ("none", "")


@pytest.mark.parametrize(
    ("data", "bundled", "real"),
    [
        (
            ["fruits-360"],
            "rendered pictures, not photographs",
            "To work on the real pictures: `course data fetch",
        ),
        (
            ["ag-news"],
            "texts written for the course by its authors",
            "To work on real texts: `course data fetch",
        ),
        (
            ["fruits-360", "imdb"],
            "not photographs; texts written for the course by its authors",
            "real pictures and real texts",
        ),
        (
            ["mobilenetv2-imagenet"],
            "bundled with the course (made",
            "To work on the real data: `course data fetch",
        ),
        ([], "bundled with the course (made", ""),
    ],
)
def test_the_banner_calls_bundled_data_what_they_are(monkeypatch, capsys, data, bundled, real):
    monkeypatch.setattr(config, "course", lambda: {"notebooks": {"99-tiny": {"title": "Tiny", "data": data}}})
    session._show_banner(session.Session("99-tiny", "class", "bundled", "made up", "tensorflow", "CPU", 1))
    shown = capsys.readouterr().out
    assert bundled in shown and real in shown
    assert ("To work on" in shown) == bool(data)


@pytest.mark.parametrize("measured", [True, False])
def test_the_banner_says_before_a_fetch_what_then_has_no_usual_range(monkeypatch, capsys, measured):
    bands = {"class": {"real": {"accuracy": {}}, "bundled-imagenet": {"accuracy": {}}} if measured else {}}
    table = {"title": "Tiny", "data": ["fruits-360"], "expected": bands}
    monkeypatch.setattr(config, "course", lambda: {"notebooks": {"99-tiny": table}})
    session._show_banner(
        session.Session("99-tiny", "class", "bundled", "made up", "tensorflow", "CPU", 1, "course")
    )
    shown = capsys.readouterr().out
    assert shown.count("'not measured'") == (0 if measured else 2)
    assert ("ImageNet's weights: " in shown) != measured


def test_real_data_need_no_excuse(monkeypatch, capsys):
    monkeypatch.setattr(
        config, "course", lambda: {"notebooks": {"99-tiny": {"title": "Tiny", "data": ["imdb"]}}}
    )
    session._show_banner(session.Session("99-tiny", "class", "real", "the cache", "tensorflow", "CPU", 1))
    shown = capsys.readouterr().out
    assert "real (the cache)" in shown
    assert "bundled" not in shown and "To work on" not in shown


def test_start_answers_on_the_installed_backend_with_a_quiet_stderr(tmp_path_factory):
    done = started(tmp_path_factory)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == ""
    assert "05-fruit-cnn" in done.stdout and "bundled with the course" in done.stdout


def test_weights_that_nobody_tried_to_fetch_are_not_said_to_have_failed(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("COURSE_DATA", "auto")
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    for notebook, table in config.course()["notebooks"].items():
        said = " ".join(
            [*session._choose_data(notebook, "class"), *session._choose_weights(notebook, "class")]
        )
        assert "could not" not in said, notebook
        assert ("has not been fetched" in said) == bool(table.get("weights")), notebook


def test_log_lines_of_the_course_reach_the_learner_once_and_on_standard_output(monkeypatch, capsys):
    package = logging.getLogger("course_utils")
    monkeypatch.setattr(package, "handlers", [])
    monkeypatch.setattr(package, "level", logging.WARNING)
    monkeypatch.setattr(package, "propagate", True)
    for _ in range(2):  # a notebook's first cell may be run twice
        session._send_logs_to_stdout()
    logging.getLogger("course_utils.training").info("trained, and kept")
    told = capsys.readouterr()
    assert told.out == "trained, and kept\n" and told.err == ""
