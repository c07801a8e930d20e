"""Grad-CAM against pencil and paper, on any backend, and a score for heat maps that rewards no map for nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.explain import enlarge, explain, grad_cam, hottest_share

CLASSES, CHANNELS = 3, 4


@pytest.fixture(scope="module")
def net():
    """A net small enough to be worked out by hand: 1x1 convolution, pooling, all values to a dense layer."""
    import keras

    random = np.random.default_rng(0)
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(CHANNELS, 1, activation="relu", name="maps")(inputs)
    x = keras.layers.AveragePooling2D(2, name="pooled")(x)
    x = keras.layers.Flatten()(x)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", name="answer")(x))
    model.set_weights([random.normal(size=weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(1).normal(size=(5, 4, 4, 3)).astype("float32")


def maps_by_hand(net, pictures):
    kernel, bias = net.get_layer("maps").get_weights()
    return np.maximum(pictures @ kernel[0, 0] + bias, 0)


def weights_by_hand(net, class_index):
    """Mean gradient of each map: a value reaches its 2x2 cell's input of the dense layer with a quarter."""
    dense = net.get_layer("answer").get_weights()[0].reshape(2, 2, CHANNELS, CLASSES)
    return dense[..., class_index].mean(axis=(0, 1)) / 4


def heat_by_hand(net, pictures, class_index):
    heat = np.maximum(maps_by_hand(net, pictures) @ weights_by_hand(net, class_index), 0)
    return heat / heat.max(axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("class_index", range(CLASSES))
def test_it_is_what_pencil_and_paper_give(net, pictures, class_index):
    # Maps as large as the picture, so that nothing has to be enlarged.
    heat = grad_cam(net, pictures, class_index, layer="maps")
    assert heat.shape == (5, 4, 4) and heat.dtype == np.float32
    np.testing.assert_allclose(heat, heat_by_hand(net, pictures, class_index), atol=1e-5)


def test_a_sequential_net_from_a_file_is_cut_like_the_one_that_was_saved(net, pictures, tmp_path):
    import keras

    stack = keras.Sequential([keras.Input((4, 4, 3)), *net.layers[1:]])
    stack.save(tmp_path / "stack.keras")
    expected = grad_cam(net, pictures, 1, layer="maps")
    for one in (stack, keras.models.load_model(tmp_path / "stack.keras")):
        np.testing.assert_allclose(grad_cam(one, pictures, 1, layer="maps"), expected, atol=1e-6)
    np.testing.assert_allclose(grad_cam(one, pictures, 1), grad_cam(net, pictures, 1), atol=1e-6)


def test_each_picture_may_be_asked_for_a_class_of_its_own(net, pictures):
    classes = np.array([2, 0, 1, 1, 0])
    heat = grad_cam(net, pictures, classes, layer="maps", batch_size=2)
    one_by_one = [
        grad_cam(net, picture, index, layer="maps") for picture, index in zip(pictures, classes, strict=True)
    ]
    np.testing.assert_allclose(heat, one_by_one, atol=1e-6)


def test_the_answer_rests_on_the_score_and_not_on_the_softmax(net, pictures):
    # A constant added to all scores changes no probability; a bias changes no gradient.
    before = grad_cam(net, pictures, 0, layer="maps")
    kernel, bias = net.get_layer("answer").get_weights()
    net.get_layer("answer").set_weights([kernel, bias + 30 * np.eye(CLASSES)[0]])  # probability 1 everywhere
    after = grad_cam(net, pictures, 0, layer="maps")
    net.get_layer("answer").set_weights([kernel, bias])
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_without_a_layer_it_takes_the_last_maps(net, pictures):
    np.testing.assert_array_equal(grad_cam(net, pictures, 1), grad_cam(net, pictures, 1, layer="pooled"))
    assert grad_cam(net, pictures, 1).shape == (5, 4, 4), "as large as the picture, though the maps are 2x2"


def test_nothing_that_speaks_for_the_class_gives_a_map_of_zeros(net, pictures):
    kernel, bias = net.get_layer("answer").get_weights()
    net.get_layer("answer").set_weights([-np.abs(kernel), bias])
    heat = grad_cam(net, pictures, 0, layer="maps")
    net.get_layer("answer").set_weights([kernel, bias])
    assert not heat.any() and np.isfinite(heat).all()


def test_a_pretrained_net_brings_its_own_preprocessing(net, pictures):
    pretrained = SimpleNamespace(model=net, preprocess=lambda images: images / 2 - 1)
    expected = grad_cam(net, pictures / 2 - 1, 1, layer="maps")
    np.testing.assert_allclose(grad_cam(pretrained, pictures, 1, layer="maps"), expected, atol=1e-6)
    assert grad_cam(pretrained, pictures[0], 1).shape == (4, 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layer": "nosuch"}, "no layer 'nosuch'"),
        ({"layer": "answer"}, "gives no maps"),
        ({"class_index": 3}, "0 to 2; got 3"),
        ({"images": np.zeros((4, 4))}, "got shape (4, 4)"),
    ],
)
def test_what_does_not_fit_is_explained(net, pictures, change, said):
    with pytest.raises(ValueError) as problem:
        grad_cam(**{"model": net, "images": pictures, "class_index": 0, "layer": "maps"} | change)
    assert said in str(problem.value)


