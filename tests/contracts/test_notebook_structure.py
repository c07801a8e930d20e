"""Every notebook reads the same way: what the course promises about its notebooks, as far as a machine can tell."""

from __future__ import annotations

import ast
import functools
import itertools
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from course_utils.foundation import config
from course_utils.workshop.instructor import lesson_notes, publication
from course_utils.workshop.runner.evidence import cell_label, code_cells, notebook_results, tags
from course_utils.workshop.runner.exercises import exercises
from course_utils.workshop.runner.normalising import normalise, notebook_text

FOLDER = config.repository_root() / "notebooks"
NAMES = config.notebook_names()
MOST_LINES, MOST_SET_UP_LINES, MOST_BYTES = 25, 8, 1_000_000
WIDEST = 1_000  # pixels of a figure in the core notebooks
MOST_MINUTES_WITHOUT_A_BREAK = 50
# Plumbing and pictures need not be built step by step before they are used; all that is taught does.
SHOWN_ELSEWHERE = {"session", "checks", "plots", "play", "assets", "datasets", "records", "config", "hosted"}
HERE = [str(config.repository_root()), str(Path.home()), tempfile.gettempdir()]
ROOTS = "home|Users|root|tmp|mnt|opt|private|srv|var|work"  # of folders that people and runners work in
MACHINE_PATHS = re.compile("|".join([*map(re.escape, HERE), rf"(?<![\w./-])/(?:{ROOTS})/", r"[A-Z]:\\Users"]))

pytestmark = pytest.mark.parametrize("name", NAMES)


@functools.cache
def notebook(name: str) -> nbformat.NotebookNode:
    """The committed notebook."""
    path = FOLDER / f"{name}.ipynb"
    assert path.is_file(), f"course.toml lists {name}, but notebooks/{name}.ipynb is not there"
    return nbformat.read(path, as_version=4)


def numbered(name: str) -> list[tuple[str, nbformat.NotebookNode]]:
    """Label and cell of each code cell."""
    return [
        (cell_label(cell, number), cell) for number, cell in enumerate(code_cells(notebook(name)), start=1)
    ]


def prose(name: str) -> str:
    """All Markdown of the notebook that learners read."""
    texts = (cell for cell in notebook(name)["cells"] if cell["cell_type"] == "markdown")
    return "\n\n".join(cell["source"] for cell in texts if "instructor" not in tags(cell))


def headings(name: str) -> list[tuple[int, str]]:
    """Level and text of the headings, code blocks left aside."""
    text = re.sub(r"^```.*?^```", "", prose(name), flags=re.DOTALL | re.MULTILINE)
    return [(len(marks), title.strip()) for marks, title in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)]


def section(name: str, title: str) -> str:
    """Markdown from a heading or bold line of that title up to the next heading."""
    pattern = rf"^(?:#+ |\*\*){re.escape(title)}.*?(?=^#+ |\Z)"
    found = re.search(pattern, prose(name), re.DOTALL | re.MULTILINE | re.IGNORECASE)
    assert found, f"{name} has no section {title!r}"
    return found.group()


def outputs(name: str) -> list[tuple[str, nbformat.NotebookNode]]:
    """Label of the cell and output, for every output."""
    return [(label, output) for label, cell in numbered(name) for output in cell["outputs"]]


# ------------------------------------------------------------------------------------------- its beginning


def test_it_has_one_title_with_its_number_as_in_the_manifest(name: str) -> None:
    titles = [title for level, title in headings(name) if level == 1]
    assert titles == [f"{name.split('-')[0]} · {config.course()['notebooks'][name]['title']}"]
    assert notebook(name)["cells"][0]["source"].startswith("# ")


def test_it_says_how_many_minutes_it_takes_and_what_it_needs(name: str) -> None:
    minutes = config.course()["notebooks"][name]["minutes"]
    lines = [
        line for line in notebook(name)["cells"][0]["source"].splitlines() if f"{minutes} minutes" in line
    ]
    assert len(lines) == 1 and "needs" in lines[0]


def test_it_opens_with_questions_abilities_and_a_link_to_begin_with(name: str) -> None:
    opening = notebook(name)["cells"][0]["source"]
    for heading in ("**Questions**", "**What you will be able to do**", "**Before you start**"):
        assert heading in opening, f"{name} does not open with {heading}"
    abilities = section(name, "What you will be able to do").split("**Before you start**")[0]
    assert 3 <= len(re.findall(r"^[*-] ", abilities, re.MULTILINE)) <= 4
    assert re.search(r"\]\([^)]+\)", opening.split("**Before you start**")[1]), "no link to begin with"


