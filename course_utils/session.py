"""One line at the top of each notebook: choose the profile, the data and the backend, and say so.

from course_utils.session import start
session = start("05-fruit-cnn")
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

from course_utils import __version__
from course_utils.checks import verdicts
from course_utils.checks.expected import (
    Result,
    UnexpectedResult,
    compared_with_usual,
    expected,
    source_of_bands,
)
from course_utils.foundation import accelerator, config, keras_settings

if TYPE_CHECKING:
    from pandas import DataFrame

RESULTS_MIME = "application/vnd.course.results+json"
BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
INSTALLED_IN = (
    "Kernel > Change Kernel > 'Python 3 (ipykernel)' in the menu of the JupyterLab that `make lab` opened"
)

# By kind of asset: what the bundled stand-in is, and what a learner would rather work on.
STAND_INS = {
    "images": ("rendered pictures, not photographs", "the real pictures"),
    "text": ("texts written for the course by its authors", "real texts"),
}

log = logging.getLogger(__name__)


class SessionError(RuntimeError):
    """The notebook cannot begin; the message names the menu to click or the command to type."""


@dataclass
class Session:
    """What a notebook runs on: profile, data source, weights, backend, device, seed; and the results it reports.

    `weights` of the notebook's pretrained nets: `imagenet` or `course`, `none` where it has no such net.
    """

    notebook: str
    profile: str
    data: str
    data_origin: str
    backend: str
    device: str
    seed: int
    weights: str = "none"
    weights_origin: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @property
    def tensorflow(self) -> bool:
        """True on the TensorFlow backend: sections marked 'TensorFlow' run only then."""
        return self.backend == "tensorflow"

    @property
    def jit(self) -> bool | str:
        """What a small net's `compile` takes as `jit_compile`: False on TensorFlow, "auto" on JAX and PyTorch.

        TensorFlow runs its graph without XLA, which would take longer to compile than such a net takes to train, and
        can't compile CTC. On JAX False would send off each operation of a step by itself, several times slower.
        """
        return False if self.tensorflow else "auto"

    def settings(self, smoke: dict, class_: dict, full: dict) -> SimpleNamespace:
        """The parameters of the chosen profile, shown beside those of the other two.

        Each argument maps names to values; all three must have the same names. Raises ValueError otherwise.
        """
        from IPython.display import HTML, display

        profiles = {"smoke": smoke, "class": class_, "full": full}
        if not set(smoke) == set(class_) == set(full):
            raise ValueError("The three profiles must set the same parameters; add the missing ones")
        rows = "".join(
            f"<tr><th style='text-align:left'>{name}</th>"
            + "".join(_cell(values[name], profile == self.profile) for profile, values in profiles.items())
            + "</tr>"
            for name in smoke
        )
        head = "".join(
            f"<th>{profile}{' (this run)' if profile == self.profile else ''}</th>" for profile in profiles
        )
        display(HTML(f"<table><thead><tr><th>parameter</th>{head}</tr></thead><tbody>{rows}</tbody></table>"))
        return SimpleNamespace(**profiles[self.profile])

    def result(
        self, name: str, value: float, n: int | None = None, chance: float | None = None, kind: str = "share"
    ) -> None:
        """Report a figure: shown beside its usual band and the chance level, and kept for the results.

        `kind`: share (0-1), correlation (-1 to 1), amount (0 or more), number or seconds. `n`: test items behind a share.
        Raises UnexpectedResult outside of the band where `COURSE_STRICT` is set; ValueError as `compared_with_usual` does.
        """
        from IPython.display import display

        source = source_of_bands(self.data, self.weights)
        result = compared_with_usual(
            self.notebook, self.profile, source, name, value, kind, n, chance, self.backend
        )
        self.results[name] = result
        display({"text/plain": result.line()}, raw=True)
        if result.ok is False and config.strict():
            raise UnexpectedResult(f"{self.notebook}: {result.line()}")

    def kept(self, name: str, data: str = "", profile: str = "") -> str:
        """A result's mean ± standard deviation over the kept runs of a profile and data source, by default this run's.

        'not measured' where none are kept.
        """
        found = self._kept(name, data, profile)
        return f"{found['mean']:.3f} ± {found['sd']:.3f}" if found else "not measured"

    def beside_kept(self, names: Mapping[str, str]) -> DataFrame:
        """Results of this run beside mean ± standard deviation of the kept runs, and how many these are.

        `names`: what a row is -> the name of its result.
        """
        import pandas as pd

        rows = []
        for name in names.values():
            found = self._kept(name)
            runs = f" ({found['runs']} runs)" if found else ""
            rows.append((f"{self.results[name].value:.3f}", self.kept(name) + runs))
        return pd.DataFrame(rows, index=list(names), columns=["this run", "kept runs"])

    def intervals(self, names: Mapping[str, str]) -> dict[str, list]:
        """Results of this run with 95 % Wilson intervals, and mean and sd of their kept runs: for `plots.intervals`.

        `names`: what a row is -> the name of its share, reported with `n`. A row without kept runs has None there.
        """
        from course_utils.training.evaluation import wilson_interval

        rows = [self.results[name] for name in names.values()]
        ends = [wilson_interval(row.value, row.n) for row in rows]
        found = [self._kept(name) for name in names.values()]
        return {
            "names": list(names),
            "values": [row.value for row in rows],
            "lows": [low for low, _ in ends],
            "highs": [high for _, high in ends],
            "kept": [(runs["mean"], runs["sd"]) if runs else None for runs in found],
        }

    def _kept(self, name: str, data: str = "", profile: str = "") -> dict | None:
        source = data or source_of_bands(self.data, self.weights)
        return expected(self.notebook, profile or self.profile, source).get(name)

    def record(self) -> dict:
        """Everything the notebook found, as plain values (see the last cell's output)."""
        return {
            "schema": 1,
            "notebook": self.notebook,
            "profile": self.profile,
            "data": self.data,
            "weights": self.weights,
            "backend": self.backend,
            "device": self.device,
            "seed": self.seed,
            "peak_mb": peak_memory_mb(),
            "peak_gpu_mb": accelerator.peak_memory_mb(self.backend, self.device),
            "results": {name: result.record() for name, result in self.results.items()},
            "exercises": {
                str(number): ok for (notebook, number), ok in verdicts.items() if notebook == self.notebook
            },
            "versions": _versions(self.backend),
        }

    def finish(self) -> None:
        """Show all results in one table and store them in this cell's output; the last cell of a notebook."""
        from IPython.display import display

        lines = [result.line() for result in self.results.values()]
        done = sum(verdicts.get(key, False) for key in verdicts if key[0] == self.notebook)
        exercises = sum(key[0] == self.notebook for key in verdicts)
        lines.append(f"exercises solved: {done} of {exercises}")
        display({"text/plain": "\n".join(lines), RESULTS_MIME: self.record()}, raw=True)


def start(notebook: str) -> Session:
    """Begin a notebook: load the backend quietly, seed everything, find the data, and show the banner.

    Reads COURSE_PROFILE, COURSE_DATA, COURSE_SEED, COURSE_MIRROR, COURSE_REQUIRE_GPU and KERAS_BACKEND. Settings
    of Keras that this machine brings along (keras.json, a precision set earlier) are put right, and named.
    Raises SessionError when the interpreter or the backend is not fit, or another notebook holds the GPU, naming
    what to do; ConfigurationError
    for a setting with an unknown value.
    """
    config.notebook_path(notebook)
    profile, seed = config.profile(), config.seed()
    _send_logs_to_stdout()
    backend = _choose_backend()
    with quiet_stderr():
        device = _load_backend(backend)
        put_aside = keras_settings.put_right()
        _take_device(notebook, backend, device)
        _seed_everything(backend, device, seed)
    data, origin = _choose_data(notebook, profile)
    weights, weights_origin = _choose_weights(notebook, profile)
    session = Session(notebook, profile, data, origin, backend, device, seed, weights, weights_origin)
    verdicts.clear()
    _show_banner(session, put_aside)
    return session


def peak_memory_mb() -> int:
    """The most memory this process has held so far, in MB."""
    try:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (1e6 if sys.platform == "darwin" else 1e3))
    except ImportError:  # Windows
        import psutil

        return round(psutil.Process().memory_info().peak_wset / 1e6)


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what C++ code writes to file descriptor 2; shown again if the block raises.

    The frameworks greet with lines on processors and plugins that worry learners and help nobody.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        saved = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _cell(value: object, chosen: bool) -> str:
    return f"<td><b>{value}</b></td>" if chosen else f"<td style='color:#595959'>{value}</td>"


