"""Set up the workshop and start what was asked for: `python3 tools/start.py lab` or `test`.

Standard library only, and written so that an older Python can still read it and say what is missing:
it makes `.venv`, installs exactly what the lock in `requirements/` names, registers the notebook kernel,
and runs everything else with that environment's own interpreter. The Makefile calls it; on Windows type
`python tools\\start.py lab`.

What the environment holds is remembered in a stamp (digests of the lock), so that a second start neither
calls an installer nor needs a network. `COURSE_INSTALLER=pip` keeps uv out, `PYTHON=...` picks the Python.
`--from-stick FOLDER` (or `COURSE_WHEELS=FOLDER/wheels`) installs from what `course pack` made, and from nowhere
else: the index is switched off.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENT = ROOT / ".venv"
SUPPORTED = ((3, 13), (3, 12), (3, 11))  # in the order in which they are tried
DISK_NEEDED_GB = 4.0
NPM_MISSING = 3  # exit status of `course slides` when reveal.js has to be fetched and nothing can fetch it
# What Colab brings of what the course needs, installed before the notebooks run as they would there.
COLAB_PYTHON = (3, 13)
COLAB_BRINGS = (
    "tensorflow tensorboard keras numpy pandas matplotlib scikit-learn scikit-image scipy pillow h5py ipython "
    "ipykernel ipywidgets jupyter-client jupyter-core nbclient nbformat fastjsonschema pygments filelock packaging "
    "platformdirs psutil requests certifi rich threadpoolctl tqdm typer"
).split()
TORCH = "torch==2.13.0"  # torch stays outside of the hashed lock: its builds differ by machine

# What shows soonest that a version does not fit: pictures, a net, a text net, units that draw and write, and the one
# section that the notebooks leave out in smoke.
VERSIONS_TRIED_ON = ("01", "05", "06")
TWO_DEVICES = "tests/notebooks/test_two_devices.py"
TESTS_TRIED = [
    "tests/unit/test_" + name + ".py" for name in ("plots", "plots_nets", "runner", "runner_bands")
]
TESTS_TRIED.append(TWO_DEVICES)

# Asked of each interpreter before it is used; prints one line of JSON.
PROBE = """
import importlib.util, json, platform, struct, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:3]), "executable": sys.executable, "bits": 8 * struct.calcsize("P"),
    "venv": importlib.util.find_spec("venv") is not None and importlib.util.find_spec("ensurepip") is not None,
    "built_for": " ".join([sysconfig.get_platform(), platform.system(), platform.machine()]),
}))
"""


class SetupError(Exception):
    """Something the set-up cannot mend by itself; the message ends with what to type."""


def say(text: str) -> None:
    print(text, flush=True)


def dotted(version: tuple | list) -> str:
    return ".".join(str(part) for part in version)


# ---------------------------------------------------------------------------------------------------------
# Finding a Python


def probe(command: list[str]) -> dict | None:
    """What the interpreter behind `command` says about itself, or None when it doesn't run.

    A name on the path proves nothing (pyenv's shims and Windows' store alias exist without a Python), so it
    is run.
    """
    try:
        answer = subprocess.run(
            [*command, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
        return json.loads(answer.stdout.decode("utf-8").strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def candidates() -> list[list[str]]:
    """Commands to try, best first: the supported versions by name, then the Python this runs on."""
    named = [[f"python{dotted(version)}"] for version in SUPPORTED]
    if os.name == "nt":
        named = [["py", f"-{dotted(version)}"] for version in SUPPORTED] + named
    return [*named, [sys.executable]]


def without_tensorflow(built_for: str) -> str:
    """The kind of machine for which nobody publishes the lock's TensorFlow, by what a Python says of itself; or ""."""
    if built_for.startswith("win-arm64"):
        return "Windows on ARM"
    return "Macs with an Intel processor" if built_for.endswith("Darwin x86_64") else ""


def describe_needs() -> str:
    names = ", ".join(dotted(version) for version in sorted(SUPPORTED))
    return f"The workshop needs Python {names} (64 bit) with venv."


