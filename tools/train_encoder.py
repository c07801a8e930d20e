"""Train the encoder of notebook 11's captioner: `python -m tools.train_encoder --minutes 9`.

It learns from the training scenes of *tables*: their masks say which place shows which kind, their table says the ground.
Each picture is mirrored or not, changed in light and colour, and gets up to two fruits of other scenes pasted in. The
learning rate follows the clock. `--check` measures it on the test scenes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from course_utils.datasets.tables import load_tables
from course_utils.foundation import config
from course_utils.further.beyond.captions import GROUND_WORDS, captions_of, score_captions
from course_utils.further.beyond.encoder import (
    Encoder,
    build_encoder,
    load_encoder,
    save_encoder,
    words_of,
)

BATCH = 24
PEAK = 0.003


class Scenes:
    """Training scenes in memory, and new ones composed of them."""

    def __init__(self, tables, split: str, grounds: tuple[str, ...], seed: int = 0) -> None:
        scenes = tables.scenes(split)
        self.pictures = tables.read(scenes["path"])
        masks = [tables.mask(path) for path in scenes["path"]]
        self.kinds, self.instances = (np.stack(part) for part in zip(*masks, strict=True))
        self.ground = np.array([grounds.index(GROUND_WORDS.get(one, one)) for one in scenes["ground_name"]])
        fruits = tables.fruits(split)
        row_of = {path: row for row, path in enumerate(scenes["path"])}
        whole = fruits[fruits["seen"] > 0.9]
        self.whole = [
            (row_of[one.path], one.instance, one.left, one.top, one.right, one.bottom)
            for one in whole.itertuples()
        ]
        self.random = np.random.default_rng(seed)

    def batch(self, count: int):
        """Pictures (count, 128, 128, 3), and what the net should say of them."""
        rows = self.random.integers(len(self.pictures), size=count)
        made = [self._one(row) for row in rows]
        pictures, kinds = (np.stack(part) for part in zip(*made, strict=True))
        return pictures, kinds[:, 2::4, 2::4], self.ground[rows]

    def _one(self, row: int):
        random = self.random
        picture, kinds = self.pictures[row].copy(), self.kinds[row].copy()
        for _ in range(random.integers(3)):
            other, instance, left, top, right, bottom = self.whole[random.integers(len(self.whole))]
            there = self.instances[other, top:bottom, left:right] == instance
            fruit, kind = (
                self.pictures[other, top:bottom, left:right],
                self.kinds[other, top:bottom, left:right],
            )
            if random.random() < 0.5:
                there, fruit, kind = there[:, ::-1], fruit[:, ::-1], kind[:, ::-1]
            y, x = random.integers(0, 128 - len(there) + 1), random.integers(0, 128 - there.shape[1] + 1)
            at = slice(y, y + there.shape[0]), slice(x, x + there.shape[1])
            light = random.uniform(0.8, 1.2)
            picture[at][there] = (fruit[there] * light).clip(0, 255)
            kinds[at][there] = kind[there]
        if random.random() < 0.5:
            picture, kinds = picture[:, ::-1], kinds[:, ::-1]
        gain = random.uniform(0.75, 1.25) * random.uniform(0.92, 1.08, 3)
        picture = (picture.astype(np.float32) - 128) * random.uniform(0.8, 1.2) + 128
        return (picture * gain).clip(0, 255).astype(np.float32), kinds


def train(root: str | None, minutes: float) -> None:
    """Train for so many minutes and keep the encoder."""
    import keras

    keras.utils.set_random_seed(2018)
    tables = load_tables(root)
    grounds = tuple(sorted({GROUND_WORDS.get(one, one) for one in tables.scenes("Training")["ground_name"]}))
    scenes = Scenes(tables, "Training", grounds)
    encoder = Encoder(build_encoder(len(tables.kinds), len(grounds)), words_of(tables.kinds), grounds)

    def by_place(truth, said):
        truth = keras.ops.squeeze(truth, -1)
        fruit = keras.ops.cast(truth > 0, "float32")
        loss = keras.losses.sparse_categorical_crossentropy(truth, said)
        return keras.ops.mean(loss * (1 + 2 * fruit))

    optimizer = keras.optimizers.AdamW(PEAK, weight_decay=0.01)
    model = keras.Model(
        encoder.model.inputs[0], [encoder.model.output["kinds"], encoder.model.output["ground"]]
    )
    model.compile(
        optimizer, [by_place, keras.losses.SparseCategoricalCrossentropy()], loss_weights=[1.0, 0.15]
    )
    begun, told, step = time.monotonic(), 0.0, 0
    while (passed := (time.monotonic() - begun) / 60 / minutes) < 1:
        optimizer.learning_rate = (
            PEAK * min(1, 0.1 + step / 100) * max(0.02, (1 + np.cos(np.pi * passed)) / 2)
        )
        pictures, kinds, ground = scenes.batch(BATCH)
        losses = model.train_on_batch(pictures, [kinds[..., None], ground])
        step += 1
        if passed > told:
            told += 0.1
            print(f"{passed:.0%}, {step} steps, losses {np.round(losses, 3)}", flush=True)
    print(f"{step} steps, {step * BATCH:,} pictures, {encoder.model.count_params():,} parameters")
    save_encoder(encoder)
    print(f"{(config.repository_root() / 'data/beyond/encoder.npz').stat().st_size:,} bytes")


def check(root: str | None) -> None:
    """How well the kept encoder names places, grounds and, with the grammar, whole scenes."""
    tables, encoder = load_tables(root), load_encoder()
    for split in ("Training", "Test"):
        scenes = tables.scenes(split).head(300)
        fruits = tables.fruits(split)
        truth = captions_of(fruits[fruits["path"].isin(scenes["path"])], scenes)
        seen = encoder.see(tables.read(scenes["path"]))
        kinds = np.stack([tables.mask(path)[0] for path in scenes["path"]])[:, 2::4, 2::4]
        best = seen["kinds"].argmax(axis=-1)
        fruit = kinds > 0
        print(
            f"{split}: places {(best == kinds).mean():.3f}, places with fruit {(best == kinds)[fruit].mean():.3f}, "
            f"false fruit {(best > 0)[~fruit].mean():.3f}"
        )
        said = encoder.describe(seen)
        print(score_captions(said, truth).row())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--root", help="another folder with the scenes")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    check(chosen.root) if chosen.check else train(chosen.root, chosen.minutes)
