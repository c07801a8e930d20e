"""Letters and searches: rows and back, greedy as a beam of one, and a wide beam as good as brute force."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.further.sequences import (
    END,
    PAD,
    START,
    UNKNOWN,
    Letters,
    beam_search,
    decoding,
    every_string,
    greedy,
    shifted,
)


def test_rows_become_texts_again_and_long_ones_are_cut():
    letters = Letters(["3. März", "mai"], 6)
    rows = letters.rows(["mai", "März ärz"])
    assert rows.shape == (2, 6) and rows[0, 3:].tolist() == [END, PAD, PAD] and rows[1, -1] == END
    assert letters.texts(rows) == ["mai", "März "]
    assert letters.rows(["?"])[0, 0] == UNKNOWN
    with pytest.raises(ValueError, match="training part"):
        Letters([], 5)


def test_two_ways_to_write_an_accent_are_one():
    letters = Letters(["ngày"], 8)
    assert (letters.rows(["ngày"]) == letters.rows(["ngày"])).all()


def test_a_decoder_is_told_the_place_before_and_nothing_after_the_end():
    assert shifted(np.array([[5, 6, END], [5, END, PAD]])).tolist() == [[START, 5, 6], [START, 5, PAD]]


def table(seed, labels=5):
    """A made-up net: log-probabilities that depend on all that came before."""

    def ask(before):
        random = np.random.default_rng([seed, *before])
        shares = random.dirichlet(np.full(labels, 0.7))
        shares[[PAD, START]] = 0
        return np.log(np.maximum(shares / shares.sum(), 1e-30))

    return ask


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_finds_what_brute_force_finds(seed):
    ask = table(seed)
    found = beam_search(ask, width=3**4, length=4)
    every = every_string(ask, [3, 4], length=4)
    assert found[0].labels == every[0].labels and np.isclose(found[0].score, every[0].score)
    assert len(found) == len(every) == 1 + 2 + 4 + 8


def test_a_wider_beam_can_beat_greedy_and_never_beats_brute_force():
    better = 0
    for seed in range(20):
        ask = table(seed)
        one, wide, best = beam_search(ask, 1, 4), beam_search(ask, 6, 4), every_string(ask, [3, 4], 4)[0]
        assert not wide or wide[0].score <= best.score + 1e-9
        better += bool(one and wide and wide[0].score > one[0].score + 1e-9) or (not one and bool(wide))
    assert better > 0
    with pytest.raises(ValueError, match="at least 1"):
        beam_search(table(0), 0, 3)


class Copying:
    """Stands for a net: gives the source's label at each place."""

    def predict(self, both, batch_size, verbose):
        sources, before = both
        return np.eye(8)[sources[:, : before.shape[1]]]


def test_greedy_stops_at_the_end_of_each_string():
    sources = np.array([[4, 5, END, 6], [7, END, 5, 5]])
    assert greedy(Copying(), sources, 4).tolist() == [[4, 5, END, PAD], [7, END, PAD, PAD]]


def test_a_search_asks_for_the_label_after_those_so_far():
    asked = []

    def predict(given):
        source, before = given
        asked.append((source.tolist(), before.tolist()))
        shares = np.full((1, 5, 3), 0.5)
        shares[0, 2] = [1.0, 0.25, 0.0]
        return shares

    scores = decoding.next_label(SimpleNamespace(predict_on_batch=predict), np.array([7, 8]), 5)((4, 6))
    assert asked == [([[7, 8]], [[1, 4, 6, 0, 0]])]
    assert scores == pytest.approx([0, np.log(0.25), np.log(1e-30)])


def test_a_greedy_search_stops_at_each_end_and_tells_what_came_before():
    plan, asked = {0: [4, 2], 1: [5, 4], 2: [2, 5]}, []

    def predict(given, batch_size, verbose):
        asked.append((given[1].copy(), batch_size, verbose))
        shares = np.zeros((2, 4, 6))
        for place, labels in plan.items():
            shares[[0, 1], place, labels] = 1
        return shares

    made = decoding.greedy(SimpleNamespace(predict=predict), np.zeros((2, 3)), 4)
    assert made.tolist() == [[4, 5, 2, 0], [2, 0, 0, 0]] and made.dtype == np.int32 and len(asked) == 3
    assert asked[2][0].tolist() == [[1, 4, 5, 0], [1, 0, 0, 0]] and asked[0][1:] == (512, 0)