def refusal(found: dict) -> str | None:
    """Why this interpreter can't be used, or None when it can."""
    version = dotted(found["version"][:2])
    if tuple(found["version"][:2]) not in SUPPORTED:
        return f"it is Python {version}"
    if found["bits"] != 64:
        return "it is a 32-bit Python, for which there is no TensorFlow"
    machine = without_tensorflow(found.get("built_for", ""))
    if machine:
        return (
            f"there is no TensorFlow of this version for {machine}; work on Colab, a hub or with a neighbour"
        )
    if stick() is not None and not stick_fits(found):
        return "the stick has no wheels for it"
    if not found["venv"]:
        return (
            "its venv module is incomplete; on Debian and Ubuntu: "
            f"sudo apt install python3-venv  (or python{version}-venv)"
        )
    return None


def find_python() -> dict:
    """The interpreter to build the environment with: `PYTHON=`, else the first supported one found.

    Raises SetupError naming what was found, why it can't be used, and the remedy.
    """
    chosen = os.environ.get("PYTHON", "").strip()
    refused = []
    for command in [[chosen]] if chosen else candidates():
        found = probe(command)
        if found is None:
            if chosen:
                refused.append(f"PYTHON={chosen}: there is no such Python, or it doesn't run")
            continue
        reason = refusal(found)
        if reason is None:
            return found
        line = f"{found['executable']}: {reason}"
        if line not in refused:
            refused.append(line)
    lines = [describe_needs(), *("  not " + line for line in refused)]
    if stick() is not None:
        lines.append("The stick has wheels for " + ", ".join(sorted(map(described, stick_systems()))) + ".")
    lines.append("Install one of them (your package manager, or the installer of python.org), or name it:")
    lines.append("  make lab PYTHON=/path/to/python3.12      (Windows: set PYTHON=..., then start again)")
    raise SetupError("\n".join(lines))


# ---------------------------------------------------------------------------------------------------------
# A stick made by `course pack`


def take_stick(arguments: list[str]) -> list[str]:
    """Read `--from-stick [FOLDER]` out of the arguments into COURSE_WHEELS and COURSE_MIRROR; gives the others.

    Without a folder the stick is where the course is, or right above. Raises SetupError when it is not a stick.
    """
    if "--from-stick" not in arguments:
        return arguments
    place = arguments.index("--from-stick")
    named = [text for text in arguments[place + 1 : place + 2] if not text.startswith("-")]
    places = [Path(text).expanduser().resolve() for text in named] or [ROOT, ROOT.parent]
    found = next((folder for folder in places if (folder / "wheels" / "made-for.json").exists()), None)
    if found is None:
        raise SetupError(
            "There are no wheels in {}. Name the stick's folder: --from-stick /path/to/the/stick".format(
                " or ".join(map(str, places))
            )
        )
    os.environ["COURSE_WHEELS"] = str(found / "wheels")
    if (found / "data").is_dir() and not os.environ.get("COURSE_MIRROR", "").strip():
        os.environ["COURSE_MIRROR"] = str(found / "data")
    return arguments[:place] + arguments[place + 1 + len(named) :]


def stick() -> Path | None:
    """The folder of wheels to install from and from nowhere else: `COURSE_WHEELS`, or None."""
    value = os.environ.get("COURSE_WHEELS", "").strip()
    return Path(value).expanduser().resolve() if value else None


