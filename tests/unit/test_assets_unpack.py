"""Archives can't leave their folder, on any operating system, and can't fill the disk."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from assets_support import FRUITS, fruit_table, left_behind, make_store, make_tar, make_zip, sha256, tree_of

from course_utils.foundation.assets import AssetError
from course_utils.foundation.assets.unpack import UnsafeArchive, check_name

OUTSIDE = [
    "../evil.txt",
    "Training/../../evil.txt",
    "/etc/evil.txt",
    "C:/evil.txt",
    "C:evil.txt",
    "..\\evil.txt",
    "Training\\..\\..\\evil.txt",
    "\\\\server\\share\\evil.txt",
    "Training//evil.txt",
    "Training/./evil.txt",
    "Training/1.jpg:hidden",
    "Training/nul.txt",
    "Training/COM1",
    "Training/evil. ",
    "Training/evil.",
    "Training/line\nbreak",
    "Training/zero\0byte",
    "",
]


def refused(tmp_path: Path, archive: bytes, name: str) -> str:
    """Fetch this archive from a mirror folder; it must be refused without a trace."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / name).write_bytes(archive)
    file = {"name": name, "bytes": len(archive), "sha256": sha256(archive)}
    table = fruit_table(addresses=[{"kind": "mirror", "files": [file]}], include=["*"], extras=[])
    store = make_store(tmp_path, str(mirror), fruits=table)
    with pytest.raises(AssetError) as caught:
        store.fetch("fruits")
    assert "\n" not in str(caught.value)
    assert left_behind(store.cache) == []
    assert not list(tmp_path.rglob("evil*")) and not Path("/etc/evil.txt").exists()
    return str(caught.value)


@pytest.mark.parametrize("device", ["con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9"])
@pytest.mark.parametrize("written", ["{}", "{}.jpg", "Training/{}.tar.gz", "{}/1.jpg"])
def test_the_names_of_windows_devices_are_refused(device, written):
    for name in (device, device.upper()):
        with pytest.raises(UnsafeArchive, match="a name that Windows can't store"):
            check_name(written.format(name))


@pytest.mark.parametrize("name", ["console.txt", "com10", "lpt", "nulls/1.jpg", "1.con"])
def test_names_that_only_look_like_a_device_are_not(name):
    check_name(name)


def zip_with(info: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(info, data, zipfile.ZIP_DEFLATED, 1)
    return buffer.getvalue()


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize("name", OUTSIDE, ids=repr)
def test_a_name_that_means_another_place_somewhere_is_refused(name):
    with pytest.raises(UnsafeArchive):
        check_name(name)


@pytest.mark.parametrize("name", ["Training/Banana/1.jpg", "a b (c)/é.txt", ".hidden/file", "console.txt"])
def test_ordinary_names_are_accepted(name):
    check_name(name)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "C:/evil.txt", "..\\evil.txt"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_that_points_outside_leaves_nothing(tmp_path, kind, name):
    if kind == "zip":
        message = refused(tmp_path, zip_with(zipfile.ZipInfo(name)), "fruits.zip")
    else:
        message = refused(tmp_path, make_tar({"Training/ok.jpg": b"ok", name: b"x"}), "fruits.tar.gz")
    assert "points outside its folder" in message


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_folder_entry_that_points_outside_is_refused_too(tmp_path, kind):
    if kind == "zip":
        message = refused(tmp_path, zip_with(zipfile.ZipInfo("../evil-folder/"), b""), "fruits.zip")
    else:
        archive = make_tar({}, member("../evil-folder", tarfile.DIRTYPE))
        message = refused(tmp_path, archive, "fruits.tar.gz")
    assert "outside" in message


def test_a_name_that_ends_for_some_programs_and_not_for_others_is_refused(tmp_path):
    """zipfile itself cuts a name at a zero byte, and would show 1.jpg."""
    archive = zip_with(zipfile.ZipInfo("Training/1.jpg#evil.exe")).replace(b"1.jpg#", b"1.jpg\0")
    assert "outside" in refused(tmp_path, archive, "fruits.zip")


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.GNUTYPE_SPARSE,
    ],
    ids=["symbolic link", "hard link", "character device", "block device", "pipe", "file with holes"],
)
def test_a_tar_with_anything_but_files_and_folders_is_refused(tmp_path, kind):
    archive = make_tar({"Training/ok.jpg": b"ok"}, member("Training/evil", kind, "../../outside"))
    assert "link or a device" in refused(tmp_path, archive, "fruits.tar.gz")


