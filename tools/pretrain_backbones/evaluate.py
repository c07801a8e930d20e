"""What a backbone's frozen features are worth: linear heads on few labelled pictures of the 16 course classes.

`python -m tools.pretrain_backbones.evaluate VGG16 --weights FILE.npz choose` picks layers, image size and the
head's regularisation by repeated splits within *Training*; `... test` scores a choice on *Test*, once.
"""

from __future__ import annotations

import argparse
import json
import os
from itertools import product
from pathlib import Path

import numpy as np

from tools.pretrain_backbones import networks, packing, storage

Array = np.ndarray

LAYERS = {
    "VGG16": ("block2_pool", "block3_pool", "block4_pool", "block5_pool"),
    "Xception": ("block4_sepconv1_act", "block5_sepconv1_act", "block9_sepconv1_act")
    + ("block13_sepconv1_act", "block14_sepconv1_act", "block14_sepconv2_act"),
}
CHOICES = {
    "VGG16": ((3,), (2,), (2, 3), (1, 2), (1, 2, 3), (0, 1, 2, 3)),
    "Xception": ((5,), (4,), (3,), (2,), (1,), (0,), (3, 5), (0, 1), (1, 3), (0, 1, 3), (1, 3, 5)),
}
"""Which of LAYERS are put side by side; the last block alone comes first."""
STRENGTHS = (0.01, 0.1, 1.0)
SHOTS = (5, 20)


def backbone(net: str, weights: Path | None, seed: int = 0):
    """The stock model with packed weights, with a checkpoint's (a folder), or random with `seed`."""
    import keras

    keras.utils.set_random_seed(seed)
    if weights is None:
        return networks.stock(net)
    if weights.is_dir():
        return packing.stock_model(net, networks.stock_weights(net, packing.checkpoint(net, weights)))
    return packing.stock_model(net, storage.unpack(weights)[0])


def features(net: str, model, pictures: Array, batch: int = 32) -> list[Array]:
    """Averages over each of LAYERS' maps, (N, channels) each, for uint8 pictures (N, S, S, 3)."""
    import keras

    pooled = [keras.layers.GlobalAveragePooling2D()(model.get_layer(name).output) for name in LAYERS[net]]
    extractor = keras.Model(model.inputs[0], pooled)
    parts = []
    for start in range(0, len(pictures), batch):
        chunk = networks.preprocess(net, pictures[start : start + batch])
        short = batch - len(chunk)  # one shape, so that the net is compiled once
        found = extractor.predict_on_batch(np.pad(chunk, ((0, short), (0, 0), (0, 0), (0, 0))))
        parts.append([np.asarray(f)[: len(chunk)] for f in found])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def draw(labels: Array, shots: int, seed: int) -> Array:
    """Indices of `shots` random pictures a class."""
    random = np.random.default_rng(seed)
    return np.concatenate(
        [random.permutation(np.flatnonzero(labels == label))[:shots] for label in np.unique(labels)]
    )


def head_accuracy(train_x: Array, train_y: Array, test_x: Array, test_y: Array, strength: float) -> float:
    """Standardise with the training pictures, fit logistic regression, score."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    head = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300))
    return float(head.fit(train_x, train_y).score(test_x, test_y))


def choose(net: str, blocks: list[Array], labels: Array, shots: int, seeds: range) -> list[dict]:
    """Mean accuracy of each choice of layers and strength on the Training pictures not drawn; best first."""
    rows = []
    for choice, strength in product(CHOICES[net], STRENGTHS):
        x = np.concatenate([blocks[i] for i in choice], axis=1)
        scores = []
        for seed in seeds:
            chosen = draw(labels, shots, seed)
            rest = np.setdiff1d(np.arange(len(labels)), chosen)
            scores.append(head_accuracy(x[chosen], labels[chosen], x[rest], labels[rest], strength))
        rows.append({"layers": choice, "strength": strength, "mean": np.mean(scores), "sd": np.std(scores)})
    return sorted(rows, key=lambda row: -row["mean"])


def from_scratch(x: Array, y: Array, test_x: Array, test_y: Array, seed: int, steps: int = 480) -> float:
    """Notebook 05's net and recipe (32 px, `class`) on the same few pictures."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    stack = [keras.Input((32, 32, 3)), layers.Rescaling(1 / 255)]
    for width, pool in ((32, True), (64, True), (128, False)):
        stack += [layers.Conv2D(width, 3, padding="same", use_bias=False)]
        stack += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
        stack += [layers.MaxPooling2D(2)] if pool else []
    stack += [layers.GlobalAveragePooling2D(), layers.Dropout(0.3), layers.Dense(16, activation="softmax")]
    model = keras.Sequential(stack)
    warm_up = steps // 5
    rate = keras.optimizers.schedules.CosineDecay(
        3e-4, steps - warm_up, warmup_target=3e-3, warmup_steps=warm_up
    )
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    queue = np.empty(0, int)
    for _ in range(steps):
        while len(queue) < 64:
            queue = np.concatenate([queue, random.permutation(len(x))])
        chosen, queue = queue[:64], queue[64:]
        model.train_on_batch(_augmented(x[chosen], random), y[chosen])
    return float((model.predict(test_x, verbose=0).argmax(axis=1) == test_y).mean())


