"""YOLOX-nano, a detector of COCO's 80 kinds, in plain Keras layers with the published weights.

Three parts: a backbone that halves the picture five times (CSPDarknet with depthwise convolutions), a neck that carries
what was seen in large back to small cells and on again (PAFPN), and one head per cell size, with a branch that names and
a branch that places. Batch normalisation is already folded into the published weights, so no layer of it is left.

Source of net and weights: Ge et al. (2021), YOLOX: exceeding YOLO series in 2021, arXiv:2107.08430, Apache-2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import assets
from course_utils.foundation.assets.errors import fetch_command

from .boxes import non_maximum_suppression
from .coco import KINDS
from .scoring import SIDES

if TYPE_CHECKING:
    import keras
    import pandas as pd
    from PIL import Image

ASSET, FILE = "yolox-nano", "yolox_nano.onnx"
SIDE = 416  # pixels of a square input; any multiple of 32 works
STRIDES = (8, 16, 32)  # pixels between the cells of the three heads
NUMBERED = "convolution_"  # how the names of layers with weights begin
STREET = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
GREY = 114  # what fills the part of the square that the picture leaves


class DetectorError(ValueError):
    """A file, a picture or an array that the detector cannot take; its text says what was expected."""


def build_yolox(side: int = SIDE) -> keras.Model:
    """YOLOX-nano without weights: pictures (N, side, side, 3) in BGR from 0 to 255, to rows (N, cells, 85).

    A row has a box as the cell sees it (`decode` turns it into pixels), the probability of any object, and one per kind.
    904,463 parameters. Raises DetectorError for a side that is not a multiple of 32.
    """
    import keras
    from keras import layers

    if side % 32:
        raise DetectorError(f"The net halves a picture five times; {side} is not a multiple of 32.")
    make = _Parts()
    inputs = keras.Input((side, side, 3), name="picture")
    # Megvii cuts the picture into four and convolves them 3×3; this is the same sum as one 6×6 convolution by twos.
    x = layers.ZeroPadding2D(2)(inputs)
    x = make.convolution(layers.Conv2D, x, 16, 6, strides=2, activation="silu")
    seen = []
    for filters, repeats in ((32, 1), (64, 3), (128, 3)):
        x = make.stage(make.separable(x, filters, strides=2), filters, repeats, shortcut=True)
        seen.append(x)
    x = make.pyramid(make.separable(x, 256, strides=2))
    fine, middle, coarse = seen[1], seen[2], make.stage(x, 256)

    coarse = make.point(coarse, 128)  # down the pyramid: what large cells saw helps the small ones
    down = make.stage(_joined(layers.UpSampling2D(2)(coarse), middle), 128)
    down = make.point(down, 64)
    fine = make.stage(_joined(layers.UpSampling2D(2)(down), fine), 64)
    middle = make.stage(_joined(make.separable(fine, 64, strides=2), down), 128)  # and up again
    coarse = make.stage(_joined(make.separable(middle, 128, strides=2), coarse), 256)

    outputs = layers.Concatenate(axis=1, name="rows")([make.head(x) for x in (fine, middle, coarse)])
    return keras.Model(inputs, outputs, name="yolox_nano")


class _Parts:
    """The parts of the net. Each convolution is numbered when it is made, in the order of the published file."""

    def __init__(self) -> None:
        self.made = 0

    def convolution(self, kind, x, *arguments, **settings):
        layer = kind(*arguments, **settings, name=f"{NUMBERED}{self.made:03d}")
        self.made += 1
        return layer(x)

    def point(self, x, filters: int, activation: str | None = "silu"):
        """A 1×1 convolution: it mixes channels and sees no neighbours."""
        from keras import layers

        return self.convolution(layers.Conv2D, x, filters, 1, activation=activation)

    def separable(self, x, filters: int, strides: int = 1):
        """A 3×3 convolution of each channel alone, then a 1×1 that mixes them.

        The padding is a layer of its own: with strides of 2, PyTorch pads both sides and Keras's 'same' only one.
        """
        from keras import layers

        x = layers.ZeroPadding2D(1)(x)
        x = self.convolution(layers.DepthwiseConv2D, x, 3, strides=strides, activation="silu")
        return self.point(x, filters)

    def stage(self, x, filters: int, repeats: int = 1, shortcut: bool = False):
        """A cross-stage partial block: half of the channels go through bottlenecks, half go past them."""
        from keras import layers

        half = filters // 2
        through, past = self.point(x, half), self.point(x, half)
        for _ in range(repeats):
            y = self.separable(self.point(through, half), half)
            through = layers.Add()([y, through]) if shortcut else y
        return self.point(_joined(through, past), filters)

    def pyramid(self, x):
        """The strongest answer within 5, 9 and 13 cells beside the cell's own."""
        from keras import layers

        x = self.point(x, 128)
        around = (layers.MaxPooling2D(size, strides=1, padding="same")(x) for size in (5, 9, 13))
        return self.point(_joined(x, *around), 256)

    def head(self, x):
        """One row per cell: its box, whether there is an object, and the kinds. Naming and placing branch apart."""
        from keras import layers

        x = self.point(x, 64)
        kinds = self.point(self.separable(self.separable(x, 64), 64), len(KINDS), "sigmoid")
        places = self.separable(self.separable(x, 64), 64)
        box, found = self.point(places, 4, None), self.point(places, 1, "sigmoid")
        return layers.Reshape((-1, 5 + len(KINDS)))(_joined(box, found, kinds))


