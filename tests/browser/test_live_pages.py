"""Live pages in a browser: equal to Keras, without a network, by keyboard, on a telephone, and readable in the dark."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from test_site_shown import CONTRAST

expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("onnx", reason='python -m pip install "course-utils[serve]"')
from course_utils.datasets import FRUIT_CLASSES, load_fruits, load_tables  # noqa: E402
from course_utils.further.detection import detect, frame_detector, watch  # noqa: E402
from course_utils.further.detection.scoring import SIDES  # noqa: E402
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
    """All pages with untrained nets and the course's detector, and these nets with inputs and what Keras says to them."""
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
    detector = nets.trained("detector")
    found = {
        "review": (review, {"category": ["film", "meal", "book"], "sentiment": ["positive"]}, text,
                   random.integers(0, len(VOCABULARY), (50, LENGTH)).astype(np.int32)),
        "digit": (digit, {"digit": list("0123456789")}, {"kind": "numbers"},
                  random.random((50, 8, 8, 1), dtype=np.float32)),
        "fruit": (fruit, {"fruit": list(FRUIT_CLASSES)}, {"kind": "picture", "size": 32},
                  random.integers(0, 256, (10, 32, 32, 3)).astype(np.float32)),
        "characters": (crepe(3, 16, 16, 150, 0.9), {"category": ["film", "meal", "book"]}, letters,
                       random.integers(0, len(ALPHABET) + 1, (50, 150)).astype(np.uint8)),
        "detector": (detector.model, detector.labels, detector.preprocessing, detector.scenes("Test", 5)),
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
        "([xs, shape]) => xs.map(x => Object.values(course.outputs(net, course.run(net, x, shape))).map(y => Array.from(y)))",
        [[one.ravel().tolist() for one in x], list(x.shape[1:])],
    )
    for number, y in enumerate(
        expected
    ):  # probabilities, or the detector's logits and distances, which go beyond 1
        found = np.reshape([row[number] for row in rows], y.shape)
        assert np.abs(found - y).max() < 1e-5 * max(1, np.abs(y).max())


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


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A test scene as a file of 300 x 225 points, and its pixels."""
    tables = load_tables()
    (scene,) = tables.read([one for one in tables.scenes("Test")["path"] if str(one).endswith("u0027.jpg")])
    scene = Image.fromarray(scene).crop((0, 8, 128, 104))
    scene.resize((300, 225)).save(path := tmp_path_factory.mktemp("table") / "table.png")
    return path, np.asarray(Image.open(path))


def test_a_picture_of_a_table_gets_the_boxes_that_python_finds(opened, table):
    path, pixels = table
    expected = detect(nets.trained("detector").model, pixels, nets.THRESHOLD, nets.SCENE_SIZE)
    assert len(expected) >= 3
    page = opened("detector")
    expect(page.locator("#said")).to_have_text("Choose a picture.")
    page.get_by_label("A picture").set_input_files(path)
    expect(page.locator("#said")).to_contain_text(f"Found {len(expected)}: ")
    found = page.evaluate("boxes.map(one => ({...one, kind: kinds[one.kind]}))")
    assert [one["kind"] for one in found] == list(expected["kind"])
    np.testing.assert_allclose([one["box"] for one in found], expected[SIDES], atol=0.05)
    np.testing.assert_allclose([one["score"] for one in found], expected["score"], atol=0.001)
    rows = [row.split("\t") for row in page.locator("#answer tr").all_inner_texts()]
    for number, (row, name, score) in enumerate(
        zip(rows, expected["kind"], expected["score"], strict=True), 1
    ):
        assert row[0] == f"{number} {name}" and row[2] == f"{score * 100:.0f} %"
    heard = page.locator("#shown").get_attribute("aria-label")
    assert heard.startswith(
        f"The picture with {len(expected)} boxes: 1 {expected['kind'][0]}, {rows[0][1]}; 2 "
    )
    assert "enough for " in page.locator("#took").inner_text()


def test_boxes_are_drawn_where_they_are_told(opened, table):
    page = opened("detector")
    page.get_by_label("A picture").set_input_files(table[0])
    expect(page.locator("#said")).to_contain_text("Found")
    edges = page.evaluate(
        """() => { const canvas = at('shown'), context = canvas.getContext('2d'), zoom = canvas.width / frame.width;
        return boxes.map(({box}) => [...context.getImageData(
          Math.round((box[0] + box[2]) / 2 * zoom), Math.min(canvas.height - 1, Math.round(box[3] * zoom)), 1, 1).data]); }"""
    )
    # The middle of a box's lower side has the colour of the line, but for what lies between two points.
    assert len(edges) >= 3 and np.abs(np.array(edges)[:, :3] - [0, 0x59, 0x8C]).max() < 64, edges


def test_a_higher_least_score_leaves_the_surest_boxes(opened, table):
    page = opened("detector")
    page.get_by_label("A picture").set_input_files(table[0])
    expect(page.locator("#said")).to_contain_text("Found")
    scores = page.evaluate("boxes.map(one => one.score)")
    page.get_by_label("Least score").fill("90")
    assert page.evaluate("boxes.map(one => one.score)") == [one for one in scores if one >= 0.9] != scores
    page.get_by_label("Least score").press("End")
    expect(page.locator("#said")).to_have_text("Nothing found with a score of 95 % or more.")
    assert page.get_by_label("Least score").get_attribute("aria-valuetext") == "95 %"


def test_a_picture_can_be_dropped_on_the_page(opened, table):
    page = opened("detector")
    page.evaluate(
        """async bytes => { const moved = new DataTransfer();
        moved.items.add(new File([Uint8Array.from(bytes)], 'table.png', {type: 'image/png'}));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: moved, bubbles: true, cancelable: true})); }""",
        list(table[0].read_bytes()),
    )
    expect(page.locator("#said")).to_contain_text("Found")


# A camera for a page: a canvas that shows a picture again and again.
CAMERA = """async bytes => {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
  const canvas = Object.assign(document.createElement('canvas'), {width: picture.width, height: picture.height});
  const show = () => canvas.getContext('2d').drawImage(picture, 0, 0);
  show();
  setInterval(show, 50);
  navigator.mediaDevices.getUserMedia = async () => window.stream = canvas.captureStream(20);
}"""


def test_with_a_camera_it_looks_again_and_again_and_says_how_often(opened, table):
    page = opened("detector")
    page.evaluate(CAMERA, list(table[0].read_bytes()))
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("#said")).to_contain_text("Found", timeout=30_000)
    for _ in range(300):
        if page.evaluate("times.length") > 3:
            break
        page.wait_for_timeout(200)
    told = page.locator("#took").inner_text()
    assert "frames a second" in told and "enough for" not in told
    rate = page.evaluate("1000 * (times.length - 1) / (times.at(-1) - times[0])")
    assert rate > 0
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_role("button", name="Use the camera")).to_be_visible()
    assert page.evaluate("[camera, stream.active]") == [None, False]


def test_while_the_camera_runs_a_screen_reader_hears_the_fruit(opened, table):
    page = opened("fruit")
    page.evaluate(CAMERA, list(table[0].read_bytes()))
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("#said")).to_contain_text("%", timeout=30_000)
    page.evaluate("at('said').textContent = ''")
    expect(page.locator("#said")).to_contain_text("%", timeout=30_000)


@pytest.fixture(scope="module")
def pan(table):
    """A look along a table from left to right: seventeen frames (17, 192, 256, 3)."""
    whole = np.asarray(Image.open(table[0]).resize((384, 288)))[40:232]
    return np.stack([whole[:, left : left + 256] for left in range(0, 129, 8)])


# Shows the frames to the page one by one, as if they came from a camera.
FRAMES = """async ([whole, width, lefts]) => {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(whole)]));
  const canvas = Object.assign(document.createElement('canvas'), {width, height: picture.height});
  camera = {getTracks: () => []};
  for (const left of lefts) {
    canvas.getContext('2d').drawImage(picture, -left, 0);
    answer(canvas, canvas.width, canvas.height);
  }
}"""


@pytest.fixture(scope="module")
def panned(table, tmp_path_factory):
    whole = Image.fromarray(np.asarray(Image.open(table[0]).resize((384, 288)))[40:232])
    whole.save(path := tmp_path_factory.mktemp("pan") / "pan.png")
    return [list(path.read_bytes()), 256, list(range(0, 129, 8))]


@pytest.mark.parametrize("level", [False, True])
def test_it_counts_over_the_line_as_python_does(opened, pan, panned, level):
    detector = nets.trained("detector").model
    look = frame_detector(detector, nets.SCENE_SIZE, nets.THRESHOLD)
    line = ((0, 96), (256, 96)) if level else ((128, 0), (128, 192))
    watched = watch(pan, look, line, detector.kinds, high=nets.THRESHOLD)
    page = opened("detector")
    page.get_by_label("Count what crosses a line").check()
    page.get_by_label("Level line").set_checked(level)
    page.evaluate(FRAMES, panned)
    rows = [row.split("\t") for row in page.locator("#counts tr").all_inner_texts()]
    ways = page.locator("#counted thead th").all_inner_texts()[1:]
    found = {(row[0], way): int(count) for row in rows for way, count in zip(ways, row[1:], strict=True)}
    crossed = watched.crossings.groupby(["kind", "direction"]).size().to_dict()
    assert {key: count for key, count in found.items() if count} == crossed and bool(crossed) != level
    last = watched.tracks[watched.tracks["frame"] == len(pan) - 1]
    assert page.evaluate("boxes.map(one => one.id)") == last["id"].tolist()
    expected = "Nothing has crossed" if level else " crossed the line: "
    expect(page.locator("#said")).to_contain_text(expected)
    page.get_by_label("Place of the line").press("ArrowRight")  # another line, another count
    assert page.locator("#counted").is_hidden()


# A film of the same frames, as a browser records it.
FILM = """async ([whole, width, lefts]) => {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(whole)]));
  const canvas = Object.assign(document.createElement('canvas'), {width, height: picture.height});
  const recorder = new MediaRecorder(canvas.captureStream(12), {mimeType: 'video/webm'}), parts = [];
  recorder.ondataavailable = event => parts.push(event.data);
  const ended = new Promise(done => { recorder.onstop = done; });
  recorder.start();
  for (const left of lefts) {
    canvas.getContext('2d').drawImage(picture, -left, 0);
    await new Promise(done => setTimeout(done, 100));
  }
  recorder.stop();
  await ended;
  window.looked = [];
  const before = answer;
  answer = (source, ...size) => { looked.push(source.currentTime); before(source, ...size); };
  await look(new File(parts, 'pan.webm', {type: 'video/webm'}));
}"""


def test_a_film_is_looked_at_twelve_times_a_second_to_its_end(opened, panned):
    page = opened("detector")
    page.set_default_timeout(120_000)
    page.get_by_label("Count what crosses a line").check()
    page.evaluate(FILM, panned)
    looked = page.evaluate("looked")
    assert len(looked) > 10 and np.allclose(np.diff(looked), 1 / 12, atol=0.01)
    assert (
        page.get_by_role("button", name="Use the camera").is_visible()
        and page.locator("#counted").is_visible()
    )
    assert page.evaluate("boxes.length") > 0


def test_what_is_no_film_is_told_in_a_sentence(opened, tmp_path):
    page = opened("detector")
    (tmp_path / "no.webm").write_text("no film")
    page.get_by_label("A picture or a film").set_input_files(tmp_path / "no.webm")
    expect(page.locator("#said")).to_contain_text("no picture and no film that a browser can read")
    assert page.get_by_role("button", name="Use the camera").is_visible()


@pytest.mark.parametrize("name", ["fruit", "detector"])
def test_what_is_no_picture_and_no_camera_is_told_in_a_sentence(opened, tmp_path, name):
    page = opened(name)
    (tmp_path / "no.png").write_text("no picture")
    page.get_by_label("A picture").set_input_files(tmp_path / "no.png")
    words = {
        "fruit": "no picture that a browser can read",
        "detector": "no picture and no film that a browser can read",
    }
    expect(page.locator("#said")).to_contain_text(words[name])
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
        "detector": ["file", "camera", "least", "count", "level", "place"],
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
def test_it_fits_a_telephone_and_is_readable_in_light_and_dark(opened, name, picture, table):
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
    if name in ("fruit", "detector"):
        page.get_by_label("A picture").set_input_files(picture if name == "fruit" else table[0])
        expect(page.locator("#said")).to_contain_text("%" if name == "fruit" else "Found")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        heights = page.evaluate("[...document.querySelectorAll('#answer tr')].map(one => one.clientHeight)")
        assert max(heights) < 40, "a share and its % stand on one line"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(CONTRAST)
        assert found["texts"] > 5 and found["found"] == [], json.dumps(found)