def test_its_first_code_cell_is_the_one_for_colab_and_shows_nothing_here(name: str) -> None:
    first = code_cells(notebook(name))[0]
    assert (first["id"], first["source"]) == (publication.CELL, publication.colab_source())
    assert {"volatile", "bands-skip"} == set(tags(first))
    assert first["metadata"]["jupyter"]["source_hidden"], "folded in JupyterLab"
    assert first["metadata"]["cellView"] == "form", "folded on Colab"
    assert first["outputs"] == []


def test_it_has_one_short_set_up_cell(name: str) -> None:
    set_up = code_cells(notebook(name))[1]
    lines = [line for line in set_up["source"].splitlines() if line.strip()]
    assert f'start("{name}")' in set_up["source"]
    assert len(lines) <= MOST_SET_UP_LINES
    assert sum("start(" in cell["source"] for cell in code_cells(notebook(name))) == 1


# ------------------------------------------------------------------------------------------- its cells


def test_no_cell_is_longer_than_25_lines(name: str) -> None:
    long = {label: cell["source"].count("\n") + 1 for label, cell in numbered(name)}
    assert {label: lines for label, lines in long.items() if lines > MOST_LINES} == {}


def test_its_text_explains_its_cells(name: str) -> None:
    # Say, do, saw: no more than three cells of code without a word in between.
    in_a_row: list[str] = []
    for cell in notebook(name)["cells"]:
        if "instructor" in tags(cell):
            continue  # learners' copies leave it out
        in_a_row = [*in_a_row, cell["id"]] if cell["cell_type"] == "code" else []
        assert len(in_a_row) <= 3, f"no text between the cells {', '.join(in_a_row)}"


def test_its_cells_have_stable_names(name: str) -> None:
    identifiers = [cell["id"] for cell in notebook(name)["cells"]]
    assert len(set(identifiers)) == len(identifiers)
    random = [one for one in identifiers if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", one)]
    assert random == [], "ids made up by an editor; give them words that say what the cell does"


def test_skipped_cells_and_commands_in_comments_do_not_occur(name: str) -> None:
    for label, cell in numbered(name):
        assert "nbval-skip" not in tags(cell) or cell["metadata"].get("skip-reason"), label
        assert not re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell["source"]), f"{label}: use tags"


def test_no_net_is_compiled_so_that_jax_runs_each_operation_alone(name: str) -> None:
    source = "\n".join(cell["source"] for _, cell in numbered(name))
    assert not re.search(r"jit_compile\s*=\s*False", source), "say jit_compile=session.jit"


def test_it_asks_for_predictions_before_surprises(name: str) -> None:
    assert "**Predict first.**" in prose(name)


# ------------------------------------------------------------------------------------------- its exercises


def test_it_has_two_to_four_exercises_each_with_stub_check_and_folded_solution(name: str) -> None:
    found = exercises(notebook(name))
    assert 2 <= len(found) <= 4
    assert sorted(exercise.number for exercise in found) == [str(n) for n in range(1, len(found) + 1)]
    order = [cell["id"] for cell in notebook(name)["cells"]]
    for exercise in found:
        places = [order.index(part["id"]) for part in (exercise.stub, exercise.check, exercise.solution)]
        assert places == sorted(places), f"exercise {exercise.number}: stub, check, solution, in this order"
        assert "..." in exercise.stub["source"], (
            f"exercise {exercise.number}: the stub has no place to fill in"
        )
        assert f'check("{name}", {exercise.number}' in exercise.check["source"]
        assert exercise.solution["source"].startswith("<details><summary>Solution</summary>")
        compile(exercise.solution_code, f"solution {exercise.number}", "exec")


# ------------------------------------------------------------------------------------------- its notes


def test_it_has_short_notes_to_the_instructor_with_their_minute(name: str) -> None:
    if config.course()["notebooks"][name].get("draft"):
        pytest.skip("a draft has no notes yet")
    found = lesson_notes.notes(notebook(name))
    assert 2 <= len(found) <= 5
    for note in found:
        assert note.cell.startswith("instructor-") and len(note.text.split()) <= 80, note.cell
        assert "\n" not in note.text and "#" not in note.text, f"{note.cell}: one paragraph"
        assert abs(note.minute - note.counted) <= lesson_notes.SLACK, f"{note.cell}: `make regenerate`"


def test_its_notes_mark_a_break_at_least_every_50_minutes(name: str) -> None:
    if config.course()["notebooks"][name].get("draft"):
        pytest.skip("a draft has no notes yet")
    whole = lesson_notes.minutes_before(notebook(name)["cells"])[-1]
    breaks = [note.counted for note in lesson_notes.notes(notebook(name)) if note.is_break]
    gaps = [after - before for before, after in itertools.pairwise([0, *breaks, whole])]
    assert max(gaps) <= MOST_MINUTES_WITHOUT_A_BREAK


