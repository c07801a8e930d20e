"""Numbers come from their sources with a digest; what is asked wrongly is answered with what to type."""

import pytest
from slides_support import write_course, write_notebook, write_recorded

from course_utils.foundation import config
from course_utils.workshop.slides import SlideError, sources
from course_utils.workshop.slides.placeholders import fill


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    write_course(tmp_path)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    config.repository_root.cache_clear()
    config.course.cache_clear()
    yield tmp_path
    config.repository_root.cache_clear()
    config.course.cache_clear()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("result 05-fruit-cnn test_accuracy percent", "94.7 %"),
        ("result 05 test_accuracy fixed3", "0.947"),
        ("chance 05-fruit-cnn test_accuracy percent2", "6.25 %"),
        ("band 05-fruit-cnn test_accuracy percent0", "90 to 98 %"),
        ("band 05-fruit-cnn test_accuracy percent profile=full data=real", "not measured"),
        ("kept 05-fruit-cnn test_accuracy percent", "94.0 ± 1.0 %"),
        ("kept 05-fruit-cnn test_accuracy fixed2", "0.94 ± 0.01"),
        ("source 05-fruit-cnn", "class profile, bundled data"),
        ("recorded speed net=small seconds fixed1", "1.2"),
        ("recorded speed net=large rounds", "3"),
        ("recorded speed .machine", "a laptop"),
        ("recorded nothing net=small seconds fixed1 | not yet run", "not yet run"),
        ("minutes 05-fruit-cnn", "60"),
        ("notebook 05", "[05-fruit-cnn: A net for fruit](../../notebooks/05-fruit-cnn.ipynb)"),
    ],
)
def test_a_placeholder_becomes_what_its_source_says(asked, shown):
    assert fill(f"It is {{{{{asked}}}}}.", "here").text == f"It is {shown}."


@pytest.mark.parametrize(
    ("asked", "help_given"),
    [
        ("accuracy 05-fruit-cnn", "Type one of: {{result 05-fruit-cnn test_accuracy percent}}"),
        ("result 05-fruit-cnn accuracy percent", "It has: test_accuracy"),
        ("result 99-none test_accuracy percent", "The course has: 05-fruit-cnn"),
        ("result 05-fruit-cnn test_accuracy", "a number needs a format: percent"),
        ("result 05-fruit-cnn test_accuracy roman", "'roman' is not a format: percent"),
        ("result 05-fruit-cnn", "a word is missing. Type: {{result"),
        ("band 05-fruit-cnn nothing percent", "It has: test_accuracy"),
        ("kept 05-fruit-cnn nothing percent", "Type: course bands 05-fruit-cnn"),
        ("recorded speed net=tiny seconds fixed1", "net: small, large"),
        ("recorded speed net=small minutes fixed1", "It has: 'net', 'seconds', 'rounds'"),
        ("recorded speed seconds fixed1", "2 rows of speed match"),
        ("recorded nothing net=small seconds fixed1", "benchmarks/nothing.py --record"),
        ('recorded speed "net=small seconds', "close the quotation mark"),
        ("notebook 00-convolutions", "The course has: 05-fruit-cnn"),
        ("parameters small", "keras.applications, such as VGG16"),
        ("", "is not known"),
    ],
)
def test_a_placeholder_without_an_answer_names_place_and_remedy(asked, help_given):
    with pytest.raises(SlideError) as error:
        fill(f"It is {{{{{asked} }}}}.", "slides/01-trial.md, line 9")
    assert str(error.value).startswith("slides/01-trial.md, line 9: ")
    assert help_given in str(error.value)


@pytest.mark.parametrize("text", ["half {{result 05", "TODO: write this"])
def test_nothing_is_left_over_silently(text):
    with pytest.raises(SlideError, match="left over"):
        fill(text, "here")


def test_two_braces_as_they_are_can_be_typed():
    assert fill(r'f"\{{name}}"', "here").text == 'f"{{name}}"'


def test_running_again_with_equal_results_changes_no_digest(root):
    before = sources.result("05", "test_accuracy")[1]
    write_notebook(root, versions="2")
    assert sources.result("05", "test_accuracy")[1] == before


def test_another_result_or_another_profile_changes_the_digest(root):
    before = sources.result("05", "test_accuracy")[1].digest
    write_notebook(root, accuracy=0.9469)  # the same on the slide, and yet another run
    assert sources.result("05", "test_accuracy")[1].digest != before
    recorded = sources.recorded("speed", ["net=small", "seconds"])[1].digest
    write_recorded(root, seconds=1.26)
    assert sources.recorded("speed", ["net=small", "seconds"])[1].digest != recorded


def test_a_figure_of_a_cell_brings_its_alt_text_and_its_width():
    found = sources.cell_figure("05-fruit-cnn", "confusion")
    assert found.image.startswith(b"\x89PNG")
    assert found.alt == 'A confusion matrix, all "in order".'
    assert found.width == 700
    with pytest.raises(ValueError, match="There are: confusion"):
        sources.cell_figure("05-fruit-cnn", "matrix")
    with pytest.raises(ValueError, match="shows 1 figure"):
        sources.cell_figure("05-fruit-cnn", "confusion", 2)


def test_every_number_says_what_it_was_made_with():
    (use,) = fill("{{result 05 test_accuracy percent}}", "here").uses
    assert use.label == "05-fruit-cnn: class profile, bundled data"
    assert use.source == "notebooks/05-fruit-cnn.ipynb#results/test_accuracy/value"
