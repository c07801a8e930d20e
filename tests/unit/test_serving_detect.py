"""The detector behind HTTP finds what the detector of notebook 10 finds, and needs no Keras and no pandas for it."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
from serving_support import THINGS, nets  # noqa: E402
from test_serving_service import Running, png  # noqa: E402

from course_utils.datasets import load_tables  # noqa: E402
from course_utils.foundation import records  # noqa: E402
from course_utils.further.detection import detect  # noqa: E402
from course_utils.further.detection.scoring import SIDES  # noqa: E402
from course_utils.further.serving import load  # noqa: E402
from course_utils.further.serving import nets as course_nets  # noqa: E402
from course_utils.further.serving.exporting import CLOSE, compare  # noqa: E402
from course_utils.further.serving.handlers import handlers_in  # noqa: E402
from course_utils.further.serving.service import alike, make_app  # noqa: E402
from course_utils.workshop.cli import app  # noqa: E402

SHAPES = {"square": (128, 128), "wide": (300, 90), "high": (77, 200), "small": (40, 33), "large": (512, 512)}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder that `course export detector` wrote into, and what it said."""
    folder = tmp_path_factory.mktemp("detector")
    done = CliRunner().invoke(app, ["export", "detector", "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return folder, done.output


@pytest.fixture(scope="module")
def bundled(exported):
    """The course's detector, and its export."""
    return course_nets.trained("detector"), exported[0] / "detector.onnx"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A service of small nets with random weights."""
    with Running(make_app(nets(tmp_path_factory.mktemp("nets")))) as running:
        yield running


def scenes(count):
    tables = load_tables()
    return tables.read(list(tables.scenes("Test")["path"][:count]))


def sent(picture, kind="PNG", **how):
    """A picture as the bytes of a file."""
    Image.fromarray(picture).save(file := io.BytesIO(), kind, **how)
    return file.getvalue()


def asked(handler, body):
    """What the handler answers, without a service around it."""
    item, note = handler.prepare(body)
    return handler.answer([output[0] for output in handler.net.predict(item[None])], note)


def boxes_of(answer):
    return np.array([list(thing.box.model_dump().values()) for thing in answer.things]).reshape(-1, 4)


def test_the_export_gives_what_keras_gives_on_200_scenes_and_the_same_boxes(exported):
    _, said = exported
    largest = re.search(
        r"Against Keras: largest difference (\S+) over 200 inputs, same answer for 100\.0%", said
    )
    assert float(largest[1]) <= CLOSE == 1e-4
    assert "training" not in said and "Next: course serve" in said


@pytest.mark.parametrize("shape", [(64, 128), (128, 96), (16, 16), (256, 192)])
def test_pictures_of_other_shapes_get_what_keras_gives_too(bundled, shape):
    found, path = bundled
    x = np.random.default_rng(0).uniform(0, 255, (3, *shape, 3)).astype(np.float32)
    assert compare(found.model, load(path), x).close


def test_the_file_is_as_precise_as_the_recorded_net(exported):
    _, said = exported
    recorded = next(row["map50"] for row in records.load("detection").rows if row["side"] == 128)
    assert f"mAP50 {recorded:.3f}" in said


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_answer_is_that_of_detect_in_the_pixels_of_the_picture(bundled, shape):
    found, path = bundled
    (handler,) = handlers_in(path.parent)
    seen = 0
    for scene in scenes(6):
        picture = np.asarray(Image.fromarray(scene).resize(shape))
        answer, table = asked(handler, sent(picture)), detect(found.model, picture)
        assert (answer.width, answer.height) == shape
        ours = table[SIDES].clip(upper=np.tile(shape, 2), axis=1)
        there = (ours["left"] < ours["right"]) & (ours["top"] < ours["bottom"])
        assert [thing.label for thing in answer.things] == list(table["kind"][there])
        np.testing.assert_allclose(boxes_of(answer), ours[there], atol=0.06)
        np.testing.assert_allclose([one.score for one in answer.things], table["score"][there], atol=1e-3)
        seen += len(answer.things)
    assert seen


def test_a_photograph_that_is_decoded_at_a_smaller_scale_has_its_boxes_in_its_own_pixels(bundled):
    found, path = bundled
    (handler,) = handlers_in(path.parent)
    scene = next(one for one in scenes(20) if len(detect(found.model, one)) >= 3)
    large = np.asarray(Image.fromarray(scene).resize((3_000, 2_400), Image.Resampling.BICUBIC))
    answer, table = asked(handler, sent(large, "JPEG", quality=95)), detect(found.model, large)
    assert (answer.width, answer.height) == (3_000, 2_400)
    assert [thing.label for thing in answer.things] == list(table["kind"])
    assert np.abs(boxes_of(answer) - table[SIDES].to_numpy()).max() < 0.02 * 3_000


def test_a_photograph_from_a_phone_on_its_side_is_answered_as_one_looks_at_it(bundled):
    _, path = bundled
    (handler,) = handlers_in(path.parent)
    upright = np.asarray(Image.fromarray(scenes(1)[0]).resize((160, 120)))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned to the right
    lying = asked(handler, sent(np.rot90(upright), "PNG", exif=turned))
    assert (lying.width, lying.height) == (160, 120)
    assert lying == asked(handler, sent(upright))


def test_a_scene_without_fruit_has_an_empty_list(bundled):
    _, path = bundled
    (handler,) = handlers_in(path.parent)
    empty = asked(handler, sent(np.full((90, 120, 3), 200, np.uint8)))
    assert empty.model_dump() == {"things": [], "width": 120, "height": 90}
    assert handler.counted(empty) == ["none"]


def test_the_service_answers_with_boxes_inside_the_picture_best_first(small):
    answer = small.picture(png(90, 40), path="/detect")
    found = answer.json()
    assert answer.status_code == 200 and (found["width"], found["height"]) == (90, 40) and found["things"]
    for thing in found["things"]:
        assert set(thing) == {"label", "score", "box"} and thing["label"] in THINGS
        box = thing["box"]
        assert 0 <= box["left"] <= box["right"] <= 90 and 0 <= box["top"] <= box["bottom"] <= 40
    scores = [thing["score"] for thing in found["things"]]
    assert scores == sorted(scores, reverse=True) and min(scores) >= 0.3


def test_pictures_of_several_shapes_at_once_get_each_its_own_answer(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    import requests

    bodies = [png(20 + 3 * number, 15 + 7 * (number % 5)) for number in range(30)]
    with Running(make_app(nets(tmp_path), deadline=0.05)) as own:
        alone = [own.picture(body, path="/detect").json() for body in bodies]
        before = own.send("GET", "/metrics").text

        def ask(body):
            return requests.post(f"{own.address}/detect", data=body, timeout=60).json()

        with ThreadPoolExecutor(15) as clients:
            together = list(clients.map(ask, bodies))
        after = own.send("GET", "/metrics").text
    for one, other in zip(alone, together, strict=True):
        assert [thing["label"] for thing in one["things"]] == [thing["label"] for thing in other["things"]]
        assert (one["width"], one["height"]) == (other["width"], other["height"])
    batches = [float(said.split('course_batch_size_count{path="/detect"} ')[1].split()[0]) for said in (before, after)]  # fmt: skip
    assert batches[0] == 30 and batches[1] < 60  # some of them went together


def test_batches_hold_pictures_of_one_shape():
    items = [np.zeros(shape) for shape in ((2, 3), (3, 2), (2, 3), (2, 2))]
    assert alike(items) == [[0, 2], [1], [3]]
    assert alike([{"words": np.zeros(3)}, {"words": np.ones(3)}]) == [[0, 1]]


def test_things_are_counted_by_their_label(tmp_path):
    with Running(make_app(nets(tmp_path))) as own:
        things = own.picture(png(60, 60), path="/detect").json()["things"]
        own.picture(b"hello", path="/detect")
        said = own.send("GET", "/metrics").text
    for label in {thing["label"] for thing in things}:
        count = sum(thing["label"] == label for thing in things)
        assert f'course_answers_total{{label="{label}",path="/detect"}} {count}.0' in said
    for status in (200, 422):
        assert f'course_requests_total{{path="/detect",status="{status}"}} 1.0' in said


def test_boxes_are_made_without_a_framework_and_without_pandas(bundled):
    _, path = bundled
    code = (
        "import io, sys\n"
        "for name in ('keras', 'tensorflow', 'jax', 'torch', 'pandas', 'matplotlib', 'scipy', 'onnx', 'IPython'):\n"
        "    sys.modules[name] = None\n"
        "from course_utils.further.serving.handlers import handlers_in\n"
        "(handler,) = handlers_in(sys.argv[1])\n"
        "item, note = handler.prepare(sys.stdin.buffer.read())\n"
        "print(len(handler.answer([one[0] for one in handler.net.predict(item[None])], note).things))\n"
    )
    scene = scenes(1)[0]
    command = [sys.executable, "-c", code, str(path.parent)]
    done = subprocess.run(command, input=sent(scene), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found, _ = bundled
    assert int(done.stdout) == len(detect(found.model, scene)) > 0
