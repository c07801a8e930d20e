"""Train the rectified flow that comes with the course: `python -m tools.train_flow`. About 12 minutes of one core.

Four stages: the judge, an autoencoder, the latents of all training pictures, the flow. Each is kept in build/flow, and a
finished stage is not repeated, so an interrupted run goes on with the stage at which it stopped. Training pictures of *studio* only; test pictures are met
once, at the end, for the figures of the card.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets import load_fruits
from course_utils.foundation import config
from course_utils.further.beyond import generating
from course_utils.further.beyond.generating import KINDS, LATENT

log = logging.getLogger("train_flow")
SIDE = 32
COPIES = 10  # changed copies of each training picture whose latents the flow learns
NOISE = 0.05  # on the latents while the decoder learns: small errors of the flow should not show
AUTOENCODER_SECONDS, FLOW_SECONDS = 200.0, 360.0


def pictures(split: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures 0-1 (N, 32, 32, 3), kinds (N,) and individuals (N,) of the eight kinds of *studio*."""
    fruits = load_fruits("studio")
    table = fruits.table(split)
    table = table[table["class_name"].isin(KINDS)]
    kinds = table["class_name"].map(KINDS.index).to_numpy()
    individuals = (table["class_name"] + table["individual"]).to_numpy()
    return fruits.read(table["path"], SIDE).astype(np.float32) / 255, kinds, individuals


