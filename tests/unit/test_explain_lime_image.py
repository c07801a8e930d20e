"""LIME for pictures: the fast engine gives lime's own numbers, and both find weights that are known beforehand."""

import importlib
import inspect
import time
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import explain
from course_utils.explain import (
    bfloat16_support,
    explain_image,
    hottest_share,
    in_bfloat16,
    occlusion_map,
    predictions,
    superpixels,
)

SIDE, TILE = 24, 6
TILES = np.arange(SIDE // TILE)[:, None] * (SIDE // TILE) + np.arange(SIDE // TILE)
SEGMENTS = np.kron(TILES, np.ones((TILE, TILE), dtype=int))
WEIGHTS = np.random.default_rng(5).uniform(-0.05, 0.05, TILES.size)
WEIGHTS[6] = 0.1


def picture(kind="bytes"):
    """Speckled squares of different colours, nowhere black."""
    random = np.random.default_rng(1)
    colours = random.integers(60, 200, (TILES.size, 3))
    image = (colours[SEGMENTS] + random.integers(-50, 50, (SIDE, SIDE, 1))).astype(np.uint8)
    return {"bytes": image, "0-1": image / np.float32(255), "0-255": image.astype(np.float32)}[kind]


def visible(pictures):
    """Which squares are not black: (N, squares)."""
    return (
        np.asarray(pictures)[:, TILE // 2 :: TILE, TILE // 2 :: TILE].max(axis=-1).reshape(len(pictures), -1)
        > 0
    )


def linear(pictures):
    """A model whose true weights are known."""
    positive = 0.4 + visible(pictures) @ WEIGHTS
    return np.stack([1 - positive, positive], axis=1)


def bent(pictures):
    """A model of four classes that is not linear, so that each sample matters."""
    seen = np.asarray(pictures, dtype=float).reshape(len(pictures), -1)
    seen = seen / (255 if seen.max() > 1 else 1)
    random = np.random.default_rng(2)
    hidden = np.tanh((seen - 0.5) @ random.normal(size=(seen.shape[1], 12)) / 8)
    powers = np.exp(hidden @ random.normal(size=(12, 4)))
    return powers / powers.sum(axis=1, keepdims=True)


# What a changed lime would break. If one of these fails, lime was changed or is broken.


def test_the_parts_of_lime_that_the_course_relies_on_are_there():
    image, base, text = (
        importlib.import_module(f"lime.{name}") for name in ("lime_image", "lime_base", "lime_text")
    )
    explainer = image.LimeImageExplainer(kernel_width=0.25, feature_selection="auto", random_state=0)
    assert isinstance(explainer.random_state, np.random.RandomState)
    assert isinstance(explainer.base, base.LimeBase) and explainer.feature_selection == "auto"
    assert callable(image.tqdm), "the bar on standard error is switched off by its name"
    wanted = {
        image.LimeImageExplainer.explain_instance: (
            "image", "classifier_fn", "labels", "hide_color", "top_labels", "num_features", "num_samples",
            "batch_size", "segmentation_fn", "distance_metric", "model_regressor", "random_seed",
        ),
        image.LimeImageExplainer.data_labels: (
            "image", "fudged_image", "segments", "classifier_fn", "num_samples", "batch_size",
        ),
        base.LimeBase.explain_instance_with_data: (
            "neighborhood_data", "neighborhood_labels", "distances", "label", "num_features",
        ),
        text.LimeTextExplainer.__init__: (
            "kernel_width", "class_names", "feature_selection", "split_expression", "bow", "mask_string", "random_state",
        ),
        text.LimeTextExplainer.explain_instance: (
            "text_instance", "classifier_fn", "labels", "top_labels", "num_features", "num_samples",
        ),
    }  # fmt: skip
    for function, names in wanted.items():
        assert set(names) <= set(inspect.signature(function).parameters), function.__qualname__
    defaults = inspect.signature(image.LimeImageExplainer.explain_instance).parameters
    assert (defaults["num_samples"].default, defaults["batch_size"].default) == (1000, 10)
    indexed = text.IndexedString("not\nbad\nnot", split_expression="\n", bow=True, mask_string="")
    assert (indexed.inverse_vocab, list(map(list, indexed.positions))) == (["not", "bad"], [[0, 4], [2]])


@pytest.mark.parametrize("engine", ["lime", "fast"])
def test_both_engines_find_the_true_weights_of_a_linear_model(engine):
    found = explain_image(linear, picture(), labels=[1], segments=SEGMENTS, hide_color=0, engine=engine)
    # Ridge regression pulls the weights towards 0 by about one part in a hundred.
    np.testing.assert_allclose(found.coefficients[1], WEIGHTS, atol=0.002)
    assert found.intercept[1] == pytest.approx(0.4, abs=0.005)
    assert found.score[1] > 0.999
    assert found.prediction[1] == pytest.approx(0.4 + WEIGHTS.sum())
    assert found.local_prediction[1] == pytest.approx(found.prediction[1], abs=0.01)
    assert found.weights(1)[0] == (6, pytest.approx(0.1, abs=0.002))


def test_these_checks_of_lime_take_less_than_five_seconds():
    start = time.perf_counter()
    test_the_parts_of_lime_that_the_course_relies_on_are_there()
    for engine in explain.lime_image.ENGINES:
        test_both_engines_find_the_true_weights_of_a_linear_model(engine)
    assert time.perf_counter() - start < 5


# The same numbers, by the fast engine, by lime's, and by lime without us.

SETTINGS = [
    {"seed": 0},
    {"seed": 1, "hide_color": 0},
    {"seed": 2, "hide_color": (200, 30, 30), "labels": [3, 0]},
    {"seed": 3, "num_features": 4, "num_samples": 60},  # chosen one after the other
    {"seed": 4, "num_features": 9, "top_labels": 2},  # chosen by weight
    {"seed": 5, "feature_selection": "lasso_path", "num_features": 5, "kernel_width": 0.5},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_fast_engine_gives_limes_coefficients(settings):
    settings = {"segments": SEGMENTS, "num_samples": 150} | settings
    slow = explain_image(bent, picture(), engine="lime", **settings)
    fast = explain_image(bent, picture(), engine="fast", **settings)
    assert fast.classes == slow.classes and set(fast.coefficients) == set(fast.classes)
    for label in slow.classes:
        np.testing.assert_allclose(fast.coefficients[label], slow.coefficients[label], atol=1e-8)
        assert [one for one, _ in fast.weights(label, 5)] == [one for one, _ in slow.weights(label, 5)]
        assert fast.intercept[label] == pytest.approx(slow.intercept[label], abs=1e-8)
        assert fast.score[label] == pytest.approx(slow.score[label], abs=1e-8)
    np.testing.assert_allclose(fast.prediction, slow.prediction)


@pytest.mark.parametrize("kind", ["bytes", "0-1"])
@pytest.mark.parametrize("seed", [0, 7])
def test_both_engines_give_what_the_package_gives_by_itself(kind, seed):
    from lime.lime_image import LimeImageExplainer

    image = picture(kind)
    image = image.repeat(4, axis=0).repeat(4, axis=1)  # 96 pixels: quickshift finds several segments
    alone = LimeImageExplainer(random_state=seed)
    theirs = alone.explain_instance(image, bent, top_labels=3, num_samples=40, random_seed=seed)
    for engine in ("lime", "fast"):
        ours = explain_image(bent, image, top_labels=3, num_samples=40, seed=seed, engine=engine)
        np.testing.assert_array_equal(ours.segments, theirs.segments)
        assert ours.segments.max() > 1
        assert list(ours.classes) == [int(one) for one in theirs.top_labels]
        for label in ours.classes:
            assert ours.weights(label) == [
                (int(segment), pytest.approx(weight, abs=1e-8)) for segment, weight in theirs.local_exp[label]
            ]
            assert ours.intercept[label] == pytest.approx(theirs.intercept[label], abs=1e-8)


def test_limes_own_engine_keeps_limes_own_batches():
    sizes = []

    def watched(pictures):
        sizes.append(len(pictures))
        return bent(pictures)

    explain_image(watched, picture(), segments=SEGMENTS, num_samples=50, engine="lime")
    assert max(sizes) == 10 and sum(sizes) in (50, 51), (
        "51 with the picture itself, which is asked about first"
    )


@pytest.mark.parametrize("batch_size", [1, 7, 50, 64])
def test_the_size_of_the_batches_changes_nothing_and_each_batch_has_one_shape(batch_size):
    shapes = []

    def watched(pictures):
        shapes.append(pictures.shape)
        return bent(pictures)

    found = explain_image(watched, picture(), segments=SEGMENTS, num_samples=50, batch_size=batch_size)
    expected = explain_image(bent, picture(), segments=SEGMENTS, num_samples=50)
    assert set(shapes) == {(min(batch_size, 50), SIDE, SIDE, 3)}
    np.testing.assert_allclose(
        found.coefficients[found.classes[0]], expected.coefficients[expected.classes[0]], atol=1e-8
    )


def test_a_thousand_large_pictures_are_never_in_memory_at_once():
    # 1,000 floats of 224 by 224 by 3 would need 600 MB.
    assert predictions.picture_batch(1000, 224, 224) == 25, "32 at most; 40 times 25 leaves no place empty"
    assert predictions.picture_batch(1000, 32, 32) == 250
    assert predictions.picture_batch(10, 32, 32) == 10
    assert predictions.picture_batch(1000, 5000, 5000) == 1


def test_another_seed_gives_other_samples_and_the_same_seed_the_same_ones():
    first, again, other = (
        explain_image(bent, picture(), segments=SEGMENTS, num_samples=40, seed=seed).coefficients
        for seed in (3, 3, 4)
    )
    for label in first:
        np.testing.assert_array_equal(first[label], again[label])
        assert np.abs(first[label] - other[label]).max() > 1e-6


def test_nothing_is_written_to_standard_error_or_output(capfd):
    for engine in ("fast", "lime"):
        explain_image(bent, picture(), segments=SEGMENTS, num_samples=30, engine=engine)
    occlusion_map(bent, picture())
    assert capfd.readouterr() == ("", "")


def test_it_says_where_the_time_goes():
    def slow(pictures):
        time.sleep(0.03)
        return bent(pictures)

    seconds = explain_image(slow, picture(), num_samples=40, batch_size=10, segments=SEGMENTS).seconds
    assert seconds.predicting >= 0.12 and min(seconds) >= 0
    assert seconds.total == pytest.approx(sum(seconds))


# What goes in.


def test_floats_of_0_to_255_are_cut_like_bytes_and_not_into_hundreds():
    image = (
        np.random.default_rng(0)
        .integers(0, 256, (12, 12, 3))
        .repeat(5, axis=0)
        .repeat(5, axis=1)
        .astype("uint8")
    )
    np.testing.assert_array_equal(superpixels(image.astype("float32")), superpixels(image))
    np.testing.assert_array_equal(superpixels(image / 255.0), superpixels(image))


@pytest.mark.parametrize("kind", ["bytes", "0-1", "0-255"])
def test_a_function_gets_pictures_in_the_values_of_the_callers_picture(kind):
    seen = []

    def watched(pictures):
        seen.append(pictures)
        return bent(pictures)

    image = picture(kind)
    settings = {"segments": SEGMENTS, "num_samples": 20, "hide_color": 0}  # a mean colour of bytes is rounded
    found = explain_image(watched, image, **settings)
    assert seen[0].dtype == image.dtype
    np.testing.assert_array_equal(seen[0][0], image)
    bytes_ = explain_image(bent, picture(), **settings)
    for label in found.classes:
        np.testing.assert_allclose(found.coefficients[label], bytes_.coefficients[label], atol=1e-5)


def test_a_grey_picture_becomes_rgb():
    grey = picture()[..., 0]
    for image in (grey, grey[..., None]):
        found = explain_image(bent, image, segments=SEGMENTS, num_samples=30)
        rgb = explain_image(bent, np.stack([grey] * 3, axis=-1), segments=SEGMENTS, num_samples=30)
        np.testing.assert_array_equal(
            found.coefficients[found.classes[0]], rgb.coefficients[found.classes[0]]
        )


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((8, 8, 4), "uint8"), "Type: image[..., :3]"),
        (np.zeros((1, 8, 8, 3), "uint8"), "Type: image[0]"),
        (np.zeros((5, 8, 8, 3), "uint8"), "got shape (5, 8, 8, 3)"),
        (np.zeros((8, 8, 3), int), 'image.astype("uint8")'),
        (np.full((8, 8, 3), -0.5), "before, and let predict do the rest"),
        (np.full((8, 8, 3), 1.3), "np.clip(image, 0, 1)"),
        (np.full((8, 8, 3), 300.0), "beyond its value_range"),
        (np.full((8, 8, 3), np.nan), "not finite"),
        (np.zeros((0, 8, 3)), "got shape (0, 8, 3)"),
    ],
)
def test_pictures_that_would_go_wrong_in_silence_are_refused_with_what_to_type(image, said):
    for method in (explain_image, occlusion_map):
        with pytest.raises(ValueError) as problem:
            method(bent, image)
        assert said in str(problem.value)


