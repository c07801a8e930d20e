"""Word vectors by counting: neighbours, PPMI by hand, and a table that an Embedding can begin with."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.further.answering.vectors import nearest, neighbour_counts, ppmi, word_vectors
from course_utils.text import Vocabulary

TEXTS = ["red apple pie", "red cherry pie", "old stone wall", "old brick wall"] * 3


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary.fit(TEXTS)


def test_neighbours_are_counted_both_ways_and_not_across_texts(vocabulary):
    counts = neighbour_counts(["red apple pie", "old wall"], vocabulary, window=1).toarray()
    at = vocabulary.index
    assert counts[at("red"), at("apple")] == counts[at("apple"), at("red")] == 1
    assert counts[at("red"), at("pie")] == 0, "two words apart"
    assert counts[at("pie"), at("old")] == 0, "another text"
    assert counts.sum() == 6


def test_a_wider_window_sees_further(vocabulary):
    counts = neighbour_counts(["red apple pie"], vocabulary, window=2)
    assert counts[vocabulary.index("red"), vocabulary.index("pie")] == 1
    with pytest.raises(ValueError, match="1 or more"):
        neighbour_counts(TEXTS, vocabulary, window=0)


def test_unknown_words_have_no_neighbours(vocabulary):
    assert neighbour_counts(["red zebra"], vocabulary, window=1).sum() == 0


def test_ppmi_of_a_table_by_hand():
    counts = np.array([[4, 1, 1], [1, 2, 0], [1, 0, 2]])
    total = counts.sum()
    by_hand = np.zeros((3, 3))
    for row in range(3):
        for column in range(3):
            if counts[row, column]:
                share = counts[row, column] * total / (counts[row].sum() * counts[:, column].sum())
                by_hand[row, column] = max(0, np.log2(share))
    assert np.allclose(ppmi(counts).toarray(), by_hand)
    assert by_hand[0, 0] == pytest.approx(np.log2(4 * 12 / 36))


def test_ppmi_is_never_negative_and_zero_where_nothing_was_counted():
    found = ppmi(np.array([[0, 5], [5, 1]])).toarray()
    assert found.min() == 0 and found[0, 0] == 0 and found[0, 1] > 0


def test_words_that_have_the_same_neighbours_get_near_vectors(vocabulary):
    vectors = word_vectors(TEXTS, vocabulary, dimensions=4, window=2)
    assert vectors.shape == (len(vocabulary), 4) and vectors.dtype == np.float32
    assert not vectors[:2].any()
    assert nearest("apple", vectors, vocabulary, 1) == ["cherry"]
    assert nearest("zebra", vectors, vocabulary) == []
    assert np.array_equal(vectors, word_vectors(TEXTS, vocabulary, dimensions=4, window=2))


def test_more_dimensions_than_words_are_refused(vocabulary):
    with pytest.raises(ValueError, match="fewer dimensions"):
        word_vectors(TEXTS, vocabulary, dimensions=40)
