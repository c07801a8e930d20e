"""Gradients at the input of a layer, on each framework: what the last state of a recurrent net owes to each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

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


def gradient(total: Callable, value):
    """Gradient of a function with one number as its result, at a tensor; each framework does this in its own way."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(value)
            result = total(value)
        return tape.gradient(result, value)
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(total)(value)
    import torch

    with torch.enable_grad():
        value = value.detach().requires_grad_()
        (found,) = torch.autograd.grad(total(value), value)
    return found
