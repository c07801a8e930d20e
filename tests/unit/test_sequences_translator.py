"""A translator reads before it writes, and each cause of useless answers that notebook 15b names is made here once."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.further.sequences import END, PAD, Letters, attention_translator, greedy, shifted

keras = pytest.importorskip("keras")
LENGTH = 7
LETTERS = Letters("abcd", LENGTH)


def words(count: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    return ["".join(random.choice(list("abcd"), random.integers(2, 6))) for _ in range(count)]


def trained(told, epochs: int, seed: int = 1):
    """A net that shall write words backwards, told `told(answers)`; its last loss with what it was told."""
    texts = words(400, seed)
    x, y = LETTERS.rows(texts), LETTERS.rows([text[::-1] for text in texts])
    keras.utils.set_random_seed(seed)
    net = attention_translator([len(LETTERS)] * 2, [LENGTH] * 2, units=32)
    net.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    history = net.fit([x, told(y)], y, 32, epochs, verbose=0)
    return net, history.history["loss"][-1]


def share_right(net) -> float:
    texts = words(100, seed=2)
    return float(
        np.mean(LETTERS.texts(greedy(net, LETTERS.rows(texts), LENGTH)) == np.array([t[::-1] for t in texts]))
    )


def test_a_translator_gives_probabilities_at_each_place() -> None:
    net = attention_translator([9, 5], [LENGTH, 4], units=8, narrow=6)
    rows = np.array([[4, 5, END, PAD, PAD, PAD, PAD]], np.int32)
    shares = net.predict([rows, shifted(np.array([[3, 4, END, PAD]], np.int32))], verbose=0)
    assert shares.shape == (1, 4, 5) and np.allclose(shares.sum(axis=-1), 1, atol=1e-5)


def test_told_its_own_answer_a_net_has_no_loss_and_writes_nonsense() -> None:
    (shown, _), (cheated, none) = trained(shifted, 12), trained(lambda answers: answers, 8)
    assert none < 0.05
    assert share_right(cheated) < 0.2 < share_right(shown)


def test_without_a_mask_the_padding_is_read_last_and_washes_the_word_away() -> None:
    from keras import layers

    rows = np.pad(LETTERS.rows(["ab", "dc"]), ((0, 0), (0, 30)))
    apart = {}
    for masked in (True, False):
        keras.utils.set_random_seed(1)
        far = keras.initializers.RandomNormal(stddev=1.0)
        embedding = layers.Embedding(len(LETTERS), 8, embeddings_initializer=far, mask_zero=masked)
        states = np.asarray(keras.Sequential([embedding, layers.GRU(8)])(rows))
        apart[masked] = np.abs(states[0] - states[1]).max()
    assert apart[False] < apart[True] / 10


def test_the_padding_changes_nothing_that_the_translator_writes() -> None:
    keras.utils.set_random_seed(3)
    narrow, wide = (attention_translator([len(LETTERS)] * 2, [length, 4], units=8) for length in (LENGTH, 20))
    wide.set_weights(narrow.get_weights())
    short, before = LETTERS.rows(["ab"]), np.array([[1, 4, 5, 0]], np.int32)
    longer = np.pad(short, ((0, 0), (0, 20 - LENGTH)))
    one, other = (net.predict([rows, before], verbose=0) for net, rows in ((narrow, short), (wide, longer)))
    assert np.allclose(one, other, atol=1e-5)
