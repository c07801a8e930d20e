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