def _choose_backend() -> str:
    asked = os.environ.get("KERAS_BACKEND", "").strip().lower()
    if asked and asked not in BACKENDS:
        raise SessionError(f"KERAS_BACKEND is {asked!r}; expected tensorflow, jax or torch")
    installed = [name for name, module in BACKENDS.items() if importlib.util.find_spec(module)]
    if importlib.util.find_spec("keras") is None or not installed or (asked and asked not in installed):
        missing = asked or "Keras with one of TensorFlow, JAX, PyTorch"
        raise SessionError(
            f"This kernel runs {sys.executable}, which lacks {missing}. Choose {INSTALLED_IN}; "
            "if it is not there, type: make lab"
        )
    return asked or installed[0]


def _load_backend(backend: str) -> str:
    """Import Keras on a backend and return the device it will use, such as 'CPU' or 'GPU (NVIDIA H200)'."""
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if backend == "torch":
        # OpenMP's threads wait for one another in a busy loop by default. Beside any other load the one they
        # wait for finds no free core, because the waiting ones keep them busy: a net trained in 8 s on a quiet
        # machine took 99 s on a busy one, and 14 s with threads that sleep instead. Read once, when torch is
        # loaded, so it has to be set before.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if "keras" not in sys.modules and (problem := keras_settings.problem()):
        raise SessionError(
            f"Keras can't be loaded: {problem}. Delete that file (Keras writes a new one), then run this cell again"
        )
    import keras

    if backend == "jax":
        _quiet_about_compiling()
    device = _DEVICES[backend]()
    if keras.backend.backend() != backend:
        raise SessionError(
            f"Keras already runs on {keras.backend.backend()} in this kernel. To use {backend}: Kernel > Restart "
            "Kernel, then run the first cell again"
        )
    return device


