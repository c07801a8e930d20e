"""Grad-CAM: which places of a picture raise the score of a class.

The net is cut behind one layer. Its front half makes that layer's maps; the gradient of the class's score,
taken through the back half, says how much each map counts.
Source: R. R. Selvaraju and others, "Grad-CAM: visual explanations from deep networks via gradient-based
localization", 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import keras


class HottestShare(NamedTuple):
    """How much of the hottest part of a heat map lies where it should, and how much of a uniform map's would."""

    share: float
    uniform: float


def grad_cam(
    model: keras.Model,
    images: np.ndarray,
    class_index: int | np.ndarray,
    layer: str | None = None,
    batch_size: int = 16,
) -> np.ndarray:
    """Heat maps of one class's score: float32 in 0-1, (H, W) for one picture and (N, H, W) for several.

    `model`: a functional `keras.Model` that ends in a Dense layer, and pictures as that model expects them; or
    what `pretrained.load(..., top=True)` returns, and pictures in 0-255. `images`: (H, W, 3) or (N, H, W, 3).
    `class_index`: one class for all pictures, or one a picture; a single output is the score of the second of two
    classes, 1, and its negative that of the first, 0. `layer`: name of the layer whose maps are
    weighed, all of the net's data flowing through it; without it the last one that gives maps (N, H, W, channels).
    A map is all 0 where no place speaks for the class.
    Raises ValueError for pictures, classes or a layer that do not fit.
    """
    images = np.asarray(images, dtype=np.float32)
    single = images.ndim == 3
    if single:
        images = images[None]
    if images.ndim != 4:
        raise ValueError(f"Pictures are (H, W, 3) or (N, H, W, 3); got shape {images.shape}")
    if hasattr(model, "preprocess"):  # a pretrained net brings its own preprocessing
        model, images = model.model, model.preprocess(images)
    front, back, last = _cut(model, layer)
    classes = np.broadcast_to(np.asarray(class_index, dtype=np.int64), (len(images),))
    known = max(last.units, 2)
    if len(classes) and not 0 <= classes.min() <= classes.max() < known:
        raise ValueError(f"The model tells {known} classes apart, 0 to {known - 1}; got {class_index}")
    found = [
        _heat(front, back, last, images[start : start + batch_size], classes[start : start + batch_size])
        for start in range(0, len(images), batch_size)
    ]
    heat = np.concatenate(found) if found else np.zeros(images.shape[:3], np.float32)
    return heat[0] if single else heat


