"""Multiply-adds, receptive fields and gradients: by hand, by rule and as measured."""

import numpy as np
import pytest

from course_utils.further.architectures import (
    gradient_norms,
    layer_table,
    lenet5,
    measured_field,
    multiply_adds,
    receptive_field,
    resnet,
    small_net,
    vgg16,
    vit,
    without_values,
)


def net_of(*stack, shape=(16, 16, 4)):
    import keras

    return keras.Sequential([keras.Input(shape), *stack])


def test_multiply_adds_of_lenet_by_hand():
    by_hand = 28 * 28 * 25 * 6 + 10 * 10 * 25 * 6 * 16 + 25 * 16 * 120 + 120 * 84 + 84 * 10
    assert multiply_adds(lenet5()) == by_hand == 416_520


def test_each_kind_of_layer_is_counted():
    from keras import layers

    assert multiply_adds(net_of(layers.Conv2D(6, 3, padding="same"))) == 256 * 9 * 4 * 6
    assert multiply_adds(net_of(layers.Conv2D(6, 3, strides=2, padding="same", groups=2))) == 64 * 9 * 2 * 6
    assert multiply_adds(net_of(layers.DepthwiseConv2D(3))) == 14 * 14 * 9 * 4
    assert multiply_adds(net_of(layers.SeparableConv2D(6, 3))) == 14 * 14 * (9 * 4 + 4 * 6)
    assert multiply_adds(net_of(layers.Flatten(), layers.Dense(5))) == 1024 * 5
    assert multiply_adds(net_of(layers.Dense(5))) == 256 * 4 * 5
    assert multiply_adds(net_of(layers.BatchNormalization(), layers.MaxPooling2D(), layers.ReLU())) == 0


def test_attention_compares_all_places_with_all():
    net = vit(side=8, patch=2, blocks=1, width=12, heads=3, classes=5)
    places, width = 16, 12
    patches = places * 4 * 3 * width
    attention = places * 4 * width * width + 2 * places * places * width
    assert multiply_adds(net) == patches + attention + 2 * places * 4 * width * width + width * 5


def test_nets_within_nets_are_counted():
    from keras import layers

    inner = net_of(layers.Conv2D(6, 3))
    assert multiply_adds(net_of(inner)) == multiply_adds(inner) > 0


@pytest.mark.parametrize(
    ("name", "side"), [("block1_conv1", 3), ("block1_pool", 6), ("block5_conv3", 196), ("block5_pool", 212)]
)
def test_the_field_of_vgg16_is_the_one_in_the_literature(name, side):
    # A. Araujo, W. Norris, J. Sim (2019), Computing receptive fields of convolutional neural networks.
    assert receptive_field(vgg16(side=32, classes=10), name) == side


def test_the_field_of_a_resnet_goes_the_longest_way():
    import keras

    with keras.StatelessScope(initialize_variables=False):
        assert receptive_field(resnet(50)) == 483


def test_strides_and_dilation_make_the_steps_longer():
    from keras import layers

    assert receptive_field(net_of(layers.Conv2D(2, 3), layers.Conv2D(2, 3))) == 5
    assert receptive_field(net_of(layers.Conv2D(2, 3, strides=2), layers.Conv2D(2, 3))) == 7
    assert receptive_field(net_of(layers.Conv2D(2, 3, dilation_rate=2))) == 5
    assert receptive_field(net_of(layers.MaxPooling2D(2), layers.Conv2D(2, 3))) == 6
    with pytest.raises(ValueError, match="layers with maps are"):
        receptive_field(net_of(layers.Conv2D(2, 3, name="only")), "other")


@pytest.mark.parametrize("residual", [False, True])
def test_the_gradient_measures_the_field_that_the_rule_gives(residual):
    net = small_net(8, residual, shape=(32, 32, 1))
    name = [layer.name for layer in net.layers if "re_lu" in layer.name][-1]
    side, counts = measured_field(net, name)
    assert side == receptive_field(net, name) == 15
    assert counts.shape == (32, 32) and np.count_nonzero(counts) <= 15 * 15
    # What is far from the middle counts less.
    assert counts[16, 16] > 3 * counts[counts > 0].min()


def test_the_table_has_a_line_per_layer():
    table = layer_table(lenet5())
    assert list(table["parameters"][table["parameters"] > 0]) == [156, 2_416, 48_120, 10_164, 850]
    assert table["multiply-adds"].sum() == 416_520
    assert list(table["field"][:5]) == [5, 6, 14, 16, 32]
    assert table.loc["C3", "output"] == "10 × 10 × 16" and table.loc["F6", "field"] == ""


def test_gradients_come_for_each_convolution_and_change_nothing():
    import keras

    keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).uniform(size=(16, 8, 8, 1)).astype("float32")
    y = np.arange(16) % 10
    for normalise in (True, False):
        net = small_net(8, residual=True, normalise=normalise)
        before = net.get_weights()
        norms = gradient_norms(net, x, y)
        assert norms.shape == (7,) and (norms > 0).all()
        assert all(np.array_equal(one, other) for one, other in zip(before, net.get_weights(), strict=True))


def test_a_gradient_is_the_change_of_the_loss():
    import keras

    keras.utils.set_random_seed(2)
    x, y = np.random.default_rng(0).normal(size=(8, 8, 8, 1)).astype("float32"), np.arange(8)
    net = small_net(4, residual=False, normalise=False)
    norms = gradient_norms(net, x, y)
    kernel = net.layers[1].kernel
    start, step, slopes = kernel.numpy() if hasattr(kernel, "numpy") else np.asarray(kernel), 1e-2, []
    for place in np.ndindex(start.shape):
        losses = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * step
            kernel.assign(moved)
            shares = np.asarray(net.predict_on_batch(x), dtype="float64")
            losses.append(-np.log(shares[np.arange(8), y]).mean())
        slopes.append((losses[0] - losses[1]) / (2 * step))
    kernel.assign(start)
    assert norms[0] == pytest.approx(np.sqrt(np.mean(np.square(slopes))), rel=0.05)


def test_a_net_without_values_counts_like_the_net_itself_and_stays_without_them():
    import keras

    net, hollow = small_net(8, residual=True), without_values(small_net, 8, residual=True)
    assert hollow.count_params() == net.count_params() and multiply_adds(hollow) == multiply_adds(net)
    assert layer_table(hollow)["field"].tolist() == layer_table(net)["field"].tolist()
    with keras.StatelessScope():  # where Keras gives values to all weights that wait for them
        pass
    assert all(weight._value is None for weight in hollow.weights)
    assert all(weight._value is not None for weight in net.weights)


def test_a_builder_that_fails_says_so_without_values_too():
    with pytest.raises(ValueError, match="pooling is 'mean'"):
        without_values(lenet5, pooling="mean")
