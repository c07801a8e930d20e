"""Graders of the exercises in `00-convolutions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

HINTS = {
    1: [
        "Begin with the vertical-edge filter and ask what has to be exchanged: left and right against above "
        "and below. `.T` turns rows into columns.",
        "Bright above and dark below has to give a positive number: positive weights in the first row, negative "
        "ones in the last, and all nine add up to 0.",
    ],
    2: [
        "Begin with one pixel. Each layer adds (kernel - 1) steps; the question is how far one step goes.",
        "Keep a second number, jump = 1: a step of this layer is jump input pixels. Add (kernel - 1) * jump, then "
        "multiply jump by the stride.",
    ],
    3: [
        "A window with gaps covers dilation * (kernel - 1) + 1 pixels; with dilation 1 that is the kernel.",
        "Padding adds 2 * padding pixels. Then count the places: (room // stride) + 1, where room is what is left "
        "beside the first window.",
    ],
    4: [
        "The softmax of scores minus their maximum is the same softmax: subtract np.max(scores) first.",
        "-ln(exp(s_label) / sum(exp(s))) is ln(sum(exp(s))) - s_label: no division, nothing to overflow.",
    ],
}


def horizontal_edges(kernel: np.ndarray) -> list[str] | None:
    """Grade a 3×3 kernel: positive where it is brighter above than below, 0 on even ground and vertical edges."""
    try:
        kernel = np.asarray(kernel, dtype=float)
    except (TypeError, ValueError):
        kernel = np.zeros(0)
    if kernel.shape != (3, 3):
        return [f"It has shape {kernel.shape}; expected three rows of three numbers.", *HINTS[1]]
    if not kernel.any():
        return ["All nine weights are 0: it answers 0 to everything.", *HINTS[1]]
    if not np.isclose(kernel.sum(), 0):
        return [
            f"On an even ground of ones it gives {kernel.sum():g}; it should give 0 there: let its weights add "
            "up to 0.",
            *HINTS[1],
        ]
    for columns in (1, 2):
        upright = np.repeat(np.arange(3)[None] < columns, 3, axis=0)
        if not np.isclose((kernel * upright).sum(), 0):
            return [
                f"On a vertical edge (bright on the left, dark on the right) it gives {(kernel * upright).sum():g}; "
                "it should not see that edge.",
                *HINTS[1],
            ]
    for rows in (1, 2):
        lying = np.repeat((np.arange(3) < rows)[:, None], 3, axis=1)
        got = (kernel * lying).sum()
        if got < 0:
            return [f"Bright above, dark below gives {got:g}; the sign is turned round.", *HINTS[1]]
        if np.isclose(got, 0):
            return [
                f"It gives 0 to a horizontal edge (bright {rows} of 3 rows above, dark below).",
                *HINTS[1],
            ]
    return None


def receptive_field(function: Callable[[Sequence[tuple[int, int]]], int]) -> list[str] | None:
    """Grade `receptive_field(layers)`, layers as (kernel, stride) from the first to the last."""
    cases = [
        [(3, 1)], [(3, 1), (3, 1)], [(3, 1), (3, 1), (3, 1)], [(3, 2), (3, 1)], [(3, 1), (2, 2), (3, 1)],
        [(7, 2), (3, 2), (3, 1), (3, 1)], [(3, 1), (3, 2)],
    ]  # fmt: skip
    for layers in cases:
        got = function(list(layers))
        if unfinished(got):
            return [UNFINISHED, *HINTS[2]]
        right, jump = 1, 1
        for kernel, stride in layers:
            right += (kernel - 1) * jump
            jump *= stride
        if got != right:
            first = f"For the layers {layers} (kernel, stride) it gives {got}; one value sees {right} pixels"
            if len(layers) > 1 and got == sum(kernel for kernel, _ in layers):
                return [f"{first}. Kernels overlap: each one adds kernel - 1.", *HINTS[2]]
            if got == 1 + sum(kernel - 1 for kernel, _ in layers):
                return [f"{first}. Behind a stride of 2, a step is two input pixels.", *HINTS[2]]
            if got == right - 1:
                return [f"{first}. Begin with the pixel itself: 1, not 0.", *HINTS[2]]
            if got == _own_stride_first(layers):
                return [
                    f"{first}. A layer's stride counts for the layers after it, not for itself.",
                    *HINTS[2],
                ]
            return [f"{first}.", *HINTS[2]]
    return None


def _own_stride_first(layers: Sequence[tuple[int, int]]) -> int:
    field, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        field += (kernel - 1) * jump
    return field


def output_size(function: Callable[..., int]) -> list[str] | None:
    """Grade `output_size(size, kernel, stride, padding, dilation)`: places of the window along one side."""
    cases = [
        (6, 3, 1, 0, 1), (224, 5, 1, 2, 1), (227, 11, 4, 0, 1), (28, 5, 1, 2, 1), (10, 3, 2, 0, 1),
        (16, 3, 1, 0, 2), (16, 3, 1, 2, 2), (33, 5, 2, 3, 3),
    ]  # fmt: skip
    for case in cases:
        size, kernel, stride, padding, dilation = case
        got = function(size, kernel, stride, padding, dilation)
        if unfinished(got):
            return [UNFINISHED, *HINTS[3]]
        room = size + 2 * padding - dilation * (kernel - 1) - 1
        right = room // stride + 1
        if got != right:
            asked = f"size {size}, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
            first = f"For {asked} it gives {got}; Keras' output has {right}"
            if got == right - 1:
                return [f"{first}. The first window counts too: + 1.", *HINTS[3]]
            if padding and got == (room - padding) // stride + 1:
                return [f"{first}. The zeros stand on both sides.", *HINTS[3]]
            if dilation > 1 and got == (size + 2 * padding - kernel) // stride + 1:
                return [f"{first}. It takes no notice of the dilation.", *HINTS[3]]
            if isinstance(got, float) and got != int(got):
                return [f"{first}. There are only whole places: divide with //.", *HINTS[3]]
            return [f"{first}.", *HINTS[3]]
    return None


def cross_entropy(function: Callable[[np.ndarray, int], float]) -> list[str] | None:
    """Grade `cross_entropy(scores, label)`: minus the logarithm of the softmax at the label, for any scores."""
    cases = [
        ([2.0, 1.0, 0.1], 0), ([2.0, 1.0, 0.1], 2), ([0.0, 0.0, 0.0, 0.0], 1), ([1000.0, 999.0, -5.0], 0),
        ([-1000.0, -1001.0], 1), ([1000.0, 0.0], 1),
    ]  # fmt: skip
    for scores, label in cases:
        given = np.array(scores)
        with np.errstate(all="ignore"):
            got = function(given.copy(), label)
        if unfinished(got):
            return [UNFINISHED, *HINTS[4]]
        shifted = given - given.max()
        softmax = np.exp(shifted) / np.exp(shifted).sum()
        right = float(np.log(np.exp(shifted).sum()) - shifted[label])
        if np.ndim(got) != 0:
            return [f"It returns shape {np.shape(got)}; expected one number.", *HINTS[4]]
        first = f"For scores {scores} and class {label} it gives {float(got):.4g}; expected {right:.4g}"
        if not np.isfinite(got):
            return [f"{first}. Large numbers overflow in exp, and a share of 0 has no logarithm.", *HINTS[4]]
        if np.isclose(got, right, atol=1e-6):
            continue
        if np.isclose(got, -right, atol=1e-6):
            return [f"{first}. The sign: a loss is positive, minus the logarithm.", *HINTS[4]]
        if np.isclose(got, softmax[label], atol=1e-6):
            return [f"{first}. That is the probability itself; take minus its logarithm.", *HINTS[4]]
        if np.isclose(got, right / np.log(10), atol=1e-6) or np.isclose(got, right / np.log(2), atol=1e-6):
            return [f"{first}. Use the natural logarithm, np.log.", *HINTS[4]]
        return [f"{first}.", *HINTS[4]]
    return None


EXERCISES = {1: horizontal_edges, 2: receptive_field, 3: output_size, 4: cross_entropy}
