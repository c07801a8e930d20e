"""Pictures that nobody took: a rectified flow that comes with the course, and two ways to judge what a net makes.

The flow works on latents: a decoder turns 8×8×3 numbers into a picture of 32×32. `tools/train_flow.py` trains all three nets.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.datasets.common import DataError
from course_utils.foundation import config

if TYPE_CHECKING:
    import keras

KINDS = ("Banana", "Kiwi", "Lemon", "Limes", "Orange", "Pineapple", "Plum", "Strawberry")
LATENT = (8, 8, 3)
CODE = 12  # numbers that the variational autoencoder makes of a picture
TIMES = 16  # numbers that say how far from noise to picture we are
WIDTH, BLOCKS = 320, 3


@dataclass(frozen=True, eq=False)
class Flow:
    """The bundled nets: `velocity` (latents, time, kind) -> direction; `decoder` latents -> picture; `judge` picture -> kind."""

    velocity: keras.Model
    decoder: keras.Model
    judge: keras.Model
    kinds: tuple[str, ...] = KINDS


def kind_pictures(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of the eight kinds of *studio*, float32 0-1 (N, 32, 32, 3), and their numbers in `KINDS` (N,)."""
    from course_utils.datasets import load_fruits

    studio = load_fruits("studio")
    table = studio.table(split)
    table = table[table["class_name"].isin(KINDS)]
    return studio.read(table["path"], 32).astype(np.float32) / 255, table["class_name"].map(
        KINDS.index
    ).to_numpy()


def vae_encoder() -> keras.Model:
    """A picture (N, 32, 32, 3) and its kind (N, 8) -> the means and the logarithms of the variances of a code (N, 24)."""
    import keras
    from keras import layers

    picture, kind = keras.Input((32, 32, 3)), keras.Input((len(KINDS),))
    x = picture
    for filters in (32, 48, 64):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Concatenate()([layers.Flatten()(x), kind])
    return keras.Model([picture, kind], layers.Dense(2 * CODE)(x), name="encoder")


def vae_decoder() -> keras.Model:
    """A code (N, 12) and a kind (N, 8) -> a picture (N, 32, 32, 3) between 0 and 1."""
    import keras
    from keras import layers

    code, kind = keras.Input((CODE,)), keras.Input((len(KINDS),))
    x = layers.Dense(4 * 4 * 64, activation="relu")(layers.Concatenate()([code, kind]))
    x = layers.Reshape((4, 4, 64))(x)
    for filters in (48, 32, 24):
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    picture = layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
    return keras.Model([code, kind], picture, name="decoder")


def divergence(_: object, ranges: object) -> object:
    """The KL divergence of ranges from the normal distribution, summed over the code's numbers: a Keras loss, (N,).

    ranges: (N, 24), means and logarithms of variances. Source: D. P. Kingma, M. Welling, "Auto-encoding variational
    Bayes", 2013.
    """
    from keras import ops

    mean, log_variance = ops.split(ranges, 2, axis=-1)
    return ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1) / 2


def picture_error(truth: object, picture: object) -> object:
    """Squared error of pictures (N, H, W, 3), summed, in units of an error of 0.4 that we call usual: a Keras loss, (N,)."""
    from keras import ops

    return ops.sum((truth - picture) ** 2, axis=(1, 2, 3)) / (2 * 0.4**2)


def time_numbers(time: np.ndarray) -> np.ndarray:
    """A time between 0 (noise) and 1 (picture) as sines and cosines of growing frequency, float32 (N, 16)."""
    time = np.asarray(time, np.float32).reshape(-1, 1)
    waves = np.pi * time * 2.0 ** np.arange(TIMES // 2, dtype=np.float32) / 2
    return np.concatenate([np.sin(waves), np.cos(waves)], axis=1).astype(np.float32)


def velocity_net() -> keras.Model:
    """The rectified flow: latents on their way (N, 192), time (N, 16) and kind (N, 8) -> where to go (N, 192).

    Source: X. Liu, C. Gong, Q. Liu, "Flow straight and fast: learning to generate and transfer data with rectified
    flow", 2022.
    """
    import keras
    from keras import layers

    size = int(np.prod(LATENT))
    place, time, kind = keras.Input((size,)), keras.Input((TIMES,)), keras.Input((len(KINDS),))
    said = layers.Dense(64, activation="silu")(layers.Concatenate()([time, kind]))
    x = layers.Dense(WIDTH)(place)
    for _ in range(BLOCKS):
        inner = layers.Add()([layers.LayerNormalization()(x), layers.Dense(WIDTH)(said)])
        inner = layers.Dense(WIDTH)(layers.Activation("silu")(inner))
        x = layers.Add()([x, inner])
    x = layers.Activation("silu")(layers.LayerNormalization()(x))
    return keras.Model([place, time, kind], layers.Dense(size)(x), name="velocity")


def decoder_net() -> keras.Model:
    """Latents (N, 192) -> pictures (N, 32, 32, 3) between 0 and 1: resize and convolve, twice."""
    import keras
    from keras import layers

    latents = keras.Input((int(np.prod(LATENT)),))
    x = layers.Conv2D(48, 3, padding="same", activation="relu")(layers.Reshape(LATENT)(latents))
    x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
    for filters in (32, 24):
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return keras.Model(latents, layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x), name="decoder")


