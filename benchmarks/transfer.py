"""Accuracy against labelled pictures a class: from scratch, on frozen features, and fine-tuned; on three sets of fruits.

    python benchmarks/transfer.py --record      # about two hours; takes up again where it was stopped

Compared are the fruit CNN trained from scratch, a linear head on the frozen features of nets with random and with
pretrained weights (`benchmarks/backbones.py` has the head, and says how layers and sizes were chosen), and the same
nets with their last block trained further. Needs Fruits-360 and MobileNetV2's weights:
`course data fetch fruits-360 mobilenetv2-imagenet`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # its neighbours, also when a test loads this file

import backbones
import fruit_realism
from text_recipes import without_words

from course_utils import pretrained
from course_utils.datasets import Fruits, load_fruits
from course_utils.foundation import assets, config, records

log = logging.getLogger("transfer")
Array = np.ndarray

NAME = "transfer"
TITLE = "Accuracy against labelled pictures a class: from scratch, frozen features, fine-tuned"
NOTE = (
    "Accuracy on Test, mean of the runs, three on market and one elsewhere (heads on frozen features: three); each "
    "draws its own Training pictures, and random weights (all pictures: one run) and the CNN from scratch begin anew. Frozen: linear discriminant analysis on means of maps of the layers named. Fine-tuned: the "
    "last block and that head trained further, 120 steps of 32 pictures, dropout 0.3, Adam from 2e-4 down, "
    "BatchNormalization in inference mode. Every picture comes with its two mirror images, except where more than 100 "
    "a class are used. Layers, picture size and the recipe of fine-tuning were chosen on market's Training pictures."
)
SETS = ("market", "studio", "fruits-360")
SHOTS = (5, 20, None)
RUNS = 3
MANY = 100
"""Pictures a class from which on the mirror images are left away."""
PRETRAINED = {"VGG16": "course", "Xception": "course", "MobileNetV2": "imagenet"}
RANDOM = ("VGG16", "Xception")
CUT = {"VGG16": "block5_conv1", "Xception": "block14_sepconv1", "MobileNetV2": "block_16_expand"}
"""First layer of the last block, which is fine-tuned; all before it stays as it is."""
TUNED = {
    "VGG16": ("block4_pool", "block5_pool"),
    "Xception": ("block13_sepconv1_act", "block14_sepconv2_act"),
    "MobileNetV2": ("block_13_expand_relu", "out_relu"),
}
"""Layers that the fine-tuned net's head reads: one below the last block, and its last one."""
RATE, STEPS, BATCH, DROPOUT = 2e-4, 120, 32, 0.3
SOFTER = 0.2
"""What the first head's scores are multiplied with: it is too sure of the few pictures that it was fitted to."""


def lower_and_upper(net: pretrained.Pretrained, layers: tuple[str, ...], cut: str):
    """The net in two: pictures -> (maps before `cut`, means of earlier layers); both of these -> all means.

    BatchNormalization in the upper part stays in inference mode, so training leaves its statistics alone.
    """
    import keras

    order = [layer.name for layer in net.model.layers]
    early = [name for name in layers if order.index(name) < order.index(cut)]
    before = net.model.get_layer(cut).input
    lower = keras.Model(net.model.inputs[0], [before, means_of(net, early)])
    maps, means = keras.Input(before.shape[1:]), keras.Input((lower.outputs[1].shape[-1],))
    found, x = [means], maps
    for layer in net.model.layers[order.index(cut) :]:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False  # inference mode; training=False in its call would not outlast `fit`
        x = layer(x)
        if layer.name in layers:
            found.append(keras.layers.GlobalAveragePooling2D()(x))
    return lower, keras.Model([maps, means], keras.layers.Concatenate()(found))


def means_of(net: pretrained.Pretrained, layers: Sequence[str]):
    """The means over these layers' maps, side by side, as a tensor of the net."""
    import keras

    pooled = [keras.layers.GlobalAveragePooling2D()(net.model.get_layer(name).output) for name in layers]
    return keras.layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0]


def in_batches(model, maps: Array, means: Array, batch: int = 64) -> Array:
    """The model's output for all rows of both inputs."""
    found = []
    for start in range(0, len(maps), batch):
        short = max(0, start + batch - len(maps))
        parts = [
            np.concatenate([a[start : start + batch], np.repeat(a[:1], short, axis=0)]) for a in (maps, means)
        ]
        found.append(np.asarray(model.predict_on_batch(parts))[: batch - short])
    return np.concatenate(found)


def fine_tuned(upper, head, maps: Array, means: Array, labels: Array, seed: int):
    """The upper part with `head` as its last layer, trained further on maps, means and labels; scores, no softmax."""
    import keras

    keras.utils.set_random_seed(seed)
    dense = keras.layers.Dense(len(head.classes_))
    model = keras.Model(upper.inputs, dense(keras.layers.Dropout(DROPOUT)(upper.outputs[0])))
    dense.set_weights([SOFTER * head.coef_.T, SOFTER * head.intercept_])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, STEPS)), loss)
    random, order = np.random.default_rng(seed), np.array([], dtype=int)
    for _ in range(STEPS):
        while len(order) < BATCH:
            order = np.concatenate([order, random.permutation(len(labels))])
        chosen, order = order[:BATCH], order[BATCH:]
        model.train_on_batch([maps[chosen], means[chosen]], labels[chosen])
    return model


