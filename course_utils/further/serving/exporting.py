"""Keras to ONNX: the file that a service runs without Keras, TensorFlow, JAX or PyTorch.

Nets of the course's usual layers are written by the course itself, layer by layer, and come out alike on each backend.
Other layers (a single LSTM, attention) go through Keras's own `model.export(format="onnx")`: with tf2onnx on TensorFlow and
onnxscript on PyTorch. On JAX it needs jax2onnx, whose files ONNX Runtime refuses at times, so the course asks for
another backend there.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils import __version__
from course_utils.further.serving.contract import INSTALL, KEY, Contract, ServingError
from course_utils.further.serving.runtime import ServedNet, load
from course_utils.further.serving.steps import UnknownLayer, plan_of
from course_utils.further.serving.writing import to_onnx

if TYPE_CHECKING:
    import keras
    import onnx

CLOSE = 1e-4
CONVERTERS = {"tensorflow": ("tf2onnx", "tf2onnx"), "torch": ("onnxscript", "onnxscript")}


@dataclass(frozen=True)
class Comparison:
    """How far an exported net is from Keras on the same inputs.

    `largest` is the largest difference of any output, `agreement` the share of inputs with the same answer.
    """

    inputs: int
    largest: float
    agreement: float

    @property
    def close(self) -> bool:
        """True if no output differs by more than 1e-4."""
        return self.largest <= CLOSE

    def __str__(self) -> str:
        return f"largest difference {self.largest:.1e} over {self.inputs:,} inputs, same answer for {self.agreement:.1%}"


def export(
    model: keras.Model,
    folder: Path | str,
    *,
    name: str,
    labels: dict[str, list[str]],
    preprocessing: dict,
    task: str | None = None,
    check: np.ndarray | dict[str, np.ndarray] | None = None,
) -> Path:
    """Write a Keras model as `folder`/`name`.onnx, with its labels, preprocessing and versions inside.

    Args:
        model: a built model with one or more outputs. With several inputs it has to be made of layers that the course
            writes itself.
        folder: is made if it isn't there.
        name: of the net and its file.
        labels: for each output, in the model's order, its name and what its numbers stand for.
        preprocessing: what has to happen to a picture or a text first; see `Contract`.
        task: which handler serves it, by default `name`.
        check: inputs (N, ...) on which the file is compared with Keras before it is kept; by name, if there are several.

    Returns:
        The path of the file.

    Raises:
        ServingError: if a package is missing, the model can't be written on this backend, or the file does not give
            what Keras gives.
    """
    _need_onnx()
    if len(labels) != len(model.outputs):
        raise ServingError(
            f"{model.name} has {len(model.outputs)} outputs, and labels names {len(labels)}: {', '.join(labels)}"
        )
    contract = Contract(name, task or name, labels, preprocessing, made_with())
    written = written_by_course(model, tuple(labels))
    if written is None:
        if len(model.inputs) != 1:
            raise ServingError(
                f"{model.name} has {len(model.inputs)} inputs and a layer that the course doesn't write itself; "
                "such a net is exported with one input only"
            )
        written = _written_by_keras(model, tuple(labels))
    entry = written.metadata_props.add()
    entry.key, entry.value = KEY, contract.text()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    new = folder / f".new-{name}.onnx"
    new.write_bytes(written.SerializeToString())
    try:
        served = load(new)
        if check is not None and not (found := compare(model, served, check)).close:
            raise ServingError(f"{name}.onnx does not give what Keras gives: {found}. It was not kept")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return path


def compare(model: keras.Model, served: ServedNet, inputs: np.ndarray | dict[str, np.ndarray]) -> Comparison:
    """The differences between Keras and an exported net on the same inputs (N, ...).

    Of a net that reads tokens, only those that are there are compared: what it says of the filling is not used.
    """
    ours = served.predict(inputs)
    theirs = model.predict_on_batch(inputs)
    theirs = [np.asarray(one) for one in (theirs if isinstance(theirs, list | tuple) else [theirs])]
    count = len(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)
    if served.contract.preprocessing["kind"] == "tokens":
        there = inputs["words"] != 0
        ours, theirs = ([one[there] for one in each] for each in (ours, theirs))
    largest = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
    same = np.mean([answers(a) == answers(b) for a, b in zip(ours, theirs, strict=True)])
    return Comparison(count, largest, float(same))


def answers(output: np.ndarray) -> np.ndarray:
    """The answer in each row of an output: the likeliest class, or for one probability whether it is above 0.5."""
    return output.argmax(axis=-1) if output.shape[-1] > 1 else output[..., 0] > 0.5


def made_with() -> dict[str, str]:
    """Versions of the course, Keras and its backend."""
    import keras

    backend = keras.backend.backend()
    versions = {"course": __version__, "keras": keras.__version__, "backend": backend}
    for package in (backend, f"{backend}-cpu"):
        try:
            versions[backend] = importlib.metadata.version(package)
            break
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def written_by_course(model: keras.Model, names: tuple[str, ...]) -> onnx.ModelProto | None:
    """The model layer by layer; None if it has a layer that the course doesn't write."""
    try:
        return to_onnx(plan_of(model), names, producer=f"course_utils {__version__}")
    except UnknownLayer:
        return None


def _written_by_keras(model: keras.Model, names: tuple[str, ...]) -> onnx.ModelProto:
    """What Keras's own export gives, its outputs renamed."""
    import keras
    import onnx

    backend = keras.backend.backend()
    if backend not in CONVERTERS:
        raise ServingError(
            f"{model.name} has layers that the course doesn't write itself, and on the {backend} backend there is no "
            f"export of them that ONNX Runtime reads. Save it, model.save('{model.name}.keras'), and export that file "
            "with KERAS_BACKEND=tensorflow; a .keras file loads on each backend"
        )
    module, package = CONVERTERS[backend]
    if importlib.util.find_spec(module) is None:
        raise ServingError(
            f"{model.name} has layers that the course doesn't write itself. Keras exports them with {package}. "
            f"Type: python -m pip install {package}"
        )
    model.predict_on_batch(
        np.zeros((1, *(size or 1 for size in model.inputs[0].shape[1:])), model.inputs[0].dtype)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        model.export(str(path), format="onnx", verbose=False)
        found = onnx.load(path)
    for output, name in zip(found.graph.output, names, strict=True):
        _rename(found.graph, output.name, name)
        output.name = name
    return found


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        for places in (node.input, node.output):
            for number, name in enumerate(places):
                if name == old:
                    places[number] = new


def _need_onnx() -> None:
    if importlib.util.find_spec("onnx") is None:
        raise ServingError(f"Nets are exported as ONNX, and the package onnx isn't installed. {INSTALL}")
