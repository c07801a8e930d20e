"""Candidates as tables, a net of columns that learns to choose, and answers that can be refused, saved and loaded."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.further.answering.columns import (
    COLUMNS,
    NO_ANSWER,
    Answer,
    Answerer,
    CandidateTables,
    f1,
    hit_at_1,
    multi_column_net,
    readings,
    training_rows,
)
from course_utils.further.answering.counting import HopCounter
from course_utils.further.answering.knowledge import KnowledgeBase
from course_utils.text import Vocabulary

RELATIONS = {"sells": ("stall", "good"), "opens_on": ("stall", "weekday"), "run_by": ("stall", "person")}
STALLS = ("Rind", "Old Bones", "Nut House", "Pickle Bench")
GOODS = ("cheddar", "barometer", "walnut", "gherkin")
DAYS = ("Friday", "Saturday", "Sunday", "Tuesday")
PEOPLE = ("Ada Moss", "Bo Reed", "Cy Vane", "Di Fox")
LENGTH = 10


@pytest.fixture(scope="module")
def knowledge():
    facts = [(stall, "sells", good) for stall, good in zip(STALLS, GOODS, strict=True)]
    facts += [(stall, "opens_on", day) for stall, day in zip(STALLS, DAYS, strict=True)]
    facts += [(stall, "run_by", person) for stall, person in zip(STALLS, PEOPLE, strict=True)]
    return KnowledgeBase(facts, RELATIONS)


def asked(question, subject, path):
    return SimpleNamespace(question=question, subject=subject, path=path)


@pytest.fixture(scope="module")
def rows():
    found = []
    for stall, good in zip(STALLS, GOODS, strict=True):
        found += [
            asked(f"what does {stall} sell", stall, "sells"),
            asked(f"goods at {stall} please", stall, "sells"),
            asked(f"when is {stall} open", stall, "opens_on"),
            asked(f"days of {stall} please", stall, "opens_on"),
            asked(f"who runs {stall}", stall, "run_by"),
            asked(f"who sells a {good}", good, "^sells"),
            asked(f"who runs the stall with a {good}", good, "^sells/run_by"),
            asked(f"how heavy is a {good}", good, "none"),
            asked(f"is {stall} any good", stall, "none"),
        ]
    return found


def test_a_reading_has_no_answer_first_and_every_path_after_it(knowledge):
    (one,) = readings(knowledge, "What does Rind sell?", most=1)
    assert one.signed == "what does thisstall sell ?"
    assert [candidate.path for candidate in one.candidates] == ["none", "sells", "opens_on", "run_by"]
    assert one.candidates[0] is NO_ANSWER
    assert readings(knowledge, "What does the Jam Factory sell?") == []


def test_a_question_with_two_names_is_read_from_each(knowledge):
    found = readings(knowledge, "Is Rind open on Sunday?")
    assert [one.mention.name for one in found] == ["Rind", "Sunday"]


def test_tables_mark_hops_types_and_what_leads_on(knowledge):
    tables = CandidateTables(knowledge)
    (one,) = readings(knowledge, "cheddar?", most=2)
    found = tables([one.candidates, one.candidates[:2]], 6)
    assert {name: table.shape for name, table in found.items()} == {
        "path": (2, 6, 7), "type": (2, 6, 4), "context": (2, 6, 6), "real": (2, 6),
    }  # fmt: skip
    assert found["real"].sum(axis=1).tolist() == [len(one.candidates), 2]
    path = [candidate.path for candidate in one.candidates].index("^sells/opens_on")
    assert found["path"][0, path].sum() == 2 and found["type"][0, path].sum() == 1
    assert found["path"][0, 0].sum() == 1 and found["type"][0, 0].sum() == found["context"][0, 0].sum() == 0
    assert not found["path"][1, 2:].any()


def test_training_rows_keep_the_right_candidate_and_at_most_count(knowledge, rows):
    found, right = training_rows(knowledge, rows, count=4, seed=3)
    assert len(found) == len(right) == len(rows)
    for one, place, row in zip(found, right, rows, strict=True):
        assert one.candidates[place].path == row.path
        assert one.candidates[0] is NO_ANSWER and len(one.candidates) <= 4
        assert len({candidate.path for candidate in one.candidates}) == len(one.candidates)


def test_a_reading_from_another_name_has_no_answer_as_the_right_one(knowledge):
    found, right = training_rows(knowledge, [asked("Is Rind open on Sunday?", "Rind", "opens_on")])
    paths = [one.candidates[place].path for one, place in zip(found, right, strict=True)]
    assert paths == ["opens_on", "none"]


def test_one_reading_without_the_right_path_does_not_cost_the_question_its_others(knowledge):
    found, right = training_rows(
        knowledge,
        [
            asked("Is Rind open on Sunday?", "Rind", "opens_on/opens_on"),
            asked("Who runs Rind?", "Rind", "run_by"),
        ],
    )
    paths = [one.candidates[place].path for one, place in zip(found, right, strict=True)]
    assert paths == ["none", "run_by"], "Sunday is read, and so is the next question"


def test_counting_hops_answers_what_it_was_taught_and_refuses(knowledge, rows):
    counter = HopCounter(knowledge).fit(*training_rows(knowledge, rows))
    assert counter.answers(["when is Rind open", "how heavy is a walnut", "unicorns?"]) == [
        ("Friday",),
        (),
        (),
    ]
    assert counter.answers([]) == [] and counter.answers(["unicorns?"]) == [()]


@pytest.fixture(scope="module")
def answerer(knowledge, rows):
    keras = pytest.importorskip("keras")
    found, right = training_rows(knowledge, rows)
    vocabulary = Vocabulary.fit([one.signed for one in found])
    keras.utils.set_random_seed(1)
    sizes = CandidateTables(knowledge).sizes
    net = multi_column_net(len(vocabulary), LENGTH, sizes, dimensions=16, filters=16, learning_rate=0.01)
    made = Answerer(knowledge, vocabulary, net, LENGTH, most=2)
    net.fit(made.inputs(found), right, epochs=60, batch_size=16, verbose=0)
    return made


def test_the_net_learns_to_choose(answerer):
    questions = ["what does Rind sell", "when is Nut House open", "who runs the stall with a walnut"]
    found = answerer.answers(questions)
    assert [one.names for one in found] == [("cheddar",), ("Sunday",), ("Cy Vane",)]
    assert [one.path for one in found] == ["sells", "opens_on", "^sells/run_by"]
    assert all(0 < one.confidence <= 1 and one.subject in one.why for one in found)


@pytest.mark.parametrize("question", ["", "!!", None, 3, "who sells unicorns", "how heavy is a walnut"])
def test_what_it_cannot_answer_is_refused_with_a_reason(answerer, question):
    found = answerer.answer(question)
    assert found.names == () and found.path == "none" and found.why.endswith(".")


def test_paths_have_three_hops_at_most_where_nothing_else_is_said(answerer, knowledge):
    plain = Answerer(knowledge, answerer.vocabulary, answerer.net, LENGTH)
    three = Answerer(knowledge, answerer.vocabulary, answerer.net, LENGTH, most=3)
    questions = ["what does Rind sell", "who runs the stall with a walnut"]
    assert plain.answers(questions) == three.answers(questions)


def test_probabilities_do_not_depend_on_the_padding(answerer, knowledge):
    one = readings(knowledge, "what does Rind sell", 2)
    narrow, wide = (
        np.asarray(answerer.net.predict_on_batch(answerer.inputs(one, count))) for count in (20, 70)
    )
    assert narrow[0] == pytest.approx(wide[0, :20], abs=1e-5)
    assert wide[0, len(one[0].candidates) :].max() == pytest.approx(0, abs=1e-6)


def test_more_questions_than_a_batch_are_answered_as_one_by_one(answerer):
    questions = [f"when is {stall} open" for stall in STALLS] * 20
    together = [one.names for one in answerer.answers(questions)]
    assert together == [answerer.answer(question).names for question in questions[:4]] * 20


def test_it_is_the_same_after_saving_and_loading(answerer, knowledge, tmp_path):
    again = Answerer.load(answerer.save(tmp_path / "kept"), knowledge)
    question = "who runs the stall with a gherkin"
    assert again.answer(question)[:3] == answerer.answer(question)[:3]
    with pytest.raises(FileNotFoundError, match="Keep one first"):
        Answerer.load(tmp_path / "nothing", knowledge)


@pytest.mark.parametrize("columns", [("path",), ("path", "type"), COLUMNS])
def test_a_net_has_the_columns_that_it_was_asked_for(knowledge, columns):
    pytest.importorskip("keras")
    sizes = CandidateTables(knowledge).sizes
    net = multi_column_net(20, LENGTH, {name: sizes[name] for name in columns})
    assert {layer.name for layer in net.layers} >= {"question", "real", *columns}
    assert net.output_shape == (None, None)


def said(*names):
    return Answer(names, "", "", 1.0, "")


def test_hits_look_at_the_first_name_and_f1_at_all():
    answers = [said("a", "b"), said("b", "a"), said("c"), said()]
    right = [("a",), ("a",), ("a", "c", "d"), ("a",)]
    assert hit_at_1(answers, right).tolist() == [True, False, True, False]
    assert f1(answers, right) == pytest.approx([2 / 3, 2 / 3, 0.5, 0])