def enlarge(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Maps (N, h, w) brought to (N, height, width), bilinear; float32. One map (h, w) gives one map."""
    import keras

    maps = np.asarray(maps, dtype=np.float32)
    several = maps if maps.ndim == 3 else maps[None]
    resized = keras.ops.image.resize(
        several[..., None], (height, width), interpolation="bilinear", data_format="channels_last"
    )
    larger = keras.ops.convert_to_numpy(resized)[..., 0]
    return larger if maps.ndim == 3 else larger[0]


def hottest_share(heat: np.ndarray, mask: np.ndarray, most: float = 0.2) -> HottestShare:
    """The share of a heat map's hottest k pixels that lie inside of a mask, beside a uniform map's share.

    `heat`: (H, W). `mask`: bool (H, W), True on the object. k is the mask's area, but at most `most` of the
    picture, so that a perfect map reaches 1. Pixels that tie for the last places count in proportion: a map
    that is the same everywhere scores exactly the uniform share, the part of the picture that is object.
    Raises ValueError for shapes that differ, an empty mask or heat that is not finite.
    """
    heat, mask = np.asarray(heat, dtype=float), np.asarray(mask, dtype=bool)
    if heat.shape != mask.shape or heat.ndim != 2:
        raise ValueError(
            f"The map has shape {heat.shape}, the mask {mask.shape}: bring both to one (H, W), "
            "for instance with enlarge(heat, *mask.shape)"
        )
    if not mask.any():
        raise ValueError("The mask is empty: there is no object to find")
    if not np.isfinite(heat).all():
        raise ValueError("The heat map holds values that are not finite numbers")
    k = max(1, min(int(most * mask.size), int(mask.sum())))
    threshold = np.partition(heat.ravel(), mask.size - k)[mask.size - k]
    hotter, level = heat > threshold, heat == threshold
    inside = mask[hotter].sum() + (k - hotter.sum()) * mask[level].mean()
    return HottestShare(float(inside / k), float(mask.mean()))


def _cut(model: keras.Model, layer: str | None) -> tuple[keras.Model, keras.Model, keras.layers.Dense]:
    """Front half (picture to maps), back half (maps to what the last layer reads) and last layer of a model."""
    import keras

    if layer is None:
        maps = [one.name for one in model.layers if _gives_maps(one)]
        if not maps:
            raise ValueError(f"{model.name} has no layer that gives maps (N, H, W, channels)")
        layer = maps[-1]
    names = [one.name for one in model.layers]
    if layer not in names:
        raise ValueError(f"{model.name} has no layer {layer!r}; its last ones are {', '.join(names[-5:])}")
    cut = model.get_layer(layer)
    if not _gives_maps(cut):
        raise ValueError(
            f"Layer {layer!r} gives no maps (N, H, W, channels); choose a convolution or a pooling"
        )
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Dense):
        raise ValueError(
            f"{model.name} ends in {type(last).__name__}; expected a Dense layer with a score a class "
            "(load it with top=True, or put a Dense layer on top)"
        )
    if isinstance(model, keras.Sequential):
        after = names.index(layer) + 1
        front, back = (
            _chain(model.layers[:after], model.inputs[0]),
            _chain(model.layers[after:-1], cut.output),
        )
        return front, back, last
    try:
        return keras.Model(model.inputs[0], cut.output), keras.Model(cut.output, last.input), last
    except ValueError as problem:
        if isinstance(cut, keras.Model):
            raise ValueError(
                f"{layer!r} is a net inside of {model.name}, and such a net is cut in a Sequential only. Type: "
                "model = keras.Sequential([keras.Input(...), ...]) with the same layers"
            ) from problem
        raise ValueError(
            f"Data also flow past layer {layer!r}; choose one that all of the net's data pass, such as the last"
        ) from problem


def _chain(layers: list[keras.Layer], like: object) -> keras.Model:
    """Layers one behind the other, for inputs shaped like a tensor of Keras.

    A Sequential read from a file was built more than once, so that its layers' own inputs and outputs
    need not be those of the model as it stands.
    """
    import keras

    start = result = keras.Input(like.shape[1:])
    for layer in layers:
        result = layer(result)
    return keras.Model(start, result)


def _gives_maps(layer: keras.Layer) -> bool:
    import keras

    if isinstance(layer, keras.layers.InputLayer):
        return False
    output = layer.output
    return not isinstance(output, (list, tuple)) and len(output.shape) == 4


def _heat(
    front: keras.Model, back: keras.Model, last: keras.layers.Dense, images: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Heat maps (N, H, W) of one batch."""
    import keras

    # A bias would change no gradient.
    kernel = last.kernel if last.units > 1 else keras.ops.concatenate([-last.kernel, last.kernel], axis=1)

    def score(maps):
        # Before the softmax: behind it, a gradient would also show what speaks against the other classes.
        scores = keras.ops.matmul(back(maps, training=False), kernel)
        return keras.ops.sum(scores * keras.ops.one_hot(classes, kernel.shape[1]))

    maps = _without_gradients(lambda: front(images, training=False))
    weights = keras.ops.mean(_gradient(score, maps), axis=(1, 2), keepdims=True)
    heat = keras.ops.relu(keras.ops.sum(weights * maps, axis=-1))
    heat = enlarge(keras.ops.convert_to_numpy(heat), *images.shape[1:3])
    largest = heat.max(axis=(1, 2), keepdims=True)
    return heat / np.where(largest > 0, largest, 1)


def _without_gradients(function: Callable):
    """The result of a function, without the notes that PyTorch keeps for gradients."""
    import keras

    if keras.backend.backend() != "torch":
        return function()
    import torch

    with torch.no_grad():
        return function()


def _gradient(score: Callable, value):
    """Gradient of a scalar function at a tensor: the one thing that each framework does in its own way."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(value)
            total = score(value)
        return tape.gradient(total, value)
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(score)(value)
    import torch

    with torch.enable_grad():
        value = value.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(score(value), value)
    return gradient
