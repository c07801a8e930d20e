"""The doctor finds what is wrong, names the remedy, and never falls ill herself."""

import hashlib
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop import doctor
from course_utils.workshop.cli import app
from course_utils.workshop.doctor import data, devices, installation, machine, settings

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


def test_the_report_is_a_block_for_an_issue_without_the_name_of_the_user(monkeypatch):
    home = Path.home()
    monkeypatch.setattr(
        doctor,
        "examine",
        lambda **options: [doctor.Finding("disk", "wrong", f"{home}/x is full", "make room")],
    )
    report = CliRunner().invoke(app, ["doctor", "--report"]).output
    assert "~/x is full" in report.replace("\\", "/")
    assert "-> make room" in report
    assert report.startswith("<details><summary>course doctor</summary>\n\n```text\ncourse ")
    assert report.rstrip().endswith("```\n\n</details>")
    assert str(home) not in report
    assert "\x1b" not in report


@pytest.mark.parametrize(
    ("home", "shown"),
    [("/", "/usr/bin at /home/me/x and /home/meg"), ("/home/me", "/usr/bin at ~/x and /home/meg")],
)
def test_only_the_home_folder_itself_is_left_out_of_the_report(monkeypatch, home, shown):
    """Containers run as a user whose home is /; and a name may be the beginning of another one."""
    monkeypatch.setattr(doctor.Path, "home", lambda: Path(home))
    assert shown in doctor.report([doctor.Finding("x", "ok", "/usr/bin at /home/me/x and /home/meg")])


def test_a_look_that_breaks_is_a_finding_and_not_a_crash(monkeypatch):
    def broken():
        raise PermissionError("no")

    broken.__name__ = "look_at_memory"
    monkeypatch.setattr(doctor, "QUICK_LOOKS", (broken,))
    findings = doctor.examine(quick=True)
    assert "could not be looked at: PermissionError: no" in texts(findings, "note")


def test_a_person_who_waits_is_told_what_is_looked_at(monkeypatch):
    monkeypatch.setattr(doctor, "LONG_LOOKS", ())
    monkeypatch.setattr(devices, "installed", lambda name: False)
    told = []
    doctor.examine(on_look=told.append)
    assert told[0] == "python" and told[-1] == "devices" and "certificates" in told


# The single looks


