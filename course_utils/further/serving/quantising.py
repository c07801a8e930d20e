"""8 bits in place of 32: a smaller file, at times a quicker one, and answers that have to be measured again."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_utils.further.serving.contract import INSTALL, ServingError
from course_utils.further.serving.runtime import load, onnx_runtime

FEWEST = 32


def quantise(path: Path | str, calibration: np.ndarray, name: str | None = None) -> Path:
    """Write an exported net with weights and layer outputs of 8 bits beside it, as `NAME-int8.onnx`.

    Args:
        path: an exported net.
        calibration: inputs (N, ...) from the training part, N at least 32: their largest and smallest values in
            each layer fix the steps of the 256 levels.
        name: of the new file, without ending.

    Returns:
        The path of the new file; it keeps the contract of the first.

    Raises:
        ServingError: if a package is missing, there are too few inputs, or the net can't be quantised.
    """
    onnx_runtime()
    if importlib.util.find_spec("onnx") is None:
        raise ServingError(f"Nets are quantised with the package onnx, which isn't installed. {INSTALL}")
    if len(calibration) < FEWEST:
        raise ServingError(f"Calibration takes {FEWEST} training inputs or more; got {len(calibration)}")
    from onnxruntime import quantization

    path = Path(path)
    net = load(path)
    if len(net.dtypes) != 1:
        raise ServingError(f"{path.name} has {len(net.dtypes)} inputs; only nets with one are quantised")
    target = path.with_name(f"{name or path.stem + '-int8'}.onnx")
    new = target.with_name(f".new-{target.name}")

    class Reader(quantization.CalibrationDataReader):
        """Hands the inputs over in batches."""

        def __init__(self) -> None:
            self.batches: Iterator[np.ndarray] = iter(
                np.array_split(calibration, max(1, len(calibration) // 32))
            )

        def get_next(self) -> dict | None:
            batch = next(self.batches, None)
            return None if batch is None else {net.input.name: batch.astype(net.dtype)}

    said = logging.getLogger()
    level = said.level
    said.setLevel(logging.ERROR)  # it advises a step of preparation that these small graphs don't need
    try:
        quantization.quantize_static(
            str(path), str(new), Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
            activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
            reduce_range=True,  # weights of 7 bits: products of 8 overflow on processors without VNNI
        )  # fmt: skip
        load(new)
        new.replace(target)
    except Exception as error:  # noqa: BLE001 - its errors have no common class
        raise ServingError(f"{path.name} can't be quantised: {type(error).__name__}: {error}") from error
    finally:
        said.setLevel(level)
        new.unlink(missing_ok=True)
    return target
