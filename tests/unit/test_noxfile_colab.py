"""`make test-colab` runs on Colab's Python with Colab's versions, and brings nothing that Colab lacks."""

import re
import sys
import tomllib
from pathlib import Path

from noxfile_support import Session, noxfile

ROOT = Path(__file__).parents[2]
CONSTRAINTS = (ROOT / "requirements" / "colab-constraints.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(lines):
    return {re.split(r"[<>=;\[ ]", line, maxsplit=1)[0].lower() for line in lines}


def test_the_versions_of_the_freeze_are_pinned_and_no_address_is_named():
    assert "tensorflow==2.20.0" in CONSTRAINTS
    assert "ipykernel==6.17.1" in CONSTRAINTS
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--hash", CONSTRAINTS)


def test_what_the_course_needs_is_there_but_for_what_colab_lacks():
    from course_utils.foundation.hosted import runtime

    needed = names(PROJECT["dependencies"])
    assert needed - set(noxfile.COLAB_BRINGS) == {"lime", "jupyterlab", "ipycanvas"}
    assert {"jupyterlab", "ipycanvas"} <= set(runtime.LEFT_ALONE), "Colab has a page of its own"


def test_the_lower_bounds_of_the_package_let_colabs_versions_in():
    from packaging.requirements import Requirement

    pins = dict(line.split("==") for line in CONSTRAINTS.splitlines() if "==" in line)
    bounds = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["cpu"]]
    checked = 0
    for requirement in map(Requirement, bounds):
        if requirement.name in pins:
            assert requirement.specifier.contains(pins[requirement.name]), requirement
            checked += 1
    assert checked >= 8


def test_the_environment_has_what_colab_brings_in_its_versions_and_nothing_else(tmp_path):
    assert noxfile.colab.python == "3.13"
    session = Session(tmp_path)
    noxfile.colab(session)
    (_, flag, constraints, *packages), _ = session.steps
    assert (flag, Path(constraints).name) == ("-c", "colab-constraints.txt")
    assert packages == noxfile.COLAB_BRINGS
    assert not {"lime", "nbval", "jupyterlab"} & set(packages)


def test_the_run_gets_colabs_interpreter_and_the_notebooks_asked_for(tmp_path):
    session = Session(tmp_path, "01", "05")
    noxfile.colab(session)
    runner, script, python, *notebooks = session.steps[-1]
    assert (runner, script) == (sys.executable, "tools/run_on_colab.py"), "the runner has what Colab lacks"
    assert session.external == [runner]
    assert Path(python).is_relative_to(tmp_path / "environment")
    assert notebooks == ["01", "05"]
