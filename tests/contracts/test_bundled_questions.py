"""The bundled questions are what their card says: each answer follows from the facts."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from course_utils.datasets.questions import UNANSWERABLE, load_questions
from course_utils.further.answering.knowledge import KnowledgeBase

FOLDER = Path(__file__).resolve().parents[2] / "data" / "questions"
FILES = ("facts.tsv", "relations.tsv", "train.tsv", "test.tsv")
BOTH_WAYS = {"married_to", "neighbour_of", "rival_of"}
OF_PERSONS = {"married_to", "apprentice_of", "job", "speaks"}
SPLITS = ("Training", "Test")


@cache
def questions():
    return load_questions()


@cache
def triples() -> list[tuple[str, str, str]]:
    return list(questions().facts.itertuples(index=False, name=None))


@cache
def names() -> set[str]:
    return {subject for subject, _, _ in triples()} | {target for _, _, target in triples()}


@pytest.mark.parametrize("name", FILES)
def test_files_are_plain_text_without_stray_blanks(name: str) -> None:
    text = (FOLDER / name).read_bytes().decode("utf-8")
    assert unicodedata.normalize("NFC", text) == text
    assert "\r" not in text and text.endswith("\n") and not text.endswith("\n\n")
    fields = [field for line in text.splitlines() for field in line.split("\t")]
    assert [field for field in fields if field != field.strip() or "  " in field] == []


def test_there_are_enough_facts_and_questions() -> None:
    assert len(triples()) >= 400
    assert len(questions().training) >= 1_500
    assert len(questions().test) >= 500


def test_each_fact_stands_once_and_each_relation_is_explained() -> None:
    assert len(set(triples())) == len(triples())
    explained = list(questions().relations["relation"])
    assert len(set(explained)) == len(explained)
    assert {relation for _, relation, _ in triples()} == set(explained)
    assert questions().relations["explanation"].str.len().min() > 20


def test_a_relation_between_equals_is_known_from_both_sides() -> None:
    known = set(triples())
    assert [fact for fact in known if fact[1] in BOTH_WAYS and fact[::-1] not in known] == []


def test_no_name_is_spelled_in_two_ways() -> None:
    spelled = defaultdict(set)
    for name in names():
        spelled["".join(filter(str.isalnum, name.lower().removeprefix("the ")))].add(name)
    assert [ways for ways in spelled.values() if len(ways) > 1] == []


@pytest.mark.parametrize("split", SPLITS)
def test_answers_are_exactly_what_the_path_reaches(split: str) -> None:
    knowledge = KnowledgeBase.of(questions())
    for row in questions().table(split).itertuples():
        if row.path == UNANSWERABLE:
            assert row.answers == () and (not row.subject or row.subject in names()), row.question
        else:
            assert len(set(row.answers)) == len(row.answers) > 0, row.question
            assert set(knowledge.walk(row.subject, row.path)) == set(row.answers), row.question


def masks() -> re.Pattern:
    """Every way in which a name may stand in a question: whole, without The, in the singular, parts of a person's name."""
    found = set()
    for name in names():
        for form in (name, name.removeprefix("The "), name.replace("&", "and")):
            found |= {form.lower(), form.lower().removesuffix("s"), form.lower().removesuffix("es")}
    persons = {subject for subject, relation, _ in triples() if relation in OF_PERSONS}
    persons |= {target for _, relation, target in triples() if relation == "run_by"}
    found |= {word.lower() for person in persons for word in person.split() if len(word) > 2}
    either = "|".join(re.escape(form) for form in sorted(found, key=len, reverse=True) if len(form) > 2)
    return re.compile(rf"(?<!\w)(?:the )?(?:{either})(?:'s|s|es)?(?!\w)")


def test_no_question_stands_twice_and_no_test_question_differs_by_a_name_only() -> None:
    mask, seen, shapes = masks(), set(), set()
    for split in SPLITS:
        for question in questions().table(split)["question"]:
            letters = "".join(filter(str.isalnum, question.lower()))
            assert letters not in seen, question
            seen.add(letters)
            shape = " ".join(re.findall(r"#|[^\W_]+", mask.sub("#", question.lower().replace("’", "'"))))
            assert split == "Training" or shape not in shapes, question
            shapes.add(shape)


def test_new_paths_put_known_hops_together_or_go_back_from_a_price() -> None:
    test, training = questions().table("Test"), questions().training
    known = {hop for path in training["path"] for hop in path.split("/")}
    assert {hop for path in test["path"] for hop in path.split("/")} - known == {"^price"}
    back = test.loc[test["new_path"], "path"].str.contains("^price", regex=False).sum()
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{back} use the hop `^price`" in card
    assert f"{test['new_path'].sum() - back} put hops together" in card
    assert max(path.count("/") for path in training["path"]) == 1
    assert max(path.count("/") for path in test["path"]) == 2


def test_the_card_gives_the_counts() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    training, test = (questions().table(split) for split in SPLITS)
    several = [table["answers"].map(len).gt(1).sum() for table in (training, test)]
    for said in (
        f"{len(triples()):,} facts with {len(names())} names",
        f"{len(questions().relations)} relations",
        *(
            f"{len(table):,} questions: {(table['path'] != UNANSWERABLE).sum():,} over "
            f"{table['path'].nunique() - 1} paths, {(table['path'] == UNANSWERABLE).sum()} that the facts do not answer"
            for table in (training, test)
        ),
        f"{several[0]} training and {several[1]} test questions\nhave several",
        f"{test['new_path'].sum()} test questions have a path that no training question has",
        f"{test['path'].str.count('/').eq(2).sum()} of them with three hops",
        f"{test['new_subject'].sum()} test questions start from one of "
        f"{test.loc[test['new_subject'], 'subject'].nunique()} names",
        "CC BY 4.0",
        "not by visitors",
    ):
        assert said in card, said


def test_the_name_is_found_in_nearly_every_answerable_question() -> None:
    knowledge, test = KnowledgeBase.of(questions()), questions().table("Test")
    asked = test[test["path"] != UNANSWERABLE]
    found = [
        row.subject in {mention.name for mention in knowledge.mentions(row.question)}
        for row in asked.itertuples()
    ]
    card = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    assert f"finds it in {sum(found)} of the {len(found)} answerable test questions" in card
