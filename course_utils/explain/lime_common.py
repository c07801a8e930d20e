"""What LIME for pictures and LIME for texts share: the regression's answers, seconds by part, asking for a class."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Seconds(NamedTuple):
    """Where the time of an explanation went; `samples` has all that belongs to none of the other parts."""

    segmentation: float
    samples: float
    predicting: float
    fitting: float

    @property
    def total(self) -> float:
        """All of it."""
        return sum(self)


class Fits:
    """Stands before lime's regression and keeps what lime forgets: each class's score and answer, and the seconds."""

    def __init__(self, base: object) -> None:
        self._base = base
        self.seconds = 0.0
        self.score: dict[int, float] = {}
        self.local_prediction: dict[int, float] = {}
        self.prediction = np.zeros(0)

    def explain_instance_with_data(self, data, outputs, distances, label, *rest, **settings):
        start = time.perf_counter()
        with _threads().limit(limits=1, user_api="blas"):
            found = self._base.explain_instance_with_data(data, outputs, distances, label, *rest, **settings)
        self.seconds += time.perf_counter() - start
        _, _, score, local_prediction = found
        self.score[int(label)] = float(score)
        self.local_prediction[int(label)] = float(np.ravel(local_prediction)[0])
        self.prediction = np.array(outputs[0])
        return found


@functools.cache
def _threads():
    """The linear algebra's threads: for tables as small as lime's they only wait for one another, ten times as long."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def dense(weights: Sequence[tuple[int, float]], count: int) -> Array:
    """lime's list of (feature, weight) as an array (count,)."""
    found = np.zeros(count)
    for feature, weight in weights:
        found[int(feature)] = weight
    return found


def explained(class_index: int | None, classes: Sequence[int], call: str) -> int:
    """The class itself, or the first of `classes`; raises ValueError for one that was not explained by `call`."""
    if class_index is None:
        return classes[0]
    if class_index not in classes:
        raise ValueError(
            f"Class {class_index} was not explained; there are {', '.join(map(str, classes))}. "
            f"Type: {call}, labels=[{class_index}])"
        )
    return class_index


def need_asked(labels: Sequence[int] | None, top_labels: int) -> None:
    """Raise ValueError where no class at all is to be explained."""
    if labels is None and top_labels < 1:
        raise ValueError(f"top_labels is the number of classes to explain, 1 or more; got {top_labels}")
    if labels is not None and not len(labels):
        raise ValueError("labels is empty; name a class, or leave labels out for the most probable ones")


def need_known(labels: Iterable[int] | None, count: int) -> None:
    """Raise ValueError for labels that a net of `count` classes does not have."""
    if labels is not None and not all(0 <= one < count for one in labels):
        raise ValueError(f"The net tells {count} classes apart, 0 to {count - 1}; got labels {list(labels)}")
