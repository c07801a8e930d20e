"""What can be known of a net without training it: multiply-adds, receptive fields, gradients by layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from course_utils.training.gradients import gradient

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

FIELD_SEED = 0


def without_values(
    builder: Callable[..., keras.Model], *arguments: object, **settings: object
) -> keras.Model:
    """The net that `builder(*arguments, **settings)` makes, for counting only: its weights have shapes and no values.

    VGG16's take half a gigabyte, and more while they are drawn. Everything here that counts takes such a net; it
    can't answer, train or be saved. What the builder raises is raised here too.
    """
    import threading

    import keras

    done: dict[str, object] = {}

    def build() -> None:
        try:
            with keras.StatelessScope(initialize_variables=False):
                done["net"] = builder(*arguments, **settings)
        except BaseException as problem:  # noqa: BLE001 - raised again where it is seen
            done["problem"] = problem

    # Keras notes weights that wait for their values, once per thread, and would give them some at the next occasion.
    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    if "problem" in done:
        raise done["problem"]
    return done["net"]


def multiply_adds(model: keras.Model) -> int:
    """How many multiplications, each with its addition, one picture costs in convolutions, dense layers and attention.

    Each weight of a kernel is used once at each place of the layer's output; attention also compares all places
    with all (2 * places² * width). Biases, normalisations, poolings and sums are left out, as in the papers.
    """
    return sum(_work(layer) for layer in _layers(model))


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """All layers, those of nets within the net too."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        else:
            yield layer


def _work(layer: keras.layers.Layer) -> int:
    import keras

    kernels = sum(
        math.prod(weight.shape) for weight in layer.weights if "kernel" in weight.path.split("/")[-1]
    )
    if not kernels or not isinstance(layer.output, keras.KerasTensor):
        return 0
    places = math.prod(layer.output.shape[1:-1])
    if isinstance(layer, keras.layers.MultiHeadAttention):
        return kernels * places + 2 * places * places * layer.num_heads * layer.key_dim
    return kernels * places


def layer_table(model: keras.Model) -> DataFrame:
    """One row per layer: name, kind, output shape without the batch, parameters, multiply-adds, receptive field.

    The field is the side in pixels that one value can depend on; empty after the maps have become a vector.
    """
    import pandas as pd

    fields = dict(_fields(model))
    rows = [
        {
            "layer": layer.name,
            "kind": type(layer).__name__,
            "output": " × ".join(map(str, layer.output.shape[1:])),
            "parameters": layer.count_params(),
            "multiply-adds": _work(layer),
            "field": fields.get(layer.name, ""),
        }
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    ]
    return pd.DataFrame(rows).set_index("layer")


def receptive_field(model: keras.Model, layer: str | None = None) -> int:
    """Side, in pixels, of the square that one value of a layer's maps can depend on, by the longest way.

    `layer`: a layer's name; the last one with maps if None. Each layer adds (kernel - 1) * dilation steps, and a step is as long as
    the product of all strides before it. Raises ValueError for a layer without maps.
    """
    found = dict(_fields(model))
    if layer is None and found:
        return list(found.values())[-1]
    if layer not in found:
        raise ValueError(
            f"{layer!r} has no maps of this net; layers with maps are {', '.join(found) or 'none'}"
        )
    return found[layer]


def _fields(model: keras.Model) -> Iterator[tuple[str, int]]:
    """(name, receptive field) of each layer with maps, from the input on."""
    import keras

    seen: dict[int, tuple[int, int]] = {}  # by tensor: its field and the length of one step, in pixels
    for operation in getattr(model, "operations", model.layers):
        if isinstance(operation, keras.layers.InputLayer):
            continue
        inputs = keras.tree.flatten(operation.input)
        field, step = np.max([seen.get(id(one), (1, 1)) for one in inputs], axis=0)
        side, stride = _window(operation)
        field, step = int(field + (side - 1) * step), int(step * stride)
        for one in keras.tree.flatten(operation.output):
            seen[id(one)] = field, step
            if len(one.shape) == 4 and isinstance(operation, keras.layers.Layer):
                yield operation.name, field


def _window(operation: object) -> tuple[int, int]:
    """Side and stride of the window that a layer reads, in steps of its input."""
    kernel = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None) or (1,)
    strides = getattr(operation, "strides", None) or (1,)
    dilation = getattr(operation, "dilation_rate", None) or (1,)
    side, stride, spread = (one if isinstance(one, int) else max(one) for one in (kernel, strides, dilation))
    return (side - 1) * spread + 1, stride


def measured_field(model: keras.Model, layer: str | None = None, pictures: int = 4) -> tuple[int, np.ndarray]:
    """The receptive field as the gradient shows it: its side in pixels, and how much each pixel counts.

    The sum over the channels of the value in the middle of the layer's maps is differentiated with respect to the
    pixels of random pictures. Returns the side of the smallest square around all pixels with a gradient, and the mean size of
    the gradient, (H, W). The picture has to be larger than the field, or the field is cut off at its edge.
    `layer`: as for `receptive_field`. Source of the idea: W. Luo and others (2016), Understanding the effective
    receptive field.
    """
    import keras

    name = layer or list(dict(_fields(model)))[-1]
    part = keras.Model(model.inputs, model.get_layer(name).output)
    middle = [size // 2 for size in part.output_shape[1:3]]
    random = np.random.default_rng(FIELD_SEED)
    found = np.zeros(model.input_shape[1:3])
    for _ in range(pictures):
        value = keras.ops.convert_to_tensor(random.normal(size=(1, *model.input_shape[1:])).astype("float32"))
        one = gradient(lambda x: keras.ops.sum(part(x, training=False)[:, middle[0], middle[1]]), value)
        found += np.abs(keras.ops.convert_to_numpy(one)[0]).sum(axis=-1) / pictures
    rows, columns = np.nonzero(found)
    if not len(rows):
        return 0, found
    return int(max(np.ptp(rows), np.ptp(columns)) + 1), found


def gradient_norms(model: keras.Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Size of the loss's gradient at each convolution's weights, from the first to the last, in training mode.

    `x`, `y`: one batch of pictures and whole-number labels. The size is the root of the mean square over the weights of the kernel,
    so that layers of different sizes compare. The loss is the mean cross-entropy; nothing of the net is changed.
    """
    import keras

    kernels = [layer.kernel for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    trainable = [weight.value for weight in model.trainable_variables]
    others = [weight.value for weight in model.non_trainable_variables]
    sizes = [math.prod(weight.shape) for weight in trainable]

    def loss(flat):  # noqa: ANN001, ANN202 - one long vector, as `gradient` takes one tensor
        parts, start = [], 0
        for weight, size in zip(trainable, sizes, strict=True):
            parts.append(keras.ops.reshape(flat[start : start + size], weight.shape))
            start += size
        predicted, _ = model.stateless_call(parts, others, x, training=True)
        return keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, predicted))

    flat = keras.ops.concatenate([keras.ops.reshape(weight, (-1,)) for weight in trainable])
    found = keras.ops.convert_to_numpy(gradient(loss, flat)).astype("float64")
    ends = np.cumsum(sizes)
    place = {weight.path: index for index, weight in enumerate(model.trainable_variables)}
    slices = [slice(ends[place[one.path]] - sizes[place[one.path]], ends[place[one.path]]) for one in kernels]
    return np.array([np.sqrt(np.mean(found[one] ** 2)) for one in slices])