def _quiet_about_compiling() -> None:
    """Leave out what Keras says when a compiled net with augmentation inside is loaded again.

    The loaded one answers operation by operation, which is as right and quick enough for its few pictures.
    """
    warnings.filterwarnings("ignore", message="Model doesn't support `jit_compile=True`")


def _take_device(notebook: str, backend: str, device: str) -> None:
    """Make sure of a GPU that is required, and that no other notebook works on it."""
    try:
        accelerator.demand(backend, device)
        accelerator.reserve(notebook, device)
    except (accelerator.NoGpu, accelerator.GpuBusy) as problem:
        raise SessionError(str(problem)) from None


def _tensorflow_device() -> str:
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        with contextlib.suppress(RuntimeError):  # already in use: the setting was made before
            tf.config.experimental.set_memory_growth(gpu, True)
    if not gpus:
        return "CPU"
    return f"GPU ({tf.config.experimental.get_device_details(gpus[0]).get('device_name', 'unnamed')})"


def _jax_device() -> str:
    import jax

    logging.getLogger("jax._src.xla_bridge").setLevel(logging.ERROR)
    device = jax.devices()[0]
    if device.platform == "cpu":
        return "CPU"
    kind = device.platform.upper()  # a TPU calls itself 'TPU v5 lite'
    return f"{kind} ({device.device_kind.removeprefix(kind).strip()})"


def _torch_device() -> str:
    import torch

    if torch.backends.mps.is_available():  # asked first, as Keras does
        return "GPU (Apple, MPS)"
    if torch.cuda.is_available():
        return f"GPU ({torch.cuda.get_device_name(0)})"
    return "CPU"


_DEVICES = {"tensorflow": _tensorflow_device, "jax": _jax_device, "torch": _torch_device}


def _seed_everything(backend: str, device: str, seed: int) -> None:
    import keras

    keras.utils.set_random_seed(seed)
    if backend == "tensorflow" and device == "CPU":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _choose_data(notebook: str, profile: str) -> tuple[str, str]:
    """Bundled or real, and where the real data came from or why they are not used."""
    names = config.course()["notebooks"][notebook].get("data", [])
    if not names:
        return "bundled", "no other data are used"
    if asked := _bundled_is_asked_for(profile):
        return "bundled", asked
    from course_utils.foundation import assets

    found = [assets.resolve(name) for name in names]
    missing = [
        f"{name}: {one.message}" for name, one in zip(names, found, strict=True) if one.origin == "bundled"
    ]
    if missing:
        return "bundled", "; ".join(missing)
    origins = sorted({one.origin for one in found})
    return "real", f"{', '.join(names)} from the {' and '.join(origins)}"


