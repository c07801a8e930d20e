"""LIME for texts: words as the course's models read them, weights that are known beforehand, places kept apart."""

import logging
import re
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.explain import explain_text
from course_utils.text import words

TEXT = "The jam isn’t BAD, not bad at all!"


def logistic(score):
    return 1 / (1 + np.exp(-np.asarray(score, dtype=float)))


def votes(texts):
    """A linear model: each text's share of good words less bad ones."""
    weights = {"not": 0.2, "bad": -0.15, "jam": 0.05}
    positive = [0.5 + sum(weights.get(word, 0) for word in set(words(text))) for text in texts]
    return np.stack([1 - np.array(positive), positive], axis=1)


def knows_negation(texts):
    """'bad' speaks against a text, unless 'not' stands before it."""
    scores = []
    for text in texts:
        tokens = words(text)
        scores.append(
            sum(
                2 if before == "not" else -2
                for before, word in zip(["", *tokens], tokens, strict=False)
                if word == "bad"
            )
        )
    return logistic(scores)


def test_the_words_are_those_that_the_courses_models_read():
    found = explain_text(votes, TEXT, num_samples=50)
    assert list(found.pieces) == words(TEXT)
    assert [TEXT[start:end] for start, end in found.spans][:4] == ["The", "jam", "isn’t", "BAD"]
    assert list(found.features) == list(dict.fromkeys(words(TEXT)))
    bad = found.features.index("bad")
    assert [found.pieces[place] for place in found.places[bad]] == ["bad", "bad"]


def test_the_first_sample_reads_as_the_text_itself_and_the_others_lack_words():
    seen = []

    def watched(texts):
        seen.extend(texts)
        return votes(texts)

    explain_text(watched, TEXT, num_samples=40)
    assert words(seen[0]) == words(TEXT)
    assert len(seen) == 41 and seen[0] == TEXT
    assert seen[40] == " ".join(words(TEXT)), "and once the words alone"
    for text in seen[1:40]:
        left = words(text)
        assert set(left) < set(words(TEXT)), "at least one word is out, and out everywhere"
        assert left == [word for word in words(TEXT) if word in set(left)], "the order stays"


def test_words_that_stand_together_never_melt_into_a_new_one():
    seen = []

    def watched(texts):
        seen.extend(texts)
        return votes(texts)

    explain_text(watched, "good!bad?fine", num_samples=60)
    assert {word for text in seen for word in words(text)} == {"good", "!", "bad", "?", "fine"}


@pytest.mark.parametrize("bow", [True, False])
def test_it_finds_the_true_weights_of_a_linear_model(bow):
    text = "not the jam but bad bread"  # each word once: both ways of counting agree
    found = explain_text(votes, text, labels=[1], num_samples=2000, bow=bow, seed=3)
    weights = dict(found.as_list(1))
    expected = {"not": 0.2, "bad": -0.15, "jam": 0.05, "the": 0, "but": 0, "bread": 0}
    for word, weight in expected.items():
        assert weights.get(word, 0) == pytest.approx(weight, abs=0.005)
    assert found.intercept[1] == pytest.approx(0.5, abs=0.01)
    assert found.score[1] > 0.99
    assert found.prediction[1] == pytest.approx(0.6)


def test_it_gives_what_the_package_gives_by_itself():
    from lime.lime_text import LimeTextExplainer

    text = "the jam is not bad at all not at all"
    theirs = LimeTextExplainer(random_state=5).explain_instance(
        text, votes, labels=(1,), num_features=4, num_samples=200
    )
    ours = explain_text(votes, text, labels=[1], num_features=4, num_samples=200, seed=5, batch_size=37)
    assert ours.as_list(1) == [(word, pytest.approx(weight, abs=1e-8)) for word, weight in theirs.as_list(1)]
    assert ours.intercept[1] == pytest.approx(theirs.intercept[1], abs=1e-8)


