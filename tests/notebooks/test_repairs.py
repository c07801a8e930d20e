"""A notebook that did not really run, or did not report what it has to, is caught with the cell's name.

Tiny notebooks, one for each way to fail, are run by the same command that a stranger types. They store
results and verdicts as `session` and `checks` do, without a framework, so that their kernels start at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.foundation import config

pytest.importorskip("nbval")

PLUGIN_FOLDER = Path(__file__).parent
COURSE = """
title = "Tiny"
{tables}
"""
TABLE = """
[notebooks.{name}]
title = "{name}"
late = {late}
"""
USUAL = {"low": 0.9, "high": 1.0, "mean": 0.95, "sd": 0.01, "runs": 5, "n": 100}


def finish(name: str, **results: float) -> str:
    """Code of a last cell that stores these results."""
    payload = {
        "schema": 1,
        "notebook": name,
        "profile": "smoke",
        "data": "bundled",
        "weights": "none",
        "backend": "tensorflow",
        "device": "CPU",
        "seed": 2018,
        "peak_mb": 1,
        "results": {key: {"value": value, "kind": "share", "n": 100} for key, value in results.items()},
        "exercises": {},
    }
    bundle = {"application/vnd.course.results+json": payload, "text/plain": "results"}
    return f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"


def check(number: str, passed: str) -> str:
    """Code of an exercise's check whose verdict is an expression."""
    return (
        "from IPython.display import display\n"
        f"verdict = {{'exercise': '{number}', 'passed': {passed}}}\n"
        "display({'application/vnd.course.check+json': verdict, 'text/plain': 'not yet'}, raw=True)"
    )


FLOOD = "from IPython.display import display\nfor number in range({}):\n    display(number)"
ABSURD = (
    "from IPython.display import display\nwhile True:\n    display({'text/plain': 'x' * 1_000_000}, raw=True)"
)
KILL = "import os, signal\nos.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
SLEEP = "import time\ntime.sleep(600)"
OUTPUT_WIDGET = "import ipywidgets\nwith ipywidgets.Output():\n    raise ValueError('swallowed')"
PIP = "%pip install --quiet --no-index --disable-pip-version-check no-such-package"


def checks(number: str) -> dict:
    """Metadata of an exercise's check; its stub and its solution are added by `tiny_notebook`."""
    return {"tags": ["exercise-check"], "exercise": number}


# Code of each solution; the checks above look for `solved`.
SOLUTIONS = {"honest": "solved = True", "unsolvable": "solved = False", "careless": "solved = True"}

# Name → its cells between the first and the last: (id, source, tags or metadata).
CELLS: dict[str, list[tuple[str, str, list[str] | dict]]] = {
    "honest": [
        ("fails-on-purpose", "1 / 0", ["raises-exception"]),
        ("compared", "print(6 * 7)", ["nbval-check-output"]),
        ("history", "_ = 1\n2 + 3;", []),
        ("many-outputs", FLOOD.format(12_000), []),
        ("unsolved", check("1", "globals().get('solved', False)"), checks("1")),
        ("writes", "open('left-behind.txt', 'w').close()", []),
        ("excused", "print('never')", {"tags": ["nbval-skip"], "skip-reason": "needs a microphone"}),
    ],
    "exception": [("divides", "1 / 0", []), ("later", "print('never')", [])],
    "magic": [("bad-magic", "%nosuch", []), ("later", "print('never')", [])],
    "killed": [("kills", KILL, []), ("later", "print('never')", [])],
    "flooded": [("floods", ABSURD, []), ("later", "print('never')", [])],
    "slow": [("sleeps", SLEEP, []), ("later", "print('never')", [])],
    # None of these hides what comes after it, so one kernel serves them all.
    "careless": [
        ("skipped", "print('never')", ["nbval-skip"]),
        ("compared", "print(6 * 9)", ["nbval-check-output"]),
        ("generous", check("1", "True"), checks("1")),
        ("no-verdict", "print('?')", checks("2")),
        ("raises-nothing", "print(1)", ["raises-exception"]),
        ("later", "print('goes on')", []),
    ],
    "shell": [("fails", "!false", []), ("later", "print('never')", [])],
    "captured": [("fails", "lines = !false", []), ("later", "print('never')", [])],
    "installs": [("fails", PIP, []), ("later", "print('never')", [])],
    "quits": [("ends", "quit()", []), ("later", "print('never')", [])],
    "widget": [("swallows", OUTPUT_WIDGET, []), ("later", "print('never')", [])],
    "unsolvable": [("unsolved", check("1", "globals().get('solved', False)"), checks("1"))],
    # `part` is the heading of a section that may be skipped; the next heading ends it.
    "spared": [("part", "", {}), ("inside", "extra = 1", []), ("rest", "", {}), ("later", "number + 1", [])],
    "missed": [("part", "", {}), ("inside", "extra = 1", []), ("rest", "", {}), ("later", "extra + 1", [])],
    "touched": [
        ("list", "numbers = [1]", []),
        ("part", "", {}),
        ("inside", "numbers.append(2)", []),
        ("rest", "", {}),
        ("later", "print(numbers)", []),
    ],
    "wrong": [],
    "missing": [],
    "silent": [],
}
RESULTS = {"wrong": {"accuracy": 0.42}, "missing": {"precision": 0.95}}


