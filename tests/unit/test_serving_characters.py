"""A net that reads characters leaves notebook 12: as a file that says what Keras says, and as a page that reads as Python does."""

import json
import unicodedata

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
import keras  # noqa: E402
from test_serving_export import randomised  # noqa: E402
from test_serving_pages import in_node, needs_node  # noqa: E402

from course_utils.datasets import load_topics  # noqa: E402
from course_utils.further.serving import ServingError, load, nets, pages  # noqa: E402
from course_utils.further.serving.exporting import written_by_course  # noqa: E402
from course_utils.further.serving.steps import UnknownLayer, plan_of  # noqa: E402
from course_utils.text import ALPHABET, CharacterClassifier, character_ids, crepe, words  # noqa: E402
from course_utils.workshop.cli import app  # noqa: E402

NAMES = ["fruit", "jam and juice", "delivery", "service"]
FRAMES = 140
TEXTS = [
    "", "a", "The plum JAM was runny; 2 stars!", "“Don’t” — he said –", "İstanbul, 5 K, ẞ ΣΑΣ", "a\tb\nc\r\nd",
    unicodedata.normalize("NFC", "Café, naïve, Điện"), unicodedata.normalize("NFD", "Café, naïve, Điện"),
    "👍🏽 great 🇩🇪 👨‍👩‍👧 ok", "👍" * FRAMES + "end", "beginning " + "long " * 60 + "👍 Ünde", "x" * FRAMES, "y" + "x" * FRAMES,
    "हिन्दी नमस्ते", "\u2028line\u00a0space\ufeff", *load_topics().test["text"].head(50),
]  # fmt: skip


def net_of(classes, frames=FRAMES):
    """A small net whose answers differ from text to text, as after some training."""
    model = randomised(crepe(classes, 16, 16, frames, 0.9))
    for layer in model.layers:
        if hasattr(layer, "gamma"):
            layer.gamma.assign(np.abs(layer.gamma) + 1)
    last = model.layers[-1]
    seen = np.asarray(keras.Model(model.input, last.input).predict_on_batch(character_ids(TEXTS, frames)))
    kernel = np.random.default_rng(3).normal(0, 1, last.kernel.shape) / (seen.std(axis=0).mean() + 1e-9)
    last.set_weights([kernel, -seen.mean(axis=0) @ kernel])
    return model


def classifier(names=NAMES):
    """Such a net as the notebook has it."""
    return CharacterClassifier(net_of(len(names)), names)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder that notebook 12's cell writes."""
    return classifier().save(tmp_path_factory.mktemp("own") / "what-is-it-about")


def test_the_file_gives_what_keras_gives(tmp_path):
    found = nets._of_classifier(classifier())
    net = load(found.export(tmp_path, "characters"))
    assert net.dtypes == {"input": np.uint8} and net.outputs == ["category"]
    ids = character_ids(TEXTS, FRAMES)
    (ours,), theirs = net.predict(ids), found.model.predict_on_batch(ids)
    assert np.abs(ours - np.asarray(theirs)).max() < 1e-5 and np.ptp(ours, axis=0).max() > 0.1
    assert found.compare(net).close and found.compare(net).inputs == 200


def test_the_contract_says_how_to_read(kept, tmp_path):
    contract = load(nets.saved("characters", kept).export(tmp_path, "characters")).contract
    assert contract.labels == {"category": NAMES}
    reading = {"kind": "characters", "alphabet": ALPHABET, "length": FRAMES, "backwards": True}
    assert contract.preprocessing == reading


def test_a_saved_net_is_scored_on_the_bundled_texts_if_it_has_their_classes(kept, tmp_path):
    found = nets.saved("characters", kept)
    net = load(found.export(tmp_path, "characters"))
    test = load_topics().part("Test", None, 2018)
    right = (
        found.model.predict(character_ids(test["text"], FRAMES), verbose=0).argmax(axis=1) == test["label"]
    )
    score = found.accuracy(net)
    assert list(score) == ["category", "misspelt"] and score["category"] == pytest.approx(right.mean())
    slips = found.model.predict(found.misspelt, verbose=0).argmax(axis=1) == test["label"]
    assert (
        score["misspelt"] == pytest.approx(slips.mean())
        and (found.misspelt != found.x_test).any(axis=1).all()
    )
    other = nets._of_classifier(classifier(["World", "Sports"]))
    assert other.accuracy(load(other.export(tmp_path, "characters"))) == {}


def test_what_was_not_saved_by_the_notebook_is_refused(kept, tmp_path):
    with pytest.raises(ServingError, match="run the cell that saves it"):
        nets.saved("characters", tmp_path)
    with pytest.raises(ServingError, match="Type: course export characters --from FOLDER"):
        nets.saved("review", kept)