class Prepared:
    """Everything below the last block, computed once for a net and a set: what heads and fine-tuning start from."""

    def __init__(self, name: str, fruits: Fruits) -> None:
        import keras

        size, self.layers = backbones.CHOSEN[name, PRETRAINED[name]]
        table = fruits.table("Training")
        self.y = table["label"].to_numpy()
        per_class = len(self.y) / len(np.unique(self.y))
        self.all_views = per_class <= MANY
        net = backbones.load(name, PRETRAINED[name], size)
        lower, self.upper = lower_and_upper(net, TUNED[name], CUT[name])
        self.start = self.upper.get_weights()
        everything = keras.Model(lower.inputs, [*lower.outputs, means_of(net, self.layers)])
        pictures, _ = fruits.images("Training", size)
        drawn = [backbones.draw(self.y, max(s for s in SHOTS if s), seed) for seed in range(RUNS)]
        self.viewed = np.arange(len(self.y)) if self.all_views else np.unique(np.concatenate(drawn))
        some = pictures[self.viewed]
        views = [pictures, some[:, :, ::-1], some[:, ::-1]]
        self.views = [backbones.predict(everything, view, net) for view in views]
        test_x, self.test_y = fruits.images("Test", size)
        self.test = backbones.predict(everything, test_x, net)

    def part(self, shots: int | None, seed: int) -> tuple[Array, Array, Array, Array]:
        """Maps before the last block, means below it, frozen features and labels of a draw, mirror images too."""
        drawn = backbones.draw(self.y, shots, seed)
        at = [drawn]
        if shots or self.all_views:
            at += [np.searchsorted(self.viewed, drawn)] * 2
        columns = [[view[i][a] for view, a in zip(self.views, at, strict=False)] for i in range(3)]
        return *(np.concatenate(column) for column in columns), np.tile(self.y[drawn], len(at))

    def scores(self, shots: int | None, seed: int, fine_tune: bool) -> tuple[float, float | None]:
        """Test accuracy of the head on frozen features, and of the fine-tuned net (None if not asked for)."""
        maps, means, features, labels = self.part(shots, seed)
        head = backbones.fitted_head(features, labels)
        frozen = float(head.score(self.test[2], self.test_y))
        if not fine_tune:
            return frozen, None
        self.upper.set_weights(self.start)
        head = backbones.fitted_head(in_batches(self.upper, maps, means), labels)
        model = fine_tuned(self.upper, head, maps, means, labels, seed)
        return frozen, float((in_batches(model, *self.test[:2]).argmax(axis=1) == self.test_y).mean())


def runs_on(which: str) -> int:
    """Three runs on *market*, where the options differ; one on the other sets, where hardly anything is left to win."""
    return RUNS if which == "market" else 1


def with_pretrained(name: str, fruits: Fruits, which: str) -> Iterator[tuple[str, int | None, list[float]]]:
    """(option, shots, accuracies) of the frozen and of the fine-tuned net."""
    prepared = Prepared(name, fruits)
    label = {"course": "course weights", "imagenet": "ImageNet weights"}[PRETRAINED[name]]
    for shots in SHOTS:
        frozen, tuned = [], []
        for seed in range(RUNS if shots else runs_on(which)):
            one, other = prepared.scores(shots, seed, fine_tune=seed < runs_on(which))
            log.info(
                "%s, %s, %s a class, run %d: frozen %.4f, fine-tuned %s", which, name, shots, seed, one, other
            )
            if seed == 0 or shots:  # with all pictures every run of the head is the same
                frozen.append(one)
            if other is not None:
                tuned.append(other)
        yield f"{name}, {label}, frozen", shots, frozen
        yield f"{name}, {label}, fine-tuned", shots, tuned


