"""Weights of pretrained nets: official names and hashes, the order of the places, and nothing damaged is used."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from pathlib import Path

import pytest
from assets_support import Behaviour, FaultyServer, good, make_store, running

from course_utils import pretrained
from course_utils.foundation import assets, config
from course_utils.pretrained import NETS
from course_utils.pretrained.files import imagenet_class_names, imagenet_weights

# What Keras 3 itself compares its downloads with: the whole net, and the net without its top.
OFFICIAL = {
    "VGG16": ("vgg16", "64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    "Xception": ("xception", "0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97"),
    "ResNet50": ("resnet", "2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "InceptionV3": ("inception_v3", "9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"),
}
INDEX_MD5 = "c2c37ea517e94d9795004a39431a14cb"


def keras_source(module: str) -> str:
    """The text of a module of keras.applications, with strings joined that are broken over lines."""
    spec = importlib.util.find_spec("keras")
    if not spec:
        pytest.skip("keras is not installed")
    path = Path(spec.origin).parent / "src" / "applications" / f"{module}.py"
    return re.sub(r'"\s+"', "", path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def registry():
    return assets.load_registry(config.repository_root() / "data" / "registry.toml")


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_files_are_registered_with_kerass_own_hashes(registry, name):
    module, *hashes = OFFICIAL[name]
    net = NETS[name]
    mirror, keras = registry[net.asset].addresses
    assert (mirror.kind, keras.kind, keras.unverified) == ("mirror", "http", False)
    for address in (mirror, keras):
        assert [file.to for file in address.files] == [
            net.whole,
            net.without_top,
            "imagenet_class_index.json",
        ]
        assert [file.digest for file in address.files] == [*hashes, INDEX_MD5]
        assert [file.digest_source for file in address.files] == [
            f"keras.applications.{module}", f"keras.applications.{module}", "keras.applications.imagenet_utils",
        ]  # fmt: skip
        assert all(file.algorithm == "md5" and file.bytes for file in address.files)
        assert [file.name for file in address.files] == [f"models/{file.to}" for file in address.files]


@pytest.mark.parametrize("name", OFFICIAL)
def test_names_addresses_and_hashes_are_those_in_kerass_source(registry, name):
    module, whole_hash, without_top_hash = OFFICIAL[name]
    source = keras_source(module)
    # Keras names the whole net first, in each of its modules.
    assert 0 < source.index(whole_hash) < source.index(without_top_hash)
    *nets, index = registry[NETS[name].asset].addresses[1].files
    for file in nets:
        folder = file.url.removesuffix(file.to)
        assert file.url in source or (folder in source and "_weights_tf_dim_ordering_tf_kernels" in source)
    names = keras_source("imagenet_utils")
    assert index.url in names and INDEX_MD5 in names


def test_every_net_has_its_weights_in_the_registry(registry):
    for net in NETS.values():
        named = {file.to for address in registry[net.asset].addresses for file in address.files}
        assert named == {net.whole, net.without_top, "imagenet_class_index.json"}
        assert registry[net.asset].kind == "weights" and registry[net.asset].redistribute
    bundled = {net.name: registry[net.asset].bundled for net in NETS.values() if registry[net.asset].bundled}
    assert bundled == {"VGG16": "data/weights/VGG16.npz", "Xception": "data/weights/Xception.npz"}


# Where the weights come from: a registry and files of the tests' own

VGG16 = NETS["VGG16"]
CLASSES = json.dumps({"0": ["n01440764", "tench"], "1": ["n02124075", "Egyptian_cat"]}).encode()
FILES = {
    VGG16.whole: b"\x89HDF\r\n whole" * 50,
    VGG16.without_top: b"\x89HDF\r\n without top" * 30,
    "imagenet_class_index.json": CLASSES,
}


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def listed(name: str, digests: bool = True, **more: str) -> dict:
    file = {"name": f"models/{name}", "to": name, **more}
    if digests:
        file |= {"bytes": len(FILES[name]), "md5": md5(FILES[name]), "digest_source": "the tests"}
    return file


class Room:
    """A learner's machine in a folder: the mirror, Keras's folder, the cache, and the publisher's server."""

    def __init__(self, folder: Path, server: FaultyServer) -> None:
        self.mirror, self.keras = folder / "mirror", folder / "keras" / "models"
        self.keras.mkdir(parents=True)
        self.server, self.folder = server, folder
        for name, data in FILES.items():
            server.answers(f"/{name}", good(data))
        self.store = self.store_with()

    def store_with(self, published: bool = True) -> assets.Store:
        """`published`: the publisher gives digests."""
        http = {
            "kind": "http",
            "files": [listed(name, published, url=f"{self.server.address}/{name}") for name in FILES],
        }
        if not published:
            http["unverified"] = True
            http["files"] = [{**file, "name": f"upstream/{file['to']}"} for file in http["files"]]
        table = {
            "title": "VGG16, ImageNet weights", "kind": "weights", "licence": "CC0", "citation": "the tests",
            "redistribute": True, "addresses": [{"kind": "mirror", "files": [listed(n) for n in FILES]}, http],
        }  # fmt: skip
        self.store = make_store(self.folder, str(self.mirror), **{"vgg16-imagenet": table})
        return self.store

    def fill_mirror(self) -> None:
        (self.mirror / "models").mkdir(parents=True)
        for name, data in FILES.items():
            (self.mirror / "models" / name).write_bytes(data)

    @property
    def cached(self) -> Path:
        return self.store.cache / "data" / "vgg16-imagenet" / VGG16.without_top


