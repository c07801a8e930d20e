"""Gradients at the input of a layer, on each framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.explain.gradcam import gradient

if TYPE_CHECKING:
    import keras


def input_gradients(layer: keras.layers.Layer, x: np.ndarray) -> np.ndarray:
    """Gradient of the sum of a layer's output with respect to each of its inputs, in the shape of `x`.

    For a recurrent layer that returns its last state, x (texts, steps, inputs): how much the last state depends on the
    input of each step. A layer that has no weights yet makes them in this call.
    """
    import keras

    value = keras.ops.convert_to_tensor(x)
    layer(value)  # makes the weights outside of what the framework records
    return keras.ops.convert_to_numpy(gradient(lambda inputs: keras.ops.sum(layer(inputs)), value))
