"""Tables of layers as Markdown, made of what `nets` found."""

from __future__ import annotations

import re

from .errors import SourceError

# Keras' names of layers that are not said as they are written.
KINDS = {"InputLayer": "input", "BatchNormalization": "batch normalisation", "ReLU": "ReLU"}
COLUMNS = ("layer", "name", "filters", "kernel", "stride", "output", "parameters", "activation")
_DEFAULT = ("layer", "kernel", "stride", "output", "parameters")


def shape(sizes: list) -> str:
    """A shape without its batch axis: 224 × 224 × 64; an axis of any size is an n."""
    return " × ".join("n" if size is None else f"{size:,}" for size in sizes) or "one number"


def layers(
    facts: dict, columns: list[str] | None = None, merge: bool = False, rows: slice | None = None
) -> str:
    """A Markdown table, one line per layer; with `merge` equal neighbours share one, as in '2 × convolution'.

    Raises SourceError for an unknown column, naming those there are.
    """
    wanted = columns or list(_DEFAULT)
    if unknown := [name for name in wanted if name not in COLUMNS]:
        raise SourceError(f"A table of layers has no column {unknown[0]!r}. It has: {', '.join(COLUMNS)}")
    lines = [(_line(layer), layer["parameters"]) for layer in facts["layers"]]
    lines = lines[rows] if rows else lines
    merged: list[list] = []
    for cells, parameters in lines:
        same = {key: value for key, value in cells.items() if key not in ("name", "parameters")}
        if merge and merged and merged[-1][0] == same and same["layer"] != "input":
            merged[-1][2] += 1
            merged[-1][3] += parameters
        else:
            merged.append([same, cells["name"], 1, parameters])
    table = [_head(wanted)]
    for same, name, count, parameters in merged:
        cells = same | {"name": name, "parameters": f"{parameters:,}"}
        cells["layer"] = f"{count} × {same['layer']}" if count > 1 else same["layer"]
        table.append("| " + " | ".join(cells[column] for column in wanted) + " |")
    if "parameters" in wanted and not rows:
        total = dict.fromkeys(wanted, "") | {wanted[0]: "**all**"}
        total["parameters"] = f"**{facts['parameters']:,}**"
        table.append("| " + " | ".join(total[column] for column in wanted) + " |")
    return "\n".join(table)


def nets(named: list[tuple[str, dict]]) -> str:
    """A Markdown table that compares nets: input, layers with weights, parameters."""
    table = ["| net | input | layers with weights | parameters |", "|:---|:---|---:|---:|"]
    for name, facts in named:
        weighted = sum(
            layer["parameters"] > 0 and layer["kind"] != "BatchNormalization" for layer in facts["layers"]
        )
        table.append(f"| {name} | {shape(facts['input'])} | {weighted} | {facts['parameters']:,} |")
    return "\n".join(table)


def one_layer(facts: dict, net: str, name: str, column: str) -> str:
    """One value of one layer; raises SourceError naming the layers or columns there are."""
    found = next((layer for layer in facts["layers"] if layer["name"] == name), None)
    if found is None:
        raise SourceError(
            f"{net} has no layer {name!r}. It has: {', '.join(one['name'] for one in facts['layers'])}"
        )
    if column not in COLUMNS:
        raise SourceError(f"A layer has no {column!r}. It has: {', '.join(COLUMNS)}")
    return _line(found)[column]


def kind(name: str) -> str:
    """A layer's kind in words: MaxPooling2D is max pooling, SeparableConv2D separable convolution."""
    if name in KINDS:
        return KINDS[name]
    parts = re.findall(
        r"[A-Z]{2,}|[A-Z][a-z]+", name.removesuffix("1D").removesuffix("2D").removesuffix("3D")
    )
    return " ".join(part if part.isupper() else part.lower().replace("conv", "convolution") for part in parts)


def _line(layer: dict) -> dict[str, str]:
    kernel = layer.get("kernel_size") or layer.get("pool_size") or []
    strides = layer.get("strides") or []
    words = kind(layer["kind"])
    size = layer.get("filters") or layer.get("units")
    return {
        "layer": words,
        "name": f"`{layer['name']}`",
        "filters": f"{size:,}" if size else "",
        "kernel": " × ".join(map(str, kernel)),
        "stride": str(strides[0]) if strides and len(set(strides)) == 1 else " × ".join(map(str, strides)),
        "output": shape(layer["shape"]),
        "parameters": f"{layer['parameters']:,}",
        "activation": layer.get("activation", "") if layer.get("activation") != "linear" else "",
    }


def _head(columns: list[str]) -> str:
    right = {"filters", "parameters"}
    rule = "|".join("---:" if column in right else ":---" for column in columns)
    return "| " + " | ".join(columns) + " |\n|" + rule + "|"