def _bundled_is_asked_for(profile: str) -> str:
    """Why nothing but what comes with the course is wanted; empty where the real thing is welcome."""
    choice = config.data_choice()
    if choice == "bundled":
        return "as COURSE_DATA asks"
    if choice == "auto" and profile == "smoke":
        return "as always in the smoke profile"
    return ""


def _choose_weights(notebook: str, profile: str) -> tuple[str, str]:
    """`imagenet` where all pretrained nets of the notebook have those weights, else `course`; and why."""
    nets = config.course()["notebooks"][notebook].get("weights", [])
    if not nets:
        return "none", ""
    if asked := _bundled_is_asked_for(profile):
        return "course", asked
    from course_utils import pretrained
    from course_utils.foundation import assets

    try:
        sources = [pretrained.find(net) for net in nets]
    except assets.AssetError as error:
        return "course", str(error)
    return "imagenet", "; ".join(dict.fromkeys(sources))


def _show_banner(session: Session, put_aside: Sequence[str] = ()) -> None:
    from IPython.display import display

    table = config.course()["notebooks"][session.notebook]
    names = table.get("data", [])
    stand_in, real_ones = _stand_ins(names)
    what = f"real ({session.data_origin})"
    if session.data == "bundled":
        what = f"bundled with the course{stand_in} ({session.data_origin})"
    versions = _versions(session.backend)
    framework = f"{session.backend} {versions[session.backend]} with Keras {versions['keras']}"
    lines = [
        f"{session.notebook} · {table['title']}",
        f"profile  {session.profile}   (smoke: a quick check · class: a laptop · full: a GPU and real data)",
        f"data     {what}",
        f"backend  {framework} on {session.device} · seed {session.seed}",
    ]
    if session.weights != "none":
        which = {"course": "of the course, pretrained on fruits", "imagenet": "ImageNet's"}[session.weights]
        lines.insert(3, f"weights  {which} ({session.weights_origin})")
    lines += [f"put aside because it would change every net: {setting}" for setting in put_aside]
    if session.data == "bundled" and names:
        lines.append(
            f"To work on {real_ones}: `course data fetch {' '.join(names)}` in a terminal, then restart the kernel."
            + _without_bands(session, "real", session.weights)
        )
    if session.weights == "course" and (warning := _without_bands(session, session.data, "imagenet")):
        lines.append(f"ImageNet's weights: the text says how to fetch them.{warning}")
    display({"text/plain": "\n".join(lines)}, raw=True)


def _without_bands(session: Session, data: str, weights: str) -> str:
    """A warning, before anything is fetched, that with these data and weights no usual range was measured."""
    if expected(session.notebook, session.profile, source_of_bands(data, weights)):
        return ""
    return " Results then say 'not measured': their usual range is not known."


def _stand_ins(names: list[str]) -> tuple[str, str]:
    """What the banner calls the bundled data, with a colon before it, and the real data of these assets."""
    from course_utils.foundation import assets

    kinds = dict.fromkeys(kind for kind in map(assets.kind, names) if kind in STAND_INS)
    if not kinds:
        return "", "the real data"
    bundled, real = zip(*(STAND_INS[kind] for kind in kinds), strict=True)
    return f": {'; '.join(bundled)}", " and ".join(real)


def _versions(backend: str) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "course_utils": __version__}
    for module, packages in {
        "keras": ("keras",),
        backend: (backend, f"{backend}-cpu"),
        "numpy": ("numpy",),
    }.items():
        for package in packages:
            with contextlib.suppress(PackageNotFoundError):
                found.setdefault(module, version(package))
        found.setdefault(module, "unknown")
    return found


def _send_logs_to_stdout() -> None:
    """Log lines of the package go to standard output: in a notebook, stderr looks like a failure."""
    package = logging.getLogger("course_utils")
    if not package.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        package.addHandler(handler)
        package.setLevel(logging.INFO)
        package.propagate = False
