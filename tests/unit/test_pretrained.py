"""Pretrained nets: which weights `load` takes and says it took, and what comes out of a net and what it is called."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from assets_support import make_store, sha256

from course_utils import pretrained
from course_utils.datasets import read_image
from course_utils.foundation import assets, config
from course_utils.pretrained import NETS, Pretrained, packed
from tools.pretrain_backbones import networks, storage

MOBILE = NETS["MobileNetV2"]
SIZE = 32
MIRROR = config.mirror()
PHOTOS = Path(MIRROR or "nowhere") / "photos"


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def teacher(keras):
    """A small stock net whose weights the tests store and load: nothing is fetched."""
    keras.utils.set_random_seed(3)
    return keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))


@pytest.fixture(scope="module")
def official(teacher, tmp_path_factory):
    """A mirror with the teacher's weights under the official name, in the format of the official files."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    folder = tmp_path_factory.mktemp("mirror") / "models"
    folder.mkdir()
    with h5py.File(folder / MOBILE.without_top, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, teacher)
    return folder


@pytest.fixture
def room(tmp_path, monkeypatch, official):
    """A machine with an empty cache, whose mirror can be switched on; `bundled` is for course weights."""
    path = official / MOBILE.without_top
    file = {
        "name": f"models/{path.name}", "to": path.name, "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    common = {"kind": "weights", "licence": "CC0", "citation": "the tests", "redistribute": True}
    mobile = {
        "title": "MobileNetV2, ImageNet weights", "bundled": "weights/MobileNetV2.npz",
        "addresses": [{"kind": "mirror", "files": [file]}],
    }  # fmt: skip
    missing = {"name": "models/none.h5", "to": "none.h5", "bytes": 1, "sha256": sha256(b"")}
    others = {
        net.asset: common
        | {
            "title": f"{net.name}, ImageNet weights",
            "addresses": [{"kind": "mirror", "files": [missing | {"name": f"models/{net.whole}"}]}],
        }
        for net in NETS.values()
        if net is not MOBILE
    }
    room = SimpleNamespace(mirror=official.parent)
    room.store = make_store(tmp_path, **{MOBILE.asset: common | mobile}, **others)
    room.weights = tmp_path / "weights" / "MobileNetV2.npz"
    monkeypatch.setattr(assets, "default_store", lambda: room.store)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return room


@pytest.fixture(scope="module")
def course_weights(teacher, tmp_path_factory):
    """The teacher's weights and a head over two classes, packed as the course packs its own."""
    weights = networks.trained_weights(teacher)
    random = np.random.default_rng(0)
    weights |= {"head/kernel": random.normal(size=(1280, 2)), "head/bias": np.zeros(2)}
    path = tmp_path_factory.mktemp("course") / "MobileNetV2.npz"
    return storage.pack(path, weights, ["Pear", "Quince"], {"input_size": 48, "seed": 1})


@pytest.fixture
def pictures():
    return np.random.default_rng(1).integers(0, 256, size=(5, SIZE, SIZE, 3), dtype=np.uint8)


def outputs(model, x):
    import keras

    return np.asarray(keras.ops.convert_to_numpy(model(x, training=False)))


# Which weights


def test_imagenet_weights_land_in_the_stock_net_and_it_says_where_they_came_from(room, teacher, pictures):
    room.store.mirror = str(room.mirror)
    net = pretrained.load("MobileNetV2", input_size=SIZE)
    assert (net.name, net.weights, net.input_size, net.class_names) == ("MobileNetV2", "imagenet", SIZE, ())
    assert "fetched from the mirror" in net.source and net.verified
    x = pictures.astype("float32") / 127.5 - 1
    np.testing.assert_allclose(net.predict(pictures), outputs(teacher, x), atol=1e-4)


def test_without_imagenets_auto_takes_the_course_weights_and_says_how_to_get_the_others(
    room, course_weights, teacher, pictures
):
    room.weights.parent.mkdir()
    room.weights.write_bytes(course_weights.read_bytes())
    net = pretrained.load("MobileNetV2", top=True)
    assert (net.weights, net.input_size, net.class_names) == ("course", 48, ("Pear", "Quince"))
    assert "bundled" in net.source and "not on ImageNet" in net.source and not net.verified
    assert "course data fetch mobilenetv2-imagenet" in net.source
    larger = np.repeat(np.repeat(pictures, 2, axis=1), 2, axis=2)[:, :48, :48]
    probabilities = net.predict(larger)
    assert probabilities.shape == (5, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    without_top = pretrained.load("MobileNetV2", weights="course", input_size=SIZE)
    assert without_top.class_names == () and without_top.input_size == SIZE
    expected = outputs(teacher, pictures.astype("float32") / 127.5 - 1)
    found = without_top.predict(pictures)
    assert np.corrcoef(expected.ravel(), found.ravel())[0, 1] > 0.98  # 8 bits per value


def test_imagenet_weights_go_before_course_weights(room, course_weights):
    room.weights.parent.mkdir()
    room.weights.write_bytes(course_weights.read_bytes())
    room.store.mirror = str(room.mirror)
    assert pretrained.load("MobileNetV2", input_size=SIZE).weights == "imagenet"
    assert pretrained.load("MobileNetV2", weights="course").weights == "course"


def test_where_there_are_no_weights_the_error_names_the_command(room):
    for weights in ("auto", "imagenet", "course"):
        with pytest.raises(assets.AssetError, match="ResNet50|resnet50") as caught:
            pretrained.load("ResNet50", weights=weights)
        assert caught.value.command == "course data fetch resnet50-imagenet"
    with pytest.raises(assets.AssetError, match="missing") as caught:
        pretrained.load("MobileNetV2", weights="course")
    assert "git checkout" in caught.value.command


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty"])
def test_damaged_course_weights_are_not_loaded(room, course_weights, damage):
    data = bytearray(course_weights.read_bytes())
    if damage == "changed":
        data[len(data) // 2] ^= 0xFF
    room.weights.parent.mkdir()
    room.weights.write_bytes({"truncated": data[:-1000], "changed": data, "empty": b""}[damage])
    with pytest.raises(assets.AssetError, match="can't be read") as caught:
        pretrained.load("MobileNetV2", weights="course")
    assert "git checkout" in caught.value.command


def test_random_weights_have_numbers_for_names(room, keras):
    net = pretrained.load("MobileNetV2", top=True, weights="random", input_size=SIZE)
    assert (net.weights, len(net.class_names), net.class_names[17]) == ("random", 1000, "output 17")
    assert "learned nothing" in net.source and not net.verified


def test_a_wrong_question_is_answered_with_the_right_ones(room):
    with pytest.raises(ValueError, match="VGG16, Xception, ResNet50, InceptionV3, MobileNetV2"):
        pretrained.load("VGG19")
    with pytest.raises(ValueError, match="auto, imagenet, course, random"):
        pretrained.load("VGG16", weights="noise")
    with pytest.raises(ValueError, match="224x224"):
        pretrained.load("VGG16", top=True, input_size=96)


def test_a_second_xception_takes_the_weights_of_the_first(keras):
    # Keras counts the names of its residual convolutions through the whole process.
    build = NETS["Xception"].build
    first, second = (build(weights=None, include_top=False, input_shape=(71, 71, 3)) for _ in range(2))
    assert {layer.name for layer in first.layers} != {layer.name for layer in second.layers}
    weights = {
        name: np.full(values.shape, number, "float32")
        for number, (name, values) in enumerate(networks.trained_weights(first).items())
    }
    packed.set_weights(second, weights)
    assert second.count_params() == 20_861_480
    found = networks.trained_weights(second)
    assert all(np.array_equal(found[name], values) for name, values in weights.items())


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"last/kernel": np.zeros((3, 2))}, "No weights for last/bias; the file holds 1 others"),
        (
            {"last/kernel": np.zeros((2, 3)), "last/bias": np.zeros(2)},
            r"last/kernel: expected \(3, 2\), the file has \(2, 3\)",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named_with_their_shapes(keras, weights, said):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="last")])
    with pytest.raises(ValueError, match=said):
        packed.set_weights(model, weights)


