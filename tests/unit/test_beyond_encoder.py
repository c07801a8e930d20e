"""Maps become fruits with boxes, and the kept encoder gives the maps that a captioner expects."""

import numpy as np
import pytest

from course_utils.further.beyond import encoder


def test_connected_places_of_one_kind_are_one_fruit() -> None:
    kinds = np.zeros((8, 8, 3))
    kinds[..., 0] = 1
    kinds[1:3, 1:4, 1] = 2
    kinds[5:8, 4:8, 2] = 2
    kinds[6, 0, 1] = 2  # a speck
    found = encoder.things_in(kinds, ("plum", "lime"))
    assert [thing.word for thing in found] == ["plum", "lime"]
    assert found[0][1:] == (1 / 8, 1 / 8, 4 / 8, 3 / 8) and found[1][1:] == (4 / 8, 5 / 8, 1, 1)


@pytest.mark.parametrize(("places", "fruits"), [(2, 0), (3, 1), (4, 1)])
def test_a_fruit_covers_at_least_three_places(places: int, fruits: int) -> None:
    kinds = np.zeros((8, 8, 2))
    kinds[..., 0] = 1
    kinds[2, 1 : 1 + places, 1] = 2
    assert len(encoder.things_in(kinds, ("plum",))) == fruits


def test_places_say_where_they_are_and_the_mean_of_moments_says_where_a_kind_is() -> None:
    maps = np.zeros((1, 4, 4, 12), np.float32)
    maps[0, :, 0, 1] = 1  # kind 1 fills the left column
    placed = encoder.with_places(maps, kinds=2)
    assert placed.shape == (1, 4, 4, 12 + 2 + 2 * 3)
    x, y = placed[0, ..., 12], placed[0, ..., 13]
    assert x[0].tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1]) and (y[:, 0] == x[0]).all()
    means = placed[0].mean(axis=(0, 1))
    assert means[14 + 1] == pytest.approx(-0.25) and means[14 + 3 + 1] == pytest.approx(0)


def test_the_kept_encoder_sees_every_kind_of_tables() -> None:
    pytest.importorskip("keras")
    from course_utils.datasets.tables import KINDS, load_tables

    kept, tables = encoder.load_encoder(), load_tables()
    assert kept.kinds == encoder.words_of(KINDS) and kept.model.count_params() < 320_000
    scenes = tables.scenes("Test").head(60)
    seen = kept.see(tables.read(scenes["path"]))
    assert seen["maps"].shape == (60, 16, 16, 9 + 32 + 2 + 18)
    truth = np.stack([tables.mask(path)[0] for path in scenes["path"]])[:, 2::4, 2::4]
    best = seen["kinds"].argmax(axis=-1)
    assert (best == truth)[truth > 0].mean() > 0.6 and (best > 0)[truth == 0].mean() < 0.05
