"""Live pages hold their net, load nothing, and compute in JavaScript what ONNX Runtime computes."""

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
from serving_support import CATEGORIES, FRUITS, VOCABULARY, detector_plan, fruit_plan, nets, review_plan  # noqa: E402

from course_utils.datasets import load_reviews, load_road  # noqa: E402
from course_utils.further.detection import count_crossings, detect, follow  # noqa: E402
from course_utils.further.detection.centres import boxes_from, fitted  # noqa: E402
from course_utils.further.detection.scoring import SIDES  # noqa: E402
from course_utils.further.serving import ServingError, load, pages  # noqa: E402
from course_utils.text import words  # noqa: E402

LABELS = {"category": CATEGORIES, "sentiment": ["positive"]}
TEXT = {"kind": "text", "length": 12, "vocabulary": VOCABULARY}
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no Node.js; tests/browser runs the same in Chromium"
)


def in_node(program, *others):
    """What a program that ends with an expression in `answer` says, with the forward pass of the pages before it."""
    before = "\n".join((pages.HERE / name).read_text(encoding="utf-8") for name in ("forward.js", *others))
    source = f"{before}\n{program}\nconsole.log(JSON.stringify(answer));"
    done = subprocess.run(
        ["node", "-"], input=source, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return json.loads(done.stdout)


def test_all_weights_are_in_the_description_once():
    plan = review_plan()
    found = pages.described(plan, LABELS, TEXT)
    numbers = np.frombuffer(base64.b64decode(found["numbers"]), "<f4")
    assert numbers.size == plan.count()
    kernel = plan.steps[1].weights["kernel"]
    where = found["steps"][1]["weights"]["kernel"]
    np.testing.assert_array_equal(numbers[where["at"] :][: kernel.size].reshape(where["shape"]), kernel)


def test_a_page_is_one_file_that_may_load_nothing(tmp_path):
    path = pages.write_page("review", review_plan(), LABELS, TEXT, tmp_path)
    page = path.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["review.html"]
    assert "default-src 'none'" in page and '<html lang="en">' in page
    assert not re.search(r"(?:https?:)?//[a-z]|\bsrc=|@import|url\(", re.sub(r"//.*", "", page))
    assert page.count("<label") >= 1 and 'role="status"' in page and "width=device-width" in page


def test_labels_and_words_cannot_break_out_of_the_page():
    evil = "</script><script>alert(1)</script>"
    page = pages.page_of("review", review_plan(), {"category": [evil, "b"], "sentiment": [evil]}, TEXT)
    assert evil not in page and page.count("</script>") == 2


def test_an_unknown_page_is_named_with_those_there_are():
    with pytest.raises(ServingError, match="course page review"):
        pages.page_of("weather", fruit_plan(), {"fruit": FRUITS}, {})


@needs_node
@pytest.mark.parametrize("name", ["fruit", "review"])
def test_javascript_computes_what_onnx_runtime_computes(tmp_path, name):
    random = np.random.default_rng(1)
    plan, x = {
        "fruit": (fruit_plan(), random.integers(0, 256, (20, 16, 16, 3)).astype(np.float32)),
        "review": (review_plan(), random.integers(0, 10, (20, 12)).astype(np.int32)),
    }[name]
    net = load(nets(tmp_path) / f"{name}.onnx")
    found = pages.described(plan, net.contract.labels, net.contract.preprocessing)
    rows = in_node(
        f"const net = course.load({json.dumps(found)}); const answer = {json.dumps([one.ravel().tolist() for one in x])}"
        ".map(one => Object.values(course.outputs(net, course.run(net, one))).map(y => Array.from(y)));"
    )
    for number, expected in enumerate(net.predict(x)):
        assert np.abs(np.array([row[number] for row in rows]) - expected).max() < 1e-5


@needs_node
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (3, 1), (1, 2)])
def test_strides_dilations_and_paddings_are_those_of_onnx(tmp_path, padding, stride, dilation):
    from serving_support import written

    from course_utils.further.serving import Contract
    from course_utils.further.serving.steps import Plan, Step

    random = np.random.default_rng(2)
    how = {"strides": [stride] * 2, "dilation": [dilation] * 2, "padding": padding}
    pool = {"size": [2, 2], "strides": [2, 2], "padding": "same"}
    kernel = random.normal(size=(3, 3, 2, 3)).astype(np.float32)
    steps = (
        Step("conv2d", "c", ("input",), "c", (None, None, None, 3), how, {"kernel": kernel}),
        Step("avgpool2d", "p", ("c",), "p", (None, None, None, 3), pool),
        Step("tanh", "t", ("p",), "t", (None, None, None, 3)),
    )
    plan = Plan((("input", (None, 9, 11, 2), "float32"),), steps, (("t", (None, None, None, 3)),))
    path = written(tmp_path, plan, Contract("c", "c", {"y": list("abc")}, {"kind": "numbers"}))
    x = random.normal(size=(9, 11, 2)).astype(np.float32)
    found = pages.described(plan, {"y": list("abc")}, {})
    answer = in_node(
        f"const net = course.load({json.dumps(found)}), out = course.run(net, {json.dumps(x.ravel().tolist())}).t;"
        "const answer = [out.shape, Array.from(out.data)];"
    )
    (expected,) = load(path).predict(x[None])
    assert answer[0] == list(expected.shape[1:])
    assert np.abs(np.reshape(answer[1], answer[0]) - expected[0]).max() < 1e-5