def _augmented(x: Array, random: np.random.Generator) -> Array:
    """Notebook 05's changes: mirrored both ways, moved over white, light and tint varied on all but white."""
    sideways, upside_down = random.random((2, len(x), 1, 1, 1)) < 0.5
    x = np.where(sideways, x[:, :, ::-1], x)
    x = np.where(upside_down, x[:, ::-1], x)
    padded = np.pad(x, ((0, 0), (3, 3), (3, 3), (0, 0)), constant_values=255)
    top, left = random.integers(0, 7, size=2)
    x = padded[:, top : top + 32, left : left + 32]
    brightness = random.uniform(0.85, 1.15, (len(x), 1, 1, 1))
    tint = random.uniform(0.96, 1.04, (len(x), 1, 1, 3))
    fruit = x.min(axis=-1, keepdims=True) <= 245
    return np.where(fruit, np.clip(x * brightness * tint, 0, 255), x).astype("uint8")


def main() -> None:
    from course_utils.datasets.fruits import load_fruits

    parser = argparse.ArgumentParser(prog="python -m tools.pretrain_backbones.evaluate", description=__doc__)
    parser.add_argument("net", choices=networks.NETS)
    parser.add_argument("task", choices=["choose", "test", "scratch"])
    parser.add_argument("--weights", type=Path, help="packed file or folder of checkpoints; random without")
    parser.add_argument("--data", default="market", choices=["market", "studio", "fruits-360"])
    parser.add_argument("--sizes", type=int, nargs="+", default=[96])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--layers", help="for test: positions in LAYERS, as 2,3")
    parser.add_argument("--strength", type=float, default=0.01)
    parser.add_argument("--shots", type=int, nargs="+", default=list(SHOTS))
    parser.add_argument("--most", type=int, help="test pictures a class at most")
    options = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    fruits = load_fruits(options.data)
    seeds = range(options.seeds)
    if options.task == "scratch":
        _scratch(fruits, options, seeds)
        return
    for size in options.sizes:
        if options.task == "choose":
            x, y = fruits.images("Training", size)
            blocks = features(options.net, backbone(options.net, options.weights), x)
            for shots in options.shots:
                for row in choose(options.net, blocks, y, shots, seeds)[:4]:
                    print(size, shots, row["layers"], row["strength"], f"{row['mean']:.3f} ± {row['sd']:.3f}")
        else:
            _test(fruits, options, size, seeds)


def _test(fruits, options: argparse.Namespace, size: int, seeds: range) -> None:
    """Training draws by seed, scored on Test; random weights are drawn anew by seed too."""
    table = fruits.table("Training")
    labels = table["label"].to_numpy()
    test_x, test_y = fruits.images("Test", size, per_class=options.most)
    choice = tuple(int(i) for i in options.layers.split(","))
    draws = {(shots, seed): draw(labels, shots, seed) for shots in options.shots for seed in seeds}
    needed = np.unique(np.concatenate(list(draws.values())))
    train_x = fruits.read(table["path"].to_numpy()[needed], size)
    scores: dict[int, list[float]] = {shots: [] for shots in options.shots}
    for seed in seeds:
        if seed == 0 or options.weights is None:
            model = backbone(options.net, options.weights, seed)
            joined = [
                np.concatenate([blocks[i] for i in choice], axis=1)
                for blocks in (features(options.net, model, x) for x in (train_x, test_x))
            ]
        for shots in options.shots:
            at = np.searchsorted(needed, draws[shots, seed])
            score = head_accuracy(
                joined[0][at], labels[draws[shots, seed]], joined[1], test_y, options.strength
            )
            scores[shots].append(score)
    _report(options, size, scores)


def _scratch(fruits, options: argparse.Namespace, seeds: range) -> None:
    x, y = fruits.images("Training", 32)
    test_x, test_y = fruits.images("Test", 32, per_class=options.most)
    scores: dict[int, list[float]] = {shots: [] for shots in options.shots}
    for shots, seed in product(options.shots, seeds):
        chosen = draw(y, shots, seed)
        scores[shots].append(from_scratch(x[chosen], y[chosen], test_x, test_y, seed))
    _report(options, 32, scores)


def _report(options: argparse.Namespace, size: int, scores: dict[int, list[float]]) -> None:
    for shots, found in scores.items():
        row = {"net": options.net, "task": options.task, "data": options.data, "size": size, "shots": shots}
        row |= {"weights": options.weights.name if options.weights else None, "layers": options.layers}
        row |= {"mean": round(np.mean(found), 4), "sd": round(np.std(found, ddof=1), 4), "scores": found}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
