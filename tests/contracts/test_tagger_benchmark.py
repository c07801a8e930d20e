"""Ways to train the tagger: the script leaves the test alone while it compares, and averages weights where it says so."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks_support import BENCHMARKS, load, nothing_traced

from course_utils.datasets import Names, read_marked
from course_utils.foundation import records

NAME = "tagger_recipes"
SETS = "vi", "wnut17"
PAIR = "short, last weights", "as in the notebook"
ALL = {"vi": PAIR, "wnut17": ("short, last weights", "averaged", "averaged, and sentences from elsewhere")}
TEXTS = [
    f"<PERSON>{name}</PERSON> lives in <LOC>{place}</LOC>"
    for name, place in (("Ann", "Hull"), ("Bob", "York"), ("Cem", "Kiel"), ("Dot", "Bonn"), ("Eve", "Bern"))
]


class Half:
    """A tagger that finds all names, or the persons only: two of four."""

    def __init__(self, everything: bool) -> None:
        self.everything = everything

    def tags(self, sentences):
        return [[tag if self.everything or tag != "B-LOC" else "O" for tag in one.tags] for one in sentences]


def few() -> Names:
    marked = [read_marked(text, language="en") for text in TEXTS]
    return Names("vi", "bundled", marked, marked[:2])


def test_what_is_compared_on_a_held_out_fifth_never_meets_the_test():
    script = load(NAME)
    whole, apart = script.part("vi"), script.part("vi", held_out=True)
    seen, scored = ({one.text for one in rows} for rows in (apart.training, apart.test))
    assert not scored & {one.text for one in whole.test} and scored <= {one.text for one in whole.training}
    assert not scored & seen and len(apart.test) == pytest.approx(len(whole.training) / 5, abs=1)


def test_there_is_a_row_for_each_set_and_recipe(monkeypatch):
    script = load(NAME)
    monkeypatch.setattr(script, "part", lambda which, held_out: few())
    monkeypatch.setattr(script, "fit", lambda names, recipe, seed: Half(recipe.average))
    rows = script.measure(["vi", "wnut17"], seeds=2)
    assert [(row["data"], row["option"]) for row in rows] == [
        (which, one) for which in SETS for one in ALL[which]
    ]
    assert [row["runs"] for row in rows] == [2, 2, 1, 1, 1]
    assert [row["f1"] for row in rows] == pytest.approx([2 / 3, 1, 2 / 3, 1, 1], abs=1e-3)


def test_the_averaged_weights_answer_and_not_the_last_ones(monkeypatch):
    pytest.importorskip("keras")
    script = load(NAME)
    monkeypatch.setitem(script.LENGTHS, "vi", 4)
    with nothing_traced():
        model = script.fit(few(), script.LONGER._replace(epochs=2), seed=1).model
    averages = model.optimizer._model_variables_moving_average
    for weight, average in zip(model.trainable_weights, averages, strict=True):
        assert np.allclose(weight.numpy(), average.numpy())


def test_what_is_recorded_says_which_recipe_leads():
    if not (BENCHMARKS / "recorded" / f"{NAME}.json").is_file():
        pytest.skip(f"not recorded yet; run: python benchmarks/{NAME}.py --record")
    f1 = {(row["data"], row["option"]): row["f1"] for row in records.load(NAME).rows}
    assert f1["vi", PAIR[1]] > f1["vi", PAIR[0]]


def test_sentences_from_elsewhere_bring_persons_and_places_only(monkeypatch):
    script = load(NAME)
    texts = [
        "<PERSON>Ann</PERSON> leaves <PROVINCE>Ohio</PROVINCE> on <DATE>Monday</DATE>",
        "<PERSON>Bob</PERSON> works for <ORG>Tideway</ORG>",
    ]
    sets = {"en": [read_marked(text, language="en") for text in texts], "wikigold": []}
    monkeypatch.setattr(script, "load_names", lambda which: Names(which, "real", sets[which], []))
    assert [one.tags for one in script.from_elsewhere()] == [["B-PERSON", "O", "B-LOC", "O", "O"]]
