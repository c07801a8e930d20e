"""A process of its own in which a notebook's first cell ran, on a machine whose Keras is set up in another way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_once import made_once

ODD = {"floatx": "float16", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_first"}
CELL = """
from course_utils.session import start
s = start('05-fruit-cnn')
import keras, numpy
first = numpy.asarray(keras.random.uniform((3,), seed=None))
print(s.backend, s.record()['versions'])
net = keras.Sequential([keras.Input((8, 9, 3)), keras.layers.Conv2D(4, 3)])
print(net.output_shape, net.count_params(), net.layers[0].kernel.dtype)
"""


def started(factory: pytest.TempPathFactory) -> subprocess.CompletedProcess:
    """What the cell said. Loading a framework takes seconds, so that several tests ask this one process."""
    return made_once(factory, "started", _start)


def _start(folder: Path) -> subprocess.CompletedProcess:
    folder.mkdir()
    (folder / "keras.json").write_text(json.dumps(ODD), encoding="utf-8")
    surroundings = {**os.environ, "COURSE_PROFILE": "smoke", "KERAS_HOME": str(folder)}
    return subprocess.run([sys.executable, "-c", CELL], capture_output=True, text=True, env=surroundings)
