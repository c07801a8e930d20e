"""A tagger with word vectors from unmarked text: the test stays out of what is learned, and what is recorded is told."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks_support import load, nothing_traced

from course_utils.datasets import Names, read_marked
from course_utils.foundation import records

NAME = "names_from_elsewhere"
TEXTS = [
    f"yesterday <PERSON>{name}</PERSON> saw <LOC>{place}</LOC> again"
    for name, place in (("Ann", "Hull"), ("Bob", "York"), ("Cem", "Kiel"), ("Dot", "Bonn"), ("Eve", "Bern"))
]
OTHERS = [f"yesterday {name} saw the town again . The town was old" for name in ("Ann", "Bob", "Cem", "he")]


@pytest.fixture
def script(monkeypatch):
    found = load(NAME)
    monkeypatch.setattr(found, "LEAST", 1)
    monkeypatch.setattr(found, "DIMENSIONS", 4)
    monkeypatch.setattr(found, "LENGTH", 6)
    return found


def few():
    return [read_marked(text, language="en") for text in TEXTS]


def test_words_with_the_same_neighbours_have_similar_vectors(script):
    known = script.learn([text.split() for text in OTHERS])
    number = {word: place for place, word in enumerate(known.words)}
    vectors = known.table[:, :-2]
    assert known.table.shape == (len(known.words), 4 + 2)
    ann, bob, town = (vectors[number[word]] for word in ("ann", "bob", "town"))
    assert np.linalg.norm(ann) == pytest.approx(3, abs=1e-3)
    assert ann @ bob == pytest.approx(9, abs=0.01) and ann @ town < 8


def test_a_capital_after_a_full_stop_is_not_counted(script):
    known = script.learn([text.split() for text in OTHERS])
    number = {word: place for place, word in enumerate(known.words)}
    share = known.table[:, -2]
    assert share[number["ann"]] == pytest.approx(0.75)  # once with a capital, of once
    assert share[number["the"]] == pytest.approx(0.5 / 5)  # four times in small letters


def test_no_word_of_a_test_sentence_is_learned(script, monkeypatch):
    monkeypatch.setattr(script, "TEXTS", {})
    assert script.unmarked(few()) == [one.words for one in few()]


def test_o_loses_points_and_then_more_names_are_found(script):
    encoder = type("Tags", (), {"tags": ("O", "B-LOC")})()
    scores = [np.zeros((2, 2, 2))]
    scores[0][:, :, 0] = 1.0, 1.0
    scores[0][1, :, 0] = 3.0
    assert script.answers(encoder, scores) == [["O", "O"]]
    assert script.answers(encoder, scores, 1.5) == [["B-LOC", "O"]]
    assert script.best_caution(encoder, scores, [["B-LOC", "O"]]) == 1.5


def test_from_sentences_to_a_table_with_a_table_of_words_that_stays(script, monkeypatch):
    pytest.importorskip("keras")
    marked = few()
    known = script.learn([text.split() for text in OTHERS])
    with nothing_traced():
        encoder, model = script.fit(marked, known, seed=1, epochs=1)
        table = model.get_layer("word_vectors").get_weights()[0]
        assert np.array_equal(table[2:], known.table) and not table[:2].any()
        longer = [read_marked(" ".join([TEXTS[0]] * 3), language="en")]
        (scores,) = script.pair_scores(encoder, model, longer)
    assert len(scores) == len(longer[0].tokens) > encoder.length


def test_the_held_out_score_never_meets_the_test(script, monkeypatch):
    marked = few()
    names = Names("wnut17", "real", marked[:3], marked[3:4])
    asked, tags = [], ("O", *sorted({tag for one in marked for tag in one.tags} - {"O"}))

    def right(encoder, model, sentences):
        asked.append(sentences)
        each = [[tags.index(tag) for tag in one.tags] for one in sentences]
        return [np.broadcast_to(9 * np.eye(len(tags))[row][:, None], (len(row), 3, 3)) for row in each]

    monkeypatch.setattr(script, "parts", lambda: (names, marked[4:]))
    monkeypatch.setattr(script, "unmarked", lambda training: [text.split() for text in OTHERS])
    monkeypatch.setattr(script, "fit", lambda *given: (type("Tags", (), {"tags": tags})(), None))
    monkeypatch.setattr(script, "pair_scores", right)
    rows = script.measure([1, 2], held_out=True)
    assert all(sentences == marked[4:] for sentences in asked)
    assert [row["f1"] for row in rows] == [1] * 5 and [row["runs"] for row in rows] == [2, 2, 1, 1, 1]


def test_what_is_recorded_says_that_words_from_elsewhere_lead():
    elsewhere, more, together, marked, marked_more = records.load(NAME).rows
    for row in (elsewhere, more):
        assert row["runs"] == len(row["f1_runs"]) >= 3
        assert row["f1"] == pytest.approx(np.mean(row["f1_runs"]), abs=2e-4)
        assert row["f1_sd"] == pytest.approx(np.std(row["f1_runs"], ddof=1), abs=2e-4)
    assert min(elsewhere["f1_runs"]) > marked["f1"] and min(more["f1_runs"]) > marked_more["f1"]
    assert together["f1"] > more["f1"] > elsewhere["f1"] and more["recall"] > elsewhere["recall"]