@needs_node
def test_javascript_cuts_texts_into_the_same_words():
    texts = [
        "Not bad! Don’t you think?", "café CAFÉ naïve O'Clock's x_y 3,5 :-) <3", "👍🏽 great 🇩🇪 ✂️ 1️⃣ ！Straße ΣΑΣ İstanbul",
        "हिन्दी नमस्ते می‌خواهم soft\u00adhyphen", "a'b 'c' d' 'tis rock'n'roll l’été", "", "...", "👨‍👩‍👧 ok؟",
        *load_reviews("bundled").test["text"].head(200),
    ]  # fmt: skip
    found = in_node(
        f"const answer = {json.dumps(texts)}.map(one => course.wordsOf(one).map(word => word.word));"
    )
    assert found == [words(text) for text in texts]


@needs_node
def test_javascript_numbers_the_last_words_as_the_vocabulary_does():
    from course_utils.text import Vocabulary

    texts = ["good film", "The very good, the bad and the ugly: not a film for me, not at all!", "soup " * 30]
    found = in_node(
        f"const numberOf = new Map({json.dumps(VOCABULARY)}.map((word, number) => [word, number]));"
        f"const answer = {json.dumps(texts)}.map(one => Array.from(course.encode(one, numberOf, 12).ids));"
    )
    np.testing.assert_array_equal(found, Vocabulary(VOCABULARY).encode_all(texts, 12, cut="front"))


# ------------------------------------------------------------------------------------------ the page that finds boxes


def as_image(picture):
    """A picture (H, W, 3) as a page gets it from a canvas: four bytes a point."""
    height, width = picture.shape[:2]
    points = np.concatenate([picture, np.full((height, width, 1), 255)], axis=-1)
    return {"width": width, "height": height, "data": points.astype(int).ravel().tolist()}


def plan_with(kernel):
    from course_utils.further.serving.steps import Plan, Step

    step = Step("dense", "d", ("input",), "d", (None, kernel.shape[1]), {}, {"kernel": kernel})
    return Plan((("input", (None, len(kernel)), "float32"),), (step,), (("d", step.shape),))


def test_only_large_arrays_that_lose_nothing_are_written_with_16_bits():
    random = np.random.default_rng(3)
    halved = random.normal(size=(40, 30)).astype(np.float16).astype(np.float32)
    for kernel, fits in ((halved, True), (halved + 1e-6, False), (halved[:3], False), (halved * 1e6, False)):
        found = pages.described(plan_with(kernel), {"y": ["a"]}, {})
        where = found["steps"][0]["weights"]["kernel"]
        assert where.get("half", False) == ("halves" in found) == fits
        run = np.frombuffer(
            base64.b64decode(found["halves" if fits else "numbers"]), "<f2" if fits else "<f4"
        )
        np.testing.assert_array_equal(run.astype(np.float32).reshape(kernel.shape), kernel)
        assert (found["numbers"] == "") == fits


@needs_node
def test_javascript_reads_each_number_of_16_bits():
    every = np.arange(65_536, dtype=np.uint16).view(np.float16).astype(np.float32)
    kernel = every[np.isfinite(every)].reshape(1, -1)
    found = pages.described(plan_with(kernel), {"y": ["a"]}, {})
    assert "halves" in found
    read = in_node(
        f"const answer = Array.from(course.load({json.dumps(found)}).steps[0].weights.kernel.data);"
    )
    np.testing.assert_array_equal(np.float32(read), kernel[0])


