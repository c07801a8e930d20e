"""Gradients at the input of a layer are those of backpropagation by hand."""

import keras
import numpy as np
from keras import layers

from course_utils.training.gradients import input_gradients


def by_hand(states, kernel, recurrent):
    """Gradient of the sum of the last state of a simple RNN at the input of each step: (steps, inputs)."""
    gradient, found = np.ones(states.shape[1]), []
    for state in states[::-1]:
        before_tanh = gradient * (1 - state**2)
        found.append(before_tanh @ kernel.T)
        gradient = before_tanh @ recurrent.T
    return np.stack(found[::-1])


def test_they_are_those_of_backpropagation_through_time():
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(1).normal(size=(2, 7, 3)).astype("float32")
    layer = layers.SimpleRNN(4)
    got = input_gradients(layer, x)
    assert got.shape == x.shape
    whole = layers.SimpleRNN(4, return_sequences=True)
    whole.build(x.shape)
    whole.set_weights(layer.get_weights())
    states = keras.ops.convert_to_numpy(whole(x))
    for row in range(2):
        np.testing.assert_allclose(got[row], by_hand(states[row], *layer.get_weights()[:2]), atol=1e-3)


def test_any_layer_will_do():
    x = np.ones((2, 3), "float32")
    layer = layers.Dense(1, kernel_initializer="ones")
    np.testing.assert_allclose(input_gradients(layer, x), np.ones((2, 3)), atol=1e-6)