def with_random(name: str, fruits: Fruits, which: str) -> Iterator[tuple[str, int | None, list[float]]]:
    """(option, shots, accuracies) of heads on random features, new weights for each run; all pictures once, on *market* only."""
    size, layers = backbones.CHOSEN[name, "random"]
    table = fruits.table("Training")
    labels, paths = table["label"].to_numpy(), table["path"].to_numpy()
    test_x, test_y = fruits.images("Test", size)
    scores: dict[int | None, list[float]] = {}
    for seed in range(runs_on(which)):
        net = backbones.load(name, "random", size, seed)
        unknown = np.concatenate(backbones.features(net, layers, test_x), axis=1)
        for shots in SHOTS if which == "market" and seed == 0 else SHOTS[:-1]:
            drawn = backbones.draw(labels, shots, seed)
            mirror = len(drawn) <= MANY * len(np.unique(labels))
            pictures = fruits.read(paths[drawn], size)
            pictures = backbones.mirrored(pictures) if mirror else pictures
            known = np.concatenate(backbones.features(net, layers, pictures), axis=1)
            head = backbones.fitted_head(known, np.tile(labels[drawn], len(known) // len(drawn)))
            scores.setdefault(shots, []).append(float(head.score(unknown, test_y)))
    for shots, found in scores.items():
        yield f"{name}, random weights, frozen", shots, found


def from_scratch(fruits: Fruits, which: str) -> Iterator[tuple[str, int | None, list[float]]]:
    """(option, shots, accuracies) of the fruit notebook's CNN, trained on the same draws; it mirrors pictures too."""
    size = fruit_realism.SIZE
    (x, y), (test_x, test_y) = (fruits.images(split, size) for split in ("Training", "Test"))
    x, test_x = (pictures.astype("float32") / 255 for pictures in (x, test_x))
    for shots in SHOTS:
        found = []
        for seed in range(runs_on(which)):
            drawn = backbones.draw(y, shots, seed)
            model = fruit_realism.trained((x[drawn], y[drawn]), seed)
            found.append(
                float((model.predict(test_x, batch_size=256, verbose=0).argmax(axis=1) == test_y).mean())
            )
        yield "from scratch", shots, found


Part = Callable[[Fruits, str], Iterator[tuple[str, int | None, list[float]]]]


def parts() -> dict[str, Part]:
    """What is measured on each set, by name."""
    found: dict[str, Part] = {"scratch": from_scratch}
    for name in RANDOM:
        found[f"{name}-random"] = lambda fruits, which, name=name: with_random(name, fruits, which)
    for name in PRETRAINED:
        found[name] = lambda fruits, which, name=name: with_pretrained(name, fruits, which)
    return found


def rows_of(part: str, which: str) -> list[dict]:
    """The rows of one part on one set."""
    fruits = load_fruits(which)
    found = []
    for option, shots, scores in parts()[part](fruits, which):
        row = {"data": which, "option": option, "a class": shots or "all"}
        row |= {"accuracy": round(float(np.mean(scores)), 4)}
        row |= {"accuracy_sd": round(float(np.std(scores, ddof=1)), 4) if len(scores) > 1 else None}
        row |= {"accuracy_runs": [round(score, 4) for score in scores]}
        row |= {"test pictures": len(fruits.table("Test"))}
        name = part.removesuffix("-random")
        if name in PRETRAINED:
            size, layers = backbones.CHOSEN[name, "random" if part != name else PRETRAINED[name]]
            row |= {"size": size, "layers": list(layers)}
        log.info("%s", {key: value for key, value in row.items() if key != "accuracy_runs"})
        found.append(row)
    return found


def resumed(part: str, which: str, folder: Path) -> list[dict]:
    """The rows of one part on one set: kept ones where code, weights and pictures are the same, else new ones."""
    path = folder / f"{which}-{part}.json"
    state = digest((which,), (part.removesuffix("-random"),))
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["digest"] == state:
            return kept["rows"]
    rows = rows_of(part, which)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"digest": state, "rows": rows}), encoding="utf-8")
    return rows


def digest(sets: Sequence[str] = SETS, nets: Sequence[str] = tuple(PRETRAINED)) -> str:
    """sha256 over the scripts, the pictures of these sets and the weights of these nets."""
    root = config.repository_root()
    registry = assets.load_registry(root / "data" / "registry.toml")
    state = hashlib.sha256(records.code_of(fruit_realism.__file__).encode())
    for which in sets:
        real = which == "fruits-360"
        pictures = registry["fruits-360"].tree.sha256 if real else fruit_realism.data_digest(which)
        state.update(pictures.encode())
    for script in (Path(__file__), Path(backbones.__file__)):
        state.update(_code(script).encode())
    for name in nets:
        chosen = {key: value for key, value in backbones.CHOSEN.items() if key[0] == name}
        state.update(repr(sorted(chosen.items())).encode())
        if PRETRAINED.get(name) == "course":
            state.update(hashlib.sha256((root / "data" / "weights" / f"{name}.npz").read_bytes()).digest())
    return state.hexdigest()


def _code(script: Path) -> str:
    """A script without its words and without CHOSEN, of which each net's own entry counts."""
    source = without_words(script.read_text(encoding="utf-8"))
    return records.essential_code(re.sub(r"^CHOSEN.*?^}\n", "", source, flags=re.MULTILINE | re.DOTALL))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the whole table as {NAME}")
    parser.add_argument(
        "--parts", nargs="*", choices=parts(), default=list(parts()), help="measure only these"
    )
    parser.add_argument("--sets", nargs="*", choices=SETS, default=SETS)
    parser.add_argument("--work", type=Path, default=Path("build/transfer"), help="folder of finished parts")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = [
        row for which in options.sets for part in options.parts for row in resumed(part, which, options.work)
    ]
    if options.record:
        if len(options.parts) < len(parts()) or len(options.sets) < len(SETS):
            parser.error("--record keeps the whole table: leave --parts and --sets away")
        packages = ("keras", "tensorflow", "numpy", "scikit-learn")
        path = records.write(NAME, TITLE, NOTE, table, digest(), packages, data=list(SETS), runs=RUNS)
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
