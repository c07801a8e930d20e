"""Find pictures like this one: features, exact search, precision at 1, and an index of inverted lists."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.foundation import config

if TYPE_CHECKING:
    from pandas import DataFrame

FEATURE_SIZE = 80
"""Side in pixels at which pictures go through the backbone, as in notebook 04."""
FEATURE_LAYERS = ("block4_pool", "block5_pool")
UNSEEN_KINDS = ("Cocos", "Lemon", "Plum", "Strawberry")
"""Kinds whose pictures no embedding of the notebook learns from."""

Array = np.ndarray


def unit(vectors: Array) -> Array:
    """Vectors (N, D) at length 1, as float32; a vector of zeros stays zero."""
    vectors = np.asarray(vectors, np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def colour_histogram(images: Array, bins: int = 4) -> Array:
    """Shares of the pixels in `bins` steps of red, green and blue: uint8 (N, H, W, 3) to float32 (N, bins ** 3).

    The square root makes the cosine of two histograms the Bhattacharyya coefficient: rare colours count, too.
    """
    # The step of each of the 256 levels, looked up: bytes hold the numbers of up to 256 cells.
    steps = (np.arange(256) * bins // 256).astype(np.uint8 if bins**3 <= 256 else np.int64)[
        np.asarray(images)
    ]
    cells = (steps[..., 0] * bins + steps[..., 1]) * bins + steps[..., 2]
    flat = cells.reshape(len(cells), -1)
    counts = np.stack([np.bincount(one, minlength=bins**3) for one in flat])
    return np.sqrt(counts / flat.shape[1]).astype(np.float32)


def nearest(queries: Array, gallery: Array, count: int = 1, left_out: Array | None = None) -> Array:
    """The `count` most similar rows of `gallery` (G, D) for each of `queries` (Q, D), best first: int (Q, count).

    Similar means a large dot product: the cosine, if all rows have length 1. `left_out`: bool (Q, G), True where a
    picture of the gallery must not be the answer, such as another view of the same fruit.
    Raises ValueError when more pictures are wanted than there are.
    """
    if count > len(gallery):
        raise ValueError(f"The gallery has {len(gallery)} pictures; {count} were asked for")
    likeness = np.asarray(queries) @ np.asarray(gallery).T
    if left_out is not None:
        likeness = np.where(left_out, -np.inf, likeness)
    return np.argsort(-likeness, axis=1, kind="stable")[:, :count]


def precision_at_1(query_labels: Array, found_labels: Array) -> float:
    """Share of the queries whose first answer is of their own kind: two arrays (Q,)."""
    return float(np.mean(np.asarray(query_labels) == np.asarray(found_labels)))


@dataclass(frozen=True, eq=False)
class Features:
    """Frozen features of the bundled *market*, kept with the course: one row per picture.

    vectors: float32 (N, 1024), means of the maps of VGG16's `block4_pool` and `block5_pool` with course weights.
    table: the rows of `load_fruits("market").table`, with the column split.
    """

    vectors: Array = field(repr=False)
    table: DataFrame = field(repr=False)

    def part(self, split: str, kinds: tuple[str, ...] | None = None) -> tuple[Array, Array, list[str]]:
        """Vectors (N, D), labels (N,) and paths of a split, of all kinds or of some."""
        chosen = self.table["split"] == split
        if kinds is not None:
            chosen &= self.table["class_name"].isin(kinds)
        rows = np.flatnonzero(chosen)
        part = self.table.iloc[rows]
        return self.vectors[rows], part["label"].to_numpy(), list(part["path"])


def load_features() -> Features:
    """The kept features of *market*. Raises FileNotFoundError, with the command, when the file is missing."""
    import pandas as pd

    from course_utils.datasets import load_fruits

    place = config.repository_root() / "data" / "beyond" / "features.npz"
    if not place.is_file():
        raise FileNotFoundError(
            f"The kept features are missing from {place}. Type: git checkout -- data/beyond"
        )
    with np.load(place, allow_pickle=False) as kept:
        vectors = kept["values"].astype(np.float32) * kept["scale"]
    market = load_fruits("market")
    table = pd.concat(
        [market.table(split).assign(split=split) for split in ("Training", "Test")], ignore_index=True
    )
    if len(table) != len(vectors):
        raise ValueError(f"{len(vectors)} kept features but {len(table)} pictures in {market.root}")
    return Features(vectors, table)


class Frozen:
    """The backbone as a function: uint8 pictures (N, 80, 80, 3) to features (N, 1024)."""

    def __init__(self, backbone: Any) -> None:
        """backbone: `pretrained.load("VGG16", input_size=80, weights="course")`."""
        import keras

        self.backbone = backbone
        means = [
            keras.layers.GlobalAveragePooling2D()(self.backbone.model.get_layer(name).output)
            for name in FEATURE_LAYERS
        ]
        self.model = keras.Model(self.backbone.model.inputs[0], keras.layers.Concatenate()(means))

    def __call__(self, images: Array, batch_size: int = 16) -> Array:
        return self.model.predict(self.backbone.preprocess(images), batch_size=batch_size, verbose=0)


class InvertedLists:
    """An index that looks only into a few cells: k-means centres, and a list of the vectors nearest to each.

    `vectors`: float32 (N, D) of length 1. `cells`: number of centres. Source: J. Sivic, A. Zisserman, "Video Google",
    2003; faiss calls it IVF.
    """

    def __init__(self, vectors: Array, cells: int = 256, rounds: int = 6, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        sample = vectors[random.choice(len(vectors), min(len(vectors), 40 * cells), replace=False)]
        centres = sample[:cells].copy()
        for _ in range(rounds):
            nearest_centre = (sample @ centres.T).argmax(axis=1)
            for cell in range(cells):
                if (members := sample[nearest_centre == cell]).size:
                    centres[cell] = members.mean(axis=0)
            centres = unit(centres)
        self.vectors, self.centres = vectors, centres
        home = np.concatenate([(part @ centres.T).argmax(axis=1) for part in np.array_split(vectors, 10)])
        order = np.argsort(home, kind="stable")
        self.lists = np.split(order, np.searchsorted(home[order], np.arange(1, cells)))

    def search(self, query: Array, count: int, probes: int) -> Array:
        """The `count` best rows that lie in the `probes` cells nearest to `query` (D,): int (count or fewer,)."""
        cells = np.argpartition(-(self.centres @ query), probes - 1)[:probes]
        found = np.concatenate([self.lists[cell] for cell in cells])
        return found[np.argsort(-(self.vectors[found] @ query), kind="stable")[:count]]


def recall_and_time(
    index: InvertedLists, queries: Array, probes: Sequence[int], count: int = 10
) -> tuple[list[float], list[float], float]:
    """Recall of the true first `count` and milliseconds per query for each number of `probes`; ms of exact search."""

    def timed(search: Callable[[Array], Array]) -> tuple[list[set[int]], float]:
        begun = time.perf_counter()
        found = [set(search(one).tolist()) for one in queries]
        return found, 1000 * (time.perf_counter() - begun) / len(queries)

    truth, exact = timed(lambda one: np.argpartition(-(index.vectors @ one), count)[:count])
    recall, spent = [], []
    for probed in probes:
        found, milliseconds = timed(lambda one, probed=probed: index.search(one, count, probed))
        pairs = zip(found, truth, strict=True)
        recall.append(float(np.mean([len(one & right) / count for one, right in pairs])))
        spent.append(milliseconds)
    return recall, spent, exact


class Album:
    """The pictures of *market* (Training), searched by picture: `Album(net).like(picture)` gives the most similar files.

    net: a `Frozen`. embed: a function from features (N, 1024) to vectors of length 1, such as a learned embedding; the features
    themselves, brought to length 1, if None.
    """

    def __init__(self, net: Frozen, embed: Callable[[Array], Array] = unit) -> None:
        from course_utils.datasets import load_fruits

        vectors, _, self.paths = load_features().part("Training")
        self.root = load_fruits("market").root
        self.embed, self.vectors = embed, embed(vectors)
        self.net = net

    def like(self, picture: Array, count: int = 5) -> list[str]:
        """Paths, relative to `root`, of the `count` pictures most like a picture (80, 80, 3) of 0-255, best first."""
        found = nearest(self.embed(self.net(np.asarray(picture)[None])), self.vectors, count)[0]
        return [self.paths[row] for row in found]
