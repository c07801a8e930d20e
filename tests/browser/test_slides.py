"""The decks as they are projected: nothing sticks out, nothing is loaded, every picture is described, printed whole."""

import os
import re
import time
import zipfile
from pathlib import Path

import pytest

from course_utils.workshop.slides import ToolMissing, build, deck_names, find_decks, output, read_deck
from course_utils.workshop.slides import browser as slide_browser

ROOT = Path(__file__).parents[2]
DECKS = deck_names()
BUILD_BAR = 60  # seconds for all decks, HTML and PDF; tests assert hang limits of three times a bar

pytest.importorskip("pypandoc", reason="the slides need pandoc: python -m pip install pypandoc-binary")

# Measures every slide, one after the other, with all its fragments shown. Coordinates count from the slide's corner.
MEASURE = """
() => Reveal.getSlides().map((slide, number) => {
  Reveal.slide(number);
  slide.querySelectorAll('.fragment').forEach(one => one.classList.add('visible'));
  const sheet = slide.getBoundingClientRect();
  const scale = sheet.width / 1280;
  const sources = slide.querySelector(':scope > p.sources');
  const footer = sources ? (sources.getBoundingClientRect().top - sheet.top) / scale : 720;
  const found = {title: (slide.querySelector('h1, h2') || slide).innerText, outside: [], small: [], footer, sheet: sheet.width};
  for (const one of slide.querySelectorAll('*')) {
    if (one.closest('aside.notes')) continue;
    const style = getComputedStyle(one);
    if (style.display === 'none' || style.display === 'contents') continue;
    const box = one.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const right = (box.right - sheet.left) / scale, bottom = (box.bottom - sheet.top) / scale;
    const left = (box.left - sheet.left) / scale, top = (box.top - sheet.top) / scale;
    const limit = one.closest('p.sources') ? 712 : Math.min(footer, 684);
    if (right > 1250 || left < 30 || top < 20 || bottom > limit + 0.5 || one.scrollWidth > one.clientWidth + 2 && style.overflow === 'hidden')
      found.outside.push(`${one.tagName}.${one.className} ${[left, top, right, bottom].map(Math.round)} (limit ${Math.round(limit)})`);
    const column = one.parentElement.closest('.column');
    if (column && (box.right > column.getBoundingClientRect().right + 2))
      found.outside.push(`${one.tagName}.${one.className} is wider than its column`);
    const own = Array.from(one.childNodes).some(node => node.nodeType === 3 && node.textContent.trim());
    const drawing = one.closest('svg');
    const shrunk = drawing ? drawing.getBoundingClientRect().width / scale / drawing.viewBox.baseVal.width : 1;
    const size = parseFloat(style.fontSize) * shrunk;
    const least = one.closest('p.sources, sup, sub, math') ? 16.5 : one.closest('svg, table, pre, code, .small, .credits, .facts, .course') ? 21 : 32;
    if (own && size < least) found.small.push(`${one.tagName} ${size}px: ${one.textContent.trim().slice(0, 40)}`);
  }
  return found;
})
"""


BAD = """
<section class="slide"><h2>Wide</h2><p style="width: 1400px">Too wide by far</p></section>
<section class="slide"><h2>High</h2>{rows}</section>
<section class="slide"><h2>Foot</h2><p style="position: absolute; top: 640px">Text</p><p class="sources">From here</p></section>
<section class="slide"><h2>Fine print</h2><p style="font-size: 14px">Can you read this?</p></section>
<section class="slide"><h2>Column</h2><div class="columns"><div class="column"><p style="width: 900px">Over the other</p>
</div><div class="column">Right</div></div></section>
<section class="slide"><h2>Good</h2><p>All is well</p></section>
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All decks as HTML, and the seconds that took."""
    out = tmp_path_factory.mktemp("slides")
    start = time.perf_counter()
    try:
        report = build(out=out, kinds=(), remember=False)
    except ToolMissing as error:  # reveal.js was never fetched, and now there is no npm or no network
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return {one.deck: one for one in report.decks}, time.perf_counter() - start


