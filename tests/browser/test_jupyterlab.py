"""What a learner sees: a rendered map, links that open her copies, a kernel that starts, figures with alt text."""

import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
MAP = ".jp-MarkdownViewer:not(.lm-mod-hidden) .jp-RenderedMarkdown"
# Kept for people to look at: CI's job keeps this folder.
SCREENSHOTS = ROOT / "build" / "screenshots"
ALL_CELLS_SECONDS = 180
TOAST = ".jp-toast, .Toastify__toast"  # the boxes in which JupyterLab complains


SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # other tabs keep their notebooks in the page
IDLE = f'{SHOWN} .jp-Notebook-ExecutionIndicator[data-status="idle"]'


def tab(path):
    """The tab that shows the file of that path: its title names it once the file is loaded."""
    return f'#jp-main-dock-panel .lm-TabBar-tab[title*="Path: {path}"]'


def open_from_map(page, path, link):
    """Click a link of the map and wait until a tab shows the file of that path, before all others."""
    page.locator(link).first.click()
    page.wait_for_selector(f"{tab(path)}.lm-mod-current")
    page.wait_for_selector(SHOWN)


def open_copy(page, name):
    open_from_map(page, f"my-work/{name}.ipynb", f'{MAP} a[href*="{name}.ipynb"]')
    page.wait_for_selector(IDLE)


@pytest.fixture(scope="module")
def lab_page(new_page):
    """JupyterLab as it opens. It takes seconds to load, so that all tests look at the same page, as a learner does."""
    page = new_page()
    page.goto(page.address(""))
    page.opened_at = page.url
    page.wait_for_selector(f"{MAP} table")
    return page


@pytest.fixture
def on_map(lab_page):
    """JupyterLab with the map before whatever other tests opened."""
    lab_page.locator(tab("my-work/index.md")).click()
    lab_page.wait_for_selector(f"{MAP} table")
    return lab_page


def test_jupyterlab_opens_on_the_rendered_map(on_map):
    assert re.search(r"/lab/tree/my-work/index\.md(\?|$)", on_map.opened_at)
    assert on_map.inner_text(f"{MAP} h1").startswith("Image classification and NLP")
    assert on_map.locator(f"{MAP} table tbody tr").count() == len(NOTEBOOKS)


def test_nothing_asks_to_fetch_news(on_map):
    on_map.wait_for_timeout(1000)
    assert "official Jupyter news" not in on_map.content()


# The kernel is the same for all; each notebook's own way from the map to its copy is the next test's.
@pytest.mark.parametrize("name", [NOTEBOOKS[0], NOTEBOOKS[-1]])
def test_a_link_of_the_map_opens_the_learners_copy_and_its_kernel_starts(on_map, name):
    open_copy(on_map, name)
    assert on_map.locator(f"{SHOWN} .jp-Cell").count() > 0
    assert on_map.locator(f"{SHOWN} .jp-OutputArea-output").count() == 0


def test_every_link_of_the_map_names_a_copy_that_the_server_opens_with_that_kernel(on_map):
    """Where a link leads is seen in its address, once JupyterLab has resolved it."""
    rows = f"[...document.querySelectorAll('{MAP} table tbody tr')].map(row => [...row.querySelectorAll('a')].map("
    resolved = f"{rows}one => decodeURIComponent(new URL(one.href).pathname)))"
    on_map.wait_for_function(f"{resolved}.flat().every(one => one.startsWith('/files/'))")
    found = on_map.evaluate(resolved)
    copies = [f"my-work/{name}.ipynb" for name in NOTEBOOKS]
    assert found == [[f"/files/{one}", f"/files/{one.replace('my-work', 'notebooks')}"] for one in copies]
    for path in copies:
        content = on_map.request.get(on_map.address(f"api/contents/{path}")).json()["content"]
        assert content["metadata"]["kernelspec"]["name"] == "python3"
        assert not any(cell.get("outputs") for cell in content["cells"]), path