@needs_node
def test_runs_of_16_and_32_bits_do_not_mix():
    from course_utils.further.serving.steps import Plan, Step

    random, steps, before = np.random.default_rng(4), [], "input"
    for number, coarse in enumerate((False, True, False, True)):
        kernel = (
            random.normal(0, 0.2, (40, 40)).astype(np.float16 if coarse else np.float32).astype(np.float32)
        )
        weights = {"kernel": kernel, "bias": random.normal(size=40).astype(np.float32)}
        steps.append(Step("dense", f"d{number}", (before,), f"d{number}", (None, 40), {}, weights))
        before = f"d{number}"
    plan = Plan((("input", (None, 40), "float32"),), tuple(steps), ((before, (None, 40)),))
    x = expected = random.normal(size=40).astype(np.float32)
    for step in steps:
        expected = expected @ step.weights["kernel"] + step.weights["bias"]
    found = pages.described(plan, {"y": ["a"]}, {})
    assert [step["weights"]["kernel"].get("half", False) for step in found["steps"]] == [False, True] * 2
    answer = in_node(
        f"const net = course.load({json.dumps(found)});"
        f"const answer = Array.from(course.outputs(net, course.run(net, {json.dumps(x.tolist())})).y);"
    )
    np.testing.assert_allclose(answer, expected, atol=1e-4)


@needs_node
@pytest.mark.parametrize(
    ("height", "width", "size"),
    [
        (128, 128, 128),
        (300, 225, 128),
        (97, 301, 128),
        (40, 30, 64),
        (5, 256, 128),
        (1, 400, 64),
        (130, 129, 64),
    ],
)
def test_javascript_prepares_a_picture_as_the_detector_of_python(height, width, size):
    picture = np.random.default_rng(5).integers(0, 256, (height, width, 3)).astype(np.uint8)
    expected = fitted(picture, size)
    seen = in_node(
        f"const seen = detection.fitted({json.dumps(as_image(picture))}, {size});"
        "const answer = {...seen, input: Array.from(seen.input)};",
        "detector-boxes.js",
    )
    assert tuple(seen["shape"]) == expected.picture.shape and seen["scale"] == expected.scale
    assert tuple(seen["inside"])[::-1] == expected.inside
    difference = np.abs(np.reshape(seen["input"], expected.picture.shape) - expected.picture.astype(float))
    assert difference.max() <= 1 and difference.mean() < 0.02  # a half may be rounded the other way


@needs_node
@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.8])
def test_javascript_makes_the_same_boxes_of_the_same_answers(threshold):
    random = np.random.default_rng(6)
    for spread in (
        0.5,
        3.0,
    ):  # many weak peaks, more than are kept, and few strong ones; with ties, as bytes make them
        centres = (random.normal(0, spread, (24, 30, 3)) * 4).round() / 4
        boxes = random.normal(1.5, 1.5, (24, 30, 4))
        places, scores, kinds = boxes_from(centres, boxes, threshold)
        told = [{"shape": list(one.shape), "data": one.ravel().tolist()} for one in (centres, boxes)]
        found = in_node(
            f"const [centres, boxes] = {json.dumps(told)}; boxes.data = Float64Array.from(boxes.data);"
            f"const answer = detection.boxesFrom(centres, boxes, {threshold});",
            "detector-boxes.js",
        )
        assert [one["kind"] for one in found] == kinds.tolist() and len(found) == len(scores)
        np.testing.assert_allclose([one["score"] for one in found], scores, atol=1e-9)
        np.testing.assert_allclose(np.reshape([one["box"] for one in found], (-1, 4)), places, atol=1e-9)


@needs_node
def test_the_page_finds_what_the_detector_of_the_course_finds(tmp_path):
    pytest.importorskip("keras")
    from PIL import Image

    from course_utils.further.serving.nets import SCENE_SIZE, THRESHOLD, trained
    from course_utils.further.serving.steps import plan_of

    detector = trained("detector")
    scenes = detector.scenes("Test", 6).astype(np.uint8)
    wide = np.asarray(Image.fromarray(scenes[0]).resize((400, 260)))
    pictures = [*scenes, wide, wide[:, 100:230]]
    found = pages.described(plan_of(detector.model), detector.labels, detector.preprocessing)
    assert (found["size"], found["threshold"]) == (SCENE_SIZE, THRESHOLD)
    answers = in_node(
        f"const net = course.load({json.dumps(found)});"
        f"const answer = {json.dumps([as_image(one) for one in pictures])}.map(one => detection.detect(net, one, net.threshold));",
        "detector-boxes.js",
    )
    count = 0
    for picture, boxes in zip(pictures, answers, strict=True):
        table = detect(detector.model, picture, THRESHOLD, SCENE_SIZE)
        assert [detector.model.kinds[one["kind"]] for one in boxes] == list(table["kind"])
        np.testing.assert_allclose([one["score"] for one in boxes], table["score"], atol=2e-3)
        np.testing.assert_allclose(np.reshape([one["box"] for one in boxes], (-1, 4)), table[SIDES], atol=0.1)
        count += len(boxes)
    assert count > 10


