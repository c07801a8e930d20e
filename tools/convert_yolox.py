"""YOLOX-nano's weights as a small file that needs no package to be read: python -m tools.convert_yolox yolox_nano.npz

Reads the asset `yolox-nano` (course data fetch yolox-nano) with the package onnx and keeps its weights as float16, 1.7 MB
instead of 3.7. `load_yolox` takes either file. Under Apache-2.0 the small one may be passed on with Megvii's licence and the
note that the numbers were rounded.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from course_utils.foundation import assets
from course_utils.further.detection.yolox import ASSET, FILE, load_yolox, save_weights

log = logging.getLogger(__name__)


def convert(target: Path) -> Path:
    """Write the file; returns its place. Raises AssetError with the command that fetches the weights."""
    return save_weights(load_yolox(assets.fetch(ASSET, ("cache", "mirror")).path / FILE), target)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if len(sys.argv) != 2:
        raise SystemExit("Name the file to write: python -m tools.convert_yolox yolox_nano.npz")
    log.info("%s", convert(Path(sys.argv[1])))