def test_with_places_apart_the_same_word_can_speak_for_and_against():
    text = "bad bread but not bad jam"
    found = explain_text(knows_negation, text, labels=[1], bow=False, num_samples=1500, num_features=6)
    assert found.features == tuple(words(text)), "each place is a feature"
    by_piece = found.by_piece(1)
    assert by_piece[0] < -0.1, "the first 'bad' speaks against"
    assert by_piece[3] > 0.1, "'not' speaks for"
    assert by_piece[4] > by_piece[0] + 0.2, "the second 'bad' is another matter"
    together = explain_text(knows_negation, text, labels=[1], num_samples=1500, num_features=6).by_piece(1)
    assert together[0] == together[4], "one weight for both"


def test_a_word_may_stand_in_the_gap_so_that_the_others_keep_their_distance():
    seen = []

    def watched(texts):
        seen.extend(texts)
        return votes(texts)

    explain_text(watched, "not bad at all", bow=False, mask_string="unkwordz", num_samples=30)
    assert all(len(words(text)) == 4 for text in seen)
    assert any("unkwordz" in text for text in seen)


def test_two_words_can_be_one_piece():
    def pairs(text):
        return text.replace("not bad", "not_bad").split()

    def split(text):
        return [piece.replace("_", " ") for piece in pairs(text)]

    found = explain_text(knows_negation, "jam is not bad today", labels=[1], split=split, num_samples=300)
    assert found.pieces == ("jam", "is", "not bad", "today")
    assert found.as_list(1)[0][0] == "not bad"
    with pytest.raises(ValueError, match="'nowhere', which does not follow"):
        explain_text(votes, "jam is good", split=lambda text: ["jam", "nowhere"])


@pytest.mark.parametrize("batch_size", [1, 16, 100, None])
def test_the_size_of_the_batches_changes_nothing_and_all_are_of_one_size(batch_size):
    sizes = set()

    def watched(texts):
        assert isinstance(texts, list)
        sizes.add(len(texts))
        return votes(texts)

    found = explain_text(watched, TEXT, num_samples=90, batch_size=batch_size)
    expected = explain_text(votes, TEXT, num_samples=90)
    assert len(sizes) == 1
    assert found.as_list(1) == expected.as_list(1)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_one_output_is_the_probability_of_the_second_class(shape):
    found = explain_text(
        lambda texts: knows_negation(texts).reshape(shape), "not bad", ("no", "yes"), num_samples=80
    )
    assert found.classes == (1, 0) and found.class_names == ("no", "yes")
    np.testing.assert_allclose(found.weights[0], -found.weights[1], atol=1e-8)


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    first, again, other = (
        explain_text(votes, TEXT, num_samples=60, seed=seed).weights[1] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-6


def test_an_explanation_names_itself_in_one_line():
    """At the end of a cell a notebook shows it: not the weights of all words."""
    said = repr(explain_text(votes, TEXT, num_samples=50))
    assert "\n" not in said and len(said) < 400
    hidden = {"weights", "pieces", "spans", "features", "places", "prediction"}
    assert not hidden & set(re.findall(r"(\w+)=", said))
    assert "classes=" in said and "samples=50" in said


def test_letters_that_become_two_when_written_small_are_no_trouble():
    found = explain_text(votes, "İyi jam, not bad", num_samples=30)
    assert [words(found.text[start:end]) for start, end in found.spans] == [[one] for one in found.pieces]
    assert found.text == "İyi jam, not bad"


def test_a_text_of_one_word_gets_next_to_no_weight_for_lime_trusts_no_empty_text():
    found = explain_text(votes, "Bad", labels=[1], num_samples=20)
    ((word, weight),) = found.as_list(1)
    assert word == "bad" and -0.15 < weight < 0


def test_nothing_is_written_to_standard_error_or_output(capfd):
    explain_text(votes, TEXT, num_samples=30)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "change", "said", "error"),
    [
        (" ... ", {}, "has no words", ValueError),
        (float("nan"), {}, "A text is a string", TypeError),
        (TEXT, {"labels": [2]}, "0 to 1; got labels [2]", ValueError),
        (TEXT, {"num_samples": 1}, "2 or more", ValueError),
        (TEXT, {"labels": []}, "name a class", ValueError),
        (TEXT, {"top_labels": 0}, "1 or more; got 0", ValueError),
        (TEXT, {"batch_size": 0}, "1 or more; got 0", ValueError),
        (TEXT, {"predict": SimpleNamespace(predict_on_batch=print)}, "vocabulary.encode_all", ValueError),
        (TEXT, {"predict": lambda texts: np.zeros((2, 2))}, "gave an array of shape (2, 2)", ValueError),
        (TEXT, {"predict": lambda texts: np.full(len(texts), 3.0)}, "no probabilities", ValueError),
    ],
)
def test_what_does_not_fit_is_explained(text, change, said, error):
    settings = {"predict": votes} | change
    with pytest.raises(error) as problem:
        explain_text(settings.pop("predict"), text, **settings)
    assert said in str(problem.value)


