"""Films in notebooks: animated, with alt text, and what is drawn into frames."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from course_utils import plots
from course_utils.plots.films import CAPTION, TAG
from course_utils.plots.labels import places

ALT = "A square moves from the left to the right."
TRACKS = pd.DataFrame(
    [(0, 1, 5, 20, 15, 30, "car"), (1, 1, 9, 20, 19, 30, "car")],
    columns=["frame", "id", "left", "top", "right", "bottom", "kind"],
)


@pytest.fixture
def frames():
    random = np.random.default_rng(0)
    return random.integers(0, 60, (3, 48, 64, 3), dtype=np.uint8)


def test_a_film_is_an_animated_webp_at_its_own_speed(frames):
    with Image.open(io.BytesIO(plots.clip(frames, ALT, 10).webp())) as film:
        assert (film.format, film.n_frames, film.size, film.is_animated) == ("WEBP", 3, (64, 48), True)
        film.load()
        assert film.info["duration"] == 100


def test_it_shows_itself_with_its_alt_text_escaped(frames):
    shown = plots.clip(frames, 'A car & a "van" move to the right.', width=300)._repr_mimebundle_()
    assert (
        'alt="A car &amp; a &quot;van&quot; move' in shown["text/html"]
        and 'width="300"' in shown["text/html"]
    )
    assert shown["text/plain"].startswith("[film: A car")


@pytest.mark.parametrize("alt", ["", "a film"])
def test_a_film_needs_words(frames, alt):
    with pytest.raises(ValueError, match="says too little"):
        plots.clip(frames, alt)


def test_a_film_needs_frames(frames):
    with pytest.raises(ValueError, match="at least one"):
        plots.clip(frames[0], ALT)
    with pytest.raises(ValueError, match="more than 0 frames"):
        plots.clip(frames, ALT, 0)


def test_boxes_are_drawn_in_their_frames_only(frames):
    drawn = plots.annotated(frames, TRACKS)
    plain = np.stack([np.asarray(Image.fromarray(frame).resize((128, 96))) for frame in frames])
    assert drawn.shape == (3, 96, 128, 3)
    assert (drawn[0, 50, 10] != plain[0, 50, 10]).any(), "the left side of the first box"
    assert (drawn[2] == plain[2]).all(), "nobody is seen in the last frame"


def test_the_running_count_begins_with_the_crossing(frames):
    crossings = pd.DataFrame({"frame": [1], "id": [1], "direction": ["right"]})
    drawn = plots.annotated(frames, TRACKS, ((32, 0), (32, 47)), crossings)
    assert (drawn[0, 96:] != drawn[1, 96:]).any()
    assert (drawn[:, 40, 64] == 255).all(), "the line"
    nobody = plots.annotated(frames, TRACKS[:0], None, crossings[:0])
    assert nobody.shape == (3, 96 + CAPTION, 128, 3)


def test_no_box_and_no_way_crosses_the_words_of_the_count(frames):
    low = TRACKS.assign(top=40, bottom=[48, 60], left=0, right=64)  # boxes that reach below the picture
    crossings = pd.DataFrame({"frame": [1], "id": [1], "direction": ["right"]})
    drawn, alone = (plots.annotated(frames, tracks, None, crossings) for tracks in (low, TRACKS[:0]))
    assert (drawn[:, 96:] == alone[:, 96:]).all() and (drawn[:2, 80:96] != alone[:2, 80:96]).any()
    assert alone[:, 96:].min() == 0 and alone[:, 96:].max() > 150, "light words on black"


def test_no_box_crosses_the_name_of_another_and_names_stand_apart(frames):
    crowd = pd.concat(
        [TRACKS[:1].assign(id=number, left=5 + number, right=15 + number) for number in (1, 2, 3)]
    )
    boxes = scale_of(crowd)
    pen = ImageDraw.Draw(Image.new("RGB", (128, 96)))
    sizes = [(pen.textlength(f"{number} car") + 4, TAG) for number in (1, 2, 3)]
    spots = places(boxes, sizes, 128, 96).round().astype(int)
    drawn = plots.annotated(frames[:1], crowd)[0]
    for number, (left, top), (wide, high) in zip((1, 2, 3), spots, sizes, strict=True):
        own = [int(plots.COLOURS[number][place : place + 2], 16) for place in (1, 3, 5)]
        edge = drawn[[top, top + high - 1], left : left + int(wide)]
        assert (edge == own).all(), f"the strip of {number} is whole: nothing runs across it"


def scale_of(tracks):
    return 2 * tracks[["left", "top", "right", "bottom"]].to_numpy()


def test_only_the_part_that_is_asked_for_is_drawn(frames):
    whole = plots.annotated(frames, TRACKS)
    assert (plots.annotated(frames, TRACKS, part=slice(1, 3)) == whole[1:]).all()


# What is drawn where


def extent(frame, colour):
    """Left, top, right, bottom of the pixels of one colour, and how many they are; None without any."""
    own = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    rows, columns = np.nonzero((frame == own).all(axis=-1))
    if not len(rows):
        return None
    return (
        *(int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)),
        len(rows),
    )


DARK = np.zeros((20, 48, 64, 3), np.uint8)
PASSING = pd.DataFrame(
    [(n, 1, 10 + n, 20, 20 + n, 30) for n in range(18)],
    columns=["frame", "id", *"left top right bottom".split()],
)


def test_a_box_is_two_pixels_wide_and_its_way_is_that_of_fourteen_frames():
    drawn = plots.annotated(DARK, PASSING.assign(id=9), scale=2)
    colour = plots.COLOURS[9 % len(plots.COLOURS)]
    assert drawn.shape == (20, 96, 128, 3) and extent(drawn[18], colour) is None
    left, top, right, bottom, _ = extent(drawn[0], colour)
    assert (left, top, bottom) == (20, 28, 61), "the strip of the name above the box, which ends at twice 30"
    inside = drawn[16, 42:59, 54:71]
    assert not extent(inside[:7], colour) and not extent(inside[10:], colour), (
        "a box is empty but for its way"
    )
    way = [x for x in range(0, 52) if (drawn[16, 50, x] != 0).any()]
    assert way == list(range(34, 52)), "from where the middle was fourteen frames before"
    whole = plots.annotated(DARK, PASSING.assign(id=9), scale=3, part=slice(17, 18))
    assert whole.shape == (1, 144, 192, 3) and extent(whole[0], colour)[3] == 91


def test_the_line_is_white_from_end_to_end_and_the_strip_lies_below_the_picture():
    crossings = pd.DataFrame({"frame": [1, 3], "id": [1, 1], "direction": ["right", "left"]})
    drawn = plots.annotated(DARK, PASSING[:0], ((32, 0), (32, 47)), crossings)
    assert drawn.shape == (20, 96 + CAPTION, 128, 3) and extent(drawn[0, :96], "#ffffff") == (
        64,
        0,
        66,
        95,
        190,
    )
    assert [len(np.unique(drawn[n:, 96:], axis=0)) for n in (0, 1, 3)] == [3, 2, 1], (
        "0, then right 1, then both"
    )
    assert not drawn[0, 96:, :4].any() and drawn[0, 96:].any(), "words begin four pixels from the edge"


def test_boxes_beyond_the_picture_end_at_its_edge():
    far = pd.DataFrame([(0, 2, -50, -50, 500, 500)], columns=PASSING.columns)
    drawn = plots.annotated(DARK[:1], far)[0]
    assert (
        (drawn[95, 20:] == drawn[95, 20]).all()
        and (drawn[20:, 127] == drawn[20, 127]).all()
        and drawn[95, 20].any()
    )


def test_a_film_plays_at_its_speed_in_its_width_and_keeps_bytes(frames):
    film = plots.clip(frames.astype(float), f"  {ALT}\n")
    assert (film.frames.dtype, film.alt, film.frames_per_second, film.width) == (np.uint8, ALT, 12.0, 512)
    assert 'width="512"' in film._repr_mimebundle_()["text/html"]
    with Image.open(io.BytesIO(film.webp())) as opened:
        opened.load()
        assert opened.info["duration"] == 83 and opened.info["loop"] == 0
    assert len(film.webp(quality=90)) > len(film.webp())
    with pytest.raises(ValueError, match="0 frames per second; got -1"):
        plots.clip(frames, ALT, -1)
    for wrong in (frames[..., :2], frames[:0]):
        with pytest.raises(ValueError, match="at least one"):
            plots.clip(wrong, ALT)
    plots.clip(frames, "x" * 20)
    with pytest.raises(ValueError, match="too little"):
        plots.clip(frames, f"  {'x' * 19}  ")