def test_a_zip_with_a_symbolic_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("Training/evil")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "link or a device" in refused(tmp_path, zip_with(info, b"/etc/passwd"), "fruits.zip")


def test_a_name_that_comes_twice_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("Training/1.jpg", b"one")
        archive.writestr("Training/1.jpg", b"two")
    assert "twice" in refused(tmp_path, buffer.getvalue(), "fruits.zip")


@pytest.mark.parametrize(
    "names", [("Training/x", "Training/x/y/1.jpg"), ("Training/x/y/1.jpg", "Training/x")]
)
@pytest.mark.parametrize("name", ["fruits.zip", "fruits.tar.gz"])
def test_a_name_that_is_a_file_and_a_folder_is_the_archives_fault(tmp_path, name, names):
    files = dict.fromkeys(names, b"x")
    message = refused(tmp_path, make_zip(files) if name.endswith("zip") else make_tar(files), name)
    assert "folder" in message and "archive holds" in message and "COURSE_CACHE" not in message


def test_a_small_archive_of_a_huge_file_is_refused_before_it_is_unpacked(tmp_path):
    bomb = zip_with(zipfile.ZipInfo("Training/evil.jpg"), bytes(66 << 20))
    assert len(bomb) < 1 << 20
    assert "far more than it should" in refused(tmp_path, bomb, "fruits.zip")


def test_an_archive_of_very_many_files_is_refused(tmp_path):
    many = make_zip({f"Training/evil-{number}": b"" for number in range(1100)})
    assert "far more than it should" in refused(tmp_path, many, "fruits.zip")


@pytest.mark.parametrize("name", ["fruits.zip", "fruits.tar.gz"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, name):
    assert "is not a whole" in refused(tmp_path, b"PK\x03\x04 not really" * 50, name)


def test_an_archive_cut_short_is_refused(tmp_path):
    whole = make_tar({f"Training/{number}.jpg": bytes(range(256)) * 40 for number in range(20)})
    assert "is not a whole" in refused(tmp_path, whole[: len(whole) // 2], "fruits.tar.gz")


def test_an_encrypted_archive_is_refused(tmp_path):
    archive = bytearray(make_zip({"Training/1.jpg": b"secret"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.index(signature) + offset] |= 1
    assert "encrypted" in refused(tmp_path, bytes(archive), "fruits.zip")


@pytest.mark.parametrize("name", ["fruits.zip", "fruits.tar.gz"])
def test_only_what_belongs_to_the_asset_is_unpacked(tmp_path, name):
    files = {f"top/{path}": data for path, data in {**FRUITS, "LICENSE": b"MIT", "junk/._x": b"junk"}.items()}
    files["Training/beside-the-top.jpg"] = b"stray"
    archive = make_zip(files) if name.endswith("zip") else make_tar(files)
    (tmp_path / name).write_bytes(archive)
    file = {"name": name, "strip": "top", "bytes": len(archive), "sha256": sha256(archive)}
    store = make_store(
        tmp_path, str(tmp_path), fruits=fruit_table(addresses=[{"kind": "mirror", "files": [file]}])
    )
    folder = store.fetch("fruits").path
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {*FRUITS, "LICENSE", ".course-asset.json", ".course-asset.sha256"}
    assert tree_of(FRUITS) == store.registry["fruits"].tree.sha256
