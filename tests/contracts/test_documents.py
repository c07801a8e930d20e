"""The pages of the course: links lead somewhere, commands exist, error texts are real, terms stand where we say."""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from course_utils.foundation import config
from course_utils.workshop.instructor import status
from course_utils.workshop.runner.evidence import notebook_results

ROOT = Path(__file__).parents[2]
NAMES = config.notebook_names()
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # an address with a scheme: not looked up
WILD = "…"


# ------------------------------------------------------------------------------------------ what there is


@functools.cache
def pages() -> tuple[Path, ...]:
    """The Markdown files of the repository: those of git and those not ignored; all of them where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if answer.returncode == 0:
        found = [ROOT / name for name in answer.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*.md") if not path.relative_to(ROOT).parts[0].startswith(".")]
    return tuple(sorted(path for path in found if path.is_file()))


@functools.cache
def text_of(path: Path) -> str:
    """The Markdown of a page, or of all Markdown cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def prose(text: str) -> str:
    """Markdown without code blocks."""
    return re.sub(r"^( *)(```|~~~).*?^ *\2", "", text, flags=re.DOTALL | re.MULTILINE)


def headings(text: str) -> list[tuple[int, str]]:
    """Level and text of each heading."""
    return [
        (len(marks), title.strip()) for marks, title in re.findall(r"^(#+) (.+)$", prose(text), re.MULTILINE)
    ]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ------------------------------------------------------------------------------------------------- links