def tiny_notebook(name: str) -> nbformat.NotebookNode:
    """A notebook of the table above, executed as far as its file says."""
    cells = [new_code_cell("number = 1", id="begin")]
    for identifier, source, tags in CELLS[name]:
        metadata = tags if isinstance(tags, dict) else {"tags": tags}
        if identifier in ("part", "rest"):
            cells.append(new_markdown_cell(f"## {identifier}", id=identifier))
        else:
            cells.append(new_code_cell(source, id=identifier, metadata=metadata))
    for number in [cell["metadata"]["exercise"] for cell in cells if "exercise" in cell["metadata"]]:
        named = {"exercise": number}
        cells.append(new_code_cell("...", id=f"stub-{number}", metadata={"tags": ["exercise-stub"], **named}))
        text = f"```python\n{SOLUTIONS[name]}\n```"
        solution = {"tags": ["exercise-solution"], **named}
        cells.append(new_markdown_cell(text, id=f"solution-{number}", metadata=solution))
    last = (
        "print('no results')" if name == "silent" else finish(name, **RESULTS.get(name, {"accuracy": 0.95}))
    )
    cells.append(new_code_cell(last, id="finish"))
    for count, cell in enumerate([each for each in cells if each["cell_type"] == "code"], start=1):
        cell["execution_count"] = count
        if "nbval-check-output" in cell["metadata"].get("tags", []):
            cell["outputs"] = [nbformat.v4.new_output("stream", name="stdout", text="42\n")]
    return new_notebook(cells=cells)


