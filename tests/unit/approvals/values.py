"""Values in words: texts and whole numbers exactly, others in five places, tables by column, sets in order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from course_utils.foundation import config

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")
# Layers that nobody named: Keras counts them through the whole process.
COUNTED = re.compile(
    r"\b(activation|adam|(?:for|back)ward_lstm|add|average_pooling[123]d|batch_normalization|bidirectional|concatenate|conv[12]d|conv2d_transpose"
    r"|dense|depthwise_conv2d|dropout|embedding|flatten|functional|global_(?:average|max)_pooling[12]d|gru|input_layer"
    r"|layer_normalization|lstm|masking|max_pooling[12]d|multiply|re_lu|rescaling|reshape|sequential|simple_rnn|softmax"
    r"|spatial_dropout[12]d|text_vectorization|time_distributed|up_sampling2d|zero_padding2d)_\d+\b"
)
LONGEST = 600  # characters of a text that is written out
MOST_PLACES = 10  # of numbers that are written out


def told(value: object) -> str:
    """A value in words, on one line."""
    import pandas as pd

    if value is None or isinstance(value, bool | int | str | bytes | dt.date):
        said = repr(value)
        return said if len(said) <= LONGEST else f"{said[:40]}... {hashlib.sha256(said.encode()).hexdigest()}"
    if isinstance(value, float | np.floating):
        return written(float(value))
    if isinstance(value, np.generic):
        return told(value.item())
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{numbers(value)}"
    if isinstance(value, pd.DataFrame):
        return f"{len(value)} rows {told({str(name): value[name] for name in value})}"
    if isinstance(value, pd.Series):
        return told(value.tolist()) if len(value) <= MOST_PLACES else numbers(value.to_numpy())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{told(key)}: {told(one)}" for key, one in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(told, value))) + "}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(told, value))})"
    if isinstance(value, Path):
        return value.as_posix()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return f"{type(value).__name__}{told(fields)}"
    return getattr(value, "__qualname__", type(value).__qualname__)


def numbers(values: object) -> str:
    """A few numbers, or of many their shape, the first ones, and two sums that notice a change of any of them."""
    array = np.ma.filled(np.ma.asarray(values), np.nan) if np.ma.isMaskedArray(values) else np.asarray(values)
    if array.dtype.kind not in "fiub":
        return str([str(each) for each in array.reshape(-1)[:MOST_PLACES]])
    flat = array.astype(float).reshape(-1)
    said = " ".join(written(value) for value in flat[:MOST_PLACES])
    if len(flat) <= MOST_PLACES:
        return f"[{said}]"
    known = np.nan_to_num(flat, posinf=0, neginf=0)
    weights = 1 + np.arange(len(flat)) % 7
    sums = f"{written(known.mean())} {written((known * weights).mean())}"
    return f"{array.shape}[{said} ...] {sums}"


def written(value: float) -> str:
    """A number in five places; always with a point, as one that may differ in its last place."""
    said = f"{value + 0.0:.5g}"
    return "0.0" if abs(value) < 1e-9 else said if set(said) & set(".en") else f"{said}.0"


def plain(said: str) -> str:
    """A text without what differs between machines: folders, ports, addresses in memory."""
    for folder, name in (
        (config.repository_root(), "<course>"),
        (Path(tempfile.gettempdir()), "<temporary>"),
        (Path(sys.prefix), "<python>"),
        (Path.home(), "<home>"),
    ):
        said = said.replace(str(folder), name)
    said = re.sub(r"pytest-of-\w+/pytest-\d+(/popen-gw\d+)?/[\w-]+", "pytest/<test>", said)
    said = re.sub(r"(localhost|127\.0\.0\.1):\d+", r"\1:<port>", said)
    return COUNTED.sub(r"\1", re.sub(r"0x[0-9a-f]{6,}", "<address>", said))
