"""Keras builds the graph of a training step once where the course runs on TensorFlow, and no number changes."""

import keras
import numpy as np
import pytest

from course_utils.foundation import first_step

ON_TENSORFLOW = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only Keras on TensorFlow builds it twice"
)
X, Y = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3), np.arange(8) % 2


class Counted(keras.layers.Dense):
    """A dense layer that counts how often a training calls it: once for each time that a graph is built."""

    calls = 0

    def call(self, inputs, training=None):
        if training:
            type(self).calls += 1
        return super().call(inputs)


def trained(step, **compiled):
    """Calls of the layer, and the weights, after a short training."""
    Counted.calls = 0
    keras.utils.set_random_seed(1)
    net = keras.Sequential([keras.Input((3,)), Counted(4, activation="relu"), keras.layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.01), loss, **compiled)
    step(net)
    return Counted.calls, net.get_weights()


@pytest.fixture
def as_keras_does(monkeypatch):
    """Keras's own function for this test, whatever an earlier test left behind; afterwards what was there."""
    now = keras.Model.make_train_function
    monkeypatch.setattr(keras.Model, "make_train_function", getattr(now, "__wrapped__", now))


STEPS = {
    "fit": lambda net: net.fit(X, Y, epochs=3, batch_size=4, verbose=0),
    "train_on_batch": lambda net: [net.train_on_batch(X, Y) for _ in range(3)],
}


@ON_TENSORFLOW
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_the_graph_is_built_once_and_the_weights_are_the_same(as_keras_does, step):
    before, weights = trained(step)
    first_step.build_once()
    after, same = trained(step)
    assert (before, after) == (2, 1)
    for one, other in zip(weights, same, strict=True):
        np.testing.assert_array_equal(one, other)


@ON_TENSORFLOW
def test_asking_again_changes_nothing(as_keras_does):
    first_step.build_once()
    made = keras.Model.make_train_function
    first_step.build_once()
    assert keras.Model.make_train_function is made


def test_other_backends_are_left_alone(as_keras_does, monkeypatch):
    made = keras.Model.make_train_function
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    first_step.build_once()
    assert keras.Model.make_train_function is made


@ON_TENSORFLOW
def test_a_net_without_a_graph_trains_as_before(as_keras_does):
    _, weights = trained(STEPS["fit"], run_eagerly=True)
    first_step.build_once()
    _, same = trained(STEPS["fit"], run_eagerly=True)
    for one, other in zip(weights, same, strict=True):
        np.testing.assert_array_equal(one, other)


@ON_TENSORFLOW
def test_a_net_that_meets_its_data_first_in_fit_still_trains(as_keras_does):
    first_step.build_once()
    net = keras.Sequential([keras.layers.Dense(2)])
    net.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = net.fit(X, Y, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@ON_TENSORFLOW
def test_a_frozen_layer_has_no_variables_in_the_optimizer(as_keras_does):
    first_step.build_once()
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, trainable=False), keras.layers.Dense(2)])
    net.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse")
    net.fit(X, np.zeros((8, 2)), verbose=0)
    assert len(net.optimizer.variables) == 2 + 2  # steps and rate; the last layer's kernel and bias
