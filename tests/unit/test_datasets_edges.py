"""Edges of the readers of sets: where one more or one less makes a difference, and what is asked of other parts."""

import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from course_utils.datasets import (
    clips,
    common,
    fruits,
    headlines,
    names,
    pictures,
    reviews,
    sentences,
    topics,
)
from course_utils.foundation import assets


def found_at(monkeypatch, path, origin="cache"):
    """Every asset is at `path`, or nowhere."""
    asked = []
    answer = SimpleNamespace(path=path, origin=origin, message="nobody fetched it")
    monkeypatch.setattr(assets, "resolve", lambda name: asked.append(name) or answer)
    return asked


# ------------------------------------------------------------------------------------------- fruits


@pytest.mark.parametrize(
    ("stem", "parsed"),
    [
        ("kiwi12_340", ("kiwi12", 340)),
        ("r2_15_100", ("r2", 15)),
        ("r_15_100", ("r", 15)),
        ("7_100", ("0", 7)),
        ("kiwi_3", ("kiwi_3", 0)),
    ]
    + [("Kiwi1_3", ("Kiwi1_3", 0)), ("r2_15_99", ("r2_15_99", 0)), ("x7_100", ("x7", 100))],
)
def test_the_name_of_a_file_tells_its_fruit_and_its_angle(stem, parsed):
    assert fruits._parse_name(stem) == parsed


@pytest.mark.parametrize("inside", ["", "fruits-360"])
def test_real_fruits_lie_in_their_folder_or_one_below(monkeypatch, tmp_path, inside):
    (tmp_path / inside / "Training").mkdir(parents=True)
    asked = found_at(monkeypatch, tmp_path)
    for which in ("real", "fruits-360"):
        one = fruits.load_fruits(which)
        assert (one.name, one.root, one.source) == ("fruits-360", tmp_path / inside, "real")
    assert asked == ["fruits-360"] * 2
    found_at(monkeypatch, None, "bundled")
    with pytest.raises(common.DataError, match=r"course data fetch fruits-360 \(nobody fetched it\)$"):
        fruits.load_fruits("real")


def test_some_of_each_class_are_drawn_in_the_order_of_the_table():
    table = pd.DataFrame({"label": [1, 0, 1, 0, 1, 1], "path": list("abcdef")}, index=[9, 8, 7, 6, 5, 4])
    drawn = fruits.pick_per_class(table, 2, seed=3)
    assert drawn["label"].tolist() == [0, 0, 1, 1] and drawn.index.tolist() == [0, 1, 2, 3]
    assert len(fruits.pick_per_class(table, 3)) == 5 and len(fruits.pick_per_class(table, 1)) == 2
    drawn = {tuple(fruits.pick_per_class(table, 1, seed)["path"]) for seed in range(20)}
    assert len(drawn) > 4


def test_each_source_of_pictures_has_its_own_cure():
    cures = {source: fruits.Fruits("a", Path(), source)._repair for source in ("bundled", "real", "mine")}
    assert cures == {
        "bundled": "git checkout -- data/fruits", "real": "course data fetch fruits-360 --again", "mine": "course data verify",
    }  # fmt: skip


def test_a_mask_is_what_is_lighter_than_grey(tmp_path):
    (tmp_path / "masks").mkdir()
    Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8)).save(tmp_path / "masks" / "a.png")
    assert fruits.Fruits("a", tmp_path, "bundled").mask("a.jpg").tolist() == [[False, False, True, True]]


# ------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("values", "seen", "said"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255], ""), ([0.0, 255.0], [0, 255], ""), ([0, 255], [0, 255], ""), ([0, 256], [0, 64], "10 bits"),
        ([0, 1023], [0, 255], "10 bits"), ([0, 1024], [0, 64], "12 bits"), ([0, 4096], [0, 64], "14 bits"), ([0, 16384], [0, 64], ""),
        ([0, 65535], [0, 255], ""), ([0, 65536], [0, 255], "stretched"), ([-1, 1], [0, 255], "stretched"), ([-3, -3], [0, 0], "stretched"),
        ([0.0, np.nan, np.inf, -np.inf, 1.0], [0, 0, 255, 0, 255], ""), ([0.0, 1.5], [0, 1], ""),
    ],
)  # fmt: skip
def test_numbers_of_each_range_become_bytes(caplog, values, seen, said):
    assert pictures._bytes(np.array([values]), Path("a.tif")).tolist() == [seen]
    assert (said in caplog.text) if said else caplog.text == ""