def test_a_dark_float_picture_can_be_said_to_be_0_to_255():
    dark = np.full((8, 8, 3), 1.3)
    assert explain.inputs.read_picture(dark, (0, 255)).unit.max() == pytest.approx(1.3 / 255)
    with pytest.raises(ValueError, match="expected \\(0, 1\\) or \\(0, 255\\)"):
        explain_image(bent, dark, value_range=(-1, 1))


def test_a_small_picture_of_one_segment_is_refused_with_what_to_type():
    small = np.full((20, 20, 3), 200, "uint8")
    with pytest.raises(ValueError, match='Type: segments="slic"'):
        explain_image(bent, small)
    assert superpixels(small, "slic", n_segments=9).max() == 8


def test_segments_are_numbered_from_0_without_gaps():
    found = explain_image(linear, picture(), labels=[1], segments=10 * SEGMENTS + 3, hide_color=0)
    np.testing.assert_array_equal(found.segments, SEGMENTS)
    np.testing.assert_allclose(found.coefficients[1], WEIGHTS, atol=0.002)
    slic = superpixels(picture(), "slic", n_segments=16, compactness=1)
    np.testing.assert_array_equal(np.unique(slic), np.arange(slic.max() + 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"engine": "other"}, "expected one of fast, lime"),
        ({"segments": "watershed"}, "there are quickshift, slic"),
        ({"segments": SEGMENTS[:5]}, "expected whole numbers of shape (24, 24)"),
        ({"labels": [4]}, "tells 4 classes apart, 0 to 3; got labels [4]"),
        ({"num_samples": 1}, "2 or more"),
        ({"labels": []}, "name a class"),
        ({"top_labels": 0}, "1 or more; got 0"),
        ({"batch_size": 0}, "1 or more; got 0"),
        ({"maths": "float8"}, "expected one of float32, bfloat16"),
        ({"maths": "bfloat16"}, "not a function"),
        ({"predict": "a net"}, "predict is str"),
        ({"predict": lambda pictures: np.zeros((3, 4))}, "gave an array of shape (3, 4) for"),
        ({"predict": lambda pictures: np.full((len(pictures), 2), np.nan)}, "not finite"),
        ({"predict": lambda pictures: np.full(len(pictures), 7.0)}, "no probabilities"),
    ],
)
def test_what_does_not_fit_is_explained(change, said):
    settings = {"predict": bent, "image": picture(), "segments": SEGMENTS, "num_samples": 20} | change
    with pytest.raises(ValueError) as problem:
        explain_image(settings.pop("predict"), settings.pop("image"), **settings)
    assert said in str(problem.value)


