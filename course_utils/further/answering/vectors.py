"""Word vectors by counting neighbours: positive pointwise mutual information (PPMI), made short by an SVD.

Source: O. Levy, Y. Goldberg, "Neural word embedding as implicit matrix factorization", 2014; J. Bullinaria, J. Levy,
"Extracting semantic representations from word co-occurrence statistics", 2007.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from course_utils.text import UNKNOWN, Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SPREAD = 0.25  # standard deviation of all values of a table, about that of published word vectors


def neighbour_counts(texts: Iterable[str], vocabulary: Vocabulary, window: int = 3) -> csr_matrix:
    """How often two words stand at most `window` words apart: float32 (V, V), symmetric.

    Padding and unknown words have no neighbours. Raises ValueError for a window below 1.
    """
    from scipy.sparse import coo_matrix

    if window < 1:
        raise ValueError(f"window is the number of words to look at on each side, 1 or more; got {window}")
    size = len(vocabulary)
    # One row of ids for all texts, with `window` gaps after each, so that no word meets those of another text.
    ids = [number for text in texts for number in (*vocabulary.encode(text), *[0] * window)]
    found = np.array([0, *ids], dtype=np.int64)
    counts = coo_matrix((size, size), dtype=np.float32).tocsr()
    for apart in range(1, window + 1):
        first, second = found[:-apart], found[apart:]
        known = (first > UNKNOWN) & (second > UNKNOWN)
        ones = np.ones(int(known.sum()), dtype=np.float32)
        counts += coo_matrix((ones, (first[known], second[known])), shape=(size, size)).tocsr()
    return (counts + counts.T).tocsr()


def ppmi(counts: csr_matrix) -> csr_matrix:
    """Positive pointwise mutual information of a table of counts: the same shape, log of base 2.

    For a count n of row i and column j it is log(n · total / (row sum · column sum)), or 0 where that is negative.
    Pairs that never occur stay 0. `counts`: a sparse matrix or an array.
    """
    from scipy.sparse import coo_matrix

    table = coo_matrix(counts).astype(np.float64)
    table.sum_duplicates()
    rows = np.asarray(table.sum(axis=1)).ravel()
    columns = np.asarray(table.sum(axis=0)).ravel()
    there = table.data > 0
    row, column, count = table.row[there], table.col[there], table.data[there]
    values = np.maximum(0.0, np.log2(count * table.data.sum() / (rows[row] * columns[column])))
    found = coo_matrix((values, (row, column)), shape=table.shape).tocsr()
    found.eliminate_zeros()
    return found


def word_vectors(
    texts: Iterable[str], vocabulary: Vocabulary, dimensions: int = 64, window: int = 3, seed: int = 0
) -> np.ndarray:
    """A table of word vectors, float32 (V, dimensions), for an `Embedding` to begin with.

    Words that the texts do not have, padding and unknown words get zeros. Raises ValueError where the texts have
    fewer different words than `dimensions`.
    """
    from sklearn.utils.extmath import randomized_svd

    table = ppmi(neighbour_counts(texts, vocabulary, window))
    known = np.asarray(table.sum(axis=1)).ravel() > 0
    if known.sum() < dimensions:
        raise ValueError(
            f"{known.sum()} words with neighbours give no {dimensions} numbers each: ask for fewer dimensions"
        )
    left, strengths, _ = randomized_svd(table, dimensions, random_state=seed)
    vectors = np.where(known[:, None], left * np.sqrt(strengths), 0)
    return (vectors * SPREAD / vectors[known].std()).astype(np.float32)


def nearest(word: str, vectors: np.ndarray, vocabulary: Vocabulary, count: int = 5) -> list[str]:
    """The words whose vectors point most nearly the same way (cosine), the nearest first; [] for an unknown word."""
    lengths = np.linalg.norm(vectors, axis=1)
    place = vocabulary.index(word)
    if lengths[place] == 0:
        return []
    likeness = vectors @ vectors[place] / np.maximum(lengths * lengths[place], 1e-9)
    likeness[place] = -np.inf
    return [vocabulary.words[other] for other in np.argsort(-likeness)[:count]]
