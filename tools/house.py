"""Makes `docs/house.md`: the rooms of the package, floor by floor, and which of them import which.

`FLOORS` is written by hand; a test holds the imports to it. All else is read from the code. `regenerate.py` calls it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "course_utils"
# Each hall holds rooms; the other names are rooms that learners import.
HALLS = ("foundation", "further", "workshop")
# From the ground floor up. A room may import from its own floor's sub-modules and from the floors below it.
FLOORS = (
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
    {"pretrained", "explain", "checks"},
    {"session"},
    {"workshop.runner", "workshop.workspace"},
    {"workshop.doctor", "workshop.slides", "workshop.instructor"},
    {"workshop.site", "workshop.authoring"},
    {"workshop.cli"},
)
INTRODUCTION = """# The house

`course_utils` is built in floors. A room imports from the floors below its own and never from above, so there is no
circle, and what learners import does not need what runs the workshop. `tests/contracts/test_architecture.py` holds it.
This page is written by `make regenerate` from the code and from `FLOORS` in `tools/house.py`.

* Learners import `datasets`, `pretrained`, `text`, `training`, `plots`, `explain`, `checks` and `session`. For
  the notebooks 09 to 16 there is `further`.
* `workshop` is behind the command `course`. No notebook imports it.
* `foundation` is what both stand on.
"""


@functools.cache  # asked for with every import
def rooms() -> list[str]:
    """The names of all rooms: `datasets`, `further.sound`, ..."""
    inside = [f"{hall}.{room}" for hall in HALLS for room in rooms_in(PACKAGE / hall)]
    return sorted([room for room in rooms_in(PACKAGE) if room not in HALLS] + inside)


def rooms_in(folder: Path) -> list[str]:
    """Modules and packages of a folder, without those that begin with `__`."""
    return sorted(
        path.stem if path.is_file() else path.name
        for path in folder.iterdir()
        if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").is_file()
    )


def files_of(room: str) -> list[Path]:
    """The Python files of a room."""
    folder = PACKAGE.joinpath(*room.split("."))
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imported(tree: ast.Module) -> Iterator[tuple[str, bool]]:
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


@functools.cache  # both the drawing and the table ask for each room's
def imports_of(path: Path) -> list[tuple[str, bool]]:
    """(module, is_top_level) for each import of a Python file."""
    return list(imported(ast.parse(path.read_text(encoding="utf-8"))))


def room_of(module: str) -> str | None:
    """The room that a dotted name of the package belongs to; None for what is none of its rooms."""
    parts = module.split(".")
    name = ".".join(parts[1:3] if parts[1:2] and parts[1] in HALLS else parts[1:2])
    return name if parts[0] == "course_utils" and name in rooms() else None


def floor_of(room: str) -> int:
    """The number of a room's floor; 0 is the ground floor."""
    return next(number for number, floor in enumerate(FLOORS) if room in floor)


def uses(room: str) -> list[str]:
    """The other rooms that a room imports, from the ground floor up."""
    found = {room_of(module) for path in files_of(room) for module, _ in imports_of(path)}
    return sorted(found - {None, room}, key=lambda other: (floor_of(other), other))


def purpose(room: str) -> str:
    """The first line of a room's docstring."""
    first = PACKAGE.joinpath(*room.split("."))
    source = first / "__init__.py" if first.is_dir() else first.with_suffix(".py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def graph() -> str:
    """The rooms as a Mermaid flowchart. An arrow that a longer way also takes is left out."""
    below = {room: set(uses(room)) for room in rooms()}
    reached: dict[str, set[str]] = {}
    for floor in FLOORS:
        for room in floor:
            reached[room] = below[room].union(*(reached[other] for other in below[room]))
    lines = ["flowchart TD"]
    for number in reversed(range(len(FLOORS))):
        for room in sorted(FLOORS[number]):
            longer = set().union(*(reached[other] for other in below[room]))
            lines += [f"  {room} --> {other}" for other in sorted(below[room] - longer)]
    return "\n".join(lines)


def page() -> str:
    """The text of docs/house.md."""
    rows = [
        f"| {number} | `{room}` | {purpose(room)} | {', '.join(f'`{other}`' for other in uses(room)) or '–'} |"
        for number in reversed(range(len(FLOORS)))
        for room in sorted(FLOORS[number])
    ]
    table = "\n".join(["| floor | room | what it is for | imports |", "|---|---|---|---|", *rows])
    drawn = "## Drawn\n\nAn arrow means *imports*. Arrows that follow from others are left out; the table below has them all.\n\n"
    return f"{INTRODUCTION}\n{drawn}```mermaid\n{graph()}\n```\n\n## Room by room\n\n{table}\n"
