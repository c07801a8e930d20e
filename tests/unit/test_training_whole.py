"""Intervals, comparisons and the sentences of kept trainings on fixed inputs: as a whole what was approved."""

import approvals
import numpy as np

from course_utils.training import evaluation, keeping


def test_intervals_and_comparisons_are_as_approved():
    for share in (0.0, 0.1, 0.5, 0.97, 1.0):
        for count in (1, 7, 640):
            approvals.see(
                interval=evaluation.wilson_interval(share, count),
                narrow=evaluation.wilson_interval(share, count, 1.0),
            )
    random = np.random.default_rng(0)
    for share in (0.3, 0.8, 1.0):
        right = random.random(60) < share
        for size in (1, 4, 10):
            clusters = (np.arange(60) // size).tolist()
            approvals.see(
                number=evaluation.effective_number(right, clusters),
                interval=evaluation.cluster_interval(right, clusters),
            )
        together = (np.arange(60) // 10 % 3 > 0).tolist()
        approvals.see(alike=evaluation.effective_number(together, (np.arange(60) // 10).tolist()))
        approvals.see(
            compared=tuple(evaluation.compare(right, random.random(60) < 0.6)),
            same=tuple(evaluation.compare(right, right)),
        )
    approvals.see(width=evaluation.cluster_interval([True] * 4 + [False] * 4, [0, 0, 1, 1, 2, 2, 3, 3], 1.0))


def test_why_a_net_cannot_be_kept_is_said_as_approved():
    for error in (
        ValueError("Requested the deserialization of a Lambda layer. Set `safe_mode=False`"), TypeError("call enable_unsafe_deserialization()"),
        TypeError("Could not locate class 'MyLayer'. Make sure"), ValueError('Unknown layer: "Other"'), ValueError("Unknown object \n 'thing'"),
        NotImplementedError("Layer X must override `get_config()`"), KeyError(), OSError("disk\n\n full"), RuntimeError("long " * 100),
    ):  # fmt: skip
        approvals.see(why=keeping._why(error))