@pytest.fixture(scope="module")
def shown(browser, built):
    """Each deck opened without a network, gone through and measured once."""
    decks, _ = built
    found = {}
    context, asked = slide_browser.offline_context(browser)
    page = context.new_page()  # one for all: a new one takes as long as a deck
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    for name, deck in decks.items():
        page.goto(deck.html.as_uri() + "?light")
        page.wait_for_function("Reveal.isReady()")
        images = page.evaluate(
            "async () => { await Promise.all([...document.images].map(one => one.decode().catch(() => {})));"
            " return [...document.images].map(one => [one.alt, one.naturalWidth, one.currentSrc.slice(0, 5)]) }"
        )
        found[name] = {
            "slides": page.evaluate(MEASURE),
            "images": images,
            "links": page.eval_on_selector_all(
                ".slides a[href]", "all => all.map(one => one.getAttribute('href'))"
            ),
            "notes": page.eval_on_selector_all(
                ".slides section", "all => all.map(one => one.querySelectorAll('aside.notes').length)"
            ),
            "loading": page.eval_on_selector_all(
                "script[src], link[href], img, iframe, video, audio, source, object, embed",
                "all => all.map(one => one.src || one.href || one.data || '').filter(one => !one.startsWith('data:'))",
            ),
            "asked": asked.copy(),
            "errors": errors.copy(),
        }
        asked.clear()
        errors.clear()
    context.close()
    return found


def told(slides, what):
    """What was found, a line a slide: its title and the first places."""
    return "\n".join(f"{one['title']}: {'; '.join(one[what][:3])}" for one in slides if one[what])


@pytest.mark.parametrize("name", DECKS)
def test_no_slide_overflows_its_sheet_or_its_line_of_sources(shown, name):
    assert told(shown[name]["slides"], "outside") == ""
    assert all(one["sheet"] == 1280 for one in shown[name]["slides"])


def test_the_measure_finds_what_it_is_for(browser, built, tmp_path):
    """A page whose slides are bad on purpose: each is found out, and the good one is not."""
    page_file = next(iter(built[0].values())).html
    whole = page_file.read_text(encoding="utf-8")
    bad = BAD.format(rows="<p>One line</p>" * 14)
    before, after = whole[: whole.index("<section")], whole[whole.rindex("</section>") + 10 :]
    (tmp_path / "bad.html").write_text(before + bad + after, encoding="utf-8")
    context, _ = slide_browser.offline_context(browser)
    page = context.new_page()
    page.goto((tmp_path / "bad.html").as_uri() + "?light")
    page.wait_for_function("Reveal.isReady()")
    slides = page.evaluate(MEASURE)
    context.close()
    assert {one["title"] for one in slides if one["outside"]} == {"Wide", "High", "Foot", "Column"}
    assert {one["title"] for one in slides if one["small"]} == {"Fine print"}


@pytest.mark.parametrize("name", DECKS)
def test_text_is_large_enough_for_the_last_row(shown, name):
    assert told(shown[name]["slides"], "small") == ""


@pytest.mark.parametrize("name", DECKS)
def test_every_picture_is_there_and_is_described(shown, name):
    for alt, width, start in shown[name]["images"]:
        assert len(re.findall(r"\w+", alt)) >= 4, alt
        assert width > 0 and start == "data:"


@pytest.mark.parametrize("name", DECKS)
def test_nothing_is_loaded_from_anywhere_else(shown, built, name):
    assert shown[name]["asked"] == shown[name]["errors"] == shown[name]["loading"] == []
    styles = "".join(re.findall(r"<style>.*?</style>", built[0][name].html.read_text(encoding="utf-8"), re.S))
    assert not re.search(r"url\(\s*['\"]?(?!data:)[^)]", styles) and "@import" not in styles


@pytest.mark.parametrize("name", DECKS)
def test_links_to_notebooks_lead_to_files_that_are_there(shown, name):
    links = [link for link in shown[name]["links"] if ".ipynb" in link]
    assert links
    assert all(link.startswith("https://") or (ROOT / "slides" / "_build" / link).is_file() for link in links)


@pytest.mark.parametrize("name", DECKS)
def test_each_slide_of_the_deck_is_there_with_its_notes(shown, built, name):
    assert (
        len(shown[name]["slides"])
        == built[0][name].slides
        == len(read_deck(find_decks([name])[0]).slides) + 1
    )
    assert set(shown[name]["notes"]) == {1}


def pages(path):
    """How many pages a PDF of Chromium's has, and their sizes in points."""
    data = path.read_bytes()
    sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", data)}
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", data)), sizes


def test_the_pdf_has_a_page_a_slide(browser, built):
    """All decks share one theme, and no slide needs a second page, as the tests above measure: one deck is enough."""
    deck, start = max(built[0].values(), key=lambda one: one.slides), time.perf_counter()
    output.print_deck(browser, deck.html, deck.html.with_suffix(".pdf"))
    assert pages(deck.html.with_suffix(".pdf")) == (deck.slides, {(0.0, 0.0, 960.0, 540.0)})
    assert time.perf_counter() - start < 3 * BUILD_BAR / max(len(DECKS), 1)


