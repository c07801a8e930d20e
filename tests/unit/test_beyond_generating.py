"""The bundled flow makes pictures of the asked kinds, and its two judges count as they say."""

import shutil

import numpy as np
import pytest

from course_utils.datasets import DataError
from course_utils.foundation import config
from course_utils.further.beyond import generating

BUNDLED = config.repository_root() / "data" / "beyond" / "flow.npz"


@pytest.fixture(scope="module")
def flow():
    pytest.importorskip("keras")
    return generating.load_flow()


def test_times_differ_from_each_other():
    numbers = generating.time_numbers(np.linspace(0, 1, 11))
    assert numbers.shape == (11, 16) and numbers.dtype == np.float32
    assert len(np.unique(numbers.round(4), axis=0)) == 11


def test_the_divergence_is_that_of_two_normal_distributions():
    pytest.importorskip("keras")
    ranges = np.zeros((3, 24), np.float32)  # twelve means, then twelve logarithms of variances
    ranges[1, :12] = 2.0
    ranges[2, 12:] = np.log(4.0)
    found = np.asarray(generating.divergence(None, ranges))
    # ln(s2/s1) + (s1² + (m1 - m2)²) / (2 s2²) - 1/2, with the normal distribution as the second one
    each = [0.0, 2.0**2 / 2, -np.log(2.0) + 4 / 2 - 1 / 2]
    assert found.tolist() == pytest.approx([12 * one for one in each], rel=1e-5)


def test_the_error_of_a_picture_is_summed_in_units_of_a_usual_one():
    pytest.importorskip("keras")
    truth, picture = np.zeros((2, 4, 4, 3), np.float32), np.zeros((2, 4, 4, 3), np.float32)
    picture[1] = 0.4
    assert np.asarray(generating.picture_error(truth, picture)).tolist() == pytest.approx([0, 4 * 4 * 3 / 2])


def test_the_nearest_picture_is_found_also_in_the_mirror():
    others = np.random.default_rng(0).uniform(size=(5, 32, 32, 3)).astype(np.float32)
    distance, number = generating.nearest(others[[3, 1]], others)
    assert number.tolist() == [3, 1] and distance == pytest.approx([0, 0], abs=2e-3)
    distance, number = generating.nearest(others[[2]][:, :, ::-1], others)
    assert number.tolist() == [2] and distance[0] < 2e-3
    distance, _ = generating.nearest((others[[4]] * 0.5 + 0.25).clip(0, 1), others[[4]])
    assert distance[0] == pytest.approx(np.sqrt(((others[4] * 0.5 - 0.25) ** 2).mean()), rel=1e-2)


def test_pairs_that_do_not_count_are_left_out():
    others = np.random.default_rng(0).uniform(size=(4, 32, 32, 3)).astype(np.float32)
    distance, number = generating.nearest(others, others, skip=np.eye(4, dtype=bool))
    assert (number != np.arange(4)).all() and (distance > 0.1).all()


def test_the_flow_makes_the_asked_kinds(flow):
    asked = np.repeat(np.arange(8), 6)
    made = generating.sample_flow(flow, asked, steps=10, seed=3)
    assert made.shape == (48, 32, 32, 3) and 0 <= made.min() and made.max() <= 1
    assert generating.named_as_asked(flow, made, asked).mean() > 0.6, "chance is 0.125"
    assert generating.named_as_asked(flow, made, np.roll(asked, 6)).mean() < 0.3
    np.testing.assert_allclose(made, generating.sample_flow(flow, asked, steps=10, seed=3), atol=1e-5)
    assert np.abs(made - generating.sample_flow(flow, asked, steps=10, seed=4)).mean() > 0.01


def test_the_way_ends_with_the_pictures_and_begins_elsewhere(flow):
    made, way = generating.sample_flow(flow, np.arange(8), steps=8, seed=1, keep=3)
    assert len(way) == 3
    np.testing.assert_array_equal(way[-1], made)
    assert np.abs(way[0] - made).mean() > np.abs(way[1] - made).mean() > 0
    with pytest.raises(ValueError, match="at least one step"):
        generating.sample_flow(flow, np.arange(8), steps=0)


def test_the_judge_names_test_pictures_that_it_has_not_met(flow):
    pictures, kinds = generating.kind_pictures("Test")
    assert pictures.shape == (320, 32, 32, 3) and np.bincount(kinds).tolist() == [40] * 8
    assert generating.named_as_asked(flow, pictures, kinds).mean() > 0.9


def test_what_was_saved_is_what_is_loaded(flow, tmp_path):
    generating.save_flow(flow, tmp_path / "flow.npz")
    again = generating.load_flow(tmp_path / "flow.npz")
    for name in ("velocity", "decoder", "judge"):
        for first, second in zip(
            getattr(flow, name).get_weights(), getattr(again, name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(first, second)


def test_a_missing_or_damaged_file_is_named_with_the_command(tmp_path):
    pytest.importorskip("keras")
    with pytest.raises(DataError, match="git checkout -- data/beyond"):
        generating.load_flow(tmp_path / "flow.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataError, match="damaged"):
        generating.load_flow(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", velocity_00=np.zeros(3))
    with pytest.raises(DataError, match="damaged"):
        generating.load_flow(tmp_path / "other.npz")
    shutil.copy(BUNDLED, tmp_path / "right.npz")
    assert generating.load_flow(tmp_path / "right.npz").kinds == generating.KINDS


def test_the_two_halves_of_the_autoencoder_fit_together():
    pytest.importorskip("keras")
    encoder, decoder = generating.vae_encoder(), generating.vae_decoder()
    pictures, kinds = np.zeros((2, 32, 32, 3), np.float32), np.eye(8, dtype=np.float32)[:2]
    ranges = encoder.predict([pictures, kinds], verbose=0)
    assert ranges.shape == (2, 2 * generating.CODE)
    made = decoder.predict([ranges[:, : generating.CODE], kinds], verbose=0)
    assert made.shape == (2, 32, 32, 3) and 0 <= made.min() <= made.max() <= 1


def test_the_file_is_small():
    assert BUNDLED.stat().st_size <= 1_000_000