# ------------------------------------------------------------------------------------------- its end


def test_it_ends_with_key_points_and_further_reading(name: str) -> None:
    titles = [title for level, title in headings(name) if level == 2]
    ending = [title for title in titles if title in ("Key points", "Quiz", "Further reading")]
    assert ending in (["Key points", "Further reading"], ["Key points", "Quiz", "Further reading"])
    assert len(re.findall(r"^[*-] ", section(name, "Key points"), re.MULTILINE)) >= 3


def test_its_quiz_has_five_questions_with_folded_answers(name: str) -> None:
    # In two or three places beside what the questions ask: `### Quiz · Filters`. Further ones may stand at the end.
    parts = re.findall(r"^#+ Quiz.*?(?=^#+ |\Z)", prose(name), re.DOTALL | re.MULTILINE)
    assert 1 <= len(parts) <= 3
    if config.course()["notebooks"][name]["track"] == "core":
        titles = [title for _, title in headings(name)]
        places = [place for place, title in enumerate(titles) if title.startswith("Quiz")]
        assert len(places) >= 2, "questions stand in two places at least, beside what they ask"
        assert places[-1] < titles.index("Key points"), "no question waits until the key points"
        assert all(after - before > 1 for before, after in itertools.pairwise(places)), (
            "a lesson lies between"
        )
    quiz = "\n".join(parts)
    assert re.findall(r"^\*\*(\d)\.", quiz, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    answers = re.findall(r"<details><summary>.*?</summary>(.*?)</details>", quiz, re.DOTALL)
    assert len(answers) == 5
    assert all(len(answer.split()) >= 8 for answer in answers), "an answer says why, of the wrong ones too"


def test_it_ends_by_storing_its_results(name: str) -> None:
    last = notebook(name)["cells"][-1]
    assert last["cell_type"] == "code" and last["source"].strip() == "session.finish()"


# ------------------------------------------------------------------------------------------- its outputs


def test_it_was_executed_from_top_to_bottom(name: str) -> None:
    counts = [cell["execution_count"] for _, cell in numbered(name) if cell["source"].strip()]
    assert counts == list(range(1, len(counts) + 1)), "`make notebooks` executes it"


def test_it_shows_no_error_and_nothing_on_stderr(name: str) -> None:
    for label, output in outputs(name):
        assert output.get("name") != "stderr", f"{label} writes to stderr: {output.get('text', '')[:200]}"
    for label, cell in numbered(name):
        raised = any(output["output_type"] == "error" for output in cell["outputs"])
        assert raised == ("raises-exception" in tags(cell)), label


def test_it_is_committed_in_its_normal_form_and_small_enough(name: str) -> None:
    path: Path = FOLDER / f"{name}.ipynb"
    normal = notebook_text(normalise(nbformat.read(path, as_version=4)))
    assert path.read_text(encoding="utf-8") == normal, "`make notebooks` writes the normal form"
    assert path.stat().st_size < MOST_BYTES


def test_it_was_executed_in_class_on_bundled_data_within_its_bands(name: str) -> None:
    stored = notebook_results(notebook(name))
    assert stored, "its last cell holds no results: `make notebooks` executes it"
    ran_with = {key: stored[key] for key in ("notebook", "profile", "data", "backend", "seed")}
    assert ran_with == {
        "notebook": name,
        "profile": "class",
        "data": "bundled",
        "backend": "tensorflow",
        "seed": config.DEFAULT_SEED,
    }
    expected = config.course()["notebooks"][name].get("expected", {}).get("class", {}).get("bundled", {})
    measured = {key: value["value"] for key, value in stored["results"].items() if value["kind"] != "seconds"}
    assert set(measured) == set(expected), f"`course bands {name}` measures what is usual"
    outside = {key: value for key, value in measured.items() if not _usual(value, expected[key])}
    assert outside == {}


def _usual(value: float, band: dict) -> bool:
    # Half a unit of the last digit kept in course.toml.
    return band["low"] - 5e-5 <= value <= band["high"] + 5e-5


def test_its_bands_come_from_at_least_five_runs(name: str) -> None:
    for profile, sources in config.course()["notebooks"][name].get("expected", {}).items():
        for source, bands in sources.items():
            few = {key: band["runs"] for key, band in bands.items() if band["runs"] < 5}
            assert few == {}, f"{profile}, {source}"


def test_its_compared_cells_have_something_to_compare(name: str) -> None:
    compared = [(label, cell) for label, cell in numbered(name) if "nbval-check-output" in tags(cell)]
    assert compared, "no deterministic fact is compared"
    for label, cell in compared:
        assert cell["outputs"], label
        assert "volatile" not in tags(cell), label


def test_its_outputs_name_no_folder_of_the_machine_it_ran_on(name: str) -> None:
    for label, output in outputs(name):
        shown = [
            output.get("text", ""),
            *(output.get("data", {}).get(kind, "") for kind in ("text/plain", "text/html")),
        ]
        found = MACHINE_PATHS.search(re.sub(r"base64,[A-Za-z0-9+/=]+", "", " ".join(shown)))
        assert not found, f"{label} shows {found.group()}"


class _Images(HTMLParser):
    """Alternative texts and widths in pixels of the images in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str | None] = []
        self.widths: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alts.append(dict(attrs).get("alt"))
            self.widths.append(int(dict(attrs).get("width") or 0))


def test_each_picture_has_a_text_for_those_who_cannot_see_it(name: str) -> None:
    seen = 0
    for label, output in outputs(name):
        data = output.get("data", {})
        raw = [kind for kind in data if kind.startswith("image/")]
        assert not raw, (
            f"{label} shows {raw}: JupyterLab drops its alt text; return a Picture of course_utils.plots"
        )
        images = _Images()
        images.feed(data.get("text/html", ""))
        seen += len(images.alts)
        for alt in images.alts:
            assert alt and len(alt.split()) >= 5, f"{label}: alt text {alt!r}"
        if config.course()["notebooks"][name]["track"] == "core":
            assert all(0 < width <= WIDEST for width in images.widths), f"{label}: {images.widths} pixels"
    assert seen, "a notebook of this course shows pictures"
    for alt in re.findall(r"!\[(.*?)\]\(", prose(name)):
        assert len(alt.split()) >= 5, f"alt text {alt!r}"


# ------------------------------------------------------------------------------------------- nothing hidden


def test_a_helper_that_is_taught_is_shown_before_it_is_used(name: str) -> None:
    shown: set[str] = set()
    for earlier in NAMES[: NAMES.index(name)]:
        for cell in notebook(earlier)["cells"]:
            shown |= _shown_in(cell)
    taught: set[str] = set()
    labels = {cell["id"]: label for label, cell in numbered(name)}
    for cell in notebook(name)["cells"]:
        shown |= _shown_in(cell)
        if cell["cell_type"] != "code":
            continue
        label = labels[cell["id"]]
        tree = _parsed(cell["source"])
        taught |= _taught(tree)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & taught
        # Naming a helper in order to show it is not a use of it.
        assert used <= shown, (
            f"{label} uses {sorted(used - shown)}; show its source first (inspect.getsource), or link to its file"
        )


def test_it_imports_nothing_of_a_helper_room_as_a_whole(name: str) -> None:
    # `from course_utils import training` would hide which helpers are used.
    for label, cell in numbered(name):
        for node in ast.walk(_parsed(cell["source"])):
            if isinstance(node, ast.ImportFrom) and node.module == "course_utils":
                assert {alias.name for alias in node.names} <= SHOWN_ELSEWHERE, label


def _parsed(source: str) -> ast.AST:
    """The code without lines that are IPython's own."""
    return ast.parse(
        "\n".join("pass" if re.match(r"\s*[%!]", line) else line for line in source.splitlines())
    )


def _taught(tree: ast.AST) -> set[str]:
    """Names imported from rooms whose helpers are taught."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_utils.")
        if not SHOWN_ELSEWHERE & set(node.module.split("."))
        for alias in node.names
    }


def _shown_in(cell: nbformat.NotebookNode) -> set[str]:
    """Names that a cell of code defines or shows the source of; names in a file to which a text links, and its own."""
    if cell["cell_type"] == "code":
        shown = re.findall(r"(?:getsource|show_source)\((\w+)", cell["source"])
        return _defined_in(cell["source"]) | set(shown)
    files = re.findall(r"\]\(\.\./(course_utils/[\w/]+\.py)\)", cell["source"])
    sources = ((config.repository_root() / file).read_text(encoding="utf-8") for file in files)
    return {file.rpartition("/")[2].removesuffix(".py") for file in files}.union(*map(_defined_in, sources))


def _defined_in(source: str) -> set[str]:
    """Functions, classes and constants (in capitals, at the margin)."""
    functions = re.findall(r"^\s*(?:def|class) (\w+)", source, re.MULTILINE)
    return {*functions, *re.findall(r"^([A-Z][A-Z0-9_]+)(?:: [^=\n]+)? = ", source, re.MULTILINE)}
