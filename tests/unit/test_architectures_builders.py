"""The famous nets have the totals they are known for, and where Keras has them too, they are the same nets."""

import gc
from collections import Counter

import numpy as np
import pytest

from course_utils.further.architectures import (
    FAMOUS,
    GOOGLENET,
    alexnet,
    basic_block,
    bottleneck_block,
    build,
    classic,
    googlenet,
    inception,
    lenet5,
    lenet5_of_the_paper,
    mobilenet_block,
    multiply_adds,
    resnet,
    small_net,
    vgg16,
    vit,
    xception_block,
)


@pytest.fixture(autouse=True)
def _forget():
    """Nets of hundreds of megabytes are given back before the next one."""
    yield
    import keras

    keras.backend.clear_session()
    gc.collect()


@pytest.fixture
def without_values():
    """Only shapes are asked for: no weight needs a value, so no memory is taken."""
    import keras

    with keras.StatelessScope(initialize_variables=False):
        yield


@pytest.mark.usefixtures("without_values")
@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lenet5, 61_706),
        (lambda: lenet5("relu", "max"), 61_706),
        (lenet5_of_the_paper, 60_000),
        (alexnet, 62_378_344),
        (lambda: alexnet(streams=2), 60_965_224),
        (vgg16, 138_357_544),
        (googlenet, 6_998_552),
        (lambda: resnet(34), 21_823_208),
        (lambda: resnet(34, bias=False), 21_814_696),
        (resnet, 25_636_712),
        (lambda: resnet(152), 60_419_944),
        (vit, 86_567_656 - 2 * 768),
    ],
)
def test_a_net_has_the_total_it_is_known_for(make, parameters):
    assert make().count_params() == parameters


def test_the_filters_of_1998_see_the_maps_of_table_one():
    three = [{k, k + 1, k + 2} for k in range(6)]
    four = [{k, k + 1, k + 2, k + 3} for k in range(6)]
    two_pairs = [{k, k + 1, k + 3, k + 4} for k in range(3)]
    table = [*three, *four, *two_pairs, set(range(6))]
    assert [set(seen) for seen in classic._SEEN] == [{place % 6 for place in seen} for seen in table]
    for seen in classic._SEEN:
        assert list(seen) == sorted(set(seen))
    assert Counter(place for seen in classic._SEEN for place in seen) == dict.fromkeys(range(6), 10)


@pytest.mark.usefixtures("without_values")
@pytest.mark.parametrize("famous", FAMOUS, ids=lambda one: one.name)
def test_the_table_of_famous_nets_has_the_costs_of_the_nets_that_it_builds(famous):
    net = build(famous.name)
    assert (net.count_params(), multiply_adds(net)) == (famous.parameters, famous.multiply_adds)


def test_lenet_has_the_parameters_of_the_lecture_layer_by_layer():
    counts = [layer.count_params() for layer in lenet5().layers]
    assert [count for count in counts if count] == [156, 2_416, 48_120, 10_164, 850]


def same_answers(ours, theirs, side):
    assert [one.shape for one in ours.get_weights()] == [one.shape for one in theirs.get_weights()]
    random = np.random.default_rng(0)
    values = [random.normal(0, 0.05, one.shape) for one in theirs.get_weights()]
    values = [np.abs(value) + 0.5 if value.ndim == 1 else value for value in values]  # no variance below 0
    for net in (ours, theirs):
        net.set_weights(values)
    x = random.normal(size=(2, side, side, 3)).astype("float32")
    np.testing.assert_allclose(ours.predict_on_batch(x), theirs.predict_on_batch(x), rtol=1e-3, atol=1e-5)


def test_vgg16_answers_as_that_of_keras_with_the_same_weights():
    import keras

    theirs = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=10)
    ours = vgg16(side=32, classes=10)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers[1:]]
    same_answers(ours, theirs, 32)


@pytest.mark.usefixtures("without_values")
@pytest.mark.parametrize(("depth", "name"), [(50, "ResNet50"), (152, "ResNet152")])
def test_a_resnet_has_the_weights_of_the_one_of_keras(depth, name):
    import keras

    theirs = getattr(keras.applications, name)(weights=None)
    ours = resnet(depth)
    assert ours.count_params() == theirs.count_params()
    shapes = [sorted(tuple(one.shape) for one in net.weights) for net in (ours, theirs)]
    assert shapes[0] == shapes[1]


