"""The picture half of a captioner: a small net that says of each place which fruit is there, and what the ground is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config

from .captions import Thing, describe, kind_word

if TYPE_CHECKING:
    import keras

SIDE, STEP = 128, 4
"""Pixels of a picture's side, and pixels per place of the map of kinds: 32×32 places."""
GROUND_FEATURES = 32
SMALLEST = 3
"""Places that a fruit covers at least; smaller specks are ignored."""

Array = np.ndarray


def build_encoder(kinds: int, grounds: int) -> keras.Model:
    """A net from uint8 pictures (N, 128, 128, 3) to three outputs, about 300,000 parameters.

    kinds: probabilities (N, 32, 32, kinds + 1), the first for no fruit. ground: probabilities (N, grounds). maps: what a
    captioner gets, (N, 16, 16, kinds + 1 + 32): kinds and features of the ground.
    """
    import keras
    from keras import layers

    def block(x, filters, size=3, strides=1, dilation=1):
        options = {"strides": strides} if strides > 1 else {"dilation_rate": dilation}
        x = layers.Conv2D(filters, size, padding="same", use_bias=False, **options)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    inputs = keras.Input((SIDE, SIDE, 3))
    x = block(layers.Rescaling(1 / 127.5, offset=-1)(inputs), 24, strides=2)
    x = fine = block(block(x, 48, strides=2), 64)
    x = block(x, 96, strides=2)
    x = layers.Add()([x, block(x, 96)])
    x = layers.Add()([x, block(x, 96, dilation=2)])
    ground = block(x, GROUND_FEATURES, size=1)
    both = layers.Concatenate()([fine, layers.UpSampling2D(2, interpolation="bilinear")(x)])
    kind = layers.Conv2D(kinds + 1, 1, activation="softmax", name="kinds")(block(both, 64, size=1))
    whole = layers.Concatenate()(
        [layers.GlobalAveragePooling2D()(ground), layers.GlobalMaxPooling2D()(ground)]
    )
    named = layers.Dense(grounds, activation="softmax", name="ground")(whole)
    coarse = layers.Concatenate(name="maps")([layers.AveragePooling2D(2)(kind), ground])
    return keras.Model(inputs, {"kinds": kind, "ground": named, "maps": coarse})


def with_places(maps: Array, kinds: int) -> Array:
    """Maps (N, H, W, C) with the places in them: (N, H, W, C + 2 + 2 * (kinds + 1)).

    Two more channels hold each place's x and y from -1 to 1: attention alone knows no order. The others are the maps
    of kinds, the first kinds + 1 channels, times x and times y: their means say where a kind is.
    """
    height, width = maps.shape[1:3]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    places = np.broadcast_to(np.stack([x, y], axis=-1), (len(maps), height, width, 2))
    there = maps[..., : kinds + 1]
    moved = [there * places[..., :1], there * places[..., 1:]]
    return np.concatenate([maps, places, *moved], axis=-1).astype(np.float32)


class Encoder:
    """The net with the words for its outputs. kinds: the words of *tables*' kinds; grounds: the words for grounds."""

    def __init__(self, model: keras.Model, kinds: tuple[str, ...], grounds: tuple[str, ...]) -> None:
        self.model, self.kinds, self.grounds = model, kinds, grounds

    def see(self, pictures: Array, batch_size: int = 32) -> dict[str, Array]:
        """All three outputs for pictures (N, 128, 128, 3) of 0-255; `maps` have their places added."""
        seen = self.model.predict(np.asarray(pictures, np.float32), batch_size=batch_size, verbose=0)
        return {**seen, "maps": with_places(seen["maps"], len(self.kinds))}

    def describe(self, seen: dict[str, Array]) -> list[str]:
        """Captions without a language net: the grammar on what `see` gives, its fruits and its likeliest ground."""
        return [
            describe(self.things(kinds), self.grounds[ground.argmax()])
            for kinds, ground in zip(seen["kinds"], seen["ground"], strict=True)
        ]

    def things(self, kinds: Array) -> list[Thing]:
        """The fruits in one map of kinds (32, 32, kinds + 1): connected places of one kind, as boxes."""
        return things_in(kinds, self.kinds)


def things_in(kinds: Array, words: tuple[str, ...]) -> list[Thing]:
    """Connected places where one kind is likelier than all others and than nothing: a Thing for each.

    `kinds`: probabilities (H, W, kinds + 1). Two touching fruits of one kind become one thing.
    """
    from scipy import ndimage

    best = kinds.argmax(axis=-1)
    height, width = best.shape
    found = []
    for number, word in enumerate(words, start=1):
        pieces, _ = ndimage.label(best == number)
        for piece, (rows, columns) in enumerate(ndimage.find_objects(pieces), start=1):
            if (pieces[rows, columns] == piece).sum() >= SMALLEST:
                found.append(
                    Thing(
                        word,
                        columns.start / width,
                        rows.start / height,
                        columns.stop / width,
                        rows.stop / height,
                    )
                )
    return found


def save_encoder(encoder: Encoder) -> None:
    """Keep an encoder as float16 numbers in data/beyond/encoder.npz."""
    weights = {
        f"w{place:02}": value.astype(np.float16) for place, value in enumerate(encoder.model.get_weights())
    }
    np.savez_compressed(_place(), kinds=np.array(encoder.kinds), grounds=np.array(encoder.grounds), **weights)


def load_encoder() -> Encoder:
    """The course's encoder, trained on the training scenes of *tables* by `tools/train_encoder.py`.

    Raises FileNotFoundError, with the command, when its file is missing.
    """
    place = _place()
    if not place.is_file():
        raise FileNotFoundError(f"The encoder is missing from {place}. Type: git checkout -- data/beyond")
    with np.load(place, allow_pickle=False) as kept:
        kinds, grounds = (tuple(map(str, kept[name])) for name in ("kinds", "grounds"))
        model = build_encoder(len(kinds), len(grounds))
        names = sorted(name for name in kept.files if name.startswith("w"))
        model.set_weights([kept[name].astype(np.float32) for name in names])
    return Encoder(model, kinds, grounds)


def _place():
    return config.repository_root() / "data" / "beyond" / "encoder.npz"


def words_of(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The words for kinds, in their order."""
    return tuple(kind_word(kind) for kind in kinds)
