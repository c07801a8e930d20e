"""The course as a static site: every page whole by itself, every link leading somewhere, readable for everyone."""

from __future__ import annotations

import json
import posixpath
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from contrast import LEAST_CONTRAST, contrast
from made_once import made_once
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop import site
from course_utils.workshop.cli import app
from course_utils.workshop.instructor import publication
from course_utils.workshop.site import links, markdown, notebooks, pages

ROOT = Path(__file__).parents[2]
NAMES = config.notebook_names()
BUILD_BAR = 15  # seconds for the whole site; tests assert hang limits of three times a bar
STYLE = (ROOT / "docs/site/style.css").read_text(encoding="utf-8")

pytest.importorskip("pypandoc", reason="the site needs pandoc: python -m pip install pypandoc-binary")

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """What the rules below ask about a page: its elements with their attributes and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.unbalanced += [tag for tag, _, _ in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1][0] == tag:
            self.open.pop()
        elif tag not in VOID:
            self.unbalanced.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        for _, _, text in self.open:
            text.append(data)

    def all(self, *tags: str) -> list[tuple[dict[str, str | None], str]]:
        """Attributes and text of every element of these kinds."""
        return [(attrs, " ".join("".join(text).split())) for tag, attrs, text in self.elements if tag in tags]

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs, _ in self.elements if attrs.get("id")]


def accessibility_faults(text: str) -> list[str]:
    """What of a page would stop a reader who does not see it, or sees it badly."""
    page, found = Page(text), []
    if not (page.all("html") and page.all("html")[0][0].get("lang")):
        found.append("the page does not say its language")
    if [bool(words) for _, words in page.all("title")] != [True]:
        found.append("the page has no title, or several")
    for attrs, _ in page.all("img"):
        if len((attrs.get("alt") or "").split()) < 5:
            found.append(f"a picture is described as {attrs.get('alt')!r}")
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    if levels.count(1) != 1 or levels[:1] != [1]:
        found.append(f"headings of level 1: {levels.count(1)}; the first heading has level {levels[:1]}")
    for before, after in zip(levels, levels[1:], strict=False):
        if after > before + 1:
            found.append(f"a heading of level {after} follows one of level {before}")
    found += [
        "a heading has no text" for _, words in page.all("h1", "h2", "h3", "h4", "h5", "h6") if not words
    ]
    for attrs, words in page.all("a"):
        if not words or words.lower() in ("here", "click here", "link"):
            found.append(f"the link to {attrs.get('href')} says {words!r}")
    for table in re.findall(r"<table\b.*?</table>", text, re.DOTALL):
        heads = Page(table).all("th")
        if 'role="presentation"' in table.split(">")[0]:
            continue
        if not any(words for _, words in heads):
            found.append("a table has no header cell")
        if any(attrs.get("scope") not in ("col", "row") for attrs, _ in heads):
            found.append("a header cell does not say of what it is the header")
    for _, words in page.all("summary"):
        if not words:
            found.append("a folded part does not say what is in it")
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The site, written once, and what the build said."""
    return made_once(tmp_path_factory, "site", site.build)


@pytest.fixture(scope="session")
def written(built):
    """Text of each page by its path in the site; the decks are tested by themselves."""
    out = built.index.parent
    found = {
        path.relative_to(out).as_posix(): path.read_text(encoding="utf-8") for path in out.rglob("*.html")
    }
    return {page: text for page, text in found.items() if not re.match(r"slides/\d|pages/", page)}


@pytest.fixture(scope="session")
def parsed(written):
    """Each page, read once."""
    return {page: Page(text) for page, text in written.items()}


# -------------------------------------------------------------------------------------------- what there is


def test_it_has_every_notebook_the_glossary_and_the_instructors_pages(written, built):
    wanted = {"index.html", "docs/glossary.html", "docs/troubleshooting.html"}
    wanted |= {f"notebooks/{name}.html" for name in NAMES}
    wanted |= {
        links.page_of(path.relative_to(ROOT).as_posix()) for path in (ROOT / "instructor").rglob("*.md")
    }
    assert wanted <= set(written)
    assert (built.notebooks, built.pages) == (len(NAMES), len(written) - len(NAMES) - 1)


def test_it_is_written_quickly(built):
    assert built.seconds < 3 * BUILD_BAR


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_all_its_cells_outputs_and_pictures(written, name):
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    text = written[f"notebooks/{name}.html"]
    page = Page(text)
    assert [one.removeprefix("cell-") for one in page.ids() if one.startswith("cell-")] == [
        cell["id"] for cell in cells
    ]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    pictures = sum("".join(one.get("data", {}).get("text/html", "")).count("<img") for one in outputs)
    assert pictures and len(page.all("img")) == pictures
    printed = next("".join(one["text"]) for one in outputs if one["output_type"] == "stream")
    assert " ".join(printed.split()) in [words for _, words in page.all("pre")]


