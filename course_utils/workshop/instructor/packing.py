"""A stick to hand round: repository, fetched data and weights, wheels, and how to install from them offline.

    README.md  install.py      for the learner: one command
    course.zip                 the repository's files, in one folder
    data/                      what the notebooks can use and the registry lets everybody pass on: a mirror
    wheels/                    the lock's packages for this system, with the locks that verify them
    SHA256SUMS                 of everything else

Packing again into the same folder, on another system or with another Python, adds that one's wheels.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_utils import __version__
from course_utils.foundation import assets, config
from course_utils.foundation.assets import serve
from course_utils.workshop import workspace

LOCKS = ("build.txt", "lab.txt")
FROM_SOURCE = "lime"  # the one package that its authors publish as source only
MADE_FOR = "made-for.json"
SUMS = "SHA256SUMS"
UNFINISHED = f"{SUMS}.part"  # a stick on which packing began, and did not end yet
LEARNERS_COMMAND = "python3 install.py        (Windows: py install.py)"
# Where there is no git, all files but these are the repository's.
NOT_THE_COURSES = {".git", ".venv", "my-work", "build", "dist", "__pycache__", ".pytest_cache", ".ruff_cache"}

Say = Callable[[str], None]


class PackError(RuntimeError):
    """The stick can't be made; the message says why and what to type."""


@dataclass
class Packed:
    """What a stick holds: bytes of each part, what was left out and why, and the seconds it took."""

    sizes: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def pack(
    folder: Path,
    root: Path,
    store: assets.Store | None,
    *,
    may_redistribute: bool = False,
    wheels: bool = True,
    pythons: Sequence[str] = (),
    say: Say = lambda text: None,
) -> Packed:
    """Make the stick in `folder`, new, empty or packed before; `store` None leaves data out.

    `pythons`: commands of the interpreters to bring wheels for, this one if empty. Raises PackError.
    """
    started = time.monotonic()
    made, unfinished = folder / SUMS, folder / UNFINISHED
    if folder.exists() and any(folder.iterdir()) and not (made.is_file() or unfinished.is_file()):
        raise PackError(f"{folder} is not empty and no stick of the course. Name a new folder in it")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished.touch()  # so that the same command may go on after a failure
    made.unlink(missing_ok=True)  # unfinished until it is there again
    done = Packed()
    say("The repository ...")
    done.sizes["repository"] = pack_repository(root, folder / "course.zip")
    if store:
        say("Data and weights ...")
        offer = data_for(store, may_redistribute)
        done.left_out = offer.left_out
        if not may_redistribute:
            remove_private(store.registry, folder / "data")
        done.sizes["data"] = sum(
            copy_into(folder / "data" / name, path) for name, path in offer.files.items()
        )
    if wheels:
        for python in pythons or (sys.executable,):
            say(f"Packages for {python} ...")
            pack_wheels(root / "requirements", folder / "wheels", python)
        done.sizes["wheels"] = sum(path.stat().st_size for path in (folder / "wheels").iterdir())
    shutil.copyfile(root / "tools" / "install_from_stick.py", folder / "install.py")
    systems = made_for(folder / "wheels")
    text = readme(systems, sorted(path.name for path in (folder / "data").glob("**/*") if path.is_file()))
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")
    say("Digests ...")
    write_sums(folder)
    done.seconds = time.monotonic() - started
    return done


# ---------------------------------------------------------------------------------------------------------
# The repository


def repository_files(root: Path) -> list[Path]:
    """The files that belong to the course: git's, or all of a release without what a learner's work adds."""
    # Not every laptop has git; and a release unpacked inside of another repository is unknown to that one.
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
        paths = [root / name for name in listed.stdout.decode().split("\0") if name]
        if listed.returncode == 0 and paths:
            return [path for path in paths if path.is_file()]
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and not NOT_THE_COURSES & set(path.relative_to(root).parts)
    ]


def pack_repository(root: Path, archive: Path) -> int:
    """Write the repository's files into one zip, in one folder; returns its bytes.

    One file, because a stick takes minutes for thousands of small ones.
    """
    top = f"keras-workshop-{__version__}"
    part = archive.with_name(f"{archive.name}.part")
    files = repository_files(root)
    stick = archive.resolve().parent
    if (
        root.resolve() in stick.parents
    ):  # made in the course's own folder, it would hold itself, without an end
        files = [path for path in files if stick not in path.resolve().parents]
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as zipped:
        for path in files:
            zipped.write(path, f"{top}/{path.relative_to(root).as_posix()}")
    part.replace(archive)
    return archive.stat().st_size


