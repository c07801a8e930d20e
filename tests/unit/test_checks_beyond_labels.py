"""The checks of 11 · Beyond labels: right answers pass, however written; wrong ones get their hint."""

import numpy as np
import pytest

from course_utils.checks import grade

NOTEBOOK = "11-beyond-labels"


@pytest.mark.parametrize(
    "answer",
    [np.mean, lambda image: image.sum() / image.size, lambda image: float(np.average(image.ravel()))],
)
def test_the_mean_is_right_however_it_is_computed(answer):
    assert grade(NOTEBOOK, 1, answer) is None


@pytest.mark.parametrize(
    "answer", [lambda image: ..., lambda image: image.mean(axis=0), np.max, np.median, np.sum]
)
def test_a_wrong_mean_gets_a_hint(answer):
    assert grade(NOTEBOOK, 1, answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda images: int(np.argmax([image.mean() for image in images])),
        lambda images: max(range(len(images)), key=lambda place: images[place].sum()),
        lambda images: images.reshape(len(images), -1).mean(axis=1).argmax(),
    ],
)
def test_the_brightest_is_right_however_it_is_found(answer):
    assert grade(NOTEBOOK, 2, answer) is None


@pytest.mark.parametrize(
    "answer",
    [lambda images: ..., lambda images: 0, lambda images: 2, np.argmin, lambda images: images[1].mean()],
)
def test_a_wrong_place_gets_a_hint(answer):
    assert grade(NOTEBOOK, 2, answer)
