"""What every figure promises: it is shown with its alt text, and the text says what is in the data."""

import base64
import functools
import html
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from course_utils import plots

NAMES = ("Lemon", "Limes", "Plum")


def random():
    return np.random.default_rng(0)


PICTURES = random().integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
LABELS = np.repeat([0, 1, 2], 4)
HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2],
        "loss": [2.0, 1.0],
        "val_loss": [2.1, 1.2],
        "accuracy": [0.3, 0.6],
        "val_accuracy": [0.2, 0.5],
    }
)

OPTIONS = ("from scratch", "frozen", "fine-tuned")
SHOTS = [
    {
        "data": data,
        "option": option,
        "a class": step,
        "accuracy": 0.1 * place + 0.05 * number + (data == "easy") / 3,
    }
    | {"accuracy_sd": 0.02, "accuracy_runs": [0.1 * place, 0.1 * place + 0.1]}
    for data in ("hard", "easy")
    for number, option in enumerate(OPTIONS)
    for place, step in enumerate((5, 20, "all"), start=1)
]
LIVE = {"data": "hard", "option": "frozen", "a class": 20, "accuracy": 0.31}

FIGURES = {
    "accuracy_by_shots": lambda: plots.accuracy_by_shots(
        SHOTS, chance=1 / 16, live=[LIVE], title="Few labels"
    ),
    "image_grid": lambda: plots.image_grid(
        PICTURES, titles=[f"picture {n}" for n in range(12)], title="Twelve"
    ),
    "training_curves": lambda: plots.training_curves(HISTORY),
    "confusion_matrix": lambda: plots.confusion_matrix([[3, 1, 0], [0, 4, 0], [0, 2, 2]], NAMES),
    "bars": lambda: plots.bars([0.2, 0.9, 0.5], NAMES, unit="recall", reference=1 / 3),
    "feature_maps": lambda: plots.feature_maps(random().normal(size=(8, 8, 5))),
    "reliability": lambda: plots.reliability(random().random(50), random().random(50) > 0.5),
    "pixel_values": lambda: plots.pixel_values(PICTURES[0], row=2, column=3, side=5),
    "colour_cloud": lambda: plots.colour_cloud(random().random((12, 3)) * 255, LABELS, NAMES),
    "distributions": lambda: plots.distributions(
        {"near": random().random(20), "far": 5 + random().random(30)}, "metres"
    ),
    "thumbnail_map": lambda: plots.thumbnail_map(random().normal(size=(12, 2)), PICTURES, LABELS, NAMES),
    "intervals": lambda: plots.intervals(
        ["counting", "net"], [0.78, 0.9], [0.76, 0.88], [0.8, 0.91], reference=0.5
    ),
    "word_frequencies": lambda: plots.word_frequencies(
        [120, 60, 40, 1],
        ["the", "jam", "was", "quince"],
        ([50, 100, 221], [3, 3, 4]),
        title="Words of a stall",
    ),
    "window_scores": lambda: plots.window_scores(["jam", "was", "not", "fresh"], [0.0, 0.2, 1.2], width=2),
}


@functools.cache
def drawn_once(name):
    """One of the figures above and its bytes, for all tests that only look at it."""
    picture = FIGURES[name]()
    return picture, picture.png()


@pytest.fixture(scope="module", autouse=True)
def each_is_drawn_before_the_first_test():
    """Which test comes first makes no difference to what a test draws itself."""
    for name in FIGURES:
        drawn_once(name)


def drawn(name):
    return drawn_once(name)[0]


def png(name):
    return drawn_once(name)[1]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_an_html_image_with_its_alt_text(name):
    picture = drawn(name)
    shown = picture._repr_mimebundle_()["text/html"]
    found = re.fullmatch(
        r'<img alt="([^"]+)" width="(\d+)" src="data:image/(png|webp);base64,([^"]+)">', shown
    )
    assert found, shown[:200]
    assert html.unescape(found[1]) == picture.alt
    assert len(picture.alt) > 40
    image = Image.open(io.BytesIO(base64.b64decode(found[4])))
    assert image.format == found[3].upper()
    assert image.width > 200
    assert image.width == pytest.approx(2 * int(found[2]), abs=2), "sharp on a screen of high density"


def test_photographs_keep_their_colours_and_charts_their_lines():
    fade = np.linspace(0, 255, 120)
    photograph = np.stack(np.broadcast_arrays(fade[:, None], fade[None, :], 128), axis=-1).astype("uint8")
    picture = plots.image_grid([photograph], size=2)
    shown = np.asarray(Image.open(io.BytesIO(picture.webp())).convert("RGB"))
    assert picture.holds_pictures
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 5_000, "a palette has 256"
    assert "data:image/webp" in picture._repr_mimebundle_()["text/html"]
    assert not drawn("training_curves").holds_pictures
    assert not drawn("confusion_matrix").holds_pictures, "a map of one number per place is a chart"
    assert "data:image/png" in drawn("training_curves")._repr_mimebundle_()["text/html"]


def test_a_picture_is_encoded_from_the_pixels_that_its_png_has():
    picture = drawn("image_grid")
    with Image.open(io.BytesIO(picture.png(200, colours=None))) as image:
        encoded = io.BytesIO()
        image.convert("RGB").save(encoded, format="WEBP", quality=80, method=6)
    assert picture.webp() == encoded.getvalue()


@pytest.mark.parametrize(
    "given",
    [lambda bytes_: bytes_ * 1.0, lambda bytes_: bytes_ / 255, lambda bytes_: bytes_.astype("int32")],
    ids=["floats in 0-255", "floats in 0-1", "whole numbers"],
)
def test_a_picture_looks_the_same_in_whatever_numbers_it_comes(given):
    whole_range = PICTURES[0].copy()
    whole_range[0, :2] = [[0] * 3, [255] * 3]
    assert plots.image_grid([given(whole_range)]).png() == plots.image_grid([whole_range]).png()


