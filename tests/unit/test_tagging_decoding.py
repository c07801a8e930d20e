"""The CRF by NumPy: equal to brute force over all paths, and right about the first step and about padding."""

import numpy as np
import pytest

from course_utils.further.tagging import all_paths, log_partition, path_score, viterbi


def pairs(length=4, tags=3, seed=0, scale=1.0):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(length, 1, tags)) + random.normal(size=(tags, tags))
    scores[0] = random.normal(size=tags)  # nothing before the first token: all rows are equal
    return scores * scale


@pytest.mark.parametrize("seed", range(8))
def test_viterbi_finds_the_best_of_all_81_paths(seed):
    scores = pairs(seed=seed)
    everything = all_paths(scores)
    assert len(everything) == 81
    path, score = viterbi(scores)
    assert tuple(path) == max(everything, key=everything.get)
    assert score == pytest.approx(max(everything.values())) == pytest.approx(path_score(scores, path))


@pytest.mark.parametrize("seed", range(4))
def test_the_forward_algorithm_sums_all_81_paths(seed):
    scores = pairs(seed=seed)
    assert log_partition(scores) == pytest.approx(np.log(np.exp(list(all_paths(scores).values())).sum()))


def test_the_probabilities_of_all_paths_add_up_to_one():
    scores = pairs()
    assert np.exp(np.array(list(all_paths(scores).values())) - log_partition(scores)).sum() == pytest.approx(
        1
    )


def test_the_first_step_reads_one_row_and_no_move():
    scores = pairs(seed=3)
    scores[0, 1:] = 1e6  # rows that no path may read
    assert log_partition(scores) < 1e3
    assert viterbi(scores)[1] < 1e3
    assert path_score(scores, [1, 0, 2, 2]) == pytest.approx(
        scores[0, 0, 1] + scores[1, 1, 0] + scores[2, 0, 2] + scores[3, 2, 2]
    )


def test_one_token_is_a_path_too():
    scores = pairs(length=1)
    assert viterbi(scores)[0] == [int(scores[0, 0].argmax())]
    assert log_partition(scores) == pytest.approx(np.log(np.exp(scores[0, 0]).sum()))


def test_large_scores_do_not_overflow():
    assert np.isfinite(log_partition(pairs(scale=1000.0)))


def test_a_forbidden_move_is_never_taken():
    scores = pairs(seed=5)
    scores[1:, 0, 2] = -1e9
    path, _ = viterbi(scores)
    assert (0, 2) not in list(zip(path, path[1:], strict=False))


def test_brute_force_refuses_what_it_cannot_list():
    with pytest.raises(ValueError, match="fewer tokens or tags"):
        all_paths(np.zeros((20, 9, 9)))
