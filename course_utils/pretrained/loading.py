"""`load`: a stock net with ImageNet weights where they can be had, else with course weights, and which they are."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.foundation import assets
from course_utils.foundation.assets.errors import fetch_command
from course_utils.foundation.assets.store import megabytes

from . import packed
from .files import imagenet_class_names, imagenet_weights
from .model import Pretrained
from .nets import NETS, WEIGHTS, Net

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)
RESTORE = "git checkout -- data/weights"


def find(name: str) -> str:
    """A sentence on where a net's ImageNet weights are, with and without its top; loads no framework.

    From the mirror they are fetched, as in `load`. Raises AssetError, with the command that fetches them, where
    they are neither on this machine nor on the mirror; ValueError for an unknown name.
    """
    net = _net(name)
    imagenet_weights(net, top=False)
    imagenet_class_names(net)
    return imagenet_weights(net, top=True).source


def load(
    name: str,
    top: bool = False,
    weights: str = "auto",
    input_size: int | None = None,
    download: bool = False,
) -> Pretrained:
    """A net of `keras.applications` with its weights, its preprocessing and the names of its classes.

    `name`: VGG16, Xception, ResNet50, InceptionV3 or MobileNetV2. `top`: with the classifier; it has ImageNet's
    1,000 classes, and with course weights the classes that these were pretrained on.
    `weights`: `imagenet` (Keras's official files, from the course's cache, from Keras's folder, from the mirror),
    `course` (bundled, VGG16 and Xception only), `random`, or `auto`: imagenet if it is there, else course.
    `input_size`: side of the pictures in pixels; the net's own (224 or 299) if None, the course weights' own with
    those. `download`: fetch ImageNet weights from Keras's address, with progress, where they are not here.
    Raises AssetError with the command that fetches what is missing; ValueError for an unknown name, unknown weights,
    and for another input size than its own for a net with ImageNet's top.
    """
    net = _net(name)
    if weights not in WEIGHTS:
        raise ValueError(f"weights is {weights!r}; expected one of {', '.join(WEIGHTS)}")
    if weights == "random":
        return _random(net, top, input_size)
    if weights == "course":
        return _course(net, top, input_size)
    try:
        return _imagenet(net, top, input_size, download)
    except assets.AssetError as error:
        stand_in = _course_file(net)
        if weights == "imagenet":
            raise
        if not stand_in or not stand_in.is_file():
            raise assets.AssetError(f"{error.reason}; {_who_has_course_weights()}", error.command) from error
        log.info("%s takes its course weights (%s)", name, error.reason)
        return _course(net, top, input_size)


def _net(name: str) -> Net:
    if name not in NETS:
        raise ValueError(f"No net called {name!r}; there are {', '.join(NETS)}")
    return NETS[name]


def _imagenet(net: Net, top: bool, input_size: int | None, download: bool) -> Pretrained:
    if top and input_size not in (None, net.size):
        raise ValueError(
            f"{net.name} with ImageNet's top takes pictures of {net.size}x{net.size} pixels, "
            f"not {input_size}x{input_size}. Leave input_size out, or load it with top=False"
        )
    size = input_size or net.size
    found = imagenet_weights(net, top, download)
    names = imagenet_class_names(net) if top else ()
    model = net.build(weights=str(found.path), include_top=top, input_shape=(size, size, 3))
    return Pretrained(net.name, model, "imagenet", found.source, found.verified, size, names)


def _course(net: Net, top: bool, input_size: int | None) -> Pretrained:
    path = _course_file(net)
    if not path:
        raise assets.AssetError(
            f"{net.name} has no course weights; {_who_has_course_weights()}", fetch_command(net.asset)
        )
    try:
        file = packed.read(path)
    except FileNotFoundError as error:
        raise assets.AssetError(
            f"The course weights of {net.name} are missing from {path}", RESTORE
        ) from error
    except ValueError as error:
        raise assets.AssetError(
            f"The course weights of {net.name} can't be read: {error}", RESTORE
        ) from error
    size = input_size or file.about["input_size"]
    model = net.build(weights=None, include_top=False, input_shape=(size, size, 3))
    if top:
        model = _with_head(model, len(file.class_names))
    packed.set_weights(model, file.weights)
    real = assets.default_store().registry[net.asset]
    source = (
        f"{net.name}, course weights: bundled in data/weights/{path.name}, pretrained by the course on "
        f"{len(file.class_names)} kinds of fruit, not on ImageNet. "
        f"ImageNet's, {megabytes(real.size)}: {fetch_command(net.asset)}"
    )
    return Pretrained(net.name, model, "course", source, False, size, file.class_names if top else ())


def _random(net: Net, top: bool, input_size: int | None) -> Pretrained:
    size = input_size or net.size
    model = net.build(weights=None, include_top=top, input_shape=(size, size, 3))
    # Nothing was learned, so its outputs mean nothing: they have numbers, not names.
    names = tuple(f"output {number}" for number in range(model.output_shape[-1])) if top else ()
    source = f"{net.name}, random weights: it has learned nothing"
    return Pretrained(net.name, model, "random", source, False, size, names)


def _with_head(model: keras.Model, classes: int) -> keras.Model:
    """The net with average pooling and the head that it was pretrained with."""
    import keras

    x = keras.layers.GlobalAveragePooling2D(name="pool")(model.outputs[0])
    x = keras.layers.Dense(classes, activation="softmax", name=packed.HEAD)(x)
    return keras.Model(model.inputs[0], x, name=model.name)


def _course_file(net: Net) -> Path | None:
    """Where the net's bundled weights are, or would be; None for a net that has none."""
    store = assets.default_store()
    bundled = store.registry[net.asset].bundled
    return store.root / bundled if bundled else None


def _who_has_course_weights() -> str:
    return f"only {' and '.join(net.name for net in NETS.values() if _course_file(net))} have course weights"