def stick_systems() -> list[dict]:
    """The systems and Pythons that the stick has wheels for; raises SetupError when it can't be read."""
    try:
        return json.loads((stick() / "made-for.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise SetupError(
            f"COURSE_WHEELS={stick()} is not a folder of wheels made by `course pack` ({problem})"
        ) from problem


def described(system: dict) -> str:
    return "Python {python} on {system} ({machine})".format(**system)


def stick_fits(found: dict) -> bool:
    """True when the stick has wheels for this machine and this Python."""
    here = {"system": platform.system(), "machine": platform.machine()}
    here["python"] = dotted(found["version"][:2])
    return here in stick_systems()


def stick_lock(name: str) -> Path:
    """The stick's copy of a lock, which also has the hash of the wheel that was built when it was packed.

    Raises SetupError unless it locks the same versions as this copy of the course.
    """
    path = stick() / name
    if not path.exists():
        raise SetupError(
            f"The stick brings no packages of requirements/{name}, only what `make lab` needs. With a network, "
            "start again without --from-stick"
        )
    theirs, ours = (set(path.read_text(encoding="utf-8").split()) for path in (path, REQUIREMENTS / name))
    added = theirs - ours
    if ours - theirs or len(added) > 1 or not all(text.startswith("--hash=") for text in added):
        raise SetupError(
            f"The stick was packed from another version of the course ({name} differs). Use the course.zip that "
            "is on it: python3 install.py"
        )
    return path


def without_index(variables: dict) -> dict:
    """The variables with every way to a package index taken away: settings, files of settings, the network."""
    kept = {name: text for name, text in variables.items() if not name.startswith(("PIP_", "UV_"))}
    return {
        **kept,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_NO_CONFIG": "1",
    }


# ---------------------------------------------------------------------------------------------------------
# The environment and its stamp


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def digest(*paths: Path) -> str:
    """One sha256 over the contents of some text files, the same whatever the line ends."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()


def wanted(kind: str) -> dict:
    """What the stamp must say for the environment of `make lab` or `make test` to be complete."""
    build, lab, test = (REQUIREMENTS / name for name in ("build.txt", "lab.txt", "test.txt"))
    stamp = {"root": str(ROOT), "package": digest(ROOT / "pyproject.toml"), "lab": digest(build, lab)}
    if kind == "test":
        stamp["test"] = digest(build, lab, test)
    return stamp


def read_stamp(environment: Path) -> dict:
    try:
        return json.loads((environment / "course-setup.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_stamp(environment: Path, stamp: dict) -> None:
    part = environment / "course-setup.part"
    part.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    os.replace(str(part), str(environment / "course-setup.json"))


def environment_fits(stamp: dict, kind: str) -> bool:
    return all(stamp.get(key) == value for key, value in wanted(kind).items())


def set_up(kind: str) -> Path:
    """Make the environment of `lab` or `test` what the lock says; gives the path of its interpreter.

    Two starts in one folder take turns: the second one waits, and then finds everything done.
    """
    python = python_of(ENVIRONMENT)
    chosen = os.environ.get("PYTHON", "").strip()
    if python.exists() and environment_fits(read_stamp(ENVIRONMENT), kind) and not chosen:
        return python
    found = find_python()
    with alone(ENVIRONMENT.with_name(ENVIRONMENT.name + "-setup.lock")):
        return complete(kind, found)


def complete(kind: str, found: dict) -> Path:
    """Set up what is missing; only ever called by one start at a time."""
    python = python_of(ENVIRONMENT)
    stamp = read_stamp(ENVIRONMENT)
    usable = (
        python.exists()
        and stamp.get("root") == str(ROOT)
        and stamp.get("python") == found["version"]
        and probe([str(python)]) is not None
    )
    if usable and environment_fits(stamp, kind):
        return python
    return build(kind, found, stamp if usable else None)


@contextlib.contextmanager
def alone(path: Path):
    """Hold the folder's set-up lock; another start that has it is waited for, with a sentence.

    The operating system lets go of it however the process ends, so that no stale lock is ever in the way.
    """
    with path.open("a+") as file:
        if not take(file, wait=False):
            say(
                "Another start is setting up this folder; waiting until it is ready (Ctrl-C to stop waiting) ..."
            )
            take(file, wait=True)
        yield


def take(file, wait: bool) -> bool:
    """Lock an open file for this process; False when another one has it and we do not wait."""
    try:
        if os.name == "nt":
            import msvcrt

            while True:
                try:
                    file.seek(0)
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                    return True
                except OSError:
                    if not wait:
                        return False
                    time.sleep(1)
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return True
    except BlockingIOError:
        return False


def build(kind: str, found: dict, stamp: dict | None) -> Path:
    """Create or complete `.venv`; `stamp` is None when it has to be made anew."""
    started = time.monotonic()
    want = wanted(kind)
    python = python_of(ENVIRONMENT)
    check_disk()
    if stamp is None:
        say(
            f"Setting up the workshop in .venv with Python {dotted(found['version'])} (once; a few minutes) ..."
        )
        call([found["executable"], "-m", "venv", "--clear", str(ENVIRONMENT)], "make .venv")
        stamp = {"python": found["version"], "root": str(ROOT)}
    else:
        say("Bringing .venv to what the lock says ...")
    # Taken away first: an interrupted installation is not a finished one.
    if (ENVIRONMENT / "course-setup.json").exists():
        (ENVIRONMENT / "course-setup.json").unlink()
    if any(stamp.get(key) != want.get(key) for key in ("lab", "test") if key in want):
        install_locked(python, "test" if kind == "test" or "test" in stamp else "lab")
        if "test" in stamp:
            want.update(wanted("test"))
    install_package(python)
    register_kernel(python)
    write_lab_settings()
    write_stamp(ENVIRONMENT, {**stamp, **want})
    say(f"Ready after {time.monotonic() - started:.0f} seconds.")
    return python


def check_disk() -> None:
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < DISK_NEEDED_GB and not ENVIRONMENT.exists():
        raise SetupError(
            f"Only {free:.1f} GB are free on this disk; the environment needs about {DISK_NEEDED_GB:.0f} GB. "
            "Make room, then start again."
        )


# ---------------------------------------------------------------------------------------------------------
# Installing


def call(command: list[str], purpose: str, *, total: int = 0) -> None:
    """Run one step of the set-up; raises SetupError naming the step that failed.

    With `total`, pip's lines are kept back and shown as a count of that many packages; they come out when
    something fails. uv shows its own progress.
    """
    patience = {"UV_HTTP_TIMEOUT": "120", "PIP_DEFAULT_TIMEOUT": "120", **os.environ}
    if stick() is not None:
        patience = without_index(patience)
    try:
        if total and "pip" in command[1:3] and command[0] != shutil.which("uv"):
            code = call_counting(command, total, patience)
        else:
            code = subprocess.call(command, cwd=str(ROOT), env=patience, stdin=subprocess.DEVNULL)
    except OSError as problem:
        raise SetupError(f"Could not {purpose}: {problem}") from problem
    if code != 0 and stick() is not None:
        raise SetupError(
            f"Could not {purpose} from the stick (the lines above say why). Check it with `sha256sum -c SHA256SUMS` "
            "in its folder, or take another one"
        )
    if code != 0:
        raise SetupError(
            f"Could not {purpose} (the lines above say why). No network or a slow one: start again later, or "
            "name the instructor's package index (PIP_INDEX_URL or UV_DEFAULT_INDEX). uv in trouble: "
            "COURSE_INSTALLER=pip make lab"
        )


def call_counting(command: list[str], total: int, environment: dict) -> int:
    """Run pip and show how far it is: one line rewritten on a terminal, a line now and then elsewhere."""
    process = subprocess.Popen(
        [*command, "--progress-bar", "off"],
        cwd=str(ROOT),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    kept, done, width, terminal = [], 0, 0, sys.stdout.isatty()
    for raw in process.stdout or ():
        line = raw.decode("utf-8", "replace").rstrip()
        kept.append(line)
        words = line.split()
        if line.startswith(("Collecting ", "Processing ")):
            done += 1
            news = f"  {done} of {total} packages: {Path(words[1]).name}"
        elif line.startswith("Requirement already satisfied: "):
            done += 1
            news = f"  {done} of {total} packages: {words[3]} is there"
        elif line.startswith("  Downloading ") and " MB)" in line:
            news = f"  {done} of {total} packages: {line.strip()}"
        elif line.startswith("Installing collected packages"):
            news = f"  {done} packages are here; installing them takes a minute or two ..."
        else:
            continue
        if terminal:
            print("\r" + news[:100].ljust(width), end="", flush=True)
            width = len(news[:100])
        elif done % 25 == 0 or "installing" in news:
            say(news)
    if terminal:
        print()
    code = process.wait()
    if code != 0:
        say("\n".join(kept[-40:]))
    return code


def installer(python: Path) -> list[str]:
    """`uv pip install` when uv is on the path, `pip install` otherwise; `COURSE_INSTALLER=pip|uv` decides."""
    wish = os.environ.get("COURSE_INSTALLER", "").strip()
    if wish not in ("", "pip", "uv"):
        raise SetupError(f"COURSE_INSTALLER is {wish!r}; expected pip or uv")
    uv = shutil.which("uv")
    if wish == "uv" and uv is None:
        raise SetupError(
            "COURSE_INSTALLER=uv, but there is no uv on the path. Try: COURSE_INSTALLER=pip make lab"
        )
    if uv is not None and wish != "pip":
        return [uv, "pip", "install", "--python", str(python)]
    return [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]


def install_locked(python: Path, kind: str) -> None:
    """Install the lock with its hashes.

    The build tools come first and from the lock too: lime exists as a source distribution only, and built
    with them (no isolation) nothing unverified is downloaded.
    """
    hashed = [*installer(python), "--require-hashes", "--no-build-isolation"]
    if stick() is not None:
        hashed += ["--no-index", "--find-links", str(stick())]
    call([*hashed, "-r", str(lock_file("build.txt"))], "install the build tools", total=4)
    total = len(locked_versions(files=("lab.txt", "test.txt") if kind == "test" else ("lab.txt",)))
    packages = f"install the packages of requirements/{kind}.txt"
    call([*hashed, "-r", str(lock_file(kind + ".txt"))], packages, total=total)


def lock_file(name: str) -> Path:
    """The lock to install from: the stick's where there is one, else the repository's."""
    return REQUIREMENTS / name if stick() is None else stick_lock(name)


def install_package(python: Path) -> None:
    """Install course_utils editable: without a network, and without touching what the lock installed."""
    install = installer(python)
    quiet = [*install, "--quiet", "--no-deps", "--no-build-isolation"]
    offline = ["--offline"] if "uv" in Path(install[0]).stem else ["--no-index"]
    call([*quiet, *offline, "--editable", str(ROOT)], "install course_utils")


def register_kernel(python: Path) -> None:
    """Give the environment a kernel `python3` that names its own interpreter by its full path."""
    arguments = [
        "install",
        "--prefix",
        str(ENVIRONMENT),
        "--name",
        "python3",
        "--display-name",
        "Python 3 (ipykernel)",
    ]
    quiet = tempfile.TemporaryFile()
    code = subprocess.call(
        [str(python), "-m", "ipykernel", *arguments], stdin=subprocess.DEVNULL, stdout=quiet, stderr=quiet
    )
    if code != 0:
        quiet.seek(0)
        raise SetupError(
            "Could not register the notebook kernel:\n" + quiet.read().decode("utf-8", "replace")
        )


def write_lab_settings(settings_folder: Path | None = None) -> None:
    """JupyterLab's defaults in this environment: Markdown opens rendered, and nothing asks the network."""
    settings = {
        "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    }
    folder = settings_folder or ENVIRONMENT / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overrides.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


# ---------------------------------------------------------------------------------------------------------
# Running


def child_environment(environment: Path = ENVIRONMENT) -> dict:
    """The variables a course process runs with: this environment first on the path, no other one's traces."""
    foreign = ("PYTHONHOME", "PYTHONPATH", "PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    variables = {name: value for name, value in os.environ.items() if name not in foreign}
    variables["PATH"] = str(python_of(environment).parent) + os.pathsep + variables.get("PATH", "")
    variables["VIRTUAL_ENV"] = str(environment)
    variables["COURSE_ROOT"] = str(ROOT)
    # A kernel of the same name in the user's own folders must not win over the environment's.
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"
    variables.setdefault("PYTHONUTF8", "1")
    return variables


def run(command: list[str], environment: Path = ENVIRONMENT, **extra: str) -> int:
    """Run one course command to its end and give its exit status; Ctrl-C is the command's own business."""
    process = subprocess.Popen(command, cwd=str(ROOT), env={**child_environment(environment), **extra})
    previous = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                code = process.wait()
                return code if code >= 0 else 128 - code  # ended by a signal: as a shell says it
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, previous)


def course(python: Path, *arguments: str) -> list[str]:
    return [str(python), "-m", "course_utils.workshop", *arguments]


def lab(arguments: list[str]) -> int:
    """Set up, make working copies, look at the machine, and open JupyterLab on the workshop's map."""
    python = set_up("lab")
    code = run(course(python, "prepare"))
    if code != 0:
        return code
    if os.environ.get("COURSE_MIRROR", "").strip():
        # Beside JupyterLab, which never waits for a download; what is missing is bundled meanwhile.
        subprocess.Popen(
            course(python, "prepare", "--fetch"),
            cwd=str(ROOT),
            env=child_environment(),
            stdin=subprocess.DEVNULL,
        )
    say("Starting JupyterLab; stop it here with Ctrl-C.")
    return run([*lab_command(python), *arguments])


def install(arguments: list[str]) -> int:
    """Set up only: what lab does, without opening JupyterLab."""
    return run(course(set_up("lab"), "prepare", *arguments))


def lab_command(python: Path, root: Path = ROOT) -> list[str]:
    """JupyterLab on the learners' map, quiet but for its address and for what is wrong."""
    return [
        str(python),
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={root}",
        "--LabApp.default_url=/lab/tree/my-work/index.md",
        "--ServerApp.log_level=WARN",
        "--LabApp.log_level=WARN",
    ]


def lint_commands(python: Path) -> list[list[str]]:
    ruff = [str(python), "-m", "ruff"]
    return [[*ruff, "check", "."], [*ruff, "format", "--check", "."]]


def lint(arguments: list[str]) -> int:
    """Check style and format of the code and the notebooks."""
    python = set_up("test")
    return max(run([*command, *arguments]) for command in lint_commands(python))


def test(arguments: list[str]) -> int:
    """Set up, then prove everything: lint, unit, contract, browser and notebook tests."""
    python = set_up("test")
    codes = [run(command) for command in lint_commands(python)]
    # Whole files to each worker, in the listing's order: browsers wait much and notebooks are of one length.
    spread = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    what = arguments or [*spread, "--nbval-lax", "tests", "notebooks"]
    codes.append(run([str(python), "-m", "pytest", *what]))
    return next((code for code in codes if code != 0), 0)


def notebooks(arguments: list[str]) -> int:
    """Execute all notebooks in place (maintainers)."""
    return run(course(set_up("test"), "notebooks", "--update", *arguments))


def slides(arguments: list[str]) -> int:
    """Build the decks as HTML and PDF, with today's numbers: all of them, or those named."""
    python = set_up("test")
    code = run(course(python, "slides", *arguments))
    if code == NPM_MISSING:
        # Only here: npm is needed once, by whoever builds slides, and most who do have Node.js anyway.
        say("There is no npm on the path; installing one into .venv, to fetch reveal.js once ...")
        npm = str(REQUIREMENTS / "npm.txt")
        call([*installer(python), "--require-hashes", "-r", npm], "install npm", total=1)
        code = run(course(python, "slides", *arguments))
    return code


def html(arguments: list[str]) -> int:
    """Write the course as web pages into site/, to read without Jupyter."""
    return run(course(set_up("test"), "html", *arguments))


def data(arguments: list[str]) -> int:
    """Fetch the real data sets: from the cache, the mirror or their publishers."""
    return run(course(set_up("lab"), "data", "fetch", *arguments))


def bench(arguments: list[str]) -> int:
    """Measure the headline numbers: every script of benchmarks/, or those named."""
    python = set_up("test")
    scripts = [Path(name) for name in arguments] or sorted((ROOT / "benchmarks").glob("*.py"))
    return max([run([str(python), str(script)]) for script in scripts], default=0)


def regenerate(arguments: list[str]) -> int:
    """Write the generated files anew (maintainers)."""
    return run([str(set_up("test")), str(ROOT / "tools" / "regenerate.py"), *arguments])


def lock(arguments: list[str]) -> int:
    """Resolve pyproject.toml into requirements/*.txt (maintainers; needs uv)."""
    return run([str(set_up("test")), str(ROOT / "tools" / "lock.py"), *arguments])


def test_backends(arguments: list[str]) -> int:
    """Run the notebooks in smoke on JAX and on PyTorch, each in an environment without TensorFlow."""
    codes = []
    for backend, requirement in (("jax", "jax[cpu]"), ("torch", TORCH)):
        if arguments and backend not in arguments:
            continue
        environment = ROOT / (".venv-" + backend)
        python = set_up_backend(environment, requirement)
        say(f"The notebooks in smoke on {backend} ...")
        command = [str(python), "-m", "pytest", "--nbval-lax", "notebooks", TWO_DEVICES]
        codes.append(
            run(command, environment, KERAS_BACKEND=backend, COURSE_PROFILE="smoke", **report_of(backend))
        )
    return max(codes, default=0)


def report_of(backend: str) -> dict:
    """COURSE_REPORT=report.json becomes report-jax.json and report-torch.json: two runs, two files."""
    report = os.environ.get("COURSE_REPORT", "").strip()
    if not report:
        return {}
    path = Path(report)
    return {"COURSE_REPORT": str(path.with_name(f"{path.stem}-{backend}{path.suffix}"))}


def set_up_backend(environment: Path, requirement: str) -> Path:
    """An environment with the lock's versions, but with one other framework in TensorFlow's place."""
    python = python_of(environment)
    locked = locked_versions(without=("tensorflow", "tensorflow-cpu"))
    want = {"root": str(ROOT), "requirement": requirement, "lock": wanted("test")["test"]}
    want["package"] = digest(ROOT / "pyproject.toml")
    if python.exists() and all(read_stamp(environment).get(key) == value for key, value in want.items()):
        return python
    say(f"Setting up {environment.name} ...")
    call([find_python()["executable"], "-m", "venv", "--clear", str(environment)], "make " + environment.name)
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(locked) + "\n", encoding="utf-8")
        install = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
        call([*install, "-c", str(constraints), "setuptools", "wheel"], "install the build tools", total=4)
        editable = ["--editable", str(ROOT) + "[test]"]
        call(
            [*install, "--no-build-isolation", "-c", str(constraints), *editable, requirement],
            "install the packages of " + environment.name,
            total=len(locked),
        )
    write_stamp(environment, want)
    return python


def test_colab(arguments: list[str]) -> int:
    """Run the notebooks in smoke as on Colab: its versions, its cell, a clone of the release."""
    runner = set_up("test")
    environment = ROOT / ".venv-colab"
    python = set_up_colab(environment)
    script = ROOT / "tools" / "run_on_colab.py"
    return run([str(runner), str(script), str(python), *arguments])


def find_colab_python() -> dict:
    """A Python of Colab's version; raises SetupError when there is none."""
    return find_python_of(COLAB_PYTHON, "make test-colab", ", as on Colab")


def find_python_of(version: tuple, needed_by: str, why: str = "") -> dict:
    """A Python of just this version: on the path, or among pyenv's; raises SetupError when there is none."""
    name = dotted(version)
    versions = Path(os.environ.get("PYENV_ROOT", "").strip() or Path.home() / ".pyenv") / "versions"
    commands = [[f"python{name}"], ["py", f"-{name}"]] if os.name == "nt" else [[f"python{name}"]]
    commands += [[str(folder / "bin" / "python")] for folder in sorted(versions.glob(name + "*"))]
    for command in commands:
        found = probe(command)
        if found and tuple(found["version"][:2]) == version and refusal(found) is None:
            return found
    raise SetupError(f"{needed_by} needs Python {name}{why}. Install it, so that `python{name}` runs.")


def set_up_colab(environment: Path) -> Path:
    """An environment with the versions of requirements/colab-constraints.txt, and without what Colab lacks."""
    python = python_of(environment)
    constraints = REQUIREMENTS / "colab-constraints.txt"
    want = {"root": str(ROOT), "constraints": digest(constraints), "packages": COLAB_BRINGS}
    if python.exists() and all(read_stamp(environment).get(key) == value for key, value in want.items()):
        return python
    say(f"Setting up {environment.name} ...")
    call([find_colab_python()["executable"], "-m", "venv", "--clear", str(environment)], "make .venv-colab")
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-c", str(constraints)]
    call([*install, *COLAB_BRINGS], "install the packages of .venv-colab", total=100)
    write_stamp(environment, want)
    return python


def test_oldest(arguments: list[str]) -> int:
    """Run notebooks in smoke with the oldest versions that pyproject.toml's lower bounds allow."""
    return try_versions("oldest", ["--resolution", "lowest-direct"], arguments)


def test_latest(arguments: list[str]) -> int:
    """Run notebooks in smoke with the newest versions of everything."""
    return try_versions("latest", ["--upgrade"], arguments)


def try_versions(name: str, how: list[str], names: list[str]) -> int:
    """Resolve pyproject.toml anew, install that, then run some unit tests and notebooks in smoke.

    `how`: what `uv pip compile` is told about versions. `names`: numbers or names of notebooks; three if empty.
    """
    paths = [notebook_of(each) for each in names or VERSIONS_TRIED_ON]
    environment = ROOT / (".venv-" + name)
    python = set_up_versions(environment, how)
    say(f"Unit tests and notebooks in smoke with the {name} versions ...")
    tests = [str(python), "-m", "pytest", *TESTS_TRIED]
    lessons = [str(python), "-m", "pytest", "--nbval-lax", *paths]
    return max([run(command, environment, COURSE_PROFILE="smoke") for command in (tests, lessons)])


def notebook_of(name: str) -> str:
    """The path of the notebook whose name begins so; raises SetupError when there is not just one."""
    found = sorted((ROOT / "notebooks").glob(Path(name).stem + "*.ipynb"))
    if len(found) != 1:
        there = ", ".join(path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb")))
        raise SetupError(f"{name!r} names {len(found)} notebooks; there are {there}. Type for instance 05")
    return found[0].relative_to(ROOT).as_posix()


def set_up_versions(environment: Path, how: list[str]) -> Path:
    """An environment of the versions that uv resolves now; built anew when they are others than last time.

    The oldest are those of Python 3.11, the latest those of the newest Python that the course runs on.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise SetupError("This needs uv to choose the versions. Type: python -m pip install uv")
    version = min(SUPPORTED) if "lowest-direct" in how else max(SUPPORTED)
    found = find_python_of(version, "make test-" + environment.name.rsplit("-", 1)[-1])
    python = python_of(environment)
    with tempfile.TemporaryDirectory() as folder:
        resolved = Path(folder) / "requirements.txt"
        # Wheels only, as in the lock: nobody who takes part has a compiler. lime has none.
        command = [uv, "pip", "compile", *how, "--python-version", dotted(version), "--no-config", "--quiet"]
        command += ["--only-binary", ":all:", "--no-binary", "lime", "--no-header", "--no-annotate"]
        command += ["--extra", "cpu", "--extra", "test", "pyproject.toml", "--output-file", str(resolved)]
        call(command, "choose the versions of " + environment.name)
        versions = resolved.read_text(encoding="utf-8").splitlines()
        want = {"root": str(ROOT), "python": found["version"], "versions": versions}
        if python.exists() and all(read_stamp(environment).get(key) == value for key, value in want.items()):
            return python
        say(f"Setting up {environment.name} with Python {dotted(version)} ...")
        call([found["executable"], "-m", "venv", "--clear", str(environment)], "make " + environment.name)
        install = [uv, "pip", "install", "--python", str(python)]
        call([*install, "-r", str(resolved)], "install the packages of " + environment.name)
    # Built apart from the environment, as lime was: the oldest `packaging` is too old for setuptools, not for us.
    call([*install, "--no-deps", "--editable", str(ROOT)], "install course_utils")
    write_stamp(environment, want)
    return python


def test_pack(arguments: list[str]) -> int:
    """Pack a stick, install from it with the index switched off, and run the notebooks there (minutes)."""
    python = set_up("test")
    command = [str(python), "-m", "pytest", "-s", "tests/packing/test_install_from_stick.py", *arguments]
    return run(command, COURSE_TEST_PACK="1")


def locked_versions(without: tuple = (), files: tuple = ("build.txt", "lab.txt", "test.txt")) -> list[str]:
    """The lock's lines `name==version ; marker` without their hashes."""
    lines = []
    for name in files:
        for line in (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines():
            if "==" in line and not line.startswith((" ", "#")):
                requirement = line.rstrip("\\ ").strip()
                if requirement.split("==")[0] not in without and requirement not in lines:
                    lines.append(requirement)
    return lines


ACTIONS = {
    "lab": lab,
    "install": install,
    "test": test,
    "notebooks": notebooks,
    "slides": slides,
    "html": html,
    "data": data,
    "bench": bench,
    "lint": lint,
    "test-backends": test_backends,
    "test-colab": test_colab,
    "test-oldest": test_oldest,
    "test-latest": test_latest,
    "test-pack": test_pack,
    "regenerate": regenerate,
    "lock": lock,
}


def main(arguments: list[str] | None = None) -> int:
    described = "\n".join(f"  {name:<14} {(f.__doc__ or '').splitlines()[0]}" for name, f in ACTIONS.items())
    parser = argparse.ArgumentParser(
        prog="start.py",
        description="Set up the workshop, then:\n" + described,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=list(ACTIONS), metavar="ACTION")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on, as in: lab --no-browser")
    options = parser.parse_args(arguments)
    try:
        return ACTIONS[options.action](take_stick(options.arguments))
    except SetupError as problem:
        print("\n" + str(problem), file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"\n{problem}", file=sys.stderr)
        print(
            "Is the disk full, the folder read-only, or the copy of the course incomplete? Mend that, then start again.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Start again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