# ---------------------------------------------------------------------------------------------------------
# Data


def data_for(store: assets.Store, may_redistribute: bool) -> serve.Offer:
    """The files of the notebooks' data and weights that are at hand and may be passed on, and what is left out."""
    names = {name for table in config.course()["notebooks"].values() for name in workspace.assets_of(table)}
    used = assets.Registry({asset.name: asset for asset in store.registry if asset.name in names})
    folders = [store.cache / "files"]
    if store.mirror and "://" not in store.mirror:
        folders.append(Path(store.mirror))
    offer = serve.offer(used, folders, may_redistribute=may_redistribute)
    left_out = dict(offer.left_out)
    for asset in used:
        mirrored = [file.name for a in asset.addresses if a.kind == "mirror" for file in a.files]
        if asset.name not in left_out and not set(mirrored) <= set(offer.files):
            left_out.setdefault(asset.name, f"not fetched; to have it: course data fetch {asset.name}")
    return serve.Offer(offer.files, left_out)


def remove_private(registry: assets.Registry, data: Path) -> None:
    """Take from a stick what may not be passed on: it may be there from a time when the instructor said that she may."""
    for asset in registry:
        for address in asset.addresses:
            if address.kind == "mirror" and not asset.redistribute:
                for file in address.files:
                    (data / file.name).unlink(missing_ok=True)


def copy_into(target: Path, source: Path) -> int:
    """Copy a file unless it is there with the same size already; returns its bytes."""
    size = source.stat().st_size
    if not target.is_file() or target.stat().st_size != size or _sha256(target) != _sha256(source):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return size


# ---------------------------------------------------------------------------------------------------------
# Wheels


