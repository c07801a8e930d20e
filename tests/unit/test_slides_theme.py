"""The theme can be read: contrast computed from its own variables, letters large enough, nothing from a network."""

import re
from pathlib import Path

import pytest
from contrast import LEAST_CONTRAST, contrast, luminance

THEME = Path(__file__).parents[2] / "slides" / "theme"
CSS = (THEME / "theme.css").read_text(encoding="utf-8")

# Which colour stands on which ground.
TEXT_ON = [
    *((ink, "ground") for ink in ("ink", "quiet", "accent", "warm", "good")),
    *((ink, "panel") for ink in ("ink", "quiet", "accent", "warm", "good")),
    *((f"code-{kind}", "panel") for kind in ("keyword", "string", "number", "comment", "function")),
    ("on-band", "band"),
    ("on-band-quiet", "band"),
]


def variables(theme):
    """Colours of a theme: those of the light one, changed by the dark one."""
    found = {}
    for selector in (r":root", r':root\[data-theme="dark"\]')[: 1 + (theme == "dark")]:
        block = re.search(rf"^{selector} \{{(.*?)^\}}", CSS, re.M | re.S)[1]
        found |= dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block))
    return found


def test_contrast_is_computed_as_the_guideline_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_stands_out_from_its_ground(theme, ink, ground):
    colours = variables(theme)
    assert contrast(colours[ink], colours[ground]) >= LEAST_CONTRAST


def test_every_colour_that_carries_text_is_tested():
    used = set(re.findall(r"(?<![\w-])color:\s*var\(--([\w-]+)\)", CSS))
    assert used == {ink for ink, _ in TEXT_ON}
    # No text has a colour of its own that the two themes do not know.
    assert not re.findall(r"(?<![\w-])color:\s*#", CSS)


def test_dark_and_light_have_the_same_colours():
    assert set(variables("dark")) == set(variables("light"))
    differing = {name for name in variables("dark") if variables("dark")[name] != variables("light")[name]}
    assert {"ground", "ink", "accent", "panel"} <= differing


def test_the_part_slides_have_the_ground_the_theme_was_tested_with():
    from course_utils.workshop.slides.filling import BAND

    assert variables("light")["band"] == variables("dark")["band"] == BAND


def test_text_is_24_points_and_nothing_is_smaller_than_a_footnote():
    sizes = [float(size) for size in re.findall(r"font-size:\s*([\d.]+)px", CSS)]
    assert re.search(r"\.reveal \{[^}]*font-size: 32px", CSS), "24 points are 32 pixels of a 1280 × 720 sheet"
    controls = 6  # the arrows, whose size counts in this unit
    assert min(size for size in sizes if size != controls) >= 17


def test_the_theme_loads_nothing():
    for path in THEME.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text and "@import" not in text and "@font-face" not in text, path.name


DRAWINGS = sorted((THEME.parent / "figures").glob("*.svg"))
ALWAYS_ON_THE_GROUND = {"#56b4e9"}  # a thick belt: told from both grounds, carries no text


def exchanged():
    """Colours of drawings and what the dark theme puts in their place."""
    pairs = re.findall(r'svg \[(?:fill|stroke)="(#[0-9a-f]{6})"\] \{ (?:fill|stroke): ([^;]+);', CSS)
    dark = variables("dark")
    return {light: dark[new[6:-1]] if new.startswith("var(") else new for light, new in pairs}


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_is_described_and_has_colours_that_the_dark_theme_exchanges(path):
    text = path.read_text(encoding="utf-8")
    assert len(re.search(r"<desc>(.*?)</desc>", text, re.DOTALL)[1].split()) >= 8
    assert set(re.findall(r"#[0-9a-f]{6}", text)) <= set(exchanged()) | ALWAYS_ON_THE_GROUND
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', text)) >= 21
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_words_of_drawings_stand_out_in_both_themes():
    new = exchanged()
    pale = [colour for colour in new if luminance(colour) > 0.6]
    inks = ["#1b1f24"]
    assert len(pale) >= 5
    for ink in inks:
        for ground in pale:
            assert contrast(ink, ground) >= LEAST_CONTRAST
            assert contrast(new[ink], new[ground]) >= LEAST_CONTRAST, (ground, new[ground])
    for ink in ("#6b7280", "#0072b2"):
        assert contrast(ink, "#ffffff") >= LEAST_CONTRAST
        assert contrast(new[ink], variables("dark")["ground"]) >= LEAST_CONTRAST


def test_a_name_is_either_a_drawing_or_a_function():
    from course_utils.workshop.slides import beside

    assert DRAWINGS
    assert not {path.stem for path in DRAWINGS} & set(beside.functions("figures"))