def test_a_parameter_that_the_segmenter_does_not_know_is_refused():
    with pytest.raises(ValueError, match="quickshift has no parameter n_segments"):
        superpixels(picture(), "quickshift", n_segments=5)


def test_a_class_that_was_not_explained_is_refused_with_what_to_type():
    found = explain_image(bent, picture(), labels=[2], segments=SEGMENTS, num_samples=20)
    with pytest.raises(ValueError, match=r"labels=\[3\]"):
        found.heat(3)
    assert found.explained() == 2


# What comes out.


def test_the_heat_is_each_pixels_weight_and_can_be_scored_against_a_mask():
    found = explain_image(linear, picture(), labels=[1], segments=SEGMENTS, hide_color=0)
    heat = found.heat(positive=False)
    assert heat.shape == (SIDE, SIDE) and heat.dtype == np.float32
    np.testing.assert_allclose(heat, found.coefficients[1][SEGMENTS], rtol=1e-6)
    assert found.heat().min() == 0
    assert hottest_share(found.heat(), SEGMENTS == 6).share == 1
    assert hottest_share(found.heat(), SEGMENTS == int(WEIGHTS.argmin())).share == 0


def test_a_plain_sticker_is_invisible_to_limes_default_and_found_with_a_colour():
    image = picture()
    image[SEGMENTS == 9] = (110, 40, 200)  # one colour, so its mean hides nothing

    def sees_the_sticker(pictures):
        violet = np.all(np.asarray(pictures)[:, SEGMENTS == 9] == (110, 40, 200), axis=-1).mean(axis=1)
        return np.stack([1 - violet, violet], axis=1)

    by_mean, by_white = (
        explain_image(
            sees_the_sticker, image, labels=[1], segments=SEGMENTS, num_samples=200, hide_color=colour
        )
        for colour in (None, 255)
    )
    assert not np.any(by_mean.heat())
    assert by_white.weights(1, 1)[0][0] == 9
    assert hottest_share(by_white.heat(), SEGMENTS == 9).share == 1


