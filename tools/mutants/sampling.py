"""Where a fault can be put, and a seeded sample of faults: at most one at each place."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "course_utils/session.py",
    *(
        f"course_utils/{room}"
        for room in ("checks", "datasets", "explain", "plots", "play", "pretrained", "text", "training")
    ),
    "course_utils/foundation/assets",
)


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


def files(root: Path = ROOT) -> list[Path]:
    """The Python files of the rooms."""
    rooms = [root / room for room in ROOMS]
    return sorted(path for room in rooms for path in ([room] if room.suffix else room.rglob("*.py")))


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


def draw(places: Mapping[Place, Sequence[Callable[[], Mutant | None]]], seed: int, size: int) -> list[Mutant]:
    """A sample of places without repetition, and at each of them one of its mutants; places without one are left out."""
    chance = random.Random(seed)
    drawn = []
    for place in chance.sample(sorted(places), len(places)):
        if len(drawn) == size:
            break
        if mutant := chance.choice(places[place])():
            drawn.append(mutant)
    return drawn
