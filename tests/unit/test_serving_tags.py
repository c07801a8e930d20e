"""The tagger behind HTTP says what the tagger of notebook 13 says, and needs no Keras for it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
from serving_support import ENCODER, TAGS, nets, tags_plan, tokens_contract, written  # noqa: E402

from course_utils.datasets import load_names  # noqa: E402
from course_utils.further.serving import ServingError, load  # noqa: E402
from course_utils.further.serving import nets as course_nets  # noqa: E402
from course_utils.further.serving.handlers import handlers_in  # noqa: E402
from course_utils.further.serving.quantising import quantise  # noqa: E402
from course_utils.further.serving.service import stacked  # noqa: E402
from course_utils.further.serving.steps import UnknownLayer, plan_of  # noqa: E402
from course_utils.further.tagging import pair_scores_of, pieces_of, tags_of, viterbi  # noqa: E402

TODAY = dt.date(2018, 7, 21)
OF_THE_TALK = "Hôm nay tôi đến Trống Đồng Palace để tham dự Google IO Hà Nội."


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    """The course's tagger, and its export."""
    found = course_nets.trained("tags")
    return found, found.export(tmp_path_factory.mktemp("tags"), "tags")


def asked(handler, **body):
    """What the handler answers, without a service around it."""
    rows, note = handler.prepare(json.dumps(body).encode())
    outputs = handler.net.predict(stacked(rows))
    return handler.answer([[output[row] for output in outputs] for row in range(len(rows))], note)


def test_the_export_gives_the_scores_of_keras_on_200_sentences(bundled):
    found, path = bundled
    comparison = found.compare(load(path))
    assert comparison.inputs == 200 and comparison.close and comparison.agreement == 1


@pytest.mark.parametrize("language", ["vi", "en", "de"])
def test_each_test_sentence_gets_the_same_tags_as_in_keras(bundled, language):
    found, path = bundled
    net, encoder = load(path), found.tagger.encoder
    sentences = load_names(language).test
    how = net.contract.preprocessing
    (scores,) = net.predict(encoder.inputs(sentences))
    served = [
        tags_of(pair_scores_of(one, np.array(how["moves"]), np.array(how["start"])), len(sentence.tokens), encoder.tags)
        for one, sentence in zip(scores, sentences, strict=True)
    ]  # fmt: skip
    assert served == found.tagger.joint_tags(sentences)


@pytest.mark.parametrize(
    "text",
    [
        OF_THE_TALK,
        "Ann Lee comes to Berlin next Tuesday at 7 pm and pays 20 dollars.",
        "Am 3. Mai trifft Frau Müller in Köln die Siemens AG. " * 12,
    ],
)
def test_the_answer_is_that_of_the_tagger(bundled, text):
    found, path = bundled
    (handler,) = handlers_in(path.parent)
    answer = asked(handler, text=text, today="2018-07-21").model_dump()
    assert answer["tags"] == found.tagger.tag(text, TODAY)
    assert answer["today"] == TODAY


def test_a_language_changes_how_a_date_is_read(bundled):
    found, path = bundled
    (handler,) = handlers_in(path.parent)
    text = "We meet on 03/04/2019 in London."
    english, german = (asked(handler, text=text, today="2018-07-21", language=one) for one in ("en", "de"))
    assert english.model_dump()["tags"] == found.tagger.tag(text, TODAY, "en")
    assert german.model_dump()["tags"] == found.tagger.tag(text, TODAY, "de")


def test_the_f1_of_the_export_is_that_of_the_tagger(bundled):
    from course_utils.further.tagging import entity_score

    found, path = bundled
    test = load_names("de").test
    right = entity_score([one.tags for one in test], found.tagger.tags(test)).f1
    assert found.accuracy(load(path))["de"] == pytest.approx(right)


def test_a_net_with_several_inputs_has_no_eight_bits(tmp_path):
    path = written(tmp_path, tags_plan(), tokens_contract())
    with pytest.raises(ServingError, match="tags.onnx has 3 inputs"):
        quantise(path, np.zeros((64, 6), np.int32))
    with pytest.raises(ServingError, match="several inputs"):
        course_nets.TrainedTagger(None).calibration()


# In NumPy, beside ONNX Runtime


