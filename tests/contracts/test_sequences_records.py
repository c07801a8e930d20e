"""The recorded figures of notebook 15b: who corrects real misspellings, and what a small net translates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks_support import BENCHMARKS, load
from claims_support import Told

from course_utils.datasets import load_misspellings
from course_utils.foundation import records
from course_utils.further.sequences import correct, within_one_edit

NAMES = ["captions_translated", "misspelt_words"]


class Idle:
    """A net that learns nothing."""

    def compile(self, *recipe: object) -> None: ...

    def fit(self, *parts: object, **recipe: object) -> None: ...


def rows_of(name: str) -> dict[str, dict]:
    if not (BENCHMARKS / "recorded" / f"{name}.json").exists():
        pytest.fail(f"{name} is not recorded; run: python benchmarks/{name}.py --record")
    return {row["option"]: row for row in records.load(name).rows}


@pytest.mark.parametrize("name", NAMES)
def test_the_note_on_record_is_the_one_the_script_writes(name: str) -> None:
    assert rows_of(name) and records.load(name).note == load(name).NOTE


def test_no_new_word_is_in_the_training_and_every_known_one_is() -> None:
    pairs = [(f"{word}{end}", word) for word in "abcdefghijklmnop" for end in range(1 + ord(word) % 4)]
    parts = load("misspelt_words").split(pairs, seed=1)
    words = {part: {right for _, right in found} for part, found in parts.items()}
    assert sorted(pair for found in parts.values() for pair in found) == sorted(pairs)
    assert words["known"] <= words["training"] and words["new"].isdisjoint(words["training"])
    assert len(words["new"]) == 4 and parts["known"]


def test_a_net_that_repeats_what_it_reads_is_never_right_and_the_dictionary_is(monkeypatch) -> None:
    pytest.importorskip("keras")
    script = load("misspelt_words")
    words = ["market", "basket", "orange", "banana", "cherry", "lemons", "apples", "grapes"]
    pairs = [(word[:place] + word[place + 1 :], word) for word in words for place in range(4)]
    monkeypatch.setattr(script, "attention_translator", lambda *sizes: Idle())
    monkeypatch.setattr(script, "greedy", lambda net, rows, length: rows)
    found = script.run(pairs, script.Counter(), seed=1)
    assert found["net"]["known"] == found["net"]["new"] == found["dictionary"]["new"] == 0
    assert found["dictionary"]["known"] == found["dictionary, else net"]["known"] == 1


def test_bleu_by_hand() -> None:
    bleu = load("captions_translated").bleu
    true = ["the cat sat on the mat".split()]
    assert bleu(true, true) == pytest.approx(100)
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples and 1 of 3 fours are right
    assert bleu(["the cat sat on a mat".split()], true) == pytest.approx(
        100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    )
    # too short: all that is there is right, and 2 words of 6 are missing
    assert bleu(["the cat sat on".split()], true) == pytest.approx(100 * math.exp(1 - 6 / 4))
    assert bleu(["the the the the".split()], true) == bleu([["a"]], true) == 0
    with pytest.raises(ValueError, match="1 references, but 2"):
        bleu(true * 2, true)


def test_words_translate_to_what_they_stand_beside() -> None:
    script = load("captions_translated")
    pairs = [
        ("a dog", "ein hund"),
        ("a ball", "ein ball"),
        ("dog runs", "hund rennt"),
        ("a cat", "ein kater"),
    ]
    train = tuple([pair[side].split() for pair in pairs * 3] for side in (0, 1))
    assert script.word_for_word(train, [["dog", "runs", "zebra"]]) == [["hund", "rennt", "zebra"]]
    assert script.nearest(train, [["the", "cat"]]) == [["ein", "kater"]]


def test_rare_words_are_left_as_a_mark_that_no_caption_has() -> None:
    script = load("captions_translated")
    words = script.Words([["a", "dog"], ["a", "cat"], ["a", "dog"]], most=2)
    rows = words.rows([["a", "cat"], ["dog"] * 9], length=5)
    assert words.captions(rows) == [["a", "<?>"], ["dog"] * 4]
    assert script.words_of("Zwei weiße Männer, draußen.") == ["zwei", "weiße", "männer", ",", "draußen", "."]


def test_the_dictionary_wins_on_known_real_words_and_the_net_on_new_ones() -> None:
    rows = rows_of("misspelt_words")
    for row in rows.values():
        assert row["runs"] == len(row["known_runs"]) >= 3
        for part in ("known", "new"):
            assert math.isclose(row[part], float(np.mean(row[f"{part}_runs"])), abs_tol=2e-4)
    net, dictionary, both = (rows[name] for name in ("net", "dictionary", "dictionary, else net"))
    assert min(dictionary["known_runs"]) > max(net["known_runs"])
    assert dictionary["new"] == 0 < min(net["new_runs"])
    assert both["known"] >= dictionary["known"]


def test_the_notebook_says_who_wins_on_real_words_and_why() -> None:
    said = Told("15b-sequences").cells()["comparison-saw"]
    net, dictionary, both = rows_of("misspelt_words").values()
    assert f"{dictionary['known']:.2f} against {net['known']:.2f}" in said
    assert f"corrects {net['new']:.2f} of the words that it never met" in said
    assert f"reaches {both['known']:.2f}" in said and min(both["known_runs"]) > max(dictionary["known_runs"])
    pytest.importorskip("codespell_lib")
    parts = load("misspelt_words").split(load_misspellings(), seed=1)
    words = dict.fromkeys((right for _, right in parts["training"]), 1)
    near = [(wrong, right) for wrong, right in parts["known"] if right in within_one_edit(wrong)]
    assert "Four in five" in said and 0.75 < len(near) / len(parts["known"]) < 0.85
    found = np.mean([correct(wrong, words) == right for wrong, right in near])
    assert "nearly all of these" in said and found > 0.95


def test_the_notebook_says_who_wins_on_captions() -> None:
    rows = rows_of("captions_translated")
    assert list(rows) == ["nearest caption", "word for word", "net"]
    said = Told("15b-sequences").cells()["comparison-saw"]
    assert "loses to a table of word pairs" in said
    assert rows["word for word"]["bleu"] > rows["nearest caption"]["bleu"] > rows["net"]["bleu"] > 0
    assert "some six minutes" in said and 300 < rows["net"]["cpu_seconds"] < 420
