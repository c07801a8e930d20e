"""A linear-chain CRF in NumPy: the score of a path, the sum over all paths, and the best path (Viterbi).

Everything starts from pair scores of shape (T, K, K): `pairs[t, i, j]` is the score of tag j at token t after tag i at
token t - 1. The first token has none before it: there all rows are equal, and row 0 is read.
"""

from __future__ import annotations

import itertools

import numpy as np


def path_score(pairs: np.ndarray, path: list[int] | np.ndarray) -> float:
    """The score of one path of T tag numbers through pair scores (T, K, K): the sum of its T steps."""
    before = [0, *path[:-1]]
    return float(sum(pairs[t, i, j] for t, (i, j) in enumerate(zip(before, path, strict=True))))


def all_paths(pairs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The score of each of the K**T paths, by brute force. Raises ValueError above 100,000 paths."""
    length, tags = pairs.shape[:2]
    if tags**length > 100_000:
        raise ValueError(f"{tags}**{length} paths are too many to list; take fewer tokens or tags")
    return {path: path_score(pairs, path) for path in itertools.product(range(tags), repeat=length)}


def log_partition(pairs: np.ndarray) -> float:
    """The logarithm of the sum of exp(score) over all paths, by the forward algorithm: T steps of K × K."""
    scores = np.asarray(pairs[0, 0], dtype="float64")
    for step in pairs[1:]:
        scores = _log_sum(scores[:, None] + step)
    return float(_log_sum(scores[:, None])[0])


def viterbi(pairs: np.ndarray) -> tuple[list[int], float]:
    """The best of all paths and its score, in T steps of K × K instead of K**T paths (Viterbi 1967).

    pairs: (T, K, K) without padding. Of equal paths, the one with the smaller tag numbers at the end wins.
    """
    scores, origins = np.asarray(pairs[0, 0], dtype="float64"), []
    for step in pairs[1:]:
        candidates = scores[:, None] + step
        origins.append(candidates.argmax(axis=0))
        scores = candidates.max(axis=0)
    path = [int(scores.argmax())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return path[::-1], float(scores.max())


def _log_sum(scores: np.ndarray) -> np.ndarray:
    """log(sum(exp)) over the first axis, safe for large scores."""
    top = scores.max(axis=0)
    return top + np.log(np.exp(scores - top).sum(axis=0))
