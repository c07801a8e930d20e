"""Asking a net about many changed pictures: one shape of batch, and probabilities whatever the net ends in."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from course_utils.foundation import records

from . import heads
from .heads import Output, ending
from .inputs import ReadPicture

if TYPE_CHECKING:
    import keras

Array = np.ndarray

MATHS = ("float32", "bfloat16")
BFLOAT16_FLAGS = ("amx_bf16", "avx512_bf16")
"""What Linux calls a processor's instructions for bfloat16; without one of them these numbers are slow."""

_PIXELS_A_BATCH = 32 * 224 * 224  # VGG16 needs about a gigabyte for so many pixels
_MOST_A_BATCH = 256


class Support(NamedTuple):
    """Whether bfloat16 is fast here, and a sentence that names the processor."""

    available: bool
    reason: str


class PictureClassifier:
    """Probabilities (N, classes) of pictures (N, H, W, 3), whatever the caller predicts with; counts the seconds.

    `predict`: a function, a `keras.Model` or what `pretrained.load(..., top=True)` returns; see `explain_image`.
    `picture`: the picture that is explained. `output`: which of several outputs. Raises ValueError for what cannot be
    asked.
    """

    def __init__(
        self, predict: object, picture: ReadPicture, maths: str = "float32", output: Output = None
    ) -> None:
        if maths not in MATHS:
            raise ValueError(f"maths is {maths!r}; expected one of {', '.join(MATHS)}")
        predict = heads.net_of(predict)
        self.seconds = 0.0
        self.class_names: tuple[str, ...] = ()
        self._ending: str | None = None
        self._output = output
        self._names: list[str] = []
        self._name = getattr(predict, "name", "predict")
        self._scale: float = 1
        self._channels = 3
        if hasattr(predict, "preprocess") and hasattr(predict, "model"):
            self.class_names = tuple(getattr(predict, "class_names", ()))
            self._preprocess: Callable[[Array], Array] = predict.preprocess
            self._scale = 255 / picture.largest  # it wants 0 to 255
            model = predict.model
        else:
            self._preprocess = np.float32  # pictures as the model expects them
            model = predict if hasattr(predict, "predict_on_batch") else None
        if model is None:
            if not callable(predict):
                raise ValueError(
                    f"predict is {type(predict).__name__}; expected a function of pictures (N, H, W, 3), a "
                    "keras.Model or a pretrained net"
                )
            if maths != "float32":
                raise ValueError(
                    'maths="bfloat16" changes a net: pass the keras.Model or the pretrained net itself, not a function'
                )
            self._ask: Callable[[Array], Array] = predict
            return
        heads.need_called(model)
        self._ending = ending(model, output)
        self._names = list(getattr(model, "output_names", ()))
        self._channels = _input_channels(model, picture)
        if maths == "bfloat16":
            support = bfloat16_support()
            if not support.available:
                raise ValueError(f'{support.reason}. Type: maths="float32"')
            model = in_bfloat16(model)
        self._ask = lambda pictures: model.predict_on_batch(self._prepare(pictures))

    def __call__(self, pictures: Array) -> Array:
        """Probabilities of one batch of pictures, (N, classes)."""
        start = time.perf_counter()
        answer = heads.one_answer(self._ask(pictures), self._output, self._name, self._names)
        found = as_probabilities(answer, len(pictures), self._ending)
        self.seconds += time.perf_counter() - start
        return found

    def _prepare(self, pictures: Array) -> Array:
        if self._scale != 1:
            pictures = pictures * np.float32(self._scale)
        pictures = self._preprocess(pictures)
        return pictures if self._channels == 3 else pictures[..., :1]


