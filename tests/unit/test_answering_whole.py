"""Facts, candidates, counts of neighbours and answers on fixed inputs: as a whole what was approved."""

from types import SimpleNamespace

import answering_support
import approvals
import numpy as np
import pytest

from course_utils.further.answering import columns, knowledge, vectors
from course_utils.further.answering.counting import HopCounter
from course_utils.text import Vocabulary

FACTS = [*answering_support.FACTS, ("Wick & Tallow", "run_by", "Cy Glass")]
NAMES = (
    "cherry", "cherries", "kitchen knives", "loaf", "loaves", "radishes", "radish", "watches", "tomatoes", "tomato", "glass", "hourglass",
    "glasses", "bus", "The Jam Factory", "the", "Wick & Tallow", "salt and pepper", "wife", "wives", "4 pm", "1949", "tea", "peas", "ox's",
)  # fmt: skip
QUESTIONS = (
    "What does the Nut House sell?", "Who runs Wick and Tallow on Fridays?", "is rye loaf sold at the nut house", "Ada Moss's husband",
    "Moss", "", "glass", "Wick Tallow's glass of pistachio", "Where is the Clock Aisle and who is Bo Moss?",
)  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return knowledge.KnowledgeBase(FACTS, answering_support.RELATIONS)


def test_spellings_of_names_are_as_approved():
    for name in NAMES:
        approvals.see(**{name: knowledge.spellings(name)})


def test_facts_are_walked_as_approved(base):
    approvals.see(types=base.types, names=base.names)
    for name in base.names:
        approvals.see(
            hops=base.hops_from(name), paths=[(one.path, one.answers) for one in base.paths_from(name)]
        )
        approvals.see(one=len(base.paths_from(name, 1)), three=[one.path for one in base.paths_from(name, 3)])
    for question in QUESTIONS:
        approvals.see(mentions=base.mentions(question), signed=base.signed(question))
        approvals.see(candidates=[(mention.name, one.path) for mention, one in base.candidates(question)])


def test_candidates_become_tables_as_approved(base):
    tables = columns.CandidateTables(base)
    approvals.see(sizes=tables.sizes)
    for question in QUESTIONS:
        for one in columns.readings(base, question):
            made = tables([one.candidates])
            approvals.see(signed=one.signed, **{name: [row.nonzero()[0] for row in table[0]] if table.ndim == 3 else table for name, table in made.items()})  # fmt: skip
    rows = [columns.readings(base, question)[0].candidates for question in QUESTIONS[:3]]
    approvals.see(cut=list(tables(rows, 4).values()))


def asked(question, subject, path):
    return SimpleNamespace(question=question, subject=subject, path=path)


ROWS = [
    asked("What does the Nut House sell?", "The Nut House", "sells"), asked("Who runs Wick and Tallow on Fridays?", "Wick & Tallow", "run_by"),
    asked("who sells rye loaf", "rye loaf", "^sells"), asked("when is Wick and Tallow open", "Wick & Tallow", "opens_on"),
    asked("who is married to Ada Moss", "Ada Moss", "married_to"), asked("who runs the stall that sells rye loaf", "rye loaf", "^sells/run_by"),
    asked("how heavy is a rye loaf", "rye loaf", "none"), asked("is it open on Friday", "Friday", "none"),
]  # fmt: skip


def test_training_rows_are_drawn_as_approved(base):
    for options in ({}, {"count": 4}, {"count": 6, "seed": 2}):
        found, right = columns.training_rows(base, ROWS, **options)
        approvals.see(right=right.tolist(), paths=[[one.path for one in row.candidates] for row in found])


def test_counting_hops_answers_as_approved(base):
    counter = HopCounter(base).fit(*columns.training_rows(base, ROWS))
    approvals.see(answers=counter.answers([*QUESTIONS, *(row.question for row in ROWS)]))
    short = HopCounter(base, strength=1, most=1).fit(*columns.training_rows(base, ROWS))
    approvals.see(short=short.answers([row.question for row in ROWS]))


class Liking:
    """Stands in for a trained net: likes candidates by what their tables hold."""

    layers = [SimpleNamespace(name=name) for name in ("question", "real", "path", "type")]

    def predict_on_batch(self, inputs):
        assert sorted(inputs) == ["path", "question", "real", "type"]
        liked = (inputs["path"] * np.arange(1, inputs["path"].shape[2] + 1)).sum(axis=2) % 5 + inputs["type"][
            ..., 0
        ]
        shares = np.exp(liked) * inputs["real"]
        return shares / shares.sum(axis=1, keepdims=True)


def test_answers_are_given_and_refused_as_approved(base):
    words = Vocabulary.fit([base.signed(question) for question in QUESTIONS if question])
    for most in ({}, {"most": 1}):
        answerer = columns.Answerer(base, words, Liking(), 8, **most)
        for question in (*QUESTIONS, None, "!"):
            approvals.see(answer=tuple(answerer.answer(question)))
        together = answerer.answers([question for question in QUESTIONS if question])
        approvals.see(together=[tuple(one) for one in together])
        right = [("rye loaf", "Friday")] * len(together)
        approvals.see(hits=columns.hit_at_1(together, right), f1=columns.f1(together, right))


TEXTS = [
    "the jam was good",
    "the bread was good too",
    "jam and bread and butter",
    "butter was on the bread",
    "good good jam",
]


def test_neighbours_are_counted_as_approved():
    words = Vocabulary.fit(TEXTS)
    for window in ({}, {"window": 1}, {"window": 5}):
        counts = vectors.neighbour_counts(TEXTS, words, **window)
        approvals.see(
            counts=counts.toarray(),
            rows=[list(row) for row in counts.toarray()],
            ppmi=vectors.ppmi(counts).toarray(),
        )
    approvals.see(plain=list(vectors.ppmi(np.array([[0, 4, 1], [4, 0, 2], [1, 2, 9]])).toarray().reshape(-1)))
    table = vectors.word_vectors(TEXTS, words, dimensions=3)
    likeness = table @ table.T  # the vectors themselves may be turned round
    approvals.see(likeness=likeness, spread=float(table[2:].std()), zeros=table[:2])
    for word in ("jam", "bread", "good", "unicorn"):
        approvals.see(
            nearest=vectors.nearest(word, table, words, 3), more=len(vectors.nearest(word, table, words))
        )
