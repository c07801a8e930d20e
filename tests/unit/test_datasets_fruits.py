"""What the fruit sets promise: labels from folders, sequences from file names, arrays of one kind."""

import numpy as np
import pytest
from PIL import Image, features

from course_utils import datasets
from course_utils.datasets import (
    FRUIT_CLASSES,
    DataError,
    Fruits,
    own_photographs,
    pick_per_class,
    picture_files,
    read_image,
)  # fmt: skip
from course_utils.foundation import config


def paint(path, colour=(200, 30, 30), size=(20, 20), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


@pytest.fixture
def fruits(tmp_path):
    for class_name, names in {
        "Plum": ("a2_090", "a2_000", "a10_030"),
        "Lemon": ("10_100", "9_100", "r_9_100", "r2_1_100"),
    }.items():
        for name in names:
            paint(tmp_path / "Training" / class_name / f"{name}.jpg")
    paint(tmp_path / "Test" / "Plum" / "b1_000.jpg")
    paint(tmp_path / "Test" / "Lemon" / "1_100.jpg")
    return Fruits("tiny", tmp_path, "bundled", ("Lemon", "Plum"))


def test_there_are_sixteen_classes_in_alphabetical_order():
    assert len(FRUIT_CLASSES) == 16
    assert list(FRUIT_CLASSES) == sorted(FRUIT_CLASSES)


def test_the_label_is_the_place_of_the_folder_among_the_classes(fruits):
    table = fruits.table("Training")
    assert set(table["class_name"]) == {"Lemon", "Plum"}
    assert all(
        fruits.class_names[label] == name
        for label, name in zip(table["label"], table["class_name"], strict=True)
    )


def test_bundled_names_hold_the_individual_and_the_angle(fruits):
    plums = fruits.table("Training").query("class_name == 'Plum'")
    assert set(zip(plums["individual"], plums["angle"], strict=True)) == {("a2", 90), ("a2", 0), ("a10", 30)}


def test_names_of_fruits_360_hold_the_axis_and_the_frame(fruits):
    lemons = fruits.table("Training").query("class_name == 'Lemon'")
    assert list(zip(lemons["individual"], lemons["angle"], strict=True)) == [
        ("0", 9),
        ("0", 10),
        ("r", 9),
        ("r2", 1),
    ]


def test_neighbouring_rows_are_neighbours_on_the_turntable(fruits):
    table = fruits.table("Training")
    for _, sequence in table.groupby(["class_name", "individual"]):
        assert sequence["angle"].is_monotonic_increasing
        assert np.ptp(sequence.index) == len(sequence) - 1


def test_a_foreign_file_name_is_an_individual_of_its_own(fruits):
    paint(fruits.root / "Test" / "Plum" / "my own plum.jpg")
    assert "my own plum" in set(fruits.table("Test")["individual"])


def test_an_unknown_split_is_named(fruits):
    with pytest.raises(ValueError, match="Training and Test"):
        fruits.table("Validation")


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("bundled", "git checkout -- data/fruits"),
        ("real", "course data fetch fruits-360 --again"),
        ("my own", "course data verify"),
    ],
)
def test_an_empty_folder_says_what_to_type(tmp_path, source, command):
    with pytest.raises(DataError, match=command):
        Fruits("empty", tmp_path, source).table("Test")


@pytest.mark.parametrize("how", ["no folder", "no picture"])
def test_a_class_that_is_missing_is_an_error_and_not_a_table_without_it(fruits, how):
    folder = fruits.root / "Training" / "Plum"
    for path in folder.iterdir():
        path.unlink()
    if how == "no folder":
        folder.rmdir()
    with pytest.raises(DataError, match=r"No pictures of Plum in .*Training\. Type: git checkout"):
        fruits.table("Training")
    assert len(fruits.table("Test")) == 2


