"""Explanations as figures: two sides that need no colours, alt texts that say where and how much, small HTML."""

import re

import numpy as np
import pytest

from course_utils import plots
from course_utils.explain import Explanation, ImageExplanation, Seconds, TextExplanation

SEGMENTS = np.kron(np.arange(9).reshape(3, 3), np.ones((4, 4), int))
IMAGE = np.random.default_rng(0).integers(0, 256, (12, 12, 3)).astype("uint8")
WEIGHTS = np.array([0, 0.1, 0.3, 0, -0.2, 0, 0, 0, 0])
MASK = SEGMENTS == 2
SECONDS = Seconds(0.1, 0.2, 0.3, 0.1)


def of_picture(**change):
    settings = {
        "segments": SEGMENTS, "coefficients": {1: WEIGHTS, 0: -WEIGHTS}, "intercept": {0: 0.5, 1: 0.5},
        "score": {0: 0.8, 1: 0.8}, "local_prediction": {0: 0.1, 1: 0.9}, "prediction": np.array([0.1, 0.9]),
        "classes": (1, 0), "class_names": ("Lemon", "Plum"), "samples": 100, "seed": 0, "engine": "fast",
        "maths": "float32", "seconds": SECONDS,
    }  # fmt: skip
    return ImageExplanation(**(settings | change))


def of_text(text="Not <b>bad</b>, not good", **change):
    settings = {
        "text": text, "pieces": ("not", "b", "bad", "b", "not", "good"),
        "spans": ((0, 3), (5, 6), (7, 10), (12, 13), (16, 19), (20, 24)),
        "features": ("not", "b", "bad", "good"), "places": ((0, 4), (1, 3), (2,), (5,)),
        "weights": {1: np.array([0.4, 0, -0.25, 0.1])}, "intercept": {1: 0.5}, "score": {1: 0.7},
        "local_prediction": {1: 0.7}, "prediction": np.array([0.2, 0.8]), "classes": (1,),
        "class_names": ("negative", "positive"), "samples": 100, "seed": 0, "seconds": SECONDS,
    }  # fmt: skip
    return TextExplanation(**(settings | change))


def test_the_alt_text_says_where_the_heaviest_segment_is_and_what_share_it_has():
    alt = plots.explanation(IMAGE, of_picture(), title="Why Plum?").alt
    assert "Why Plum?: A picture of 12 by 12 pixels that the net calls Plum with probability 0.90" in alt
    assert "Of 9 segments 2 speak for it and 1 against" in alt
    assert "The heaviest, +0.30, is upper right and has 75% of all positive weight" in alt
    assert "R2 of the line 0.80" in alt


def test_how_well_the_line_fits_stands_in_each_figure_itself():
    assert "R2 of the line 0.80" in plots.explanation(IMAGE, of_picture()).figure.axes[0].get_title(
        loc="left"
    )
    assert "R2 of the line 0.70" in plots.word_weights(of_text()).figure.axes[0].get_xlabel()
    assert "R2 of the line 0.70" in plots.highlighted_words(of_text()).page


def test_with_a_mask_it_says_how_much_of_what_speaks_for_the_class_lies_on_the_object():
    alt = plots.explanation(IMAGE, of_picture(), mask=MASK).alt
    assert "75% of what speaks for Plum lies on the object, which covers 11% of the picture" in alt
    assert (
        "0% of what speaks for Lemon lies on the object"
        in plots.explanation(IMAGE, of_picture(), 0, MASK).alt
    )


def test_for_and_against_are_told_apart_without_colours():
    right = plots.explanation(IMAGE, of_picture()).figure.axes[1]
    dotted = [one.get_linestyle()[0][1] is not None for one in right.collections]
    assert dotted == [False, True, False], "heaviest first: for, against, for"
    around = right.collections[0].get_paths()[0].vertices
    assert (around.min(axis=0), around.max(axis=0)) == (
        pytest.approx([7.5, -0.5], abs=0.1),
        pytest.approx([11.5, 3.5], abs=0.1),
    )
    bars = plots.word_weights(of_text()).figure.axes[0].patches
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True, False]


def test_what_speaks_for_is_painted_in_another_colour_than_what_speaks_against():
    heat = plots.explanation(IMAGE, of_picture()).figure.axes[1].images[1]
    red, blue = (np.array(heat.cmap(heat.norm(value))[:3]) for value in (-0.3, 0.3))
    np.testing.assert_allclose(blue, [0, 0x72 / 255, 0xB2 / 255], atol=0.01)
    np.testing.assert_allclose(red, [0xD5 / 255, 0x5E / 255, 0], atol=0.01)
    opacity = heat.get_alpha()
    assert opacity[SEGMENTS == 0].max() == 0 and opacity[SEGMENTS == 2].min() == pytest.approx(0.9)


def test_borders_of_segments_are_drawn_where_they_are():
    left = plots.explanation(IMAGE, of_picture()).figure.axes[0]
    upright = left.lines[0].get_xdata()
    assert set(upright[~np.isnan(upright)]) == {3.5, 7.5}
    level = left.lines[2].get_ydata()
    assert set(level[~np.isnan(level)]) == {3.5, 7.5}


