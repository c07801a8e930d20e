"""Run the notebooks in smoke as on Colab (`make test-colab`): `run_on_colab.py PYTHON [NOTEBOOK ...]`.

PYTHON is the interpreter of an environment with Colab's versions. A stand-in for Colab's own package and kernel
makes the notebooks' first cell believe that it is there; the release it clones is made here from the tracked files, with a
public address of its own, and git is told where that address lies. So the cell does all that it does on Colab.
At the end the environment is looked at: the course may have added what was missing, and changed nothing.
With COURSE_REPORT=FILE the report is kept there, for `course status --record FILE --variant colab`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop.instructor import packing, publication
from course_utils.workshop.runner.evidence import describe_result, write_report
from course_utils.workshop.runner.execution import Settings, run_notebook

ROOT = Path(__file__).resolve().parents[1]
STAND_IN = ROOT / "tests" / "colab" / "stand_in"
PROFILE = ROOT / "tests" / "colab" / "profile_default"
CONSTRAINTS = ROOT / "requirements" / "colab-constraints.txt"
ADDRESS = "example/workshop"
ABSENT = ("course-utils", "lime", "nbval", "jupyterlab")


def packages(python: Path) -> dict[str, str]:
    """Name and version of every package in the environment."""
    code = (
        "import importlib.metadata as m, json; "
        "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))"
    )
    answer = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def pinned() -> dict[str, str]:
    """Name and version of every pin of the constraints."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").split("\n")
    return dict(line.split("==") for line in lines if "==" in line)


def release(folder: Path) -> None:
    """A repository of the tracked files as they are, with a public address and the release's tag."""
    for path in packing.repository_files(ROOT):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    environment = {**os.environ, "COURSE_ROOT": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "course_utils.workshop", "repository", ADDRESS]
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    git = ["git", "-c", "user.name=course", "-c", "user.email=course@localhost"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "release"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    subprocess.run([*git, "tag", publication.release()], cwd=folder, check=True)


def variables(python: Path, origin: Path) -> dict[str, str | None]:
    """The kernel's environment: nothing of this clone, Colab's stand-in, and where the public address lies."""
    course = {name: None for name in os.environ if name.startswith("COURSE_")}
    return {
        **course,
        "COURSE_ROOT": None,
        "COURSE_PROFILE": "smoke",
        "COURSE_AUTOMATIC": "1",
        "PYTHONPATH": str(STAND_IN),
        "IPYTHONDIR": str(ipython_folder(origin.parent)),
        "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
        "VIRTUAL_ENV": str(python.parents[1]),
        "KERAS_BACKEND": None,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{origin.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{ADDRESS}",
    }


def ipython_folder(scratch: Path) -> Path:
    """A folder of IPython's own in which the kernel is the stand-in for Colab's; IPython writes to it."""
    folder = scratch / "ipython"
    shutil.copytree(PROFILE, folder / PROFILE.name, dirs_exist_ok=True)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("python", type=Path)
    parser.add_argument("notebooks", nargs="*")
    options = parser.parse_args()
    # The path as it is: resolved, a virtual environment's interpreter is the one it was made with.
    python = options.python.absolute()
    names = [config.notebook_path(name).stem for name in options.notebooks] or config.notebook_names()
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "uninstall", "--quiet", "--yes"]
    subprocess.run([*pip, "course-utils", "lime"], check=True, stderr=subprocess.DEVNULL)
    before = packages(python)
    problems = [f"{name} is there, but not on Colab" for name in ABSENT if name in before]
    problems += [
        f"{name} is {before.get(name)}, on Colab {version}"
        for name, version in pinned().items()
        if before.get(name) != version
    ]
    with tempfile.TemporaryDirectory(prefix="course-colab-", ignore_cleanup_errors=True) as scratch:
        origin = Path(scratch) / "release"
        origin.mkdir()
        release(origin)
        reports = []
        for name in names:
            print(f"{name} ...", flush=True)
            reports.append(try_notebook(origin / "notebooks" / f"{name}.ipynb", python, origin))
            problems += [f"{name}: {problem}" for problem in reports[-1]["problems"]]
    if asked := os.environ.get("COURSE_REPORT", "").strip():
        write_report(Path(asked), reports)
    after = packages(python)
    changed = [name for name, version in before.items() if after.get(name) != version]
    problems += [f"the course changed {name}: {before[name]} to {after.get(name)}" for name in changed]
    print("Added by the notebooks' first cell:", ", ".join(sorted(after.keys() - before.keys())))
    print("\n".join(f"✗ {problem}" for problem in problems) or "✓ all as on Colab")
    return 1 if problems else 0


def try_notebook(path: Path, python: Path, origin: Path) -> dict:
    """Run one notebook and print what came out; gives its line of the report."""
    run = run_notebook(
        path, Settings("smoke"), python=python, variables=variables(python, origin), cell_seconds=600
    )
    first = next(cell for cell in run.notebook["cells"] if cell["id"] == publication.CELL)
    for line in "".join(output.get("text", "") for output in first["outputs"]).splitlines():
        print(f"    {line}")
    for name, result in run.report["results"].items():
        print(f"  {describe_result(name, result)}")
    print(f"  {run.seconds:.0f} s, {run.cells} cells, {run.report['peak_mb']} MB", flush=True)
    if not run.failure and not first["outputs"]:
        run.report["problems"].append("the first cell printed nothing: it did not see Colab")
        run.report["ok"] = False
    return run.report


if __name__ == "__main__":
    sys.exit(main())
