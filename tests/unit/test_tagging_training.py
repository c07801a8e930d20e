"""What Keras is asked while a tagger learns, told to a stand-in, and how words are forgotten meanwhile."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.datasets.names import read_marked
from course_utils.further.tagging import encoding, training

SENTENCES = [read_marked("<LOC>Leeds</LOC> is far from <LOC>Ulm</LOC>."), read_marked("Rain.")]


def test_a_tagger_learns_ever_more_slowly_from_sentences_and_their_copies(monkeypatch):
    keras = pytest.importorskip("keras")
    told = {}
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: told.__setitem__("seed", seed))
    monkeypatch.setattr(
        training,
        "with_new_names",
        lambda sentences, seed, lists: told.setdefault("copies", []).append(seed) or list(sentences),
    )
    forgotten = []
    monkeypatch.setattr(
        training, "forget", lambda inputs, share, seed: forgotten.append((share, seed)) or inputs
    )
    model = SimpleNamespace(
        optimizer=SimpleNamespace(learning_rate=0.5),
        fit=lambda *given, **how: told.__setitem__("fit", (given, how)),
    )
    monkeypatch.setattr(
        training, "build_tagger", lambda encoder, **net: told.__setitem__("net", net) or model
    )
    tagger = training.fit_tagger(SENTENCES, seed=5, epochs=4, copies=2, units=7)
    (inputs, labels), how = told["fit"]
    assert tagger.model is model and tagger.encoder.tags == ("O", "B-LOC") and told["net"] == {"units": 7}
    assert (told["seed"], told["copies"], forgotten) == (5, [5, 6], [(0.2, 5), (0.2, 6), (0.2, 7)])
    assert (
        len(labels) == 6
        and inputs["words"].shape == (6, 56)
        and labels[0, :7].tolist() == [1, 0, 0, 0, 1, 0, -1]
    )
    (falling,) = how.pop("callbacks")
    assert how == {"epochs": 4, "batch_size": 32, "verbose": 0}
    assert [falling.schedule(epoch) for epoch in (0, 2, 4)] == pytest.approx([0.5, 0.275, 0.05])
    own = encoding.Encoder.fit(SENTENCES, length=8, least=1)
    assert (
        training.fit_tagger(SENTENCES, encoder=own, copies=0).encoder is own and len(told["fit"][0][1]) == 2
    )


def test_words_are_forgotten_and_lists_fall_silent_by_their_share():
    words = np.array([[0, 1, 5, 9]] * 400)
    flags = np.ones((400, 4, 2 + len(encoding.SHAPES)), np.float32)
    inputs = {"words": words, "flags": flags, "characters": "stay"}
    found = training.forget(inputs, 0.25, seed=1)
    assert (
        found["characters"] == "stay"
        and (found["words"][:, :2] == [0, 1]).all()
        and set(found["words"][:, 2]) == {1, 5}
    )
    assert (found["words"][:, 2:] == 1).mean() == pytest.approx(0.25, abs=0.05)
    assert (found["flags"][..., 2:] == 1).all() and (
        found["flags"][:, :1, :2] == found["flags"][..., :2]
    ).all()
    assert (found["flags"][:, 0, :2] == 0).mean() == pytest.approx(0.25, abs=0.05)
    assert words[0, 2] == 5 and flags.min() == 1, "what was given stays as it was"
    assert (training.forget(inputs, 0.0)["words"] == words).all() and (
        training.forget(inputs, 1.0)["words"][:, 2:] == 1
    ).all()