def changed(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Each picture mirrored or not, turned a little and in slightly other light, on white; (N, 32, 32, 3)."""
    from scipy.ndimage import affine_transform

    result = np.empty_like(images)
    for number, image in enumerate(images):
        if random.uniform() < 0.5:
            image = image[:, ::-1]
        angle = np.radians(random.normal(scale=8))
        scale = 1 + random.uniform(-0.02, 0.05)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([SIDE - 1, SIDE - 1]) / 2
        for channel in range(3):
            result[number, ..., channel] = affine_transform(
                image[..., channel], turn, middle - turn @ middle, order=1, cval=1.0
            )
        # Only the fruit changes its light: the white around it stays white.
        result[number] = 1 - np.clip((1 - result[number]) * random.uniform(0.93, 1.06), 0, 1)
    return result


def encoder_net():
    """Pictures (N, 32, 32, 3) -> latents (N, 192); only training needs it, so it is not bundled."""
    import keras
    from keras import layers

    image = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(image)
    x = layers.Conv2D(48, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(LATENT[-1], 3, padding="same")(x)
    # Mean 0 and spread 1, as the noise that the flow starts from.
    x = layers.BatchNormalization(center=False, scale=False, momentum=0.9)(x)
    return keras.Model(image, layers.Flatten()(x), name="encoder")


def train_judge(x: np.ndarray, kinds: np.ndarray, folder: Path):
    import keras

    judge = generating.judge_net()
    judge.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    random = np.random.default_rng(1)
    more = np.concatenate([x, *(changed(x, random) for _ in range(2))])
    slower = keras.callbacks.LearningRateScheduler(lambda epoch: 0.003 * (1 - epoch / 6))
    judge.fit(more, np.tile(kinds, 3), batch_size=32, epochs=6, verbose=0, callbacks=[slower])
    judge.save_weights(folder / "judge.weights.h5")


def train_autoencoder(x: np.ndarray, folder: Path, seconds: float) -> None:
    import keras
    from keras import layers

    encoder, decoder = encoder_net(), generating.decoder_net()
    noisy = layers.GaussianNoise(NOISE)(encoder.output)
    whole = keras.Model(encoder.input, decoder(noisy))
    whole.compile(keras.optimizers.Adam(0.003), "mse")
    random, started, round_ = np.random.default_rng(2), time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds:
        whole.optimizer.learning_rate = 0.003 * max(0.03, 1 - spent / seconds)
        fed = changed(x, random)
        history = whole.fit(fed, fed, batch_size=32, verbose=0)
        round_ += 1
    log.info("autoencoder: %d rounds, error %.5f", round_, history.history["loss"][-1])
    encoder.save_weights(folder / "encoder.weights.h5")
    decoder.save_weights(folder / "decoder.weights.h5")


def make_latents(x: np.ndarray, kinds: np.ndarray, folder: Path) -> None:
    encoder = encoder_net()
    encoder.load_weights(folder / "encoder.weights.h5")
    random = np.random.default_rng(3)
    copies = [encoder.predict(changed(x, random), verbose=0) for _ in range(COPIES)]
    np.savez(folder / "latents.npz", latents=np.concatenate(copies), kinds=np.tile(kinds, COPIES))


def train_flow(folder: Path, seconds: float) -> None:
    import keras

    with np.load(folder / "latents.npz") as kept:
        latents, kinds = kept["latents"], kept["kinds"]
    asked = np.eye(len(KINDS), dtype=np.float32)[kinds]
    net = generating.velocity_net()
    net.compile(keras.optimizers.Adam(0.001, use_ema=True, ema_momentum=0.999), "mse")
    random, started, steps = np.random.default_rng(4), time.perf_counter(), 0
    batch, losses = 256, []
    while (spent := time.perf_counter() - started) < seconds:
        if steps % 20 == 0:
            net.optimizer.learning_rate = 0.002 * min(1, steps / 300 + 0.05) * max(0.02, 1 - spent / seconds)
        rows = random.integers(len(latents), size=batch)
        noise = random.normal(size=(batch, latents.shape[1])).astype(np.float32)
        way = random.uniform(size=(batch, 1)).astype(np.float32)
        place = (1 - way) * noise + way * latents[rows]
        fed = [place, generating.time_numbers(way), asked[rows]]
        losses.append(float(net.train_on_batch(fed, latents[rows] - noise)))
        steps += 1
    net.optimizer.finalize_variable_values(net.trainable_variables)
    log.info("flow: %d steps, error %.4f", steps, np.mean(losses[-500:]))
    net.save_weights(folder / "velocity.weights.h5")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages that are missing, write data/beyond/flow.npz and log what it reaches."""
    import keras

    parser = argparse.ArgumentParser(prog="python -m tools.train_flow", description=__doc__)
    parser.add_argument("--kept", type=Path, default=Path("build/flow"))
    parser.add_argument(
        "--stop-after", choices=["judge", "decoder", "latents", "velocity"], default="velocity"
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    chosen.kept.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(2018)
    x, kinds, individuals = pictures("Training")
    stages = {
        "judge.weights.h5": lambda: train_judge(x, kinds, chosen.kept),
        "decoder.weights.h5": lambda: train_autoencoder(x, chosen.kept, AUTOENCODER_SECONDS),
        "latents.npz": lambda: make_latents(x, kinds, chosen.kept),
        "velocity.weights.h5": lambda: train_flow(chosen.kept, FLOW_SECONDS),
    }
    for name, stage in stages.items():
        if not (chosen.kept / name).is_file():
            started = time.perf_counter()
            stage()
            log.info("%s: %.0f s", name, time.perf_counter() - started)
        if name.startswith(chosen.stop_after):
            break
    if not (chosen.kept / "velocity.weights.h5").is_file():
        return 0
    flow = generating.Flow(generating.velocity_net(), generating.decoder_net(), generating.judge_net())
    for name in ("velocity", "decoder", "judge"):
        getattr(flow, name).load_weights(chosen.kept / f"{name}.weights.h5")
    path = config.repository_root() / "data" / "beyond" / "flow.npz"
    generating.save_flow(flow, path)
    content = path.read_bytes()
    log.info("%s: %s bytes, sha256 %s", path.name, f"{len(content):,}", hashlib.sha256(content).hexdigest())
    report(generating.load_flow(path), x, kinds, individuals, chosen.kept)
    return 0


def report(flow: generating.Flow, x, kinds, individuals, kept: Path) -> None:
    """Log the figures of the card: the judge on test pictures, the decoder, the flow's share and its distances."""
    x_test, kinds_test, _ = pictures("Test")
    log.info(
        "judge on Test: %.3f of %d", generating.named_as_asked(flow, x_test, kinds_test).mean(), len(x_test)
    )
    encoder = encoder_net()
    encoder.load_weights(kept / "encoder.weights.h5")
    for name, some in (("Training", x), ("Test", x_test)):
        error = ((flow.decoder.predict(encoder.predict(some, verbose=0), verbose=0) - some) ** 2).mean()
        log.info("autoencoder on %s: %.1f dB", name, -10 * np.log10(error))
    asked = np.repeat(np.arange(len(KINDS)), 40)
    for steps in (1, 3, 10, 30):
        made = generating.sample_flow(flow, asked, steps=steps, seed=5)
        right = generating.named_as_asked(flow, made, asked)
        distance, _ = generating.nearest(made, x)
        log.info("%d steps: named as asked %.3f, to Training %.4f", steps, right.mean(), np.median(distance))
        log.info("%s", {kind: round(float(right[asked == n].mean()), 2) for n, kind in enumerate(KINDS)})
    log.info("Test to Training: %.4f", np.median(generating.nearest(x_test, x)[0]))
    for name, skip in (
        ("other pictures", np.eye(len(x), dtype=bool)),
        ("other individuals", individuals[:, None] == individuals[None]),
    ):
        log.info("Training to Training, %s: %.4f", name, np.median(generating.nearest(x, x, skip)[0]))
    log.info(
        "mirrors and small turns of Training to Training: %.4f",
        np.median(generating.nearest(changed(x, np.random.default_rng(6)), x)[0]),
    )


if __name__ == "__main__":
    sys.exit(main())
