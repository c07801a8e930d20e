"""The doctor finds what is wrong, names the remedy, and never falls ill herself."""

import subprocess
import sys
import types
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course_utils import config, doctor
from course_utils.cli import app

FINE = doctor.Finding("disk", "ok", "room enough")
NOTE = doctor.Finding("memory", "note", "little is free", "close something")
WRONG = doctor.Finding("kernel", "wrong", "there is none", "make lab")


def texts(findings, level):
    return [finding.text for finding in findings if finding.level == level]


def test_only_what_is_necessary_makes_a_machine_unfit():
    assert doctor.healthy([FINE, NOTE])
    assert not doctor.healthy([FINE, WRONG])


def test_everything_that_is_wrong_has_a_remedy():
    for finding in doctor.examine(quick=True):
        assert finding.level == "ok" or finding.remedy, finding


@pytest.mark.parametrize(("findings", "status"), [([FINE, NOTE], 0), ([FINE, WRONG], 1)])
def test_the_exit_status_says_whether_something_is_wrong(monkeypatch, findings, status):
    monkeypatch.setattr(doctor, "examine", lambda **options: findings)
    answer = CliRunner().invoke(app, ["doctor", "--quick"])
    assert answer.exit_code == status
    for finding in findings:
        assert finding.text in answer.output
        assert finding.remedy in answer.output


def test_the_report_is_plain_text_without_the_name_of_the_user(monkeypatch):
    home = Path.home()
    monkeypatch.setattr(
        doctor,
        "examine",
        lambda **options: [doctor.Finding("disk", "wrong", f"{home}/x is full", "make room")],
    )
    report = CliRunner().invoke(app, ["doctor", "--report"]).output
    assert "~/x is full" in report.replace("\\", "/")
    assert "-> make room" in report
    assert str(home) not in report
    assert "\x1b" not in report


def test_a_look_that_breaks_is_a_finding_and_not_a_crash(monkeypatch):
    def broken():
        raise PermissionError("no")

    broken.__name__ = "look_at_memory"
    monkeypatch.setattr(doctor, "look_at_memory", broken)
    findings = doctor.examine(quick=True)
    assert "could not be looked at: PermissionError: no" in texts(findings, "note")


# The single looks


def test_a_wrong_python_is_wrong(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.9.1")
    (finding,) = doctor.look_at_python()
    assert finding.level == "wrong"
    assert "3.9.1; expected 3.11" in finding.text


def test_versions_are_compared_with_the_lock(monkeypatch):
    lock = {"numpy": "0.0.1", "no-such-package": "1.0"}
    monkeypatch.setattr(doctor, "locked_versions", lambda folder: lock)
    findings = doctor.look_at_packages()
    assert any("no-such-package" in text for text in texts(findings, "wrong"))
    assert any("numpy" in text and "(lock: 0.0.1)" in text for text in texts(findings, "note"))


def test_an_environment_of_another_backend_is_not_ill(monkeypatch):
    lock = {
        "tensorflow": "2.0",
        "no-such-package": "1.0",
        "numpy": doctor.importlib.metadata.version("numpy"),
    }
    monkeypatch.setattr(doctor, "locked_versions", lambda folder: lock)
    monkeypatch.setattr(doctor, "_distributed", lambda name: False)
    monkeypatch.setattr(doctor, "_installed", lambda name: name == "jax")
    version = doctor.importlib.metadata.version

    def without_tensorflow(name):
        if name.startswith("tensorflow"):
            raise doctor.importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor.importlib.metadata, "version", without_tensorflow)
    findings = doctor.look_at_packages()
    assert texts(findings, "wrong") == []
    assert any("no TensorFlow here" in text for text in texts(findings, "note"))


def test_no_framework_at_all_is_wrong(monkeypatch):
    monkeypatch.setattr(doctor, "_installed", lambda name: False)
    assert any("no notebook that trains" in text for text in texts(doctor.look_at_packages(), "wrong"))


def test_the_lock_is_read_for_this_system():
    locked = doctor.locked_versions(config.repository_root() / "requirements")
    assert {"keras", "numpy", "jupyterlab", "setuptools"} <= set(locked)
    assert len({"tensorflow", "tensorflow-cpu"} & set(locked)) == 1
    assert ("pywinpty" in locked) == (sys.platform == "win32")


def test_a_kernel_of_another_environment_is_wrong_and_the_menu_is_named(monkeypatch):
    import jupyter_client.kernelspec as kernels

    spec = types.SimpleNamespace(argv=["/opt/other/bin/python"], resource_dir="/home/me/kernels")
    monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", lambda self, name: spec)
    (finding,) = doctor.look_at_kernel()
    assert finding.level == "wrong"
    assert "Kernel → Change Kernel" in finding.remedy
    spec.argv = [sys.executable]
    (finding,) = doctor.look_at_kernel()
    assert finding.level == "ok"


def test_a_missing_kernel_is_wrong(monkeypatch):
    import jupyter_client.kernelspec as kernels

    def none(self, name):
        raise kernels.NoSuchKernel(name)

    monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", none)
    assert doctor.look_at_kernel()[0].remedy == "make lab"


def test_a_full_disk_is_noted(monkeypatch):
    usage = doctor.shutil.disk_usage(config.repository_root())
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage._replace(free=10**8))
    assert all("0.1 GB free" in finding.text and finding.remedy for finding in doctor.look_at_disk())


def test_a_setting_that_nobody_knows_is_wrong(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    (finding,) = doctor.look_at_settings()
    assert finding.level == "wrong"
    assert "smoke, class, full" in finding.text


def test_a_mirror_that_is_no_folder_is_noted(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "stick"))
    assert "which is no folder" in texts(doctor.look_at_settings(), "note")[0]


def test_a_framework_that_hangs_costs_only_its_time_limit(monkeypatch):
    monkeypatch.setattr(doctor, "_installed", lambda name: name == "jax")
    monkeypatch.setitem(doctor.DEVICE_SCRIPTS, "jax", "import time; time.sleep(60); d = []")
    (finding,) = doctor.look_at_devices(seconds=0.5)
    assert finding.level == "note"
    assert "no answer within" in finding.text


@pytest.mark.parametrize(("backend", "level"), [("torch", "wrong"), ("tensorflow", "note")])
def test_only_the_framework_in_use_is_necessary(monkeypatch, backend, level):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr(doctor, "_installed", lambda name: name == "torch")
    monkeypatch.setitem(doctor.DEVICE_SCRIPTS, "torch", "raise ImportError('libtorch.so is missing')")
    (finding,) = doctor.look_at_devices(seconds=30)
    assert finding.level == level
    assert "libtorch.so is missing" in finding.text


def test_devices_are_listed_whatever_a_framework_prints_before(monkeypatch):
    monkeypatch.setattr(doctor, "_installed", lambda name: name == "jax")
    monkeypatch.setitem(doctor.DEVICE_SCRIPTS, "jax", "print('hello'); d = ['GPU:0 Big']")
    (finding,) = doctor.look_at_devices(seconds=30)
    assert finding == doctor.Finding("devices", "ok", "jax: GPU:0 Big")


def test_the_doctor_imports_no_framework_herself():
    program = (
        "import sys; from course_utils import doctor; doctor.examine(quick=True); "
        "print([name for name in ('tensorflow', 'jax', 'torch', 'keras') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
