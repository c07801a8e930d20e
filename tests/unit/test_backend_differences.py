"""Where Keras itself trains differently on one backend: it explains a result outside of its band on another."""

import keras
import numpy as np
import pytest

WHY = (
    "Keras now trains embeddings alike on all backends: measure the bands of the notebooks with an Embedding again, and "
    "take the paragraph on it out of CONTRIBUTING.md"
)


def moved(optimizer: keras.optimizers.Optimizer) -> np.ndarray:
    """How far one step moves two rows of an Embedding, of which a batch uses one three times and one once."""
    rows = keras.layers.Embedding(2, 1, embeddings_initializer="zeros")
    out = keras.layers.Dense(1, kernel_initializer="ones", trainable=False)
    net = keras.Sequential(
        [keras.Input((4,), dtype="int32"), rows, keras.layers.GlobalAveragePooling1D(), out]
    )
    net.compile(optimizer, "mse")
    net.train_on_batch(np.array([[0, 0, 0, 1]]), np.array([[1.0]]))
    return rows.get_weights()[0].ravel()


def test_adam_takes_larger_steps_on_tensorflow_for_rows_that_a_batch_repeats() -> None:
    often, once = moved(keras.optimizers.Adam(0.1))
    assert once == pytest.approx(0.1, rel=1e-3)
    wanted = 3**0.5 if keras.backend.backend() == "tensorflow" else 1
    assert often / once == pytest.approx(wanted, rel=1e-3), WHY


def test_plain_gradient_descent_adds_up_what_a_batch_repeats_everywhere() -> None:
    often, once = moved(keras.optimizers.SGD(0.1))
    assert often == pytest.approx(3 * once, rel=1e-5)
