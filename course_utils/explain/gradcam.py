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

from course_utils.training.gradients import gradient

from . import heads

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
    output: str | int | None = None,
) -> np.ndarray:
    """Heat maps of one class's score: float32 in 0-1, (H, W) for one picture and (N, H, W) for several.

    `model`: a functional or sequential `keras.Model` that ends in a score a class (from a Dense layer or a 1x1
    convolution with pooling; a softmax, log_softmax or sigmoid after them is read through), and pictures as that model expects
    them; or what `pretrained.load(..., top=True)` returns, and pictures in 0-255. `images`: (H, W, 3) or (N, H, W, 3).
    `class_index`: one class for all pictures, or one a picture; a single output is the score of the second of two
    classes, 1, and its negative that of the first, 0. `layer`: name of the layer whose maps are
    weighed, all of the net's data flowing through it; without it the last one that gives maps (N, H, W, channels).
    `output`: name or place of the output to explain, of a net with several.
    A map is all 0 where no place speaks for the class.
    Raises ValueError for pictures, classes, a layer or an output that do not fit, and for a net that cannot be cut.
    """
    images = np.asarray(images, dtype=np.float32)
    single = images.ndim == 3
    if single:
        images = images[None]
    if images.ndim != 4:
        raise ValueError(f"Pictures are (H, W, 3) or (N, H, W, 3); got shape {images.shape}")
    if hasattr(model, "preprocess"):  # a pretrained net brings its own preprocessing
        model, images = model.model, model.preprocess(images)
    front, back = _cut(model, layer, output)
    classes = np.broadcast_to(np.asarray(class_index, dtype=np.int64), (len(images),))
    known = max(back.outputs[0].shape[-1], 2)
    if len(classes) and not 0 <= classes.min() <= classes.max() < known:
        raise ValueError(f"The model tells {known} classes apart, 0 to {known - 1}; got {class_index}")
    found = [
        _heat(front, back, images[start : start + batch_size], classes[start : start + batch_size])
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


def _cut(model: keras.Model, layer: str | None, output: str | int | None) -> tuple[keras.Model, keras.Model]:
    """Front half (picture to maps) and back half (maps to the classes' scores, before any softmax) of a model."""
    import keras

    heads.need_graph(model, "Grad-CAM")
    scores = heads.output_of(model, output)
    if len(scores.shape) != 2:
        raise ValueError(
            f"The output of {model.name} has shape {tuple(scores.shape)}; expected (N, classes), a score a class "
            "(load the net with top=True, or put a Dense layer on top)"
        )
    # Of a net with several outputs, only what leads to this one.
    leading = model.layers if len(model.outputs) == 1 else keras.Model(model.inputs, scores).layers
    inner, read = heads.inner_net(model, output)
    if inner is not None and layer is None:
        # The whole net is a layer of this one: what lies before it only prepares the picture.
        front, back = _cut(inner, None, None)
        if heads.is_sequential(model):
            return heads.chain([*model.layers[:-1], front], model.inputs[0]), back
        return keras.Model(model.inputs[0], front(read)), back
    if layer is None:
        maps = [one.name for one in leading if _gives_maps(one) and not _is_one_place(one)]
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
    last, count, read = heads.plain(model, output)
    if heads.is_sequential(model):
        after = names.index(layer) + 1
        between = model.layers[after : len(model.layers) - count]
        if after > len(model.layers) - count:  # the cut is one of the last layers: a map of each class
            last, between = last[after - (len(model.layers) - count) :], []
        front = heads.chain(model.layers[:after], model.inputs[0])
        return front, heads.chain([*between, *last], cut.output)
    if not any(one is cut for one in leading):
        raise ValueError(
            f"Layer {layer!r} does not lead to this output of {model.name}; choose another layer"
        )
    try:
        for one in last:
            read = one(read)
        maps = heads.tensor_of(model, cut, output)
        return keras.Model(model.inputs[0], maps), keras.Model(maps, read)
    except ValueError as problem:
        raise ValueError(
            f"Data also flow past layer {layer!r}; choose one that all of the net's data pass, such as the last"
        ) from problem


def _is_one_place(layer: keras.layers.Layer) -> bool:
    """Whether maps have shrunk to a single place, as behind a pooling over the whole picture."""
    return layer.output.shape[1:3] == (1, 1)


def _gives_maps(layer: keras.Layer) -> bool:
    import keras

    if isinstance(layer, keras.layers.InputLayer):
        return False
    output = layer.output
    return not isinstance(output, (list, tuple, dict)) and len(output.shape) == 4


def _heat(front: keras.Model, back: keras.Model, images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Heat maps (N, H, W) of one batch."""
    import keras

    def score(maps):
        # Before the softmax: behind it, a gradient would also show what speaks against the other classes.
        scores = back(maps, training=False)
        if scores.shape[-1] == 1:
            scores = keras.ops.concatenate([-scores, scores], axis=1)
        return keras.ops.sum(scores * keras.ops.one_hot(classes, scores.shape[-1]))

    maps = _without_gradients(lambda: front(images, training=False))
    weights = keras.ops.mean(gradient(score, maps), axis=(1, 2), keepdims=True)
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