def test_a_term_of_a_notebook_leads_to_its_place_in_the_glossary(on_map, workshop):
    (workshop / "docs").mkdir()
    shutil.copy(ROOT / "docs/glossary.md", workshop / "docs/glossary.md")
    open_copy(on_map, "00-convolutions")
    on_map.locator(f'{SHOWN} a[href*="glossary.md"]', has_text="receptive field").click()
    on_map.wait_for_function(
        "[...document.querySelectorAll('.jp-MarkdownViewer h3')].some(one => one.textContent.startsWith('Receptive field')"
        " && one.offsetParent && one.getBoundingClientRect().top < 400)"
    )


def pictures(name):
    """How many pictures the committed notebook shows."""
    cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return sum("".join(data.get("text/html", "")).count("<img ") or "image/png" in data for data in outputs)


# What JupyterLab makes of a figure is the same for all; that each has its text is a contract test's to say.
@pytest.mark.parametrize("name", sorted(NOTEBOOKS, key=pictures)[-2:])
def test_the_original_is_a_click_away_and_each_of_its_figures_has_alt_text(on_map, name):
    expected = pictures(name)
    assert expected > 0, f"{name} is committed without its figures. Run: make notebooks"
    link = f'{MAP} tr:has(a[href*="{name}.ipynb"]) a:has-text("open")'
    open_from_map(on_map, f"notebooks/{name}.ipynb", link)
    shown = f"{SHOWN} .jp-OutputArea-output img"
    on_map.wait_for_function(f"document.querySelectorAll('{shown}').length >= {expected}")
    described = on_map.locator(shown).evaluate_all("all => all.map(one => one.getAttribute('alt'))")
    described = [(alt or "").strip() for alt in described]
    assert all(len(re.findall(r"\w+", text)) >= 4 for text in described), described


def run_all_cells(page):
    """Choose Run All Cells, and again where a busy page lost the click: then no cell waits or runs."""
    from playwright.sync_api import TimeoutError as TooLate

    prompts = f"[...document.querySelectorAll('{SHOWN} .jp-InputPrompt')]"
    begun = f"() => {prompts}.some(one => /\\[(\\*|\\d+)\\]/.test(one.textContent))"
    for last in (False, True):
        page.locator(".lm-MenuBar-item", has_text="Run").click()
        page.locator(".lm-Menu-item", has_text=re.compile("^Run All Cells$")).click()
        try:
            page.wait_for_function(begun, timeout=60_000, polling=500)
            return
        except TooLate:
            if last:
                raise


def test_run_all_cells_of_notebook_01_shows_its_figures_and_no_complaint(on_map):
    """What the first minutes of the workshop look like: open, Run All Cells, wait, look."""
    page = on_map
    open_copy(page, "01-eda")
    assert page.locator(f"{SHOWN} .jp-OutputArea-output").count() == 0
    run_all_cells(page)

    # The first cell is folded and shows no number; one that waits or runs shows [ ] or [*].
    page.wait_for_function(
        f"() => {{ const prompts = [...document.querySelectorAll('{SHOWN} .jp-CodeCell .jp-InputPrompt')].slice(1);"
        " return prompts.length > 0 && prompts.every(one => /\\[\\d+\\]/.test(one.textContent)) }",
        timeout=ALL_CELLS_SECONDS * 1000,
        polling=500,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    images = page.locator(f"{SHOWN} .jp-OutputArea-output img")
    images.first.scroll_into_view_if_needed()
    page.screenshot(path=SCREENSHOTS / "01-eda-first-figure.png")
    page.locator(f"{SHOWN} .jp-CodeCell").last.scroll_into_view_if_needed()
    page.screenshot(path=SCREENSHOTS / "01-eda-results.png")

    assert images.count() == pictures("01-eda")
    drawn = images.evaluate_all("images => images.map(one => one.complete && one.naturalWidth > 50)")
    assert all(drawn), "a figure is broken"
    output = SHOWN + ' .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{}"]'
    errors = page.locator(f"{output.format('error')}, {output.format('stderr')}")
    assert errors.all_inner_texts() == [], "a cell failed, or wrote to stderr"
    assert page.locator(TOAST).all_inner_texts() == []
    assert "exercises solved: 0 of" in page.locator(f"{SHOWN} .jp-CodeCell").last.inner_text()