def picture_batch(count: int, height: int, width: int, batch_size: int | None = None) -> int:
    """How many pictures go into a batch: `batch_size`, or as many as memory bears, with few empty places at the end."""
    if batch_size is not None:
        if batch_size < 1:
            raise ValueError(f"batch_size is the number of pictures in a batch, 1 or more; got {batch_size}")
        return min(batch_size, count)
    return fitting_batch(count, max(1, min(_MOST_A_BATCH, _PIXELS_A_BATCH // (height * width))))


def fitting_batch(count: int, most: int) -> int:
    """The batch size, `most` at most and more than half of it, that leaves the fewest places of the last batch empty."""
    if count <= most:
        return max(1, count)
    return min(range(most, most // 2, -1), key=lambda size: -count % size)


def fill_up(chunk: Array, size: int) -> Array:
    """A batch brought to `size` by repeating its last item: a compiled net sees one shape only."""
    missing = size - len(chunk)
    return np.concatenate([chunk, np.repeat(chunk[-1:], missing, axis=0)]) if missing > 0 else chunk


def as_probabilities(outputs: Array, count: int, ends_in: str | None = None) -> Array:
    """Outputs (N, classes), (N, 1) or (N,) as one column per class; float64 where something was changed.

    A single output in 0-1 is the probability of the second of two classes. `ends_in`: the net's ending; a linear
    one gets its softmax (one output: its sigmoid) here. None, for a function: several columns stay as they are.
    Raises ValueError for outputs that are no probabilities, no finite numbers or not one row per item.
    """
    if hasattr(outputs, "detach"):  # PyTorch's tensors with a gradient, or on a GPU, are no arrays yet
        outputs = outputs.detach().cpu()
    outputs = np.asarray(outputs)
    if not (np.issubdtype(outputs.dtype, np.number) or outputs.dtype == bool):
        raise ValueError(
            f"predict gave {outputs.dtype} such as {outputs.ravel()[:1]}; expected probabilities, one column per class. "
            "Of scikit-learn pass predict_proba, not predict"
        )
    if outputs.ndim == 1:
        outputs = outputs[:, None]
    if outputs.ndim != 2 or len(outputs) != count:
        raise ValueError(
            f"predict gave an array of shape {outputs.shape} for {count} items; expected ({count}, classes)"
        )
    if not np.isfinite(outputs).all():
        raise ValueError("predict gave values that are not finite numbers (nan or inf)")
    single = outputs.shape[1] == 1
    if ends_in == "linear":
        scores = outputs.astype(float)
        if single:
            scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    if (single or ends_in == "unknown") and (outputs.min() < 0 or outputs.max() > 1):
        raise ValueError(
            f"The outputs lie between {outputs.min():.3g} and {outputs.max():.3g}, so they are no probabilities. "
            "Pass a function that ends in a softmax: lambda items: keras.ops.softmax(model(items))"
        )
    if single:
        outputs = outputs.astype(float)
        return np.concatenate([1 - outputs, outputs], axis=1)
    return outputs


def bfloat16_support() -> Support:
    """Whether this processor has instructions for bfloat16, numbers of 16 bits with the range of float32.

    Linux says so in /proc/cpuinfo (AMX of Intel, AVX512-BF16 of Intel and AMD); elsewhere the answer is no.
    """
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text(encoding="utf-8").split()) if cpuinfo.is_file() else set()
    has = [flag for flag in BFLOAT16_FLAGS if flag in flags]
    machine = records.machine()
    if has:
        return Support(True, f"bfloat16 by {', '.join(has)} on {machine}")
    return Support(False, f"bfloat16 is not available on {machine}: none of {', '.join(BFLOAT16_FLAGS)}")


def in_bfloat16(model: keras.Model) -> keras.Model:
    """A copy of a net that calculates in bfloat16, its last layer in float32; the net itself stays as it is.

    bfloat16 keeps 8 bits of a number, 2 to 3 decimal digits: about twice as fast on a processor that has it, and
    probabilities move by up to some percent. Raises ValueError for a net that Keras cannot copy.
    """
    import keras

    last = model.layers[-1]

    def copied(layer: keras.Layer) -> keras.Layer:
        if isinstance(layer, keras.Model):
            return in_bfloat16(layer)
        settings = layer.get_config()
        if not isinstance(layer, keras.layers.InputLayer) and layer is not last:
            # Weights of products are kept in 16 bits too: turning them again for each batch would cost time.
            heavy = type(layer).__name__ in ("Dense", "Conv2D")
            settings["dtype"] = "bfloat16" if heavy else "mixed_bfloat16"
        return type(layer).from_config(settings)

    try:
        copy = keras.models.clone_model(model, clone_function=copied)
    except (ValueError, TypeError) as problem:
        raise ValueError(
            f"{model.name} cannot be copied layer by layer, so not to bfloat16: {problem}"
        ) from problem
    copy.set_weights(model.get_weights())
    return copy


def _input_channels(model: keras.Model, picture: ReadPicture) -> int:
    """Channels of a net's pictures, 1 or 3. Raises ValueError for a net that takes others than this one."""
    if not heads.has_graph(model):  # a subclassed one: only its call knows
        return 3
    if len(model.inputs) > 1:
        raise ValueError(
            f"{model.name} has {len(model.inputs)} inputs; expected pictures only. Pass a function"
        )
    expected = tuple(model.inputs[0].shape[1:])
    height, width = picture.pixels.shape[:2]
    wrong = len(expected) != 3 or expected[2] not in (1, 3, None)
    if wrong or any(side not in (None, have) for side, have in zip(expected, (height, width), strict=False)):
        advice = ""
        if len(expected) == 3 and None not in expected:
            side = expected[0]
            advice = f". Read it at that size: fruits.read([path], {side})[0] or read_image(path, {side})"
        raise ValueError(
            f"{model.name} takes pictures of shape {expected}, this one is {(height, width, 3)}{advice}"
        )
    if expected[2] == 1 and not picture.grey:
        raise ValueError(
            f"{model.name} takes grey pictures (1 channel), this one has colours. Type: image.mean(axis=-1)"
        )
    return expected[2] or 3
