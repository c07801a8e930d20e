"""Which Python the workshop is set up with and where its packages come from: this machine, or a stick.

Standard library only, and readable for an older Python, like start.py, which asks here.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
SUPPORTED = ((3, 13), (3, 12), (3, 11))  # in the order in which they are tried

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
