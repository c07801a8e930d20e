"""What the road set promises: a film with its truth, stills with their boxes, errors that help."""

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import ROAD_KINDS, DataError, load_road

FILES = {
    "truth.csv": "frame,id,kind,left,top,right,bottom,seen\n0,1,car,10,60,50,80,1.00\n1,1,car,14,60,54,80,0.71\n",
    "stills.csv": "file,scene,kind,left,top,right,bottom,seen\ns01-1.jpg,street-01,van,5,50,60,90,1.00\n",
    "crossings.csv": "frame,id,kind,direction\n1,1,car,right\n",
    "line.csv": "x,y\n115.5,64.0\n116.2,126.5\n",
}


@pytest.fixture
def road(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    frames = [Image.new("RGB", (256, 144), (shade, 90, 90)) for shade in (30, 60, 90)]
    frames[0].save(tmp_path / "film.webp", save_all=True, append_images=frames[1:], duration=83)
    (tmp_path / "stills").mkdir()
    for name in ("s01-1", "s02-1"):
        Image.new("RGB", (256, 144)).save(tmp_path / "stills" / f"{name}.jpg")
    return load_road(tmp_path)


def test_the_film_is_frames_in_order(road):
    frames = road.frames()
    assert frames.shape == (3, 144, 256, 3) and frames.dtype == np.uint8
    assert (np.diff(frames[:, 0, 0, 0].astype(int)) > 0).all()


def test_truth_has_numbers_kinds_and_labels(road):
    truth = road.truth()
    assert truth["id"].tolist() == [1, 1] and truth["label"].tolist() == [ROAD_KINDS.index("car")] * 2


def test_crossings_and_the_line(road):
    assert road.crossings()["direction"].tolist() == ["right"]
    assert road.line == ((115.5, 64.0), (116.2, 126.5))


def test_a_street_without_anyone_is_among_the_stills(road):
    stills = road.stills()
    assert stills["path"].tolist() == ["stills/s01-1.jpg", "stills/s02-1.jpg"]
    assert stills["scene"].tolist() == ["street-01", "street-02"]
    assert road.boxes()["path"].tolist() == ["stills/s01-1.jpg"]
    assert road.read(stills["path"]).shape == (2, 144, 256, 3)


def test_what_is_missing_is_named_with_the_command_to_type(road, tmp_path):
    with pytest.raises(DataError, match="git checkout -- data/road"):
        load_road(tmp_path / "nowhere")
    (tmp_path / "truth.csv").unlink()
    with pytest.raises(DataError, match=r"truth\.csv is missing.*git checkout"):
        road.truth()
    (tmp_path / "film.webp").write_bytes(b"RIFF")
    with pytest.raises(DataError, match="missing or damaged"):
        road.frames()
