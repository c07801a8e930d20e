"""Photographs with boxes: what is read of the two publishers' files, and a sentence for each kind of damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import DataError, load_fruit_photographs, load_people
from course_utils.foundation import assets

THING = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
PERSON = (
    "# Details for pedestrian {0}\n"
    'Bounding box for object {0} "PASpersonWalking" (Xmin, Ymin) - (Xmax, Ymax) : ({1}, {2}) - ({3}, {4})\n'
)


def fruit(folder: Path, *things: tuple, name: str = "apple_77") -> Path:
    place = folder / "test_zip" / "test"
    place.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), (200, 30, 30)).save(place / f"{name}.jpg")
    text = "".join(THING.format(*thing) for thing in things)
    (place / f"{name}.xml").write_text(f"<annotation>{text}</annotation>", encoding="utf-8")
    return folder


def people(folder: Path, *things: tuple, name: str = "PennPed00001") -> Path:
    for part in ("Annotation", "PNGImages"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), (30, 30, 200)).save(folder / "PNGImages" / f"{name}.png")
    text = "".join(PERSON.format(number, *sides) for number, sides in enumerate(things, start=1))
    (folder / "Annotation" / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def nothing_fetched(monkeypatch) -> None:
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(None, "bundled", "not there"))


def test_each_thing_of_a_photograph_has_a_row(tmp_path: Path) -> None:
    fruit(tmp_path, ("apple", 1, 1, 10, 20), ("Banana ", 5, 6, 40, 30))
    fruit(tmp_path, ("orange", 2, 3, 4, 5), name="mixed_1")
    found = load_fruit_photographs(tmp_path)
    assert [path.name for path in found.paths] == ["apple_77.jpg", "mixed_1.jpg"]
    assert found.boxes.to_numpy().tolist() == [
        [0, "apple", 0, 0, 10, 20],
        [0, "banana", 4, 5, 40, 30],
        [1, "orange", 1, 2, 4, 5],
    ]
    assert found.picture(0).shape == (30, 40, 3) and found.picture(0).dtype == np.uint8


def test_people_are_read_of_penn_fudans_own_form(tmp_path: Path) -> None:
    found = load_people(people(tmp_path, (160, 182, 302, 431), (420, 171, 535, 486)))
    assert found.boxes.to_numpy().tolist() == [
        [0, "person", 159, 181, 302, 431],
        [0, "person", 419, 170, 535, 486],
    ]


def test_what_was_fetched_is_found(tmp_path: Path, monkeypatch) -> None:
    people(tmp_path, (1, 1, 5, 5))
    monkeypatch.setattr(assets, "resolve", lambda name: assets.Resolution(tmp_path, "cache", "there"))
    assert len(load_people().boxes) == 1


@pytest.mark.parametrize("load, name", [(load_fruit_photographs, "fruit-boxes"), (load_people, "penn-fudan")])
def test_a_set_that_is_not_there_names_the_command(nothing_fetched, tmp_path: Path, load, name) -> None:
    for folder in (None, tmp_path):
        with pytest.raises(DataError, match=f"course data fetch {name} --unverified"):
            load(folder)


def test_damage_is_named_with_its_file(tmp_path: Path) -> None:
    place = fruit(tmp_path / "kind", ("kettle", 1, 1, 2, 2))
    with pytest.raises(DataError, match="kettle"):
        load_fruit_photographs(place)
    place = fruit(tmp_path / "none")
    with pytest.raises(DataError, match="no boxes"):
        load_fruit_photographs(place)
    place = fruit(tmp_path / "cut", ("apple", 1, 1, 2, 2))
    (place / "test_zip/test/apple_77.xml").write_text("<annotation><object>", encoding="utf-8")
    with pytest.raises(DataError, match=r"apple_77\.xml is damaged"):
        load_fruit_photographs(place)
    (place / "test_zip/test/apple_77.xml").write_text(
        "<annotation><object><name>apple</name></object></annotation>", encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"apple_77\.xml is damaged"):
        load_fruit_photographs(place)
    place = people(tmp_path / "lost", (1, 1, 2, 2))
    (place / "PNGImages" / "PennPed00001.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="is damaged"):
        load_people(place).picture(0)
    (place / "PNGImages" / "PennPed00001.png").unlink()
    with pytest.raises(DataError, match=r"PennPed00001\.png is missing"):
        load_people(place)
