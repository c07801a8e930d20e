"""The rooms of the package: imports run downwards only, and nobody loads a framework unasked."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils

PACKAGE = Path(course_utils.__file__).parent
# Each hall holds rooms; the other names are rooms that learners import.
HALLS = ("foundation", "further", "workshop")
# From the ground floor up. A room may import from its own floor's sub-modules and from the floors below it.
FLOORS = [
    {"foundation.addresses", "foundation.tables"},
    {"foundation.config", "foundation.hosted"},
    {"foundation.accelerator", "foundation.assets", "foundation.keras_settings", "foundation.records"},
    {"further.sound"},
    {"datasets", "plots", "text", "training"},
    {
        "further.answering",
        "further.architectures",
        "further.beyond",
        "further.detection",
        "further.sequences",
        "further.tagging",
    },
    {"further.serving"},
    {"pretrained", "explain", "checks", "play"},
    {"session"},
    {"workshop.runner", "workshop.workspace"},
    {"workshop.doctor", "workshop.slides", "workshop.instructor"},
    {"workshop.site", "workshop.authoring"},
    {"workshop.cli"},
]
FRAMEWORKS = {"tensorflow", "jax", "torch", "keras"}
MOST_NAMES = 12


def rooms_in(folder):
    return [
        path.stem if path.is_file() else path.name
        for path in folder.iterdir()
        if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").is_file()
    ]


def rooms():
    inside = [f"{hall}.{room}" for hall in HALLS for room in rooms_in(PACKAGE / hall)]
    return sorted([room for room in rooms_in(PACKAGE) if room not in HALLS] + inside)


def files_of(room):
    folder = PACKAGE.joinpath(*room.split("."))
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imported(tree):
    """(module, is_top_level) for each import in a file; `from a import b` counts as a.b too."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, id(node) in top
            for alias in node.names:
                yield f"{node.module}.{alias.name}", id(node) in top


def room_of(module):
    """The room that a dotted name of the package belongs to; None for what is none of its rooms."""
    parts = module.split(".")
    name = ".".join(parts[1:3] if parts[1:2] and parts[1] in HALLS else parts[1:2])
    return name if parts[0] == "course_utils" and name in rooms() else None


def floor_of(room):
    return next(number for number, floor in enumerate(FLOORS) if room in floor)


def test_every_room_has_a_floor():
    assert set(rooms()) == set().union(*FLOORS)


def test_a_stranger_sees_the_house_in_the_listing():
    assert len(rooms_in(PACKAGE)) <= MOST_NAMES
    assert not set(rooms_in(PACKAGE)) - set().union(*FLOORS) - set(HALLS)


@pytest.mark.parametrize("room", rooms())
def test_imports_run_downwards_only(room):
    for path in files_of(room):
        for module, _ in imported(ast.parse(path.read_text(encoding="utf-8"))):
            other = room_of(module)
            assert other in (None, room) or floor_of(other) < floor_of(room), (
                f"{path.name} imports {module} from its own floor or above"
            )


@pytest.mark.parametrize("room", [room for room in rooms() if not room.startswith("workshop")])
def test_what_learners_import_does_not_need_what_runs_the_workshop(room):
    for path in files_of(room):
        loaded = {module for module, _ in imported(ast.parse(path.read_text(encoding="utf-8")))}
        assert not any(module.startswith("course_utils.workshop") for module in loaded), path.name


def test_no_notebook_imports_what_runs_the_workshop():
    notebooks = sorted((PACKAGE.parent / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        assert not re.search(r"course_utils(\.| import .*\b)workshop\b", path.read_text(encoding="utf-8")), (
            path.name
        )


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
