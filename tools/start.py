"""Set up the workshop and start what was asked for: `python3 tools/start.py lab` or `test`.

Standard library only, and written so that an older Python can still read it and say what is missing:
it makes `.venv`, installs exactly what the lock in `requirements/` names, registers the notebook kernel,
and runs everything else with that environment's own interpreter. The Makefile calls it; on Windows type
`python tools\\start.py lab`. sources.py knows which Python to take and what a stick brings; the tests that need
environments of their own (other backends, Colab's versions, the oldest and the latest) are nox sessions of noxfile.py.

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
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sources
from sources import REQUIREMENTS, ROOT, SetupError

ENVIRONMENT = ROOT / ".venv"
DISK_NEEDED_GB = 4.0
NPM_MISSING = 3  # exit status of `course slides` when reveal.js has to be fetched and nothing can fetch it


def say(text: str) -> None:
    print(text, flush=True)


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
    check_folder(ENVIRONMENT)
    found = sources.find_python()
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
        and sources.probe([str(python)]) is not None
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
            f"Setting up the workshop in .venv with Python {sources.dotted(found['version'])} (once; a few minutes) ..."
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
        compile_packages(python)
        if "test" in stamp:
            want.update(wanted("test"))
    install_package(python)
    register_kernel(python)
    write_lab_settings()
    write_stamp(ENVIRONMENT, {**stamp, **want})
    say(f"Ready after {time.monotonic() - started:.0f} seconds.")
    return python


def check_folder(environment: Path) -> None:
    """Refuse an environment that is a link: making it anew would empty the folder that the link points to."""
    target = Path(os.path.realpath(str(environment)))
    if target == Path(os.path.realpath(str(environment.parent))) / environment.name:
        return
    # A junction of Windows is a folder that `rmdir` takes away without what it points to.
    remove = "rmdir" if os.name == "nt" else "rm"
    raise SetupError(
        f"{environment} is a link to {target}, which may belong to another copy of the course and would be emptied. "
        f'Remove the link, then start again: {remove} "{environment}"'
    )


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
    if sources.stick() is not None:
        patience = sources.without_index(patience)
    try:
        if total and "pip" in command[1:3] and command[0] != shutil.which("uv"):
            code = call_counting(command, total, patience)
        else:
            code = subprocess.call(command, cwd=str(ROOT), env=patience, stdin=subprocess.DEVNULL)
    except OSError as problem:
        raise SetupError(f"Could not {purpose}: {problem}") from problem
    if code != 0 and sources.stick() is not None:
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
    if sources.stick() is not None:
        hashed += ["--no-index", "--find-links", str(sources.stick())]
    call([*hashed, "-r", str(lock_file("build.txt"))], "install the build tools", total=4)
    total = len(locked_versions(files=("lab.txt", "test.txt") if kind == "test" else ("lab.txt",)))
    packages = f"install the packages of requirements/{kind}.txt"
    call([*hashed, "-r", str(lock_file(kind + ".txt"))], packages, total=total)


def compile_packages(python: Path) -> None:
    """Compile the packages to bytecode, which pip does as it installs and uv leaves to the first import.

    Where Python may not write beside them (PYTHONDONTWRITEBYTECODE, a shared folder), every process that imports
    TensorFlow would compile some four thousand files again, which takes twice as long as the import itself. A file that
    is no Python of this version, such as a template, stays as it is.
    """
    say("Compiling the packages, so that notebooks start quickly ...")
    command = [str(python), "-m", "compileall", "-qq", "-j", "0", str(ENVIRONMENT)]
    subprocess.call(command, cwd=str(ROOT), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def lock_file(name: str) -> Path:
    """The lock to install from: the stick's where there is one, else the repository's."""
    return REQUIREMENTS / name if sources.stick() is None else sources.stick_lock(name)


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


def child_environment() -> dict:
    """The variables a course process runs with: our environment first on the path, no other one's traces."""
    foreign = ("PYTHONHOME", "PYTHONPATH", "PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    variables = {name: value for name, value in os.environ.items() if name not in foreign}
    variables["PATH"] = str(python_of(ENVIRONMENT).parent) + os.pathsep + variables.get("PATH", "")
    variables["VIRTUAL_ENV"] = str(ENVIRONMENT)
    variables["COURSE_ROOT"] = str(ROOT)
    # A kernel of the same name in the user's own folders must not win over the environment's.
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"
    variables.setdefault("PYTHONUTF8", "1")
    return variables


def run(command: list[str]) -> int:
    """Run one course command to its end and give its exit status; Ctrl-C is the command's own business."""
    process = subprocess.Popen(command, cwd=str(ROOT), env=child_environment())
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
    # Whole files to each worker, in the order of conftest.py: what takes longest begins.
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


def in_nox(sessions: list[str], arguments: list[str]) -> int:
    """Run sessions of noxfile.py with the environment's nox; the arguments go on to what a session runs."""
    return run([str(set_up("test")), "-m", "nox", "--session", *sessions, "--", *arguments])


def test_backends(arguments: list[str]) -> int:
    """Run the notebooks in smoke on JAX and on PyTorch, each in an environment without TensorFlow."""
    return in_nox([f"backends({name})" for name in arguments] or ["backends"], [])


def test_colab(arguments: list[str]) -> int:
    """Run the notebooks in smoke as on Colab: its versions, its cell, a clone of the release."""
    return in_nox(["colab"], arguments)


def test_oldest(arguments: list[str]) -> int:
    """Run notebooks in smoke with the oldest versions that pyproject.toml's lower bounds allow."""
    return in_nox(["oldest"], arguments)


def test_latest(arguments: list[str]) -> int:
    """Run notebooks in smoke with the newest versions of everything."""
    return in_nox(["latest"], arguments)


def test_pack(arguments: list[str]) -> int:
    """Pack a stick, install from it with the index switched off, and run the notebooks there (minutes)."""
    return in_nox(["pack"], arguments)


def test_mutants(arguments: list[str]) -> int:
    """Put small faults into the learners' rooms and see which of them the unit tests miss (maintainers)."""
    return in_nox(["mutants"], arguments)


def locked_versions(files: tuple = ("build.txt", "lab.txt", "test.txt")) -> list[str]:
    """The lock's lines `name==version ; marker` without their hashes."""
    lines = []
    for name in files:
        for line in (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines():
            if "==" in line and not line.startswith((" ", "#")):
                requirement = line.rstrip("\\ ").strip()
                if requirement not in lines:
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
    "test-mutants": test_mutants,
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
        return ACTIONS[options.action](sources.take_stick(options.arguments))
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