def _joined(*parts):
    from keras import layers

    return layers.Concatenate()(list(parts))


def load_yolox(path: str | Path, side: int = SIDE) -> keras.Model:
    """YOLOX-nano with the weights of `path`: Megvii's .onnx file, or an .npz written by `save_weights`.

    Reading .onnx needs the package onnx. Raises DetectorError for another net, and without that package.
    """
    path = Path(path)
    net = build_yolox(side)
    weights = list(_from_onnx(path) if path.suffix == ".onnx" else _from_npz(path))
    convolutions = _convolutions(net)
    if len(weights) != len(convolutions):
        found = f"{path.name} has {len(weights)} convolutions, and YOLOX-nano has {len(convolutions)}"
        raise DetectorError(f"{found}. Type: course data fetch {ASSET}")
    for layer, (kernel, bias) in zip(convolutions, weights, strict=True):
        if kernel.shape != tuple(layer.kernel.shape):
            expected = f"{layer.name} should be {tuple(layer.kernel.shape)} and is {kernel.shape}"
            raise DetectorError(f"{path.name} is not YOLOX-nano: {expected}. Type: course data fetch {ASSET}")
        layer.set_weights([kernel, bias])
    return net


def save_weights(net: keras.Model, path: str | Path) -> Path:
    """Keep a net's weights as float16 in an .npz file of 1.7 MB, which `load_yolox` reads without onnx."""
    path = Path(path).with_suffix(".npz")
    arrays = {
        f"{layer.name}_{kind}": array.astype(np.float16)
        for layer in _convolutions(net)
        for kind, array in zip(("kernel", "bias"), layer.get_weights(), strict=True)
    }
    np.savez_compressed(path, **arrays)
    return path


def _convolutions(net: keras.Model) -> list[keras.Layer]:
    """The layers with weights, in the order of the published file."""
    return sorted((one for one in net.layers if one.name.startswith(NUMBERED)), key=lambda one: one.name)