@pytest.mark.parametrize("name", NAMES)
def test_solutions_and_answers_stay_folded(written, name):
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    folded = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown").count(
        "<details>"
    )
    found = Page(written[f"notebooks/{name}.html"]).all("details")
    assert len(found) == folded + 1, "one more: the cell for Colab, which JupyterLab folds too"
    assert not any("open" in attrs for attrs, _ in found)
    solutions = [words for _, words in found if words.startswith("Solution")]
    assert solutions and all("```" not in words for words in solutions)


def test_formulas_are_mathml_and_no_dollar_is_left(written):
    formulas = 0
    for page, text in written.items():
        formulas += text.count("<math")
        plain = re.sub(r"<(pre|code|annotation)\b.*?</\1>|<style>.*?</style>", "", text, flags=re.DOTALL)
        assert not re.search(r"\$[^$<\n]{1,80}\$", plain), page
    assert formulas >= 10


def test_notebooks_lead_to_their_neighbours(written):
    for before, name, after in zip(["", *NAMES], NAMES, [*NAMES[1:], ""], strict=False):
        nav = re.search(r'<nav class="neighbours".*?</nav>', written[f"notebooks/{name}.html"], re.DOTALL)[0]
        leads = {attrs["rel"]: attrs["href"] for attrs, _ in Page(nav).all("a")}
        assert leads == {
            kind: f"{other}.html" for kind, other in (("prev", before), ("next", after)) if other
        }


# ------------------------------------------------------------------------------------------------- links


def test_every_link_leads_to_a_page_and_a_place_of_the_site(parsed, built):
    ids = {page: set(one.ids()) for page, one in parsed.items()}
    missing = []
    for page, one in parsed.items():
        for attrs, _ in one.all("a"):
            to, _, anchor = unquote(attrs["href"]).partition("#")
            if re.match(r"[a-z]+:", to):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), to)) if to else page
            if target not in parsed and not (built.index.parent / target).is_file():
                missing.append(f"{page}: {to}")
            elif anchor and anchor not in ids[target]:
                missing.append(f"{page}: {to}#{anchor}")
    assert missing == []


def test_no_name_of_a_place_occurs_twice_on_a_page(parsed):
    for page, one in parsed.items():
        names = one.ids()
        assert len(set(names)) == len(names), page


def test_the_glossary_leads_to_the_cell_that_explains_a_term(written):
    terms = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").count("\n### ")
    assert len(re.findall(r'href="\.\./notebooks/[\w-]+\.html#cell-', written["docs/glossary.html"])) == terms


def test_files_that_are_no_pages_are_named_and_lead_to_the_public_address_once_there_is_one(monkeypatch):
    page = '<a href="../course.toml">settings</a> <a href="../docs/glossary.md#batch" class="x">batch</a>'
    known = {"docs/glossary.md", "docs/other.md"}
    monkeypatch.setattr(publication, "repository", lambda: "")
    unset = links.rewritten("docs/other.md", page, known)
    assert 'title="File of the course: course.toml">settings</span>' in unset
    assert '<a href="glossary.html#batch" class="x">batch</a>' in unset
    monkeypatch.setattr(publication, "repository", lambda: "owner/name")
    address = f'href="https://github.com/owner/name/blob/{publication.release()}/course.toml"'
    assert address in links.rewritten("docs/other.md", page, known)


def test_pages_load_nothing(written, parsed):
    for page, one in parsed.items():
        assert not one.all("script", "link", "iframe", "object", "embed", "video"), page
        loaded = [attrs.get("src") or "" for attrs, _ in one.all("img", "source", "audio")]
        assert all(address.startswith("data:") for address in loaded), page
        assert not re.search(r"url\(|@import", "".join(words for _, words in one.all("style"))), page
        assert "default-src 'none'" in written[page], "the page forbids the browser to load anything"


# ---------------------------------------------------------------------------------------- for every reader


def test_no_page_has_a_fault_that_stops_a_reader(written):
    found = {page: faults for page, text in written.items() if (faults := accessibility_faults(text))}
    assert found == {}


def test_every_element_is_closed(parsed):
    assert {page: one.unbalanced for page, one in parsed.items() if one.unbalanced} == {}


def test_only_the_readmes_pictures_stand_in_a_table_without_headers(written):
    assert [page for page, text in written.items() if 'role="presentation"' in text] == ["README.html"]


