"""One notebook a GPU, GPU memory in the report, and a CPU on which nothing of this happens."""

import os
import subprocess
import sys
import textwrap
import types

import pytest
from typer.testing import CliRunner

from course_utils import session
from course_utils.foundation import accelerator
from course_utils.workshop.cli import app
from course_utils.workshop.doctor import devices
from course_utils.workshop.runner import evidence
from course_utils.workshop.runner.execution import Settings

GPU = "GPU (NVIDIA Big)"


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(accelerator.tempfile, "gettempdir", lambda: str(tmp_path))
    for name in ("COURSE_REQUIRE_GPU", "COURSE_SHARE_GPU", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    yield
    accelerator.release()


@pytest.fixture
def another_kernel(tmp_path):
    """A process that has begun a notebook on the same GPU; ends with the test."""
    program = f"""
        import sys, tempfile
        tempfile.tempdir = {str(tmp_path)!r}
        from course_utils.foundation import accelerator
        accelerator.reserve("05-fruit-cnn", "GPU (NVIDIA Big)")
        print("holds it", flush=True)
        sys.stdin.read()
    """
    kernel = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert kernel.stdout.readline() == "holds it\n"
    yield kernel
    kernel.kill()
    kernel.communicate()


# The lock


def test_on_a_cpu_nothing_is_locked(tmp_path):
    accelerator.reserve("01-eda", "CPU")
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_that_holds_the_gpu_is_named_to_the_second_one(another_kernel):
    with pytest.raises(accelerator.GpuBusy, match=rf"05-fruit-cnn \(process {another_kernel.pid}\)"):
        accelerator.reserve("02-pretrained-vgg16", GPU, patience=0.1)


def test_a_cpu_notebook_runs_beside_one_on_the_gpu(another_kernel):
    accelerator.reserve("01-eda", "CPU", patience=0)


def test_the_gpu_is_free_again_however_its_kernel_ended(another_kernel):
    another_kernel.kill()
    another_kernel.wait()
    accelerator.reserve("02-pretrained-vgg16", GPU, patience=10)


def test_a_cell_that_is_run_again_meets_its_own_lock():
    accelerator.reserve("01-eda", GPU, patience=0)
    accelerator.reserve("05-fruit-cnn", GPU, patience=0)
    assert '"05-fruit-cnn"' in accelerator.lock_path().with_suffix(".json").read_text()


def test_another_gpu_has_a_lock_of_its_own(another_kernel, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,2")
    accelerator.reserve("02-pretrained-vgg16", GPU, patience=0)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-1b2c/3")
    assert "/3" not in accelerator.lock_path().name


def test_a_tpu_too_belongs_to_one_notebook_and_is_called_a_tpu(another_kernel):
    with pytest.raises(accelerator.GpuBusy, match=r"already uses this TPU.*JAX_PLATFORMS=cpu"):
        accelerator.reserve("02-pretrained-vgg16", "TPU (v5 lite)", patience=0)


def test_who_shares_a_gpu_on_purpose_may(another_kernel, monkeypatch):
    monkeypatch.setenv("COURSE_SHARE_GPU", "1")
    accelerator.reserve("02-pretrained-vgg16", GPU, patience=0)


@pytest.mark.parametrize(("automatic", "waits"), [("0", "person"), ("1", "automatic")])
def test_the_runner_waits_longer_than_a_person(monkeypatch, automatic, waits):
    import filelock

    asked = []

    def acquire(self, timeout):
        asked.append(timeout)
        raise filelock.Timeout("x")

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    monkeypatch.setenv("COURSE_AUTOMATIC", automatic)
    with pytest.raises(accelerator.GpuBusy, match="Another notebook"):
        accelerator.reserve("01-eda", GPU)
    assert asked == [accelerator.PATIENCE[waits]]
    assert accelerator.PATIENCE["automatic"] > accelerator.PATIENCE["person"]


def test_the_first_cell_says_what_to_click_and_what_to_type(another_kernel, monkeypatch):
    monkeypatch.setitem(accelerator.PATIENCE, "person", 0.1)
    monkeypatch.setitem(accelerator.PATIENCE, "automatic", 0.1)
    with pytest.raises(session.SessionError, match="Shut Down Kernel.*CUDA_VISIBLE_DEVICES=-1"):
        session._take_device("02-pretrained-vgg16", "jax", GPU)


# A GPU that is required


def test_a_required_gpu_ends_a_notebook_in_its_first_cell(monkeypatch):
    session._take_device("01-eda", "jax", "CPU")
    monkeypatch.setenv("COURSE_REQUIRE_GPU", "1")
    with pytest.raises(session.SessionError, match="jax sees only the CPU"):
        session._take_device("01-eda", "jax", "CPU")
    session._take_device("01-eda", "jax", GPU)


def test_the_runner_hands_the_demand_to_its_kernels():
    assert Settings(require_gpu=True).environment()["COURSE_REQUIRE_GPU"] == "1"
    assert "COURSE_REQUIRE_GPU" not in Settings().environment()


def test_the_run_command_refuses_a_machine_without_gpu_before_any_notebook(monkeypatch):
    seen = {"tensorflow": ("CPU:0",), "jax": ("CPU:0",)}
    monkeypatch.setattr(devices, "installed", lambda name: name in seen)
    monkeypatch.setattr(devices, "sight", lambda name, seconds: devices.Sight(name, seen[name]))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    said = CliRunner().invoke(app, ["run", "01", "--require-gpu"])
    assert said.exit_code == 1
    assert "tensorflow sees none. tensorflow: CPU:0; jax: CPU:0" in said.output
    assert "nvidia-smi" in said.output
    seen["jax"] = ("CUDA:0 Big",)
    said = CliRunner().invoke(app, ["run", "99-nowhere", "--require-gpu", "--backend", "jax"])
    assert said.exit_code == 2, "the GPU was found; the notebook was not"


# Memory


@pytest.fixture
def backends(monkeypatch):
    """The three frameworks' counters, faked: 1500, 2500 and 3500 MB at their peaks."""
    info = {"GPU:0": {"current": 1, "peak": 1_500_000_000}}
    experimental = types.SimpleNamespace(get_memory_info=info.__getitem__)
    tensorflow = types.SimpleNamespace(config=types.SimpleNamespace(experimental=experimental))
    device = types.SimpleNamespace(
        memory_stats=lambda: {"bytes_in_use": 1, "peak_bytes_in_use": 2_500_000_000}
    )
    jax = types.SimpleNamespace(devices=lambda: [device])
    cuda = types.SimpleNamespace(max_memory_allocated=lambda: 3_500_000_000, is_available=lambda: True)
    torch = types.SimpleNamespace(cuda=cuda)
    for name, module in {"tensorflow": tensorflow, "jax": jax, "torch": torch}.items():
        monkeypatch.setitem(sys.modules, name, module)
    return device


@pytest.mark.parametrize(("backend", "peak"), [("tensorflow", 1500), ("jax", 2500), ("torch", 3500)])
def test_each_backend_counts_its_own_gpu_memory(backends, backend, peak):
    assert accelerator.peak_memory_mb(backend, GPU) == peak
    assert accelerator.peak_memory_mb(backend, "CPU") is None


def test_a_backend_that_does_not_count_costs_no_results(backends):
    backends.memory_stats = lambda: None
    assert accelerator.peak_memory_mb("jax", GPU) is None
    backends.memory_stats = lambda: 1 / 0
    assert accelerator.peak_memory_mb("jax", GPU) is None


def test_the_gpu_of_a_mac_is_one_and_does_not_count(backends, monkeypatch):
    """Keras takes it before all others, so the banner must not say CPU."""
    torch = sys.modules["torch"]
    torch.backends = types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: True))
    torch.cuda.is_available = lambda: False
    torch.cuda.max_memory_allocated = lambda: 0
    assert accelerator.is_gpu(session._torch_device())
    assert accelerator.peak_memory_mb("torch", session._torch_device()) is None