def links(text: str) -> Iterator[str]:
    """Targets of links and pictures, in Markdown and in HTML; code left aside."""
    plain = re.sub(r"`+[^`\n]+`+", "", prose(text))
    for pattern in (
        r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)",
        r"^\[[^\]]+\]:\s*(\S+)",
        r"(?:href|src)=[\"']([^\"']+)",
    ):
        yield from re.findall(pattern, plain, re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The names by which the headings of a page can be reached, as GitHub makes them."""
    found: set[str] = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for _, title in headings(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number, name = 0, slug
        while name in found:
            number += 1
            name = f"{slug}-{number}"
        found.add(name)
    return found


def broken(path: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere, each with what is missing."""
    found = []
    for link in links(text):
        if ELSEWHERE.match(link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        if name and not target.exists():
            found.append(f"{link}: there is no {name}")
        elif anchor and (
            target.suffix != ".md" or anchor not in anchors(text if target == path else text_of(target))
        ):
            found.append(f"{link}: {target.name} has no heading #{anchor}")
    return found


@pytest.mark.parametrize("path", [*pages(), *notebooks()], ids=short)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert broken(path, text_of(path)) == []


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text(
        "# Other page\n\n## A `course` of its own\n\n## Twice\n\n## Twice\n", encoding="utf-8"
    )
    page = tmp_path / "page.md"
    good = "# Page\n[a](other.md#a-course-of-its-own) [b](other.md#twice-1) [c](#page) [d](https://nowhere.invalid/x)\n"
    assert broken(page, good) == []
    assert (
        len(
            broken(
                page, "[a](missing.md) [b](other.md#thrice) ![c](picture.png) [d](#page) <img src='x.png'>"
            )
        )
        == 5
    )
    assert broken(page, "`[a](missing.md)`\n\n```\n[b](missing.md)\n```\n") == []


def test_addresses_are_written_for_the_secure_web() -> None:
    for path in [*pages(), *notebooks()]:
        plain = [link for link in links(text_of(path)) if link.startswith("http:")]
        assert plain == [], f"{short(path)} links to {plain}"


# -------------------------------------------------------------------------------------------- how it reads


@pytest.mark.parametrize(
    "path", [path for path in pages() if path.parent.name != "slides" or path.stem == "README"], ids=short
)
def test_a_page_has_one_title_and_leaves_no_level_out(path: Path) -> None:
    if ".github" in path.parts:
        pytest.skip("forms have no title of their own")
    levels = [level for level, _ in headings(text_of(path))]
    assert levels[:1] == [1] and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def checked_texts(folder: Path) -> list[Path]:
    """What people read of the notebooks, a file each, in a folder: their sources, not their pictures."""
    files = []
    for path in notebooks():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        files.append(folder / f"{path.stem}.txt")
        files[-1].write_text("\n\n".join("".join(cell["source"]) for cell in cells) + "\n", encoding="utf-8")
    return files


def misspelt(*paths: Path) -> list[str]:
    """Lines of codespell on files and folders, with the settings of pyproject.toml."""
    command = [
        sys.executable,
        "-m",
        "codespell_lib",
        "--toml",
        str(ROOT / "pyproject.toml"),
        *map(str, paths),
    ]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert "Traceback" not in answer.stderr and answer.returncode in (0, 65), answer.stderr
    return answer.stdout.splitlines()


def test_words_are_spelt_right(tmp_path: Path) -> None:
    assert importlib.util.find_spec("codespell_lib"), "codespell isn't installed. Run: make test"
    folders = ["course_utils", "tools", "tests", "benchmarks", "instructor", "docs", ".github", "course.toml"]
    files = [path for path in pages() if path.parent == ROOT or "data" in path.parts]
    assert misspelt(*(ROOT / name for name in folders), *files, *checked_texts(tmp_path)) == []


def test_a_misspelt_word_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\nWe " + "rec" + "ieve it.\n", encoding="utf-8")
    assert len(misspelt(page)) == 1


DOUBLED = re.compile(r"(?<![\w'-])([A-Za-z]{2,})[ \n]+\1(?![\w'-])")


RATE = re.compile(
    r"\b(?:one|each|two|\d+) (?:\w+ )?(?:row|number|line|column|table|sentence|state|list|path|title|panel|bool|finding|item|"
    r"values|bits|scale|filter|share|output|numbers|weight) an? (?:class|image|picture|word|row|text|line|notebook|layer|"
    r"channel|epoch|seed|item|page|value|platform|deck|option|region)\b"
)


def test_a_rate_is_said_with_per() -> None:
    said = [
        f"{path.relative_to(ROOT).as_posix()}: {found.group()}"
        for path in [*pages(), *(ROOT / "course_utils").rglob("*.py"), *(ROOT / "slides").rglob("*.md")]
        for found in RATE.finditer(text_of(path))
    ]
    assert said == [], "one row per class, not one row a class"


def test_no_word_stands_twice_in_a_row() -> None:
    for path in [*pages(), *notebooks()]:
        plain = re.sub(r"`[^`\n]*`|\$[^$\n]*\$|\|", "·", prose(text_of(path)))
        found = [match.group() for match in DOUBLED.finditer(plain) if match[1] not in ("had", "that")]
        assert found == [], short(path)


# ------------------------------------------------------------------------------------------------ commands


def code(text: str) -> Iterator[str]:
    """Every line of code in a page: code blocks line by line (what a program answers left aside), and code in a sentence."""
    for language, block in re.findall(r"^ *```([^\n]*)\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        if language not in ("text", "console"):
            yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", prose(text))


def commands(text: str, program: str) -> Iterator[list[str]]:
    """The words behind a program's name, wherever a page calls it."""
    for line in code(text):
        for call in re.findall(rf"(?:^|[\s;&]|bin/|Scripts\\){program}((?: +[^\s;&|#(→]+)+)", line):
            yield call.split()


def unknown_course_command(words: list[str]) -> str:
    """What is wrong with a call of `course`, or nothing."""
    import typer

    from course_utils.workshop.cli import app

    command = typer.main.get_command(app)
    for word in words:
        if word.startswith("-"):
            known = [
                option
                for parameter in command.params
                for option in (*parameter.opts, *parameter.secondary_opts)
            ]
            if word.split("=")[0] not in (*known, "--help"):
                return f"{command.name} has no option {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no command {word}"
            command = command.commands[word]
    return ""


@pytest.mark.parametrize("path", [*pages(), *notebooks()], ids=short)
def test_every_command_that_a_page_names_exists(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in commands(text_of(path), "make"):
        named = [word for word in words if "=" not in word and not word.startswith("-")]
        assert set(named) <= targets, f"make {' '.join(words)}"
    for action in re.findall(r"tools[/\\]start\.py ([a-z][\w-]*)", "\n".join(code(text_of(path)))):
        assert action in targets, f"tools/start.py {action}"
    for words in commands(text_of(path), "course"):
        assert unknown_course_command(words) == "", f"course {' '.join(words)}"


@pytest.mark.parametrize("path", [*pages(), *notebooks()], ids=short)
def test_every_file_that_a_page_names_is_there(path: Path) -> None:
    folders = "course_utils|tests|tools|benchmarks|data|docs|instructor|notebooks|requirements|.github"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", prose(text_of(path)))
    named += [
        name
        for line in code(text_of(path))
        for name in re.findall(rf"(?<![\w/.-])(?:{folders})/[\w/-]+\.\w+", line)
    ]
    missing = {name for name in named if not re.search(r"[A-Z]{4}", name) and not (ROOT / name).exists()}
    assert missing == set()


def test_a_command_that_does_not_exist_is_noticed() -> None:
    said = "Type `course dotcor`, or `COURSE_SEED=1 course run 05 --sede 3`, then `make lunch`.\n"
    assert [unknown_course_command(words) for words in commands(said, "course")] == [
        "there is no command dotcor",
        "run has no option --sede",
    ]
    assert list(commands(said, "make")) == [["lunch"]]


# --------------------------------------------------------------------------------------------- error texts


@functools.cache
def spoken() -> tuple[str, ...]:
    """Every text in the course's own code; what is filled in when it runs is shown as one `…`."""
    places = [*(ROOT / "course_utils").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    places += [ROOT / "tests/notebooks/nbval_repairs.py", ROOT / "tests/contracts/test_setup.py"]
    sources = [path.read_text(encoding="utf-8") for path in places]
    for path in notebooks():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources += [
            re.sub(r"^\s*[%!].*", "pass", "".join(cell["source"]), flags=re.M)
            for cell in cells
            if cell["cell_type"] == "code"
        ]
    found = []
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else WILD for part in node.values)
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return tuple(" ".join(text.split()) for text in found)


@functools.cache
def pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, " ".join(text.split()).split(WILD))))


def is_said(line: str) -> bool:
    """Does the course's code say this line? `…` stands for anything, on either side."""
    line = re.sub(r" [✓✗]$", "", " ".join(line.split()))
    if not re.search(r"\w{3}", line):
        return True
    wanted = pattern(line)
    for text in spoken():
        if wanted.search(text):
            return True
        if len(text.replace(WILD, "")) >= 20 and WILD in text and pattern(text).fullmatch(line):
            return True
    return " · " in line and all(map(is_said, line.split(" · ")))


def quoted(language: str) -> list[str]:
    """Lines of the troubleshooting page's code blocks of one kind."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", text_of(ROOT / "docs/troubleshooting.md"), re.DOTALL | re.MULTILINE
    )
    return [line for block in blocks for line in block.splitlines()]


def test_the_troubleshooting_page_quotes_what_the_course_really_says() -> None:
    lines = quoted("text")
    assert len(lines) >= 40
    assert [line for line in lines if not is_said(line)] == []


def test_a_made_up_error_text_is_noticed() -> None:
    assert is_said("KERAS_BACKEND is 'theano'; expected tensorflow, jax or torch")
    assert not is_said("KERAS_BACKEND is …; expected tensorflow, theano or torch")
    assert not is_said("The workshop needs Python … with pip.")


@pytest.mark.parametrize(
    ("package", "file", "words"),
    [
        ("keras", "src/utils/file_utils.py", ["Incomplete or corrupted file detected. ", "file hash does not match the provided value"]),
        ("keras", "src/layers/input_spec.py", ["is incompatible with the layer: ", "expected ndim=", "found ndim="]),
        ("jupyter_server", "serverapp.py", ["is already in use, trying another port."]),
    ],
)  # fmt: skip
def test_messages_of_others_are_quoted_as_these_versions_say_them(
    package: str, file: str, words: list[str]
) -> None:
    source = (Path(importlib.util.find_spec(package).origin).parent / file).read_text(encoding="utf-8")
    page = "\n".join(quoted("console"))
    for said in words:
        assert said in source and said.strip() in page


# ---------------------------------------------------------------------------------- where nobody has run it

UNTRIED = "Nobody has run this on"
NAMED = {"Windows": "Windows", "Darwin": "macOS"}
WHERE_COMMANDS_STAND = (
    "README.md",
    "docs/troubleshooting.md",
    "instructor/README.md",
    "instructor/before.md",
    "instructor/helpers.md",
)


def untried(known: Mapping[status.Platform, list[dict]]) -> str:
    """The sentence that belongs where commands for other systems stand; nothing once all have been tried."""
    seen = {platform.system for platform, rows in known.items() if rows}
    missing = [name for system, name in NAMED.items() if system not in seen]
    return f"{UNTRIED} {' or '.join(missing)} yet" if missing else ""


def untried_faults(text: str, known: Mapping[status.Platform, list[dict]]) -> list[str]:
    """What a page says wrongly about systems that nobody, or somebody, has tried."""
    plain = " ".join(text.split())
    said = re.findall(rf"{UNTRIED} [\w ]+? yet", plain)
    wanted = untried(known)
    return [] if set(said) == ({wanted} if wanted else set()) else [f"says {said}; expected {wanted!r}"]


@pytest.mark.parametrize("name", WHERE_COMMANDS_STAND)
def test_a_page_says_on_which_systems_nobody_has_run_it(name: str) -> None:
    assert untried_faults(text_of(ROOT / name), status.recorded()) == []


def test_no_other_page_says_that_a_system_is_untried() -> None:
    found = {short(path) for path in pages() if UNTRIED in " ".join(text_of(path).split())}
    assert found <= set(WHERE_COMMANDS_STAND)


def test_the_sentence_goes_as_soon_as_somebody_has_run_it() -> None:
    windows, mac = (status.Platform(system, "3.13", "tensorflow", "cpu") for system in NAMED)
    both = f"{UNTRIED} Windows or macOS yet: see there."
    assert untried_faults(both, {windows: [], mac: []}) == []
    assert untried_faults(both, {windows: [{}], mac: []}) and untried_faults("", {windows: [{}]})
    assert untried_faults(f"{UNTRIED} macOS yet.", {windows: [{}]}) == []
    assert untried_faults(both, {windows: [{}], mac: [{}]})
    assert untried_faults("", {windows: [{}], mac: [{}]}) == []


# ------------------------------------------------------------------------------------------------ glossary


def terms() -> list[tuple[str, str]]:
    """Each term of the glossary with its text."""
    text = re.sub(r'^<a id="[^"]*"></a>$', "", text_of(ROOT / "docs/glossary.md"), flags=re.MULTILINE)
    _, *parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    return [
        (parts[i].strip(), re.split(r"^## ", parts[i + 1], flags=re.MULTILINE)[0].strip())
        for i in range(0, len(parts), 2)
    ]


EXPLAINED = re.compile(
    r"\n\nExplained\s+in\s+\[[^\]]+\]\(\.\./notebooks/([\w-]+)\.ipynb\),\s+cell\s+`([\w-]+)`\.$"
)


def forms(term: str) -> list[str]:
    """The ways a term is written: `Batch normalisation (BatchNormalization)` gives two."""
    return [one.strip() for one in re.split(r"[(),]", term) if one.strip()]


@pytest.mark.parametrize(("term", "text"), terms(), ids=lambda value: value if len(value) < 50 else "")
def test_a_term_stands_in_the_cell_that_the_glossary_names(term: str, text: str) -> None:
    found = EXPLAINED.search(text)
    assert found, f"{term}: the last line says where it is explained: Explained in [..](..), cell `..`."
    name, cell_id = found.groups()
    assert name in NAMES
    cells = {
        cell["id"]: cell
        for cell in json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    }
    assert cell_id in cells and cells[cell_id]["cell_type"] == "markdown", (
        f"{name} has no text cell {cell_id}"
    )
    plain = re.sub(r"[*_`]", "", " ".join("".join(cells[cell_id]["source"]).split()))
    assert any(re.search(rf"(?<!\w){re.escape(form)}", plain, re.IGNORECASE) for form in forms(term)), (
        f"{cell_id} of {name} does not say {' or '.join(forms(term))}"
    )


def test_the_glossary_is_short_plain_and_in_order() -> None:
    names = [term for term, _ in terms()]
    assert len(names) >= 55
    assert names == sorted(names, key=str.casefold)
    for term, text in terms():
        meaning = EXPLAINED.sub("", text)
        assert 5 <= len(meaning.split()) <= 60, term
        assert len(re.findall(r"[.?!](?=\s|$)", meaning.replace("e.g.", ""))) <= 3, (
            f"{term}: two sentences, three at most"
        )


def test_every_notebook_brings_terms() -> None:
    brought = {EXPLAINED.search(text)[1] for _, text in terms()}
    finished = {name for name in NAMES if not config.course()["notebooks"][name].get("draft")}
    assert finished <= brought <= set(NAMES), "a notebook without a term in docs/glossary.md"


# -------------------------------------------------------------------------------------- maintainers' pages


def tracked(folder: str) -> list[Path]:
    """What lies in a folder: its files, and its folders that hold files; caches are left out."""
    there = sorted((ROOT / folder).iterdir())
    return [
        path
        for path in there
        if not path.name.startswith(("_", ".")) and (path.is_file() or any(path.iterdir()))
    ]


@pytest.mark.parametrize("path", tracked("tools"), ids=short)
def test_contributing_says_what_each_tool_is_for(path: Path) -> None:
    name = rf"tools\.{path.stem}`|`{re.escape(path.name)}`"
    rows = [line for line in text_of(ROOT / "CONTRIBUTING.md").splitlines() if line.startswith("|")]
    assert any(re.search(name, row) for row in rows), f"CONTRIBUTING.md has no row for {short(path)}"


@pytest.mark.parametrize("path", sorted((ROOT / "data").glob("*/README.md")), ids=short)
def test_contributing_leads_to_the_card_of_each_bundled_set(path: Path) -> None:
    assert f"({short(path)})" in text_of(ROOT / "CONTRIBUTING.md")


def benchmark_scripts() -> list[Path]:
    """The scripts of benchmarks/ that can keep a table."""
    found = sorted((ROOT / "benchmarks").glob("*.py"))
    return [path for path in found if "--record" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", benchmark_scripts(), ids=short)
def test_the_benchmarks_page_names_each_script_and_where_its_record_is(path: Path) -> None:
    rows = [row.strip("| ").split(" | ") for row in text_of(ROOT / "benchmarks/README.md").splitlines()]
    recorded = {row[0]: row[-1] for row in rows if len(row) == 4}
    record = f"recorded/{path.stem}.json"
    there = (ROOT / "benchmarks" / record).is_file()
    assert recorded.get(f"`{path.name}`") == (f"`{record}`" if there else "not recorded yet")


# --------------------------------------------------------------------------------------- instructor's pages


def for_the_room() -> list[str]:
    """The pages that the instructor's guide has to lead to, seen from its folder."""
    folder = ROOT / "instructor"
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*.md") if path.name != "README.md"]
    more = ["CODE_OF_CONDUCT", "docs/audience-and-design", "docs/troubleshooting", "docs/glossary"]
    guides = ["jupyterhub/README.md", "../slides/README.md"]
    return sorted([*there, *guides, *(f"../{name}.md" for name in more)])


@pytest.mark.parametrize("name", for_the_room())
def test_the_instructors_guide_leads_to_every_page_for_the_room(name: str) -> None:
    assert f"({name})" in text_of(ROOT / "instructor/README.md")


def test_every_notebook_has_an_exercise_for_pairs() -> None:
    rows = dict(
        re.findall(r"^\| (\d\d[a-z]?) \| (\d · [^|]+?) \|", text_of(ROOT / "instructor/pairs.md"), re.M)
    )
    for name in (name for name in NAMES if not config.course()["notebooks"][name].get("draft")):
        titles = [title for _, title in headings(text_of(config.notebook_path(name)))]
        assert f"Exercise {rows[name.split('-')[0]]}" in titles, name


def test_a_number_with_a_letter_is_shown_whole() -> None:
    lettered = [name for name in NAMES if name[2] != "-"]
    assert lettered, "15b-sequences has one"
    for name in lettered:
        shown = f"{name.split('-')[0]} · {config.course()['notebooks'][name]['title']}"
        for page in ("README.md", "instructor/schedules.md", "instructor/teaching-notes.md"):
            assert shown in text_of(ROOT / page), (page, shown)


PARTS = ("How to open it", "Common mistakes", "Questions that learners ask", "If time is short")


@pytest.mark.parametrize("name", NAMES)
def test_each_notebook_has_teaching_notes(name: str) -> None:
    title = f"{name.split('-')[0]} · {config.course()['notebooks'][name]['title']}"
    sections = re.split(r"^## ", text_of(ROOT / "instructor/teaching-notes.md"), flags=re.MULTILINE)
    notes = [section for section in sections if section.startswith(f"{title}\n")]
    assert len(notes) == 1, f"instructor/teaching-notes.md needs a section ## {title}"
    assert re.findall(r"^### (.+)$", notes[0], re.MULTILINE) == list(PARTS)
    assert f"(../notebooks/{name}.ipynb)" in notes[0]
    for part in PARTS:
        body = notes[0].split(f"### {part}\n")[1].split("### ")[0]
        assert len(body.split()) >= 25, f"{title}: {part}"


def test_exercises_and_sections_named_in_the_notes_are_in_the_notebooks() -> None:
    for section in re.split(r"^## ", text_of(ROOT / "instructor/teaching-notes.md"), flags=re.MULTILINE)[1:]:
        name = next((name for name in NAMES if section.startswith(f"{name.split('-')[0]} · ")), None)
        if name is None:
            continue
        titles = [title for _, title in headings(text_of(config.notebook_path(name)))]
        exercises = {int(found[1]) for title in titles if (found := re.match(r"Exercise (\d)", title))}
        numbered = {int(found[1]) for title in titles if (found := re.match(r"(\d+) · ", title))}
        plain = re.sub(r"notebooks? \d\d", "", section)
        assert {int(number) for number in re.findall(r"[Ee]xercise (\d)", plain)} <= exercises, name
        assert {int(number) for number in re.findall(r"[Ss]ection (\d+)", plain)} <= numbered, name


FIGURES_IN_THE_NOTES = [
    ("05-fruit-cnn", "test_accuracy", "We have 0.94"),
]


@pytest.mark.parametrize(("name", "result", "words"), FIGURES_IN_THE_NOTES, ids=lambda value: value)
def test_a_figure_in_the_notes_is_the_one_that_the_notebook_holds(name: str, result: str, words: str) -> None:
    notes = " ".join(text_of(ROOT / "instructor/teaching-notes.md").split())
    value = notebook_results(nbformat.read(config.notebook_path(name), as_version=4))["results"][result][
        "value"
    ]
    said = re.search(r"0\.\d+", words)[0]
    assert words in notes
    assert abs(value - float(said)) <= 0.5000001 * 10 ** -len(said[2:]), f"{result} is {value:.4f} now"


# ----------------------------------------------------------------------------------------------- upkeep


def schema_says(name: str, *paths: Path) -> str:
    """What check-jsonschema finds wrong with files, or nothing; in this process, since loading it takes longest."""
    from check_jsonschema import main
    from click.testing import CliRunner

    answer = CliRunner().invoke(main, ["--builtin-schema", f"vendor.{name}", *map(str, paths)])
    assert answer.exit_code in (0, 1), answer.output
    return answer.output if answer.exit_code else ""


FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def test_forms_and_dependabot_follow_their_schemas(tmp_path: Path) -> None:
    for name, paths in {
        "github-issue-forms": FORMS,
        "github-issue-config": [ROOT / ".github/ISSUE_TEMPLATE/config.yml"],
        "dependabot": [ROOT / ".github/dependabot.yml"],
    }.items():
        assert schema_says(name, *paths) == ""
    wrong = tmp_path / "form.yml"
    wrong.write_text(
        FORMS[0].read_text(encoding="utf-8").replace("type: textarea", "type: textarena", 1), encoding="utf-8"
    )
    assert "textarena" in schema_says("github-issue-forms", wrong)


def test_the_form_for_failures_knows_every_notebook_and_asks_for_the_doctors_report() -> None:
    import yaml

    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/something-fails.yml").read_text(encoding="utf-8"))
    fields = {field["id"]: field for field in form["body"] if "id" in field}
    assert [one for one in fields["where"]["attributes"]["options"] if re.match(r"\d\d[a-z]?-", one)] == NAMES
    report = fields["report"]
    assert "`course doctor --report`" in report["attributes"]["description"]
    assert report["attributes"]["render"] == "text" and report["validations"]["required"] is True


def test_actions_are_kept_up_to_date_and_locked_packages_are_left_to_the_lock() -> None:
    import yaml

    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert [update["package-ecosystem"] for update in updates] == ["github-actions"]


def test_changes_begin_with_the_version_that_all_files_name() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert config.course()["release"] == version
    assert [title.split(",")[0] for level, title in headings(text_of(ROOT / "CHANGES.md")) if level == 2][
        0
    ] == version


def test_no_page_speaks_of_this_machine() -> None:
    here = re.compile("|".join(map(re.escape, (str(ROOT), str(Path.home()) + os.sep))))
    for path in pages():
        assert not here.search(text_of(path)), short(path)
