"""A Keras net in lines of text: layers, settings, inputs, shapes, and how it was compiled."""

from __future__ import annotations

import re

from .values import told

# Settings of layers that are as Keras has them unless told otherwise, and are left out.
USUAL = [
    ("trainable", True), ("data_format", "channels_last"), ("dilation_rate", (1, 1)), ("dilation_rate", (1,)),
    ("groups", 1), ("use_bias", True), ("sparse", False), ("ragged", False), ("optional", False), ("axis", -1),
    ("strides", (1, 1)), ("strides", (1,)), ("padding", "valid"), ("activation", "linear"), ("seed", None),
    ("go_backwards", False), ("stateful", False), ("unroll", False), ("zero_output_for_mask", False),
    ("renorm", False), ("renorm_momentum", 0.99), ("recurrent_dropout", 0.0), ("unit_forget_bias", True),
    ("use_ema", False), ("ema_momentum", 0.99), ("amsgrad", False), ("run_eagerly", False), ("jit_compile", False),
    ("steps_per_execution", 1), ("center", True), ("scale", True), ("synchronized", False), ("negative_slope", 0.0), ("threshold", 0.0),
]  # fmt: skip
USUAL_STARTS = re.compile(
    r", (kernel_initializer=GlorotUniform|(bias|beta|moving_mean)_initializer=Zeros|dtype=DTypePolicy"
    r"|(gamma|moving_variance)_initializer=Ones)\((name='float32')?\)"
)


def layers_of(net: object) -> list[str]:
    """A Keras net in lines: each layer with its settings, inputs and shape of outputs, and how it was compiled."""
    operations = list(getattr(net, "operations", None) or net.layers)
    numbered = {one.name: f"{type(one).__name__}-{place}" for place, one in enumerate(operations)}
    own = {one.name: one.name for one in operations if not re.fullmatch(_counted_name(one), one.name)}
    names = numbered | own
    lines = []
    for one in operations:
        settings = {
            key: value
            for key, value in (one.get_config() if hasattr(one, "weights") else {}).items()
            if key not in ("name", "dtype", "layers", "build_config") and (key, value) not in USUAL
        }
        inputs = [names.get(before.operation.name, "?") for before in one._inbound_nodes[0].parent_nodes]
        shapes = [tuple(weight.shape) for weight in getattr(one, "weights", [])]
        output = getattr(getattr(one, "output", None), "shape", "")
        said = USUAL_STARTS.sub("", _settings(settings))
        lines.append(f"{names[one.name]} {type(one).__name__} {said} of {inputs} {output} {shapes}")
    if getattr(net, "optimizer", None) is not None:
        compiled = net.get_compile_config() or {}
        lines.append(f"compiled {_settings(compiled)}")
    return lines


def _counted_name(operation: object) -> str:
    """A pattern of the names that Keras gives to what nobody named."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower() + r"(_\d+)?"


def _settings(value: object) -> str:
    """Settings of a layer without what Keras adds to say where a class is."""
    if isinstance(value, dict):
        inner = {
            key: one for key, one in value.items() if key not in ("module", "registered_name", "build_config")
        }
        if set(inner) == {"class_name", "config"}:
            return f"{inner['class_name']}{_settings(inner['config'])}"
        said = {
            key: _settings(one) for key, one in inner.items() if one is not None and (key, one) not in USUAL
        }
        return f"({', '.join(f'{key}={one}' for key, one in said.items())})"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_settings, value)) + "]"
    return told(value)