def test_the_report_has_the_peak_of_the_gpu(backends):
    one = session.Session("01-eda", "full", "real", "made up", "jax", GPU, 1)
    line = evidence.entry("01-eda", one.record(), {}, [], 1.0, 1)
    assert line["peak_gpu_mb"] == 2500 and line["device"] == GPU
    assert line["versions"]["python"] and line["machine"] and line["system"] and line["date"][:2] == "20"
    one.device = "CPU"
    assert evidence.entry("01-eda", one.record(), {}, [], 1.0, 1)["peak_gpu_mb"] is None


def test_memory_grows_as_it_is_needed(monkeypatch):
    grown = []
    experimental = types.SimpleNamespace(
        set_memory_growth=lambda gpu, on: grown.append((gpu, on)),
        get_device_details=lambda gpu: {"device_name": "NVIDIA Big"},
    )
    fake = types.SimpleNamespace(
        get_logger=lambda: types.SimpleNamespace(setLevel=lambda level: None),
        config=types.SimpleNamespace(list_physical_devices=lambda kind: ["one"], experimental=experimental),
    )
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    assert session._tensorflow_device() == GPU
    assert grown == [("one", True)]
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE", raising=False)
    keras = types.SimpleNamespace(backend=types.SimpleNamespace(backend=lambda: "jax"))
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setitem(session._DEVICES, "jax", lambda: os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"])
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert session._load_backend("jax") == "false"
