"""Preparing a runtime of Colab's or Kaggle's: the package, what is missing, what is too old, and where to click."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.foundation import hosted
from course_utils.foundation.hosted import colab, kaggle, runtime

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests" / "colab" / "stand_in"


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """A runtime on which pip's calls are kept instead of made; everything the course needs is there."""
    installed = []
    monkeypatch.setattr(runtime, "pip_install", lambda *what, **options: installed.append(what))
    monkeypatch.setattr(runtime, "missing", lambda: [])
    monkeypatch.setattr(runtime, "too_old", lambda: [])
    monkeypatch.setattr(runtime, "has_gpu", lambda: False)
    monkeypatch.setattr(runtime, "has_tpu", lambda: False)
    monkeypatch.setattr(runtime, "is_installed_from", lambda folder: False)
    monkeypatch.setattr(kaggle, "SCRATCH", tmp_path / "temp")
    monkeypatch.setattr(kaggle, "INPUT", tmp_path / "input")
    for name in ("COURSE_ROOT", "COURSE_CACHE", "COURSE_MIRROR", "KAGGLE_KERNEL_RUN_TYPE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.delenv("KERAS_BACKEND")
    return installed


@pytest.fixture
def on_kaggle(calls, monkeypatch):
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_20260801")  # Kaggle's image is made from Colab's
    monkeypatch.syspath_prepend(str(STAND_IN))
    return calls


def requirements(monkeypatch, lines, there):
    """A package with these requirements, on a runtime that has only these distributions."""

    def version(name):
        if name not in there:
            raise importlib.metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(importlib.metadata, "requires", lambda package: lines)
    monkeypatch.setattr(importlib.metadata, "version", version)


# ------------------------------------------------------------------------------------------- what is installed


def test_what_is_missing_is_installed_and_what_is_there_is_left(monkeypatch):
    requirements(monkeypatch, ["lime>=0.2.0.1", "pandas>=2.2", "tomlkit>=0.13"], {"pandas": "2.2.3"})
    assert runtime.missing() == ["lime>=0.2.0.1", "tomlkit>=0.13"]


def test_what_is_too_old_counts_as_missing(monkeypatch):
    requirements(
        monkeypatch,
        ["pandas>=2.2", "scipy>=1.13", "pooch>=1.8"],
        {"pandas": "2.0.3", "scipy": "1.13", "pooch": "1.8.2.dev3"},
    )
    assert runtime.missing() == ["pandas>=2.2"]


def test_a_requirement_of_another_system_is_not_asked_for(monkeypatch):
    requirements(monkeypatch, ["here>=1; python_version >= '3'", "there>=1; python_version < '3'"], {})
    assert runtime.missing() == ["here>=1"]


def test_the_frameworks_numpy_and_the_notebook_server_are_never_touched(monkeypatch):
    lines = [
        "keras>=3.8",
        "numpy>=1.26",
        "ipykernel>=6.17",
        "jupyterlab>=4.3",
        'tensorflow-cpu; extra == "cpu"',
    ]
    requirements(monkeypatch, lines, {})
    assert runtime.missing() == []


def test_every_extra_but_that_for_serving_is_left_out(monkeypatch):
    lines = ['nbval==0.11.0; extra == "test"', "lime>=0.2", 'uvicorn>=0.30; extra == "serve"']
    requirements(monkeypatch, lines, {})
    assert runtime.missing() == ["lime>=0.2", "uvicorn>=0.30"]


def test_an_onnx_that_the_runtimes_protobuf_cannot_read_is_not_asked_for(monkeypatch):
    requirements(monkeypatch, ['onnx>=1.17; extra == "serve"'], {})
    assert runtime.missing() == ["onnx>=1.17,<1.23"]


def test_what_a_new_package_needs_comes_too_if_no_version_of_it_is_there(calls, monkeypatch, tmp_path):
    needs = {
        "fastapi": ["starlette>=1.6", "opentelemetry-api>=1.44", 'httpx; extra == "standard"', "numpy>=2"],
        "opentelemetry-api": ["typing-extensions>=4.5", 'old; python_version < "3"'],
    }
    there = {"starlette": "0.40"}  # older than asked for, and it stays
    requirements(monkeypatch, [], there)
    monkeypatch.setattr(importlib.metadata, "requires", lambda package: needs.get(package))
    monkeypatch.setattr(runtime, "missing", lambda: ["fastapi>=0.115"])
    monkeypatch.setattr(runtime, "_without_keras", lambda: "")

    def install(*what, **options):
        calls.append(what)
        there.update({one.split(">=")[0]: "9" for one in what})

    monkeypatch.setattr(runtime, "pip_install", install)
    hosted.set_up(tmp_path)
    assert calls[1:] == [("fastapi>=0.115",), ("opentelemetry-api>=1.44",), ("typing-extensions>=4.5",)]


@pytest.mark.parametrize(
    ("run_type", "click"), [(None, "Runtime version > Latest"), ("Batch", "latest environment")]
)
def test_a_runtime_whose_keras_is_too_old_says_where_a_newer_one_is_chosen(
    calls, monkeypatch, tmp_path, run_type, click
):
    if run_type:
        monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", run_type)
    monkeypatch.setattr(runtime, "too_old", lambda: [("keras", "2.15.0", ">=3.8")])
    with pytest.raises(hosted.HostedError, match=f"keras 2.15.0, and the course needs keras>=3.8.*{click}"):
        hosted.set_up(tmp_path)


def test_what_the_runtime_has_is_compared_with_what_the_course_needs(monkeypatch):
    requirements(
        monkeypatch,
        ["keras>=3.8", "numpy>=1.26", "ipykernel>=6.17"],
        {"keras": "2.15.0", "numpy": "2.1.3", "ipykernel": "5.5.6"},
    )
    assert runtime.too_old() == [("keras", "2.15.0", ">=3.8")], "Colab's kernel is its own affair"
    requirements(monkeypatch, ["keras>=3.8"], {"keras": "3.13.2"})
    assert runtime.too_old() == []


def test_a_newer_version_of_what_is_loaded_already_needs_a_new_session(calls, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(runtime, "missing", lambda: ["scikit-learn>=1.5"])
    monkeypatch.setitem(sys.modules, "sklearn", sys)
    colab.set_up(tmp_path)
    assert calls[1:] == [("scikit-learn>=1.5",)]
    assert "sklearn came in a newer version. Runtime > Disconnect" in capsys.readouterr().out


def test_pip_is_told_to_bring_no_dependencies(monkeypatch):
    calls = []

    def run(command, **options):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    runtime.pip_install("lime>=0.2.0.1", start_again="there")
    assert calls == [[sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "lime>=0.2.0.1"]]


def test_a_failing_installation_says_why_and_where_to_click(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: no such thing\n")
    monkeypatch.setattr(subprocess, "run", lambda command, **options: failed)
    with pytest.raises(hosted.HostedError, match=r"(?s)no such thing.*Runtime > Disconnect"):
        runtime.pip_install("nothing", start_again=colab.START_AGAIN)


@pytest.mark.parametrize(("origin", "same"), [("here", True), ("elsewhere", False)])
def test_another_clones_installation_is_replaced(tmp_path, monkeypatch, origin, same):
    class Distribution:
        def read_text(self, name):
            return json.dumps({"url": (tmp_path / origin).as_uri(), "dir_info": {"editable": True}})

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())
    assert runtime.is_installed_from(tmp_path / "here") is same


def test_it_runs_before_anything_is_installed():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import course_utils.foundation.hosted"
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], check=True)