@dataclass
class Outcome:
    """What one call of pytest on the tiny notebooks said."""

    status: int
    text: str
    items: dict[str, dict[str, str]]
    report: dict[str, dict]

    def failed(self, notebook: str) -> dict[str, str]:
        """Failed items of a notebook with their messages."""
        return {item: message for item, message in self.items[notebook].items() if message}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of tiny notebooks."""
    root = tmp_path_factory.mktemp("course")
    (root / "notebooks").mkdir()
    skipped = '[{section = "part", minutes = 1}]'
    late = {name: skipped for name, cells in CELLS.items() if any(cell[0] == "part" for cell in cells)}
    tables = "".join(TABLE.format(name=name, late=late.get(name, "[]")) for name in CELLS)
    (root / "course.toml").write_text(COURSE.format(tables=tables), encoding="utf-8")
    (root / "benchmarks" / "expected").mkdir(parents=True)
    measured = json.dumps({"expected": {"smoke": {"bundled": {"accuracy": USUAL}}}})
    for name in CELLS:
        (root / "benchmarks" / "expected" / f"{name}.json").write_text(measured, encoding="utf-8")
        nbformat.write(tiny_notebook(name), root / "notebooks" / f"{name}.ipynb")
    return root


def run_pytest(root: Path, *arguments: str) -> Outcome:
    """Run pytest with the plugin in a process of its own."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("COURSE_", "PYTEST_"))
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(PLUGIN_FOLDER), environment.get("PYTHONPATH", "")])
    environment["COURSE_REPORT"] = str(root / "made by the run" / "report.json")
    command = [sys.executable, "-m", "pytest", "-p", "nbval_repairs", "-p", "no:cacheprovider", "--nbval-lax"]
    command += ["--rootdir", str(root), "--junitxml", str(root / "junit.xml"), *arguments]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    items: dict[str, dict[str, str]] = {}
    for case in ElementTree.parse(root / "junit.xml").iter("testcase"):
        notebook = case.get("classname", "").rsplit(".", 2)[
            -2 if ".ipynb" in case.get("classname", "") else -1
        ]
        failure = case.find("failure")
        message = "" if failure is None else f"{failure.get('message', '')}\n{failure.text or ''}"
        items.setdefault(notebook, {})[case.get("name", "")] = message
    report = json.loads((root / "made by the run" / "report.json").read_text(encoding="utf-8"))
    return Outcome(done.returncode, done.stdout, items, {line["notebook"]: line for line in report})


@pytest.fixture(scope="module")
def outcome(course: Path) -> Outcome:
    """All tiny notebooks but the slow one, run once."""
    names = [f"notebooks/{name}.ipynb" for name in CELLS if name != "slow"]
    return run_pytest(course, *names)


def test_an_honest_notebook_passes_with_twelve_thousand_outputs(outcome: Outcome) -> None:
    assert outcome.failed("honest") == {}
    line = outcome.report["honest"]
    assert line["ok"] and (line["cells"], line["code_cells"]) == (9, 10)
    assert line["results"]["accuracy"] == {
        "value": 0.95,
        "kind": "share",
        "low": 0.9,
        "high": 1.0,
        "ok": True,
        "chance": None,
        "n": 100,
    }
    assert line["peak_mb"] > 10 and line["peak_gpu_mb"] is None
    assert line["date"] and line["system"] and line["machine"], "what `course status` keeps"


def test_a_run_with_a_failure_ends_with_status_1(outcome: Outcome) -> None:
    assert outcome.status == 1


@pytest.mark.parametrize(
    ("notebook", "cell", "said"),
    [
        ("exception", "Cell 2 divides", "ZeroDivisionError"),
        ("magic", "Cell 2 bad-magic", "nosuch"),
        ("killed", "Cell 2 kills", "the kernel died while this cell ran"),
        ("flooded", "Cell 2 floods", "flood of output"),
        ("careless", "Cell 2 skipped", "never ran"),
        ("careless", "Cell 3 compared", "something else than the file says"),
        ("careless", "Cell 4 generous", "the stub of exercise 1 passes its own check"),
        ("careless", "Cell 5 no-verdict", "gave no verdict"),
        ("careless", "Cell 6 raises-nothing", "raised nothing"),
        ("shell", "Cell 2 fails", "CalledProcessError"),
        ("captured", "Cell 2 fails", "CalledProcessError"),
        ("installs", "Cell 2 fails", "CalledProcessError"),
        ("quits", "Cell 2 ends", "asks the kernel to end"),
        ("widget", "Cell 2 swallows", "ValueError: swallowed"),
        ("missed", "Cell 3 later", "name 'extra' is not defined"),
        ("wrong", "results", "accuracy 0.42 is outside of its band 0.9 to 1"),
        ("missing", "results", "accuracy is expected"),
        ("silent", "results", "no results were stored"),
    ],
)
def test_each_failure_is_caught_and_named(outcome: Outcome, notebook: str, cell: str, said: str) -> None:
    failed = outcome.failed(notebook)
    assert said in failed[cell]
    assert not outcome.report[notebook]["ok"]
    # The summary of the notebook repeats it, with the cell's id.
    problems = " ".join(outcome.report[notebook]["problems"])
    assert said in problems
    number, identifier = cell.split()[-2:] if cell != "results" else ("", "")
    assert cell == "results" or f"Cell {number} ({identifier})" in problems


