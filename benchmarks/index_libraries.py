"""Search among many vectors: exact, with the notebook's inverted lists, and with a library's graph; recall against time.

    python benchmarks/index_libraries.py             # two minutes on one core
    python benchmarks/index_libraries.py --record    # and keep the table in benchmarks/recorded/

Needs faiss (`pip install faiss-cpu`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.foundation import config, records
from course_utils.further.beyond import retrieval
from course_utils.further.beyond.graph import Graph

log = logging.getLogger("index_libraries")
NAME = "index_libraries"
TITLE = "Search among many vectors: exact, inverted lists, and a library's graph"
NOTE = (
    "Made-up vectors of 64 numbers around 2,000 middles, as in notebook 11; 200 of them ask, one at a time, on one core. "
    "recall: share of the true first ten. ms: per question, and exact search in the same run. looked into: cells, or "
    "the graph's open ends. building: seconds, once. The graph is faiss's HNSW with 16 edges per row."
)
SIZES = (10_000, 100_000, 400_000)
PROBES, ENDS = (4, 16), (32, 128)
PACKAGES = ("faiss-cpu", "numpy")


def vectors(number: int, seed: int = 2018) -> np.ndarray:
    """`number` rows of 64 numbers and length 1, in groups, as in the notebook."""
    random = np.random.default_rng(seed)
    middles = random.normal(size=(2_000, 64))
    return retrieval.unit(
        middles[random.integers(2_000, size=number)] + 0.6 * random.normal(size=(number, 64))
    )


def measure() -> list[dict]:
    """One row per size, index and number of places looked into."""
    import faiss

    faiss.omp_set_num_threads(1)
    rows = []
    for size in SIZES:
        many = vectors(size)
        for name, build, tried in (
            ("inverted lists, 256 cells", retrieval.InvertedLists, PROBES),
            ("faiss, a graph", Graph, ENDS),
        ):
            begun = time.perf_counter()
            index = build(many)
            building = time.perf_counter() - begun
            recall, spent, exact = retrieval.recall_and_time(index, many[:200], tried)
            for looked, share, milliseconds in zip(tried, recall, spent, strict=True):
                rows.append(
                    {
                        "vectors": size,
                        "index": name,
                        "looked into": looked,
                        "recall": round(share, 3),
                        "ms": round(milliseconds, 3),
                        "exact, ms": round(exact, 3),
                        "building": round(building, 1),
                    }
                )
    return rows


def digest() -> str:
    """Changes with this script and with the indexes that it measures."""
    folder = config.repository_root() / "course_utils" / "further" / "beyond"
    total = hashlib.sha256()
    for path in (Path(__file__), folder / "retrieval.py", folder / "graph.py"):
        total.update(records.code_of(path).encode())
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    if not Graph.there():
        log.error("The package faiss is not installed. Type: pip install faiss-cpu")
        return 2
    rows = measure()
    if chosen.record:
        log.info("%s", records.write(NAME, TITLE, NOTE, rows, digest(), PACKAGES))
    else:
        log.info("%s", json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