# Nets instead of functions.


@pytest.fixture(scope="module")
def nets():
    """The same small net, ending in a softmax, in scores, and in one sigmoid or one score."""
    import keras

    keras.utils.set_random_seed(0)

    def build(units, activation, channels=3):
        stack = [keras.Input((SIDE, SIDE, channels)), keras.layers.Rescaling(1 / 255)]
        stack += [keras.layers.Conv2D(4, 3, strides=3, activation="relu"), keras.layers.Flatten()]
        return keras.Sequential([*stack, keras.layers.Dense(units, activation=activation)])

    made = {name: build(3, name) for name in ("softmax", "linear")}
    made |= {f"one {name}": build(1, name) for name in ("sigmoid", "linear")}
    made["grey"] = build(3, "softmax", channels=1)
    made["linear"].set_weights(made["softmax"].get_weights())
    made["one linear"].set_weights(made["one sigmoid"].get_weights())
    return made


def coefficients(net, image=None, **settings):
    settings = {"segments": SEGMENTS, "num_samples": 60, "labels": [0, 1]} | settings
    return explain_image(net, picture() if image is None else image, **settings).coefficients


def same(one, other, atol=1e-5):
    return all(np.allclose(one[label], other[label], atol=atol) for label in one)


def test_a_net_that_ends_in_scores_gets_its_softmax(nets):
    assert same(coefficients(nets["linear"]), coefficients(nets["softmax"]))
    found = explain_image(nets["linear"], picture(), segments=SEGMENTS, num_samples=20)
    assert found.prediction.sum() == pytest.approx(1)


