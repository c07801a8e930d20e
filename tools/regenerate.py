"""Write the generated files anew, or with `--check` say which are stale (exit status 1).

* environment.yml     conda and Binder, from pyproject.toml
* README.md           the map of the workshop between its two marks, from course.toml
* requirements/*.txt  are written by tools/lock.py, because that asks the package index

The learners' index.md comes from the same table but is written at each start (course_utils.workspace).
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from course_utils import workspace

ROOT = Path(__file__).resolve().parents[1]
MAP_BEGIN = "<!-- map: written by tools/regenerate.py from course.toml -->"
MAP_END = "<!-- end of the map -->"

# What conda-forge lacks, has too old, or builds for some systems only.
FROM_PIP = ("keras", "lime", "nbval", "playwright", "zizmor")
CONDA_PYTHON = "3.11"


def environment_text(pyproject: dict) -> str:
    """environment.yml: conda-forge for the common packages, pip for the frameworks and what is rare.

    One Python for Binder, which reads this file; TensorFlow from pip because conda-forge's build lags behind
    Keras and isn't made for every system.
    """
    project = pyproject["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    frameworks = project["optional-dependencies"]["cpu"]
    conda = [requirement for requirement in wanted if _name(requirement) not in FROM_PIP]
    pip = [requirement for requirement in wanted if _name(requirement) in FROM_PIP]
    lines = [
        "# Written by tools/regenerate.py from pyproject.toml; not edited by hand.",
        "# conda env create -f environment.yml && conda activate course && pip install --no-deps -e .",
        "name: course",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python={CONDA_PYTHON}",
        "  - pip",
        *(f"  - {_conda(requirement)}" for requirement in sorted(conda, key=_name)),
        "  - pip:",
        *(f"      - {_quoted(requirement)}" for requirement in [*sorted(pip, key=_name), *frameworks]),
    ]
    return "\n".join(lines) + "\n"


def readme_text(readme: str) -> str:
    """The README with the map between its marks written anew; raises ValueError when the marks are missing."""
    pattern = re.compile(re.escape(MAP_BEGIN) + ".*?" + re.escape(MAP_END), re.DOTALL)
    new = f"{MAP_BEGIN}\n\n{workspace.map_table('notebooks/')}\n\n{MAP_END}"
    text, count = pattern.subn(lambda _: new, readme)
    if count != 1:
        raise ValueError(
            f"README.md needs exactly one pair of lines {MAP_BEGIN} and {MAP_END}; it has {count}"
        )
    return text


def generated(root: Path = ROOT) -> dict[Path, Callable[[], str]]:
    """Each generated file with the function that says what it must contain."""
    readme = root / "README.md"
    return {
        root / "environment.yml": lambda: environment_text(
            tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        ),
        readme: lambda: readme_text(readme.read_text(encoding="utf-8")),
    }


def stale(root: Path = ROOT) -> list[Path]:
    """The generated files that don't contain what they should."""
    return [
        path
        for path, text in generated(root).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text()
    ]


def _name(requirement: str) -> str:
    return re.split(r"[<>=;\[ ]", requirement, maxsplit=1)[0].lower()


def _conda(requirement: str) -> str:
    """`matplotlib>=3.9` for conda: the name there, matplotlib without its desktop windows."""
    name = _name(requirement)
    there = {"matplotlib": "matplotlib-base"}.get(name, name)
    return _quoted(there + requirement[len(name) :])


def _quoted(requirement: str) -> str:
    return f'"{requirement}"'


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit status 1 when one is stale"
    )
    options = parser.parse_args()
    outdated = stale()
    for path in outdated:
        print(f"{path.name} is stale" if options.check else f"{path.name} written")
        if not options.check:
            path.write_text(generated()[path](), encoding="utf-8", newline="\n")
    if options.check and outdated:
        print("Run: make regenerate")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