def test_layers_that_keras_counts_have_the_same_names_in_every_copy():
    first = packed.lasting_names(["conv2d", "block1_conv1", "conv2d_1", "batch_normalization"])
    later = packed.lasting_names(["conv2d_10", "block1_conv1", "conv2d_9", "batch_normalization_4"])
    assert first == {name: name for name in first}
    assert later["conv2d_9"] == "conv2d" and later["conv2d_10"] == "conv2d_1"
    assert later["batch_normalization_4"] == "batch_normalization"
    assert later["block1_conv1"] == "block1_conv1"


# What it does with pictures


class Recorder:
    """Stands in for a model: notes the shapes it is given, answers with the mean colour. No framework needed."""

    def __init__(self) -> None:
        self.shapes = []

    def predict_on_batch(self, x):
        self.shapes.append(x.shape)
        return x.mean(axis=(1, 2))


def net_of(model, names=("red", "green", "blue")):
    return Pretrained("Xception", model, "random", "made by the test", False, SIZE, names)


@pytest.mark.parametrize(("count", "shapes"), [(1, [1]), (5, [8]), (8, [8]), (9, [8, 8]), (20, [8, 8, 8])])
def test_every_batch_has_one_shape_and_every_picture_its_row(keras, count, shapes):
    recorder = Recorder()
    pictures = np.random.default_rng(count).integers(0, 256, size=(count, SIZE, SIZE, 3), dtype=np.uint8)
    found = net_of(recorder).predict(pictures, batch_size=8)
    assert [shape[0] for shape in recorder.shapes] == shapes
    np.testing.assert_allclose(found, (pictures / 127.5 - 1).mean(axis=(1, 2)), atol=1e-5)


