"""k-max pooling keeps the strongest values in their order, on each backend, and survives being saved."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from course_utils.further.answering import pooling  # noqa: E402


def pooled(values, k):
    return keras.ops.convert_to_numpy(pooling.KMaxPooling(k)(np.asarray(values, dtype="float32")))


def test_it_keeps_the_k_largest_in_their_order():
    assert pooled([[[0.1], [0.9], [0.2], [0.4], [0.8]]], 3).ravel() == pytest.approx([0.9, 0.4, 0.8])


def test_channels_and_texts_are_pooled_apart():
    values = np.random.RandomState(0).rand(4, 7, 3)
    by_hand = np.stack(
        [
            np.stack([text[np.sort(np.argsort(text[:, c])[-2:]), c] for c in range(3)], axis=1)
            for text in values
        ]
    )
    assert pooled(values, 2) == pytest.approx(by_hand, abs=1e-6)


def test_one_is_max_pooling():
    values = np.random.RandomState(1).rand(2, 5, 3)
    assert pooled(values, 1)[:, 0] == pytest.approx(values.max(axis=1), abs=1e-6)


def test_a_text_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="only 2 places"):
        pooled(np.zeros((1, 2, 1)), 3)


def test_it_is_the_same_after_saving_and_loading(tmp_path):
    net = keras.Sequential([keras.Input((6, 2)), pooling.KMaxPooling(2)])
    net.save(tmp_path / "net.keras")
    values = np.random.RandomState(2).rand(3, 6, 2).astype("float32")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert net.output_shape == (None, 2, 2)
    assert again.predict(values, verbose=0) == pytest.approx(net.predict(values, verbose=0))


def test_another_name_is_no_layer():
    with pytest.raises(AttributeError, match="KMinPooling"):
        pooling.KMinPooling  # noqa: B018
