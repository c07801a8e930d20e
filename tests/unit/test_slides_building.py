"""A deck is built from its sources, and a changed source is noticed until the deck is built again."""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from slides_support import DECK, DRAWING, write_course, write_notebook, write_recorded

from course_utils.foundation import config
from course_utils.workshop.slides import (
    SlideError,
    beside,
    figures,
    manifest,
    nets,
    projection,
    read_deck,
    stale,
)
from course_utils.workshop.slides.building import build_html

pytest.importorskip("pypandoc", reason="the slides need pandoc: python -m pip install pypandoc-binary")


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    write_course(tmp_path)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


def change_course(root, old, new):
    path = root / "course.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    config.course.cache_clear()


@pytest.fixture
def build(root):
    """Builds the deck as `course slides` does, and gives its HTML."""

    def made():
        out = root / "slides" / "_build"
        out.mkdir(exist_ok=True)
        done = build_html(read_deck(root / "slides" / "01-trial.md"), out, root / "library")
        manifest.write({done.deck: done.entries})
        return done.html.read_text(encoding="utf-8")

    return made


def test_the_slide_shows_the_number_and_at_its_foot_what_it_was_made_with(build):
    page = build()
    assert "The number is 94.7 %</h2>" in page
    assert '<p class="sources">05-fruit-cnn: class profile, bundled data · 05-fruit-cnn: usual' in page
    assert "It was 1.2 s." in page
    assert page.count("<section") == 3
    assert "Of numbers &amp; figures" in page


def test_figures_are_inside_of_the_page_with_their_alt_texts(build):
    images = re.findall(r"<img [^>]*>", build())
    assert [re.search(r'src="data:([^;]*);', image)[1] for image in images] == ["image/png", "image/svg+xml"]
    assert 'alt="A confusion matrix, all &quot;in order&quot;."' in images[0]
    assert 'width="700"' in images[0]
    assert 'alt="Two dots, the first at the height 0.95."' in images[1]


def test_a_deck_may_say_the_alt_text_and_the_size_itself(root, build):
    own = DECK.replace(
        "![](figure:drawn/dots)", "![Two dots that mean nothing, really.](figure:drawn/dots){height=200px}"
    )
    (root / "slides" / "01-trial.md").write_text(own, encoding="utf-8")
    image = re.findall(r"<img [^>]*>", build())[1]
    assert 'alt="Two dots that mean nothing, really."' in image
    assert re.search(r"height[:=]", image) and "width=" not in image


def test_an_unbuilt_deck_is_stale_and_a_built_one_is_not(build):
    assert "was never built" in stale()[0]
    build()
    assert stale() == []


def test_a_changed_number_fails_until_the_deck_is_built_again(root, build):
    build()
    write_notebook(root, accuracy=0.901)
    (problem, *_) = stale()
    assert "result 05-fruit-cnn test_accuracy percent was 94.7 % and is 90.1 %" in problem
    assert "make slides" in problem
    assert "The number is 90.1 %</h2>" in build()
    assert stale() == []


