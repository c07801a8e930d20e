"""The CRF in Keras: pair scores from a layer, and the loss as a plain function of them.

The net's output has shape (B, T, K, K): the score of each tag after each tag, at each token. So `compile` and `fit` are
those of any other net, and nothing but the output is needed to find the best path (decoding.viterbi).
"""

from __future__ import annotations

from functools import cache
from typing import Any

PADDING = -1  # the label where there is no token
IGNORED = -100  # PyTorch's sign for the same; crf_loss takes any negative label


@cache
def _layers() -> tuple[type, type]:
    import keras
    from keras import ops

    @keras.saving.register_keras_serializable(package="course")
    class DropMask(keras.layers.Layer):
        """Gives its input on without the mask: Keras would lay it, (B, T), over the loss per sentence, (B,)."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.supports_masking = True

        def call(self, inputs: Any) -> Any:
            return inputs + 0.0  # a new tensor: Keras keeps the mask on the old one

        def compute_mask(self, inputs: Any, previous: Any = None) -> None:
            """No mask goes on."""

        def compute_output_shape(self, input_shape: tuple) -> tuple:
            return input_shape

    @keras.saving.register_keras_serializable(package="course")
    class PairScores(DropMask):
        """Scores per token (B, T, K) become scores per pair of neighbours (B, T, K, K).

        pairs[b, t, i, j] = scores[b, t, j] + moves[i, j], and at the first token scores + start in every row i.
        """

        def build(self, input_shape: tuple) -> None:
            tags = input_shape[-1]
            self.moves = self.add_weight(shape=(tags, tags), initializer="glorot_uniform", name="moves")
            self.start = self.add_weight(shape=(tags,), initializer="zeros", name="start")

        def call(self, scores: Any) -> Any:
            first = scores[:, :1, None, :] + self.start + ops.zeros_like(ops.convert_to_tensor(self.moves))
            later = scores[:, 1:, None, :] + self.moves
            return ops.concatenate([first, later], axis=1)

        def compute_output_shape(self, input_shape: tuple) -> tuple:
            return (*input_shape, input_shape[-1])

    return PairScores, DropMask


def pair_scores(**options: Any) -> Any:
    """The layer that turns scores (B, T, K) into pair scores (B, T, K, K); its weights are the learned moves."""
    return _layers()[0](**options)


def drop_mask(**options: Any) -> Any:
    """The layer that keeps an LSTM's mask away from the loss; pair_scores does so by itself."""
    return _layers()[1](**options)


def crf_loss(labels: Any, pairs: Any) -> Any:
    """Minus the log-probability of the right path, per sentence: shape (B,).

    labels: (B, T) tag numbers, negative where there is no token; padding is at the end. pairs: (B, T, K, K). T has to
    be known, as the forward algorithm is unrolled. Source: Lafferty, McCallum, Pereira 2001; Lample and others 2016.
    """
    from keras import ops

    labels = ops.cast(labels, "int32")
    there = ops.cast(labels >= 0, pairs.dtype)
    number = ops.maximum(labels, 0)
    tags, length = pairs.shape[-1], pairs.shape[1]
    before = ops.concatenate([ops.zeros_like(number[:, :1]), number[:, :-1]], axis=1)
    step = ops.reshape(pairs, (-1, length, tags * tags))
    chosen = ops.take_along_axis(step, (before * tags + number)[..., None], axis=-1)[..., 0]
    right = ops.sum(chosen * there, axis=1)

    total = pairs[:, 0, 0]
    for t in range(1, length):
        moved = ops.logsumexp(total[:, :, None] + pairs[:, t], axis=1)
        total = ops.where(there[:, t, None] > 0, moved, total)
    return ops.logsumexp(total, axis=-1) - right


def masked_softmax_loss(labels: Any, scores: Any) -> Any:
    """Cross-entropy per sentence, summed over its tokens: shape (B,). The head without a CRF, to compare with.

    labels: (B, T), negative where there is no token. scores: (B, T, K), before the softmax.
    """
    from keras import ops

    labels = ops.cast(labels, "int32")
    there = ops.cast(labels >= 0, scores.dtype)
    chosen = ops.take_along_axis(scores, ops.maximum(labels, 0)[..., None], axis=-1)[..., 0]
    return ops.sum((ops.logsumexp(scores, axis=-1) - chosen) * there, axis=1)
