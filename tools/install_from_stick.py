"""Install the workshop from this stick and open it: `python3 install.py` (Windows: `py install.py`).

Standard library only; nothing is asked of a network. Unpacks course.zip into the home folder, or `--into FOLDER`,
and lets the course's own start script install the packages from the stick.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

STICK = Path(__file__).resolve().parent


def is_whole(archive: Path) -> bool:
    """True when the archive has the digest that the stick's list names."""
    listed = (STICK / "SHA256SUMS").read_text(encoding="utf-8", errors="replace").split("\n")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return digest + "  " + archive.name in listed


def unpack(archive: Path, into: Path) -> Path:
    """Unpack the course beside what is there, and give its folder; a course that is there already is kept."""
    with zipfile.ZipFile(str(archive)) as zipped:
        top = into / zipped.namelist()[0].split("/")[0]
        if (top / "tools" / "start.py").exists():
            print(f"The course is already in {top}; it stays as it is.")
            return top
        print(f"Unpacking the course into {top} ...", flush=True)
        into.mkdir(parents=True, exist_ok=True)
        # The file that says that the course is there comes last: who was interrupted may type the same again.
        zipped.extractall(
            str(into), sorted(zipped.namelist(), key=lambda name: name.endswith("tools/start.py"))
        )
    return top


def run(command: list, folder: Path) -> int:
    """Run the start script to its end; Ctrl-C stops JupyterLab, which may ask first, and not the script that waits."""
    process = subprocess.Popen(command, cwd=str(folder))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--into", type=Path, default=Path.home(), help="where to put the course's folder")
    parser.add_argument("--only-install", action="store_true", help="install, but don't open JupyterLab")
    options = parser.parse_args()
    archive = STICK / "course.zip"
    try:
        if not is_whole(archive):
            print("course.zip is damaged or the stick was not finished. Take another stick.", file=sys.stderr)
            return 1
        top = unpack(archive, options.into.expanduser())
    except OSError as problem:
        print(f"The course could not be unpacked: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Type the same again to go on.", file=sys.stderr)
        return 130
    action = "install" if options.only_install else "lab"
    command = [sys.executable, str(top / "tools" / "start.py"), action, "--from-stick", str(STICK)]
    return run(command, top)


if __name__ == "__main__":
    sys.exit(main())