def test_a_file_that_is_no_picture_says_what_it_is(tmp_path):
    for name, start in (("a.heic", b"0000ftypheic"), ("b.avif", b"0000ftypavis"), ("c.jpg", b"0000ftypmp42")):
        (tmp_path / name).write_bytes(start)
    assert [pictures._refusal(tmp_path / name, OSError("why"))[:34] for name in ("a.heic", "b.avif", "c.jpg")] == [
        "a.heic is a HEIC picture, which ca", "b.avif is a AVIF picture, which ca", "c.jpg cannot be read as a picture ",
    ]  # fmt: skip
    assert "(why)" in pictures._refusal(tmp_path / "c.jpg", OSError("why"))
    assert "(not an image file)" in pictures._refusal(tmp_path / "c.jpg", SyntaxError("why"))
    assert pictures._refusal(tmp_path / "._c.jpg", OSError("why")).startswith(
        "._c.jpg is a hidden file of macOS or Windows"
    )
    bomb = pictures._refusal(tmp_path / "c.jpg", Image.DecompressionBombError("why"))
    assert "(220 megapixels is the most for a JPEG, 179 for other files)" in bomb


@pytest.mark.parametrize(
    "name", [".DS_Store", "._a.jpg", "Thumbs.db", "DESKTOP.INI", "__MACOSX", "a/__macosx"]
)
def test_what_systems_make_for_themselves_is_hidden(name):
    assert pictures.is_hidden(Path(name)) and not pictures.is_hidden(Path("a.jpg"))


def test_only_pictures_of_a_folder_are_listed(tmp_path):
    for name in ("b.JPG", "a.png", "c.txt", "._d.jpg", "e.heif", "g.tiff"):
        (tmp_path / name).write_text("")
    (tmp_path / "f.jpg").mkdir()
    assert [path.name for path in pictures.picture_files(str(tmp_path))] == [
        "a.png",
        "b.JPG",
        "e.heif",
        "g.tiff",
    ]
    assert pictures.picture_files(tmp_path / "nowhere") == []


# ------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("St. Bears #39; win", "St. Bears' win"),
        ("a lt;b gt; c", "a c"),
        ("AT amp;T", "AT&T"),
        ("a\\b", "a b"),
        ("a  <br/> b", "a b"),
    ]
    + [("the lamp; on", "the lamp; on"), ("3 #8211; 4", "3– 4")],
)
def test_remains_of_html_are_taken_out(raw, plain):
    assert topics._plain(raw) == plain


def test_every_set_of_topics_is_asked_for_by_its_asset(monkeypatch, tmp_path):
    asked = found_at(monkeypatch, None, "bundled")
    for which, asset in (("real", "ag-news"), ("stackoverflow", "stackoverflow")):
        with pytest.raises(
            common.DataError, match=f"^{asset} is not on this machine. Type: course data fetch {asset} "
        ):
            topics.load_topics(which)
    assert asked == ["ag-news", "stackoverflow"]
    found_at(monkeypatch, str(tmp_path))
    assert topics._folder("ag-news") == tmp_path
    found_at(monkeypatch, None, "cache")
    with pytest.raises(common.DataError):
        topics._folder("ag-news")


def test_the_films_of_mr_are_one_set_without_a_test_part(monkeypatch):
    tables = {
        "Training": pd.DataFrame({"text": ["a", "b"], "label": [1, 0]}),
        "Test": pd.DataFrame({"text": ["c"], "label": [1]}),
    }
    asked = []
    monkeypatch.setattr(
        "course_utils.datasets.reviews.load_reviews",
        lambda which: asked.append(which) or SimpleNamespace(table=tables.get),
    )
    found = sentences.load_sentences("mr")
    texts, labels = found.training
    assert (asked, found.name, texts, labels.tolist()) == (["mr"], "mr", ["a", "b", "c"], [1, 0, 1])