def test_images_come_as_bytes_in_the_order_of_the_table(fruits):
    x, y = fruits.images("Training", size=8)
    assert x.shape == (7, 8, 8, 3)
    assert x.dtype == np.uint8
    assert y.dtype == np.int64
    assert list(y) == list(fruits.table("Training")["label"])


def test_a_number_for_each_class_is_the_same_for_the_same_seed(fruits):
    table = fruits.table("Training")
    chosen = pick_per_class(table, 2, seed=1)
    assert list(chosen["class_name"]) == ["Lemon"] * 2 + ["Plum"] * 2
    assert chosen.equals(pick_per_class(table, 2, seed=1))
    assert any(not chosen.equals(pick_per_class(table, 2, seed=seed)) for seed in range(2, 9))


def test_a_class_with_fewer_pictures_gives_all_it_has(fruits):
    assert len(pick_per_class(fruits.table("Training"), 100)) == 7


def test_a_mask_tells_fruit_from_ground(fruits):
    row = fruits.table("Test").iloc[0]
    place = (fruits.root / "masks" / row["path"]).with_suffix(".png")
    place.parent.mkdir(parents=True)
    mask = Image.new("1", (20, 20), 0)
    mask.paste(1, (5, 5, 15, 15))
    mask.save(place)
    found = fruits.mask(row["path"])
    assert found.dtype == bool
    assert found.sum() == 100
    with pytest.raises(DataError, match="no mask"):
        fruits.mask("Test/Plum/other.jpg")


def test_a_wide_picture_is_padded_with_white_not_squeezed(tmp_path):
    image = read_image(paint(tmp_path / "wide.png", (0, 0, 0), (40, 20)), size=20)
    assert image.shape == (20, 20, 3)
    assert image[0].min() == 255
    assert image[10].max() < 10


def test_transparency_becomes_white(tmp_path):
    image = read_image(paint(tmp_path / "clear.png", (10, 20, 30, 0), mode="RGBA"))
    assert np.all(image == 255)


@pytest.mark.parametrize(("mode", "colour"), [("L", 120), ("CMYK", (0, 90, 90, 0)), ("P", 3), ("1", 1)])
def test_every_mode_becomes_rgb(tmp_path, mode, colour):
    suffix = "jpg" if mode in ("L", "CMYK") else "png"
    image = read_image(paint(tmp_path / f"picture.{suffix}", colour, mode=mode), size=10)
    assert image.shape == (10, 10, 3)
    assert image.dtype == np.uint8


def test_sixteen_bits_of_grey_stay_grey(tmp_path):
    grey = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(grey).save(tmp_path / "scan.png")
    image = read_image(tmp_path / "scan.png")
    assert np.array_equal(image[..., 0], grey >> 8) and np.array_equal(image[..., 0], image[..., 2])


@pytest.mark.parametrize("count", [0, -1])
def test_no_pictures_of_a_class_are_refused(fruits, count):
    with pytest.raises(ValueError, match="1 or more; got"):
        fruits.images("Training", per_class=count)


def test_a_photograph_on_its_side_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: what a phone held upright writes
    path = paint(tmp_path / "phone.jpg", size=(40, 20), exif=exif)
    assert read_image(path).shape == (40, 20, 3)


