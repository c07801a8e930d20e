"""Films in notebooks: animated, with alt text, and what is drawn into frames."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from course_utils import plots

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
    assert (drawn[0, 88:] != drawn[1, 88:]).any()
    assert (drawn[:, 40, 64] == 255).all(), "the line"
    nobody = plots.annotated(frames, TRACKS[:0], None, crossings[:0])
    assert nobody.shape == (3, 96, 128, 3)