def test_a_result_outside_its_band_names_the_cell_that_made_it(outcome: Outcome) -> None:
    assert "Cell 2 (finish)" in outcome.failed("wrong")["results"]


@pytest.mark.parametrize("notebook", ["exception", "magic", "killed", "flooded", "shell", "quits"])
def test_cells_after_a_failure_are_reported_as_not_run(outcome: Outcome, notebook: str) -> None:
    failed = outcome.failed(notebook)
    assert "not run: the notebook stopped at Cell 2" in failed["Cell 3 later"]
    assert "not run: the notebook stopped at Cell 2" in failed["Cell 4 finish"]
    assert outcome.report[notebook]["cells"] < outcome.report[notebook]["code_cells"]


def test_a_solution_that_does_not_pass_its_check_is_caught(outcome: Outcome) -> None:
    assert "solution 1" not in outcome.failed("honest")
    for notebook, number in (("unsolvable", "1"), ("careless", "2")):
        assert f"solution of exercise {number}" in outcome.failed(notebook)[f"solution {number}"]
        assert "does not pass its check" in outcome.failed(notebook)[f"solution {number}"]


def test_the_rest_runs_without_what_a_late_section_made(outcome: Outcome) -> None:
    assert outcome.failed("spared") == {}
    assert "without part" in " ".join(outcome.items["spared"]) or "without inside" in outcome.items["spared"]


def test_a_late_section_that_changes_what_is_used_later_is_caught(outcome: Outcome) -> None:
    (message,) = (text for item, text in outcome.failed("touched").items() if item.startswith("without"))
    assert "changes numbers, used after it" in message


def test_what_leaves_the_kernel_sound_does_not_hide_later_cells(outcome: Outcome) -> None:
    assert outcome.items["careless"]["Cell 7 later"] == ""
    assert outcome.report["careless"]["cells"] == 9


def test_a_skipped_cell_passes_only_with_a_reason_and_the_report_tells_it(outcome: Outcome) -> None:
    assert outcome.report["honest"]["skipped"] == ["needs a microphone"]
    assert "needs a microphone" in outcome.text


def test_the_dead_kernel_is_noticed_at_once(outcome: Outcome) -> None:
    assert outcome.report["killed"]["seconds"] < 60


def test_a_timeout_names_the_cell_and_the_later_ones_are_not_expected_failures(course: Path) -> None:
    slow = run_pytest(course, "notebooks/slow.ipynb", "--nbval-cell-timeout=1.5")
    failed = slow.failed("slow")
    assert "Cell 2 (sleeps)" in failed["Cell 2 sleeps"]
    assert "took longer than 1.5 s" in failed["Cell 2 sleeps"]
    assert "KeyboardInterrupt" in failed["Cell 2 sleeps"]
    assert "not run" in failed["Cell 3 later"]
    assert slow.status == 1
    assert "xfail" not in slow.text and "xpass" not in slow.text


def test_notebooks_run_in_a_scratch_folder(outcome: Outcome, course: Path) -> None:
    assert outcome.failed("honest") == {}
    assert not list(course.rglob("left-behind.txt"))


def test_the_plain_call_loads_the_repairs_and_runs_smoke() -> None:
    root = config.repository_root()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("COURSE_", "PYTEST_"))
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "notebooks",
        "--collect-only",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert "notebooks: profile smoke" in done.stdout, done.stdout + done.stderr
    for name in config.notebook_names():
        assert f"<CourseNotebook {name}.ipynb>" in done.stdout
    assert done.stdout.count("<NotebookResults results>") == len(config.notebook_names())


def test_the_report_is_shown_at_the_end(outcome: Outcome) -> None:
    assert "ok     honest · smoke, bundled, tensorflow, CPU · 9 of 10 cells" in outcome.text
    assert "accuracy 0.95 · usual 0.9-1 ok" in outcome.text
    assert "FAILED exception" in outcome.text
