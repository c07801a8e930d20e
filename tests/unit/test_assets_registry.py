"""The registry of the course is complete, and a wrong one is refused with the name of the entry."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from assets_support import FRUITS, fruit_table, sha256, toml, tree_of, web_address, write_registry

from course_utils.foundation import assets, config
from course_utils.foundation.assets import RegistryError, load_registry
from course_utils.foundation.assets.digests import listing, parse_listing, tree_digest

NO_DIGEST = {
    "fruit-boxes",
    "penn-fudan",
}  # their publishers give none, and no copy was at hand to take it from
CLASSES = (
    "Apricot Avocado Banana Clementine Cocos Kiwi Lemon Limes Mandarine Orange Peach Pineapple Plum "
    "Pomegranate Raspberry Strawberry"
).split()


@pytest.fixture(scope="module")
def registry():
    return load_registry(config.repository_root() / "data" / "registry.toml")


# The course's own


def test_every_asset_has_what_a_learner_and_a_lawyer_ask_for(registry):
    assert list(registry.assets)[0] == "fruits-360"
    for asset in registry:
        for value in (asset.title, asset.kind, asset.licence, asset.citation, asset.note):
            assert value, asset.name
        assert asset.addresses and (asset.size > 0 or asset.name in NO_DIGEST)
        can_be_verified = bool(asset.accepted_digests())
        assert can_be_verified != (asset.name in NO_DIGEST), f"{asset.name} can never be verified"


def test_notebooks_name_only_registered_data(registry):
    for notebook in config.course()["notebooks"].values():
        assert set(notebook.get("data", ())) <= set(registry.assets)


def test_no_two_addresses_keep_different_files_under_one_name(registry):
    files = [file for asset in registry for address in asset.addresses for file in address.files
             if address.kind in ("mirror", "http")]  # fmt: skip
    for name in {file.name.lower() for file in files}:
        same = [file for file in files if file.name.lower() == name]
        assert len({file.name for file in same}) == 1
        if len(same) > 1:  # one file for several: it must be the same one, by size and by each kind of digest
            assert len({file.bytes for file in same}) == 1 and all(file.digest for file in same), name
            digests = {(file.algorithm, file.digest) for file in same}
            assert len(digests) == len({algorithm for algorithm, _ in digests}), name


def test_an_address_counts_as_verified_only_if_every_file_has_the_courses_or_a_publishers_digest(registry):
    for asset in registry:
        for address in asset.addresses:
            if address.kind == "mirror":
                assert not address.unverified
                for file in address.files:
                    assert file.algorithm == "sha256" or file.digest_source.startswith("keras.applications.")
            if address.kind == "http":
                assert address.unverified or all(file.digest for file in address.files)


def test_foreign_digests_name_their_source(registry):
    for asset in registry:
        for address in asset.addresses:
            for file in address.files:
                assert not (address.kind == "http" and file.digest) or file.digest_source, file.name


def test_fruits_360_comes_from_two_repositories_that_make_all_sixteen_classes(registry):
    asset = registry["fruits-360"]
    (git,) = [address for address in asset.addresses if address.kind == "git"]
    whole, peach = git.parts
    assert (whole.repository, whole.commit, whole.folder) == (
        "https://github.com/codecentric/codecentric.AI-bootcamp",
        "b6edbf6b450718bb001aad941266daf3c17ed84e",
        "data/fruits-360",
    )
    assert (peach.repository, peach.commit, peach.folder, peach.into) == (
        "https://github.com/aparande/Fruit-Classification",
        "6d0ccbf9bc672a114cefba4b57edee880ce4b741",
        "fruits-360/Test/Peach",
        "Test/Peach",
    )
    folders = {*whole.only, peach.into}
    assert folders == {f"{split}/{name}" for split in ("Training", "Test") for name in CLASSES}
    assert asset.tree.files == 7709 + 2592


def test_what_may_not_be_passed_on_is_marked(registry):
    assert {asset.name for asset in registry if not asset.redistribute} == {
        "imdb",
        "mr",
        "multi30k",
        "womens-clothing",
        "sarcasm",
        "ag-news",
        "ag-news-train",
        "stackoverflow",
        "sent-conv",
        "fruit-boxes",
        "penn-fudan",
        "film-road",
    }


def test_official_addresses_without_a_published_digest_need_consent(registry):
    official = {
        "imdb": "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        "mr": "https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz",
    }
    for name, url in official.items():
        (address,) = [address for address in registry[name].addresses if address.kind == "http"]
        assert address.unverified and [file.url for file in address.files] == [url]


def test_a_set_without_any_digest_needs_consent_for_each_of_its_addresses(registry):
    for name in NO_DIGEST:
        assert registry[name].addresses and all(address.unverified for address in registry[name].addresses)
        assert "digest" in registry[name].note and not registry[name].redistribute


def test_the_mirrors_mobilenet_is_labelled_and_kerass_own_is_unverified(registry):
    mirror, keras = registry["mobilenetv2-imagenet"].addresses
    assert mirror.label == "converted from 8-bit"
    assert keras.unverified and keras.label == "Keras's own"
    assert [file.to for file in mirror.files] == [file.to for file in keras.files]


def test_official_names_and_the_hash_of_the_class_names_are_those_in_keras(registry):
    spec = importlib.util.find_spec("keras")
    if not spec:
        pytest.skip("keras is not installed")
    folder = Path(spec.origin).parent / "src" / "applications"
    network = (folder / "mobilenet_v2.py").read_text(encoding="utf-8")
    classes = (folder / "imagenet_utils.py").read_text(encoding="utf-8")
    (keras,) = [a for a in registry["mobilenetv2-imagenet"].addresses if a.unverified]
    full, no_top, names = keras.files
    assert full.url.removesuffix(full.to).rstrip("/") + "/" in network.replace('"\n    "', "")
    assert full.to == "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
    assert no_top.to == full.to.replace(".h5", "_no_top.h5")
    assert (names.algorithm, names.digest) == ("md5", "c2c37ea517e94d9795004a39431a14cb")
    assert names.digest in classes and names.to in classes and "imagenet_utils" in names.digest_source


def test_sets_behind_a_login_can_be_put_in_place_by_hand(registry):
    for name in ("womens-clothing", "sarcasm", "fruit-boxes"):
        (by_hand,) = [address for address in registry[name].addresses if address.kind == "manual"]
        assert by_hand.page.startswith("https://www.kaggle.com/")


def test_a_broken_registry_does_not_stop_a_notebook(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "load_registry", lambda _: load_registry(tmp_path / "missing.toml"))
    found = assets.resolve("fruits-360")
    assert (found.path, found.origin) == (None, "bundled") and "can't be read" in found.message


# Digests


def test_a_tree_digest_is_what_sha256sum_makes_of_the_files(tmp_path):
    digests = {path: sha256(data) for path, data in FRUITS.items()}
    text = "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))
    assert tree_of(FRUITS) == hashlib.sha256(text.encode()).hexdigest()
    assert tree_digest(dict(reversed(digests.items()))) == tree_of(FRUITS)
    assert parse_listing(listing(digests)) == digests
    if not (shutil.which("sha256sum") and shutil.which("xargs")):
        return
    for path, data in FRUITS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    command = "find . -type f | cut -c3- | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"
    answer = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.split()[0] == tree_of(FRUITS)


@pytest.mark.parametrize("change", ["content", "name", "one more", "one less"])
def test_a_tree_digest_notices_every_change(change):
    files = dict(FRUITS)
    if change == "content":
        files["Training/Kiwi/1.jpg"] += b"!"
    elif change == "name":
        files["Training/Kiwi/2.jpg"] = files.pop("Training/Kiwi/1.jpg")
    elif change == "one more":
        files["Training/Kiwi/2.jpg"] = b""
    else:
        del files["Training/Kiwi/1.jpg"]
    assert tree_of(files) != tree_of(FRUITS)


# Wrong registries

FILE = {"name": "fruits.zip", "bytes": 1, "sha256": "0" * 64}
WRONG = {
    "unknown field": (fruit_table(colour="red"), "colour"),
    "missing field": ({k: v for k, v in fruit_table().items() if k != "licence"}, "licence"),
    "no address": (fruit_table(addresses=[]), "no address"),
    "unknown kind": (fruit_table(addresses=[{"kind": "ftp", "files": [FILE]}]), "ftp"),
    "no files": (fruit_table(addresses=[{"kind": "http"}]), "nothing to fetch"),
    "no parts": (fruit_table(addresses=[{"kind": "git"}]), "nothing to fetch"),
    "unknown field of a part": (
        fruit_table(addresses=[{"kind": "git", "parts": [{"branch": "main"}]}]),
        "branch",
    ),
    "no digest": (
        fruit_table(addresses=[{"kind": "mirror", "files": [{"name": "a.zip", "bytes": 1}]}]),
        "digest",
    ),
    "no size": (
        fruit_table(addresses=[{"kind": "mirror", "files": [{"name": "a.zip", "sha256": "0" * 64}]}]),
        "bytes",
    ),
    "short digest": (fruit_table(addresses=[{"kind": "mirror", "files": [FILE | {"sha256": "abc"}]}]), "64"),
    "no web address": (fruit_table(addresses=[web_address("file:///etc/passwd")]), "http"),
    "name outside": (
        fruit_table(addresses=[{"kind": "mirror", "files": [FILE | {"name": "../a.zip"}]}]),
        "relative",
    ),
    "target outside": (
        fruit_table(addresses=[{"kind": "mirror", "files": [FILE | {"to": "/a"}]}]),
        "relative",
    ),
    "a digest of nobody's": (
        {k: v for k, v in fruit_table().items() if k != "tree"}
        | {
            "addresses": [
                {"kind": "mirror", "files": [{"name": "a.h5", "to": "a.h5", "bytes": 1, "md5": "0" * 32}]}
            ]
        },
        "digest_source",
    ),
    "no tree": ({k: v for k, v in fruit_table().items() if k != "tree"}, "tree"),
    "no tree for one of two": (
        {k: v for k, v in fruit_table().items() if k != "tree"}
        | {"addresses": [fruit_table()["addresses"][0], web_address("http://a") | {"unverified": True}]},
        "tree",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_entry_is_refused_by_name(tmp_path, case):
    table, word = WRONG[case]
    with pytest.raises(RegistryError, match=word) as caught:
        load_registry(write_registry(tmp_path / "registry.toml", fruits=table))
    assert "fruits" in str(caught.value)


def test_a_name_that_is_no_folder_name_is_refused(tmp_path):
    (tmp_path / "registry.toml").write_text(f'[assets]\n"../x" = {toml(fruit_table())}\n', encoding="utf-8")
    with pytest.raises(RegistryError):
        load_registry(tmp_path / "registry.toml")
