"""Nets for clips: what is turned round keeps its right label, and the two frame nets differ in one thing."""

import numpy as np
import pytest

from course_utils.datasets.clips import MOTIONS, REVERSED
from course_utils.further.beyond import clips


def moving_dot(label, frames=8, size=32):
    """A film of a dot that goes left (0, 2) or right (1, 3)."""
    film = np.zeros((frames, size, size, 3), np.float32)
    for number in range(frames):
        place = 4 + 3 * number
        film[number, 16, place if label in (1, 3) else size - 1 - place] = 1
    return film


def test_reversed_labels_swap_left_and_right_and_twice_is_nothing():
    for label, other in enumerate(REVERSED):
        assert MOTIONS[label].split()[0] == MOTIONS[other].split()[0] and other != label
        assert REVERSED[other] == label


def test_backwards_mirrored_and_both_have_the_right_labels():
    films = np.stack([moving_dot(label) for label in range(4)])
    labels = np.arange(4)
    more, theirs = clips.with_reversed(films, labels, REVERSED)
    assert more.shape == (16, 8, 32, 32, 3)
    for film, label in zip(more, theirs, strict=True):
        places = film[:, 16, :, 0].argmax(axis=1)
        assert (places[-1] > places[0]) == (label in (1, 3))


def test_shuffled_clips_have_the_same_frames_in_another_order():
    films = np.stack([moving_dot(1)] * 5)
    mixed = clips.shuffled_frames(films)
    assert not np.array_equal(mixed, films) and not np.array_equal(mixed[0], mixed[1])
    np.testing.assert_array_equal(mixed.sum(axis=1), films.sum(axis=1))
    np.testing.assert_array_equal(mixed, clips.shuffled_frames(films))


def test_the_direction_counts_where_the_motion_is_mistaken():
    answers, labels = np.array([0, 1, 2, 3]), np.array([2, 1, 3, 3])
    assert clips.direction_share(answers, labels) == 0.75


def test_the_two_frame_nets_differ_in_the_last_layer_alone():
    pytest.importorskip("keras")
    where, gone = clips.frame_net(True), clips.frame_net(False)
    assert where.count_params() == gone.count_params()
    assert where.output_shape == (None, 4 * 4 * 32) and gone.output_shape == (None, 32)
    net = clips.clip_net(where)
    films = np.stack([moving_dot(0), moving_dot(1)])
    answers = net.predict(films, verbose=0)
    assert answers.shape == (2, 4)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
    # The CNN is the same one on each frame: its weights count once.
    assert net.count_params() < where.count_params() + 70_000
