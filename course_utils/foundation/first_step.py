"""The first step of a training on TensorFlow: its graph is built once, not twice."""

from __future__ import annotations

import functools


def build_once() -> None:
    """Have `fit` and `train_on_batch` build the optimizer before the graph of a step, as Keras does on JAX and PyTorch.

    On TensorFlow the step itself makes the optimizer's variables, so the graph is built a second time without that: a third of
    what a short training takes. No number changes. It does nothing on another backend, or when it is called again.
    """
    import keras

    make = keras.Model.make_train_function
    if keras.backend.backend() != "tensorflow" or hasattr(make, "__wrapped__"):
        return

    @functools.wraps(make)
    def make_train_function(model: keras.Model, force: bool = False) -> object:
        optimizer = getattr(model, "optimizer", None)
        if model.built and optimizer is not None and not optimizer.built and not model.run_eagerly:
            optimizer.build(model.trainable_variables)
        return make(model, force)

    keras.Model.make_train_function = make_train_function
