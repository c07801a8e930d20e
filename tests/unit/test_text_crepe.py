"""The nets of the paper as Keras counts them, and a classifier that is kept and loaded."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from course_utils.text import CharacterClassifier, character_ids, crepe, one_hot  # noqa: E402
from course_utils.text.crepe import frames_left  # noqa: E402


def by_hand(features: int, units: int, classes: int) -> int:
    convolutions = (69 * 7 + 1) * features + (features * 7 + 1) * features + 4 * (features * 3 + 1) * features
    dense = (34 * features + 1) * units + (units + 1) * units + (units + 1) * classes
    return convolutions + dense


@pytest.mark.parametrize(
    ("features", "units", "parameters"), [(256, 1024, 11_337_988), (1024, 2048, 95_933_444), (32, 32, 71_140)]
)
def test_parameters_by_hand(features: int, units: int, parameters: int) -> None:
    assert by_hand(features, units, 4) == parameters


@pytest.mark.parametrize(("features", "units", "parameters"), [(256, 1024, 11_337_988), (32, 32, 71_140)])
def test_keras_counts_the_same_parameters_and_frames(features: int, units: int, parameters: int) -> None:
    model = crepe(4, features, units)
    assert model.count_params() == parameters
    lengths = [
        layer.output.shape[1] for layer in model.layers if "conv" in layer.name or "pool" in layer.name
    ]
    assert lengths == [1008, 336, 330, 110, 108, 106, 104, 102, 34]
    flat = next(layer for layer in model.layers if "flatten" in layer.name)
    assert flat.output.shape[1] == 34 * features


def test_the_large_net_has_its_96_million_parameters() -> None:
    """By the shapes of its weights: building it takes 384 MB, and the notebook builds it."""
    shapes = [
        (7, 69, 1024),
        (7, 1024, 1024),
        *[(3, 1024, 1024)] * 4,
        (34 * 1024, 2048),
        (2048, 2048),
        (2048, 4),
    ]
    assert sum(int(np.prod(shape)) + shape[-1] for shape in shapes) == 95_933_444


def test_frames_left_and_frames_too_few() -> None:
    assert frames_left(1014) == 34
    assert frames_left(123) == 1 and frames_left(122) == 0
    with pytest.raises(ValueError, match="frames=123"):
        crepe(4, 8, 8, frames=122)


def test_the_first_layer_sees_the_one_hot_rows() -> None:
    ids = character_ids(["Plain zip, 3 €."], 123)
    model = crepe(2, 4, 4, frames=123)
    first = next(layer for layer in model.layers if "conv" in layer.name)
    seen = keras.Model(model.input, first.output).predict(ids, verbose=0)
    kernel, bias = (np.asarray(value) for value in first.get_weights())
    windows = np.stack([one_hot(ids)[0, place : place + 7] for place in range(117)])
    assert seen[0] == pytest.approx(np.einsum("ntc,tcf->nf", windows, kernel) + bias, abs=1e-5)


def test_momentum_and_deviation_reach_the_layers() -> None:
    model = crepe(3, 8, 8, frames=200, momentum=0.9, deviation=0.05)
    normalised = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(normalised) == 8 and {layer.momentum for layer in normalised} == {0.9}
    assert not [
        one for one in crepe(3, 8, 8, frames=200).layers if isinstance(one, keras.layers.BatchNormalization)
    ]
    weights = np.concatenate(
        [layer.get_weights()[0].ravel() for layer in model.layers if "conv" in layer.name]
    )
    assert weights.std() == pytest.approx(0.05, abs=0.005)


@pytest.fixture
def classifier() -> CharacterClassifier:
    keras.utils.set_random_seed(1)
    return CharacterClassifier(crepe(3, 4, 4, frames=150, momentum=0.9), ["film", "book", "coat"])


def test_a_saved_classifier_answers_as_before(classifier, tmp_path) -> None:
    again = CharacterClassifier.load(classifier.save(tmp_path / "kept"))
    texts = ["A film about a lighthouse.", "The lining tore."]
    assert again.label_names == classifier.label_names and again.frames == 150
    assert again.probabilities(texts) == pytest.approx(classifier.probabilities(texts), abs=1e-6)


def test_an_answer_names_the_class_and_its_probability(classifier) -> None:
    answer = classifier.answer("The lining of the coat tore.")
    assert answer["label"] in classifier.label_names
    assert answer["confidence"] == max(answer["probabilities"].values())
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("text", [None, 3, "", "!!!", "今天的电影很好看"])
def test_no_answer_where_it_would_mean_nothing(classifier, text: object) -> None:
    answer = classifier.answer(text)
    assert answer["label"] is None and answer["warnings"]


def test_what_does_not_fit_is_named(classifier, tmp_path) -> None:
    with pytest.raises(ValueError, match="3 outputs, and there are 2 names"):
        CharacterClassifier(classifier.model, ["film", "book"])
    with pytest.raises(FileNotFoundError, match="run the cell that saves it"):
        CharacterClassifier.load(tmp_path)
    folder = classifier.save(tmp_path)
    about = folder / "about.json"
    about.write_text(about.read_text().replace("abc", "bac"))
    with pytest.raises(ValueError, match="another alphabet"):
        CharacterClassifier.load(folder)
    about.write_text(about.read_text().replace("bacd", "abcd").replace("true", "false"))
    with pytest.raises(ValueError, match="reads from the beginning"):
        CharacterClassifier.load(folder)