@pytest.fixture
def room(tmp_path, monkeypatch):
    with running(FaultyServer()) as server:
        room = Room(tmp_path, server)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
        monkeypatch.setattr(assets, "default_store", lambda: room.store)
        yield room


def test_the_mirror_fills_the_cache_and_the_cache_then_suffices(room):
    room.fill_mirror()
    found = imagenet_weights(VGG16, top=False)
    assert found.path.read_bytes() == FILES[VGG16.without_top]
    assert found.verified and "from the mirror" in found.source
    room.store.mirror = None
    again = imagenet_weights(VGG16, top=True)
    assert again.path.read_bytes() == FILES[VGG16.whole] and "in the cache" in again.source
    assert room.store.verify("vgg16-imagenet").status == "whole"


def test_a_notebook_never_asks_the_publisher_and_names_the_command_that_does(room):
    with pytest.raises(assets.AssetError) as caught:
        imagenet_weights(VGG16, top=False)
    assert caught.value.command == "course data fetch vgg16-imagenet"
    assert room.server.requests == []


def test_asked_for_the_download_it_comes_from_the_publisher_and_counts_as_verified(room):
    found = imagenet_weights(VGG16, top=False, download=True)
    assert found.path.read_bytes() == FILES[VGG16.without_top] and found.verified
    assert room.server.address in found.source
    assert len(room.server.requests) == len(FILES)


def test_what_was_fetched_from_the_publisher_can_be_served_to_a_class(room):
    imagenet_weights(VGG16, top=False, download=True)
    served = room.store.cache / "files"
    assert sorted(path.relative_to(served).as_posix() for path in served.rglob("*.*")) == sorted(
        f"models/{name}" for name in FILES
    )


def test_a_truncated_copy_is_fetched_again_and_not_used(room, caplog):
    room.fill_mirror()
    imagenet_weights(VGG16, top=False)
    with room.cached.open("r+b") as file:
        file.truncate(100)
    found = imagenet_weights(VGG16, top=False)
    assert found.path.read_bytes() == FILES[VGG16.without_top]
    assert "damaged" in caplog.text


def test_a_changed_copy_is_not_used_even_if_nothing_can_replace_it(room):
    room.fill_mirror()
    imagenet_weights(VGG16, top=False)
    room.store.mirror = None
    data = bytearray(FILES[VGG16.without_top])
    data[200] ^= 1
    room.cached.write_bytes(data)
    with pytest.raises(assets.AssetError, match="damaged") as caught:
        imagenet_weights(VGG16, top=False)
    assert caught.value.command == "course data fetch vgg16-imagenet --again"
    assert (
        imagenet_weights(VGG16, top=True).path.read_bytes() == FILES[VGG16.whole]
    )  # the other file is whole
    assert imagenet_weights(VGG16, top=False, download=True).path.read_bytes() == FILES[VGG16.without_top]