def test_running_a_notebook_again_with_equal_results_keeps_the_manifest(root, build):
    build()
    before = (root / "slides" / "manifest.json").read_bytes()
    write_notebook(root, versions="3")
    assert stale() == []
    build()
    assert (root / "slides" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda root: write_notebook(root, colour="red"), "notebooks/05-fruit-cnn.ipynb#confusion/1"),
        (lambda root: write_recorded(root, seconds=3.0), "recorded speed net=small seconds fixed1 was 1.2 and is 3.0"),
        (
            lambda root: change_course(root, "minutes = 60", "minutes = 75"),
            "minutes 05-fruit-cnn was 60 and is 75",
        ),
        (
            lambda root: (root / "slides" / "figures" / "trial.py").write_text(DRAWING.replace('"o"', '"x"')),
            "slides/figures/trial.py#dots",
        ),
        (
            lambda root: (root / "slides" / "01-trial.md").write_text(DECK + "\n{{chance 05 test_accuracy fixed2}}\n"),
            "chance 05 test_accuracy fixed2 is new",
        ),
        (
            lambda root: (root / "slides" / "01-trial.md").write_text(DECK.replace("{{chance 05-fruit-cnn test_accuracy percent}}", "low")),
            "what it uses has changed",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_source_is_watched(root, build, change, named):
    build()
    change(root)
    assert any(named in problem for problem in stale()), stale()
    build()
    assert stale() == []


def test_what_all_drawings_are_made_with_is_watched_too(build, monkeypatch, tmp_path):
    build()
    changed = tmp_path / "projection.py"
    changed.write_text('"""Other letters."""\n', encoding="utf-8")
    monkeypatch.setattr(projection, "__file__", str(changed))
    assert any("slides/figures/trial.py#dots" in problem for problem in stale()), stale()


def test_what_a_drawing_reads_is_watched_too(root, build):
    build()
    (root / "slides" / "01-trial.md").write_text(
        DECK.replace("{{recorded speed net=small seconds fixed1}}", "1")
    )
    build()
    write_recorded(root, seconds=4.0)
    assert any(
        "benchmarks/recorded/speed.json (recorded speed) has changed" in problem for problem in stale()
    )


def test_a_deck_that_is_gone_is_gone_from_the_manifest_too(root, build):
    build()
    (root / "slides" / "01-trial.md").rename(root / "slides" / "02-trial.md")
    assert any("01-trial.md is gone" in problem for problem in stale())
    manifest.write({})
    assert manifest.read() == {}


def test_the_manifest_names_source_and_digest_of_everything(root, build):
    build()
    entries = json.loads((root / "slides" / "manifest.json").read_text(encoding="utf-8"))["decks"]["01-trial"]
    assert {entry["kind"] for entry in entries} == {"number", "figure", "table", "text"}
    assert all(re.fullmatch(r"[0-9a-f]{16}", entry["digest"]) for entry in entries)
    assert {entry["source"] for entry in entries} >= {
        "notebooks/05-fruit-cnn.ipynb#results/test_accuracy/value",
        "notebooks/05-fruit-cnn.ipynb#confusion/1",
        "slides/figures/trial.py#dots",
        "benchmarks/recorded/speed.json",
    }


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "![](figure:drawn/lines)",
            "no function 'lines' in slides/figures/*.py, nor lines.svg there. There are: dots",
        ),
        ("![](figure:cell/05-fruit-cnn/nothing)", "There are: confusion"),
        ("![](figure:photo/cat)", "type figure:cell/"),
        ("![short](figure:drawn/dots)", "has no alt text"),
    ],
)
def test_a_figure_that_is_not_there_stops_the_build_with_its_line(root, build, typed, message):
    (root / "slides" / "01-trial.md").write_text(DECK.replace("![](figure:drawn/dots)", typed))
    with pytest.raises(SlideError) as error:
        build()
    assert "slides/01-trial.md, line 2" in str(error.value)
    assert message in str(error.value)


class Here(ThreadPoolExecutor):
    """Stands in for processes beside this one: a thread, in which the framework that is loaded already answers."""

    def __init__(self, number):
        super().__init__(number)


def test_tables_of_nets_are_computed_and_kept(root, build, monkeypatch):
    # All decks together are built with processes of their own: tests/browser/test_slides.py.
    monkeypatch.setattr(beside, "processes", Here)
    (root / "slides" / "nets").mkdir()
    (root / "slides" / "nets" / "trial.py").write_text(
        '"""Nets."""\n\n\ndef Tiny():\n    import keras\n    from keras import layers\n\n'
        "    return keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(4, 3), layers.Conv2D(4, 1),\n"
        "        layers.Conv2D(4, 1), layers.Flatten(), layers.Dense(2)])\n",
        encoding="utf-8",
    )
    asked = "{{table blocks Tiny}}\n\n{{parameters Tiny}} {{layer Tiny flatten output}}\n"
    (root / "slides" / "01-trial.md").write_text(
        DECK.replace("![](figure:drawn/dots)", asked), encoding="utf-8"
    )
    page = build()
    # 3·3·4 + 4, twice 4·4 + 4, 64·2 + 2
    assert "210 64" in page
    assert "<td>2 × convolution</td>" in page.replace(' style="text-align: left;"', "")
    assert "4 × 4 × 4" in page
    assert stale() == []
    monkeypatch.setattr(nets, "_compute", lambda nets: pytest.fail("computed again"))
    build()


