"""Write the generated files anew, or with `--check` say which are stale (exit status 1).

* environment.yml     conda and Binder: one Python, and the locks of requirements/
* README.md           badges and the map of the workshop, each between its two marks, from course.toml
* notebooks/*.ipynb   badges below the title and the cell for Colab and Kaggle, from course.toml; nothing else of them
* CITATION.cff        the public address, from course.toml
* instructor/jupyterhub/README.md, values.yaml   sizes and memory, from what was measured
* docs/figures/*     the README's figures, from the outputs of the executed notebooks
* instructor/schedules.md  half a day, one day, two days, from the plans and minutes in course.toml
* docs/house.md       the rooms of course_utils and what imports what (tools/house.py)
* docs/headline.md    figures of the talks and ours, from recorded tables and executed notebooks (tools/headline.py)
* docs/growing.md, figures/growing.svg   what growing work costs, from its recorded table (tools/growing.py)
* docs/status.md      where each notebook is known to run, from benchmarks/status/ (course_utils.workshop.instructor.status)
* requirements/*.txt  are written by tools/lock.py, because that asks the package index

The learners' index.md comes from the same table but is written at each start (course_utils.workshop.workspace).
"""

from __future__ import annotations

import argparse
import base64
import functools
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop import workspace
from course_utils.workshop.instructor import hub, publication, schedules, status

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script, only tools/ is
    sys.path.append(str(ROOT))
from tools import growing, headline, house  # noqa: E402

MAP_BEGIN = "<!-- map: written by tools/regenerate.py from course.toml -->"
MAP_END = "<!-- end of the map -->"

# Build tools first: lime comes as source only.
LOCKS = ("build.txt", "lab.txt")
CONDA_PYTHON = "3.11"


# The README's figures: file name -> notebook and the id of the cell that draws it.
FIGURES = {
    "classes.webp": ("05-fruit-cnn", "look-at-data"),
    "confusion.png": ("05-fruit-cnn", "confusion"),
    "market.webp": ("05-fruit-cnn", "market-look"),
    "reviews.png": ("06-text-cnn", "comparison"),
    "sticker.webp": ("08-lime", "planted-explain"),
}


def environment_text() -> str:
    """environment.yml: Python from conda-forge, all else by pip from the hashed locks.

    So Binder, a conda user and `make lab` have the same versions. One Python, because Binder reads this file; none of
    conda's own builds, which differ from the locked ones, and whose TensorFlow lags behind Keras.
    """
    lines = [
        "# Written by tools/regenerate.py; not edited by hand. The versions are those of requirements/.",
        "# conda env create -f environment.yml && conda activate course && pip install --no-deps -e .",
        "name: course",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python={CONDA_PYTHON}",
        "  - pip",
        "  - pip:",
        "      - --require-hashes",
        *(f"      - -r requirements/{name}" for name in LOCKS),
    ]
    return "\n".join(lines) + "\n"


def readme_text(readme: str) -> str:
    """The README with badges and map between their marks written anew; ValueError when marks are missing."""
    readme = publication.readme_with_badges(readme)
    pattern = re.compile(re.escape(MAP_BEGIN) + ".*?" + re.escape(MAP_END), re.DOTALL)
    new = f"{MAP_BEGIN}\n\n{workspace.map_table('notebooks/')}\n\n{MAP_END}"
    text, count = pattern.subn(lambda _: new, readme)
    if count != 1:
        raise ValueError(
            f"README.md needs exactly one pair of lines {MAP_BEGIN} and {MAP_END}; it has {count}"
        )
    return text


def figure(notebook: Path, cell_id: str) -> bytes:
    """The picture, PNG or WebP, that a cell of an executed notebook shows; raises ValueError when it shows none."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["id"] != cell_id:
            continue
        for output in cell.get("outputs", []):
            shown = "".join(output.get("data", {}).get("text/html", ""))
            if found := re.search(r'src="data:image/(?:png|webp);base64,([^"]+)"', shown):
                return base64.b64decode(found[1])
    raise ValueError(f"Cell {cell_id} of {notebook.name} shows no figure. Type: make notebooks")


def hub_files(root: Path) -> dict[Path, Callable[[], bytes]]:
    """The hub's page and values with the sizes that follow from what was measured, where they are there."""
    writers = {"README.md": hub.page_with_table, "values.yaml": hub.values_with_memory}

    def content(path: Path) -> bytes:
        return writers[path.name](path.read_text(encoding="utf-8")).encode()

    paths = [root / hub.FOLDER / name for name in writers]
    return {path: functools.partial(content, path) for path in paths if path.is_file()}


def notebooks(root: Path) -> list[Path]:
    """The notebooks that course.toml names and that are written already, in the order of the day."""
    paths = [root / "notebooks" / f"{name}.ipynb" for name in config.notebook_names()]
    return [path for path in paths if path.is_file()]


def notebook_bytes(path: Path) -> bytes:
    """A notebook's file with badges and Colab cell as course.toml has them, all else as it is."""
    return publication.notebook_text(path.read_text(encoding="utf-8"), path.stem).encode()


def generated(root: Path = ROOT) -> dict[Path, Callable[[], bytes]]:
    """Each generated file with the function that says what it must contain."""
    readme, citation = root / "README.md", root / "CITATION.cff"
    return {
        root / "environment.yml": lambda: environment_text().encode(),
        readme: lambda: readme_text(readme.read_text(encoding="utf-8")).encode(),
        root / "instructor" / "schedules.md": lambda: schedules.page().encode(),
        citation: lambda: publication.citation_with_address(citation.read_text(encoding="utf-8")).encode(),
        **hub_files(root),
        **{path: functools.partial(notebook_bytes, path) for path in notebooks(root)},
        root / "docs" / "house.md": lambda: house.page().encode(),
        root / "docs" / "growing.md": lambda: growing.page().encode(),
        root / "docs" / "figures" / "growing.svg": lambda: growing.drawing().encode(),
        root / "docs" / "headline.md": lambda: headline.page().encode(),
        root / "docs" / "status.md": lambda: status.page(config.course(), status.recorded()).encode(),
        **{
            root / "docs" / "figures" / name: functools.partial(
                figure, root / "notebooks" / f"{notebook}.ipynb", cell_id
            )
            for name, (notebook, cell_id) in FIGURES.items()
        },
    }


def stale(root: Path = ROOT) -> list[Path]:
    """The generated files that don't contain what they should."""
    return [path for path in generated(root) if not is_current(path, root)]


def is_current(path: Path, root: Path = ROOT) -> bool:
    """True when a generated file contains what it should; raises ValueError when its source lacks something."""
    return _read(path) == generated(root)[path]()


def _read(path: Path) -> bytes | None:
    # Line ends as git keeps them: a checkout on Windows may have others.
    if not path.exists():
        return None
    content = path.read_bytes()
    return content if path.suffix in (".png", ".webp") else content.replace(b"\r\n", b"\n")


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
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(generated()[path]())
    if options.check and outdated:
        print("Run: make regenerate")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
