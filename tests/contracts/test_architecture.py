"""The rooms of the package: imports run downwards only, and nobody loads a framework unasked."""

import re
import subprocess
import sys

import pytest

from tools.house import (
    FLOORS,
    HALLS,
    PACKAGE,
    files_of,
    floor_of,
    imports_of,
    room_of,
    rooms,
    rooms_in,
)

FRAMEWORKS = {"tensorflow", "jax", "torch", "keras"}
MOST_NAMES = 12


def test_every_room_has_a_floor():
    assert set(rooms()) == set().union(*FLOORS)


def test_a_stranger_sees_the_house_in_the_listing():
    assert 1 + len(rooms_in(PACKAGE)) <= MOST_NAMES  # with __init__.py
    assert not set(rooms_in(PACKAGE)) - set().union(*FLOORS) - set(HALLS)


@pytest.mark.parametrize("room", rooms())
def test_imports_run_downwards_only(room):
    for path in files_of(room):
        for module, _ in imports_of(path):
            other = room_of(module)
            assert other in (None, room) or floor_of(other) < floor_of(room), (
                f"{path.name} imports {module} from its own floor or above"
            )


@pytest.mark.parametrize("room", [room for room in rooms() if not room.startswith("workshop")])
def test_what_learners_import_does_not_need_what_runs_the_workshop(room):
    for path in files_of(room):
        loaded = {module for module, _ in imports_of(path)}
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
        loaded = {module.split(".")[0] for module, top_level in imports_of(path) if top_level}
        assert not loaded & FRAMEWORKS, f"{path.name} loads {loaded & FRAMEWORKS} at import"


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, course_utils; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    heavy = [*FRAMEWORKS, "pandas", "matplotlib", "sklearn", "numpy"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