def test_a_net_is_another_when_a_constant_or_a_helper_of_its_module_changes(root):
    module = root / "slides" / "nets" / "trial.py"
    module.parent.mkdir()
    text = (
        "WIDTH = 4\nOTHER = 1\n\n\ndef _half():\n    return WIDTH // 2\n\n\ndef Tiny():\n    return _half()\n"
    )
    module.write_text(text, encoding="utf-8")
    before = nets.use_of("Tiny").digest
    module.write_text(text.replace("OTHER = 1", "OTHER = 2"), encoding="utf-8")
    assert nets.use_of("Tiny").digest == before
    for change in (("WIDTH = 4", "WIDTH = 8"), ("// 2", "// 4")):
        module.write_text(text.replace(*change), encoding="utf-8")
        assert nets.use_of("Tiny").digest != before


def test_two_builds_at_once_do_not_take_each_others_files(root, build, monkeypatch):
    replace = Path.replace

    def after_the_other(path, target):
        (target.parent / "01-trial.part").unlink(missing_ok=True)  # a name that does not tell the two apart
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", after_the_other)
    assert "94.7 %" in build()
    assert not list((root / "slides" / "_build").glob("*.part"))


def test_without_pandoc_one_is_told_what_to_install(monkeypatch, tmp_path):
    from course_utils.workshop.slides import ToolMissing, pandoc

    monkeypatch.setitem(sys.modules, "pypandoc", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("COURSE_PANDOC", raising=False)
    with pytest.raises(ToolMissing, match="pip install pypandoc-binary"):
        pandoc.find()


def test_only_what_a_changed_function_draws_is_drawn_again(root, build):
    module = root / "slides" / "figures" / "trial.py"
    more = (
        '\n\nWIDTH = 3\n\n\ndef lines() -> plots.Picture:\n    """Lines."""\n    return _drawn(WIDTH)\n\n\n'
    )
    more += "def _drawn(width):\n    with projection.canvas(width=width, height=2) as (figure, axes):\n"
    more += '        axes[0, 0].plot([0, 1])\n    return plots.Picture(figure, "A line that goes up, from 0 to 1.")\n'
    module.write_text(DRAWING + more, encoding="utf-8")
    (root / "slides" / "01-trial.md").write_text(
        DECK.replace("![](figure:drawn/dots)", "![](figure:drawn/dots)\n\n![](figure:drawn/lines)"),
        encoding="utf-8",
    )
    build()
    assert figures.to_draw(["drawn/dots", "drawn/lines"]) == []
    module.write_text(DRAWING + more.replace("WIDTH = 3", "WIDTH = 4"), encoding="utf-8")
    assert figures.to_draw(["drawn/dots", "drawn/lines"]) == ["drawn/lines"]
    module.write_text(DRAWING.replace('"o")', '"x")') + more, encoding="utf-8")
    assert figures.to_draw(["drawn/dots", "drawn/lines"]) == ["drawn/dots"]


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100">\n{}<rect width="9" height="9"/></svg>\n'


def test_a_drawing_may_be_an_svg_that_takes_the_colours_of_the_theme(root, build):
    drawing = root / "slides" / "figures" / "boxes.svg"
    drawing.write_text(SVG.format("<desc>A box of nine by nine pixels.</desc>"), encoding="utf-8")
    (root / "slides" / "01-trial.md").write_text(DECK.replace("drawn/dots", "drawn/boxes"), encoding="utf-8")
    (image,) = re.findall(r"<svg [^>]*>", build())
    assert "A box of nine by nine pixels." in image and 'role="img"' in image
    assert stale() == []
    drawing.write_text(SVG.format("<desc>Another box of nine pixels.</desc>"), encoding="utf-8")
    assert any("slides/figures/boxes.svg" in problem for problem in stale())
    drawing.write_text(SVG.format(""), encoding="utf-8")
    with pytest.raises(SlideError, match=r"needs <svg width=.*<desc>"):
        build()
