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
from serving_support import CATEGORIES, FRUITS, VOCABULARY, fruit_plan, nets, review_plan  # noqa: E402

from course_utils.datasets import load_reviews  # noqa: E402
from course_utils.further.serving import ServingError, load, pages  # noqa: E402
from course_utils.text import words  # noqa: E402

LABELS = {"category": CATEGORIES, "sentiment": ["positive"]}
TEXT = {"kind": "text", "length": 12, "vocabulary": VOCABULARY}
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no Node.js; tests/browser runs the same in Chromium"
)


def in_node(program):
    """What a program that ends with an expression in `answer` says, with the forward pass of the pages before it."""
    source = f"{(pages.HERE / 'forward.js').read_text(encoding='utf-8')}\n{program}\nconsole.log(JSON.stringify(answer));"
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