@pytest.mark.parametrize("kind", ["0-1", "0-255", "grey", "one channel"])
def test_every_mode_of_picture_is_shown_alike(kind):
    image = {"0-1": IMAGE / 255, "0-255": IMAGE * 1.0, "grey": IMAGE[..., 0], "one channel": IMAGE[..., :1]}[
        kind
    ]
    shown = plots.explanation(image, of_picture()).figure.axes[0].images[0].get_array()
    expected = IMAGE if kind.startswith("0") else np.repeat(IMAGE[..., :1], 3, axis=2)
    np.testing.assert_array_equal(shown, expected)


def test_occlusion_and_grad_cam_have_the_same_figure():
    heat = np.zeros((12, 12), np.float32)
    heat[10, 1], heat[0, 0] = 0.5, -0.1
    found = Explanation("occlusion", heat, 0, 0.7, ("Lemon", "Plum"))
    alt = plots.explanation(IMAGE, found, mask=SEGMENTS == 6).alt
    assert "calls Lemon with probability 0.70" in alt and "Hottest lower left." in alt
    assert "100% of what speaks for Lemon" in alt
    found = Explanation("lime", heat, 1, 0.9, lime=of_picture())
    assert plots.explanation(IMAGE, found).alt == plots.explanation(IMAGE, of_picture()).alt


def test_an_explanation_without_any_weight_is_drawn_too():
    flat = of_picture(coefficients={1: np.zeros(9)}, classes=(1,))
    assert "0 speak for it and 0 against" in plots.explanation(IMAGE, flat, mask=MASK).alt


def test_the_alt_text_of_words_names_both_sides():
    alt = plots.word_weights(of_text(), title="A review").alt
    assert "A review: Bars of 3 words by their weight for positive" in alt
    assert "for it 'not' +0.40, 'good' +0.10; against it 'bad' -0.25" in alt


def test_highlighted_words_are_readable_in_black_and_white_and_aloud():
    shown = plots.highlighted_words(of_text(), title="A <review>")
    page = shown._repr_mimebundle_()["text/html"]
    spans = re.findall(r'<span style="([^"]*)">([^<]*)<small[^>]*> ([+-][\d.]+)</small></span>', page)
    assert [(word, weight) for _, word, weight in spans] == [
        ("Not", "+0.40"), ("bad", "-0.25"), ("not", "+0.40"), ("good", "+0.10"),
    ]  # fmt: skip
    for style, _, weight in spans:
        assert ("bold" in style and "solid" in style) == (weight[0] == "+")
        assert ("italic" in style and "dotted" in style) == (weight[0] == "-")
    assert "positive: probability 0.80" in page and 'aria-label="positive: probability 0.80' in page
    assert "against it 'bad' -0.25" in shown._repr_mimebundle_()["text/plain"]


def test_highlighted_words_keep_the_text_and_bring_no_scripts():
    page = plots.highlighted_words(of_text())._repr_mimebundle_()["text/html"]
    text = re.sub(r"<small.*?</small>|<[^>]*>", "", page.split("pre-wrap")[1].split(">", 1)[1])
    assert text == "Not &lt;b&gt;bad&lt;/b&gt;, not good"
    hostile = of_text(
        '<script>alert("no")</script> bad!', spans=((0, 1), (1, 2), (29, 32), (32, 32), (32, 32), (32, 33))
    )
    page = plots.highlighted_words(hostile, title='"><script>')._repr_mimebundle_()["text/html"]
    assert "<script" not in page and "&lt;" in page


def test_a_long_review_stays_a_few_kilobytes():
    words = [f"word{number}" for number in range(600)]
    text = " ".join(words)
    starts = np.cumsum([0] + [len(word) + 1 for word in words[:-1]])
    weights = np.zeros(600)
    weights[::10] = np.linspace(0.1, 0.6, 60)
    found = of_text(
        text, pieces=tuple(words), spans=tuple((int(s), int(s) + len(w)) for s, w in zip(starts, words, strict=True)),
        features=tuple(words), places=tuple((n,) for n in range(600)), weights={1: weights},
    )  # fmt: skip
    page = plots.highlighted_words(found)._repr_mimebundle_()["text/html"]
    assert page.count("<span") == 10, "only the heaviest are marked"
    assert len(page) < 9000


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.explanation(IMAGE[:6], of_picture()), "the explanation (12, 12)"),
        (lambda: plots.explanation(IMAGE, of_picture(), mask=MASK[:3]), "the mask (3, 12)"),
        (lambda: plots.explanation(IMAGE, of_picture(), 2), "Class 2 was not explained"),
        (lambda: plots.explanation(IMAGE, Explanation("occlusion", SEGMENTS, 0, 0.5), 1), "one of class 0"),
        (lambda: plots.explanation(np.zeros((4, 4, 4)), of_picture()), "got shape (4, 4, 4)"),
        (lambda: plots.word_weights(of_text(weights={1: np.zeros(4)})), "more num_samples"),
        (lambda: plots.highlighted_words(of_text(), 0), "Class 0 was not explained"),
    ],
)
def test_what_cannot_be_drawn_is_explained(draw, said):
    with pytest.raises(ValueError) as problem:
        draw()
    assert said in str(problem.value)


def test_figures_are_html_images_with_their_alt_text():
    for picture in (plots.explanation(IMAGE, of_picture()), plots.word_weights(of_text())):
        shown = picture._repr_mimebundle_()["text/html"]
        assert shown.startswith('<img alt="') and len(shown) < 150_000
