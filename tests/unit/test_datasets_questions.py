"""Questions and headlines: tables as their columns promise, and a sentence for each kind of damage."""

from __future__ import annotations

import pytest

from course_utils.datasets import DataError, load_headlines, load_questions
from course_utils.foundation import config

FACTS = "subject\trelation\tobject\nRind\tsells\tcheddar\nRind\tsells\toatcakes\n"
RELATIONS = "relation\tsubject_type\tanswer_type\texplanation\nsells\tstall\tgood\tOn its counter.\n"
HEAD = "question\tsubject\tpath\tanswers\n"
TRAIN = HEAD + "What does Rind sell?\tRind\tsells\tcheddar|oatcakes\nWho sells eels?\t\tnone\t\n"
TEST = (
    HEAD
    + "Cheddar, who has it?\tcheddar\t^sells\tRind\nRind's goods?\tRind\tsells\tcheddar|oatcakes\nEels?\t\tnone\t\n"
)
HEADLINES = "headline\tlabel\tpaper\tdesk\nMan Sits\tsarcastic\tThe Thimble\ttown\nRain\tplain\tHarbour Post\tweather\n"


@pytest.fixture
def put(tmp_path, monkeypatch):
    """put(name=content) writes data/questions/<name>.tsv, and whole files for what is not named."""

    def write(**files):
        whole = {"facts": FACTS, "relations": RELATIONS, "train": TRAIN, "test": TEST} | files
        for name, content in whole.items():
            place = tmp_path / "data" / ("headlines" if name == "headlines" else "questions") / f"{name}.tsv"
            place.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                place.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setattr(config, "repository_root", lambda: tmp_path)

    return write


def test_answers_are_tuples_and_an_empty_one_is_no_answer(put):
    put()
    training = load_questions().table("Training")
    assert list(training["answers"]) == [("cheddar", "oatcakes"), ()]
    assert list(training["subject"]) == ["Rind", ""]


def test_the_test_table_says_which_paths_and_subjects_are_new(put):
    put()
    test = load_questions().table("Test")
    assert list(test["new_path"]) == [True, False, False]
    assert list(test["new_subject"]) == [True, False, False]


def test_a_table_is_a_copy(put):
    put()
    questions = load_questions()
    questions.table("Training").loc[0, "path"] = "spoilt"
    assert questions.table("Training").loc[0, "path"] == "sells"


def test_another_split_is_refused(put):
    put()
    with pytest.raises(ValueError, match="Training and Test"):
        load_questions().table("Validation")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("facts", None, "facts.tsv is missing"),
        ("facts", "subject\tobject\n", "expected"),
        ("train", TRAIN + "Two fields only?\tRind\n", "line 4: 2 fields"),
        ("test", b"question\xff\n", "can't be read"),
        ("relations", "", "expected"),
    ],
)
def test_damage_is_a_sentence_with_the_command_to_type(put, name, content, said):
    put(**{name: content})
    with pytest.raises(DataError, match=said) as problem:
        load_questions()
    assert "git checkout -- data/questions" in str(problem.value)


def test_headlines_have_labels_as_numbers(put):
    put(headlines=HEADLINES)
    assert list(load_headlines()["label"]) == [1, 0]
    assert list(load_headlines()["text"]) == ["Man Sits", "Rain"]


def test_a_label_that_nobody_knows_is_refused(put):
    put(headlines=HEADLINES.replace("plain", "serious"))
    with pytest.raises(DataError, match="serious"):
        load_headlines()