@pytest.mark.parametrize("off", [-1.0, 300.0, np.nan])
def test_a_preprocessed_picture_is_refused_with_what_to_show_in_its_place(off):
    with pytest.raises(ValueError, match="expected 0-1 or 0-255. .* show what it was before"):
        plots.image_grid([np.full((4, 4, 3), off)])


def test_labels_may_be_numbers():
    assert plots.image_grid(PICTURES[:2], titles=np.array([3, 15])).alt.endswith(": 3, 15.")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_drawn_twice_is_the_same_to_the_byte(name):
    assert FIGURES[name]().png() == png(name)


def test_alt_text_of_one_word_is_refused():
    with plots.canvas() as (figure, _), pytest.raises(ValueError, match="says too little"):
        plots.Picture(figure, "figure")


def test_quotes_in_alt_text_cannot_leave_the_attribute():
    with plots.canvas() as (figure, _):
        shown = plots.Picture(figure, 'A picture of a "plum" & a <lime>.')._repr_mimebundle_()["text/html"]
    assert shown.count('"') == 6
    assert "&quot;plum&quot; &amp; a &lt;lime&gt;" in shown


def test_figures_stay_small():
    assert len(png("image_grid")) < 120_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("image_grid", "picture 11"),
        ("training_curves", "training loss goes from 2.00 to 1.00, validation loss from 2.10 to 1.20"),
        (
            "confusion_matrix",
            "9 of 12 pictures on the diagonal. Most frequent mistakes: Plum taken for Limes (2)",
        ),
        ("bars", "lowest Lemon at 0.2, highest Limes at 0.9"),
        ("feature_maps", "5 feature maps of 8 by 8 values"),
        ("reliability", "50 predictions"),
        ("pixel_values", f"the upper left one is {PICTURES[0][2, 3, 0]}"),
        ("colour_cloud", "mean colours of 12 pictures"),
        ("distributions", "Histograms of metres: near has its median at"),
        ("thumbnail_map", "12 thumbnails"),
        ("intervals", "counting 0.780 (0.760 to 0.800); net 0.900 (0.880 to 0.910)"),
        ("word_frequencies", "most frequent is 'the' with 120; words that occur only once: 1"),
        ("window_scores", "highest at 'not fresh' with 1.20"),
    ],
)
def test_alt_text_is_built_from_the_data(name, said):
    assert said in drawn(name).alt


def test_the_alt_text_of_curves_says_where_the_validation_loss_turns():
    def told(*losses):
        return plots.training_curves(pd.DataFrame({"loss": losses, "val_loss": losses})).alt

    assert "validation loss from 2.00 to 1.20, lowest in epoch 2 at 1.00." in told(2.0, 1.0, 1.2)
    assert "lowest" not in told(2.0, 1.0, 1.05)


def test_the_alt_text_of_a_map_says_what_lies_where():
    points = np.repeat([[-5.0, 0.0], [5.0, -1.0], [0.0, 4.0]], 4, axis=0)
    alt = plots.thumbnail_map(points, PICTURES, LABELS, NAMES).alt
    assert "far left Lemon, far right Limes, at the bottom Limes, at the top Plum" in alt


def test_the_alt_text_of_colours_names_the_closest_classes():
    colours = np.repeat([[200.0, 10, 10], [190, 20, 10], [20, 20, 250]], 4, axis=0)
    alt = plots.colour_cloud(colours, LABELS, NAMES).alt
    assert "Lemon has the most red, Plum the most blue." in alt
    assert "Lemon and Limes lie closest together" in alt


@pytest.mark.parametrize("classes", [1, 2, 16])
def test_no_two_lines_to_the_names_of_colours_cross(classes):
    from itertools import combinations

    colours, labels = random().random((3 * classes, 3)) * 255, np.arange(3 * classes) % classes
    drawn = plots.colour_cloud(colours, labels, [f"fruit {label}" for label in range(classes)])
    lines = [line.get_xydata() for line in drawn.figure.axes[0].lines if len(line.get_xydata()) == 2]
    assert len(lines) == classes
    for (a, b), (c, d) in combinations(lines, 2):
        one, other = (np.linalg.det([b - a, end - a]) for end in (c, d))
        third, fourth = (np.linalg.det([d - c, end - c]) for end in (a, b))
        assert one * other >= 0 or third * fourth >= 0


def test_equal_bars_are_called_equal():
    assert "all 3 bars at 120" in plots.bars([120, 120, 120], NAMES, unit="pictures").alt


def test_bars_on_both_sides_of_zero_are_all_named():
    alt = plots.bars([-1.5, 0, 2], NAMES, unit="weight").alt
    assert alt == "Bar chart of weight: Lemon -1.5, Limes 0, Plum 2."


def test_panels_side_by_side_have_each_their_room():
    one = plots.accuracy_by_shots([row for row in SHOTS if row["data"] == "hard"], chance=1 / 16)
    width = drawn("accuracy_by_shots").figure.get_figwidth()
    assert width - one.figure.get_figwidth() > 3, "a second panel is as wide as the first"


@pytest.mark.parametrize("count", [2, 12, 60])
def test_a_chart_of_bars_is_as_tall_as_its_labels_need(count):
    picture = plots.bars(np.arange(count), [f"class {number}" for number in range(count)])
    assert picture.figure.get_figheight() / count > 0.2, "inches per bar"
    assert picture.figure.get_figheight() < 1 + 0.3 * count