def test_two_streams_see_half_of_the_maps_each():
    import keras

    with keras.StatelessScope(initialize_variables=False):
        kernels = {layer.name: layer.kernel.shape for layer in alexnet(2).layers if "conv" in layer.name}
    assert [kernels[f"conv{number}"][2] for number in range(1, 6)] == [3, 48, 256, 192, 192]


@pytest.mark.parametrize("name", ["3a", "5b"])
def test_an_inception_module_puts_its_four_branches_side_by_side(name):
    import keras

    filters = GOOGLENET[name]
    x = keras.Input((7, 7, 192))
    assert inception(x, filters).shape[1:] == (7, 7, filters[0] + filters[2] + filters[4] + filters[5])
    wide = inception(x, filters, reduce=False)
    assert wide.shape[-1] == filters[0] + filters[2] + filters[4] + 192, "the pooling passes all maps on"


def test_the_reduction_of_module_3a_saves_more_than_half_of_its_weights():
    import keras

    x = keras.Input((28, 28, 192))
    narrow, wide = (
        keras.Model(x, inception(x, GOOGLENET["3a"], reduce)).count_params() for reduce in (True, False)
    )
    assert (narrow, wide) == (163_696, 387_296)


def test_a_block_adds_what_came_in():
    import keras

    random = np.random.default_rng(0)
    for block in (lambda x: basic_block(x, 8), lambda x: bottleneck_block(x, 2), xception_block):
        x = keras.Input((6, 6, 8))
        net = keras.Model(x, block(x))
        for layer in net.layers:  # silence the branch
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.set_weights(
                    [0 * one if number < 2 else one for number, one in enumerate(layer.get_weights())]
                )
        maps = np.abs(random.normal(size=(1, 6, 6, 8))).astype("float32")
        np.testing.assert_allclose(net.predict_on_batch(maps), maps, atol=1e-6)


def test_blocks_change_sides_and_channels_as_they_are_asked_to():
    import keras

    x = keras.Input((8, 8, 16))
    assert basic_block(x, 32, strides=2).shape[1:] == (4, 4, 32)
    assert bottleneck_block(x, 32, strides=2).shape[1:] == (4, 4, 128)
    assert mobilenet_block(x, 24, strides=2).shape[1:] == (4, 4, 24)
    assert xception_block(x).shape[1:] == (8, 8, 16)


def test_mobilenets_block_has_the_parameters_of_the_one_of_keras():
    import keras

    x = keras.Input((14, 14, 512))
    ours = keras.Model(x, mobilenet_block(x, 512))
    with keras.StatelessScope(initialize_variables=False):
        theirs = keras.applications.MobileNet(weights=None)
        names = ("conv_dw_8", "conv_dw_8_bn", "conv_pw_8", "conv_pw_8_bn")
        assert ours.count_params() == sum(theirs.get_layer(name).count_params() for name in names)


@pytest.mark.parametrize("depth", [8, 20])
def test_a_sum_costs_no_parameter_and_depth_is_counted_in_layers_with_weights(depth):
    import keras

    plain, residual = small_net(depth, residual=False), small_net(depth, residual=True)
    assert plain.count_params() == residual.count_params()
    with_weights = (keras.layers.Conv2D, keras.layers.Dense)
    assert sum(isinstance(layer, with_weights) for layer in plain.layers) == depth
    norms = [layer for layer in plain.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in norms} == {0.9} and len(norms) == depth - 1
    bare = small_net(depth, residual=True, normalise=False)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in bare.layers)


def test_a_small_transformer_reads_pictures_and_can_be_saved(tmp_path):
    import keras

    net = vit(side=8, patch=4, blocks=1, width=8, heads=2, classes=3)
    x = np.zeros((2, 8, 8, 3), "float32")
    assert net.predict_on_batch(x).shape == (2, 3)
    net.save(tmp_path / "vit.keras")
    again = keras.models.load_model(tmp_path / "vit.keras")
    np.testing.assert_allclose(again.predict_on_batch(x), net.predict_on_batch(x), atol=1e-6)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: lenet5(pooling="middle"), "average or max"),
        (lambda: alexnet(streams=3), "expected 1 or 2"),
        (lambda: resnet(51), "there are 18, 34, 50, 101, 152"),
        (lambda: small_net(7, residual=True), "4, 6, 8"),
        (lambda: inception(None, (1, 2)), "six numbers"),
        (lambda: vit(side=10, patch=4), "do not fill"),
        (lambda: vit(width=10, heads=3), "do not divide"),
        (lambda: build("LeNet-6"), "there are LeNet-5"),
    ],
)
def test_a_wrong_wish_is_told_what_there_is(make, said):
    with pytest.raises(ValueError, match=said):
        make()