def judge_net() -> keras.Model:
    """The course's small fruit CNN (notebook 05) for the eight kinds: pictures of 0-1 (N, 32, 32, 3) -> (N, 8)."""
    import keras
    from keras import layers

    net = keras.Sequential([keras.Input((32, 32, 3))], name="judge")
    for filters in (24, 48, 64):
        net.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        net.add(layers.BatchNormalization(momentum=0.9))
        net.add(layers.Activation("relu"))
        net.add(layers.MaxPooling2D(2))
    net.add(layers.GlobalAveragePooling2D())
    net.add(layers.Dropout(0.3))
    net.add(layers.Dense(len(KINDS), activation="softmax"))
    return net


def save_flow(flow: Flow, path: Path) -> None:
    """Write the three nets' weights as float16 into one file, rounded to seven bits after the first, which compress better."""
    weights = {
        f"{name}_{number:02}": _rounded(value)
        for name in ("velocity", "decoder", "judge")
        for number, value in enumerate(getattr(flow, name).get_weights())
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **weights)


def _rounded(value: np.ndarray) -> np.ndarray:
    """Float16 whose last three bits are zero, rounded to the nearest."""
    bits = np.asarray(value, np.float16).view(np.uint16)
    return (((bits.astype(np.uint32) + 4) & 0xFFF8).astype(np.uint16)).view(np.float16)


def load_flow(path: Path | None = None) -> Flow:
    """The flow that comes with the course, its decoder and the judge.

    Raises DataError when the file is missing or does not fit, with the command to type.
    """
    path = path or config.repository_root() / "data" / "beyond" / "flow.npz"
    repair = "Type: git checkout -- data/beyond"
    if not path.is_file():
        raise DataError(f"The bundled flow is missing: no {path}. {repair}")
    nets = {"velocity": velocity_net(), "decoder": decoder_net(), "judge": judge_net()}
    try:
        with np.load(path, allow_pickle=False) as kept:
            for name, net in nets.items():
                names = sorted(key for key in kept.files if key.startswith(f"{name}_"))
                net.set_weights([kept[key].astype("float32") for key in names])
    except (OSError, ValueError, KeyError) as problem:
        raise DataError(f"{path} is damaged ({problem}). {repair}") from problem
    return Flow(**nets)


def sample_flow(
    flow: Flow, kinds: np.ndarray, steps: int = 30, seed: int = 0, keep: int = 0
) -> np.ndarray | tuple[np.ndarray, list[np.ndarray]]:
    """Pictures of the asked kinds, float32 0-1 (N, 32, 32, 3), from noise in `steps` small steps.

    kinds: (N,) numbers of `flow.kinds`. `keep`: also return what the decoder makes of so many places on the way.
    Raises ValueError for less than one step.
    """
    if steps < 1:
        raise ValueError(f"A flow needs at least one step; got {steps}")
    kinds = np.asarray(kinds)
    asked = np.eye(len(flow.kinds), dtype=np.float32)[kinds]
    place = np.random.default_rng(seed).normal(size=(len(kinds), int(np.prod(LATENT)))).astype(np.float32)
    wanted = set(np.linspace(0, steps, keep).round().astype(int)) if keep else set()
    way = []
    for step in range(steps):
        if step in wanted:
            way.append(flow.decoder.predict(place, verbose=0))
        time = time_numbers(np.full(len(kinds), step / steps))
        place = place + flow.velocity.predict([place, time, asked], batch_size=256, verbose=0) / steps
    pictures = flow.decoder.predict(place, verbose=0)
    return (pictures, [*way, pictures]) if keep else pictures


def named_as_asked(flow: Flow, pictures: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Whether the judge names each picture (N, 32, 32, 3) as the kind that was asked for: bool (N,)."""
    return flow.judge.predict(pictures, verbose=0).argmax(axis=1) == np.asarray(kinds)


def nearest(
    pictures: np.ndarray, among: np.ndarray, skip: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """For each picture the nearest one `among` others or its mirror image: distance and number, (N,) each.

    The distance is the root of the mean squared difference of all values, pictures in 0-1. `skip`: bool (N, M), pairs that
    do not count, such as views of the same fruit.
    """
    flat = np.asarray(pictures, np.float32).reshape(len(pictures), -1)
    squares = np.full((len(flat), len(among)), np.inf)
    for other in (among, among[:, :, ::-1]):
        rows = np.asarray(other, np.float32).reshape(len(among), -1)
        found = (flat**2).sum(1)[:, None] + (rows**2).sum(1)[None] - 2 * flat @ rows.T
        squares = np.minimum(squares, found)
    if skip is not None:
        squares = np.where(skip, np.inf, squares)
    best = squares.argmin(axis=1)
    distance = np.sqrt(np.maximum(squares[np.arange(len(flat)), best], 0) / flat.shape[1])
    return distance, best
