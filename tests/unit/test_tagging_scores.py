"""Entity F1 counts whole names, strictly, as seqeval does."""

import numpy as np
import pytest

from course_utils.further.tagging import broken_steps, entities, entity_score, token_accuracy
from course_utils.further.tagging.scores import score_of_counts


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("B-LOC I-LOC O", [("LOC", 0, 2)]),
        ("B-LOC B-LOC", [("LOC", 0, 1), ("LOC", 1, 2)]),
        ("O I-LOC I-LOC", []),
        ("B-LOC I-ORG", [("LOC", 0, 1)]),
        ("B-LOC I-ORG I-LOC", [("LOC", 0, 1)]),
        ("B-LOC O I-LOC", [("LOC", 0, 1)]),
        ("O B-PERSON", [("PERSON", 1, 2)]),
        ("", []),
    ],
)
def test_a_name_begins_with_b_and_ends_where_the_type_does(tags, found):
    assert entities(tags.split()) == found


@pytest.mark.parametrize(
    "tags", ["B-LOC I-LOC I-LOC", "B-ORG I-ORG O", "B-LOC O O", "O B-LOC O", "B-LOC B-LOC O"]
)
def test_only_the_whole_name_with_its_type_counts(tags):
    score = entity_score(["B-LOC I-LOC O".split()], [tags.split()])
    assert score.f1 == score.right == 0 and score.gold == 1


def test_precision_and_recall_are_over_all_sentences_together():
    gold = ["B-LOC O B-ORG I-ORG".split(), "O O".split(), "B-LOC".split()]
    said = ["B-LOC O O O".split(), "B-LOC O".split(), "B-LOC".split()]
    score = entity_score(gold, said)
    assert (score.gold, score.predicted, score.right) == (3, 3, 2)
    assert score.precision == score.recall == score.f1 == pytest.approx(2 / 3)
    assert entity_score(gold, said, ["ORG"]).f1 == 0 and entity_score(gold, said, ["LOC"]).recall == 1


def test_all_o_has_most_tokens_and_no_name():
    gold = ["O O O O B-LOC".split()]
    said = ["O O O O O".split()]
    assert token_accuracy(gold, said) == 0.8 and entity_score(gold, said).f1 == 0


def test_nothing_to_find_and_nothing_said_is_no_division_by_zero():
    assert score_of_counts(0, 0, 0) == (0, 0, 0, 0, 0, 0)


def test_another_length_is_refused():
    with pytest.raises(ValueError, match="sentence 0"):
        entity_score([["O"]], [["O", "O"]])


def test_broken_steps_are_i_tags_that_continue_nothing():
    assert broken_steps("O I-LOC B-LOC I-LOC I-ORG".split()) == 2
    assert broken_steps("B-LOC I-LOC B-ORG I-ORG".split()) == 0


def test_it_counts_what_seqeval_counts_in_strict_mode():
    """The figures are those of seqeval 1.2.2 on these tags with mode="strict", scheme=IOB2; its default says 0.4815."""
    random = np.random.default_rng(0)
    tags = ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
    gold, said = ([[tags[k] for k in random.integers(5, size=9)] for _ in range(200)] for _ in range(2))
    said = [one if number % 3 else gold[number] for number, one in enumerate(said)]
    ours = entity_score(gold, said)
    assert ours.precision == pytest.approx(0.4175977653631285)
    assert ours.recall == pytest.approx(0.42592592592592593)
    assert ours.f1 == pytest.approx(0.4217207334273625)
