"""What a notebook shows of its session, word for word: the banner, the table of settings, the last cell's results."""

import logging
import os
import platform
import sys
from importlib.metadata import version
from types import SimpleNamespace

import pytest

from course_utils import __version__, session
from course_utils.checks import verdicts
from course_utils.foundation import accelerator, assets, config

KERAS = f"Keras {version('keras')}"
FOOTER = (
    "\nTo work on the real pictures: `course data fetch fruits-360` in a terminal, then restart the kernel."
)
NOT_KNOWN = " Results then say 'not measured': their usual range is not known."


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, one mime bundle or object after the other, and how."""
    found = []
    monkeypatch.setattr("IPython.display.display", lambda what, **how: found.append((what, how)))
    monkeypatch.setattr(session, "_versions", lambda backend: {backend: "9.1", "keras": "3.9"})
    return found


def course_with(monkeypatch, **table):
    monkeypatch.setattr(config, "course", lambda: {"notebooks": {"99-tiny": {"title": "Tiny", **table}}})


def tiny(**more):
    settings = {
        "profile": "class",
        "data": "bundled",
        "data_origin": "made up",
        "backend": "jax",
        "device": "CPU",
        "seed": 7,
    }
    return session.Session("99-tiny", **(settings | more))  # fmt: skip


@pytest.mark.parametrize(
    ("more", "names", "put_aside", "expected"),
    [
        ({}, [], (), "data     bundled with the course (made up)\nbackend  jax 9.1 with Keras 3.9 on CPU · seed 7"),
        (
            {"data": "real", "data_origin": "the cache"}, ["fruits-360"], ("keras.json",),
            "data     real (the cache)\nbackend  jax 9.1 with Keras 3.9 on CPU · seed 7\n"
            "put aside because it would change every net: keras.json",
        ),
        (
            {"weights": "course", "weights_origin": "none yet"}, ["fruits-360"], (),
            "data     bundled with the course: rendered pictures, not photographs (made up)\n"
            "weights  of the course, pretrained on fruits (none yet)\n"
            f"backend  jax 9.1 with Keras 3.9 on CPU · seed 7{FOOTER}{NOT_KNOWN}\n"
            f"ImageNet's weights: the text says how to fetch them.{NOT_KNOWN}",
        ),
        (
            {"weights": "imagenet", "weights_origin": "the mirror"}, [], (),
            "data     bundled with the course (made up)\nweights  ImageNet's (the mirror)\n"
            "backend  jax 9.1 with Keras 3.9 on CPU · seed 7",
        ),
    ],
    ids=["nothing but the course", "real data", "course weights", "ImageNet's weights"],
)  # fmt: skip
def test_the_banner_is_read_line_by_line(monkeypatch, shown, more, names, put_aside, expected):
    course_with(monkeypatch, data=names)
    session._show_banner(tiny(**more), put_aside)
    ((bundle, how),) = shown
    head = "99-tiny · Tiny\nprofile  class   (smoke: a quick check · class: a laptop · full: a GPU and real data)\n"
    assert bundle == {"text/plain": head + expected} and how == {"raw": True}


def test_the_table_of_settings_has_a_row_for_each_and_greys_what_is_not_chosen(monkeypatch, shown):
    one = tiny(profile="smoke")
    chosen = one.settings(
        smoke={"epochs": 1, "side": 2}, class_={"epochs": 3, "side": 4}, full={"epochs": 5, "side": 6}
    )
    assert vars(chosen) == {"epochs": 1, "side": 2}
    grey = "<td style='color:#595959'>"
    rows = [
        f"<tr><th style='text-align:left'>{name}</th><td><b>{a}</b></td>{grey}{b}</td>{grey}{c}</td></tr>"
        for name, a, b, c in (("epochs", 1, 3, 5), ("side", 2, 4, 6))
    ]
    head = "<tr><th>parameter</th><th>smoke (this run)</th><th>class</th><th>full</th></tr>"
    assert shown[0][0].data == f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def test_the_last_cell_keeps_everything_that_was_found(monkeypatch, shown):
    course_with(monkeypatch)
    monkeypatch.setattr(session, "peak_memory_mb", lambda: 321)
    monkeypatch.setattr(accelerator, "peak_memory_mb", lambda backend, device: (backend, device))
    monkeypatch.setitem(verdicts, ("99-tiny", 1), True)
    monkeypatch.setitem(verdicts, ("99-tiny", 2), False)
    monkeypatch.setitem(verdicts, ("98-other", 1), True)
    one = tiny(weights="course")
    one.result("accuracy", 0.5, n=10, chance=0.25)
    one.finish()
    line = one.results["accuracy"].line()
    assert shown[0] == ({"text/plain": line}, {"raw": True})
    record = {
        "schema": 1, "notebook": "99-tiny", "profile": "class", "data": "bundled", "weights": "course",
        "backend": "jax", "device": "CPU", "seed": 7, "peak_mb": 321, "peak_gpu_mb": ("jax", "CPU"),
        "results": {"accuracy": one.results["accuracy"].record()}, "exercises": {"1": True, "2": False},
        "versions": {"jax": "9.1", "keras": "3.9"},
    }  # fmt: skip
    text = f"{line}\nexercises solved: 1 of 2"
    expected = {"text/plain": text, "application/vnd.course.results+json": record}
    assert shown[1] == (expected, {"raw": True})


def test_versions_are_those_that_are_installed_and_the_rest_is_unknown(monkeypatch):
    found = session._versions("no-such-backend")
    assert found == {
        "python": platform.python_version(), "course_utils": __version__, "keras": version("keras"),
        "no-such-backend": "unknown", "numpy": version("numpy"),
    }  # fmt: skip
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"of {name}")
    assert session._versions("tensorflow")["tensorflow"] == "of tensorflow"


def test_peak_memory_is_in_megabytes():
    assert 50 < session.peak_memory_mb() < 100_000


# ------------------------------------------------------------------------------------------- data and weights


@pytest.mark.parametrize(
    ("profile", "choice", "reason"),
    [("smoke", "auto", "as always in the smoke profile"), ("class", "bundled", "as COURSE_DATA asks")]
    + [
        ("smoke", "bundled", "as COURSE_DATA asks"),
        ("class", "auto", ""),
        ("smoke", "real", ""),
        ("full", "auto", ""),
    ],
)
def test_why_the_course_s_own_are_taken_is_said(monkeypatch, profile, choice, reason):
    monkeypatch.setenv("COURSE_DATA", choice)
    assert session._bundled_is_asked_for(profile) == reason
    course_with(monkeypatch, data=["a"], weights=["VGG16"])
    if reason:
        assert session._choose_data("99-tiny", profile) == ("bundled", reason)
        assert session._choose_weights("99-tiny", profile) == ("course", reason)


def test_where_data_and_weights_came_from_is_said_once_each(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "auto")
    origins = {"a": "mirror", "b": "cache", "c": "mirror", "d": "bundled", "e": "bundled"}
    monkeypatch.setattr(
        assets, "resolve", lambda name: SimpleNamespace(origin=origins[name], message=f"no {name} here")
    )
    course_with(monkeypatch, data=["a", "b", "c"], weights=["VGG16", "Xception", "ResNet50"])
    assert session._choose_data("99-tiny", "class") == ("real", "a, b, c from the cache and mirror")
    monkeypatch.setattr(
        "course_utils.pretrained.find", lambda net: "Keras" if net == "Xception" else "the mirror"
    )
    assert session._choose_weights("99-tiny", "class") == ("imagenet", "the mirror; Keras")
    course_with(monkeypatch, data=["a", "d", "e"])
    assert session._choose_data("99-tiny", "class") == ("bundled", "d: no d here; e: no e here")
    course_with(monkeypatch)
    assert session._choose_data("99-tiny", "class") == ("bundled", "no other data are used")

    def lacks(net):
        raise assets.AssetError("no weights", "course data fetch")

    monkeypatch.setattr("course_utils.pretrained.find", lacks)
    course_with(monkeypatch, weights=["VGG16"])
    assert session._choose_weights("99-tiny", "class") == (
        "course",
        str(assets.AssetError("no weights", "course data fetch")),
    )


# ------------------------------------------------------------------------------------------- the backend


@pytest.mark.parametrize(
    ("asked", "there", "chosen"),
    [
        ("", ("tensorflow", "jax", "torch"), "tensorflow"),
        ("", ("torch",), "torch"),
        (" JAX ", ("tensorflow", "jax"), "jax"),
    ]
    + [("torch", ("tensorflow", "jax"), None), ("", (), None)],
)
def test_the_backend_is_the_one_asked_for_or_the_first_installed(monkeypatch, asked, there, chosen):
    monkeypatch.setenv("KERAS_BACKEND", asked)
    monkeypatch.setattr(
        session.importlib.util, "find_spec", lambda name: name if name in (*there, "keras") else None
    )
    if chosen:
        assert session._choose_backend() == chosen
        return
    lacks = asked or "Keras with one of TensorFlow, JAX, PyTorch"
    with pytest.raises(session.SessionError) as problem:
        session._choose_backend()
    assert str(problem.value) == (
        f"This kernel runs {sys.executable}, which lacks {lacks}. Choose {session.INSTALLED_IN}; "
        "if it is not there, type: make lab"
    )


def test_frameworks_greet_less_and_share_the_gpu_unless_told_otherwise(monkeypatch):
    names = ("TF_CPP_MIN_LOG_LEVEL", "GRPC_VERBOSITY", "XLA_PYTHON_CLIENT_PREALLOCATE", "OMP_WAIT_POLICY")
    for name in names:
        monkeypatch.setenv(name, "mine")
        monkeypatch.delenv(name)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(backend=SimpleNamespace(backend=lambda: "jax")))
    monkeypatch.setitem(session._DEVICES, "jax", lambda: "a device")
    assert session._load_backend("jax") == "a device"
    assert [os.environ.get(name) for name in ("KERAS_BACKEND", *names)] == [
        "jax",
        "3",
        "ERROR",
        "false",
        None,
    ]
    monkeypatch.setitem(session._DEVICES, "torch", lambda: "a device")
    with pytest.raises(
        session.SessionError, match="Keras already runs on jax in this kernel. To use torch: Kernel > "
    ):
        session._load_backend("torch")


def test_settings_of_keras_that_cannot_be_read_are_named_before_it_is_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(session.keras_settings, "problem", lambda: "~/.keras/keras.json is no JSON")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(
        session.SessionError, match="Keras can't be loaded: ~/.keras/keras.json is no JSON. Delete that"
    ):
        session._load_backend("jax")


@pytest.mark.parametrize("problem", [accelerator.NoGpu, accelerator.GpuBusy])
def test_a_gpu_that_cannot_be_had_ends_the_first_cell_with_the_reason(monkeypatch, problem):
    asked = []

    def no(*given):
        asked.append(given)
        if problem is accelerator.NoGpu or len(asked) == 2:
            raise problem("it is taken")

    monkeypatch.setattr(accelerator, "demand", no)
    monkeypatch.setattr(accelerator, "reserve", no)
    with pytest.raises(session.SessionError, match="^it is taken$"):
        session._take_device("99-tiny", "jax", "GPU (one)")
    assert asked == [("jax", "GPU (one)"), ("99-tiny", "GPU (one)")][: len(asked)]
    assert len(asked) == (1 if problem is accelerator.NoGpu else 2)


def tensorflow_with(gpus, name=None, busy=False):
    """Stands in for TensorFlow: notes what it is told."""
    told = []

    def grow(gpu, on):
        told.append((gpu, on))
        if busy:
            raise RuntimeError("in use")

    experimental = SimpleNamespace(
        set_memory_growth=grow,
        get_device_details=lambda gpu: {"device_name": name} if name else {},
        enable_op_determinism=lambda: told.append("determinism"),
    )
    listed = lambda kind: gpus if kind == "GPU" else ["cpu:0"]  # noqa: E731
    logger = SimpleNamespace(setLevel=lambda level: told.append(level))
    return told, SimpleNamespace(
        get_logger=lambda: logger,
        config=SimpleNamespace(list_physical_devices=listed, experimental=experimental),
    )


@pytest.mark.parametrize(
    ("gpus", "name", "busy", "device"),
    [([], None, False, "CPU"), (["gpu:0", "gpu:1"], "NVIDIA H200", False, "GPU (NVIDIA H200)")]
    + [(["gpu:0"], None, True, "GPU (unnamed)")],
)
def test_tensorflow_takes_no_more_of_a_gpu_than_it_needs(monkeypatch, gpus, name, busy, device):
    told, fake = tensorflow_with(gpus, name, busy)
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    assert session._tensorflow_device() == device
    assert told == ["ERROR", *((gpu, True) for gpu in gpus)]


@pytest.mark.parametrize(
    ("mps", "cuda", "device"),
    [(True, True, "GPU (Apple, MPS)"), (False, True, "GPU (T4)"), (False, False, "CPU")],
)
def test_pytorch_is_asked_for_its_device_as_keras_asks(monkeypatch, mps, cuda, device):
    fake = SimpleNamespace(
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
        cuda=SimpleNamespace(
            is_available=lambda: cuda, get_device_name=lambda number: ["T4", "other"][number]
        ),
    )
    monkeypatch.setitem(sys.modules, "torch", fake)
    assert session._torch_device() == device


def test_jax_s_bridge_is_told_to_be_quiet(monkeypatch):
    logger = logging.getLogger("jax._src.xla_bridge")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    monkeypatch.setitem(
        sys.modules, "jax", SimpleNamespace(devices=lambda: [SimpleNamespace(platform="cpu")])
    )
    assert session._jax_device() == "CPU" and logger.level == logging.ERROR


@pytest.mark.parametrize(
    ("backend", "device", "determined"),
    [("tensorflow", "CPU", True), ("tensorflow", "GPU (one)", False), ("jax", "CPU", False)],
)
def test_everything_gets_the_seed_and_tensorflow_on_a_cpu_is_determined_too(
    monkeypatch, backend, device, determined
):
    keras, seeds = pytest.importorskip("keras"), []
    monkeypatch.setattr(keras.utils, "set_random_seed", seeds.append)
    told, fake = tensorflow_with([])
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    session._seed_everything(backend, device, 11)
    assert seeds == [11] and told == ["determinism"] * determined


def test_each_part_of_a_start_is_given_what_it_needs(monkeypatch, shown):
    course_with(monkeypatch, data=[])
    told = {}
    monkeypatch.setattr(config, "notebook_path", lambda name: told.setdefault("notebook", name))
    monkeypatch.setattr(config, "profile", lambda: "full")
    monkeypatch.setattr(config, "seed", lambda: 5)
    monkeypatch.setattr(session, "_choose_backend", lambda: "jax")
    monkeypatch.setattr(session, "_load_backend", lambda backend: f"CPU of {backend}")
    monkeypatch.setattr(session.keras_settings, "put_right", lambda: ("a setting",))
    for name in ("_take_device", "_seed_everything", "_send_logs_to_stdout"):
        monkeypatch.setattr(session, name, lambda *given, name=name: told.setdefault(name, given))
    monkeypatch.setitem(verdicts, ("98-other", 1), True)
    one = session.start("99-tiny")
    assert told == {
        "notebook": "99-tiny", "_send_logs_to_stdout": (), "_take_device": ("99-tiny", "jax", "CPU of jax"),
        "_seed_everything": ("jax", "CPU of jax", 5),
    }  # fmt: skip
    assert (one.notebook, one.profile, one.data, one.data_origin) == (
        "99-tiny",
        "full",
        "bundled",
        "no other data are used",
    )
    assert (one.backend, one.device, one.seed, one.weights, one.weights_origin) == (
        "jax",
        "CPU of jax",
        5,
        "none",
        "",
    )
    assert not verdicts and one.results == {} and one.tensorflow is False
    assert shown[0][0]["text/plain"].endswith("would change every net: a setting")
