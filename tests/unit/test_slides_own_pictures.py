"""An instructor's own deck: what lies beside it is put into the one file, what lies elsewhere is refused by its line."""

import re

import pytest
from PIL import Image
from slides_support import write_course
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop.cli import app
from course_utils.workshop.slides import addresses, reveal

pytest.importorskip("pypandoc", reason="the slides need pandoc: python -m pip install pypandoc-binary")

FRONT = "---\ntitle: My own deck\nsubtitle: for a colleague\nminutes: 1\nnotebook: 05-fruit-cnn\n---\n"
ONE_LINE_BELOW = 9  # the line of what is shown on `with_slide`'s only slide


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    library = write_course(tmp_path)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    monkeypatch.setattr(reveal, "ensure", lambda: (library, False))
    config.repository_root.cache_clear()
    config.course.cache_clear()
    Image.new("RGB", (40, 30), "orange").save(tmp_path / "slides" / "photo.jpg")
    (tmp_path / "slides" / "img").mkdir()
    Image.new("RGB", (40, 30), "orange").save(tmp_path / "slides" / "img" / "my photo.png")
    (tmp_path / "slides" / "clip.mp4").write_bytes(b"no film, but bytes")
    (tmp_path / "slides" / "inner.html").write_text("<p>A page within</p>", encoding="utf-8")
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


@pytest.fixture
def with_slide(root):
    """Writes a deck with one slide, builds it, and gives exit status, output and page."""

    def built(shown, heading="A slide"):
        text = f"{FRONT}\n## {heading}\n{shown}\n\n::: notes\n1 min. Said.\n:::\n"
        (root / "slides" / "08-mine.md").write_text(text, encoding="utf-8")
        done = CliRunner().invoke(app, ["slides", "08", "--html-only"])
        page = root / "slides" / "_build" / "08-mine.html"
        return done.exit_code, done.output, page.read_text(encoding="utf-8") if page.is_file() else ""

    return built


@pytest.mark.parametrize(
    ("shown", "heading", "kept"),
    [
        ("![An orange on white](photo.jpg)", "A slide", r'<img [^>]*src="data:image/jpeg;base64,'),
        ("![An orange on white](img/my%20photo.png)", "A slide", r'<img [^>]*src="data:image/png;base64,'),
        ('<img src="img/my%20photo.png" alt="an orange">', "A slide", r'<img [^>]*src="data:image/png;base64,'),
        ("Text", '{data-background-image="photo.jpg"}', r'<section[^>]* data-background-image="data:image/jpeg'),
        ("Text", 'A slide {data-background="photo.jpg"}', r'<section[^>]* data-background-image="data:image/jpeg'),
        ("Text", '{background-image="photo.jpg"}', r'<section[^>]* data-background-image="data:image/jpeg'),
        ("Text", '{data-background-video="clip.mp4"}', r'<video [^>]*class="ground"[^>]* src="data:video/mp4'),
        ("Text", '{data-background-iframe="inner.html"}', r'<iframe [^>]*class="ground"[^>]* src="data:text/html'),
        ('<video data-src="clip.mp4" poster="photo.jpg"></video>', "A slide", r'<video[^>]* poster="data:image/jpeg'),
        ('<video controls><source src="clip.mp4"></video>', "A slide", r'<source[^>]* src="data:video/mp4'),
        ('<iframe src="inner.html"></iframe>', "A slide", r'<iframe[^>]* src="data:text/html'),
    ],
)  # fmt: skip
def test_what_lies_beside_the_deck_is_put_into_the_page(with_slide, root, shown, heading, kept):
    status, output, page = with_slide(shown, heading)
    assert status == 0, output
    assert re.search(kept, page)
    assert addresses.left_outside(root / "slides" / "_build" / "08-mine.html") == []
    assert "<h2 data-background" not in page, "a picture is in the page once"
    assert not re.search(r"<(video|iframe)[^>]* role=", page), "a film is not a picture to a screen reader"