def test_a_wrong_python_is_wrong(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(installation.platform, "python_version", lambda: "3.9.1")
    (finding,) = installation.look_at_python()
    assert finding.level == "wrong"
    assert "3.9.1; expected 3.11" in finding.text


def test_versions_are_compared_with_the_lock(monkeypatch):
    lock = {"numpy": "0.0.1", "no-such-package": "1.0"}
    monkeypatch.setattr(installation, "locked_versions", lambda folder: lock)
    findings = installation.look_at_packages()
    assert any("no-such-package" in text for text in texts(findings, "wrong"))
    assert any("numpy" in text and "(lock: 0.0.1)" in text for text in texts(findings, "note"))


def test_an_environment_of_another_backend_is_not_ill(monkeypatch):
    lock = {
        "tensorflow": "2.0",
        "no-such-package": "1.0",
        "numpy": installation.importlib.metadata.version("numpy"),
    }
    monkeypatch.setattr(installation, "locked_versions", lambda folder: lock)
    monkeypatch.setattr(installation, "distributed", lambda name: False)
    monkeypatch.setattr(installation, "installed", lambda name: name == "jax")
    version = installation.importlib.metadata.version

    def without_tensorflow(name):
        if name.startswith("tensorflow"):
            raise installation.importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(installation.importlib.metadata, "version", without_tensorflow)
    findings = installation.look_at_packages()
    assert texts(findings, "wrong") == []
    assert any("no TensorFlow here" in text for text in texts(findings, "note"))


def test_no_framework_at_all_is_wrong(monkeypatch):
    monkeypatch.setattr(installation, "installed", lambda name: False)
    assert any("no notebook that trains" in text for text in texts(installation.look_at_packages(), "wrong"))


def test_the_lock_is_read_for_this_system():
    locked = installation.locked_versions(config.repository_root() / "requirements")
    assert {"keras", "numpy", "jupyterlab", "setuptools"} <= set(locked)
    assert len({"tensorflow", "tensorflow-cpu"} & set(locked)) == 1
    assert ("pywinpty" in locked) == (sys.platform == "win32")


def test_a_kernel_of_another_environment_is_wrong_and_the_menu_is_named(monkeypatch):
    import jupyter_client.kernelspec as kernels

    spec = types.SimpleNamespace(argv=["/opt/other/bin/python"], resource_dir="/home/me/kernels")
    monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", lambda self, name: spec)
    (finding,) = installation.look_at_kernel()
    assert finding.level == "wrong"
    assert "Kernel → Change Kernel" in finding.remedy
    spec.argv = [sys.executable]
    (finding,) = installation.look_at_kernel()
    assert finding.level == "ok"


def test_a_missing_kernel_is_wrong(monkeypatch):
    import jupyter_client.kernelspec as kernels

    def none(self, name):
        raise kernels.NoSuchKernel(name)

    monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", none)
    assert installation.look_at_kernel()[0].remedy == "make lab"


def test_another_environment_than_the_workshops_is_noted(monkeypatch, tmp_path):
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(installation.config, "repository_root", lambda: tmp_path)
    environment, source = installation.look_at_environment()
    assert environment.level == "note" and "not the workshop's" in environment.text
    assert "-m course_utils.workshop doctor" in environment.remedy
    assert source.level == "note" and f"the course is in {tmp_path}" in source.text


def test_the_environment_of_the_workshop_is_fine(monkeypatch):
    root = config.repository_root()
    monkeypatch.setattr(installation.sys, "prefix", str(root / ".venv"))
    assert [finding.level for finding in installation.look_at_environment()] == ["ok"]


def test_tensorflow_for_the_gpu_is_no_missing_tensorflow(monkeypatch):
    monkeypatch.setattr(installation, "locked_versions", lambda folder: {"tensorflow-cpu": "2.0"})
    monkeypatch.setattr(installation, "distributed", lambda name: name == "tensorflow")
    version = installation.importlib.metadata.version

    def of_the_gpu_build(name):
        if name == "tensorflow-cpu":
            raise installation.importlib.metadata.PackageNotFoundError(name)
        return "2.0" if name == "tensorflow" else version(name)

    monkeypatch.setattr(installation.importlib.metadata, "version", of_the_gpu_build)
    assert texts(installation.look_at_packages(), "wrong") == []


@pytest.mark.parametrize(("free", "level"), [(1.2e9, "note"), (6e9, "ok")])
def test_little_memory_is_noted(monkeypatch, free, level):
    import psutil

    memory = types.SimpleNamespace(available=free, total=8e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    (finding,) = machine.look_at_memory()
    assert finding.level == level and f"{free / 1e9:.1f} GB of 8.0 GB free" in finding.text


def test_a_course_in_a_folder_that_cannot_be_written_is_wrong_and_a_cache_is_noted(monkeypatch):
    monkeypatch.setattr(machine.os, "access", lambda place, mode: False)
    levels = {finding.text.split()[0]: finding.level for finding in machine.look_at_disk()}
    assert levels == {"work": "wrong", "cache": "note"}


def test_a_full_disk_is_noted(monkeypatch):
    usage = machine.shutil.disk_usage(config.repository_root())
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage._replace(free=10**8))
    assert all("0.1 GB free" in finding.text and finding.remedy for finding in machine.look_at_disk())


def test_a_setting_that_nobody_knows_is_wrong(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    (finding,) = settings.look_at_settings()
    assert finding.level == "wrong"
    assert "smoke, class, full" in finding.text


def test_a_mirror_that_is_no_folder_is_noted(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "stick"))
    assert "which is not a folder" in texts(settings.look_at_settings(), "note")[0]


def test_a_framework_that_hangs_costs_only_its_time_limit(monkeypatch):
    monkeypatch.setattr(devices, "installed", lambda name: name == "jax")
    monkeypatch.setitem(devices.DEVICE_SCRIPTS, "jax", "import time; time.sleep(60); d = []")
    (finding,) = devices.look_at_devices(seconds=0.5)
    assert finding.level == "note"
    assert "no answer within" in finding.text


@pytest.mark.parametrize(("backend", "level"), [("torch", "wrong"), ("tensorflow", "note")])
def test_only_the_framework_in_use_is_necessary(monkeypatch, backend, level):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr(devices, "installed", lambda name: name == "torch")
    monkeypatch.setitem(devices.DEVICE_SCRIPTS, "torch", "raise ImportError('libtorch.so is missing')")
    (finding,) = devices.look_at_devices(seconds=30)
    assert finding.level == level
    assert "libtorch.so is missing" in finding.text


def test_a_backend_that_nobody_chose_but_is_the_only_one_is_necessary(monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    for module in (devices, installation):
        monkeypatch.setattr(module, "installed", lambda name: name == "jax")
    monkeypatch.setitem(devices.DEVICE_SCRIPTS, "jax", "raise ImportError('jaxlib is too old')")
    assert devices.look_at_devices(seconds=30)[0].level == "wrong"


def test_devices_are_listed_whatever_a_framework_prints_before_and_after(monkeypatch):
    monkeypatch.setattr(devices, "installed", lambda name: name == "jax")
    words = "import atexit; print('hello'); atexit.register(print, 'bye'); "
    monkeypatch.setitem(devices.DEVICE_SCRIPTS, "jax", words + "d = ['GPU:0 Big']")
    (finding,) = devices.look_at_devices(seconds=30)
    assert finding == doctor.Finding("devices", "ok", "jax: GPU:0 Big")


def test_a_framework_that_lists_nothing_is_noted(monkeypatch):
    monkeypatch.setitem(devices.DEVICE_SCRIPTS, "jax", "raise SystemExit")
    assert devices.sight("jax").problem == "jax does not say what it sees"


def test_the_doctor_imports_no_framework_herself():
    program = (
        "import sys; from course_utils.workshop import doctor; doctor.examine(quick=True); "
        "print([name for name in ('tensorflow', 'jax', 'torch', 'keras') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


# A GPU


@pytest.fixture
def frameworks(monkeypatch):
    """Frameworks of the test's own, and what each of them sees."""
    seen = {}
    monkeypatch.setattr(devices, "installed", lambda name: name in seen)
    monkeypatch.setattr(
        devices, "sight", lambda name, seconds: devices.Sight(name, seen[name]) if seen[name] else devices.Sight(name, problem=f"{name} fails: no libcuda")
    )  # fmt: skip
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    return seen


def test_a_required_gpu_that_is_there_is_fine(frameworks):
    frameworks["tensorflow"] = ("CPU:0", "GPU:0")
    (finding,) = devices.look_for_gpu()
    assert finding == doctor.Finding("GPU", "ok", "tensorflow: CPU:0, GPU:0")


def test_a_required_gpu_that_is_missing_names_what_each_backend_sees(frameworks):
    frameworks |= {"tensorflow": ("CPU:0",), "jax": ("CUDA:0 Big",), "torch": ()}
    (finding,) = devices.look_for_gpu()
    assert finding.level == "wrong"
    assert "tensorflow sees none. tensorflow: CPU:0; jax: CUDA:0 Big; torch fails: no libcuda" in finding.text
    assert finding.remedy.startswith("KERAS_BACKEND=jax")


def test_without_any_gpu_the_driver_is_the_next_to_ask(frameworks):
    frameworks["tensorflow"] = ("CPU:0",)
    assert "nvidia-smi" in devices.look_for_gpu()[0].remedy


def test_another_backend_may_be_asked_for(frameworks):
    frameworks |= {"tensorflow": ("CPU:0",), "jax": ("CUDA:0",)}
    assert devices.look_for_gpu(backend="jax")[0].level == "ok"


def test_a_gpu_is_only_required_on_request(frameworks, monkeypatch):
    frameworks["tensorflow"] = ("CPU:0",)
    monkeypatch.setattr(doctor, "QUICK_LOOKS", ())
    assert doctor.examine(quick=True) == []
    assert not doctor.healthy(doctor.examine(quick=True, require_gpu=True))


# Data


def test_the_bundled_pictures_and_weights_are_verified():
    finding = data.look_at_bundled(config.repository_root() / "data")
    assert finding.level == "ok" and "verified" in finding.text


def test_a_bundled_file_that_changed_is_wrong(tmp_path):
    pictures = tmp_path / "fruits" / "studio" / "Test" / "Kiwi"
    pictures.mkdir(parents=True)
    (pictures / "1.jpg").write_bytes(b"green")
    digest = data._digest_of_folder(pictures)
    manifest = {"studio/Test/Kiwi": {"files": 1, "bytes": 5, "sha256": digest}}
    (tmp_path / "fruits" / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "weights").mkdir()
    weights = hashlib.sha256(b"numbers").hexdigest()
    (tmp_path / "weights" / "README.md").write_text(f"sha256 of `VGG16.npz`: `{weights}`\n")
    (tmp_path / "weights" / "VGG16.npz").write_bytes(b"numbers")
    assert data.look_at_bundled(tmp_path).level == "ok"
    (pictures / "1.jpg").write_bytes(b"")
    (tmp_path / "weights" / "VGG16.npz").unlink()
    finding = data.look_at_bundled(tmp_path)
    assert finding.level == "wrong" and finding.remedy.startswith("git checkout -- data")
    assert "fruits/studio/Test/Kiwi, weights/VGG16.npz" in finding.text


def test_a_course_without_its_data_is_wrong(tmp_path):
    finding = data.look_at_bundled(tmp_path)
    assert finding.level == "wrong" and "fruits/manifest.json, weights/README.md" in finding.text


def test_damaged_data_in_the_cache_are_noted_with_the_command_that_repairs_them(monkeypatch):
    from course_utils.foundation import assets

    class Store:
        def summary(self):
            return [
                assets.State("fruits-360", "in the cache", 52_000_000),
                assets.State("imdb", "not here", 1),
            ]

        def verify(self, name):
            status, problems = (
                ("damaged", ("changed: Test/1.jpg",)) if name == "fruits-360" else ("absent", ())
            )
            return assets.Verification(name, status, problems)

    monkeypatch.setattr(assets, "default_store", Store)
    damaged, absent, _ = data.look_at_data()
    assert damaged.level == "note" and "changed: Test/1.jpg" in damaged.text
    assert damaged.remedy == "course data fetch fruits-360 --again"
    assert absent.level == "ok"