BAD = {
    "language": "<html><title>T</title><h1>T</h1>",
    "no title": '<html lang="en"><h1>T</h1>',
    "described as ''": '<html lang="en"><title>T</title><h1>T</h1><img src="data:" alt="">',
    "described as 'a plot'": '<html lang="en"><title>T</title><h1>T</h1><img src="data:" alt="a plot">',
    "level 1: 2": '<html lang="en"><title>T</title><h1>T</h1><h1>U</h1>',
    "level 3 follows one of level 1": '<html lang="en"><title>T</title><h1>T</h1><h3>U</h3>',
    "heading has no text": '<html lang="en"><title>T</title><h1>T</h1><h2> </h2>',
    "link to x says ''": '<html lang="en"><title>T</title><h1>T</h1><a href="x"></a>',
    "says 'here'": '<html lang="en"><title>T</title><h1>T</h1><a href="x">here</a>',
    "no header cell": '<html lang="en"><title>T</title><h1>T</h1><table><tr><td>1</td></tr></table>',
    "of what it is": '<html lang="en"><title>T</title><h1>T</h1><table><tr><th>1</th></tr></table>',
    "folded part": '<html lang="en"><title>T</title><h1>T</h1><details><summary></summary></details>',
}


@pytest.mark.parametrize("fault", BAD)
def test_the_check_finds_what_it_is_for(fault):
    found = accessibility_faults(BAD[fault])
    assert len(found) == 1 and fault in found[0]


def test_a_good_page_has_no_fault():
    good = '<html lang="en"><title>T</title><h1>T</h1><h2>U</h2><h3>V</h3><h2>W</h2><a href="x">On trees</a>'
    good += '<img src="data:" alt="A tree on a hill in spring">'
    assert accessibility_faults(good + '<table><tr><th scope="col">n</th></tr></table>') == []


# ------------------------------------------------------------------------------------------------- colours

# Which colour stands on which ground.
TEXT_ON = [
    *((ink, "ground") for ink in ("ink", "quiet", "accent")),
    *((ink, "panel") for ink in ("ink", "accent")),
    *((f"code-{kind}", "panel") for kind in ("keyword", "string", "number", "comment", "function")),
]


