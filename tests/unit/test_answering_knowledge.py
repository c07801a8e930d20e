"""The knowledge base: paths in both directions, names found however they are typed, questions with signs for names."""

from __future__ import annotations

import answering_support
import pytest

from course_utils.further.answering.knowledge import KnowledgeBase, Mention, spellings

RELATIONS = {**answering_support.RELATIONS, "owns_dog": ("person", "dog")}
FACTS = [*answering_support.FACTS, ("Ada Moss", "owns_dog", "Pistachio")]


@pytest.fixture(scope="module")
def knowledge():
    return KnowledgeBase(FACTS, RELATIONS)


@pytest.mark.parametrize(
    ("subject", "path", "reached"),
    [
        ("The Nut House", "sells", ("pistachios", "rye loaf")),
        ("rye loaf", "^sells", ("The Nut House", "Wick & Tallow")),
        ("rye loaf", "^sells/opens_on", ("Friday", "Sunday")),
        ("Sunday", "^opens_on/run_by/married_to", ("Bo Moss",)),
        ("pistachios", "sells", ()),
        ("eels", "^sells", ()),
    ],
)
def test_a_path_reaches_each_name_once(knowledge, subject, path, reached):
    assert knowledge.walk(subject, path) == reached


def test_a_slip_in_a_path_is_not_taken_for_no_answer(knowledge):
    with pytest.raises(ValueError, match="No relation 'sell'"):
        knowledge.walk("The Nut House", "sell")


def test_a_fact_of_an_unknown_relation_is_refused():
    with pytest.raises(ValueError, match="without types"):
        KnowledgeBase([("a", "likes", "b")], RELATIONS)


def test_a_name_has_the_type_that_its_facts_give_it(knowledge):
    assert knowledge.types["The Nut House"] == "stall"
    assert knowledge.types["rye loaf"] == "good"
    assert knowledge.types["Pistachio"] == "dog"


def test_paths_lead_somewhere_and_never_straight_back(knowledge):
    found = {one.path: one.answers for one in knowledge.paths_from("rye loaf", 2)}
    assert set(found) == {"^sells", *(f"^sells/{hop}" for hop in ("opens_on", "run_by", "located_in"))}
    for path, answers in found.items():
        assert knowledge.walk("rye loaf", path) == answers != ()


def test_more_hops_find_more_paths_and_keep_the_shorter_ones(knowledge):
    two, three = (knowledge.paths_from("Ada Moss", most) for most in (2, 3))
    assert three[: len(two)] == two and len(three) > len(two)
    assert knowledge.paths_from("nobody") == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does the Nut House sell?", ["The Nut House"]),
        ("NUT HOUSE, open?", ["The Nut House"]),
        ("Wick and Tallow's days?", ["Wick & Tallow"]),
        ("wick tallow", ["Wick & Tallow"]),
        ("who has rye loaves on friday", ["rye loaf", "Friday"]),
        ("A pistachio or two", ["Pistachio"]),
        ("Pistachios!", ["pistachios"]),
        ("Ada Moss’s husband?", ["Ada Moss"]),
        ("Where is Ada?", []),
        ("", []),
    ],
)
def test_names_are_found_however_they_are_typed(knowledge, question, found):
    assert [mention.name for mention in knowledge.mentions(question)] == found


def test_names_become_signs_and_the_start_gets_one_of_its_own(knowledge):
    question = "Is the Nut House open on Friday?"
    stall, day = knowledge.mentions(question)
    assert (stall, day) == (Mention("The Nut House", 1, 4), Mention("Friday", 6, 7))
    assert knowledge.signed(question, stall) == "is thisstall open on someweekday ?"
    assert knowledge.signed(question, day) == "is somestall open on thisweekday ?"
    assert knowledge.signed(question) == "is somestall open on someweekday ?"


def test_candidates_come_from_each_name(knowledge):
    found = knowledge.candidates("Is the Nut House open on Friday?", 1)
    assert {(mention.name, one.path) for mention, one in found} == {
        *(("The Nut House", hop) for hop in ("sells", "opens_on", "run_by", "located_in")),
        ("Friday", "^opens_on"),
    }


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("cherry", ("cherrys",)),
        ("poppies", ("poppy",)),
        ("kitchen knives", ("kitchen", "knife")),
        ("radishes", ("radish",)),
        ("watch straps", ("watch", "strap")),
        ("hourglass", ("hourglasses",)),
        ("The Jam Factory", ("jam", "factory")),
        ("4 pm", ("4", "pm")),
    ],
)
def test_a_name_has_several_spellings(name, form):
    assert form in spellings(name)


def test_a_name_that_ends_in_two_s_is_no_plural():
    assert ("hourglas",) not in spellings("hourglass")


def test_short_and_numeric_names_get_no_plural():
    assert spellings("1949") == {("1949",), ("1949's",)}