def test_all_decks_are_built_in_time(built):
    assert built[1] < 3 * BUILD_BAR


@pytest.fixture(scope="module")
def handed_out(browser, built, tmp_path_factory):
    """The shortest deck as a sheet with its notes and as a PPTX."""
    deck = min(built[0].values(), key=lambda one: one.slides)
    out = tmp_path_factory.mktemp("handed-out")
    (made,) = build([deck.deck], out=out, kinds=("notes", "pptx"), remember=False).decks
    return made


def test_a_sheet_shows_each_slide_beside_what_is_said(browser, handed_out):
    sheet, printed, _ = handed_out.beside
    context, asked = slide_browser.offline_context(browser)
    page = context.new_page()
    page.goto(sheet.as_uri())
    page.wait_for_function("document.body.dataset.ready === 'yes'")
    rows = page.eval_on_selector_all(
        "article",
        "all => all.map(row => { const slide = row.querySelector('.frame').getBoundingClientRect(),"
        " said = row.querySelector('aside'), place = said.getBoundingClientRect();"
        " return [said.innerText.trim().length, place.left - slide.right, place.top - slide.top] })",
    )
    context.close()
    assert len(rows) == handed_out.slides - 1 and asked == []
    assert all(letters > 20 and 0 < beside < 50 and abs(below) < 2 for letters, beside, below in rows)
    count, sizes = pages(printed)
    assert 3 <= count < handed_out.slides
    assert all(round(box[2]) == 595 and round(box[3]) == 842 for box in sizes), "A4"


def test_a_pptx_has_the_text_the_pictures_with_their_words_and_the_notes(handed_out):
    with zipfile.ZipFile(handed_out.beside[-1]) as file:
        parts = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".xml")}
        pictures = [name for name in file.namelist() if name.startswith("ppt/media/")]
    shown = "".join(text for name, text in parts.items() if name.startswith("ppt/slides/"))
    said = "".join(text for name, text in parts.items() if name.startswith("ppt/notesSlides/"))
    for slide in read_deck(find_decks([handed_out.deck])[0]).slides:
        assert slide.title.split()[0] in shown
        assert re.search(r"\d min", said)
    assert said.count(" min") >= handed_out.slides - 1
    assert pictures and not any(name.endswith(".svg") for name in pictures)
    words = re.findall(r'<p:cNvPr descr="([^"]*)"', shown)
    assert len(words) >= handed_out.figures and all(len(one.split()) >= 4 for one in words)


@pytest.fixture
def page(browser, built):
    """The first deck, open on its second slide."""
    context, _ = slide_browser.offline_context(browser)
    page = context.new_page()
    page.goto(next(iter(built[0].values())).html.as_uri() + "?light")
    page.wait_for_function("Reveal.isReady()")
    page.evaluate("Reveal.slide(1)")
    yield page
    context.close()


def test_s_opens_the_speaker_view_without_a_network(page):
    said = page.evaluate(
        "Reveal.getCurrentSlide().querySelector('aside.notes').innerText || Reveal.getSlideNotes()"
    )
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    speaker.wait_for_function(
        "document.querySelector('.speaker-controls-notes .value')?.innerText.trim().length > 10"
    )
    shown = speaker.inner_text(".speaker-controls-notes .value")
    assert re.sub(r"<[^>]+>|\s+", "", said)[:30] == re.sub(r"\s+", "", shown)[:30]
    speaker.wait_for_selector("#current-slide iframe")
    speaker.keyboard.press("ArrowRight")
    page.wait_for_function("Reveal.getIndices().h === 2")


def test_d_changes_between_light_and_dark_and_the_address_can_say_it(page, built):
    ground = "getComputedStyle(document.querySelector('.reveal')).backgroundColor"
    light = page.evaluate(ground)
    page.keyboard.press("d")
    assert page.evaluate(ground) != light
    page.goto(next(iter(built[0].values())).html.as_uri() + "?dark")
    page.wait_for_function("Reveal.isReady()")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("wish", ["dark", "light"])
def test_without_a_wish_the_system_decides(browser, built, wish):
    context, _ = slide_browser.offline_context(browser, color_scheme=wish)
    page = context.new_page()
    page.goto(next(iter(built[0].values())).html.as_uri())
    page.wait_for_function("Reveal.isReady()")
    assert page.evaluate("document.documentElement.dataset.theme") == wish
    context.close()
