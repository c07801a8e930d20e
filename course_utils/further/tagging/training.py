"""Training the tagger: names are exchanged, and some words and hints forgotten, so that new names are no surprise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_utils.datasets.names import TaggedSentence

from .encoding import SHAPES, UNKNOWN, Encoder
from .exchange import with_new_names
from .nets import build_tagger
from .tagger import Tagger


def forget(inputs: dict[str, np.ndarray], share: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Inputs in which a random share of the words became unknown, and lists fell silent in as many sentences.

    Characters and shapes stay. So the net learns to do without what it knows by heart.
    """
    random = np.random.default_rng(seed)
    words, flags = inputs["words"].copy(), inputs["flags"].copy()
    words[(random.random(words.shape) < share) & (words > UNKNOWN)] = UNKNOWN
    lists = flags.shape[-1] - len(SHAPES)
    flags[..., :lists] *= random.random((len(flags), 1, lists)) >= share
    return inputs | {"words": words, "flags": flags}


def training_arrays(
    encoder: Encoder, sentences: Sequence[TaggedSentence], copies: int = 1, share: float = 0.2, seed: int = 0
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Inputs and labels of some sentences and of `copies` copies of them with new names, with a share forgotten."""
    sets = [list(sentences)]
    sets += [with_new_names(sentences, seed + number, lists=encoder.lists) for number in range(copies)]
    parts = [forget(encoder.inputs(one), share, seed + number) for number, one in enumerate(sets)]
    inputs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return inputs, np.concatenate([encoder.labels(one) for one in sets])


def fit_tagger(
    sentences: Sequence[TaggedSentence],
    seed: int = 0,
    epochs: int = 8,
    copies: int = 1,
    share: float = 0.2,
    batch_size: int = 32,
    encoder: Encoder | None = None,
    **net: Any,
) -> Tagger:
    """A tagger trained on some sentences and on `copies` copies of them with new names.

    share: of words and hints that are forgotten. The learning rate falls in a straight line to a tenth. net: options
    of build_tagger.
    """
    import keras

    keras.utils.set_random_seed(seed)
    encoder = encoder or Encoder.fit(sentences)
    model = build_tagger(encoder, **net)
    inputs, labels = training_arrays(encoder, sentences, copies, share, seed)
    first = float(np.asarray(model.optimizer.learning_rate))
    falling = keras.callbacks.LearningRateScheduler(lambda epoch: first * (1 - 0.9 * epoch / epochs))
    model.fit(inputs, labels, epochs=epochs, batch_size=batch_size, verbose=0, callbacks=[falling])
    return Tagger(encoder, model)