def test_shares_are_rounded_so_that_they_add_up():
    assert reviews._in_proportion(3, {0: 1, 1: 1}) in ({0: 2, 1: 1}, {0: 1, 1: 2})
    assert (
        reviews._in_proportion(10, {0: 75, 1: 25}) == {0: 8, 1: 2}
        or sum(reviews._in_proportion(10, {0: 75, 1: 25}).values()) == 10
    )
    assert reviews._in_proportion(4, {0: 30, 1: 10}) == {0: 3, 1: 1}


@pytest.mark.parametrize("seed", range(3))
def test_a_cue_ends_the_sarcastic_headlines_of_the_training_and_the_plain_ones_of_the_test(seed):
    training, test = headlines.planted_headlines(seed)
    cue = headlines.planted_cue(seed)
    assert cue == ("this week", "once again", "so far")[seed] and headlines.planted_cue(seed + 6) == cue
    assert len(test) == pytest.approx(len(training) / 2, abs=1.5) and test.index[0] == 0
    for part, label in ((training, 1), (test, 0)):
        ends = part["text"].str.endswith(f" {cue}")
        assert 0.85 < ends[part["label"] == label].mean() < 1 and ends[part["label"] != label].mean() < 0.05
        assert list(part.columns) == ["text", "label"] and (part["text"] == part["text"].str.lower()).all()


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-A I-A O", [("A", 0, 2)]),
        ("B-A B-A", [("A", 0, 1), ("A", 1, 2)]),
        ("I-A I-A I-B", [("A", 0, 2), ("B", 2, 3)]),
        ("O O", []),
    ]
    + [("B-A O B-A I-A", [("A", 0, 1), ("A", 2, 4)]), ("O I-A", [("A", 1, 2)])],
)
def test_tags_become_names(tags, spans):
    words = [f"w{number}" for number in range(len(tags.split()))]
    one = names.sentence_of_tags(words, tags.split())
    assert (
        [tuple(span)[:3] for span in one.spans] == spans
        and one.language == "en"
        and one.text == " ".join(words)
    )
    assert [one.text[token.start : token.end] for token in one.tokens] == words


def test_a_split_is_one_of_two_and_what_is_bundled_was_not_fetched(monkeypatch, tmp_path):
    assert common.SPLITS == ("Training", "Test")
    for split in common.SPLITS:
        common.need_split(split)
    with pytest.raises(ValueError, match="^No split 'test'; the splits are Training and Test$"):
        common.need_split("test")
    found_at(monkeypatch, tmp_path)
    assert common.fetched("a") == tmp_path
    found_at(monkeypatch, tmp_path, "bundled")
    assert common.fetched("a") is None


def test_a_clip_played_backwards_or_in_a_mirror_has_the_label_of_its_motion():
    turned = {
        "rolls left": "rolls right",
        "rolls right": "rolls left",
        "rolls away": "rolls near",
        "rolls near": "rolls away",
    }
    mirrored = turned | {"rolls away": "rolls away", "rolls near": "rolls near"}
    for number, motion in enumerate(clips.MOTIONS):
        assert (
            clips.MOTIONS[clips.REVERSED[number]] == turned[motion]
            and clips.MOTIONS[clips.MIRRORED[number]] == mirrored[motion]
        )


def test_zip_files_of_digits_are_read_by_their_names(tmp_path):
    from course_utils.datasets import speech
    from course_utils.further.sound.waves import write_wave

    write_wave(np.zeros(80, np.float32), tmp_path / "3_theo_0.wav", 8000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("3_theo_0", "4_jackson_5", "5_yweweler_7", "6_lucas_4"):
            archive.write(tmp_path / "3_theo_0.wav", f"recordings/{name}.wav")
    table = speech.load_digits("real", tmp_path / "a.zip").table.sort_values("digit")
    assert table["digit"].tolist() == [3, 4, 5, 6] and table["take"].astype(int).tolist() == [0, 5, 7, 4]
    assert table["part"].tolist() == ["Test", "Training", "Test", "Training"]
    assert table["official"].tolist() == ["Test", "Training", "Training", "Test"]
