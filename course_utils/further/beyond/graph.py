"""An index of a well-kept library for a million pictures: faiss's graph, where the package is installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np


class Graph:
    """An index that walks from neighbour to neighbour towards the question; faiss calls it HNSW.

    `vectors`: float32 (N, D) of length 1. `edges`: neighbours that each row is joined to. Raises ImportError without
    faiss, which the course does not install: `pip install faiss-cpu`. Source: Y. Malkov, D. Yashunin, "Efficient and
    robust approximate nearest neighbor search using hierarchical navigable small world graphs", 2016.
    """

    def __init__(self, vectors: np.ndarray, edges: int = 16) -> None:
        import faiss

        self.vectors = np.ascontiguousarray(vectors, np.float32)
        self.index = faiss.IndexHNSWFlat(self.vectors.shape[1], edges, faiss.METRIC_INNER_PRODUCT)
        self.index.add(self.vectors)

    @staticmethod
    def there() -> bool:
        """Whether faiss is installed."""
        found = find_spec("faiss")
        return found is not None and found.origin is not None  # a folder of that name is not the package

    def search(self, query: np.ndarray, count: int, probes: int) -> np.ndarray:
        """The `count` best rows of those that a walk with `probes` open ends meets, for `query` (D,): int (count,)."""
        self.index.hnsw.efSearch = probes
        return self.index.search(np.ascontiguousarray(query, np.float32)[None], count)[1][0]