def test_half_of_the_texts_are_learned_in_part_and_the_rest_whole():
    random, text = np.random.default_rng(0), "One. Two! Three? Four."
    parts = [nets._some_sentences(text, random) for _ in range(400)]
    assert 200 < parts.count(text) < 280, "half, and an eighth of the others"
    assert all(part in text for part in parts)
    assert {"One.", "Two!", "Four.", "Two! Three?"} <= set(parts)


def test_the_net_of_the_course_has_the_words_of_its_training_texts(monkeypatch):
    told = {}

    def kept(name, train, settings):
        told.update(settings, name=name)
        return crepe(len(NAMES), 16, 16, nets.MOST_CHARACTERS, 0.9), None

    monkeypatch.setattr(nets, "load_or_train", kept)
    found = nets.trained("characters")
    training = load_topics().part("Training", None, 2018)
    assert (told["name"], told["seed"], told["data"]) == ("serve-characters", 2018, "bundled")
    assert set(found.preprocessing["words"]) == {one for text in training["text"] for one in words(text)}
    assert found.labels == {"category": NAMES} and found.x_train.shape == (len(training), 300)


def called(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_folder_of_the_learners_own_becomes_a_file_and_a_page(kept, tmp_path):
    done = called("export", "characters", "--from", kept, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "same answer for 100.0%" in done.output and "Test accuracy: category 0." in done.output
    assert "training takes" not in done.output and "Next: course page characters" in done.output
    for typed in (("page", "characters"), ("page",)):
        done = called(*typed, "--from", kept, "--out", tmp_path)
        assert done.exit_code == 0 and "characters.html" in done.output, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["characters.html", "characters.onnx"]
    assert "Letter by letter" in (tmp_path / "characters.html").read_text("utf-8")
    done = called("page", "review", "--from", kept, "--out", tmp_path)
    assert done.exit_code == 1 and "review has none" in done.output


def test_a_saved_net_with_a_layer_that_pages_lack_is_told(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((FRAMES,), dtype="uint8"),
            keras.layers.Embedding(70, 4),
            keras.layers.GRU(4),
            keras.layers.Dense(2),
        ]
    )
    folder = CharacterClassifier(model, ["a", "b"]).save(tmp_path / "own")
    done = called("page", "--from", folder, "--out", tmp_path)
    assert done.exit_code == 1 and "A page can't compute this net: layer 'gru" in done.output


def test_other_casts_and_rows_than_those_of_crepe_have_no_step():
    inputs = keras.Input((5,), dtype="int32")
    wrong = [
        keras.ops.cast(inputs, "float32"), inputs - 1.5, 3 - inputs, inputs - inputs,
        keras.ops.one_hot(inputs, 4, axis=1), keras.ops.one_hot(inputs, 4, dtype="int32"),
    ]  # fmt: skip
    for output in wrong:
        with pytest.raises(UnknownLayer):
            plan_of(keras.Model(inputs, output))


def test_a_number_that_is_no_place_becomes_a_row_of_zeros():
    inputs = keras.Input((4,), dtype="int32")
    model = keras.Model(inputs, keras.ops.one_hot(inputs - 1, 3))
    import onnxruntime

    session = onnxruntime.InferenceSession(written_by_course(model, ("rows",)).SerializeToString())
    (rows,) = session.run(None, {"input": np.int32([[0, 1, 3, 4]])})
    assert rows[0].tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]]


@needs_node
@pytest.mark.parametrize("backwards", [True, False])
def test_javascript_gives_each_text_the_same_numbers(backwards):
    found = in_node(
        f"const placeOf = new Map(Array.from({json.dumps(ALPHABET)}).map((one, i) => [one, i + 1]));"
        f"const answer = {json.dumps(TEXTS)}.map(one => "
        f"Array.from(course.encodeCharacters(one, placeOf, {FRAMES}, {json.dumps(backwards)}).ids));"
    )
    np.testing.assert_array_equal(found, character_ids(TEXTS, FRAMES, backwards))


@needs_node
def test_javascript_computes_what_keras_computes():
    frames = FRAMES + 1
    model = net_of(4, frames)
    how = {"kind": "characters", "alphabet": ALPHABET, "length": frames, "backwards": True}
    described, ids = pages.described(plan_of(model), {"category": NAMES}, how), character_ids(TEXTS, frames)
    assert {name: described[name] for name in ("alphabet", "length", "backwards")} == {
        "alphabet": ALPHABET, "length": frames, "backwards": True,
    }  # fmt: skip
    found = in_node(
        f"const net = course.load({json.dumps(described)}); const answer = {json.dumps(ids.tolist())}"
        ".map(one => Array.from(course.outputs(net, course.run(net, one)).category));"
    )
    expected = np.asarray(model.predict_on_batch(ids))
    assert np.abs(np.array(found) - expected).max() < 1e-5 and np.ptp(expected, axis=0).max() > 0.1
