"""The site in a browser: it asks for no address, text stands out from its ground, and it fits a telephone."""

import json
import re
import time

import pytest
from made_once import made_once

from course_utils.foundation import config
from course_utils.workshop import site
from course_utils.workshop.slides import browser as slide_browser

NAMES = config.notebook_names()
SHOW_BAR = 10  # seconds for all notebooks in both schemes; tests assert hang limits of three times a bar

pytest.importorskip("pypandoc", reason="the site needs pandoc: python -m pip install pypandoc-binary")

# Contrast of every text with the ground it really stands on, colours mixed where they let something through.
CONTRAST = """
() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const over = (top, below) => {
    const [r, g, b, a = 1] = top;
    return [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
  };
  const luminance = colour => colour.map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const grounds = new Map();
  const ground = one => {
    if (!one) return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
    if (!grounds.has(one)) grounds.set(one, over(parts(getComputedStyle(one).backgroundColor), ground(one.parentElement)));
    return grounds.get(one);
  };
  document.querySelectorAll('details').forEach(one => one.open = true);
  const found = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.textContent.trim()) continue;
    const one = walker.currentNode.parentElement, below = ground(one);
    const [light, dark] = [luminance(over(parts(getComputedStyle(one).color), below)), luminance(below)].sort((a, b) => b - a);
    texts += 1;
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 30)}`);
  }
  return {texts, found: [...new Set(found)].slice(0, 8), ground: getComputedStyle(document.body).backgroundColor};
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_once(tmp_path_factory, "site", site.build).index.parent


@pytest.fixture(scope="module")
def seen(browser, folder):
    """Every notebook, the first page and the glossary in both schemes, opened without a network."""
    found = {"asked": [], "errors": [], "contrast": {}, "images": {}}
    start = time.perf_counter()
    context, asked = slide_browser.offline_context(browser)
    page = context.new_page()
    page.on("pageerror", lambda error: found["errors"].append(str(error)))
    page.on("console", lambda line: found["errors"].append(line.text) if line.type == "error" else None)
    for name in ("index", "README", "docs/glossary", *(f"notebooks/{one}" for one in NAMES)):
        page.goto((folder / f"{name}.html").as_uri())
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found["contrast"][name, scheme] = page.evaluate(CONTRAST)
        found["images"][name] = page.evaluate("[...document.images].map(one => one.naturalWidth)")
    found["asked"] += asked
    context.close()
    found["seconds"] = time.perf_counter() - start
    return found


def test_no_page_asks_for_an_address_and_none_complains(seen):
    assert seen["asked"] == []
    assert seen["errors"] == []


def test_every_picture_is_shown(seen):
    assert all(all(widths) for widths in seen["images"].values())
    for name in NAMES:
        shown = len(seen["images"][f"notebooks/{name}"])
        assert shown == pictures_of(name) > 0, f"{name}: {shown} pictures on its page"


def pictures_of(name):
    """How many pictures the committed notebook has."""
    cells = json.loads(config.notebook_path(name).read_text(encoding="utf-8"))["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return sum("".join(data.get("text/html", "")).count("<img ") for data in outputs)


def test_text_stands_out_from_its_ground_in_light_and_dark(seen):
    assert {place: one["found"] for place, one in seen["contrast"].items() if one["found"]} == {}
    assert min(one["texts"] for one in seen["contrast"].values()) > 30
    grounds = {scheme: one["ground"] for (_, scheme), one in seen["contrast"].items()}
    assert grounds["light"] == "rgb(255, 255, 255)" and grounds["dark"] != grounds["light"]


def test_it_is_shown_quickly(seen):
    assert seen["seconds"] < 3 * SHOW_BAR


def test_grey_on_grey_is_noticed(browser):
    context, _ = slide_browser.offline_context(browser)
    page = context.new_page()
    page.set_content(
        '<body style="background: #fff"><p style="color: #999">Pale</p><p style="color: #000">Good</p>'
        '<div style="background: rgba(0, 0, 0, 0.8)"><p style="color: #000">Night</p></div></body>'
    )
    assert [one.split()[-1] for one in page.evaluate(CONTRAST)["found"]] == ["Pale", "Night"]
    context.close()


@pytest.mark.parametrize("name", ["index", "notebooks/05-fruit-cnn", "notebooks/08-lime", "docs/glossary"])
def test_nothing_sticks_out_on_a_telephone(browser, folder, name):
    context, _ = slide_browser.offline_context(browser)
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto((folder / f"{name}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_links_lead_from_notebook_to_notebook_and_to_a_term(browser, folder):
    context, _ = slide_browser.offline_context(browser)
    page = context.new_page()
    page.goto((folder / f"notebooks/{NAMES[0]}.html").as_uri())
    page.click("nav.neighbours a[rel=next]")
    assert page.url.endswith(f"/notebooks/{NAMES[1]}.html")
    page.click("header a:has-text('Glossary')")
    assert page.title().startswith("Glossary")
    page.click("a[href$='#cell-balance-saw']")
    assert page.url.endswith("01-eda.html#cell-balance-saw")
    # Pictures above it are still being decoded and push it down; a browser goes there once the page has settled.
    page.wait_for_load_state("load")
    page.wait_for_function(
        "() => { const top = document.getElementById('cell-balance-saw').getBoundingClientRect().top;"
        " return 0 <= top && top < 720 }"
    )
    context.close()


def test_the_handout_is_one_sheet_of_a4_printed_on_both_sides(browser, folder):
    context, _ = slide_browser.offline_context(browser)
    page = context.new_page()
    page.goto((folder / "instructor/handout.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    context.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
