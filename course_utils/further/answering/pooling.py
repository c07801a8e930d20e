"""k-max pooling: the k strongest answers of each filter, in the order in which they stand in the text.

Source: N. Kalchbrenner, E. Grefenstette, P. Blunsom, "A convolutional neural network for modelling sentences", 2014.
"""

from __future__ import annotations

import functools


def __getattr__(name: str) -> object:
    # A Keras layer is a subclass, and Keras is loaded by the notebook, not by importing this package.
    if name == "KMaxPooling":
        return _k_max_pooling()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def _k_max_pooling() -> type:
    import keras
    from keras import ops

    @keras.saving.register_keras_serializable("course_utils")
    class KMaxPooling(keras.layers.Layer):
        """The k largest values of each channel in their order: (N, length, channels) to (N, k, channels).

        Raises ValueError where the input is shorter than k.
        """

        def __init__(self, k: int = 2, **options: object) -> None:
            super().__init__(**options)
            self.k = k

        def call(self, values):
            """Pick the places of the largest values, put them into order, and take what stands there."""
            if values.shape[1] is not None and values.shape[1] < self.k:
                raise ValueError(f"k is {self.k}, but there are only {values.shape[1]} places to choose from")
            by_channel = ops.transpose(values, (0, 2, 1))
            places = ops.sort(ops.top_k(by_channel, self.k)[1], axis=-1)
            return ops.transpose(ops.take_along_axis(by_channel, places, axis=-1), (0, 2, 1))

        def compute_output_shape(self, input_shape: tuple) -> tuple:
            """(N, k, channels)."""
            return (input_shape[0], self.k, input_shape[2])

        def get_config(self) -> dict:
            """What it takes to make the layer again when a saved net is loaded."""
            return {**super().get_config(), "k": self.k}

    KMaxPooling.__module__, KMaxPooling.__qualname__ = __name__, "KMaxPooling"
    return KMaxPooling
