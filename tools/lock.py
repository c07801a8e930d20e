"""Resolve pyproject.toml into the hashed locks of requirements/ (`make lock`; needs uv on the path).

One universal resolution for Python 3.11 to 3.13 on Linux, macOS and Windows, with one version of each package
for everybody ("fewest" forks), so that two learners' results don't differ because their Pythons do:

* build.txt  pip itself, and setuptools and wheel, with which lime's source distribution and course_utils are built
* lab.txt    what `make lab` installs: the package's requirements and the extras [cpu] and [serve]
* test.txt   lab.txt, and what `make test` needs besides
* hub.txt    lab.txt, and what an image for Binder or a JupyterHub gets besides
* serve.txt  what the container of the service gets, and nothing else: no notebook, no framework
* npm.txt    what `make slides` installs where no Node.js is there to fetch reveal.js with

Without --upgrade the versions already locked are kept where they still fit. At the end each system and Python
is asked, without installing anything, whether all but lime come as wheels there: no learner has a compiler.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
BUILD = "pip>=26\nsetuptools>=77\nwheel>=0.45\n"
HEADER = "# {what}\n# Written by tools/lock.py (make lock) from pyproject.toml; not edited by hand.\n"
OPTIONS = (
    "--universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url "
    "--no-emit-find-links --no-header --no-annotate --no-config --quiet"
).split()


SERVED = r"(anyio|fastapi|numpy|onnxruntime|pillow|prometheus-client|pydantic|starlette|uvicorn)\b"
SYSTEMS = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
PYTHONS = ("3.11", "3.12", "3.13")
OLDEST_MACOS = "14.0"  # ONNX Runtime has no wheels for older ones


def systems_without_wheels(uv: str) -> list[str]:
    """The systems on which the lock can't be installed without a compiler, each with uv's reason."""
    refused = []
    for system in SYSTEMS:
        for python in PYTHONS:
            with tempfile.TemporaryDirectory() as target:
                command = [
                    uv,
                    *"pip install --dry-run --require-hashes --no-config --no-build-isolation".split(),
                ]
                command += ["--only-binary", ":all:", "--no-binary", "lime", "--target", target]
                command += [
                    "--python",
                    sys.executable,
                    "--python-platform",
                    system,
                    "--python-version",
                    python,
                ]
                for name in ("build.txt", "test.txt", "npm.txt"):
                    command += ["-r", str(REQUIREMENTS / name)]
                environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
                answer = subprocess.run(
                    command, capture_output=True, text=True, encoding="utf-8", env=environment
                )
            if answer.returncode:
                refused.append(f"{system}, Python {python}: {answer.stderr.strip()}")
    return refused


def compile_lock(uv: str, sources: list[str], output: Path, *, constraint: Path | None = None) -> str:
    """Run `uv pip compile` and give the text of the lock."""
    command = [uv, "pip", "compile", *OPTIONS, *sources, "--output-file", str(output)]
    if constraint is not None:
        command += ["--constraint", str(constraint)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return output.read_text(encoding="utf-8")


def served(project: dict) -> list[str]:
    """What the service imports: the extra [serve] but for onnx, which only an export needs, NumPy and Pillow."""
    lines = [*project["optional-dependencies"]["serve"], *project["dependencies"]]
    return [line for line in lines if not re.match(r"onnx\b", line) and re.match(SERVED, line)]


def entries(lock: str) -> list[str]:
    """Split a lock into its requirements, each with its continuation lines of hashes."""
    found: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            found[-1] += line
        else:
            found.append(line)
    return found


def write(name: str, what: str, lines: list[str]) -> None:
    (REQUIREMENTS / name).write_text(
        HEADER.format(what=what) + "".join(lines), encoding="utf-8", newline="\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit together")
    options = parser.parse_args()
    uv = shutil.which("uv")
    if uv is None:
        print("make lock needs uv. Try: .venv/bin/python -m pip install uv, then put .venv/bin on the path.")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.txt"
        known = [REQUIREMENTS / f"{name}.txt" for name in ("build", "lab", "test", "hub")]
        known = [path for path in known if path.exists()]
        if not options.upgrade:
            kept = [line for path in known for line in entries(path.read_text(encoding="utf-8"))]
            whole.write_text("".join(line for line in kept if not line.startswith("-r")), encoding="utf-8")
        build_in = Path(folder) / "build.in"
        build_in.write_text(BUILD, encoding="utf-8")
        project = ["pyproject.toml", "--extra", "cpu", "--extra", "serve"]
        compile_lock(uv, [*project, "--extra", "test", str(build_in)], whole)
        lab = entries(compile_lock(uv, project, Path(folder) / "lab.txt", constraint=whole))
        build = entries(compile_lock(uv, [str(build_in)], Path(folder) / "build.txt", constraint=whole))
        hub = entries(
            compile_lock(uv, [*project, "--extra", "hub"], Path(folder) / "hub.txt", constraint=whole)
        )
        served_in = Path(folder) / "serve.in"
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        served_in.write_text("\n".join(served(extras)) + "\n", encoding="utf-8")
        serve = entries(compile_lock(uv, [str(served_in)], Path(folder) / "serve.txt", constraint=whole))
        everything = entries(whole.read_text(encoding="utf-8"))
        npm_in = Path(folder) / "npm.in"
        npm_in.write_text("\n".join(extras["optional-dependencies"]["npm"]) + "\n", encoding="utf-8")
        npm_lock = Path(folder) / "npm.txt"
        if not options.upgrade and (REQUIREMENTS / "npm.txt").exists():
            shutil.copy(REQUIREMENTS / "npm.txt", npm_lock)
        npm = entries(compile_lock(uv, [str(npm_in)], npm_lock))
    REQUIREMENTS.mkdir(exist_ok=True)
    write("build.txt", "The build tools, installed first", build)
    write("lab.txt", "What `make lab` installs", lab)
    beside = ["-r lab.txt\n", *(line for line in hub if line not in lab and line not in build)]
    write("hub.txt", "What an image for Binder or a JupyterHub gets besides", beside)
    write("serve.txt", "What the container of the service gets", serve)
    write("npm.txt", "What `make slides` installs where there is no Node.js", npm)
    more = [line for line in everything if line not in lab and line not in build]
    write("test.txt", "What `make test` installs besides", ["-r lab.txt\n", *more])
    print(f"requirements/: {len(lab)} packages for the lab, {len(more)} more for the tests")
    refused = systems_without_wheels(uv)
    print("\n".join(refused) or f"wheels for all of {', '.join(SYSTEMS)} on {', '.join(PYTHONS)}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
