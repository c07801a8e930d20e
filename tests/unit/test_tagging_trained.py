"""What a tagger, a clip's net and a translator are asked while they are trained or searched, told to stand-ins."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from course_utils.datasets.names import read_marked
from course_utils.further.beyond import captions, clips, graph
from course_utils.further.sequences import decoding
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


@pytest.mark.parametrize(
    ("count", "backend", "eager"), [(80, "tensorflow", True), (81, "tensorflow", False), (80, "jax", False)]
)
def test_few_clips_are_trained_on_without_a_graph(monkeypatch, count, backend, eager):
    keras = pytest.importorskip("keras")
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    told = []
    net = SimpleNamespace(run_eagerly=False, fit=lambda *given, **how: told.append((given, how)))
    pictures = np.zeros((count, 1))
    assert clips.fit_clips(net, pictures, "labels", 4) is net and net.run_eagerly is eager
    given, how = told[0]
    slower, quiet = how.pop("callbacks")
    assert given == (pictures, "labels") and how == {"batch_size": 32, "epochs": 4, "verbose": 0}
    assert [slower.schedule(epoch) for epoch in (0, 1, 3)] == pytest.approx([0.002, 0.0015, 0.0005])
    assert type(quiet).__name__ == "QuietProgress"


def test_clips_are_turned_round_and_shuffled_with_their_labels():
    film = np.arange(2 * 3 * 1 * 2 * 1).reshape(2, 3, 1, 2, 1)
    turned, labels = clips.turned_round(film, np.array([0, 2]))
    assert turned.shape == (8, 3, 1, 2, 1) and labels.tolist() == [0, 2, 1, 3, 1, 2, 0, 3]
    assert (
        np.array_equal(turned[2], film[0, ::-1])
        and np.array_equal(turned[4], film[0][:, :, ::-1])
        and np.array_equal(turned[6], film[0, ::-1][:, :, ::-1])
    )
    mixed = clips.shuffled_frames(np.arange(40).reshape(4, 10), seed=1)
    assert [sorted(one) for one in mixed.tolist()] == np.arange(40).reshape(4, 10).tolist()
    orders = {tuple(one % 10) for one in mixed}
    assert len(orders) == 4 and np.array_equal(
        mixed, clips.shuffled_frames(np.arange(40).reshape(4, 10), seed=1)
    )
    net = SimpleNamespace(predict=lambda pictures, verbose: np.array([[0.1, 0.9], [0.8, 0.2]]))
    assert clips.named(net, "pictures").tolist() == [1, 0]


def test_a_search_asks_for_the_label_after_those_so_far():
    asked = []

    def predict(given):
        source, before = given
        asked.append((source.tolist(), before.tolist()))
        shares = np.full((1, 5, 3), 0.5)
        shares[0, 2] = [1.0, 0.25, 0.0]
        return shares

    scores = decoding.next_label(SimpleNamespace(predict_on_batch=predict), np.array([7, 8]), 5)((4, 6))
    assert asked == [([[7, 8]], [[1, 4, 6, 0, 0]])]
    assert scores == pytest.approx([0, np.log(0.25), np.log(1e-30)])


def test_a_greedy_search_stops_at_each_end_and_tells_what_came_before():
    plan, asked = {0: [4, 2], 1: [5, 4], 2: [2, 5]}, []

    def predict(given, batch_size, verbose):
        asked.append((given[1].copy(), batch_size, verbose))
        shares = np.zeros((2, 4, 6))
        for place, labels in plan.items():
            shares[[0, 1], place, labels] = 1
        return shares

    made = decoding.greedy(SimpleNamespace(predict=predict), np.zeros((2, 3)), 4)
    assert made.tolist() == [[4, 5, 2, 0], [2, 0, 0, 0]] and made.dtype == np.int32 and len(asked) == 3
    assert asked[2][0].tolist() == [[1, 4, 5, 0], [1, 0, 0, 0]] and asked[0][1:] == (512, 0)


@pytest.mark.parametrize(
    ("said", "true", "constant"),
    [("aaab", "abcd", True), ("aabb", "abcd", False), ("aaab", "aabc", False), ("aaaa", "aaab", False)],
)
def test_one_caption_for_everything_is_noticed_where_the_truth_has_many(said, true, constant):
    captions_said, truth = ([f"a {letter} on wood" for letter in word] for word in (said, true))
    scores = captions.score_captions(captions_said, truth)
    assert scores.constant is constant and scores.different == len(set(said))
    right = np.mean([one == other for one, other in zip(said, true, strict=True)])
    assert scores.whole == scores.slots["first fruit"] == right and scores.slots["ground"] == 1.0
    assert list(scores.row()) == ["whole caption", *captions.SLOTS, "different captions"]


def test_a_caption_is_its_four_slots_and_back():
    for slots, caption in (
        (("plum", "left of", "orange", "wood"), "a plum left of an orange on wood"),
        (("orange", "in front of", "plum", "stone"), "an orange in front of a plum on stone"),
        (("plum", "", "", "wood"), "a plum on wood"), (("nothing", "", "", "wood"), "nothing on wood"),
    ):  # fmt: skip
        assert captions.compose(*slots) == caption and captions.slots(caption) == slots
    assert captions.slots("") == ("", "", "", "") and captions.slots("a plum") == ("plum", "", "", "")


@pytest.mark.parametrize(
    ("middles", "caption"),
    [
        ((0.1, 0.5), "a plum left of a kiwi on wood"),
        ((0.5, 0.1), "a kiwi left of a plum on wood"),
        ((0.3, 0.41), "a kiwi in front of a plum on wood"),
    ]
    + [((0.25, 0.375), "a plum left of a kiwi on wood")],
)
def test_two_fruits_are_named_from_left_to_right_or_the_nearer_first(middles, caption):
    plum, kiwi = (
        captions.Thing(word, x - size, 0.4, x + size, low)
        for word, x, size, low in (("plum", middles[0], 0.1, 0.5), ("kiwi", middles[1], 0.05, 0.9))
    )
    other = captions.Thing("plum", 0.9, 0.9, 0.91, 0.91)
    assert captions.describe([other, kiwi, plum], "wood") == caption
    assert (
        captions.describe([plum, other], "marble") == "a plum on stone"
        and captions.describe([], "tiles") == "nothing on stone"
    )
    assert kiwi.area == pytest.approx(0.05) and kiwi.middle == pytest.approx((middles[1], 0.65))


def test_an_index_of_faiss_is_built_and_walked(monkeypatch):
    told = []

    class Index:
        def __init__(self, *given):
            told.append(given)
            self.hnsw = SimpleNamespace(efSearch=0)

        def add(self, vectors):
            told.append(("add", vectors.dtype, vectors.shape))

        def search(self, query, count):
            told.append((query.dtype, query.shape, count, self.hnsw.efSearch))
            return None, [[4, 2]]

    faiss = ModuleType("faiss")
    faiss.IndexHNSWFlat, faiss.METRIC_INNER_PRODUCT = Index, "inner"
    monkeypatch.setitem(sys.modules, "faiss", faiss)
    one = graph.Graph(np.zeros((5, 3)))
    assert one.search(np.zeros(3), 2, 9) == [4, 2]
    assert told == [(3, 16, "inner"), ("add", np.float32, (5, 3)), (np.float32, (1, 3), 2, 9)]
    for spec, there in (
        (None, False),
        (SimpleNamespace(origin=None), False),
        (SimpleNamespace(origin="x"), True),
    ):
        monkeypatch.setattr(graph, "find_spec", lambda name, spec=spec: spec)
        assert graph.Graph.there() is there