def pack_wheels(requirements: Path, wheels: Path, python: str) -> None:
    """Download the lock's wheels for an interpreter's system, and build the one that is published as source.

    Every file is compared with the lock's hashes. The lock on the stick is the repository's own, with the hash of
    the wheel built here beside that of its source. Wheels of another lock, from an older course, go first, for every
    system. Raises PackError when something can't be had.
    """
    system = describe(python)
    if any(_locks_others(requirements / name, wheels / name) for name in LOCKS):
        shutil.rmtree(wheels)
    wheels.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="course-pack-") as scratch:
        for name in LOCKS:
            lock = (requirements / name).read_text(encoding="utf-8")
            binary, source = split(lock)
            (Path(scratch) / name).write_text(binary, encoding="utf-8")
            _pip(
                python,
                *("download", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
                *("--dest", str(wheels), "-r", str(Path(scratch) / name)),
                purpose=f"download the packages of requirements/{name}",
            )
            if source and not built(wheels):
                (Path(scratch) / "source.txt").write_text(source, encoding="utf-8")
                # With the build tools that the lock installed here, and none from elsewhere.
                _pip(
                    sys.executable,
                    *("wheel", "--quiet", "--require-hashes", "--no-deps", "--no-build-isolation"),
                    *("--wheel-dir", str(wheels), "-r", str(Path(scratch) / "source.txt")),
                    purpose=f"build {FROM_SOURCE} from its source",
                )
            text = with_hash_of_built(lock, built(wheels)) if source else lock
            (wheels / name).write_text(text, encoding="utf-8", newline="\n")
    systems = [known for known in made_for(wheels) if known != system]
    text = json.dumps([*systems, system], indent=1) + "\n"
    (wheels / MADE_FOR).write_text(text, encoding="utf-8", newline="\n")


def _locks_others(ours: Path, packed: Path) -> bool:
    """True when the stick has this lock, but of other versions; the hash of the wheel built for it may be added."""
    if not packed.is_file():
        return False
    wanted, there = (set(path.read_text(encoding="utf-8").split()) for path in (ours, packed))
    return not wanted <= there or any(not text.startswith("--hash=") for text in there - wanted)


def split(lock: str) -> tuple[str, str]:
    """A lock's entries that come as wheels, and those that come as source; each with its hashes."""
    entries: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line.startswith((" ", "\t")) and entries:
            entries[-1] += line
        elif line.strip() and not line.startswith(("#", "-")):
            entries.append(line)
    source = [entry for entry in entries if entry.startswith(f"{FROM_SOURCE}==")]
    return "".join(entry for entry in entries if entry not in source), "".join(source)


def built(wheels: Path) -> Path | None:
    """The wheel that was built from source, if it is there."""
    return next(iter(sorted(wheels.glob(f"{FROM_SOURCE}-*-none-any.whl"))), None)


def with_hash_of_built(lock: str, wheel: Path) -> str:
    """The lock with the hash of the wheel built here added to its entry; all other hashes stay as they are."""
    return re.sub(
        rf"^({FROM_SOURCE}==.*\\\n)",
        lambda found: f"{found[1]}    --hash=sha256:{_sha256(wheel)} \\\n",
        lock,
        count=1,
        flags=re.M,
    )


def describe(python: str) -> dict[str, str]:
    """System, machine and Python version of an interpreter. Raises PackError when it does not run."""
    code = (
        "import json, platform, sys; v = sys.version_info; "
        "print(json.dumps([platform.system(), platform.machine(), f'{v[0]}.{v[1]}']))"
    )
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
        system, machine, version = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        raise PackError(
            f"{python} is no Python that runs here ({problem}). Try: --python python3.12"
        ) from None
    return {"system": system, "machine": machine, "python": version}


def made_for(wheels: Path) -> list[dict[str, str]]:
    """The systems and Pythons whose wheels lie in the folder."""
    path = wheels / MADE_FOR
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def _pip(python: str, *arguments: str, purpose: str) -> None:
    command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise PackError(
            f"Could not {purpose}:\n{last}\nPacking needs the package index. When it is reached again, type the "
            "same command; what is there already is kept"
        )


# ---------------------------------------------------------------------------------------------------------
# For the learner


def readme(systems: Iterable[dict[str, str]], data: Sequence[str]) -> str:
    """The page on the stick: what a learner needs, the one command, and what to do when it fails."""
    lines = [f"* {s['system']} ({s['machine']}) with Python {s['python']}" for s in systems]
    fits = "\n".join(lines) or "* none: this stick brings no packages, so a network is needed once"
    pictures = ", ".join(data) or "none: the notebooks use what is bundled with the course"
    return f"""\
# {config.course()["title"]}

Everything on this stick installs without a network.

## What your machine needs

One of these, with 4 GB free on its disk:

{fits}

`python3 --version` tells which Python you have (Windows: `py --version`). Python itself is not on the stick.

## Install and start

Open a terminal in the stick's folder and type:

```
python3 install.py              (Windows: py install.py)
```

It unpacks the course into `keras-workshop-{__version__}` in your home folder, installs its packages there from the
stick, and opens JupyterLab. Nothing is installed outside of that folder. Another place: `python3 install.py --into FOLDER`.

The next time you need no stick: open a terminal in that folder and type `make lab`, or `python3 tools/start.py lab`
(Windows: `py tools\\start.py lab`).

## The same by hand

1. Unzip `course.zip` on your disk.
2. In its folder: `python3 tools/start.py lab --from-stick /path/to/the/stick`, on Windows
   `py tools\\start.py lab --from-stick E:\\` (the same on macOS and Linux: `COURSE_WHEELS=/path/to/the/stick/wheels COURSE_MIRROR=/path/to/the/stick/data make lab`).

## If it fails

* *No wheels for your system*: take a neighbour's machine of another kind, or ask for a network: `make lab` installs
  from the package index.
* *A hash does not match*: the stick is damaged. Take another one. `sha256sum -c {SUMS}` names the file.
* Anything else: `.venv/bin/course doctor` in the course's folder (Windows: `.venv\\Scripts\\course doctor`).

Real data on this stick: {pictures}. They are copied to your machine while you work; until then, and without them,
the notebooks run on bundled data and say so.
"""


def write_sums(folder: Path) -> None:
    """Write the sha256 of every file of the stick, as `sha256sum -c` reads them; with that, it is finished."""
    lines = [
        f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (SUMS, UNFINISHED)
    ]
    part = folder / UNFINISHED
    part.write_text("".join(lines), encoding="utf-8", newline="\n")
    part.replace(folder / SUMS)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