def test_a_damaged_copy_that_never_had_a_digest_is_fetched_anew(room):
    room.store_with(published=False)
    room.store.mirror = None
    room.store.fetch("vgg16-imagenet", unverified=True)
    room.cached.write_bytes(b"\x89HDF other")
    room.store.fetch("vgg16-imagenet", unverified=True, again=True)
    assert room.cached.read_bytes() == FILES[VGG16.without_top]


def test_a_wrong_file_on_the_mirror_is_refused(room):
    room.fill_mirror()
    (room.mirror / "models" / VGG16.without_top).write_bytes(FILES[VGG16.whole])
    with pytest.raises(assets.AssetError, match="bytes"):
        imagenet_weights(VGG16, top=False)


def test_a_file_that_arrived_whole_is_kept_when_the_next_one_fails(room):
    room.server.answers(f"/{VGG16.without_top}", Behaviour(b"", 404))
    with pytest.raises(assets.AssetError, match="404|has no"):
        imagenet_weights(VGG16, top=False, download=True)
    room.server.answers(f"/{VGG16.without_top}", good(FILES[VGG16.without_top]))
    imagenet_weights(VGG16, top=False, download=True)
    assert [path for path, _ in room.server.requests].count(f"/{VGG16.whole}") == 1


def test_kerass_own_folder_is_read_before_the_mirror_and_never_written(room):
    room.fill_mirror()
    (room.keras / VGG16.without_top).write_bytes(FILES[VGG16.without_top])
    before = {path: path.stat().st_mtime_ns for path in room.keras.parent.rglob("*")}
    found = imagenet_weights(VGG16, top=False)
    assert found.path == room.keras / VGG16.without_top and found.verified
    assert str(room.keras) in found.source
    assert {path: path.stat().st_mtime_ns for path in room.keras.parent.rglob("*")} == before


def test_a_wrong_file_in_kerass_folder_is_left_alone_and_not_used(room, caplog):
    room.fill_mirror()
    (room.keras / VGG16.without_top).write_bytes(FILES[VGG16.without_top][:-1])
    found = imagenet_weights(VGG16, top=False)
    assert "from the mirror" in found.source and "left alone" in caplog.text
    assert (room.keras / VGG16.without_top).read_bytes() == FILES[VGG16.without_top][:-1]


def test_without_a_published_digest_a_whole_file_of_keras_is_used_and_called_unverified(room):
    h5py = pytest.importorskip("h5py")
    room.store_with(published=False)
    path = room.keras / VGG16.without_top
    with h5py.File(path, "w") as file:
        file["layer/kernel"] = range(1000)
    found = imagenet_weights(VGG16, top=False)
    assert found.path == path and not found.verified and "unverified" in found.source
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(assets.AssetError):
        imagenet_weights(VGG16, top=False)


def test_class_names_are_words_and_come_from_the_cache_or_from_kerass_folder(room):
    (room.keras / "imagenet_class_index.json").write_bytes(CLASSES)
    assert imagenet_class_names(VGG16) == ("tench", "Egyptian cat")
    (room.keras / "imagenet_class_index.json").write_bytes(CLASSES.replace(b"tench", b"trout"))
    with pytest.raises(assets.AssetError, match="vgg16-imagenet"):
        imagenet_class_names(VGG16)
    room.fill_mirror()
    assert imagenet_class_names(VGG16) == ("tench", "Egyptian cat")


def test_a_session_learns_where_the_weights_are_before_any_framework_is_loaded(room):
    with pytest.raises(assets.AssetError, match="vgg16-imagenet"):
        pretrained.find("VGG16")
    room.fill_mirror()
    assert "in the cache" in pretrained.find("VGG16")  # where the first question brought it
    with pytest.raises(ValueError, match="VGG16"):
        pretrained.find("vgg")


def test_half_of_the_files_in_kerass_folder_are_not_enough(room):
    for name in (VGG16.without_top, "imagenet_class_index.json"):
        (room.keras / name).write_bytes(FILES[name])
    with pytest.raises(assets.AssetError):
        pretrained.find("VGG16")
    (room.keras / VGG16.whole).write_bytes(FILES[VGG16.whole])
    assert str(room.keras) in pretrained.find("VGG16")
