"""Super-resolution: halving keeps means, PSNR counts as its definition says, and a grid is found where there is one."""

import numpy as np
import pytest

from course_utils.further.beyond import upscaling


@pytest.fixture
def pictures():
    return np.random.default_rng(0).uniform(size=(3, 32, 40, 3)).astype(np.float32)


def test_a_halved_picture_holds_the_means_of_four(pictures):
    small = upscaling.halved(pictures)
    assert small.shape == (3, 16, 20, 3)
    np.testing.assert_allclose(small[1, 2, 3], pictures[1, 4:6, 6:8].mean(axis=(0, 1)), rtol=1e-6)
    with pytest.raises(ValueError, match="cut off the odd"):
        upscaling.halved(pictures[:, :31])


def test_bicubic_has_the_asked_size_and_leaves_a_plain_colour_plain(pictures):
    assert upscaling.bicubic(pictures).shape == (3, 64, 80, 3)
    assert upscaling.bicubic(pictures, 3).shape == (3, 96, 120, 3)
    plain = upscaling.bicubic(np.full((1, 8, 8, 3), 0.3, np.float32))
    np.testing.assert_allclose(plain, 0.3, atol=1e-6)


def test_bicubic_is_nearer_to_a_smooth_picture_than_repeated_pixels():
    waves = np.sin(np.arange(64) / 6) / 2 + 0.5
    smooth = np.broadcast_to(waves[None, None, :, None], (1, 64, 64, 3)).astype(np.float32)
    small = upscaling.halved(smooth)
    repeated = small.repeat(2, axis=1).repeat(2, axis=2)
    assert upscaling.psnr(upscaling.bicubic(small), smooth) > upscaling.psnr(repeated, smooth) + 6


def test_psnr_of_an_error_of_a_tenth_is_20_decibels(pictures):
    truth = pictures.clip(0, 0.9)
    assert upscaling.psnr(truth + 0.1, truth) == pytest.approx(20, abs=1e-3)
    with pytest.raises(ValueError, match="one shape"):
        upscaling.psnr(truth[:, 1:], truth)
    with pytest.raises(ValueError, match="equals the truth"):
        upscaling.psnr(truth, truth)


def test_a_ripple_is_zero_on_plain_colours_and_found_where_a_grid_is():
    plain = upscaling.flat_pictures(40)
    assert plain.shape == (27, 40, 40, 3) and upscaling.ripple(plain) == pytest.approx(0, abs=1e-9)
    grid = plain.copy()
    grid[:, ::2] += 2 / 255
    assert upscaling.ripple(grid) == pytest.approx(1, abs=1e-4)  # one step up, one down
    chess = plain + np.where(np.add.outer(np.arange(40), np.arange(40)) % 2, 1, -1)[None, ..., None] * 3 / 255
    assert upscaling.ripple(chess) == pytest.approx(3, abs=1e-4)
    assert upscaling.ripple(grid, period=3) < 0.2, "another period is another frequency"


def test_noise_without_a_grid_has_hardly_a_ripple():
    noise = np.random.default_rng(1).normal(0.5, 0.1, (20, 80, 80, 3))
    assert upscaling.ripple(noise) < 1 < 255 * noise.std()


def test_a_border_does_not_count():
    pictures = upscaling.flat_pictures(40)
    pictures[:, :8:2] = 0
    assert upscaling.ripple(pictures) == pytest.approx(0, abs=1e-9)


def test_two_different_pictures_can_have_the_same_half(pictures):
    other = upscaling.other_with_the_same_half(pictures)
    assert np.abs(other - pictures).max() > 0.1 and other.min() >= 0 and other.max() <= 1
    np.testing.assert_allclose(upscaling.halved(other), upscaling.halved(pictures), atol=1e-6)
