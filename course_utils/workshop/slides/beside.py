"""Functions of slides/figures/ and slides/nets/, and the processes beside this one that call them."""

from __future__ import annotations

import ast
import functools
import importlib.util
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType

from course_utils.foundation import config

from .errors import SourceError


def functions(folder: str) -> dict[str, tuple[Path, str]]:
    """Functions of the modules of slides/FOLDER: name -> its module, and its text with all of the module that it uses.

    The text is what its digest is taken of: a change elsewhere in the module is not a change of the function.
    Raises SourceError where two modules have one of the same name.
    """
    found = sorted((config.repository_root() / "slides" / folder).glob("*.py"))
    return _functions(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in found))


@functools.lru_cache(maxsize=8)  # asked for with every figure; reading all modules takes a while
def _functions(modules: tuple) -> dict[str, tuple[Path, str]]:
    found: dict[str, tuple[Path, str]] = {}
    for path, *_ in modules:
        text = path.read_text(encoding="utf-8")
        body, lines = ast.parse(text).body, text.splitlines()
        pieces: dict[str, str] = {}
        uses: dict[str, set[str]] = {}
        for node in body:
            for name in _names(node):
                pieces[name] = pieces.get(name, "") + "\n".join(lines[node.lineno - 1 : node.end_lineno])
                uses.setdefault(name, set()).update(
                    one.id for one in ast.walk(node) if isinstance(one, ast.Name)
                )
        for name in (node.name for node in body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"):
            if name in found:
                raise SourceError(f"{name} is in {found[name][0].name} and in {path.name}; rename one")
            reached, waiting = set(), [name]
            while waiting:
                reached.add(one := waiting.pop())
                waiting += [other for other in uses[one] if other in pieces and other not in reached]
            found[name] = (path, pieces[name] + "".join(pieces[one] for one in sorted(reached - {name})))
    return found


def _names(node: ast.stmt) -> set[str]:
    """What a statement of a module defines or changes: a function, a class, constants; imports are nobody's."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return set()
    targets = node.targets if isinstance(node, ast.Assign) else [node]
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def module(path: Path) -> ModuleType:
    """The module, loaded anew where its text has changed in this process."""
    key = f"course_slides_{path.parent.name}_{path.stem}_{hash((path, path.read_text(encoding='utf-8')))}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, path)
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        sys.modules[key] = loaded
    return sys.modules[key]


def processes(number: int) -> ProcessPoolExecutor:
    """Processes that work for this one: the same course, and nothing of what a framework writes to stderr."""
    start = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(number, start, _prepare, (str(config.repository_root()),))


def _prepare(root: str) -> None:
    os.environ |= {"COURSE_ROOT": root, "TF_CPP_MIN_LOG_LEVEL": "3"}
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def kept_in() -> Path:
    """The folder where figures and tables of nets are kept from one build to the next."""
    folder = config.repository_root() / "slides" / "_build" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write(path: Path, data: bytes) -> None:
    """Whole or not at all: two builds may do it at once."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