@pytest.fixture(scope="module")
def street():
    """The boxes (N, 6) of each frame of the course's film, as a detector would give them: moved, missed, made up, doubted."""
    road, random = load_road(), np.random.default_rng(7)
    truth, frames = road.truth(), []
    for frame in range(180):
        rows = truth[(truth["frame"] == frame) & (truth["seen"] > 0.3)]
        places = rows[SIDES].to_numpy(float) + random.normal(0, 1.5, (len(rows), 4))
        kinds = np.where(random.random(len(rows)) < 0.1, 3, [road.kinds.index(kind) for kind in rows["kind"]])
        known = np.column_stack([places, random.uniform(0.1, 1, len(rows)), kinds])[
            random.random(len(rows)) < 0.9
        ]
        corner = random.uniform(0, 200, 2)
        false = [[*corner, *corner + random.uniform(5, 40, 2), random.uniform(0.1, 0.7), random.integers(4)]]
        frames.append(np.concatenate([known, false if random.random() < 0.3 else np.zeros((0, 6))]))
    return road, frames


FOLLOWED = """
const {frames, settings, line} = order, tracker = following.tracker(settings), passed = following.counter(line), crossings = [];
for (const found of frames) {
  tracker.update(found.map(row => ({box: row.slice(0, 4), score: row[4], kind: row[5]})));
  crossings.push(...passed([...tracker.tracks, ...tracker.ended]).map(one => [one.frame, one.id, one.direction]));
}
const rows = [...tracker.ended, ...tracker.tracks].filter(track => track.id).flatMap(
  track => track.trail.map(({frame, box}) => [frame, track.id, ...box, following.kindOf(track)]));
const answer = {rows, crossings};
"""


@needs_node
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"low": 0.1},
        {"high": 0.2, "overlap": 0.05, "patience": 0},
        {"minimum_age": 1, "patience": 30, "low": 0.2},
    ],
    ids=["default", "low", "impatient", "young"],
)
@pytest.mark.parametrize("level", [False, True])
def test_javascript_follows_and_counts_as_python_does(street, settings, level):
    road, frames = street
    line = [list(end) for end in road.line]
    if level:  # the film on its side: who went right goes down
        line, frames = [end[::-1] for end in line], [one[:, [1, 0, 3, 2, 4, 5]] for one in frames]
    tracks = follow(frames, **settings)
    crossings = count_crossings(tracks, line)
    assert tracks["id"].max() > 15 and len(crossings) > 5
    assert set(crossings["direction"]) == ({"up", "down"} if level else {"right", "left"})
    told = {"minimumAge" if name == "minimum_age" else name: value for name, value in settings.items()}
    order = {"frames": [one.tolist() for one in frames], "settings": told, "line": line}
    found = in_node(
        f"const order = {json.dumps(order)};{FOLLOWED}", "detector-boxes.js", "detector-following.js"
    )
    rows = np.array(sorted(found["rows"], key=lambda row: row[:2]))
    np.testing.assert_array_equal(rows[:, [0, 1, 6]], tracks[["frame", "id", "label"]])
    np.testing.assert_allclose(rows[:, 2:6], tracks[SIDES], atol=1e-9)
    assert sorted(found["crossings"]) == sorted(crossings.to_numpy().tolist())


@needs_node
def test_javascript_pairs_for_the_largest_sum():
    from scipy.optimize import linear_sum_assignment

    random, tables = np.random.default_rng(8), []
    for rows, columns in ((1, 1), (3, 3), (2, 7), (7, 2), (9, 9), (12, 20)):
        table = random.random((rows, columns))
        tables.append(np.where(random.random((rows, columns)) < 0.5, 0, table))
    found = in_node(
        f"const answer = {json.dumps([one.tolist() for one in tables])}.map(following.paired);",
        "detector-boxes.js",
        "detector-following.js",
    )
    for table, pairs in zip(tables, found, strict=True):
        expected = [
            [int(row), int(column)]
            for row, column in zip(*linear_sum_assignment(-table), strict=True)
            if table[row, column] > 0
        ]
        assert sorted(pairs) == expected


def test_the_page_that_finds_boxes_holds_what_decodes_them():
    labels = {"centres": ["Lemon", "Plum"], "boxes": list(SIDES)}
    page = pages.page_of(
        "detector", detector_plan(), labels, {"kind": "scene", "size": 128, "threshold": 0.3}
    )
    assert page.index("const course =") < page.index("const detection =") < page.index("const net =")
    assert "Content-Security-Policy" in page and page.count("</script>") == 2
    assert "const detection" not in pages.page_of("fruit", fruit_plan(), {"fruit": FRUITS}, {})
