"""A deck is read slide by slide, and what isn't a deck is named with its line and what to type."""

import pytest

from course_utils.workshop.slides import SlideError, problems, read_deck
from course_utils.workshop.slides.decks import find_decks

FRONT = "---\ntitle: A deck\nsubtitle: Of a test\nminutes: 3\nnotebook: 01-eda, 05-fruit-cnn\n---\n"
NOTES = "::: notes\n{} min. Said.\n:::\n"


def deck(tmp_path, body, front=FRONT):
    path = tmp_path / "02-trial.md"
    path.write_text(front + body, encoding="utf-8")
    return read_deck(path)


def test_a_slide_has_a_title_classes_what_is_shown_and_what_is_said(tmp_path):
    one, two = deck(
        tmp_path,
        "\n## First {.part #begin}\n\nShown.\n\n::: notes\n1.5 min. Said.\n\n::: key\nAlso said.\n:::\n:::\n\n## Second\n",
    ).slides
    assert (one.title, one.classes, one.minutes, one.line) == ("First", {"part"}, 1.5, 8)
    assert "Shown." in one.body
    assert "Also said." in one.notes and "Said" not in one.body
    assert one.notes_lines == range(12, 19)
    assert (two.title, two.minutes) == ("Second", None)


def test_a_placeholder_at_the_end_of_a_heading_is_no_class(tmp_path):
    (slide,) = deck(tmp_path, "## We got {{result 05-fruit-cnn test_accuracy percent}}\n").slides
    assert slide.classes == frozenset()
    assert slide.title.endswith("percent}}")


def test_what_looks_like_a_slide_inside_of_code_is_code(tmp_path):
    (slide,) = deck(tmp_path, "## Code\n\n```python\n## a comment\n# another\n::: notes\n```\n").slides
    assert "## a comment" in slide.body
    assert not slide.notes


def test_the_front_matter_says_what_the_title_slide_shows(tmp_path):
    made = deck(tmp_path, "## One\n")
    assert (made.title, made.subtitle, made.minutes) == ("A deck", "Of a test", 3)
    assert made.notebooks == ("01-eda", "05-fruit-cnn")


@pytest.mark.parametrize(
    ("body", "front", "message"),
    [
        ("# Part\n", FRONT, "line 7: a slide begins with `## Part`"),
        ("Lost text\n", FRONT, "line 7: text before the first slide"),
        ("## One\n::: notes\n1 min.\n## Two\n", FRONT, "line 10: the notes above are not closed"),
        ("## One\n```python\nx = 1\n## Two\n", FRONT, "line 8: a code block is never closed"),
        ("## One\n::: key\nText\n\n## Two\n", FRONT, "line 11: the notes above are not closed, or a box"),
        ("## One\n::: notes\n:::\n\n::: notes\nx\n:::\n## Two\n", FRONT, None),
        ("## One\n::: notes\nx\n:::\n\n::: notes\ny\n:::\n", FRONT, "line 12: this slide has notes already"),
        ("## One\n", FRONT.replace("minutes: 3\n", ""), "lacks `minutes: ...`"),
        ("## One\n", FRONT.replace("minutes: 3", "minutes: three"), "type a whole number"),
        (
            "## One\n",
            FRONT.replace("title: A", "titel: A"),
            "line 2: the front matter has one line each of title",
        ),
        ("## One\n", "no front matter\n", "line 1: begin with front matter"),
    ],
)
def test_what_is_no_deck_is_named_with_its_line(tmp_path, body, front, message):
    if message is None:
        assert len(deck(tmp_path, body, front).slides) == 2
        return
    with pytest.raises(SlideError) as error:
        deck(tmp_path, body, front)
    assert message in str(error.value)


def good_deck():
    slides = ["## Slide {}\n\nText.\n\n" + NOTES.format(1)] * 13
    slides = [text.format(number) for number, text in enumerate(slides)]
    slides.append("## Now you {.notebook}\n\n{{notebook 05-fruit-cnn}}\n\n" + NOTES.format(1))
    slides.append("## Credits {.credits}\n\nThanks.\n\n" + NOTES.format("0.5"))
    return slides


GOOD_FRONT = FRONT.replace("minutes: 3", "minutes: 14.5")


def broken(tmp_path, slides, minutes):
    return problems(deck(tmp_path, "".join(slides), FRONT.replace("minutes: 3", f"minutes: {minutes}")))


def test_a_deck_that_keeps_the_rules_has_no_problems(tmp_path):
    slides = good_deck()
    slides[0] = slides[0].replace("1 min", "1.5 min")
    assert broken(tmp_path, slides, 15) == []


@pytest.mark.parametrize(
    ("change", "minutes", "message"),
    [
        (lambda slides: slides[3:], 12, "has 13 slides"),
        (lambda slides: [slides[0].replace("1 min", "1.5 min"), *slides[1:]], 20, "add up to 15 minutes"),
        (
            lambda slides: [slides[0].replace("1 min. ", ""), *slides[1:]],
            14,
            "don't begin with their minutes",
        ),
        (lambda slides: [one.replace(" {.notebook}", "") for one in slides], 14, "has no hand-over"),
        (
            lambda slides: [one.replace("{{notebook 05-fruit-cnn}}", "05") for one in slides],
            14,
            "links its notebook",
        ),
        (lambda slides: [*slides[:-2], slides[-1], slides[-2]], 14, "ends without credits"),
    ],
)
def test_each_rule_a_deck_breaks_is_named(tmp_path, change, minutes, message):
    found = broken(tmp_path, change(good_deck()), minutes)
    assert any(message in problem for problem in found), found


def test_a_deck_is_found_by_name_or_number():
    assert find_decks(["02"]) == find_decks(["02-convolution"]) == find_decks(["slides/02-convolution.md"])
    with pytest.raises(SlideError, match="There are: .*02-convolution"):
        find_decks(["99"])
