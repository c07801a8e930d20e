"""The rooms of the package: imports run downwards only, and nobody loads a framework unasked."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils

PACKAGE = Path(course_utils.__file__).parent
# From the ground floor up. A room may import from its own floor's sub-modules and from the floors below it.
FLOORS = [
    {"config", "colab"},
    {"accelerator", "assets", "evaluation", "records"},
    {"datasets", "plots", "text"},
    {"training", "pretrained", "explain", "checks", "play"},
    {"session"},
    {"runner", "workspace"},
    {"doctor", "slides", "instructor"},
    {"site"},
    {"cli"},
]
FRAMEWORKS = {"tensorflow", "jax", "torch", "keras"}


def rooms():
    return sorted(
        path.stem if path.is_file() else path.name
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").is_file()
    )


def files_of(room):
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{room}.py"]


def imported(tree):
    """(module, is_top_level) for each import in a file."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "course_utils":
                for alias in node.names:
                    yield f"course_utils.{alias.name}", id(node) in top
            else:
                yield node.module, id(node) in top


def floor_of(room):
    return next(number for number, floor in enumerate(FLOORS) if room in floor)


def test_every_room_has_a_floor():
    assert set(rooms()) == set().union(*FLOORS)


@pytest.mark.parametrize("room", rooms())
def test_imports_run_downwards_only(room):
    for path in files_of(room):
        for module, _ in imported(ast.parse(path.read_text(encoding="utf-8"))):
            parts = module.split(".")
            if parts[0] != "course_utils" or len(parts) == 1 or parts[1] in (room, "__version__"):
                continue
            assert floor_of(parts[1]) < floor_of(room), (
                f"{path.name} imports {module} from its own floor or above"
            )


def test_no_notebook_imports_what_serves_the_instructor():
    notebooks = sorted((PACKAGE.parent / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        assert not re.search(
            r"course_utils(\.| import .*\b)instructor\b", path.read_text(encoding="utf-8")
        ), path.name


@pytest.mark.parametrize("room", rooms())
def test_no_framework_is_imported_at_module_level(room):
    for path in files_of(room):
        loaded = {
            module.split(".")[0]
            for module, top_level in imported(ast.parse(path.read_text(encoding="utf-8")))
            if top_level
        }
        assert not loaded & FRAMEWORKS, f"{path.name} loads {loaded & FRAMEWORKS} at import"


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, course_utils; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    heavy = [*FRAMEWORKS, "pandas", "matplotlib", "sklearn", "numpy"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