def test_one_output_is_the_probability_of_the_second_class(nets):
    found = coefficients(nets["one sigmoid"])
    np.testing.assert_allclose(found[0], -found[1], atol=1e-8)
    assert same(coefficients(nets["one linear"]), found)


def test_a_model_its_predict_method_and_a_function_around_it_agree(nets, capfd):
    net = nets["softmax"]
    by_model = coefficients(net)
    assert same(coefficients(net.predict), by_model)
    assert same(coefficients(lambda pictures: net.predict_on_batch(pictures.astype("float32"))), by_model)
    assert capfd.readouterr().out == "", "no bar for each batch"


def test_engines_agree_on_a_net_within_a_hundred_thousandth(nets):
    assert same(coefficients(nets["softmax"], engine="lime"), coefficients(nets["softmax"]), atol=1e-6)


def test_a_pretrained_net_gets_0_to_255_from_bytes_and_from_floats(nets):
    seen = []

    def preprocess(pictures):
        seen.append(pictures)
        return np.float32(pictures)

    net = SimpleNamespace(model=nets["softmax"], preprocess=preprocess, class_names=("a", "b", "c"))
    of_bytes = coefficients(net, hide_color=0)
    for kind in ("0-1", "0-255"):
        assert same(coefficients(net, picture(kind), hide_color=0), of_bytes)
        np.testing.assert_allclose(seen[-1][0], seen[0][0], atol=1e-4)
    assert explain_image(net, picture(), segments=SEGMENTS, num_samples=9).class_names == ("a", "b", "c")


def test_a_net_for_grey_pictures_gets_one_channel(nets):
    assert set(coefficients(nets["grey"], picture()[..., 0])) == {0, 1}
    with pytest.raises(ValueError, match=r"Type: image.mean\(axis=-1\)"):
        coefficients(nets["grey"])


def test_a_picture_of_another_size_is_refused_with_what_to_type(nets):
    with pytest.raises(ValueError, match=r"takes pictures of shape \(24, 24, 3\), this one is \(12, 12, 3\)"):
        coefficients(nets["softmax"], picture()[:12, :12], segments=SEGMENTS[:12, :12])


def test_a_copy_in_bfloat16_answers_nearly_the_same_and_leaves_the_net_as_it_was(nets):
    net = nets["softmax"]
    pictures = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3)).astype("float32")
    before = net.predict_on_batch(pictures)
    found = in_bfloat16(net).predict_on_batch(pictures)
    assert found.dtype == np.float32, "the last layer keeps all digits"
    assert 0 < np.abs(found - before).max() < 0.05
    np.testing.assert_array_equal(net.predict_on_batch(pictures), before)


