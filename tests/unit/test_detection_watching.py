"""Watching a film: a file or frames in, tracks, counts and an annotated film out; what cannot be read is explained."""

import sys

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import DataError
from course_utils.further.detection import read_film, watch
from course_utils.plots.films import CAPTION


def square(frame, x):
    frame[20:30, x : x + 10] = (250, 250, 250)
    return frame


@pytest.fixture
def frames():
    return np.stack([square(np.full((48, 96, 3), 40, np.uint8), 4 + 4 * number) for number in range(20)])


def bright(frame):
    """A detector of bright squares."""
    light = frame.min(axis=-1) > 150
    if not light.any():
        return np.zeros((0, 6))
    rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
    return np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1, 0.9, 1]])


def written(frames, path, **options):
    pictures = [Image.fromarray(frame) for frame in frames]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, **options)
    return path


def test_frames_become_tracks_and_counts(frames):
    seen = watch(frames, bright, ((48, 0), (48, 47)), ("car", "van"))
    assert seen.tracks["id"].unique().tolist() == [1] and len(seen.tracks) == 20
    assert seen.crossings["direction"].tolist() == ["right"] and seen.crossings["kind"].tolist() == ["van"]
    assert seen.counts.loc["van", "right"] == 1
    assert seen.seconds > 0 and seen.speed > 0


def test_without_a_line_nothing_is_counted(frames):
    assert watch(frames, bright).crossings.empty


def test_a_film_without_anything_has_no_tracks(frames):
    seen = watch(frames * 0, bright, ((48, 0), (48, 47)))
    assert seen.tracks.empty and seen.crossings.empty and seen.counts.empty


@pytest.mark.parametrize("suffix", ["webp", "gif", "png"])
def test_a_file_of_pictures_is_read_as_a_film(frames, tmp_path, suffix):
    read, speed = read_film(written(frames, tmp_path / f"film.{suffix}"))
    assert read.shape == frames.shape and read.dtype == np.uint8
    assert speed == pytest.approx(10)
    assert len(watch(tmp_path / f"film.{suffix}", bright, ((48, 0), (48, 47))).crossings) == 1


def test_no_more_frames_are_read_than_wanted(frames, tmp_path):
    assert len(read_film(written(frames, tmp_path / "film.webp"), most=7)[0]) == 7


def test_wide_frames_are_made_smaller(tmp_path):
    wide = np.random.default_rng(0).integers(0, 255, (2, 100, 1280, 3), dtype=np.uint8)
    assert read_film(written(wide, tmp_path / "film.webp"))[0].shape == (2, 50, 640, 3)


def test_a_video_without_its_package_says_what_to_type(tmp_path, monkeypatch):
    (tmp_path / "film.mp4").write_bytes(b"video")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DataError, match="pip install av"):
        read_film(tmp_path / "film.mp4")


def test_a_broken_video_is_explained(tmp_path):
    pytest.importorskip("av")
    (tmp_path / "film.mp4").write_bytes(b"video")
    with pytest.raises(DataError, match="save it again as MP4"):
        read_film(tmp_path / "film.mp4")


def test_what_cannot_be_read_is_explained(tmp_path):
    with pytest.raises(DataError, match=r"no film gone\.gif"):
        read_film(tmp_path / "gone.gif")
    (tmp_path / "broken.gif").write_bytes(b"GIF89a")
    with pytest.raises(DataError, match="save it again as animated WebP"):
        read_film(tmp_path / "broken.gif")
    (tmp_path / "notes.txt").write_text("no film")
    with pytest.raises(DataError, match=r"expected \.webp"):
        read_film(tmp_path / "notes.txt")
    with pytest.raises(DataError, match=r"frames uint8 \(N, H, W, 3\)"):
        watch(np.zeros((48, 96, 3), np.uint8), bright)


def test_the_annotated_film_shows_itself_with_alt_text(frames):
    film = watch(frames, bright, ((48, 0), (48, 47)), ("car", "van")).film()
    shown = film._repr_mimebundle_()["text/html"]
    assert shown.startswith('<img alt="A film of 2 seconds') and "data:image/webp;base64," in shown
    assert (
        "each of 1 things" in film.alt
        and "reaches 1." in film.alt
        and film.frames.shape == (20, 96 + CAPTION, 192, 3)
    )


def test_a_part_of_the_film_plays_at_the_same_speed(frames):
    film = watch(frames, bright, ((48, 0), (48, 47))).film(part=slice(0, 6, 2))
    assert len(film.frames) == 3 and film.frames_per_second == 6
    assert "3 frames are shown" in film.alt and "reaches 0." in film.alt