def _from_npz(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    with np.load(path, allow_pickle=False) as arrays:
        for name in sorted(name.removesuffix("_bias") for name in arrays.files if name.endswith("_bias")):
            yield tuple(arrays[f"{name}_{kind}"].astype(np.float32) for kind in ("kernel", "bias"))


def _from_onnx(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each convolution of the file, as Keras keeps them: height, width, in, out."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        install = 'python -m pip install "course-utils[serve]"'
        raise DetectorError(f"Reading {path.name} needs the package onnx. Type: {install}") from error
    graph = onnx.load(path).graph
    arrays = {one.name: one for one in graph.initializer}
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        kernel, bias = (numpy_helper.to_array(arrays[name]) for name in node.input[1:3])
        groups = next((one.i for one in node.attribute if one.name == "group"), 1)
        kernel = kernel.transpose(2, 3, 0, 1) if groups > 1 else kernel.transpose(2, 3, 1, 0)
        yield (_whole_stem(kernel) if kernel.shape[2] == 12 else kernel), bias


def _whole_stem(kernel: np.ndarray) -> np.ndarray:
    """The 3×3 kernel over four quarters of a picture (3, 3, 12, 16) as a 6×6 kernel over the picture (6, 6, 3, 16)."""
    whole = np.zeros((6, 6, 3, kernel.shape[-1]), np.float32)
    for quarter, (row, column) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        whole[row::2, column::2] = kernel[:, :, 3 * quarter : 3 * quarter + 3]
    return whole


def letterbox(picture: Image.Image | np.ndarray, side: int = SIDE) -> tuple[np.ndarray, float]:
    """A picture for the net: shrunk or grown to fit, grey on the right or below, BGR; and the factor of its size.

    picture: PIL image, or RGB pixels (height, width, 3) from 0 to 255. Returns float32 (side, side, 3).
    """
    from PIL import Image

    image = picture if isinstance(picture, Image.Image) else Image.fromarray(np.asarray(picture, np.uint8))
    image = image.convert("RGB")
    scale = side / max(image.size)
    size = tuple(max(1, round(length * scale)) for length in image.size)
    pixels = np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.float32)
    square = np.full((side, side, 3), GREY, np.float32)
    square[: size[1], : size[0]] = pixels[..., ::-1]
    return square, scale


def decode(rows: np.ndarray, side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """Boxes in pixels of the square (N, cells, 4) and scores (N, cells, 80) from the net's rows (N, cells, 85).

    A row holds the centre as cells away from its own corner, and the logarithm of width and height in cells. The score of
    a kind is its probability times that of any object.
    """
    corners, strides = [], []
    for stride in STRIDES:
        line = np.arange(side // stride)
        corners.append(np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2))
        strides.append(np.full((len(corners[-1]), 1), stride))
    corners, strides = np.concatenate(corners), np.concatenate(strides)
    centres = (rows[..., :2] + corners) * strides
    halves = np.exp(rows[..., 2:4]) * strides / 2
    return np.concatenate([centres - halves, centres + halves], axis=-1), rows[..., 4:5] * rows[..., 5:]


def find_objects(
    net: keras.Model,
    pictures: Sequence[Image.Image | np.ndarray],
    score: float = 0.3,
    overlap: float = 0.45,
    kinds: Sequence[str] = KINDS,
    batch_size: int = 8,
) -> list[pd.DataFrame]:
    """What a net finds in each picture: tables with kind, score, left, top, right, bottom.

    Boxes are in the picture's own pixels, the best first. score: boxes below it are left out; overlap: the IoU of
    non-maximum suppression, within each kind; kinds: the names to look for. Raises DetectorError for a name that COCO doesn't have.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise DetectorError(f"COCO has no {unknown[0]!r}. Its names: {', '.join(KINDS)}.")
    side = net.input_shape[1]
    numbers = np.array([KINDS.index(kind) for kind in kinds])
    tables = []
    for start in range(0, len(pictures), batch_size):
        part = pictures[start : start + batch_size]
        squares, scales = zip(*(letterbox(one, side) for one in part), strict=True)
        squares = np.stack(squares)
        if start:  # the last batch is filled up, so that the net is compiled for one size only
            squares = np.concatenate(
                [squares, np.zeros((batch_size - len(part), *squares.shape[1:]), "float32")]
            )
        boxes, scores = decode(np.asarray(net.predict_on_batch(squares)), side)
        for one, scale, found, sure in zip(part, scales, boxes, scores, strict=False):
            size = np.shape(one)[1::-1] if isinstance(one, np.ndarray) else one.size
            tables.append(_table(found / scale, sure[:, numbers], numbers, size, score, overlap))
    return tables


def _table(boxes, scores, numbers, size: tuple[int, int], least: float, overlap: float) -> pd.DataFrame:
    """One picture's boxes (cells, 4) and scores (cells, kinds) as a table, without duplicates."""
    import pandas as pd

    cells, columns = np.nonzero(scores >= least)
    boxes = np.clip(boxes[cells], 0, [*size, *size]).astype(float)
    scores, kinds = scores[cells, columns], numbers[columns]
    kept = non_maximum_suppression(boxes, scores, overlap, kinds)
    table = pd.DataFrame(boxes[kept].round(1), columns=SIDES)
    table.insert(0, "kind", [KINDS[number] for number in kinds[kept]])
    table.insert(1, "score", scores[kept].astype(float).round(3))
    return table


@lru_cache(maxsize=2)
def coco_detector(side: int = SIDE) -> keras.Model:
    """YOLOX-nano with Megvii's weights, from the course's cache or the mirror; built once per process.

    Raises AssetError with the command that fetches the weights.
    """
    found = assets.resolve(ASSET)
    if found.path is None:
        raise assets.AssetError("The weights of YOLOX-nano are not on this machine", fetch_command(ASSET))
    return load_yolox(found.path / FILE, side)


def detect_coco(picture: Image.Image | np.ndarray, score: float = 0.3) -> pd.DataFrame:
    """What YOLOX-nano finds in one picture: a table of kind, score, left, top, right, bottom (pixels), best first.

    Raises AssetError with the command that fetches the weights, where they are not on this machine.
    """
    return find_objects(coco_detector(), [picture], score)[0]


def coco_frames(kinds: Sequence[str] = STREET, score: float = 0.1) -> Callable[[np.ndarray], np.ndarray]:
    """YOLOX-nano as a function from a frame uint8 (H, W, 3) to boxes (N, 6), for `watch` on films of real streets.

    A row is left, top, right, bottom, score, and the number of the kind in `kinds`. `score`: boxes below it are left out;
    a tracker with weak boxes wants a low one. Raises AssetError where the weights are not on this machine, and
    DetectorError for a name that COCO doesn't have.
    """
    net = coco_detector()

    def boxes_in(frame: np.ndarray) -> np.ndarray:
        (found,) = find_objects(net, [frame], score, kinds=kinds)
        labels = found["kind"].map({kind: number for number, kind in enumerate(kinds)})
        return found[[*SIDES, "score"]].assign(label=labels).to_numpy(float)

    return boxes_in