@pytest.mark.parametrize(
    ("shown", "heading", "told"),
    [
        ("![A logo](https://example.org/logo.png)", "A slide", "https://example.org/logo.png would be loaded from the network"),
        ('<img src="//example.org/logo.png" alt="a logo">', "A slide", "make it a link: [words](address)"),
        ('<iframe src="https://example.org/film"></iframe>', "A slide", "save the file beside the deck"),
        ('<video data-src="http://example.org/a.mp4"></video>', "A slide", "would be loaded from the network"),
        ('<link rel="stylesheet" href="https://example.org/a.css">', "A slide", "would be loaded from the network"),
        ('<p style="background: url(https://example.org/a.png)">Text</p>', "A slide", "would be loaded from the network"),
        ('<style>@import "https://example.org/a.css";</style>', "A slide", "would be loaded from the network"),
        ("![A cat](cat.jpg)", "A slide", "cat.jpg is not there; put the file at slides/cat.jpg"),
        ("![A cat](/home/me/cat.jpg)", "A slide", "exists only on this machine; copy the file beside the deck"),
        ("![A cat](file:///home/me/cat.jpg)", "A slide", "exists only on this machine"),
        ('<img srcset="photo.jpg 2x" src="photo.jpg" alt="a photo">', "A slide", "srcset with photo.jpg 2x cannot be put into"),
        ("![](photo.jpg)", "A slide", "a picture without a description; type ![A sentence"),
        ('<img src="photo.jpg">', "A slide", "a picture without a description"),
    ],
)  # fmt: skip
def test_what_lies_elsewhere_is_refused_with_its_line_and_what_to_type(with_slide, shown, heading, told):
    status, output, page = with_slide(shown, heading)
    assert status == 1 and not page
    assert f"slides/08-mine.md, line {ONE_LINE_BELOW}: " in output
    assert told in output


@pytest.mark.parametrize("key", ["data-background", "data-background-image", "data-background-video"])
def test_a_ground_from_the_network_is_refused_with_the_headings_line(with_slide, key):
    status, output, _ = with_slide("Text", f'{{{key}="https://example.org/a.jpg"}}')
    assert status == 1 and "slides/08-mine.md, line 8: https://example.org/a.jpg would be" in output


def test_all_that_is_refused_is_told_at_once(with_slide):
    _, output, _ = with_slide("![A cat](cat.jpg)\n\n![A dog](https://example.org/dog.jpg)")
    assert "line 9: cat.jpg" in output and "line 11: https://example.org/dog.jpg" in output


def test_check_scans_the_built_page_for_what_it_would_load(with_slide, root):
    with_slide("![An orange on white](photo.jpg)")
    page = root / "slides" / "_build" / "08-mine.html"
    checked = CliRunner().invoke(app, ["slides", "08", "--check"])
    assert "would load" not in checked.output
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("</body>", '<script src="https://example.org/a.js"></script></body>'))
    checked = CliRunner().invoke(app, ["slides", "08", "--check"])
    assert checked.exit_code == 1
    assert re.search(r"08-mine.html, line \d+: src would load https://example.org/a.js", checked.output)


def test_check_refuses_a_deck_that_was_never_built(root):
    text = f"{FRONT}\n## One\n![A logo](https://example.org/logo.png)\n\n::: notes\n1 min. x\n:::\n"
    (root / "slides" / "08-mine.md").write_text(text, encoding="utf-8")
    checked = CliRunner().invoke(app, ["slides", "08", "--check"])
    assert checked.exit_code == 1
    assert "slides/08-mine.md, line 9: https://example.org/logo.png would be loaded" in checked.output


@pytest.mark.parametrize("harmless", ["#fff", "steelblue", "linear-gradient(red, blue)"])
def test_a_ground_that_is_a_colour_is_left_alone(with_slide, harmless):
    status, output, page = with_slide("[A link](https://example.org)", f'{{data-background="{harmless}"}}')
    assert status == 0, output
    assert f'data-background="{harmless}"' in page


def test_formulas_code_and_foreign_letters_come_through(with_slide):
    status, output, page = with_slide(
        "Code and $\\alpha^2$, emoji 😀, 中文\n\n```python\nd = {'a': {'b': 1}}\n## not a heading\n```"
    )
    assert status == 0, output
    assert "😀, 中文" in page and "<mi>α</mi>" in page and "## not a heading" in page
