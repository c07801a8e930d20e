"""What a frozen net knows: means of the maps of some layers, and the linear head that needs the fewest pictures.

    python benchmarks/backbones.py     # which layers and which picture size serve each net best

Only *market*'s Training pictures are read, by draws of 20 a class scored on the pictures not drawn; what was found
stands in CHOSEN. `benchmarks/transfer.py` measures on Test with it.

The head is a linear discriminant analysis: the linear classifier that needs the fewest pictures, as all classes share
one covariance (shrunk after Ledoit and Wolf).
"""

from __future__ import annotations

import argparse
import itertools
import logging
from collections.abc import Sequence

import numpy as np

from course_utils import pretrained
from course_utils.datasets import Fruits, load_fruits

log = logging.getLogger("backbones")
Array = np.ndarray

SHOTS = 20
DRAWS = 3
VIEWS = 3
"""A picture, left to right, upside down."""
SIZES = (96, 128)
LAYERS = {
    "VGG16": ("block2_pool", "block3_pool", "block4_pool", "block5_pool"),
    "Xception": ("block4_sepconv1_act", "block5_sepconv1_act", "block9_sepconv1_act")
    + ("block13_sepconv1_act", "block14_sepconv1_act", "block14_sepconv2_act"),
    "MobileNetV2": ("block_6_expand_relu", "block_10_expand_relu", "block_13_expand_relu", "out_relu"),
}
CHOSEN: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {
    ("VGG16", "course"): (96, ("block4_pool", "block5_pool")),
    ("VGG16", "random"): (128, ("block2_pool", "block4_pool")),
    ("Xception", "course"): (96, ("block5_sepconv1_act", "block13_sepconv1_act")),
    ("Xception", "random"): (128, ("block9_sepconv1_act", "block14_sepconv1_act")),
    ("MobileNetV2", "imagenet"): (128, ("block_13_expand_relu", "out_relu")),
}
"""Picture size and layers by net and weights: what this script found best."""


def load(name: str, weights: str, size: int, seed: int = 0) -> pretrained.Pretrained:
    """The net without its top; random weights are drawn with `seed`."""
    import keras

    keras.utils.set_random_seed(seed)
    return pretrained.load(name, weights=weights, input_size=size)


def predict(model, pictures: Array, net: pretrained.Pretrained, batch: int = 32) -> list[Array]:
    """All outputs of `model` for uint8 pictures (N, S, S, 3), prepared as `net` wants them."""
    parts = []
    for start in range(0, len(pictures), batch):
        chunk = net.preprocess(pictures[start : start + batch])
        short = batch - len(chunk)  # one shape, so that the net is compiled once
        found = model.predict_on_batch(np.pad(chunk, ((0, short), (0, 0), (0, 0), (0, 0))))
        found = found if isinstance(found, (list, tuple)) else [found]
        parts.append([np.asarray(f)[: len(chunk)] for f in found])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def features(net: pretrained.Pretrained, layers: Sequence[str], pictures: Array) -> list[Array]:
    """Means over each layer's maps, (N, channels) each, of uint8 pictures (N, S, S, 3)."""
    import keras

    pooled = [keras.layers.GlobalAveragePooling2D()(net.model.get_layer(name).output) for name in layers]
    return predict(keras.Model(net.model.inputs[0], pooled), pictures, net)


def draw(labels: Array, shots: int | None, seed: int) -> Array:
    """Indices of `shots` random pictures a class, sorted; all of them for None. Smaller draws are part of larger."""
    if shots is None:
        return np.arange(len(labels))
    random = np.random.default_rng(seed)
    chosen = [random.permutation(np.flatnonzero(labels == label))[:shots] for label in np.unique(labels)]
    return np.sort(np.concatenate(chosen))


def mirrored(pictures: Array) -> Array:
    """The pictures, then all of them left to right, then all upside down: (3N, S, S, 3)."""
    return np.concatenate([pictures, pictures[:, :, ::-1], pictures[:, ::-1]])


def fitted_head(x: Array, y: Array):
    """The head, fitted to features (N, F) and labels (N,)."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(x, y)


def choose(name: str, weights: str, fruits: Fruits) -> list[tuple[float, int, tuple[str, ...]]]:
    """(mean accuracy, size, layers) of single layers and of pairs of the three best; best first."""
    found = []
    for size in SIZES:
        net = load(name, weights, size)
        x, y = fruits.images("Training", size)
        maps = dict(zip(LAYERS[name], features(net, LAYERS[name], mirrored(x)), strict=True))
        single = sorted(((score({layer: maps[layer]}, y), layer) for layer in LAYERS[name]), reverse=True)
        found += [(one, size, (layer,)) for one, layer in single]
        best = sorted((layer for _, layer in single[:3]), key=LAYERS[name].index)
        for pair in itertools.combinations(best, 2):
            found.append((score({layer: maps[layer] for layer in pair}, y), size, pair))
    return sorted(found, reverse=True)


def score(maps: dict[str, Array], y: Array) -> float:
    """Mean accuracy over draws of 20 a class on the Training pictures not drawn; `maps` by layer, of all views."""
    joined, scores = np.concatenate(list(maps.values()), axis=1), []
    for seed in range(DRAWS):
        drawn = draw(y, SHOTS, seed)
        rest = np.setdiff1d(np.arange(len(y)), drawn)
        views = np.concatenate([drawn + view * len(y) for view in range(VIEWS)])
        head = fitted_head(joined[views], np.tile(y[drawn], VIEWS))
        scores.append(head.score(joined[rest], y[rest]))
    return float(np.mean(scores))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nets", nargs="*", choices=LAYERS, default=list(LAYERS))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in options.nets:
        for weights in ("imagenet",) if name == "MobileNetV2" else ("course", "random"):
            for row in choose(name, weights, load_fruits("market")):
                log.info("%s, %s: %.3f at %d px, %s", name, weights, *row)


if __name__ == "__main__":
    main()
