"""The course weights' tool: folding, 8-bit storage, cut-outs and scenes keep what they should."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.pretrained import packed
from tools.pretrain_backbones import bank, networks, scenes, storage
from tools.pretrain_backbones.training import Plan


@pytest.fixture
def random():
    return np.random.default_rng(5)


def convolution_block(random, name="block1_conv1"):
    weights = {f"{name}/kernel": random.normal(size=(1, 1, 3, 4)).astype(np.float32)}
    for part in ("gamma", "beta", "moving_mean", "moving_variance"):
        weights[f"{name}_bn/{part}"] = random.uniform(0.5, 2, size=4).astype(np.float32)
    return weights


def test_a_folded_convolution_gives_what_convolution_and_batch_normalisation_gave(random):
    trained = convolution_block(random)
    folded = networks.fold(trained)
    assert sorted(folded) == ["block1_conv1/bias", "block1_conv1/kernel"]
    pixels = random.normal(size=(7, 3))
    raw = pixels @ trained["block1_conv1/kernel"][0, 0]
    gamma, beta, mean, variance = (
        trained[f"block1_conv1_bn/{p}"] for p in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    expected = gamma * (raw - mean) / np.sqrt(variance + 1e-3) + beta
    found = pixels @ folded["block1_conv1/kernel"][0, 0] + folded["block1_conv1/bias"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 3, 8, 16), (3, 3, 8, 1), (20, 5)])
def test_eight_bits_a_channel_keep_a_kernel_within_two_percent(random, shape):
    # Channels of very different size: one scale for all would lose the small ones.
    values = (random.normal(size=shape) * np.exp(random.normal(size=(shape[-2], shape[-1])))).astype(
        np.float32
    )
    codes, scale = storage.encode(values)
    assert codes.dtype == np.int8
    axes = storage.channel_axes(shape)
    error = np.sqrt(np.square(codes * scale - values).sum(axis=axes) / np.square(values).sum(axis=axes))
    assert error.max() < 0.02


def test_a_channel_of_zeros_stays_zero():
    codes, scale = storage.encode(np.zeros((3, 3, 2, 4), np.float32))
    assert not (codes * scale).any()


def test_packed_weights_come_back_with_names_and_origin(tmp_path, random):
    weights = {"a/kernel": random.normal(size=(3, 3, 4, 6)), "a/bias": random.normal(size=6)}
    path = storage.pack(tmp_path / "weights" / "net.npz", weights, ["Pear", "Quince"], {"seed": 1})
    found = packed.read(path)
    assert (found.class_names, found.about) == (("Pear", "Quince"), {"seed": 1})
    np.testing.assert_allclose(found.weights["a/kernel"], weights["a/kernel"], atol=0.03)
    np.testing.assert_allclose(found.weights["a/bias"], weights["a/bias"], rtol=1e-6)
    assert sorted(found.weights) == sorted(weights)
    first = path.read_bytes()
    assert storage.pack(path, weights, ["Pear", "Quince"], {"seed": 1}).read_bytes() == first


def white_with_a_disc(colour, hole=False):
    picture = np.full((100, 100, 3), 255, np.uint8)
    y, x = np.mgrid[:100, :100]
    away = np.hypot(x - 50, y - 50)
    picture[away < 40] = colour
    if hole:
        picture[away < 8] = 255
    return picture


def test_a_cut_out_leaves_the_white_ground_behind_and_keeps_white_inside_the_fruit():
    patch = bank.cut_out(white_with_a_disc((200, 40, 30), hole=True))
    assert patch.shape == (bank.PATCH, bank.PATCH, 4)
    assert patch[0, 0].tolist() == [0, 0, 0, 0]
    assert patch[40, 40].tolist() == [255, 255, 255, 255]
    np.testing.assert_allclose(patch[40, 20], [200, 40, 30, 255], atol=2)


def small_bank():
    colours = [(200, 40, 30), (60, 160, 40)]
    large = np.stack([bank.cut_out(white_with_a_disc(c)) for c in colours])
    return bank.Bank(
        ["Red", "Green"],
        np.array([0, 1]),
        large,
        large[:, ::2, ::2].copy(),
        large[:, ::4, ::4, 3].copy(),
        np.full((2, bank.GROUND, bank.GROUND, 3), 90, np.uint8),
    )


def test_scenes_are_pictures_of_the_asked_size_and_repeat_with_their_seed():
    first, labels = scenes.Scenes(small_bank(), seed=3).batch(8, 32)
    again, _ = scenes.Scenes(small_bank(), seed=3).batch(8, 32)
    other, _ = scenes.Scenes(small_bank(), seed=4).batch(8, 32)
    assert first.shape == (8, 32, 32, 3) and first.dtype == np.float32
    assert 0 <= first.min() and first.max() <= 255
    assert sorted(labels.tolist()) == [0] * 4 + [1] * 4
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_named_fruit_can_be_seen_in_its_scene():
    made = scenes.Scenes(small_bank(), seed=1, plain=1.0)
    for label in (0, 1):
        red, green, _ = made.picture(label, 48)[24, 24]
        assert (red > green) == (label == 0)


def test_the_rate_rises_then_falls_over_the_budget():
    plan = Plan("VGG16", steps=1000)
    rates = [plan.rate_at(plan.spent(step, 0.0)) for step in range(1001)]
    top = int(np.argmax(rates))
    assert top == 60 and rates[top] == pytest.approx(plan.rate)
    assert rates == sorted(rates[:top]) + sorted(rates[top:], reverse=True)
    assert [plan.size_at(s) for s in (0, 0.9)] == [48, 64]


def test_preprocessing_is_that_of_the_stock_models():
    keras = pytest.importorskip("keras")
    pictures = np.random.default_rng(0).integers(0, 256, size=(2, 4, 4, 3)).astype(np.float32)
    for net, module in (("VGG16", keras.applications.vgg16), ("Xception", keras.applications.xception)):
        expected = module.preprocess_input(pictures.copy(), data_format="channels_last")
        np.testing.assert_allclose(networks.preprocess(net, pictures), expected, atol=1e-4)