# ------------------------------------------------------------------------------------------- Colab


def test_the_course_is_installed_from_its_clone_and_finds_its_data_there(calls, tmp_path, capsys):
    hosted.set_up(tmp_path)
    assert calls == [("--editable", str(tmp_path))]
    assert runtime.os.environ["COURSE_ROOT"] == str(tmp_path)
    said = capsys.readouterr().out
    assert "Runtime > Change runtime type > T4 GPU" in said
    assert "File > Save a copy in Drive" in said
    assert "Runtime > Change runtime type > Runtime version" in said, "past runtimes can be chosen"
    assert "kaggle" not in said.lower()


def test_a_second_run_of_the_cell_installs_nothing(calls, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "is_installed_from", lambda folder: True)
    hosted.set_up(tmp_path)
    assert calls == []


def test_with_a_gpu_nobody_is_sent_for_one(calls, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runtime, "has_gpu", lambda: True)
    hosted.set_up(tmp_path)
    said = capsys.readouterr().out
    assert "T4 GPU" not in said
    assert "COURSE_PROFILE=full" in said, "the large runs are hers to choose"


def test_drive_is_asked_for_only_when_the_learner_ticks_it(calls, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setattr(colab, "DRIVE", tmp_path / "drive")
    from google.colab import drive

    drive.mounted.clear()
    hosted.set_up(tmp_path)
    assert drive.mounted == []
    hosted.set_up(tmp_path, keep_in_drive=True)
    assert drive.mounted == [str(tmp_path / "drive")]
    assert colab.os.environ["COURSE_CACHE"] == str(tmp_path / "drive" / "MyDrive" / "keras-workshop")


@pytest.mark.parametrize("moment", ["mount", "folder"])
def test_a_drive_that_does_not_open_is_a_sentence_and_the_lesson_goes_on(
    calls, tmp_path, monkeypatch, capsys, moment
):
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setattr(colab, "DRIVE", tmp_path / "drive")
    from google.colab import drive

    def closed(folder):
        raise ValueError("mount failed: the window\nwas closed")

    if moment == "mount":
        monkeypatch.setattr(drive, "mount", closed)
    else:
        (tmp_path / "drive").write_text("a file is in the way")
    hosted.set_up(tmp_path, keep_in_drive=True)
    said = capsys.readouterr().out
    assert "Your Drive could not be opened (" in said and "run this cell again" in said
    assert "COURSE_CACHE" not in colab.os.environ
    assert "Go on with the next cell" in said


# ------------------------------------------------------------------------------------------- Kaggle


def test_kaggle_has_its_own_menus_and_no_drive(on_kaggle, tmp_path, monkeypatch, capsys):
    from google.colab import drive

    drive.mounted.clear()
    hosted.set_up(tmp_path, keep_in_drive=True)
    said = capsys.readouterr().out
    assert "Settings > Accelerator > GPU T4 x2" in said and "Save Version" in said
    assert "Drive" not in said and "Runtime >" not in said
    assert drive.mounted == []
    assert kaggle.os.environ["COURSE_CACHE"] == str(tmp_path / "temp" / "keras-workshop")


@pytest.mark.parametrize("above", ["", "datasets/someone"], ids=["at the top", "below their owner"])
def test_attached_data_are_found_wherever_kaggle_puts_them(on_kaggle, tmp_path, capsys, above):
    clothing = tmp_path / "input" / above / "womens-ecommerce-clothing-reviews"
    weights = tmp_path / "input" / above / "course-mirror"
    for path in (
        clothing / "Womens Clothing E-Commerce Reviews.csv",
        weights / "models" / "imagenet_class_index.json",
    ):
        path.parent.mkdir(parents=True)
        path.write_text("...")
    hosted.set_up(ROOT)
    said = capsys.readouterr().out
    assert "!course data fetch womens-clothing" in said
    put_here = tmp_path / "temp" / "keras-workshop" / "put-here"
    assert (put_here / "Womens Clothing E-Commerce Reviews.csv").read_text() == "..."
    assert kaggle.os.environ["COURSE_MIRROR"] == str(weights)


def test_a_mirror_that_is_set_is_not_replaced(on_kaggle, tmp_path, monkeypatch):
    (tmp_path / "input" / "mirror").mkdir(parents=True)
    (tmp_path / "input" / "mirror" / "fruits-360-16.zip").write_text("...")
    monkeypatch.setenv("COURSE_MIRROR", "http://192.168.1.5:8765")
    hosted.set_up(ROOT)
    assert kaggle.os.environ["COURSE_MIRROR"] == "http://192.168.1.5:8765"


def test_nothing_attached_is_no_trouble(on_kaggle, tmp_path, capsys):
    hosted.set_up(ROOT)
    assert "Attached" not in capsys.readouterr().out
    assert "COURSE_MIRROR" not in kaggle.os.environ


# ------------------------------------------------------------------------------------------- TPUs


@pytest.mark.parametrize(
    ("vendor", "device", "is_one"),
    [("0x1ae0", "0x0063", True), ("0x1ae0", "0x0042", False), ("0x10de", "0x0063", False)],
    ids=["TPU v5e", "Google's network card", "another maker's"],
)
def test_a_tpu_is_known_by_its_place_on_the_bus(monkeypatch, tmp_path, vendor, device, is_one):
    monkeypatch.delenv("TPU_ACCELERATOR_TYPE", raising=False)
    card = tmp_path / "0000:00:05.0"
    card.mkdir()
    (card / "vendor").write_text(f"{vendor}\n")
    (card / "device").write_text(f"{device}\n")
    monkeypatch.setattr(runtime, "BUS", tmp_path)
    assert runtime.has_tpu() is is_one


def test_on_a_tpu_the_notebooks_run_on_jax_and_nobody_is_sent_for_a_gpu(calls, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runtime, "has_tpu", lambda: True)
    hosted.set_up(tmp_path)
    said = capsys.readouterr().out
    assert "A TPU is here" in said and "JAX" in said and "GPU" not in said
    assert runtime.os.environ["KERAS_BACKEND"] == "jax"


def test_a_backend_that_was_chosen_is_kept_on_a_tpu(calls, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "has_tpu", lambda: True)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    hosted.set_up(tmp_path)
    assert runtime.os.environ["KERAS_BACKEND"] == "torch"


def test_a_runtime_with_jax_but_without_keras_gets_keras(calls, tmp_path, monkeypatch):
    requirements(monkeypatch, ["keras>=3.8", "lime>=0.2"], {"lime": "0.2.0.1"})
    hosted.set_up(tmp_path)
    assert calls[-1] == ("keras>=3.8",)