def lstm(inputs, kernel, recurrent, bias):
    """Keras's LSTM over (T, D) in NumPy: its states (T, units)."""
    units = len(recurrent)
    state, memory, found = np.zeros(units), np.zeros(units), []
    for one in inputs:
        i, f, c, o = np.split(one @ kernel + state @ recurrent + bias, 4)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        memory = f * memory + i * np.tanh(c)
        state = o * np.tanh(memory)
        found.append(state)
    return np.array(found)


@pytest.mark.parametrize("text", ["An in Huế", "Hôm nay An in Hà Nội tomorrow", "x"])
def test_filling_changes_nothing_and_both_directions_are_those_of_keras(tmp_path, text):
    plan = tags_plan()
    weights = {step.output: step.weights for step in plan.steps}
    net = load(written(tmp_path, plan, tokens_contract()))
    (piece, *_) = pieces_of(text, ENCODER.length)
    inputs = ENCODER.inputs([piece])
    count = len(piece.tokens)
    words, letters = inputs["words"][0, :count], inputs["characters"][0, :count]
    signs = np.pad(weights["s"]["table"][letters], ((0, 0), (1, 1), (0, 0)))
    kernel = weights["c"]["kernel"][0]
    spelling = sum(signs[:, at : at + 14] @ kernel[at] for at in range(3)) + weights["c"]["bias"]
    both = np.concatenate(
        [weights["w"]["table"][words], spelling.max(axis=1), inputs["flags"][0, :count]], axis=-1
    )
    cells = weights["l"]
    there, back = (
        [cells[f"{direction}_{name}"] for name in ("kernel", "recurrent", "bias")]
        for direction in ("forward", "backward")
    )
    states = np.concatenate([lstm(both, *there), lstm(both[::-1], *back)[::-1]], axis=-1)
    expected = states @ weights["d"]["kernel"] + weights["d"]["bias"]
    (scores,) = net.predict(inputs)
    np.testing.assert_allclose(scores[0, :count], expected, atol=1e-4)


def test_pair_scores_of_numpy_are_those_of_the_layer():
    import keras

    from course_utils.further.tagging import pair_scores

    layer = pair_scores()
    scores = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    layer.build(scores.shape)
    layer.set_weights([np.arange(9.0).reshape(3, 3), np.array([1.0, -2.0, 0.5])])
    pairs = keras.ops.convert_to_numpy(layer(scores))
    for one, row in zip(scores, pairs, strict=True):
        ours = pair_scores_of(one, *map(np.asarray, layer.get_weights()))
        np.testing.assert_allclose(ours, row, atol=1e-6)
        assert viterbi(ours) == viterbi(row)


def test_scores_beyond_the_net_are_o_and_none_at_all_is_none():
    assert tags_of(np.zeros((0, 8, 8)), 2, TAGS) == ["O", "O"]
    assert tags_of(np.eye(3, 8), 4, TAGS) == [*TAGS[:3], "O"]


def test_other_recurrent_nets_are_left_to_keras():
    import keras
    from keras import layers

    inputs = keras.Input((5, 2))
    nets_of_others = [
        layers.Bidirectional(layers.LSTM(3))(inputs),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True))(inputs),
        layers.Bidirectional(layers.GRU(3, return_sequences=True))(inputs, mask=keras.ops.not_equal(inputs[..., 0], 0)),
        keras.ops.max(inputs, axis=(1, 2)),
    ]  # fmt: skip
    for outputs in nets_of_others:
        with pytest.raises(UnknownLayer):
            plan_of(keras.Model(inputs, outputs))


def test_the_service_imports_no_framework_and_no_pandas(tmp_path):
    """What the image of the service doesn't have: the extra packages of the lab."""
    nets(tmp_path)
    code = (
        "import sys\n"
        "for name in ('keras', 'tensorflow', 'jax', 'torch', 'pandas', 'matplotlib', 'sklearn', 'scipy', 'onnx', 'IPython'):\n"
        "    sys.modules[name] = None\n"
        "from course_utils.further.serving.service import make_app\n"
        "app = make_app(sys.argv[1])\n"
        "print(sorted(path for path in app.openapi()['paths']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.stdout.strip() == "['/detect', '/fruit', '/health', '/metrics', '/review', '/tags']", (
        done.stderr
    )