def colours(scheme):
    """The variables of a scheme: those of the light one, changed by the dark one."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(blocks) == 2
    found = {}
    for block in blocks[: 1 + (scheme == "dark")]:
        found |= dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_stands_out_from_its_ground(scheme, ink, ground):
    found = colours(scheme)
    assert contrast(found[ink], found[ground]) >= LEAST_CONTRAST


@pytest.mark.parametrize(("scheme", "block"), [("light", ":root {"), ("dark", ':root[data-theme="dark"] {')])
def test_the_site_has_the_colours_of_the_slides(scheme, block):
    theme = (ROOT / "slides/theme/theme.css").read_text(encoding="utf-8")
    of_slides = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", theme.split(block)[1].split("}")[0]))
    of_site = colours(scheme)
    assert set(of_site) <= set(of_slides)
    assert {name: of_slides[name] for name in of_site} == of_site


def test_every_colour_that_carries_text_is_tested():
    used = set(re.findall(r"(?<![\w-])color:\s*var\(--([\w-]+)\)", STYLE))
    assert used == {ink for ink, _ in TEXT_ON}
    assert not re.findall(r"(?<![\w-])color:\s*#", STYLE), "a colour that the dark scheme does not know"
    assert set(colours("light")) == set(colours("dark"))


def test_every_word_of_code_that_pygments_marks_and_we_colour_is_known_to_the_style(written):
    marked = set()
    for name in NAMES:
        marked |= set(re.findall(r'<span class="(\w+)">', written[f"notebooks/{name}.html"]))
    assert {"k", "kn", "s2", "mi", "c1", "nf"} <= marked, "Pygments calls its classes something else now"


# ----------------------------------------------------------------------------------------------- its pieces


def test_markdown_comes_back_piece_by_piece_with_different_anchors():
    first, second = markdown.to_html(
        ["## Why\n\n- one\n- two", "## Why\n\n`x`\n\n```python\ndef f(): ...\n```"]
    )
    assert 'id="why"' in first and 'id="why-1"' in second
    assert "<li>two</li>" in first.replace("\n", "")
    assert '<span class="k">def</span>' in second
    with pytest.raises(ValueError, match="a block of code that never ends"):
        markdown.to_html(["```python\nx = 1", "## After"])


def test_outputs_lose_styles_for_the_whole_page_and_colours_made_for_white():
    shown = notebooks.tidy(
        "<style scoped>td {color: red}</style><table border=\"1\"><td style='color:#595959'>"
    )
    assert shown == "<table><td style='color:var(--quiet)'>"


def test_an_error_is_shown_without_terminal_colours_and_an_empty_output_not_at_all():
    error = {"output_type": "error", "traceback": ["\x1b[31mValueError\x1b[0m: 1 < 2"]}
    cell = {
        "cell_type": "code",
        "id": "fails",
        "metadata": {},
        "source": "1/0",
        "outputs": [error, {"output_type": "stream", "text": "\n"}],
    }
    body = notebooks.body({"cells": [{"cell_type": "markdown", "id": "t", "source": "# T"}, cell]})
    assert "<pre>ValueError: 1 &lt; 2</pre>" in body
    assert body.count('class="output"') == 1


def test_a_page_without_sections_has_no_list_of_them():
    assert pages.contents('<h2 id="a">A</h2><h2 id="b">B</h2>') == ""
    assert (
        pages.contents('<h2 id="a">A</h2><h2 id="b">B</h2><h2 id="c">C <a href="x">d</a></h2>').count("<a ")
        == 3
    )


# ----------------------------------------------------------------------------------------------- the command


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A course of one notebook, one deck that is built, and one live page."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/digit.html").write_text("<title>Draw</title>", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/site").symlink_to(ROOT / "docs/site")
    (tmp_path / "docs/old.md").write_text("# Old\n", encoding="utf-8")
    (tmp_path / "slides/_build").mkdir(parents=True)
    (tmp_path / "slides/01-trial.md").write_text(
        "---\ntitle: Trial\nsubtitle: A deck\nminutes: 5\nnotebook: 01-one\n---\n\n## First\n\nWords\n",
        encoding="utf-8",
    )
    (tmp_path / "slides/_build/01-trial.html").write_text("<title>Trial</title>", encoding="utf-8")
    (tmp_path / "course.toml").write_text(
        'title = "Small"\nrepository = ""\nrelease = "0.1.0"\n[notebooks."01-one"]\ntitle = "One"\nminutes = 5\n'
        'objectives = ["Read"]\nneeds = "nothing"\n',
        encoding="utf-8",
    )
    (tmp_path / "notebooks").mkdir()
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# 01 · One"}]
    (tmp_path / "notebooks/01-one.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


def test_the_command_says_what_it_wrote_in_how_long_and_where(small):
    done = CliRunner().invoke(app, ["html"])
    assert done.exit_code == 0, done.output
    assert re.search(r"1 notebooks, 1 other pages, 1 deck\(s\): 0\.\d MB in \d+\.\d s", done.output)
    assert (small / "site/index.html").is_file() and "site/index.html" in done.output
    assert (small / "site/slides/01-trial.html").is_file()
    front = (small / "site/index.html").read_text(encoding="utf-8")
    assert '<a href="slides/01-trial.html">Trial</a>' in front
    assert '<a href="pages/digit.html">Draw a digit</a>' in front and "pages/review.html" not in front
    assert (small / "site/pages/digit.html").is_file()


def test_a_second_build_takes_away_what_is_gone_and_leaves_alone_what_others_put_there(small):
    started = time.perf_counter()
    site.build()
    (small / "site/robots.txt").write_text("theirs", encoding="utf-8")
    (small / "docs/old.md").unlink()
    site.build()
    assert not (small / "site/docs/old.html").exists()
    assert (small / "site/robots.txt").is_file()
    assert time.perf_counter() - started < 30


def test_it_never_writes_into_a_folder_that_holds_something_else(small):
    done = CliRunner().invoke(app, ["html", "--out", str(small)])
    assert done.exit_code == 1
    assert "course html --out FOLDER" in done.output
    assert not (small / "index.html").exists()


def test_a_place_that_is_no_folder_is_named_with_what_to_type(small):
    taken = small / "a file"
    taken.write_text("theirs", encoding="utf-8")
    for place in (taken, taken / "site"):
        done = CliRunner().invoke(app, ["html", "--out", str(place)])
        assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
        assert "course html --out FOLDER" in done.output
    assert taken.read_text(encoding="utf-8") == "theirs"


def test_a_pandoc_that_is_not_there_is_named(small, monkeypatch):
    monkeypatch.setenv("COURSE_PANDOC", str(small / "pandoc"))
    done = CliRunner().invoke(app, ["html"])
    assert done.exit_code == 1 and "COURSE_PANDOC names" in done.output


def test_without_pandoc_it_says_what_to_install(small, monkeypatch):
    monkeypatch.delenv("COURSE_PANDOC", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "pypandoc", None)
    monkeypatch.setenv("PATH", "")
    done = CliRunner().invoke(app, ["html"])
    assert done.exit_code == 1
    assert "pip install pypandoc-binary" in done.output