@pytest.mark.parametrize("name", NETS)
def test_preprocessing_is_the_nets_own_and_leaves_the_pictures_alone(keras, name, pictures):
    net = Pretrained(name, None, "random", "made by the test", False, SIZE)
    floats = pictures.astype("float32")
    before = floats.copy()
    found = net.preprocess(floats)
    np.testing.assert_array_equal(floats, before)
    np.testing.assert_array_equal(net.preprocess(pictures), found)
    expected = pictures / 127.5 - 1
    if name in ("VGG16", "ResNet50"):  # BGR, less the mean colour
        expected = pictures[..., ::-1] - np.array([103.939, 116.779, 123.68])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.dtype == np.float32


def test_pictures_of_another_shape_are_refused_with_the_expected_one(keras, pictures):
    net = net_of(Recorder())
    with pytest.raises(ValueError, match="32, 32, 3"):
        net.predict(pictures[:, :16])
    with pytest.raises(ValueError, match="one or more"):
        net.predict(pictures[:0])
    with pytest.raises(ValueError, match=r"image\[None\]"):
        net.preprocess(pictures[0])


def test_decoding_names_the_most_probable_classes_first():
    net = net_of(None, ("tench", "Egyptian cat", "espresso"))
    found = net.decode(np.array([[0.1, 0.7, 0.2], [0.5, 0.0, 0.5]]), top=2)
    assert found == [[("Egyptian cat", 0.7), ("espresso", 0.2)], [("tench", 0.5), ("espresso", 0.5)]]


def test_decoding_needs_a_top_and_as_many_columns_as_names():
    with pytest.raises(ValueError, match="top=True"):
        net_of(None, ()).decode(np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"\(N, 3\)"):
        net_of(None).decode(np.zeros((1, 4)))


# The real thing


@pytest.mark.skipif(
    not (PHOTOS.is_dir() and (PHOTOS.parent / "models" / MOBILE.whole).is_file()),
    reason="COURSE_MIRROR names no folder with MobileNetV2's weights and photographs",
)
def test_real_photographs_come_back_with_their_real_names(keras, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    net = pretrained.load("MobileNetV2", top=True)
    assert net.weights == "imagenet" and "converted from 8-bit" in net.source and net.verified
    photos = [read_image(PHOTOS / name, 224) for name in ("chelsea.png", "coffee.png", "Banana_wiki.jpg")]
    cat, coffee, banana = (ranked[0][0] for ranked in net.decode(net.predict(np.stack(photos))))
    assert cat in ("Egyptian cat", "tabby", "tiger cat")
    assert (coffee, banana) == ("espresso", "banana")
    assert not (tmp_path / "keras").exists()  # Keras was neither asked nor written to


@pytest.mark.parametrize("name", ["VGG16", "Xception", "ResNet50", "InceptionV3", "MobileNetV2"])
def test_a_net_is_shown_pictures_of_the_size_that_its_authors_trained_with(name):
    # As keras.applications says: 299 for Xception and InceptionV3, 224 for the others.
    from course_utils.pretrained.nets import NETS

    assert NETS[name].size == {"Xception": 299, "InceptionV3": 299}.get(name, 224)
