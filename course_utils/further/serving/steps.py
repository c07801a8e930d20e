"""A Keras model as a plain list of steps: what an ONNX file and a live page are written from.

Layers that only work in training (dropout, augmentation) fall away, nested models are laid open, and an activation
becomes a step of its own. The list holds NumPy arrays and plain values only, so it is the same on every backend.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

ACTIVATIONS = ("relu", "sigmoid", "softmax", "tanh")
ONLY_IN_TRAINING = (
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "RandomFlip", "RandomRotation", "RandomZoom",
    "RandomTranslation", "RandomBrightness", "RandomContrast", "RandomCrop", "Identity", "InputLayer",
)  # fmt: skip


class UnknownLayer(ValueError):
    """A layer that the course's own writer doesn't know."""


@dataclass(frozen=True)
class Step:
    """One operation: `output = kind(inputs)`, with its settings and weights.

    `layer` is the Keras layer that it came from. Arrays lie as Keras has them: channels last.
    """

    kind: str
    layer: str
    inputs: tuple[str, ...]
    output: str
    shape: tuple[int | None, ...]
    settings: dict = field(default_factory=dict)
    weights: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All steps of a model in the order of computing, with the names, shapes and types of what goes in and comes out."""

    inputs: tuple[tuple[str, tuple[int | None, ...], str], ...]
    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, tuple[int | None, ...]], ...]

    def count(self) -> int:
        """How many numbers the weights are."""
        return sum(array.size for step in self.steps for array in step.weights.values())


def plan_of(model: keras.Model) -> Plan:
    """The plan of a built Functional or Sequential model.

    Raises UnknownLayer for a layer without a step, for shared layers and for models that aren't built.
    """
    if not hasattr(getattr(model, "_functional", None) or model, "_nodes_by_depth"):
        raise UnknownLayer(
            "the model has no graph yet: build it with keras.Input, or call it on one batch first"
        )
    reader = _Reader()
    names = {}
    inputs = []
    for tensor in model.inputs:
        name = "input" if len(model.inputs) == 1 else tensor.name
        names[id(tensor)] = name
        inputs.append((name, tuple(tensor.shape), str(tensor.dtype)))
    reader.walk(model, names)
    found = [(names[id(tensor)], tuple(tensor.shape)) for tensor in model.outputs]
    return Plan(tuple(inputs), tuple(reader.steps), tuple(found))


