"""A trained detector as one small file: weights in float16, with the kinds that they know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.datasets.common import DataError
from course_utils.foundation import config

from . import centres
from .centres import detector_net

if TYPE_CHECKING:
    import keras

BUNDLED = ("fruit", "road")


def save_detector(net: keras.Model, path: Path) -> None:
    """Write the weights of a `detector_net` in float16, with its kinds; the width is read from the weights."""
    weights = {f"w{number:03}": value.astype("float16") for number, value in enumerate(net.get_weights())}
    np.savez_compressed(path, kinds=np.array(net.kinds), **weights)


def load_detector(which: str | Path = "fruit") -> keras.Model:
    """A trained `detector_net`: one of the course's by its name, or that of a file that save_detector wrote.

    `fruit`: eight kinds on tables. `road`: cars, vans, bicycles and people. Raises DataError where the file is not there or damaged. Nothing is unpickled.
    """
    path = Path(which)
    if which in BUNDLED:
        path = config.repository_root() / "data" / "detectors" / f"{which}.npz"
    try:
        with np.load(path, allow_pickle=False) as stored:
            kinds = [str(kind) for kind in stored["kinds"]]
            weights = [stored[name].astype("float32") for name in sorted(stored.files) if name != "kinds"]
        net = detector_net(
            kinds, width=weights[-1].shape[0] if weights[-1].ndim > 1 else weights[-2].shape[2]
        )
        net.set_weights(weights)
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise DataError(
            f"The detector in {path} cannot be read ({error}). The course's own: {', '.join(BUNDLED)}. "
            "Type: git checkout -- data/detectors"
        ) from error
    return net


def frame_detector(
    net: keras.Model, size: int = 256, threshold: float = 0.1
) -> Callable[[np.ndarray], np.ndarray]:
    """The net as a function from a frame uint8 (H, W, 3) to boxes (N, 6): left, top, right, bottom, score, number of the kind.

    That is what a tracker asks for. `size`, `threshold`: as in `detect`.
    """

    def of_frame(frame: np.ndarray) -> np.ndarray:
        return np.column_stack(centres.boxes_in(net, frame, threshold, size))

    return of_frame
