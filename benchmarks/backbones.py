"""What a pretrained backbone is worth with few labels: linear heads on frozen features, on three sets of fruits.

    python benchmarks/backbones.py --choose      # layers, picture size and head of each net, on Training alone
    python benchmarks/backbones.py --record      # and keep the table in benchmarks/recorded/

Each head is a linear discriminant analysis on the means of some layers' maps: the linear classifier that needs the
fewest pictures, as all classes share one covariance. It is compared with the same kind of head on the same net with
random weights, and with the CNN of the fruit notebook, trained from scratch on the same few pictures. Real photographs (Fruits-360) come in where they are fetched: `course data fetch fruits-360`.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # fruit_realism also when a test loads this file

import fruit_realism

from course_utils import config, pretrained, records
from course_utils.datasets import DataError, Fruits, load_fruits

log = logging.getLogger("backbones")
Array = np.ndarray

NAME = "backbones"
TITLE = "Few labels: a linear head on frozen features, against random weights and a CNN from scratch"
NOTE = (
    "Accuracy on Test, mean of draws of so many Training pictures a class; random weights and the CNN from scratch "
    "are also drawn anew each time. Head: linear discriminant analysis (covariance shrunk after Ledoit and Wolf) on "
    "the means of the maps of the layers named, of each picture and its two mirror images; the CNN from scratch sees "
    "mirrored pictures too. Layers and picture size were chosen on market's Training pictures, by draws scored on "
    "the pictures not drawn, for the course weights and for random weights each on its own."
)
SETS = ("market", "studio", "fruits-360")
SHOTS = (5, 20)
DRAWS = 3
MOST = 60
"""Test pictures a class at most: Fruits-360 has some 160, nearly alike."""

LAYERS = {
    "VGG16": ("block2_pool", "block3_pool", "block4_pool", "block5_pool"),
    "Xception": ("block4_sepconv1_act", "block5_sepconv1_act", "block9_sepconv1_act")
    + ("block13_sepconv1_act", "block14_sepconv1_act", "block14_sepconv2_act"),
}
SIZES = (96, 128)
CHOSEN: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {
    ("VGG16", "course"): (96, ("block4_pool", "block5_pool")),
    ("VGG16", "random"): (128, ("block2_pool", "block4_pool")),
}
"""Picture size and layers by net and weights: what `--choose` found best at 20 a class."""


def features(
    net: pretrained.Pretrained, layers: tuple[str, ...], pictures: Array, batch: int = 32
) -> list[Array]:
    """Means over each layer's maps, (N, channels) each, of uint8 pictures (N, S, S, 3)."""
    import keras

    pooled = [keras.layers.GlobalAveragePooling2D()(net.model.get_layer(name).output) for name in layers]
    extractor = keras.Model(net.model.inputs[0], pooled)
    parts = []
    for start in range(0, len(pictures), batch):
        chunk = net.preprocess(pictures[start : start + batch])
        short = batch - len(chunk)  # one shape, so that the net is compiled once
        found = extractor.predict_on_batch(np.pad(chunk, ((0, short), (0, 0), (0, 0), (0, 0))))
        parts.append([np.asarray(f)[: len(chunk)] for f in (found if len(layers) > 1 else [found])])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def draw(labels: Array, shots: int, seed: int) -> Array:
    """Indices of `shots` random pictures a class, sorted."""
    random = np.random.default_rng(seed)
    chosen = [random.permutation(np.flatnonzero(labels == label))[:shots] for label in np.unique(labels)]
    return np.sort(np.concatenate(chosen))


def mirrored(pictures: Array) -> Array:
    """The pictures, then all of them left to right, then all upside down: (3N, S, S, 3)."""
    return np.concatenate([pictures, pictures[:, :, ::-1], pictures[:, ::-1]])


def head_accuracy(x: Array, y: Array, test_x: Array, test_y: Array) -> float:
    """Fit the head on features of three views a picture, `x` (3N, F), and score it on single ones."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    head = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return float(head.fit(x, np.tile(y, 3)).score(test_x, test_y))


def choose(name: str, weights: str, fruits: Fruits) -> list[tuple[float, int, tuple[str, ...]]]:
    """(mean accuracy, size, layers) at 20 a class on the Training pictures not drawn; best first."""
    import keras

    found = []
    for size in SIZES:
        keras.utils.set_random_seed(0)
        net = pretrained.load(name, weights=weights, input_size=size)
        x, y = fruits.images("Training", size)
        maps = dict(zip(LAYERS[name], features(net, LAYERS[name], mirrored(x)), strict=True))
        for count in (1, 2):
            for layers in itertools.combinations(LAYERS[name], count):
                joined = np.concatenate([maps[layer] for layer in layers], axis=1)
                scores = []
                for seed in range(DRAWS):
                    drawn = draw(y, max(SHOTS), seed)
                    rest = np.setdiff1d(np.arange(len(y)), drawn)
                    scores.append(
                        head_accuracy(joined[views(drawn, len(y))], y[drawn], joined[rest], y[rest])
                    )
                found.append((float(np.mean(scores)), size, layers))
    return sorted(found, reverse=True)


def views(chosen: Array, total: int) -> Array:
    """Where the three views of the chosen ones of `total` pictures stand in `mirrored`'s order."""
    return np.concatenate([chosen, chosen + total, chosen + 2 * total])


