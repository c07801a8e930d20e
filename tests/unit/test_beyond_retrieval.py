"""Pictures are found by likeness, near-copies can be kept out, and an index trades recall for time."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from course_utils.further.beyond import graph, retrieval
from course_utils.further.beyond.graph import Graph


def backbone():
    from course_utils.pretrained import load

    return retrieval.Frozen(load("VGG16", input_size=retrieval.FEATURE_SIZE, weights="course"))


def test_vectors_have_length_one_and_zeros_stay_zero() -> None:
    made = retrieval.unit(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(made, [[0.6, 0.8], [0, 0]], atol=1e-6)


def test_a_histogram_counts_colours_and_not_places() -> None:
    picture = np.zeros((1, 4, 4, 3), np.uint8)
    picture[0, :2] = (255, 0, 0)
    shares = retrieval.colour_histogram(picture, bins=2)
    assert shares.shape == (1, 8)
    np.testing.assert_allclose(shares[0, [0, 4]], np.sqrt(0.5))
    np.testing.assert_allclose(shares, retrieval.colour_histogram(picture[:, ::-1], bins=2))
    np.testing.assert_allclose((shares**2).sum(), 1)


@pytest.mark.parametrize("bins", [1, 2, 3, 4, 6, 7, 16], ids="{} steps per colour".format)
def test_each_of_the_256_levels_is_counted_in_its_step(bins):
    picture = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3), dtype=np.uint8)
    picture[0, :, 0] = np.linspace(0, 255, 40).astype(np.uint8)[:, None]  # from the first level to the last
    counts = np.zeros((bins, bins, bins), int)
    for red, green, blue in picture.reshape(-1, 3).tolist():
        counts[red * bins // 256, green * bins // 256, blue * bins // 256] += 1
    shares = np.sqrt(counts.ravel() / 1600).astype(np.float32)
    np.testing.assert_array_equal(retrieval.colour_histogram(picture, bins)[0], shares)


def test_the_most_similar_comes_first_and_what_is_left_out_never_comes() -> None:
    gallery = np.array([[1.0, 0], [0.8, 0.6], [0, 1]])
    asked = gallery[:1]
    assert retrieval.nearest(asked, gallery, 3).tolist() == [[0, 1, 2]]
    assert retrieval.nearest(asked, gallery, 1, np.array([[True, False, False]])).tolist() == [[1]]
    with pytest.raises(ValueError, match="The gallery has 3 pictures; 4 were asked for"):
        retrieval.nearest(asked, gallery, 4)


def test_precision_at_1_is_the_share_of_right_first_answers() -> None:
    assert retrieval.precision_at_1([1, 2, 3, 4], [1, 2, 0, 0]) == 0.5


def test_the_kept_features_belong_to_the_pictures_of_market() -> None:
    kept = retrieval.load_features()
    assert kept.vectors.shape == (2_560, 1_024) and (kept.vectors >= 0).all()
    vectors, labels, paths = kept.part("Test", retrieval.UNSEEN_KINDS)
    assert vectors.shape == (160, 1_024) and len(set(labels)) == 4
    assert {path.split("/")[1] for path in paths} == set(retrieval.UNSEEN_KINDS)


def test_the_kept_features_are_what_the_net_gives() -> None:
    pytest.importorskip("keras")
    from course_utils.datasets import load_fruits

    kept = retrieval.load_features()
    vectors, _, paths = kept.part("Test")
    now = backbone()(load_fruits("market").read(paths[::200], retrieval.FEATURE_SIZE))
    likeness = (retrieval.unit(now) * retrieval.unit(vectors[::200])).sum(axis=1)
    assert likeness.min() > 0.999


def test_an_album_finds_a_picture_of_its_own_first() -> None:
    pytest.importorskip("keras")
    from course_utils.datasets import read_image

    album = retrieval.Album(backbone())
    assert album.like(read_image(album.root / album.paths[500], 80), 3)[0] == album.paths[500]


def test_inverted_lists_find_more_the_more_cells_they_look_into() -> None:
    random = np.random.default_rng(0)
    middles = random.normal(size=(40, 16))
    vectors = retrieval.unit(middles[random.integers(40, size=4_000)] + 0.5 * random.normal(size=(4_000, 16)))
    index = retrieval.InvertedLists(vectors, cells=32)
    assert sorted(np.concatenate(index.lists)) == list(range(4_000))
    recall, spent, exact = retrieval.recall_and_time(index, vectors[:50], (1, 4, 32))
    assert recall[0] < recall[1] < recall[2] == 1
    assert len(spent) == 3 and min(*spent, exact) > 0


def test_a_graph_is_offered_only_where_its_package_is() -> None:
    vectors = retrieval.unit(np.random.default_rng(0).normal(size=(500, 16)))
    if not Graph.there():
        with pytest.raises(ImportError, match="faiss"):
            Graph(vectors)
        return
    recall, spent, exact = retrieval.recall_and_time(Graph(vectors), vectors[:20], (10, 200))
    assert recall[0] <= recall[1] and recall[1] > 0.98 and min(*spent, exact) > 0


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
