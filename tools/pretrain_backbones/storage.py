"""Writing weights in 8 bits per value, one scale per channel; `course_utils.pretrained.packed` reads them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from course_utils.pretrained.packed import ABOUT, CLASS_NAMES, SCALE

Array = np.ndarray
_CLIPS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)


def channel_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Axes over which one scale is shared: all but the output channel's, which a depthwise kernel has third."""
    kept = 2 if len(shape) == 4 and shape[3] == 1 else len(shape) - 1
    return tuple(axis for axis in range(len(shape)) if axis != kept)


def encode(values: Array) -> tuple[Array, Array]:
    """int8 values and float32 scales (broadcastable) with the least squared error a channel over a few clips."""
    axes = channel_axes(values.shape)
    top = np.abs(values).max(axis=axes, keepdims=True)
    best_codes = best_scale = best_error = None
    for clip in _CLIPS:
        scale = np.maximum(clip * top / 127, np.finfo(np.float32).tiny).astype(np.float32)
        codes = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
        error = np.square(codes * scale - values).sum(axis=axes, keepdims=True)
        if best_error is None:
            best_codes, best_scale, best_error = codes, scale, error
            continue
        better = error < best_error
        best_codes = np.where(better, codes, best_codes)
        best_scale = np.where(better, scale, best_scale)
        best_error = np.where(better, error, best_error)
    return best_codes, best_scale


def pack(path: Path, weights: dict[str, Array], class_names: list[str], about: dict) -> Path:
    """Write `weights` (by `layer/variable`): kernels in 8 bits, vectors (biases, BatchNormalization) in float32.

    `about` says where the weights are from, in what JSON can hold; `input_size` in it is read by the course.
    """
    arrays: dict[str, Array] = {CLASS_NAMES: np.array(class_names), ABOUT: np.array(json.dumps(about))}
    for name, values in weights.items():
        values = np.asarray(values, np.float32)
        if values.ndim < 2:
            arrays[name] = values
        else:
            arrays[name], arrays[name + SCALE] = encode(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return path
