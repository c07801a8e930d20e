"""ONNX Runtime, opened so that it tells nobody: the one place of the course that imports it.

Some releases of onnxruntime report their use: they write an identifier into a file of the user's and ask name servers.
The variable ORT_DISABLE_TELEMETRY stops that if it is set before the import, so nothing else here may import it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.further.serving.contract import INSTALL, KEY, Contract, ServingError

if TYPE_CHECKING:
    from types import ModuleType

TELEMETRY_OFF = "ORT_DISABLE_TELEMETRY"
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
}


def onnx_runtime() -> ModuleType:
    """The module onnxruntime with its telemetry turned off. Raises ServingError if it isn't installed."""
    os.environ[TELEMETRY_OFF] = "1"
    try:
        import onnxruntime
    except ImportError:
        raise ServingError(f"Exported nets run in ONNX Runtime, which isn't installed. {INSTALL}") from None
    getattr(onnxruntime, "disable_telemetry_events", lambda: None)()
    return onnxruntime


class ServedNet:
    """An exported net: its contract, and a session of ONNX Runtime."""

    def __init__(self, path: Path | str, threads: int = 1) -> None:
        self.path = Path(path)
        runtime = onnx_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self.session = runtime.InferenceSession(
                str(self.path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - ONNX Runtime has a dozen classes for files that it can't read
            missing = "there is no such file" if not self.path.is_file() else type(error).__name__
            raise ServingError(
                f"{self.path.name} can't be opened: {missing}. Type: course export NET"
            ) from error
        kept = self.session.get_modelmeta().custom_metadata_map
        self.contract = Contract.read(kept.get(KEY), self.path.name)
        self.outputs = [output.name for output in self.session.get_outputs()]
        inputs = self.session.get_inputs()
        self.dtypes = {each.name: _TYPES[each.type] for each in inputs}
        self.input, self.dtype = inputs[0], self.dtypes[inputs[0].name]

    def predict(self, batch: np.ndarray | dict[str, np.ndarray]) -> list[np.ndarray]:
        """What the net says to a batch (N, ...): one array (N, ...) per output, in the order of `outputs`.

        A net with several inputs takes a dict of arrays by their names.
        """
        given = batch if isinstance(batch, dict) else {self.input.name: batch}
        return self.session.run(
            None, {name: np.ascontiguousarray(given[name], dtype=kind) for name, kind in self.dtypes.items()}
        )


def load(path: Path | str, threads: int = 1) -> ServedNet:
    """An exported net, ready to predict; `threads` is how many cores one call may use.

    Raises ServingError for a file that isn't there, can't be read, or has no contract.
    """
    return ServedNet(path, threads)
