"""Where a net's weights came from, word for word, and the official names of its files."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import pretrained
from course_utils.foundation import assets
from course_utils.pretrained import NETS, files, loading, model, packed

KERNELS = "weights_tf_dim_ordering_tf_kernels"


@pytest.mark.parametrize(
    ("name", "module", "asset", "whole", "without_top"),
    [
        ("VGG16", "vgg16", "vgg16-imagenet", f"vgg16_{KERNELS}.h5", f"vgg16_{KERNELS}_notop.h5"),
        ("Xception", "xception", "xception-imagenet", f"xception_{KERNELS}.h5", f"xception_{KERNELS}_notop.h5"),
        ("ResNet50", "resnet50", "resnet50-imagenet", f"resnet50_{KERNELS}.h5", f"resnet50_{KERNELS}_notop.h5"),
        ("InceptionV3", "inception_v3", "inceptionv3-imagenet", f"inception_v3_{KERNELS}.h5", f"inception_v3_{KERNELS}_notop.h5"),
        (
            "MobileNetV2", "mobilenet_v2", "mobilenetv2-imagenet",
            f"mobilenet_v2_{KERNELS}_1.0_224.h5", f"mobilenet_v2_{KERNELS}_1.0_224_no_top.h5",
        ),
    ],
)  # fmt: skip
def test_a_net_has_its_official_names(name, module, asset, whole, without_top):
    net = NETS[name]
    assert (net.name, net.module, net.asset, net.file(True), net.file(False)) == (
        name,
        module,
        asset,
        whole,
        without_top,
    )


@pytest.mark.parametrize(("count", "power"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (33, 64)])
def test_a_batch_is_the_next_power_of_two(count, power):
    assert model._power_of_two(count) == power


class Built:
    """Stands in for `keras.applications`: keeps what it was asked to build."""

    def __init__(self, monkeypatch):
        self.asked = []
        monkeypatch.setattr(type(NETS["VGG16"]), "build", self.build)
        self.net = SimpleNamespace(output_shape=(None, 3), layers=[])

    def build(self, **options):
        self.asked.append(options)
        return self.net


@pytest.fixture
def built(monkeypatch):
    return Built(monkeypatch)


def test_random_weights_have_the_net_s_own_size_and_say_what_they_know(built):
    whole = pretrained.load("Xception", top=True, weights="random")
    assert built.asked == [{"weights": None, "include_top": True, "input_shape": (299, 299, 3)}]
    assert (whole.name, whole.model, whole.weights, whole.verified, whole.input_size) == (
        "Xception",
        built.net,
        "random",
        False,
        299,
    )
    assert whole.source == "Xception, random weights: it has learned nothing"
    assert whole.class_names == ("output 0", "output 1", "output 2")
    bare = pretrained.load("VGG16", weights="random", input_size=64)
    assert built.asked[1] == {"weights": None, "include_top": False, "input_shape": (64, 64, 3)}
    assert (bare.class_names, bare.input_size) == ((), 64)


def test_imagenet_s_weights_are_read_from_their_file(built, monkeypatch, tmp_path):
    asked = []

    def weights(net, top, download):
        asked.append((net.name, top, download))
        return files.WeightsFile(tmp_path / "w.h5", "from somewhere", True)

    monkeypatch.setattr(loading, "imagenet_weights", weights)
    monkeypatch.setattr(loading, "imagenet_class_names", lambda net: (net.name, "cat"))
    whole = pretrained.load("ResNet50", top=True, weights="imagenet", download=True)
    bare = pretrained.load("ResNet50", input_size=96)
    assert asked == [("ResNet50", True, True), ("ResNet50", False, False)]
    path = str(tmp_path / "w.h5")
    assert built.asked == [
        {"weights": path, "include_top": True, "input_shape": (224, 224, 3)},
        {"weights": path, "include_top": False, "input_shape": (96, 96, 3)},
    ]
    assert (whole.weights, whole.source, whole.verified, whole.class_names) == (
        "imagenet",
        "from somewhere",
        True,
        ("ResNet50", "cat"),
    )
    assert (bare.input_size, bare.class_names) == (96, ())
    assert pretrained.load("ResNet50", top=True, input_size=224).input_size == 224


def test_course_weights_say_what_they_learned_and_how_to_get_imagenet_s(built, monkeypatch):
    kept = packed.Packed({}, ("Pear", "Plum"), {"input_size": 64})
    monkeypatch.setattr(packed, "read", lambda path: kept)
    net = pretrained.load("VGG16", weights="course")
    assert built.asked == [{"weights": None, "include_top": False, "input_shape": (64, 64, 3)}]
    size = assets.default_store().registry["vgg16-imagenet"].size
    assert net.source == (
        "VGG16, course weights: bundled in data/weights/vgg16.npz, pretrained by the course on 2 kinds of fruit, not on "
        f"ImageNet. ImageNet's, {round(size / 1e6):,} MB: course data fetch vgg16-imagenet"
    ).replace("vgg16.npz", loading._course_file(NETS["VGG16"]).name)
    assert (net.weights, net.verified, net.input_size, net.class_names) == ("course", False, 64, ())
    assert pretrained.load("VGG16", weights="course", input_size=96).input_size == 96


def test_who_has_course_weights_is_said_by_name():
    assert loading._who_has_course_weights() == "only VGG16 and Xception have course weights"
    assert loading._course_file(NETS["ResNet50"]) is None
    with pytest.raises(assets.AssetError) as problem:
        pretrained.load("ResNet50", weights="course")
    assert (
        problem.value.reason == "ResNet50 has no course weights; only VGG16 and Xception have course weights"
    )


def test_keras_s_folder_is_that_of_its_home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert files.keras_folder() == tmp_path / "models"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", "~/nets")
    assert files.keras_folder() == tmp_path / "nets" / "models"
    monkeypatch.delenv("KERAS_HOME")
    assert files.keras_folder() == tmp_path / ".keras" / "models"


def test_a_file_of_hdf5_is_whole_when_it_opens_and_holds_something(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with h5py.File(tmp_path / "one.h5", "w") as file:
        file["a"] = [1]
    (tmp_path / "no.h5").write_text("no")
    assert [files._is_whole_hdf5(tmp_path / f"{name}.h5") for name in ("empty", "one", "no")] == [
        False,
        True,
        False,
    ]


def test_a_progress_bar_counts_the_pictures(monkeypatch):
    told = []

    class Bar:
        def update(self, count):
            told.append(count)

        def close(self):
            told.append("closed")

    monkeypatch.setattr(model.progress, "bar", lambda *what, **how: told.append((what, how)) or Bar())
    monkeypatch.setattr(model, "someone_is_watching", lambda: "watching")
    monkeypatch.setattr(model.Pretrained, "preprocess", lambda self, images: images.astype(float))
    batches = []

    def answer(x):
        batches.append(x.copy())
        return x.reshape(len(x), -1)[:, :1]

    net = model.Pretrained("VGG16", SimpleNamespace(predict_on_batch=answer), "random", "", False, 2)
    pictures = np.arange(5 * 12).reshape(5, 2, 2, 3)
    found = net.predict(pictures, batch_size=2)
    assert told == [(("VGG16", 5), {"shown": "watching", "unit": " pictures"}), 2, 2, 1, "closed"]
    assert [len(batch) for batch in batches] == [2, 2, 2] and not batches[-1][1].any(), "filled up with zeros"
    assert found.tolist() == [[0.0], [12.0], [24.0], [36.0], [48.0]]


def test_packed_weights_are_scaled_and_the_rest_stays(tmp_path):
    path = tmp_path / "net.npz"
    np.savez(
        path, **{"a/kernel": np.array([[1, -2]], "int8"), "a/kernel.scale": np.array([0.5, 2], "float32")},
        **{"a/bias": np.array([3.0], "float32"), "class_names": np.array(["Pear"]), "about": np.array('{"input_size": 48}')},
    )  # fmt: skip
    found = packed.read(path)
    assert set(found.weights) == {"a/kernel", "a/bias"} and found.weights["a/kernel"].tolist() == [
        [0.5, -4.0]
    ]
    assert found.weights["a/bias"].tolist() == [3.0] and found.weights["a/kernel"].dtype == np.float32
    assert (found.class_names, found.about) == (("Pear",), {"input_size": 48})
    with pytest.raises(FileNotFoundError):
        packed.read(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("names", "lasting"),
    [
        (["conv2d_3", "conv2d", "conv2d_12"], ["conv2d_1", "conv2d", "conv2d_2"]),
        (
            ["batch_normalization_2", "conv2d_9", "x_conv2d_1"],
            ["batch_normalization", "conv2d", "x_conv2d_1"],
        ),
        (["conv2d_1_bn", "my_conv2d"], ["conv2d_1_bn", "my_conv2d"]),
    ],
)
def test_counted_layers_are_counted_anew_in_the_order_they_were_built(names, lasting):
    assert packed.lasting_names(names) == dict(zip(names, lasting, strict=True))


def test_decoding_takes_three_unless_told_otherwise():
    net = model.Pretrained("VGG16", None, "random", "", False, 2, ("a", "b", "c", "d"))
    assert net.decode([[0.1, 0.4, 0.3, 0.2]]) == [[("b", 0.4), ("c", 0.3), ("d", 0.2)]]
    assert "class_names" not in repr(net) and "model" not in repr(net)


def test_finding_a_net_asks_for_both_of_its_files_and_for_its_names(monkeypatch):
    asked = []

    def weights(net, top):
        asked.append((net.name, top))
        return files.WeightsFile(None, f"with top: {top}", True)

    monkeypatch.setattr(loading, "imagenet_weights", weights)
    monkeypatch.setattr(loading, "imagenet_class_names", lambda net: asked.append(net.name))
    assert loading.find("VGG16") == "with top: True"
    assert asked == [("VGG16", False), "VGG16", ("VGG16", True)]
