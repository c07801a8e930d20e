"""Running, judging and normalising notebooks, shown on tiny ones."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from typer.testing import CliRunner

from course_utils.checks.expected import compared_with_usual
from course_utils.foundation import config
from course_utils.workshop.cli import app
from course_utils.workshop.runner import measuring
from course_utils.workshop.runner.bands import Band, write_bands, write_seconds
from course_utils.workshop.runner.evidence import expected_results, judge
from course_utils.workshop.runner.execution import THREADS, RunError, Settings, read_notebook, run_notebook
from course_utils.workshop.runner.exercises import ExerciseError, exercises, put_solutions_in
from course_utils.workshop.runner.normalising import (
    keep_volatile_outputs,
    merge_streams,
    normalise,
    notebook_text,
    write_notebook,
)

COURSE = """
[notebooks.tiny]
title = "Tiny"
minutes = 1
"""
USUAL = {"accuracy": Band(low=0.9, high=1.0, mean=0.95, sd=0.01, runs=5, n=100)}
# Stores what a notebook stores, without a framework: the run takes the time of a kernel's start.
FINISH = """
import os
from IPython.display import display
seed = int(os.environ["COURSE_SEED"])
payload = {
    "schema": 1, "notebook": "tiny", "profile": os.environ["COURSE_PROFILE"],
    "data": os.environ.get("COURSE_DATA", "bundled"), "weights": "none",
    "backend": os.environ.get("KERAS_BACKEND", "tensorflow"), "device": "CPU", "seed": seed,
    "peak_mb": os.getpid(),
    "results": {
        "accuracy": {"value": VALUE, "kind": "share", "n": 100, "chance": 0.5},
        "loss": {"value": 1.0 + seed % 5 / 1e4, "kind": "number", "n": None, "chance": None},
        "training": {"value": os.getpid(), "kind": "seconds", "n": None, "chance": None},
    },
    "exercises": {},
}
display({"application/vnd.course.results+json": payload, "text/plain": "results"}, raw=True)
"""


def tiny(*sources: str, value: str = "0.95") -> nbformat.NotebookNode:
    """A notebook of these code cells, ending with its results."""
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    cells.append(new_code_cell(FINISH.replace("VALUE", value).strip(), id="finish"))
    return new_notebook(cells=[new_markdown_cell("# 1 · Tiny", id="title"), *cells])


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[nbformat.NotebookNode], Path]:
    """A course with one notebook, which the returned function writes."""
    for variable in ("COURSE_PROFILE", "COURSE_DATA", "COURSE_SEED", "COURSE_STRICT", "KERAS_BACKEND"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    monkeypatch.setenv("COURSE_SEED", "2018")
    (tmp_path / "course.toml").write_text(COURSE, encoding="utf-8")
    write_bands(tmp_path, "tiny", "class", "bundled", USUAL)
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "tiny.ipynb"

    def write(notebook: nbformat.NotebookNode) -> Path:
        nbformat.write(notebook, path)
        return path

    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield write
    config.repository_root.cache_clear()
    config.course.cache_clear()


def course_command(*arguments: str) -> tuple[int, str]:
    """Exit status and text of `course …`."""
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return done.exit_code, done.output


# ------------------------------------------------------------------------------------------ course run


def test_a_run_reports_every_field_of_the_json_and_leaves_the_source_alone(course, tmp_path: Path) -> None:
    path = course(tiny("open('made-by-the-notebook.txt', 'w').close()\nprint('hello')"))
    before = path.read_bytes()
    status, text = course_command(
        "run",
        "tiny",
        "--data",
        "bundled",
        "--backend",
        "torch",
        "--seed",
        "7",
        "--json",
        str(tmp_path / "r.json"),
    )
    assert status == 0, text
    (line,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    fields = "notebook profile data weights backend device seconds cells peak_mb peak_gpu_mb date versions results ok"
    assert set(fields.split()) <= set(line)
    assert (line["notebook"], line["profile"], line["data"]) == ("tiny", "class", "bundled")
    assert (line["backend"], line["seed"], line["cells"], line["ok"]) == ("torch", 7, 2, True)
    accuracy = {"value": 0.95, "kind": "share", "low": 0.9, "high": 1.0, "ok": True, "chance": 0.5, "n": 100}
    assert line["results"]["accuracy"] == accuracy
    assert "accuracy 0.95 · usual 0.9-1 · chance 0.5 ✓" in text and "loss 1 · not measured" in text
    assert "- tiny" in text, "a result that was never measured earns no check mark"
    assert path.read_bytes() == before
    assert not list(tmp_path.rglob("made-by-the-notebook.txt"))


def test_notebooks_side_by_side_share_the_cores_and_are_told_in_their_order(
    course, tmp_path: Path, monkeypatch
) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    shown = "import os\nprint(*(os.environ[name] for name in " + repr(THREADS) + "))"
    first = course(tiny("import time\ntime.sleep(1)", shown))
    nbformat.write(tiny(shown, "1 / 0"), first.with_name("short.ipynb"))
    status, text = course_command(
        "run", str(first), str(first.with_name("short.ipynb")), "--data", "bundled", "--jobs", "2",
        "--save", str(tmp_path / "kept"), "--json", str(tmp_path / "r.json"),
    )  # fmt: skip
    assert status == 1 and "ZeroDivisionError" in text, "one of them failed"
    assert "2 notebooks, 2 at a time, in " in text
    lines = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [line["notebook"] for line in lines] == ["tiny", "short"]
    for name in ("tiny", "short"):
        cells = read_notebook(tmp_path / "kept" / f"{name}.ipynb").cells
        (threads,) = [cell.outputs[0].text for cell in cells if cell.source == shown]
        assert threads == "2 3 2\n", "a share for each, but where the person chose"


def test_seconds_are_only_kept_of_notebooks_that_run_alone() -> None:
    status, text = course_command("run", "--jobs", "2", "--record-seconds")
    assert status == 2 and "Leave --jobs out" in text


@pytest.mark.parametrize("whose", ["a person's own", "the caller's"])
def test_only_a_caller_can_give_a_kernel_start_up_files(course, tmp_path: Path, monkeypatch, whose) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "greeting.py").write_text("greeting = 'hello'\n", encoding="utf-8")
    variables = {"IPYTHONDIR": str(tmp_path / "ipython")}
    if whose == "a person's own":
        monkeypatch.setenv("IPYTHONDIR", variables.pop("IPYTHONDIR"))
    path = course(tiny("print(globals().get('greeting', 'nothing'))"))
    run = run_notebook(path, Settings("class"), variables=variables)
    said = run.notebook["cells"][1]["outputs"][0]["text"]
    assert said == ("hello\n" if whose == "the caller's" else "nothing\n")


def test_course_run_leaves_the_gpu_to_the_notebook_and_updates_do_not(course, monkeypatch) -> None:
    for variable in ("CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"):
        monkeypatch.delenv(variable, raising=False)
    seen = []

    def run(path, settings, **options):
        seen.append(settings.environment())
        raise RunError("enough")

    monkeypatch.setattr("course_utils.workshop.runner.execution.run_notebook", run)
    course(tiny())
    for command in (("run", "tiny"), ("notebooks", "--update", "tiny")):
        course_command(*command)
    ran, updated = seen
    assert not {"CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"} & set(ran)
    assert updated["CUDA_VISIBLE_DEVICES"] == "-1" and updated["JAX_PLATFORMS"] == "cpu"


def test_seconds_are_recorded_where_asked_for_and_only_of_runs_that_went_well(course, tmp_path: Path) -> None:
    course(tiny())
    path = config.measured_path("tiny", tmp_path)
    before = path.read_text(encoding="utf-8")
    course_command("run", "tiny", "--data", "bundled")
    assert path.read_text(encoding="utf-8") == before
    course(tiny("1 / 0"))
    course_command("run", "tiny", "--data", "bundled", "--record-seconds")
    assert path.read_text(encoding="utf-8") == before
    course(tiny())
    status, text = course_command("run", "tiny", "--data", "bundled", "--record-seconds")
    table = json.loads(path.read_text(encoding="utf-8"))
    assert status == 0 and 0 < table["seconds"]["class"]["bundled"] < 60
    assert "course doctor --record-reference" in text, "this course has no reference yet"
    assert table["expected"] == json.loads(before)["expected"]


@pytest.mark.parametrize(
    ("source", "value", "said"),
    [
        ("1 / 0", "0.95", "Cell 1 (cell-0): 1 / 0 · ZeroDivisionError"),
        ("%nosuch", "0.95", "Cell 1 (cell-0): %nosuch"),
        ("import os\nos._exit(3)", "0.95", "Cell 1 (cell-0): import os · the kernel died"),
        ("import time\ntime.sleep(99)", "0.95", "Cell 1 (cell-0): import time · took longer than 1"),
        ("pass", "0.42", "accuracy 0.42 is outside of its band 0.9 to 1"),
        ("pass", "float('nan')", "not a finite number"),
    ],
)
def test_what_goes_wrong_ends_with_status_1_and_the_cells_name(
    course, source: str, value: str, said: str
) -> None:
    course(tiny(source, value=value))
    status, text = course_command(
        "run", "tiny", "--data", "bundled", "--cell-seconds", "1" if "sleep" in source else "60"
    )
    assert status == 1
    assert said in text


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD", "[]", "3", "{}", '{"nbformat": 99}', '{"nbformat": 4}'])
def test_a_file_that_is_no_notebook_is_named_with_what_to_type(text: str, tmp_path: Path) -> None:
    path = tmp_path / "my notebook.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match="not a readable notebook") as problem:
        read_notebook(path)
    assert f'git diff -- "{path}"' in str(problem.value)


def test_a_notebook_without_results_is_not_ok(course) -> None:
    course(new_notebook(cells=[new_code_cell("print('fine')", id="only")]))
    status, text = course_command("run", "tiny")
    assert status == 1
    assert "session.finish()" in text


@pytest.mark.parametrize(
    "command", [["run", "nosuch"], ["bands", "nosuch"], ["notebooks", "--update", "nosuch"]]
)
def test_an_unknown_notebook_is_answered_with_those_there_are(course, command: list[str]) -> None:
    course(tiny())
    status, text = course_command(*command)
    assert status == 2
    assert "The course has: tiny" in text


# ------------------------------------------------------------------------------------------ judging


def results(**values: float) -> dict:
    """Stored results of the tiny notebook."""
    return {
        "notebook": "tiny",
        "profile": "class",
        "data": "bundled",
        "results": {name: {"value": value, "kind": "share"} for name, value in values.items()},
    }


BANDS = {"notebooks": {"tiny": {"expected": {"class": {"bundled": {"accuracy": {"low": 0.9, "high": 1.0}}}}}}}


def test_a_result_inside_its_band_is_ok_and_one_without_a_band_is_not_measured() -> None:
    judged, problems = judge(results(accuracy=0.9, recall=0.1), BANDS, "tiny")
    assert (judged["accuracy"]["ok"], judged["recall"]["ok"], problems) == (True, None, [])


def test_results_with_imagenet_weights_have_bands_of_their_own() -> None:
    judged, problems = judge(results(accuracy=0.5) | {"weights": "imagenet"}, BANDS, "tiny")
    assert judged["accuracy"]["ok"] is None and problems == []
    assert judge(results(accuracy=0.5) | {"weights": "course"}, BANDS, "tiny")[1]


def test_a_notebook_cannot_vouch_for_itself() -> None:
    payload = results(accuracy=0.5)
    payload["results"]["accuracy"].update(low=0.0, high=1.0, ok=True)
    judged, problems = judge(payload, BANDS, "tiny")
    assert judged["accuracy"]["ok"] is False and "outside of its band" in problems[0]


def test_an_expected_result_that_is_not_reported_is_a_problem_with_the_cell_that_should() -> None:
    cells = [new_code_cell("pass"), new_code_cell('session.result("accuracy", score)', id="score")]
    _, problems = judge(results(), BANDS, "tiny", cells=cells)
    assert "accuracy is expected" in problems[0] and "Cell 2 (score)" in problems[0]


@pytest.mark.parametrize(("profile", "data"), [("smoke", None), ("class", "real")])
def test_results_of_another_profile_or_data_source_do_not_count(profile: str, data: str | None) -> None:
    _, problems = judge(results(accuracy=0.95), BANDS, "tiny", profile, data)
    assert "asked for" in problems[0]


def test_a_profile_that_was_never_measured_expects_nothing() -> None:
    assert expected_results(BANDS, "tiny", "full", "real") == {}


# ------------------------------------------------------------------------------------------ normal form


def executed() -> nbformat.NotebookNode:
    """A notebook as a kernel leaves it: timings, scattered streams, addresses, a patch version."""
    cell = new_code_cell("print('a')\nobject()", id="first", execution_count=17)
    cell["metadata"].update(tags=["x"], execution={"iopub.status.busy": "now"}, collapsed=True)
    cell["outputs"] = [
        new_output("stream", name="stdout", text="a\n"),
        new_output("stream", name="stdout", text="10 %\r100 %\r\n"),
        new_output("execute_result", data={"text/plain": "<object at 0x7fd5f00ba1c0>"}, execution_count=17),
    ]
    notebook = new_notebook(cells=[cell, new_code_cell("1", id="second", execution_count=30)])
    notebook["metadata"].update(language_info={"name": "python", "version": "3.11.9"}, widgets={"state": {}})
    return notebook


def test_the_normal_form_holds_nothing_that_differs_from_run_to_run() -> None:
    notebook = normalise(executed())
    first, second = notebook["cells"]
    assert [first["execution_count"], second["execution_count"]] == [1, 2]
    assert first["id"] == "first" and dict(first["metadata"]) == {"tags": ["x"]}
    assert first["outputs"][0]["text"] == "a\n100 %\n"
    assert first["outputs"][1]["data"]["text/plain"] == "<object at 0x…>"
    assert first["outputs"][1]["execution_count"] == 1
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["language_info"]["version"] == "3.11"


def test_normalising_twice_changes_nothing() -> None:
    once = normalise(executed())
    assert notebook_text(normalise(copy.deepcopy(once))) == notebook_text(once)


def test_streams_of_two_kinds_keep_their_order() -> None:
    outputs = [
        new_output("stream", name=name, text=text)
        for name, text in [("stdout", "1"), ("stdout", "2"), ("stderr", "3"), ("stdout", "4")]
    ]
    assert [(out["name"], out["text"]) for out in merge_streams(outputs)] == [
        ("stdout", "12"),
        ("stderr", "3"),
        ("stdout", "4"),
    ]


def volatile_pair() -> tuple[nbformat.NotebookNode, nbformat.NotebookNode]:
    """The same notebook run twice: only the volatile cell printed something else."""
    runs = []
    for seconds in ("12 s\n", "13 s\n"):
        timing = new_code_cell("print(seconds)", id="timing", metadata={"tags": ["volatile"]})
        timing["outputs"] = [new_output("stream", name="stdout", text=seconds)]
        fact = new_code_cell("print(2)", id="fact")
        fact["outputs"] = [new_output("stream", name="stdout", text="2\n")]
        runs.append(normalise(new_notebook(cells=[timing, fact])))
    return runs[1], runs[0]


def test_a_volatile_output_is_kept_when_nothing_else_changed() -> None:
    fresh, committed = volatile_pair()
    assert keep_volatile_outputs(fresh, committed)
    assert notebook_text(fresh) == notebook_text(committed)


@pytest.mark.parametrize("change", ["output", "source", "tag"])
def test_a_volatile_output_is_new_when_something_else_changed(change: str) -> None:
    fresh, committed = volatile_pair()
    if change == "output":
        fresh["cells"][1]["outputs"][0]["text"] = "3\n"
    elif change == "source":
        fresh["cells"][0]["source"] = "print(seconds, 's')"
    else:
        fresh["cells"][1]["metadata"]["tags"] = ["nbval-check-output"]
    assert not keep_volatile_outputs(fresh, committed)
    assert fresh["cells"][0]["outputs"][0]["text"] == "13 s\n"


@pytest.mark.parametrize(
    ("value", "seconds", "kept"),
    [(0.95, 12.0, True), (0.95 + 1e-9, 12.0, True), (0.95, 13.0, True), (0.9469, 12.0, False)],
)
def test_a_result_in_a_volatile_cell_is_never_older_than_the_run(
    value: float, seconds: float, kept: bool
) -> None:
    fresh, committed = volatile_pair()
    for notebook, accuracy, training in ((committed, 0.95, 12.0), (fresh, value, seconds)):
        payload = {
            "peak_mb": id(notebook),
            "results": {
                "accuracy": {"value": accuracy, "kind": "share"},
                "training": {"value": training, "kind": "seconds"},
            },
        }
        data = {"application/vnd.course.results+json": payload, "text/plain": "results"}
        notebook["cells"][0]["outputs"] = [new_output("display_data", data=data)]
    assert keep_volatile_outputs(fresh, committed) is kept


def test_a_notebook_is_only_written_when_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    assert write_notebook(path, normalise(executed()))
    assert not write_notebook(path, normalise(executed()))
    assert [file.name for file in tmp_path.iterdir()] == ["n.ipynb"]
    assert path.read_text(encoding="utf-8").endswith("}\n")


def test_updating_twice_changes_nothing_the_second_time(course) -> None:
    notebook = tiny("import time, os\nprint(time.time(), os.getpid())", "print('a fact')\nobject()")
    notebook["cells"][1]["metadata"]["tags"] = ["volatile"]
    path = course(notebook)

    assert course_command("notebooks", "--update")[0] == 0
    first = path.read_bytes()
    status, text = course_command("notebooks", "--update", "tiny")

    assert status == 0 and "tiny.ipynb: unchanged" in text
    assert path.read_bytes() == first
    saved = nbformat.reads(first.decode(), as_version=4)
    assert [cell["id"] for cell in saved["cells"]] == ["title", "cell-0", "cell-1", "finish"]
    assert [cell["execution_count"] for cell in saved["cells"][1:]] == [1, 2, 3]
    results = saved["cells"][-1]["outputs"][0]["data"]["application/vnd.course.results+json"]
    assert (results["profile"], results["data"], results["backend"], results["seed"]) == (
        ("class", "bundled", "tensorflow", 2018)
    )


def test_an_update_leaves_a_notebook_with_a_failing_cell_as_it_was(course) -> None:
    path = course(tiny("1 / 0"))
    before = path.read_bytes()
    status, text = course_command("notebooks", "--update")
    assert status == 1 and "left as it was" in text
    assert path.read_bytes() == before


# ------------------------------------------------------------------------------------------ exercises


def with_exercise(solution: str = "```python\nanswer = 42\n```") -> nbformat.NotebookNode:
    """A notebook with one exercise."""
    folded = f"<details><summary>Solution</summary>\n\n{solution}\n\nBecause.\n\n</details>"
    cells = [
        new_code_cell("answer = ...", id="stub", metadata={"exercise": "1", "tags": ["exercise-stub"]}),
        new_code_cell("check(answer)", id="check", metadata={"exercise": "1", "tags": ["exercise-check"]}),
        new_markdown_cell(folded, metadata={"exercise": "1", "tags": ["exercise-solution"]}),
    ]
    return new_notebook(cells=cells)


def test_the_solution_takes_the_stubs_place() -> None:
    notebook = with_exercise()
    put_solutions_in(notebook)
    assert notebook["cells"][0]["source"] == "answer = 42"
    assert notebook["cells"][1]["source"] == "check(answer)"


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_an_exercise_with_a_part_missing_is_refused(gone: int) -> None:
    notebook = with_exercise()
    del notebook["cells"][gone]
    with pytest.raises(ExerciseError, match="Exercise 1 has no cell tagged exercise-"):
        exercises(notebook)


@pytest.mark.parametrize("solution", ["no code", "```python\na\n```\n\n```python\nb\n```"])
def test_a_solution_has_exactly_one_code_block(solution: str) -> None:
    with pytest.raises(ExerciseError, match="expected one"):
        put_solutions_in(with_exercise(solution))


# ------------------------------------------------------------------------------------------ course bands


def test_bands_are_measured_resumed_and_checked(course, tmp_path: Path) -> None:
    counted = "import os\nopen(os.environ['COURSE_ROOT'] + '/ran.txt', 'a').write('x')"
    notebook = tiny(counted, "print('not needed for results')", value="0.9 + (seed % 5) / 100")
    notebook["cells"][2]["metadata"]["tags"] = ["bands-skip"]
    course(notebook)
    runs = tmp_path / "ran.txt"

    assert course_command("bands", "tiny", "--seeds", "2")[0] == 1  # two runs are no band yet
    assert runs.read_text() == "xx"
    status, text = course_command("bands", "tiny", "--seeds", "5")
    assert status == 0, text
    assert runs.read_text() == "xxxxx", "the two runs that were there are not repeated"

    config.course.cache_clear()
    measured = config.course()["notebooks"]["tiny"]
    accuracy = measured["expected"]["class"]["bundled"]["accuracy"]
    assert accuracy["runs"] == 5 and accuracy["low"] < 0.9 < 0.94 < accuracy["high"]
    assert set(measured["expected"]["class"]["bundled"]) == {"accuracy", "loss"}, "seconds have no band"
    assert measured["seconds"]["class"]["bundled"] > 0
    kept = measuring.read_record(measuring.record_path("tiny"))
    assert [run["seed"] for run in kept] == [2018, 2019, 2020, 2021, 2022]
    assert [run["whole"] for run in kept] == [True, False, False, False, False]
    assert len({run["digest"] for run in kept}) == 1

    write_seconds(tmp_path, "tiny", "class", "bundled", 12.0)
    assert course_command("bands", "tiny", "--seeds", "5")[0] == 0
    config.course.cache_clear()
    kept_seconds = config.course()["notebooks"]["tiny"]["seconds"]["class"]["bundled"]
    assert kept_seconds == 12, "those of `course run --record-seconds` are left alone"

    kept_in = config.measured_path("tiny")
    before = kept_in.read_bytes()
    assert course_command("bands", "tiny", "--backend", "jax")[0] == 0
    assert course_command("bands", "tiny", "--check")[0] == 0
    assert kept_in.read_bytes() == before, "checking runs never make a band"
    roles = [
        (run["role"], run["backend"], run["seed"])
        for run in measuring.read_record(measuring.record_path("tiny"))
    ]
    assert roles[5:] == [("check", "jax", 2018), ("check", "tensorflow", 4036)]


def test_runs_of_other_code_give_way_whatever_their_seed(tmp_path: Path) -> None:
    path = tmp_path / "tiny.json"
    same = {"role": "band", "profile": "class", "data": "bundled", "backend": "tensorflow"}
    for seed, made_of in [(1, "old"), (2, "old"), (7, "new"), (8, "new"), (7, "new")]:
        measuring._keep(path, "tiny", {**same, "seed": seed, "digest": made_of})
    measuring._keep(path, "tiny", {**same, "profile": "smoke", "seed": 1, "digest": "other"})
    kept = [(run["profile"], run["seed"], run["digest"]) for run in measuring.read_record(path)]
    assert kept == [("class", 8, "new"), ("class", 7, "new"), ("smoke", 1, "other")]


def test_another_digest_for_other_code_but_not_for_cells_that_make_no_results(course) -> None:
    first, second, third = tiny("a = 1", "b = 1"), tiny("a = 2", "b = 1"), tiny("a = 1", "b = 2")
    for notebook in (first, second, third):
        notebook["cells"][2]["metadata"]["tags"] = ["bands-skip"]
    digests = [measuring.digest(notebook, "bundled", "tiny", "class") for notebook in (first, second, third)]
    assert digests[0] == digests[2] != digests[1]
    data = config.repository_root() / "data"
    data.mkdir()
    (data / "fruit.jpg").write_bytes(b"pixels")
    assert measuring.digest(first, "bundled", "tiny", "class") != digests[0], "other pictures, other bands"


def test_other_weights_of_its_own_nets_give_another_digest(course, tmp_path: Path) -> None:
    listed = '[notebooks.tiny]\ndata = []\nweights = ["VGG16"]\n[notebooks.plain]\n'
    (tmp_path / "course.toml").write_text(listed, encoding="utf-8")
    config.course.cache_clear()
    weights = config.repository_root() / "data" / "weights"
    weights.mkdir(parents=True)

    def digests() -> list[str]:
        return [measuring.digest(tiny(), "bundled", name, "class") for name in ("tiny", "plain")]

    before = digests()
    (weights / "Xception.npz").write_bytes(b"another net")
    assert digests() == before
    (weights / "VGG16.npz").write_bytes(b"its net")
    after = digests()
    assert after[0] != before[0] and after[1] == before[1]


def test_other_settings_of_one_profile_leave_the_digests_of_the_others_alone(course) -> None:
    course(tiny())

    def digests(smoke: int, class_: int) -> dict[str, str]:
        cell = f'x = "é"; s = session.settings(\n    smoke={{"n": {smoke}}},\n    class_={{"n": {class_}}},\n    full={{"n": 9}},\n)'
        notebook = tiny(cell)
        return {
            profile: measuring.digest(notebook, "bundled", "tiny", profile) for profile in ("smoke", "class")
        }

    before, longer_smoke, longer_class = digests(1, 5), digests(2, 5), digests(1, 6)
    assert longer_smoke["class"] == before["class"] and longer_smoke["smoke"] != before["smoke"]
    assert longer_class["class"] != before["class"] and longer_class["smoke"] == before["smoke"]


def test_a_notebook_may_name_the_folders_that_it_reads(course) -> None:
    course(tiny())
    data = config.repository_root() / "data"
    for folder in ("questions", "reviews"):
        (data / folder).mkdir(parents=True)
    config.course()["notebooks"]["tiny"]["bundled"] = ["questions"]

    def now() -> str:
        return measuring.digest(tiny(), "bundled", "tiny", "class")

    before = now()
    (data / "reviews" / "train.csv").write_text("text,label", encoding="utf-8")
    assert now() == before
    (data / "questions" / "facts.tsv").write_text("subject\tobject", encoding="utf-8")
    assert now() != before


@pytest.mark.parametrize("suffix", sorted({*measuring.BUNDLED_SUFFIXES, ".tsv"}))
def test_a_changed_file_of_a_folder_that_is_read_gives_another_digest(course, suffix) -> None:
    course(tiny())
    file = config.repository_root() / "data" / "clips" / f"training{suffix}"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"as it was")
    config.course()["notebooks"]["tiny"]["bundled"] = ["clips"]
    before = measuring.digest(tiny(), "bundled", "tiny", "class")
    file.write_bytes(b"drawn anew")
    assert measuring.digest(tiny(), "bundled", "tiny", "class") != before


def test_bundled_data_of_other_notebooks_leave_the_digest_alone(course) -> None:
    course(tiny())
    root = config.repository_root()
    for folder in ("fruits/studio", "fruits/market", "reviews"):
        (root / "data" / folder).mkdir(parents=True)
    (root / "data" / "registry.toml").write_text(
        '[assets.fruits-360]\nbundled = "data/fruits/studio"\n', encoding="utf-8"
    )
    config.course()["notebooks"]["tiny"]["data"] = ["fruits-360"]

    def now() -> str:
        return measuring.digest(tiny(), "bundled", "tiny", "class")

    before = now()
    (root / "data" / "reviews" / "train.csv").write_text("text,label", encoding="utf-8")
    assert now() == before
    (root / "data" / "fruits" / "market" / "kiwi.jpg").write_bytes(b"pixels")
    assert now() != before, "market pictures have no entry of their own in the registry"


def test_a_band_is_not_made_from_another_data_source(course) -> None:
    notebook = tiny()
    notebook["cells"][-1]["source"] = notebook["cells"][-1]["source"].replace(
        'os.environ.get("COURSE_DATA", "bundled")', '"bundled"'
    )
    course(notebook)
    status, text = course_command("bands", "tiny", "--data", "real")
    assert status == 1
    assert "asked for real data, but the notebook ran on bundled" in text


def runs_with(*weights: str) -> list[dict]:
    """Kept runs of the tiny notebook, each with these weights."""
    return [
        {
            "profile": "class", "data": "real", "backend": "tensorflow", "seed": seed, "weights": one,
            "results": {"accuracy": {"value": 0.5 + seed / 100, "kind": "share", "n": 100}},
        }
        for seed, one in enumerate(weights)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("weights", "source"), [("none", "real"), ("course", "real"), ("imagenet", "real-imagenet")]
)
def test_bands_are_written_where_results_with_these_weights_are_compared_with_them(
    course, weights: str, source: str
) -> None:
    path = course(tiny())
    measuring.write(path, Settings("class", "real"), runs_with(*[weights] * 5))
    assert set(config.course()["notebooks"]["tiny"]["expected"]["class"]) == {"bundled", source}
    (far,) = runs_with(weights)
    far["results"]["accuracy"]["value"] = 0.9
    (problem,) = measuring._outside(far, "tiny")
    assert f"(benchmarks/expected/tiny.json, class, {source})" in problem


@pytest.mark.parametrize(("reference", "kept"), [(None, True), ("this one", True), ("another one", False)])
def test_seconds_of_another_machine_than_the_reference_are_left_out(
    course, monkeypatch, reference, kept
) -> None:
    path = course(tiny())
    monkeypatch.setattr(measuring.records, "machine", lambda: "this one")
    if reference:
        config.measured_path("reference").write_text(
            json.dumps({"machine": reference, "processor_ms": 1.0, "convolution_ms": 1.0}), encoding="utf-8"
        )
        config.course.cache_clear()
    runs = [
        run | {"whole": seed == 0, "seconds": 20.0 + seed}
        for seed, run in enumerate(runs_with(*["none"] * 5))
    ]
    measuring.write(path, Settings("class", "real"), runs)
    seconds = config.course()["notebooks"]["tiny"].get("seconds", {}).get("class", {})
    assert seconds.get("real") == (20 if kept else None)


def test_a_backend_s_own_bands_are_those_named_and_go_before_the_usual_ones(course) -> None:
    path = course(tiny())
    runs = [run | {"data": "bundled", "backend": "jax"} for run in runs_with(*["none"] * 5)]
    usual = config.course()["notebooks"]["tiny"]["expected"]["class"]["bundled"]
    for run in runs:
        run["results"]["recall"] = run["results"]["accuracy"]
    measuring.write(path, Settings("class", "bundled", "jax"), runs, own=["accuracy"])
    sources = config.course()["notebooks"]["tiny"]["expected"]["class"]
    assert sources["bundled"] == usual and set(sources["bundled-jax"]) == {"accuracy"}
    payload = results(accuracy=0.5)
    for backend, ok in (("jax", True), ("torch", False), ("tensorflow", False)):
        judged, _ = judge(payload | {"backend": backend}, config.course(), "tiny")
        assert judged["accuracy"]["ok"] is ok
        shown = compared_with_usual("tiny", "class", "bundled", "accuracy", 0.5, backend=backend)
        assert shown.ok is ok
    with pytest.raises(ValueError, match="no result precision"):
        measuring.write(path, Settings("class", "bundled", "jax"), runs, own=["precision"])


def test_runs_with_different_weights_make_no_band(course, tmp_path: Path) -> None:
    path = course(tiny())
    kept_in = config.measured_path("tiny")
    before = kept_in.read_bytes()
    with pytest.raises(ValueError, match="course, imagenet"):
        measuring.write(path, Settings("class", "real"), runs_with(*["imagenet"] * 4, "course"))
    assert kept_in.read_bytes() == before
