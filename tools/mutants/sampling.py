"""Where a fault can be put, and a seeded sample of faults: some in every room, at most one at each place."""

from __future__ import annotations

import ast
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "course_utils/session.py",
    *(
        f"course_utils/{room}"
        for room in (
            "checks",
            "datasets",
            "explain",
            "further",
            "plots/play",
            "plots",
            "pretrained",
            "text",
            "training",
        )
    ),
    "course_utils/foundation/assets",
)
LEAST = 5  # mutants in each room, however small it is

Place = tuple[str, int, int]  # file, line and column


@dataclass(frozen=True)
class Mutant:
    """A fault: its file and line, the lines of its statement, the text before and after, the whole new source."""

    path: str
    line: int
    statement: tuple[int, int]
    was: str
    became: str
    source: str

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}"


def room_of(path: str) -> str:
    """The room that a file belongs to, as its name in ROOMS: the inner one of two."""
    return next(room for room in ROOMS if path == room or path.startswith(f"{room}/"))


def files(root: Path = ROOT) -> list[Path]:
    """The Python files of the rooms."""
    rooms = [root / room for room in ROOMS]
    return sorted({path for room in rooms for path in ([room] if room.suffix else room.rglob("*.py"))})


def population(root: Path = ROOT) -> dict[Place, list[Callable[[], Mutant | None]]]:
    """All places with the changes that mutmut's operators make there; a change is written out when it is called."""
    places = defaultdict(list)
    for path in files(root):
        name = path.relative_to(root).as_posix()
        source = path.read_text(encoding="utf-8")
        for line, column, changed in changes(name, source):
            places[name, line, column].append(
                lambda name=name, line=line, source=source, changed=changed: difference(
                    name, line, source, changed()
                )
            )
    return dict(places)


def changes(name: str, source: str) -> Iterator[tuple[int, int, Callable[[], str]]]:
    """Line and column of each change, and how to get the changed source, which takes long."""
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import create_mutations

    module, mutations, *_ = create_mutations(name, source)
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    for mutation in mutations:
        if position := positions.get(mutation.original_node):
            old, new = mutation.original_node, mutation.mutated_node
            yield (
                position.start.line,
                position.start.column,
                lambda module=module, old=old, new=new: module.deep_replace(old, new).code,
            )


def difference(name: str, line: int, before: str, after: str) -> Mutant | None:
    """The mutant with its changed lines; None when nothing changes for Python, or when it is no Python."""
    try:
        if ast.dump(ast.parse(before)) == ast.dump(ast.parse(after)):
            return None
    except SyntaxError:
        return None
    old, new = before.splitlines(), after.splitlines()
    first = next(i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    tail = next(
        (i for i, pair in enumerate(zip(old[::-1], new[::-1], strict=False)) if pair[0] != pair[1]), 0
    )
    tail = min(tail, len(old) - first - 1, len(new) - first - 1)
    was, became = (" ".join(part.strip() for part in text[first : len(text) - tail]) for text in (old, new))
    return Mutant(name, line, statement(before, line), was, became, after)


def statement(source: str, line: int) -> tuple[int, int]:
    """The first and last line of the innermost statement around a line; the head of a function is all of it."""
    around = [(line, line)]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno
            if node.lineno <= line <= max(last, node.lineno):
                function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                around.append((node.lineno, node.end_lineno if function else max(last, node.lineno)))
    return around[-1]  # `walk` comes to the inner ones later


def shares(counts: Mapping[str, int], size: int, least: int = LEAST) -> dict[str, int]:
    """How many of `size` mutants each room gets: by its number of places, but never fewer than `least`."""
    small: set[str] = set()
    while True:
        large = {room: count for room, count in counts.items() if room not in small}
        left = size - least * len(small)
        exact = {room: left * count / sum(large.values()) for room, count in large.items()}
        if not (smaller := {room for room, share in exact.items() if share < least}):
            break
        small |= smaller
    found = dict.fromkeys(small, least) | {room: int(share) for room, share in exact.items()}
    # What rounding down left over goes to those that lost most.
    for room in sorted(exact, key=lambda room: (int(exact[room]) - exact[room], room))[
        : size - sum(found.values())
    ]:
        found[room] += 1
    return {room: found[room] for room in counts}


def draw(places: Mapping[Place, Sequence[Callable[[], Mutant | None]]], seed: int, size: int) -> list[Mutant]:
    """A sample of places without repetition, and at each of them one of its mutants; places without one are left out.

    Raises ValueError when `size` is too small for LEAST mutants in each room.
    """
    rooms = by_room(places)
    if size < LEAST * len(rooms):
        raise ValueError(
            f"{len(rooms)} rooms with at least {LEAST} mutants each need {LEAST * len(rooms)}, not {size}"
        )
    drawn = []
    for room, share in shares({room: len(there) for room, there in rooms.items()}, size).items():
        chance = random.Random(f"{seed} {room}")
        made = (chance.choice(places[place])() for place in chance.sample(rooms[room], len(rooms[room])))
        drawn += itertools.islice(filter(None, made), share)
    return drawn


def by_room(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The places of each room, sorted."""
    rooms = defaultdict(list)
    for place in sorted(places):
        rooms[room_of(place[0])].append(place)
    return dict(rooms)
