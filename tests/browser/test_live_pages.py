"""Live pages in a browser: equal to Keras, without a network, by keyboard, on a telephone, and readable in the dark."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from test_site_shown import CONTRAST

expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("onnx", reason='python -m pip install "course-utils[serve]"')
from course_utils.datasets import FRUIT_CLASSES, load_fruits  # noqa: E402
from course_utils.further.serving import nets, pages  # noqa: E402
from course_utils.further.serving.pictures import picture_of  # noqa: E402
from course_utils.further.serving.steps import plan_of  # noqa: E402
from course_utils.text import ALPHABET, Vocabulary, character_ids, crepe, readable  # noqa: E402
from course_utils.workshop.slides import browser as slide_browser  # noqa: E402

NAMES = list(pages.TITLES)
TYPING_BAR = 30  # milliseconds per keystroke; tests assert hang limits of three times a bar
VOCABULARY = ["", "[UNK]", *"the soup was cold and waiter never came back film very good not bad".split()]
LENGTH = 40


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """All pages with untrained nets, and these nets with inputs and what Keras says to them."""
    import keras

    keras.utils.set_random_seed(1)
    folder = tmp_path_factory.mktemp("pages")
    random = np.random.default_rng(0)
    text = {"kind": "text", "length": LENGTH, "vocabulary": VOCABULARY}
    review = nets.build_review_cnn(len(VOCABULARY), LENGTH, 3)
    letters = {
        "kind": "characters",
        "alphabet": ALPHABET,
        "length": 150,
        "backwards": True,
        "words": VOCABULARY[2:],
    }
    digit, fruit = nets.build_digit_cnn(), nets.build_fruit_cnn()
    found = {
        "review": (review, {"category": ["film", "meal", "book"], "sentiment": ["positive"]}, text,
                   random.integers(0, len(VOCABULARY), (50, LENGTH)).astype(np.int32)),
        "digit": (digit, {"digit": list("0123456789")}, {"kind": "numbers"},
                  random.random((50, 8, 8, 1), dtype=np.float32)),
        "fruit": (fruit, {"fruit": list(FRUIT_CLASSES)}, {"kind": "picture", "size": 32},
                  random.integers(0, 256, (10, 32, 32, 3)).astype(np.float32)),
        "characters": (crepe(3, 16, 16, 150, 0.9), {"category": ["film", "meal", "book"]}, letters,
                       random.integers(0, len(ALPHABET) + 1, (50, 150)).astype(np.uint8)),
    }  # fmt: skip
    answers = {}
    for name, (model, labels, preprocessing, x) in found.items():
        path = pages.write_page(name, plan_of(model), labels, preprocessing, folder)
        y = model.predict_on_batch(x)
        answers[name] = path, x, [np.asarray(one) for one in (y if isinstance(y, list) else [y])]
    return answers


@pytest.fixture
def opened(browser, made):
    """Opens a page by its name, without a network; checks at the end that it asked for nothing and complained of nothing."""
    asked, errors, contexts = [], [], []

    def open_page(name, **options):
        context, asking = slide_browser.offline_context(browser, **options)
        contexts.append((context, asking))
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.goto(made[name][0].as_uri())
        return page

    yield open_page
    for context, asking in contexts:
        asked += asking
        context.close()
    assert asked == [] and errors == []


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_keras_says(opened, made, name):
    _, x, expected = made[name]
    page = opened(name)
    rows = page.evaluate(
        "xs => xs.map(x => Object.values(course.outputs(net, course.run(net, x))).map(y => Array.from(y)))",
        [one.ravel().tolist() for one in x],
    )
    for number, y in enumerate(expected):
        assert np.abs(np.array([row[number] for row in rows]) - y).max() < 1e-5


def test_typing_changes_bars_and_words_and_is_quick(opened, made):
    page = opened("review")
    box = page.get_by_label("Your review")
    box.fill("")
    assert "Type a few words" in page.get_by_role("status").inner_text()
    box.press_sequentially("The soup was very good, not bad")
    assert page.locator("#category tr").count() == 3 and page.locator("#category tr.best").count() == 1
    shares = [int(one.split()[0]) for one in page.locator("#category td.share").all_inner_texts()]
    assert 99 <= sum(shares) <= 101
    assert page.locator("#read span").all_inner_texts() == "The soup was very good not bad".split()
    assert page.locator("#carried").inner_text().startswith("Strongest: ")
    expect(page.locator("#said")).to_contain_text("Unknown words: 0 of 7")
    milliseconds = page.evaluate(
        """() => { const text = document.getElementById('text'); const start = performance.now();
        for (let i = 0; i < 20; i++) { text.value += 'x'; text.dispatchEvent(new Event('input')); }
        return (performance.now() - start) / 20; }"""
    )
    assert milliseconds < 3 * TYPING_BAR


def test_the_page_reads_the_same_words_as_the_vocabulary(opened):
    texts = ["The soup was cold!", "NOT bad, never_came back; the the the", "good " * 60]
    page = opened("review")
    found = page.evaluate(
        "texts => texts.map(one => Array.from(course.encode(one, numberOf, net.length).ids))", texts
    )
    np.testing.assert_array_equal(found, Vocabulary(VOCABULARY).encode_all(texts, LENGTH, cut="front"))


def test_a_text_in_another_script_gets_a_warning_and_no_error(opened):
    page = opened("review")
    page.get_by_label("Your review").fill("हिन्दी में एक समीक्षा <b>x</b> 👍🏽")
    expect(page.locator("#said")).to_contain_text("means nothing")


def test_letters_are_read_at_each_key_and_slips_can_be_made_and_taken_back(opened):
    page = opened("characters")
    box = page.get_by_label("Your text")
    box.fill("")
    assert "Type a few words" in page.get_by_role("status").inner_text()
    assert page.locator("#letters").inner_text() == ""
    box.press_sequentially("The waiter  was é ")
    assert page.locator("#letters").inner_text() == "the·waiter·was··"
    assert (
        page.locator("#known").inner_text().endswith("14 words in its training texts lacks 1 of your 4: é.")
    )
    assert page.locator("#category tr").count() == 3 and page.locator("#category tr.best").count() == 1
    shares = page.locator("#category td.share").all_inner_texts()
    assert 99 <= sum(int(one.split()[0]) for one in shares) <= 101
    expect(page.locator("#said")).to_contain_text("%")
    back = page.get_by_role("button", name="Take the slips back")
    assert back.count() == 0
    page.get_by_role("button", name="Misspell each long word").click()
    assert box.input_value() != "The waiter  was é " and box.input_value().startswith("The w")
    expect(page.locator("#said")).to_contain_text("Before the slips: ")
    assert "lacks 2 of your 4: " in page.locator("#known").inner_text()
    back.click()
    assert box.input_value() == "The waiter  was é " and back.count() == 0
    assert page.locator("#category td.share").all_inner_texts() == shares
    box.fill("हिन्दी में एक समीक्षा b")
    expect(page.locator("#said")).to_contain_text("means nothing")
    milliseconds = page.evaluate(
        """() => { const text = document.getElementById('text'); const start = performance.now();
        for (let i = 0; i < 20; i++) { text.value += 'x'; text.dispatchEvent(new Event('input')); }
        return (performance.now() - start) / 20; }"""
    )
    assert milliseconds < 3 * TYPING_BAR


def test_the_page_numbers_and_shows_characters_as_python_does(opened):
    texts = ["The SOUP was “cold” — 2 stars!", "caf\u00e9 cafe\u0301 👍🏽 İK", "good " * 60]
    page = opened("characters")
    found = page.evaluate(
        "texts => texts.map(one => [Array.from(encoded(one).ids), readable(encoded(one))])", texts
    )
    ids = character_ids(texts, 150)
    np.testing.assert_array_equal([one for one, _ in found], ids)
    for text, (_, seen), row in zip(texts, found, ids, strict=True):
        assert seen == readable(row[: len(text)])


def test_a_digit_can_be_drawn_with_the_mouse(opened):
    page = opened("digit")
    expect(page.locator("#said")).to_contain_text("empty")
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 160, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 280, steps=8)
    page.mouse.up()
    # A line of one block's width, in the middle: half of it lies in each of two columns.
    assert page.evaluate("Math.max(...blocks())") >= 0.5 and page.evaluate("ink.reduce((a, b) => a + b)") > 40
    assert page.locator("#maps canvas").count() == 3
    labels = [one.get_attribute("aria-label") for one in page.locator("#maps canvas").all()]
    assert all("is the brightest" in label for label in labels)
    expect(page.locator("#said")).not_to_contain_text("empty")
    page.get_by_role("button", name="Clear").click()
    assert page.evaluate("Math.max(...ink)") == 0


def test_a_second_finger_and_the_right_button_draw_nothing(opened):
    page = opened("digit")
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down(button="right")
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    page.mouse.up(button="right")
    where = {"clientX": box["x"] + 60, "clientY": box["y"] + 60, "pointerId": 7, "isPrimary": False}
    page.dispatch_event("#pad", "pointerdown", where)
    assert page.evaluate("ink.every(one => !one)")
    assert (
        page.get_by_role("application", name="Drawing pad").count() == 1
    )  # its arrow keys are not the reader's


def test_a_digit_can_be_drawn_with_the_keyboard_and_is_heard(opened):
    page = opened("digit")
    page.locator("#pad").focus()
    for _ in range(4):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    assert page.locator("#place").inner_text() == "Row 8, column 4, empty"
    page.get_by_label("Scale my drawing").uncheck()
    blocks = np.reshape(page.evaluate("Array.from(blocks())"), (8, 8))
    assert blocks[3:7, 3].tolist() == [1, 1, 1, 1] and blocks.sum() == 4
    page.get_by_label("Scale my drawing").check()
    scaled = np.reshape(page.evaluate("Array.from(blocks())"), (8, 8))
    assert (scaled.max(axis=1) == 1).all()
    page.locator("#pad").focus()
    page.keyboard.press("Delete")
    assert page.evaluate("Math.max(...ink)") == 0


@pytest.fixture
def picture(tmp_path):
    """A picture that is wider than high, as a file."""
    x, _ = load_fruits("studio").images("Test", 100)
    whole = Image.new("RGB", (160, 100), "navy")
    whole.paste(Image.fromarray(x[0].astype(np.uint8)), (30, 0))
    whole.save(path := tmp_path / "fruit.png")
    return path


def test_a_picture_from_a_file_is_prepared_as_the_service_prepares_it(opened, picture):
    page = opened("fruit")
    expect(page.locator("#said")).to_have_text("Choose a picture.")
    page.get_by_label("A picture").set_input_files(picture)
    expect(page.locator("#said")).to_contain_text("%")
    assert page.locator("#answer tr").count() == 5 and page.locator("#answer tr.best").count() == 1
    seen = page.evaluate("Array.from(at('seen').getContext('2d').getImageData(0, 0, 32, 32).data)")
    ours = picture_of(picture.read_bytes(), 32)
    difference = np.abs(np.reshape(seen, (32, 32, 4))[..., :3] - ours.astype(float))
    assert difference.mean() < 6 and (np.reshape(seen, (32, 32, 4))[0, :, :3] == 255).all()
    shares = [int(one.split()[0]) for one in page.locator("#answer td.share").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)


def test_what_is_no_picture_and_no_camera_is_told_in_a_sentence(opened, tmp_path):
    page = opened("fruit")
    (tmp_path / "no.png").write_text("no picture")
    page.get_by_label("A picture").set_input_files(tmp_path / "no.png")
    expect(page.locator("#said")).to_contain_text("no picture that a browser can read")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("#said")).to_contain_text("no camera here")


@pytest.mark.parametrize("name", NAMES)
def test_each_control_is_reached_by_tab_and_has_a_name(opened, name):
    page = opened(name)
    seen = []
    order = {
        "digit": ["pad", "clear", "fit"],
        "review": ["text"],
        "fruit": ["file", "camera"],
        "characters": ["text", "misspell"],
    }[name]
    for _ in order:
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id"))
    assert seen == order
    named = page.evaluate(
        """() => [...document.querySelectorAll('textarea, button, input, canvas, table')].every(one =>
        one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.labels?.length || one.textContent.trim())"""
    )
    assert named


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_a_telephone_and_is_readable_in_light_and_dark(opened, name, picture):
    page = opened(name)
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = page.evaluate(
        "[...document.querySelectorAll('button:not([hidden]), label.tick, input[type=file]')].map(one => one.getBoundingClientRect().height)"
    )
    assert all(height >= 44 for height in heights)
    if name == "digit":  # two lines of eight maps where sixteen in a line would be specks
        assert page.evaluate("document.querySelector('#maps canvas').getBoundingClientRect().width / 8") > 30
    if name == "fruit":
        page.get_by_label("A picture").set_input_files(picture)
        expect(page.locator("#said")).to_contain_text("%")
        heights = page.evaluate("[...document.querySelectorAll('#answer tr')].map(one => one.clientHeight)")
        assert max(heights) < 40, "a share and its % stand on one line"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(CONTRAST)
        assert found["texts"] > 5 and found["found"] == [], json.dumps(found)
