"""What the tables set promises: scenes and fruits of a split, masks that name kind and instance, errors that help."""

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import KINDS, DataError, load_tables

SCENES = """split,file,ground,ground_name,pattern,camera,elevation,fruits
Training,t0001.jpg,stripes-training-01,cloth,stripes,camera-training-04,47,2
Training,t0002.jpg,dots-training-02,cloth,dots,camera-training-12,55,0
Test,u0001.jpg,boards-test-01,wood,grain,camera-test-01,30,1
"""
FRUITS = """split,file,instance,kind,individual,left,top,right,bottom,seen,across,depth,stem_x,stem_y,stem_seen,tip_x,tip_y,tip_seen
Training,t0001.jpg,1,Plum,plum-training-07,0,30,25,59,0.93,left,middle,2.1,54.6,1,,,
Training,t0001.jpg,2,Banana,banana-training-20,68,70,102,106,0.55,right,front,90.0,74.4,0,70.0,100.5,1
Test,u0001.jpg,1,Kiwi,kiwi-test-02,10,10,30,30,1.00,left,back,20.0,12.0,1,,,
"""


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "scenes.csv").write_text(SCENES, encoding="utf-8")
    (tmp_path / "fruits.csv").write_text(FRUITS, encoding="utf-8")
    for name in ("Training/t0001", "Training/t0002", "Test/u0001"):
        path = tmp_path / f"{name}.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (128, 128), (200, 30, 30)).save(path)
    values = np.zeros((128, 128), np.uint8)
    values[30:59, 0:25] = 6 * KINDS.index("Plum") + 1
    values[70:106, 68:102] = 6 * KINDS.index("Banana") + 2
    (tmp_path / "masks" / "Training").mkdir(parents=True)
    mask = Image.fromarray(values, "P")
    mask.putpalette([0, 0, 0] * 49)
    mask.save(tmp_path / "masks" / "Training" / "t0001.png")
    return load_tables(tmp_path)


def test_a_split_has_its_own_scenes(tables):
    assert tables.scenes("Training")["path"].tolist() == ["Training/t0001.jpg", "Training/t0002.jpg"]
    assert tables.scenes("Test")["ground_name"].tolist() == ["wood"]


def test_every_fruit_names_its_scene_and_its_label(tables):
    found = tables.fruits("Training")
    assert found["path"].unique().tolist() == ["Training/t0001.jpg"]
    assert [KINDS[label] for label in found["label"]] == found["kind"].tolist() == ["Plum", "Banana"]


def test_only_bananas_have_a_tip(tables):
    found = tables.fruits("Training").set_index("kind")
    assert np.isnan(found.loc["Plum", "tip_x"]) and found.loc["Banana", "tip_x"] == 70.0


def test_pictures_come_as_bytes_in_the_wanted_size(tables):
    paths = tables.scenes("Training")["path"]
    assert tables.read(paths, 96).shape == (2, 96, 96, 3)
    assert tables.read(paths[:1]).shape == (1, 128, 128, 3) and tables.read(paths).dtype == np.uint8


def test_a_mask_tells_kind_and_instance_of_each_pixel(tables):
    kinds, instances = tables.mask("Training/t0001.jpg")
    assert kinds.shape == instances.shape == (128, 128) and kinds.dtype == np.uint8
    assert (kinds[40, 10], instances[40, 10]) == (KINDS.index("Plum") + 1, 1)
    assert (kinds[80, 80], instances[80, 80]) == (KINDS.index("Banana") + 1, 2)
    assert (kinds[0, 0], instances[0, 0]) == (0, 0)


@pytest.mark.parametrize("instance", range(1, 7))
@pytest.mark.parametrize("kind", KINDS)
def test_no_two_pairs_of_kind_and_instance_share_a_value(tables, kind, instance):
    values = np.full((128, 128), 6 * KINDS.index(kind) + instance, np.uint8)
    Image.fromarray(values).save(tables.root / "masks" / "Training" / "t0002.png")
    kinds, instances = tables.mask("Training/t0002.jpg")
    assert set(np.unique(kinds)) == {KINDS.index(kind) + 1} and set(np.unique(instances)) == {instance}


def test_another_split_is_refused(tables):
    with pytest.raises(ValueError, match="Training and Test"):
        tables.scenes("Validation")


def test_what_is_missing_is_named_with_the_command_to_type(tables, tmp_path):
    with pytest.raises(DataError, match="git checkout -- data/tables"):
        load_tables(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"no mask for Test/u0001\.jpg.*git checkout"):
        tables.mask("Test/u0001.jpg")
    (tmp_path / "fruits.csv").unlink()
    with pytest.raises(DataError, match=r"fruits\.csv is missing.*git checkout"):
        tables.fruits("Training")