def test_a_net_without_scores_is_refused(net, pictures):
    import keras

    with pytest.raises(ValueError, match="top=True"):
        grad_cam(keras.Model(net.inputs[0], net.get_layer("pooled").output), pictures, 0)


def test_a_layer_that_data_flow_past_is_refused(pictures):
    import keras

    inputs = keras.Input((4, 4, 3))
    aside = keras.layers.Conv2D(3, 1, name="aside")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([inputs, aside]))
    with pytest.raises(ValueError, match="flow past layer 'aside'"):
        grad_cam(keras.Model(inputs, keras.layers.Dense(2)(x)), pictures, 0, layer="aside")


def test_a_net_inside_of_a_net_may_make_the_maps(net, pictures):
    import keras

    inner = keras.Model(net.inputs[0], net.get_layer("maps").output, name="inner")
    inputs = keras.Input((4, 4, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inner(keras.layers.Rescaling(2)(inputs)))
    outer = keras.Model(inputs, keras.layers.Dense(2)(pooled))
    by_hand = np.maximum(maps_by_hand(net, 2 * pictures) @ outer.layers[-1].get_weights()[0][:, 0], 0)
    largest = by_hand.max(axis=(1, 2), keepdims=True)
    heat = grad_cam(outer, pictures, 0)
    np.testing.assert_allclose(heat, by_hand / np.where(largest > 0, largest, 1), atol=1e-5)
    np.testing.assert_allclose(grad_cam(outer, pictures, 0, layer="inner"), heat, atol=1e-6)
    stack = keras.Sequential(outer.layers)
    np.testing.assert_allclose(grad_cam(stack, pictures, 0), heat, atol=1e-5)
    np.testing.assert_allclose(
        grad_cam(stack, pictures, 0), grad_cam(stack, pictures, 0, layer="inner"), atol=1e-6
    )


@pytest.mark.parametrize("functional", [True, False])
def test_a_whole_net_after_a_rescaling_is_looked_into(net, pictures, functional):
    import keras

    rescaling, inputs = keras.layers.Rescaling(2), keras.Input((4, 4, 3))
    outer = keras.Sequential([inputs, rescaling, net])
    if functional:
        outer = keras.Model(inputs, net(rescaling(inputs)))
    np.testing.assert_allclose(grad_cam(outer, pictures, 1), grad_cam(net, 2 * pictures, 1), atol=1e-5)
    found = explain(outer, np.abs(pictures[0]) / 10, "grad-cam", 1, value_range=(0, 1))
    assert found.probability == pytest.approx(
        float(net.predict_on_batch(np.abs(pictures[:1]) / 5)[0, 1]), abs=1e-5
    )


def test_a_single_output_speaks_for_the_second_class_and_against_the_first(pictures):
    import keras

    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(2, 1, activation="relu", name="maps")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    net = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    kernel = np.zeros((1, 1, 3, 2))
    kernel[0, 0, 0] = [1, -1]  # one map of the bright places, one of the dark ones
    net.set_weights([kernel, np.zeros(2), np.array([[1.0], [-1.0]]), np.zeros(1)])
    red = pictures[..., 0]
    for class_index, seen in ((1, np.maximum(red, 0)), (0, np.maximum(-red, 0))):
        expected = seen / seen.max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(grad_cam(net, pictures, class_index), expected, atol=1e-5)
    with pytest.raises(ValueError, match="0 to 1; got 2"):
        grad_cam(net, pictures, 2)


def test_enlarging_is_bilinear_and_keeps_a_flat_map_flat():
    assert np.allclose(enlarge(np.full((3, 3), 0.7), 8, 8), 0.7)
    # Centres of two pixels lie at 1/4 and 3/4; those of four at 1/8, 3/8, 5/8, 7/8; outside, the edge goes on.
    np.testing.assert_allclose(enlarge(np.array([[0.0, 1.0]]), 1, 4), [[0, 0.25, 0.75, 1]], atol=1e-6)
    assert enlarge(np.zeros((2, 3, 3)), 6, 9).shape == (2, 6, 9)


# ------------------------------------------------------------------------------------------------ the score

MASK = np.zeros((10, 10), bool)
MASK[2:5, 2:5] = True  # nine pixels of a hundred


def test_a_perfect_map_scores_one_and_a_map_beside_the_object_zero():
    assert hottest_share(MASK.astype(float), MASK) == (1.0, 0.09)
    assert hottest_share(np.roll(MASK, 5, axis=0).astype(float), MASK).share == 0


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_map_that_is_the_same_everywhere_scores_what_a_uniform_map_does(level):
    found = hottest_share(np.full((10, 10), level), MASK)
    assert found.share == pytest.approx(found.uniform) == pytest.approx(0.09)


def test_of_a_large_object_only_a_fifth_of_the_picture_is_asked_for():
    mask = np.zeros((10, 10), bool)
    mask[:6] = True
    heat = np.zeros((10, 10))
    heat[:2] = 1  # exactly 20 pixels, all on the object
    assert hottest_share(heat, mask) == (1.0, 0.6)
    heat[:2, :5] = 0  # now 10 pixels are hot, and the other 10 of the 20 are drawn from the 90 cold ones
    assert hottest_share(heat, mask).share == pytest.approx((10 + 10 * 50 / 90) / 20)


def test_only_the_order_of_heat_counts():
    heat = np.random.default_rng(0).random((10, 10))
    assert hottest_share(heat, MASK) == hottest_share(heat**3 * 7, MASK)


@pytest.mark.parametrize(
    ("heat", "mask", "said"),
    [
        (np.zeros((5, 5)), MASK, "bring both to one"),
        (np.zeros((10, 10)), np.zeros((10, 10), bool), "mask is empty"),
        (np.full((10, 10), np.nan), MASK, "not finite"),
    ],
)
def test_a_map_that_cannot_be_scored_is_explained(heat, mask, said):
    with pytest.raises(ValueError, match=said):
        hottest_share(heat, mask)


def head(kind):
    """The same three scores under each ending that people write."""
    from keras import layers

    if kind == "scores":
        return [layers.Flatten(), layers.Dense(3, name="scores")]
    if kind == "fused":
        return [layers.Flatten(), layers.Dense(3, activation="softmax", name="scores")]
    if kind == "activation":
        return [layers.Flatten(), layers.Dense(3, name="scores"), layers.Activation("softmax")]
    if kind == "logarithms":
        return [layers.Flatten(), layers.Dense(3, activation="log_softmax", name="scores")]
    if kind == "layer":
        return [layers.Flatten(), layers.Dense(3, name="scores"), layers.Softmax()]
    raise AssertionError(kind)


def build(functional, layers):
    import keras

    body = [keras.layers.Conv2D(4, 3, activation="relu", name="maps"), *layers]
    if not functional:
        return keras.Sequential([keras.Input((8, 8, 3)), *body])
    inputs = result = keras.Input((8, 8, 3))
    for layer in body:
        result = layer(result)
    return keras.Model(inputs, result)


@pytest.fixture(scope="module")
def eights():
    return np.random.default_rng(0).uniform(size=(2, 8, 8, 3)).astype("float32")


@pytest.mark.parametrize("functional", [True, False])
@pytest.mark.parametrize("kind", ["fused", "activation", "layer", "logarithms"])
def test_a_softmax_behind_the_scores_is_read_through_however_it_is_written(eights, kind, functional):
    import keras

    keras.utils.set_random_seed(1)
    plain, other = (build(functional, head(one)) for one in ("scores", kind))
    other.set_weights(plain.get_weights())
    before, hottest = other.predict_on_batch(eights), []
    for index in range(3):
        expected = grad_cam(plain, eights, index)
        hottest.append(expected.max())
        np.testing.assert_allclose(grad_cam(other, eights, index), expected, atol=1e-5)
    assert max(hottest) == 1, "not all maps are empty"
    np.testing.assert_array_equal(other.predict_on_batch(eights), before)
    assert [layer.name for layer in other.layers][-1] != "scores" or kind in ("fused", "logarithms")


@pytest.mark.parametrize("method", ["lime", "occlusion", "grad-cam"])
def test_logarithms_of_probabilities_are_explained_as_probabilities(eights, method):
    import keras

    keras.utils.set_random_seed(1)
    usual, other = build(True, head("fused")), build(True, head("logarithms"))
    other.set_weights(usual.get_weights())
    how = {"segments": "slic", "num_samples": 50} if method == "lime" else {}
    first, second = (explain(one, eights[0], method, 1, value_range=(0, 1), **how) for one in (usual, other))
    assert second.probability == pytest.approx(first.probability, abs=1e-5)
    np.testing.assert_allclose(second.heat, first.heat, atol=1e-4)


@pytest.mark.parametrize("functional", [True, False])
@pytest.mark.parametrize("ending", ["pooling", "pooling and softmax", "softmax and pooling", "MobileNet"])
def test_a_convolution_with_pooling_may_give_the_scores(eights, ending, functional):
    from keras import layers

    tails = {
        "pooling": [layers.Conv2D(3, 1, name="scores"), layers.GlobalAveragePooling2D()],
        "pooling and softmax": [
            layers.Conv2D(3, 1, name="scores"), layers.GlobalAveragePooling2D(), layers.Softmax(),
        ],
        "softmax and pooling": [
            layers.Conv2D(3, 1, activation="softmax", name="scores"), layers.GlobalAveragePooling2D(),
        ],
        "MobileNet": [
            layers.GlobalAveragePooling2D(keepdims=True), layers.Dropout(0.001), layers.Conv2D(3, 1, name="scores"),
            layers.Reshape((3,)), layers.Activation("softmax"),
        ],
    }  # fmt: skip
    net = build(functional, tails[ending])
    kernel = net.get_layer("scores").get_weights()[0][0, 0]
    import keras

    maps = keras.ops.convert_to_numpy(keras.Model(net.inputs[0], net.get_layer("maps").output)(eights))
    for index in range(3):
        expected = np.maximum(
            maps @ kernel[:, index], 0
        )  # each place's share of the score, by pencil and paper
        found = grad_cam(net, eights, index, layer="maps")
        expected = enlarge(expected, 8, 8)
        largest = expected.max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(found, expected / np.where(largest > 0, largest, 1), atol=1e-4)
    if ending == "MobileNet":
        np.testing.assert_allclose(
            grad_cam(net, eights, 0), grad_cam(net, eights, 0, layer="maps"), atol=1e-6
        )


@pytest.fixture(scope="module")
def two_headed():
    import keras

    inputs = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(keras.layers.Conv2D(4, 3, name="maps")(inputs))
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(flat)
    box = keras.layers.Dense(4, name="box")(flat)
    return keras.Model(inputs, [kind, box]), keras.Model(inputs, {"a": kind, "b": box}), kind, box, inputs


def test_of_two_outputs_the_one_that_is_asked_for_is_explained(two_headed, eights):
    import keras

    as_list, as_dictionary, kind, box, inputs = two_headed
    for tensor, names in ((kind, ("kind", 0, "a")), (box, ("box", 1, "b"))):
        expected = grad_cam(keras.Model(inputs, tensor), eights, 1)
        for name in names[:2]:
            np.testing.assert_allclose(grad_cam(as_list, eights, 1, output=name), expected, atol=1e-6)
        np.testing.assert_allclose(grad_cam(as_dictionary, eights, 1, output=names[2]), expected, atol=1e-6)
    assert np.abs(grad_cam(as_list, eights, 1, output=0) - grad_cam(as_list, eights, 1, output=1)).max() > 0.1


@pytest.mark.parametrize("method", ["lime", "occlusion", "grad-cam"])
def test_each_method_asks_which_output_is_meant_and_takes_the_answer(two_headed, eights, method):
    how = {"segments": "slic", "num_samples": 20} if method == "lime" else {}
    for net, name in ((two_headed[0], "kind"), (two_headed[1], "a")):
        with pytest.raises(ValueError, match="has 2 outputs.*output="):
            explain(net, eights[0], method, **how)
        with pytest.raises(ValueError, match="no output 'nosuch'"):
            explain(net, eights[0], method, output="nosuch", **how)
        found = explain(net, eights[0], method, output=name, **how)
        answers = two_headed[0].predict_on_batch(eights[:1])[0][0]
        assert found.probability == pytest.approx(answers.max(), abs=1e-5)


@pytest.mark.parametrize("method", ["lime", "occlusion", "grad-cam"])
def test_a_net_that_was_never_called_is_refused_in_a_sentence(eights, method):
    import keras

    net = keras.Sequential([keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(3)])
    how = {"segments": "slic"} if method == "lime" else {}
    with pytest.raises(ValueError, match="never called.*no weights yet"):
        explain(net, eights[0], method, **how)


@pytest.mark.parametrize("method", ["lime", "occlusion", "grad-cam"])
def test_a_subclassed_net_is_asked_from_outside_and_not_cut(eights, method):
    import keras

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.answer, self.flat = keras.layers.Dense(3, activation="softmax"), keras.layers.Flatten()

        def call(self, images):
            return self.answer(self.flat(images))

    net = Own()
    how = {"segments": "slic", "num_samples": 20} if method == "lime" else {}
    with pytest.raises(ValueError, match="never called"):
        explain(net, eights[0], method, **how)
    answers = net.predict_on_batch(eights[:1])[0]
    if method == "grad-cam":
        with pytest.raises(ValueError, match="subclassed model.*LIME or occlusion"):
            explain(net, eights[0], method)
        with pytest.raises(ValueError, match="subclassed model"):
            grad_cam(net, eights, 0)
    else:
        assert explain(net, eights[0], method, **how).probability == pytest.approx(answers.max(), abs=1e-5)