def test_broken_files_are_named_with_what_to_do(tmp_path):
    whole = paint(tmp_path / "whole.jpg", size=(64, 64)).read_bytes()
    for name, content in {
        "half.jpg": whole[: len(whole) // 2],
        "empty.jpg": b"",
        "list.jpg": b"plums, limes",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name} cannot be read as a picture"):
            read_image(tmp_path / name, size=8)


def test_a_picture_that_is_not_there_is_looked_for_and_not_saved_again(tmp_path):
    with pytest.raises(DataError, match=r"no file my lunch\.jpg in .*correct its name") as told:
        read_image(tmp_path / "my lunch.jpg", size=8)
    assert "save it again" not in str(told.value)


def test_a_data_set_nobody_knows_is_answered_with_those_there_are():
    with pytest.raises(DataError, match="studio, market, fruits-360"):
        datasets.load_fruits("vegetables")


def test_missing_bundled_pictures_say_how_to_get_them_back(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    with pytest.raises(DataError, match="git checkout"):
        datasets.load_fruits("studio")


GREY = np.linspace(30, 255, 64 * 64).reshape(64, 64)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("12 bits in 16", (GREY * 16).astype(np.uint16), "12 bits"),
        ("bytes in int32", GREY.astype(np.int32), None),
        ("floats in 0-1", (GREY / 255).astype(np.float32), None),
        ("floats in 0-255", GREY.astype(np.float32), None),
        ("large int32", (GREY * 300_000).astype(np.int32), "stretched"),
        ("floats below 0", (GREY - 100).astype(np.float32), "stretched"),
    ],
)
def test_numbers_of_any_range_are_read_as_bright_as_they_are(tmp_path, caplog, kind, values, said):
    Image.fromarray(values).save(tmp_path / "scan.tif")
    image = read_image(tmp_path / "scan.tif")[..., 0]
    expected = GREY if said != "stretched" else (GREY - GREY.min()) * 255 / np.ptp(GREY)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image, expected, atol=1.01)
    assert (said in caplog.text) if said else not caplog.text


def test_a_photograph_of_200_megapixels_is_read_and_a_bomb_is_not(tmp_path, recwarn):
    half = Image.new("RGB", (16_320, 12_240), (200, 100, 50))
    half.save(tmp_path / "phone.jpg", quality=30)
    image = read_image(tmp_path / "phone.jpg", size=32)
    assert image.shape == (32, 32, 3)
    assert np.abs(image[16, 16].astype(int) - (200, 100, 50)).max() < 8
    jpeg = bytearray((tmp_path / "phone.jpg").read_bytes())
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = (65_000).to_bytes(2, "big") * 2  # the header promises 4,225 megapixels
    (tmp_path / "bomb.jpg").write_bytes(jpeg)
    with pytest.raises(DataError, match="too many pixels"):
        read_image(tmp_path / "bomb.jpg", size=32)
    assert not recwarn.list


def test_a_very_large_photograph_without_a_size_is_reduced(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("course_utils.datasets.pictures._WHOLE_MEGAPIXELS", 0.01)
    path = paint(tmp_path / "large.jpg", size=(240, 160))
    with caplog.at_level("INFO"):
        assert read_image(path).shape == (80, 120, 3)
    assert "240 x 160 pixels read as 120 x 80" in caplog.text


def test_hidden_files_are_left_out_and_named_as_what_they_are(tmp_path):
    plain = paint(tmp_path / "plain.JPG")
    for name in ("._plain.JPG", ".DS_Store", "Thumbs.db", "desktop.ini", ".hidden.png"):
        (tmp_path / name).write_bytes(b"\0\5\x16\7")
        with pytest.raises(DataError, match="hidden file of macOS or Windows") as told:
            read_image(tmp_path / name)
        assert "save it again" not in str(told.value)
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "notes.txt").write_text("plums", encoding="utf-8")
    assert picture_files(tmp_path) == [plain]
    assert picture_files(tmp_path / "nowhere") == []


def test_a_table_leaves_hidden_files_out(tmp_path):
    for name in FRUIT_CLASSES:
        folder = tmp_path / "Training" / name
        folder.mkdir(parents=True)
        paint(folder / "fruit01_0.jpg")
        (folder / "._fruit01_0.jpg").write_bytes(b"\0\5\x16\7")
    paths = list(Fruits("mine", tmp_path, "real").table("Training")["path"])
    assert paths == [f"Training/{name}/fruit01_0.jpg" for name in FRUIT_CLASSES]