def test_bfloat16_is_refused_by_name_where_the_processor_has_none(nets, monkeypatch):
    monkeypatch.setattr(predictions, "BFLOAT16_FLAGS", ("nosuch_flag",))
    support = bfloat16_support()
    assert not support.available and "is not available on" in support.reason and "cores" in support.reason
    with pytest.raises(ValueError, match='Type: maths="float32"'):
        coefficients(nets["softmax"], maths="bfloat16")


def test_bfloat16_changes_the_weights_only_a_little(nets, monkeypatch):
    monkeypatch.setattr(predictions, "bfloat16_support", lambda: predictions.Support(True, "in this test"))
    exact, rough = coefficients(nets["softmax"]), coefficients(nets["softmax"], maths="bfloat16")
    assert same(rough, exact, atol=0.02) and not same(rough, exact, atol=1e-9)


# One question, three methods.


def test_each_method_answers_the_same_question(nets):
    for method in explain.METHODS:
        settings = {"segments": SEGMENTS, "num_samples": 60} if method == "lime" else {}
        found = explain.explain(nets["softmax"], picture(), method, **settings)
        expected = nets["softmax"].predict_on_batch(picture()[None].astype("float32"))[0]
        assert found.class_index == expected.argmax()
        assert found.probability == pytest.approx(expected.max(), abs=1e-5)
        assert found.heat.shape == (SIDE, SIDE) and np.isfinite(found.heat).all() and found.heat.any()
        assert found.positive().min() >= 0
        assert (found.lime is None) == (method != "lime")
        asked = explain.explain(nets["softmax"], picture(), method, 2, **settings)
        assert asked.class_index == 2


def test_the_interface_gives_what_the_methods_give_by_themselves(nets):
    net, image = nets["softmax"], picture()
    lime = explain.explain(net, image, "lime", 1, segments=SEGMENTS, num_samples=60)
    np.testing.assert_allclose(lime.heat, coefficients(net)[1][SEGMENTS], atol=1e-5)
    covered = explain.explain(net, image, "occlusion", 1, patch=8)
    np.testing.assert_array_equal(covered.heat, occlusion_map(net, image, 1, patch=8))
    seen = explain.explain(net, image, "grad-cam", 1)
    np.testing.assert_array_equal(seen.heat, explain.grad_cam(net, image, 1))


@pytest.mark.parametrize("method", explain.METHODS)
def test_a_net_for_grey_pictures_can_be_asked_by_each_method(nets, method):
    settings = {"segments": SEGMENTS, "num_samples": 30} if method == "lime" else {}
    found = explain.explain(nets["grey"], picture()[..., 0], method, 1, **settings)
    assert found.heat.shape == (SIDE, SIDE) and np.isfinite(found.heat).all()


@pytest.mark.parametrize("method", explain.METHODS)
def test_a_net_with_one_output_can_be_asked_about_both_classes_by_each_method(nets, method):
    settings = {"segments": SEGMENTS, "num_samples": 60} if method == "lime" else {}
    first, second = (
        explain.explain(nets["one sigmoid"], picture(), method, label, **settings) for label in (0, 1)
    )
    assert first.probability + second.probability == pytest.approx(1)
    if method == "grad-cam":  # both are cut off at 0, so that they share no place
        assert not (first.heat * second.heat).any() and (first.heat + second.heat).any()
    else:
        np.testing.assert_allclose(first.heat, -second.heat, atol=1e-5)


def test_a_function_may_return_what_a_net_gives_when_it_is_called(nets):
    import keras

    net = nets["linear"]  # a call, unlike predict, gives PyTorch's tensors with a gradient
    called = coefficients(lambda pictures: keras.ops.softmax(net(pictures.astype("float32"))))
    assert same(called, coefficients(net), atol=1e-4)


def test_grad_cam_of_a_pretrained_net_gets_0_to_255_too(nets):
    net = SimpleNamespace(model=nets["softmax"], preprocess=np.float32, class_names=("a", "b", "c"))
    of_bytes = explain.explain(net, picture(), "grad-cam", 0)
    of_floats = explain.explain(net, picture("0-1"), "grad-cam", 0)
    np.testing.assert_allclose(of_floats.heat, of_bytes.heat, atol=1e-4)
    assert of_bytes.class_names == ("a", "b", "c")


def test_grad_cam_of_a_function_is_refused():
    with pytest.raises(ValueError, match="pass the keras.Model"):
        explain.explain(bent, picture(), "grad-cam")
    with pytest.raises(ValueError, match="expected one of lime, occlusion, grad-cam"):
        explain.explain(bent, picture(), "shap")
