"""Nets for clips: what is turned round keeps its right label, and the two frame nets differ in one thing."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.datasets.clips import MIRRORED, MOTIONS, REVERSED
from course_utils.further.beyond import clips


def moving_dot(label, frames=8, size=32):
    """A film of a dot that goes left (0), right (1), away, that is up (2), or near (3)."""
    film = np.zeros((frames, size, size, 3), np.float32)
    for number in range(frames):
        place = 4 + 3 * number if label in (1, 3) else size - 5 - 3 * number
        film[(number, 12, place) if label < 2 else (number, place, 12)] = 1
    return film


def motion_of(film):
    """The label of a film of a moving dot."""
    places = np.argwhere(film[..., 0] > 0)
    _, down, right = places[-1] - places[0]
    return int(right > 0) if right else 2 + int(down > 0)


def test_backwards_and_the_mirror_swap_what_they_should_and_twice_is_nothing():
    assert MOTIONS == ("rolls left", "rolls right", "rolls away", "rolls near")
    for label in range(4):
        assert motion_of(moving_dot(label)) == label
        assert motion_of(moving_dot(label)[::-1]) == REVERSED[label] and REVERSED[REVERSED[label]] == label
        assert motion_of(moving_dot(label)[:, :, ::-1]) == MIRRORED[label]


def test_backwards_mirrored_and_both_have_the_right_labels():
    films = np.stack([moving_dot(label) for label in range(4)])
    more, theirs = clips.turned_round(films, np.arange(4))
    assert more.shape == (16, 8, 32, 32, 3)
    assert [motion_of(film) for film in more] == theirs.tolist()


def test_shuffled_clips_have_the_same_frames_in_another_order():
    films = np.stack([moving_dot(1)] * 5)
    mixed = clips.shuffled_frames(films)
    assert not np.array_equal(mixed, films) and not np.array_equal(mixed[0], mixed[1])
    np.testing.assert_array_equal(mixed.sum(axis=1), films.sum(axis=1))
    np.testing.assert_array_equal(mixed, clips.shuffled_frames(films))


def test_the_two_frame_nets_differ_in_the_last_layer_alone():
    pytest.importorskip("keras")
    where, gone = clips.frame_net(True), clips.frame_net(False)
    assert where.count_params() == gone.count_params()
    assert where.output_shape == (None, 3 * 3 * 32) and gone.output_shape == (None, 32)
    net = clips.clip_net(where)
    films = np.stack([moving_dot(0), moving_dot(1)])
    answers = net.predict(films, verbose=0)
    assert answers.shape == (2, 4)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
    assert clips.named(net, films).tolist() == answers.argmax(axis=1).tolist()
    assert clips.picture_net().predict(films[:, 0], verbose=0).shape == (2, 4)
    # The CNN is the same one on each frame: its weights count once.
    assert net.count_params() < where.count_params() + 70_000


@pytest.mark.parametrize(
    ("count", "backend", "eager"), [(80, "tensorflow", True), (81, "tensorflow", False), (80, "jax", False)]
)
def test_few_clips_are_trained_on_without_a_graph(monkeypatch, count, backend, eager):
    keras = pytest.importorskip("keras")
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    told = []
    net = SimpleNamespace(run_eagerly=False, fit=lambda *given, **how: told.append((given, how)))
    pictures = np.zeros((count, 1))
    assert clips.fit_clips(net, pictures, "labels", 4) is net and net.run_eagerly is eager
    given, how = told[0]
    slower, quiet = how.pop("callbacks")
    assert given == (pictures, "labels") and how == {"batch_size": 32, "epochs": 4, "verbose": 0}
    assert [slower.schedule(epoch) for epoch in (0, 1, 3)] == pytest.approx([0.002, 0.0015, 0.0005])
    assert type(quiet).__name__ == "QuietProgress"


def test_clips_are_turned_round_and_shuffled_with_their_labels():
    film = np.arange(2 * 3 * 1 * 2 * 1).reshape(2, 3, 1, 2, 1)
    turned, labels = clips.turned_round(film, np.array([0, 2]))
    assert turned.shape == (8, 3, 1, 2, 1) and labels.tolist() == [0, 2, 1, 3, 1, 2, 0, 3]
    assert (
        np.array_equal(turned[2], film[0, ::-1])
        and np.array_equal(turned[4], film[0][:, :, ::-1])
        and np.array_equal(turned[6], film[0, ::-1][:, :, ::-1])
    )
    mixed = clips.shuffled_frames(np.arange(40).reshape(4, 10), seed=1)
    assert [sorted(one) for one in mixed.tolist()] == np.arange(40).reshape(4, 10).tolist()
    orders = {tuple(one % 10) for one in mixed}
    assert len(orders) == 4 and np.array_equal(
        mixed, clips.shuffled_frames(np.arange(40).reshape(4, 10), seed=1)
    )
    net = SimpleNamespace(predict=lambda pictures, verbose: np.array([[0.1, 0.9], [0.8, 0.2]]))
    assert clips.named(net, "pictures").tolist() == [1, 0]