def test_own_photographs_leave_out_what_cannot_be_read_and_say_why(tmp_path, caplog):
    for name in ("lemon.jpg", "pear.png", "plum.jpg"):
        paint(tmp_path / name)
    (tmp_path / "notes.jpg").write_text("plums, limes", encoding="utf-8")
    (tmp_path / ".hidden.jpg").write_bytes(b"")
    found = own_photographs(tmp_path, 32, most=3)
    assert list(found) == ["lemon.jpg", "pear.png"], (
        "the third file is the text, and only three are looked at"
    )
    assert all(picture.shape == (32, 32, 3) and picture.dtype == np.uint8 for picture in found.values())
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        "notes.jpg cannot be read as a picture"
    ]


def test_a_folder_without_a_picture_is_named_and_one_that_is_not_there_is_not(tmp_path, caplog):
    assert own_photographs(tmp_path / "my-photos", 32) == {} and not caplog.records
    (tmp_path / "my-photos").mkdir()
    (tmp_path / "my-photos" / "readme.txt").write_text("put pictures here", encoding="utf-8")
    assert own_photographs(tmp_path / "my-photos", 32) == {}
    (record,) = caplog.records
    assert "There is no picture in" in record.getMessage() and "my-photos" in record.getMessage()


def test_an_iphones_picture_is_told_to_be_exported(tmp_path):
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(DataError, match="HEIC picture.*Export it as JPEG"):
        read_image(tmp_path / "IMG_1.HEIC")


def test_an_avif_picture_is_read_where_pillow_can(tmp_path):
    if not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    assert read_image(paint(tmp_path / "web.avif")).ndim == 3


def test_a_folder_in_place_of_a_file_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be read as a picture"):
        read_image(tmp_path)


@pytest.fixture
def boxed(fruits):
    (fruits.root / "boxes.csv").write_text(
        "split,class_name,file,left,top,right,bottom\nTest,Lemon,1_100.jpg,1,2,9,9\nTraining,Plum,a2_000.jpg,0,0,5,5\n"
    )
    (fruits.root / "fruits_in_view.csv").write_text(
        "split,class_name,file,fruit,left,top,right,bottom,seen\n"
        "Test,Lemon,1_100.jpg,Lemon,1,2,9,9,0.98\nTest,Lemon,1_100.jpg,Plum,0,0,3,3,0.4\n"
    )
    return fruits


def test_a_picture_has_a_box_around_its_own_fruit(boxed):
    (row,) = boxed.boxes("Test").to_dict("records")
    assert row == {
        "path": "Test/Lemon/1_100.jpg", "class_name": "Lemon", "fruit": "Lemon",
        "left": 1, "top": 2, "right": 9, "bottom": 9,
    }  # fmt: skip


def test_every_fruit_in_view_has_a_box_with_its_own_name(boxed):
    boxes = boxed.boxes("Test", every_fruit=True)
    assert list(boxes["fruit"]) == ["Lemon", "Plum"]
    assert set(boxes["class_name"]) == {"Lemon"} and list(boxes["seen"]) == [0.98, 0.4]


def test_a_set_without_boxes_says_which_has_them(fruits):
    with pytest.raises(DataError, match="they come with market"):
        fruits.boxes("Test")


def test_the_market_of_the_course_has_boxes_for_the_pictures_of_its_table():
    market = datasets.load_fruits("market")
    assert list(market.boxes("Test")["path"]) == list(market.table("Test")["path"])
    everything = market.boxes("Training", every_fruit=True)
    assert set(everything["path"]) == set(market.table("Training")["path"])


def test_pictures_of_one_camera_have_one_number():
    market = datasets.load_fruits("market")
    paths = market.table("Test")["path"]
    cameras = market.cameras(paths)
    assert len(cameras) == len(paths) and 12 <= len(set(cameras)) <= 24
    assert not set(market.cameras(paths[:0]))


def test_another_set_than_market_does_not_tell_its_cameras(fruits):
    with pytest.raises(DataError, match="market does"):
        fruits.cameras(["Test/Plum/a2_000.jpg"])
