"""Exercises of 11 · Beyond labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished


def mean_brightness(answer: Callable[[np.ndarray], float]) -> list[str] | None:
    """Exercise 1: the mean of all values of a picture, whatever its shape."""
    image = np.arange(24.0).reshape(2, 4, 3) ** 2
    found = answer(image)
    if unfinished(found):
        return [UNFINISHED]
    if np.shape(found):
        return ["One number is asked for, and an array came back.", "`np.mean(image)` goes over all axes."]
    if not np.isclose(found, image.mean()):
        return [f"A picture with a mean of {image.mean()} was given {found}.", "Add up, divide by how many."]
    return None


def brightest(answer: Callable[[Sequence[np.ndarray]], int]) -> list[str] | None:
    """Exercise 2: the index of the brightest picture."""
    images = np.stack([np.full((2, 2, 3), value) for value in (0.2, 0.9, 0.5)])
    found = answer(images)
    if unfinished(found):
        return [UNFINISHED]
    if found != 1:
        return [f"Of three pictures the second is the brightest, index 1; got {found}.", "`np.argmax` helps."]
    return None


EXERCISES = {1: mean_brightness, 2: brightest}
