"""What a person downloaded is found under the names that Kaggle, browsers and systems give it, or refused by name."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from assets_support import FRUITS, fruit_table, left_behind, make_store, make_tar, make_zip, sha256, tree_of

from course_utils.foundation.assets import AssetError

HEADLINES = b'{"headline": "x"}\n' * 900
OTHERS = b"other" * 900
PAGE = "https://example.org/set"


def text_table(name: str = "Set.json", data: bytes = HEADLINES, **changes) -> dict:
    """An asset of one file behind a login."""
    tree = {"files": 1, "bytes": len(data), "sha256": tree_of({name: data})}
    by_hand = {"kind": "manual", "page": PAGE, "files": [{"name": name}]}
    return fruit_table(
        title="A set", include=[name], extras=[], tree=tree, addresses=[by_hand], bundled="", **changes
    )


@pytest.fixture
def store(tmp_path):
    store = make_store(tmp_path, set=text_table())
    (store.cache / "put-here").mkdir(parents=True)
    return store


def put(store, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = store.cache / "put-here" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def refusal(store, name: str = "set") -> str:
    with pytest.raises(AssetError) as caught:
        store.fetch(name)
    message = str(caught.value)
    assert "\n" not in message and PAGE in message and str(store.cache / "put-here") in message
    assert not [one for one in left_behind(store.cache) if not one.startswith("put-here/")]
    return message


ZIPPED = make_zip({"Set.json": HEADLINES, "Set_v2.json": OTHERS})
FOUND = {
    "as it is": {"Set.json": HEADLINES},
    "a second download": {"Set (1).json": HEADLINES},
    "of Firefox": {"Set(1).json": HEADLINES},
    "of Windows": {"Set - Copy.json": HEADLINES},
    "under a name of her own": {"my headlines.json": HEADLINES},
    "Kaggle's archive": {"archive.zip": ZIPPED},
    "a second archive": {"archive (1).zip": ZIPPED},
    "zipped": {"Set.json.zip": ZIPPED},
    "zipped, again": {"Set.json (1).zip": ZIPPED},
    "zipped and numbered": {"Set (1).zip": ZIPPED},
    "with a folder inside": {"archive.zip": make_zip({"Set.json": HEADLINES}, "some/folder")},
    "from a Mac": {"a.zip": make_zip({"__MACOSX/._Set.json": b"junk", "Set.json": HEADLINES})},
    "a tar": {"set.tar.gz": make_tar({"./Set.json": HEADLINES})},
    "unpacked": {"archive/Set.json": HEADLINES, "archive/Set_v2.json": OTHERS},
    "unpacked twice": {"archive/archive/Set.json": HEADLINES},
    "zipped in a folder": {"from kaggle/Set.json.zip": ZIPPED},
    "in capitals": {"ARCHIVE.ZIP": ZIPPED},
    "beside another set's": {"archive.zip": make_zip({"other.csv": OTHERS}), "archive (1).zip": ZIPPED},
    "beside a broken one": {"Set.json": HEADLINES[:500], "Set (1).json": HEADLINES},
    "beside a zip cut short": {"archive.zip": ZIPPED[:300], "Set.json": HEADLINES},
}


@pytest.mark.parametrize("case", FOUND)
def test_a_download_is_found_under_the_name_it_got(store, case):
    put(store, FOUND[case])
    found = store.fetch("set")
    assert found.verified and (found.path / "Set.json").read_bytes() == HEADLINES
    assert {path.name for path in found.path.iterdir()} == {
        "Set.json", ".course-asset.json", ".course-asset.sha256",
    }  # fmt: skip
    assert store.verify("set").status == "whole"
    assert all((store.cache / "put-here" / name).is_file() for name in FOUND[case]), (
        "hers stay where they are"
    )


@pytest.mark.parametrize("name", ["archive.zip", "fruits (1).zip", "fruits", "."])
def test_a_set_of_many_files_is_found_packed_or_unpacked(tmp_path, name):
    by_hand = {"kind": "manual", "page": PAGE, "files": [{"name": "fruits.zip", "strip": "fruits"}]}
    store = make_store(tmp_path, fruits=fruit_table(addresses=[by_hand]))
    if name.endswith("zip"):
        (store.cache / "put-here").mkdir(parents=True)
        put(store, {name: make_zip({**FRUITS, "LICENSE": b"MIT", "notes/x.txt": b"no"}, "fruits-360")})
    else:
        put(store, {f"{name}/{path}": data for path, data in {**FRUITS, "readme.md": b"x"}.items()})
    found = store.fetch("fruits")
    assert found.verified and (found.path / "Test/Banana/9.jpg").read_bytes() == FRUITS["Test/Banana/9.jpg"]


def test_loose_files_are_known_by_a_publishers_digest(tmp_path):
    parts = {"a.h5": b"\x89HDF\r\n" * 99, "b.json": b"{}"}
    files = [
        {"name": name, "to": name, "md5": hashlib.md5(data).hexdigest(), "digest_source": "keras"}
        for name, data in parts.items()
    ]
    table = {key: fruit_table()[key] for key in ("title", "kind", "licence", "citation", "redistribute")}
    store = make_store(
        tmp_path, set=table | {"addresses": [{"kind": "manual", "page": PAGE, "files": files}]}
    )
    put(store, {"a.h5": parts["a.h5"]})
    assert "instead of" in refusal(store)
    put(store, {"b.json": parts["b.json"], "holiday.jpg": b"no"})
    assert store.fetch("set").verified


@pytest.mark.parametrize("name", ["archive.zip", "fruits"])
def test_a_set_that_nobody_has_a_digest_of_needs_consent_and_stays_unverified(tmp_path, name):
    by_hand = {"kind": "manual", "page": PAGE, "unverified": True, "files": [{"name": "fruits.zip"}]}
    table = {key: value for key, value in fruit_table(addresses=[by_hand]).items() if key != "tree"}
    store = make_store(tmp_path, fruits=table)
    if name.endswith("zip"):
        (store.cache / "put-here").mkdir(parents=True)
        put(store, {name: make_zip({**FRUITS, "notes/x.txt": b"no"}, "fruits-360")})
    else:
        put(store, {f"{name}/{path}": data for path, data in {**FRUITS, "notes/x.txt": b"no"}.items()})
    with pytest.raises(AssetError, match="--unverified"):
        store.fetch("fruits")
    found = store.fetch("fruits", unverified=True)
    assert (
        not found.verified and (found.path / "Test/Banana/9.jpg").read_bytes() == FRUITS["Test/Banana/9.jpg"]
    )
    assert not (found.path / "notes").exists() and store.verify("fruits").status == "unverified"
    assert [state.state for state in store.summary()] == ["in the cache, unverified"]


def test_an_empty_folder_says_what_to_download_and_where_to_put_it(store):
    assert "nothing is there yet" in refusal(store)
    shutil.rmtree(store.cache / "put-here")
    assert "nothing is there yet" in refusal(store)
    put(store, {".DS_Store": b"x", "__MACOSX/._a": b"x"})
    assert "nothing is there yet" in refusal(store)


REFUSED = {
    "another set": ({"archive.zip": make_zip({"other.csv": OTHERS})}, ("archive.zip", "nothing of it")),
    "another file": ({"holiday.jpg": b"x"}, ("holiday.jpg", "nothing of it")),
    "another folder": ({"holiday/1.jpg": b"x"}, ("holiday", "nothing of it")),
    "another version": (
        {"Set.json": OTHERS},
        ("Set.json", tree_of({"Set.json": OTHERS})[:12], tree_of({"Set.json": HEADLINES})[:12]),
    ),
    "another version, zipped": (
        {"archive.zip": make_zip({"Set.json": OTHERS})},
        ("archive.zip", tree_of({"Set.json": OTHERS})[:12]),
    ),
    "a web page": ({"Set.json": b"<!DOCTYPE html><html>sign in</html>"}, ("Set.json", "web page")),
    "a web page as a zip": ({"archive.zip": b"<html>sign in</html>"}, ("archive.zip", "web page")),
    "nothing in it": ({"Set.json": b""}, ("Set.json", "empty")),
    "cut short": ({"archive.zip": ZIPPED[:400]}, ("archive.zip", "not a whole archive")),
    "not finished": (
        {"archive.zip.crdownload": ZIPPED[:400]},
        ("archive.zip.crdownload", "still being downloaded"),
    ),
    "points outside": (
        {"archive.zip": make_zip({"Set.json": HEADLINES, "../x": b""})},
        ("archive.zip", "outside"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_it_is_refused_by_name_and_digest(store, case):
    files, words = REFUSED[case]
    put(store, files)
    message = refusal(store)
    for word in words:
        assert word in message
    assert ("nothing is there yet" in message) == (case == "not finished")


def test_two_sets_that_kaggle_calls_alike_lie_side_by_side(tmp_path):
    store = make_store(tmp_path, set=text_table(), other=text_table("Other.json", OTHERS))
    put(store, {"archive.zip": make_zip({"Other.json": OTHERS}), "archive (1).zip": ZIPPED})
    assert (store.fetch("set").path / "Set.json").read_bytes() == HEADLINES
    assert (store.fetch("other").path / "Other.json").read_bytes() == OTHERS
    assert sha256(OTHERS) in (store.folder(store.registry["other"]) / ".course-asset.sha256").read_text()


def test_a_link_in_the_folder_is_not_followed(store, tmp_path):
    (tmp_path / "elsewhere.json").write_bytes(HEADLINES)
    try:
        (store.cache / "put-here" / "Set.json").symlink_to(tmp_path / "elsewhere.json")
    except OSError:
        pytest.skip("no links for this user")
    assert "nothing is there yet" in refusal(store)