def test_a_class_that_was_not_explained_is_refused_with_what_to_type():
    with pytest.raises(ValueError, match=r"labels=\[0\]"):
        explain_text(votes, TEXT, labels=[1], num_samples=20).as_list(0)


def hears(cue):
    """A net that hears one string of characters only, as it was typed."""
    return lambda texts: np.array([[0.1, 0.9] if cue in text else [0.9, 0.1] for text in texts])


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("यह जैम बहुत अच्छा है", "अच्छा"),
        ("The jam is GREAT :-)", "GREAT"),
        ("Loved it 😍", "😍"),
        ("the cafe\u0301 was nice", "cafe\u0301"),
    ],
)
def test_the_text_that_was_given_is_the_one_that_is_explained(text, cue):
    net = hears(cue)
    found = explain_text(net, text, num_samples=100)
    np.testing.assert_array_equal(found.prediction, net([text])[0])
    assert found.classes[0] == 1
    word, weight = found.as_list(1)[0]
    assert [word] == words(cue) and weight > 0.3
    (place,) = found.places[found.features.index(word)]
    assert text[slice(*found.spans[place])] == cue


def test_an_answer_that_hangs_on_signs_outside_of_the_words_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        found = explain_text(hears(":-)"), "The jam is great :-)", num_samples=50)
        assert "only a part of this answer" in caplog.text and "':-)'" in caplog.text
        assert found.outside == pytest.approx(0.8)
        assert found.prediction.tolist() == [0.1, 0.9]
        caplog.clear()
        assert explain_text(hears("great"), "The jam is great :-)", num_samples=50).outside == 0
        assert not caplog.text


@pytest.fixture(scope="module")
def reader():
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("a text layer inside of a net is TensorFlow's")
    keras.utils.set_random_seed(0)
    table = keras.layers.TextVectorization(20, output_sequence_length=6)
    table.adapt(["the jam is good", "the jam is bad"])
    return keras.Sequential([
        keras.Input((), dtype="string"), table, keras.layers.Embedding(20, 4),
        keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2),
    ])  # fmt: skip


def test_a_net_that_takes_texts_and_its_predict_are_explained_as_they_are(reader, capfd):
    text = "The jam is GOOD, not bad."
    scores = reader.predict_on_batch(np.array([text], dtype=object))[0]
    by_net, by_predict = (
        explain_text(one, text, labels=[1], num_samples=60) for one in (reader, reader.predict)
    )
    assert by_net.prediction == pytest.approx(np.exp(scores) / np.exp(scores).sum(), abs=1e-5)
    assert by_net.as_list(1) == by_predict.as_list(1)


def test_labels_in_place_of_probabilities_are_refused_with_what_to_pass():
    with pytest.raises(ValueError, match=r"per class\. Of scikit-learn pass predict_proba, not predict$"):
        explain_text(lambda texts: np.array(["good"] * len(texts)), TEXT, num_samples=20)