def heads(name: str, weights: str, fruits: Fruits) -> dict[int, list[float]]:
    """Test accuracies by shots, one a draw; random weights are drawn anew with each."""
    import keras

    size, layers = CHOSEN[name, weights]
    table = fruits.table("Training")
    labels = table["label"].to_numpy()
    test_x, test_y = test_pictures(fruits, size)
    scores: dict[int, list[float]] = {shots: [] for shots in SHOTS}
    for seed in range(DRAWS):
        if seed == 0 or weights == "random":
            keras.utils.set_random_seed(seed)
            net = pretrained.load(name, weights=weights, input_size=size)
            unknown = np.concatenate(features(net, layers, test_x), axis=1)
        most = draw(labels, max(SHOTS), seed)  # the smaller draws are part of it
        pictures = mirrored(fruits.read(table["path"].to_numpy()[most], size))
        known = np.concatenate(features(net, layers, pictures), axis=1)
        for shots in SHOTS:
            drawn = draw(labels, shots, seed)
            at = views(np.searchsorted(most, drawn), len(most))
            scores[shots].append(head_accuracy(known[at], labels[drawn], unknown, test_y))
    return scores


def test_pictures(fruits: Fruits, size: int) -> tuple[Array, Array]:
    """Test pictures and their labels: all of the bundled ones, MOST a class of Fruits-360."""
    counts = fruits.table("Test")["label"].value_counts()
    return fruits.images("Test", size, per_class=MOST if counts.min() > MOST else None)


def from_scratch(fruits: Fruits) -> dict[int, list[float]]:
    """Test accuracies of the fruit notebook's CNN by shots, trained on the same draws."""
    x, y = fruits.images("Training", fruit_realism.SIZE)
    test_x, test_y = test_pictures(fruits, fruit_realism.SIZE)
    x, test_x = (pictures.astype("float32") / 255 for pictures in (x, test_x))
    scores: dict[int, list[float]] = {}
    for shots in SHOTS:
        scores[shots] = []
        for seed in range(DRAWS):
            drawn = draw(y, shots, seed)
            model = fruit_realism.trained((x[drawn], y[drawn]), seed)
            right = model.predict(test_x, batch_size=256, verbose=0).argmax(axis=1) == test_y
            scores[shots].append(float(right.mean()))
    return scores


def rows(nets: list[str]) -> Iterator[dict]:
    """The table: set by set, the CNN from scratch, then each net with random and with course weights."""
    for which in SETS:
        try:
            fruits = load_fruits(which)
        except DataError as error:
            log.warning("%s left out: %s", which, error)
            continue
        n = len(test_pictures(fruits, fruit_realism.SIZE)[1])
        options = [("from scratch", None, None)]
        options += [
            (f"{name}, {weights} weights", name, weights) for name in nets for weights in ("random", "course")
        ]
        for option, name, weights in options:
            scores = heads(name, weights, fruits) if name else from_scratch(fruits)
            for shots, found in scores.items():
                row = {
                    "data": which,
                    "option": option,
                    "a class": shots,
                    "accuracy": round(float(np.mean(found)), 4),
                }
                row |= {"accuracy_sd": round(float(np.std(found, ddof=1)), 4), "test pictures": n}
                row |= {"accuracy_runs": [round(score, 4) for score in found]}
                if name:
                    size, layers = CHOSEN[name, weights]
                    row |= {"size": size, "layers": list(layers)}
                log.info("%s", {key: value for key, value in row.items() if key != "accuracy_runs"})
                yield row


def digest(nets: tuple[str, ...] = tuple(dict.fromkeys(name for name, _ in CHOSEN))) -> str:
    """sha256 over this script, the CNN's script, the bundled pictures, the course weights and the real set's digest."""
    from course_utils import assets

    root = config.repository_root()
    state = hashlib.sha256(fruit_realism.digest().encode())
    state.update(Path(__file__).read_text(encoding="utf-8").encode())
    for name in nets:
        state.update(hashlib.sha256((root / "data" / "weights" / f"{name}.npz").read_bytes()).digest())
    state.update(assets.load_registry(root / "data" / "registry.toml")["fruits-360"].tree.sha256.encode())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    nets = list(dict.fromkeys(name for name, _ in CHOSEN))
    parser.add_argument(
        "--choose", action="store_true", help="print the best choices instead; Test is left alone"
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}; needs Fruits-360")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.choose:
        for name, weights in itertools.product(nets, ("course", "random")):
            for row in choose(name, weights, load_fruits("market"))[:6]:
                log.info("%s, %s: %.3f at %d px, %s", name, weights, *row)
        return
    table = list(rows(nets))
    if options.record:
        if {row["data"] for row in table} != set(SETS):
            parser.error("--record needs all three sets: course data fetch fruits-360")
        packages = ("keras", "tensorflow", "numpy", "scikit-learn")
        path = records.write(NAME, TITLE, NOTE, table, digest(), packages, data=list(SETS), draws=DRAWS)
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
