"""Kim's small sets: the script keeps his protocol, and what is recorded reaches his figures."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks_support import load, nothing_traced
from claims_support import Told

from course_utils.datasets import Sentences
from course_utils.foundation import config, records

NAME = "kim_small_sets"


def few(texts, classes=2):
    """Sentences that one word decides."""
    labels = np.arange(texts) % classes
    return [f"{'abc'[label]}word says it number {number}" for number, label in enumerate(labels)], labels


def test_folds_test_each_sentence_once_and_leave_the_test_fold_alone(monkeypatch):
    script = load(NAME)
    texts, labels = few(100)
    monkeypatch.setattr(script, "load_sentences", lambda name: Sentences(name, (texts, labels)))
    tested = []
    for part in script.parts("subj"):
        training, dev, test = (set(found) for found, _ in part)
        assert len(test) == 10 and len(dev) == 9 and len(training) == 81
        assert not test & (training | dev) and not dev & training
        tested += test
    assert sorted(tested) == sorted(texts)


def test_a_given_test_part_stays_and_only_the_dev_part_changes(monkeypatch):
    script = load(NAME)
    found = Sentences("trec", few(60, 3), None, few(9, 3))
    monkeypatch.setattr(script, "load_sentences", lambda name: found)
    parts = list(script.parts("trec"))
    assert len(parts) == script.SEEDS
    assert all(part.test is found.test and len(part.dev[0]) == 6 for part in parts)
    assert len({tuple(part.dev[0]) for part in parts}) > 1


def test_a_run_goes_from_sentences_to_a_table_and_is_not_made_twice(monkeypatch, tmp_path):
    pytest.importorskip("keras")
    script = load(NAME)
    monkeypatch.setattr(
        script, "load_sentences", lambda name: Sentences(name, few(60, 3), few(9, 3), few(9, 3))
    )
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(script, "digest", lambda: "0" * 64)
    monkeypatch.setattr(script, "EPOCHS", {"trec": 1})
    with nothing_traced():
        done = script.measure("trec", runs=1)
    monkeypatch.setattr(script, "run_cnn", None)  # would fail if it were called again
    assert script.measure("trec", runs=1) == done
    net, ours, bag = script.summarise("trec", done)
    assert net["published"] == ours["published"] == 0.912 and "published" not in bag
    assert net["runs"] == ours["runs"] == bag["runs"] == 1
    assert 0 <= net["accuracy"] <= 1 and 0 <= ours["accuracy"] <= 1 and bag["accuracy"] == 1


@pytest.mark.parametrize("name", ["sst2", "subj", "trec"])
def test_what_is_recorded_is_better_with_counts_than_either_part(name):
    script, rows = load(NAME), recorded_rows()
    net, ours, bag = (rows[name, option] for option in (script.CNN, script.OURS, script.BAG))
    for row in (net, ours):
        assert row["published"] == script.PUBLISHED[name]
        assert len(row["accuracy_runs"]) == row["runs"] >= 5
    assert ours["accuracy"] >= max(net["accuracy"], bag["accuracy"])


@pytest.mark.parametrize("name", ["sst2", "subj", "trec"])
def test_what_is_recorded_reaches_kim(name):
    script = load(NAME)
    assert recorded_rows()[name, script.OURS]["accuracy"] >= script.PUBLISHED[name]


def recorded_rows():
    rows = {(row["set"], row["option"]): row for row in records.load(NAME).rows}
    assert {name for name, _ in rows} == set(load(NAME).SETS) == {"sst2", "subj", "trec"}
    return rows


def test_pieces_are_windows_of_words_and_of_letters():
    from text_recipes import pieces

    reading = pieces.Reading(words=(1, 2), letters=(3,))
    assert pieces.pieces("A dog!", reading) == (
        {"a", "dog", "!", "a dog", "dog !"} | {"#<a>", "#<do", "#dog", "#og>", "#<!>"}
    )
    starts = pieces.Reading(words=(1,), letters=(), starts=True)
    assert pieces.pieces("who sang it", starts) == {"who", "sang", "it", "^who", "^who sang", "^who sang it"}
    apart = pieces.Reading(words=(1,), letters=(), apart=2)
    assert pieces.pieces("what big city is it", apart) == (
        {"what", "big", "city", "is", "it"} | {"what ... big", "what ... city"}
    )
    assert pieces.pieces("", apart) == set()
    known = pieces.Pieces(["good dog", "bad dog"], pieces.Reading(words=(1,), letters=()))
    assert known.training.tolist() == [[2, 3], [1, 2]], "bad, dog, good"
    assert known.encode(["dog or good or bad", "cat"]).tolist() == [[1, 2], [0, 0]]


def test_spelling_is_five_columns_and_rare_endings_are_unknown():
    script = load(NAME)
    assert script.looks("Garden has 12 UNO's", True) == [
        ("garden", "gar", "den", "en", "capital"),
        ("has", "has", "has", "as", "small"),
        ("12", "12", "12", "12", "digits"),
        ("uno's", "uno", "o's", "'s", "capital"),
    ]
    assert script.looks("Garden has", False) == [("garden",), ("has",)]
    words, starts, *_ = script.vocabularies(["nobody", "nobles"], True)
    assert "nobles" in words and "nob" in starts and len(starts) == 3


def test_a_piece_counts_for_each_class_against_the_others():
    from text_recipes import pieces

    ids = np.array([[1, 2], [1, 0], [2, 0], [0, 0]])
    ratios = pieces.log_ratios(ids, np.array([0, 0, 1, 2]), 3, 3)
    assert ratios[0].tolist() == [0, 0, 0]
    assert ratios[1].tolist() == pytest.approx([np.log(3 / 2 / (1 / 2)), np.log(1 / (3 / 3)), np.log(3 / 3)])


def test_ridge_regression_learns_from_the_dev_part_too_and_is_least_squares_with_a_penalty():
    script = load(NAME)
    part = script.Part((["who"], np.array([0])), (["where"], np.array([1])), (["who", "where", "cat"], None))
    # Each text is a vector of length 1, at right angles to the other's; half the way is the intercept's.
    far = 0.5 + 0.5 / (1 + script.PENALTY)
    expected = [[far, 1 - far], [1 - far, far], [0.5, 0.5]]
    np.testing.assert_allclose(script.run_ridge(part, 2), expected, atol=1e-6)


def test_ridge_regression_counts_twice_as_much_as_all_nets():
    script = load(NAME)
    nets = [np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])]
    np.testing.assert_allclose(script.together(nets), [[0.7, 0.3]])
    np.testing.assert_allclose(script.together(nets, np.array([[0.1, 0.9]])), [[0.3, 0.7]])


@pytest.mark.parametrize(("name", "right"), [("subj", False), ("trec", True)])
def test_only_questions_have_the_spelt_cnn_and_ridge_regression_averaged_in(
    monkeypatch, tmp_path, name, right
):
    script = load(NAME)
    wrong, asked = np.tile([0.8, 0.2], (10, 1)), []
    found = Sentences(name, few(60), few(10), ([f"b {number}" for number in range(10)], np.ones(10, int)))
    monkeypatch.setattr(script, "load_sentences", lambda name: found)
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(script, "digest", lambda: "0" * 64)
    monkeypatch.setattr(script, "run_cnn", lambda *_, spelt=False: asked.append(spelt) or wrong)
    monkeypatch.setattr(script, "run_pieces", lambda *_: wrong)
    monkeypatch.setattr(script, "run_ridge", lambda *_: 1 - wrong)
    done = script.measure(name, runs=1)
    assert asked == [False, True][: 1 + right]
    assert done[script.CNN] == [0] and done[script.OURS] == [right]


ROWS = {
    "training": [
        ("who plays anna in it", {("/film/role", "/film/actor")}),
        ("where is rome", {("/place/in",)}),
    ]
    * 4,
    "validation": [("who plays tom", {("/film/role", "/film/actor")}), ("where is oslo", {("/place/in",)})],
    "test": [("where is lima", {("/place/in",), ("/place/near",)}), ("who plays eve", {("/film/cast",)})],
}


def test_the_candidates_are_the_paths_of_the_training_questions():
    task = load("webquestions_paths").Task(ROWS)
    assert task.paths == [("/film/role", "/film/actor"), ("/place/in",)]
    assert task.marks["relations"].sum(axis=1).tolist() == [2, 1]
    assert task.marks["words"].sum(axis=1).tolist() == [3, 2]  # film, role, actor; place, in
    assert task.right["test"].tolist() == [[0, 1], [0, 0]], "what no training question has can't be chosen"
    assert task.hit("test", np.array([[0.1, 0.9], [0.1, 0.9]])) == 0.5


def test_columns_and_baseline_learn_two_paths(monkeypatch):
    pytest.importorskip("keras")
    script = load("webquestions_paths")
    monkeypatch.setattr(script, "load_webquestions", lambda: ROWS)
    monkeypatch.setattr(script, "EPOCHS", 3)
    rows = script.measure(seeds=(1,))
    assert [row["option"] for row in rows] == [script.BAG, *script.COLUMNS, script.TOGETHER]
    assert rows[0]["hit_at_1"] == 0.5 == rows[0]["most"]
    assert all(0 <= row["hit_at_1"] <= 0.5 and row["tested"] == 2 for row in rows)


def test_a_net_and_counting_together_are_mixed_as_the_validation_questions_say():
    script = load("webquestions_paths")
    task = script.Task(ROWS)
    # Two validation questions, right are path 0 and path 1. Counting has the first, the net only the second, and surely.
    bag = {"validation": np.array([[0.9, 0.1], [0.55, 0.45]]), "test": np.array([[0.9, 0.1], [0.5, 0.5]])}
    net = {"validation": np.array([[0.2, 0.8], [0.1, 0.9]]), "test": np.array([[0.0, 1.0], [0.5, 0.5]])}
    mixed = script.together(task, bag, net)
    assert task.hit("validation", mixed["validation"]) == 1
    assert mixed["test"][0] == pytest.approx([0.72, 0.28]), "the smallest share that is best: 0.2"


def test_the_notebook_says_of_webquestions_what_is_recorded():
    rows = {row["option"]: row for row in records.load("webquestions_paths").rows}
    script = load("webquestions_paths")
    counting, both = rows[script.BAG], rows[script.TOGETHER]
    said = Told("14-questions").cells()["comparison-saw"]
    assert "TF-IDF has one class per path" in said and "TF-IDF leads clearly" in said
    for name in script.COLUMNS:
        assert counting["hit_at_1"] - rows[name]["hit_at_1"] > 2 * rows[name]["hit_at_1_sd"]
    assert "the scores of both added up are no better than TF-IDF alone" in said
    assert abs(both["hit_at_1"] - counting["hit_at_1"]) < both["hit_at_1_sd"]


def test_a_joke_detector_is_scored_at_home_and_away(monkeypatch):
    pytest.importorskip("keras")
    script = load("sarcasm_publishers")
    parts = {
        name: few(texts) for name, texts in (("training", 60), ("home", 8), ("styled", 4), ("kettle", 6))
    }
    monkeypatch.setattr(script, "places", lambda: parts)
    rows = script.measure(seeds=(1, 2))
    assert [(row["option"], row["place"]) for row in rows] == [
        (option, place) for option in (script.BAG, script.CNN) for place in ("home", "styled", "kettle")
    ]
    assert rows[0]["accuracy"] == 1 and rows[0]["tested"] == 8 and rows[-1]["runs"] == 2