class _Reader:
    """Collects steps; `names` says which step made a tensor of Keras's graph."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def walk(self, model: keras.Model, names: dict[int, str]) -> None:
        functional = getattr(model, "_functional", None) or model
        for own, given in zip(functional.inputs, model.inputs, strict=True):
            names[id(own)] = names[id(given)]
        seen = set()
        for depth in sorted(functional._nodes_by_depth, reverse=True):
            for node in functional._nodes_by_depth[depth]:
                layer = node.operation
                if node.is_input:
                    continue
                if layer in seen:
                    raise UnknownLayer(f"layer {layer.name!r} is used twice, and only once is supported")
                seen.add(layer)
                self.read(layer, node, names)
        for own, given in zip(functional.outputs, model.outputs, strict=True):
            names[id(given)] = names[id(own)]

    def read(self, layer: keras.layers.Layer, node: object, names: dict[int, str]) -> None:
        """The steps of one layer."""
        kind = type(layer).__name__
        inputs = tuple(names[id(tensor)] for tensor in node.input_tensors)
        (made,) = node.output_tensors[:1]
        if len(node.output_tensors) != 1:
            raise UnknownLayer(f"layer {layer.name!r} has several outputs")
        if kind in ONLY_IN_TRAINING:
            names[id(made)] = inputs[0]
            return
        if kind in ("Sequential", "Functional"):
            inner = {id(tensor): name for tensor, name in zip(layer.inputs, inputs, strict=True)}
            self.walk(layer, inner)
            names[id(made)] = inner[id(layer.outputs[0])]
            return
        if getattr(layer, "data_format", "channels_last") != "channels_last":
            raise UnknownLayer(f"layer {layer.name!r} has its channels first")
        output = self.add(layer, node, inputs, tuple(made.shape))
        names[id(made)] = self.activate(layer, output, tuple(made.shape))

    def add(self, layer: keras.layers.Layer, node: object, inputs: tuple[str, ...], shape: tuple) -> str:
        kind = type(layer).__name__
        make = _MAKERS.get(kind)
        if make is None:
            raise UnknownLayer(f"layer {layer.name!r} is a {kind}, which has no step here")
        step, settings, weights = make(layer, node) if make in _OF_A_CALL else make(layer)
        output = f"{layer.name}/{step}"
        self.steps.append(Step(step, layer.name, inputs, output, shape, settings, weights))
        return output

    def activate(self, layer: keras.layers.Layer, output: str, shape: tuple) -> str:
        activation = getattr(layer, "activation", None)
        name = getattr(activation, "__name__", "linear") if activation is not None else "linear"
        if name == "linear":
            return output
        if name not in ACTIVATIONS:
            raise UnknownLayer(f"layer {layer.name!r} has the activation {name}, which has no step here")
        self.steps.append(Step(name, layer.name, (output,), f"{output}/{name}", shape))
        return f"{output}/{name}"


def _numbers(value: object) -> np.ndarray:
    """A variable of any backend as float32."""
    import keras

    return np.ascontiguousarray(keras.ops.convert_to_numpy(value), dtype=np.float32)


def _kernel_and_bias(layer: keras.layers.Layer) -> dict[str, np.ndarray]:
    found = {"kernel": _numbers(layer.kernel)}
    return found | ({"bias": _numbers(layer.bias)} if layer.use_bias else {})


def _convolution(layer: keras.layers.Layer) -> tuple:
    if layer.groups != 1 or layer.padding not in ("same", "valid"):
        raise UnknownLayer(f"layer {layer.name!r} has groups or a causal padding")
    settings = {
        "strides": list(layer.strides),
        "dilation": list(layer.dilation_rate),
        "padding": layer.padding,
    }
    return f"conv{layer.rank}d", settings, _kernel_and_bias(layer)


def _pooling(kind: str):
    def make(layer: keras.layers.Layer) -> tuple:
        settings = {"size": list(layer.pool_size), "strides": list(layer.strides), "padding": layer.padding}
        return kind, settings, {}

    return make


def _global(kind: str):
    def make(layer: keras.layers.Layer) -> tuple:
        if layer.keepdims:
            raise UnknownLayer(f"layer {layer.name!r} keeps its dimensions")
        return kind, {}, {}

    return make


def _normalisation(layer: keras.layers.Layer) -> tuple:
    """At work a batch normalisation is one factor and one summand per channel."""
    if layer.axis not in (-1, 3):
        raise UnknownLayer(f"layer {layer.name!r} normalises another axis than the channels")
    factor = 1 / np.sqrt(_numbers(layer.moving_variance).astype(np.float64) + layer.epsilon)
    if layer.scale:
        factor = factor * _numbers(layer.gamma)
    summand = -_numbers(layer.moving_mean) * factor
    if layer.center:
        summand = summand + _numbers(layer.beta)
    return "scale", {}, {"factor": factor.astype(np.float32), "summand": summand.astype(np.float32)}


def _rescaling(layer: keras.layers.Layer) -> tuple:
    return (
        "scale", {},
        {"factor": np.float32(layer.scale).reshape(1), "summand": np.float32(layer.offset).reshape(1)},
    )  # fmt: skip


def _upsampling(layer: keras.layers.Layer) -> tuple:
    if layer.interpolation != "nearest":
        raise UnknownLayer(f"layer {layer.name!r} enlarges by {layer.interpolation}, not by repeating")
    return "upsample2d", {"size": list(layer.size)}, {}


def _embedding(layer: keras.layers.Layer) -> tuple:
    if layer.mask_zero:
        raise UnknownLayer(f"layer {layer.name!r} makes a mask")
    return "embedding", {}, {"table": _numbers(layer.embeddings)}


def _joined(layer: keras.layers.Layer) -> tuple:
    if layer.axis not in (-1, None):
        raise UnknownLayer(f"layer {layer.name!r} joins along another axis than the last")
    return "concat", {}, {}


def _relu(layer: keras.layers.Layer) -> tuple:
    if layer.max_value is not None or layer.negative_slope or layer.threshold:
        raise UnknownLayer(f"layer {layer.name!r} is not a plain ReLU")
    return "relu", {}, {}


def _softmax(layer: keras.layers.Layer) -> tuple:
    if layer.axis != -1:
        raise UnknownLayer(f"layer {layer.name!r} works along another axis than the last")
    return "softmax", {}, {}


def _bidirectional(layer: keras.layers.Layer, node: object) -> tuple:
    """Two LSTMs, one from each end, that give a state per token; the second input says which tokens are there."""
    both = layer.forward_layer, layer.backward_layer
    plain = all(
        type(one).__name__ == "LSTM"
        and one.return_sequences
        and not (one.return_state or one.stateful)
        and one.activation.__name__ == "tanh"
        and one.recurrent_activation.__name__ == "sigmoid"
        and one.use_bias
        for one in both
    )
    if not plain or layer.merge_mode != "concat" or len(node.input_tensors) != 2:
        raise UnknownLayer(
            f"layer {layer.name!r} is not two plain LSTMs that give a state per token and take a mask"
        )
    weights = {}
    for direction, one in zip(("forward", "backward"), both, strict=True):
        cell = {"kernel": one.cell.kernel, "recurrent": one.cell.recurrent_kernel, "bias": one.cell.bias}
        weights |= {f"{direction}_{name}": _numbers(value) for name, value in cell.items()}
    return "bilstm", {"units": both[0].units}, weights


def _not_equal(operation: object, node: object) -> tuple:
    """Compared with one whole number."""
    values = [one for one in node.arguments.args if isinstance(one, int)]
    if len(values) != 1:
        raise UnknownLayer(f"{operation.name!r} is not a comparison with one whole number")
    return "not_equal", {"value": values[0]}, {}


def _largest(operation: object) -> tuple:
    """The largest along one axis, which falls away."""
    axes = [operation.axis] if isinstance(operation.axis, int) else list(operation.axis or ())
    if len(axes) != 1 or axes[0] < 1 or operation.keepdims:
        raise UnknownLayer(f"{operation.name!r} is not a maximum along one axis after the first")
    return "largest", {"axis": axes[0]}, {}


def _cast(operation: object) -> tuple:
    """Whole numbers of another size."""
    if operation.dtype != "int32":
        raise UnknownLayer(f"{operation.name!r} makes {operation.dtype}, and only int32 has a step here")
    return "whole", {}, {}


def _less(operation: object, node: object) -> tuple:
    """One whole number taken away."""
    first, *rest = node.arguments.args
    if len(rest) != 1 or not isinstance(rest[0], int) or isinstance(first, int):
        raise UnknownLayer(f"{operation.name!r} does not take away one whole number")
    return "less", {"value": rest[0]}, {}


def _one_hot(operation: object) -> tuple:
    """Whole numbers as rows with a single 1; a number that is no place of a row becomes a row of zeros."""
    if operation.axis != -1 or operation.sparse or operation.dtype not in (None, "float32"):
        raise UnknownLayer(f"{operation.name!r} does not make plain rows of float32")
    return "one_hot", {"count": operation.num_classes}, {}


_OF_A_CALL = (_bidirectional, _less, _not_equal)
_MAKERS = {
    "Bidirectional": _bidirectional,
    "Cast": _cast,
    "NotEqual": _not_equal,
    "OneHot": _one_hot,
    "Subtract": _less,
    "Max": _largest,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "MaxPooling1D": _pooling("maxpool1d"),
    "MaxPooling2D": _pooling("maxpool2d"),
    "AveragePooling2D": _pooling("avgpool2d"),
    "GlobalMaxPooling1D": _global("globalmax1d"),
    "GlobalAveragePooling1D": _global("globalavg1d"),
    "GlobalMaxPooling2D": _global("globalmax2d"),
    "GlobalAveragePooling2D": _global("globalavg2d"),
    "Dense": lambda layer: ("dense", {}, _kernel_and_bias(layer)),
    "Flatten": lambda layer: ("flatten", {}, {}),
    "BatchNormalization": _normalisation,
    "Rescaling": _rescaling,
    "UpSampling2D": _upsampling,
    "Embedding": _embedding,
    "Concatenate": _joined,
    "Add": lambda layer: ("add", {}, {}),
    "ReLU": _relu,
    "Softmax": _softmax,
    "Activation": lambda layer: ("same", {}, {}),
}
